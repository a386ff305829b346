"""Long polling: an update is confirmed only after it is stored."""

import asyncio
from collections.abc import Sequence

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, TelegramError

from alerts.clock import Clock, sleep_or
from alerts.delivery.dispatcher import log_fault
from bot.telegram.inbox import Reception

POLL_SECONDS = 25
PEEK_SECONDS = 0.2
"""How long updates may wait to be stored before those of them are answered that only read."""

UPDATE_KINDS = ("message", "channel_post", "callback_query", "my_chat_member", "inline_query")
PAUSE_SECONDS = (1, 2, 4, 8, 15)

log = structlog.get_logger(__name__)


class Poller:
    """Asks Telegram for updates until stopped; trouble is waited out, never counted against a subscriber."""

    def __init__(self, bot: Bot, reception: Reception, clock: Clock) -> None:
        self._bot = bot
        self._reception = reception
        self._clock = clock
        self._offset: int | None = None
        self._failures = 0
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Poll until stopped."""
        await self._leave_webhook()
        while not self._stopping.is_set():
            try:
                await self._poll_once()
                self._failures = 0
            except Exception as error:
                await self._wait_out(error)

    def stop(self) -> None:
        """Ask no more; what has been received is stored before `run` returns."""
        self._stopping.set()

    async def _leave_webhook(self) -> None:
        """Take a webhook away that an earlier program has left: Telegram allows no polling beside one."""
        try:
            await self._bot.delete_webhook()
        except TelegramError as error:
            log.warning("webhook_not_removed", error=type(error).__name__)

    async def _poll_once(self) -> None:
        asked = asyncio.create_task(
            self._bot.get_updates(offset=self._offset, timeout=POLL_SECONDS, allowed_updates=UPDATE_KINDS)
        )
        stopped = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({asked, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not asked.done():
            asked.cancel()
            return
        updates = asked.result()
        await self._store(updates)
        if updates:
            self._offset = updates[-1].update_id + 1

    async def _store(self, updates: Sequence[Update]) -> None:
        """Have updates stored; while a long transaction is in the way, those who only read are answered all the same.

        Asked with the old offset, Telegram confirms nothing and gives them once more, and what has come since.
        """
        storing = asyncio.create_task(self._reception.receive([as_payload(update) for update in updates]))
        try:
            while not await self._is_done_soon(storing):
                self._reception.answer_readers([as_payload(update) for update in updates])
                updates = await self._bot.get_updates(offset=self._offset, timeout=0, allowed_updates=UPDATE_KINDS)
        finally:
            await storing

    async def _is_done_soon(self, storing: asyncio.Task[None]) -> bool:
        patience = asyncio.ensure_future(self._clock.sleep(PEEK_SECONDS))
        await asyncio.wait({storing, patience}, return_when=asyncio.FIRST_COMPLETED)
        patience.cancel()
        return storing.done()

    async def _wait_out(self, error: Exception) -> None:
        pause_seconds = PAUSE_SECONDS[min(self._failures, len(PAUSE_SECONDS) - 1)]
        self._failures += 1
        if isinstance(error, Conflict):
            log.error("another_program_polls_with_this_token")
        elif isinstance(error, InvalidToken):
            log.error("telegram_refuses_the_token")
        elif isinstance(error, TelegramError):
            log.warning("polling_failed", error=type(error).__name__, pause_seconds=pause_seconds)
        else:
            log_fault("polling_broke", error)
        await sleep_or(self._clock, pause_seconds, self._stopping)


def as_payload(update: Update) -> dict[str, object]:
    """Give an update as the JSON that Telegram sent."""
    return update.to_dict()
