"""Who is asked to look at an alert, and the message in their chat that says what became of it.

A row is written with the act that calls for it, so that a restart asks nobody twice and forgets nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.store.authority import reviews


class Task(StrEnum):
    """What somebody is to do about an alert: approve it, stop it, or, as its author, wait."""

    APPROVE = "approve"
    STOP = "stop"
    AWAIT = "await"


class ReviewState(StrEnum):
    """How far the asking is."""

    ASKED = "asked"
    SHOWN = "shown"
    DONE = "done"
    UNREACHED = "unreached"


MEANING: dict[ReviewState, str] = {
    ReviewState.ASKED: "the alert is still to be shown to them, with the buttons",
    ReviewState.SHOWN: "it stands in their chat with its buttons, and they are to learn what becomes of it",
    ReviewState.DONE: "they have learnt what became of it, or have lost the right to it before it was shown",
    ReviewState.UNREACHED: "they could not be written to: they have blocked the bot, or never pressed Start",
}


@dataclass(frozen=True, slots=True)
class Review:
    """One person's look at one alert.

    Attributes:
        seen_revision: the revision that they were shown last, None before the first time.
        message_id: the message with the buttons, None while there is none.
        preview_ids: the messages above it, which look like the alert itself.
    """

    alert_id: int
    user_id: int
    task: Task
    state: ReviewState
    seen_revision: int | None
    message_id: int | None
    preview_ids: tuple[int, ...]

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Review":
        """Make it from a row of the table `reviews`."""
        return cls(
            row.alert_id,
            row.user_id,
            Task(row.task),
            ReviewState(row.state),
            row.seen_revision,
            row.message_id,
            tuple(row.preview_ids),
        )


async def ask_for_review(connection: AsyncConnection, alert_id: int, user_ids: Iterable[int], task: Task) -> None:
    """Ask these people to look at an alert, again where they have looked before."""
    for user_id in user_ids:
        asked = {"state": ReviewState.ASKED.value}
        again = await connection.execute(update(reviews).where(_is(alert_id, user_id, task)).values(**asked))
        if not again.rowcount:
            mine: dict[str, Any] = {"alert_id": alert_id, "user_id": user_id, "task": task.value, "preview_ids": []}
            await connection.execute(insert(reviews).values(**mine, **asked))


async def find_review(connection: AsyncConnection, alert_id: int, user_id: int, task: Task) -> Review | None:
    """Give somebody's look at an alert, None when they were never asked."""
    row = (await connection.execute(select(reviews).where(_is(alert_id, user_id, task)))).one_or_none()
    return Review.from_row(row) if row else None


async def open_reviews(connection: AsyncConnection) -> list[Review]:
    """Give everybody who is still to be shown an alert, or to learn what became of one."""
    waiting = reviews.c.state.in_([ReviewState.ASKED.value, ReviewState.SHOWN.value])
    rows = await connection.execute(select(reviews).where(waiting).order_by(reviews.c.alert_id, reviews.c.user_id))
    return [Review.from_row(row) for row in rows.all()]


async def note_review(
    connection: AsyncConnection, review: Review, state: ReviewState, revision: int | None, shown: tuple[int, ...]
) -> None:
    """Keep what somebody was shown: the messages, of which the last has the buttons; none once it is done."""
    *above, last = shown or (None,)
    values: dict[str, Any] = {"state": state.value, "message_id": last, "preview_ids": above}
    if revision is not None:
        values["seen_revision"] = revision
    mine = _is(review.alert_id, review.user_id, review.task)
    if not (await connection.execute(update(reviews).where(mine).values(**values))).rowcount:
        named = {"alert_id": review.alert_id, "user_id": review.user_id, "task": review.task.value}
        await connection.execute(insert(reviews).values(**named, **values))


async def unreached(connection: AsyncConnection, alert_id: int, task: Task) -> list[int]:
    """Name those who were asked and could not be written to."""
    theirs = (reviews.c.alert_id == alert_id) & (reviews.c.task == task.value)
    failed = select(reviews.c.user_id).where(theirs, reviews.c.state == ReviewState.UNREACHED.value)
    return list((await connection.execute(failed.order_by(reviews.c.user_id))).scalars())


async def settle(connection: AsyncConnection, alert_id: int, user_id: int, task: Task) -> None:
    """Note that somebody knows what became of an alert, since they did it themselves."""
    review = await find_review(connection, alert_id, user_id, task)
    if review is not None:
        await note_review(connection, review, ReviewState.DONE, None, ())


def _is(alert_id: int, user_id: int, task: Task) -> ColumnElement[bool]:
    return (reviews.c.alert_id == alert_id) & (reviews.c.user_id == user_id) & (reviews.c.task == task.value)
