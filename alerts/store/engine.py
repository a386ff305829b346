"""Opens the database and hands out transactions, on SQLite and on PostgreSQL with the same meaning."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import create_engine, event, make_url, select
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from alerts.errors import NotFound, StoreError
from alerts.store.complaints import BEYOND_ANY_ID, explained
from alerts.store.quick import connect_quickly
from alerts.store.tables import meta
from alerts.store.trip import Trips, Work

T = TypeVar("T")

CHECKPOINT_BYTES = 2_000_000
"""From this size on, `tidy` moves SQLite's log of writes into the database."""

CHECKPOINT_PAGES_AT_LATEST = 250_000
"""At this length a commit moves the log itself, and takes the time for it; only where nobody tidies."""

BUSY_SECONDS = 5
"""How long a statement waits for another process's lock before it gives up."""

STATEMENT_SECONDS = 30
"""How long PostgreSQL may take over one statement."""

CONNECT_SECONDS = 10
POOL_SIZE = 10
"""Connections to PostgreSQL at once; one of them holds the lock of the running bot."""

RECYCLE_SECONDS = 1800
OLDEST_POSTGRESQL = 15
APPLICATION = "cascade"

LOCK_SPACE = 0x43415343
"""What our advisory locks begin with, so that another program's in the same database are not ours."""

WRITER_LOCK = 1
BOT_LOCK = 2


class Store:
    """The database behind every use case.

    Args:
        url: an SQLAlchemy address with an async driver, such as `sqlite+aiosqlite:///cascade.db`.
        unhurried: let PostgreSQL take as long as it needs over a statement and wait for locks, as a migration must.
    """

    def __init__(self, url: str | URL, *, unhurried: bool = False) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            **(
                {"connect_args": {"timeout": BUSY_SECONDS, "async_creator_fn": connect_quickly}}
                if self.is_sqlite
                else _postgresql(unhurried=unhurried)
            ),
        )
        self._reader = self.engine
        self._writer = self.engine.execution_options(cascade_writes=True)
        self._write_lock = asyncio.Lock()
        self._trips: Trips | None = None
        if self.is_sqlite:
            _teach_sqlite(self.engine.sync_engine)
            if self.url.database not in {None, "", ":memory:"}:  # one in memory is seen by its own connection alone
                self._trips = _trips(self.url)
        else:
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            event.listen(self.engine.sync_engine, "connect", _check_postgresql)
            event.listen(self.engine.sync_engine, "begin", _begin_postgresql)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads: one unchanging view of the data.

        Raises:
            NotFound: an id is larger than any that can be stored.
            StoreError: the database cannot be used.
        """
        with _explaining():
            async with self._reader.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes; it is committed at the end, or rolled back by any exception.

        There is one writer at a time, in whatever process (docs/decisions/0014). Writers of this process wait for each
        other here, and so do not poll for SQLite's lock or hold connections to PostgreSQL.

        Raises:
            NotFound: an id is larger than any that can be stored; nothing was written.
            StoreError: the database cannot be used; nothing was written, unless PostgreSQL was lost while it committed.
        """
        with _explaining():
            async with self._write_lock, self._writer.begin() as connection:
                yield connection

    async def in_one_trip(self, work: Work[T]) -> T:
        """Run a transaction that writes, in one trip to SQLite's thread, and give what it gives.

        Args:
            work: the statements; it must await nothing but them.

        Raises:
            NotFound: as `writing`.
            StoreError: as `writing`.
        """
        if self._trips is None:
            async with self.writing() as connection:
                return await work(connection)
        with _explaining():
            async with self._write_lock:
                return await self._trips.make(work)

    async def fact(self, key: str) -> str | None:
        """Read one fact about this database from `meta`."""
        async with self.reading() as connection:
            return (await connection.execute(select(meta.c.value).where(meta.c.key == key))).scalar_one_or_none()

    async def keep_fact(self, key: str, value: str) -> None:
        """Write one fact about this database, in place of what stood there."""
        async with self.writing() as connection:
            changed = await connection.execute(meta.update().where(meta.c.key == key).values(value=value))
            if not changed.rowcount:
                await connection.execute(meta.insert().values(key=key, value=value))

    async def tidy(self) -> None:
        """Move what has gathered in SQLite's log of writes into the database, beside whoever reads and writes.

        Left to itself SQLite does so inside a commit, which then takes as long as the disk needs.
        """
        if self._trips is None or self.url.database is None:
            return
        log = Path(f"{self.url.database}-wal")
        if await asyncio.to_thread(lambda: log.exists() and log.stat().st_size > CHECKPOINT_BYTES):
            await asyncio.to_thread(_checkpoint, self.url.database)

    async def close(self) -> None:
        """Close every connection."""
        trips, self._trips = self._trips, None
        if trips is not None:
            await trips.close()
        await self.engine.dispose()


