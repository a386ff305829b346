"""Posts bytes that are ready over aiohttp's connections, without its request objects (docs/decisions/0026).

For each message `ClientSession.request` builds an address, headers, a body writer, timers and a response: five sixths
of what a message costs. Here the head is put together once for each method. aiohttp finds addresses, connects and
speaks TLS; a connection, once there, is kept by a `_Line`, which writes a request and lets httptools read the answer.
"""

import asyncio
from dataclasses import dataclass

import aiohttp
import httptools
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from yarl import URL

FIRST_FINAL_STATUS = 200
KEPT_SECONDS = 15.0
"""How long a connection may lie idle and be used again; whoever is at its other end may have forgotten it later."""

ANSWER_BYTES = 2**20
"""The longest answer that is read; the Bot API's to a message are a thousandth of it."""

FRAMING = frozenset((b"content-length", b"transfer-encoding"))
"""The headers that say where an answer ends; one without ends with its connection (RFC 9112, section 6.3)."""


class _Line(asyncio.Protocol):
    """A connection that is kept: one request at a time is written to it, and its answer read.

    Args:
        connection: aiohttp's hold on it.
        transport: what is written to.
        handler: aiohttp's side of it, which hears no more than that the connection is lost.
    """

    def __init__(self, connection: Connection, transport: asyncio.Transport, handler: ResponseHandler) -> None:
        self._idle_since = 0.0
        self._is_open = True
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._transport = transport
        self._handler = handler
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._body = b""
        self._is_framed = self._ends_with_connection = False
        transport.set_protocol(self)

    async def exchange(self, written: bytes, answer_seconds: float) -> tuple[int, bytes]:
        """Write a request; give the status and the content of its answer."""
        answer: asyncio.Future[tuple[int, bytes]] = self._loop.create_future()
        self._answer = answer
        self._transport.write(written)
        timer = self._loop.call_later(answer_seconds, self._give_up)
        try:
            return await answer
        finally:
            timer.cancel()

    def is_usable(self) -> bool:
        """Tell whether the next request may be written: it is open and did not lie idle for too long."""
        return (
            self._is_open and not self._transport.is_closing() and self._loop.time() - self._idle_since < KEPT_SECONDS
        )

    def close(self) -> None:
        """Hang up."""
        self._break(aiohttp.ServerDisconnectedError())

    def data_received(self, data: bytes) -> None:
        """Read what came; what is no HTTP ends the connection."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._break(aiohttp.ClientPayloadError(f"the answer is no HTTP: {type(error).__name__}"))

    def on_message_begin(self) -> None:
        """Take no answer that nobody asked for: it would pass for that to the next request; httptools calls it."""
        self._ends_with_connection = False
        self._is_framed = False
        if self._answer is None:
            self.close()

    def on_header(self, name: bytes, _value: bytes) -> None:
        """Note that the answer says where it ends; httptools calls it."""
        if name.lower() in FRAMING:
            self._is_framed = True

    def on_headers_complete(self) -> None:
        """Know how the answer ends; httptools calls it."""
        self._ends_with_connection = not self._is_framed

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the answer; httptools calls it."""
        self._body += body
        if len(self._body) > ANSWER_BYTES:
            self._break(aiohttp.ClientPayloadError("the answer is too long"))

    def on_message_complete(self) -> None:
        """Hand the answer over, unless it only says that one will come; httptools calls it."""
        status, content, self._body = self._parser.get_status_code(), self._body, b""
        if status < FIRST_FINAL_STATUS or self._answer is None:
            return
        answer, self._answer = self._answer, None
        self._idle_since = self._loop.time()
        if not answer.done():
            answer.set_result((status, content))
        if not self._parser.should_keep_alive():
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits, and aiohttp, whose connection it was; an answer of no length is whole by that."""
        if exc is None and self._ends_with_connection:
            self.on_message_complete()
        self._handler.connection_lost(exc)
        self.close()

    def _give_up(self) -> None:
        self._break(aiohttp.ServerTimeoutError("no answer in time"))

    def _break(self, error: aiohttp.ClientError) -> None:
        self._is_open = False
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)
        self._connection.close()


@dataclass(frozen=True, slots=True)
class _Target:
    """Where to post.

    Attributes:
        request: what aiohttp's connector wants to know.
        head: the request's head up to the length of the body.
        idle: the connections to its server that nobody uses now, the last used last.
    """

    request: ClientRequest
    head: bytes
    idle: list[_Line]


class Wire:
    """A way to post, over connections that are kept.

    Args:
        session: whose connector opens them, as it does for other requests; whoever opened it closes it.
        connections: how many there may be at once.
        connect_seconds: how long opening one may take.
        answer_seconds: how long the whole answer may take.
    """

    def __init__(
        self, session: aiohttp.ClientSession, connections: int, connect_seconds: float, answer_seconds: float
    ) -> None:
        self._session = session
        self._room = asyncio.Semaphore(connections)
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_seconds)
        self._answer_seconds = answer_seconds
        self._targets: dict[str, _Target] = {}
        self._idle: dict[object, list[_Line]] = {}

    async def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Post one JSON body; give the status and the content of the answer.

        Raises:
            aiohttp.ConnectionTimeoutError: no connection was had in time; nothing was written.
            aiohttp.ClientConnectorError: no connection was had; nothing was written.
            aiohttp.ClientError: it was written, and no whole answer came.
        """
        target = self._targets.get(url) or self._aim(url)
        async with self._room:
            line, answer = self._kept(target) or await self._open(target), None
            try:
                answer = await line.exchange(target.head + b"%d\r\n\r\n%b" % (len(body), body), self._answer_seconds)
            finally:
                if answer is None:  # whatever happened: an answer that still comes must not meet the next request
                    line.close()
            target.idle.append(line)
        return answer

    def close(self) -> None:
        """Hang up wherever nothing is under way."""
        for lines in self._idle.values():
            while lines:
                lines.pop().close()

    @staticmethod
    def _kept(target: _Target) -> _Line | None:
        """Give the connection that was used last; one that has lain too long is closed."""
        while target.idle:
            line = target.idle.pop()
            if line.is_usable():
                return line
            line.close()
        return None

    async def _open(self, target: _Target) -> _Line:
        connector = self._session.connector
        if connector is None or connector.closed:
            raise aiohttp.ConnectionTimeoutError("the connections are closed")
        try:
            connection = await connector.connect(target.request, [], self._timeout)
        except TimeoutError:
            raise aiohttp.ConnectionTimeoutError("no connection in time") from None
        transport, handler = connection.transport, connection.protocol
        if transport is None or handler is None:
            connection.close()
            raise aiohttp.ConnectionTimeoutError("the connection was closed at once")
        return _Line(connection, transport, handler)

    def _aim(self, url: str) -> _Target:
        """Put the head of an address together; there are as many as methods are used."""
        address = URL(url)
        request = ClientRequest("POST", address, loop=asyncio.get_running_loop(), session=self._session)
        lines = (
            f"POST {address.raw_path} HTTP/1.1",
            f"Host: {request.headers['Host']}",
            "Content-Type: application/json",
            "Content-Length: ",
        )
        idle = self._idle.setdefault(request.connection_key, [])
        target = self._targets[url] = _Target(request, "\r\n".join(lines).encode("ascii"), idle)
        return target
