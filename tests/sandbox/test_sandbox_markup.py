"""How a bot's text becomes what people read."""

import html

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sandbox import ApiError
from bot.sandbox.entities import STYLES, Entity, settle
from bot.sandbox.links import checked_link, mentioned_user
from bot.sandbox.markup import format_text
from bot.sandbox.rules import check_caption_length, utf16_length


def marked(source: str) -> list[tuple[str, int, int]]:
    """The entities of an HTML text."""
    return [(entity.type, entity.offset, entity.length) for entity in format_text(source, "HTML").entities]


def complaint(source: str) -> str:
    """Why an HTML text is refused."""
    with pytest.raises(ApiError) as refused:
        format_text(source, "HTML")
    assert refused.value.code == 400
    return refused.value.description


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("b", "bold"),
        ("strong", "bold"),
        ("i", "italic"),
        ("em", "italic"),
        ("u", "underline"),
        ("ins", "underline"),
        ("s", "strikethrough"),
        ("strike", "strikethrough"),
        ("del", "strikethrough"),
        ("tg-spoiler", "spoiler"),
        ("code", "code"),
        ("pre", "pre"),
        ("blockquote", "blockquote"),
        ("B", "bold"),
    ],
)
def test_simple_tags(tag: str, kind: str) -> None:
    """Every tag without attributes marks what it encloses; case does not matter."""
    assert marked(f"a <{tag}>bc</{tag}> d") == [(kind, 2, 2)]


def test_tags_with_attributes() -> None:
    """Links, mentions, custom emoji, dates, spoilers, languages and open quotes keep what their attribute says."""
    source = (
        '<a href="HTTPS://Example.org?q=1&amp;r=2">l</a><a href="tg://user?id=1001">m</a>'
        '<tg-emoji emoji-id="5368">👍</tg-emoji><tg-time unix="1647531900" format="wDT">t</tg-time>'
        '<span class="tg-spoiler">s</span>\n<pre><code class="language-python">p</code></pre>\n'
        "<blockquote expandable>q</blockquote>"
    )
    formatted = format_text(source, "HTML")
    assert formatted.text == "lm👍ts\np\nq"
    assert list(formatted.entities) == [
        Entity("text_link", 0, 1, (("url", "https://example.org/?q=1&r=2"),)),
        Entity("text_mention", 1, 1, (("user_id", 1001),)),
        Entity("custom_emoji", 2, 2, (("custom_emoji_id", "5368"),)),
        Entity("date_time", 4, 1, (("unix_time", 1647531900), ("date_time_format", "wDT"))),
        Entity("spoiler", 5, 1),
        Entity("pre", 7, 1, (("language", "python"),)),
        Entity("expandable_blockquote", 9, 1),
    ]


def test_a_link_without_address_links_to_its_own_text() -> None:
    """`<a>` without href takes its content for the address; what is no address is no link."""
    assert format_text("<a>example.org/x</a>", "HTML").entities[0].extra == (("url", "http://example.org/x"),)
    assert marked('<a href="nothing">x</a>') == []


