"""Chooses which rows of the outbox go next: most urgent lane first, then the older alert."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Row, Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.endings import end_expired
from alerts.delivery.states import WAITING, DeliveryState
from alerts.publishing.alert import AlertStatus, Severity
from alerts.store.listed import listed
from alerts.store.tables import IS_OPEN, alerts, deliveries

LOWEST_SHARE = 50
"""Of so many rows that are held, one may be of the lowest lane that waits, though the lanes before it take the rest."""


class Claimed(NamedTuple):
    """A row that this process has taken and must account for before its lease ends; a tuple, since there are many.

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


class Claim:
    """Chooses the rows of one claim.

    Attributes:
        found: what was chosen.
        passed: the highest row chosen of each alert.
        unfinished: alerts of which new rows were chosen, and which have therefore not come to their end.
    """

    def __init__(self, room: int, held_rows: dict[int, int], passed: dict[int, int], lease_until: datetime) -> None:
        self.found: list[Claimed] = []
        self.passed = passed
        self.unfinished: set[int] = set()
        self._room = room
        self._held = held_rows
        self._lease_until = lease_until

    async def take(self, connection: AsyncConnection, sending: Mapping[int, int], now: datetime) -> None:
        """Choose rows that are due, lane by lane: those whose wait is over, then new ones alert by alert."""
        waited = (await connection.execute(_WAITED.limit(self._room), {"b_now": now, "b_sending": list(sending)})).all()
        by_lane = sorted(sending.items(), key=lambda item: (item[1], item[0]))
        lowest = by_lane[-1][1] if by_lane else 0
        for lane in sorted({lane for _, lane in by_lane}):
            for row in waited:
                if row.lane == lane and self._is_room(lane, lowest):
                    self._add(row)
            for alert_id in (alert_id for alert_id, its_lane in by_lane if its_lane == lane):
                await self._take_new(connection, alert_id, lane, lowest)

    async def _take_new(self, connection: AsyncConnection, alert_id: int, lane: int, lowest: int) -> None:
        wanted = self._left(lane, lowest)
        if wanted <= 0:
            return
        after = self.passed.get(alert_id, 0)
        rows = (await connection.execute(_NEW.limit(wanted), {"b_alert": alert_id, "b_after": after})).all()
        for row in rows:
            self._add(row)
        if rows:
            self.passed[alert_id] = rows[-1].id
            self.unfinished.add(alert_id)

    def _left(self, lane: int, lowest: int) -> int:
        """Tell how many more rows of a lane may be taken."""
        before = sum(number for other, number in self._held.items() if other <= lane)
        little = 0
        if lane == lowest and self._room > 1:
            little = max(1, self._room // LOWEST_SHARE) - self._held.get(lane, 0)
        return max(self._room - before, little)

    def _is_room(self, lane: int, lowest: int) -> bool:
        return self._left(lane, lowest) > 0

    def _add(self, row: Row[int, int, int, int, int, int]) -> None:
        self.found.append(Claimed(*row[:5], self._lease_until, row.part))
        self._held[row.lane] = self._held.get(row.lane, 0) + 1


async def being_sent(connection: AsyncConnection, now: datetime) -> dict[int, int]:
    """Give the alerts that are being sent, each with its lane; those whose time has run out are ended."""
    found = (await connection.execute(_SENDING)).all()
    for row in found:
        if row.expires_at <= now:
            await end_expired(connection, row.id, now)
    return {row.id: Severity(row.severity).lane for row in found if row.expires_at > now}


async def is_any_sent(connection: AsyncConnection) -> bool:
    """Tell whether an alert is being sent."""
    return (await connection.execute(_SENDING.limit(1))).first() is not None


def lease_rows(*, is_sqlite: bool) -> Update:
    """Lease the rows that the list in the parameter names."""
    item = listed(is_sqlite=is_sqlite, id=BigInteger())
    return (
        update(deliveries)
        .where(deliveries.c.id.in_(select(item.c.id)))
        .values(
            state=DeliveryState.LEASED.value,
            not_before=None,
            lease_holder=bindparam("b_holder"),
            lease_until=bindparam("b_lease", type_=deliveries.c.lease_until.type),
            state_at=bindparam("b_now", type_=deliveries.c.state_at.type),
        )
    )


_SENDING = select(alerts.c.id, alerts.c.severity, alerts.c.expires_at).where(
    alerts.c.status == AlertStatus.SENDING.value
)

_ROW = (
    deliveries.c.id,
    deliveries.c.alert_id,
    deliveries.c.chat_id,
    deliveries.c.lane,
    deliveries.c.attempts,
    deliveries.c.part,
)

_NEW = (
    select(*_ROW)
    .where(
        IS_OPEN,
        deliveries.c.state == DeliveryState.QUEUED.value,
        deliveries.c.not_before.is_(None),
        deliveries.c.alert_id == bindparam("b_alert"),
        deliveries.c.id > bindparam("b_after"),
    )
    .order_by(deliveries.c.alert_id, deliveries.c.id)
)
"""Rows of an alert that nobody has claimed yet."""

_WAITED = (
    select(*_ROW)
    .where(
        deliveries.c.not_before <= bindparam("b_now", type_=deliveries.c.not_before.type),
        deliveries.c.state.in_([state.value for state in WAITING]),
        (deliveries.c.alert_id + 0).in_(bindparam("b_sending", expanding=True)),  # + 0: not the index by alert
    )
    .order_by(deliveries.c.lane, deliveries.c.not_before, deliveries.c.id)
)
"""Rows that had to wait and need not any more."""
