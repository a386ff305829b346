"""A static Bot API server: it answers at once what a bot needs to run, and every message with the same one.

It is the other end of every measurement, so it does as little as can be: HTTP/1.1 with keep-alive on bare protocols,
answers put together from prepared bytes. The sandbox checks what is sent, and would be what is measured.

Side doors, for the benchmark alone: `/reset`, `/count`, `/figures`, `/ask`.
"""

import asyncio
import re
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import uvloop

from benchmarks.arrivals import Arrivals
from benchmarks.machine import arguments

ALL_CHATS = 2**53
POLL_SECONDS = 25.0
ASK_SECONDS = 60.0
"""How long an answer to a command is waited for."""

METHOD = re.compile(rb"(?:POST|GET) (?:/bot[^/ ]+)?(/?[^ ]*) HTTP/1\.1\r\n")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHAT = re.compile(rb'chat_id(?:" *: *"?|=)(-?\d+)')
OFFSET = re.compile(rb'offset(?:" *: *"?|=)(\d+)')

HEAD = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
STORED = (
    b'{"ok":true,"result":{"message_id":%d,"from":{"id":123456,"is_bot":true,"first_name":"Cascade","username":'
    b'"cascade_bot"},"chat":{"id":%d,"first_name":"Contact","type":"private"},"date":1795500000,"text":"'
    + b"Police are dealing with an incident. Keep staff and visitors inside. "
    * 7
    + b'","entities":[{"offset":0,"length":20,"type":"bold"},{"offset":21,"length":40,"type":"italic"}],"reply_markup":'
    b'{"inline_keyboard":[[{"text":"How to report","callback_data":"cmd:report"},'
    b'{"text":"Threat level now","callback_data":"cmd:threat"}]]}}}'
)
ME = b'{"ok":true,"result":{"id":123456,"is_bot":true,"first_name":"Cascade","username":"cascade_bot"}}'
YES = b'{"ok":true,"result":true}'
TOO_MANY = (
    b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}'
)


class Answerer:
    """What all connections share: the figures, the latency, and the updates that wait to be fetched."""

    def __init__(self) -> None:
        self.arrivals = Arrivals()
        self.latency_seconds = 0.0
        self.connections: set[int] = set()
        self._updates: deque[bytes] = deque()
        self._poll: Callable[[bytes], None] | None = None
        self._asked: dict[int, tuple[float, Callable[[bytes], None]]] = {}
        self._numbers = 0

    def reset(self, limit: int | None, latency_seconds: float) -> None:
        """Begin a run: forget what came, and take these settings."""
        self.arrivals = Arrivals(limit)
        self.latency_seconds = latency_seconds
        self.connections.clear()

    def stored(self, body: bytes, now: float) -> tuple[bytes, bytes]:
        """Give the status and the answer to a new message."""
        found = CHAT.search(body)
        chat_id = int(found[1]) if found else 0
        if not self.arrivals.admit(chat_id, now):
            return b"429 Too Many Requests", TOO_MANY
        if self._asked and chat_id in self._asked:
            asked_at, tell = self._asked.pop(chat_id)
            tell(b'{"asked":%.6f,"seconds":%.6f}' % (asked_at, now - asked_at))
        return b"200 OK", STORED % (len(self.arrivals), chat_id)

    def poll(self, body: bytes, answer: Callable[[bytes], None]) -> None:
        """Answer `getUpdates` when there is an update, or after the time of a long poll."""
        found = OFFSET.search(body)
        offset = int(found[1]) if found else 0
        while self._updates and int(self._updates[0][13 : self._updates[0].index(b",")]) < offset:
            self._updates.popleft()
        if self._updates:
            answer(self._waiting())
            return
        self._poll = answer
        asyncio.get_running_loop().call_later(POLL_SECONDS, self._end_poll, answer)

    def ask(self, chat_id: int, text: str, answer: Callable[[bytes], None]) -> None:
        """Let a person write to the bot; the answer tells when, and after how long the bot's own message came."""
        self._numbers += 1
        person = {"id": chat_id, "is_bot": False, "first_name": "Contact"}
        message: dict[str, Any] = {
            "message_id": self._numbers,
            "from": person,
            "chat": {"id": chat_id, "first_name": "Contact", "type": "private"},
            "date": int(time.time()),
            "text": text,
        }
        if text.startswith("/"):
            message["entities"] = [{"offset": 0, "length": len(text), "type": "bot_command"}]
        self._updates.append(orjson.dumps({"update_id": self._numbers, "message": message}))
        self._asked[chat_id] = (time.monotonic(), answer)
        asyncio.get_running_loop().call_later(ASK_SECONDS, self._give_up, chat_id, answer)
        if self._poll is not None:
            told, self._poll = self._poll, None
            told(self._waiting())

    def _waiting(self) -> bytes:
        return b'{"ok":true,"result":[' + b",".join(self._updates) + b"]}"

    def _end_poll(self, answer: Callable[[bytes], None]) -> None:
        if self._poll is answer:
            self._poll = None
            answer(b'{"ok":true,"result":[]}')

    def _give_up(self, chat_id: int, answer: Callable[[bytes], None]) -> None:
        if self._asked.get(chat_id, (0.0, None))[1] is answer:
            del self._asked[chat_id]
            answer(b'{"asked":0,"seconds":null}')


