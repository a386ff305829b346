"""What became of an alert: the counts of its rows, and the rows that need a look."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import OPEN, DeliveryState
from alerts.store.tables import deliveries


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """The rows of one alert, counted; the counts add up to the recipients.

    Attributes:
        uncertain_count: how often a copy may have been doubled, over all rows.
        reasons: how many rows stand in each (state, reason) that has a reason.
    """

    recipients: int
    counts: dict[DeliveryState, int]
    uncertain_count: int
    first_sent_at: datetime | None
    last_sent_at: datetime | None
    reasons: dict[tuple[DeliveryState, str], int]

    @property
    def done(self) -> int:
        """Rows that have come to an end."""
        return self.recipients - sum(self.counts[state] for state in OPEN)


async def read_report(connection: AsyncConnection, alert_id: int) -> DeliveryReport:
    """Count the rows of an alert."""
    rows = await connection.execute(
        select(
            deliveries.c.state,
            deliveries.c.reason,
            func.count().label("rows"),
            func.sum(deliveries.c.uncertain_count).label("doubts"),
            func.min(deliveries.c.sent_at).label("first_sent_at"),
            func.max(deliveries.c.sent_at).label("last_sent_at"),
        )
        .where(deliveries.c.alert_id == alert_id)
        .group_by(deliveries.c.state, deliveries.c.reason)
    )
    counts = dict.fromkeys(DeliveryState, 0)
    reasons: dict[tuple[DeliveryState, str], int] = {}
    doubts = 0
    sent: list[datetime] = []
    for row in rows.all():
        state = DeliveryState(row.state)
        counts[state] += row.rows
        doubts += row.doubts
        sent.extend(_known((row.first_sent_at, row.last_sent_at)))
        if row.reason:
            reasons[state, row.reason] = row.rows
    return DeliveryReport(
        sum(counts.values()), counts, doubts, min(sent, default=None), max(sent, default=None), reasons
    )


def _known(moments: Iterable[datetime | None]) -> list[datetime]:
    return [moment for moment in moments if moment is not None]
