"""Serves the sandbox, whose faults may break off the connection that a request came on."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.serving import serving

CUT = "cut"
"""Under this name each request's `scope["state"]` has a function that resets its connection without an answer."""
_KEEP_ALIVE_SECONDS = 75
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time to linger: a close becomes a reset


class _Protocol(H11Protocol):
    """HTTP whose application may break off the connection that its request came on."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, CUT: self._cut}

    def _cut(self) -> None:
        connection = self.transport.get_extra_info("socket")
        if connection is not None and not self.transport.is_closing():
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()


@asynccontextmanager
async def serve(app: Any, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve the sandbox for as long as the context lasts; see `bot.serving.serving`."""
    async with serving(
        app, host=host, port=port, protocol=_Protocol, has_lifespan=True, timeout_keep_alive=_KEEP_ALIVE_SECONDS
    ) as address:
        yield address
