"""The timetable: schedules are added, listed, paused, resumed and removed here."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, in_chat, person_or_administrator
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.errors import InvalidInput, NotFound, Stale
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.people.rights import Right
from alerts.people.roster import Person, reread
from alerts.publishing.approvals import USUAL, Rule, reaching
from alerts.publishing.briefings import Briefing, Briefings
from alerts.publishing.checks import check_body, check_headline
from alerts.publishing.marking import Marking, stricter
from alerts.publishing.markup import read_html
from alerts.publishing.scope import check_scope
from alerts.schedule.consent import maker_of, note_approved, note_made
from alerts.schedule.schedule import MOVES, Plan, Push, Schedule, ScheduleStatus
from alerts.store import Store
from alerts.store.tables import schedules
from alerts.subscribers.sectors import Directory
from alerts.text import check_length, digest_of_texts

NAME_LIMIT = 60
"""UTF-16 units of a schedule's name: it stands on a button."""

LONGEST_GRACE = timedelta(days=1)


class Timetable:
    """The use cases of a schedule.

    Args:
        store: the database.
        clock: the source of time.
        directory: the sectors and regions there are.
        briefings: the stored briefings there are.
        rule: how many people it takes.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        trail: Trail,
        directory: Directory,
        briefings: Briefings,
        rule: Rule = USUAL,
    ) -> None:
        self._rule = rule
        self._store = store
        self._clock = clock
        self._trail = trail
        self._directory = directory
        self._briefings = briefings

    async def everything(self) -> list[Schedule]:
        """Give every schedule, by name; one that cannot be read is there with that as its reason."""
        async with self._store.reading() as connection:
            rows = (await connection.execute(select(schedules).order_by(func.lower(schedules.c.name)))).all()
        return [Schedule.listed(row) for row in rows]

    async def find(self, schedule_id: int) -> Schedule:
        """Give a schedule. Raises `NotFound`."""
        async with self._store.reading() as connection:
            return await find_schedule(connection, schedule_id)

    async def named(self, name: str) -> Schedule:
        """Give the schedule of this name, or of this number.

        Raises:
            NotFound: there is none; the text names those there are.
        """
        known = await self.everything()
        for schedule in sorted(known, key=lambda one: one.plan.name != name):  # a name may look like another's number
            if name in {schedule.plan.name, str(schedule.id)}:
                return schedule
        names = ", ".join(f"'{schedule.plan.name}'" for schedule in known) or "none yet"
        raise NotFound(f"there is no schedule '{name}'; there are: {names}")

    def check(self, plan: Plan) -> Plan:
        """Give a plan back with its texts as they are kept.

        Raises:
            InvalidInput: a part cannot be used, or it would never fire.
            UnknownCode: there is no such sector, region or briefing.
        """
        name = " ".join(plan.name.split())
        if not name:
            raise InvalidInput("schedule-name", "a schedule needs a name")
        check_length(name, NAME_LIMIT, "schedule-name-too-long", "the name")
        self._directory.check_sectors(plan.audience.sectors)
        self._directory.check_regions(plan.audience.regions)
        if not timedelta() <= plan.grace <= LONGEST_GRACE:
            raise InvalidInput("schedule-grace", "the grace is between 0 and 1,440 minutes")
        headline, body = "", ""
        marking = Marking.CLEAR if plan.push is Push.LEVEL else plan.audience.marking
        if plan.push is Push.BRIEFING and plan.briefing:
            marking = stricter(marking, self._briefings.briefing(plan.briefing).marking or marking)
        elif plan.push is Push.BRIEFING:
            written = Briefing.write(plan.headline, plan.body, plan.severity)
            headline, body = written.headline, written.body
        if plan.push is Push.REMINDER:
            headline, body = check_headline(plan.headline), check_body(read_html(plan.body))
        if marking.rule.is_named_only:
            raise InvalidInput("schedule-red", f"{marking.label} is for named persons, and a schedule names nobody")
        if plan.recurrence.after(self._clock.now(), until=plan.ends_at) is None:
            raise InvalidInput("schedule-past", "it would never fire: its time or its end has passed")
        return Plan(
            name,
            plan.push,
            plan.recurrence,
            replace(plan.audience, marking=marking),
            plan.briefing if plan.push is Push.BRIEFING else "",
            headline,
            body,
            plan.severity,
            plan.ends_at,
            plan.grace,
        )

    async def check_new(self, plan: Plan) -> Plan:
        """Do as `check`, and refuse a name that is taken too. Raises `InvalidInput` and `UnknownCode`."""
        plan = self.check(plan)
        async with self._store.reading() as connection:
            await _check_name(connection, plan.name)
        return plan

    async def add(self, plan: Plan, by: Person | None = None) -> Schedule:
        """Add a schedule; a running bot takes it up within a second, or once a second person has approved it.

        Raises:
            InvalidInput: a part cannot be used, or the name is taken.
            UnknownCode: there is no such sector, region or briefing.
            NotAllowed: the audience lies outside the officer's sectors.
        """
        plan = self.check(plan)
        now = self._clock.now()
        maker = by.user_id if by else None
        values = _columns(plan) | {"created_by": maker, "created_at": now}
        async with self._store.writing() as connection:
            if by is not None:
                check_scope(await reread(connection, by, Right.SCHEDULE), plan.audience)
            await _check_name(connection, plan.name)
            if await self._rule.binds(connection):
                values |= {"status": ScheduleStatus.PROPOSED.value}
            else:
                values |= {"status": ScheduleStatus.ACTIVE.value, **next_columns(plan, now)}
            row = (await connection.execute(insert(schedules).values(**values).returning(schedules))).one()
            added = Schedule.from_row(row)
            await note_made(connection, added.id, maker, now)
            if added.status is ScheduleStatus.PROPOSED:
                approvers = await reaching(connection, Right.APPROVE, plan.audience)
                told = [one for one in approvers if one != maker]
                details = {"schedule": added.id, "name": plan.name, "by": maker}
                await leave_notice(connection, told, NoticeKind.SCHEDULE_SUBMITTED, now, **details)
            await self._note(connection, Act.SCHEDULE_ADDED, by, added.id, after=_told(plan))
        return added

    async def approve(self, schedule_id: int, by: Person) -> Schedule:
        """Let a schedule start that somebody else has made; what it pushes needs no approval of its own.

        Raises:
            NotFound: there is none with this number.
            NotAllowed: its audience lies outside their sectors, or they may not approve.
            InvalidInput: they made it themselves.
            Stale: it does not wait for approval, or has no further time.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            schedule = await self._proposed(connection, schedule_id, by)
            values = {"status": ScheduleStatus.ACTIVE.value, **next_columns(schedule.plan, now)}
            if values["next_at"] is None:
                raise Stale(f"the schedule '{schedule.plan.name}' has no further time")
            await connection.execute(update(schedules).where(schedules.c.id == schedule_id).values(**values))
            await note_approved(connection, schedule_id, by.user_id, now)
            await self._answer(connection, schedule, by, NoticeKind.SCHEDULE_APPROVED)
            subject, actor = f"schedule {schedule_id}", in_chat(by.user_id)
            await self._trail.note(connection, Act.SCHEDULE_APPROVED, actor, now, subject=subject)
            return await find_schedule(connection, schedule_id)

    async def refuse(self, schedule_id: int, by: Person) -> Schedule:
        """Remove a schedule that waits for approval, and tell who made it. Raises what `approve` raises."""
        async with self._store.writing() as connection:
            schedule = await self._proposed(connection, schedule_id, by)
            await self._answer(connection, schedule, by, NoticeKind.SCHEDULE_RETURNED)
            await connection.execute(delete(schedules).where(schedules.c.id == schedule_id))
            subject, actor = f"schedule {schedule_id}", in_chat(by.user_id)
            await self._trail.note(connection, Act.SCHEDULE_RETURNED, actor, self._clock.now(), subject=subject)
        return schedule

    async def pause(self, schedule_id: int, by: Person | None = None) -> Schedule:
        """Halt a schedule. Raises `NotFound`, `NotAllowed`, and `Stale` for one that has ended or is paused."""
        return await self._move(schedule_id, ScheduleStatus.PAUSED, by, reason="by hand")

    async def resume(self, schedule_id: int, by: Person | None = None) -> Schedule:
        """Let a schedule fire again from its next time on; what passed meanwhile is not made up for.

        Who resumes a schedule answers for it from now on.

        Raises:
            NotFound: there is none with this number.
            NotAllowed: its audience lies outside the officer's sectors.
            Stale: it is not paused, or has no further time.
        """
        return await self._move(schedule_id, ScheduleStatus.ACTIVE, by, reason=None)

    async def _proposed(self, connection: AsyncConnection, schedule_id: int, by: Person) -> Schedule:
        """Give a schedule that waits for this person's approval."""
        by = await reread(connection, by, Right.APPROVE)
        schedule = await find_schedule(connection, schedule_id)
        check_scope(by, schedule.plan.audience)
        if schedule.status is not ScheduleStatus.PROPOSED:
            raise Stale(f"the schedule '{schedule.plan.name}' is {schedule.status} already")
        if by.user_id in {schedule.created_by, await maker_of(connection, schedule_id)}:
            raise InvalidInput("own-schedule", "who made a schedule may not approve it")
        return schedule

    async def _answer(self, connection: AsyncConnection, schedule: Schedule, by: Person, kind: NoticeKind) -> None:
        """Tell who made a schedule, or the owners for the command line's, what the second person said."""
        told = [schedule.created_by] if schedule.created_by else await owners_of(connection)
        details = {"name": schedule.plan.name, "by": by.user_id, "who": by.name}
        others = [one for one in told if one != by.user_id]
        await leave_notice(connection, others, kind, self._clock.now(), **details)

    async def remove(self, schedule_id: int, by: Person | None = None) -> Schedule:
        """Remove a schedule; the alerts that it sent stay on record. Raises `NotFound` and `NotAllowed`."""
        async with self._store.writing() as connection:
            schedule = await find_schedule(connection, schedule_id)
            if by is not None:
                check_scope(await reread(connection, by, Right.SCHEDULE), schedule.plan.audience)
            await connection.execute(delete(schedules).where(schedules.c.id == schedule_id))
            await self._note(connection, Act.SCHEDULE_REMOVED, by, schedule_id, before=_told(schedule.plan))
        return schedule

    async def _move(
        self, schedule_id: int, status: ScheduleStatus, by: Person | None, *, reason: str | None
    ) -> Schedule:
        now = self._clock.now()
        async with self._store.writing() as connection:
            schedule = await find_schedule(connection, schedule_id)
            if by is not None:
                check_scope(await reread(connection, by, Right.SCHEDULE), schedule.plan.audience)
            is_proposed = schedule.status is ScheduleStatus.PROPOSED  # which starts by `approve` alone
            if is_proposed or status not in MOVES[schedule.status]:
                raise Stale(f"the schedule '{schedule.plan.name}' is {schedule.status} already")
            values: dict[str, Any] = {"status": status.value, "reason": reason, "next_key": None, "next_at": None}
            if status is ScheduleStatus.ACTIVE:
                values |= next_columns(schedule.plan, now) | {"created_by": by.user_id if by else None}
                if values["next_at"] is None:
                    raise Stale(f"the schedule '{schedule.plan.name}' has no further time")
            await connection.execute(update(schedules).where(schedules.c.id == schedule_id).values(**values))
            act = Act.SCHEDULE_PAUSED if status is ScheduleStatus.PAUSED else Act.SCHEDULE_RESUMED
            await self._note(connection, act, by, schedule_id, {"status": schedule.status}, {"status": status})
            return await find_schedule(connection, schedule_id)

    async def _note(
        self,
        connection: AsyncConnection,
        act: Act,
        by: Person | None,
        schedule_id: int,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        doer = person_or_administrator(by.user_id if by else None)
        subject, now = f"schedule {schedule_id}", self._clock.now()
        await self._trail.note(connection, act, doer, now, subject=subject, before=before, after=after)


async def find_schedule(connection: AsyncConnection, schedule_id: int) -> Schedule:
    """Give a schedule. Raises `NotFound`."""
    row = (await connection.execute(select(schedules).where(schedules.c.id == schedule_id))).one_or_none()
    if row is None:
        raise NotFound(f"there is no schedule {schedule_id}")
    return Schedule.listed(row)


async def _check_name(connection: AsyncConnection, name: str) -> None:
    """Refuse a name that is taken; here, because SQLite knows the cases of ASCII letters alone."""
    names = (await connection.execute(select(schedules.c.name))).scalars()
    if name.casefold() in {known.casefold() for known in names}:
        raise InvalidInput("schedule-name-taken", f"there is a schedule '{name}' already")


def next_columns(plan: Plan, after: datetime) -> dict[str, Any]:
    """Give the columns of the next firing after a moment."""
    firing = plan.recurrence.after(after, until=plan.ends_at)
    return {"next_key": firing.key if firing else None, "next_at": firing.at if firing else None}


def _told(plan: Plan) -> dict[str, Any]:
    """Give what the record keeps of a plan: its text stands there by its digest."""
    columns = _columns(plan)
    kept = ("name", "push", "briefing", "rule", "timezone", "sectors", "regions", "severity")
    return {name: columns[name] for name in kept} | {"text_sha256": digest_of_texts(plan.headline, plan.body)}


def _columns(plan: Plan) -> dict[str, Any]:
    restraint = plan.recurrence.restraint
    return {
        "name": plan.name,
        "push": plan.push.value,
        "briefing": plan.briefing,
        "headline": plan.headline,
        "body": plan.body,
        "severity": plan.severity.value,
        "rule": plan.recurrence.rule,
        "timezone": plan.recurrence.zone.key,
        "sectors": sorted(set(plan.audience.sectors)),
        "regions": sorted(set(plan.audience.regions)),
        "holidays": restraint.holidays.code if restraint.holidays else None,
        "office_hours": str(restraint.office) if restraint.office else None,
        "grace_minutes": int(plan.grace.total_seconds() // 60),
        "ends_at": plan.ends_at,
        "marking": plan.audience.marking.value,
    }
