"""The moment that a feed gives itself: never the date of an announcement, only a way to tell an old copy."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Self

_HALF_DAY = timedelta(hours=12)
_NOON = 12
_LONG_FORM = re.compile(
    r"(?:[a-z]+,? +)?([a-z]+) +(\d{1,2}),? +(\d{4})\b\D*(\d{1,2}):(\d{2})(?::\d{2})?", re.IGNORECASE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Published:
    """A moment on the publisher's wall, without a zone, of which morning and afternoon may not be told apart.

    MI5 writes `Thursday, April 30, 2026 -  06:09`, by a clock that appears to have 12 hours and no AM or PM.

    Attributes:
        text: as it was written, in single spaces; `read` makes the same of it again.
        wall: what it says.
        is_certain: whether the hour is one of 24; else it may be 12 hours later.
    """

    text: str
    wall: datetime
    is_certain: bool

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read a date in the long form or in that of RFC 822; None when it is neither."""
        text = " ".join(text[:_LONGEST].split())
        if long_form := _LONG_FORM.fullmatch(text):
            month, day, year, hour, minute = long_form.groups()
            try:
                wall = datetime(int(year), _MONTHS.index(month[:3].lower()) + 1, int(day), int(hour), int(minute))  # noqa: DTZ001 - a wall
            except ValueError:
                return None
            return cls(text, wall, wall.hour == 0 or wall.hour > _NOON)
        try:
            return cls(text, parsedate_to_datetime(text).replace(tzinfo=None), is_certain=True)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None

    @property
    def earliest(self) -> datetime:
        """The first moment that it can mean: 12:09 on such a clock may be nine minutes past midnight."""
        return self.wall - _HALF_DAY if not self.is_certain and self.wall.hour == _NOON else self.wall

    @property
    def latest(self) -> datetime:
        """The last moment that it can mean."""
        return self.wall if self.is_certain or self.wall.hour == _NOON else self.wall + _HALF_DAY

    def is_before(self, other: "Published") -> bool:
        """Tell whether it is the older one however the two clocks are read."""
        return self.latest < other.earliest
