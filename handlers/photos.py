"""Sends a screen that has a picture of ours: carried up the first time, by Telegram's name for it from then on."""

import asyncio
from dataclasses import dataclass

import structlog
from telegram import Bot, InlineKeyboardMarkup, Message
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from alerts.clock import Clock
from alerts.errors import CascadeError, StoreError
from alerts.pictures.album import Album
from handlers.screen import Picture, Screen

PAUSE_SECONDS = 60.0
"""After a picture failed it is not tried again for so long: the words answer at once instead."""

DRAWN_AT_MOST = 8
"""How many drawn pictures wait at a time for Telegram to take them; each has less than 100 kB."""

FILE_NAME = "cascade.png"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Making:
    """One picture that Telegram may not have yet: only one of those who want it draws and carries it up."""

    turn: asyncio.Lock
    waiting: int = 0


class Photos:
    """The pictures that go with answers; one that cannot be had costs nobody the answer.

    Args:
        bot: sends them.
        album: what Telegram calls those that it has.
        clock: the source of time.
    """

    def __init__(self, bot: Bot, album: Album, clock: Clock) -> None:
        self._bot = bot
        self._album = album
        self._clock = clock
        self._drawn: dict[str, bytes] = {}
        self._failed_until: dict[str, float] = {}
        self._making: dict[str, _Making] = {}

    async def send(
        self, chat_id: int, screen: Screen, picture: Picture, buttons: InlineKeyboardMarkup | None
    ) -> int | None:
        """Send a picture with the screen's text as its caption.

        Returns:
            The id of the message; None when there is none and the words have to go alone.

        Raises:
            Forbidden: nothing can be sent to this chat.
        """
        try:
            file_id = await self._album.find(picture.key)
            sent = file_id and await self._by_name(chat_id, screen, file_id, buttons)
            return sent or await self._first(chat_id, screen, picture, buttons, refused=file_id)
        except Forbidden:
            raise
        except (TelegramError, CascadeError) as error:
            log.warning("picture_not_sent", picture=picture.key, error=type(error).__name__)
            return None

    async def _by_name(
        self, chat_id: int, screen: Screen, file_id: str, buttons: InlineKeyboardMarkup | None
    ) -> int | None:
        """Send a picture that Telegram has; None when it does not know this name of it."""
        try:
            return (await self._post(chat_id, screen, file_id, buttons)).message_id
        except BadRequest as error:
            if "file" not in error.message.lower():
                raise
            log.warning("picture_name_refused", reason=error.message)
            return None

    async def _first(
        self,
        chat_id: int,
        screen: Screen,
        picture: Picture,
        buttons: InlineKeyboardMarkup | None,
        *,
        refused: str | None,
    ) -> int | None:
        """Draw a picture and carry it up, or, when somebody else has done so meanwhile, send it by its name."""
        if self._failed_until.get(picture.key, 0.0) > self._clock.monotonic():
            return None
        making = self._making.setdefault(picture.key, _Making(asyncio.Lock()))
        making.waiting += 1
        try:
            async with making.turn:
                file_id = await self._album.find(picture.key)
                if file_id is None or file_id == refused:
                    return await self._carry_up(chat_id, screen, picture, buttons)
        finally:
            making.waiting -= 1
            if not making.waiting:
                self._making.pop(picture.key, None)
        return await self._by_name(chat_id, screen, file_id, buttons)

    async def _carry_up(
        self, chat_id: int, screen: Screen, picture: Picture, buttons: InlineKeyboardMarkup | None
    ) -> int | None:
        if self._failed_until.get(picture.key, 0.0) > self._clock.monotonic():
            return None  # it failed for whoever had the turn before
        try:
            content = await self._content(picture)
            message = await self._post(chat_id, screen, content, buttons)
        except (Forbidden, BadRequest):
            raise  # that is this chat's affair: the next one may take it
        except (TelegramError, CascadeError):
            self._failed_until = {picture.key: self._clock.monotonic() + PAUSE_SECONDS}
            raise
        self._drawn.pop(picture.key, None)
        if not message.photo:
            return message.message_id  # a server that gives no names: the next one is carried up again
        try:
            await self._album.keep(picture.key, message.photo[-1].file_id)
        except StoreError as error:
            log.error("picture_not_noted", picture=picture.key, error=str(error))  # noqa: TRY400 - the sentence says it all
        return message.message_id

    async def _content(self, picture: Picture) -> bytes:
        if picture.key not in self._drawn:
            while len(self._drawn) >= DRAWN_AT_MOST:
                self._drawn.pop(next(iter(self._drawn)))
            self._drawn[picture.key] = await picture.draw()
        return self._drawn[picture.key]

    async def _post(
        self, chat_id: int, screen: Screen, photo: str | bytes, buttons: InlineKeyboardMarkup | None
    ) -> Message:
        return await self._bot.send_photo(
            chat_id, photo, screen.html, parse_mode=ParseMode.HTML, reply_markup=buttons, filename=FILE_NAME
        )
