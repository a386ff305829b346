"""Fixtures of the domain's tests: places with a desk, a timetable or an exercise, and stores without patience."""

import pytest
from support.clock import DrivenClock
from support.ground import Ground
from support.house import DANA, EVE
from support.newsroom import Newsroom
from support.outbox import Outbox
from support.schedules import Works

from alerts.publishing.approvals import Rule
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


@pytest.fixture
async def house(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """A desk with one subscriber and two officers, in which the glass may be broken twice an hour."""
    outbox = Outbox(store, clock, directory, Rule(break_glass=True))
    await outbox.subscribe(1)
    await outbox.grant(DANA, EVE)
    return outbox


@pytest.fixture
async def ground(store: Store, clock: DrivenClock, directory: Directory) -> Ground:
    """Everything that an exercise needs."""
    built = Ground(store, clock, directory)
    await built.people()
    return built
