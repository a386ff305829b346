"""How a later alert takes the place of an earlier one, or takes it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.endings import skip_alert
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.record import move_alert
from alerts.store.outside import alert_successions
from alerts.store.tables import alerts, deliveries


class Change(StrEnum):
    """What a later alert does to an earlier one."""

    UPDATE = "update"
    CANCEL = "cancel"


REASON = {Change.UPDATE: "superseded", Change.CANCEL: "cancelled"}
"""Why the unsent rows of the earlier alert are skipped."""

PERHAPS_READ = (DeliveryState.SENT, DeliveryState.LEASED, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Predecessors:
    """The alerts that a later one changed, and how; none for most."""

    change: Change
    alerts: tuple[Alert, ...]


async def stop_within(connection: AsyncConnection, alert: Alert, change: Change, now: datetime) -> bool:
    """Stop an alert if it is still being sent: what is unsent stays unsent.

    Returns:
        Whether anybody may have received it, or one of those whose place it took, and it still holds: then they need
        to hear of the change.
    """
    if alert.status is AlertStatus.SENDING:
        await skip_alert(connection, alert.id, REASON[change], now)
        await move_alert(connection, alert, AlertStatus.CANCELLED, now)
    perhaps_read = deliveries.c.state.in_([state.value for state in PERHAPS_READ]) | (deliveries.c.part > 0)
    lineage = await _lineage(connection, alert.id)
    anybody = select(exists().where(deliveries.c.alert_id.in_(lineage), perhaps_read))
    is_in_force = alert.expires_at is not None and alert.expires_at > now
    return is_in_force and bool((await connection.execute(anybody)).scalar_one())


async def _lineage(connection: AsyncConnection, alert_id: int) -> set[int]:
    """Give an alert and all whose place it took, and those whose place they took."""
    found, fresh = {alert_id}, {alert_id}
    while fresh:
        before = select(alert_successions.c.alert_id).where(alert_successions.c.successor_id.in_(fresh))
        fresh = set((await connection.execute(before)).scalars()) - found
        found |= fresh
    return found


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
        select(alerts, alert_successions.c.change)
        .join(alert_successions, alert_successions.c.alert_id == alerts.c.id)
        .where(alert_successions.c.successor_id == alert_id)
        .order_by(alerts.c.id)
    )
    rows = (await connection.execute(statement)).all()
    return Predecessors(Change(rows[0].change), tuple(Alert.from_row(row) for row in rows)) if rows else None
