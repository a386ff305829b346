"""Cron expressions as crontab means them, read strictly before APScheduler sees them.

APScheduler counts the days of the week from Monday, joins the two kinds of day with AND, and passes over what
follows a name. So every field is read here, and APScheduler is given only what both understand alike.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from apscheduler.triggers.cron import CronTrigger

from alerts.errors import InvalidInput
from alerts.schedule.series import DAY_NAMES, WEEKDAYS

_SUNDAY_FIRST = (DAY_NAMES[-1], *DAY_NAMES[:-1])
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_SHORTEST_RANGE = 3
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_TERM = re.compile(
    r"(?:(?P<all>\*)|(?P<first>[a-z]+|\d{1,2})(?:-(?P<last>[a-z]+|\d{1,2}))?)(?:/(?P<step>\d{1,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class _Field:
    """What one of the five fields may hold; the first of `names` stands for `least`."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()

    def read(self, text: str) -> dict[str, set[int]]:
        """Give each term in figures with the values that it stands for."""
        return dict(self._term(term) for term in text.split(","))

    def _term(self, term: str) -> tuple[str, set[int]]:
        match = _TERM.fullmatch(term)
        if match is None:
            raise self._wrong("write *, a value, a range such as 1-5, or */10, with commas between several")
        if match["all"]:
            first, last = self.least, self.most
        else:
            first = self._value(match["first"])
            last = self._value(match["last"] or match["first"])
            if self.names == _SUNDAY_FIRST and last == 0 < first:
                last = 7  # Sunday ends a week as well as it begins one: fri-sun
        if last < first:
            raise self._wrong("a range goes from the lower value to the higher one")
        figures = "*" if match["all"] else f"{first}-{last}" if match["last"] else f"{first}"
        if match["step"] is None:
            return figures, set(range(first, last + 1))
        step = int(match["step"])
        if not 0 < step <= last - first:
            raise self._wrong("a step follows * or a range, is at least 1 and fits into it, as in */10 or 8-18/2")
        return f"{figures}/{step}", set(range(first, last + 1, step))

    def _value(self, text: str) -> int:
        for value, name in enumerate(self.names, self.least):
            if text in {name, name[:3]}:
                return value
        if not text.isdecimal() or not self.least <= int(text) <= self.most:
            names = f", or {self.names[0][:3]} to {self.names[-1][:3]}" if self.names else ""
            raise self._wrong(f"it goes from {self.least} to {self.most}{names}")
        return int(text)

    def _wrong(self, what: str) -> InvalidInput:
        return InvalidInput(
            "schedule-cron", f"the cron expression's {self.name} cannot be read: {what}", field=self.name
        )


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _SUNDAY_FIRST),
)


@dataclass(frozen=True, slots=True)
class Crontab:
    """A cron expression in its canonical form: figures, and names for the days of the week.

    Attributes:
        fields: minute, hour, day of the month, month, day of the week, as both crontab and APScheduler read them.
    """

    fields: tuple[str, str, str, str, str]

    @classmethod
    def parse(cls, text: str) -> "Crontab":
        """Read five fields in lower case with spaces between them.

        Raises:
            InvalidInput: a field cannot be read, both kinds of day are given, or no such day exists.
        """
        parts = text.split()
        if len(parts) != len(_FIELDS):
            raise InvalidInput(
                "schedule-cron-fields",
                f"a cron expression has five fields, not {len(parts)}: minute, hour, day of the month, month, day of "
                "the week, as in 0 8 * * mon-fri",
                count=len(parts),
            )
        read = [field.read(part) for field, part in zip(_FIELDS, parts, strict=True)]
        if parts[2] != "*" and parts[4] != "*":
            raise InvalidInput(
                "schedule-cron-days",
                "give a day of the month or a day of the week and leave the other *: crontab would fire on either, "
                "not on both together, so write two schedules",
            )
        days, months, weekdays = (set[int]().union(*field.values()) for field in read[2:])
        if min(days) > max(_LONGEST_MONTHS[month - 1] for month in months):
            raise InvalidInput("schedule-never", "this never fires: no month that it names has that day")
        minute, hour, day, month = (",".join(field) for field in read[:4])
        return cls((minute, hour, day, month, _weekday_names({(number - 1) % 7 for number in weekdays})))

    @property
    def is_daily(self) -> bool:
        """Whether it comes round on every day of its months: neither kind of day is named."""
        return self.fields[2] == self.fields[4] == "*"

    def __str__(self) -> str:
        return " ".join(self.fields)

    def walls(self, start: datetime) -> Iterator[datetime]:
        """Give the wall times from `start` on, pretended to be UTC."""
        trigger = _trigger(self.fields)
        while True:
            wall: datetime = trigger.get_next_fire_time(None, start)
            yield wall
            start = wall + timedelta(minutes=1)


def _weekday_names(days: set[int]) -> str:
    """Write the days, counted from Monday, in week order, three or more in a row as a range."""
    if len(days) == len(WEEKDAYS):
        return "*"
    terms: list[str] = []
    for day in sorted(days):
        if day - 1 in days:
            continue
        end = day
        while end + 1 in days:
            end += 1
        names = WEEKDAYS[day : end + 1]
        terms += [f"{names[0]}-{names[-1]}"] if len(names) >= _SHORTEST_RANGE else names
    return ",".join(terms)


@lru_cache(maxsize=256)
def _trigger(fields: tuple[str, str, str, str, str]) -> CronTrigger:
    minute, hour, day, month, weekday = fields
    return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, timezone=UTC)
