import asyncio
import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, inspect, select, text
from support.databases import on_sqlite
from support.patience import until

from alerts.errors import StoreError
from alerts.store import Store
from alerts.store.migrate import claim_purpose, migrate, newest_revision, revision
from alerts.store.tables import meta, metadata, private_chats, subscriber_sectors

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def differences(connection: Connection) -> list[object]:
    """Tell what alembic would change to make the database what the code declares."""
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def refusal(store: Store) -> str:
    """Give the sentence with which a database is refused, by reading and by migrating alike."""
    before = set(threading.enumerate())
    with pytest.raises(StoreError) as read:
        await revision(store)
    with pytest.raises(StoreError) as migrated:
        await migrate(store)
    await store.close()
    await until(lambda: not set(threading.enumerate()) - before, "the end of aiosqlite's threads")
    assert str(read.value) == str(migrated.value)
    return str(read.value)


async def pragma(store: Store, name: str) -> object:
    """Ask a connection for one of its settings."""
    async with store.reading() as connection:
        return (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()


async def test_an_empty_database_is_migrated_to_the_newest_revision(tmp_path: Path):
    """Migration makes every table from nothing, says at which revision it is, and does nothing the second time."""
    store = Store(f"sqlite+aiosqlite:///{tmp_path}/new.db")
    assert await revision(store) is None
    assert await migrate(store) == newest_revision()
    assert await revision(store) == newest_revision()
    assert await migrate(store) == newest_revision()
    async with store.reading() as connection:
        tables = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    await store.close()
    assert tables == set(metadata.tables) | {"alembic_version"}


async def test_the_migrations_make_what_the_code_works_with(store: Store):
    """A migrated database differs in nothing from the tables that the code declares."""
    async with store.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_newer_database_is_refused_and_left_as_it_is(store: Store):
    """A database of a newer program is refused, by a sentence that names its revision, and keeps it."""
    async with store.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer than this program \(revision 9999\)"):
        await migrate(store)
    assert await revision(store) == "9999"


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    """A text file is named for what it is, and stays as it was."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 100)
    assert await refusal(Store(f"sqlite+aiosqlite:///{path}")) == "the file is not an SQLite database"
    assert path.read_text().startswith("Dear Sir or Madam, Dear Sir")


async def test_a_missing_folder_is_refused(tmp_path: Path):
    """A database in a folder that does not exist is refused, and the folder is not made."""
    sentence = await refusal(Store(f"sqlite+aiosqlite:///{tmp_path}/nowhere/cascade.db"))
    assert sentence == "the database file cannot be opened: does its folder exist, and may it be written?"
    assert not (tmp_path / "nowhere").exists()


@on_sqlite
async def test_a_damaged_database_is_refused(store: Store, tmp_path: Path):
    """A file whose pages hold rubbish is called damaged, not something unknown."""
    await store.close()
    path = tmp_path / "test.db"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))
    assert await refusal(Store(f"sqlite+aiosqlite:///{path}")) == "the database file is damaged: restore a backup"


@on_sqlite
async def test_a_database_that_may_only_be_read_is_refused_at_the_first_writing(store: Store, tmp_path: Path):
    """A file opened read-only can be looked at; writing is refused by a sentence that says so."""
    await store.keep_fact("purpose", "live")
    read_only = Store(f"sqlite+aiosqlite:///file:{tmp_path}/test.db?mode=ro&uri=true")
    assert await read_only.fact("purpose") == "live"
    with pytest.raises(StoreError, match="the database is read-only: the file or its folder cannot be written"):
        await read_only.keep_fact("purpose", "demo")
    await read_only.close()
    assert await store.fact("purpose") == "live"


@on_sqlite
async def test_a_database_locked_by_another_program_is_refused_after_the_wait(impatient: None, store: Store):
    """While another program holds the write lock, writing is refused by name and reading goes on."""
    await store.keep_fact("purpose", "live")
    assert store.url.database is not None
    other = sqlite3.connect(store.url.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="the database is locked by another program"):
        await store.keep_fact("purpose", "demo")
    assert await store.fact("purpose") == "live"
    other.execute("ROLLBACK")
    await store.keep_fact("heartbeat", "now")
    other.close()


async def test_a_new_database_locked_by_another_program_is_refused(impatient: None, tmp_path: Path):
    """The lock is named as well when it is met at the first opening, before the tables exist."""
    path = tmp_path / "locked.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    other.execute("CREATE TABLE other (id)")
    assert await refusal(Store(f"sqlite+aiosqlite:///{path}")) == "the database is locked by another program"
    other.close()


async def test_a_database_keeps_to_its_first_purpose(store: Store):
    """A database marked `demo` is refused for live use, naming the setting, and the same the other way round."""
    await claim_purpose(store, "demo")
    await claim_purpose(store, "demo")
    with pytest.raises(StoreError, match=r"marked 'demo', not 'live': choose another CASCADE_DATABASE_URL"):
        await claim_purpose(store, "live")
    assert await store.fact("purpose") == "demo"


async def test_a_live_database_is_refused_by_the_demo(store: Store):
    """The demo cannot take over a database that is in use."""
    await claim_purpose(store, "live")
    with pytest.raises(StoreError, match="marked 'live', not 'demo'"):
        await claim_purpose(store, "demo")


async def write_and_fail(store: Store, *, by_exception: bool) -> None:
    """Write a fact in a transaction that does not come to its end."""
    async with store.writing() as connection:
        await connection.execute(meta.insert().values(key="purpose", value="live"))
        if by_exception:
            raise RuntimeError("halfway")
        await connection.execute(text("INSERT INTO nowhere VALUES (1)"))


async def test_a_failed_transaction_leaves_nothing(store: Store):
    """Whatever breaks off a writing transaction, none of its statements took effect."""
    with pytest.raises(RuntimeError, match="halfway"):
        await write_and_fail(store, by_exception=True)
    with pytest.raises(StoreError):
        await write_and_fail(store, by_exception=False)
    assert await store.fact("purpose") is None


async def test_a_cancelled_transaction_leaves_nothing_and_no_lock(store: Store):
    """A writer that is cancelled in its middle rolls back, and the next writer gets its turn."""
    inside = asyncio.Event()

    async def write() -> None:
        async with store.writing() as connection:
            await connection.execute(meta.insert().values(key="purpose", value="live"))
            inside.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write())
    await inside.wait()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert await store.fact("purpose") is None
    await store.keep_fact("purpose", "demo")


async def test_writers_of_one_process_wait_for_each_other(store: Store):
    """Many writers at once are all served, one after the other, without one meeting a lock."""

    async def raise_by_one() -> None:
        async with store.writing() as connection:
            value = int((await connection.execute(select(meta.c.value).where(meta.c.key == "n"))).scalar_one())
            await connection.execute(meta.update().where(meta.c.key == "n").values(value=str(value + 1)))

    await store.keep_fact("n", "0")
    await asyncio.gather(*(raise_by_one() for _ in range(20)))
    assert await store.fact("n") == "20"


async def test_a_reader_sees_one_unchanging_view(store: Store):
    """What is committed while a reading transaction is open is not seen in it."""
    await store.keep_fact("n", "1")
    query = select(meta.c.value).where(meta.c.key == "n")
    async with store.reading() as connection:
        assert (await connection.execute(query)).scalar_one() == "1"
        await store.keep_fact("n", "2")
        assert (await connection.execute(query)).scalar_one() == "1"
    assert await store.fact("n") == "2"


async def test_a_refusal_tells_nothing_personal(store: Store):
    """The text of a refused statement holds neither the statement's values nor the statement."""
    await store.keep_fact("n", "1")
    with pytest.raises(StoreError) as refused:
        async with store.writing() as connection:
            await connection.execute(meta.insert().values(key="n", value="Amira Khan, 020 7946 0000"))
    assert "Amira" not in str(refused.value)
    assert "INSERT" not in str(refused.value)
    assert "\n" not in str(refused.value)


@on_sqlite
@pytest.mark.parametrize(("name", "value"), [("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1)])
async def test_every_connection_keeps_each_commit(store: Store, name: str, value: object):
    """SQLite runs with synchronous=FULL (2), a write-ahead log and foreign keys, on the first connection and later."""
    assert await pragma(store, name) == value
    async with store.reading(), store.reading() as second:
        assert (await second.execute(text(f"PRAGMA {name}"))).scalar_one() == value


async def test_a_foreign_key_is_held(store: Store):
    """A choice of a chat that is not on the roll is refused."""
    with pytest.raises(StoreError, match=r"(?i)foreign key"):
        async with store.writing() as connection:
            await connection.execute(subscriber_sectors.insert().values(chat_id=1, sector="retail"))


async def test_a_moment_without_a_zone_is_refused(store: Store):
    """A naive datetime is never stored, and the refusal holds nothing of the row."""
    naive = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 - what must be refused
    with pytest.raises(StoreError, match="a moment without a time zone must not be stored") as refused:
        async with store.writing() as connection:
            await connection.execute(private_chats.insert().values(user_id=77700123, started_at=naive))
    assert "77700123" not in str(refused.value)
    assert "INSERT" not in str(refused.value)


@pytest.mark.parametrize("hours", [-11, 0, 1, 14])
async def test_moments_come_back_as_the_same_moment_in_utc(store: Store, hours: int):
    """A moment of any zone is read as aware UTC, to the microsecond."""
    local = NOW.astimezone(timezone(timedelta(hours=hours)))
    async with store.writing() as connection:
        await connection.execute(private_chats.insert().values(user_id=1, started_at=local))
    async with store.reading() as connection:
        kept = (await connection.execute(select(private_chats.c.started_at))).scalar_one()
        newest = (await connection.execute(select(func.max(private_chats.c.started_at)))).scalar_one()
    assert kept == newest == NOW
    assert kept.tzinfo is UTC
    assert kept.microsecond == 123456
