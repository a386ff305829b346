"""A bad line between the bot and the sandbox: it passes everything on, and loses the answers that a test wants lost."""

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


class Lossy:
    """Stands in front of a Bot API server.

    Attributes:
        drops: chats to which the next sendMessage is carried out and its answer lost; each is taken out when it was.
        faults: the same, but the answer becomes a 502.
        is_down: every request is turned away with a 503 before it reaches the server.
        way_is_free: while it is not set, edits of messages wait here.
    """

    def __init__(self) -> None:
        self.drops: set[int] = set()
        self.faults: set[int] = set()
        self.is_down = False
        self.way_is_free = asyncio.Event()
        self.way_is_free.set()
        self._connections: set[asyncio.Task[None]] = set()
        self._host, self._port = "", 0

    @asynccontextmanager
    async def in_front_of(self, address: str) -> AsyncIterator[str]:
        """Serve on a free port, and give the address."""
        behind = urlsplit(address)
        self._host, self._port = str(behind.hostname), behind.port or 0
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield "http://{}:{}".format(*server.sockets[0].getsockname())
        finally:
            server.close()
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        connection = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        answers, requests = await asyncio.open_connection(self._host, self._port)
        try:
            while request := await _message(reader):
                if self.is_down:
                    writer.write(UNAVAILABLE)
                    continue
                if b"/editMessageText HTTP" in request:
                    await self.way_is_free.wait()
                requests.write(request)
                answer = await _unless_gone(reader, answers)
                chat = self._picked(request)
                if not answer or chat in self.drops:
                    self.drops.discard(chat)
                    return
                writer.write(BAD_GATEWAY if chat in self.faults else answer)
                self.faults.discard(chat)
        except ConnectionError:
            return
        finally:
            writer.close()
            requests.close()

    def _picked(self, request: bytes) -> int:
        """Name the chat whose answer is to be lost, 0 for none."""
        chats = self.drops | self.faults if b"/sendMessage HTTP" in request else set()
        return next((chat for chat in chats if b'"chat_id":%d,' % chat in request), 0)


async def _unless_gone(asker: StreamReader, answers: StreamReader) -> bytes:
    """Wait for the answer, or until who asked has hung up."""
    answer, gone = asyncio.create_task(_message(answers)), asyncio.create_task(asker.read(1))
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        return answer.result() if answer.done() else b""
    finally:
        answer.cancel()
        gone.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)


async def _message(reader: StreamReader) -> bytes:
    """Read one HTTP message with its body, b"" at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        return head + (await reader.readexactly(int(length[1])) if length else b"")
    except asyncio.IncompleteReadError:
        return b""
