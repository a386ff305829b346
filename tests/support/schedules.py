"""Schedules over one real database: a timetable, what makes it fire, and what came of it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL

from alerts.data import DataFolder
from alerts.levels.register import Register
from alerts.levels.scheme import Schemes
from alerts.people.notices import Notices
from alerts.people.rights import Role
from alerts.people.roster import Person, Roster
from alerts.publishing.alert import Alert, Severity
from alerts.publishing.approvals import Rule
from alerts.publishing.briefings import Briefing, Briefings
from alerts.schedule.clockwork import Clockwork
from alerts.schedule.contents import Contents
from alerts.schedule.recurrence import Recurrence
from alerts.schedule.schedule import Plan, Push, Schedule, ScheduleStatus
from alerts.schedule.timetable import Timetable
from alerts.store import Store
from alerts.store.tables import schedule_firings
from alerts.subscribers.sectors import Directory
from handlers.briefing_words import BriefingWords
from handlers.texts import Texts
from handlers.threat import LevelAnnouncement, LevelBulletin

ALONE = Rule(two_persons=False)
"""What most tests of schedules are not about; tests/alerts/test_alerts_consent.py is."""

LONDON = ZoneInfo("Europe/London")
OWNER = 900
DRILL = Briefing("drill", "Drill", "Drill at eleven", "Doors &amp; gates close.", Severity.ADVISORY)


def utc(text: str) -> datetime:
    """Read a moment in UTC, such as `2026-10-25 00:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Works:
    """What a test of schedules acts on; one briefing is stored, and nobody subscribes or holds a role yet."""

    def __init__(self, store: Store, clock: DrivenClock, directory: Directory, rule: Rule = ALONE) -> None:
        texts = self.texts = Texts(LONDON)
        self.store = store
        self.clock = clock
        self.directory = directory
        self.outbox = Outbox(store, clock, directory)
        self.roster = Roster(store, clock, TRAIL, directory)
        self.notices = Notices(store, clock)
        self.briefings = Briefings((DRILL,))
        self.timetable = Timetable(store, clock, TRAIL, directory, self.briefings, rule)
        schemes, announce = Schemes.load(DataFolder()), LevelAnnouncement(texts)
        self.register = Register(store, clock, TRAIL, LONDON, schemes, self.outbox.desk, announce)
        self._bulletin = LevelBulletin(texts)
        self.clockwork = self.clockwork_over(store)

    def clockwork_over(self, store: Store, briefings: Briefings | None = None) -> Clockwork:
        """Make what fires the schedules, as a process with this store and these briefings has it."""
        contents = Contents(
            store=store,
            register=self.register,
            briefings=self.briefings if briefings is None else briefings,
            bulletin=self._bulletin,
            word=BriefingWords(self.texts),
        )
        return Clockwork(
            store=store,
            clock=self.clock,
            trail=TRAIL,
            desk=self.outbox.desk,
            contents=contents,
            roster=self.roster,
        )

    def set_clock(self, moment: datetime) -> None:
        """Move the clock to a moment, also backwards; nobody sleeps on it in these tests."""
        self.clock.elapsed_seconds = (moment - self.clock.start).total_seconds()

    def plan(self, rule: str = "daily 08:00", *, zone: str = "Europe/London", **changes: Any) -> Plan:
        """Plan a reminder for everybody, with changes to it."""
        recurrence = Recurrence.parse(rule, ZoneInfo(zone), self.clock.now())
        parts: dict[str, Any] = {"name": "Doors", "push": Push.REMINDER, "headline": "Doors", "body": "Lock them."}
        return Plan(recurrence=recurrence, **(parts | changes))

    async def add(
        self, rule: str = "daily 08:00", *, zone: str = "Europe/London", by: Person | None = None, **changes: Any
    ) -> Schedule:
        """Add a reminder for everybody, with changes to it."""
        return await self.timetable.add(self.plan(rule, zone=zone, **changes), by)

    async def fire(self, moment: str) -> int:
        """Fire what is due at a moment in UTC, and give the number of alerts."""
        self.set_clock(utc(moment))
        return await self.clockwork.fire_due()

    async def standing(self, schedule: Schedule) -> tuple[ScheduleStatus, str | None, datetime | None]:
        """Give a schedule's status now, the reason for it and its next moment."""
        now = await self.timetable.find(schedule.id)
        return now.status, now.reason, now.next.at if now.next else None

    async def firings(self) -> list[tuple[str, str]]:
        """Give the key and the outcome of every firing on record, oldest first."""
        statement = select(schedule_firings.c.key, schedule_firings.c.outcome).order_by(schedule_firings.c.id)
        async with self.store.reading() as connection:
            return [(row.key, row.outcome) for row in (await connection.execute(statement)).all()]

    async def reasons(self) -> list[str | None]:
        """Give the reason of every firing on record, oldest first."""
        statement = select(schedule_firings.c.reason).order_by(schedule_firings.c.id)
        async with self.store.reading() as connection:
            return list((await connection.execute(statement)).scalars())

    async def alerts(self) -> list[Alert]:
        """Give the alerts that were written, oldest first."""
        return [alert for alert, _ in reversed(await self.outbox.desk.newest(1000))]

    async def told(self) -> list[tuple[int, str, dict[str, Any]]]:
        """Give whom a notice waits for, of which kind, and what it names."""
        return [(notice.user_id, notice.kind.value, notice.details) for notice in await self.notices.waiting()]

    async def owner(self) -> Person:
        """Make somebody owner."""
        return await self.roster.grant(OWNER, Role.OWNER)
