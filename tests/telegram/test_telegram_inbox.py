import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable

import orjson
import pytest
from support.databases import on_sqlite
from support.deaf import DeafStore
from support.patience import until
from telegram import Update
from telegram_line import bot_at
from telegram_updates import Handler, all_done, pressed, rows, said

from alerts.errors import StoreError
from alerts.store import Store
from bot.telegram.inbox import PAUSE_SECONDS, Inbox, Reception

HOUR = 3600


@pytest.fixture
def inbox(store, clock) -> Inbox:
    """The inbox over a real database."""
    return Inbox(store, clock)


@pytest.fixture
async def receiving(inbox, clock) -> AsyncIterator[Callable[[Handler], Reception]]:
    """Makes receptions over the same inbox, as process after process would."""
    made: list[Reception] = []
    async with bot_at("http://127.0.0.1:9") as bot:

        def make(handler: Handler) -> Reception:
            made.append(Reception(inbox, bot, handler, lambda _: False, clock))
            return made[-1]

        yield make
        for reception in made:
            await reception.drain(0)


async def test_an_update_is_stored_before_receive_returns(store, receiving):
    """When `receive` is over, the update is on disk as Telegram sent it, though nobody has handled it yet."""
    handler = Handler()
    handler.gates[1] = asyncio.Event()
    await receiving(handler).receive([said(1)])
    row = (await rows(store))[1]
    assert orjson.loads(row.payload) == said(1)
    assert row.done_at is None
    assert handler.handled == []


async def test_a_repeated_update_is_handled_once(store, receiving):
    """Telegram may repeat an update within a batch, while it is being handled, and after."""
    handler = Handler()
    handler.gates[1] = asyncio.Event()
    reception = receiving(handler)
    await reception.receive([said(1), said(1)])
    await reception.receive([said(1)])
    handler.gates[1].set()
    await until(lambda: all_done(store), "the update to be done")
    await reception.receive([said(1), said(2)])
    await until(lambda: handler.handled == [1, 2], "the next update")
    assert handler.begun == [1, 2]


async def test_updates_of_a_chat_keep_their_order_and_hold_nobody_else_up(receiving):
    """A slow handler delays its own chat, presses included; another chat goes on."""
    handler = Handler()
    handler.gates[1] = asyncio.Event()
    reception = receiving(handler)
    await reception.receive([said(1, chat=1001), pressed(2, chat=1001), said(3, chat=2002)])
    await reception.receive([said(4, chat=1001), said(5, chat=2002)])
    await until(lambda: handler.handled == [3, 5], "the other chat")
    assert handler.begun.count(2) == handler.begun.count(4) == 0
    handler.gates[1].set()
    await until(lambda: handler.handled == [3, 5, 1, 2, 4], "the slow chat in its order")


async def test_order_in_a_group_is_kept_across_people(receiving):
    """What counts is the chat, not who pressed."""
    handler = Handler()
    handler.gates[1] = asyncio.Event()
    await receiving(handler).receive([pressed(1, chat=-5, person=7), pressed(2, chat=-5, person=8), said(3)])
    await until(lambda: handler.handled == [3], "the private chat")
    assert handler.begun == [1, 3]
    handler.gates[1].set()
    await until(lambda: handler.handled == [3, 1, 2], "the group")


async def test_an_update_without_a_chat_is_handled(receiving):
    """A kind that nobody foresaw passes through."""
    handler = Handler()
    await receiving(handler).receive([{"update_id": 1}])
    await until(lambda: handler.handled == [1], "the update")


async def test_the_payload_is_erased_when_an_update_is_done(store, clock, receiving):
    """What people said does not stay; the id does, against repetition."""
    await receiving(Handler()).receive([said(1)])
    await until(lambda: all_done(store), "the update to be done")
    row = (await rows(store))[1]
    assert (row.payload, row.done_at, row.attempts) == (None, clock.now(), 1)


async def test_a_handler_that_breaks_ends_its_update_only(store, receiving):
    """The fault of one update costs the chat nothing else."""
    handler = Handler()
    handler.faults.add(1)
    await receiving(handler).receive([said(1), said(2)])
    await until(lambda: all_done(store), "both updates to be done")
    assert handler.handled == [2]
    assert (await rows(store))[1].payload is None


async def test_database_trouble_is_waited_out(store, clock, receiving):
    """An update that the database stands in the way of comes again after a pause, before what its chat sent later."""
    handler = Handler()
    handler.troubles[1] = 2
    await receiving(handler).receive([said(1), said(2)])
    await until(lambda: handler.begun == [1], "the first try")
    for tries, seconds in ((2, 1.0), (3, 5.0)):
        await until(lambda: clock._sleepers, "the pause")
        await clock.advance(seconds)
        await until(lambda tries=tries: handler.begun[:tries] == [1] * tries, "the next try")
    await until(lambda: handler.handled == [1, 2], "both updates")
    assert (await rows(store))[1].payload is None


