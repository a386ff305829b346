"""The lock-out: who has tried several codes that are not valid can use none for a while, and the owners are told."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.store.authority import wrong_codes

TRIES = 5
"""So many codes that are not valid, each within `REMEMBERED` of the one before, lock a person out."""

LOCKED_FOR = timedelta(hours=1)
REMEMBERED = timedelta(days=1)


async def is_locked_out(connection: AsyncConnection, user_id: int, now: datetime) -> bool:
    """Tell whether no code counts for a person at this moment, not even a valid one."""
    until = select(wrong_codes.c.locked_until).where(wrong_codes.c.user_id == user_id)
    locked_until: datetime | None = (await connection.execute(until)).scalar_one_or_none()
    return locked_until is not None and now < locked_until


async def note_wrong_code(connection: AsyncConnection, user_id: int, now: datetime) -> bool:
    """Count a code that was not valid, and tell whether this one locks the person out; then the owners are told."""
    mine = wrong_codes.c.user_id == user_id
    row = (await connection.execute(select(wrong_codes).where(mine))).one_or_none()
    is_fresh = row is not None and row.locked_until is None and now - row.last_at < REMEMBERED
    tries = row.tries + 1 if row is not None and is_fresh else 1
    locks = tries >= TRIES
    values = {"tries": tries, "last_at": now, "locked_until": now + LOCKED_FOR if locks else None}
    if row is None:
        await connection.execute(insert(wrong_codes).values(user_id=user_id, **values))
    else:
        await connection.execute(update(wrong_codes).where(mine).values(**values))
    if locks:
        details = {"user": str(user_id), "tries": tries, "until_at": values["locked_until"]}
        await leave_notice(connection, await owners_of(connection), NoticeKind.CODES_LOCKED, now, **details)
    return locks


async def forget_wrong_codes(connection: AsyncConnection, user_id: int) -> None:
    """Forget what a person has tried, after a code that was valid."""
    await connection.execute(delete(wrong_codes).where(wrong_codes.c.user_id == user_id))


async def forget_old_codes(connection: AsyncConnection, now: datetime) -> None:
    """Forget who has tried nothing for a day."""
    await connection.execute(delete(wrong_codes).where(wrong_codes.c.last_at < now - REMEMBERED))
