"""Fixtures of the domain's tests: a database that is migrated once and copied, and an outbox over it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox

from alerts.store import Store
from alerts.store.migrate import migrate
from alerts.subscribers.sectors import Directory


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that was migrated from empty; tests copy it."""
    path = tmp_path_factory.mktemp("migrated") / "template.db"

    async def make() -> None:
        made = Store(f"sqlite+aiosqlite:///{path}")
        await migrate(made)
        await made.close()

    asyncio.run(make())
    return path


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores that are opened from now on wait a twentieth of a second for a lock; ask for it before `store`."""
    monkeypatch.setattr("alerts.store.engine.BUSY_SECONDS", 0.05)


@pytest.fixture
async def store(migrated: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """A migrated database of its own."""
    shutil.copy(migrated, tmp_path / "test.db")
    opened = Store(f"sqlite+aiosqlite:///{tmp_path}/test.db")
    yield opened
    await opened.close()


@pytest.fixture
def outbox(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """A desk, a roll and a queue."""
    return Outbox(store, clock, directory)