async def test_database_trouble_without_end_leaves_the_update_to_the_next_start(store, clock, inbox, receiving):
    """After the last pause the update is no longer tried and not erased: the next process takes it up."""
    handler, later = Handler(), Handler()
    handler.troubles[1] = 99
    await receiving(handler).receive([said(1)])
    for tries, seconds in enumerate(PAUSE_SECONDS, start=2):
        await until(lambda: clock._sleepers, "the pause")
        await clock.advance(seconds)
        await until(lambda tries=tries: len(handler.begun) == tries, "the next try")
    assert handler.handled == []
    assert (await rows(store))[1].payload is not None
    await receiving(later).resume()
    await until(lambda: later.handled == [1], "the next process")


@on_sqlite
async def test_trouble_with_the_count_drops_no_update(monkeypatch, store, clock):
    """An update whose beginning cannot be written, since the database is locked, is handled all the same."""
    monkeypatch.setattr("alerts.store.engine.BUSY_SECONDS", 0.05)
    hurried = Store(str(store.url))
    other = sqlite3.connect(store.url.database, isolation_level=None)
    handled = []

    async def handle(update: Update) -> None:
        handled.append(update.update_id)
        other.execute("ROLLBACK")

    async with bot_at("http://127.0.0.1:9") as bot:
        reception = Reception(Inbox(hurried, clock), bot, handle, lambda _: False, clock)
        await reception.receive([said(1)])
        other.execute("BEGIN IMMEDIATE")
        await until(lambda: all_done(store), "the update to be done")
        await reception.drain(1)
    assert handled == [1]
    other.close()
    await hurried.close()


async def test_a_crashed_process_leaves_its_updates_to_the_next(store, inbox, receiving):
    """What was begun and what was not begun are both taken up, in order; what was done is not."""
    await inbox.keep([said(1), said(2), said(3)])
    await inbox.begin(1)
    await inbox.finish(1)
    await inbox.begin(2)
    handler = Handler()
    reception = receiving(handler)
    await reception.resume()
    await reception.receive([said(2), said(3), said(4)])
    await until(lambda: handler.handled == [2, 3, 4], "what was left and what is new")
    await until(lambda: all_done(store), "all to be done")
    assert handler.begun == [2, 3, 4]


async def test_what_does_not_end_in_time_is_taken_up_at_the_next_start(store, receiving):
    """A stop waits for what is being handled only so long, and begins nothing more."""
    slow = Handler()
    slow.gates[1] = asyncio.Event()
    stopping = receiving(slow)
    await stopping.receive([said(1), said(2)])
    await until(lambda: slow.begun == [1], "the first update to be begun")
    await stopping.drain(0)
    assert (slow.begun, slow.handled) == ([1], [])
    handler = Handler()
    await receiving(handler).resume()
    await until(lambda: handler.handled == [1, 2], "both updates")


async def test_what_comes_in_during_a_stop_is_kept_for_the_next_start(receiving):
    """An update that the last poll brought is stored and not begun: nothing runs on when the database is closed."""
    early = Handler()
    stopping = receiving(early)
    await stopping.drain(1)
    await stopping.receive([said(1)])
    handler = Handler()
    await receiving(handler).resume()
    await until(lambda: handler.handled == [1], "the update")
    assert early.begun == []


async def test_a_stop_waits_for_what_is_being_handled(store, receiving):
    """What ends in time is finished, and not handled again."""
    handler = Handler()
    handler.gates[1] = asyncio.Event()
    reception = receiving(handler)
    await reception.receive([said(1)])
    await until(lambda: handler.begun == [1], "the update to be begun")
    draining = asyncio.create_task(reception.drain(10))
    handler.gates[1].set()
    await draining
    assert handler.handled == [1]
    assert await all_done(store)


async def test_an_update_that_kills_the_process_is_given_up_after_three_tries(store, inbox, receiving):
    """The third crash is the last; what it said is erased."""
    await inbox.keep([said(1), said(2)])
    for _ in range(2):
        await inbox.begin(1)
    assert [stored.update_id for stored in await inbox.left_over()] == [1, 2]
    await inbox.begin(1)
    handler = Handler()
    await receiving(handler).resume()
    await until(lambda: handler.handled == [2], "the harmless update")
    row = (await rows(store))[1]
    assert row.done_at is not None
    assert (row.payload, row.attempts) == (None, 3)
    assert handler.begun == [2]


async def test_ids_are_forgotten_after_a_day(store, clock, inbox):
    """Telegram repeats nothing that is older than 24 hours; what is not done is never forgotten."""
    await inbox.keep([said(1), said(2)])
    await inbox.finish(1)
    await clock.advance(24 * HOUR)
    await inbox.forget_old()
    assert set(await rows(store)) == {1, 2}
    assert await inbox.keep([said(1)]) == []
    await clock.advance(1)
    await inbox.forget_old()
    assert set(await rows(store)) == {2}


async def test_updates_that_were_stored_without_an_answer_are_handled_once(store, clock):
    """A commit whose answer was lost makes the poller ask again: the updates are taken then, and never twice."""
    deaf = DeafStore(store.url)
    inbox = Inbox(deaf, clock)
    deaf.is_deaf = True
    with pytest.raises(StoreError):
        await inbox.keep([said(1), said(2)])
    assert [stored.update_id for stored in await inbox.keep([said(1), said(2), said(3)])] == [1, 2, 3]
    assert await inbox.keep([said(1), said(2), said(3)]) == []
    await inbox.finish(1)
    assert await inbox.keep([said(1)]) == []
    await deaf.close()
