"""How a follow-up acts on what a chat has: replies, edits, deletions, message by message (docs/decisions/0030).

Every step can be repeated: an edit that stands already counts as made, a copy that was deleted by an attempt of ours
counts as deleted. What goes wrong with one message of a copy keeps the others from nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson
from telegram.error import TelegramError

from alerts.delivery.claim import Claimed
from alerts.delivery.copies import Copy, CopyMessage, Trouble, Way
from alerts.delivery.states import DeliveryState, Outcome
from alerts.publishing.alert import REPLIES, Change
from alerts.publishing.follow_ups import Plan
from bot.telegram.outcomes import CopyAnswer, about_copy, outcome_of
from handlers.replies import message_fields
from handlers.screen import Screen

DELETABLE = timedelta(hours=47, minutes=55)
"""Telegram deletes a message of a bot within 48 hours (Bot API, deleteMessage); the rest is what a queue may take."""

TEXT, CAPTION, DELETE = "editMessageText", "editMessageCaption", "deleteMessage"

Post = Callable[[str, bytes], Awaitable[Any]]
"""Makes one request of a method and a body; raises TelegramError."""


class CopyWords(Protocol):
    """What is written on copies."""

    def edited(self, plan: Plan) -> tuple[Screen, ...]:
        """Give the messages of a copy as they read after a correction or a marking."""

    def notice(self, plan: Plan) -> Screen:
        """Give the line that stands in the place of a recalled alert."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """The edit of one message, ready but for chat and message, as a text and as a caption."""

    tails: dict[str, bytes]
    method: str


@dataclass(frozen=True, slots=True)
class Follow:
    """A follow-up that is ready to act.

    Attributes:
        edits: what the messages of a copy become, by their place in it; the notice alone for a recall.
        notice: the line of a recall as a new message; empty for other changes.
    """

    change: Change
    sent_at: datetime
    edits: tuple[_Edit, ...] = ()
    notice: bytes = b""


def prepare(plan: Plan, words: CopyWords, extras: dict[str, bool]) -> Follow:
    """Make a follow-up ready, once for all chats."""
    alert, change = plan.alert, plan.alert.change
    if change is None or alert.sending_at is None:
        raise ValueError(f"alert {alert.id} changes nothing, or is not released")
    if change is Change.RECALL:
        notice = words.notice(plan)
        tail = orjson.dumps(message_fields(notice) | extras)[1:]
        return Follow(change, alert.sending_at, (_edit(notice),), tail)
    edits = () if change in REPLIES else tuple(_edit(screen) for screen in words.edited(plan))
    return Follow(change, alert.sending_at, edits)


def reply_to(copy: Copy) -> CopyMessage | None:
    """Give the message that a new one answers: the first of the newest alert that the chat has."""
    if not copy.messages:
        return None
    newest = max(message.alert_id for message in copy.messages)
    return next(message for message in copy.messages if message.alert_id == newest)


class Changes:
    """Changes copies.

    Args:
        post: makes a request.
    """

    def __init__(self, post: Post) -> None:
        self._post = post

    async def edit(self, row: Claimed, copy: Copy, follow: Follow) -> Outcome:
        """Edit the row's next message of a copy; the row is done with its last."""
        index = min(row.part, len(copy.messages) - 1)
        message = copy.messages[index]
        edit = follow.edits[min(message.part, len(follow.edits) - 1)]
        said = await self._edit(row.chat_id, message, edit)
        if isinstance(said, Outcome):
            return said
        flaw = copy.flaw or said
        if index < len(copy.messages) - 1:
            return Outcome(DeliveryState.QUEUED, flaw, message.message_id, is_part=True)
        return Outcome(DeliveryState.FAILED if flaw else DeliveryState.SENT, flaw, message.message_id)

    async def recall(self, row: Claimed, copy: Copy, follow: Follow) -> Outcome:
        """Take the row's next message of a copy away, and say so in a line once all are gone."""
        if not copy.messages and not copy.may_be_unknown:
            return Outcome(DeliveryState.SKIPPED, Trouble.NONE)
        is_old = any(follow.sent_at - message.sent_at >= DELETABLE for message in copy.messages)
        if row.part < len(copy.messages):
            return await self._take_away(row, copy, follow, is_old=is_old)
        return await self._tell(row, copy, follow)

    async def _take_away(self, row: Claimed, copy: Copy, follow: Follow, *, is_old: bool) -> Outcome:
        message, edit = copy.messages[row.part], follow.edits[0]
        said = await (self._empty if is_old else self._delete)(row.chat_id, message, edit, was_tried=copy.was_tried)
        if isinstance(said, Outcome):
            return said
        flaw = copy.flaw or said
        is_last = row.part == len(copy.messages) - 1
        if is_last and (is_old or copy.has_left):
            return _recalled(flaw, message.message_id)
        return Outcome(DeliveryState.QUEUED, flaw, message.message_id, is_part=True)

    async def _tell(self, row: Claimed, copy: Copy, follow: Follow) -> Outcome:
        if copy.has_left:
            return Outcome(DeliveryState.FAILED, copy.flaw or Trouble.UNKNOWN)
        try:
            stored = await self._post("sendMessage", b'{"chat_id":%d,%b' % (row.chat_id, follow.notice))
        except TelegramError as error:
            return outcome_of(error)
        message_id = stored.get("message_id") if isinstance(stored, dict) else None
        return _recalled(copy.flaw or ("" if copy.messages else Way.TOLD_ONLY), message_id)

    async def _delete(self, chat_id: int, message: CopyMessage, edit: _Edit, *, was_tried: bool) -> Outcome | str:
        """Delete a message; one that Telegram does not delete any more is emptied."""
        try:
            await self._post(DELETE, b'{"chat_id":%d,"message_id":%d}' % (chat_id, message.message_id))
        except TelegramError as error:
            match about_copy(error):
                case CopyAnswer.GONE:
                    return "" if was_tried else Trouble.GONE
                case CopyAnswer.FIXED:
                    return await self._empty(chat_id, message, edit)
                case _:
                    return outcome_of(error)
        return ""

    async def _empty(
        self,
        chat_id: int,
        message: CopyMessage,
        edit: _Edit,
        *,
        was_tried: bool = False,  # noqa: ARG002 - an edit that stands already says so itself
    ) -> Outcome | str:
        """Put the notice in the place of a message."""
        said = await self._edit(chat_id, message, edit)
        return said or Way.INSTEAD

    async def _edit(self, chat_id: int, message: CopyMessage, edit: _Edit) -> Outcome | str:
        """Edit a message as text or caption, whichever it has; give what went wrong with it, empty for nothing."""
        other = CAPTION if edit.method == TEXT else TEXT
        for method in (edit.method, other):
            body = b'{"chat_id":%d,"message_id":%d,%b' % (chat_id, message.message_id, edit.tails[method])
            try:
                await self._post(method, body)
            except TelegramError as error:
                match about_copy(error):
                    case CopyAnswer.SAME:
                        return ""
                    case CopyAnswer.GONE:
                        return Trouble.GONE
                    case CopyAnswer.FIXED:
                        return Trouble.FIXED
                    case CopyAnswer.OTHER_KIND:
                        continue
                    case None:
                        return outcome_of(error)
            else:
                return ""
        return Trouble.FIXED


def _recalled(flaw: str, message_id: int | None) -> Outcome:
    could_not = flaw in {Trouble.GONE, Trouble.FIXED}
    return Outcome(DeliveryState.FAILED if could_not else DeliveryState.SENT, flaw, message_id)


def _edit(screen: Screen) -> _Edit:
    """Make an edit ready in both ways: a chat that takes no files has the text alone."""
    bare = message_fields(Screen(screen.html, screen.rows))
    under = {("caption" if name == "text" else name): value for name, value in bare.items()}
    under.pop("link_preview_options", None)
    tails = {TEXT: orjson.dumps(bare)[1:], CAPTION: orjson.dumps(under)[1:]}
    return _Edit(tails, CAPTION if screen.attachment else TEXT)
