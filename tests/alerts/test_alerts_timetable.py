"""The timetable: what may be added, by whom, and every move between the states of a schedule."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import update
from support.schedules import Works, utc

from alerts.data import UnknownCode
from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale
from alerts.people.rights import Role
from alerts.publishing.alert import Audience
from alerts.publishing.approvals import Rule
from alerts.schedule.schedule import (
    MEANING,
    MOVES,
    OUTCOMES,
    PUSHES,
    FiringOutcome,
    Push,
    Schedule,
    ScheduleStatus,
)
from alerts.store.tables import schedules

PROPOSED, ACTIVE, PAUSED, ENDED = ScheduleStatus
DANA = 501


async def in_status(works: Works, status: ScheduleStatus) -> Schedule:
    """Bring a schedule to a status as a running Cascade does; one that is not ended has times to come."""
    if status is PROPOSED:
        await works.roster.grant(DANA, Role.OFFICER)
        await works.owner()
        works = Works(works.store, works.clock, works.directory, Rule())
        added = await works.add()
    elif status is ENDED:
        added = await works.add("once 2026-11-23 13:00")
        await works.fire("2026-11-23 13:00")
    else:
        added = await works.add()
    if status is PAUSED:
        await works.timetable.pause(added.id)
    found = await works.timetable.find(added.id)
    assert found.status is status
    return found


async def pause(works: Works, schedule: Schedule) -> None:
    """Halt it."""
    await works.timetable.pause(schedule.id)


async def resume(works: Works, schedule: Schedule) -> None:
    """Let it fire again."""
    await works.timetable.resume(schedule.id)


async def outlive(works: Works, _schedule: Schedule) -> None:
    """Let it fire for the last time."""
    await works.fire("2026-11-24 08:00")


STEPS: dict[ScheduleStatus, Callable[[Works, Schedule], Awaitable[None]]] = {ACTIVE: resume, PAUSED: pause}


def test_every_member_is_explained():
    """Each status, push and outcome has a sentence, and each status its moves."""
    assert MEANING.keys() == MOVES.keys() == set(ScheduleStatus)
    assert PUSHES.keys() == set(Push)
    assert OUTCOMES.keys() == set(FiringOutcome)


@pytest.mark.parametrize(("before", "after"), list(product(ScheduleStatus, STEPS)))
async def test_every_move_by_hand_is_as_the_table_says(works: Works, before: ScheduleStatus, after: ScheduleStatus):
    """Pausing and resuming work from the statuses of the table, and are stale from the others, which stay."""
    schedule = await in_status(works, before)
    if after in MOVES[before] and before is not PROPOSED:  # which starts when a second person approves it
        await STEPS[after](works, schedule)
        assert (await works.timetable.find(schedule.id)).status is after
        return
    with pytest.raises(Stale, match=str(before)):
        await STEPS[after](works, schedule)
    assert await works.timetable.find(schedule.id) == schedule


async def test_the_last_time_ends_an_active_schedule(works: Works):
    """An active schedule ends when it has no further time, and says why."""
    assert ENDED in MOVES[ACTIVE]
    added = await works.add(ends_at=utc("2026-11-24 09:00"))
    await works.fire("2026-11-24 08:00")
    ended = await works.timetable.find(added.id)
    assert (ended.status, ended.reason, ended.next) == (ENDED, "it has no further time", None)
    assert ended.upcoming(works.clock.now()) == ()


async def test_what_is_added_comes_back_as_it_was_planned(works: Works):
    """The store keeps every part of a plan, with the next time beside it."""
    plan = works.plan(
        "weekly mon,thu 09:30",
        zone="Asia/Kathmandu",
        audience=Audience(("aviation", "retail"), ("london",)),
        ends_at=utc("2027-01-01 00:00"),
        grace=timedelta(minutes=7),
    )
    added = await works.timetable.add(plan)
    assert added == await works.timetable.find(added.id)
    assert (added.plan, added.status, added.created_by) == (plan, ACTIVE, None)
    assert added.next == plan.recurrence.after(works.clock.now())
    assert [firing.at for firing in added.upcoming(works.clock.now())] == [
        utc("2026-11-26 03:45"),
        utc("2026-11-30 03:45"),
        utc("2026-12-03 03:45"),
    ]


async def test_schedules_are_listed_by_name(works: Works):
    """Letter case does not count in the order."""
    for name in ("doors", "Alarm", "Bells"):
        await works.add(name=name)
    assert [schedule.plan.name for schedule in await works.timetable.everything()] == ["Alarm", "Bells", "doors"]


@pytest.mark.parametrize("other", ["DOORS", "doors", "  Doors  "])
async def test_names_are_unique_whatever_their_case(works: Works, other: str):
    """A second schedule of the same letters is refused, and the first stays alone."""
    await works.add(name="Doors")
    with pytest.raises(InvalidInput) as refused:
        await works.add(name=other)
    assert refused.value.problem == "schedule-name-taken"
    assert len(await works.timetable.everything()) == 1


async def test_letters_beyond_ascii_have_cases_too(works: Works):
    """Names that differ only in the case of an accented letter are the same name."""
    await works.add(name="Übung täglich")
    with pytest.raises(InvalidInput, match="already"):
        await works.add(name="ÜBUNG TÄGLICH")


async def test_a_schedule_is_found_by_name_before_number(works: Works):
    """A schedule whose name is another's number is not mistaken for it, and an unknown name says what there is."""
    first = await works.add(name="!first")
    second = await works.add(name=str(first.id))
    assert (await works.timetable.named("!first")).id == first.id
    assert (await works.timetable.named(str(first.id))).id == second.id
    assert (await works.timetable.named(str(second.id))).id == second.id
    with pytest.raises(NotFound, match="no schedule 'third'; there are: '"):
        await works.timetable.named("third")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "  "}, "schedule-name"),
        ({"name": "x" * 61}, "schedule-name-too-long"),
        ({"grace": timedelta(days=1, minutes=1)}, "schedule-grace"),
        ({"grace": timedelta(minutes=-1)}, "schedule-grace"),
        ({"headline": ""}, "headline-empty"),
        ({"body": " "}, "body-empty"),
        ({"ends_at": utc("2026-11-24 07:59")}, "schedule-past"),
    ],
)
async def test_what_cannot_be_used_is_not_added(works: Works, changes: dict[str, object], problem: str):
    """Each wrong part has its problem, and nothing is written."""
    with pytest.raises(InvalidInput) as refused:
        await works.add(**changes)
    assert refused.value.problem == problem
    assert await works.timetable.everything() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": Audience(("moonbase",))},
        {"audience": Audience((), ("moon",))},
        {"push": Push.BRIEFING, "briefing": "lockdown"},
    ],
)
async def test_unknown_codes_are_refused(works: Works, changes: dict[str, object]):
    """A sector, a region and a briefing that are not there are told apart from a wrong text."""
    with pytest.raises(UnknownCode):
        await works.add(**changes)
    assert await works.timetable.everything() == []


