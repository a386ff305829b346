"""Posts bytes that are ready over aiohttp's connections, without its request objects (docs/decisions/0026).

For each message `ClientSession.request` builds an address, headers, a body writer, timers and a response, which is
three quarters of what a message costs. Here the head is put together once for each method, and aiohttp does the rest:
names and addresses, TLS, keep-alive, the bound on connections, and the reading of answers.
"""

import asyncio
from dataclasses import dataclass

import aiohttp
from aiohttp.client_reqrep import ClientRequest
from yarl import URL

FIRST_FINAL_STATUS = 200


@dataclass(frozen=True, slots=True)
class _Target:
    """Where to post: what aiohttp's connector wants to know, and the head up to the length of the body."""

    request: ClientRequest
    head: bytes


class Wire:
    """A way to post on the connections of a session.

    Args:
        session: whose connector is used; whoever opened it closes it.
        connect_seconds: how long a connection may be waited for.
        answer_seconds: how long the whole answer may take.
    """

    def __init__(self, session: aiohttp.ClientSession, connect_seconds: float, answer_seconds: float) -> None:
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_seconds)
        self._answer_seconds = answer_seconds
        self._targets: dict[str, _Target] = {}

    async def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Post one JSON body; give the status and the content of the answer.

        Raises:
            aiohttp.ConnectionTimeoutError: no connection was free in time; nothing was written.
            aiohttp.ClientConnectorError: no connection was had; nothing was written.
            aiohttp.ClientError: it was written, and no whole answer came.
        """
        target = self._targets.get(url) or self._aim(url)
        connector = self._session.connector
        if connector is None or connector.closed:
            raise aiohttp.ConnectionTimeoutError("the connections are closed")
        try:
            connection = await connector.connect(target.request, [], self._timeout)
        except TimeoutError:
            raise aiohttp.ConnectionTimeoutError("no connection in time") from None
        answer = None
        try:
            answer = await self._exchange(connection, target.head + b"%d\r\n\r\n%b" % (len(body), body))
        finally:
            if answer is None:  # whatever happened: an answer that still comes must not meet the next request
                connection.close()
        connection.release()
        return answer

    async def _exchange(self, connection: aiohttp.connector.Connection, written: bytes) -> tuple[int, bytes]:
        protocol = connection.protocol
        if protocol is None or protocol.transport is None:
            raise aiohttp.ServerDisconnectedError
        protocol.set_response_params()
        protocol.transport.write(written)
        try:
            async with asyncio.timeout(self._answer_seconds):
                message, payload = await protocol.read()
                while message.code < FIRST_FINAL_STATUS:
                    message, payload = await protocol.read()
                return message.code, await payload.read()
        except TimeoutError:
            raise aiohttp.ServerTimeoutError("no answer in time") from None
        except aiohttp.http_exceptions.HttpProcessingError as error:
            raise aiohttp.ClientPayloadError(f"the answer is no HTTP: {type(error).__name__}") from None

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
        target = self._targets[url] = _Target(request, "\r\n".join(lines).encode("ascii"))
        return target
