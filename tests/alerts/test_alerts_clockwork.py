"""Firing: what is due goes out once, whatever was late, missed or halted in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from support.schedules import OWNER, Works, utc

from alerts.errors import StoreError
from alerts.people.rights import Role
from alerts.publishing.alert import Audience, Severity
from alerts.schedule.contents import ALERT_LIFE
from alerts.schedule.schedule import ScheduleStatus
from alerts.store import Store

DANA = 501
RETAIL = Audience(("retail",))
FIVE_MINUTES = timedelta(minutes=5)


class Dying(Store):
    """A database whose process dies at the end of a writing transaction, before it is committed."""

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Let the transaction come to its last statement."""
        async with super().writing() as connection:
            yield connection
            raise StoreError("the process died")


async def test_a_due_schedule_writes_one_alert_and_moves_on(works: Works):
    """At its time, not a second before, the reminder goes to its audience, and the next day's is due then."""
    await works.outbox.subscribe(1)
    await works.outbox.subscribe(2, sectors=("aviation",))
    schedule = await works.add(audience=RETAIL, severity=Severity.ADVISORY)
    assert await works.fire("2026-11-24 07:59:59") == 0
    assert await works.fire("2026-11-24 08:00:00") == 1
    (alert,) = await works.alerts()
    assert (alert.headline, alert.body, alert.severity) == ("Doors", "Lock them.", Severity.ADVISORY)
    assert (alert.origin, alert.author, alert.audience) == ("schedule", None, RETAIL)
    assert alert.expires_at == utc("2026-11-24 08:00") + ALERT_LIFE
    assert await works.outbox.states(alert.id) == {1: "queued"}
    assert await works.firings() == [("2026-11-24T08:00", "sent")]
    assert await works.standing(schedule) == (ScheduleStatus.ACTIVE, None, utc("2026-11-25 08:00"))
    assert works.outbox.nudges == 1
    assert await works.told() == []


async def test_the_officer_who_answers_for_a_schedule_is_the_author_of_its_alerts(works: Works):
    """Who set it up, and after a pause who resumed it, is the one to whom an alert is reported."""
    await works.outbox.subscribe(1)
    dana, owner = await works.roster.grant(DANA, Role.OFFICER), await works.owner()
    schedule = await works.add(by=dana)
    assert await works.fire("2026-11-24 08:00") == 1
    await works.timetable.pause(schedule.id)
    await works.timetable.resume(schedule.id, owner)
    assert await works.fire("2026-11-25 08:00") == 1
    assert [alert.author for alert in await works.alerts()] == [DANA, OWNER]
    assert [alert.author for alert in await works.outbox.desk.unreported()] == [DANA, OWNER]


async def test_looking_again_fires_nothing_more(works: Works):
    """A second look at the same moment and one a minute later find nothing due."""
    await works.outbox.subscribe(1)
    await works.add()
    assert [await works.fire(f"2026-11-24 08:0{minute}") for minute in (0, 0, 1)] == [1, 0, 0]
    assert await works.outbox.written() == (1, 1)


async def test_two_processes_fire_once(works: Works):
    """Two that look at one database at the same moment send each of five schedules once between them."""
    await works.outbox.subscribe(1)
    for number in range(5):
        await works.add(name=f"Doors {number}")
    works.set_clock(utc("2026-11-24 08:00"))
    other = Store(works.store.url)
    try:
        both = await asyncio.gather(works.clockwork.fire_due(), works.clockwork_over(other).fire_due())
    finally:
        await other.close()
    assert sum(both) == 5
    assert await works.outbox.written() == (5, 5)
    assert len(await works.firings()) == 5


async def test_a_process_that_dies_before_the_commit_leaves_the_firing_to_be_sent(works: Works):
    """Nothing of the transaction is there afterwards, and the next process sends it once."""
    await works.outbox.subscribe(1)
    schedule = await works.add()
    works.set_clock(utc("2026-11-24 08:00"))
    dying = Dying(works.store.url)
    try:
        assert await works.clockwork_over(dying).fire_due() == 0
    finally:
        await dying.close()
    assert (await works.outbox.written(), await works.firings()) == ((0, 0), [])
    assert (await works.standing(schedule))[2] == utc("2026-11-24 08:00")
    assert [await works.fire(f"2026-11-24 08:00:0{second}") for second in (5, 6)] == [1, 0]
    assert await works.outbox.written() == (1, 1)


