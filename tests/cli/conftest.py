"""What the process tests share: a sandbox that runs as a process, and a home with contacts."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.processes import Home, sandbox_running
from support.record import TRAIL

from alerts.clock import SystemClock
from alerts.data import DataFolder
from alerts.store import Store
from alerts.store.migrate import migrate
from alerts.subscribers.roll import Profile, Roll
from alerts.subscribers.sectors import Directory


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a sandbox process that knows the tests' token."""
    with sandbox_running(tmp_path_factory.mktemp("sandbox")) as address:
        yield address


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with forty aviation contacts on its roll, 1001 to 1040."""
    home = Home(tmp_path_factory.mktemp("home"))
    asyncio.run(_enrol(home.database, range(1001, 1041)))
    return home


async def _enrol(database: Path, chats: range) -> None:
    store = Store(f"sqlite+aiosqlite:///{database}")
    try:
        await migrate(store)
        roll = Roll(store, SystemClock(), TRAIL, Directory.load(DataFolder()))
        for chat in chats:
            await roll.subscribe(chat, "private", Profile(sectors=("aviation",)))
    finally:
        await store.close()
