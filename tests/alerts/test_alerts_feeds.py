"""What every source of news keeps to, whichever it is, and what each is particular about.

The feeds are our own samples by RFC 4287 and RSS 2.0 (tests/support/news.py): no captures of the two are at hand.
"""

import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.news import SAMPLES, atom, atom_entry, rss, rss_item

from alerts.errors import FetchFailed
from alerts.publishing.feeds import SOURCES, Source
from alerts.publishing.feeds.entries import ENTRIES_AT_MOST, read_moment, says_test
from alerts.publishing.feeds.source import watched
from alerts.publishing.incoming_item import Item
from alerts.publishing.marking import Marking
from alerts.publishing.markup import read_html, visible

GOVUK, CTP = SOURCES["govuk-alerts"], SOURCES["ctp"]
BROKEN = {
    "nothing": (b"", "feed-no-xml"),
    "a challenge page": (b"<!DOCTYPE html><html><body>Just a moment&hellip;</body></html>", "feed-no-xml"),
    "a maintenance page": (b"<html><body><p>Website under maintenance</p></body></html>", "news-format"),
    "an error in words": (b"error code: 520", "feed-no-xml"),
    "half a feed": (SAMPLES["ctp"][:900], "feed-no-xml"),
    "an entity": (
        b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>',
        "feed-no-xml",
    ),
    "a bomb": (
        b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><rss>&b;</rss>',
        "feed-no-xml",
    ),
}

XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'

every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def problem(source: Source, body: bytes) -> str:
    """Read in vain and give the key of the reason."""
    with pytest.raises(FetchFailed) as raised:
        source.parse(body)
    return raised.value.problem


def unfolded(text: str) -> str:
    """Read every reference in a text, also one that stands for a reference; broken ones count as whole."""
    return unescape(unescape(unescape(text)))


def is_left_of(said: str, text: str) -> bool:
    """Tell whether a text is what stays of another when parts of it are left out, but for spaces and bullets."""
    rest = iter(text)
    return all(character in rest for character in said if not character.isspace() and character != "•")


@every_source
class TestContract:
    """The contract of a source."""

    def test_it_is_known_by_its_code(self, source: Source):
        """The code stands in the settings and in buttons' neighbourhood: short, lower case; the address is https."""
        assert SOURCES[source.code] is source
        assert re.fullmatch(r"[a-z][a-z0-9-]{1,30}", source.code)
        assert source.address.startswith("https://")
        assert timedelta(minutes=5) <= source.every <= timedelta(minutes=10), "half of it is added by chance"

    def test_every_item_can_be_kept(self, source: Source):
        """Each item names its source and has a name, a headline, canonical text, a link and a moment in UTC."""
        items = source.parse(SAMPLES[source.code])
        assert len(items) == len({item.identifier for item in items}) == 3
        for item in items:
            assert item.source == source.code
            assert item.headline
            assert read_html(item.body).html == item.body
            assert item.link is not None
            assert item.link.startswith("https://")
            assert item.published_at is not None
            assert item.published_at.utcoffset() == timedelta(0)
            assert (item.severity, item.expires_at, item.audience.sectors) == (None, None, ())

    def test_the_same_body_gives_the_same_items(self, source: Source):
        """Nothing of the moment of reading is in an item, so that what comes again is known again."""
        assert source.parse(SAMPLES[source.code]) == source.parse(SAMPLES[source.code])

    def test_an_empty_feed_is_no_fault(self, source: Source):
        """A feed without entries is a feed."""
        assert source.parse({"govuk-alerts": atom(), "ctp": rss()}[source.code]) == []

    @pytest.mark.parametrize("name", BROKEN)
    def test_what_is_no_such_feed_is_refused_with_the_reason(self, source: Source, name: str):
        """Pages that stand in a feed's place, broken XML, entities and bombs give an error and no items."""
        body, reason = BROKEN[name]
        assert problem(source, body) == reason

    def test_another_source_s_feed_is_refused(self, source: Source):
        """The Atom feed is no RSS, and the other way round."""
        other = next(body for code, body in SAMPLES.items() if code != source.code)
        assert problem(source, other) == "news-format"

    def test_too_many_entries_are_refused(self, source: Source):
        """A feed of more entries than any of ours has is not taken in by halves."""
        numbers = range(ENTRIES_AT_MOST + 1)
        many = {"govuk-alerts": atom(*map(atom_entry, numbers)), "ctp": rss(*map(rss_item, numbers))}
        assert problem(source, many[source.code]) == "news-many"

    def test_an_entry_twice_is_one_item(self, source: Source):
        """Two editions of one entry in one feed are one item, the newer, so that no poll changes it to and fro."""
        old = (
            atom_entry(1, "Old", updated="2026-11-23T09:00:00Z"),
            rss_item(1, "Old", published="Mon, 23 Nov 2026 09:00:00 GMT"),
        )
        new = (
            atom_entry(1, "New", updated="2026-11-23T10:00:00Z"),
            rss_item(1, "New", published="Mon, 23 Nov 2026 10:00:00 GMT"),
        )
        write, at = (atom, 0) if source is GOVUK else (rss, 1)
        for order in ((old[at], new[at]), (new[at], old[at])):
            assert [item.headline for item in source.parse(write(*order))] == ["New"]

    @settings(max_examples=150, deadline=None)
    @given(seed=st.integers(0, 2**32), cuts=st.integers(1, 6))
    def test_mutated_bodies_never_crash_and_never_invent(self, source: Source, seed: int, cuts: int):
        """A body with bytes changed, lost, doubled or moved is read or refused; an item is what is left of it."""
        body = mutated(SAMPLES[source.code], random.Random(seed), cuts)  # noqa: S311 - no secret
        try:
            items = source.parse(body)
        except FetchFailed:
            return
        text = unfolded(body.decode("utf-8", "replace"))
        for item in items:
            assert read_html(item.body).html == item.body
            for said in (item.headline, visible(item.body)):
                assert is_left_of(unfolded(said), text)

    @settings(max_examples=100, deadline=None)
    @given(body=st.binary(max_size=400))
    def test_noise_is_refused(self, source: Source, body: bytes):
        """Whatever bytes come, they are no feed, and nothing but a refusal comes of them."""
        try:
            items = source.parse(body)
        except FetchFailed:
            items = []
        assert items == []


