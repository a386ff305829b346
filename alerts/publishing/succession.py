"""Which alert took the place of which: the chain of versions that people have of one matter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.endings import skip_alert
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import ENDS, WAITING, Alert, AlertStatus, Change
from alerts.publishing.record import move_alert
from alerts.store.authority import alert_targets
from alerts.store.outside import alert_successions
from alerts.store.tables import alerts, deliveries

REASON = {
    Change.UPDATE: "superseded",
    Change.CORRECTION: "superseded",
    Change.CANCEL: "cancelled",
    Change.ALL_CLEAR: "superseded",
    Change.RECALL: "cancelled",
}
"""Why the unsent rows of the earlier alert are skipped."""

_PERHAPS_READ = [state.value for state in (DeliveryState.SENT, DeliveryState.LEASED, DeliveryState.UNCERTAIN)]
_ENDS = [change.value for change in ENDS]
_mended = alerts.alias("mended")

IS_NO_END: ColumnElement[bool] = (alerts.c.change.is_(None) | alerts.c.change.not_in(_ENDS)) & ~exists().where(
    alerts.c.change == Change.CORRECTION.value,
    alert_targets.c.follow_up_id == alerts.c.id,
    alert_targets.c.alert_id == _mended.c.id,
    _mended.c.change.in_(_ENDS),
)
"""What is in force has this in it: an all clear is none of it, nor is an all clear in which a slip was corrected."""


@dataclass(frozen=True, slots=True)
class Predecessors:
    """The alerts that a later one changed, and how; none for most."""

    change: Change
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """An alert, and what its copies are known by.

    Attributes:
        alert: the alert.
        first: the alert whose reference and time stand on its copies: of a correction, what it mends; else itself.
    """

    alert: Alert
    first: Alert

    @property
    def reference(self) -> str:
        """The reference that people have."""
        return self.first.reference

    @property
    def sent_at(self) -> datetime:
        """The moment that stands beside it."""
        return self.first.sending_at or self.first.created_at

    @property
    def is_mended(self) -> bool:
        """Whether the text was mended where it stands, so that the alert has a reference that nobody was sent."""
        return self.first.id != self.alert.id

    @property
    def text(self) -> Alert:
        """The alert as it reads on the copies."""
        if not self.is_mended:
            return self.alert
        first = self.first
        return replace(self.alert, id=first.id, reference=first.reference, sending_at=self.sent_at, change=None)


def perhaps_read(rows: FromClause = deliveries) -> ColumnElement[bool]:
    """Select the rows whose chat may have a copy, or a part of one."""
    return rows.c.state.in_(_PERHAPS_READ) | (rows.c.part > 0)


async def has_readers(connection: AsyncConnection, alert_id: int) -> bool:
    """Tell whether anybody may have an alert, or one of those whose place it took."""
    theirs = deliveries.c.alert_id.in_(await lineage_of(connection, [alert_id]))
    return bool((await connection.execute(select(exists().where(theirs, perhaps_read())))).scalar_one())


async def stop_within(connection: AsyncConnection, alert: Alert, change: Change, now: datetime) -> None:
    """Take an alert out of force: what is unsent stays unsent, and what was sent is closed."""
    if alert.status is AlertStatus.SENDING:
        await skip_alert(connection, alert.id, REASON[change], now)
        await move_alert(connection, alert, AlertStatus.CANCELLED, now)
    elif alert.status is AlertStatus.SENT:
        await move_alert(connection, alert, AlertStatus.CLOSED, now)


async def lineage_of(
    connection: AsyncConnection, alert_ids: Iterable[int], *, among: Iterable[Change] | None = None
) -> set[int]:
    """Give alerts and all whose place they took, and those whose place these took.

    Args:
        connection: a transaction.
        alert_ids: where to begin.
        among: follow these changes alone; corrections, and what they corrected, are the same copies.
    """
    found = fresh = set(alert_ids)
    while fresh:
        before = select(alert_successions.c.alert_id).where(alert_successions.c.successor_id.in_(fresh))
        if among is not None:
            before = before.where(alert_successions.c.change.in_([change.value for change in among]))
        fresh = set((await connection.execute(before)).scalars()) - found
        found = found | fresh
    return found


async def successors_of(connection: AsyncConnection, alert_ids: Iterable[int]) -> dict[int, int]:
    """Give the alert that took the place of each of these; those that stand are left out."""
    statement = select(alert_successions.c.alert_id, alert_successions.c.successor_id)
    rows = await connection.execute(statement.where(alert_successions.c.alert_id.in_(set(alert_ids))))
    return {row.alert_id: row.successor_id for row in rows.all()}


async def chain_of(connection: AsyncConnection, alert_id: int) -> list[Alert]:
    """Give an alert with all that it took the place of and all that took its place, in the order of their going out.

    The marks on copies are part of what they belong to.
    """
    pairs = select(alert_successions.c.alert_id, alert_successions.c.successor_id)
    found = fresh = {alert_id}
    while fresh:
        touches = alert_successions.c.alert_id.in_(fresh) | alert_successions.c.successor_id.in_(fresh)
        rows = (await connection.execute(pairs.where(touches))).all()
        fresh = {one for row in rows for one in (row.alert_id, row.successor_id)} - found
        found = found | fresh
    chain = (await connection.execute(select(alerts).where(alerts.c.id.in_(found)))).all()
    return sorted(
        (Alert.from_row(row) for row in chain), key=lambda alert: (alert.sending_at or alert.created_at, alert.id)
    )


async def heads_of(connection: AsyncConnection, alert_ids: Iterable[int]) -> list[Alert]:
    """Give what stands today in the place of these, oldest first; what was cancelled or recalled has nothing there."""
    heads = set(alert_ids)
    while later := await successors_of(connection, heads):
        heads = {later.get(alert_id, alert_id) for alert_id in heads}
    standing = select(alerts).where(alerts.c.id.in_(heads), IS_NO_END).order_by(alerts.c.id)
    return [Alert.from_row(row) for row in (await connection.execute(standing)).all()]


async def note_successor(
    connection: AsyncConnection, earlier: Sequence[Alert], successor: Alert, change: Change
) -> None:
    """Keep which alert took the place of these."""
    rows = [{"alert_id": alert.id, "successor_id": successor.id, "change": change.value} for alert in earlier]
    if rows:
        await connection.execute(insert(alert_successions), rows)


async def predecessors_of(connection: AsyncConnection, alert_id: int) -> Predecessors | None:
    """Give the alerts that this one changed, oldest first, None when it is no change."""
    statement = (
        select(alerts, alert_successions.c.change.label("done"))
        .join(alert_successions, alert_successions.c.alert_id == alerts.c.id)
        .where(alert_successions.c.successor_id == alert_id)
        .order_by(alerts.c.id)
    )
    rows = (await connection.execute(statement)).all()
    return Predecessors(Change(rows[0].done), tuple(Alert.from_row(row) for row in rows)) if rows else None


async def copied(connection: AsyncConnection, alert: Alert) -> Copied:
    """Say what an alert's copies are known by: those of a correction bear the number and the time of what it mends."""
    if alert.change is not Change.CORRECTION:
        return Copied(alert, alert)
    targets = await targets_of(connection, alert.id)
    same = await lineage_of(connection, [targets[-1].id], among=[Change.CORRECTION]) if targets else set()
    if not same:
        return Copied(alert, alert)
    first = (await connection.execute(select(alerts).where(alerts.c.id == min(same)))).one()
    return Copied(alert, Alert.from_row(first))


