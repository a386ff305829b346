"""Faults on purpose, as a client over real HTTP meets them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import orjson
import pytest
import telegram
from sandbox_doors import TOKEN, Clock
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from bot.sandbox import ApiError, Limits, Sandbox, serve
from bot.sandbox.chats import Chat

Send = Callable[[str], Any]


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    """A sandbox whose own limits are out of the way."""
    limits = Limits(bot_per_second=1_000_000, chat_per_second=1_000_000)
    return Sandbox(clock=clock, limits=limits, tokens={TOKEN: "Cascade"})


@pytest.fixture
def send(address: str, session: aiohttp.ClientSession, ann: Chat) -> Send:
    """Send Ann a text, and give status, type of content and body."""

    async def post(text: str, **options: Any) -> tuple[int, str, bytes]:
        target = f"{address}/bot{TOKEN}/sendMessage"
        async with session.post(target, json={"chat_id": ann.id, "text": text}, **options) as answer:
            return answer.status, answer.content_type, await answer.read()

    return post


@pytest.fixture
async def ptb(address: str) -> AsyncIterator[telegram.Bot]:
    """The library's bot."""
    async with telegram.Bot(TOKEN, base_url=f"{address}/bot") as bot:
        yield bot


def _texts(chat: Chat) -> list[str | None]:
    return [message.text for message in chat.messages.values()][1:]


def _faults(sandbox: Sandbox) -> list[Any]:
    return [(call["status"], call["fault"]) for call in sandbox.world.journal.after(0) if call["method"] != "getMe"]


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - what happens inside the server has no event to wait for
            await asyncio.sleep(0)


async def test_a_429_says_how_long_and_stores_nothing(
    sandbox: Sandbox, ann: Chat, send: Send, ptb: telegram.Bot
) -> None:
    """A client sees Telegram's answer word for word, the library a RetryAfter, and the chat stays empty."""
    sandbox.faults.replace([{"fault": "429", "retry_after": 7}])
    status, _, body = await send("x")
    said = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 7"}
    assert (status, orjson.loads(body)) == (429, {**said, "parameters": {"retry_after": 7}})
    with pytest.raises(RetryAfter, match="Retry in 0:00:07"):
        await ptb.send_message(ann.id, "x")
    assert _texts(ann) == []
    assert _faults(sandbox) == [(429, "429"), (429, "429")]


async def test_a_429_may_come_without_its_parameters(
    sandbox: Sandbox, ann: Chat, send: Send, ptb: telegram.Bot
) -> None:
    """Then only the words tell the wait, and the library has no RetryAfter for it."""
    sandbox.faults.replace([{"fault": "429", "parameters": False}])
    assert b"parameters" not in (await send("x"))[2]
    with pytest.raises(TelegramError, match="retry after 5") as refused:
        await ptb.send_message(ann.id, "x")
    assert not isinstance(refused.value, RetryAfter)


@pytest.mark.parametrize("status", [500, 502, 504])
@pytest.mark.parametrize("after", [False, True])
async def test_a_server_fault_comes_before_or_after_the_message_is_stored(
    sandbox: Sandbox, ann: Chat, send: Send, ptb: telegram.Bot, *, status: int, after: bool
) -> None:
    """The answer is the same 5xx, which the library takes for a NetworkError; only the chat knows the difference."""
    sandbox.faults.replace([{"fault": "5xx", "status": status, "after": after}])
    assert (await send("one"))[0] == status
    with pytest.raises(NetworkError):
        await ptb.send_message(ann.id, "two")
    assert _texts(ann) == (["one", "two"] if after else [])
    assert _faults(sandbox) == [(status, f"{status}, {'handled' if after else 'not handled'}")] * 2


@pytest.mark.parametrize(("kind", "stored"), [("reset_before", []), ("reset_after", ["one", "two"])])
async def test_a_reset_closes_the_connection_without_an_answer(
    sandbox: Sandbox, ann: Chat, send: Send, ptb: telegram.Bot, kind: str, stored: list[str]
) -> None:
    """The client sees its connection reset, the library a NetworkError; the message is stored only after it."""
    sandbox.faults.replace([{"fault": kind}])
    with pytest.raises(aiohttp.ClientOSError, match="Connection reset by peer"):
        await send("one")
    with pytest.raises(NetworkError):
        await ptb.send_message(ann.id, "two")
    assert _texts(ann) == stored
    assert _faults(sandbox) == [(None, kind)] * 2
    sandbox.faults.clear()
    assert (await send("three"))[0] == 200


