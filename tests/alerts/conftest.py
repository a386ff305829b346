"""Fixtures of the domain's tests: an outbox and a timetable over one database, and stores without patience."""

import pytest
from support.clock import DrivenClock
from support.newsroom import Newsroom
from support.outbox import Outbox
from support.schedules import Works

from alerts.store import Store
from alerts.subscribers.sectors import Directory


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores that are opened from now on wait a twentieth of a second for a lock; ask for it before `store`."""
    monkeypatch.setattr("alerts.store.engine.BUSY_SECONDS", 0.05)


@pytest.fixture
def outbox(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """A desk, a roll and a queue."""
    return Outbox(store, clock, directory)


@pytest.fixture
def works(store: Store, clock: DrivenClock, directory: Directory) -> Works:
    """A timetable and what makes it fire."""
    return Works(store, clock, directory)


@pytest.fixture
async def newsroom(store: Store, clock: DrivenClock, directory: Directory) -> Newsroom:
    """The intake of what comes from outside, with an owner and officers."""
    built = Newsroom(store, clock, directory)
    await built.staff()
    return built
