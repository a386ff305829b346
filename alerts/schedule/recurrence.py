"""When a schedule fires: the rule as a person writes it, and the moments that follow from it.

Everything but an interval is reckoned on the wall clock of a zone. A wall time that the clocks repeat fires once,
at its first occurrence. One that they skip fires once, later by what was skipped, unless the rule fires at that
moment anyway. So a rule of every few minutes is silent while an hour is repeated; an interval is not.

Bank holidays and office hours (alerts/schedule/restraint.py) hold firings back after that; those that are held back to
the same moment fire once.
"""

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from alerts.errors import InvalidInput
from alerts.schedule.crontab import Crontab
from alerts.schedule.restraint import FREE, Restraint
from alerts.schedule.series import DAY_NAMES, WEEKDAYS, Daily, Interval, Monthly, Never, Once, Series, Weekly

SHORTEST_INTERVAL_MINUTES = 5
LONGEST_INTERVAL_MINUTES = 7 * 24 * 60

_DAY = timedelta(days=1)
_LOOKS_AHEAD = timedelta(days=400)
"""How far past its first time a rule is followed to find one that bank holidays let through."""

_YEARS = range(1970, 3000)
_LONGEST_TEXT = 200
_WEEKDAY_OF = {name: day for names in (DAY_NAMES, WEEKDAYS) for day, name in enumerate(names)}
_ON_THE_WALL = re.compile(r"(?:(\S+) )?(\d{1,2}):(\d\d)", re.ASCII)
_INTERVAL = re.compile(r"(\d{1,9}) ?(?:(min|minutes?)|h|hours?)(?: from (\S+)t(\d\d):(\d\d)z)?", re.ASCII)
_TO_THE_MINUTE = len("2026-10-25T01:30")
_NEAR_AT_MOST = 3
_NEAR_BY_DEFAULT = "Europe/London"


class Pattern(StrEnum):
    """The kinds of rules; each is the first word of its text."""

    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CRON = "cron"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Firing:
    """One time at which a schedule fires.

    Attributes:
        key: unique within a schedule: the wall time as the rule has it, or an interval's moment in UTC.
        at: when it fires, in UTC.
    """

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When a schedule fires, as read from a rule.

    Attributes:
        rule: the canonical text, such as `daily 08:00`; `parse` reads it back to an equal value.
        pattern: what kind of rule it is.
        zone: whose wall clock counts.
        series: the times that the rule stands for.
        restraint: the bank holidays and office hours that hold firings back.
    """

    rule: str
    pattern: Pattern
    zone: ZoneInfo
    series: Series | Interval
    restraint: Restraint = FREE

    @classmethod
    def parse(
        cls, text: str, zone: ZoneInfo, now: datetime, *, stored: bool = False, restraint: Restraint = FREE
    ) -> "Recurrence":
        """Read a rule; letter case and surplus spaces do not matter.

        Args:
            text: the rule, such as `weekly mon,thu 08:00`.
            zone: whose wall clock counts.
            now: the present moment; an interval without an anchor begins at its minute.
            stored: the text comes from the store, where a `once` may have passed.
            restraint: the bank holidays and office hours that hold firings back.

        Raises:
            InvalidInput: it cannot be read, never fires, or has passed.
        """
        fits = stored or len(text) <= _LONGEST_TEXT  # the canonical text may be longer than what was typed
        words = re.sub(" ?, ?", ",", " ".join(text.lower().split())) if fits else ""
        name, _, rest = words.partition(" ")
        try:
            pattern = Pattern(name)
        except ValueError:
            raise _unreadable() from None
        series = _read_series(pattern, rest, now)
        recurrence = cls(f"{pattern} {series}", pattern, zone, series, restraint)
        if pattern is Pattern.ONCE and not stored and recurrence.after(now) is None:
            raise InvalidInput("schedule-past", "that moment has passed: write one that is still to come")
        return recurrence

    @classmethod
    def unreadable(cls, rule: str) -> "Recurrence":
        """Stand in for a rule that cannot be read: it has its text and never fires."""
        return cls(rule, Pattern.ONCE, ZoneInfo("UTC"), Never())

    def after(self, moment: datetime, *, until: datetime | None = None) -> Firing | None:
        """Give the first firing that is later than an aware moment.

        Args:
            moment: the firing is strictly later.
            until: the last moment at which anything may fire, None for no end.

        Returns:
            The firing, or None when none is left.
        """
        first = self._first_held(moment) if self.restraint else self._by_the_rule(moment)
        return None if first is None or (until is not None and first.at > until) else first

    @property
    def leaves_holidays_out(self) -> bool:
        """Whether a bank holiday's firing is left out, since the rule comes round daily, and not moved on."""
        if isinstance(self.series, Crontab):
            return self.series.is_daily
        return self.pattern in {Pattern.DAILY, Pattern.EVERY}

    def _by_the_rule(self, moment: datetime) -> Firing | None:
        if isinstance(self.series, Interval):
            at = self.series.after(moment).astimezone(UTC)
            return Firing(f"{at:%Y-%m-%dT%H:%MZ}", at)
        return self._first(self.series, moment)

    def _first_held(self, moment: datetime) -> Firing | None:
        """Give the first that goes out after a moment: of those held back to one time, the last has its own nearest."""
        found: Firing | None = None
        leaves_out = self.leaves_holidays_out
        firing = self._by_the_rule(self.restraint.look_from(moment, self.zone, leaves_out=leaves_out))
        looks_until = firing.at + _LOOKS_AHEAD if firing else moment
        while firing is not None and firing.at <= (found.at if found else looks_until):
            held = self.restraint.hold(firing.at, self._wall_of(firing), self.zone, leaves_out=leaves_out)
            if held is not None and held > moment and (found is None or held <= found.at):
                found = Firing(firing.key, held)
            firing = self._by_the_rule(firing.at)
        return found

    def _wall_of(self, firing: Firing) -> datetime:
        """Give what the wall shows by the rule, which a skipped hour may have moved."""
        return self._wall(firing.at) if isinstance(self.series, Interval) else datetime.fromisoformat(firing.key)

    def upcoming(self, moment: datetime, count: int = 3, *, until: datetime | None = None) -> tuple[Firing, ...]:
        """Give the next firings later than an aware moment, as many as there are up to `count`."""
        firings: list[Firing] = []
        while len(firings) < count and (firing := self.after(moment, until=until)) is not None:
            firings.append(firing)
            moment = firing.at
        return tuple(firings)

    def _first(self, series: Series, moment: datetime) -> Firing | None:
        first: Firing | None = None
        # What was skipped fires up to a day later, so the clock as it went a day ago counts too.
        start = min(self._wall(moment), self._wall(moment - _DAY) + _DAY)
        for wall in series.walls(start):
            at = wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
            if at <= moment:
                continue
            if first is None or at <= first.at:
                first = Firing(wall.isoformat()[:_TO_THE_MINUTE], at)
            # A skipped time may fire later than the next one on the clock, and gives way at the same moment.
            if self._wall(at) == wall:
                break
        return first

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=UTC, fold=0)


