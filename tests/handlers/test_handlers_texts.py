from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.compose import EXPIRY_HOURS
from handlers.texts import Html, Texts, join, lines


@pytest.fixture
def texts() -> Texts:
    """The catalogue for readers in London."""
    return Texts(ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2016, 8, 1, 8, 30, tzinfo=UTC), "1 Aug 2016, 09:30 BST"),
        (datetime(2026, 11, 23, 18, 5, tzinfo=UTC), "23 Nov 2026, 18:05 GMT"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25 Oct 2026, 01:30 BST"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25 Oct 2026, 01:30 GMT"),
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), "1 Jul 2026, 00:30 BST"),
        (datetime(2026, 12, 31, 19, 0, tzinfo=ZoneInfo("America/New_York")), "1 Jan 2027, 00:00 GMT"),
    ],
)
def test_a_moment_is_shown_in_the_readers_zone_with_its_name(texts: Texts, moment: datetime, shown: str):
    """Summer says BST and winter GMT, so that the hour that comes twice can be told apart."""
    assert texts.when(moment) == shown
    assert texts.plain("alert.expires", expires_at=moment) == f"In force until {shown}."


def test_a_moment_is_shown_to_the_second_where_seconds_count(texts: Texts):
    """It reads as every moment does, with its seconds; what is less than one is left out."""
    moment = datetime(2016, 8, 1, 8, 30, 5, 900_000, tzinfo=UTC)
    assert texts.second(moment) == "1 Aug 2016, 09:30:05 BST"


def test_every_month_has_a_name(texts: Texts):
    """The month is a word, as people in Britain shorten it, so that day and month cannot be taken for each other."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"]
    for number, name in enumerate(months, start=1):
        zone = "BST" if 4 <= number <= 10 else "GMT"
        assert texts.when(datetime(2026, number, 5, 12, 0, tzinfo=ZoneInfo("Europe/London"))) == (
            f"5 {name} 2026, 12:00 {zone}"
        )


def test_a_day_is_shown_without_a_time(texts: Texts):
    """A day has no zone, and is not taken for a moment."""
    assert texts.day(date(2016, 8, 1)) == "1 Aug 2016"
    assert texts.plain("set-level.today", day=date(2026, 11, 3)) == "Today, 3 Nov 2026"


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(seconds=40), "40 seconds"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=3), "3 hours"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=21), "3 weeks"),
    ],
)
def test_a_span_is_shown_in_one_unit(texts: Texts, span: timedelta, shown: str):
    """A span says about how long."""
    assert texts.span(span) == shown


def test_every_offered_expiry_says_its_hours(texts: Texts):
    """The buttons for an expiry differ from each other and are exact."""
    shown = [texts.span(timedelta(hours=hours)) for hours in EXPIRY_HOURS]
    assert shown == ["1 hour", "3 hours", "6 hours", "12 hours", "1 day", "3 days"]


def test_values_are_escaped_in_html(texts: Texts):
    """What a person typed cannot become formatting."""
    assert texts("summary.name", value="<b>A & B</b>") == "Name: &lt;b&gt;A &amp; B&lt;/b&gt;"
    assert texts.count("compose.recipients", 1, audience="<i>") == "It goes to <b>1 recipient</b> (&lt;i&gt;)."


def test_html_is_not_escaped_again(texts: Texts):
    """A sentence that is put into another one keeps its formatting."""
    inner = texts("summary.sectors", value="Retail & more")
    assert isinstance(inner, Html)
    assert texts("summary.name", value=inner) == "Name: Sectors: <b>Retail &amp; more</b>"


def test_plain_text_is_not_escaped(texts: Texts):
    """A button shows what was typed."""
    assert texts.plain("choice.on", name="Oil & Gas <north>") == "✓ Oil & Gas <north>"


def test_braces_in_a_value_stay_as_they_are(texts: Texts):
    """A value is never read as a sentence."""
    assert texts("summary.name", value="{number} {0}") == "Name: {number} {0}"


def test_numbers_have_groups_and_plurals(texts: Texts):
    """One recipient is singular, none and many are plural."""
    assert texts.number(20000) == "20,000"
    shown = [texts.count("compose.send", number) for number in (0, 1, 2, 20000)]
    assert shown == [
        "Send now to 0 recipients",
        "Send now to 1 recipient",
        "Send now to 2 recipients",
        "Send now to 20,000 recipients",
    ]
    assert texts.plain("final.again", number=1234) == "Send again to 1,234 uncertain"


def test_a_long_listing_is_cut_short_with_the_number_left_out(texts: Texts):
    """Four names are listed as they are; of five and more the rest is counted."""
    assert texts.listing([]) == ""
    assert texts.listing(list("abcd")) == "a; b; c; d"
    assert texts.listing(list("abcde")) == "a; b; c; d; and 1 more"
    assert texts.listing(list("abc"), most=1) == "a; and 2 more"


def test_a_key_that_is_missing_and_a_value_that_is_missing_are_errors(texts: Texts):
    """Nobody is ever shown a key or an empty place."""
    for ask in (texts, texts.plain):
        with pytest.raises(KeyError):
            ask("no.such.key")
        with pytest.raises(KeyError):
            ask("summary.name")
    with pytest.raises(KeyError):
        texts.count("no.such.key", 1)


def test_empty_blocks_and_lines_are_left_out():
    """No gap shows where something has nothing to say."""
    assert join("a", "", "b") == "a\n\nb"
    assert lines("a", "", "b") == "a\nb"
    assert isinstance(join(), Html)
