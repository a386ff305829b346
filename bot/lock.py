"""One running bot for one database: a second one would take the first one's leases for a dead process's."""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.clock import Clock
from alerts.errors import StoreError
from alerts.store import Store
from alerts.store.complaints import explained
from alerts.store.engine import BOT_LOCK, LOCK_SPACE

LOOK_SECONDS = 3.0
"""How often the lock on PostgreSQL is looked after, and how long an answer may take."""

REFUSAL = "another Cascade runs on this database already"
LOST = "the lock on the database was lost, so another Cascade may run on it: start again"

log = structlog.get_logger(__name__)

_TAKE = text("SELECT pg_try_advisory_lock(:space, :lock)").bindparams(space=LOCK_SPACE, lock=BOT_LOCK)


@asynccontextmanager
async def only_one_runs(store: Store, clock: Clock) -> AsyncIterator[asyncio.Event]:
    """Hold the lock that lets one bot run on a database; the system lets go of it however the process ends.

    On SQLite it is a file beside the database, on PostgreSQL a lock of a session of its own, which goes when that
    session is lost.

    Yields:
        An event that is set when the lock was lost: then the bot must stop.

    Raises:
        StoreError: another process holds it, or the database cannot be used.
    """
    held = _on_postgresql(store, clock) if not store.is_sqlite else _beside_file(store)
    async with held as lost:
        yield lost


@asynccontextmanager
async def _beside_file(store: Store) -> AsyncIterator[asyncio.Event]:
    """Hold the lock file beside an SQLite database; one in memory is nobody else's anyway."""
    if not store.url.database:
        yield asyncio.Event()
        return
    path = Path(f"{store.url.database}.lock")
    try:
        file = path.open("w")  # noqa: ASYNC230 - a file of no bytes, once at the start
    except OSError as error:
        raise StoreError(f"the lock file {path} cannot be written: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(f"{REFUSAL} (lock file {path})") from None
        yield asyncio.Event()


@asynccontextmanager
async def _on_postgresql(store: Store, clock: Clock) -> AsyncIterator[asyncio.Event]:
    """Hold a session-level advisory lock, and look every few seconds whether the session lives."""
    try:
        connection = await store.engine.execution_options(isolation_level="AUTOCOMMIT").connect()
    except (SQLAlchemyError, OSError) as error:
        raise explained(error) from error
    lost = asyncio.Event()
    try:
        try:
            is_ours = (await connection.execute(_TAKE)).scalar_one()
        except (SQLAlchemyError, OSError) as error:
            raise explained(error) from error
        if not is_ours:
            raise StoreError(f"{REFUSAL} (a lock in the database; another machine's is freed within a minute)")
        watch = asyncio.create_task(_watch(connection, clock, lost))
        try:
            yield lost
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
    finally:
        await connection.invalidate()  # ends the session and with it the lock, which would outlive a return to the pool
        await connection.close()


async def _watch(connection: AsyncConnection, clock: Clock, lost: asyncio.Event) -> None:
    """Set the event once the session gives no answer any more."""
    while await _answers(connection):
        await clock.sleep(LOOK_SECONDS)
    log.error("lock_lost")
    lost.set()


async def _answers(connection: AsyncConnection) -> bool:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True
