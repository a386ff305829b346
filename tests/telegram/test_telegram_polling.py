import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.clock import DrivenClock
from support.lossy import Lossy
from support.patience import until
from telegram import Update
from telegram_line import BOT, bot_at
from telegram_updates import Handler, rows

from alerts.errors import StoreError
from bot.sandbox.chats import Chat
from bot.telegram.inbox import Inbox, Reception, Stored
from bot.telegram.polling import PEEK_SECONDS, Poller

AT_ONCE_SECONDS = 3
"""Far below the 25 s of a poll, and enough for a busy machine."""


class RecordingClock(DrivenClock):
    """A driven clock that knows for how long it was asked to wait, and how often before a peek."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []
        self.peeks = 0

    async def sleep(self, seconds: float) -> None:
        """Note the wait, then wait."""
        if seconds == PEEK_SECONDS:
            self.peeks += 1
        else:
            self.waits.append(seconds)
        await super().sleep(seconds)


class TroubledInbox(Inbox):
    """An inbox that stores when the test lets it, or fails.

    Attributes:
        asked: set when updates are to be stored.
        way_is_free: storing waits for it.
        faults: how many of the next tries fail.
    """

    def __init__(self, store, clock) -> None:
        super().__init__(store, clock)
        self.asked, self.way_is_free, self.faults = asyncio.Event(), asyncio.Event(), 0
        self.way_is_free.set()

    async def keep(self, payloads: Sequence[dict[str, Any]]) -> list[Stored]:
        """Store updates, if and when that is possible."""
        if payloads:
            self.asked.set()
            await self.way_is_free.wait()
            if self.faults:
                self.faults -= 1
                raise StoreError("the disk is full")
        return await super().keep(payloads)


@pytest.fixture
def clock() -> RecordingClock:
    """A driven clock that notes the waits."""
    return RecordingClock()


@pytest.fixture
def inbox(store, clock) -> TroubledInbox:
    """An inbox that a test can trouble."""
    return TroubledInbox(store, clock)


@pytest.fixture
def chat(sandbox) -> Chat:
    """The chat of a person with the bot."""
    sandbox.world.add_account(id=1001, first_name="Amira")
    return sandbox.world.chat(1001, BOT)


@asynccontextmanager
async def polling(
    bot, inbox, handler: Handler, clock, only_reads: Callable[[Update], bool] = lambda _: False
) -> AsyncIterator[tuple[Poller, asyncio.Task[None]]]:
    """Poll while the caller is inside."""
    reception = Reception(inbox, bot, handler, only_reads, clock)
    poller = Poller(bot, reception, clock)
    task = asyncio.create_task(poller.run())
    try:
        yield poller, task
    finally:
        poller.stop()
        inbox.way_is_free.set()
        async with asyncio.timeout(AT_ONCE_SECONDS):
            await task
        await reception.drain(0)


def polls(sandbox) -> bool:
    """Tell whether a long poll is open."""
    return sandbox.world.bots[BOT].updates._poll is not None


async def test_an_update_is_confirmed_only_after_it_is_stored(sandbox, bot, store, inbox, clock, chat):
    """While the store is slow Telegram keeps the update; once it is stored the next poll confirms it."""
    queue, handler = sandbox.world.bots[BOT].updates, Handler()
    sandbox.world.say(chat, "hello")
    inbox.way_is_free.clear()
    async with polling(bot, inbox, handler, clock):
        await inbox.asked.wait()
        assert (await rows(store), len(queue), polls(sandbox)) == ({}, 1, False)
        inbox.way_is_free.set()
        await until(lambda: not len(queue), "the update to be confirmed")
        assert set(await rows(store)) == {1}
        await until(lambda: handler.texts == ["hello"], "the update to be handled")


async def test_who_only_reads_is_answered_while_nothing_can_be_stored(sandbox, bot, store, inbox, clock, chat):
    """Questions are answered in the middle of a long transaction, later ones too, once each; what writes waits."""
    queue, handler = sandbox.world.bots[BOT].updates, Handler()
    sandbox.world.say(chat, "hello")
    sandbox.world.say(chat, "/threat")
    inbox.way_is_free.clear()
    async with polling(bot, inbox, handler, clock, lambda update: update.message.text.startswith("/")):
        await inbox.asked.wait()
        await until(lambda: clock.peeks == 1, "the patience")
        await clock.advance(PEEK_SECONDS)
        await until(lambda: handler.texts == ["/threat"], "the first answer")
        sandbox.world.say(chat, "/report")
        await until(lambda: clock.peeks == 2, "the patience")
        await clock.advance(PEEK_SECONDS)
        await until(lambda: clock.peeks == 3, "the patience")
        await clock.advance(PEEK_SECONDS)
        await until(lambda: handler.texts == ["/threat", "/report"], "the second answer")
        assert (await rows(store), len(queue)) == ({}, 3)
        inbox.way_is_free.set()
        await until(lambda: not len(queue), "the updates to be confirmed")
        await until(lambda: handler.texts == ["/threat", "/report", "hello"], "the rest")
        assert set(await rows(store)) == {1, 2, 3}


async def test_an_update_that_cannot_be_stored_is_asked_for_again(sandbox, bot, store, inbox, clock, chat):
    """A full disk confirms nothing: the same update comes back after a pause, and is handled once."""
    queue, handler = sandbox.world.bots[BOT].updates, Handler()
    sandbox.world.say(chat, "hello")
    inbox.faults = 1
    async with polling(bot, inbox, handler, clock):
        await until(lambda: clock.waits == [1], "the pause")
        assert (await rows(store), len(queue)) == ({}, 1)
        await clock.advance(1)
        await until(lambda: not len(queue), "the update to be confirmed")
        await until(lambda: handler.texts == ["hello"], "the update to be handled")


async def test_a_conflict_is_waited_out(sandbox, bot, sandbox_address, inbox, clock, chat):
    """Another program's poll ends ours, which pauses and comes back; nothing is lost."""
    handler = Handler()
    async with polling(bot, inbox, handler, clock):
        await until(lambda: polls(sandbox), "the first poll")
        async with bot_at(sandbox_address) as another:
            await another.get_updates(timeout=0)
        await until(lambda: clock.waits == [1], "the pause")
        sandbox.world.say(chat, "hello")
        await clock.advance(0.9)
        assert (polls(sandbox), handler.begun, len(sandbox.world.bots[BOT].updates)) == (False, [], 1)
        await clock.advance(0.1)
        await until(lambda: handler.texts == ["hello"], "the update to be handled")


