import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.data import DataFolder
from alerts.levels.scheme import Scheme, Schemes

SCHEMES = Schemes.load(DataFolder(None))
NATIONAL = SCHEMES.scheme("uk-national")
NORTHERN_IRELAND = SCHEMES.scheme("uk-northern-ireland")

# Date, level, and how sure month and day are: the facts as they were handed over.
NATIONAL_HISTORY = """
2006-08-01 SEVERE A A
2006-08-10 CRITICAL A A
2006-08-14 SEVERE A A
2007-06-30 CRITICAL A A
2007-07-04 SEVERE A A
2009-07-20 SUBSTANTIAL A A
2010-01-22 SEVERE B C
2011-07-11 SUBSTANTIAL B B
2014-08-29 SEVERE B B
2017-05-23 CRITICAL B B
2017-05-27 SEVERE A A
2017-09-15 CRITICAL B B
2017-09-17 SEVERE B B
2019-11-04 SUBSTANTIAL B B
2020-11-03 SEVERE B B
2021-02-04 SUBSTANTIAL B C
2021-11-15 SEVERE B C
2022-02-09 SUBSTANTIAL B B
2026-04-30 SEVERE A A
"""
NORTHERN_IRELAND_HISTORY = """
2010-09-24 SEVERE A C
2022-03-22 SUBSTANTIAL A A
2023-03-28 SEVERE A A
2024-03-06 SUBSTANTIAL A A
"""


def as_lines(scheme: Scheme) -> list[str]:
    """Return the history as the facts are written above."""
    return [f"{it.date} {it.level} {it.month_confidence} {it.day_confidence}" for it in scheme.history]


def test_the_national_history_is_complete() -> None:
    """All 19 known changes of the national level are there, each with how sure its month and day are."""
    assert as_lines(NATIONAL) == NATIONAL_HISTORY.split("\n")[1:-1]
    assert len(NATIONAL.history) == 19


def test_the_history_of_northern_ireland_is_complete() -> None:
    """All 4 known changes are there; of the first the month is official and the day second-hand."""
    assert as_lines(NORTHERN_IRELAND) == NORTHERN_IRELAND_HISTORY.split("\n")[1:-1]
    assert NORTHERN_IRELAND.history[0].is_day_approximate
    assert not NORTHERN_IRELAND.history[1].is_day_approximate


def test_every_change_names_its_source_and_the_known_reasons_stand_beside_it() -> None:
    """No entry is without a source, and the notes of the facts are kept."""
    assert all(change.source for scheme in SCHEMES.all for change in scheme.history)
    assert [change.note for change in NATIONAL.history if change.note] == [
        "First published",
        "Aircraft plot",
        "Glasgow Airport",
        "Manchester Arena",
        "Parsons Green",
        "Announced on 8 February 2021",
        "Liverpool",
    ]


@pytest.mark.parametrize(
    ("day", "level"),
    [
        (dt.date(2006, 7, 31), None),
        (dt.date(2006, 8, 1), "SEVERE"),
        (dt.date(2016, 8, 1), "SEVERE"),
        (dt.date(2017, 5, 22), "SEVERE"),
        (dt.date(2017, 5, 23), "CRITICAL"),
        (dt.date(2017, 5, 26), "CRITICAL"),
        (dt.date(2017, 5, 27), "SEVERE"),
        (dt.date(2026, 4, 29), "SUBSTANTIAL"),
        (dt.date(2026, 4, 30), "SEVERE"),
    ],
)
def test_the_national_level_of_a_past_day(day: dt.date, level: str | None) -> None:
    """A level holds from the day of its change to the day before the next; before the first there is none."""
    found = NATIONAL.level_on(day)

    assert (found and found.name) == level


def test_northern_ireland_has_a_level_of_its_own() -> None:
    """On one and the same day the two schemes answer differently."""
    day = dt.date(2023, 6, 1)

    assert NORTHERN_IRELAND.level_on(day) == NORTHERN_IRELAND.level("SEVERE")
    assert NATIONAL.level_on(day) == NATIONAL.level("SUBSTANTIAL")


@given(st.dates(min_value=dt.date(2026, 5, 1)))
def test_the_history_is_silent_about_every_day_after_it_was_compiled(day: dt.date) -> None:
    """The shipped history is never a current reading: after its last day it gives no level at all."""
    for scheme in SCHEMES.all:
        assert scheme.level_on(day) is None
        assert scheme.last_change_by(day) is None


@given(st.dates())
def test_a_level_of_the_past_always_comes_from_the_last_change_before_it(day: dt.date) -> None:
    """Whatever the day, the answer is the newest change that is not newer than the day."""
    for scheme in (NATIONAL, NORTHERN_IRELAND):
        change = scheme.last_change_by(day)
        if change is not None:
            newer = [later.date for later in scheme.history if change.date < later.date <= day]
            assert change.date <= day
            assert newer == []


def test_nothing_here_offers_a_current_level() -> None:
    """The module knows the past and the meanings; the level of today can only be a reading."""
    names = [name for kind in (Schemes, Scheme) for name in dir(kind)]

    assert not [name for name in names if "current" in name or "now" in name or "today" in name]
