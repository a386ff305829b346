"""Brings a database to the program's version, and refuses one that is newer or meant for something else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from alerts.errors import StoreError
from alerts.store.complaints import explained
from alerts.store.engine import Store


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def newest_revision() -> str:
    """Name the revision that this program works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise StoreError("the program has lost its migrations: install it again")
    return head


async def revision(store: Store) -> str | None:
    """Name the revision of the database, None when it is empty.

    Raises:
        StoreError: it cannot be read.
    """
    async with store.reading() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def migrate(store: Store) -> str:
    """Bring the database to the newest revision, in one transaction, and name it.

    Raises:
        StoreError: the database cannot be used, or a newer program made it; it is as it was.
    """
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    current = await revision(store)
    if current is not None and current not in known:
        raise StoreError(f"the database is newer than this program (revision {current}): install the newer Cascade")
    if current == newest_revision():
        return current
    try:
        async with _unhurried(store) as patient, patient.writing() as connection:
            await connection.run_sync(_upgrade)  # reads the revision again: another machine may have been quicker
    except SQLAlchemyError as error:
        raise explained(error) from error
    return newest_revision()


@asynccontextmanager
async def _unhurried(store: Store) -> AsyncIterator[Store]:
    """Give a store for which a large table is no reason to give up; SQLite sets no limit to a statement anyway."""
    if store.is_sqlite:
        yield store
        return
    patient = Store(store.url, unhurried=True)
    try:
        yield patient
    finally:
        await patient.close()


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def claim_purpose(store: Store, purpose: str) -> None:
    """Mark an unmarked database for its purpose, `live` or `demo`, and refuse one marked for another.

    Raises:
        StoreError: it is marked for another purpose.
    """
    marked = await store.fact("purpose")
    if marked is None:
        await store.keep_fact("purpose", purpose)
    elif marked != purpose:
        raise StoreError(f"this database is marked '{marked}', not '{purpose}': choose another CASCADE_DATABASE_URL")
