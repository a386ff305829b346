"""An invitation: for a role and sectors, used once, and good for nothing before an owner has confirmed who used it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from alerts.people.rights import Role


class InvitationState(StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


MEANING: dict[InvitationState, str] = {
    InvitationState.OPEN: "nobody has used its code yet",
    InvitationState.ACCEPTED: "a person has used its code, and an owner has to say whether it is who was meant",
    InvitationState.CONFIRMED: "an owner has confirmed the person, who has the role from then on",
    InvitationState.REFUSED: "an owner has refused the person; the code is used up",
    InvitationState.WITHDRAWN: "it was taken back before it gave anybody a role",
    InvitationState.LAPSED: "it ran out before it gave anybody a role",
}

MOVES: dict[InvitationState, frozenset[InvitationState]] = {
    InvitationState.OPEN: frozenset({InvitationState.ACCEPTED, InvitationState.WITHDRAWN, InvitationState.LAPSED}),
    InvitationState.ACCEPTED: frozenset(
        {
            InvitationState.CONFIRMED,
            InvitationState.REFUSED,
            InvitationState.WITHDRAWN,
            InvitationState.LAPSED,
        }
    ),
    InvitationState.CONFIRMED: frozenset(),
    InvitationState.REFUSED: frozenset(),
    InvitationState.WITHDRAWN: frozenset(),
    InvitationState.LAPSED: frozenset(),
}
"""Allowed moves; one that has ended stays so."""

PENDING = frozenset(state for state, moves in MOVES.items() if moves)
"""States from which an invitation may still give somebody a role."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation; its code is known to nobody but who was given it.

    Attributes:
        made_by: Telegram user id, None for the command line.
        expires_at: until when its code can be used, or, once accepted, until when an owner can confirm.
        accepted_by: who has used the code; forgotten when it has ended.
        accepted_name: their first name at that time; forgotten likewise.
        ended_by: who confirmed, refused or withdrew it.
    """

    id: int
    role: Role
    sectors: tuple[str, ...]
    state: InvitationState
    made_by: int | None
    made_at: datetime
    expires_at: datetime
    accepted_by: int | None
    accepted_name: str
    accepted_at: datetime | None
    ended_by: int | None
    ended_at: datetime | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Invitation":
        """Make it from a row of the table `invitations`."""
        return cls(
            id=row.id,
            role=Role(row.role),
            sectors=tuple(row.sectors),
            state=InvitationState(row.state),
            made_by=row.made_by,
            made_at=row.made_at,
            expires_at=row.expires_at,
            accepted_by=row.accepted_by,
            accepted_name=row.accepted_name,
            accepted_at=row.accepted_at,
            ended_by=row.ended_by,
            ended_at=row.ended_at,
        )

    @property
    def subject(self) -> str:
        """What the record calls it."""
        return f"invitation {self.id}"

    def state_at(self, now: datetime) -> InvitationState:
        """Give its state, lapsed too when its time is over and nobody has noted it yet."""
        return InvitationState.LAPSED if self.state in PENDING and now >= self.expires_at else self.state