class Connection(asyncio.Protocol):
    """One connection: requests may come one behind the other, and are answered in their order."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._buffer = b""
        self._slots: deque[list[bytes]] = deque()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Answer nothing more."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Handle every request that has come whole."""
        now = time.monotonic()
        buffer = self._buffer + data if self._buffer else data
        while (end := buffer.find(b"\r\n\r\n") + 4) > 3:  # noqa: PLR2004 - found, so the head is whole
            length = LENGTH.search(buffer, 0, end)
            whole = end + (int(length[1]) if length else 0)
            if len(buffer) < whole:
                break
            self._handle(buffer[:end], buffer[end:whole], now)
            buffer = buffer[whole:]
        self._buffer = buffer

    def _handle(self, head: bytes, body: bytes, now: float) -> None:
        found = METHOD.match(head)
        method = found[1].lower() if found else b""
        slot: list[bytes] = []
        self._slots.append(slot)
        answerer = self._answerer
        if method.startswith(b"/send") and method != b"/sendchataction":
            answerer.connections.add(id(self))
            status, content = answerer.stored(body, now)
            if answerer.latency_seconds:
                loop = asyncio.get_running_loop()
                loop.call_later(answerer.latency_seconds, self._fill, slot, content, status)
            else:
                self._fill(slot, content, status)
        elif method == b"/getupdates":
            answerer.poll(body, lambda content: self._fill(slot, content))
        elif method == b"/getme":
            self._fill(slot, ME)
        elif found and not head.startswith((b"POST /bot", b"GET /bot")):
            self._side_door(found[1].decode(), slot)
        else:
            self._fill(slot, YES)

    def _side_door(self, target: str, slot: list[bytes]) -> None:
        parts = urlsplit(target)
        asked = dict(parse_qsl(parts.query))
        answerer = self._answerer
        match parts.path:
            case "/reset":
                limit = int(asked["limit"]) if "limit" in asked else None
                answerer.reset(limit, float(asked.get("latency", "0")))
                self._fill(slot, YES)
            case "/count":
                self._fill(slot, b"%d" % len(answerer.arrivals))
            case "/figures":
                marks = tuple(int(mark) for mark in asked.get("marks", "").split(",") if mark)
                low, high = int(asked.get("low", -ALL_CHATS)), int(asked.get("high", ALL_CHATS))
                figures = answerer.arrivals.figures(low, high, marks)
                self._fill(slot, orjson.dumps(figures | {"connections": len(answerer.connections)}))
            case "/ask":
                answerer.ask(int(asked["chat_id"]), asked["text"], lambda content: self._fill(slot, content))
            case _:
                self._fill(slot, b"{}", b"404 Not Found")

    def _fill(self, slot: list[bytes], content: bytes, status: bytes = b"200 OK") -> None:
        """Give an answer, and write what is ready in the order of the requests."""
        slot.append(HEAD % (status, len(content)) + content)
        if self._transport is None:
            return
        ready = []
        while self._slots and self._slots[0]:
            ready += self._slots.popleft()
        if ready:
            self._transport.write(b"".join(ready))


async def serve() -> None:
    """Listen on a free port of this machine, print it, and serve until standard input ends."""
    answerer = Answerer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answerer), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    arguments()
    uvloop.run(serve())
