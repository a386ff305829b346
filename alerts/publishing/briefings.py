"""Stored briefings: texts for /compose and for schedules, with fields or without, from the file `briefings.toml`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from zoneinfo import ZoneInfo

from alerts.briefings.language import has_fields
from alerts.briefings.template import BriefingText, Values, empty_values
from alerts.data import DataFolder, UnknownCode
from alerts.data.entry import Entry, refuse_twice
from alerts.errors import InvalidInput
from alerts.publishing.alert import Severity
from alerts.publishing.checks import check_body, check_headline
from alerts.publishing.marking import Marking
from alerts.publishing.markup import read_html
from alerts.schedule.recurrence import Pattern, Recurrence

FILE = "briefings.toml"
SHIPPED_TOO = "shipped"
"""The key at the top of an operator's file that offers the shipped briefings beside their own."""

MARKINGS = tuple(marking.value for marking in Marking if not marking.rule.is_named_only)
"""What a stored text can be marked with; it names nobody."""

_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Briefing:
    """A text that an officer can start from, or that a schedule sends.

    Attributes:
        title: the text of its button.
        headline: plain text; it has no fields.
        body: canonical HTML, or with fields the source of `text`.
        suggested: the rule that is offered when it is scheduled, "" for none.
        says_nothing: with nothing to tell it goes out all the same; else that firing is passed over.
        is_for_schedules: it is offered for schedules alone, and not in /compose.
        text: the text with its fields, None when it has none.
        marking: how far it may go, None when who sends it says.
    """

    code: str
    title: str
    headline: str
    body: str
    severity: Severity
    suggested: str = ""
    says_nothing: bool = False
    is_for_schedules: bool = False
    text: BriefingText | None = None
    marking: Marking | None = None

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """Read one entry of [[briefings]]. Raises `DataError`."""
        code, title = entry.code(), entry.text("title", characters_at_most=48)
        severity = Severity(entry.choice("severity", tuple(Severity)))
        headline, body = entry.text("headline"), entry.block("body")
        suggested = entry.optional_text("suggested")
        marking = Marking(entry.choice("marking", MARKINGS)) if entry.has("marking") else None
        says_nothing, is_for_schedules = entry.optional_flag("says_nothing"), entry.optional_flag("only_scheduled")
        entry.finish()
        try:
            written = cls.write(headline, body, severity, says_nothing=says_nothing)
            rule = _check_rule(suggested) if suggested else ""
        except InvalidInput as error:
            raise entry.wrong(str(error)) from None
        return cls(
            code,
            title,
            written.headline,
            written.body,
            severity,
            rule,
            says_nothing,
            is_for_schedules,
            written.text,
            marking,
        )

    @classmethod
    def write(cls, headline: str, body: str, severity: Severity, *, says_nothing: bool = False) -> Self:
        """Make a briefing of texts that somebody wrote, without code and title.

        Args:
            headline: plain text.
            body: HTML, with fields or without.
            severity: of its alerts.
            says_nothing: with nothing to tell it goes out all the same.

        Raises:
            InvalidInput: a text cannot be used, or names a field that there is not; the text says which there are.
        """
        if has_fields(headline):
            raise InvalidInput("briefing-headline", "a headline has no fields: they stand in the text alone")
        headline = check_headline(headline)
        if not has_fields(body):
            return cls("", "", headline, check_body(read_html(body)), severity, says_nothing=says_nothing)
        text = BriefingText.parse(body.strip())
        if says_nothing:
            text.fill(empty_values())
        return cls("", "", headline, text.source, severity, says_nothing=says_nothing, text=text)

    def filled(self, values: Values) -> str:
        """Give the body as canonical HTML, its fields filled. Raises `InvalidInput` when nothing can be made to fit."""
        return self.text.fill(values).html if self.text else self.body

    def stays_silent(self, values: Values) -> bool:
        """Tell whether it has nothing to tell and is one that then does not go out."""
        return not self.says_nothing and self.tells_nothing(values)

    def tells_nothing(self, values: Values) -> bool:
        """Tell whether each list of news in it is empty."""
        return self.text is not None and self.text.tells_nothing(values)


@dataclass(frozen=True, slots=True)
class Briefings:
    """Every stored briefing, in the order of the file."""

    all: tuple[Briefing, ...]

    @classmethod
    def load(cls, folder: DataFolder) -> Self:
        """Read and check `briefings.toml`, with the shipped ones too where the file asks for it. Raises `DataError`."""
        top = Entry.of_file(folder, FILE)
        entries = [*top.optional_tables("briefings")]
        if top.optional_flag(SHIPPED_TOO) and FILE in folder.replaced:
            entries += Entry.of_file(DataFolder(), FILE).optional_tables("briefings")
        top.finish()
        read = [(entry, Briefing.from_entry(entry)) for entry in entries]
        refuse_twice(((entry, briefing.code) for entry, briefing in read), "code")
        return cls(tuple(briefing for _, briefing in read))

    @property
    def to_compose(self) -> tuple[Briefing, ...]:
        """Those that an officer can start an alert from."""
        return tuple(briefing for briefing in self.all if not briefing.is_for_schedules)

    def briefing(self, code: str) -> Briefing:
        """Give the briefing of this code. Raises `UnknownCode`."""
        for briefing in self.all:
            if briefing.code == code:
                return briefing
        raise UnknownCode.among("briefing", code, [briefing.code for briefing in self.all])


def _check_rule(rule: str) -> str:
    """Give a suggested rule in its canonical form. Raises `InvalidInput`."""
    recurrence = Recurrence.parse(rule, ZoneInfo("UTC"), _ANY_MOMENT)
    if recurrence.pattern in {Pattern.ONCE, Pattern.EVERY}:
        raise InvalidInput("schedule-unreadable", "a suggested rule comes round on the clock, such as weekly mon 08:00")
    return recurrence.rule