def test_character_references() -> None:
    """Four names and all numbers are decoded, with or without semicolon; the rest stays as it stands."""
    source = "&lt;&gt;&amp;&quot;&#65;&#x1F600;&lt &nbsp; &#0; &#xD; &"
    assert format_text(source, "HTML").text == '<>&"A😀< &nbsp; &#0;  &'


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("é<p>x</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("x < y", 'Unsupported start tag "" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("😀</b>", "Unexpected end tag at byte offset 4"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("x<b", "Unclosed start tag at byte offset 1"),
        ("<a ", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=x", "Unclosed start tag at byte offset 0"),
        ("<a href='x", "Unclosed start tag at byte offset 0"),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
        ("<b/>", 'Unsupported start tag "b/" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji emoji-id='x'>x</tg-emoji>", "Invalid custom emoji identifier specified"),
        (
            "&#xD83D;",
            (
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate"
                " code units"
            ),
        ),
    ],
)
def test_markup_errors_in_telegrams_words(source: str, reason: str) -> None:
    """What is wrong with the tags is said as Telegram says it, with the offset in bytes of UTF-8."""
    assert complaint(source) == f"Bad Request: can't parse entities: {reason}"


def test_an_end_tag_without_name_closes_the_last() -> None:
    """`</>` ends whatever is open."""
    assert marked("<b>x</>") == [("bold", 0, 1)]


def test_other_parse_modes() -> None:
    """Markdown is honestly not implemented, and what is no mode is refused."""
    with pytest.raises(ApiError) as refused:
        format_text("x", "MarkdownV2")
    assert refused.value.code == 501
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        format_text("x", "BBCode")
    assert format_text("<b>", "").text == "<b>"


def test_the_length_counts_utf16_after_parsing() -> None:
    """4,096 UTF-16 units pass and one more does not, however long the tags make the source."""
    assert format_text("<b>" + "😀" * 2048 + "</b>", "HTML").entities[0].length == 4096
    assert format_text("  " + "x" * 4096 + "\n ").text == "x" * 4096
    for source in ("😀" * 2048 + "x", "x" * 4097):
        with pytest.raises(ApiError, match="Bad Request: message is too long"):
            format_text(source)


def test_captions_are_shorter() -> None:
    """A caption has at most 1,024 UTF-16 units."""
    check_caption_length("😀" * 512)
    with pytest.raises(ApiError, match="message caption is too long"):
        check_caption_length("😀" * 512 + "x")


def test_offsets_count_utf16() -> None:
    """A character beyond the basic plane moves what follows by two."""
    assert marked("😀é<b>x😀</b>") == [("bold", 3, 3)]


def test_white_space_is_trimmed() -> None:
    """Spaces and line ends go at both ends, but not in front of an entity that starts there."""
    assert format_text(" \n x \n y \n").text == "x \n y"
    assert format_text("\t\r\n x\t\r\n").text == "x"
    formatted = format_text(" <pre>  x </pre> ", "HTML")
    assert (formatted.text, formatted.entities) == ("  x", (Entity("pre", 0, 3),))


@pytest.mark.parametrize("source", [" ", "\n\n", "\t", "\u200b", "\u2800", "<b> </b>"])
def test_text_without_anything_to_see_is_refused(source: str) -> None:
    """White space alone, visible or not, is no message."""
    with pytest.raises(ApiError, match="Bad Request: text must be non-empty"):
        format_text(source, "HTML")


def test_control_characters() -> None:
    """They become spaces, and those that turn the direction of writing go; entities keep their place."""
    formatted = format_text("a\x00b\tc\r\n\u202ed <b>e\rf</b>", "HTML")
    assert (formatted.text, formatted.entities) == ("a b c\nd ef", (Entity("bold", 8, 2),))


def test_entities_given_as_objects() -> None:
    """Without a parse mode `entities` marks the text, and kinds that Telegram finds itself are passed over."""
    given_entities = [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "text_link", "offset": 2, "length": 1, "url": "example.org"},
        {"type": "pre", "offset": 4, "length": 1, "language": "py"},
        {"type": "hashtag", "offset": 0, "length": 1},
    ]
    assert list(format_text("😀l p", "", given_entities).entities) == [
        Entity("bold", 0, 2),
        Entity("text_link", 2, 1, (("url", "http://example.org/"),)),
        Entity("pre", 4, 1, (("language", "py"),)),
    ]


@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        ("bold", "can't parse MessageEntity: expected an Object"),
        ({"offset": 0, "length": 1}, "can't parse MessageEntity: Can't find field \"type\""),
        (
            {"type": "bold", "offset": "0", "length": 1},
            'can\'t parse MessageEntity: Field "offset" must be of type Number',
        ),
        ({"type": "shiny", "offset": 0, "length": 1}, "can't parse MessageEntity: Unsupported type specified"),
        ({"type": "bold", "offset": -1, "length": 1}, "receive an entity with incorrect offset -1"),
        ({"type": "bold", "offset": 9, "length": 1}, "entity begins after the end of the text at UTF-16 offset 9"),
        (
            {"type": "bold", "offset": 2, "length": 9},
            "entity beginning at UTF-16 offset 2 ends after the end of the text at UTF-16 offset 11",
        ),
        ({"type": "bold", "offset": 1, "length": 2}, "entity begins in a middle of a UTF-16 symbol at byte offset 4"),
        (
            {"type": "bold", "offset": 0, "length": 1},
            "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4",
        ),
        ({"type": "text_link", "offset": 0, "length": 2, "url": "x"}, "entity URL 'x' is invalid: Wrong HTTP URL"),
    ],
)
def test_entities_that_do_not_fit(entity: object, reason: str) -> None:
    """Objects that are malformed or point outside the text or into half a character are refused."""
    with pytest.raises(ApiError) as refused:
        format_text("😀xy", "", [entity])
    assert refused.value.description == f"Bad Request: {reason}"


def test_more_than_a_hundred_entities_are_dropped() -> None:
    """The 101st entity goes silently, as at Telegram."""
    assert len(marked(" ".join("<b>x</b>" for _ in range(100)))) == 100
    assert len(marked(" ".join("<b>x</b>" for _ in range(101)))) == 100


