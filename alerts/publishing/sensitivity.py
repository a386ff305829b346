"""What makes a text look more sensitive than its marking, read from `sensitive.toml`; it warns, and stops nothing."""

import re
from dataclasses import dataclass, field
from typing import Self

from alerts.data import DataFolder
from alerts.data.entry import Entry, refuse_twice
from alerts.publishing.marking import Marking, find_marking
from alerts.publishing.markup import visible
from alerts.reporting.guide import Guide

FILE = "sensitive.toml"


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that has no place in a text that may go further than `fits`.

    Attributes:
        title: what it is, such as "a phone number".
        fits: the widest marking at which it is no surprise.
        found_by: what finds it.
        harmless: what a find may be as a whole and is passed over then.
    """

    code: str
    title: str
    fits: Marking
    found_by: tuple[re.Pattern[str], ...]
    harmless: tuple[re.Pattern[str], ...]

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """Read one entry of [[signs]]. Raises `DataError`."""
        words = [rf"(?i)(?<![\w-]){re.escape(phrase)}(?![\w-])" for phrase in entry.optional_texts("words")]
        patterns = [*words, *entry.optional_texts("patterns")]
        sign = cls(
            code=entry.code(),
            title=entry.text("title"),
            fits=Marking(entry.choice("fits", tuple(Marking))),
            found_by=_compiled(entry, patterns),
            harmless=_compiled(entry, entry.optional_texts("harmless")),
        )
        entry.finish()
        if not sign.found_by:
            raise entry.wrong("needs words or patterns")
        return sign

    def finds(self, text: str) -> list[str]:
        """Give what of a text it means."""
        found = [match[0] for pattern in self.found_by for match in pattern.finditer(text)]
        return [one for one in found if not any(pattern.fullmatch(one) for pattern in self.harmless)]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Every sign, and the numbers and addresses that are public."""

    signs: tuple[Sign, ...]
    _public: frozenset[str] = field(repr=False)

    @classmethod
    def load(cls, folder: DataFolder, guide: Guide) -> Self:
        """Read and check `sensitive.toml`. Raises `DataError`."""
        top = Entry.of_file(folder, FILE)
        read = [(entry, Sign.from_entry(entry)) for entry in top.optional_tables("signs")]
        top.finish()
        refuse_twice(((entry, sign.code) for entry, sign in read), "code")
        public = {_bare(way.value) for channel in guide.channels for way in channel.ways}
        return cls(tuple(sign for _, sign in read), frozenset(public))

    def warnings(self, headline: str, body: str, marking: Marking) -> tuple[str, ...]:
        """Say what in a text looks more sensitive than its marking, each sign once and without the words themselves.

        Args:
            headline: plain text.
            body: canonical HTML.
            marking: how far the text may go.
        """
        text = f"{headline}\n{visible(body)}"
        found = [
            sign.title
            for sign in self.signs
            if sign.fits.rank > marking.rank and any(_bare(one) not in self._public for one in sign.finds(text))
        ]
        label = find_marking(text)
        if label is not None and label.rank > marking.rank:
            found.append(label.label)
        return tuple(found)


def _compiled(entry: Entry, patterns: tuple[str, ...] | list[str]) -> tuple[re.Pattern[str], ...]:
    try:
        return tuple(re.compile(pattern) for pattern in patterns)
    except re.error as error:
        raise entry.wrong(f"has a pattern that cannot be read: {error}") from None


def _bare(value: str) -> str:
    """Write a number or an address so that two ways to write it are the same."""
    bare = re.sub(r"[\s().-]", "", value.casefold())
    return re.sub(r"^\+44(?=\d)", "0", bare)
