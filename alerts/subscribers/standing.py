"""The statements that change where a subscription stands: suspend it, resume it, let it follow a chat to a new id."""

from datetime import datetime

from sqlalchemy import Row, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.endings import open_rows_of
from alerts.delivery.states import DeliveryState, as_state
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.store.outside import moved_chats
from alerts.store.tables import (
    conversations,
    deliveries,
    private_chats,
    subscriber_regions,
    subscriber_sectors,
    subscribers,
)
from alerts.subscribers.states import MOVES, SubscriberStatus


async def suspend(connection: AsyncConnection, chat_id: int, reason: str, now: datetime) -> bool:
    """Suspend an active subscription; of a group, tell who set it up or else the owners. Say whether there was one."""
    return await _move(connection, chat_id, SubscriberStatus.SUSPENDED, reason, NoticeKind.GROUP_SUSPENDED, now)


async def resume(connection: AsyncConnection, chat_id: int, now: datetime) -> bool:
    """Let a suspended subscription receive alerts again, and say whether there was one."""
    return await _move(connection, chat_id, SubscriberStatus.ACTIVE, None, NoticeKind.GROUP_RESUMED, now)


async def _move(
    connection: AsyncConnection,
    chat_id: int,
    status: SubscriberStatus,
    reason: str | None,
    notice: NoticeKind,
    now: datetime,
) -> bool:
    """Move a subscription where the table of moves allows it; ended stays ended, which takes a person's own word."""
    movable = [old for old, news in MOVES.items() if status in news and old is not SubscriberStatus.ENDED]
    moved = (
        update(subscribers)
        .where(subscribers.c.chat_id == chat_id, subscribers.c.status.in_(movable))
        .values(status=status, reason=reason, updated_at=now)
        .returning(subscribers.c.set_up_by, subscribers.c.name)
    )
    row = (await connection.execute(moved)).one_or_none()
    if row is not None and row.set_up_by is not None:
        told = await _reachable_or_owners(connection, row.set_up_by)
        await leave_notice(connection, told, notice, now, title=row.name, reason=reason or "")
    return row is not None


async def _reachable_or_owners(connection: AsyncConnection, user_id: int) -> list[int]:
    """Name whom to tell: who set a group up, or the owners when the bot cannot write to that person."""
    open_chat = select(private_chats.c.user_id).where(
        private_chats.c.user_id == user_id, private_chats.c.blocked_at.is_(None)
    )
    is_reachable = (await connection.execute(open_chat)).first() is not None
    return [user_id] if is_reachable else await owners_of(connection)


async def move_chat(connection: AsyncConnection, old_id: int, new_id: int, now: datetime) -> set[int]:
    """Let a group's subscription and its unsent rows follow it to the id that it has as a supergroup.

    A row whose alert the new id has one for already is skipped. Doing it twice changes nothing.

    Source: https://core.telegram.org/bots/api#message, `migrate_to_chat_id`.

    Returns:
        The ids of the alerts of which a row was skipped; they may have come to their end with it.
    """
    entry = (
        await connection.execute(select(subscribers).where(subscribers.c.chat_id == old_id).with_for_update())
    ).one_or_none()
    if entry is not None:
        await _move_entry(connection, entry, new_id, now)
    await _keep_move(connection, old_id, new_id, now)
    copies = deliveries.alias()
    has_one = exists().where(copies.c.alert_id == deliveries.c.alert_id, copies.c.chat_id == new_id)
    waiting = open_rows_of(old_id)
    doubled = waiting & has_one
    skipped = (
        update(deliveries)
        .where(doubled)
        .values(
            **as_state(DeliveryState.SKIPPED), reason="the supergroup has its own copy", not_before=None, state_at=now
        )
        .returning(deliveries.c.alert_id)
    )
    touched = set((await connection.execute(skipped)).scalars())
    await connection.execute(update(deliveries).where(waiting).values(chat_id=new_id))
    return touched


async def _keep_move(connection: AsyncConnection, old_id: int, new_id: int, now: datetime) -> None:
    """Keep where a chat is today, so that a follow-up finds who had what it changes under the old id."""
    earlier = moved_chats.c.new_id == old_id
    await connection.execute(update(moved_chats).where(earlier).values(new_id=new_id))
    values = {"new_id": new_id, "moved_at": now}
    known = await connection.execute(update(moved_chats).where(moved_chats.c.old_id == old_id).values(**values))
    if not known.rowcount:
        await connection.execute(insert(moved_chats).values(old_id=old_id, **values))


async def _move_entry(connection: AsyncConnection, entry: Row[tuple[object, ...]], new_id: int, now: datetime) -> None:
    """Write the entry anew under the new id, with its choices; one that stands there already is kept."""
    old_id = entry.chat_id
    known = select(subscribers.c.chat_id).where(subscribers.c.chat_id == new_id)
    if (await connection.execute(known)).first() is None:
        values = dict(entry._mapping) | {"chat_id": new_id, "kind": "supergroup", "updated_at": now}  # noqa: SLF001 - the public name
        if values["status"] == SubscriberStatus.SUSPENDED:
            values |= {"status": SubscriberStatus.ACTIVE, "reason": None}
        await connection.execute(insert(subscribers).values(**values))
        for choices in (subscriber_sectors, subscriber_regions):
            await connection.execute(update(choices).where(choices.c.chat_id == old_id).values(chat_id=new_id))
    await connection.execute(delete(conversations).where(conversations.c.chat_id == old_id))
    await connection.execute(delete(subscribers).where(subscribers.c.chat_id == old_id))