@pytest.mark.parametrize(
    ("night", "fires_at", "next_at"),
    [
        ("2026-10-25", "2026-10-25 00:30", "2026-10-26 01:30"),
        ("2026-03-29", "2026-03-29 01:30", "2026-03-30 00:30"),
    ],
)
async def test_in_the_night_of_a_clock_change_daily_fires_once(works: Works, night: str, fires_at: str, next_at: str):
    """01:30 in London comes twice in October and not at all in March: minute by minute, one alert goes out."""
    await works.outbox.subscribe(1)
    works.set_clock(utc(f"{night} 00:00") - timedelta(hours=1))
    schedule = await works.add("daily 01:30")
    fired = []
    for _ in range(5 * 60):
        works.set_clock(works.clock.now() + timedelta(minutes=1))
        if await works.clockwork.fire_due():
            fired.append(works.clock.now())
    assert fired == [utc(fires_at)]
    assert await works.firings() == [(f"{night}T01:30", "sent")]
    assert await works.standing(schedule) == (ScheduleStatus.ACTIVE, None, utc(next_at))


async def test_the_end_of_february_counts_as_the_31st(works: Works):
    """Monthly on the 31st fires on the last day of each shorter month, hour by hour through a winter."""
    await works.outbox.subscribe(1)
    works.set_clock(utc("2027-01-30 00:00"))
    await works.add("monthly 31 08:00")
    while works.clock.now() < utc("2027-05-01 00:00"):
        await works.clockwork.fire_due()
        works.set_clock(works.clock.now() + timedelta(hours=1))
    assert await works.firings() == [(f"2027-{day}T08:00", "sent") for day in ("01-31", "02-28", "03-31", "04-30")]


async def test_an_interval_does_not_care_for_the_wall(works: Works):
    """Every two hours is every two hours of real time through the night in which the clocks repeat one."""
    await works.outbox.subscribe(1)
    works.set_clock(utc("2026-10-24 23:00"))
    await works.add("every 2 h")
    fired = []
    for _ in range(12):
        works.set_clock(works.clock.now() + timedelta(minutes=30))
        fired += [works.clock.now()] * await works.clockwork.fire_due()
    assert fired == [utc("2026-10-25 01:00"), utc("2026-10-25 03:00"), utc("2026-10-25 05:00")]
    assert [key for key, _ in await works.firings()] == [f"2026-10-25T0{hour}:00Z" for hour in (1, 3, 5)]


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [("08:01:00", "sent"), ("08:01:01", "late"), ("08:30:00", "late"), ("08:30:01", "missed")],
)
async def test_how_late_decides_what_becomes_of_it(works: Works, moment: str, outcome: str):
    """Up to a minute is on time, up to the grace of half an hour is late and sent, and after it is missed."""
    await works.outbox.subscribe(1)
    schedule = await works.add(grace=timedelta(minutes=30))
    assert await works.fire(f"2026-11-24 {moment}") == (outcome != "missed")
    assert await works.firings() == [("2026-11-24T08:00", outcome)]
    assert (await works.standing(schedule))[2] == utc("2026-11-25 08:00")


async def test_without_any_grace_a_minute_is_still_on_time(works: Works):
    """A grace of nothing allows the minute that a look may take, and no more."""
    await works.outbox.subscribe(1)
    await works.add(grace=timedelta())
    assert await works.fire("2026-11-24 08:00:59") == 1
    assert await works.fire("2026-11-25 08:01:01") == 0
    assert [outcome for _, outcome in await works.firings()] == ["sent", "missed"]


async def test_what_was_missed_is_told_to_the_owners_and_not_made_up_for(works: Works):
    """After three days of standstill nothing goes out, owners learn number, first and last, and it goes on."""
    await works.owner()
    await works.roster.grant(DANA, Role.OFFICER)
    await works.outbox.subscribe(1)
    await works.add()
    assert await works.fire("2026-11-26 20:00") == 0
    assert await works.alerts() == []
    assert await works.firings() == [("2026-11-26T08:00", "missed")]
    assert await works.reasons() == ["3 missed"]
    details = {
        "name": "Doors",
        "number": 3,
        "first_at": utc("2026-11-24 08:00"),
        "last_at": utc("2026-11-26 08:00"),
    }
    assert await works.told() == [(OWNER, "schedule-missed", details)]
    assert await works.fire("2026-11-27 08:00") == 1
    assert len(await works.told()) == 1


async def test_of_several_missed_the_last_goes_out_within_its_grace(works: Works):
    """Back at 08:20, today's reminder is sent late and once, and the two before it are counted as missed."""
    await works.owner()
    await works.outbox.subscribe(1)
    await works.add()
    assert await works.fire("2026-11-26 08:20") == 1
    assert await works.firings() == [("2026-11-25T08:00", "missed"), ("2026-11-26T08:00", "late")]
    ((_, kind, details),) = await works.told()
    assert (kind, details["number"], details["last_at"]) == ("schedule-missed", 2, utc("2026-11-25 08:00"))
    assert await works.outbox.written() == (1, 1)


