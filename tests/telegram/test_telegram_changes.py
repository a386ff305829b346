"""What becomes of each answer that Telegram gives to an edit or a deletion of a copy."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from alerts.delivery.claim import Claimed
from alerts.delivery.copies import Copy, CopyMessage, Trouble, Way
from alerts.delivery.states import DeliveryState, Outcome
from alerts.publishing.alert import Change
from bot.telegram.changes import CAPTION, DELETE, TEXT, Changes, Follow, _edit, reply_to
from bot.telegram.outcomes import COPY_ANSWERS, CopyAnswer, about_copy
from bot.telegram.request import NoAnswerError
from handlers.screen import Screen

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
CHAT = 1001
SENT, FAILED, SKIPPED = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED
QUEUED, GONE, RETRY = DeliveryState.QUEUED, DeliveryState.GONE, DeliveryState.RETRY
SAME = BadRequest("Message is not modified: specified new message content and reply markup are exactly the same")
NOT_FOUND = BadRequest("Message to edit not found")
NOT_THERE = BadRequest("Message to delete not found")
TOO_OLD = BadRequest("Message can't be deleted for everyone")
BLOCKED = Forbidden("Forbidden: bot was blocked by the user")
NO_TEXT = BadRequest("There is no text in the message to edit")
NO_CAPTION = BadRequest("There is no caption in the message to edit")
MARK = Follow(Change.MARK, NOW, (_edit(Screen("<b>Updated</b>")),))
RECALL = Follow(Change.RECALL, NOW, (_edit(Screen("Recalled")),), orjson.dumps({"text": "Recalled"})[1:])


class Line:
    """Answers with what is laid ready, and keeps what was asked."""

    def __init__(self, *answers: TelegramError | None) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = list(answers)

    async def post(self, method: str, body: bytes) -> Any:
        """Note the request, and raise or give what is due."""
        self.asked.append((method, orjson.loads(body)))
        answer = self._answers.pop(0) if self._answers else None
        if answer is not None:
            raise answer
        return True if method == DELETE else {"message_id": 900}

    @property
    def methods(self) -> list[str]:
        """Name what was asked."""
        return [method for method, _ in self.asked]


def row(part: int = 0) -> Claimed:
    """Make a claimed row."""
    return Claimed(7, 5, CHAT, 1, 0, NOW, part)


def copy(*ages_in_hours: float, **facts: Any) -> Copy:
    """Make a copy of messages 100, 101 and so on, so old each."""
    messages = (
        CopyMessage(100 + part, part, NOW - timedelta(hours=hours), 4) for part, hours in enumerate(ages_in_hours)
    )
    return Copy(tuple(messages), **facts)


@pytest.mark.parametrize(
    ("answers", "outcome", "methods"),
    [
        ((None,), Outcome(SENT, "", 100), [TEXT]),
        ((SAME,), Outcome(SENT, "", 100), [TEXT]),
        ((NOT_FOUND,), Outcome(FAILED, Trouble.GONE, 100), [TEXT]),
        ((BadRequest("Message can't be edited"),), Outcome(FAILED, Trouble.FIXED, 100), [TEXT]),
        ((NO_TEXT, None), Outcome(SENT, "", 100), [TEXT, CAPTION]),
        ((NO_TEXT, SAME), Outcome(SENT, "", 100), [TEXT, CAPTION]),
        ((NO_TEXT, NO_CAPTION), Outcome(FAILED, Trouble.FIXED, 100), [TEXT, CAPTION]),
        ((BLOCKED,), Outcome(GONE, "blocked the bot"), [TEXT]),
        (
            (RetryAfter(3),),
            Outcome(RETRY, "Telegram asked to wait", retry_after=timedelta(seconds=3), is_no_try=True),
            [TEXT],
        ),
        (
            (NoAnswerError("no answer: TimeoutError"),),
            Outcome(DeliveryState.UNCERTAIN, "no answer: TimeoutError", may_have_arrived=True),
            [TEXT],
        ),
    ],
)
async def test_what_an_edit_comes_to(answers, outcome, methods):
    """What stands already counts as made, what is gone as could-not; a block and a flood are what they always are."""
    line = Line(*answers)
    assert await Changes(line.post).edit(row(), copy(1), MARK) == outcome
    assert line.methods == methods
    assert line.asked[0][1]["message_id"] == 100
    assert "reply_markup" not in line.asked[0][1]


async def test_one_lost_message_of_a_copy_keeps_the_others_from_nothing():
    """The first is gone: the row goes on with the second, and ends as could-not with the first one's reason."""
    line = Line(NOT_FOUND, None)
    first = await Changes(line.post).edit(row(), copy(1, 1), MARK)
    assert first == Outcome(QUEUED, Trouble.GONE, 100, is_part=True)
    second = await Changes(line.post).edit(row(1), copy(1, 1, flaw=first.reason), MARK)
    assert second == Outcome(FAILED, Trouble.GONE, 101)
    assert [body["message_id"] for _, body in line.asked] == [100, 101]


