from typing import Any

import pytest
from telegram.error import BadRequest, RetryAfter, TelegramError

from alerts.delivery.pacer import REPLY_LANE
from bot.telegram.limiter import ReplyLimiter
from bot.telegram.request import NoAnswerError, NotSentError, ServerFaultError

CHAT = 1001


class Happenings:
    """A pacer that lets everything go and writes down what it was asked, and a request beside it.

    Attributes:
        errors: what the next requests raise; when none is left a request succeeds.
        log: what happened, in order.
    """

    def __init__(self, *errors: TelegramError) -> None:
        self.errors = list(errors)
        self.log: list[Any] = []

    async def turn(self, lane: int, chat_id: int) -> None:
        """Let a message go."""
        self.log.append(("turn", lane, chat_id))

    def refused(self, chat_id: int, retry_after_seconds: float) -> None:
        """Note a 429."""
        self.log.append(("refused", chat_id, retry_after_seconds))

    def held_seconds(self) -> float:
        """Nothing is ever held."""
        return 0.0

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Make a request."""
        self.log.append("request")
        if self.errors:
            raise self.errors.pop(0)
        return args, kwargs

    async def make(self, endpoint: str = "sendMessage", **data: Any) -> Any:
        """Make a request through the limiter."""
        data = data or {"chat_id": CHAT}
        return await ReplyLimiter(self).process_request(self.request, (endpoint,), {"a": 1}, endpoint, data, None)


TURN = ("turn", REPLY_LANE, CHAT)


@pytest.fixture(autouse=True)
def _timedelta(monkeypatch):
    """Take the library's new type for waits, without its warning."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


async def test_a_message_takes_its_turn_in_the_reply_lane():
    """The request goes out unchanged, after its turn and before every broadcast."""
    happenings = Happenings()
    assert await happenings.make() == (("sendMessage",), {"a": 1})
    assert happenings.log == [TURN, "request"]


@pytest.mark.parametrize("endpoint", ["editMessageText", "answerCallbackQuery", "setMyCommands", "getMe"])
async def test_what_is_no_message_waits_for_no_turn(endpoint):
    """Only new messages count against Telegram's limits."""
    happenings = Happenings()
    await happenings.make(endpoint)
    assert happenings.log == ["request"]


async def test_a_429_holds_everybody_and_is_obeyed():
    """The pacer learns of the wait before the message asks for its next turn."""
    happenings = Happenings(RetryAfter(7))
    await happenings.make()
    assert happenings.log == [TURN, "request", ("refused", CHAT, 7.0), TURN, "request"]


async def test_an_edit_obeys_a_429_too():
    """An edit has no turn of its own, but it is not repeated into a wait that Telegram has asked for."""
    happenings = Happenings(RetryAfter(7))
    await happenings.make("editMessageText")
    assert happenings.log == ["request", ("refused", CHAT, 7.0), TURN, "request"]


async def test_a_request_without_a_chat_obeys_a_429_too():
    """A menu for everybody waits as well."""
    happenings = Happenings(RetryAfter(7))
    await happenings.make("setMyCommands", commands=[])
    assert happenings.log == ["request", ("refused", 0, 7.0), ("turn", REPLY_LANE, 0), "request"]


async def test_a_wait_of_a_minute_is_waited_and_a_longer_one_given_up():
    """The person will have asked again; the pacer knows of the wait all the same."""
    happenings = Happenings(RetryAfter(60), RetryAfter(61))
    with pytest.raises(RetryAfter):
        await happenings.make()
    assert happenings.log == [TURN, "request", ("refused", CHAT, 60.0), TURN, "request", ("refused", CHAT, 61.0)]


@pytest.mark.parametrize(("kind", "argument"), [(RetryAfter, 3), (NotSentError, "no connection")])
async def test_the_third_failure_is_the_last(kind, argument):
    """Two repeats, then the caller learns of it."""
    happenings = Happenings(*[kind(argument) for _ in range(4)])
    with pytest.raises(kind):
        await happenings.make()
    assert happenings.log.count("request") == 3


async def test_what_never_left_is_repeated():
    """A connection that was not had costs nothing and doubles nothing."""
    happenings = Happenings(NotSentError("no connection"), NotSentError("no connection"))
    await happenings.make()
    assert happenings.log == [TURN, "request"] * 3


@pytest.mark.parametrize("error", [NoAnswerError("silence"), ServerFaultError("502"), BadRequest("refused")])
async def test_what_may_have_arrived_or_was_refused_is_not_repeated(error):
    """A reply is never doubled."""
    happenings = Happenings(error)
    with pytest.raises(type(error)):
        await happenings.make()
    assert happenings.log == [TURN, "request"]
