"""The desk: every alert is written, released, stopped and followed here, whatever door it came through."""

from sqlalchemy import func, select

from alerts.delivery.report import DeliveryReport, read_report
from alerts.errors import NotFound
from alerts.people.person_id import ERASED
from alerts.publishing.alert import Alert
from alerts.publishing.approval import Approving
from alerts.publishing.content import Content
from alerts.publishing.drafting import Drafting
from alerts.publishing.readers import has_arrived, is_copy_of
from alerts.publishing.record import IS_LIVE, find_alert, find_message
from alerts.publishing.scope import check_scope
from alerts.publishing.sending import Sending
from alerts.publishing.takeover import TakingOver
from alerts.store.tables import alerts, deliveries

__all__ = ["Content", "Desk", "check_scope"]


class Desk(Drafting, TakingOver, Approving, Sending):
    """The use cases of an alert: drafting, approving and sending stand in modules of their own, looking stands here."""

    async def find(self, alert_id: int) -> Alert:
        """Give an alert.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._store.reading() as connection:
            return await find_alert(connection, alert_id)

    async def outgoing(self, alert_id: int) -> Alert:
        """Give whatever goes out by the outbox, for the sender: an alert, or a message of an exercise or self-test.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._store.reading() as connection:
            return await find_message(connection, alert_id)

    async def newest(self, limit: int, offset: int = 0) -> list[tuple[Alert, int]]:
        """List alerts, newest first, each with the number of its recipients."""
        recipients = select(func.count()).where(deliveries.c.alert_id == alerts.c.id).scalar_subquery()
        statement = select(alerts, recipients.label("recipients")).where(IS_LIVE).order_by(alerts.c.id.desc())
        async with self._store.reading() as connection:
            rows = (await connection.execute(statement.limit(limit).offset(offset))).all()
        return [(Alert.from_row(row), row.recipients) for row in rows]

    async def referred(self, reference: str) -> Alert:
        """Give the alert of this reference, such as `C-2026-0007`.

        Raises:
            NotFound: there is none.
        """
        async with self._store.reading() as connection:
            statement = select(alerts).where(alerts.c.reference == reference, IS_LIVE)
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise NotFound(f"there is no alert {reference}")
        return Alert.from_row(row)

    async def received(self, reference: str, chat_id: int) -> Alert:
        """Give the alert of this reference, if a copy of it has come to this chat, mended since or not.

        Raises:
            NotFound: there is none, or it is not for this chat; the two are not told apart.
        """
        is_it = (alerts.c.reference == reference.upper()) & IS_LIVE
        statement = select(alerts).where(is_it, has_arrived(chat_id, is_copy_of(is_it)))
        async with self._store.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise NotFound(f"there is no alert {reference} for this chat")
        return Alert.from_row(row)

    async def report(self, alert_id: int) -> tuple[Alert, DeliveryReport]:
        """Give an alert and what became of it.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._store.reading() as connection:
            return await find_alert(connection, alert_id), await read_report(connection, alert_id)

    async def unreported(self) -> list[Alert]:
        """Give alerts with an author waiting for progress or the final report; nobody does of one who was erased."""
        waiting = (
            select(alerts)
            .where(IS_LIVE, alerts.c.author != ERASED, alerts.c.reported_at.is_(None), alerts.c.sending_at.is_not(None))
            .order_by(alerts.c.id)
        )
        async with self._store.reading() as connection:
            return [Alert.from_row(row) for row in (await connection.execute(waiting)).all()]
