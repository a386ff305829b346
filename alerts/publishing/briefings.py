"""Stored briefings: texts ready to be picked when an alert is composed, from the data file `briefings.toml`."""

from dataclasses import dataclass
from typing import Self

from alerts.data import DataFolder, UnknownCode
from alerts.data.entry import Entry, refuse_twice
from alerts.errors import InvalidInput
from alerts.publishing.alert import Severity
from alerts.publishing.checks import check_body, check_headline
from alerts.publishing.markup import read_html


@dataclass(frozen=True, slots=True)
class Briefing:
    """A text that an officer can start from.

    Attributes:
        title: the text of its button.
        body: canonical HTML.
    """

    code: str
    title: str
    headline: str
    body: str
    severity: Severity

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """Read one entry of [[briefings]]. Raises `DataError`."""
        code, title = entry.code(), entry.text("title", characters_at_most=48)
        severity = Severity(entry.choice("severity", tuple(Severity)))
        headline, body = entry.text("headline"), entry.block("body")
        entry.finish()
        try:
            return cls(code, title, check_headline(headline), check_body(read_html(body)), severity)
        except InvalidInput as error:
            raise entry.wrong(str(error)) from None


@dataclass(frozen=True, slots=True)
class Briefings:
    """Every stored briefing, in the order of the file."""

    all: tuple[Briefing, ...]

    @classmethod
    def load(cls, folder: DataFolder) -> Self:
        """Read and check `briefings.toml`. Raises `DataError`."""
        top = Entry.of_file(folder, "briefings.toml")
        entries = [(entry, Briefing.from_entry(entry)) for entry in top.optional_tables("briefings")]
        top.finish()
        refuse_twice(((entry, briefing.code) for entry, briefing in entries), "code")
        return cls(tuple(briefing for _, briefing in entries))

    def briefing(self, code: str) -> Briefing:
        """Give the briefing of this code. Raises `UnknownCode`."""
        for briefing in self.all:
            if briefing.code == code:
                return briefing
        raise UnknownCode.among("briefing", code, [briefing.code for briefing in self.all])
