"""Cuts a long text into pieces that each fit a message, with the formatting whole in every one of them."""

import re
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from alerts.text import utf16_length

PIECE_LIMIT = 3000
"""UTF-16 units of a piece: with the frame around it the message stays below Telegram's 4,096."""

FILLED_AT_LEAST = 4
"""A piece is filled to at least a fourth before a cut at a paragraph is preferred to one at a line, and so on."""

_CUTS = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?…;])\s+", r"\s+"))
"""Where a text may be cut, best first: between paragraphs, lines, sentences, words."""


@dataclass(frozen=True, slots=True)
class _Tag:
    """An open tag; its number tells two of the same kind apart that follow each other."""

    number: int
    name: str
    opening: str


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of text under the same tags, outermost first."""

    text: str
    tags: tuple[_Tag, ...]


def split_html(html: str, limit: int = PIECE_LIMIT) -> tuple[str, ...]:
    """Cut canonical HTML (alerts/publishing/markup.py) into pieces of at most so many UTF-16 units of visible text.

    A piece ends between two paragraphs where that leaves it well filled, else between lines, sentences or words, and
    inside a word when nothing else is left. Tags are closed at the end of a piece and opened again in the next.
    """
    runs = _runs(html)
    plain = "".join(run.text for run in runs)
    pieces: list[str] = []
    start = 0
    while start < len(plain):
        end, following = _cut(plain, start, limit)
        if plain[start:end].strip():
            pieces.append(_render(runs, start, end))
        start = following
    return tuple(pieces) or ("",)


def first_line(html: str) -> tuple[str, str]:
    """Cut canonical HTML after its first line; the second part is "" when there is one line alone."""
    runs = _runs(html.strip())
    plain = "".join(run.text for run in runs)
    end = plain.find("\n")
    if end < 0:
        return html.strip(), ""
    return _render(runs, 0, end), _render(runs, end + 1, len(plain)).strip()


def _cut(plain: str, start: int, limit: int) -> tuple[int, int]:
    """Give where the piece that begins here ends, and where the next one begins after the space between them."""
    reach = _reach(plain, start, limit)
    if reach == len(plain):
        return reach, reach
    for pattern in _CUTS:
        best = None
        for match in pattern.finditer(plain, start, min(reach + 2, len(plain))):
            if match.start() <= reach and match.start() - start >= (reach - start) // FILLED_AT_LEAST:
                best = match
        if best is not None:
            return best.start(), max(best.end(), best.start())
    return reach, reach


def _reach(plain: str, start: int, limit: int) -> int:
    """Give the furthest end that the limit allows; a character of two UTF-16 units is never cut in two."""
    end = min(len(plain), start + limit)
    while utf16_length(plain[start:end]) > limit:
        end -= max(1, (utf16_length(plain[start:end]) - limit) // 2)
    return max(end, start + 1)


def _render(runs: list[_Run], start: int, end: int) -> str:
    """Write the text from start to end with its tags, each closed before the piece is."""
    written: list[str] = []
    is_open: tuple[_Tag, ...] = ()
    at = 0
    for run in runs:
        text = run.text[max(start - at, 0) : max(end - at, 0)]
        at += len(run.text)
        if not text:
            continue
        written.append(_between(is_open, run.tags))
        written.append(escape(text, quote=False))
        is_open = run.tags
    written.append(_between(is_open, ()))
    return "".join(written)


def _between(before: tuple[_Tag, ...], after: tuple[_Tag, ...]) -> str:
    """Write what closes the tags that end here and opens those that begin."""
    common = 0
    while common < min(len(before), len(after)) and before[common] == after[common]:
        common += 1
    closing = "".join(f"</{tag.name}>" for tag in reversed(before[common:]))
    return closing + "".join(tag.opening for tag in after[common:])


def _runs(html: str) -> list[_Run]:
    reader = _Runs()
    reader.feed(html)
    reader.close()
    return reader.runs


class _Runs(HTMLParser):
    """Reads canonical HTML, which is balanced, into runs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[_Run] = []
        self._open: list[_Tag] = []
        self._number = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = "".join(f' {name}="{escape(value)}"' if value is not None else f" {name}" for name, value in attrs)
        self._number += 1
        self._open.append(_Tag(self._number, tag, f"<{tag}{values}>"))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - canonical HTML closes what is open
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.runs.append(_Run(data, tuple(self._open)))
