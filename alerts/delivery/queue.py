"""The outbox in the store: claim rows under a lease, record what became of them, take back what a crash left."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import Update, case, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.claim import Claim, Claimed, OnExpired, being_sent, is_any_sent
from alerts.delivery.copies import FLAWS
from alerts.delivery.endings import finish_alerts, skip_orphans
from alerts.delivery.hold import HOLD
from alerts.delivery.record import Recorder, Result
from alerts.delivery.states import DeliveryState, as_state
from alerts.errors import StoreError
from alerts.store import Store
from alerts.store.tables import IS_OPEN, deliveries, meta

log = structlog.get_logger(__name__)

SENDER = "sender"
"""The fact in `meta` that names who may send: the holder that took over last."""

LOOK_ANEW = timedelta(minutes=1)
"""How often the outbox is looked through from its beginning, whatever was claimed before."""


class LostLead(StoreError):
    """Another process has taken over the outbox: this one must stop at once."""


async def _tell_nobody(_connection: AsyncConnection, _alert_id: int) -> None:
    """Leave no record, where nobody keeps one."""


class Taken(NamedTuple):
    """What an exchange with the outbox gave.

    Attributes:
        rows: the rows claimed, most urgent lane first.
        sending: the alerts that are being sent, each with its lane; rows of any other are not to go out any more.
        is_held: a hold is in force.
    """

    rows: list[Claimed]
    sending: Mapping[int, int]
    is_held: bool


class Queue:
    """The rows that wait, as the one process sees them that may send.

    A lease is the state `leased` since the moment of its claim. It ends with an outcome, or when the next process takes
    over, which it can only once this one is gone or fenced off (docs/decisions/0018).

    Args:
        store: the database.
        holder: the name of this process; no two processes share one.
        on_expired: puts into the record that an alert ran out.
    """

    def __init__(self, store: Store, holder: str, on_expired: OnExpired = _tell_nobody) -> None:
        self._on_expired = on_expired
        self._store = store
        self._holder = holder
        self._doubtful: set[datetime] = set()
        self._passed: dict[int, int] = {}
        self._looked_at: datetime | None = None
        self._last_lease: datetime | None = None
        self._recorder = Recorder(is_sqlite=store.is_sqlite)

    async def take_over(self, now: datetime) -> int:
        """Become the one that sends: no older holder's claim goes through from now on, and its leases are taken back.

        Returns:
            The number of rows taken back, each counted as perhaps sent.
        """
        async with self._store.writing() as connection:
            before = (await connection.execute(select(meta.c.value).where(meta.c.key == SENDER))).scalar_one_or_none()
            if before == self._holder:
                return 0
            if before is None:
                await connection.execute(insert(meta).values(key=SENDER, value=self._holder))
            else:
                await connection.execute(update(meta).where(meta.c.key == SENDER).values(value=self._holder))
            ids = (await connection.execute(_take_back(now))).all()
            await skip_orphans(connection, deliveries.c.id.in_([row.id for row in ids]), now)
            await finish_alerts(connection, {row.alert_id for row in ids}, now)
        if ids:
            log.warning("leases_taken_back", rows=len(ids))
        return len(ids)

    async def exchange(
        self, results: Sequence[Result], room: int, held_rows: Mapping[int, int], now: datetime
    ) -> Taken:
        """In one transaction: record outcomes, end what has expired, and claim rows that are due.

        The most urgent lane comes first, then the older alert; the lowest lane that waits always gets a little.

        Args:
            results: what became of rows claimed before.
            room: how many rows the caller wants to hold in one lane together with the lanes before it.
            held_rows: how many of each lane it holds already.
            now: the present moment.

        Raises:
            LostLead: another process has taken over.
        """
        lease = self._next_lease(now)
        claim = Claim(room, dict(held_rows), dict(self._passed_by(now)), lease, is_sqlite=self._store.is_sqlite)

        async def work(connection: AsyncConnection) -> Taken:
            is_held = await self._check_lead(connection)
            await self._give_back_doubtful(connection, now)
            await self._recorder.record(connection, results, now)
            sending, changing = await being_sent(connection, now, self._on_expired)
            if not is_held and room > 0:
                self._doubtful.add(lease)
                await claim.take(connection, sending, changing)
            touched = {result.row.alert_id for result in results} - claim.unfinished
            await finish_alerts(connection, touched, now)
            return Taken(claim.found, sending, is_held)

        taken = await self._store.in_one_trip(work)
        self._doubtful.clear()
        self._passed = {alert_id: last for alert_id, last in claim.passed.items() if alert_id in taken.sending}
        return taken

    async def claim(self, limit: int, now: datetime) -> list[Claimed]:
        """Take up to so many rows that are due, most urgent lane first, then in the order they were written."""
        return (await self.exchange((), limit, {}, now)).rows

    async def record(self, results: Sequence[Result], now: datetime) -> None:
        """Record outcomes, all in one transaction; a row whose lease was lost meanwhile is left alone.

        A chat that is gone has its subscription suspended with the reason; one that has moved takes its subscription
        along; an alert whose last row came to its end is sent.

        Raises:
            LostLead: another process has taken over, and has the rows.
        """
        if not results:
            return

        async def work(connection: AsyncConnection) -> None:
            await self._check_lead(connection)
            await self._recorder.record(connection, results, now)
            await finish_alerts(connection, {result.row.alert_id for result in results}, now)

        await self._store.in_one_trip(work)

    async def has_work(self) -> bool:
        """Tell, without writing, whether an alert is being sent."""
        async with self._store.reading() as connection:
            return await is_any_sent(connection)

    def _next_lease(self, now: datetime) -> datetime:
        """Give the moment that names the next lease: now, and never one that an earlier lease of ours has."""
        if self._last_lease is not None and now <= self._last_lease:
            now = self._last_lease + timedelta(microseconds=1)
        self._last_lease = now
        return now

    async def _check_lead(self, connection: AsyncConnection) -> bool:
        """Go on only while nobody else has taken over; tell whether a hold is in force."""
        found = await connection.execute(_WHO_SENDS)
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

    async def _give_back_doubtful(self, connection: AsyncConnection, now: datetime) -> None:
        """Queue again what an earlier claim took without hearing so: its commit was not answered, and nothing tried."""
        if not self._doubtful:
            return
        mine = IS_OPEN & (deliveries.c.state == DeliveryState.LEASED.value) & deliveries.c.state_at.in_(self._doubtful)
        back = (
            update(deliveries)
            .where(mine)
            .values(**as_state(DeliveryState.QUEUED), not_before=now, state_at=now)
            .returning(deliveries.c.id, deliveries.c.alert_id)
        )
        rows = (await connection.execute(back)).all()
        await skip_orphans(connection, deliveries.c.id.in_([row.id for row in rows]), now)
        await finish_alerts(connection, {row.alert_id for row in rows}, now)


_WHO_SENDS = select(meta.c.key, meta.c.value).where(meta.c.key.in_((SENDER, HOLD)))


def _take_back(now: datetime) -> Update:
    """Queue again what a process left leased that is gone, and count each row as perhaps sent."""
    return (
        update(deliveries)
        .where(IS_OPEN, deliveries.c.state == DeliveryState.LEASED.value)
        .values(
            **as_state(DeliveryState.RETRY),
            uncertain_count=deliveries.c.uncertain_count + 1,
            reason=case(
                (deliveries.c.reason.in_(sorted(FLAWS)), deliveries.c.reason),
                else_="the sender stopped before it recorded the outcome",
            ),
            not_before=now,
            state_at=now,
        )
        .returning(deliveries.c.id, deliveries.c.alert_id)
    )
