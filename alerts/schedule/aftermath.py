"""What becomes of a schedule's alert that has no author to report to: the owners learn of what did not arrive."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.report import read_report
from alerts.delivery.states import DeliveryState
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.publishing.alert import UNRELEASED, Alert, AlertStatus
from alerts.publishing.record import update_alert
from alerts.store import Store
from alerts.store.tables import IS_OPEN, alerts, deliveries

ORIGIN = "schedule"
"""The origin of every alert that a schedule sends."""


async def tell_of_losses(store: Store, now: datetime) -> None:
    """Look once at each such alert that is over, and leave a notice when deliveries failed or are uncertain."""
    async with store.reading() as connection:
        over = [row.id for row in (await connection.execute(_over())).all()]
    for alert_id in over:
        async with store.writing() as connection:
            row = (await connection.execute(_over().where(alerts.c.id == alert_id))).one_or_none()
            if row is not None:  # else somebody sends the uncertain ones again meanwhile
                await _tell(connection, Alert.from_row(row), now)


def _over() -> Select[tuple[Any, ...]]:
    """Select the alerts of schedules without an author that are over and have not been looked at."""
    is_open = exists().where(IS_OPEN, deliveries.c.alert_id == alerts.c.id)
    return (
        select(alerts)
        .where(
            alerts.c.origin == ORIGIN,
            alerts.c.author.is_(None),
            alerts.c.reported_at.is_(None),
            alerts.c.status.not_in([status.value for status in {*UNRELEASED, AlertStatus.SENDING}]),
            ~is_open,
        )
        .order_by(alerts.c.id)
    )


async def _tell(connection: AsyncConnection, alert: Alert, now: datetime) -> None:
    """In one transaction: leave the notice, if there is cause, and note that this alert needs none any more."""
    counts = (await read_report(connection, alert.id)).counts
    failed, uncertain = counts[DeliveryState.FAILED], counts[DeliveryState.UNCERTAIN]
    if failed or uncertain:
        await leave_notice(
            connection,
            await owners_of(connection),
            NoticeKind.SCHEDULE_LOSSES,
            now,
            reference=alert.reference,
            headline=alert.headline,
            alert=str(alert.id),
            failed=failed,
            uncertain=uncertain,
        )
    await update_alert(connection, alert.id, reported_at=now)
