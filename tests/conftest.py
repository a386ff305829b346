"""Fixtures that all tests share: a driven clock, a real database, and a whole town with the bot in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.clock import DrivenClock
from support.town import Town, town_at

from alerts.data import DataFolder
from alerts.store import Store
from alerts.store.migrate import migrate
from alerts.subscribers.sectors import Directory


@pytest.fixture
def clock() -> DrivenClock:
    """A clock that stands still until the test moves it."""
    return DrivenClock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A migrated database of its own."""
    opened = Store(f"sqlite+aiosqlite:///{tmp_path}/test.db")
    await migrate(opened)
    yield opened
    await opened.close()


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