def test_nesting_rules() -> None:
    """Same styles join, none stands in code, quotes do not nest, and overlapping styles are cut."""
    assert marked("<b>a</b><b>b</b>") == [("bold", 0, 2)]
    assert marked("<b>a<code>b</code>c</b>") == [("bold", 0, 1), ("code", 1, 1), ("bold", 2, 1)]
    assert marked("<blockquote>a<blockquote>b</blockquote></blockquote>") == [("blockquote", 0, 2)]
    overlap = settle([Entity("bold", 0, 4), Entity("italic", 2, 4)])
    assert overlap == [Entity("bold", 0, 4), Entity("italic", 2, 2), Entity("italic", 4, 2)]


def test_what_telegram_marks_by_itself() -> None:
    """Commands, mentions, hashtags, links and mail addresses are found, but not inside code or links."""
    text = "/start@cascade_bot a /help, @some_one #Alert me@example.org https://example.org/x). gov.uk/y and/or a@b"
    found = [(entity.type, text[entity.offset : entity.end]) for entity in format_text(text).entities]
    assert found == [
        ("bot_command", "/start@cascade_bot"),
        ("bot_command", "/help"),
        ("mention", "@some_one"),
        ("hashtag", "#Alert"),
        ("email", "me@example.org"),
        ("url", "https://example.org/x"),
        ("url", "gov.uk/y"),
    ]
    assert marked("<code>/start</code>") == [("code", 0, 6)]
    assert marked("<b>/start</b>") == [("bot_command", 0, 6), ("bold", 0, 6)]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("example.org", "http://example.org/"),
        ("https://user@EXAMPLE.org:8443?x#y", "https://user@example.org:8443/?x#y"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("http://localhost/x", None),
        ("javascript:alert(1)", None),
        ("http://a b.org", None),
        ("http://[::1", None),
        ("http://a.org:port", None),
        ("", None),
    ],
)
def test_links(link: str, expected: str | None) -> None:
    """Telegram takes web addresses with a dot in the host, and its own schemes."""
    assert checked_link(link) == expected


def test_mentions_by_id() -> None:
    """`tg://user?id=` names a user, nothing else does."""
    assert mentioned_user("tg://user?id=5") == 5
    assert mentioned_user("tg://user?id=0") is None
    assert mentioned_user("https://t.me/x") is None


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Z")), min_size=1, max_size=4)
TAGS = st.sampled_from(["b", "i", "u", "s", "tg-spoiler"])


@given(st.lists(st.tuples(TAGS, WORDS), min_size=1, max_size=12))
def test_styles_survive_the_way_there_and_back(parts: list[tuple[str, str]]) -> None:
    """Escaped words in style tags come out as the same text, each word under its style."""
    source = " ".join(f"<{tag}>{html.escape(word)}</{tag}>" for tag, word in parts)
    formatted = format_text(source, "HTML")
    assert formatted.text == " ".join(word for _, word in parts).strip()
    units = formatted.text.encode("utf-16-le")
    styled = [entity for entity in formatted.entities if entity.type in STYLES]
    read = [units[2 * entity.offset : 2 * entity.end].decode("utf-16-le") for entity in styled]
    assert read == [word for _, word in parts]


@given(st.text(st.sampled_from("<>/&;=\"' \n#xab-1lt😀\0")) | st.text())
@example("<a href='https://a.b/&#xD800;'>x</a>")
def test_no_source_breaks_the_reader(source: str) -> None:
    """Whatever a bot writes is either read, with entities inside the text and properly nested, or refused with 400."""
    try:
        formatted = format_text(source, "HTML")
    except ApiError as error:
        assert error.code == 400  # noqa: PT017 - both outcomes are fine
        return
    orjson.dumps([formatted.text, *(entity.as_json() for entity in formatted.entities)])
    _check_nesting(formatted.entities, utf16_length(formatted.text))


RANGES = st.builds(
    Entity,
    st.sampled_from(["bold", "italic", "code", "pre", "text_link", "blockquote", "spoiler"]),
    st.integers(0, 20),
    st.integers(0, 20),
)


@given(st.lists(RANGES, max_size=12))
def test_settled_entities_always_nest(entities: list[Entity]) -> None:
    """Any ranges settle into ones of which no two cross, and settling them again changes nothing."""
    settled = settle(entities)
    _check_nesting(tuple(settled), 40)
    assert settle(settled) == settled


def _check_nesting(entities: tuple[Entity, ...], end: int) -> None:
    for entity in entities:
        assert 0 <= entity.offset < entity.end <= end
    for one in entities:
        for other in entities:
            apart = one.end <= other.offset or other.end <= one.offset
            inside = one.offset <= other.offset and other.end <= one.end
            assert apart or inside or (other.offset <= one.offset and one.end <= other.end)
