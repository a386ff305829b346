"""HTML that strangers wrote, brought into the small canonical form of alerts/publishing/markup.py.

What is not known is left out with its tags, never with its text, but for what no reader of the page would see. Nothing
is added but line breaks and the bullets of lists.
"""

import re
from dataclasses import dataclass
from html import escape
from urllib.parse import urljoin, urlsplit

from lxml import etree

from alerts.publishing.markup import STRAY_AMPERSAND

UNSEEN = frozenset(
    {
        "script",
        "style",
        "template",
        "head",
        "title",
        "noscript",
        "iframe",
        "object",
        "svg",
        "math",
        "select",
        "textarea",
    }
)
"""Elements whose content is no text of the page."""

BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt", "fieldset"),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "main"),
        *("nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "thead", "tfoot", "ul"),
    }
)
"""Elements that stand in paragraphs of their own."""

LINES = frozenset({"li", "tr"})
"""Elements that stand on lines of their own."""

BOLD = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"})
ITALIC = frozenset({"i", "em", "cite"})
BULLET = "• "
ADDRESS_LIMIT = 1_000
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
"""Marks that turn the direction of writing: by them a text can be made to read as another."""

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_EOL = re.compile(r"\r\n?|\n")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of text with its formatting."""

    text: str
    bold: bool = False
    italic: bool = False
    address: str = ""


def canonical_html(source: str, base: str = "") -> str:
    """Give foreign HTML in canonical form: paragraphs with an empty line between, bold, italic and links.

    Args:
        source: whatever was sent; it need not be well-formed.
        base: address of the page, against which links are read.
    """
    return _Foreign(source, base).result()


def plain_line(source: str) -> str:
    """Give the text of foreign HTML on one line, without formatting."""
    return _Foreign(source, "").plain()


def canonical_text(text: str) -> str:
    """Give a plain text in canonical form; what looks like a tag in it is text."""
    paragraphs = (_clean(part).strip() for part in re.split(r"\n\s*\n", "\n".join(_EOL.split(text))))
    return "\n\n".join(escape(part, quote=False) for part in paragraphs if part)


def one_line(text: str) -> str:
    """Give a plain text on one line, without what cannot be written or turns it round."""
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    return _DIRECTION.sub("", _UNWRITABLE.sub("", text))


class _Foreign:
    """Walks over a page and keeps runs of text in paragraphs; formatting is counted, however deep it is nested."""

    def __init__(self, source: str, base: str) -> None:
        self._base = base
        self._paragraphs: list[list[_Run]] = [[]]
        self._bold = self._italic = self._unseen = 0
        self._addresses = [""]
        root = _parsed(source)
        if root is None:
            return
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if event == "start":
                self._begin(element)
                self._say(element.text)
            else:
                self._end(str(element.tag))
                self._say(element.tail)

    def _begin(self, element: etree._Element) -> None:
        tag = str(element.tag)
        self._unseen += tag in UNSEEN
        if tag == "br":
            self._break_line()
        elif tag == "a":
            self._addresses.append(self._checked(element.get("href") or ""))
        elif tag in BLOCKS:
            self._paragraphs.append([])
        elif tag in LINES:
            self._break_line()
            if tag == "li":
                self._write(BULLET)
        elif tag in {"td", "th"}:
            self._write(" ")
        self._bold += tag in BOLD
        self._italic += tag in ITALIC

    def _end(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN
        if tag == "a":
            self._addresses.pop()
        elif tag in BLOCKS:
            self._paragraphs.append([])
        self._bold -= tag in BOLD
        self._italic -= tag in ITALIC

    def _say(self, text: str | None) -> None:
        if text and not self._unseen:
            self._write(_SPACE.sub(" ", _clean(text)))

    def _write(self, text: str) -> None:
        paragraph = self._paragraphs[-1]
        if not paragraph or paragraph[-1].text.endswith((" ", "\n")):
            text = text.lstrip(" ")
        if text:
            paragraph.append(_Run(text, self._bold > 0, self._italic > 0, self._addresses[-1]))

    def _break_line(self) -> None:
        if self._paragraphs[-1]:
            self._paragraphs[-1].append(_Run("\n"))

    def _checked(self, address: str) -> str:
        """Give a link's whole address, "" for one that leads nowhere on the web."""
        try:
            whole = urljoin(self._base, address.strip())
            parts = urlsplit(whole)
            is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and len(whole) <= ADDRESS_LIMIT
        except ValueError:
            return ""
        return whole if is_good and not _SPACE.search(whole) and _clean(whole) == whole else ""

    def result(self) -> str:
        written = (_written(paragraph) for paragraph in self._paragraphs)
        return "\n\n".join(paragraph for paragraph in written if paragraph)

    def plain(self) -> str:
        return one_line(" ".join("".join(run.text for run in paragraph) for paragraph in self._paragraphs))


def _parsed(source: str) -> etree._Element | None:
    """Give the page's root, None for one without a word; libxml2 takes a time in proportion to the length of it."""
    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        return etree.fromstring(STRAY_AMPERSAND.sub("&amp;", _clean(source)), parser)
    except etree.XMLSyntaxError:
        return None


def _written(paragraph: list[_Run]) -> str:
    """Write a paragraph: neighbours of the same formatting as one, without space at either end."""
    merged: list[_Run] = []
    for run in paragraph:
        if merged and (merged[-1].bold, merged[-1].italic, merged[-1].address) == (run.bold, run.italic, run.address):
            merged[-1] = _Run(merged[-1].text + run.text, run.bold, run.italic, run.address)
        else:
            merged.append(run)
    written = "".join(_tagged(run) for run in merged)
    return re.sub(r" *\n *", "\n", written).strip()


def _tagged(run: _Run) -> str:
    html = escape(run.text, quote=False)
    if not run.text.strip():
        return html
    for is_so, tag in ((run.italic, "i"), (run.bold, "b")):
        html = _inside(tag, html) if is_so else html
    return _inside("a", html, f' href="{escape(run.address)}"') if run.address else html


def _inside(tag: str, html: str, attribute: str = "") -> str:
    return f"<{tag}{attribute}>{html}</{tag}>"
