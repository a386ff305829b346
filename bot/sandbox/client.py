"""The door for people: the page, JSON under /client and server-sent events (docs/sandbox.md).

The page may do anything to the sandbox, so nobody else's page may: requests are refused if they name another host (a
rebound DNS name) or, when they change something, come from another origin.
"""

import asyncio
import ipaddress
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.sandbox.api import Send
from bot.sandbox.chats import Chat
from bot.sandbox.control import ControlDoor
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import Faults
from bot.sandbox.forms import Receive, Scope
from bot.sandbox.groupdoor import GroupDoor
from bot.sandbox.groups import Seat
from bot.sandbox.inlinedoor import InlineDoor
from bot.sandbox.parcels import ParcelDoor
from bot.sandbox.replies import HEADERS, as_json, body, number, optional, route
from bot.sandbox.story import Story, StoryDoor
from bot.sandbox.world import World

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
_PING_SECONDS = 15.0
_BAD_REQUEST = re.compile(r"^Bad Request: ")


class ClientDoor:
    """Serves people from a world, as an ASGI application.

    Args:
        world: the state.
        faults: what goes wrong on purpose, which /control changes.
        story: what the page offers and tells.
        listen_host: the host that the server was told to listen on, which pages may name besides this machine.
    """

    def __init__(self, world: World, faults: Faults, story: Story, listen_host: str) -> None:
        self._world = world
        self._listen_host = listen_host.lower()
        chat = "/client/accounts/{account:int}/chats/{peer}"
        self._app = Starlette(
            routes=[
                route("/", self._index),
                route("/favicon.ico", self._no_icon),
                route("/client/bots", self._bots),
                route("/client/accounts", self._accounts),
                route("/client/accounts", self._add_account, "POST"),
                route("/client/accounts/{account:int}/chats", self._chats),
                route(chat, self._chat),
                route(f"{chat}/messages", self._say, "POST"),
                route(f"{chat}/presses", self._press, "POST"),
                route(f"{chat}/block", self._block, "POST"),
                route(f"{chat}/unblock", self._unblock, "POST"),
                route(f"{chat}/read", self._mark_read, "POST"),
                *GroupDoor(world).routes(),
                *ParcelDoor(world).routes(),
                *InlineDoor(world).routes(),
                *ControlDoor(world, faults).routes(),
                *StoryDoor(story).routes(),
                route("/client/events", self._events),
                route("/client/calls", self._calls),
                route("/{file}", self._page_file),
            ],
            exception_handlers={ApiError: _refused, HTTPException: _refused},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        app: Any = self._app
        if not self._is_known(headers.get(b"host", "")):
            app = as_json({"error": "The sandbox does not answer to this host name."}, 403)
        elif scope["method"] not in ("GET", "HEAD") and not _is_same_origin(headers):
            app = as_json({"error": "Another site's page may not use the sandbox."}, 403)
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
        return Response(status_code=204, headers=HEADERS)

    async def _page_file(self, request: Request) -> Response:
        name = request.path_params["file"]
        if not _PAGE_FILE.fullmatch(name):
            raise ApiError(404, "There is nothing here.")
        return _file(name)

    # ---- Accounts and chats

    async def _bots(self, _request: Request) -> Response:
        bots = self._world.bots.values()
        return as_json({"bots": [{"id": bot.id, "first_name": bot.name, "username": bot.username} for bot in bots]})

    async def _accounts(self, _request: Request) -> Response:
        """List who can be acted as; a crowd of thousands is not for people to choose from."""
        accounts = self._world.accounts.values()
        return as_json({"accounts": [account.for_people() for account in accounts if not account.is_in_crowd]})

    async def _add_account(self, request: Request) -> Response:
        given = await body(request)
        fields = {name: optional(given, name, str) for name in ("first_name", "last_name", "username", "note")}
        account = self._world.add_account(
            first_name=fields["first_name"] or "",
            last_name=fields["last_name"],
            username=fields["username"],
            note=fields["note"],
            id=optional(given, "id", int),
        )
        return as_json(account.for_people(), 201)

    async def _chats(self, request: Request) -> Response:
        chats = []
        for chat in self._world.chats(request.path_params["account"]):
            last = chat.last()
            chats.append(
                {**chat.for_people(), "unread": chat.unread, "last": last.for_people() if last is not None else None}
            )
        return as_json({"chats": chats})

    async def _chat(self, request: Request) -> Response:
        chat = self._find(request)
        messages = [message.for_people() for message in chat.messages.values()]
        return as_json({**chat.for_people(), "commands": self._world.menu(chat), "messages": messages})

    # ---- What people do

    async def _say(self, request: Request) -> Response:
        chat, given = self._find(request), await body(request)
        text, sticker = optional(given, "text", str), optional(given, "sticker", str)
        if (text is None) == (sticker is None):
            raise ApiError(400, "A message has either a text or a sticker.")
        anonymous = optional(given, "anonymous", bool)
        if sticker is not None:
            message = self._world.say_sticker(chat, sticker, anonymous=anonymous)
        else:
            message = self._world.say(
                chat,
                text or "",
                optional(given, "entities", list),
                reply_to=optional(given, "reply_to", int),
                anonymous=anonymous,
            )
        return as_json({"message": message.for_people()}, 201)

    async def _press(self, request: Request) -> Response:
        chat, given = self._find(request), await body(request)
        message_id, data = optional(given, "message_id", int), optional(given, "data", str)
        if message_id is None or data is None:
            raise ApiError(400, "A press names a message_id and the data.")
        return as_json({"callback_query_id": self._world.press(chat, message_id, data)}, 202)

    async def _block(self, request: Request) -> Response:
        self._world.set_blocked(self._find(request), blocked=True)
        return as_json({})

    async def _unblock(self, request: Request) -> Response:
        self._world.set_blocked(self._find(request), blocked=False)
        return as_json({})

    async def _mark_read(self, request: Request) -> Response:
        self._find(request).unread = 0
        return as_json({})

    def _find(self, request: Request) -> Chat | Seat:
        return self._world.chat(request.path_params["account"], number(request.path_params["peer"], "peer"))

    # ---- What happens

    async def _events(self, request: Request) -> Response:
        account = self._world.account(number(request.query_params.get("account", ""), "account"))
        return StreamingResponse(self._told(account.id), headers=HEADERS, media_type="text/event-stream")

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
        return as_json({"calls": self._world.journal.after(number(request.query_params.get("after", "0"), "after"))})


def _is_same_origin(headers: dict[bytes, str]) -> bool:
    """Browsers name the origin with every request that changes something; programs that are none name nothing."""
    origin = headers.get(b"origin")
    if origin is None:
        return headers.get(b"sec-fetch-site", "none") in ("none", "same-origin")
    return origin.partition("://")[2].lower() == headers.get(b"host", "").lower()


async def _refused(_request: Request, error: Exception) -> Response:
    if isinstance(error, ApiError):
        said = _BAD_REQUEST.sub("", error.description)
        return as_json({"error": f"{said[0].upper()}{said[1:].rstrip('.')}."}, error.code)
    status = error.status_code if isinstance(error, HTTPException) else 500
    return as_json({"error": "There is nothing here." if status == 404 else "This is not possible here."}, status)  # noqa: PLR2004


def _file(name: str) -> Response:
    try:
        content = (_PAGE / name).read_bytes()
    except FileNotFoundError:
        raise ApiError(404, "There is nothing here.") from None
    return Response(content, headers=HEADERS, media_type=_TYPES[name.rpartition(".")[2]])