def read_zone(name: str) -> ZoneInfo:
    """Find a time zone by its name, such as `Europe/London`; letter case does not matter.

    Raises:
        InvalidInput: there is none; `near` in its details names up to three that look like it.
    """
    asked = "_".join(name[:_LONGEST_TEXT].lower().split())
    zones = _zones()
    if asked in zones:
        return ZoneInfo(zones[asked])
    cities = {full.rpartition("/")[2]: zone for full, zone in zones.items()}
    words = cities | zones
    close = dict.fromkeys(words[word] for word in difflib.get_close_matches(asked, words, n=2 * _NEAR_AT_MOST))
    near = ", ".join(list(close)[:_NEAR_AT_MOST]) or _NEAR_BY_DEFAULT
    raise InvalidInput("zone-unknown", f"there is no such time zone; write one such as {near}", near=near)


@cache
def _zones() -> dict[str, str]:
    # What the machine happens to be set to, and what stands for no zone at all, are no places.
    return {zone.lower(): zone for zone in sorted(available_timezones() - {"localtime", "Factory"})}


def _read_series(pattern: Pattern, rest: str, now: datetime) -> Series | Interval:
    match pattern:
        case Pattern.CRON:
            return Crontab.parse(rest)
        case Pattern.EVERY:
            return _read_interval(rest, now)
        case _:
            return _read_on_the_wall(pattern, rest)


def _read_on_the_wall(
    pattern: Literal[Pattern.ONCE, Pattern.DAILY, Pattern.WEEKLY, Pattern.MONTHLY], rest: str
) -> Series:
    match = _ON_THE_WALL.fullmatch(rest)
    if match is None or (match[1] is None) != (pattern is Pattern.DAILY):
        raise _unreadable()
    day, at = match[1], _read_time(match[2], match[3])
    match pattern:
        case Pattern.ONCE:
            return Once(datetime.combine(_read_date(day), at, UTC))
        case Pattern.DAILY:
            return Daily(at)
        case Pattern.WEEKLY:
            return Weekly(_read_weekdays(day), at)
        case Pattern.MONTHLY:
            return Monthly(_read_day_of_month(day), at)


def _read_time(hour: str, minute: str) -> time:
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise InvalidInput("schedule-time", "a time goes from 00:00 to 23:59, such as 08:00") from None


def _read_date(text: str) -> datetime:
    try:
        date = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        date = None
    if date is None or date.year not in _YEARS:
        raise InvalidInput("schedule-date", "there is no such day: write year, month and day, such as 2026-11-24")
    return date


def _read_weekdays(text: str) -> frozenset[int]:
    try:
        return frozenset(_WEEKDAY_OF[name] for name in text.split(","))
    except KeyError:
        raise InvalidInput(
            "schedule-weekday", "write days of the week with commas between them, such as mon,thu"
        ) from None


def _read_day_of_month(text: str) -> int | None:
    if text == "last":
        return None
    if not re.fullmatch("0?[1-9]|[12][0-9]|3[01]", text):
        raise InvalidInput("schedule-day", "a day of the month goes from 1 to 31, or is the word last")
    return int(text)


def _read_interval(rest: str, now: datetime) -> Interval:
    match = _INTERVAL.fullmatch(rest)
    if match is None:
        raise _unreadable()
    minutes = int(match[1]) * (1 if match[2] else 60)
    if not SHORTEST_INTERVAL_MINUTES <= minutes <= LONGEST_INTERVAL_MINUTES:
        raise InvalidInput(
            "schedule-interval",
            "an interval is 5 minutes at least and 7 days at most, such as every 30 min or every 2 h",
            minutes=SHORTEST_INTERVAL_MINUTES,
            hours=LONGEST_INTERVAL_MINUTES // 60,
        )
    if match[3] is None:
        anchor = now.astimezone(UTC).replace(second=0, microsecond=0)
    else:
        anchor = datetime.combine(_read_date(match[3]), _read_time(match[4], match[5]), UTC)
    return Interval(timedelta(minutes=minutes), anchor)


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "schedule-unreadable",
        "that is no schedule: write it like once 2026-11-24 08:00, daily 08:00, weekly mon,thu 08:00, "
        "monthly 1 08:00, monthly last 08:00, cron 0 8 * * mon-fri or every 30 min",
    )
