"""The other doors and the second person: schedules when they are made, changes of a level, and trusted sources."""

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL
from support.schedules import LONDON, Works

from alerts.data import DataFolder
from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale
from alerts.levels.register import Register
from alerts.levels.scheme import Schemes
from alerts.people.notices import NoticeKind
from alerts.people.rights import Role
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.approvals import Rule, Verdict, word_for
from alerts.schedule.schedule import ScheduleStatus
from alerts.store import Store
from alerts.subscribers.sectors import Directory
from handlers.texts import Texts
from handlers.threat import LevelAnnouncement

DANA, EVE, LEE = 501, 502, 504
UK = "uk-national"


@pytest.fixture
def works(store: Store, clock: DrivenClock, directory: Directory) -> Works:
    """A timetable for which the two-person rule holds."""
    return Works(store, clock, directory, Rule())


async def staff(works: Works) -> tuple[Person, Person]:
    """Bring in two officers, and somebody to send to."""
    await works.outbox.subscribe(1)
    dana, eve = await works.outbox.grant(DANA, EVE)
    return dana, eve


async def test_a_schedule_starts_when_a_second_person_approves_it(works: Works):
    """Until then it fires nothing; afterwards what it pushes goes out on two people's word, and needs no more."""
    dana, eve = await staff(works)
    added = await works.add(by=dana)
    assert (added.status, added.next) == (ScheduleStatus.PROPOSED, None)
    assert [(who, kind) for who, kind, _ in await works.told()] == [(EVE, NoticeKind.SCHEDULE_SUBMITTED.value)]
    assert await works.fire("2026-11-24 08:00") == 0
    approved = await works.timetable.approve(added.id, eve)
    assert (approved.status, approved.next is not None) == (ScheduleStatus.ACTIVE, True)
    assert await works.fire("2026-11-25 08:00") == 1
    [alert] = await works.alerts()
    async with works.store.reading() as connection:
        word = await word_for(connection, alert.id)
    assert (alert.status, word.verdict if word else None) == (AlertStatus.SENDING, Verdict.STANDING)
    assert await works.outbox.acts(alert.id) == [("alert-sent", DANA)]


async def test_who_made_a_schedule_cannot_start_it(works: Works):
    """Neither by approving it, nor by pausing and resuming it, nor under another role."""
    dana, _ = await staff(works)
    added = await works.add(by=dana)
    [owner] = await works.outbox.grant(DANA, role=Role.OWNER)
    with pytest.raises(InvalidInput, match="may not approve it"):
        await works.timetable.approve(added.id, owner)
    for attempt in (works.timetable.pause(added.id, dana), works.timetable.resume(added.id, dana)):
        with pytest.raises(Stale):
            await attempt
    assert (await works.timetable.find(added.id)).status is ScheduleStatus.PROPOSED


async def test_a_refused_schedule_is_gone_and_its_maker_is_told(works: Works):
    """Refusing removes it; only who may approve, for these sectors, may refuse."""
    dana, eve = await staff(works)
    added = await works.add(by=dana)
    [lee] = await works.outbox.grant(LEE, sectors=("aviation",))
    with pytest.raises(NotAllowed):
        await works.timetable.refuse(added.id, lee)
    await works.timetable.refuse(added.id, eve)
    with pytest.raises(NotFound):
        await works.timetable.find(added.id)
    assert (DANA, NoticeKind.SCHEDULE_RETURNED.value) in [(who, kind) for who, kind, _ in await works.told()]


async def test_a_schedule_of_one_person_sends_on_one_word(works: Works):
    """Made while nobody else could approve it, it starts at once, and each of its alerts is one person's word."""
    await works.outbox.subscribe(1)
    [dana] = await works.outbox.grant(DANA)
    await works.add(by=dana)
    await works.outbox.grant(EVE)
    assert await works.fire("2026-11-24 08:00") == 1
    [alert] = await works.alerts()
    async with works.store.reading() as connection:
        word = await word_for(connection, alert.id)
    assert word is not None
    assert word.verdict is Verdict.ONE


class Levels:
    """A register over an outbox, with two officers and somebody who wants changes of the level."""

    def __init__(self, outbox: Outbox) -> None:
        schemes, announce = Schemes.load(DataFolder()), LevelAnnouncement(Texts(LONDON))
        self.outbox = outbox
        self.register = Register(outbox.store, outbox.clock, TRAIL, LONDON, schemes, outbox.desk, announce)

    async def set(self, level: str, by: int | None = DANA, standing: Verdict | None = None) -> Alert | None:
        """Record a level, and give the alert that was written."""
        proposal = await self.register.propose(UK, level)
        _, sent = await self.register.record(proposal, source="officer", set_by=by, standing=standing)
        return sent[0] if sent else None

    async def level(self) -> str:
        """Give the level that is in force."""
        current = {entry.scheme.code: entry for entry in await self.register.current()}
        reading = current[UK].reading
        return reading.level if reading else ""


@pytest.fixture
async def levels(outbox: Outbox) -> Levels:
    """A register in which the level is SUBSTANTIAL."""
    await outbox.subscribe(1)
    await outbox.grant(DANA, EVE)
    built = Levels(outbox)
    await built.set("SUBSTANTIAL")
    return built


@pytest.mark.parametrize("by", [DANA, None])
async def test_a_level_holds_at_once_and_its_alert_waits(levels: Levels, by: int | None):
    """Set in the chat or on the command line: the reading is in force, the push needs another person."""
    alert = await levels.set("SEVERE", by)
    assert alert is not None
    assert (await levels.level(), alert.status) == ("SEVERE", AlertStatus.SUBMITTED)
    dana, eve = await levels.outbox.grant(DANA, EVE)
    if by is not None:
        with pytest.raises(InvalidInput, match="may not approve it"):
            await levels.outbox.desk.approve(alert.id, alert.revision, dana)
    sent, recipients = await levels.outbox.desk.approve(alert.id, alert.revision, eve)
    assert (sent.status, recipients) == (AlertStatus.SENDING, 1)


async def test_a_newer_level_stops_the_alert_of_an_older_one_that_waits(levels: Levels):
    """What does not hold any more cannot be approved; a reading of the same level leaves the alert waiting."""
    older = await levels.set("SEVERE")
    assert older is not None
    assert await levels.set("SEVERE", EVE) is None
    assert await levels.outbox.status(older.id) is AlertStatus.SUBMITTED
    newer = await levels.set("CRITICAL")
    assert newer is not None
    assert await levels.outbox.status(older.id) is AlertStatus.CANCELLED
    assert newer.status is AlertStatus.SUBMITTED


async def test_a_second_reading_of_an_official_source_sends_as_it_is_set_up(levels: Levels):
    """What an administrator has allowed to go out by itself does, and is on record as agreed to before."""
    alert = await levels.set("SEVERE", None, Verdict.STANDING)
    assert alert is not None
    assert alert.status is AlertStatus.SENDING
    assert await levels.outbox.acts(alert.id) == [("alert-sent", None)]