async def test_an_officer_stays_within_their_sectors(works: Works):
    """Beyond their sectors an officer adds, pauses, resumes and removes nothing; within them they do."""
    dana = await works.outbox.hire(DANA, "aviation")
    ben = await works.outbox.hire(DANA + 1, "retail")
    with pytest.raises(NotAllowed):
        await works.add(by=dana)
    added = await works.add(by=dana, audience=Audience(("aviation",)))
    for act in (works.timetable.pause, works.timetable.remove):
        with pytest.raises(NotAllowed):
            await act(added.id, ben)
    await works.timetable.pause(added.id, dana)
    with pytest.raises(NotAllowed):
        await works.timetable.resume(added.id, ben)
    assert (await works.timetable.find(added.id)).status is PAUSED
    assert (await works.timetable.remove(added.id, dana)).plan == added.plan


async def test_who_resumes_answers_for_it(works: Works):
    """The author is whoever resumed it last: another officer, or nobody for the command line."""
    added = await works.add(by=await works.outbox.hire(DANA))
    await works.timetable.pause(added.id)
    assert (await works.timetable.resume(added.id, await works.outbox.hire(DANA + 1))).created_by == DANA + 1
    await works.timetable.pause(added.id)
    assert (await works.timetable.resume(added.id)).created_by is None