async def test_a_paused_schedule_is_silent_and_nothing_is_made_up_for(works: Works):
    """Two times pass while it is paused; resumed, it fires at the next one, and nothing counts as missed."""
    await works.owner()
    await works.outbox.subscribe(1)
    schedule = await works.add()
    await works.timetable.pause(schedule.id)
    assert [await works.fire(f"2026-11-{day} 08:00") for day in (24, 25)] == [0, 0]
    await works.timetable.resume(schedule.id)
    assert await works.fire("2026-11-25 08:00:30") == 0
    assert await works.fire("2026-11-26 08:00") == 1
    assert await works.firings() == [("2026-11-26T08:00", "sent")]
    assert await works.told() == []


async def test_a_schedule_ends_after_its_only_time(works: Works):
    """A `once` fires and has ended."""
    await works.outbox.subscribe(1)
    schedule = await works.add("once 2026-11-24 08:00")
    assert [await works.fire(f"2026-11-{day} 08:00") for day in (24, 25)] == [1, 0]
    assert await works.standing(schedule) == (ScheduleStatus.ENDED, "it has no further time", None)


async def test_a_schedule_ends_after_its_end(works: Works):
    """The last firing is the one at the end itself, and nothing comes after it."""
    await works.outbox.subscribe(1)
    schedule = await works.add(ends_at=utc("2026-11-25 08:00"))
    assert [await works.fire(f"2026-11-{day} 08:00") for day in (24, 25, 26)] == [1, 1, 0]
    assert (await works.standing(schedule))[0] is ScheduleStatus.ENDED


async def test_nothing_goes_out_late_after_the_end(works: Works):
    """A firing that nobody was there for goes out late before the end, and counts as missed after it."""
    await works.owner()
    await works.outbox.subscribe(1)
    end = utc("2026-11-24 08:30")
    for name in ("Before", "After"):
        schedule = await works.add(name=name, ends_at=end)
        moment = {"Before": "2026-11-24 08:30", "After": "2026-11-24 08:31"}[name]
        assert await works.fire(moment) == (name == "Before")
        assert (await works.standing(schedule))[0] is ScheduleStatus.ENDED
        works.set_clock(utc("2026-11-24 07:00"))
    assert [outcome for _, outcome in await works.firings()] == ["late", "missed"]
    assert [(kind, details["name"]) for _, kind, details in await works.told()] == [("schedule-missed", "After")]


async def test_after_more_missed_firings_than_are_counted_the_last_still_goes_out(works: Works):
    """Ten weeks of one every five minutes are told as more than 10,000, and the one within its grace is sent."""
    await works.owner()
    await works.outbox.subscribe(1)
    schedule = await works.add("every 5 min", grace=timedelta(minutes=10))
    start = works.clock.now().replace(second=0, microsecond=0)
    works.set_clock(start + timedelta(weeks=10, minutes=2))
    assert await works.clockwork.fire_due() == 1
    latest = start + timedelta(weeks=10)
    assert [outcome for _, outcome in await works.firings()] == ["missed", "late"]
    assert await works.reasons() == ["more than 10000 missed", None]
    ((_, kind, details),) = await works.told()
    assert (kind, details["number"]) == ("schedule-missed-many", 10_000)
    assert (details["first_at"], details["last_at"]) == (start + FIVE_MINUTES, latest - FIVE_MINUTES)
    assert (await works.standing(schedule))[2] == latest + FIVE_MINUTES


@pytest.mark.parametrize(("firings", "kind"), [(10_000, "schedule-missed"), (10_001, "schedule-missed-many")])
async def test_ten_thousand_missed_firings_are_counted_to_the_last(works: Works, firings: int, kind: str):
    """Exactly so many are told as that number, and one more as more than that."""
    await works.owner()
    start = works.clock.now().replace(second=0, microsecond=0)
    await works.add("every 5 min", ends_at=start + firings * FIVE_MINUTES)
    works.set_clock(start + timedelta(weeks=10))
    assert await works.clockwork.fire_due() == 0
    ((_, told, details),) = await works.told()
    assert (told, details["number"]) == (kind, 10_000)


async def test_a_schedule_that_was_missed_to_its_end_has_ended(works: Works):
    """A `once` that nobody was there for is told as missed and ended."""
    await works.owner()
    schedule = await works.add("once 2026-11-24 08:00")
    assert await works.fire("2026-11-25 08:00") == 0
    assert (await works.standing(schedule))[0] is ScheduleStatus.ENDED
    assert [kind for _, kind, _ in await works.told()] == ["schedule-missed"]
