"""What it means for a contact that nobody has vetted them, and how those who can are told."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.people.notices import NoticeKind, leave_notice
from alerts.people.rights import Right, Role, may
from alerts.store.tables import notices, people, subscribers

IS_VETTED: ColumnElement[bool] = subscribers.c.vetted_at.is_not(None) | subscribers.c.chat_id.in_(
    select(people.c.user_id)
)
"""Contacts for whom somebody vouches: who vetted them, or who gave them a role."""

UNVETTED: dict[str, None] = {"vetted_at": None, "vetted_by": None}
"""The columns of a contact for whom nobody vouches."""

TELL_EVERY = timedelta(hours=1)
"""How often somebody is told that contacts wait; the list shows all of them."""


async def tell_of_unvetted(connection: AsyncConnection, chat_id: int, sectors: Sequence[str], now: datetime) -> None:
    """Leave a notice for those who can vet a contact of these sectors, unless they have had one lately.

    Nobody is told of a contact for whom somebody vouches.
    """
    waits = select(subscribers.c.chat_id).where(subscribers.c.chat_id == chat_id, ~IS_VETTED)
    if (await connection.execute(waits)).first() is None:
        return
    roles = [role.value for role in Role if may(role, Right.VET)]
    holders = select(people.c.user_id, people.c.sectors).where(people.c.role.in_(roles)).order_by(people.c.user_id)
    lately = select(notices.c.user_id).where(
        notices.c.kind == NoticeKind.CONTACTS_UNVETTED.value, notices.c.created_at > now - TELL_EVERY
    )
    can = [row.user_id for row in (await connection.execute(holders)).all() if covers(row.sectors, sectors)]
    told = set((await connection.execute(lately)).scalars()) if can else set()
    left = [user_id for user_id in can if user_id not in told]
    await leave_notice(connection, left, NoticeKind.CONTACTS_UNVETTED, now)


def covers(scope: Sequence[str], sectors: Sequence[str]) -> bool:
    """Tell whether somebody who is limited to a scope may vouch for a contact of these sectors: for all of them."""
    return not scope or set(sectors) <= set(scope)
