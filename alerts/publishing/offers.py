"""The statements on offers: drafts that their author lets a colleague take over."""

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.store.authority import draft_offers


async def is_offered(connection: AsyncConnection, alert_id: int) -> bool:
    """Tell whether a colleague may take over a draft."""
    offer = select(draft_offers.c.alert_id).where(draft_offers.c.alert_id == alert_id)
    return (await connection.execute(offer)).first() is not None


async def keep_offer(connection: AsyncConnection, alert_id: int, now: datetime) -> None:
    """Note that a colleague may take over a draft."""
    await connection.execute(insert(draft_offers).values(alert_id=alert_id, offered_at=now))


async def drop_offer(connection: AsyncConnection, alert_id: int) -> bool:
    """Note that nobody may any more, and tell whether somebody could."""
    gone = delete(draft_offers).where(draft_offers.c.alert_id == alert_id)
    return bool((await connection.execute(gone)).rowcount)
