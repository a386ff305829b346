"""Gives our alerts as documents: any of them to the administrator, the public ones to everybody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.cap.message import Message, MessageStatus
from alerts.cap.outgoing import Issuer, cancellation_of, is_public, message_of
from alerts.errors import NotFound
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.marking import Marking
from alerts.publishing.record import IS_LIVE, find_alert
from alerts.publishing.succession import predecessors_of
from alerts.store import Store
from alerts.store.outside import alert_successions, incoming_items, intake_messages, intake_sources
from alerts.store.tables import alerts

LISTED = 100
"""How many alerts a feed holds, the newest first."""

_IS_PUBLIC = IS_LIVE & alerts.c.sending_at.is_not(None) & (alerts.c.marking == Marking.CLEAR.value)
"""Selects what `is_public` is asked about once more, so that what is not public fills no feed."""

NOT_MEANT = {MessageStatus.EXERCISE, MessageStatus.TEST}


@dataclass(frozen=True, slots=True)
class Issued:
    """An alert with the message that stands for it now."""

    alert: Alert
    message: Message

    @property
    def updated_at(self) -> datetime:
        """When the message was issued."""
        return self.message.sent


class CapPublisher:
    """The use cases of documents that go out.

    Args:
        store: the database.
        issuer: who issues them.
    """

    def __init__(self, store: Store, issuer: Issuer) -> None:
        self._store = store
        self._issuer = issuer

    @property
    def issuer(self) -> Issuer:
        """Who issues the documents."""
        return self._issuer

    async def message(self, alert_id: int) -> Message:
        """Give the message that stands for an alert now, public or not: of one that was stopped, its cancellation.

        Raises:
            NotFound: there is no such alert.
        """
        async with self._store.reading() as connection:
            return (await self._issued(connection, await find_alert(connection, alert_id))).message

    async def public(self) -> list[Issued]:
        """List the alerts that anybody may read, the newest first."""
        sent = select(alerts).where(_IS_PUBLIC).order_by(alerts.c.id.desc()).limit(LISTED)
        async with self._store.reading() as connection:
            found = [Alert.from_row(row) for row in (await connection.execute(sent)).all()]
            return [await self._issued(connection, alert) for alert in found if is_public(alert)]

    async def public_message(self, reference: str) -> Issued:
        """Give the message of an alert that anybody may read.

        Raises:
            NotFound: there is none of this reference, or it is not public; the two are not told apart.
        """
        statement = select(alerts).where(alerts.c.reference == reference, _IS_PUBLIC)
        async with self._store.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
            if row is None or not is_public(Alert.from_row(row)):
                raise NotFound(f"there is no public alert {reference}")
            return await self._issued(connection, Alert.from_row(row))

    async def _issued(self, connection: AsyncConnection, alert: Alert) -> Issued:
        status = await _status(connection, alert)
        if alert.status is AlertStatus.CANCELLED and alert.sending_at and not await _has_successor(connection, alert):
            return Issued(alert, cancellation_of(alert, self._issuer, status=status))
        before = await predecessors_of(connection, alert.id)
        return Issued(alert, message_of(alert, self._issuer, status=status, before=before))


async def _has_successor(connection: AsyncConnection, alert: Alert) -> bool:
    statement = select(exists().where(alert_successions.c.alert_id == alert.id))
    return bool((await connection.execute(statement)).scalar_one())


async def _status(connection: AsyncConnection, alert: Alert) -> MessageStatus:
    """Tell whether an alert was made of what its issuer called an exercise or a test."""
    ours = select(intake_messages.c.item, intake_messages.c.status, intake_sources.c.code).join(intake_sources)
    received = ours.subquery()
    is_same = (received.c.item == incoming_items.c.identifier) & (received.c.code == incoming_items.c.source)
    came = incoming_items.outerjoin(received, is_same)
    statement = select(incoming_items.c.is_test, received.c.status).select_from(came)
    rows = (await connection.execute(statement.where(incoming_items.c.alert_id == alert.id))).all()
    called = {MessageStatus(row.status) for row in rows if row.status} & NOT_MEANT
    if called:
        return called.pop()
    return MessageStatus.TEST if any(row.is_test for row in rows) else MessageStatus.ACTUAL
