"""What is kept of the words of an item, within the limits of an alert, and the draft that an item becomes."""

from datetime import datetime
from typing import Any, Protocol

from alerts.people.roster import Person
from alerts.publishing.alert import AlertKind, AlertStatus
from alerts.publishing.checks import BODY_LIMIT, HEADLINE_LIMIT, LONGEST_LIFE, check_body, check_headline
from alerts.publishing.incoming_item import Item, Received, origin_of
from alerts.publishing.markup import read_html, visible
from alerts.publishing.shorten import shorten_html
from alerts.text import cut_to, utf16_length

FORMATTED_PLACES = 80
"""How many formatted places of a text are kept: an alert may have 90, and an officer may want to add some."""

SPARE = 200
"""UTF-16 units of a body that are left free, so that a source which gets a longer name breaks nothing."""


class Wording(Protocol):
    """The words that a draft gets beside those that came from outside."""

    def cut(self, link: str | None) -> str:
        """Say as HTML that a text was too long, and where the whole of it stands."""

    def source(self, source: str, link: str | None) -> str:
        """Say as HTML where a text comes from."""

    def test(self, headline: str) -> str:
        """Mark a headline as that of a test, in words."""


def kept_content(item: Item, wording: Wording) -> tuple[str, str]:
    """Give headline and body as they are kept: cut to what an alert can hold, with a note that says so."""
    headline = check_headline(_cut_line(item.headline))
    note, source = wording.cut(item.link), wording.source(item.source, item.link)
    room = BODY_LIMIT - SPARE - sum(utf16_length(visible(line)) for line in (note, source))
    body, is_cut = shorten_html(item.body, room, FORMATTED_PLACES)
    if is_cut:
        body = f"{body}\n\n{note}"
    return headline, check_body(read_html(body))


def draft_of(item: Received, officer: Person, wording: Wording, now: datetime) -> dict[str, Any]:
    """Give the columns of the draft that an item becomes."""
    headline = item.headline
    if item.is_test:
        headline = _cut_line(wording.test(headline))
    body = f"{item.body}\n\n{wording.source(item.source, item.link)}"
    is_ahead = item.expires_at is not None and now < item.expires_at <= now + LONGEST_LIFE
    return {
        "kind": AlertKind.ADHOC.value,
        "status": AlertStatus.DRAFT.value,
        "severity": item.severity.value if item.severity else None,
        "headline": check_headline(headline),
        "body": check_body(read_html(body)),
        "sectors": sorted(set(item.audience.sectors)),
        "regions": sorted(set(item.audience.regions)),
        "expires_at": item.expires_at if is_ahead else None,
        "marking": item.marking.value if item.marking else None,
        "author": officer.user_id,
        "origin": origin_of(item.source),
        "created_at": now,
    }


def _cut_line(line: str) -> str:
    """Cut a line that is too long for a headline between two words, and show that it was cut."""
    line = " ".join(line.split())
    if utf16_length(line) <= HEADLINE_LIMIT:
        return line
    short = cut_to(line, HEADLINE_LIMIT - 1)
    whole_words = short.rpartition(" ")[0] or short
    return f"{whole_words if utf16_length(whole_words) > HEADLINE_LIMIT // 2 else short}…"
