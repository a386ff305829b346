"""Long texts in pieces: nothing is lost, and every piece stands by itself."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.publishing.markup import plain_text, read_html, visible
from alerts.publishing.split import PIECE_LIMIT, split_html
from alerts.text import utf16_length

TAGS = ["b", "i", "u", "s", "code", "pre", "blockquote", "tg-spoiler", 'a href="https://example.org/?a=1&b=%22"']
LIMITS = st.integers(min_value=4, max_value=60)
WORDS = st.lists(
    st.sampled_from(
        [
            "Police",
            "x" * 70,
            "😀🚨🇬🇧👨‍👩‍👧" * 4,
            "é",
            "a. b! c?",
            "<&>",
            "&amp;",
            " ",
            "   ",
            "\n",
            "\n\n",
            "\n \n",
        ]
    )
    | st.text(max_size=12),
    max_size=8,
).map(lambda words: plain_text(" ".join(words)).html)
LONG_TEXTS = st.recursive(
    WORDS,
    lambda inner: st.tuples(st.sampled_from(TAGS), st.lists(inner, max_size=4)).map(
        lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0].partition(' ')[0]}>"
    ),
    max_leaves=12,
)
TEXTS = st.lists(LONG_TEXTS, min_size=1, max_size=6).map(lambda parts: read_html("".join(parts)).html)
"""Canonical HTML: nested tags and links, emoji of several kinds, words longer than a piece."""


class Painter(HTMLParser):
    """Notes under which tags each character stands, white space left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.painted: list[tuple[str, tuple[str, ...]]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag."""
        self._open.append(f"{tag} {attrs}")

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last, which must be the one."""
        assert self._open.pop().partition(" ")[0] == tag

    def handle_data(self, data: str) -> None:
        """Note the characters."""
        self.painted += [(mark, tuple(self._open)) for mark in data if not mark.isspace()]


def painted(*pieces: str) -> list[tuple[str, tuple[str, ...]]]:
    """Give every visible character with its tags."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for piece in pieces:
        painter = Painter()
        painter.feed(piece)
        painter.close()
        found += painter.painted
    return found


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXTS, LIMITS)
def test_every_piece_is_short_enough_and_can_be_read(html: str, limit: int):
    """Whatever the text, a piece has no more units than the limit, is canonical HTML, and holds no half character."""
    for piece in split_html(html, limit):
        assert utf16_length(visible(piece)) <= limit
        assert read_html(piece).plain == visible(piece).strip()
        visible(piece).encode("utf-16-le")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXTS, LIMITS)
def test_the_pieces_together_are_the_text(html: str, limit: int):
    """Only white space is left out, only at the cuts, and every character keeps all the formatting that it had."""
    pieces = split_html(html, limit)
    assert painted(*pieces) == painted(html)
    gaps = r"\s*".join(re.escape(visible(piece)) for piece in pieces)
    assert re.fullmatch(rf"\s*{gaps}\s*", visible(html))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXTS, LIMITS)
def test_no_piece_is_empty(html: str, limit: int):
    """A piece always has something to read, unless the text itself has nothing."""
    pieces = split_html(html, limit)
    assert all(visible(piece).strip() for piece in pieces) or not visible(html).strip()


@pytest.mark.parametrize(
    "html", ["", "Short.", "<b>One</b>\n\n<i>two</i>", "x" * PIECE_LIMIT, "😀" * (PIECE_LIMIT // 2)]
)
def test_a_text_that_fits_is_left_as_it_is(html: str):
    """A text of up to 3,000 units is one piece, to the last character."""
    assert split_html(html) == (html,)


@pytest.mark.parametrize("html", ["x" * (PIECE_LIMIT + 1), "😀" * (PIECE_LIMIT // 2) + "x"])
def test_one_unit_more_makes_a_second_piece(html: str):
    """A text of 3,001 units is cut, and the first piece is full."""
    first, second = split_html(html)
    assert (utf16_length(first), second) == (PIECE_LIMIT, "x")


@pytest.mark.parametrize(
    ("html", "pieces"),
    [
        ("aaaa bbbb\ncc. d\n\neeee ffff gggg", ("aaaa bbbb\ncc. d", "eeee ffff gggg")),
        ("aaaa bbbb\ncc. dddd eeee ffff", ("aaaa bbbb", "cc. dddd eeee ffff")),
        ("aaaa bbbb cc. dddd eeee ffff", ("aaaa bbbb cc.", "dddd eeee ffff")),
        ("aaaa bbbb cccc dddd eeee ffff", ("aaaa bbbb cccc dddd", "eeee ffff")),
        ("aaaabbbbccccddddeeeeffff", ("aaaabbbbccccddddeeee", "ffff")),
        ("a\n\nbbbb cccc dddd eeee ffff", ("a\n\nbbbb cccc dddd", "eeee ffff")),
    ],
    ids=["paragraph", "line", "sentence", "word", "inside a word", "too short a paragraph"],
)
def test_where_a_text_is_cut(html: str, pieces: tuple[str, ...]):
    """Between paragraphs, else lines, sentences or words; a cut that leaves a piece almost empty is not taken."""
    assert split_html(html, 20) == pieces


def test_tags_are_closed_and_opened_again():
    """A link over a cut leads to the same place on both sides, and the tags around it hold on both sides."""
    link = '<a href="https://example.org/?a=1&amp;b=2">'
    assert split_html(f"<b>{link}aaaa bbbb</a></b>", 5) == (f"<b>{link}aaaa</a></b>", f"<b>{link}bbbb</a></b>")


def test_an_expandable_quotation_stays_one():
    """The bare attribute of a quotation is written in both pieces."""
    assert split_html("<blockquote expandable>aaaa bbbb</blockquote>", 5) == (
        "<blockquote expandable>aaaa</blockquote>",
        "<blockquote expandable>bbbb</blockquote>",
    )


def test_a_character_of_two_units_is_not_cut():
    """Where an emoji does not fit any more it begins the next piece, whole."""
    assert split_html("x😀😀😀", 4) == ("x😀", "😀😀")