async def test_a_pause_that_outlasts_the_schedule_cannot_be_resumed(works: Works):
    """What has no further time any more stays paused, and says so."""
    added = await works.add("once 2026-11-23 13:00")
    await works.timetable.pause(added.id)
    works.set_clock(utc("2026-11-23 13:00"))
    with pytest.raises(Stale, match="no further time"):
        await works.timetable.resume(added.id)
    assert (await works.timetable.find(added.id)).status is PAUSED


async def test_a_removed_schedule_leaves_its_alerts(works: Works):
    """Its firings go with it, the alerts that it sent stay, and its name is free again."""
    await works.outbox.subscribe(1)
    added = await works.add()
    assert await works.fire("2026-11-24 08:00") == 1
    await works.timetable.remove(added.id)
    assert (await works.firings(), len(await works.alerts())) == ([], 1)
    for act in (works.timetable.find, works.timetable.pause, works.timetable.resume, works.timetable.remove):
        with pytest.raises(NotFound):
            await act(added.id)
    assert (await works.add()).plan == replace(added.plan, recurrence=works.plan().recurrence)


async def test_a_number_is_never_used_again(works: Works):
    """The buttons of a removed schedule do nothing to the one that is added after it."""
    removed = await works.add(name="Doors")
    await works.timetable.remove(removed.id)
    added = await works.add(name="Windows")
    assert added.id != removed.id
    with pytest.raises(NotFound):
        await works.timetable.remove(removed.id)
    assert await works.timetable.everything() == [added]


UNREADABLE = [{"rule": "at eight"}, {"timezone": "Mars/Base"}, {"push": "poem"}, {"status": "asleep"}]


@pytest.mark.parametrize("damage", UNREADABLE)
async def test_one_that_cannot_be_read_is_listed_and_can_be_removed(works: Works, damage: dict[str, str]):
    """A row that the program does not understand stands in the list by its name, never fires, and can be removed."""
    await works.outbox.subscribe(1)
    broken, _ = await works.add(name="Broken"), await works.add(name="Doors")
    async with works.store.writing() as connection:
        await connection.execute(update(schedules).where(schedules.c.id == broken.id).values(**damage))
    listed, whole = await works.timetable.everything()
    status = PAUSED if "status" in damage else ACTIVE
    assert (listed.plan.name, listed.status, listed.reason) == ("Broken", status, "cannot be read")
    assert (listed.next, listed.upcoming(works.clock.now())) == (None, ())
    assert listed.plan.recurrence.rule == damage.get("rule", "daily 08:00")
    assert (whole.plan.name, whole.reason) == ("Doors", None)
    assert await works.fire("2026-11-24 08:00") == 1
    assert (await works.timetable.named("Broken")).id == broken.id
    assert (await works.timetable.remove(broken.id)).plan.name == "Broken"
    assert [schedule.plan.name for schedule in await works.timetable.everything()] == ["Doors"]


async def test_one_that_cannot_be_read_cannot_be_resumed(works: Works):
    """It can be halted, so that the log falls silent, and has no further time to go on at."""
    broken = await works.add()
    async with works.store.writing() as connection:
        await connection.execute(update(schedules).where(schedules.c.id == broken.id).values(rule="at eight"))
    assert (await works.timetable.pause(broken.id)).status is PAUSED
    with pytest.raises(Stale, match="no further time"):
        await works.timetable.resume(broken.id)
