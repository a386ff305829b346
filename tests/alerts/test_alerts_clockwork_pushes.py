"""What a firing sends, and what becomes of one that cannot or may not send anything."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection
from support.schedules import DRILL, OWNER, Works, utc

from alerts.people.rights import Role
from alerts.publishing.alert import AlertKind, Audience, Severity
from alerts.publishing.briefings import Briefings
from alerts.schedule.schedule import Push, ScheduleStatus
from alerts.store import Store

DANA = 501
RETAIL = Audience(("retail",))


class Late(Store):
    """A database whose process does something else first when it is about to write.

    Args:
        meanwhile: what happens before each writing transaction.
    """

    def __init__(self, url: str | URL, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(url)
        self._meanwhile = meanwhile

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction, too late."""
        await self._meanwhile()
        async with super().writing() as connection:
            yield connection


async def test_a_briefing_goes_out_as_it_is_stored(works: Works):
    """Headline, text and severity are the stored ones of that moment."""
    await works.outbox.subscribe(1)
    await works.add(push=Push.BRIEFING, briefing="drill", severity=Severity.CRITICAL)
    assert await works.fire("2026-11-24 08:00") == 1
    (alert,) = await works.alerts()
    assert (alert.headline, alert.body, alert.severity) == (DRILL.headline, DRILL.body, DRILL.severity)


async def test_a_briefing_that_vanished_fails_and_comes_back(works: Works):
    """Without its briefing a firing fails, owners are told why, and the next one finds it again."""
    await works.owner()
    await works.outbox.subscribe(1)
    await works.add(push=Push.BRIEFING, briefing="drill")
    works.set_clock(utc("2026-11-24 08:00"))
    assert await works.clockwork_over(works.store, Briefings(())).fire_due() == 0
    assert await works.firings() == [("2026-11-24T08:00", "failed")]
    ((owner, kind, details),) = await works.told()
    assert (owner, kind, details["due_at"]) == (OWNER, "schedule-failed", utc("2026-11-24 08:00"))
    assert "no briefing 'drill'" in details["reason"]
    assert await works.fire("2026-11-25 08:00") == 1


async def test_nobody_in_the_audience_is_a_failure(works: Works):
    """A reminder that nobody would receive fails with that reason and leaves no alert; it goes on the next day."""
    await works.owner()
    await works.add(audience=RETAIL)
    assert await works.fire("2026-11-24 08:00") == 0
    assert await works.alerts() == []
    ((_, kind, details),) = await works.told()
    assert kind == "schedule-failed"
    assert "nobody would receive this alert" in details["reason"]
    assert await works.reasons() == [details["reason"]]
    await works.outbox.subscribe(1)
    assert await works.fire("2026-11-25 08:00") == 1


async def test_one_that_fails_does_not_hold_up_the_others(works: Works):
    """Of three that are due together the one without an audience fails, and both others are sent."""
    await works.outbox.subscribe(1)
    await works.add(name="First")
    await works.add(name="Second", audience=Audience(("aviation",)))
    await works.add(name="Third")
    assert await works.fire("2026-11-24 08:00") == 2
    assert [outcome for _, outcome in await works.firings()] == ["sent", "failed", "sent"]


@pytest.mark.parametrize("change", ["revoked", "limited"])
async def test_an_author_who_may_not_send_any_more_pauses_it(works: Works, change: str):
    """Without the role or outside the sectors left a firing fails and it is paused; owners learn when and why."""
    await works.owner()
    await works.outbox.subscribe(1)
    schedule = await works.add(by=await works.roster.grant(DANA, Role.OFFICER), audience=RETAIL)
    if change == "revoked":
        await works.roster.revoke(DANA)
    else:
        await works.roster.grant(DANA, Role.OFFICER, sectors=("aviation",))
    assert [await works.fire(f"2026-11-{day} 08:00") for day in (24, 25)] == [0, 0]
    status, reason, next_at = await works.standing(schedule)
    assert (status, next_at) == (ScheduleStatus.PAUSED, None)
    words = {
        "revoked": "may not send alerts any more",
        "limited": "who set it up may not send to all of these sectors any more",
    }
    assert words[change] in (reason or "")
    details = {"name": "Doors", "due_at": utc("2026-11-24 08:00"), "reason": reason}
    assert await works.told() == [(OWNER, "schedule-paused", details)]
    assert (await works.alerts(), await works.firings()) == ([], [("2026-11-24T08:00", "failed")])
    assert await works.reasons() == [reason]


