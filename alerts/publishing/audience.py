"""Who receives an alert: one statement, so that the number in a preview is the number that is sent to."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Insert, Row, Select, and_, exists, func, insert, literal, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.endings import VETTED_NO_MORE
from alerts.delivery.states import DeliveryState, as_state
from alerts.publishing.alert import Audience
from alerts.store.tables import deliveries, people, subscriber_regions, subscriber_sectors, subscribers
from alerts.subscribers.states import SubscriberStatus
from alerts.subscribers.unvetted import IS_VETTED

CHANNEL = "channel"
"""What the roll calls a chat that may be open to the world."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A person whom an alert names and who does not get it.

    Attributes:
        reason: the one that their row has.
        name: their own words, as the organisation; both empty when they are on the roll no more.
    """

    chat_id: int
    reason: str
    name: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many of an audience its marking keeps an alert from, and why.

    Attributes:
        unvetted: contacts and groups whom nobody has vetted.
        groups: groups and channels that this marking does not reach.
        missed: who is named and does not get it, one by one.
    """

    unvetted: int = 0
    groups: int = 0
    missed: tuple[Missed, ...] = ()


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


def is_let_in(audience: Audience, chat: ColumnElement[int]) -> ColumnElement[bool]:
    """Tell whether an audience's marking lets a chat have the alert, whatever has become of its subscription."""
    rule = audience.marking.rule
    if rule.reaches_channels and not rule.needs_vetting:
        return true()
    return exists().where(subscribers.c.chat_id == chat, _admits(audience)).correlate_except(subscribers)


def _meant(
    audience: Audience,
    few: ColumnElement[bool] | None = None,
    *,
    status: SubscriberStatus = SubscriberStatus.ACTIVE,
) -> Select[tuple[int]]:
    """Select the chats of an audience's sectors and regions, whatever its marking; see `_members`."""
    chosen = select(subscribers.c.chat_id).where(subscribers.c.status == status)
    if few is not None:
        chosen = chosen.where(few)
    if audience.levels_only:
        chosen = chosen.where(subscribers.c.wants_levels)
    if audience.sectors:
        its, named = subscriber_sectors.c.chat_id, subscriber_sectors.c.sector.in_(audience.sectors)
        listed = subscribers.c.chat_id.in_(select(its).where(named))
        chosen = chosen.where(listed if few is None else exists().where(its == subscribers.c.chat_id, named))
    if audience.regions:
        of_theirs = subscriber_regions.c.chat_id == subscribers.c.chat_id
        inside = exists().where(of_theirs, subscriber_regions.c.region.in_(audience.regions))
        chosen = chosen.where(~exists().where(of_theirs) | inside)
    return chosen


def _members(audience: Audience, *, few: ColumnElement[bool] | None = None) -> Select[tuple[int]]:
    """Select the chats of everybody who gets what an audience is sent.

    Args:
        audience: whom.
        few: keep to these, who are so few that each is looked up; else SQLite goes through the chosen sectors.
    """
    return _meant(audience, few).where(_admits(audience))


def reachable(audience: Audience) -> Select[tuple[int]]:
    """Select the chats that could be told what this audience is told, whatever sectors and regions they chose."""
    return _members(replace(audience, sectors=(), regions=(), levels_only=False))


async def is_member(connection: AsyncConnection, audience: Audience, chat_id: int) -> bool:
    """Tell whether an audience means this chat now."""
    asked = _members(audience).where(subscribers.c.chat_id == chat_id)
    return (await connection.execute(asked)).first() is not None


_PEOPLE = select(people.c.user_id)
_GROUPS = subscribers.alias("groups")
_REACH_OTHERS = subscribers.c.chat_id.in_(_PEOPLE.union_all(select(_GROUPS.c.chat_id).where(_GROUPS.c.chat_id < 0)))
"""The subscribers who pass alerts on: groups and channels, whose ids are negative, and who holds a role."""


def _fan_out(alert_id: int, members: Select[tuple[int]], lane: int, now: datetime) -> Insert:
    """Write a row for each of these members, in one statement whatever their number."""
    listed = members.order_by(subscribers.c.chat_id).subquery()
    queued = as_state(DeliveryState.QUEUED)
    moment = literal(now, deliveries.c.state_at.type)
    rows = select(
        literal(alert_id),
        listed.c.chat_id,
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
    """Count whom an audience means and its marking keeps out; of what goes to named persons, name those."""
    rule = audience.marking.rule
    if rule.is_named_only:
        return LeftOut(missed=await _missed(connection, audience))
    if not rule.needs_vetting:
        return LeftOut()
    closed = subscribers.c.kind == CHANNEL if rule.reaches_groups else subscribers.c.chat_id < 0
    kept_out = _meant(audience).where(~_admits(audience))
    counted = kept_out.with_only_columns(func.count().filter(closed), func.count().filter(~closed))
    groups, unvetted = (await connection.execute(counted)).one()
    return LeftOut(unvetted, groups)


async def count_unreachable(connection: AsyncConnection, audience: Audience) -> int:
    """Count who would belong to an audience and cannot be reached, such as for having blocked the bot."""
    cut_off = _meant(audience, status=SubscriberStatus.SUSPENDED).where(_admits(audience))
    return (await connection.execute(select(func.count()).select_from(cut_off.subquery()))).scalar_one()


async def write_rows(connection: AsyncConnection, alert_id: int, audience: Audience, lane: int, now: datetime) -> int:
    """Write the outbox rows of an alert, those who reach others first, and give their number."""
    leads = _members(audience, few=_REACH_OTHERS)
    others = _members(audience).where(subscribers.c.chat_id > 0, subscribers.c.chat_id.not_in(_PEOPLE))
    written = [await connection.execute(_fan_out(alert_id, some, lane, now)) for some in (leads, others)]
    return sum(result.rowcount for result in written)


async def write_missed(
    connection: AsyncConnection, alert_id: int, audience: Audience, lane: int, now: datetime
) -> None:
    """Give every named person without a row one that is `skipped` and says why: nobody is lost without a word."""
    missed = await _missed(connection, audience)
    if not missed:
        return
    served = select(deliveries.c.chat_id).where(deliveries.c.alert_id == alert_id)
    has_row = set((await connection.execute(served)).scalars())
    state = {**as_state(DeliveryState.SKIPPED), "lane": lane, "attempts": 0, "uncertain_count": 0, "state_at": now}
    rows = [
        {"alert_id": alert_id, "chat_id": one.chat_id, "reason": one.reason, **state}
        for one in missed
        if one.chat_id not in has_row
    ]
    if rows:
        await connection.execute(insert(deliveries), rows)


async def _missed(connection: AsyncConnection, audience: Audience) -> tuple[Missed, ...]:
    """Hold those whom an audience names against those who get what it is sent; for other markings nobody is named."""
    if not audience.marking.rule.is_named_only:
        return ()
    lost = set(audience.named) - set((await connection.execute(_members(audience))).scalars())
    present = subscribers.c.chat_id.in_(lost) & (subscribers.c.status != SubscriberStatus.ENDED)
    listed = (await connection.execute(select(subscribers, IS_VETTED.label("is_vetted")).where(present))).all()
    known = {row.chat_id: Missed(row.chat_id, _why(row), row.name, row.organisation) for row in listed}
    return tuple(known.get(one, Missed(one, "unsubscribed")) for one in sorted(lost))


def _why(entry: Row[Any]) -> str:
    """Say why somebody on the roll does not get an alert that names them."""
    if entry.status == SubscriberStatus.SUSPENDED:
        return entry.reason or "suspended"
    return "not meant for this recipient" if entry.is_vetted else VETTED_NO_MORE
