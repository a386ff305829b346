"""The marking of an alert: FIRST's Traffic Light Protocol 2.0, and what each label means for who gets the alert.

Source: https://www.first.org/tlp/ ; what it means for groups and channels is decided in
docs/decisions/0031-marking-and-check-codes.md.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from alerts.errors import InvalidInput


class Marking(StrEnum):
    """How far an alert may go, the widest first."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"

    @property
    def label(self) -> str:
        """The label as the standard writes it, such as `TLP:AMBER+STRICT`."""
        return f"TLP:{self.value.upper()}"

    @property
    def rank(self) -> int:
        """How strict it is: 0 may go anywhere."""
        return list(Marking).index(self)

    @property
    def rule(self) -> "Rule":
        """What follows from it."""
        return RULES[self]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a marking means here.

    Attributes:
        meaning: whom recipients may tell, in our words.
        is_public: anybody may read it, on the HTTP surface too.
        needs_vetting: it goes only to contacts whom somebody has vetted.
        reaches_groups: it goes to groups that subscribe.
        reaches_channels: it goes to channels, which anybody may be able to read.
        is_named_only: it goes to the persons whom its author names, and to nobody else.
        is_protected: Telegram is told to let nobody forward or save the copies.
    """

    meaning: str
    is_public: bool = False
    needs_vetting: bool = True
    reaches_groups: bool = False
    reaches_channels: bool = False
    is_named_only: bool = False
    is_protected: bool = True


RULES: dict[Marking, Rule] = {
    Marking.CLEAR: Rule(
        "recipients may tell anybody",
        is_public=True,
        needs_vetting=False,
        reaches_groups=True,
        reaches_channels=True,
        is_protected=False,
    ),
    Marking.GREEN: Rule(
        "recipients may tell their community, and not where everybody can read it",
        reaches_groups=True,
        is_protected=False,
    ),
    Marking.AMBER: Rule("recipients may tell those in their organisation and its clients who need to know"),
    Marking.AMBER_STRICT: Rule("recipients may tell those in their organisation who need to know"),
    Marking.RED: Rule("recipients tell nobody", is_named_only=True),
}

NAMED_AT_MOST = 50
"""Persons whom one alert can name; who has more to tell has no TLP:RED."""

_LABEL = re.compile(r"\bTLP[:\s-]\s*(CLEAR|WHITE|GREEN|AMBER\s?\+\s?STRICT|AMBER|RED)\b", re.IGNORECASE)
_FORMER = {"white": Marking.CLEAR}
"""TLP 1.0's name for what may go anywhere."""


def find_marking(*texts: str) -> Marking | None:
    """Find the strictest label that stands in these texts; None when there is none."""
    found = [re.sub(r"\s", "", label.lower()) for text in texts for label in _LABEL.findall(text)]
    markings = [_FORMER.get(label) or Marking(label) for label in found]
    return max(markings, key=lambda marking: marking.rank, default=None)


def check_named(chats: Iterable[int]) -> list[int]:
    """Give the chats of named persons, each once.

    Raises:
        InvalidInput: one is a group, or there are more than one alert can name.
    """
    named = sorted(set(chats))
    if len(named) > NAMED_AT_MOST:
        raise InvalidInput("named-many", f"an alert names {NAMED_AT_MOST} persons at most", most=NAMED_AT_MOST)
    if any(chat <= 0 for chat in named):
        raise InvalidInput("named-group", "what is TLP:RED goes to persons alone, and to no group or channel")
    return named


def stricter(one: Marking, other: Marking) -> Marking:
    """Give the stricter of two markings."""
    return max(one, other, key=lambda marking: marking.rank)
