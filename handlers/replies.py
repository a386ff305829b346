"""Puts replies into Telegram's shape: sends them, or edits the message whose button was pressed."""

from collections.abc import Awaitable, Callable

import structlog
from telegram import Bot, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from handlers.screen import Reply, Rows, Screen

log = structlog.get_logger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
NoteProgress = Callable[[int, int], Awaitable[None]]


class Replies:
    """The way back to the person who asked.

    Args:
        bot: the library's bot.
        note_progress: keeps which message shows an alert's progress: (alert id, message id).
    """

    def __init__(self, bot: Bot, note_progress: NoteProgress) -> None:
        self._bot = bot
        self._note_progress = note_progress

    async def send(self, chat_id: int, reply: Reply) -> None:
        """Send a reply's screens as new messages; a person who has blocked the bot gets nothing, silently."""
        try:
            for screen in reply.screens:
                message_id = await self._new(chat_id, screen)
        except Forbidden:
            return
        if reply.progress_of is not None and reply.screens:
            await self._note_progress(reply.progress_of, message_id)

    async def answer_press(self, query: CallbackQuery, reply: Reply) -> None:
        """Answer a press: the first screen in place, the others below, and the notice last, when all is done."""
        try:
            await self._show(query, reply)
        finally:
            await self._acknowledge(query, reply.notice)

    async def _show(self, query: CallbackQuery, reply: Reply) -> None:
        screens = list(reply.screens)
        chat_id = query.message.chat.id if query.message else query.from_user.id
        message_id = query.message.message_id if query.message else 0
        if screens and reply.replaces and message_id and await self.edit(chat_id, message_id, screens[0]):
            screens = screens[1:]
        if screens:
            await self.send(chat_id, Reply(tuple(screens), progress_of=reply.progress_of))
        elif reply.progress_of is not None:
            await self._note_progress(reply.progress_of, message_id)

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
            return "message is not modified" in error.message
        return True

    async def _new(self, chat_id: int, screen: Screen) -> int:
        message = await self._bot.send_message(
            chat_id,
            screen.html,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard(screen.rows),
            link_preview_options=NO_PREVIEW,
        )
        return message.message_id

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
