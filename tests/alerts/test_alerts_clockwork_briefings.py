"""Briefings with fields, fired on real databases: what they tell, to whom, since when, and when they stay silent."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from support.schedules import OWNER, Works, utc
from test_alerts_clockwork import Dying

from alerts.errors import InvalidInput
from alerts.people.rights import Role
from alerts.publishing.alert import Audience, Change, Severity
from alerts.publishing.briefings import Briefing, Briefings
from alerts.publishing.desk import Content
from alerts.schedule.places import read_restraint
from alerts.schedule.schedule import Push, ScheduleStatus
from alerts.store.tables import schedule_firings, schedules

DAY = timedelta(days=1)
DIGEST = "{% for one in digest %}{{ one.headline }} {% endfor %}"


def stored(body: str, *, says_nothing: bool = False) -> Briefings:
    """Make a file of one briefing."""
    written = Briefing.write("Briefing", body, Severity.INFORMATION, says_nothing=says_nothing)
    return Briefings(
        (Briefing("b", "B", "Briefing", written.body, written.severity, says_nothing=says_nothing, text=written.text),)
    )


async def set_up(works: Works, body: str, rule: str = "daily 08:00", *, says_nothing: bool = False, **changes: object):
    """Add a schedule of a briefing for everybody, and a subscriber."""
    works.briefings = stored(body, says_nothing=says_nothing)
    works.timetable._briefings = works.briefings
    works.clockwork = works.clockwork_over(works.store)
    await works.outbox.subscribe(1)
    return await works.add(rule, name="Briefing", push=Push.BRIEFING, briefing="b", **changes)


async def record(works: Works, level: str) -> None:
    """Record a level of the UK, and tell nobody."""
    proposal = await works.register.propose("uk-national", level)
    await works.register.record(proposal, source="officer", push=False)


async def issue(works: Works, headline: str, severity: Severity = Severity.ADVISORY, **changes: object) -> None:
    """Send an alert of an officer, in force for two days."""
    content = Content(headline, "Text.", severity, works.clock.now() + 2 * DAY, **changes)  # type: ignore[arg-type]
    await works.outbox.desk.issue(content, origin="chat")


async def bodies(works: Works) -> list[str]:
    """Give the texts that schedules sent, oldest first."""
    return [alert.body for alert in await works.alerts() if alert.origin == "schedule"]


async def test_changes_are_those_since_the_last_one(works: Works):
    """Each change of a level is told once, in the first briefing after it, whatever was recorded in between."""
    await set_up(works, "{% for one in changes %}{{ one.before }}-{{ one.level }} {% else %}none{% endfor %} {{ now }}")
    await record(works, "SUBSTANTIAL")
    await record(works, "SEVERE")
    await works.fire("2026-11-24 08:00")
    await record(works, "CRITICAL")
    await record(works, "CRITICAL")
    await record(works, "SEVERE")
    await works.fire("2026-11-25 08:00")
    await works.fire("2026-11-26 08:00")
    told = [body.split(f" {day} Nov")[0].split() for body, day in zip(await bodies(works), (24, 25), strict=True)]
    assert told == [["SUBSTANTIAL-SEVERE"], ["SEVERE-CRITICAL", "CRITICAL-SEVERE"]]
    assert [outcome for _, outcome in await works.firings()] == ["sent", "sent", "empty"]


async def test_a_change_in_the_very_second_of_a_firing_is_told_next_time(works: Works):
    """Versions count and not moments: a reading recorded after the look, at the same moment, is new to the next one."""
    await set_up(works, "{{ changes }}", says_nothing=True)
    await record(works, "SUBSTANTIAL")
    await works.fire("2026-11-24 08:00")
    await record(works, "SEVERE")
    await works.fire("2026-11-25 08:00")
    first, second = await bodies(works)
    assert first == "No change has been recorded."
    assert "raised from SUBSTANTIAL to <b>SEVERE</b>" in second


async def test_a_firing_of_before_this_release_counts_by_its_moment(works: Works):
    """A database in which no firing noted what it had seen goes on with the changes since that moment."""
    await set_up(works, "{{ changes }}", says_nothing=True)
    await record(works, "SUBSTANTIAL")
    await works.fire("2026-11-24 08:00")
    async with works.store.writing() as connection:
        await connection.execute(update(schedule_firings).values(seen=None))
    works.set_clock(utc("2026-11-24 09:00"))
    await record(works, "SEVERE")
    await works.fire("2026-11-25 08:00")
    assert "to <b>SEVERE</b>" in (await bodies(works))[1]


async def test_the_first_one_looks_back_as_far_as_one_firing_is_from_the_next(works: Works):
    """A new daily digest tells of a day, and what is older is not news."""
    await set_up(works, DIGEST)
    works.set_clock(utc("2026-11-23 07:59"))
    await issue(works, "Older")
    works.set_clock(utc("2026-11-23 08:01"))
    await issue(works, "Newer")
    await works.fire("2026-11-24 08:00")
    assert await bodies(works) == ["Newer"]


async def test_the_digest_has_advice_and_information_since_the_last_one(works: Works):
    """Urgent alerts, those of schedules and stopped ones are not in it; each of the others is once."""
    await works.add("daily 06:00", name="Reminder")
    await set_up(works, DIGEST)
    await issue(works, "Advice")
    await issue(works, "Information", Severity.INFORMATION)
    await issue(works, "Urgent", Severity.URGENT)
    await issue(works, "Stopped")
    (stopped,) = [alert for alert in await works.alerts() if alert.headline == "Stopped"]
    await works.outbox.desk.cancel(stopped.id, None)
    await works.fire("2026-11-24 06:00")
    await works.fire("2026-11-24 08:00")
    await issue(works, "Next day")
    await works.fire("2026-11-25 08:00")
    assert [body for body in await bodies(works) if body != "Lock them."] == ["Advice Information", "Next day"]


async def test_a_corrected_alert_is_told_once_under_the_number_on_its_copies(works: Works):
    """In force and in a digest it has its mended words, and the number and time that people can look for."""
    await set_up(
        works, "{% for one in alerts %}{{ one.headline }} {{ one.reference }} {{ one.sent }} {% endfor %}/" + DIGEST
    )
    await issue(works, "East gate")
    [first] = [alert for alert in await works.alerts() if alert.headline == "East gate"]
    works.set_clock(utc("2026-11-23 15:00"))
    mended = await works.outbox.follow_ups.content(first.id, Change.CORRECTION)
    await works.outbox.desk.issue(replace(mended, headline="West gate"), origin="chat")
    await works.fire("2026-11-24 08:00")
    assert await bodies(works) == [f"West gate {first.reference} 23 Nov 2026, 12:00 GMT /West gate"]


async def test_an_alert_that_is_written_while_a_digest_looks_is_in_the_next_one(works: Works):
    """Sent a second before the firing and committed after it, it is told once, and what was told is not repeated."""
    await set_up(works, DIGEST)
    works.set_clock(utc("2026-11-24 07:59:59"))
    await issue(works, "Seen")
    await works.fire("2026-11-24 08:00")
    works.set_clock(utc("2026-11-24 07:59:59"))
    await issue(works, "Overlooked")
    await works.fire("2026-11-25 08:00")
    await works.fire("2026-11-26 08:00")
    assert await bodies(works) == ["Seen", "Overlooked"]


async def test_with_nothing_to_tell_it_is_passed_over_and_noted(works: Works):
    """The firing stands in the record as empty, nobody is told anything, and the next one goes out with its news."""
    await works.owner()
    schedule = await set_up(works, DIGEST)
    assert await works.fire("2026-11-24 08:00") == 0
    assert (await works.firings(), await works.reasons()) == ([("2026-11-24T08:00", "empty")], [None])
    assert (await works.told(), await works.alerts()) == ([], [])
    assert await works.standing(schedule) == (ScheduleStatus.ACTIVE, None, utc("2026-11-25 08:00"))
    await issue(works, "News")
    assert await works.fire("2026-11-25 08:00") == 1


async def test_one_that_says_nothing_goes_out_all_the_same(works: Works):
    """By its flag the sentence of the empty list is sent."""
    await set_up(works, "{{ digest }}", says_nothing=True)
    assert await works.fire("2026-11-24 08:00") == 1
    assert await bodies(works) == ["No advisory and no information alert was sent."]


async def test_alerts_in_force_are_those_of_everybody_in_the_audience(works: Works):
    """A briefing to all names no sector's alert, one to a sector names its own; expired and level ones are in none."""
    await works.outbox.subscribe(2, sectors=("aviation",))
    await set_up(works, "{% for one in alerts %}{{ one.headline }} {% endfor %}", says_nothing=False)
    await works.add(name="Aviation", push=Push.BRIEFING, briefing="b", audience=Audience(("aviation",)))
    await works.add(
        name="Both", push=Push.BRIEFING, briefing="b", audience=Audience(("aviation", "retail"), ("london",))
    )
    proposal = await works.register.propose("uk-national", "SEVERE")
    await works.register.record(proposal, source="officer")
    await works.register.record(await works.register.propose("uk-national", "CRITICAL"), source="officer")
    works.set_clock(utc("2026-11-20 08:00"))
    await issue(works, "Over")
    works.set_clock(utc("2026-11-23 13:00"))
    await issue(works, "All")
    await issue(works, "London", audience=Audience((), ("london",)))
    await issue(works, "Planes", audience=Audience(("aviation",)))
    await works.fire("2026-11-24 08:00")
    sent = {alert.audience: alert.body for alert in await works.alerts() if alert.origin == "schedule"}
    assert sent == {
        Audience(): "All",
        Audience(("aviation",)): "Planes All",
        Audience(("aviation", "retail"), ("london",)): "London All",
    }
    plan = works.plan(name="New", push=Push.BRIEFING, briefing="b")
    assert (await works.clockwork.preview(plan)).left_out == 2


