"""Writes what became of the rows that were sent, many at a time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, DateTime, and_, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.claim import Claimed
from alerts.delivery.copies import FLAWS
from alerts.delivery.endings import finish_alerts, said_after_part, skip_orphans
from alerts.delivery.states import WAITING, DeliveryState, Outcome, as_state
from alerts.store.listed import Listed
from alerts.store.tables import deliveries, delivery_parts
from alerts.subscribers.standing import move_chat, suspend


class Result(NamedTuple):
    """A claimed row with its outcome, when that came, and, when it is to be tried again, the moment for it."""

    row: Claimed
    outcome: Outcome
    not_before: datetime | None = None
    at: datetime | None = None


class Recorder:
    """Records outcomes of claimed rows; a row whose lease was lost meanwhile is left alone.

    Args:
        is_sqlite: which of the two databases the statements are for.
    """

    def __init__(self, *, is_sqlite: bool) -> None:
        self._sent = Listed(
            is_sqlite=is_sqlite, id=BigInteger(), message_id=BigInteger(), sent_at=DateTime(timezone=True)
        )
        item = self._sent.table.c
        self._record_sent = (
            update(deliveries)
            .where(deliveries.c.id == item.id, _LEASED)
            .values(
                **as_state(DeliveryState.SENT),
                reason=None,
                message_id=item.message_id,
                sent_at=item.sent_at,
                state_at=item.sent_at,
                attempts=deliveries.c.attempts + 1,
            )
        )

    async def record(self, connection: AsyncConnection, results: Sequence[Result], now: datetime) -> None:
        """Write the outcomes; those that were sent, nearly all, in one statement for each claim."""
        sent: defaultdict[datetime, list[tuple[int, int | None, str]]] = defaultdict(list)
        others: list[Result] = []
        written = self._sent.moment
        for result in results:
            row, outcome, _, at = result
            if outcome.state is DeliveryState.SENT and not outcome.may_have_arrived and not outcome.reason:
                sent[row.leased_at].append((row.id, outcome.message_id, written(at or now)))
            else:
                others.append(result)
        for leased_at, items in sent.items():
            await connection.execute(self._record_sent, self._sent.parameter(items) | {"b_lease": leased_at})
        if others:
            await _record_one_by_one(connection, others, now)


async def _record_one_by_one(connection: AsyncConnection, results: Sequence[Result], now: datetime) -> None:
    """Write what needs more than a message id, and what follows from it."""
    if parts := [_part_values(result, now) for result in results if result.outcome.is_part]:
        await connection.execute(_RECORD_PART, parts)
    await connection.execute(_RECORD, [_values(result, now) for result in results])
    for result in results:
        if result.outcome.state is DeliveryState.GONE:
            await suspend(connection, result.row.chat_id, result.outcome.reason, now)
        if result.outcome.moved_to is not None:
            touched = await move_chat(connection, result.row.chat_id, result.outcome.moved_to, now)
            await finish_alerts(connection, touched, now)
    if retried := [result.row.id for result in results if result.outcome.state in WAITING]:
        await skip_orphans(connection, deliveries.c.id.in_(retried), now)


def _values(result: Result, now: datetime) -> dict[str, object]:
    outcome = result.outcome
    column = as_state(outcome.state)
    return {
        "b_id": result.row.id,
        "b_lease": result.row.leased_at,
        "b_state": column["state"],
        "b_is_open": column["is_open"],
        "b_reason": _said(result) or None,
        "b_message_id": outcome.message_id,
        "b_sent_at": (result.at or now) if outcome.state is DeliveryState.SENT else None,
        "b_not_before": (result.not_before or now) if outcome.state in WAITING else None,
        "b_doubt": int(outcome.may_have_arrived),
        "b_attempt": int(outcome.state is not DeliveryState.QUEUED and not outcome.is_no_try),
        "b_parts": int(outcome.is_part),
        "b_now": now,
    }


def _said(result: Result) -> str:
    """Give the reason of an outcome; what a follow-up could not change is said as it is, message by message.

    While such a row waits, what went wrong with an earlier message of it stays: at its end it is told by that.
    """
    reason, row = result.outcome.reason, result.row
    if row.copy is None:
        return said_after_part(reason, row.part)
    keeps = result.outcome.state in WAITING and reason not in FLAWS
    return (row.copy.flaw if keeps else "") or reason


def _part_values(result: Result, now: datetime) -> dict[str, object]:
    return {
        "b_id": result.row.id,
        "b_lease": result.row.leased_at,
        "b_message_id": result.outcome.message_id,
        "b_now": now,
    }


_LEASED = and_(
    deliveries.c.state == DeliveryState.LEASED.value,
    deliveries.c.state_at == bindparam("b_lease", type_=deliveries.c.state_at.type),
)
"""The lease under which a row was sent: outcomes that are recorded twice must not meet the row's next lease."""

_STILL_OURS = and_(deliveries.c.id == bindparam("b_id"), _LEASED)

_RECORD = (
    update(deliveries)
    .where(_STILL_OURS)
    .values(
        state=bindparam("b_state"),
        is_open=bindparam("b_is_open"),
        reason=bindparam("b_reason"),
        message_id=bindparam("b_message_id"),
        sent_at=bindparam("b_sent_at"),
        not_before=bindparam("b_not_before"),
        attempts=deliveries.c.attempts + bindparam("b_attempt"),
        part=deliveries.c.part + bindparam("b_parts"),
        uncertain_count=deliveries.c.uncertain_count + bindparam("b_doubt"),
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
