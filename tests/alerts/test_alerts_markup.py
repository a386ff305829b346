import re
from string import printable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.errors import InvalidInput
from alerts.publishing.markup import CANONICAL_TAG, ENTITIES_LIMIT, LINK_SCHEMES, plain_text, read_html
from alerts.text import utf16_length

PIECES = st.sampled_from(
    [
        *(f"<{tag}>" for tag in CANONICAL_TAG),
        *(f"</{tag}>" for tag in CANONICAL_TAG),
        '<a href="https://example.org/?a=1&region=2">',
        "<a href='https://x.test/&quot;&#13;\n'>",
        '<span class="tg-spoiler">',
        "<blockquote expandable>",
        "<br>",
        "<br/>",
        "<b/>",
        "&amp;",
        "&lt;",
        "&#13;",
        "&nbsp;",
        "&notit;",
        "&",
        "<",
        ">",
        "</",
        "</>",
        "<!--",
        "-->",
        "<!",
        "<![",
        "<![if]>",
        "<?",
        "]]>",
        "<script>",
        "\r\n",
        "\r",
        '"',
        "😀",
    ]
)
SOURCES = st.lists(PIECES | st.text(max_size=6) | st.text(printable, max_size=6), max_size=12).map("".join)
INLINE = st.sampled_from(["b", "i", "u", "s", "code", "pre", "blockquote", "tg-spoiler"])
BALANCED = st.recursive(
    st.text(max_size=8).map(lambda text: plain_text(text).html),
    lambda inner: st.tuples(INLINE, st.lists(inner, max_size=3)).map(
        lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0]}>"
    ),
    max_leaves=8,
)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(SOURCES)
def test_any_source_is_read_to_its_canonical_form_or_refused(source: str):
    """Whatever comes in, InvalidInput is the only refusal, and what is read reads the same again."""
    read = refused = None
    try:
        read = read_html(source)
    except InvalidInput as problem:
        refused = problem
    if read is not None:
        assert read_html(read.html) == read
    else:
        assert refused.problem == "markup"
        assert refused.details.keys() == {"place", "what"}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(BALANCED)
def test_balanced_markup_is_always_read_and_reads_the_same_again(source: str):
    """Nested known tags around any text are never refused."""
    read = read_html(source)
    assert read_html(read.html) == read
    assert read.length == utf16_length(read.plain)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_a_plain_text_stands_as_it_is(text: str):
    """What was taken as plain text is read back without losing or gaining a character."""
    taken = plain_text(text)
    assert taken.plain == text
    assert read_html(taken.html).plain == re.sub(r"\r\n?", "\n", text).strip()


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<b>x</b>", "<b>x</b>"),
        ("<strong>x</strong>", "<b>x</b>"),
        ("<i>x</i>", "<i>x</i>"),
        ("<em>x</em>", "<i>x</i>"),
        ("<u>x</u>", "<u>x</u>"),
        ("<ins>x</ins>", "<u>x</u>"),
        ("<s>x</s>", "<s>x</s>"),
        ("<strike>x</strike>", "<s>x</s>"),
        ("<del>x</del>", "<s>x</s>"),
        ("<code>x</code>", "<code>x</code>"),
        ('<pre class="y">x</pre>', "<pre>x</pre>"),
        ('<a href="https://example.org">x</a>', '<a href="https://example.org">x</a>'),
        ("<blockquote>x</blockquote>", "<blockquote>x</blockquote>"),
        ("<blockquote expandable>x</blockquote>", "<blockquote expandable>x</blockquote>"),
        ("<tg-spoiler>x</tg-spoiler>", "<tg-spoiler>x</tg-spoiler>"),
        ('<span class="tg-spoiler">x</span>', "<tg-spoiler>x</tg-spoiler>"),
        ('<tg-emoji emoji-id="5">x</tg-emoji>', "x"),
        ("<B>x</B>", "<b>x</b>"),
    ],
)
def test_every_tag_has_one_canonical_form(source: str, html: str):
    """Each known tag comes out in one spelling, and the reader sees its content alone."""
    read = read_html(source)
    assert (read.html, read.plain) == (html, "x")


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("one\ntwo <x>", "line 2, column 5"),
        ("a </b>", "line 1, column 3"),
        ("<b><i>x</b>", "line 1, column 8"),
        ("x\n<b>y", "line 2, column 5"),
        ("x <!-- y -->", "line 1, column 3"),
        ("<!DOCTYPE html>", "line 1, column 1"),
        ("\n\n<?php ?>", "line 3, column 1"),
        ("x <![CDATA[y]]>", "line 1, column 3"),
        ("x <![if]>", "line 1, column 3"),
        ("<span>x</span>", "line 1, column 1"),
        ("<script>x</script>", "line 1, column 1"),
    ],
)
def test_a_refusal_names_the_place(source: str, place: str):
    """What cannot be read is refused with its line and column, in the text and as a value for the catalogue."""
    with pytest.raises(InvalidInput, match=f"({place})") as refused:
        read_html(source)
    assert refused.value.details["place"] == place