async def targets_of(connection: AsyncConnection, follow_up_id: int) -> list[Alert]:
    """Give the alerts on whose copies a follow-up acts, oldest first."""
    statement = (
        select(alerts)
        .join(alert_targets, alert_targets.c.alert_id == alerts.c.id)
        .where(alert_targets.c.follow_up_id == follow_up_id)
        .order_by(alerts.c.id)
    )
    return [Alert.from_row(row) for row in (await connection.execute(statement)).all()]


async def waiting_on(connection: AsyncConnection, alert_ids: Iterable[int]) -> list[Alert]:
    """Give the follow-ups of these that are submitted or approved and have not gone out, oldest first."""
    theirs = select(alert_targets.c.follow_up_id).where(alert_targets.c.alert_id.in_(set(alert_ids)))
    waits = alerts.c.status.in_([status.value for status in WAITING])
    statement = select(alerts).where(waits, alerts.c.id.in_(theirs)).order_by(alerts.c.id)
    return [Alert.from_row(row) for row in (await connection.execute(statement)).all()]


async def add_targets(connection: AsyncConnection, follow_up_id: int, alert_ids: Iterable[int]) -> None:
    """Let a follow-up act on the copies of these too."""
    known = select(alert_targets.c.alert_id).where(alert_targets.c.follow_up_id == follow_up_id)
    fresh = set(alert_ids) - set((await connection.execute(known)).scalars())
    if fresh:
        rows = [{"follow_up_id": follow_up_id, "alert_id": alert_id} for alert_id in sorted(fresh)]
        await connection.execute(insert(alert_targets), rows)
