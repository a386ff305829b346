"""What became of an alert: the counts of its rows, how fast it went, and how long people waited for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import OPEN, DeliveryState
from alerts.store.tables import deliveries

RATE_FROM_ROWS = 10
RATE_FROM_SECONDS = 1.0
"""Fewer rows, or a shorter time, say nothing about a rate."""

HALF, NEARLY_ALL = 0.5, 0.99


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """The rows of one alert, counted; the counts add up to the recipients.

    Attributes:
        uncertain_count: how often a copy may have been doubled, over all rows.
        reasons: how many rows stand in each (state, reason) that has a reason.
        waits_until: when the last of the rows in `retry` is due; None when there are none.
    """

    recipients: int
    counts: dict[DeliveryState, int]
    uncertain_count: int
    first_sent_at: datetime | None
    last_sent_at: datetime | None
    reasons: dict[tuple[DeliveryState, str], int]
    waits_until: datetime | None = None

    @property
    def done(self) -> int:
        """Rows that have come to an end."""
        return self.recipients - sum(self.counts[state] for state in OPEN)

    @property
    def unreached(self) -> int:
        """Rows that are not `sent`, whatever they are."""
        return self.recipients - self.counts[DeliveryState.SENT]

    @property
    def rate_per_second(self) -> float | None:
        """Recipients served in a second between the first and the last; None when that would say nothing."""
        if self.first_sent_at is None or self.last_sent_at is None:
            return None
        sent, seconds = self.counts[DeliveryState.SENT], (self.last_sent_at - self.first_sent_at).total_seconds()
        return (sent - 1) / seconds if sent >= RATE_FROM_ROWS and seconds >= RATE_FROM_SECONDS else None


@dataclass(frozen=True, slots=True)
class Waits:
    """How long it took from the confirmation to Telegram's answer, over the rows that are sent; None without any.

    Attributes:
        p50_seconds: half of the rows took so long or less.
        p99_seconds: 99 in 100 took so long or less; with fewer than 100 rows it is the longest.
    """

    p50_seconds: float | None = None
    p99_seconds: float | None = None


class Counted(NamedTuple):
    """Rows of an alert with the same state and reason.

    Attributes:
        untouched: how many of them wait for their first turn.
    """

    state: DeliveryState
    reason: str | None
    rows: int
    doubts: int = 0
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None
    waits_until: datetime | None = None
    untouched: int = 0


async def read_report(connection: AsyncConnection, alert_id: int) -> DeliveryReport:
    """Count the rows of an alert; it looks at every one, which takes a second or so for a million."""
    return add_up(await count_rows(connection, deliveries.c.alert_id == alert_id))


async def count_rows(connection: AsyncConnection, *among: ColumnElement[bool]) -> list[Counted]:
    """Count these rows by state and reason."""
    rows = (await connection.execute(_COUNTS.where(*among))).all()
    return [Counted(DeliveryState(row[0]), *row[1:]) for row in rows]


def add_up(counted: Iterable[Counted]) -> DeliveryReport:
    """Make one report of the rows that were counted."""
    groups = list(counted)
    counts = dict.fromkeys(DeliveryState, 0)
    reasons: dict[tuple[DeliveryState, str], int] = {}
    for group in groups:
        counts[group.state] += group.rows
        if group.reason and group.rows:
            key = group.state, group.reason
            reasons[key] = reasons.get(key, 0) + group.rows
    return DeliveryReport(
        recipients=sum(counts.values()),
        counts=counts,
        uncertain_count=sum(group.doubts for group in groups),
        first_sent_at=min(_known(group.first_sent_at for group in groups), default=None),
        last_sent_at=max(_known(group.last_sent_at for group in groups), default=None),
        reasons=reasons,
        waits_until=max(_known(group.waits_until for group in groups), default=None),
    )


async def read_waits(
    connection: AsyncConnection, alert_id: int, sending_at: datetime | None, report: DeliveryReport
) -> Waits:
    """Find how long recipients waited; the database sorts the rows that are sent, so it is not for every look.

    Args:
        connection: a transaction.
        alert_id: which alert.
        sending_at: when it was confirmed, None for a draft.
        report: what was counted in the same transaction.
    """
    sent = report.counts[DeliveryState.SENT]
    if sending_at is None or report.last_sent_at is None:
        return Waits()
    moments = [await _moment_at(connection, alert_id, sent, share) for share in (HALF, NEARLY_ALL)]
    return Waits(*(max(0.0, (moment - sending_at).total_seconds()) for moment in moments))


async def read_curve(
    connection: AsyncConnection, alert_id: int, moments: Sequence[datetime]
) -> list[tuple[datetime, int]]:
    """Count for each of these moments how many recipients an alert had reached by then; it looks at every row once."""
    if not moments:
        return []
    is_sent = (deliveries.c.alert_id == alert_id) & (deliveries.c.state == DeliveryState.SENT.value)
    counts = select(*(_sum_where(deliveries.c.sent_at <= moment) for moment in moments)).where(is_sent)
    return list(zip(moments, (number or 0 for number in (await connection.execute(counts)).one()), strict=True))


async def _moment_at(connection: AsyncConnection, alert_id: int, sent: int, share: float) -> datetime:
    """Give the moment by which so large a share was sent, sorting from the end that is nearer to it."""
    place = ceil(sent * share) - 1
    from_end = sent - 1 - place
    order, offset = (deliveries.c.sent_at, place) if place <= from_end else (deliveries.c.sent_at.desc(), from_end)
    statement = (
        select(deliveries.c.sent_at)
        .where(deliveries.c.alert_id == alert_id, deliveries.c.state == DeliveryState.SENT.value)
        .order_by(order)
        .limit(1)
        .offset(offset)
    )
    moment: datetime = (await connection.execute(statement)).scalar_one()
    return moment


def _known(moments: Iterable[datetime | None]) -> list[datetime]:
    return [moment for moment in moments if moment is not None]


def _sum_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


_IS_RETRY = deliveries.c.state == DeliveryState.RETRY.value
_IS_UNTOUCHED = (deliveries.c.state == DeliveryState.QUEUED.value) & deliveries.c.not_before.is_(None)

_COUNTS: Select[Any] = select(
    deliveries.c.state,
    deliveries.c.reason,
    func.count(),
    func.sum(deliveries.c.uncertain_count),
    func.min(deliveries.c.sent_at),
    func.max(deliveries.c.sent_at),
    func.max(case((_IS_RETRY, deliveries.c.not_before), else_=None)),
    _sum_where(_IS_UNTOUCHED),
).group_by(deliveries.c.state, deliveries.c.reason)
