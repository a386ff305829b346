"""What is in force, for whom: the newest version of each matter, and the versions before it."""

from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.clock import Clock
from alerts.errors import NotFound
from alerts.paging import Page
from alerts.people.rights import Right, may
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.audience import is_member
from alerts.publishing.marking import Marking
from alerts.publishing.readers import has_reached
from alerts.publishing.record import IS_LIVE
from alerts.publishing.scope import is_let_into, reaches
from alerts.publishing.succession import IS_NO_END, Copied, copied, lineage_of, successors_of
from alerts.store import Store
from alerts.store.outside import alert_successions
from alerts.store.tables import alerts, subscribers
from alerts.subscribers.states import SubscriberStatus

PAGE_SIZE = 6
"""Alerts on a page."""

LOOKED_AT = 500
"""How many of the newest alerts are gone through at most: nobody pages further back in a chat."""


class InForce:
    """The use cases of who asks which alerts there are.

    Everybody sees what was delivered to the chat or is for it, as long as it holds, and who is not subscribed what is
    public; who may see alerts sees all of their sectors.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def page(self, chat_id: int, person: Person | None, number: int) -> Page[Copied]:
        """Give one page, the newest first; a page that is not there is the last one."""
        async with self._store.reading() as connection:
            page = Page.of(await self._listed(connection, chat_id, person), number, PAGE_SIZE)
            return Page(tuple([await copied(connection, alert) for alert in page.items]), page.window)

    async def is_subscribed(self, chat_id: int) -> bool:
        """Tell whether a chat is on the roll, so that alerts reach it."""
        async with self._store.reading() as connection:
            return await _is_on_the_roll(connection, chat_id)

    async def count(self, chat_id: int) -> int:
        """Count what is in force for a chat."""
        async with self._store.reading() as connection:
            return len(await self._listed(connection, chat_id, None))

    async def find(self, alert_id: int, chat_id: int, person: Person | None) -> Copied:
        """Give what stands today in the place of an alert.

        Raises:
            NotFound: there is none, or it is not for this reader; the two are not told apart.
        """
        async with self._store.reading() as connection:
            while later := (await successors_of(connection, [alert_id])).get(alert_id):
                alert_id = later
            row = (await connection.execute(self._shown_to(person).where(alerts.c.id == alert_id))).one_or_none()
            if row is None or not await self._may_see(connection, Alert.from_row(row), chat_id, person):
                raise NotFound(f"there is no alert {alert_id} for this reader")
            return await copied(connection, Alert.from_row(row))

    async def history(self, alert_id: int, chat_id: int, person: Person | None) -> list[Copied]:
        """Give an alert's versions up to the one in force, the oldest first, as far as they were for this reader.

        Raises:
            NotFound: as `find`.
        """
        newest = await self.find(alert_id, chat_id, person)
        async with self._store.reading() as connection:
            ids = await lineage_of(connection, [newest.alert.id])
            rows = (await connection.execute(select(alerts).where(alerts.c.id.in_(ids)).order_by(alerts.c.id))).all()
            versions = [Alert.from_row(row) for row in rows]
            if not sees_all(person):
                versions = [one for one in versions if await self._is_theirs(connection, one, chat_id)]
            return [await copied(connection, one) for one in versions]

    async def _listed(self, connection: AsyncConnection, chat_id: int, person: Person | None) -> list[Alert]:
        heads = self._shown_to(person)
        rows = (await connection.execute(heads.order_by(alerts.c.id.desc()).limit(LOOKED_AT))).all()
        found = [Alert.from_row(row) for row in rows]
        return [alert for alert in found if await self._may_see(connection, alert, chat_id, person)]

    async def _may_see(self, connection: AsyncConnection, alert: Alert, chat_id: int, person: Person | None) -> bool:
        if person is not None and sees_all(person):
            return reaches(person, alert.audience) and is_let_into(person, alert)
        return await self._is_theirs(connection, alert, chat_id)

    async def _is_theirs(self, connection: AsyncConnection, alert: Alert, chat_id: int) -> bool:
        """Tell whether an alert, or what it took the place of, has reached a chat, or would reach it now.

        What is public is also for whoever is not subscribed, and whom it would not reach for that reason alone.
        """
        if await has_reached(connection, alert, chat_id):
            return True
        if await is_member(connection, alert.audience, chat_id):
            return True
        return alert.marking is Marking.CLEAR and not await _is_on_the_roll(connection, chat_id)

    def _shown_to(self, person: Person | None) -> Select[Any]:
        """Select the newest versions: all of them for who sees all, else those that hold."""
        if sees_all(person):
            return _HEADS
        stands = alerts.c.status.in_([AlertStatus.SENDING.value, AlertStatus.SENT.value])
        return _HEADS.where(stands, alerts.c.expires_at > self._clock.now(), IS_NO_END)


async def _is_on_the_roll(connection: AsyncConnection, chat_id: int) -> bool:
    ended = subscribers.c.status == SubscriberStatus.ENDED
    return bool(
        (await connection.execute(select(exists().where(subscribers.c.chat_id == chat_id, ~ended)))).scalar_one()
    )


def sees_all(person: Person | None) -> bool:
    """Tell whether a reader sees every alert of their sectors, over ones too, and not what holds for them alone."""
    return person is not None and may(person.role, Right.SEE_ALERTS)


_HEADS = select(alerts).where(
    alerts.c.sending_at.is_not(None), IS_LIVE, ~exists().where(alert_successions.c.alert_id == alerts.c.id)
)
"""The newest version of each matter."""
