"""What it means for a contact that somebody has vetted them, or that nobody has."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from alerts.people.rights import IS_FOR_SECTORS, Role
from alerts.store.tables import people, subscribers

IS_VETTED: ColumnElement[bool] = subscribers.c.vetted_at.is_not(None) | subscribers.c.chat_id.in_(
    select(people.c.user_id)
)
"""Contacts for whom somebody vouches: who vetted them, or who gave them a role."""

UNVETTED: dict[str, None] = {"vetted_at": None, "vetted_by": None}
"""The columns of a contact for whom nobody vouches."""


def covers(role: Role, scope: Sequence[str], sectors: Sequence[str]) -> bool:
    """Tell whether a role for these sectors lets vouch for a contact: all of the contact's lie among them."""
    is_limited = scope or role in IS_FOR_SECTORS
    return not is_limited or set(sectors) <= set(scope)
