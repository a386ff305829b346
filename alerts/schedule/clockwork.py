"""What makes schedules fire: once a second it looks at what is due, and writes each alert in one transaction.

What is due stands in the table, so that nothing is lost or doubled whatever stops, starts or runs twice
(docs/decisions/0015).
"""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, Actor, Door
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.errors import CascadeError, NotAllowed, StoreError
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.people.rights import Right, may
from alerts.people.roster import Roster
from alerts.publishing.alert import Alert
from alerts.publishing.desk import Desk
from alerts.publishing.scope import check_scope
from alerts.schedule.aftermath import ORIGIN, tell_of_losses
from alerts.schedule.consent import word_of
from alerts.schedule.contents import Contents, Draft
from alerts.schedule.due import PUNCTUAL, Due, due_at
from alerts.schedule.recurrence import Firing
from alerts.schedule.schedule import FiringOutcome, Plan, Schedule, ScheduleStatus
from alerts.schedule.timetable import next_columns
from alerts.store import Store
from alerts.store.tables import schedule_firings, schedules

log = structlog.get_logger(__name__)


class Clockwork:
    """Fires what is due.

    Args:
        store: the database.
        clock: the source of time.
        trail: the record.
        desk: through which every alert goes out.
        contents: makes what a plan sends.
        roster: whether a schedule's author may still send.
    """

    def __init__(
        self, *, store: Store, clock: Clock, trail: Trail, desk: Desk, contents: Contents, roster: Roster
    ) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._desk = desk
        self._contents = contents
        self._roster = roster

    async def fire_due(self) -> int:
        """Fire every schedule whose time has come, and give the number of alerts that were written."""
        now = self._clock.now()
        due = select(schedules).where(schedules.c.status == ScheduleStatus.ACTIVE.value, schedules.c.next_at <= now)
        async with self._store.reading() as connection:
            rows = (await connection.execute(due.order_by(schedules.c.next_at, schedules.c.id))).all()
        written = 0
        for row in rows:
            try:
                written += await self._fire(Schedule.from_row(row), now)
            except CascadeError as error:  # one that cannot be read must not hold up the others
                log.error("schedule_not_fired", schedule=row.id, error=str(error))  # noqa: TRY400 - the sentence says it all
        return written

    async def tell_of_losses(self) -> None:
        """Leave the owners a notice of each alert of the command line's schedules that is over and not whole."""
        await tell_of_losses(self._store, self._clock.now())

    async def preview(self, plan: Plan, schedule_id: int | None = None) -> Draft:
        """Give what a plan would send now; of a stored one, with what is new since its last firing.

        Raises:
            UnknownCode: its briefing is not in the file any more.
            InvalidInput: its text cannot be filled so that it fits an alert.
        """
        return await self._contents.draft(plan, self._clock.now(), schedule_id)

    async def _fire(self, schedule: Schedule, now: datetime) -> int:
        """Fire one schedule; if its alert cannot be written, say so to the owners and go on to its next time."""
        due = due_at(schedule, now)
        try:
            await self._check_author(schedule)
        except NotAllowed as refusal:
            await self._pause(schedule, due, str(refusal), now)
            return 0
        try:
            draft = await self._contents.draft(schedule.plan, now, schedule.id) if due.fire else None
            return int(await self._write(schedule, due, draft, now))
        except StoreError:
            raise
        except CascadeError as error:
            log.error("schedule_failed", schedule=schedule.id, error=str(error))  # noqa: TRY400 - the sentence says it all
            await self._write(schedule, due, None, now, failure=str(error))
            return 0

    async def _write(self, schedule: Schedule, due: Due, draft: Draft | None, now: datetime, failure: str = "") -> bool:
        """In one transaction: move on to the next time, write the alert, note the firing, tell of what was missed."""
        alert: Alert | None = None
        async with self._store.writing() as connection:
            if not await _advance(connection, schedule, now):
                return False  # another process fired it, or it was changed meanwhile
            if await _has_fired(connection, schedule, due.fire or due.last_missed):
                return False  # the machine's clock was set back: this wall time has been dealt with
            if draft is not None and not draft.is_silent:
                alert, _ = await self._desk.issue_within(
                    connection,
                    draft.content,
                    origin=ORIGIN,
                    author=schedule.created_by,
                    standing=await word_of(connection, schedule.id),
                    by=Actor(schedule.created_by, Door.SCHEDULE, schedule.plan.name),
                )
            await _note_missed(connection, schedule, due, now)
            if due.fire is not None and draft is not None:
                await _note_heard(connection, schedule, due.fire, draft, alert, now)
            elif due.fire is not None:
                await _note_failed(connection, schedule, due.fire, now, failure)
        if alert is not None:
            self._desk.nudge()
        return alert is not None

    async def _check_author(self, schedule: Schedule) -> None:
        """Refuse to speak for an officer who may not send any more, or not to these sectors."""
        if schedule.created_by is None:
            return
        author = await self._roster.find(schedule.created_by)
        if author is None or not may(author.role, Right.SEND_ALERTS):
            raise NotAllowed("who set it up may not send alerts any more")
        try:
            check_scope(author, schedule.plan.audience)
        except NotAllowed:
            raise NotAllowed("who set it up may not send to all of these sectors any more") from None

    async def _pause(self, schedule: Schedule, due: Due, reason: str, now: datetime) -> None:
        """In one transaction: halt it, note the firing that sent nothing, and tell the owners of that time."""
        halted = {"status": ScheduleStatus.PAUSED.value, "reason": reason, "next_key": None, "next_at": None}
        async with self._store.writing() as connection:
            if not await _move(connection, schedule, halted):
                return  # another process has dealt with it, or it was changed meanwhile
            if not await _has_fired(connection, schedule, due.fire or due.last_missed):
                await _note_missed(connection, schedule, due, now)
                if due.fire is not None:
                    await _note(connection, schedule, due.fire, FiringOutcome.FAILED, now, reason=reason)
            latest = due.fire or due.last_missed
            await leave_notice(
                connection,
                await owners_of(connection),
                NoticeKind.SCHEDULE_PAUSED,
                now,
                name=schedule.plan.name,
                due_at=latest.at if latest else now,
                reason=reason,
            )
            await self._trail.note(
                connection,
                Act.SCHEDULE_PAUSED,
                Actor(None, Door.SCHEDULE, schedule.plan.name),
                now,
                subject=f"schedule {schedule.id}",
                before={"status": schedule.status},
                after={"status": ScheduleStatus.PAUSED, "reason": reason},
            )