async def test_upcoming_schedules_are_told_with_their_true_next_times(works: Works):
    """Its own next time is among them, what is paused or for others is not, and bank holidays count."""
    await set_up(works, "{% for one in schedules %}{{ one.name }} {{ one.next }}; {% endfor %}", "weekly mon 08:00")
    plan = works.plan("weekly mon 07:00", name="Doors")
    recurrence = type(plan.recurrence).parse(
        "weekly mon 07:00", plan.recurrence.zone, works.clock.now(), restraint=read_restraint("GB-ENG", None)
    )
    await works.timetable.add(type(plan)(**{**_parts(plan), "recurrence": recurrence}))
    await works.add(name="Retail", audience=Audience(("retail",)))
    paused = await works.add(name="Paused")
    await works.timetable.pause(paused.id)
    works.set_clock(utc("2026-12-21 07:30"))
    await works.clockwork.fire_due()
    await works.fire("2026-12-21 08:00")
    (told,) = [alert.body for alert in await works.alerts() if alert.headline == "Briefing"]
    assert told == "Briefing 28 Dec 2026, 08:00 GMT; Doors 29 Dec 2026, 07:00 GMT;"


def _parts(plan: object) -> dict[str, object]:
    return {name: getattr(plan, name) for name in plan.__dataclass_fields__}  # type: ignore[attr-defined]


