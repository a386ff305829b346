"""One sender for one database: a second bot stands by until the first one's lock is free (docs/decisions/0018)."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Protocol

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.clock import Clock, sleep_or
from alerts.errors import StoreError
from alerts.store import Store
from alerts.store.complaints import explained
from alerts.store.engine import BOT_LOCK, LOCK_SPACE

LOOK_SECONDS = 2.0
"""How often the lock is proved, how long the proof may take, and how often one that stands by tries to get it."""

STANDS_BY = "another Cascade runs on this database already: this one stands by until it ends"
LOST = "the lock on the database was lost, so another Cascade may send: start again"

log = structlog.get_logger(__name__)

_TAKE = text("SELECT pg_try_advisory_lock(:space, :lock)").bindparams(space=LOCK_SPACE, lock=BOT_LOCK)
_HOLDS = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    " AND classid = :space AND objid = :lock AND granted"
).bindparams(space=LOCK_SPACE, lock=BOT_LOCK)

_NOTICE_A_LOST_MACHINE = text(
    "SELECT set_config('tcp_keepalives_idle', '2', false), set_config('tcp_keepalives_interval', '2', false),"
    " set_config('tcp_keepalives_count', '2', false)"
)
"""The server ends the session, and frees the lock, some seconds after the machine that held it went off the line."""


class StoppedStandingBy(Exception):
    """It was told to stop before it had its turn; nothing has run."""


class Lock(Protocol):
    """A lock that the system takes away however its holder ends."""

    async def take(self) -> bool:
        """Take it if it is free, and tell whether it is ours."""

    async def is_held(self) -> bool:
        """Prove that it is still ours."""

    async def release(self) -> None:
        """Let go of it."""


@asynccontextmanager
async def only_one_runs(
    store: Store, clock: Clock, stopped: asyncio.Event | None = None
) -> AsyncIterator[asyncio.Event]:
    """Stand by until the right to send is ours, hold it, and prove it every two seconds.

    On SQLite it is a file beside the database, on PostgreSQL a lock of a session of its own, which goes when that
    session is lost.

    Args:
        store: the database.
        clock: the source of time.
        stopped: set when the process is to end, which also ends standing by.

    Yields:
        An event that is set when the lock was lost: then the bot must stop at once.

    Raises:
        StoppedStandingBy: told to stop before the lock was free.
        StoreError: the database cannot be used.
    """
    lock: Lock = FileLock(store.url.database) if store.is_sqlite else SessionLock(store)
    stopped = stopped or asyncio.Event()
    is_told = False
    try:
        while not await lock.take():
            if not is_told:
                log.warning("standing_by", reason=STANDS_BY)
            is_told = True
            await sleep_or(clock, LOOK_SECONDS, stopped)
            if stopped.is_set():
                raise StoppedStandingBy
        lost = asyncio.Event()
        watch = asyncio.create_task(_watch(lock, clock, lost))
        try:
            yield lost
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
    finally:
        await lock.release()


async def _watch(lock: Lock, clock: Clock, lost: asyncio.Event) -> None:
    """Set the event once the lock cannot be proved any more."""
    while await lock.is_held():
        await clock.sleep(LOOK_SECONDS)
    log.error("lock_lost")
    lost.set()


class FileLock:
    """A locked file beside an SQLite database; a database in memory is nobody else's anyway.

    Args:
        database: the path of the database, empty or None for one in memory.
    """

    def __init__(self, database: str | None) -> None:
        self._path = Path(f"{database}.lock") if database else None
        self._file: IO[str] | None = None

    async def take(self) -> bool:
        """Lock the file, and see that it is still the one in its place: the last holder may have lost it."""
        if self._path is None:
            return True
        try:
            self._file = self._path.open("w")
        except OSError as error:
            raise StoreError(f"the lock file {self._path} cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            await self.release()
            return False
        if not await self.is_held():
            await self.release()
            return False
        return True

    async def is_held(self) -> bool:
        """Tell whether the file that we hold is the one that stands in its place; without it another would get in."""
        if self._path is None or self._file is None:
            return self._path is None
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except OSError:
            return False

    async def release(self) -> None:
        """Close the file, and with it the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None


class SessionLock:
    """An advisory lock of a session of its own in PostgreSQL.

    Args:
        store: the database.
    """

    def __init__(self, store: Store) -> None:
        self._engine = store.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: AsyncConnection | None = None

    async def take(self) -> bool:
        """Open a session if there is none, and ask for the lock."""
        try:
            if self._connection is None:
                self._connection = await self._engine.connect()
                await self._connection.execute(_NOTICE_A_LOST_MACHINE)
            return bool((await self._connection.execute(_TAKE)).scalar_one())
        except (SQLAlchemyError, OSError) as error:
            await self.release()
            raise explained(error) from error

    async def is_held(self) -> bool:
        """Ask the session, which must answer soon, whether it has the lock."""
        if self._connection is None:
            return False
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return bool((await self._connection.execute(_HOLDS)).scalar_one())
        except (SQLAlchemyError, OSError):
            return False

    async def release(self) -> None:
        """End the session and with it the lock, which would outlive a return to the pool."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.invalidate()
            await connection.close()