@pytest.mark.parametrize(
    ("part", "has", "answers", "outcome", "methods"),
    [
        (0, copy(1), (None,), Outcome(QUEUED, "", 100, is_part=True), [DELETE]),
        (1, copy(1), (None,), Outcome(SENT, "", 900), ["sendMessage"]),
        (0, copy(1), (NOT_THERE,), Outcome(QUEUED, Trouble.GONE, 100, is_part=True), [DELETE]),
        (0, copy(1, was_tried=True), (NOT_THERE,), Outcome(QUEUED, "", 100, is_part=True), [DELETE]),
        (1, copy(1, flaw=Trouble.GONE), (None,), Outcome(FAILED, Trouble.GONE, 900), ["sendMessage"]),
        (0, copy(1), (TOO_OLD, None), Outcome(QUEUED, Way.INSTEAD, 100, is_part=True), [DELETE, TEXT]),
        (0, copy(47.9), (None,), Outcome(QUEUED, "", 100, is_part=True), [DELETE]),
        (0, copy(48), (None,), Outcome(SENT, Way.INSTEAD, 100), [TEXT]),
        (0, copy(48), (NOT_FOUND,), Outcome(FAILED, Trouble.GONE, 100), [TEXT]),
        (0, copy(48, 1), (None,), Outcome(QUEUED, Way.INSTEAD, 100, is_part=True), [TEXT]),
        (0, copy(1, has_left=True), (None,), Outcome(SENT, "", 100), [DELETE]),
        (0, copy(may_be_unknown=True), (None,), Outcome(SENT, Way.TOLD_ONLY, 900), ["sendMessage"]),
        (0, copy(), (), Outcome(SKIPPED, Trouble.NONE), []),
        (
            0,
            copy(1),
            (BLOCKED,),
            Outcome(GONE, "blocked the bot"),
            [DELETE],
        ),
    ],
)
async def test_what_a_recall_comes_to(part, has, answers, outcome, methods):
    """Delete, then one line; too old, the line stands in its place; who has left gets no line; doubt is told."""
    line = Line(*answers)
    assert await Changes(line.post).recall(row(part), has, RECALL) == outcome
    assert line.methods == methods


def test_a_reply_answers_the_first_message_of_the_newest_alert():
    """A chat that has several versions sees the answer under the one that it had last."""
    older, newer = CopyMessage(100, 0, NOW, 4), CopyMessage(150, 0, NOW, 5)
    assert reply_to(Copy((older, newer, CopyMessage(151, 1, NOW, 5)))) == newer
    assert reply_to(Copy()) is None


def test_every_answer_about_a_copy_is_understood():
    """Each of Telegram's words leads to its answer in any case of letters; other refusals say nothing of the copy."""
    for theirs, answer in COPY_ANSWERS.items():
        assert about_copy(BadRequest(f"Bad Request: {theirs.upper()}")) is answer
    assert set(COPY_ANSWERS.values()) == set(CopyAnswer)
    assert about_copy(BadRequest("Bad Request: chat not found")) is None
    assert about_copy(Forbidden("Forbidden: bot was kicked")) is None
