"""The hold: all broadcasts stand still until an owner lets them go on. It is one fact, and every claim reads it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, person_or_administrator
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.errors import InvalidInput, NotFound, Stale
from alerts.people.notices import NoticeKind, holders_of, leave_notice, owners_of
from alerts.people.rights import Right
from alerts.publishing.alert import AlertStatus, Severity
from alerts.publishing.record import IS_LIVE
from alerts.store import Store
from alerts.store.tables import IS_OPEN, alerts, deliveries, meta, people
from alerts.text import cut_to

HOLD = "hold"
"""The key of the fact in `meta`; it is there as long as a hold is in force."""

WHY_LIMIT = 200
"""UTF-16 units of a reason; a longer one is cut, since nothing may refuse a hold."""

REMIND = timedelta(minutes=30)
"""How often the owners are reminded of a hold while recipients wait."""

UNDO = timedelta(seconds=60)
"""How long who has placed a hold can take it back: the command is typed by mistake, and an owner may be asleep."""

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that is in force.

    Attributes:
        by: Telegram user id of who placed it, None for the command line.
        since: when it was placed.
        why: their reason in plain text, empty when none was given.
        name: their name at that time, empty when none is known.
        told_at: when the owners last heard of it.
    """

    by: int | None
    since: datetime
    why: str
    name: str
    told_at: datetime

    @property
    def stamp(self) -> int:
        """The microseconds from 1970 to its beginning: what a button carries, so that it releases no later hold."""
        return (self.since - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class HeldAlert:
    """An alert that is not out yet.

    Attributes:
        rows: how many recipients still wait for it.
    """

    reference: str
    headline: str
    severity: Severity
    expires_at: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits to be sent, most urgent alert first."""

    alerts: tuple[HeldAlert, ...]

    @property
    def rows(self) -> int:
        """How many recipients wait, over all alerts; who waits for two counts twice."""
        return sum(alert.rows for alert in self.alerts)


class Holds:
    """Stops every broadcast and lets it go on."""

    def __init__(self, store: Store, clock: Clock, trail: Trail) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail

    async def place(self, by: int | None, reason: str = "", *, name: str = "") -> tuple[Hold, bool]:
        """Stop every broadcast; everybody else who may do so is left a notice.

        Args:
            by: Telegram user id of who does it, None for the command line.
            reason: why, in plain text.
            name: what they call themselves, for a roster that has no name for them.

        Returns:
            The hold that is in force, and whether it is new: one that stands already stays as it is.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            standing = await held(connection)
            if standing is not None:
                return standing, False
            hold = Hold(by, now, _in_a_line(reason), await _name_of(connection, by) or name, now)
            await connection.execute(insert(meta).values(key=HOLD, value=_written(hold)))
            details = {"by": by, "name": hold.name, "why": hold.why, "since_at": now}
            await leave_notice(connection, await _others(connection, by), NoticeKind.HOLD_PLACED, now, **details)
            doer = person_or_administrator(by)
            await self._trail.note(connection, Act.HOLD_PLACED, doer, now, subject=HOLD, after={"why": hold.why})
        return hold, True

    async def release(self, by: int | None, stamp: int | None = None, *, name: str = "") -> Hold:
        """Let everything go on where it stopped; everybody else who may hold is left a notice.

        Args:
            by: Telegram user id of who does it, None for the command line.
            stamp: which hold is meant; None for whichever is in force.
            name: what they call themselves, for a roster that has no name for them.

        Returns:
            The hold that has ended.

        Raises:
            NotFound: nothing is on hold.
            Stale: another hold is in force than the one that is meant.
        """
        async with self._store.writing() as connection:
            hold = await _the_one(connection, stamp)
            await self._end(connection, hold, by, name)
        return hold

    async def undo(self, by: int, stamp: int, *, name: str = "") -> Hold:
        """Take back a hold that one has just placed oneself; it is told and recorded as a release is.

        Args:
            by: Telegram user id of who does it.
            stamp: which hold is meant.
            name: what they call themselves, for a roster that has no name for them.

        Returns:
            The hold that has ended.

        Raises:
            NotFound: nothing is on hold.
            Stale: another hold is in force than the one that is meant.
            InvalidInput: another person has placed it, or it has stood for longer than `UNDO`.
        """
        async with self._store.writing() as connection:
            hold = await _the_one(connection, stamp)
            if hold.by != by:
                raise InvalidInput("hold-of-another", "only who has placed a hold takes it back")
            if not self.may_undo(hold, by):
                seconds = int(UNDO.total_seconds())
                raise InvalidInput("hold-undo-late", f"a hold is taken back within {seconds} s", seconds=seconds)
            await self._end(connection, hold, by, name)
        return hold

    def may_undo(self, hold: Hold, by: int) -> bool:
        """Tell whether somebody may take a hold back now."""
        return hold.by == by and self._clock.now() - hold.since <= UNDO

    async def _end(self, connection: AsyncConnection, hold: Hold, by: int | None, name: str) -> None:
        now = self._clock.now()
        await connection.execute(delete(meta).where(meta.c.key == HOLD))
        details = {"by": by, "name": await _name_of(connection, by) or name, "since_at": hold.since}
        await leave_notice(connection, await _others(connection, by), NoticeKind.HOLD_RELEASED, now, **details)
        before = {"since": hold.since.isoformat()}
        doer = person_or_administrator(by)
        await self._trail.note(connection, Act.HOLD_RELEASED, doer, now, subject=HOLD, before=before)

    async def current(self) -> Hold | None:
        """Give the hold that is in force, None when there is none."""
        async with self._store.reading() as connection:
            return await held(connection)

    async def waiting(self) -> Waiting:
        """Count the recipients who wait for an alert; a million rows take a tenth of a second on SQLite."""
        async with self._store.reading() as connection:
            return await held_rows(connection)

    async def remind(self) -> None:
        """While recipients wait, leave the owners a notice of a hold of which they have not heard for long."""
        now = self._clock.now()
        hold = await self.current()
        if hold is None or now - hold.told_at < REMIND:
            return
        waiting = await self.waiting()
        if not waiting.rows:
            return
        async with self._store.writing() as connection:
            if await held(connection) != hold:
                return
            told = _written(replace(hold, told_at=now))
            await connection.execute(update(meta).where(meta.c.key == HOLD).values(value=told))
            details = {"by": hold.by, "name": hold.name, "since_at": hold.since}
            counts = {"alerts": len(waiting.alerts), "rows": waiting.rows}
            owners = await owners_of(connection)
            await leave_notice(connection, owners, NoticeKind.HOLD_STANDS, now, **details, **counts)


async def held(connection: AsyncConnection) -> Hold | None:
    """Give the hold that is in force in this transaction, None when there is none."""
    value = (await connection.execute(select(meta.c.value).where(meta.c.key == HOLD))).scalar_one_or_none()
    return _read(json.loads(value)) if value else None


async def _the_one(connection: AsyncConnection, stamp: int | None) -> Hold:
    hold = await held(connection)
    if hold is None:
        raise NotFound("nothing is on hold")
    if stamp not in {None, hold.stamp}:
        raise Stale("another hold is in force than the one that was shown")
    return hold


async def held_rows(connection: AsyncConnection) -> Waiting:
    """Count the open rows of every alert that is being sent, the most urgent and then the oldest alert first.

    What is with Telegram at this moment counts as waiting.
    """
    rows_open = (
        select(func.count()).select_from(deliveries).where(IS_OPEN, deliveries.c.alert_id == alerts.c.id)
    ).scalar_subquery()
    statement = (
        select(alerts.c.reference, alerts.c.headline, alerts.c.severity, alerts.c.expires_at, rows_open.label("rows"))
        .where(IS_LIVE, alerts.c.status == AlertStatus.SENDING)
        .order_by(alerts.c.id)
    )
    found = [
        HeldAlert(row.reference, row.headline, Severity(row.severity), row.expires_at, row.rows)
        for row in (await connection.execute(statement)).all()
        if row.rows
    ]
    return Waiting(tuple(sorted(found, key=lambda alert: alert.severity.lane)))


def _in_a_line(reason: str) -> str:
    """Make a reason fit to be shown; one typed at a terminal may hold bytes that are no character."""
    shown = "".join(character for character in reason if character.isprintable() or character.isspace())
    return cut_to(shown, WHY_LIMIT)


async def _others(connection: AsyncConnection, by: int | None) -> Iterable[int]:
    """Name everybody who may hold, besides the one who did it and needs not be told."""
    return [user_id for user_id in await holders_of(connection, Right.HOLD) if user_id != by]


async def _name_of(connection: AsyncConnection, user_id: int | None) -> str:
    found = await connection.execute(select(people.c.name).where(people.c.user_id == user_id))
    return found.scalar_one_or_none() or ""


def _written(hold: Hold) -> str:
    moments = {"since": hold.since.isoformat(), "told_at": hold.told_at.isoformat()}
    return json.dumps({"by": hold.by, "why": hold.why, "name": hold.name} | moments)


def _read(kept: dict[str, Any]) -> Hold:
    since, told_at = datetime.fromisoformat(kept["since"]), datetime.fromisoformat(kept["told_at"])
    return Hold(kept["by"], since, kept["why"], kept["name"], told_at)
