"""Fixtures that all tests share: a driven clock, a real database, and a whole town with the bot in it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL
from support.clock import DrivenClock
from support.postgres import MISSING, Postgres, find_server, remove_server
from support.town import Town, town_at

from alerts.data import DataFolder
from alerts.store import Store
from alerts.store.migrate import migrate
from alerts.subscribers.sectors import Directory


@pytest.fixture
def clock() -> DrivenClock:
    """A clock that stands still until the test moves it."""
    return DrivenClock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that was migrated from empty; tests copy it."""
    path = tmp_path_factory.mktemp("migrated") / "template.db"
    asyncio.run(_migrated(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    """A PostgreSQL server with a migrated database that tests copy; without one they are skipped, but never in CI."""
    server = find_server()
    if server is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    try:
        asyncio.run(_migrated(asyncio.run(server.make_template())))
        yield server
        asyncio.run(server.drop_databases())
    finally:
        remove_server(server)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Postgres | None:
    """The server on which the test's database is made; None means SQLite (see support/databases.py)."""
    return request.getfixturevalue("postgresql") if request.param == "postgresql" else None


@pytest.fixture
async def store(database: Postgres | None, migrated: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """A migrated database of its own, on SQLite and then on PostgreSQL."""
    async with AsyncExitStack() as stack:
        if database is None:
            shutil.copy(migrated, tmp_path / "test.db")
            opened = Store(f"sqlite+aiosqlite:///{tmp_path}/test.db")
        else:
            opened = Store(await stack.enter_async_context(database.database()))
        stack.push_async_callback(opened.close)
        yield opened


@pytest.fixture
def directory() -> Directory:
    """The shipped sectors and regions."""
    return Directory.load(DataFolder())


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A sandbox and a bot that is running."""
    async with town_at(tmp_path) as built:
        await built.start_bot()
        yield built


async def _migrated(url: str | URL) -> None:
    made = Store(url)
    await migrate(made)
    await made.close()
