from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.errors import InvalidInput
from alerts.publishing.checks import (
    BODY_LIMIT,
    HEADLINE_LIMIT,
    LONGEST_LIFE,
    check_body,
    check_expiry,
    check_headline,
    read_expiry,
)
from alerts.publishing.markup import plain_text, read_html

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def refusal(text: str, now: datetime = NOW) -> str:
    """Give the problem for which an expiry is refused."""
    with pytest.raises(InvalidInput) as refused:
        read_expiry(text, now, LONDON)
    return refused.value.problem


@pytest.mark.parametrize("text", ["x" * 120, "😀" * 60, "  " + "x " * 59 + "\n xy "])
def test_a_headline_may_have_120_units(text: str):
    """A headline of exactly the limit is taken, as one line with single spaces."""
    headline = check_headline(text)
    assert len(headline.encode("utf-16-le")) == 2 * HEADLINE_LIMIT == 240
    assert headline == " ".join(text.split())


@pytest.mark.parametrize("text", ["x" * 121, "😀" * 60 + "x"])
def test_a_headline_of_121_units_is_refused(text: str):
    """One unit above the limit is refused with both figures."""
    with pytest.raises(InvalidInput, match="121 characters") as refused:
        check_headline(text)
    assert (refused.value.problem, refused.value.details) == ("headline-too-long", {"length": 121, "limit": 120})


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_an_empty_headline_is_refused(text: str):
    """A headline needs something to read."""
    with pytest.raises(InvalidInput) as refused:
        check_headline(text)
    assert refused.value.problem == "headline-empty"


@pytest.mark.parametrize("text", ["x" * 12_000, "😀" * 6000, "<b>" + "&lt;" * 12_000 + "</b>"])
def test_a_body_may_have_12000_units(text: str):
    """A body of exactly the limit is taken; tags and references do not count."""
    read = read_html(text)
    assert read.length == BODY_LIMIT == 12_000
    assert check_body(read) == read.html


@pytest.mark.parametrize("text", ["x" * 12_001, "😀" * 6000 + "x"])
def test_a_body_of_12001_units_is_refused(text: str):
    """One unit above the limit is refused with both figures."""
    with pytest.raises(InvalidInput, match="12,001 characters") as refused:
        check_body(plain_text(text))
    assert (refused.value.problem, refused.value.details) == ("body-too-long", {"length": 12_001, "limit": 12_000})


@pytest.mark.parametrize("text", ["", " \n ", "<b> </b>", "<b></b>"])
def test_an_empty_body_is_refused(text: str):
    """A body of tags and spaces says nothing."""
    with pytest.raises(InvalidInput) as refused:
        check_body(read_html(text))
    assert refused.value.problem == "body-empty"


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1m", 1),
        ("90 min", 90),
        ("90 minutes", 90),
        ("1 minute", 1),
        ("6h", 360),
        ("6 H", 360),
        (" 1 hour\n", 60),
        ("2 hours", 120),
        ("2d", 2880),
        ("1 day", 1440),
        ("2 DAYS", 2880),
        ("30d", 43200),
        ("720h", 43200),
    ],
)
def test_a_span_counts_from_now(text: str, minutes: int):
    """Minutes, hours and days are read in every spelling that the bot offers."""
    assert read_expiry(text, NOW, LONDON) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        (NOW, "2026-11-24 18:00", datetime(2026, 11, 24, 18, tzinfo=UTC)),
        (NOW, " 2026-11-24T18:00:30 ", datetime(2026, 11, 24, 18, 0, 30, tzinfo=UTC)),
        (NOW, "2026-11-24 18:00+02:00", datetime(2026, 11, 24, 16, tzinfo=UTC)),
        (NOW, "2026-11-24 18:00Z", datetime(2026, 11, 24, 18, tzinfo=UTC)),
        (NOW, "2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        (datetime(2026, 7, 1, tzinfo=UTC), "2026-07-02 18:00", datetime(2026, 7, 2, 17, tzinfo=UTC)),
        (datetime(2026, 10, 24, tzinfo=UTC), "2026-10-25 01:30", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 28, tzinfo=UTC), "2026-03-29 01:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
    ids=["winter", "seconds", "offset", "Zulu", "a day", "summer", "repeated hour", "skipped hour"],
)
def test_a_moment_is_in_the_zone_of_its_author(now: datetime, text: str, expected: datetime):
    """A moment without an offset is London's; in the hour that is repeated or skipped the later reading is taken."""
    assert read_expiry(text, now, LONDON) == expected


@pytest.mark.parametrize("text", ["0m", "0 days", "2026-11-23 12:00", "2026-11-22", "0001-01-02", "1999-12-31 23:59"])
def test_an_expiry_that_is_over_is_refused(text: str):
    """Now itself is over."""
    assert refusal(text) == "expiry-past"


@pytest.mark.parametrize("text", ["31d", "721h", "9999d", "2026-12-23 12:00:01", "2027-01-01", "9999-12-31 23:59"])
def test_an_expiry_beyond_30_days_is_refused(text: str):
    """30 days and a second are too many."""
    assert refusal(text) == "expiry-far"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "6",
        "h",
        "-1h",
        "1.5h",
        "6 h 30",
        "6 weeks",
        "10000h",
        "9" * 5000 + "h",
        "²h",
        "2026-13-01",
        "2026-11-24 25:00",
        "24.11.2026",
        "99999-01-01",
        "0001-01-01T00:00+01:00",
        "9999-12-31T23:59-01:00",
    ],
)
def test_nonsense_is_refused(text: str):
    """What is neither a span nor a moment is refused, also a moment that lies outside of the calendar in UTC."""
    assert refusal(text) == "expiry-unreadable"


def test_the_longest_life_is_inclusive():
    """30 days are taken, a microsecond more is not; a microsecond ahead is ahead."""
    moment = timedelta(microseconds=1)
    assert check_expiry(NOW + LONGEST_LIFE, NOW) == NOW + timedelta(days=30)
    assert check_expiry(NOW + moment, NOW) == NOW + moment
    with pytest.raises(InvalidInput, match="30 days") as refused:
        check_expiry(NOW + LONGEST_LIFE + moment, NOW)
    assert refused.value.details == {"days": 30}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=30) | st.datetimes(timezones=st.none() | st.timezones()).map(str))
def test_any_text_gives_a_usable_expiry_or_a_refusal(text: str):
    """Whatever is typed, the expiry lies within 30 days from now, or InvalidInput is raised."""
    expires_at = refused = None
    try:
        expires_at = read_expiry(text, NOW, LONDON)
    except InvalidInput as problem:
        refused = problem.problem
    if expires_at is not None:
        assert NOW < expires_at <= NOW + LONGEST_LIFE
    else:
        assert refused in {"expiry-unreadable", "expiry-past", "expiry-far"}
