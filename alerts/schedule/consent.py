"""Whose word a schedule is: a second person approves it when it is made, and what it pushes needs no more."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.publishing.approvals import Verdict
from alerts.store.authority import schedule_approvals


async def note_made(connection: AsyncConnection, schedule_id: int, by: int | None, now: datetime) -> None:
    """Keep who made a schedule, None for the command line."""
    await connection.execute(insert(schedule_approvals).values(schedule_id=schedule_id, made_by=by, made_at=now))


async def note_approved(connection: AsyncConnection, schedule_id: int, by: int, now: datetime) -> None:
    """Keep who approved it."""
    mine = schedule_approvals.c.schedule_id == schedule_id
    await connection.execute(update(schedule_approvals).where(mine).values(approved_by=by, approved_at=now))


async def maker_of(connection: AsyncConnection, schedule_id: int) -> int | None:
    """Name who made a schedule, None for the command line."""
    mine = select(schedule_approvals.c.made_by).where(schedule_approvals.c.schedule_id == schedule_id)
    return (await connection.execute(mine)).scalar_one_or_none()


async def word_of(connection: AsyncConnection, schedule_id: int) -> Verdict:
    """Tell on which word a schedule sends: two people's, or one's where nobody else could approve it at its making."""
    mine = select(schedule_approvals.c.approved_by).where(schedule_approvals.c.schedule_id == schedule_id)
    approved_by = (await connection.execute(mine)).scalar_one_or_none()
    return Verdict.ONE if approved_by is None else Verdict.STANDING
