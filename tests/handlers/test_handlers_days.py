from datetime import date

import pytest

from handlers.texts.days import read_day

FIRST_OF_AUGUST = date(2016, 8, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2016-08-01",
        "2016-8-1",
        "1 August 2016",
        "1 Aug 2016",
        "1 AUG. 2016",
        "1st August 2016",
        "  1   august   2016 ",
        "August 1, 2016",
        "August 1st 2016",
        "01/08/2016",
        "1/8/2016",
        "01.08.2016",
    ],
)
def test_a_day_is_read_as_people_write_it(text: str):
    """In figures the day comes before the month, as in Britain; a month by its name, long or short."""
    assert read_day(text) == FIRST_OF_AUGUST


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("24 Sept 2010", date(2010, 9, 24)),
        ("24 Sep 2010", date(2010, 9, 24)),
        ("31 May 2020", date(2020, 5, 31)),
        ("29 February 2024", date(2024, 2, 29)),
    ],
)
def test_months_have_their_british_names(text: str, day: date):
    """September is short in two ways, and May is always short."""
    assert read_day(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "uk",
        "please",
        "2016",
        "August 2016",
        "2016-02-30",
        "30 February 2016",
        "13/13/2016",
        "08/01",
        "1 Thermidor 2016",
        "1 2 August 2016",
        "1 August 2 2016",
        "0000-01-01",
        "1 August 2016 and more words than any day has",
        "١ August 2016 " * 9,
    ],
)
def test_what_names_no_day_is_none(text: str):
    """Half a day, a day that there is not, and words are none."""
    assert read_day(text) is None