def mutated(body: bytes, chance: random.Random, cuts: int) -> bytes:
    """Change, drop, double or move so many pieces of a body."""
    for _ in range(cuts):
        start = chance.randrange(len(body))
        end = min(len(body), start + chance.randint(1, 30))
        piece = body[start:end]
        match chance.randrange(4):
            case 0:
                body = body[:start] + bytes([chance.randrange(256)]) + body[start + 1 :]
            case 1:
                body = body[:start] + body[end:]
            case 2:
                body = body[:end] + piece + body[end:]
            case _:
                rest = body[:start] + body[end:]
                at = chance.randrange(len(rest) + 1)
                body = rest[:at] + piece + rest[at:]
        body = body or b" "
    return body


def only(items: list[Item]) -> Item:
    """Give the one item."""
    [item] = items
    return item


class TestGovuk:
    """GOV.UK Emergency Alerts."""

    def test_an_entry_in_full(self):
        """Title, text with its list, page and time of the newest edition; a real alert is marked as none but that."""
        assert only(GOVUK.parse(atom(atom_entry(3)))) == Item(
            source="govuk-alerts",
            identifier="https://www.gov.uk/alerts/23-nov-2026-3",
            headline="Severe flooding in Ely",
            body="Water is rising <b>now</b>.\n\n• Move upstairs\n• Call 999",
            link="https://www.gov.uk/alerts/23-nov-2026-3",
            published_at=datetime(2026, 11, 23, 11, 30, tzinfo=UTC),
            marking=Marking.CLEAR,
        )

    def test_tests_are_marked(self):
        """A test is told by its words, in the title or in the text."""
        assert [item.is_test for item in GOVUK.parse(SAMPLES["govuk-alerts"])] == [False, True, False]

    @pytest.mark.parametrize(
        ("title", "text"),
        [
            ("Test alert", "Nothing to do."),
            ("National test of the UK Emergency Alerts Service", ""),
            ("Emergency alert", "This is a test. No action is needed."),
            ("Emergency alert", "This is just a test of the system."),
            ("Emergency alert", "This is an operator test message."),
            ("Exercise Bluebird", "Officers are in the area."),
            ("Rhybudd", "Dyma brawf o'r gwasanaeth."),
        ],
    )
    def test_words_of_a_test(self, title: str, text: str):
        """What a test says of itself."""
        assert says_test(title, text)

    @pytest.mark.parametrize(
        ("title", "text"),
        [
            ("Severe flooding", "This is not a test. Move to high ground."),
            ("This is not a drill", "Stay inside."),
            ("Chemical leak", "The water is being tested. Do not drink it until test results are known."),
            ("Attested danger", "The latest figures show that the contest is over."),
        ],
    )
    def test_words_of_no_test(self, title: str, text: str):
        """A real alert that mentions tests, or says that it is none, is not marked."""
        assert not says_test(title, text)

    @pytest.mark.parametrize(
        ("constructs", "headline", "body"),
        [
            (
                "<title>A &lt;b&gt; &amp;amp; C</title><content>1 &lt; 2\n\nEnd</content>",
                "A <b> &amp; C",
                "1 &lt; 2\n\nEnd",
            ),
            (
                '<title type="html">A &lt;b&gt;bold&lt;/b&gt; move</title><summary type="html">&lt;p&gt;S</summary>',
                "A bold move",
                "S",
            ),
            (
                (
                    f'<title type="xhtml"><div {XHTML}>A <b>move</b></div></title><content type="xhtml">'
                    f"<div {XHTML}><p>One</p><p>Two <i>three</i></p></div></content>"
                ),
                "A move",
                "One\n\nTwo <i>three</i>",
            ),
            ('<title>T</title><content type="image/png" src="https://x.org/p"/><summary>S</summary>', "T", "S"),
            ("<title>Alone</title>", "Alone", "Alone"),
            ("<title/><content>The text alone</content>", "The text alone", "The text alone"),
        ],
    )
    def test_every_kind_of_text(self, constructs: str, headline: str, body: str):
        """Text, HTML, XHTML, content that stands elsewhere, and what is missing (RFC 4287, 3.1 and 4.1.3)."""
        item = only(GOVUK.parse(atom(f"<entry><id>urn:x:1</id>{constructs}</entry>")))
        assert (item.headline, item.body) == (headline, body)

    def test_the_link_names_an_entry_without_an_id(self):
        """Without an id the page is the name; of several links it is the alternate one."""
        links = '<link rel="enclosure" href="https://x.org/e"/><link rel="alternate" href="https://x.org/a"/>'
        item = only(GOVUK.parse(atom(f"<entry><title>T</title>{links}</entry>")))
        assert (item.identifier, item.link) == ("https://x.org/a", "https://x.org/a")

    @pytest.mark.parametrize("entry", ["<entry><title>T</title></entry>", "<entry><id>urn:x:1</id></entry>"])
    def test_an_entry_that_cannot_be_used_fails_the_whole_feed(self, entry: str):
        """An entry without a name, or without words, is a fault of the feed: nothing is taken by halves."""
        assert problem(GOVUK, atom(atom_entry(1), entry)) in {"news-nameless", "news-empty"}

    @pytest.mark.parametrize("link", ["javascript:alert(1)", "/alerts/1", "https://x.org/" + "a" * 2000, "https://a b"])
    def test_a_link_that_no_button_can_have_is_left_out(self, link: str):
        """An address that is none, or too long, gives an item without a link."""
        assert only(GOVUK.parse(atom(f'<entry><id>1</id><title>T</title><link href="{link}"/></entry>'))).link is None

    def test_an_endless_name_is_kept_as_its_mark(self):
        """A name too long for an index is told from others by its digest, the same each time."""
        long_ones = [f"<entry><id>{'x' * 600}{end}</id><title>T</title></entry>" for end in "ab"]
        names = {item.identifier for item in GOVUK.parse(atom(*long_ones))}
        assert len(names) == 2
        assert all(len(name) < 100 for name in names)


