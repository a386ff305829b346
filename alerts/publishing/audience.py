"""Who receives an alert: one statement, so that the number in a preview is the number that is sent to."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Insert, Select, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import DeliveryState, as_state
from alerts.publishing.alert import Audience
from alerts.store.tables import deliveries, people, subscriber_regions, subscriber_sectors, subscribers
from alerts.subscribers.states import SubscriberStatus


def _members(audience: Audience) -> Select[tuple[int]]:
    """Select the chats of everybody whom an audience means."""
    chosen = select(subscribers.c.chat_id).where(subscribers.c.status == SubscriberStatus.ACTIVE)
    if audience.levels_only:
        chosen = chosen.where(subscribers.c.wants_levels)
    if audience.sectors:
        chosen = chosen.where(
            subscribers.c.chat_id.in_(
                select(subscriber_sectors.c.chat_id).where(subscriber_sectors.c.sector.in_(audience.sectors))
            )
        )
    if audience.regions:
        everywhere = subscribers.c.chat_id.not_in(select(subscriber_regions.c.chat_id))
        inside = subscribers.c.chat_id.in_(
            select(subscriber_regions.c.chat_id).where(subscriber_regions.c.region.in_(audience.regions))
        )
        chosen = chosen.where(everywhere | inside)
    return chosen


def reachable(audience: Audience) -> Select[tuple[int]]:
    """Select the chats that could be told what this audience is told, whatever sectors and regions they chose."""
    return _members(replace(audience, sectors=(), regions=(), levels_only=False))


async def is_member(connection: AsyncConnection, audience: Audience, chat_id: int) -> bool:
    """Tell whether an audience means this chat now."""
    asked = _members(audience).where(subscribers.c.chat_id == chat_id)
    return (await connection.execute(asked)).first() is not None


def _reach_others() -> ColumnElement[bool]:
    """Tell the subscribers who pass alerts on: groups and channels, whose ids are negative, and who holds a role."""
    return (subscribers.c.chat_id < 0) | subscribers.c.chat_id.in_(select(people.c.user_id))


def _fan_out(alert_id: int, audience: Audience, among: ColumnElement[bool], lane: int, now: datetime) -> Insert:
    """Write a row for each member of the audience among these, in one statement whatever their number."""
    members = _members(audience).where(among).order_by(subscribers.c.chat_id).subquery()
    queued = as_state(DeliveryState.QUEUED)
    moment = literal(now, deliveries.c.state_at.type)
    rows = select(
        literal(alert_id),
        members.c.chat_id,
        *(literal(value) for value in queued.values()),
        literal(lane),
        literal(0),
        literal(0),
        moment,
    )
    columns = (
        "alert_id",
        "chat_id",
        *queued,
        "lane",
        "attempts",
        "uncertain_count",
        "state_at",
    )
    return insert(deliveries).from_select(columns, rows)


async def count_members(connection: AsyncConnection, audience: Audience) -> int:
    """Count whom an audience means now."""
    return (await connection.execute(select(func.count()).select_from(_members(audience).subquery()))).scalar_one()


async def write_rows(connection: AsyncConnection, alert_id: int, audience: Audience, lane: int, now: datetime) -> int:
    """Write the outbox rows of an alert, those who reach others first, and give their number."""
    first = await connection.execute(_fan_out(alert_id, audience, _reach_others(), lane, now))
    others = await connection.execute(_fan_out(alert_id, audience, ~_reach_others(), lane, now))
    return first.rowcount + others.rowcount
