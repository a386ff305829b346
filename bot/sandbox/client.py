"""The door for people: the page, JSON under /client and server-sent events (docs/sandbox.md).

The page may do anything to the sandbox, so nobody else's page may: requests are refused if they name another host (a
rebound DNS name) or, when they change something, come from another origin.
"""

import asyncio
import ipaddress
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.sandbox.api import Send
from bot.sandbox.chats import Chat
from bot.sandbox.errors import ApiError
from bot.sandbox.forms import Receive, Scope
from bot.sandbox.world import World

Handler = Callable[[Request], Awaitable[Response]]

_PAGE = Path(__file__).with_name("page")
_PAGE_FILE = re.compile(r"[A-Za-z0-9_-]+\.(css|js|svg|png|ico)")
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_PING_SECONDS = 15.0
_BAD_REQUEST = re.compile(r"^Bad Request: ")


class ClientDoor:
    """Serves people from a world, as an ASGI application.

    Args:
        world: the state.
        listen_host: the host that the server was told to listen on, which pages may name besides this machine.
    """

    def __init__(self, world: World, listen_host: str) -> None:
        self._world = world
        self._listen_host = listen_host.lower()
        chat = "/client/accounts/{account:int}/chats/{peer}"
        self._app = Starlette(
            routes=[
                _route("/", self._index),
                _route("/favicon.ico", self._no_icon),
                _route("/client/bots", self._bots),
                _route("/client/accounts", self._accounts),
                _route("/client/accounts", self._add_account, "POST"),
                _route("/client/accounts/{account:int}/chats", self._chats),
                _route(chat, self._chat),
                _route(f"{chat}/messages", self._say, "POST"),
                _route(f"{chat}/presses", self._press, "POST"),
                _route(f"{chat}/block", self._block, "POST"),
                _route(f"{chat}/unblock", self._unblock, "POST"),
                _route(f"{chat}/read", self._mark_read, "POST"),
                _route("/client/events", self._events),
                _route("/client/calls", self._calls),
                _route("/{file}", self._page_file),
            ],
            exception_handlers={ApiError: _refused, HTTPException: _refused},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        app: Any = self._app
        if not self._is_known(headers.get(b"host", "")):
            app = _json({"error": "The sandbox does not answer to this host name."}, 403)
        elif scope["method"] not in ("GET", "HEAD") and not _is_same_origin(headers):
            app = _json({"error": "Another site's page may not use the sandbox."}, 403)
        await app(scope, receive, send)

    def _is_known(self, host: str) -> bool:
        match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]]+))(?::\d+)?", host)
        if match is None:
            return False
        name = (match[1] or match[2]).lower()
        if name in ("localhost", self._listen_host):
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False

    # ---- The page

    async def _index(self, _request: Request) -> Response:
        return _file("index.html")

    async def _no_icon(self, _request: Request) -> Response:
        return Response(status_code=204, headers=_HEADERS)

    async def _page_file(self, request: Request) -> Response:
        name = request.path_params["file"]
        if not _PAGE_FILE.fullmatch(name):
            raise ApiError(404, "There is nothing here.")
        return _file(name)

    # ---- Accounts and chats

    async def _bots(self, _request: Request) -> Response:
        bots = self._world.bots.values()
        return _json({"bots": [{"id": bot.id, "first_name": bot.name, "username": bot.username} for bot in bots]})

    async def _accounts(self, _request: Request) -> Response:
        return _json({"accounts": [account.for_people() for account in self._world.accounts.values()]})

    async def _add_account(self, request: Request) -> Response:
        given = await _body(request)
        fields = {name: _optional(given, name, str) for name in ("first_name", "last_name", "username", "note")}
        account = self._world.add_account(
            first_name=fields["first_name"] or "",
            last_name=fields["last_name"],
            username=fields["username"],
            note=fields["note"],
            id=_optional(given, "id", int),
        )
        return _json(account.for_people(), 201)

    async def _chats(self, request: Request) -> Response:
        chats = []
        for chat in self._world.chats(request.path_params["account"]):
            last = chat.last()
            chats.append(
                {**chat.for_people(), "unread": chat.unread, "last": last.for_people() if last is not None else None}
            )
        return _json({"chats": chats})

    async def _chat(self, request: Request) -> Response:
        chat = self._find(request)
        messages = [message.for_people() for message in chat.messages.values()]
        return _json({**chat.for_people(), "commands": self._world.menu(chat), "messages": messages})

    # ---- What people do

    async def _say(self, request: Request) -> Response:
        chat, given = self._find(request), await _body(request)
        text, sticker = _optional(given, "text", str), _optional(given, "sticker", str)
        if (text is None) == (sticker is None):
            raise ApiError(400, "A message has either a text or a sticker.")
        if sticker is not None:
            message = self._world.say_sticker(chat, sticker)
        else:
            message = self._world.say(chat, text or "", _optional(given, "entities", list))
        return _json({"message": message.for_people()}, 201)

    async def _press(self, request: Request) -> Response:
        chat, given = self._find(request), await _body(request)
        message_id, data = _optional(given, "message_id", int), _optional(given, "data", str)
        if message_id is None or data is None:
            raise ApiError(400, "A press names a message_id and the data.")
        return _json({"callback_query_id": self._world.press(chat, message_id, data)}, 202)

    async def _block(self, request: Request) -> Response:
        self._world.set_blocked(self._find(request), blocked=True)
        return _json({})

    async def _unblock(self, request: Request) -> Response:
        self._world.set_blocked(self._find(request), blocked=False)
        return _json({})

    async def _mark_read(self, request: Request) -> Response:
        self._find(request).unread = 0
        return _json({})

    def _find(self, request: Request) -> Chat:
        return self._world.chat(request.path_params["account"], _number(request.path_params["peer"], "peer"))

    # ---- What happens

    async def _events(self, request: Request) -> Response:
        account = self._world.account(_number(request.query_params.get("account", ""), "account"))
        return StreamingResponse(self._told(account.id), headers=_HEADERS, media_type="text/event-stream")

    async def _told(self, account_id: int) -> AsyncIterator[bytes]:
        stream = self._world.events.follow(account_id)
        try:
            yield b": connected\n\n"
            while True:
                try:
                    event = await asyncio.wait_for(stream.waiting.get(), _PING_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if event is None:
                    return
                yield b"event: " + event[0].encode() + b"\ndata: " + orjson.dumps(event[1]) + b"\n\n"
        finally:
            self._world.events.unfollow(stream)

    async def _calls(self, request: Request) -> Response:
        return _json({"calls": self._world.journal.after(_number(request.query_params.get("after", "0"), "after"))})


def _route(path: str, handler: Handler, method: str = "GET") -> Route:
    return Route(path, handler, methods=[method])


def _is_same_origin(headers: dict[bytes, str]) -> bool:
    """Browsers name the origin with every request that changes something; programs that are none name nothing."""
    origin = headers.get(b"origin")
    if origin is None:
        return headers.get(b"sec-fetch-site", "none") in ("none", "same-origin")
    return origin.partition("://")[2].lower() == headers.get(b"host", "").lower()


async def _refused(_request: Request, error: Exception) -> Response:
    if isinstance(error, ApiError):
        said = _BAD_REQUEST.sub("", error.description)
        return _json({"error": f"{said[0].upper()}{said[1:].rstrip('.')}."}, error.code)
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _json({"error": "There is nothing here." if status == 404 else "This is not possible here."}, status)  # noqa: PLR2004


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, _HEADERS, "application/json")


def _file(name: str) -> Response:
    try:
        content = (_PAGE / name).read_bytes()
    except FileNotFoundError:
        raise ApiError(404, "There is nothing here.") from None
    return Response(content, headers=_HEADERS, media_type=_TYPES[name.rpartition(".")[2]])


def _number(given: str, name: str) -> int:
    try:
        return int(given)
    except ValueError:
        raise ApiError(400, f"The {name} is not a number.") from None


async def _body(request: Request) -> dict[str, Any]:
    try:
        given = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise ApiError(400, "The body has to be a JSON object.")
    return given


def _optional(given: dict[str, Any], name: str, kind: type[Any]) -> Any:
    value = given.get(name)
    if value is not None and type(value) is not kind:
        raise ApiError(400, f"The field {name} is of the wrong type.")
    return value
