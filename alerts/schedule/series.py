"""The series of times that rules stand for, before any time zone: what a calendar and a clock on the wall show.

A wall time is a datetime that pretends to be UTC, so that reckoning with it knows no change of clocks.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The days in week order, as people may write them."""

WEEKDAYS = tuple(name[:3] for name in DAY_NAMES)
"""The same as the canonical texts write them."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_DECEMBER = 12
_LAST = 31


class Series(Protocol):
    """Wall times without end, a single one or none; as text it is what a rule says after its pattern."""

    def walls(self, start: datetime) -> Iterator[datetime]:
        """Give every wall time from `start` on in order; some that are earlier may come first."""


@dataclass(frozen=True, slots=True)
class Once:
    """A single wall time."""

    wall: datetime

    def walls(self, start: datetime) -> Iterator[datetime]:
        """Give the one wall time, also when it lies before the start."""
        del start
        yield self.wall

    def __str__(self) -> str:
        return f"{self.wall:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Never:
    """No time at all."""

    def walls(self, start: datetime) -> Iterator[datetime]:
        """Give nothing."""
        del start
        return iter(())


@dataclass(frozen=True, slots=True)
class Daily:
    """A time of every day."""

    time: time

    def walls(self, start: datetime) -> Iterator[datetime]:
        """Give the wall time of each day from that of `start` on."""
        wall = datetime.combine(start, self.time, UTC)
        while True:
            yield wall
            wall += _DAY

    def __str__(self) -> str:
        return f"{self.time:%H:%M}"


@dataclass(frozen=True, slots=True)
class Weekly:
    """A time of some days of every week.

    Attributes:
        days: places in `WEEKDAYS`, at least one.
        time: the same on each of them.
    """

    days: frozenset[int]
    time: time

    def walls(self, start: datetime) -> Iterator[datetime]:
        """Give the wall time of each chosen day from that of `start` on."""
        return (wall for wall in Daily(self.time).walls(start) if wall.weekday() in self.days)

    def __str__(self) -> str:
        return f"{','.join(WEEKDAYS[day] for day in sorted(self.days))} {self.time:%H:%M}"


@dataclass(frozen=True, slots=True)
class Monthly:
    """A time of a day of every month; a month that is shorter uses its last day.

    Attributes:
        day: from 1, or None for the last.
        time: on that day.
    """

    day: int | None
    time: time

    def walls(self, start: datetime) -> Iterator[datetime]:
        """Give the wall time of each month from that of `start` on."""
        year, month = start.year, start.month
        while True:
            length = calendar.monthrange(year, month)[1]
            day = min(self.day or _LAST, length)
            yield datetime(year, month, day, self.time.hour, self.time.minute, tzinfo=UTC)
            year, month = (year, month + 1) if month < _DECEMBER else (year + 1, 1)

    def __str__(self) -> str:
        return f"{self.day or 'last'} {self.time:%H:%M}"


@dataclass(frozen=True, slots=True)
class Interval:
    """Moments in UTC that lie a fixed time apart, whatever the clocks on the wall do.

    Attributes:
        length: whole minutes between two of them.
        anchor: where the count begins; the first moment is one length later.
    """

    length: timedelta
    anchor: datetime

    def after(self, moment: datetime) -> datetime:
        """Give the first moment of the series that is later."""
        return self.anchor + max(1, (moment - self.anchor) // self.length + 1) * self.length

    def __str__(self) -> str:
        minutes = self.length // _MINUTE
        length = f"{minutes} min" if minutes % 60 else f"{minutes // 60} h"
        return f"{length} from {self.anchor:%Y-%m-%dT%H:%MZ}"
