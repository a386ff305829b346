"""What holds a firing back: bank holidays and office hours, reckoned on the wall clock of the schedule's zone.

A firing on a bank holiday goes out on the next working day at the same time, or is left out where the rule comes
round every day anyway. One outside office hours waits until the office opens. Working days are Monday to Friday
without the bank holidays that were handed in; office hours alone know no bank holidays.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from alerts.errors import InvalidInput

_DAY = timedelta(days=1)
_SATURDAY = 5
_CLOSED_AT_MOST = 366
"""Days in a row without a working day after which nothing is expected to open any more."""

_HOURS = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", re.ASCII)


class BankHolidays(Protocol):
    """The bank holidays of a place.

    Attributes:
        code: such as `GB-ENG`.
        place: as people call it, such as `England`.
    """

    @property
    def code(self) -> str:
        """What the store keeps."""

    @property
    def place(self) -> str:
        """What people read."""

    def __contains__(self, day: object) -> bool:
        """Tell whether a date is a bank holiday, a substitute day among them."""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """From when to when the office is open on a working day; the closing time itself is outside."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> "OfficeHours":
        """Read hours such as `09:00-17:00`.

        Raises:
            InvalidInput: they cannot be read, or close before they open.
        """
        match = _HOURS.fullmatch(text.strip())
        try:
            first, second, third, fourth = match.groups() if match else [""] * 4
            opens, closes = time(int(first), int(second)), time(int(third), int(fourth))
        except ValueError:
            raise InvalidInput("office-hours", "write office hours as 09:00-17:00") from None
        if opens >= closes:
            raise InvalidInput("office-hours-order", "an office opens before it closes: write 09:00-17:00")
        return cls(opens, closes)

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


@dataclass(frozen=True, slots=True)
class Restraint:
    """What a schedule respects.

    Attributes:
        holidays: the bank holidays on which it does not fire, None when it does.
        office: the hours in which alone it fires, None for any hour.
    """

    holidays: BankHolidays | None = None
    office: OfficeHours | None = None

    def __bool__(self) -> bool:
        return self.holidays is not None or self.office is not None

    def is_working(self, day: date) -> bool:
        """Tell whether a day is Monday to Friday and no bank holiday that counts here."""
        return day.weekday() < _SATURDAY and not self.is_holiday(day)

    def is_holiday(self, day: date) -> bool:
        """Tell whether a day is a bank holiday that counts here."""
        return self.holidays is not None and day in self.holidays

    def hold(self, at: datetime, wall: datetime, zone: ZoneInfo, *, leaves_out: bool) -> datetime | None:
        """Give when a firing goes out: at once, later, or None for not at all.

        Args:
            at: when the rule fires it, aware.
            wall: what the clock on the wall shows then by the rule; its zone is not looked at.
            zone: whose wall clock counts.
            leaves_out: on a bank holiday it is left out, and does not move to the next working day.
        """
        if self.is_holiday(wall.date()):
            following = None if leaves_out else self._working_from(wall.date() + _DAY)
            if following is None:
                return None
            at = _at(following, wall.time(), zone)
        return at if self.is_open(at, zone) else self._opening(at, zone)

    def is_open(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Tell whether a moment lies within office hours; without any, each does."""
        local = moment.astimezone(zone)
        if self.office is None:
            return True
        return self.is_working(local.date()) and self.office.opens <= local.time() < self.office.closes

    def look_from(self, moment: datetime, zone: ZoneInfo, *, leaves_out: bool) -> datetime:
        """Give the moment up to which no firing is held back beyond `moment`; for `leaves_out` see `hold`.

        Held back are those of this day, of the closed days just before and of the evening before these. An evening may
        hold what moved to it from closed days before it.
        """
        day = moment.astimezone(zone).date()
        moves = self.holidays is not None and not leaves_out
        is_plain = not moves or (self.is_working(day) and self.is_working(day - _DAY))
        if is_plain and self.is_open(moment, zone):
            return moment
        for _ in range(2 if moves and self.office else 1):
            day = self._working_before(day)
        return min(moment, _at(day, time(), zone))

    def _opening(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """Give when the office opens next."""
        if self.office is None:
            return moment
        local = moment.astimezone(zone)
        today = local.date() if local.time() < self.office.opens else local.date() + _DAY
        day = self._working_from(today)
        return None if day is None else _at(day, self.office.opens, zone)

    def _working_from(self, day: date) -> date | None:
        """Give the first working day from this one on, None when none comes within a year."""
        days = (day + number * _DAY for number in range(_CLOSED_AT_MOST))
        return next((one for one in days if self.is_working(one)), None)

    def _working_before(self, day: date) -> date:
        """Give the last working day before this one, a year ago at most."""
        days = (day - number * _DAY for number in range(1, _CLOSED_AT_MOST))
        return next((one for one in days if self.is_working(one)), day - _CLOSED_AT_MOST * _DAY)


FREE = Restraint()
"""Nothing holds it back."""


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Give the moment of a wall time; one that is skipped lies later by what was skipped."""
    return datetime.combine(day, clock.replace(fold=0), zone).astimezone(UTC)
