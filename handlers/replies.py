"""Puts replies into Telegram's shape: sends them, or edits the message whose button was pressed."""

from collections.abc import Sequence
from typing import Any

import structlog
from telegram import (
    Bot,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    Message,
    User,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from alerts.publishing.attachment import Attachment, AttachmentKind
from handlers.photos import Photos
from handlers.screen import Card, Picture, Reply, Rows, Screen

log = structlog.get_logger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

INLINE_CACHE_SECONDS = 10
"""How long Telegram may give the same cards to others who type the same: a level is not to be older than that."""

METHODS: dict[AttachmentKind | None, str] = {
    None: "sendMessage",
    AttachmentKind.PHOTO: "sendPhoto",
    AttachmentKind.DOCUMENT: "sendDocument",
}
"""The method that shows a screen, by what is attached to it."""


class Replies:
    """The way back to the person who asked.

    Args:
        bot: sends.
        photos: the pictures of the bot's own; without it screens go out in words.
    """

    def __init__(self, bot: Bot, photos: Photos | None = None) -> None:
        self._bot = bot
        self._photos = photos

    async def send(self, chat_id: int, reply: Reply) -> None:
        """Send a reply's screens as new messages; a person who has blocked the bot gets nothing, silently."""
        await self._deliver(chat_id, reply, pressed=0)

    async def answer_press(self, query: CallbackQuery, reply: Reply) -> None:
        """Answer a press: the first screen in place, the others below, and the notice last, when all is done."""
        chat_id = query.message.chat.id if query.message else query.from_user.id
        pressed = query.message.message_id if query.message and reply.replaces else 0
        has_caption = isinstance(query.message, Message) and bool(query.message.photo or query.message.document)
        try:
            await self._deliver(chat_id, reply, pressed, has_caption=has_caption)
        finally:
            await self._acknowledge(query, reply.notice)

    async def _deliver(self, chat_id: int, reply: Reply, pressed: int, *, has_caption: bool = False) -> None:
        """Show the screens, the first in the place of the pressed message if there is one, and tell where they are."""
        shown: list[int] = []
        try:
            for message_id in reply.removes:
                await self._remove(chat_id, message_id)
            for screen in reply.screens:
                is_new = screen.attachment or screen.picture or screen.is_protected  # an edit protects nothing
                may_stay = pressed and not shown and not is_new
                in_place = may_stay and await self.edit(chat_id, pressed, screen, has_caption=has_caption)
                shown.append(pressed if in_place else await self._new(chat_id, screen))
        except Forbidden:
            return
        if reply.on_shown is not None:
            await reply.on_shown(tuple(shown))

    async def edit(self, chat_id: int, message_id: int, screen: Screen, *, has_caption: bool = False) -> bool:
        """Put a screen in the place of a message, and tell whether it stands there now.

        Args:
            chat_id: where.
            message_id: the message.
            screen: what it says from now on.
            has_caption: it is a picture or document, which stays, and whose caption changes.
        """
        place: dict[str, Any] = {"chat_id": chat_id, "message_id": message_id, "parse_mode": ParseMode.HTML}
        place["reply_markup"] = keyboard(screen.rows)
        try:
            if has_caption:
                await self._bot.edit_message_caption(caption=screen.html, **place)
            else:
                await self._bot.edit_message_text(screen.html, link_preview_options=NO_PREVIEW, **place)
        except Forbidden:
            return True
        except TelegramError as error:
            return "message is not modified" in error.message.lower()
        return True

    async def _new(self, chat_id: int, screen: Screen) -> int:
        if screen.picture is not None:
            return await self._pictured(chat_id, screen, screen.picture)
        buttons = keyboard(screen.rows)
        if screen.attachment is None:
            message = await self._bot.send_message(
                chat_id,
                screen.html,
                parse_mode=ParseMode.HTML,
                reply_markup=buttons,
                link_preview_options=NO_PREVIEW,
                protect_content=screen.is_protected or None,
            )
        else:
            is_photo = screen.attachment.kind is AttachmentKind.PHOTO
            send = self._bot.send_photo if is_photo else self._bot.send_document
            message = await send(
                chat_id,
                screen.attachment.file_id,
                caption=screen.html,
                parse_mode=ParseMode.HTML,
                reply_markup=buttons,
                protect_content=screen.is_protected or None,
            )
        return message.message_id

    async def _pictured(self, chat_id: int, screen: Screen, picture: Picture) -> int:
        """Show a screen with its picture; where that fails, in words: no answer is lost for a picture."""
        sent = self._photos and await self._photos.send(chat_id, screen, picture, keyboard(screen.rows))
        return sent or await self._new(chat_id, picture.instead)

    async def upload(self, chat_id: int, attachment: Attachment, content: bytes) -> str:
        """Carry a file up to Telegram by somebody's chat, take its message away again, and give the file's name."""
        name = attachment.name
        if attachment.kind is AttachmentKind.PHOTO:
            message = await self._bot.send_photo(chat_id, content, filename=name, disable_notification=True)
            file_id = message.photo[-1].file_id
        else:
            message = await self._bot.send_document(chat_id, content, filename=name, disable_notification=True)
            file_id = message.document.file_id if message.document else ""
        await self._remove(chat_id, message.message_id)
        return file_id

    async def answer_inline(self, query_id: str, cards: Sequence[Card]) -> None:
        """Offer cards to somebody who typed the bot's name in another chat; one who waited too long gets none."""
        results = [
            InlineQueryResultArticle(
                id=card.code,
                title=card.title,
                description=card.description,
                input_message_content=InputTextMessageContent(
                    card.html, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW
                ),
                reply_markup=keyboard(card.rows),
            )
            for card in cards
        ]
        try:
            await self._bot.answer_inline_query(query_id, results, cache_time=INLINE_CACHE_SECONDS)
        except BadRequest as error:
            log.info("inline_query_not_answered", reason=error.message)

    def is_own(self, user: User | None) -> bool:
        """Tell whether a user is this bot."""
        return user is not None and user.id == self._bot.id

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
    if screen.is_protected:
        fields["protect_content"] = True
    return fields
