"""Lists the recipients of an alert with what became of each, a page at a time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import DeliveryState
from alerts.store.tables import deliveries, subscribers


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of an alert.

    Attributes:
        chat_id: Telegram's number of the chat; negative for a group.
        kind: what the chat is, as on the roll: `private`, `group`, `supergroup` or `channel`.
        name: as on the roll today; empty when it was not given, or was erased since.
        organisation: likewise.
        reason: why it is in its state, empty when there is no reason.
        at: since when it is in its state.
        uncertain_count: how often it may have been doubled.
    """

    chat_id: int
    kind: str
    name: str
    organisation: str
    state: DeliveryState
    reason: str
    at: datetime
    uncertain_count: int


async def read_recipients(
    connection: AsyncConnection,
    alert_id: int,
    limit: int,
    *,
    after: int | None = None,
    offset: int = 0,
    everybody: bool = False,
) -> list[Recipient]:
    """List recipients by chat id, groups first.

    Args:
        connection: a transaction.
        alert_id: which alert.
        limit: how many at most.
        after: only those after this chat id; what a long list goes on with.
        offset: leave out so many before.
        everybody: also those whose copy is `sent`.
    """
    wanted = (
        select(
            deliveries.c.chat_id,
            deliveries.c.state,
            deliveries.c.reason,
            deliveries.c.state_at,
            deliveries.c.uncertain_count,
            subscribers.c.kind,
            subscribers.c.name,
            subscribers.c.organisation,
        )
        .select_from(deliveries.outerjoin(subscribers, subscribers.c.chat_id == deliveries.c.chat_id))
        .where(deliveries.c.alert_id == alert_id)
        .order_by(deliveries.c.chat_id)
        .limit(limit)
        .offset(offset)
    )
    if not everybody:
        wanted = wanted.where(deliveries.c.state != DeliveryState.SENT.value)
    if after is not None:
        wanted = wanted.where(deliveries.c.chat_id > after)
    return [_recipient(row) for row in (await connection.execute(wanted)).all()]


def _recipient(row: Row[int, str, str | None, datetime, int, str, str, str]) -> Recipient:
    return Recipient(
        chat_id=row.chat_id,
        kind=row.kind or ("private" if row.chat_id > 0 else "group"),
        name=row.name or "",
        organisation=row.organisation or "",
        state=DeliveryState(row.state),
        reason=row.reason or "",
        at=row.state_at,
        uncertain_count=row.uncertain_count,
    )
