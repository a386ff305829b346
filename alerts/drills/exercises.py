"""Exercises: they are announced, played, ended and stopped here, by ways that no live alert has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import THE_BOT, Act, Actor, in_chat
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.drills.drill import IS_OPEN, Drill, DrillPart, DrillPlan, DrillStatus, DrillText
from alerts.drills.messages import find_drill, move_drill, send_part, take_back_unsent
from alerts.drills.participants import count_chosen, enlist
from alerts.drills.report import DrillReport, Silent, read_report_of, read_silent
from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, AlertStatus, Severity
from alerts.publishing.checks import check_headline
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.record import IS_LIVE
from alerts.publishing.succession import IS_NO_END
from alerts.store import Store
from alerts.store.authority import drill_acknowledgements, drill_messages, drills
from alerts.store.outside import alert_successions
from alerts.store.tables import alerts, deliveries
from alerts.subscribers.sectors import Directory
from alerts.text import check_length

TITLE_LIMIT = 60
"""UTF-16 units of an exercise's name: it stands on a button, and at the head of every message."""

LONGEST = timedelta(days=3)
FURTHEST = timedelta(days=60)


class DrillWords(Protocol):
    """Words what an exercise tells of itself; the words are the catalogue's."""

    def announcement(self, plan: DrillPlan) -> DrillText:
        """Tell when it begins and ends."""

    def end(self, drill: Drill) -> DrillText:
        """Tell that it is over."""

    def stopped(self, drill: Drill, reason: str) -> DrillText:
        """Tell that a person has stopped it."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What a press of 'I have read this' gave: when it was, and whether it was the first."""

    at: datetime
    is_first: bool


