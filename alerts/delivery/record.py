"""Writes what became of the rows that were sent, many at a time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, DateTime, Update, and_, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.claim import Claimed
from alerts.delivery.endings import finish_alerts, said_after_part, skip_orphans
from alerts.delivery.states import WAITING, DeliveryState, Outcome
from alerts.store.listed import listed, listing, moment_text
from alerts.store.tables import deliveries, delivery_parts
from alerts.subscribers.standing import move_chat, suspend


class Result(NamedTuple):
    """A claimed row with its outcome, when that came, and, when it is to be tried again, the moment for it."""

    row: Claimed
    outcome: Outcome
    not_before: datetime | None = None
    at: datetime | None = None


class Recorder:
    """Records outcomes of one holder's rows; a row whose lease was lost meanwhile is left alone.

    Args:
        holder: the name under which the rows were claimed.
        is_sqlite: which of the two databases the statements are for.
    """

    def __init__(self, holder: str, *, is_sqlite: bool) -> None:
        self._holder = holder
        self._is_sqlite = is_sqlite
        self._record_sent = _record_sent(is_sqlite=is_sqlite)

    async def record(self, connection: AsyncConnection, results: Sequence[Result], now: datetime) -> None:
        """Write the outcomes; those that were sent, nearly all, in one statement for each claim."""
        sent: defaultdict[datetime, list[Result]] = defaultdict(list)
        others: list[Result] = []
        for result in results:
            is_sent = result.outcome.state is DeliveryState.SENT and not result.outcome.may_have_arrived
            (sent[result.row.lease_until] if is_sent else others).append(result)
        for lease_until, together in sent.items():
            items = [self._sent_item(result, now) for result in together]
            lease = {"b_holder": self._holder, "b_lease": lease_until, "b_now": now}
            await connection.execute(self._record_sent, listing(items) | lease)
        if parts := [self._part_values(result, now) for result in others if result.outcome.is_part]:
            await connection.execute(_RECORD_PART, parts)
        if others:
            await connection.execute(_RECORD, [self._values(result, now) for result in others])
        for result in others:
            if result.outcome.state is DeliveryState.GONE:
                await suspend(connection, result.row.chat_id, result.outcome.reason, now)
            if result.outcome.moved_to is not None:
                touched = await move_chat(connection, result.row.chat_id, result.outcome.moved_to, now)
                await finish_alerts(connection, touched, now)
        if retried := [result.row.id for result in others if result.outcome.state in WAITING]:
            await skip_orphans(connection, deliveries.c.id.in_(retried), now)

    def _sent_item(self, result: Result, now: datetime) -> dict[str, object]:
        return {
            "id": result.row.id,
            "message_id": result.outcome.message_id,
            "sent_at": moment_text(result.at or now, is_sqlite=self._is_sqlite),
        }

    def _values(self, result: Result, now: datetime) -> dict[str, object]:
        outcome = result.outcome
        is_waiting = outcome.state in WAITING
        return {
            "b_id": result.row.id,
            "b_holder": self._holder,
            "b_lease": result.row.lease_until,
            "b_state": outcome.state.value,
            "b_reason": said_after_part(outcome.reason, result.row.part) or None,
            "b_message_id": outcome.message_id,
            "b_sent_at": (result.at or now) if outcome.state is DeliveryState.SENT else None,
            "b_not_before": (result.not_before or now) if is_waiting else None,
            "b_doubt": int(outcome.may_have_arrived),
            "b_attempt": int(outcome.state is not DeliveryState.QUEUED and not outcome.is_no_try),
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
        not_before=bindparam("b_not_before"),
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


def _record_sent(*, is_sqlite: bool) -> Update:
    """Move many rows of one claim to `sent`, as the list in the parameter says."""
    item = listed(is_sqlite=is_sqlite, id=BigInteger(), message_id=BigInteger(), sent_at=DateTime(timezone=True))
    return (
        update(deliveries)
        .where(
            deliveries.c.id == item.c.id,
            deliveries.c.state == DeliveryState.LEASED.value,
            deliveries.c.lease_holder == bindparam("b_holder"),
            deliveries.c.lease_until == bindparam("b_lease", type_=deliveries.c.lease_until.type),
        )
        .values(
            state=DeliveryState.SENT.value,
            reason=None,
            message_id=item.c.message_id,
            sent_at=item.c.sent_at,
            attempts=deliveries.c.attempts + 1,
            lease_holder=None,
            lease_until=None,
            state_at=bindparam("b_now", type_=deliveries.c.state_at.type),
        )
    )
