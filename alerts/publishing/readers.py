"""What has come to a chat, so that whoever reads there may read it again, and what came after it."""

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.copies import is_copy
from alerts.publishing.alert import Alert, Change
from alerts.publishing.audience import is_let_in
from alerts.publishing.succession import lineage_of
from alerts.store.outside import alert_successions
from alerts.store.tables import alerts, deliveries


def has_arrived(chat_id: int, of: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell whether a copy of these alerts is in a chat."""
    return exists().where(of, deliveries.c.chat_id == chat_id, is_copy())


def is_copy_of(which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Select the rows of the alerts of a condition, and of what corrected these: in a chat they are one copy."""
    first = select(alerts.c.id).where(which).cte("copies", recursive=True)
    mended = (
        select(alert_successions.c.successor_id)
        .join(first, first.c.id == alert_successions.c.alert_id)
        .where(alert_successions.c.change == Change.CORRECTION.value)
    )
    copies: Select[tuple[int]] = select(first.union(mended).c.id)
    return deliveries.c.alert_id.in_(copies)


async def has_reached(connection: AsyncConnection, alert: Alert, chat_id: int) -> bool:
    """Tell whether an alert has come to a chat, or one whose place it took to a chat that its own marking lets in."""
    earlier = deliveries.c.alert_id.in_(await lineage_of(connection, [alert.id]))
    theirs = (deliveries.c.alert_id == alert.id) | (earlier & is_let_in(alert.audience, deliveries.c.chat_id))
    return bool((await connection.execute(select(has_arrived(chat_id, theirs)))).scalar_one())