async def test_a_briefing_of_ones_own_is_checked_when_it_is_added_and_filled_when_it_goes_out(works: Works):
    """Its text stands in the schedule; an unknown field is refused with those there are, and nothing is added."""
    await works.outbox.subscribe(1)
    own = {"push": Push.BRIEFING, "headline": "Mine", "severity": Severity.ADVISORY}
    with pytest.raises(InvalidInput, match=r"there is no field 'alarms'.*alerts, digest"):
        await works.add(body="{{ alarms }}", **own)
    assert await works.timetable.everything() == []
    added = await works.add(body="Now: {{ alerts }}", **own)
    assert (await works.timetable.find(added.id)).plan == added.plan
    await issue(works, "Gate")
    await works.fire("2026-11-24 08:00")
    (alert,) = [one for one in await works.alerts() if one.origin == "schedule"]
    assert (alert.headline, alert.severity) == ("Mine", Severity.ADVISORY)
    assert "ADVISORY: Gate (C-2026-0001)" in alert.body


async def test_a_crash_while_a_briefing_fires_doubles_nothing(works: Works):
    """Before the commit nothing is there, the next process tells all of it once, and the one after that nothing."""
    await set_up(works, DIGEST)
    await issue(works, "News")
    works.set_clock(utc("2026-11-24 08:00"))
    dying = Dying(works.store.url)
    try:
        assert await works.clockwork_over(dying).fire_due() == 0
    finally:
        await dying.close()
    assert (await works.firings(), await bodies(works)) == ([], [])
    assert [await works.fire(f"2026-11-24 08:00:0{second}") for second in (5, 6)] == [1, 0]
    assert await works.fire("2026-11-25 08:00") == 0
    assert await bodies(works) == ["News"]
    assert [outcome for _, outcome in await works.firings()] == ["sent", "empty"]


