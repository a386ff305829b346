"""The statements on the rows of items from outside: find, write, change and move one."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.errors import NotFound, Stale
from alerts.publishing.incoming_item import MOVES, IncomingState, Item, Received, digest_of, digest_of_text
from alerts.store.outside import incoming_items


async def find_item(connection: AsyncConnection, item_id: int) -> Received:
    """Give an item. Raises `NotFound`."""
    row = (await connection.execute(select(incoming_items).where(incoming_items.c.id == item_id))).one_or_none()
    if row is None:
        raise NotFound(f"there is no incoming item {item_id}")
    return Received.from_row(row)


async def find_same(connection: AsyncConnection, source: str, identifier: str) -> Received | None:
    """Give the item that a source calls so, None when there is none."""
    is_same = (incoming_items.c.source == source) & (incoming_items.c.identifier == identifier)
    row = (await connection.execute(select(incoming_items).where(is_same))).one_or_none()
    return Received.from_row(row) if row else None


async def insert_item(
    connection: AsyncConnection, item: Item, content: tuple[str, str], state: IncomingState, *, news: int, now: datetime
) -> int:
    """Write a new item and give its number; `content` is its headline and body within the limits of an alert."""
    entry = insert(incoming_items).values(
        source=item.source,
        identifier=item.identifier,
        state=state.value,
        arrived_at=now,
        **_said(item, content, news, now),
    )
    return int((await connection.execute(entry.returning(incoming_items.c.id))).scalar_one())


async def change_item(
    connection: AsyncConnection, item_id: int, item: Item, content: tuple[str, str], *, news: int, now: datetime
) -> None:
    """Put a new edition in the place of what an item said."""
    values = _said(item, content, news, now)
    await connection.execute(update(incoming_items).where(incoming_items.c.id == item_id).values(**values))


async def move_item(
    connection: AsyncConnection,
    item: Received,
    state: IncomingState,
    now: datetime,
    *,
    by: int | None = None,
    alert_id: int | None = None,
) -> None:
    """Move an item to a state that the table of moves allows. Raises `Stale` for any other.

    The draft that it once became stays noted in it.
    """
    if state not in MOVES[item.state]:
        raise Stale(f"item {item.id} is {item.state} and cannot become {state}")
    values = {"state": state.value, "decided_by": by, "decided_at": now, "alert_id": alert_id or item.alert_id}
    await connection.execute(update(incoming_items).where(incoming_items.c.id == item.id).values(**values))


def _said(item: Item, content: tuple[str, str], news: int, now: datetime) -> dict[str, Any]:
    headline, body = content
    return {
        "headline": headline,
        "body": body,
        "link": item.link,
        "severity": item.severity.value if item.severity else None,
        "expires_at": item.expires_at,
        "sectors": sorted(set(item.audience.sectors)),
        "regions": sorted(set(item.audience.regions)),
        "is_test": item.is_test,
        "published_at": item.published_at,
        "marking": item.marking.value if item.marking else None,
        "digest": digest_of(item),
        "text_digest": digest_of_text(item),
        "news": news,
        "changed_at": now,
    }
