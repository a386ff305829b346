"""What a chat has of the alerts that a follow-up changes: read when its row is claimed, for all of a claim at once.

Rows of alerts that change nothing are not looked at, and cost nothing here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Row, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import OPEN, DeliveryState
from alerts.store.authority import alert_targets
from alerts.store.outside import moved_chats
from alerts.store.tables import deliveries, delivery_parts, subscribers
from alerts.subscribers.states import SubscriberStatus


class CopyMessage(NamedTuple):
    """One message of a copy.

    Attributes:
        part: which message of its alert it is, from 0.
        alert_id: the alert whose row brought it.
    """

    message_id: int
    part: int
    sent_at: datetime
    alert_id: int


class Copy(NamedTuple):
    """What a chat has.

    Attributes:
        messages: those that are known, oldest alert first, each once.
        is_settled: no row of what is changed is under way to this chat; until then nothing is done.
        may_be_unknown: one may have arrived whose number nobody knows, or that stands in the group which this
            supergroup was, where no number of it holds any more.
        has_left: the chat is on the roll no more, so nothing new is written to it.
        was_tried: an attempt at this row may have done its work without anybody hearing of it.
        flaw: what went wrong with an earlier message of this row, one of `FLAWS`; empty for nothing.
    """

    messages: tuple[CopyMessage, ...] = ()
    is_settled: bool = True
    may_be_unknown: bool = False
    has_left: bool = False
    was_tried: bool = False
    flaw: str = ""


class Way(StrEnum):
    """What stands beside a row that is `sent`, where it went another way than its change says."""

    ANEW = "sent as a new message: there is no copy to reply to"
    UNANSWERED = "sent without a reply: the earlier message is gone"
    INSTEAD = "edited: Telegram deletes nothing older than 48 hours"
    TOLD_ONLY = "told only: it is not known whether a copy arrived"


class Trouble(StrEnum):
    """Why a copy could not be changed."""

    GONE = "the copy was deleted already"
    FIXED = "Telegram lets it be changed no more"
    UNKNOWN = "it is not known whether a copy arrived"
    NONE = "it had not arrived"


FLAWS: frozenset[str] = frozenset({*Way, *Trouble})
"""What stands in a row's reason of its copy; anything else there tells of the row's own way, such as a wait."""


def is_copy(rows: FromClause = deliveries) -> ColumnElement[bool]:
    """Select the rows of which a copy, or a part of one, is in the chat or may be; one that was skipped is none."""
    return rows.c.state.in_([DeliveryState.SENT.value, DeliveryState.UNCERTAIN.value]) | (rows.c.part > 0)


async def read_copies(connection: AsyncConnection, chosen: Any, parameters: Mapping[str, Any]) -> dict[int, Copy]:
    """Give what the chats of these rows have, by row.

    Args:
        connection: a transaction.
        chosen: selects the ids of rows of follow-ups.
        parameters: what that selection needs.
    """
    rows = (await connection.execute(_copies(chosen), dict(parameters))).all()
    by_row: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_row[row.row_id].append(row)
    return {row_id: _copy(found) for row_id, found in by_row.items()}


def _copies(chosen: Any) -> Select[Any]:
    mine, theirs = deliveries.alias("mine"), deliveries.alias("theirs")
    is_theirs = (theirs.c.alert_id == alert_targets.c.alert_id) & (theirs.c.chat_id == mine.c.chat_id)
    return (
        select(
            mine.c.id.label("row_id"),
            mine.c.reason.label("flaw"),
            mine.c.uncertain_count.label("doubts"),
            _had_it_before(mine.c.chat_id, alert_targets.c.alert_id).label("has_moved"),
            subscribers.c.status.label("standing"),
            theirs.c.alert_id,
            theirs.c.state,
            theirs.c.part.label("last_part"),
            theirs.c.message_id.label("last_id"),
            theirs.c.sent_at.label("last_at"),
            delivery_parts.c.part,
            delivery_parts.c.message_id,
            delivery_parts.c.sent_at,
        )
        .select_from(mine)
        .join(alert_targets, alert_targets.c.follow_up_id == mine.c.alert_id)
        .outerjoin(theirs, is_theirs)
        .outerjoin(delivery_parts, delivery_parts.c.delivery_id == theirs.c.id)
        .outerjoin(subscribers, subscribers.c.chat_id == mine.c.chat_id)
        .where(mine.c.id.in_(chosen))
        .order_by(mine.c.id, theirs.c.alert_id, delivery_parts.c.part)
    )


def _had_it_before(chat_id: ColumnElement[int], alert_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Tell whether a supergroup may have got an alert while it was a group with another id."""
    before = deliveries.alias("before")
    old_ids = select(moved_chats.c.old_id).where(moved_chats.c.new_id == chat_id).correlate_except(moved_chats)
    return exists().where(before.c.alert_id == alert_id, before.c.chat_id.in_(old_ids), is_copy(before))


def _copy(rows: list[Row[Any]]) -> Copy:
    states = {row.state for row in rows}
    return Copy(
        messages=_messages(rows),
        is_settled=not states & {state.value for state in OPEN},
        may_be_unknown=DeliveryState.UNCERTAIN.value in states or any(row.has_moved for row in rows),
        has_left=rows[0].standing in {None, SubscriberStatus.ENDED.value},
        was_tried=bool(rows[0].doubts),
        flaw=rows[0].flaw if rows[0].flaw in FLAWS else "",
    )


def _messages(rows: Iterable[Row[Any]]) -> tuple[CopyMessage, ...]:
    """List the messages; one that a correction edited where it stood is there once, as the correction's."""
    found: dict[int, CopyMessage] = {}
    for row in rows:
        if row.message_id is not None:
            found[row.message_id] = CopyMessage(row.message_id, row.part, row.sent_at, row.alert_id)
    for row in rows:
        if row.last_id is not None and row.state == DeliveryState.SENT.value:
            found[row.last_id] = CopyMessage(row.last_id, row.last_part, row.last_at, row.alert_id)
    return tuple(sorted(found.values(), key=lambda message: (message.alert_id, message.part)))
