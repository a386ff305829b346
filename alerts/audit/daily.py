"""Hands the newest link to the owners once a day: what they keep proves later that nothing was cut off or replaced."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.record import newest_link
from alerts.clock import Clock
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.store import Store
from alerts.store.tables import meta

TOLD_ON = "audit_told_on"
"""Where `meta` keeps the local day whose link was handed out last."""


class DailyLink:
    """Leaves the owners a notice of the newest link, once for each local day.

    Args:
        store: the database.
        clock: the source of time.
        zone: in which a day begins.
        at: the local time from which it is due.
    """

    def __init__(self, store: Store, clock: Clock, zone: ZoneInfo, at: time) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._at = at

    async def look(self) -> None:
        """Hand it out if it is due; a duty that recurs. After a time in which nothing ran it is handed out once.

        The first look of a new database only begins to count: the first link is handed out when it is due next.
        """
        now = self._clock.now()
        day = self._due_day(now).isoformat()
        async with self._store.reading() as connection:
            told_on = await _told_on(connection)
        if told_on is not None and told_on >= day:
            return
        async with self._store.writing() as connection:
            if await _told_on(connection) != told_on:
                return  # another process was quicker
            if told_on is None:
                await connection.execute(insert(meta).values(key=TOLD_ON, value=day))
                return
            await connection.execute(update(meta).where(meta.c.key == TOLD_ON).values(value=day))
            newest = await newest_link(connection)
            if newest is not None:
                details = {"number": newest.number, "seal": newest.seal, "noted_at": newest.at}
                await leave_notice(connection, await owners_of(connection), NoticeKind.RECORD_LINK, now, **details)

    def _due_day(self, now: datetime) -> date:
        """Give the last day whose moment has come."""
        today = now.astimezone(self._zone).date()
        return today if self._moment_of(today) <= now else today - timedelta(days=1)

    def _moment_of(self, day: date) -> datetime:
        """Give the moment of a day; of a local time that the clocks skip or repeat the later one (decision 0012)."""
        wall = datetime.combine(day, self._at)
        return max(wall.replace(tzinfo=self._zone, fold=fold).astimezone(UTC) for fold in (0, 1))


async def _told_on(connection: AsyncConnection) -> str | None:
    return (await connection.execute(select(meta.c.value).where(meta.c.key == TOLD_ON))).scalar_one_or_none()