@pytest.mark.parametrize("source", ["<![ x", "<![foo]]>", "<![if gte mso 9]>x<![endif]>", "<![x["])
def test_a_marked_section_is_refused_like_any_other_declaration(source: str):
    """What the standard reader gives up on is refused as markup, and is no fault of the program."""
    with pytest.raises(InvalidInput, match="declarations are not known"):
        read_html(source + "]>")


@pytest.mark.parametrize(
    "source", ["Stay <b", "Stay <a href='https://example.org", "x</", "x</b", "x <!-- y", "x <!y", "x <?y"]
)
def test_a_tag_without_an_end_is_refused(source: str):
    """A text that ends in the middle of a tag is refused on every release of Python: none of it is dropped silently."""
    with pytest.raises(InvalidInput, match="a tag has no end"):
        read_html(source)


@pytest.mark.parametrize("source", ["a <", "a < b", "1 <2", "a <3", "<>", "x <"])
def test_a_plain_angle_that_begins_no_tag_is_text(source: str):
    """An angle bracket before a space, a digit or the end is what it looks like."""
    assert read_html(source).plain == source


@pytest.mark.parametrize("scheme", LINK_SCHEMES)
def test_a_link_of_a_known_kind_keeps_its_address(scheme: str):
    """An address comes out as it went in: `&region=2` does not become a registered trade mark."""
    read = read_html(f'<a href="{scheme}x?a=1&region=2">x</a>')
    assert read.html == f'<a href="{scheme}x?a=1&amp;region=2">x</a>'


@pytest.mark.parametrize(
    "attribute", ["", "href", 'href=""', 'href="javascript:alert(1)"', 'href="//x.test"', "name=x"]
)
def test_a_link_that_leads_nowhere_is_refused(attribute: str):
    """A link needs an address of a known kind."""
    with pytest.raises(InvalidInput, match="https://"):
        read_html(f"<a {attribute}>x</a>")


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("abc", 3), ("é", 1), ("😀", 2), ("👨‍👩‍👧", 8), ("🇬🇧", 4), ("\ud83d", 1)]
)
def test_lengths_are_counted_in_utf_16_units(text: str, length: int):
    """A character beyond the basic plane counts two; a lone surrogate one."""
    assert utf16_length(text) == length


def test_tags_do_not_count():
    """The length is that of what a reader sees: no tags, and a reference as one character."""
    assert read_html('<b>a</b> &amp; <a href="https://example.org">😀</a>').length == 6


def test_ninety_formatted_places_are_read():
    """As many tags as Telegram shows beside our own are taken; an emoji's tag and a line break are none."""
    source = "<b>x</b> " * 89 + "<i>y</i><br>" + '<tg-emoji emoji-id="5">z</tg-emoji>' * 10
    assert read_html(source).html.count("</") == ENTITIES_LIMIT == 90


@pytest.mark.parametrize("nested", [True, False])
def test_the_ninety_first_formatted_place_is_refused_by_name(nested: bool):
    """What Telegram would silently drop is refused with its line and column, nested or not."""
    source = "<b>" * 90 + "\n <i>" if nested else "<b>x</b>" * 90 + "\n <i>"
    with pytest.raises(InvalidInput, match="formatted place 91 of the text; 90 are the most") as refused:
        read_html(source)
    assert (refused.value.problem, refused.value.details["place"]) == ("markup", "line 2, column 2")
