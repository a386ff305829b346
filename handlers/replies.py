"""Puts replies into Telegram's shape: sends them, or edits the message whose button was pressed."""

from typing import Any

import structlog
from telegram import Bot, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from alerts.publishing.attachment import AttachmentKind
from handlers.screen import Reply, Rows, Screen

log = structlog.get_logger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

METHODS: dict[AttachmentKind | None, str] = {
    None: "sendMessage",
    AttachmentKind.PHOTO: "sendPhoto",
    AttachmentKind.DOCUMENT: "sendDocument",
}
"""The method that shows a screen, by what is attached to it."""


class Replies:
    """The way back to the person who asked."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat_id: int, reply: Reply) -> None:
        """Send a reply's screens as new messages; a person who has blocked the bot gets nothing, silently."""
        await self._deliver(chat_id, reply, pressed=0)

    async def answer_press(self, query: CallbackQuery, reply: Reply) -> None:
        """Answer a press: the first screen in place, the others below, and the notice last, when all is done."""
        chat_id = query.message.chat.id if query.message else query.from_user.id
        pressed = query.message.message_id if query.message and reply.replaces else 0
        try:
            await self._deliver(chat_id, reply, pressed)
        finally:
            await self._acknowledge(query, reply.notice)

    async def _deliver(self, chat_id: int, reply: Reply, pressed: int) -> None:
        """Show the screens, the first in the place of the pressed message if there is one, and tell where they are."""
        shown: list[int] = []
        try:
            for message_id in reply.removes:
                await self._remove(chat_id, message_id)
            for screen in reply.screens:
                in_place = pressed and not shown and not screen.attachment and await self.edit(chat_id, pressed, screen)
                shown.append(pressed if in_place else await self._new(chat_id, screen))
        except Forbidden:
            return
        if reply.on_shown is not None:
            await reply.on_shown(tuple(shown))

    async def edit(self, chat_id: int, message_id: int, screen: Screen) -> bool:
        """Put a screen in the place of a message, and tell whether it stands there now."""
        try:
            await self._bot.edit_message_text(
                screen.html,
                chat_id=chat_id,
                message_id=message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard(screen.rows),
                link_preview_options=NO_PREVIEW,
            )
        except Forbidden:
            return True
        except TelegramError as error:
            return "message is not modified" in error.message.lower()
        return True

    async def _new(self, chat_id: int, screen: Screen) -> int:
        buttons = keyboard(screen.rows)
        if screen.attachment is None:
            message = await self._bot.send_message(
                chat_id,
                screen.html,
                parse_mode=ParseMode.HTML,
                reply_markup=buttons,
                link_preview_options=NO_PREVIEW,
            )
        elif screen.attachment.kind is AttachmentKind.PHOTO:
            message = await self._bot.send_photo(
                chat_id, screen.attachment.file_id, screen.html, parse_mode=ParseMode.HTML, reply_markup=buttons
            )
        else:
            message = await self._bot.send_document(
                chat_id, screen.attachment.file_id, screen.html, parse_mode=ParseMode.HTML, reply_markup=buttons
            )
        return message.message_id

    async def _remove(self, chat_id: int, message_id: int) -> None:
        """Take a message away; one that is gone already, or too old for it, may stay as it is."""
        try:
            await self._bot.delete_message(chat_id, message_id)
        except BadRequest as error:
            log.info("message_not_removed", reason=error.message)

    async def _acknowledge(self, query: CallbackQuery, notice: str) -> None:
        """Stop the button's waiting sign; one that is too old to be answered needs none."""
        try:
            await query.answer(notice or None)
        except BadRequest as error:
            log.info("press_not_answered", reason=error.message)


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """Give rows of buttons as Telegram takes them."""
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(button.label, url=button.url)
                if button.url
                else InlineKeyboardButton(button.label, callback_data=button.data)
                for button in row
            ]
            for row in rows
        ]
    )


def message_fields(screen: Screen) -> dict[str, Any]:
    """Give the parameters of the method that shows a screen, without the chat; a file goes by its file id."""
    fields: dict[str, Any] = {"parse_mode": ParseMode.HTML}
    if screen.attachment is None:
        fields |= {"text": screen.html, "link_preview_options": NO_PREVIEW.to_dict()}
    else:
        fields |= {"caption": screen.html, screen.attachment.kind.value: screen.attachment.file_id}
    if (buttons := keyboard(screen.rows)) is not None:
        fields["reply_markup"] = buttons.to_dict()
    return fields
