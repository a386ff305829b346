"""Every quirk that MI5's feed was seen to have, and the two mistakes that other readers of it make."""

from datetime import timedelta

import pytest
from support.feeds import FEED_2024, FEED_2026, described, feed

from alerts.data import DataFolder
from alerts.errors import FetchFailed
from alerts.levels.scheme import Schemes
from alerts.levels.sources.mi5 import NATIONAL, NORTHERN_IRELAND, Mi5
from alerts.levels.sources.published import Published

SOURCE = Mi5(Schemes.load(DataFolder()), "https://www.mi5.gov.uk/UKThreatLevel/UKThreatLevel.xml")
NI_SAYS = "The threat to Northern Ireland from Northern Ireland-related terrorism is LOW."


def levels(body: bytes) -> dict[str, str]:
    """Give the level of each scheme that a body states."""
    return {scheme: level.name for scheme, level in SOURCE.read(body).levels.items()}


def test_the_capture_of_2024_is_read():
    """Plain text, the title's prefix in small letters, both levels the same."""
    assert levels(FEED_2024) == {NATIONAL: "SUBSTANTIAL", NORTHERN_IRELAND: "SUBSTANTIAL"}


def test_the_capture_of_2026_is_read():
    """Escaped HTML with a space that does not break, and two different levels: they are never merged."""
    assert levels(FEED_2026) == {NATIONAL: "SEVERE", NORTHERN_IRELAND: "SUBSTANTIAL"}
    assert SOURCE.read(FEED_2026).ttl == timedelta(minutes=20)


@pytest.mark.parametrize("title", ["Current threat level: LOW", "CURRENT THREAT LEVEL: LOW", "Threat Level: Low"])
def test_the_case_of_the_title_does_not_matter(title):
    """A reader that takes the prefix away by its exact letters breaks when they change."""
    assert levels(described("", title=title)) == {NATIONAL: "LOW"}


def test_capitals_that_are_no_level_are_passed_over():
    """A reader that takes every word in capitals for a level takes UK and NOTE for one."""
    body = described(f"NOTE: UK AND NI. The current national threat level is SEVERE. {NI_SAYS} SEE PROTECTUK")
    assert levels(body) == {NATIONAL: "SEVERE", NORTHERN_IRELAND: "LOW"}


@pytest.mark.parametrize(
    "text",
    [
        "The national threat level has been raised from SUBSTANTIAL to SEVERE.",
        "SEVERE means that an attack is highly likely.",
        "The threat level is SEVERE.",
        "The current national threat level is not LOW.",
        "The current national threat level is no longer LOW.",
        "The current national threat level is LOWER than before.",
        "The current national threat level is PURPLE.",
        "Before 2019 the national threat level is LOW.",
        "&lt;!-- The current national threat level is LOW. --&gt;",
        "&lt;script&gt;The current national threat level is LOW.&lt;/script&gt;",
    ],
)
def test_a_level_in_passing_is_no_statement(text):
    """Only a whole statement of what the level is counts; history, explanations and what no reader sees do not."""
    assert levels(described(f"{text} {NI_SAYS}")) == {NORTHERN_IRELAND: "LOW"}


@pytest.mark.parametrize(
    "text",
    [
        "The current national threat level is LOW",
        "the UK national threat level is now low, an attack is highly unlikely.",
        "&lt;p&gt;The current &lt;b&gt;national&lt;/b&gt;\nthreat level&amp;nbsp;is &lt;i&gt;LOW&lt;/i&gt;&lt;/p&gt;",
        "<![CDATA[<p>The current national threat level is LOW</p>]]>",
        "Hello.&lt;br/&gt;The current national threat level remains LOW (an attack is highly unlikely)",
    ],
)
def test_markup_and_small_words_do_not_matter(text):
    """A statement is found in plain text, HTML and CDATA, whatever is bold and wherever lines break."""
    assert levels(described(text)) == {NATIONAL: "LOW"}


def test_a_level_that_is_stated_twice_and_differently_is_not_stated():
    """When title and description, or two sentences, disagree, that level is not read; the other one still is."""
    title_differs = FEED_2026.replace(b"Level: SEVERE", b"Level: LOW")
    assert levels(title_differs) == {NORTHERN_IRELAND: "SUBSTANTIAL"}
    twice = described(f"{NI_SAYS} {NI_SAYS.replace('LOW', 'SEVERE')}", title="Current threat level: LOW")
    assert levels(twice) == {NATIONAL: "LOW"}


