"""Chooses which rows of the outbox go next: most urgent lane first, then the older alert."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.copies import Copy, read_copies
from alerts.delivery.endings import end_expired
from alerts.delivery.states import WAITING, DeliveryState, as_state
from alerts.publishing.alert import AlertStatus, Severity
from alerts.store.listed import Listed
from alerts.store.tables import IS_OPEN, alerts, deliveries

OnExpired = Callable[[AsyncConnection, int], Awaitable[None]]
"""Told of an alert that has just run out, inside the transaction that ends it."""

LOWEST_SHARE = 50
"""Of so many rows that are held, one may be of the lowest lane that waits, though the lanes before it take the rest."""


class Claimed(NamedTuple):
    """A row that this process has taken and must account for; a tuple, since there are many.

    Attributes:
        leased_at: when it was taken, which names the lease: an outcome counts for this lease alone.
        part: how many messages of its alert are there already.
        copy: of an alert that changes earlier ones, what the chat has of those.
    """

    id: int
    alert_id: int
    chat_id: int
    lane: int
    attempts: int
    leased_at: datetime
    part: int = 0
    copy: Copy | None = None


class Claim:
    """Chooses and leases the rows of one claim.

    Attributes:
        found: what was chosen.
        passed: the highest row chosen of each alert.
        unfinished: alerts of which new rows were chosen, and which have therefore not come to their end.
    """

    def __init__(
        self, room: int, held_rows: dict[int, int], passed: dict[int, int], now: datetime, *, is_sqlite: bool
    ) -> None:
        self.found: list[Claimed] = []
        self.passed = passed
        self.unfinished: set[int] = set()
        self._room = room
        self._held = held_rows
        self._now = now
        self._ids = Listed(is_sqlite=is_sqlite, id=BigInteger())

    async def take(
        self, connection: AsyncConnection, sending: Mapping[int, int], changing: AbstractSet[int] = frozenset()
    ) -> None:
        """Lease rows that are due, lane by lane: those whose wait is over, then new ones alert by alert.

        Args:
            connection: a transaction.
            sending: the alerts that are being sent, each with its lane.
            changing: those of them that change earlier ones: their rows bring along what the chat has.
        """
        by_lane = sorted(sending.items(), key=lambda item: (item[1], item[0]))
        lowest = by_lane[-1][1] if by_lane else 0
        due = (await connection.execute(_WAITED, {"b_now": self._now, "b_room": self._room})).all()
        waited = [
            Claimed(row.id, row.alert_id, row.chat_id, row.lane, row.attempts, self._now, row.part) for row in due
        ]
        for lane in sorted({lane for _, lane in by_lane}):
            chosen = [row for row in waited if row.lane == lane][: max(0, self._left(lane, lowest))]
            await self._lease_waited(connection, chosen)
            for alert_id in (alert_id for alert_id, its_lane in by_lane if its_lane == lane):
                await self._lease_new(connection, alert_id, lane, self._left(lane, lowest))
        if changing:
            await self._bring_copies(connection, changing)

    async def _bring_copies(self, connection: AsyncConnection, changing: AbstractSet[int]) -> None:
        """Put to each row of a follow-up what its chat has of what is changed."""
        ids = [row.id for row in self.found if row.alert_id in changing]
        if ids:
            named = self._ids.parameter((row_id,) for row_id in ids)
            copies = await read_copies(connection, select(self._ids.table.c.id), named)
            self.found = [
                row._replace(copy=copies.get(row.id, Copy())) if row.alert_id in changing else row for row in self.found
            ]

    async def _lease_waited(self, connection: AsyncConnection, chosen: Sequence[Claimed]) -> None:
        """Lease rows of one lane that had to wait, one by one as they are named."""
        if not chosen:
            return
        these = update(deliveries).where(deliveries.c.id.in_(select(self._ids.table.c.id))).values(_LEASE)
        named = self._ids.parameter((row.id,) for row in chosen)
        await connection.execute(these, named | {"b_now": self._now})
        self.found += chosen
        self._hold(chosen[0].lane, len(chosen))

    async def _lease_new(self, connection: AsyncConnection, alert_id: int, lane: int, wanted: int) -> None:
        """Lease the next rows of an alert that nobody has claimed yet: all between two ids."""
        if wanted <= 0:
            return
        after = {"b_alert": alert_id, "b_after": self.passed.get(alert_id, 0)}
        rows = (await connection.execute(_NEW, after | {"b_room": wanted})).all()
        if not rows:
            return
        last = rows[-1][0]
        await connection.execute(_LEASE_NEW, after | {"b_last": last, "b_now": self._now})
        self.found += [Claimed(row_id, alert_id, chat_id, lane, 0, self._now) for row_id, chat_id in rows]
        self.passed[alert_id] = last
        self.unfinished.add(alert_id)
        self._hold(lane, len(rows))

    def _left(self, lane: int, lowest: int) -> int:
        """Tell how many more rows of a lane may be taken."""
        before = sum(number for other, number in self._held.items() if other <= lane)
        little = 0
        if lane == lowest and self._room > 1:
            little = max(1, self._room // LOWEST_SHARE) - self._held.get(lane, 0)
        return max(self._room - before, little)

    def _hold(self, lane: int, rows: int) -> None:
        self._held[lane] = self._held.get(lane, 0) + rows


async def being_sent(
    connection: AsyncConnection, now: datetime, on_expired: OnExpired
) -> tuple[dict[int, int], set[int]]:
    """Give the alerts that are being sent, each with its lane, and which of them change earlier ones.

    Those whose time has run out are ended.
    """
    found = (await connection.execute(_SENDING)).all()
    for row in found:
        if row.expires_at <= now:
            await end_expired(connection, row.id, now)
            await on_expired(connection, row.id)
    sending = {row.id: Severity(row.severity).lane for row in found if row.expires_at > now}
    return sending, {row.id for row in found if row.change is not None}


async def is_any_sent(connection: AsyncConnection) -> bool:
    """Tell whether an alert is being sent."""
    return (await connection.execute(_SENDING.limit(1))).first() is not None


_SENDING = select(alerts.c.id, alerts.c.severity, alerts.c.expires_at, alerts.c.change).where(
    alerts.c.status == AlertStatus.SENDING.value
)

_IS_NEW = (
    IS_OPEN
    & (deliveries.c.state == DeliveryState.QUEUED.value)
    & deliveries.c.not_before.is_(None)
    & (deliveries.c.alert_id == bindparam("b_alert"))
    & (deliveries.c.id > bindparam("b_after"))
)
"""Rows of an alert that nobody has claimed yet."""

_NEW = (
    select(deliveries.c.id, deliveries.c.chat_id)
    .where(_IS_NEW)
    .order_by(deliveries.c.alert_id, deliveries.c.id)
    .limit(bindparam("b_room", type_=BigInteger))
)
"""The next of them. None was tried before, so neither attempts nor parts have to be read."""

_LEASE = as_state(DeliveryState.LEASED) | {
    "not_before": None,
    "state_at": bindparam("b_now", type_=deliveries.c.state_at.type),
}

_LEASE_NEW = (
    update(deliveries)
    .where(_IS_NEW, deliveries.c.id <= bindparam("b_last"))
    .values(state=_LEASE["state"], state_at=_LEASE["state_at"])  # and nothing that an index has to follow
)
"""Lease what `_NEW` has found: the same rows, by their ids' bounds alone."""

_WAITED = (
    select(
        deliveries.c.id,
        deliveries.c.alert_id,
        deliveries.c.chat_id,
        deliveries.c.lane,
        deliveries.c.attempts,
        deliveries.c.part,
    )
    .where(
        deliveries.c.not_before <= bindparam("b_now", type_=deliveries.c.not_before.type),
        deliveries.c.state.in_([state.value for state in WAITING]),
        (deliveries.c.alert_id + 0).in_(  # + 0: not the index by alert
            select(alerts.c.id).where(alerts.c.status == AlertStatus.SENDING.value)
        ),
    )
    .order_by(deliveries.c.lane, deliveries.c.not_before, deliveries.c.id)
    .limit(bindparam("b_room", type_=BigInteger))
)
"""Rows that had to wait and need not any more."""
