"""Firing through the clock changes of the world: one daily alert a local day, in every zone."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from support.databases import on_sqlite
from support.schedules import Works

HOUR = timedelta(hours=1)
HOURS = 36
ZONES = (
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Nuuk",
    "Antarctica/Troll",
    "Africa/Cairo",
    "Asia/Jerusalem",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)


def changes(zone: ZoneInfo) -> list[datetime]:
    """Give the moments of 2026 at which the clocks of a zone change."""
    hours = [datetime(2026, 1, 1, tzinfo=UTC) + HOUR * number for number in range(365 * 24)]
    return [at for before, at in pairwise(hours) if offset(before, zone) != offset(at, zone)]


def offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    """Tell how far a zone is ahead of UTC at a moment."""
    return moment.astimezone(zone).utcoffset() or timedelta()


def troubled(change: datetime, zone: ZoneInfo) -> time:
    """Give a time on the wall that a change repeats or leaves out."""
    wall = change.replace(tzinfo=None)
    return (min(wall + offset(change - HOUR, zone), wall + offset(change, zone)) + timedelta(minutes=15)).time()


@on_sqlite
@pytest.mark.parametrize("name", ZONES)
async def test_both_clock_changes_of_a_year_have_one_firing_a_local_day(works: Works, name: str):
    """Hour by hour through three days around each change, a time that it repeats or skips goes out once a day."""
    zone = ZoneInfo(name)
    found = changes(zone)
    assert len(found) == 2
    await works.outbox.subscribe(1)
    for change in found:
        works.set_clock(change - HOUR * HOURS)
        schedule = await works.add(f"daily {troubled(change, zone):%H:%M}", zone=name, grace=2 * HOUR)
        written = 0
        for _ in range(2 * HOURS):
            works.set_clock(works.clock.now() + HOUR)
            written += await works.clockwork.fire_due()
        firings = await works.firings()
        first = date.fromisoformat(firings[0][0][:10])
        assert [key[:10] for key, _ in firings] == [str(first + timedelta(days=number)) for number in range(3)]
        assert written == 3
        assert {outcome for _, outcome in firings} <= {"sent", "late"}
        await works.timetable.remove(schedule.id)
        assert len(await works.alerts()) == written * (1 + found.index(change))