def _postgresql(*, unhurried: bool) -> dict[str, Any]:
    """Give the engine's options for PostgreSQL: a dead peer is noticed at both ends, in a minute at the latest."""
    limits = {} if unhurried else {"statement_timeout": STATEMENT_SECONDS, "lock_timeout": BUSY_SECONDS}
    settings = {name: f"{round(seconds * 1000)}ms" for name, seconds in limits.items()}
    settings |= {
        "application_name": APPLICATION,
        "idle_in_transaction_session_timeout": "60s",
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
        "jit": "off",  # it costs more than it saves on statements as short as ours
    }
    return {
        "pool_size": POOL_SIZE,
        "max_overflow": 0,
        "pool_timeout": STATEMENT_SECONDS,
        "pool_recycle": RECYCLE_SECONDS,
        "pool_pre_ping": True,
        "isolation_level": "READ COMMITTED",
        "connect_args": {
            "timeout": CONNECT_SECONDS,
            "command_timeout": None if unhurried else STATEMENT_SECONDS + BUSY_SECONDS,
            "server_settings": settings,
        },
    }


@contextmanager
def _explaining() -> Iterator[None]:
    """Say what the database's complaints mean."""
    try:
        yield
    except OverflowError:
        raise NotFound(BEYOND_ANY_ID) from None
    except (SQLAlchemyError, OSError) as error:
        raise explained(error) from error


def _teach_sqlite(engine: Engine) -> None:
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _trips(url: URL) -> Trips:
    """Give the thread for whole transactions, over the plain driver."""
    engine = create_engine(
        url.set(drivername="sqlite"), connect_args={"timeout": BUSY_SECONDS}, execution_options={"cascade_writes": True}
    )
    _teach_sqlite(engine)
    return Trips(engine)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Set what SQLite needs to keep every commit (docs/decisions/0003) and leave BEGIN to us."""
    connection.isolation_level = None
    cursor = connection.cursor()
    checkpoint = f"wal_autocheckpoint={CHECKPOINT_PAGES_AT_LATEST}"
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "journal_mode=WAL", checkpoint):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _checkpoint(database: str) -> None:
    """Move the log as far as nobody is in the way."""
    with closing(sqlite3.connect(database, timeout=BUSY_SECONDS)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _begin_sqlite(connection: Any) -> None:
    """Take the write lock at the start of a writing transaction, so that it never fails in its middle."""
    writes = connection.get_execution_options().get("cascade_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _check_postgresql(connection: Any, _record: object) -> None:
    """Refuse a server that is too old for what the statements use."""
    major = connection.driver_connection.get_server_version().major
    if major < OLDEST_POSTGRESQL:
        connection.terminate()
        raise StoreError(f"the server is PostgreSQL {major}: Cascade needs {OLDEST_POSTGRESQL} or newer")


def _begin_postgresql(connection: Any) -> None:
    """Let writers in one by one, as SQLite does: the lock ends with the transaction.

    READ COMMITTED is what makes it work: a snapshot taken before the wait would not show what was waited for.
    """
    if connection.get_execution_options().get("cascade_writes", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_SPACE}, {WRITER_LOCK})")
