"""What a typed message must hold to read like an emergency, so that 999 comes first in the answer."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Self

from alerts.data.entry import Entry

_HELD_DOWN = re.compile(r"([^\W\d])\1{2,}")
_APOSTROPHES = frozenset("'’‘ʼ`´")


class EmergencyWords:
    """The words and phrases of an emergency, and those that only look like it.

    A needless 999 costs a line, a missing one may cost a life, so everything that is in doubt counts.

    Args:
        words: Words and phrases that mark an emergency wherever they stand in a message.
        alone: Phrases that mark one when they are the whole message.
        harmless: Phrases that are passed over before `words` are looked for.
    """

    def __init__(self, words: Iterable[str], alone: Iterable[str], harmless: Iterable[str]) -> None:
        self._words = _any_of(words)
        self._harmless = _any_of(harmless)
        self._alone = frozenset(map(_plain, alone))

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """Read the table [emergency].

        Raises:
            DataError: The table is wrong, a phrase has neither letter nor digit nor sign, or it stands both
                among the words and among the harmless phrases.
        """
        words, alone = entry.texts("words"), entry.optional_texts("alone")
        harmless = entry.optional_texts("harmless")
        entry.finish()
        for phrase in (*words, *alone, *harmless):
            if not _plain(phrase):
                raise entry.wrong(f"'{phrase}' has nothing that could be found in a message")
        plain_words = frozenset(map(_plain, words))
        for phrase in harmless:
            if _plain(phrase) in plain_words:
                raise entry.wrong(f"'{phrase}' is both in words and in harmless; one of them has to go")
        return cls(words, alone, harmless)

    def are_in(self, text: str) -> bool:
        """Return whether `text` reads like an emergency. Any text may be given, of any length."""
        return any(
            spelling in self._alone or self._words.search(self._harmless.sub("|", spelling))
            for spelling in _spellings(text)
        )


def _plain(text: str) -> str:
    """Return the words of `text` alone: no capitals, accents, apostrophes or punctuation, one space between."""
    marks = []
    for mark in unicodedata.normalize("NFKD", text).casefold():
        kind = unicodedata.category(mark)
        if mark.isalnum():
            marks.append(mark)
        elif kind == "So":  # an emoji is a word of its own
            marks.append(f" {mark} ")
        elif mark not in _APOSTROPHES and kind not in {"Mn", "Cf"}:  # accents and invisible signs join, the rest parts
            marks.append(" ")
    return " ".join("".join(marks).split())


def _spellings(text: str) -> Iterator[str]:
    """Yield `text` as plain words, then with every letter that was held down (heeelp) cut to two and to one."""
    plain = _plain(text)
    yield plain
    if _HELD_DOWN.search(plain):
        yield _HELD_DOWN.sub(r"\1\1", plain)
        yield _HELD_DOWN.sub(r"\1", plain)


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of the phrases as whole words; without phrases it finds nothing."""
    plain = sorted(set(map(_plain, phrases)), key=len, reverse=True)
    return re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, plain))})(?!\S)" if plain else r"(?!)")
