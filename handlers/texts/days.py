"""Reads a day as people in Britain write it: 2016-08-01, 1 August 2016, 1 Aug 2016, 01/08/2016."""

import re
from datetime import date
from functools import lru_cache

from babel import Locale

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBERS = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_WORDS = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([^\W\d_]+)\.?\s*(?:(\d{1,2})(?:st|nd|rd|th)?)?,?\s+(\d{4})")
LONGEST = 40


def read_day(text: str, locale: str = "en_GB") -> date | None:
    """Give the day that a text names, None when it names none; in numbers the day comes before the month.

    Args:
        text: what was typed.
        locale: whose names of the months count.
    """
    text = " ".join(text[: LONGEST + 1].casefold().split())
    if len(text) > LONGEST:
        return None
    if found := _ISO.fullmatch(text):
        return _day(found[1], found[2], found[3])
    if found := _NUMBERS.fullmatch(text):
        return _day(found[3], found[2], found[1])
    found = _WORDS.fullmatch(text)
    if found is None or (found[1] is None) == (found[3] is None):
        return None
    month = _months(locale).get(found[2])
    return _day(found[4], str(month), found[1] or found[3]) if month else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


@lru_cache(maxsize=4)
def _months(locale: str) -> dict[str, int]:
    """Give the number of every month by its names, long and short, in lower case."""
    names = Locale.parse(locale).months["format"]
    by_name = {
        name.casefold().rstrip("."): month for form in ("wide", "abbreviated") for month, name in names[form].items()
    }
    return by_name | {name[:3]: month for name, month in by_name.items()}