async def test_an_outage_is_waited_out_ever_longer(sandbox, sandbox_address, inbox, clock, chat):
    """The pauses grow to a quarter of a minute, and begin anew after a poll that worked."""
    handler, line = Handler(), Lossy()
    line.is_down = True
    async with (
        line.in_front_of(sandbox_address) as address,
        bot_at(address) as bot,
        polling(bot, inbox, handler, clock),
    ):
        pauses = [1, 2, 4, 8, 15, 15]
        for number, pause in enumerate(pauses, start=1):
            await until(lambda number=number: clock.waits == pauses[:number], f"pause {number}")
            if number == len(pauses):
                line.is_down = False
            await clock.advance(pause)
        await until(lambda: polls(sandbox), "the poll after the outage")
        line.is_down = True
        sandbox.world.say(chat, "hello")
        await until(lambda: handler.texts == ["hello"], "the update to be handled")
        await until(lambda: clock.waits == [*pauses, 1], "the pauses to begin anew")


async def test_a_stop_ends_an_open_poll_at_once(sandbox, bot, inbox, clock):
    """Nobody waits 25 s for a poll to end."""
    async with polling(bot, inbox, Handler(), clock) as (poller, task):
        await until(lambda: polls(sandbox), "the poll")
        poller.stop()
        async with asyncio.timeout(AT_ONCE_SECONDS):
            await task
    await until(lambda: not polls(sandbox), "the server to notice")


async def test_a_stop_ends_a_pause_at_once(sandbox_address, inbox, clock):
    """Nobody waits for the end of a pause either: the clock stands still."""
    line = Lossy()
    line.is_down = True
    async with (
        line.in_front_of(sandbox_address) as address,
        bot_at(address) as bot,
        polling(bot, inbox, Handler(), clock) as (poller, task),
    ):
        await until(lambda: clock.waits == [1], "the pause")
        poller.stop()
        async with asyncio.timeout(AT_ONCE_SECONDS):
            await task
    assert clock.elapsed_seconds == 0


async def test_what_was_received_is_stored_before_a_stop_is_over(sandbox, bot, store, inbox, clock, chat):
    """A stop between receiving and storing does not drop the update."""
    sandbox.world.say(chat, "hello")
    inbox.way_is_free.clear()
    async with polling(bot, inbox, Handler(), clock) as (poller, task):
        await inbox.asked.wait()
        poller.stop()
        assert not task.done()
        inbox.way_is_free.set()
        async with asyncio.timeout(AT_ONCE_SECONDS):
            await task
        assert set(await rows(store)) == {1}