class Exercises:
    """The use cases of an exercise.

    Args:
        store: the database.
        clock: the source of time.
        trail: the record.
        directory: the sectors there are.
        words: what an exercise tells of itself.
        on_queued: called after rows were written.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        trail: Trail,
        directory: Directory,
        words: DrillWords,
        on_queued: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._codes = CheckCodes(trail.key)
        self._directory = directory
        self._words = words
        self._on_queued = on_queued

    async def find(self, drill_id: int) -> Drill:
        """Give an exercise. Raises `NotFound`."""
        async with self._store.reading() as connection:
            return await find_drill(connection, drill_id)

    async def newest(self) -> list[Drill]:
        """List the exercises, newest first."""
        async with self._store.reading() as connection:
            rows = (await connection.execute(select(drills).order_by(drills.c.id.desc()))).all()
        return [Drill.from_row(row) for row in rows]

    async def count(self, plan: DrillPlan) -> int:
        """Count who would be in an exercise now."""
        async with self._store.reading() as connection:
            return await count_chosen(connection, plan.chosen)

    def check(self, plan: DrillPlan, by: Person) -> DrillPlan:
        """Give a plan back that can be announced now.

        Raises:
            InvalidInput: its name or its times cannot be used.
            NotAllowed: it reaches beyond the officer's sectors.
            UnknownCode: a sector is not in the directory.
        """
        now = self._clock.now()
        check_length(check_headline(plan.title), TITLE_LIMIT, "drill-title-too-long", "the name")
        self._directory.check_sectors(plan.chosen.sectors)
        if by.sectors and set(plan.chosen.sectors) - set(by.sectors):
            raise NotAllowed(f"you may reach contacts of these sectors only: {', '.join(by.sectors)}")
        if plan.ends_at <= max(plan.begins_at, now):
            raise InvalidInput("drill-end", "an exercise ends after it begins, and after now")
        if plan.begins_at - now > FURTHEST or plan.ends_at - plan.begins_at > LONGEST:
            raise InvalidInput(
                "drill-far",
                f"an exercise begins within {FURTHEST.days} days and takes {LONGEST.days} days at most",
                ahead=FURTHEST.days,
                longest=LONGEST.days,
            )
        return plan

    async def announce(self, plan: DrillPlan, by: Person) -> tuple[Drill, int]:
        """Plan an exercise, and tell its participants when it begins and ends; give it with their number.

        Raises:
            InvalidInput: the plan cannot be used, nobody would be in it, or a critical alert is in force then.
            NotAllowed: it reaches beyond the officer's sectors.
            UnknownCode: a sector is not in the directory.
        """
        plan, now = self.check(plan, by), self._clock.now()
        status = DrillStatus.RUNNING if plan.begins_at <= now else DrillStatus.ANNOUNCED
        values = {
            "title": check_headline(plan.title),
            "status": status.value,
            "begins_at": max(plan.begins_at, now),
            "ends_at": plan.ends_at,
            "chosen": plan.chosen.document(),
            "author": by.user_id,
            "created_at": now,
        }
        async with self._store.writing() as connection:
            await _refuse_beside_what_is_real(connection, plan)
            row = (await connection.execute(insert(drills).values(**values).returning(drills))).one()
            drill = Drill.from_row(row)
            number = await enlist(connection, drill.id, plan.chosen)
            if not number:
                raise InvalidInput("drill-nobody", "nobody would be in this exercise who can be written to")
            await send_part(connection, self._codes, drill, DrillPart.ANNOUNCEMENT, self._words.announcement(plan), now)
            told = [owner for owner in await owners_of(connection) if owner != by.user_id]
            about = {"title": drill.title, "begins_at": drill.begins_at, "ends_at": drill.ends_at, "number": number}
            await leave_notice(connection, told, NoticeKind.DRILL_ANNOUNCED, now, **about, by=by.name)
            after = {"status": status.value, "participants": number, **plan.chosen.document()}
            after |= {"people": len(plan.chosen.people)}
            await self._note(connection, Act.DRILL_ANNOUNCED, in_chat(by.user_id), drill, after)
        self._on_queued()
        return drill, number

    async def send(self, drill_id: int, text: DrillText, by: Person) -> tuple[Alert, int]:
        """Send a message of an exercise to its participants, and give it with their number.

        Raises:
            Stale: the exercise does not run.
            InvalidInput: the text cannot be used.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            drill = await find_drill(connection, drill_id)
            if drill.status is not DrillStatus.RUNNING or drill.ends_at <= now:
                raise Stale(f"exercise {drill_id} is {drill.status}, so nothing can be sent in it")
            alert, number = await send_part(connection, self._codes, drill, DrillPart.MESSAGE, text, now)
            after = {"reference": alert.reference, "recipients": number}
            await self._note(connection, Act.DRILL_MESSAGE_SENT, in_chat(by.user_id), drill, after)
        self._on_queued()
        return alert, number

    async def end(self, drill_id: int, by: Person) -> Drill:
        """End an exercise before its time, and tell its participants.

        Raises:
            Stale: it does not run.
        """
        async with self._store.writing() as connection:
            await self._end(connection, await find_drill(connection, drill_id), in_chat(by.user_id))
        self._on_queued()
        return await self.find(drill_id)

    async def stop(self, drill_id: int, by: Person, reason: str = "") -> Drill:
        """Stop an exercise at once: what is unsent of it stays unsent, and its participants are told.

        Raises:
            Stale: it is over already.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            drill = await find_drill(connection, drill_id)
            ended = {"ended_at": now, "ended_by": by.user_id, "reason": reason or None}
            await move_drill(connection, drill, DrillStatus.STOPPED, **ended)
            await take_back_unsent(connection, drill_id, now)
            await send_part(connection, self._codes, drill, DrillPart.STOPPED, self._words.stopped(drill, reason), now)
            await self._note(connection, Act.DRILL_STOPPED, in_chat(by.user_id), drill, {"status": "stopped"})
        self._on_queued()
        return await self.find(drill_id)

    async def look(self) -> None:
        """Begin the exercises whose time has come, and end those whose time is over."""
        now = self._clock.now()
        is_due = drills.c.status.in_([status.value for status in IS_OPEN]) & (drills.c.begins_at <= now)
        async with self._store.reading() as connection:
            due = [Drill.from_row(row) for row in (await connection.execute(select(drills).where(is_due))).all()]
        for found in due:
            if found.status is DrillStatus.ANNOUNCED or found.ends_at <= now:
                await self._turn(found.id, now)

    async def _turn(self, drill_id: int, now: datetime) -> None:
        """Begin or end one, as it stands by now."""
        async with self._store.writing() as connection:
            drill = await find_drill(connection, drill_id)
            if drill.status is DrillStatus.ANNOUNCED:
                await move_drill(connection, drill, DrillStatus.RUNNING)
                await self._note(connection, Act.DRILL_BEGUN, THE_BOT, drill, {"status": DrillStatus.RUNNING.value})
                drill = await find_drill(connection, drill_id)
            if drill.status is DrillStatus.RUNNING and drill.ends_at <= now:
                await self._end(connection, drill, THE_BOT)
        self._on_queued()

    async def acknowledge(self, alert_id: int, chat_id: int) -> Acknowledged:
        """Note that a participant has read a message of an exercise.

        Raises:
            NotFound: there is no such message for this chat.
        """
        now = self._clock.now()
        theirs = (
            select(deliveries.c.id)
            .join(drill_messages, drill_messages.c.alert_id == deliveries.c.alert_id)
            .where(deliveries.c.alert_id == alert_id, deliveries.c.chat_id == chat_id)
        )
        kept = select(drill_acknowledgements.c.at).where(
            drill_acknowledgements.c.alert_id == alert_id, drill_acknowledgements.c.chat_id == chat_id
        )
        async with self._store.writing() as connection:
            if (await connection.execute(theirs)).first() is None:
                raise NotFound("there is no such message for this chat")
            before = (await connection.execute(kept)).scalar_one_or_none()
            if before is not None:
                return Acknowledged(before, is_first=False)
            values = {"alert_id": alert_id, "chat_id": chat_id, "at": now}
            await connection.execute(insert(drill_acknowledgements).values(**values))
        return Acknowledged(now, is_first=True)

    async def report(self, drill_id: int) -> DrillReport:
        """Give what became of every message of an exercise, and who has read it. Raises `NotFound`."""
        async with self._store.reading() as connection:
            return await read_report_of(connection, await find_drill(connection, drill_id))

    async def silent(self, drill_id: int, page: int, size: int, by: Person) -> Silent:
        """Give a page of the participants who have not said of every message that they have read it.

        It names people, so it is noted in the record that somebody has looked.
        """
        async with self._store.writing() as connection:
            found = await read_silent(connection, await find_drill(connection, drill_id), page, size)
            now, seen = self._clock.now(), {"number": len(found.listed)}
            subject = f"drill {drill_id}"
            await self._trail.note(connection, Act.CONTACTS_SEEN, in_chat(by.user_id), now, subject=subject, after=seen)
        return found

    async def _end(self, connection: AsyncConnection, drill: Drill, by: Actor) -> None:
        now = self._clock.now()
        await move_drill(connection, drill, DrillStatus.ENDED, ended_at=now, ended_by=by.user_id)
        await send_part(connection, self._codes, drill, DrillPart.END, self._words.end(drill), now)
        if by.user_id != drill.author:
            await leave_notice(connection, [drill.author], NoticeKind.DRILL_OVER, now, title=drill.title)
        await self._note(connection, Act.DRILL_ENDED, by, drill, {"status": DrillStatus.ENDED.value})

    async def _note(
        self, connection: AsyncConnection, act: Act, by: Actor, drill: Drill, after: Mapping[str, object]
    ) -> None:
        before = {} if act is Act.DRILL_ANNOUNCED else {"status": drill.status.value}
        subject = f"drill {drill.id}"
        await self._trail.note(connection, act, by, self._clock.now(), subject=subject, before=before, after=after)


async def _refuse_beside_what_is_real(connection: AsyncConnection, plan: DrillPlan) -> None:
    """Refuse an exercise that would begin while a critical alert is in force."""
    in_force = [AlertStatus.SENDING.value, AlertStatus.SENT.value]
    statement = select(alerts.c.reference, alerts.c.expires_at).where(
        IS_LIVE,
        alerts.c.severity == Severity.CRITICAL.value,
        alerts.c.status.in_(in_force),
        alerts.c.expires_at > plan.begins_at,
        IS_NO_END,
        ~exists().where(alert_successions.c.alert_id == alerts.c.id),
    )
    row = (await connection.execute(statement.order_by(alerts.c.expires_at.desc()).limit(1))).first()
    if row is not None:
        raise InvalidInput(
            "drill-real",
            f"the critical alert {row.reference} is in force until {row.expires_at}: no exercise begins beside it",
            reference=row.reference,
            until=row.expires_at,
        )
