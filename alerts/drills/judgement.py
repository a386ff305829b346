"""What became of the copies of a self-test: whom one did not reach as it should, and why."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import DeliveryState
from alerts.store.tables import people, subscribers

WITHIN = timedelta(seconds=60)
"""How long a copy may take from its row to Telegram's answer."""


@dataclass(frozen=True, slots=True)
class Missed:
    """An owner whom a self-test did not reach as it should.

    Attributes:
        owner: Telegram user id.
        name: theirs, "" when it is not known.
        state: of their copy; `sent` when it came late, or when Telegram's answer was not recorded.
        reason: why it has that state, "" for none.
        seconds: how long a late copy took, None for every other.
    """

    owner: int
    name: str
    state: str
    reason: str = ""
    seconds: int | None = None

    def __str__(self) -> str:
        """Say it in a line, for the administrator."""
        if self.state != DeliveryState.SENT.value:
            found = f"{self.state} ({self.reason})" if self.reason else self.state
        elif self.seconds is None:
            found = "sent, and Telegram's answer was not recorded"
        else:
            found = f"sent after {self.seconds} seconds"
        return f"owner {self.owner}: {found}"

    def document(self) -> dict[str, Any]:
        """Give it as a notice keeps it."""
        return asdict(self)


async def missed_of(connection: AsyncConnection, rows: Sequence[Row[Any]], begun_at: datetime) -> list[Missed]:
    """Name the owners whose copy did not go the whole way in time.

    Args:
        connection: the transaction.
        rows: the deliveries of a self-test.
        begun_at: when it was begun.
    """
    names = await _names(connection, [row.chat_id for row in rows])
    judged = [_missed(row, names.get(row.chat_id, ""), begun_at) for row in rows]
    return [one for one in judged if one is not None]


async def _names(connection: AsyncConnection, owners: Sequence[int]) -> dict[int, str]:
    """Name people as those who gave them their role did, or else as they did when they subscribed."""
    name = func.coalesce(func.nullif(people.c.name, ""), subscribers.c.name, "").label("name")
    statement = (
        select(people.c.user_id, name)
        .outerjoin(subscribers, subscribers.c.chat_id == people.c.user_id)
        .where(people.c.user_id.in_(owners))
    )
    return {row.user_id: row.name for row in (await connection.execute(statement)).all()}


def _missed(row: Row[Any], name: str, begun_at: datetime) -> Missed | None:
    if row.state != DeliveryState.SENT.value:
        return Missed(row.chat_id, name, row.state, row.reason or "")
    if row.message_id is None or row.sent_at is None:
        return Missed(row.chat_id, name, row.state)
    took = row.sent_at - begun_at
    return Missed(row.chat_id, name, row.state, seconds=round(took.total_seconds())) if took > WITHIN else None
