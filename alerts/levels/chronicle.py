"""What is known of the past: the shipped history of a scheme, and after it what was recorded here.

The history speaks for every day up to its `history_until`; from the next day on the readings do. Of a day in between
of which neither speaks nothing is known, and that is what is said. A reading holds until the day from which the next
one holds; the newest holds until today, or, when it has not been confirmed for too long, until it was last confirmed.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerts.clock import Clock
from alerts.data import UnknownCode
from alerts.levels.register import Reading, Register
from alerts.levels.scheme import Level, Scheme, Schemes

ONE_DAY = timedelta(days=1)
APPROXIMATE_DAYS = 2
"""How far a day may be off that comes from a second-hand list."""


class Surety(StrEnum):
    """How sure the day is on which a stretch begins."""

    OFFICIAL = "official"
    PRESS = "press"
    LIST = "list"
    RECORDED = "recorded"
    UNKNOWN = "unknown"


SURETIES = {"A": Surety.OFFICIAL, "B": Surety.PRESS, "C": Surety.LIST}
"""The confidence of the data files in words."""


@dataclass(frozen=True, slots=True)
class Era:
    """Days in a row with one level.

    Attributes:
        start: the first day, in the readers' zone.
        end: the first day after it.
        level: None for days of which nothing is known.
        surety: how sure `start` is.
        note: what the change followed, or "".
    """

    start: date
    end: date
    level: Level | None
    surety: Surety
    note: str = ""

    @property
    def is_start_approximate(self) -> bool:
        """Whether `start` has to be shown as 'about'."""
        return self.surety is Surety.LIST


class Silence(StrEnum):
    """Why nothing can be said of a day."""

    BEFORE = "before"
    AHEAD = "ahead"
    GAP = "gap"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """What is known of one day in one scheme.

    Attributes:
        era: the days with that level to which it belongs, None when nothing is known.
        before: the level until the day on which the era begins, None when that is not known.
        lasts: whether the era has not ended, as far as is known.
        is_near_doubt: the day is so close to an approximate date that the level may have been the neighbour's.
        silence: why nothing is known.
        known_from: the first day of which anything is known.
    """

    scheme: Scheme
    day: date
    era: Era | None
    before: Level | None = None
    lasts: bool = False
    is_near_doubt: bool = False
    silence: Silence | None = None
    known_from: date | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """One scheme's eras, oldest first and without gaps between them; the last one ends after today."""

    scheme: Scheme
    eras: tuple[Era, ...]

    def on(self, day: date, today: date) -> DayAnswer:
        """Tell what is known of a day.

        Args:
            day: which.
            today: the present day in the readers' zone.
        """
        first = self.eras[0].start if self.eras else None
        if day > today:
            return DayAnswer(self.scheme, day, None, silence=Silence.AHEAD, known_from=first)
        if first is None:
            return DayAnswer(self.scheme, day, None, silence=Silence.NOTHING)
        if day < first:
            return DayAnswer(self.scheme, day, None, silence=Silence.BEFORE, known_from=first)
        number = next(place for place, era in enumerate(self.eras) if era.start <= day < era.end)
        era = self.eras[number]
        if era.level is None:
            return DayAnswer(self.scheme, day, None, silence=Silence.GAP, known_from=first)
        following = self.eras[number + 1] if number + 1 < len(self.eras) else None
        doubts = [start.start for start in (era, following) if start is not None and start.is_start_approximate]
        return DayAnswer(
            self.scheme,
            day,
            era,
            before=self.eras[number - 1].level if number else None,
            lasts=following is None,
            is_near_doubt=any(abs((day - doubt).days) <= APPROXIMATE_DAYS for doubt in doubts),
            known_from=first,
        )


class Chronicle:
    """Reads the past of every scheme in force.

    Args:
        register: the readings.
        schemes: the schemes with their shipped histories.
        clock: the source of time.
        zone: the readers' zone, in which a day begins.
    """

    def __init__(self, register: Register, schemes: Schemes, clock: Clock, zone: ZoneInfo) -> None:
        self._register = register
        self._schemes = schemes
        self._clock = clock
        self._zone = zone

    def today(self) -> date:
        """Give the present day in the readers' zone."""
        return self._clock.now().astimezone(self._zone).date()

    async def pasts(self) -> list[Past]:
        """Give what is known of every scheme in force, in their order."""
        now = self._clock.now()
        return [
            past_of(scheme, await self._register.readings(scheme.code), now, self._zone)
            for scheme in self._schemes.in_force
        ]

    async def on(self, day: date) -> list[DayAnswer]:
        """Tell for every scheme in force what its level was on a day."""
        today = self.today()
        return [past.on(day, today) for past in await self.pasts()]


def past_of(scheme: Scheme, readings: list[Reading], now: datetime, zone: ZoneInfo) -> Past:
    """Put together what the history and the readings say of a scheme.

    Args:
        scheme: which.
        readings: all of its readings, newest first.
        now: the present moment.
        zone: the readers' zone.
    """
    eras = _shipped(scheme)
    known = [(reading, level) for reading in reversed(readings) if (level := _level(scheme, reading)) is not None]
    for number, (reading, level) in enumerate(known):
        start = reading.since or reading.seen_at.astimezone(zone).date()
        if scheme.history_until is not None:
            start = max(start, scheme.history_until + ONE_DAY)
        eras = _painted(eras, Era(start, start + ONE_DAY, level, Surety.RECORDED), continues=number > 0)
    tomorrow = now.astimezone(zone).date() + ONE_DAY
    if known and eras:
        newest = known[-1][0]
        is_stale = now - newest.seen_at > timedelta(hours=scheme.stale_after_hours)
        until = newest.seen_at.astimezone(zone).date() + ONE_DAY if is_stale else tomorrow
        eras[-1] = replace(eras[-1], end=max(min(until, tomorrow), eras[-1].start + ONE_DAY))
    if eras and eras[-1].end < tomorrow:
        eras.append(Era(eras[-1].end, tomorrow, None, Surety.UNKNOWN))
    return Past(scheme, tuple(eras))


def _shipped(scheme: Scheme) -> list[Era]:
    """Give the eras of the shipped history."""
    if scheme.history_until is None:
        return []
    ends = [*(change.date for change in scheme.history[1:]), scheme.history_until + ONE_DAY]
    return [
        Era(change.date, end, scheme.level(change.level), SURETIES[change.day_confidence], change.note)
        for change, end in zip(scheme.history, ends, strict=True)
    ]


def _painted(eras: list[Era], new: Era, *, continues: bool) -> list[Era]:
    """Let a reading hold from its day on, over what was said of that time before.

    Args:
        eras: what was said before.
        new: the reading, its end open.
        continues: whether it follows on another reading, which has held until then.
    """
    kept = [replace(era, end=min(era.end, new.start)) for era in eras if era.start < new.start]
    if not kept:
        return [new]
    last = kept[-1]
    if continues and last.level is not None:
        last = kept[-1] = replace(last, end=new.start)
    if last.end < new.start:
        kept.append(Era(last.end, new.start, None, Surety.UNKNOWN))
    elif last.level == new.level:
        kept[-1] = replace(last, end=new.end)
        return kept
    return [*kept, new]


def _level(scheme: Scheme, reading: Reading) -> Level | None:
    """Give the level that a reading names; None when the operator's file has lost it since."""
    try:
        return scheme.level(reading.level)
    except UnknownCode:
        return None
