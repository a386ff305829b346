"""A field of a template: its name in the text, what is asked for it, and which values it takes."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from alerts.briefings.fields import Field
from alerts.errors import InvalidInput
from alerts.text import check_length, utf16_length

NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
ASK_LIMIT = 120
CHOICE_LIMIT = 60
"""UTF-16 units of a choice: it stands on a button."""

CHOICES_AT_MOST = 12
LINE_LIMIT = 80
"""UTF-16 units of a line that is typed, where the template sets no other limit."""

LONGEST_LINE = 400
LONGEST_MOMENT = "22 September 2026, 22:22 AEST"
"""What a moment takes when it is written out: a template is tried with it when it is written."""

_ON_THE_CLOCK = re.compile(r"\s*(\d{1,2})[:.](\d\d)\s*")


class FieldKind(StrEnum):
    """What a field takes."""

    CHOICE = "choice"
    TIME = "time"
    PAST = "past"
    LINE = "line"

    @property
    def is_moment(self) -> bool:
        """Whether its values are moments, which are written out for readers."""
        return self in {FieldKind.TIME, FieldKind.PAST}


MEANING: dict[FieldKind, str] = {
    FieldKind.CHOICE: "one of a list, by a button",
    FieldKind.TIME: "a time: now or soon by a button, any other typed",
    FieldKind.PAST: "a time that lies behind: now or a little ago by a button, any other typed",
    FieldKind.LINE: "a line that is typed, of limited length",
}


@dataclass(frozen=True, slots=True)
class TemplateField:
    """A field.

    Attributes:
        name: what stands for it in the text: `{{ name }}`.
        ask: the question to the officer.
        choices: of a choice, what it may be.
        limit: of a line, how many UTF-16 units it may have.
        is_optional: of a line, whether it may be left out; it is "" then.
    """

    name: str
    ask: str
    kind: FieldKind
    choices: tuple[str, ...] = ()
    limit: int = LINE_LIMIT
    is_optional: bool = False

    def __post_init__(self) -> None:
        """Refuse a field that cannot be asked for.

        Raises:
            InvalidInput: its name, question, choices or limit cannot be used.
        """
        if not NAME.fullmatch(self.name):
            raise InvalidInput("template-field-name", f"'{self.name}' is no name of a field", name=self.name)
        check_length(self.ask, ASK_LIMIT, "template-ask-too-long", "the question")
        if self.kind is FieldKind.CHOICE:
            check_choices(self.choices)
        if not 1 <= self.limit <= LONGEST_LINE:
            raise InvalidInput("template-limit", f"a line has from 1 to {LONGEST_LINE} characters", limit=LONGEST_LINE)

    @property
    def longest(self) -> str:
        """The longest value there is, with which a template is tried when it is written."""
        match self.kind:
            case FieldKind.CHOICE:
                return max(self.choices, key=utf16_length)
            case FieldKind.TIME | FieldKind.PAST:
                return LONGEST_MOMENT
            case FieldKind.LINE:
                return "x" * self.limit

    @property
    def shown(self) -> Field:
        """The field as the language of briefings knows one."""
        return Field(self.name, self.ask, self.longest)

    def check(self, value: str) -> str:
        """Give a value back that may stand for the field; a time is a moment in ISO 8601.

        Raises:
            InvalidInput: it may not.
        """
        match self.kind:
            case FieldKind.CHOICE:
                if value not in self.choices:
                    raise InvalidInput("template-choice", f"'{value}' is none of the choices of '{self.name}'")
                return value
            case FieldKind.TIME | FieldKind.PAST:
                return datetime.fromisoformat(value).astimezone(UTC).isoformat()
            case FieldKind.LINE:
                line = " ".join(value.split())
                if not line and not self.is_optional:
                    raise InvalidInput("template-line-empty", f"'{self.name}' must not be empty")
                check_length(line, self.limit, "detail-too-long", f"'{self.name}'")
                return line

    def document(self) -> dict[str, Any]:
        """Give it as the store keeps it."""
        return asdict(self) | {"kind": self.kind.value, "choices": list(self.choices)}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Make it from what the store keeps."""
        kept = document | {"kind": FieldKind(document["kind"]), "choices": tuple(document["choices"])}
        return cls(**kept)


def check_choices(choices: Sequence[str]) -> None:
    """Refuse a list that cannot stand on buttons.

    Raises:
        InvalidInput: it has fewer than two choices, too many, one twice, or one that is empty or too long.
    """
    if not 2 <= len(choices) <= CHOICES_AT_MOST or len(set(choices)) < len(choices) or not all(choices):  # noqa: PLR2004 - one is no choice
        raise InvalidInput(
            "template-choices", f"a list has 2 to {CHOICES_AT_MOST} different choices", most=CHOICES_AT_MOST
        )
    for choice in choices:
        check_length(choice, CHOICE_LIMIT, "template-choice-too-long", f"the choice '{choice[:20]}…'")


def read_past(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read a time that lies behind, as `read_moment` does; a time of day is one of today or yesterday.

    Raises:
        InvalidInput: it is no time, or lies ahead.
    """
    moment = read_moment(text, now, zone, days=(-1, 0))
    if moment > now:
        raise InvalidInput("template-time-ahead", "that time lies ahead")
    return moment


def read_moment(text: str, now: datetime, zone: ZoneInfo, days: Sequence[int] = (-1, 0, 1)) -> datetime:
    """Read a time such as `14:30`, the nearest of its kind, or a moment such as `2026-11-28 14:30`.

    In an hour that the clocks repeat the later reading is taken, as for an expiry (docs/decisions/0012).

    Args:
        text: what was typed.
        now: the present moment.
        zone: whose clock.
        days: from which days a time of day may be, counted from today.

    Raises:
        InvalidInput: it is neither.
    """
    try:
        if clock := _ON_THE_CLOCK.fullmatch(text):
            at = time(int(clock[1]), int(clock[2]))
            today = now.astimezone(zone).date()
            near = (today + timedelta(days=day) for day in days)
            return min((_in_zone(day, at, zone) for day in near), key=lambda moment: abs(moment - now))
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        return _in_zone(moment.date(), moment.time(), zone)
    except (ValueError, OverflowError):
        raise InvalidInput("template-time", "write a time as 14:30 or as 2026-11-28 14:30") from None


def _in_zone(day: date, at: time, zone: ZoneInfo) -> datetime:
    return max(datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