class TestCtp:
    """Counter Terrorism Policing."""

    def test_an_item_in_full(self):
        """The whole text without WordPress's footer; the guid names it, since the address of a post may change."""
        assert only(CTP.parse(rss(rss_item(3)))) == Item(
            source="ctp",
            identifier="https://www.counterterrorism.police.uk/?p=4003",
            headline="Man charged under the Terrorism Act",
            body="A man has been <i>charged</i>.\n\nHe will appear at court.",
            link="https://www.counterterrorism.police.uk/news-3/",
            published_at=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
            marking=Marking.CLEAR,
        )

    def test_the_excerpt_stands_in_for_the_text(self):
        """A feed of summaries gives the excerpt, without the footer."""
        whole = rss_item(1)
        start, end = whole.index("\t\t<content:encoded>"), whole.index("</content:encoded>")
        item = only(CTP.parse(rss(whole[:start] + whole[end + len("</content:encoded>") :])))
        assert item.body == "A man has been … […]"

    def test_a_title_keeps_its_marks(self):
        """References in a title are read, tags in it are not shown, and neither is a turned direction of writing."""
        title = "<title><![CDATA[Police &#8211; &amp; <i>others</i> \u202egnp.exe]]></title>"
        item = only(CTP.parse(rss(f"<item>{title}<guid>1</guid></item>")))
        assert item.headline == "Police – & others gnp.exe"

    def test_a_text_of_an_exercise_is_no_test_message(self):
        """News of an exercise is news."""
        news = rss_item(1, "Exercise prepares officers", "<p>A test of the plans.</p>")
        assert not only(CTP.parse(rss(news))).is_test


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T11:30:00Z", datetime(2026, 11, 23, 11, 30, tzinfo=UTC)),
        ("2026-07-01T11:30:00.5+01:00", datetime(2026, 7, 1, 10, 30, 0, 500_000, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10:00:00 +0000", datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10:00:00 -0000", datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
        ("Wed, 01 Jul 2026 10:00:00 BST", datetime(2026, 7, 1, 10, 0, tzinfo=UTC)),
        ("9999-12-31T23:59:59-12:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_of_both_forms(text: str, moment: datetime | None):
    """RFC 3339 and RFC 822 are read; a zone in letters that no standard knows is UTC; nonsense is no date."""
    assert read_moment(text) == moment


def test_a_chosen_source_has_its_own_address_or_another():
    """The settings name sources, each with an address where it is not the usual one."""
    feeds = watched([("ctp", ""), ("govuk-alerts", "http://127.0.0.1:1/")], SOURCES)
    assert [feed.address for feed in feeds] == [CTP.address, "http://127.0.0.1:1/"]
    assert replace(feeds[0], address="") != feeds[0]
