"""The record as tests write it: with a key that they know."""

from typing import Any

from sqlalchemy import select

from alerts.audit.trail import Trail
from alerts.store import Store
from alerts.store.authority import audit

KEY = b"a key that only tests use, and no installation"

TRAIL = Trail(lambda: KEY)


async def noted(store: Store) -> list[dict[str, Any]]:
    """Give every entry of the record, oldest first."""
    async with store.reading() as connection:
        rows = (await connection.execute(select(audit).order_by(audit.c.number))).mappings().all()
    return [dict(row) for row in rows]
