import json
import socket
import traceback
from datetime import timedelta
from typing import Any

import pytest
from telegram.error import RetryAfter, TelegramError
from telegram_line import TOKEN, http_answer

from alerts.delivery.states import DeliveryState
from bot.telegram.outcomes import outcome_of, wait_of
from bot.telegram.request import AiohttpRequest, NoAnswerError, NotSentError, ServerFaultError

pytestmark = pytest.mark.both_loops

WHOLE = http_answer(200, b'{"ok":true,"result":{"message_id":5}}')


class Prepared:
    """Our connections, asked as an alert's message goes out."""

    def __init__(self, pool: AiohttpRequest) -> None:
        self._pool = pool

    async def post(self, address: str) -> Any:
        """Post bytes that are ready."""
        return await self._pool.post_json(address, b"{}")


@pytest.fixture(params=["as the library asks", "as an alert goes out"])
def ways(request: pytest.FixtureRequest, connections: AiohttpRequest) -> AiohttpRequest | Prepared:
    """Both ways out: what goes wrong means the same."""
    return connections if request.param == "as the library asks" else Prepared(connections)


@pytest.fixture(params=["as the library asks", "as an alert goes out"])
def hasty_ways(request: pytest.FixtureRequest, hasty: AiohttpRequest) -> AiohttpRequest | Prepared:
    """The same, soon tired of waiting."""
    return hasty if request.param == "as the library asks" else Prepared(hasty)


async def fault(ways: AiohttpRequest | Prepared, address: str) -> TelegramError:
    """Give the error of a request, having looked for the token in all that anyone could print of it."""
    with pytest.raises(TelegramError) as raised:
        await ways.post(address)
    error = raised.value
    for text in (str(error), repr(error), error.message, "".join(traceback.format_exception(error))):
        assert TOKEN not in text
    return error


async def test_a_refused_connection_is_known_as_not_sent(ways):
    """Nothing listens, so nothing can have arrived: the request may be repeated."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        error = await fault(ways, f"http://127.0.0.1:{port}/bot{TOKEN}/sendMessage")
    assert type(error) is NotSentError


async def test_a_closed_pool_sends_nothing(line):
    """Before the pool is opened and after it is closed a request is known as not sent."""
    pool = AiohttpRequest(connections=1)
    assert type(await fault(pool, line.send_message)) is NotSentError
    async with pool:
        pass
    assert type(await fault(pool, line.send_message)) is NotSentError
    assert line.requests == []


@pytest.mark.parametrize(
    ("answer", "hangs_up"),
    [
        pytest.param(b"", True, id="hang-up before the answer"),
        pytest.param(WHOLE[:-10], True, id="half a body, then a hang-up"),
        pytest.param(WHOLE[:20], True, id="half a head, then a hang-up"),
        pytest.param(b"this is no HTTP\r\n\r\n", True, id="no HTTP"),
    ],
)
async def test_an_answer_that_does_not_come_whole_leaves_it_open(ways, line, answer, hangs_up):
    """The request was written, so nobody knows whether Telegram acted on it; it was written once only."""
    line.answer, line.hangs_up = answer, hangs_up
    error = await fault(ways, line.send_message)
    assert type(error) is NoAnswerError
    assert len(line.requests) == 1


@pytest.mark.parametrize("answer", [b"", WHOLE[:-10]], ids=["silence", "half a body, then silence"])
async def test_an_answer_that_does_not_come_in_time_leaves_it_open(hasty_ways, line, answer):
    """Nobody waits for ever, and nobody knows whether Telegram acted on the request; it was written once only."""
    line.answer, line.hangs_up = answer, False
    error = await fault(hasty_ways, line.send_message)
    assert type(error) is NoAnswerError
    assert len(line.requests) == 1


async def test_a_hang_up_on_a_kept_connection_repeats_nothing(ways, line):
    """A connection that served before and breaks now is not quietly replaced: that could double a message."""
    line.answer, line.hangs_up = WHOLE, False
    await ways.post(line.send_message)
    line.answer, line.hangs_up = b"", True
    assert type(await fault(ways, line.send_message)) is NoAnswerError
    assert len(line.requests) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_5xx_is_a_fault_of_the_server(ways, line, status):
    """Telegram's own trouble is told apart from its refusals."""
    line.answer = http_answer(status, b"<html>Bad Gateway</html>")
    assert type(await fault(ways, line.send_message)) is ServerFaultError


def refusal(status: int, description: str, **parameters: int) -> bytes:
    """Make a refusal as the Bot API words it."""
    body = {"ok": False, "error_code": status, "description": description}
    return http_answer(status, json.dumps(body | ({"parameters": parameters} if parameters else {})).encode())


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_a_429_tells_how_long_to_wait(ways, line):
    """The wait comes through the library unchanged."""
    line.answer = refusal(429, "Too Many Requests: retry after 17", retry_after=17)
    error = await fault(ways, line.send_message)
    assert isinstance(error, RetryAfter)
    assert wait_of(error) == timedelta(seconds=17)
    assert outcome_of(error).retry_after == timedelta(seconds=17)


async def test_a_429_without_a_wait_is_tried_again(ways, line):
    """No row fails because Telegram forgot to say how long."""
    line.answer = refusal(429, "Too Many Requests")
    outcome = outcome_of(await fault(ways, line.send_message))
    assert (outcome.state, outcome.retry_after, outcome.stops_everything) == (DeliveryState.RETRY, None, False)


@pytest.mark.parametrize(
    ("status", "state", "stops_everything"),
    [
        (400, DeliveryState.FAILED, False),
        (401, DeliveryState.RETRY, True),
        (403, DeliveryState.GONE, False),
        (404, DeliveryState.RETRY, True),
        (409, DeliveryState.RETRY, True),
    ],
)
async def test_a_refusal_has_its_outcome(ways, line, status, state, stops_everything):
    """What the status means for the row is the same over the wire as in the map."""
    line.answer = refusal(status, "Refused")
    outcome = outcome_of(await fault(ways, line.send_message))
    assert (outcome.state, outcome.stops_everything, outcome.may_have_arrived) == (state, stops_everything, False)


@pytest.mark.parametrize("garbage", [b"", b"<html>captive portal</html>", b"\xff\xfe", b'{"ok":tr'])
async def test_garbage_with_a_200_is_uncertain(ways, line, garbage):
    """Something answered, and it was not a stored message: nobody knows."""
    line.answer = http_answer(200, garbage)
    outcome = outcome_of(await fault(ways, line.send_message))
    assert (outcome.state, outcome.may_have_arrived) == (DeliveryState.UNCERTAIN, True)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 429, 451])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>Forbidden: /bot%b</html>" % TOKEN.encode(), id="a page that repeats the address"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"error":"no"}', id="another object"),
    ],
)
async def test_a_refusal_that_is_not_telegrams_blames_nobody(ways, line, status, body):
    """What a firewall or a proxy refuses suspends no subscription, pauses nothing, and is tried again."""
    line.answer = http_answer(status, body)
    error = await fault(ways, line.send_message)
    outcome = outcome_of(error)
    assert type(error) is ServerFaultError
    assert (outcome.state, outcome.may_have_arrived, outcome.stops_everything) == (DeliveryState.RETRY, True, False)
    assert outcome.reason == f"the server answered {status}"


async def test_the_callers_timeout_goes_before_the_pools(line):
    """A long poll may wait longer than other requests, or shorter."""
    line.hangs_up = False
    async with AiohttpRequest(connections=1, answer_seconds=60) as patient:
        assert patient.read_timeout == 60
        with pytest.raises(NoAnswerError):
            await patient.post(line.send_message, read_timeout=0.1)
