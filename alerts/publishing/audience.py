"""Who receives an alert: one statement, so that the number in a preview is the number that is sent to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Insert, Select, and_, func, insert, literal, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import DeliveryState, as_state
from alerts.publishing.alert import Audience
from alerts.store.tables import deliveries, people, subscriber_regions, subscriber_sectors, subscribers
from alerts.subscribers.states import SubscriberStatus
from alerts.subscribers.unvetted import IS_VETTED

CHANNEL = "channel"
"""What the roll calls a chat that may be open to the world."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many of an audience its marking keeps an alert from, and why.

    Attributes:
        unvetted: contacts and groups whom nobody has vetted.
        groups: groups and channels that this marking does not reach.
    """

    unvetted: int = 0
    groups: int = 0


def _admits(audience: Audience) -> ColumnElement[bool]:
    """Tell whom an audience's marking lets have the alert."""
    rule = audience.marking.rule
    rules: list[ColumnElement[bool]] = []
    if rule.needs_vetting:
        rules.append(IS_VETTED)
    if not rule.reaches_groups:
        rules.append(subscribers.c.chat_id > 0)
    elif not rule.reaches_channels:
        rules.append(subscribers.c.kind != CHANNEL)
    if rule.is_named_only:
        rules.append(subscribers.c.chat_id.in_(audience.named))
    return and_(true(), *rules)


def _meant(audience: Audience) -> Select[tuple[int]]:
    """Select the chats of an audience's sectors and regions, whatever its marking."""
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


def _members(audience: Audience) -> Select[tuple[int]]:
    """Select the chats of everybody who gets what an audience is sent."""
    return _meant(audience).where(_admits(audience))


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


async def count_left_out(connection: AsyncConnection, audience: Audience) -> LeftOut:
    """Count whom an audience means and its marking keeps out; of what goes to named persons nobody is left out."""
    rule = audience.marking.rule
    if not rule.needs_vetting or rule.is_named_only:
        return LeftOut()
    closed = subscribers.c.kind == CHANNEL if rule.reaches_groups else subscribers.c.chat_id < 0
    kept_out = _meant(audience).where(~_admits(audience))
    counted = kept_out.with_only_columns(func.count().filter(closed), func.count().filter(~closed))
    groups, unvetted = (await connection.execute(counted)).one()
    return LeftOut(unvetted, groups)


async def write_rows(connection: AsyncConnection, alert_id: int, audience: Audience, lane: int, now: datetime) -> int:
    """Write the outbox rows of an alert, those who reach others first, and give their number."""
    first = await connection.execute(_fan_out(alert_id, audience, _reach_others(), lane, now))
    others = await connection.execute(_fan_out(alert_id, audience, ~_reach_others(), lane, now))
    return first.rowcount + others.rowcount