async def test_a_pause_after_a_standstill_counts_what_was_missed(works: Works):
    """Back after two days without its author's role, the owners are told of what was missed and of the pause."""
    await works.owner()
    await works.add(by=await works.roster.grant(DANA, Role.OFFICER))
    await works.roster.revoke(DANA)
    assert await works.fire("2026-11-25 08:30") == 0
    assert await works.firings() == [("2026-11-24T08:00", "missed"), ("2026-11-25T08:00", "failed")]
    missed, paused = await works.told()
    assert (missed[1], missed[2]["number"]) == ("schedule-missed", 1)
    assert (paused[1], paused[2]["due_at"]) == ("schedule-paused", utc("2026-11-25 08:00"))


async def test_a_schedule_that_was_taken_over_meanwhile_is_not_paused(works: Works):
    """Between the look and the pause an owner resumes it: it stays active under them, and nobody is told anything."""
    owner = await works.owner()
    schedule = await works.add(by=await works.roster.grant(DANA, Role.OFFICER))
    await works.roster.revoke(DANA)
    works.set_clock(utc("2026-11-24 08:00"))

    async def take_over() -> None:
        await works.timetable.pause(schedule.id, owner)
        await works.timetable.resume(schedule.id, owner)

    late = Late(works.store.url, take_over)
    try:
        assert await works.clockwork_over(late).fire_due() == 0
    finally:
        await late.close()
    assert await works.standing(schedule) == (ScheduleStatus.ACTIVE, None, utc("2026-11-25 08:00"))
    assert (await works.told(), await works.firings()) == ([], [])


async def test_somebody_else_can_take_a_paused_schedule_over(works: Works):
    """Resumed by an owner, the schedule of an officer who is gone fires again."""
    owner = await works.owner()
    await works.outbox.subscribe(1)
    schedule = await works.add(by=await works.roster.grant(DANA, Role.OFFICER))
    await works.roster.revoke(DANA)
    await works.fire("2026-11-24 08:00")
    await works.timetable.resume(schedule.id, owner)
    assert await works.fire("2026-11-25 08:00") == 1


async def test_a_schedule_of_the_command_line_needs_no_author(works: Works):
    """Who may use the command line is not on the roster, and what was added there goes on."""
    await works.outbox.subscribe(1)
    schedule = await works.add()
    assert schedule.created_by is None
    assert [await works.fire(f"2026-11-{day} 08:00") for day in (24, 25)] == [1, 1]


async def test_a_level_push_says_what_is_not_known(works: Works):
    """Before any reading each scheme in force says so, and points to its official page."""
    await works.outbox.subscribe(1)
    await works.add(push=Push.LEVEL, audience=Audience(levels_only=True))
    assert await works.fire("2026-11-24 08:00") == 1
    (alert,) = await works.alerts()
    assert alert.kind is AlertKind.LEVEL
    assert alert.headline == (
        "The threat level now: UK national threat level: not known here; Northern Ireland threat level: not known here"
    )
    assert (alert.body or "").count("No reading is known here yet.") == 2


async def test_a_level_push_says_when_its_knowledge_is_old(works: Works):
    """A reading of this morning goes out as it is; unconfirmed for a week, it says that it may be out of date."""
    await works.outbox.subscribe(1)
    proposal = await works.register.propose("uk-national", "SEVERE")
    await works.register.record(proposal, source="officer")
    await works.add("once 2026-11-23 14:00", name="Fresh", push=Push.LEVEL)
    await works.add("once 2026-11-30 14:00", name="Old", push=Push.LEVEL)
    assert await works.fire("2026-11-23 14:00") == 1
    assert await works.fire("2026-11-30 14:00") == 1
    fresh, old = await works.alerts()
    assert "SEVERE" in (fresh.headline or "")
    assert "May be out of date" not in (fresh.body or "")
    assert "May be out of date" in (old.body or "")


async def test_a_level_push_goes_to_those_who_want_it(works: Works):
    """Of four subscribers it reaches neither those of another sector nor the one who wants no levels."""
    await works.outbox.subscribe(1)
    await works.outbox.subscribe(2, wants_levels=False)
    await works.outbox.subscribe(3, 4, sectors=("aviation",))
    await works.add(push=Push.LEVEL, audience=Audience(("retail",), levels_only=True))
    assert await works.fire("2026-11-24 08:00") == 1
    (alert,) = await works.alerts()
    assert await works.outbox.states(alert.id) == {1: "queued"}
