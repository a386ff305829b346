"""Where the HTTP surface listens, and how long a connection may take over a request."""

import asyncio
import ipaddress
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.serving import serving

REQUEST_SECONDS = 30.0
"""From a connection's begin, or its last answer, to the next answer: who is slower, or sends drop by drop, is cut."""

KEEP_ALIVE_SECONDS = 5
CONNECTIONS_AT_MOST = 200
HEAD_BYTES = 16_384
PORT_AT_MOST = 65_535

BEYOND = (
    "{listen} is beyond this machine and not encrypted: put TLS or a reverse proxy in front, since tokens pass through"
    " (docs/intake.md)"
)

_ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\[\]:\s/]+):(?P<port>[0-9]{1,5})")


class ListenError(OSError):
    """The address cannot be had; the text names it, and says why."""


@dataclass(frozen=True, slots=True)
class Listen:
    """A host and a port."""

    host: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def warning(self) -> str:
        """What is dangerous about it, "" for an address on this machine."""
        return "" if self.is_local else BEYOND.format(listen=self)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_listen(text: str) -> Listen | None:
    """Read `host:port`, None for nothing.

    Raises:
        ValueError: it is neither, as the end of a sentence.
    """
    if not text.strip():
        return None
    found = _ADDRESS.fullmatch(text.strip())
    if found is None or int(found["port"]) > PORT_AT_MOST:
        raise ValueError("must be an address and a port, such as 127.0.0.1:8080, or nothing")
    return Listen(found["host"].strip("[]"), int(found["port"]))


class _Protocol(H11Protocol):
    """HTTP that waits for nobody for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def on_response_complete(self) -> None:
        self._deadline.cancel()
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._give_up)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        self.transport.abort()


@asynccontextmanager
async def http_served(app: Any, listen: Listen) -> AsyncIterator[str]:
    """Serve the surface for as long as the context lasts, and give its address.

    Raises:
        ListenError: the address cannot be had.
    """
    served = serving(
        app,
        host=listen.host,
        port=listen.port,
        protocol=_Protocol,
        has_lifespan=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        limit_concurrency=CONNECTIONS_AT_MOST,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(served)
        except OSError as error:
            raise ListenError(error.strerror or str(error)) from None
        yield address
