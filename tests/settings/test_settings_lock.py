import asyncio
import subprocess
import sys

import pytest
from support.patience import until

from alerts.errors import StoreError
from alerts.store import Store
from bot.lock import LOOK_SECONDS, STANDS_BY, StoppedStandingBy, only_one_runs

HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
async def database(tmp_path):
    """A database that nobody has opened."""
    store = Store(f"sqlite+aiosqlite:///{tmp_path}/cascade.db")
    yield store
    await store.close()


class Standby:
    """A bot that wants to run on a database.

    Attributes:
        is_running: it has the right to send.
        stopped: set to end it.
        task: its life.
    """

    def __init__(self, store, clock) -> None:
        self.is_running = False
        self.stopped = asyncio.Event()
        self.task = asyncio.create_task(self._live(store, clock))

    async def _live(self, store, clock) -> None:
        async with only_one_runs(store, clock, self.stopped):
            self.is_running = True
            await self.stopped.wait()


async def test_a_second_bot_stands_by_and_takes_over_at_its_next_look(database, clock, capsys):
    """While the first runs the second waits, says so once, and runs two seconds after the first has ended."""
    async with only_one_runs(database, clock):
        second = Standby(database, clock)
        await clock.advance(10 * LOOK_SECONDS)
        assert not second.is_running
    await clock.advance(LOOK_SECONDS)
    await until(lambda: second.is_running, "the second bot to take over")
    assert capsys.readouterr().out.count(STANDS_BY) == 1
    second.stopped.set()
    await second.task


async def test_a_first_that_ended_by_an_error_holds_nothing(database, clock):
    """However the first one ends the way is free."""
    with pytest.raises(ZeroDivisionError):
        async with only_one_runs(database, clock):
            1 / 0  # noqa: B018 - the error is the point
    async with only_one_runs(database, clock) as lost:
        assert not lost.is_set()


async def test_one_that_stands_by_can_be_stopped(database, clock):
    """It ends without having run, and leaves the first one its lock."""
    async with only_one_runs(database, clock) as lost:
        second = Standby(database, clock)
        await clock.advance(LOOK_SECONDS)
        second.stopped.set()
        with pytest.raises(StoppedStandingBy):
            await second.task
        await clock.advance(LOOK_SECONDS)
        assert not second.is_running
        assert not lost.is_set()


async def test_a_lock_file_that_was_removed_or_replaced_is_a_lost_lock(database, clock, tmp_path):
    """Without its file another bot would get in, so the holder learns within two seconds that it has to stop."""
    async with only_one_runs(database, clock) as lost:
        await clock.advance(LOOK_SECONDS)
        assert not lost.is_set()
        (tmp_path / "cascade.db.lock").unlink()
        async with only_one_runs(database, clock) as other_lost:
            await clock.advance(LOOK_SECONDS)
            await until(lost.is_set, "the loss to be noticed")
            assert not other_lost.is_set()


async def test_two_databases_have_two_locks(database, clock, tmp_path):
    """A bot beside another one on another database is no second one."""
    other = Store(f"sqlite+aiosqlite:///{tmp_path}/other.db")
    async with only_one_runs(database, clock), only_one_runs(other, clock):
        pass
    await other.close()


async def test_a_process_that_was_killed_holds_nothing(database, clock, tmp_path):
    """The system lets go of the lock of a process that had no time to."""
    command = [sys.executable, "-S", "-c", HOLDER, f"{tmp_path}/cascade.db.lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:  # noqa: ASYNC220, S603
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        second = Standby(database, clock)
        await clock.advance(LOOK_SECONDS)
        assert not second.is_running
        other.kill()
        other.wait()
        await clock.advance(LOOK_SECONDS)
        await until(lambda: second.is_running, "the second bot to take over")
        second.stopped.set()
        await second.task


async def test_a_database_in_memory_needs_no_lock(tmp_path, clock, monkeypatch):
    """Nobody else can open it, and no file is left behind."""
    monkeypatch.chdir(tmp_path)
    store = Store("sqlite+aiosqlite://")
    async with only_one_runs(store, clock), only_one_runs(store, clock):
        assert list(tmp_path.iterdir()) == []
    await store.close()


async def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path, clock):
    """The administrator reads which file could not be written."""
    store = Store(f"sqlite+aiosqlite:///{tmp_path}/missing/cascade.db")
    with pytest.raises(StoreError, match="cannot be written: No such file") as raised:
        await only_one_runs(store, clock).__aenter__()
    assert "\n" not in str(raised.value)
    await store.close()
