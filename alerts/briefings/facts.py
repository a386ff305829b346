"""What a briefing can tell, gathered at the moment of sending: levels, changes, alerts and schedules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.levels.register import CurrentLevel, Register
from alerts.levels.scheme import Scheme
from alerts.publishing.alert import Alert, AlertKind, AlertStatus, Audience, Severity
from alerts.publishing.alert import Change as AlertChange
from alerts.publishing.record import IS_LIVE
from alerts.publishing.succession import IS_NO_END, Copied, copied
from alerts.schedule.aftermath import ORIGIN
from alerts.schedule.schedule import Schedule, ScheduleStatus
from alerts.store import Store
from alerts.store.outside import alert_successions
from alerts.store.tables import alerts, level_readings, schedules

READ_AT_MOST = 1000
"""Alerts of one list that are looked through, newest first."""

OVERLAP = timedelta(minutes=5)
"""How far before its moment the last briefing may have missed an alert that was being written while it looked."""

_DIGESTED = (Severity.ADVISORY.value, Severity.INFORMATION.value)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a briefing knew when it was filled, so that the next one tells all that is new and nothing twice.

    A moment alone would not do: what is committed a little later may bear an earlier one.

    Attributes:
        levels: the version of each scheme's reading.
        alerts: the ids of the alerts for a digest that were sent shortly before.
    """

    levels: Mapping[str, int]
    alerts: tuple[int, ...]

    def document(self) -> dict[str, Any]:
        """Give it as the store keeps it."""
        return {"levels": dict(self.levels), "alerts": list(self.alerts)}


