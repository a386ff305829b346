"""HTML of strangers in our canonical form: nothing breaks it, nothing hidden comes through, nothing is invented."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.publishing.feeds.foreign import canonical_html, canonical_text, one_line, plain_line
from alerts.publishing.markup import read_html, visible
from alerts.publishing.shorten import shorten_html
from alerts.text import utf16_length

TAGS = (
    "p",
    "div",
    "b",
    "strong",
    "i",
    "em",
    "a",
    "ul",
    "li",
    "h2",
    "br",
    "script",
    "style",
    "table",
    "tr",
    "td",
    "span",
)
PIECES = st.lists(
    st.one_of(
        st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
        st.sampled_from(
            ['<a href="https://x.org/?a=1&b=2">', '<a href="javascript:x">', "<!-- x -->", "<![CDATA[x]]>"]
        ),
        st.sampled_from(["&amp;", "&lt;b&gt;", "&nbsp;", "&#0;", "&#xD800;", "&", "<", "<b", "</", "<!", "<?x"]),
        st.text(max_size=20),
    ),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br/>Two<br>Three", "One\nTwo\nThree"),
        ("<p>A   lot\n of&nbsp;space </p>", "A lot of space"),
        ("<h2>Head</h2><p>Text</p>", "<b>Head</b>\n\nText"),
        ("<b>x<i>y</b>z</i>", "<b>x</b><b><i>y</i></b>z"),
        ("<b>never closed", "<b>never closed</b>"),
        ("</b></p></i>text", "text"),
        ("<ul><li>One<li>Two</ul>", "• One\n• Two"),
        ("<ol><li><p>One</p></li></ol>", "•\n\nOne"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<script>alert('x')</script>seen<style>p{}</style>", "seen"),
        ("<noscript><img src=x></noscript><iframe>no</iframe>yes", "yes"),
        ("a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"),
        ('<img src="x" onerror="y" alt="z">picture', "picture"),
        ('<a href="/news">here</a>', '<a href="https://x.org/news">here</a>'),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ('<a href="https://x.org/?a=1&region=2">q</a>', '<a href="https://x.org/?a=1&amp;region=2">q</a>'),
        ('<a href="https://x.org/"><p>block</p></a>after', '<a href="https://x.org/">block</a>\n\nafter'),
        ("<!-- hidden --><![CDATA[hidden]]><?hidden?>seen", "seen"),
        ("safe\u202eelif", "safeelif"),
        ("", ""),
    ],
)
def test_what_becomes_of_html(source: str, expected: str):
    """Paragraphs, lists, bold, italic and links stay; scripts, styles, pictures and comments go."""
    assert canonical_html(source, "https://x.org/page/") == expected


@given(source=PIECES)
@example(source="<b> </b><i>\n</i>")
@example(source="<title>")
def test_whatever_comes_is_canonical(source: str):
    """The result of any HTML is accepted by the strict reader as it stands, but for the number of its formats."""
    written = canonical_html(source, "https://x.org/")
    if written.count("</") <= 90:
        assert read_html(written).html == written
    assert "\n" not in plain_line(source)


@pytest.mark.parametrize("piece", ["<!--", "<a ", "<", "<![", "<?", "&#", "</", '<a x="', "<script>", "<div>", "<b>"])
def test_a_hostile_text_takes_no_more_time_than_its_length(piece: str):
    """Half a megabyte of beginnings that never end is read in a moment; a reader that goes back takes minutes."""
    began = time.perf_counter()
    canonical_html(piece * (500_000 // len(piece)))
    assert time.perf_counter() - began < 5


@given(text=st.text(max_size=200))
def test_a_plain_text_stays_text(text: str):
    """A plain text shows what it says, tags in it too; it has no character that a database would refuse."""
    written = canonical_text(text)
    assert read_html(written).html == written
    assert one_line(visible(written)).split() == one_line(text).split()
    assert "\x00" not in written


@given(source=PIECES.map(lambda piece: piece * 40), limit=st.integers(2, 300), places=st.integers(1, 10))
def test_a_shortened_text_is_a_beginning_within_the_limits(source: str, limit: int, places: int):
    """What is cut is canonical, within both limits, and the beginning of what was there; what fits is not touched."""
    whole = canonical_html(source)
    short, is_cut = shorten_html(whole, limit, places)
    assert utf16_length(visible(short)) <= limit
    assert is_cut or short == whole
    assert is_cut or short.count("</") <= places
    if short.count("</") <= 90:
        assert read_html(short).html == short
    assert (
        visible(whole).replace(" ", "").replace("\n", "").startswith(visible(short).replace(" ", "").replace("\n", ""))
    )


def test_a_long_text_is_cut_between_two_paragraphs():
    """The last paragraph that fits is whole."""
    paragraphs = [f"Paragraph {number} of it, {'long ' * 10}." for number in range(20)]
    short, is_cut = shorten_html("\n\n".join(paragraphs), 500, 80)
    assert is_cut
    assert short == "\n\n".join(paragraphs[: short.count("\n\n") + 1])
