"""An item from outside: what it says, the states of its life, and who may take it up."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import Row

from alerts.errors import InvalidInput
from alerts.people.rights import Right, Role, may
from alerts.people.roster import Person
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.marking import Marking
from alerts.publishing.scope import answers_for_alerts
from alerts.subscribers.sectors import Directory

SOURCE_LIMIT = 60
IDENTIFIER_LIMIT = 500
LINK_LIMIT = 1_500
"""Characters; a database's index and a button's address take no more than so many."""

LINK = re.compile(r"https?://[^\s<>\"\\^`{|}]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a source outside has published or sent, brought into our form.

    Attributes:
        source: code of the source, such as `govuk-alerts`.
        identifier: what the source calls it: the same for every edition of it.
        headline: plain text; a longer one than an alert may have is cut.
        body: canonical HTML (alerts/publishing/markup.py) of any length; a longer one than an alert may have is cut.
        link: where it can be read at its source; None when there is no such place.
        severity: None where the source says nothing of it.
        expires_at: when it stops to hold, None where the source says nothing of it.
        audience: whom it is for; empty means that the source says nothing of it.
        is_test: whether it is a test or an exercise.
        published_at: when the source published it, None where it does not say.
        marking: how far it may go, None while nobody has said; no part of what makes an edition.
    """

    source: str
    identifier: str
    headline: str
    body: str
    link: str | None = None
    severity: Severity | None = None
    expires_at: datetime | None = None
    audience: Audience = field(default_factory=Audience)
    is_test: bool = False
    published_at: datetime | None = None
    marking: Marking | None = None


class ArrivalState(StrEnum):
    """What an item that arrives is to us."""

    NEW = "new"
    EDITED = "edited"
    KNOWN = "known"