@pytest.mark.parametrize("after", [False, True])
async def test_a_hang_ends_when_the_client_goes(
    sandbox: Sandbox, ann: Chat, send: Send, ptb: telegram.Bot, *, after: bool
) -> None:
    """No answer comes, so both clients run into their time limit; the message is stored or not, as the rule says."""
    sandbox.faults.replace([{"fault": "hang", "after": after}])
    with pytest.raises(TimeoutError):
        await send("one", timeout=aiohttp.ClientTimeout(total=0.25))
    with pytest.raises(TimedOut):
        await ptb.send_message(ann.id, "two", read_timeout=0.25)
    assert _texts(ann) == (["one", "two"] if after else [])
    assert _faults(sandbox) == [(None, f"hang, {'handled' if after else 'not handled'}")] * 2


@pytest.mark.parametrize("rule", [{"fault": "hang"}, {"fault": "latency", "min": 600, "max": 600}])
async def test_stopping_the_sandbox_ends_what_hangs(
    sandbox: Sandbox, session: aiohttp.ClientSession, ann: Chat, rule: dict[str, Any]
) -> None:
    """A request that hangs or is held back keeps nothing from stopping."""
    sandbox.faults.replace([rule])
    async with asyncio.timeout(5):
        async with serve(sandbox.app) as base:
            asked = session.post(f"{base}/bot{TOKEN}/sendMessage", json={"chat_id": ann.id, "text": "x"})
            waiting = asyncio.ensure_future(asked)
            await _until(lambda: sandbox.faults.rules[0].struck == 1)
        with pytest.raises(aiohttp.ClientError):
            await waiting


@pytest.mark.parametrize(
    ("rule", "kind", "starts"),
    [
        ({"body": "html"}, "text/html", b"<html>"),
        ({"body": "json"}, "application/json", b'{"ok":true,"result":{"message_id":'),
        ({"body": "json", "after": True}, "application/json", b'{"ok":true,"result":{"message_id":2,'),
    ],
)
async def test_garbage_is_a_200_that_cannot_be_read(
    sandbox: Sandbox, ann: Chat, send: Send, ptb: telegram.Bot, rule: dict[str, Any], kind: str, starts: bytes
) -> None:
    """A page of HTML or half an answer comes in place of the answer, and the library cannot read it."""
    sandbox.faults.replace([{"fault": "garbage", **rule}])
    status, content_type, body = await send("x")
    assert (status, content_type, body.startswith(starts)) == (200, kind, True)
    assert body.count(b"{") != body.count(b"}") or content_type == "text/html"
    with pytest.raises(TelegramError, match="Invalid server response"):
        await ptb.send_message(ann.id, "x")
    assert len(_texts(ann)) == (2 if rule.get("after") else 0)


async def test_an_outage_closes_every_connection_in_its_window(
    sandbox: Sandbox, ann: Chat, clock: Clock, send: Send, ptb: telegram.Bot
) -> None:
    """Before and after the window all is well; in it nobody is answered, or everybody with a 502."""
    sandbox.faults.replace([{"fault": "outage", "from": 10, "until": 20}])
    assert (await send("before"))[0] == 200
    clock.now += 10
    with pytest.raises(aiohttp.ClientOSError):
        await send("in it")
    with pytest.raises(NetworkError):
        await ptb.get_me()
    clock.now += 10
    assert (await send("after"))[0] == 200
    sandbox.faults.replace([{"fault": "outage", "answer": "502"}])
    assert (await send("in it"))[0] == 502
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await ptb.get_me()
    assert _texts(ann) == ["before", "after"]


