"""The rows of a follow-up: one for every chat that may have a copy of what it changes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Insert, Select, Subquery, case, exists, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import WAITING, DeliveryState, as_state
from alerts.publishing.alert import Alert
from alerts.publishing.audience import is_let_in, reachable
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
    others = _with_reason(holders).where(~may_hear)
    await connection.execute(_rows(follow_up.id, others, lane, now, DeliveryState.SKIPPED))


async def write_to_mended(
    connection: AsyncConnection, follow_up: Alert, targets: Iterable[int], lane: int, now: datetime
) -> None:
    """Give a row to each chat that may have a copy which gets new words: `skipped` where the marking keeps these out.

    Who has left has what is public mended, too.
    """
    holders = _chats(targets, perhaps_read()).subquery()
    is_in = is_let_in(follow_up.audience, holders.c.chat_id)
    await connection.execute(_rows(follow_up.id, select(holders.c.chat_id).where(is_in), lane, now))
    others = _with_reason(holders).where(~is_in)
    await connection.execute(_rows(follow_up.id, others, lane, now, DeliveryState.SKIPPED))


async def write_to_holders(
    connection: AsyncConnection, follow_up: Alert, targets: Iterable[int], lane: int, now: datetime
) -> None:
    """Give a row to each chat that may have a copy, whatever has become of its subscription."""
    await connection.execute(_rows(follow_up.id, _chats(targets, perhaps_read()), lane, now))


async def write_to_marked(
    connection: AsyncConnection, mark: Alert, text: Alert, copies: Iterable[int], before: Iterable[int], now: datetime
) -> int:
    """Give a row to each chat whose copy can be marked over this text, and has no row of the marks before; count them.

    That is who has this text, or may have it: a mark shows nobody words that a correction did not bring them.
    """
    its, marked = deliveries.alias("its"), deliveries.alias("marked")
    has_text = exists().where(
        its.c.alert_id == text.id,
        its.c.chat_id == deliveries.c.chat_id,
        perhaps_read(its),
    )
    is_marked = exists().where(marked.c.alert_id.in_(list(before)), marked.c.chat_id == deliveries.c.chat_id)
    may_show = is_let_in(text.audience, deliveries.c.chat_id) | has_text
    chats = _chats(copies, perhaps_read()).where(may_show, ~is_marked)
    lane = mark.severity.lane if mark.severity else 0
    return (await connection.execute(_rows(mark.id, chats, lane, now))).rowcount


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


def _with_reason(holders: Subquery) -> Select[tuple[int, str]]:
    """Select chats, each with the reason for which nothing is written to it."""
    why = case(
        (subscribers.c.status == SubscriberStatus.SUSPENDED.value, func.coalesce(subscribers.c.reason, "suspended")),
        (subscribers.c.status == SubscriberStatus.ACTIVE.value, "not meant for this recipient"),
        else_="unsubscribed",
    )
    joined = holders.outerjoin(subscribers, subscribers.c.chat_id == holders.c.chat_id)
    return select(holders.c.chat_id, why.label("reason")).select_from(joined)


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
