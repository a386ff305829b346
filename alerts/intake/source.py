"""A system that may send documents in, and how far it is trusted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from alerts.publishing.alert import Severity
from alerts.publishing.marking import Marking


class SourceKind(StrEnum):
    """By which way the documents of a source come."""

    CAP = "cap"
    JSON = "json"
    FEED = "feed"


MEANING: dict[SourceKind, str] = {
    SourceKind.CAP: "posts CAP 1.2 documents to /v1/cap, with a token",
    SourceKind.JSON: "posts JSON to /v1/alerts, with a token",
    SourceKind.FEED: "offers CAP 1.2 documents in an Atom or RSS feed, which is read",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A source as the store keeps it; no token is in it.

    Attributes:
        code: kebab-case, as in `cascade intake list`; officers read it beside what came from it.
        address: of the feed, None for the other kinds.
        is_trusted: an owner lets what it sends go out at once, within the caps that follow.
        severity_cap: the highest severity that goes out at once.
        sectors: the only sectors to which it goes out at once; empty means all. A CAP document goes to all of these.
        per_hour: how many of its documents go out at once in an hour.
        marking: how far what it sends may go, where a document does not say; None when an officer decides each time.
    """

    id: int
    code: str
    name: str
    kind: SourceKind
    address: str | None
    poll_minutes: int
    is_trusted: bool
    severity_cap: Severity
    sectors: tuple[str, ...]
    per_hour: int
    created_at: datetime
    token_made_at: datetime | None
    marking: Marking | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Source":
        """Make it from a row of the table `intake_sources`."""
        return cls(
            id=row.id,
            code=row.code,
            name=row.name,
            kind=SourceKind(row.kind),
            address=row.address,
            poll_minutes=row.poll_minutes,
            is_trusted=row.is_trusted,
            severity_cap=Severity(row.severity_cap),
            sectors=tuple(row.sectors),
            per_hour=row.per_hour,
            created_at=row.created_at,
            token_made_at=row.token_made_at,
            marking=Marking(row.marking) if row.marking else None,
        )
