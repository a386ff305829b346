"""Opens the database, hands out transactions and turns the driver's complaints into sentences."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, make_url, select
from sqlalchemy.exc import SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from alerts.errors import NotFound, StoreError
from alerts.store.tables import meta

BUSY_SECONDS = 5
"""How long a statement waits for another process's lock before it gives up."""

BEYOND_ANY_ID = "there is nothing with a number of that size"

_COMPLAINTS = {
    "database is locked": "the database is locked by another program",
    "readonly database": "the database is read-only: the file or its folder cannot be written",
    "not a database": "the file is not an SQLite database",
    "unable to open database file": "the database file cannot be opened: does its folder exist, and may it be written?",
    "disk is full": "the disk is full",
    "malformed": "the database file is damaged: restore a backup",
}


class Store:
    """The database behind every use case.

    Args:
        url: an SQLAlchemy address with an async driver, such as `sqlite+aiosqlite:///cascade.db`.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            **({"connect_args": {"timeout": BUSY_SECONDS}} if self.is_sqlite else {"pool_pre_ping": True}),
        )
        self._writer = self.engine.execution_options(cascade_writes=True)
        self._write_lock = asyncio.Lock()
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads: one unchanging view of the data.

        Raises:
            NotFound: an id is larger than any that can be stored.
            StoreError: the database cannot be used.
        """
        try:
            async with self.engine.connect() as connection, connection.begin():
                yield connection
        except OverflowError:
            raise NotFound(BEYOND_ANY_ID) from None
        except SQLAlchemyError as error:
            raise explained(error) from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes; it is committed at the end, or rolled back by any exception.

        Writers of this process wait for each other here, since SQLite has one at a time and polls for its lock.

        Raises:
            NotFound: an id is larger than any that can be stored; nothing was written.
            StoreError: the database cannot be used; nothing was written.
        """
        try:
            async with self._write_lock, self._writer.begin() as connection:
                yield connection
        except OverflowError:
            raise NotFound(BEYOND_ANY_ID) from None
        except SQLAlchemyError as error:
            raise explained(error) from error

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

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def explained(error: SQLAlchemyError) -> StoreError:
    """Say in one line what is wrong with the database; parameters, which may be personal, stay out of it."""
    cause = str(error.orig if isinstance(error, StatementError) else error)
    for complaint, sentence in _COMPLAINTS.items():
        if complaint in cause:
            return StoreError(sentence)
    return StoreError(f"the database refused: {' '.join(cause.split())[:200]}")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Set what SQLite needs to keep every commit (docs/decisions/0003) and leave BEGIN to us."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "journal_mode=WAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    """Take the write lock at the start of a writing transaction, so that it never fails in its middle."""
    writes = connection.get_execution_options().get("cascade_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
