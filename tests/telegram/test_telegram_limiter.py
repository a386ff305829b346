from typing import Any

import pytest
from telegram.error import BadRequest, RetryAfter, TelegramError

from alerts.delivery.pace import Turn
from bot.telegram.limiter import ReplyLimiter
from bot.telegram.request import NoAnswerError, NotSentError, ServerFaultError

CHAT = 1001


class Happenings:
    """A pacer that lets everything go and writes down what it was asked, and a request beside it.

    Attributes:
        errors: what the next requests raise; when none is left a request succeeds.
        log: what happened, in order.
        turns: the turns that were given, in order; each begins at its number.
    """

    def __init__(self, *errors: TelegramError) -> None:
        self.errors = list(errors)
        self.log: list[Any] = []
        self.turns: list[Turn] = []

    async def turn(self, chat_id: int, *, is_message: bool = True) -> Turn:
        """Let a request go."""
        self.log.append(("turn", chat_id) if is_message else ("turn of an edit", chat_id))
        self.turns.append(Turn(float(len(self.turns) + 1)))
        return self.turns[-1]

    async def wait_out(self) -> None:
        """Hold nothing."""
        self.log.append("wait out")

    def refused(self, chat_id: int, seconds: float, turn: Turn | None) -> None:
        """Note a 429."""
        self.log.append(("refused", chat_id, seconds, turn and turn.at))

    def accepted(self, chat_id: int, turn: Turn) -> None:
        """Note what Telegram took."""
        self.log.append(("accepted", chat_id, turn.at))

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


TRY = [("turn", CHAT), "wait out", "request"]
"""What every try of a new message consists of."""

EDIT = [("turn of an edit", CHAT), "wait out", "request"]


@pytest.fixture(autouse=True)
def _timedelta(monkeypatch):
    """Take the library's new type for waits, without its warning."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.mark.parametrize("endpoint", ["sendMessage", "sendPhoto", "forwardMessage", "copyMessage"])
async def test_a_message_takes_its_turn(endpoint):
    """The request goes out unchanged after its turn, and the pacer learns that Telegram took it."""
    happenings = Happenings()
    assert await happenings.make(endpoint) == ((endpoint,), {"a": 1})
    assert happenings.log == [*TRY, ("accepted", CHAT, 1.0)]


@pytest.mark.parametrize("endpoint", ["editMessageText", "editMessageReplyMarkup"])
async def test_an_edit_takes_a_turn_that_the_chat_does_not_count(endpoint):
    """Telegram counts an edit against the bot's rate, not against the one message a second of its chat."""
    happenings = Happenings()
    await happenings.make(endpoint)
    assert happenings.log == [*EDIT, ("accepted", CHAT, 1.0)]


@pytest.mark.parametrize("endpoint", ["answerCallbackQuery", "setMyCommands", "getMe", "sendChatAction"])
async def test_what_is_no_message_waits_for_no_turn(endpoint):
    """What puts nothing into a chat waits while a 429 holds the bot, and for nothing else."""
    happenings = Happenings()
    await happenings.make(endpoint)
    assert happenings.log == ["wait out", "request"]


async def test_a_message_to_a_name_instead_of_a_number_is_no_chats():
    """A chat that is named by its @name has no number to be counted under, so it takes the turn of none."""
    happenings = Happenings()
    await happenings.make(chat_id="@channel")
    assert happenings.log == [("turn", 0), "wait out", "request", ("accepted", 0, 1.0)]


async def test_a_429_is_told_to_the_pacer_and_obeyed():
    """The pacer learns of the wait, and of the turn that met it, before the message asks for its next turn."""
    happenings = Happenings(RetryAfter(7))
    await happenings.make()
    assert happenings.log == [*TRY, ("refused", CHAT, 7.0, 1.0), *TRY, ("accepted", CHAT, 2.0)]


async def test_an_edit_obeys_a_429_too():
    """An edit is not repeated into a wait that Telegram has asked for."""
    happenings = Happenings(RetryAfter(7))
    await happenings.make("editMessageText")
    assert happenings.log == [*EDIT, ("refused", CHAT, 7.0, 1.0), *EDIT, ("accepted", CHAT, 2.0)]


async def test_a_request_without_a_chat_obeys_a_429_too():
    """A menu for everybody, which took no turn, waits as well."""
    happenings = Happenings(RetryAfter(7))
    await happenings.make("setMyCommands", commands=[])
    assert happenings.log == ["wait out", "request", ("refused", 0, 7.0, None), "wait out", "request"]


async def test_a_wait_of_a_minute_is_waited_and_a_longer_one_given_up():
    """The person will have asked again; the pacer knows of the wait all the same."""
    happenings = Happenings(RetryAfter(60), RetryAfter(61))
    with pytest.raises(RetryAfter):
        await happenings.make()
    assert happenings.log == [*TRY, ("refused", CHAT, 60.0, 1.0), *TRY, ("refused", CHAT, 61.0, 2.0)]


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
    assert happenings.log == [*TRY, *TRY, *TRY, ("accepted", CHAT, 3.0)]


@pytest.mark.parametrize("error", [NoAnswerError("silence"), ServerFaultError("502"), BadRequest("refused")])
async def test_what_may_have_arrived_or_was_refused_is_not_repeated(error):
    """A reply is never doubled."""
    happenings = Happenings(error)
    with pytest.raises(type(error)):
        await happenings.make()
    assert happenings.log == TRY
