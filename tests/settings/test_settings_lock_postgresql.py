import asyncio

import pytest
from support.databases import on_postgresql
from support.patience import until
from support.postgres import HOLDS_BOT_LOCK

from alerts.errors import StoreError
from alerts.store import Store
from bot.lock import LOOK_SECONDS, only_one_runs

pytestmark = on_postgresql


@pytest.fixture
async def elsewhere(store):
    """The same database as another machine opens it."""
    other = Store(store.url)
    yield other
    await other.close()


async def test_a_second_bot_stands_by_and_takes_over_at_its_next_look(store, elsewhere, clock):
    """One bot runs on a database whatever the machine; two seconds after it has ended the other one runs."""
    stopped = asyncio.Event()
    is_running = asyncio.Event()

    async def second() -> None:
        async with only_one_runs(elsewhere, clock, stopped):
            is_running.set()
            await stopped.wait()

    async with only_one_runs(store, clock) as lost:
        other = asyncio.create_task(second())
        await until(lambda: len(clock._sleepers) > 1, "the second bot to stand by")
        await clock.advance(10 * LOOK_SECONDS)
        assert not is_running.is_set()
        assert not lost.is_set()
    await clock.advance(LOOK_SECONDS)
    await until(is_running.is_set, "the second bot to take over")
    stopped.set()
    await other


async def test_a_first_that_ended_by_an_error_holds_nothing(store, elsewhere, clock):
    """However the first one ends the way is free."""
    with pytest.raises(ZeroDivisionError):
        async with only_one_runs(store, clock):
            1 / 0  # noqa: B018 - the error is the point
    async with only_one_runs(elsewhere, clock) as lost:
        assert not lost.is_set()


async def test_two_databases_of_a_server_have_two_locks(store, database, clock):
    """A bot beside another one on another database of the same server is no second one."""
    async with database.database() as url:
        other = Store(url)
        async with only_one_runs(store, clock), only_one_runs(other, clock):
            pass
        await other.close()


async def test_the_loss_of_the_lock_is_noticed_within_seconds(store, elsewhere, database, clock):
    """When the session that holds the lock is ended the bot learns of it, and another one may run."""
    async with only_one_runs(store, clock) as lost:
        await clock.advance(10 * LOOK_SECONDS)
        assert not lost.is_set()
        assert await database.end_sessions(store.url.database, which=HOLDS_BOT_LOCK) == 1
        await clock.advance(LOOK_SECONDS)
        await until(lost.is_set, "the loss to be noticed")
        async with only_one_runs(elsewhere, clock) as other_lost:
            assert not other_lost.is_set()


async def test_the_lock_keeps_no_writer_waiting(store, elsewhere, clock):
    """While a bot runs the command line writes."""
    async with only_one_runs(store, clock):
        await elsewhere.keep_fact("n", "1")
        assert await store.fact("n") == "1"


async def test_a_database_that_is_not_there_is_told_in_one_line(store, clock):
    """The administrator reads what is wrong, not a trace."""
    nowhere = Store(store.url.set(database="nowhere"))
    with pytest.raises(StoreError, match="no database of that name"):
        await only_one_runs(nowhere, clock).__aenter__()
    await nowhere.close()
