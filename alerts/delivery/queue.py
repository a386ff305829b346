"""The outbox in the store: claim rows under a lease, record what became of them, take back what a crash left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Text, and_, bindparam, case, cast, exists, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import OPEN, WAITING, DeliveryState, Outcome
from alerts.publishing.alert import AlertStatus
from alerts.store import Store
from alerts.store.tables import alerts, deliveries, delivery_parts, subscribers
from alerts.subscribers.standing import move_chat, suspend
from alerts.subscribers.states import SubscriberStatus


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that this process has taken and must account for before its lease ends.

    Attributes:
        part: how many messages of its alert are there already.
    """

    id: int
    alert_id: int
    chat_id: int
    lane: int
    attempts: int
    lease_until: datetime
    part: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """A claimed row with its outcome and, when it is to be tried again, the moment for it."""

    row: Claimed
    outcome: Outcome
    next_attempt_at: datetime | None = None


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

    async def claim(self, limit: int, now: datetime, lease: timedelta) -> list[Claimed]:
        """Take up to so many rows that are due, most urgent lane first, then in the order they were written."""
        lease_until = now + lease
        due = (
            select(deliveries.c.id)
            .where(deliveries.c.state.in_(WAITING), deliveries.c.next_attempt_at <= now)
            .order_by(deliveries.c.lane, deliveries.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        taken = (
            update(deliveries)
            .where(deliveries.c.id.in_(due.scalar_subquery()))
            .values(state=DeliveryState.LEASED, lease_holder=self._holder, lease_until=lease_until, state_at=now)
            .returning(
                deliveries.c.id,
                deliveries.c.alert_id,
                deliveries.c.chat_id,
                deliveries.c.lane,
                deliveries.c.attempts,
                deliveries.c.lease_until,
                deliveries.c.part,
            )
        )
        async with self._store.writing() as connection:
            await self._give_back_doubtful(connection, now)
            await _end_expired(connection, now)
            self._doubtful.add(lease_until)
            rows = [Claimed(**row._mapping) for row in (await connection.execute(taken)).all()]  # noqa: SLF001 - the public name
        self._doubtful.clear()
        return sorted(rows, key=lambda row: (row.lane, row.id))

    async def record(self, results: Sequence[Result], now: datetime) -> None:
        """Record outcomes, all in one transaction; a row whose lease was lost meanwhile is left alone.

        A chat that is gone has its subscription suspended with the reason; one that has moved takes its subscription
        along; an alert whose last row came to its end is sent.
        """
        if not results:
            return
        touched = {result.row.alert_id for result in results}
        async with self._store.writing() as connection:
            if parts := [self._part_values(result, now) for result in results if result.outcome.is_part]:
                await connection.execute(_RECORD_PART, parts)
            await connection.execute(_RECORD, [self._values(result, now) for result in results])
            for result in results:
                if result.outcome.state is DeliveryState.GONE:
                    await suspend(connection, result.row.chat_id, result.outcome.reason, now)
                if result.outcome.moved_to is not None:
                    touched |= await move_chat(connection, result.row.chat_id, result.outcome.moved_to, now)
            if retried := [r.row.id for r in results if r.outcome.state in WAITING]:
                await skip_orphans(connection, deliveries.c.id.in_(retried), now)
            await finish_alerts(connection, touched, now)

    async def take_back(self, now: datetime, *, every_holder: bool) -> int:
        """Queue again what a dead process left leased, and count each as perhaps sent.

        Args:
            now: the present moment.
            every_holder: no other process can be alive, so a lease need not have run out.

        Returns:
            The number of rows taken back.
        """
        left = and_(deliveries.c.state == DeliveryState.LEASED, deliveries.c.lease_holder != self._holder)
        if not every_holder:
            left = and_(left, deliveries.c.lease_until <= now)
        statement = (
            update(deliveries)
            .where(left)
            .values(
                state=DeliveryState.RETRY,
                uncertain_count=deliveries.c.uncertain_count + 1,
                reason="the sender stopped before it recorded the outcome",
                next_attempt_at=now,
                state_at=now,
            )
            .returning(deliveries.c.id, deliveries.c.alert_id)
        )
        async with self._store.writing() as connection:
            rows = (await connection.execute(statement)).all()
            await skip_orphans(connection, deliveries.c.id.in_([row.id for row in rows]), now)
            await finish_alerts(connection, {row.alert_id for row in rows}, now)
        return len(rows)

    async def _give_back_doubtful(self, connection: AsyncConnection, now: datetime) -> None:
        """Queue again what an earlier claim took without hearing so: its commit was not answered, and nothing tried."""
        if not self._doubtful:
            return
        mine = and_(deliveries.c.state == DeliveryState.LEASED, deliveries.c.lease_holder == self._holder)
        back = (
            update(deliveries)
            .where(mine, deliveries.c.lease_until.in_(self._doubtful))
            .values(state=DeliveryState.QUEUED, lease_holder=None, lease_until=None, next_attempt_at=now, state_at=now)
            .returning(deliveries.c.id, deliveries.c.alert_id)
        )
        rows = (await connection.execute(back)).all()
        await skip_orphans(connection, deliveries.c.id.in_([row.id for row in rows]), now)
        await finish_alerts(connection, {row.alert_id for row in rows}, now)

    def _values(self, result: Result, now: datetime) -> dict[str, object]:
        outcome = result.outcome
        return {
            "b_id": result.row.id,
            "b_holder": self._holder,
            "b_lease": result.row.lease_until,
            "b_state": outcome.state.value,
            "b_reason": _after_part(outcome.reason, result.row.part) or None,
            "b_message_id": outcome.message_id,
            "b_sent_at": now if outcome.state is DeliveryState.SENT else None,
            "b_next": result.next_attempt_at or now,
            "b_doubt": int(outcome.may_have_arrived),
            "b_attempt": int(outcome.state is not DeliveryState.QUEUED),
            "b_parts": int(outcome.is_part),
            "b_now": now,
        }

    def _part_values(self, result: Result, now: datetime) -> dict[str, object]:
        return {
            "b_id": result.row.id,
            "b_holder": self._holder,
            "b_lease": result.row.lease_until,
            "b_message_id": result.outcome.message_id,
            "b_now": now,
        }


_STILL_OURS = and_(
    deliveries.c.id == bindparam("b_id"),
    deliveries.c.state == DeliveryState.LEASED.value,
    deliveries.c.lease_holder == bindparam("b_holder"),
    deliveries.c.lease_until == bindparam("b_lease", type_=deliveries.c.lease_until.type),
)
"""The lease under which a row was sent: outcomes that are recorded twice must not meet the row's next lease."""

_RECORD = (
    update(deliveries)
    .where(_STILL_OURS)
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_reason"),
        message_id=bindparam("b_message_id"),
        sent_at=bindparam("b_sent_at"),
        next_attempt_at=bindparam("b_next"),
        attempts=deliveries.c.attempts + bindparam("b_attempt"),
        part=deliveries.c.part + bindparam("b_parts"),
        uncertain_count=deliveries.c.uncertain_count + bindparam("b_doubt"),
        lease_holder=None,
        lease_until=None,
        state_at=bindparam("b_now"),
    )
)
"""Move one leased row of this process to its outcome."""

_RECORD_PART = insert(delivery_parts).from_select(
    ["delivery_id", "part", "message_id", "sent_at"],
    select(
        deliveries.c.id,
        deliveries.c.part,
        bindparam("b_message_id", type_=delivery_parts.c.message_id.type),
        bindparam("b_now", type_=delivery_parts.c.sent_at.type),
    ).where(_STILL_OURS),
)
"""Keep the message of a part that is there, before its row moves on."""


def _after_part(reason: str, part: int) -> str:
    """Say with a reason how much of the alert had arrived by then."""
    return f"{reason} (after message {part})" if reason and part else reason


def _skipped_for(reason: str) -> ColumnElement[str]:
    """Give the reason that a skipped row gets, the same as `_after_part` says it."""
    arrived = literal(f"{reason} (after message ") + cast(deliveries.c.part, Text) + ")"
    return case((deliveries.c.part > 0, arrived), else_=reason)


async def skip_chat(connection: AsyncConnection, chat_id: int, reason: str, now: datetime) -> None:
    """Skip every unsent row of a chat; a row that is being sent right now ends by its own outcome."""
    waiting = and_(deliveries.c.chat_id == chat_id, deliveries.c.state.in_(WAITING))
    skipped = (
        update(deliveries).where(waiting).values(state=DeliveryState.SKIPPED, reason=_skipped_for(reason), state_at=now)
    )
    touched = set((await connection.execute(skipped.returning(deliveries.c.alert_id))).scalars())
    await finish_alerts(connection, touched, now)


async def skip_alert(connection: AsyncConnection, alert_id: int, reason: str, now: datetime) -> None:
    """Skip every unsent row of an alert that was stopped or has expired."""
    waiting = and_(deliveries.c.alert_id == alert_id, deliveries.c.state.in_(WAITING))
    await connection.execute(
        update(deliveries).where(waiting).values(state=DeliveryState.SKIPPED, reason=_skipped_for(reason), state_at=now)
    )


async def finish_alerts(connection: AsyncConnection, alert_ids: set[int], now: datetime) -> None:
    """Move those of these alerts that have no open row left from sending to sent."""
    if not alert_ids:
        return
    still_open = exists().where(deliveries.c.alert_id == alerts.c.id, deliveries.c.state.in_(OPEN))
    await connection.execute(
        update(alerts)
        .where(alerts.c.id.in_(alert_ids), alerts.c.status == AlertStatus.SENDING, ~still_open)
        .values(status=AlertStatus.SENT, finished_at=now)
    )


async def _end_expired(connection: AsyncConnection, now: datetime) -> None:
    """End alerts whose time has run out before all rows were sent."""
    late = select(alerts.c.id).where(alerts.c.status == AlertStatus.SENDING, alerts.c.expires_at <= now)
    for alert_id in (await connection.execute(late)).scalars().all():
        await skip_alert(connection, alert_id, "expired", now)
        await connection.execute(
            update(alerts).where(alerts.c.id == alert_id).values(status=AlertStatus.EXPIRED, finished_at=now)
        )


async def skip_orphans(connection: AsyncConnection, among: ColumnElement[bool], now: datetime) -> int:
    """Skip rows that went back to waiting although their alert or their subscription has ended; give their number."""
    alert_over = deliveries.c.alert_id.in_(select(alerts.c.id).where(alerts.c.status != AlertStatus.SENDING))
    left = deliveries.c.chat_id.in_(select(subscribers.c.chat_id).where(subscribers.c.status == SubscriberStatus.ENDED))
    skipped = await connection.execute(
        update(deliveries)
        .where(among, deliveries.c.state.in_(WAITING), alert_over | left)
        .values(
            state=DeliveryState.SKIPPED,
            reason=case((left, _skipped_for("unsubscribed")), else_=_skipped_for("the alert had ended")),
            state_at=now,
        )
    )
    return skipped.rowcount