async def _advance(connection: AsyncConnection, schedule: Schedule, now: datetime) -> bool:
    """Move a schedule on from the firing that is due, and tell whether it still stood there."""
    values = next_columns(schedule.plan, now)
    if values["next_at"] is None:
        values |= {"status": ScheduleStatus.ENDED.value, "reason": "it has no further time"}
    return await _move(connection, schedule, values)


async def _move(connection: AsyncConnection, schedule: Schedule, values: dict[str, Any]) -> bool:
    """Change a schedule if it is active and still stands at the firing that is due, and tell whether it did."""
    moved = await connection.execute(
        update(schedules)
        .where(
            schedules.c.id == schedule.id,
            schedules.c.status == ScheduleStatus.ACTIVE.value,
            schedules.c.next_key == (schedule.next.key if schedule.next else None),
        )
        .values(**values)
    )
    return bool(moved.rowcount)


async def _has_fired(connection: AsyncConnection, schedule: Schedule, firing: Firing | None) -> bool:
    """Tell whether this wall time of a schedule stands in the record already."""
    if firing is None:
        return False
    mine = (schedule_firings.c.schedule_id == schedule.id) & (schedule_firings.c.key == firing.key)
    return (await connection.execute(select(schedule_firings.c.id).where(mine))).first() is not None


async def _note_heard(
    connection: AsyncConnection, schedule: Schedule, firing: Firing, draft: Draft, alert: Alert | None, now: datetime
) -> None:
    """Note a firing that went out, or one whose briefing had nothing to tell, and what it had seen."""
    outcome = FiringOutcome.SENT if now - firing.at <= PUNCTUAL else FiringOutcome.LATE
    if alert is None:
        outcome = FiringOutcome.EMPTY
    seen = draft.seen.document() if draft.seen else None
    await _note(connection, schedule, firing, outcome, now, alert_id=alert.id if alert else None, seen=seen)


async def _note_failed(
    connection: AsyncConnection, schedule: Schedule, firing: Firing, now: datetime, failure: str
) -> None:
    """Note a firing whose alert could not be written, and tell the owners."""
    await _note(connection, schedule, firing, FiringOutcome.FAILED, now, reason=failure)
    await leave_notice(
        connection,
        await owners_of(connection),
        NoticeKind.SCHEDULE_FAILED,
        now,
        name=schedule.plan.name,
        due_at=firing.at,
        reason=failure,
    )


async def _note_missed(connection: AsyncConnection, schedule: Schedule, due: Due, now: datetime) -> None:
    """Note the last of the firings that were missed, and tell the owners of them all."""
    if due.first_missed is None or due.last_missed is None:
        return
    reason = f"more than {due.missed} missed" if due.is_more else f"{due.missed} missed"
    await _note(connection, schedule, due.last_missed, FiringOutcome.MISSED, now, reason=reason)
    await leave_notice(
        connection,
        await owners_of(connection),
        NoticeKind.SCHEDULE_MISSED_MANY if due.is_more else NoticeKind.SCHEDULE_MISSED,
        now,
        name=schedule.plan.name,
        number=due.missed,
        first_at=due.first_missed.at,
        last_at=due.last_missed.at,
    )


async def _note(
    connection: AsyncConnection,
    schedule: Schedule,
    firing: Firing,
    outcome: FiringOutcome,
    now: datetime,
    *,
    reason: str | None = None,
    alert_id: int | None = None,
    seen: dict[str, Any] | None = None,
) -> None:
    await connection.execute(
        insert(schedule_firings).values(
            schedule_id=schedule.id,
            key=firing.key,
            due_at=firing.at,
            fired_at=now,
            outcome=outcome.value,
            reason=reason,
            alert_id=alert_id,
            seen=seen,
        )
    )
