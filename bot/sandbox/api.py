"""The door for bots: the Bot API over HTTP at `/bot<token>/<method>`.

An ASGI application of its own without routes or middleware, because a broadcast comes through here a thousand times a
second.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, NamedTuple

import orjson

from bot.sandbox.errors import ApiError, not_implemented
from bot.sandbox.faults import Faults
from bot.sandbox.forms import Receive, Scope, read_body, read_parameters
from bot.sandbox.methods import METHODS, UNSUPPORTED
from bot.sandbox.people import Bot
from bot.sandbox.rules import MAX_POLL_SECONDS, MAX_UPDATES
from bot.sandbox.server import CUT
from bot.sandbox.spec import Method, load_methods
from bot.sandbox.webhooks import WAITS, Webhooks
from bot.sandbox.world import World

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

OK = 200
PREFIX = "/bot"
_NUMBER = re.compile(r"-?[0-9]{1,19}")
_JSON = b"application/json"
_SENDING = frozenset(name for name in METHODS if name.startswith(("send", "copy", "forward"))) - {"sendChatAction"}
_HOOKING = ("setWebhook", "deleteWebhook")
_WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


class _Answer(NamedTuple):
    """What a request comes to; the status is None if a fault leaves it without an answer."""

    status: int | None
    body: bytes
    description: str | None
    given: dict[str, Any]


class BotApi:
    """Answers Bot API requests from a world.

    Args:
        world: the state that the methods read and change.
        faults: what goes wrong on purpose.
        webhook_waits: seconds between the attempts to bring an update to a webhook.
    """

    def __init__(self, world: World, faults: Faults, webhook_waits: Sequence[float] = WAITS) -> None:
        self._webhooks = Webhooks(self._obey, world.now, webhook_waits)
        self._world = world
        self._faults = faults
        self._methods = load_methods()

    def open(self) -> None:
        """Begin to bring updates to webhooks."""
        self._webhooks.open(self._world.bots.values())

    async def aclose(self) -> None:
        """Bring no more updates to webhooks."""
        await self._webhooks.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request whose path starts with `PREFIX`."""
        token, _, name = scope["path"][len(PREFIX) :].partition("/")
        method = self._methods.get(name.lower())
        if self._faults.rules:
            await self._serve_badly(scope, receive, send, token, method)
            return
        answer = await self._answer(scope, receive, token, method)
        self._record(token, method, answer)
        await _respond(send, answer)

    async def _answer(self, scope: Scope, receive: Receive, token: str, method: Method | None) -> _Answer:
        given: dict[str, Any] = {}
        try:
            bot, known = self._find(scope, token, method)
            given = await read_parameters(scope, receive)
            result = await self._run(bot, known, given, receive)
            return _Answer(OK, b'{"ok":true,"result":' + orjson.dumps(result) + b"}", None, given)
        except ApiError as error:
            return _refusal(error, given)

    async def _serve_badly(self, scope: Scope, receive: Receive, send: Send, token: str, method: Method | None) -> None:
        """Serve one request while there are rules for faults."""
        try:
            body = await read_body(receive)
        except ApiError as error:
            await _respond(send, _refusal(error, {}))
            return
        given = await _parameters(scope, _again(body, receive))
        name = method.name.lower() if method is not None else ""
        stroke = self._faults.strike(name, _as_number(given.get("chat_id")))
        if stroke is not None and stroke.delay_seconds:
            await _delay(stroke.delay_seconds, receive)
        rule, words = (stroke.rule, stroke.words) if stroke is not None else (None, None)
        answer, content_type = _Answer(None, b"", None, given), _JSON
        if rule is None or rule.is_handled:
            answer = await self._answer(scope, _again(body, receive), token, method)
        if rule is not None:
            spoilt = rule.spoil(answer.body)
            if spoilt is None:
                self._record(token, method, answer._replace(status=None, description=None), words)
                if rule.is_cut:
                    scope["state"][CUT]()
                await _disconnected(receive)
                return
            answer = answer._replace(status=spoilt.status, body=spoilt.body, description=spoilt.description)
            content_type = spoilt.content_type
        self._record(token, method, answer, words)
        await _respond(send, answer, content_type)

    def _find(self, scope: Scope, token: str, method: Method | None) -> tuple[Bot, Method]:
        if scope["method"] not in ("GET", "POST"):
            raise ApiError(405, "Method Not Allowed")
        bot = self._world.bot_for(token)
        if method is None:
            raise ApiError(404, "Not Found")
        return bot, method

    async def _run(self, bot: Bot, method: Method, given: dict[str, Any], receive: Receive) -> Any:
        if method.name == "getUpdates":
            return await self._get_updates(bot, method.read(given), receive)
        function = METHODS.get(method.name)
        if function is None:
            raise not_implemented(method.name)
        params = method.read(given)
        unsupported = UNSUPPORTED.get(method.name)
        if unsupported is not None and not unsupported.isdisjoint(params):
            raise not_implemented(f"{min(unsupported & params.keys())} of {method.name}")
        result = function(self._world, bot, params)
        if method.name in _SENDING:
            self._world.journal.sent += len(result) if isinstance(result, list) else 1
        elif method.name in _HOOKING:
            self._webhooks.look_after(bot)
        return result

    async def _get_updates(self, bot: Bot, params: dict[str, Any], receive: Receive) -> list[dict[str, Any]]:
        """https://core.telegram.org/bots/api#getupdates; limit and timeout are brought into their ranges, not refused.

        Telegram also slows down a bot that asks for the same offset over and over; the sandbox does not.
        """
        queue, now = bot.updates, self._world.now
        if queue.webhook is not None:
            raise ApiError(409, _WEBHOOK_ACTIVE)
        if "allowed_updates" in params:
            queue.allow(params["allowed_updates"])
        offset = params.get("offset", 0)
        limit = min(max(params.get("limit", MAX_UPDATES), 1), MAX_UPDATES)
        timeout = min(max(params.get("timeout", 0), 0), MAX_POLL_SECONDS)
        queue.end_poll()
        updates = queue.read(offset, limit, now())
        if updates or not timeout:
            return updates
        poll = queue.begin_poll()
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait((poll, gone), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if poll.done():
                poll.result()
            return queue.read(offset, limit, now())
        finally:
            gone.cancel()
            queue.forget_poll(poll)

    async def _obey(self, bot: Bot, answer: bytes) -> None:
        """Call the method that a webhook answered with, if it did; nobody hears what came of it.

        Source: https://core.telegram.org/bots/api#making-requests-when-getting-updates.
        """
        try:
            given = orjson.loads(answer)
        except orjson.JSONDecodeError:
            return
        name = given.pop("method", None) if isinstance(given, dict) else None
        method = self._methods.get(name.lower()) if isinstance(name, str) else None
        if method is None or method.name == "getUpdates":
            return
        try:
            await self._run(bot, method, given, _nothing)
            result = _Answer(OK, b"", None, given)
        except ApiError as error:
            result = _refusal(error, given)
        self._record(bot.token, method, result)

    def _record(self, token: str, method: Method | None, answer: _Answer, fault: str | None = None) -> None:
        bot_id = token.partition(":")[0]
        if method is not None and bot_id.isascii() and bot_id.isdigit():
            self._world.journal.record(
                int(bot_id),
                method.name,
                _as_number(answer.given.get("chat_id")),
                at=self._world.now(),
                status=answer.status,
                description=answer.description,
                fault=fault,
            )


def _as_number(chat_id: Any) -> Any:
    """A form has the chat's id as text."""
    return int(chat_id) if isinstance(chat_id, str) and _NUMBER.fullmatch(chat_id) else chat_id


def _refusal(error: ApiError, given: dict[str, Any]) -> _Answer:
    return _Answer(error.code, orjson.dumps(error.as_json()), error.description, given)


async def _respond(send: Send, answer: _Answer, content_type: bytes = _JSON) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _parameters(scope: Scope, receive: Receive) -> dict[str, Any]:
    """What a rule looks at; a request that cannot be read has nothing."""
    try:
        return await read_parameters(scope, receive)
    except ApiError:
        return {}


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that has been read once more."""
    waiting: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def read() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else await receive()

    return read


async def _delay(seconds: float, receive: Receive) -> None:
    """Wait; a client that hangs up ends it, so that nothing keeps the sandbox from stopping."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(_disconnected(receive), seconds)


async def _nothing() -> MutableMapping[str, Any]:
    """Receive as who has nobody at the other end."""
    return {"type": "http.disconnect"}


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