ARRIVAL_MEANING: dict[ArrivalState, str] = {
    ArrivalState.NEW: "no item of this source has had this identifier before",
    ArrivalState.EDITED: "there is such an item, and it said something else",
    ArrivalState.KNOWN: "there is such an item, and it says the same",
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of an item that arrived; `id` is the store's number of it."""

    state: ArrivalState
    id: int


class IncomingState(StrEnum):
    """Where an item from outside stands."""

    WAITING = "waiting"
    ADOPTED = "adopted"
    DISCARDED = "discarded"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    SEEN = "seen"


MEANING: dict[IncomingState, str] = {
    IncomingState.WAITING: "no officer has decided on it yet",
    IncomingState.ADOPTED: "an officer has made it a draft of their own",
    IncomingState.DISCARDED: "an officer has thrown it away, for everybody",
    IncomingState.WITHDRAWN: "its source has taken it back",
    IncomingState.LAPSED: "nobody took it up before it ran out, or within thirty days",
    IncomingState.SEEN: "it was published before its source was watched; nobody was told of it",
}

MOVES: dict[IncomingState, frozenset[IncomingState]] = {
    IncomingState.WAITING: frozenset(
        {IncomingState.ADOPTED, IncomingState.DISCARDED, IncomingState.WITHDRAWN, IncomingState.LAPSED}
    ),
    IncomingState.ADOPTED: frozenset({IncomingState.WAITING, IncomingState.WITHDRAWN}),
    IncomingState.DISCARDED: frozenset({IncomingState.WAITING}),
    IncomingState.WITHDRAWN: frozenset({IncomingState.WAITING}),
    IncomingState.LAPSED: frozenset({IncomingState.WAITING}),
    IncomingState.SEEN: frozenset({IncomingState.WAITING}),
}
"""Allowed moves. Every state leads back to waiting, when the source publishes another text under the same name."""


@dataclass(frozen=True, slots=True)
class Received:
    """An item as the store keeps it.

    Attributes:
        body: canonical HTML, within the limits of an alert.
        digest: of all that it says; another one means that it was edited.
        text_digest: of headline and body alone.
        news: counts arrivals and editions over all items: a later one has a higher number.
        arrived_at: when it came first.
        changed_at: when its present edition came.
        decided_by: user id of the officer who adopted or discarded it.
        alert_id: the draft that it became; kept when a later edition waits again.
    """

    id: int
    source: str
    identifier: str
    headline: str
    body: str
    link: str | None
    severity: Severity | None
    expires_at: datetime | None
    audience: Audience
    is_test: bool
    published_at: datetime | None
    state: IncomingState
    digest: str
    text_digest: str
    news: int
    arrived_at: datetime
    changed_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    alert_id: int | None
    marking: Marking | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Received":
        """Make it from a row of the table `incoming_items`."""
        return cls(
            id=row.id,
            source=row.source,
            identifier=row.identifier,
            headline=row.headline,
            body=row.body,
            link=row.link,
            severity=Severity(row.severity) if row.severity else None,
            expires_at=row.expires_at,
            audience=Audience(tuple(row.sectors), tuple(row.regions)),
            is_test=row.is_test,
            published_at=row.published_at,
            state=IncomingState(row.state),
            digest=row.digest,
            text_digest=row.text_digest,
            news=row.news,
            arrived_at=row.arrived_at,
            changed_at=row.changed_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            alert_id=row.alert_id,
            marking=Marking(row.marking) if row.marking else None,
        )


ORIGIN = "incoming: "
"""How the `origin` of an alert begins that was made of an item; the code of the source follows."""


def origin_of(source: str) -> str:
    """Give the `origin` of a draft that is made of an item of this source."""
    return f"{ORIGIN}{source}"


def source_of(origin: str) -> str:
    """Give the source of which an alert of this `origin` was made, "" when it came through another door."""
    return origin.removeprefix(ORIGIN) if origin.startswith(ORIGIN) else ""


def is_let_into(person: Person, item: Received) -> bool:
    """Tell whether an item's marking lets a person know of it: one for named persons names nobody yet."""
    return item.marking is None or not item.marking.rule.is_named_only or answers_for_alerts(person)


def may_see(person: Person, item: Received) -> bool:
    """Tell whether an item concerns a person: they may see alerts, those of all its sectors, and those so marked."""
    if not may(person.role, Right.SEE_ALERTS) or not is_let_into(person, item):
        return False
    return person.role is Role.OWNER or not person.sectors or set(item.audience.sectors) <= set(person.sectors)


def may_take(officer: Person, item: Received) -> bool:
    """Tell whether an item can be taken up by an officer: it concerns them, and they send alerts."""
    return may(officer.role, Right.SEND_ALERTS) and may_see(officer, item)


def check_item(item: Item, directory: Directory) -> None:
    """Refuse an item that could not be kept or shown; headline and body are checked where they are cut.

    Raises:
        InvalidInput: a part cannot be used.
        UnknownCode: a sector or region is not in the directory.
    """
    for name, value, limit in (
        ("source", item.source, SOURCE_LIMIT),
        ("identifier", item.identifier, IDENTIFIER_LIMIT),
        ("link", item.link, LINK_LIMIT),
    ):
        if value is not None and not 0 < len(value) <= limit:
            raise InvalidInput(
                "incoming-length", f"the {name} must have 1 to {limit:,} characters", part=name, limit=limit
            )
    for value in (item.source, item.identifier, item.headline, item.body, item.link or ""):
        if _CONTROL.search(value) or not _is_text(value):
            raise InvalidInput("incoming-characters", "it has characters in it that no text has")
    if item.link is not None and not LINK.fullmatch(item.link):
        raise InvalidInput("incoming-link", "the link must be an address that starts with https:// or http://")
    directory.check_sectors(item.audience.sectors)
    for code in item.audience.regions:
        directory.region(code)


def digest_of(item: Item) -> str:
    """Give the mark of all that an item says; when it was published is no part of what it says."""
    return _digest(
        item.headline,
        item.body,
        item.link,
        item.severity,
        item.expires_at,
        sorted(item.audience.sectors),
        sorted(item.audience.regions),
        item.is_test,
    )


def digest_of_text(item: Item) -> str:
    """Give the mark of an item's headline and text."""
    return _digest(item.headline, item.body)


def _digest(*parts: Any) -> str:
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_UTC_Z)).hexdigest()


def _is_text(value: str) -> bool:
    """Tell whether a string can be written as UTF-8; half of a pair of surrogates cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