@dataclass(frozen=True, slots=True)
class Since:
    """From where a briefing tells what is new.

    Attributes:
        moment: when the last one was filled.
        seen: what that one knew; None where there was none, or none that noted it: the moment counts.
    """

    moment: datetime
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A level that was recorded in place of another one.

    Attributes:
        before: the level before it.
        is_raised: whether its rank is higher.
        since: the day from which it holds, None when nobody said.
    """

    scheme: Scheme
    before: str
    level: str
    is_raised: bool
    since: date | None


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert as a list names it."""

    id: int
    headline: str
    reference: str
    severity: Severity
    audience: Audience
    sent_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to tell to an audience.

    Attributes:
        now: the moment of all this.
        since: the moment from which changes and the digest are counted.
        alerts: in force, newest first.
        digest: advisory and information alerts since then, oldest first.
        schedules: name and next time, soonest first.
        alerts_left_out: how many in force go to others as well or instead, and are not told to this audience.
        digest_left_out: the same of the digest.
        seen: what is known now, for the next one.
    """

    now: datetime
    since: datetime
    levels: tuple[CurrentLevel, ...]
    changes: tuple[Change, ...]
    alerts: tuple[ListedAlert, ...]
    digest: tuple[ListedAlert, ...]
    schedules: tuple[tuple[str, datetime], ...]
    alerts_left_out: int
    digest_left_out: int
    seen: Seen


class Gatherer:
    """Gathers facts.

    Args:
        store: the database.
        register: the levels as they are known.
    """

    def __init__(self, store: Store, register: Register) -> None:
        self._store = store
        self._register = register

    async def gather(self, audience: Audience, since: Since, now: datetime) -> Facts:
        """Give what may be told to an audience: alerts and schedules alone that go to everybody in it."""
        levels = await self._register.current()
        async with self._store.reading() as connection:
            changes = [
                change for entry in levels if entry.reading for change in await _changes(connection, entry, since)
            ]
            in_force = await _listed(connection, _in_force(now))
            sent = await _new(connection, since, now)
            recent = [alert.id for alert in await _listed(connection, _sent(now - OVERLAP, now))]
            upcoming = await _upcoming(connection, audience, now)
        told = [alert for alert in in_force if alert.audience.covers(audience)]
        digest = [alert for alert in reversed(sent) if alert.audience.covers(audience)]
        return Facts(
            now=now,
            since=since.moment,
            levels=tuple(levels),
            changes=tuple(changes),
            alerts=tuple(told),
            digest=tuple(digest),
            schedules=tuple(upcoming),
            alerts_left_out=len(in_force) - len(told),
            digest_left_out=len(sent) - len(digest),
            seen=Seen({entry.scheme.code: entry.reading.version for entry in levels if entry.reading}, tuple(recent)),
        )


async def _changes(connection: AsyncConnection, entry: CurrentLevel, since: Since) -> list[Change]:
    """Give the changes of a scheme up to its reading in force; a first reading changes nothing that was told before."""
    mine = level_readings.c.scheme == entry.scheme.code
    seen = since.seen.levels.get(entry.scheme.code) if since.seen else None
    if seen is None:
        before = select(func.max(level_readings.c.version)).where(mine, level_readings.c.seen_at <= since.moment)
        seen = (await connection.execute(before)).scalar_one() or 0
    known = entry.reading.version if entry.reading else 0
    after = select(level_readings).where(mine, level_readings.c.version.between(seen, known))
    rows = (await connection.execute(after.order_by(level_readings.c.version))).all()
    return [
        Change(entry.scheme, old.level, new.level, new.rank > old.rank, new.since)
        for old, new in pairwise(rows)
        if new.level != old.level
    ]


async def _new(connection: AsyncConnection, since: Since, now: datetime) -> list[ListedAlert]:
    """Give the alerts for a digest, newest first, that the last briefing cannot have told."""
    if since.seen is None:
        return await _listed(connection, _sent(since.moment, now))
    found = await _listed(connection, _sent(since.moment - OVERLAP, now))
    return [alert for alert in found if alert.id not in since.seen.alerts]


def _in_force(now: datetime) -> Select[tuple[Any, ...]]:
    """Select the alerts that are in force; what ended one is none itself."""
    return _alerts().where(
        alerts.c.status.in_([AlertStatus.SENDING.value, AlertStatus.SENT.value]), alerts.c.expires_at > now, IS_NO_END
    )


def _sent(since: datetime, now: datetime) -> Select[tuple[Any, ...]]:
    """Select the advisory and information alerts of a stretch of time that nobody has stopped.

    What was corrected is told once, as it reads now.
    """
    mended = (alert_successions.c.alert_id == alerts.c.id) & (
        alert_successions.c.change == AlertChange.CORRECTION.value
    )
    return _alerts().where(
        ~exists().where(mended),
        alerts.c.severity.in_(_DIGESTED),
        alerts.c.status.not_in([AlertStatus.DRAFT.value, AlertStatus.CANCELLED.value]),
        alerts.c.sending_at > since,
        alerts.c.sending_at <= now,
    )


def _alerts() -> Select[tuple[Any, ...]]:
    """Select alerts, newest first, without those of schedules, which are no news, and those that told of a level."""
    told = select(alerts).where(IS_LIVE, alerts.c.origin != ORIGIN, alerts.c.kind != AlertKind.LEVEL.value)
    return told.order_by(alerts.c.sending_at.desc(), alerts.c.id.desc()).limit(READ_AT_MOST)


async def _listed(connection: AsyncConnection, statement: Select[tuple[Any, ...]]) -> list[ListedAlert]:
    found = [Alert.from_row(row) for row in (await connection.execute(statement)).all()]
    return [_as_told(await copied(connection, alert)) for alert in found]


def _as_told(found: Copied) -> ListedAlert:
    """Name an alert as its copies do."""
    alert = found.alert
    severity, expires_at = alert.severity or Severity.INFORMATION, alert.expires_at or found.sent_at
    return ListedAlert(alert.id, alert.headline, found.reference, severity, alert.audience, found.sent_at, expires_at)


async def _upcoming(connection: AsyncConnection, audience: Audience, now: datetime) -> list[tuple[str, datetime]]:
    """Give name and next time of the active schedules that go to everybody of an audience."""
    active = select(schedules).where(schedules.c.status == ScheduleStatus.ACTIVE.value)
    found = [Schedule.listed(row) for row in (await connection.execute(active.order_by(schedules.c.id))).all()]
    times = [
        (schedule.plan.name, firing.at)
        for schedule in found
        if schedule.plan.audience.covers(audience)
        for firing in schedule.upcoming(now, 1)
    ]
    return sorted(times, key=lambda entry: entry[1])