async def test_a_crash_while_nothing_is_told_loses_nothing(works: Works):
    """An empty firing is noted or still due, too."""
    await set_up(works, DIGEST)
    works.set_clock(utc("2026-11-24 08:00"))
    dying = Dying(works.store.url)
    try:
        assert await works.clockwork_over(dying).fire_due() == 0
    finally:
        await dying.close()
    assert await works.firings() == []
    assert [await works.fire("2026-11-24 08:00:05") for _ in range(2)] == [0, 0]
    assert await works.firings() == [("2026-11-24T08:00", "empty")]


async def test_what_failed_or_was_missed_is_told_by_the_next_one(works: Works):
    """News of before a firing that sent nothing is in the one that does go out."""
    await works.owner()
    await set_up(works, DIGEST, grace=timedelta())
    await works.fire("2026-11-24 08:00")
    await issue(works, "First")
    works.set_clock(utc("2026-11-25 08:00"))
    await works.clockwork_over(works.store, Briefings(())).fire_due()
    works.set_clock(utc("2026-11-26 07:00"))
    await issue(works, "Second")
    await works.fire("2026-11-26 12:00")
    await works.fire("2026-11-27 08:00")
    assert [outcome for _, outcome in await works.firings()] == ["empty", "failed", "missed", "sent"]
    assert await bodies(works) == ["First Second"]


async def test_what_a_schedule_respects_is_kept_and_counts_when_it_fires(works: Works):
    """Minute by minute over Christmas 2026 a Monday's reminder goes out once, on the Tuesday as the office opens."""
    await works.outbox.subscribe(1)
    works.set_clock(utc("2026-12-24 12:00"))
    plan = works.plan("weekly mon 08:00")
    recurrence = type(plan.recurrence).parse(
        "weekly mon 08:00", plan.recurrence.zone, works.clock.now(), restraint=read_restraint("GB-ENG", "09:00-17:00")
    )
    added = await works.timetable.add(type(plan)(**{**_parts(plan), "recurrence": recurrence}))
    assert (await works.timetable.find(added.id)).plan == added.plan
    fired = []
    while works.clock.now() < utc("2027-01-04 12:00"):
        works.set_clock(works.clock.now() + timedelta(minutes=30))
        if await works.clockwork.fire_due():
            fired.append(works.clock.now())
    assert fired == [utc("2026-12-29 09:00"), utc("2027-01-04 09:00")]
    assert await works.firings() == [("2026-12-28T08:00", "sent"), ("2027-01-04T08:00", "sent")]


async def test_a_schedule_whose_place_is_not_known_any_more_is_listed_and_fires_nothing(works: Works):
    """Such a row cannot be read: it stands in the list with that reason, and the others fire."""
    await works.outbox.subscribe(1)
    added = await works.add()
    await works.add(name="Other")
    async with works.store.writing() as connection:
        await connection.execute(update(schedules).where(schedules.c.id == added.id).values(holidays="XX"))
    assert await works.fire("2026-11-24 08:00") == 1
    assert {one.plan.name: one.reason for one in await works.timetable.everything()} == {
        "Doors": "cannot be read",
        "Other": None,
    }


async def test_a_text_that_cannot_be_filled_fails_and_the_owners_are_told(works: Works):
    """A text in the store that an older or newer program wrote is checked again; what is wrong is told by its name."""
    await works.roster.grant(OWNER, Role.OWNER)
    await works.outbox.subscribe(1)
    added = await works.add(push=Push.BRIEFING, headline="Mine", body="{{ alerts }}")
    async with works.store.writing() as connection:
        await connection.execute(update(schedules).where(schedules.c.id == added.id).values(body="{{ gone }}"))
    assert await works.fire("2026-11-24 08:00") == 0
    ((_, kind, details),) = await works.told()
    assert kind == "schedule-failed"
    assert "there is no field 'gone'" in details["reason"]
