"""Taking a person out of what is kept of alerts: who wrote, approved, returned, stopped and was asked to look at them.

The record itself keeps people by commitments (docs/decisions/0027); these tables keep ids, and `ERASED` in their place.
"""

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.errors import NotAllowed
from alerts.people.person_id import ERASED
from alerts.publishing.alert import UNRELEASED
from alerts.store.authority import alert_versions, approvals, reviews
from alerts.store.tables import alerts

KEPT = (alerts.c.author, alerts.c.ended_by, alert_versions.c.who, approvals.c.who)
"""Where the id of a person who acted on an alert stands. What somebody was asked to look at goes as a whole row."""


async def refuse_while_unreleased(connection: AsyncConnection, user_id: int) -> None:
    """Make sure that nothing waits which a person has written: who wrote a text may not approve it, whoever asks.

    Raises:
        NotAllowed: something does; it names what.
    """
    wrote = select(alert_versions.c.alert_id).where(alert_versions.c.who == user_id)
    approved = select(approvals.c.alert_id).where(approvals.c.who == user_id)
    theirs = or_(alerts.c.author == user_id, alerts.c.id.in_(wrote), alerts.c.id.in_(approved))
    waits = alerts.c.status.in_([status.value for status in UNRELEASED])
    found = (await connection.execute(select(alerts.c.id).where(theirs, waits).order_by(alerts.c.id))).scalars().all()
    if found:
        numbers = ", ".join(map(str, found))
        raise NotAllowed(
            f"{user_id} has a hand in alerts that have not gone out: {numbers}. "
            "Cancel them first (cascade alert cancel ID), or let them go out"
        )


async def erase_from_alerts(connection: AsyncConnection, user_id: int) -> int:
    """Take a person out of what is kept of alerts, and give in how many places they stood."""
    erased = 0
    for column in KEPT:
        gone = update(column.table).where(column == user_id).values({column.name: ERASED})
        erased += (await connection.execute(gone)).rowcount
    asked: ColumnElement[bool] = reviews.c.user_id == user_id
    return erased + (await connection.execute(delete(reviews).where(asked))).rowcount
