"""The formatting that an alert's text may have: a strict reader of Telegram's HTML, and its canonical form.

Source of the tags: https://core.telegram.org/bots/api#html-style (those that a text of ours can need).
"""

import re
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser

from alerts.errors import InvalidInput
from alerts.text import utf16_length

CANONICAL_TAG = {
    "b": "b",
    "strong": "b",
    "i": "i",
    "em": "i",
    "u": "u",
    "ins": "u",
    "s": "s",
    "strike": "s",
    "del": "s",
    "code": "code",
    "pre": "pre",
    "a": "a",
    "blockquote": "blockquote",
    "tg-spoiler": "tg-spoiler",
    "span": "tg-spoiler",
    "tg-emoji": "",
}
"""Every tag that is read, and the one that stands for it in the canonical form; an empty one leaves its content."""

STRAY_AMPERSAND = re.compile(r"&(?!(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);)")
"""An ampersand that begins no reference. HTMLParser would read `&region=2` in a link as `®ion=2`, Telegram does not."""

UNFINISHED_TAG = re.compile(r"<[a-zA-Z/!?]")
"""How what is left of a tag begins when the text ends in its middle."""

_TAG = re.compile(r"<[^>]*>")

ENTITIES_LIMIT = 90
"""How many formatted places a text may have: Telegram drops what goes beyond 100, and ours need a few."""

LINK_SCHEMES = ("https://", "http://", "tel:", "mailto:", "tg://")


@dataclass(frozen=True, slots=True)
class FormattedText:
    """A text with its formatting.

    Attributes:
        html: canonical: known tags only, balanced, everything else escaped.
        plain: what a reader sees, without formatting.
    """

    html: str
    plain: str

    @property
    def length(self) -> int:
        """Length of what a reader sees in UTF-16 units, which is how Telegram counts."""
        return utf16_length(self.plain)


def plain_text(text: str) -> FormattedText:
    """Take a text as it stands, without reading any tags in it."""
    return FormattedText(escape(text, quote=False), text)


def visible(html: str) -> str:
    """Give what a reader sees of canonical HTML."""
    return unescape(_TAG.sub("", html))


def read_html(source: str) -> FormattedText:
    """Read HTML in Telegram's subset.

    Raises:
        InvalidInput: a tag is unknown, unclosed, closed in the wrong order, a link leads nowhere, or there is more
            formatting than Telegram takes; the text names the line and column.
    """
    reader = _Reader()
    try:
        reader.feed(STRAY_AMPERSAND.sub("&amp;", source))
        reader.finish()
    except AssertionError:  # how the standard reader refuses a marked section, such as `<![if]>`
        reader.unknown_decl("")
    return reader.result()


def _unix_lines(text: str) -> str:
    """Write every end of a line as a newline, also one that came as a reference such as `&#13;`."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Reader(HTMLParser):
    """Keeps the open tags in a stack and writes the canonical form as it goes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._html: list[str] = []
        self._plain: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._entities = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.handle_data("\n")
            return
        canonical = CANONICAL_TAG.get(tag)
        if canonical is None:
            raise self._problem(f"the tag <{tag}> is not known here; write &lt; for a plain '<'")
        self._entities += bool(canonical)
        if self._entities > ENTITIES_LIMIT:
            raise self._problem(f"this is formatted place {self._entities} of the text; {ENTITIES_LIMIT} are the most")
        self._open.append((tag, canonical))
        self._html.append(self._opening(tag, canonical, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag == "br":
            return
        if not self._open:
            raise self._problem(f"</{tag}> closes a tag that was not opened")
        opened, canonical = self._open.pop()
        if opened != tag:
            raise self._problem(f"</{tag}> comes where </{opened}> is due")
        self._html.append(f"</{canonical}>" if canonical else "")

    def handle_data(self, data: str) -> None:
        text = _unix_lines(data)
        self._html.append(escape(text, quote=False))
        self._plain.append(text)

    def handle_comment(self, data: str) -> None:  # noqa: ARG002 - HTMLParser's signature
        raise self._problem("comments are not known here; write &lt; for a plain '<'")

    def handle_decl(self, decl: str) -> None:  # noqa: ARG002 - HTMLParser's signature
        raise self._problem("declarations are not known here; write &lt; for a plain '<'")

    def handle_pi(self, data: str) -> None:  # noqa: ARG002 - HTMLParser's signature
        raise self._problem("instructions are not known here; write &lt; for a plain '<'")

    def unknown_decl(self, data: str) -> None:  # noqa: ARG002 - HTMLParser's signature
        raise self._problem("declarations are not known here; write &lt; for a plain '<'")

    def _opening(self, tag: str, canonical: str, attributes: dict[str, str | None]) -> str:
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._problem('<span> is known with class="tg-spoiler" only')
        if canonical == "a":
            address = _unix_lines(attributes.get("href") or "")
            if not address.startswith(LINK_SCHEMES):
                raise self._problem("a link needs an address that starts with https://")
            return f'<a href="{escape(address)}">'
        if canonical == "blockquote" and "expandable" in attributes:
            return "<blockquote expandable>"
        return f"<{canonical}>" if canonical else ""

    def finish(self) -> None:
        """Read what is left; a tag without an end is refused, since some releases of Python drop it with its text."""
        if UNFINISHED_TAG.match(self.rawdata):
            raise self._problem("a tag has no end; write &lt; for a plain '<'")
        self.close()

    def result(self) -> FormattedText:
        if self._open:
            raise self._problem(f"<{self._open[-1][0]}> is not closed")
        return FormattedText("".join(self._html).strip(), "".join(self._plain).strip())

    def _problem(self, what: str) -> InvalidInput:
        line, column = self.getpos()
        place = f"line {line}, column {column + 1}"
        return InvalidInput("markup", f"the formatting cannot be read: {what} ({place})", place=place, what=what)
