"""Holds a text against ours, word by word: where they differ, our own words are given, and never those of the other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import unescape

PLACES_AT_MOST = 5
"""Places that are shown; more of them is another text."""

WORDS_AROUND = 3
WORDS_SHOWN = 20
WORDS_COMPARED = 900
"""Words of a text that are held against ours: more is no message of ours."""

_HREF = re.compile(r'<a href="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text differs from ours.

    Attributes:
        ours: what our text says there, with a few words around it.
        is_addition: the other text has something more there, of which nothing is given.
    """

    ours: str
    is_addition: bool = False


def differences(ours: Sequence[str], theirs: str) -> tuple[Place, ...]:
    """Tell where a text differs from the nearest of ours; spaces and line breaks do not count.

    Args:
        ours: the texts of the messages of an alert, without formatting.
        theirs: the text that somebody has.
    """
    other = theirs.split()[:WORDS_COMPARED]
    texts = [text.split() for text in ours]
    if other in texts:
        return ()
    nearest = max(texts, key=lambda text: SequenceMatcher(None, text, other, autojunk=False).quick_ratio())
    return tuple(_places(nearest, other))[:PLACES_AT_MOST]


def foreign_links(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Tell whether a text has a hidden link that leads elsewhere than those of ours.

    Args:
        ours: the messages of an alert as HTML.
        theirs: the addresses behind the words of the other text.
    """
    known = {_address(unescape(link)) for html in ours for link in _HREF.findall(html)}
    return any(_address(link) not in known for link in theirs)


def _places(ours: list[str], theirs: list[str]) -> list[Place]:
    found = []
    for kind, start, end, _, _ in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        before, after = max(0, start - WORDS_AROUND), min(len(ours), end + WORDS_AROUND)
        shown = ours[before:after]
        if len(shown) > WORDS_SHOWN:
            shown = [*shown[: WORDS_SHOWN - 1], "…"]
        found.append(Place(" ".join(shown), is_addition=kind == "insert"))
    return found


def _address(link: str) -> str:
    """Write an address as Telegram's apps may have changed it on the way."""
    return link.strip().rstrip("/").casefold()
