"""Webhooks: what may be set, and deliveries to a real server."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import telegram
from aiohttp import web
from sandbox_doors import BOT_ID, TOKEN, BotCaller, Caller, Clock
from telegram.error import Conflict

from bot.sandbox import Sandbox, serve
from bot.sandbox.chats import Chat

SECRET = "sesame_-1"
CONFLICT = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


@dataclass
class Hook:
    """A bot's server.

    Attributes:
        url: where it is.
        got: texts of the messages that came in, each attempt anew.
        headers: the secret of each.
        answers: what the next ones are answered with, as status and body; 200 and nothing when there are none left.
        way_is_free: while it is not set, no answer is given.
        at_once: how many were on their way together, at most.
    """

    url: str = ""
    got: list[str] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    answers: deque[tuple[int, Any]] = field(default_factory=deque)
    way_is_free: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    _under_way: int = 0

    async def take(self, request: web.Request) -> web.Response:
        """Take one update in."""
        update = await request.json()
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.got.append(update["message"]["text"])
        status, body = self.answers.popleft() if self.answers else (200, None)
        self._under_way += 1
        self.at_once = max(self.at_once, self._under_way)
        await self.way_is_free.wait()
        self._under_way -= 1
        return web.json_response(body, status=status)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """A bot's server on a port."""
    hook = Hook()
    hook.way_is_free.set()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    hook.way_is_free.set()
    await runner.cleanup()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    """A sandbox that repeats at once."""
    return Sandbox(clock=clock, tokens={TOKEN: "Cascade"}, webhook_waits=(0.0,))


@pytest.fixture
async def address(sandbox: Sandbox) -> AsyncIterator[str]:
    """The sandbox on a port, where it delivers."""
    async with serve(sandbox.app) as base:
        yield base


@pytest.fixture
async def ptb(address: str) -> AsyncIterator[telegram.Bot]:
    """The library's bot."""
    async with telegram.Bot(TOKEN, base_url=f"{address}/bot") as bot:
        yield bot


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - what happens inside the server has no event to wait for
            await asyncio.sleep(0)


async def test_updates_come_with_the_secret_and_in_order(
    ptb: telegram.Bot, sandbox: Sandbox, ann: Chat, hook: Hook
) -> None:
    """What waited before and what comes after are both delivered, each with the header; then nothing waits."""
    sandbox.world.say(ann, "0")
    assert await ptb.set_webhook(hook.url, secret_token=SECRET)
    for number in range(1, 20):
        sandbox.world.say(ann, str(number))
    await _until(lambda: len(ann.bot.updates) == 0)
    assert hook.got == [str(number) for number in range(20)]
    assert set(hook.secrets) == {SECRET}
    assert hook.at_once == 1


async def test_without_a_secret_there_is_no_header(ptb: telegram.Bot, sandbox: Sandbox, ann: Chat, hook: Hook) -> None:
    """The header is left out, not empty."""
    await ptb.set_webhook(hook.url)
    sandbox.world.say(ann, "x")
    await _until(lambda: len(ann.bot.updates) == 0)
    assert hook.secrets == [None]


async def test_an_update_is_repeated_until_it_is_taken(
    ptb: telegram.Bot, sandbox: Sandbox, ann: Chat, hook: Hook, clock: Clock
) -> None:
    """A refusal holds back what follows in the chat, and the info tells of it."""
    hook.answers.extend([(500, None), (302, None)])
    await ptb.set_webhook(hook.url)
    sandbox.world.say(ann, "a")
    sandbox.world.say(ann, "b")
    await _until(lambda: len(ann.bot.updates) == 0)
    assert hook.got == ["a", "a", "a", "b"]
    info = await ptb.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 302 Found"
    assert info.last_error_date is not None
    assert info.last_error_date.timestamp() == clock.now
    assert (info.url, info.pending_update_count, info.max_connections) == (hook.url, 0, 40)


async def test_an_update_is_given_up_after_a_day(ptb: telegram.Bot, sandbox: Sandbox, ann: Chat, clock: Clock) -> None:
    """Where nobody listens it is tried again and again, and then forgotten."""
    await ptb.set_webhook("http://127.0.0.1:1/hook")
    sandbox.world.say(ann, "a")
    webhook = ann.bot.updates.webhook
    assert webhook is not None
    await _until(lambda: webhook.last_error_message is not None)
    assert (webhook.last_error_message, len(ann.bot.updates)) == ("Connection refused", 1)
    clock.now += 24 * 3600
    await _until(lambda: len(ann.bot.updates) == 0)


