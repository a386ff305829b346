"""Tells officers that something has come from outside: at once, and a flood of it in one notice that counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.people.notices import NoticeKind, leave_notice
from alerts.people.roster import Person
from alerts.publishing.alert import Severity
from alerts.publishing.incoming_item import IncomingState, Received, may_take
from alerts.store.outside import incoming_items, incoming_told
from alerts.store.tables import notices, people

GATHER = timedelta(minutes=2)
"""How long after a notice the next one waits for more to tell of."""

GATHER_URGENT = timedelta(seconds=20)
"""The same when something urgent or critical has come."""


async def next_news(connection: AsyncConnection) -> int:
    """Give the number of the next arrival: one writer at a time makes it rise by one."""
    return int((await connection.execute(select(func.coalesce(func.max(incoming_items.c.news), 0) + 1))).scalar_one())


async def has_news(connection: AsyncConnection, now: datetime) -> bool:
    """Tell whether there is somebody who has to be told of something now."""
    everybody, waiting, told = await _look(connection)
    marks = [(person, told.get(person.user_id, NOT_TOLD)) for person in everybody]
    return any(_is_due(_since(mark.news, person, waiting), mark, now) for person, mark in marks)


async def announce_within(connection: AsyncConnection, now: datetime) -> None:
    """Leave each officer a notice of what has come since the last one, inside the caller's transaction.

    A notice that was not given yet is brought up to date; one that was given a moment ago lets the next one wait, and
    `Incoming.announce` leaves that.
    """
    everybody, waiting, told = await _look(connection)
    for person in everybody:
        mark = told.get(person.user_id, NOT_TOLD)
        news = _since(mark.news, person, waiting)
        if not news:
            continue
        since = mark.since if await _take_back(connection, person.user_id) else mark.news
        if since == mark.news and not _is_due(news, mark, now):
            continue
        news = _since(since, person, waiting)
        first = _most_urgent(news)
        details = {
            "number": len(news),
            "item": first.id,
            "headline": first.headline,
            "source": first.source,
            "is_test": first.is_test,
            "is_edited": first.changed_at != first.arrived_at,
        }
        await leave_notice(connection, [person.user_id], NoticeKind.INCOMING, now, **details)
        await _note_told(connection, person.user_id, since, max(item.news for item in news), now)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Up to which arrival a person was told, and when; `since` is where their last notice begins."""

    since: int
    news: int
    told_at: datetime | None


NOT_TOLD = _Mark(0, 0, None)


async def _look(connection: AsyncConnection) -> tuple[list[Person], list[Received], dict[int, _Mark]]:
    """Read who may be told, what waits that somebody may not know of, and who was told of what."""
    told_rows = (await connection.execute(select(incoming_told))).all()
    told = {row.user_id: _Mark(row.since, row.news, row.told_at) for row in told_rows}
    everybody = list(map(Person.from_row, (await connection.execute(select(people).order_by(people.c.user_id))).all()))
    oldest = min((told.get(person.user_id, NOT_TOLD).since for person in everybody), default=0)
    is_news = (incoming_items.c.state == IncomingState.WAITING.value) & (incoming_items.c.news > oldest)
    statement = select(incoming_items).where(is_news).order_by(incoming_items.c.news)
    return everybody, [Received.from_row(row) for row in (await connection.execute(statement)).all()], told


def _since(news: int, person: Person, waiting: Sequence[Received]) -> list[Received]:
    return [item for item in waiting if item.news > news and may_take(person, item)]


def _is_due(news: Sequence[Received], mark: _Mark, now: datetime) -> bool:
    if not news:
        return False
    is_urgent = any(item.severity in {Severity.CRITICAL, Severity.URGENT} for item in news)
    return mark.told_at is None or now - mark.told_at >= (GATHER_URGENT if is_urgent else GATHER)


def _most_urgent(news: Sequence[Received]) -> Received:
    """Give the item that a notice names: the most urgent one, of several the newest."""
    lanes = len(Severity)
    return min(news, key=lambda item: (item.severity.lane if item.severity else lanes, -item.news))


async def _take_back(connection: AsyncConnection, user_id: int) -> bool:
    """Take back the notice that a person has not been given yet, and tell whether there was one."""
    is_it = (notices.c.user_id == user_id) & (notices.c.kind == NoticeKind.INCOMING.value) & notices.c.sent_at.is_(None)
    return bool((await connection.execute(delete(notices).where(is_it))).rowcount)


async def _note_told(connection: AsyncConnection, user_id: int, since: int, news: int, now: datetime) -> None:
    values = {"since": since, "news": news, "told_at": now}
    mine = incoming_told.c.user_id == user_id
    changed = await connection.execute(update(incoming_told).where(mine).values(**values))
    if not changed.rowcount:
        await connection.execute(insert(incoming_told).values(user_id=user_id, **values))
