"""The outbox in the store: claim rows under a lease, record what became of them, take back what a crash left."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.claim import Claim, Claimed, being_sent, is_any_sent, lease_rows
from alerts.delivery.endings import finish_alerts, skip_orphans
from alerts.delivery.hold import HOLD
from alerts.delivery.record import Recorder, Result
from alerts.delivery.states import DeliveryState
from alerts.errors import StoreError
from alerts.store import Store
from alerts.store.listed import listing
from alerts.store.tables import IS_OPEN, deliveries, meta

log = structlog.get_logger(__name__)

SENDER = "sender"
"""The fact in `meta` that names who may send: the holder that took over last."""

LOOK_ANEW = timedelta(minutes=1)
"""How often the outbox is looked through from its beginning, whatever was claimed before."""


class LostLead(StoreError):
    """Another process has taken over the outbox: this one must stop at once."""


class Taken(NamedTuple):
    """What an exchange with the outbox gave.

    Attributes:
        rows: the rows claimed, most urgent lane first.
        sending: the alerts that are being sent; rows of any other are not to go out any more.
        is_held: a hold is in force.
    """

    rows: list[Claimed]
    sending: frozenset[int]
    is_held: bool


class Queue:
    """The rows that wait, as one process sees them.

    Args:
        store: the database.
        holder: the name under which this process takes leases; no two processes share one.
    """

    def __init__(self, store: Store, holder: str) -> None:
        self._store = store
        self._holder = holder
        self._doubtful: set[datetime] = set()
        self._passed: dict[int, int] = {}
        self._looked_at: datetime | None = None
        self._lease_rows = lease_rows(is_sqlite=store.is_sqlite)
        self._recorder = Recorder(holder, is_sqlite=store.is_sqlite)

    async def take_over(self, now: datetime) -> int:
        """Become the one that sends: no older holder's claim goes through from now on, and its leases are taken back.

        Returns:
            The number of rows taken back, each counted as perhaps sent.
        """
        async with self._store.writing() as connection:
            named = await connection.execute(update(meta).where(meta.c.key == SENDER).values(value=self._holder))
            if not named.rowcount:
                await connection.execute(insert(meta).values(key=SENDER, value=self._holder))
        return await self.take_back(now, every_holder=True)

    async def exchange(
        self, results: Sequence[Result], room: int, held_rows: Mapping[int, int], now: datetime, lease: timedelta
    ) -> Taken:
        """In one transaction: record outcomes, end what has expired, and claim rows that are due.

        The most urgent lane comes first, then the older alert; the lowest lane that waits always gets a little.

        Args:
            results: what became of rows claimed before.
            room: how many rows the caller wants to hold in one lane together with the lanes before it.
            held_rows: how many of each lane it holds already.
            now: the present moment.
            lease: how long the rows are the caller's.

        Raises:
            LostLead: another process has taken over.
        """
        lease_until = now + lease
        async with self._store.writing() as connection:
            is_held = await self._check_lead(connection)
            await self._give_back_doubtful(connection, now)
            await self._recorder.record(connection, results, now)
            sending = await being_sent(connection, now)
            claim = Claim(room, dict(held_rows), dict(self._passed_by(now)), lease_until)
            if not is_held and room > 0:
                self._doubtful.add(lease_until)
                await claim.take(connection, sending, now)
                await self._lease(connection, claim.found, lease_until, now)
            touched = {result.row.alert_id for result in results} - claim.unfinished
            await finish_alerts(connection, touched, now)
        self._doubtful.clear()
        self._passed = {alert_id: last for alert_id, last in claim.passed.items() if alert_id in sending}
        return Taken(claim.found, frozenset(sending), is_held)

    async def claim(self, limit: int, now: datetime, lease: timedelta) -> list[Claimed]:
        """Take up to so many rows that are due, most urgent lane first, then in the order they were written."""
        return (await self.exchange((), limit, {}, now, lease)).rows

    async def record(self, results: Sequence[Result], now: datetime) -> None:
        """Record outcomes, all in one transaction; a row whose lease was lost meanwhile is left alone.

        A chat that is gone has its subscription suspended with the reason; one that has moved takes its subscription
        along; an alert whose last row came to its end is sent.

        Raises:
            LostLead: another process has taken over, and has the rows.
        """
        if not results:
            return
        async with self._store.writing() as connection:
            await self._check_lead(connection)
            await self._recorder.record(connection, results, now)
            await finish_alerts(connection, {result.row.alert_id for result in results}, now)

    async def has_work(self) -> bool:
        """Tell, without writing, whether an alert is being sent."""
        async with self._store.reading() as connection:
            return await is_any_sent(connection)

    async def take_back(self, now: datetime, *, every_holder: bool = False) -> int:
        """Queue again what a dead process left leased, and count each as perhaps sent.

        Args:
            now: the present moment.
            every_holder: no other process can send any more, so a lease need not have run out.

        Returns:
            The number of rows taken back.
        """
        left = and_(IS_OPEN, deliveries.c.state == DeliveryState.LEASED, deliveries.c.lease_holder != self._holder)
        if not every_holder:
            left = and_(left, deliveries.c.lease_until <= now)
        statement = (
            update(deliveries)
            .where(left)
            .values(
                state=DeliveryState.RETRY,
                uncertain_count=deliveries.c.uncertain_count + 1,
                reason="the sender stopped before it recorded the outcome",
                not_before=now,
                lease_holder=None,
                lease_until=None,
                state_at=now,
            )
            .returning(deliveries.c.id, deliveries.c.alert_id)
        )
        async with self._store.reading() as connection:  # others may write while a long outbox is looked through
            if (await connection.execute(select(deliveries.c.id).where(left).limit(1))).first() is None:
                return 0
        async with self._store.writing() as connection:
            rows = (await connection.execute(statement)).all()
            await skip_orphans(connection, deliveries.c.id.in_([row.id for row in rows]), now)
            await finish_alerts(connection, {row.alert_id for row in rows}, now)
        log.warning("leases_taken_back", rows=len(rows))
        return len(rows)

    async def _check_lead(self, connection: AsyncConnection) -> bool:
        """Go on only while nobody else has taken over; tell whether a hold is in force."""
        found = await connection.execute(select(meta.c.key, meta.c.value).where(meta.c.key.in_((SENDER, HOLD))))
        facts = {row.key: row.value for row in found.all()}
        if facts.get(SENDER, self._holder) != self._holder:
            raise LostLead("another Cascade has taken over this database, so this one stops")
        return bool(facts.get(HOLD))

    def _passed_by(self, now: datetime) -> Mapping[int, int]:
        """Give the highest row claimed of each alert; below it none is new. Now and then everything is looked at."""
        if self._looked_at is None or not timedelta() <= now - self._looked_at < LOOK_ANEW:
            self._looked_at = now
            return {}
        return self._passed

    async def _lease(
        self, connection: AsyncConnection, found: Sequence[Claimed], lease_until: datetime, now: datetime
    ) -> None:
        if found:
            lease = {"b_holder": self._holder, "b_lease": lease_until, "b_now": now}
            await connection.execute(self._lease_rows, listing([{"id": row.id} for row in found]) | lease)

    async def _give_back_doubtful(self, connection: AsyncConnection, now: datetime) -> None:
        """Queue again what an earlier claim took without hearing so: its commit was not answered, and nothing tried."""
        if not self._doubtful:
            return
        mine = and_(IS_OPEN, deliveries.c.state == DeliveryState.LEASED, deliveries.c.lease_holder == self._holder)
        back = (
            update(deliveries)
            .where(mine, deliveries.c.lease_until.in_(self._doubtful))
            .values(state=DeliveryState.QUEUED, lease_holder=None, lease_until=None, not_before=now, state_at=now)
            .returning(deliveries.c.id, deliveries.c.alert_id)
        )
        rows = (await connection.execute(back)).all()
        await skip_orphans(connection, deliveries.c.id.in_([row.id for row in rows]), now)
        await finish_alerts(connection, {row.alert_id for row in rows}, now)
