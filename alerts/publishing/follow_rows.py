"""The rows of a follow-up: one for every chat that may have a copy of what it changes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Insert, Select, case, exists, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import WAITING, DeliveryState, as_state
from alerts.publishing.alert import Alert
from alerts.publishing.audience import reachable
from alerts.publishing.succession import perhaps_read
from alerts.store.outside import moved_chats
from alerts.store.tables import deliveries, subscribers
from alerts.subscribers.states import SubscriberStatus


async def write_to_readers(
    connection: AsyncConnection, follow_up: Alert, targets: Iterable[int], lane: int, now: datetime
) -> None:
    """Give a row to each chat that may have a copy and has no row yet; who cannot be written to is told apart at once.

    A new message goes to nobody who has unsubscribed or is suspended: their rows are `skipped`, and say why.
    """
    holders = _chats(targets, perhaps_read()).where(~_is_served(follow_up.id)).subquery()
    hears = reachable(follow_up.audience).subquery()
    may_hear = exists().where(hears.c.chat_id == holders.c.chat_id)
    await connection.execute(_rows(follow_up.id, select(holders.c.chat_id).where(may_hear), lane, now))
    why = case(
        (subscribers.c.status == SubscriberStatus.SUSPENDED.value, func.coalesce(subscribers.c.reason, "suspended")),
        (subscribers.c.status == SubscriberStatus.ACTIVE.value, "not meant for this recipient"),
        else_="unsubscribed",
    )
    others = (
        select(holders.c.chat_id, why.label("reason"))
        .select_from(holders.outerjoin(subscribers, subscribers.c.chat_id == holders.c.chat_id))
        .where(~may_hear)
    )
    await connection.execute(_rows(follow_up.id, others, lane, now, DeliveryState.SKIPPED))


async def write_to_holders(
    connection: AsyncConnection, follow_up: Alert, targets: Iterable[int], lane: int, now: datetime
) -> None:
    """Give a row to each chat that may have a copy, whatever has become of its subscription."""
    await connection.execute(_rows(follow_up.id, _chats(targets, perhaps_read()), lane, now))


async def write_to_waiting(
    connection: AsyncConnection, follow_up: Alert, targets: Iterable[int], lane: int, now: datetime
) -> None:
    """Give a row to each chat that still waits for what is changed, and has no row yet: it gets the newest instead."""
    waiting = deliveries.c.state.in_([state.value for state in WAITING])
    may_hear = _TODAY.in_(reachable(follow_up.audience))
    chats = _chats(targets, waiting).where(may_hear, ~_is_served(follow_up.id))
    await connection.execute(_rows(follow_up.id, chats, lane, now))


async def count_rows(connection: AsyncConnection, alert_id: int) -> int:
    """Count the rows of an alert."""
    statement = select(func.count()).select_from(deliveries).where(deliveries.c.alert_id == alert_id)
    return (await connection.execute(statement)).scalar_one()


async def count_reached(connection: AsyncConnection, targets: Iterable[int]) -> int:
    """Count the chats that may have a copy of these alerts."""
    holders = _chats(targets, perhaps_read()).order_by(None).subquery()
    return (await connection.execute(select(func.count()).select_from(holders))).scalar_one()


_TODAY = func.coalesce(moved_chats.c.new_id, deliveries.c.chat_id)
"""Where the chat of a row is today: a group that became a supergroup has another id since."""


def _chats(targets: Iterable[int], which: ColumnElement[bool]) -> Select[tuple[int]]:
    """Select the chats of these rows of the alerts that are changed as they are called today, each once."""
    theirs = deliveries.c.alert_id.in_(set(targets))
    followed = deliveries.outerjoin(moved_chats, moved_chats.c.old_id == deliveries.c.chat_id)
    return select(_TODAY.label("chat_id")).select_from(followed).where(theirs, which).distinct()


def _is_served(alert_id: int) -> ColumnElement[bool]:
    """Select the rows whose chat has one of this alert; looked up one by one, since a list of a million is none."""
    its = deliveries.alias("its")
    return exists().where(its.c.alert_id == alert_id, its.c.chat_id == _TODAY)


def _rows(
    alert_id: int, chats: Select[Any], lane: int, now: datetime, state: DeliveryState = DeliveryState.QUEUED
) -> Insert:
    """Write a row in this state for each of these chats, in one statement whatever their number."""
    chosen = chats.order_by(chats.selected_columns[0]).subquery()
    column = as_state(state)
    rows = select(
        literal(alert_id),
        *chosen.c,
        *(literal(value) for value in column.values()),
        literal(lane),
        literal(0),
        literal(0),
        literal(now, deliveries.c.state_at.type),
    )
    names = [each.name for each in chosen.c]
    return insert(deliveries).from_select(
        ["alert_id", *names, *column, "lane", "attempts", "uncertain_count", "state_at"], rows
    )
