"""Follows an alert while it is being sent: what it counted once it does not count again, and how long the rest takes.

A look at every row of a large alert, every two seconds, would cost more than the sending.
"""

from collections import deque
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.report import Counted, DeliveryReport, add_up, count_rows
from alerts.delivery.states import OPEN, DeliveryState
from alerts.store.tables import deliveries

BLOCK_ROWS = 5_000
"""Rows that are counted together; an alert of fewer is counted whole at each look."""

MAY_CHANGE = frozenset({*OPEN, DeliveryState.UNCERTAIN})
"""States that a row may still leave: 'send again' queues an uncertain one."""

WINDOW_SECONDS = 30.0
"""What happened in this time counts as lately."""

EVIDENCE_SECONDS = 5.0
EVIDENCE_ROWS = 3
"""A shorter time, or fewer rows, are no evidence of a rate."""


class Tally:
    """The counts of one alert's rows, kept up block by block.

    Rows are sent in the order of their ids. A block whose rows have all come to their end is not looked at again; one
    that nobody has touched ends the look, and what lies behind it is taken to wait. So somebody who unsubscribes far
    ahead counts as waiting until the sender has come there; a finished alert is counted whole (`read_report`).

    Args:
        alert_id: which alert.
        block_rows: how many ids make a block.
    """

    def __init__(self, alert_id: int, block_rows: int = BLOCK_ROWS) -> None:
        self._alert_id = alert_id
        self._block_rows = block_rows
        self._ids = range(0)
        self._recipients = 0
        self._ended: dict[int, list[Counted]] = {}

    async def count(self, connection: AsyncConnection) -> DeliveryReport:
        """Count what may have changed since the last look, and add it to the rest."""
        if not self._recipients:
            await self._measure(connection)
        found: list[Counted] = []
        for low in self._ids:
            block = self._ended.get(low)
            if block is None:
                block = await self._count_block(connection, low)
                if not any(group.state in MAY_CHANGE for group in block):
                    self._ended[low] = block
            found += block
            if block and all(group.untouched == group.rows for group in block):
                break
        behind = self._recipients - sum(group.rows for group in found)
        return add_up([*found, Counted(DeliveryState.QUEUED, None, behind)])

    async def _measure(self, connection: AsyncConnection) -> None:
        """Find the number of rows, and where their blocks begin; neither changes once an alert is confirmed."""
        whole = select(func.count(), func.min(deliveries.c.id), func.max(deliveries.c.id))
        row = (await connection.execute(whole.where(deliveries.c.alert_id == self._alert_id))).one()
        self._recipients = row[0]
        self._ids = range(row[1], row[2] + 1, self._block_rows) if row[0] else range(0)

    async def _count_block(self, connection: AsyncConnection, low: int) -> list[Counted]:
        in_block = deliveries.c.id.between(low, low + self._block_rows - 1)
        # the sum keeps the databases from going through all rows of the alert by the index of its chats
        return await count_rows(connection, in_block, deliveries.c.alert_id + 0 == self._alert_id)


class Estimate:
    """Tells how long the rest takes, by the rate that was reached lately. Moments are seconds that never run back."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, done: int, now: float) -> None:
        """Note how many rows have come to their end by now."""
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()  # they are sent again: what was before says nothing about it
        self._seen.append((now, done))
        while self._seen[0][0] < now - WINDOW_SECONDS:
            self._seen.popleft()

    def forget(self) -> None:
        """Begin anew: what was reached before a hold says nothing about the time after it."""
        self._seen.clear()

    def seconds_left(self, rows: int) -> float | None:
        """Give how long so many rows take; None while there is no evidence."""
        seconds, done = self._lately()
        if seconds < EVIDENCE_SECONDS or done < EVIDENCE_ROWS:
            return None
        return rows * seconds / done

    @property
    def is_stalled(self) -> bool:
        """Tell whether nothing has come to its end for about as long as it looks back."""
        seconds, done = self._lately()
        return not done and seconds >= WINDOW_SECONDS - EVIDENCE_SECONDS

    def _lately(self) -> tuple[float, int]:
        if not self._seen:
            return 0.0, 0
        (then, before), (now, done) = self._seen[0], self._seen[-1]
        return now - then, done - before


def commonest(reasons: Iterable[tuple[str, int]]) -> str:
    """Give the reason that stands most often, empty when there is none."""
    return max(reasons, key=lambda item: item[1], default=("", 0))[0]
