"""An exercise: its states, who is meant to be in it, and the messages that it is made of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Row

from alerts.people.rights import Role
from alerts.publishing.alert import Severity


class DrillStatus(StrEnum):
    """Where an exercise stands."""

    ANNOUNCED = "announced"
    RUNNING = "running"
    ENDED = "ended"
    STOPPED = "stopped"


MEANING: dict[DrillStatus, str] = {
    DrillStatus.ANNOUNCED: "its participants know when it begins and ends, and it has not begun",
    DrillStatus.RUNNING: "its time has come: messages of it can be sent to its participants",
    DrillStatus.ENDED: "it is over, and its participants were told so",
    DrillStatus.STOPPED: "a person stopped it, or a real alert did, and its participants were told so",
}

MOVES: dict[DrillStatus, frozenset[DrillStatus]] = {
    DrillStatus.ANNOUNCED: frozenset({DrillStatus.RUNNING, DrillStatus.STOPPED}),
    DrillStatus.RUNNING: frozenset({DrillStatus.ENDED, DrillStatus.STOPPED}),
    DrillStatus.ENDED: frozenset(),
    DrillStatus.STOPPED: frozenset(),
}

IS_OPEN = frozenset({DrillStatus.ANNOUNCED, DrillStatus.RUNNING})


class DrillPart(StrEnum):
    """What a message is in an exercise."""

    ANNOUNCEMENT = "announcement"
    MESSAGE = "message"
    END = "end"
    STOPPED = "stopped"
    REAL = "real"


PARTS: dict[DrillPart, str] = {
    DrillPart.ANNOUNCEMENT: "tells when the exercise begins and ends",
    DrillPart.MESSAGE: "plays a part of what is exercised",
    DrillPart.END: "tells that it is over",
    DrillPart.STOPPED: "tells that a person has stopped it",
    DrillPart.REAL: "tells that it is stopped because something real has happened",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is meant to be in an exercise: everybody with these roles, contacts of these sectors, and these people."""

    roles: tuple[Role, ...] = ()
    sectors: tuple[str, ...] = ()
    people: tuple[int, ...] = ()

    def document(self) -> dict[str, list[Any]]:
        """Give it as the store keeps it."""
        return {
            "roles": [role.value for role in self.roles],
            "sectors": list(self.sectors),
            "people": list(self.people),
        }

    @classmethod
    def from_document(cls, document: dict[str, list[Any]]) -> Self:
        """Make it from what the store keeps."""
        roles = tuple(Role(role) for role in document["roles"])
        return cls(roles, tuple(document["sectors"]), tuple(document["people"]))


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """What is asked for when an exercise is announced."""

    title: str
    begins_at: datetime
    ends_at: datetime
    chosen: Chosen


@dataclass(frozen=True, slots=True)
class Drill:
    """An exercise as the store keeps it.

    Attributes:
        author: Telegram user id of the officer who announced it.
        ended_by: who ended or stopped it, None for the bot.
        reason: why it was stopped.
    """

    id: int
    title: str
    status: DrillStatus
    begins_at: datetime
    ends_at: datetime
    chosen: Chosen
    author: int
    created_at: datetime
    ended_at: datetime | None
    ended_by: int | None
    reason: str

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Make it from a row of the table `drills`."""
        return cls(
            id=row.id,
            title=row.title,
            status=DrillStatus(row.status),
            begins_at=row.begins_at,
            ends_at=row.ends_at,
            chosen=Chosen.from_document(row.chosen),
            author=row.author,
            created_at=row.created_at,
            ended_at=row.ended_at,
            ended_by=row.ended_by,
            reason=row.reason or "",
        )


@dataclass(frozen=True, slots=True)
class DrillText:
    """What a message of an exercise says: plain text, HTML, and how urgent the pretended alert would be."""

    headline: str
    body: str
    severity: Severity | None = None
