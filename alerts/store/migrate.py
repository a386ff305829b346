"""Brings a database to the program's version, and refuses one that is newer or meant for something else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import column, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from alerts.errors import StoreError
from alerts.store.complaints import explained
from alerts.store.engine import Store

VERSIONS = Path(__file__).parent / "migrations" / "versions"
"""One file a migration, whose name begins with its revision."""

_REVISION = table("alembic_version", column("version_num"))


def revisions() -> list[str]:
    """Name the revisions that this program knows, oldest first."""
    return sorted(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def newest_revision() -> str:
    """Name the revision that this program works with."""
    found = revisions()
    if not found:
        raise StoreError("the program has lost its migrations: install it again")
    return found[-1]


async def revision(store: Store) -> str | None:
    """Name the revision of the database, None when it is empty.

    Raises:
        StoreError: it cannot be read.
    """
    async with store.reading() as connection:
        if not await connection.run_sync(lambda sync: inspect(sync).has_table(_REVISION.name)):
            return None
        return (await connection.execute(select(_REVISION.c.version_num))).scalar_one_or_none()


async def migrate(store: Store) -> str:
    """Bring the database to the newest revision, in one transaction, and name it.

    Raises:
        StoreError: the database cannot be used, or a newer program made it; it is as it was.
    """
    current = await revision(store)
    if current is not None and current not in revisions():
        raise StoreError(f"the database is newer than this program (revision {current}): install the newer Cascade")
    if current == newest_revision():
        return current
    from alerts.store.upgrade import upgrade  # noqa: PLC0415 - Alembic's 11 MB come with a migration only

    try:
        async with _unhurried(store) as patient, patient.writing() as connection:
            await connection.run_sync(upgrade)  # reads the revision again: another machine may have been quicker
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
