"""Puts people on the roll, in a process of its own, so that what it takes is counted with nobody's memory."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.store import Store
from alerts.store.migrate import migrate
from alerts.store.tables import subscriber_regions, subscriber_sectors, subscribers
from benchmarks.machine import arguments

SECTOR, OTHER_SECTOR, REGION = "aviation", "health", "london"
REGION_EVERY = 10
"""One in so many has chosen a region; the others are meant by every region."""


async def enrol(connection: AsyncConnection, first: int, count: int, sector: str) -> None:
    """Enter so many vetted people of a sector, with chats in a row."""
    now = datetime.now(UTC)
    chats = select(literal(first, BigInteger).label("id")).cte("chats", recursive=True)
    chats = chats.union_all(select(chats.c.id + 1).where(chats.c.id + 1 < first + count))
    moment = literal(now, subscribers.c.since.type)
    people = select(chats.c.id, literal("private"), literal("active"), moment, moment, moment, moment)
    columns = ["chat_id", "kind", "status", "consented_at", "since", "updated_at", "vetted_at"]
    await connection.execute(insert(subscribers).from_select(columns, people))
    await connection.execute(
        insert(subscriber_sectors).from_select(["chat_id", "sector"], select(chats.c.id, literal(sector)))
    )
    some = select(chats.c.id, literal(REGION)).where(chats.c.id % REGION_EVERY == 0)
    await connection.execute(insert(subscriber_regions).from_select(["chat_id", "region"], some))


async def fill(database_url: str, groups: list[dict[str, Any]]) -> None:
    """Make the database and enter the groups, each with its first chat, its number and its sector."""
    store = Store(database_url, unhurried=True)
    try:
        await migrate(store)
        async with store.writing() as connection:
            for group in groups:
                await enrol(connection, group["first"], group["count"], group["sector"])
        if not store.is_sqlite:  # the server does so itself, a minute later
            async with store.writing() as connection:
                await connection.exec_driver_sql("ANALYZE")
    finally:
        await store.close()


if __name__ == "__main__":
    given = arguments()
    asyncio.run(fill(given["database_url"], given["groups"]))
    print(json.dumps({"filled": True}))