async def test_chats_do_not_wait_for_each_other_within_the_connections_allowed(
    ptb: telegram.Bot, sandbox: Sandbox, hook: Hook
) -> None:
    """Of five chats three are served at once when three connections are allowed, and in the end all are."""
    world = sandbox.world
    hook.way_is_free.clear()
    await ptb.set_webhook(hook.url, max_connections=3)
    for account_id in world.add_crowd(5, world.bots[BOT_ID]):
        world.say(world.chat(account_id, BOT_ID), str(account_id))
    await _until(lambda: len(hook.got) == 3)
    hook.way_is_free.set()
    await _until(lambda: len(world.bots[BOT_ID].updates) == 0)
    assert (hook.at_once, len(set(hook.got))) == (3, 5)


async def test_an_answer_may_call_a_method(ptb: telegram.Bot, sandbox: Sandbox, ann: Chat, hook: Hook) -> None:
    """A webhook that answers with a method and its parameters has it carried out; nonsense is passed over."""
    calls = [
        {"method": "sendMessage", "chat_id": ann.id, "text": "<b>hi</b>", "parse_mode": "HTML"},
        {"method": "sendMessage", "chat_id": 5, "text": "to nobody"},
        {"method": "sendFire"},
        [],
    ]
    hook.answers.extend((200, call) for call in calls)
    await ptb.set_webhook(hook.url)
    for number in range(5):
        sandbox.world.say(ann, str(number))
    await _until(lambda: len(ann.bot.updates) == 0)
    assert [message.text for message in ann.messages.values() if message.sender.is_bot] == ["hi"]
    sent = [call["status"] for call in sandbox.world.journal.after(0) if call["method"] == "sendMessage"]
    assert sent == [200, 400]


async def test_polling_and_a_webhook_exclude_each_other(
    ptb: telegram.Bot, sandbox: Sandbox, ann: Chat, hook: Hook
) -> None:
    """Setting a webhook ends the poll that waits; while it is set no other begins, and then one may again."""
    poll = asyncio.create_task(ptb.get_updates(timeout=50))
    await _until(lambda: ann.bot.updates._poll is not None)
    await ptb.set_webhook(hook.url)
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await poll
    with pytest.raises(Conflict, match=CONFLICT.removeprefix("Conflict: ")):
        await ptb.get_updates()
    assert await ptb.delete_webhook()
    sandbox.world.say(ann, "a")
    (update,) = await ptb.get_updates()
    assert (update.effective_message.text, hook.got) == ("a", [])
    assert (await ptb.get_webhook_info()).url == ""


async def test_what_is_under_way_survives_a_restart(sandbox: Sandbox, ann: Chat, hook: Hook) -> None:
    """A sandbox that stops while the webhook keeps it waiting stops at once, and delivers again when it is back."""
    hook.way_is_free.clear()
    caller = BotCaller(Caller(sandbox.app))
    await caller.ok("setWebhook", url=hook.url)
    sandbox.world.say(ann, "a")
    async with asyncio.timeout(5), serve(sandbox.app):
        await _until(lambda: hook.got == ["a"])
    assert len(ann.bot.updates) == 1
    hook.way_is_free.set()
    async with serve(sandbox.app):
        await _until(lambda: len(ann.bot.updates) == 0)
    assert hook.got == ["a", "a"]


async def test_setting_a_webhook_may_drop_what_waits_and_choose_kinds(
    bot: BotCaller, sandbox: Sandbox, ann: Chat
) -> None:
    """Both parameters work as with getUpdates and deleteWebhook, and an empty address takes the webhook away."""
    sandbox.world.say(ann, "a")
    await bot.ok(
        "setWebhook",
        url="https://bot.example.org:8443/hook",
        max_connections=500,
        allowed_updates=["callback_query"],
        drop_pending_updates=True,
    )
    sandbox.world.say(ann, "b")
    assert await bot.ok("getWebhookInfo") == {
        "url": "https://bot.example.org:8443/hook",
        "has_custom_certificate": False,
        "pending_update_count": 0,
        "max_connections": 100,
        "allowed_updates": ["callback_query"],
    }
    assert await bot.ok("setWebhook", url="") is True
    assert await bot.ok("getUpdates") == []


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({"url": "http://example.org/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "ftp://127.0.0.1/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "hook"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://[/"}, "bad webhook: Invalid URL specified"),
        (
            {"url": "https://example.org:8080/"},
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ({"url": "https://example.org/", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "https://example.org/", "secret_token": "a" * 257}, "secret token is too long"),
    ],
)
async def test_a_malformed_webhook_is_refused(bot: BotCaller, params: dict[str, Any], complaint: str) -> None:
    """Plain HTTP is for this machine alone, and a secret has 256 characters of a few kinds."""
    assert await bot.refused("setWebhook", **params) == f"Bad Request: {complaint}"
    assert (await bot.ok("getWebhookInfo"))["url"] == ""