async def test_latency_holds_a_request_back_and_then_handles_it(
    sandbox: Sandbox, ann: Chat, send: Send, ptb: telegram.Bot
) -> None:
    """Answers come as ever, late; the journal has the delay, and a further fault may follow on it."""
    sandbox.faults.replace([{"fault": "latency", "min": 0.01, "max": 0.02}])
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await send("one"))[0] == 200
    assert loop.time() - began >= 0.01
    assert (await ptb.send_message(ann.id, "two")).text == "two"
    sandbox.faults.add({"fault": "5xx"})
    assert (await send("three"))[0] == 502
    (first, words), _, (last, both) = _faults(sandbox)
    assert (first, words.startswith("latency 0.01")) == (200, True)
    assert (last, both.startswith("latency 0.01"), both.endswith("; 502, not handled")) == (502, True, True)


async def test_a_rule_is_for_some_methods_or_one_chat(
    sandbox: Sandbox, ann: Chat, send: Send, ptb: telegram.Bot
) -> None:
    """What a rule does not name is left alone; methods are known in any case, chats also from forms."""
    eve = sandbox.world.chat(sandbox.world.add_account(first_name="Eve").id, 4242)
    sandbox.world.say(eve, "/start")
    sandbox.faults.replace([{"fault": "429", "methods": ["SENDMESSAGE"], "chat_id": eve.id}])
    assert (await send("for Ann"))[0] == 200
    assert await ptb.send_chat_action(eve.id, "typing")
    with pytest.raises(RetryAfter):
        await ptb.send_message(eve.id, "for Eve")


async def test_a_rule_strikes_as_often_as_it_is_told(sandbox: Sandbox, send: Send) -> None:
    """After its count it leaves requests to the rules behind it, and to nobody when there are none."""
    sandbox.faults.replace([{"fault": "5xx", "count": 2}, {"fault": "429", "count": 1}])
    assert [(await send("x"))[0] for _ in range(5)] == [502, 502, 429, 200, 200]
    assert [rule["struck"] for rule in sandbox.faults.as_json()["rules"]] == [2, 1]


async def test_the_same_seed_gives_the_same_faults_again(sandbox: Sandbox, send: Send) -> None:
    """Two runs of the same requests meet the same faults and delays; another seed meets others."""
    rules = [
        {"fault": "latency", "min": 0, "max": 0.001, "probability": 0.5},
        {"fault": "5xx", "probability": 0.3},
        {"fault": "429", "probability": 0.3},
    ]

    async def run(seed: int) -> list[Any]:
        sandbox.world.journal.clear()
        sandbox.faults.replace(rules, seed=seed)
        for number in range(60):
            await send(str(number))
        return _faults(sandbox)

    first = await run(7)
    assert {status for status, _ in first} == {200, 429, 502}
    assert await run(7) == first
    assert await run(8) != first


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"fault": "fire"}, "A fault is one of latency, 429,"),
        ({}, "A fault is one of"),
        ({"fault": "hang", "status": 500}, "has no field status"),
        ({"fault": "5xx", "status": 418}, "is one of 500, 502, 504"),
        ({"fault": "5xx", "after": 1}, "is true or false"),
        ({"fault": "429", "retry_after": 0}, "is a whole number above 0"),
        ({"fault": "429", "count": True}, "is a whole number above 0"),
        ({"fault": "429", "probability": 1.5}, "is a number from 0 to 1"),
        ({"fault": "429", "methods": ["sendFire"]}, "is a list of methods"),
        ({"fault": "429", "methods": "sendMessage"}, "is a list of methods"),
        ({"fault": "429", "chat_id": 1.5}, "is a chat's number or name"),
        ({"fault": "latency", "min": 3, "max": 2}, "The field max of the fault latency is less than min"),
        ({"fault": "latency", "from": 3, "until": 2}, "The field until of the fault latency is less than from"),
    ],
)
def test_a_malformed_rule_is_refused_and_changes_nothing(
    sandbox: Sandbox, rule: dict[str, Any], complaint: str
) -> None:
    """The refusal names the field, and the rules in force stay."""
    sandbox.faults.replace([{"fault": "hang"}], seed=3)
    with pytest.raises(ApiError, match=complaint):
        sandbox.faults.replace([{"fault": "429"}, rule])
    assert (sandbox.faults.seed, [kept.kind for kept in sandbox.faults.rules]) == (3, ["hang"])
