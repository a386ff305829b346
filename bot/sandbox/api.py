"""The door for bots: the Bot API over HTTP at `/bot<token>/<method>`.

An ASGI application of its own without routes or middleware, because a broadcast comes through here a thousand times a
second.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from bot.sandbox.errors import ApiError, not_implemented
from bot.sandbox.forms import Receive, Scope, read_parameters
from bot.sandbox.methods import METHODS, UNSUPPORTED
from bot.sandbox.people import Bot
from bot.sandbox.rules import MAX_POLL_SECONDS, MAX_UPDATES
from bot.sandbox.spec import Method, load_methods
from bot.sandbox.world import World

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

OK = 200
PREFIX = "/bot"
_NUMBER = re.compile(r"-?[0-9]{1,19}")
_JSON = (b"content-type", b"application/json")


class BotApi:
    """Answers Bot API requests from a world.

    Args:
        world: the state that the methods read and change.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._methods = load_methods()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request whose path starts with `PREFIX`."""
        token, _, name = scope["path"][len(PREFIX) :].partition("/")
        method = self._methods.get(name.lower())
        given: dict[str, Any] = {}
        status, description = OK, None
        try:
            bot, known = self._find(scope, token, method)
            given = await read_parameters(scope, receive)
            result = await self._run(bot, known, given, receive)
            body = b'{"ok":true,"result":' + orjson.dumps(result) + b"}"
        except ApiError as error:
            status, description = error.code, error.description
            body = orjson.dumps(error.as_json())
        if method is not None:
            self._record(token, method, given, status, description)
        headers = [_JSON, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

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
        return function(self._world, bot, params)

    async def _get_updates(self, bot: Bot, params: dict[str, Any], receive: Receive) -> list[dict[str, Any]]:
        """https://core.telegram.org/bots/api#getupdates; limit and timeout are brought into their ranges, not refused.

        Telegram also slows down a bot that asks for the same offset over and over; the sandbox does not.
        """
        queue, now = bot.updates, self._world.now
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

    def _record(self, token: str, method: Method, given: dict[str, Any], status: int, description: str | None) -> None:
        bot_id = token.partition(":")[0]
        if bot_id.isascii() and bot_id.isdigit():
            self._world.journal.record(
                int(bot_id),
                method.name,
                _as_number(given.get("chat_id")),
                at=self._world.now(),
                status=status,
                description=description,
            )


def _as_number(chat_id: Any) -> Any:
    """A form has the chat's id as text."""
    return int(chat_id) if isinstance(chat_id, str) and _NUMBER.fullmatch(chat_id) else chat_id


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
