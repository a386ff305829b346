import subprocess
import sys

import pytest

from alerts.errors import StoreError
from alerts.store import Store
from bot.lock import only_one_runs

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


async def test_a_second_holder_is_refused_and_a_later_one_is_not(database, clock, tmp_path):
    """The refusal names the file; after the first has ended, by an error even, the way is free."""
    async with only_one_runs(database, clock):
        with pytest.raises(StoreError, match="another Cascade runs") as raised:
            await only_one_runs(database, clock).__aenter__()
    assert f"{tmp_path}/cascade.db.lock" in str(raised.value)
    with pytest.raises(ZeroDivisionError):
        async with only_one_runs(database, clock):
            1 / 0  # noqa: B018 - the error is the point
    async with only_one_runs(database, clock) as lost:
        assert not lost.is_set()


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
        with pytest.raises(StoreError):
            await only_one_runs(database, clock).__aenter__()
        other.kill()
        other.wait()
        async with only_one_runs(database, clock):
            pass


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
