"""A raw server in Telegram's place: it answers every request with the bytes that a test gives it."""

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ssl import SSLContext

from telegram.ext import ExtBot

from bot.telegram.request import AiohttpRequest

TOKEN = "123456:token-of-the-tests-AAAAAAAAAAAAAAAA"
BOT = 123456
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def http_answer(status: int, body: bytes, *, length: int | None = None) -> bytes:
    """Make an HTTP answer; a length that is not the body's makes it one that breaks off."""
    return b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        status,
        len(body) if length is None else length,
        body,
    )


class Line:
    """What stands in Telegram's place.

    Attributes:
        answer: written for every request.
        hangs_up: whether the connection is closed after the answer.
        requests: the first line and the body of each request.
        came: set at every request.
        callers: the address of everybody who connected.
    """

    def __init__(self) -> None:
        self.answer = b""
        self.hangs_up = True
        self.requests: list[tuple[str, bytes]] = []
        self.came = asyncio.Event()
        self.callers: list[object] = []
        self.address = ""
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def send_message(self) -> str:
        """The address of the method sendMessage."""
        return f"{self.address}/bot{TOKEN}/sendMessage"

    @asynccontextmanager
    async def open(self, tls: SSLContext | None = None) -> AsyncIterator["Line"]:
        """Listen on a free port, over TLS if there is something to prove who it is."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=tls)
        scheme = "https" if tls else "http"
        self.address = "{}://{}:{}".format(scheme, *server.sockets[0].getsockname())
        try:
            yield self
        finally:
            server.close()
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    async def hang_up(self) -> None:
        """Close every connection, and wait until that is done."""
        for connection in self._connections:
            connection.cancel()
        await self.all_left()

    async def all_left(self) -> None:
        """Return when no connection is open any more."""
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.callers.append(writer.get_extra_info("peername"))
        connection = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                self.requests.append((head.decode().partition("\r\n")[0], body))
                self.came.set()
                writer.write(self.answer)
                if self.hangs_up:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def bot_at(address: str) -> AsyncIterator[ExtBot[None]]:
    """Make the library's bot over our connections, without asking who it is."""
    requests = [AiohttpRequest(connections=4), AiohttpRequest(connections=2, answer_seconds=35)]
    bot: ExtBot[None] = ExtBot(TOKEN, base_url=f"{address}/bot", request=requests[0], get_updates_request=requests[1])
    async with requests[0], requests[1]:
        yield bot
