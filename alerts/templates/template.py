"""A template: its texts with their fields, tried when it is written with the longest that an officer can fill in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any, Self

import orjson
from jinja2 import Environment, TemplateSyntaxError, nodes

from alerts.briefings.template import BriefingText
from alerts.errors import InvalidInput
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.checks import LONGEST_LIFE, check_body, check_headline
from alerts.publishing.marking import Marking
from alerts.publishing.markup import read_html
from alerts.templates.field import FieldKind, TemplateField
from alerts.text import check_length

TITLE_LIMIT = 40
"""UTF-16 units of a title: it stands on a button."""

FIELDS_AT_MOST = 8
"""Questions that somebody in a hurry is asked."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template.

    Attributes:
        code: names it in buttons, in the store and on the command line.
        title: the text of its button.
        headline: plain text with fields.
        body: HTML with fields.
        life: how long an alert made of it is in force.
        fields: in the order in which they are asked for; every one stands in the texts.
        audience: whom its alerts are for, unless the officer changes it.
        is_for_drills: it is offered in /drill and nowhere else.
        marking: how far its alerts may go, None when the officer is asked; never one that needs named persons.
    """

    code: str
    title: str
    headline: str
    body: str
    severity: Severity
    life: timedelta
    fields: tuple[TemplateField, ...] = ()
    audience: Audience = field(default_factory=Audience)
    is_for_drills: bool = False
    marking: Marking | None = None
    _texts: tuple[BriefingText, BriefingText] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the texts, and try them with the longest values.

        Raises:
            InvalidInput: a part cannot be used, a text names a field that there is not, or a field stands in no text.
        """
        check_title(self.title)
        if len(self.fields) > FIELDS_AT_MOST:
            raise InvalidInput(
                "template-fields", f"a template asks {FIELDS_AT_MOST} questions at most", most=FIELDS_AT_MOST
            )
        if not timedelta() < self.life <= LONGEST_LIFE:
            raise InvalidInput("expiry-far", f"an alert lives {LONGEST_LIFE.days} days at most", days=LONGEST_LIFE.days)
        if self.marking and self.marking.rule.is_named_only:
            label = self.marking.label
            raise InvalidInput("template-marking", f"{label} names persons, and a template names none", label=label)
        known = {one.name: one.shown for one in self.fields}
        head, body = (BriefingText.parse(source, known) for source in (escape(self.headline, quote=False), self.body))
        for one in self.fields:
            if one.name not in head.uses | body.uses:
                raise InvalidInput("template-unused", f"the field '{one.name}' stands in no text", name=one.name)
        object.__setattr__(self, "_texts", (head, body))
        self.filled({one.name: one.longest for one in self.fields}, word=None)

    def filled(self, values: Mapping[str, str], word: Callable[[datetime], str] | None) -> tuple[str, str]:
        """Give headline and body (canonical HTML) with the values in them.

        Args:
            values: each field's value, as `TemplateField.check` gave it.
            word: writes a moment for readers; None takes every value as it stands.
        """
        shown = {
            one.name: word(datetime.fromisoformat(values[one.name]))
            if word is not None and one.kind.is_moment
            else values[one.name]
            for one in self.fields
        }
        head, body = (text.fill(shown) for text in self._texts)
        return check_headline(head.plain), check_body(body)

    def document(self) -> dict[str, Any]:
        """Give what makes a version of it, as the store keeps it."""
        return {
            "title": self.title,
            "headline": self.headline,
            "body": self.body,
            "severity": self.severity.value,
            "life_minutes": int(self.life.total_seconds() // 60),
            "fields": [one.document() for one in self.fields],
            "sectors": list(self.audience.sectors),
            "regions": list(self.audience.regions),
            "is_for_drills": self.is_for_drills,
            "marking": self.marking,
        }

    @classmethod
    def from_document(cls, code: str, document: Mapping[str, Any]) -> Self:
        """Make it from what the store keeps.

        Raises:
            InvalidInput: a part of it cannot be used.
        """
        return cls(
            code=code,
            title=document["title"],
            headline=document["headline"],
            body=document["body"],
            severity=Severity(document["severity"]),
            life=timedelta(minutes=document["life_minutes"]),
            fields=tuple(TemplateField.from_document(one) for one in document["fields"]),
            audience=Audience(tuple(document["sectors"]), tuple(document["regions"])),
            is_for_drills=document["is_for_drills"],
            marking=Marking(document["marking"]) if document.get("marking") else None,
        )

    @property
    def text(self) -> bytes:
        """All of it as one text, by which two versions are compared and the record names one."""
        return orjson.dumps(self.document(), option=orjson.OPT_SORT_KEYS)


def check_title(text: str) -> str:
    """Give the name of a template as one line.

    Raises:
        InvalidInput: it is empty, or too long for a button.
    """
    title = " ".join(text.split())
    if not title:
        raise InvalidInput("template-title-empty", "a template needs a name")
    check_length(title, TITLE_LIMIT, "template-title-too-long", "the name")
    return title


def names_in(*sources: str) -> Sequence[str]:
    """Name the fields that texts have between double braces, in the order in which they come first.

    Raises:
        InvalidInput: a text cannot be read.
    """
    names: dict[str, None] = {}
    for source in sources:
        try:
            tree = Environment(autoescape=True).parse(source)
        except TemplateSyntaxError as error:
            what, line = error.message or "it cannot be read", error.lineno
            raise InvalidInput("briefing-language", f"{what} (line {line})", what=what, line=line) from None
        names |= dict.fromkeys(name.name for name in tree.find_all(nodes.Name))
    return list(names)


def check_texts(headline: str, body: str) -> None:
    """Refuse texts of a template that cannot be used whatever its fields will be.

    Raises:
        InvalidInput: one of them is empty, or cannot be read.
    """
    check_headline(headline)
    check_body(read_html(body))
    stand_ins = [TemplateField(name, name, FieldKind.LINE, limit=1) for name in names_in(headline, body)]
    known = {one.name: one.shown for one in stand_ins}
    for source in (escape(headline, quote=False), body):
        BriefingText.parse(source, known)