@pytest.mark.parametrize(
    "text", [NI_SAYS, "Threat in Northern Ireland is LOW", "The threat level for Northern Ireland is LOW"]
)
def test_each_level_is_read_by_itself(text):
    """A body that states Northern Ireland's level alone says nothing of the national one."""
    assert levels(described(text)) == {NORTHERN_IRELAND: "LOW"}


@pytest.mark.parametrize(
    "body",
    [
        FEED_2026.replace(b"<item>", b"<entry>").replace(b"</item>", b"</entry>"),
        FEED_2026.replace(b"</item>", b"</item><item><title>Current Threat Level: LOW</title></item>"),
        FEED_2026.replace(b"<rss ", b"<RSS ").replace(b"</rss>", b"</RSS>"),
        FEED_2026.replace(b"<channel>", b"").replace(b"</channel>", b""),
        described("The weather is fine."),
        feed("UNKNOWN", "UNKNOWN"),
    ],
)
def test_without_exactly_one_item_that_names_a_level_nothing_is_read(body):
    """No item, two items, another root and an item without a level are all refused."""
    with pytest.raises(FetchFailed):
        SOURCE.read(body)


def test_the_date_is_read_though_it_is_no_standard_one():
    """Weekday, month, two spaces, and a clock without AM or PM: six in the morning or in the evening."""
    published = SOURCE.read(FEED_2026).published
    assert published is not None
    assert (str(published.earliest), str(published.latest)) == ("2026-04-30 06:09:00", "2026-04-30 18:09:00")


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("Tuesday, March 05, 2024 -  02:52", "2024-03-05 02:52", "2024-03-05 14:52"),
        ("March 5 2024 2:52", "2024-03-05 02:52", "2024-03-05 14:52"),
        ("Tuesday, March 05, 2024 - 12:52", "2024-03-05 00:52", "2024-03-05 12:52"),
        ("Tuesday, March 05, 2024 - 14:52", "2024-03-05 14:52", "2024-03-05 14:52"),
        ("Tuesday, March 05, 2024 - 00:52", "2024-03-05 00:52", "2024-03-05 00:52"),
        ("Tue, 05 Mar 2024 02:52:25 +0000", "2024-03-05 02:52", "2024-03-05 02:52"),
    ],
)
def test_a_moment_may_be_twelve_hours_later(text, earliest, latest):
    """An hour from 1 to 11 has two readings, 12 is midnight or noon, 0 and 13 to 23 are certain."""
    published = Published.read(text)
    assert published is not None
    assert (f"{published.earliest:%Y-%m-%d %H:%M}", f"{published.latest:%Y-%m-%d %H:%M}") == (earliest, latest)
    assert Published.read(published.text) == published


@pytest.mark.parametrize(
    "text", ["", "yesterday", "Thursday, Smarch 30, 2026 - 06:09", "April 31, 2026 - 06:09", "9" * 99]
)
def test_a_date_that_cannot_be_read_is_none(text):
    """It is no change key, and no reason to refuse the body."""
    assert Published.read(text) is None
    assert levels(feed(published=text)) == {NATIONAL: "SEVERE", NORTHERN_IRELAND: "SUBSTANTIAL"}


@pytest.mark.parametrize(
    ("one", "other", "is_before"),
    [
        ("April 29, 2026 - 06:09", "April 30, 2026 - 06:09", True),
        ("April 30, 2026 - 06:09", "April 30, 2026 - 06:09", False),
        ("April 30, 2026 - 01:15", "April 30, 2026 - 11:30", False),
        ("April 30, 2026 - 11:30", "April 30, 2026 - 23:31", True),
        ("April 30, 2026 - 11:30", "April 30, 2026 - 23:30", False),
        ("April 29, 2026 - 11:59", "April 30, 2026 - 12:00", True),
        ("April 30, 2026 - 06:09", "April 29, 2026 - 06:09", False),
    ],
)
def test_a_moment_is_older_only_if_it_is_so_however_the_clocks_are_read(one, other, is_before):
    """A quarter past one may follow half past eleven of the same day: in the afternoon."""
    first, second = Published.read(one), Published.read(other)
    assert first is not None
    assert second is not None
    assert first.is_before(second) is is_before
