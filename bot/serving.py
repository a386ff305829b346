"""Runs an ASGI application inside the event loop that is there already: the sandbox's, and our own HTTP surface."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

_TICK_SECONDS = 1.0
_GRACE_SECONDS = 1.0
_BACKLOG = 2048


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers, and stopping at once.

    At the end every connection is closed under its request, which the application sees as a disconnected client:
    streams and long polls have no other way of ending.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stop = asyncio.Event()
        self.is_up = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stop.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            transport: asyncio.Transport = connection.transport
            transport.close()
        await asyncio.sleep(0)
        if self.server_state.tasks:
            _, late = await asyncio.wait(self.server_state.tasks, timeout=_GRACE_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        await self.lifespan.shutdown()


@asynccontextmanager
async def serving(
    app: Any, *, host: str, port: int, protocol: type[H11Protocol], has_lifespan: bool, **options: Any
) -> AsyncIterator[str]:
    """Serve an ASGI application for as long as the context lasts.

    Args:
        app: the application.
        host: the address to listen on.
        port: the port, 0 for a free one.
        protocol: how a connection is spoken on.
        has_lifespan: whether the application wants to hear of start and end.
        options: more of uvicorn's.

    Yields:
        The base address, such as http://127.0.0.1:40123.

    Raises:
        OSError: the address cannot be had, in words that name it.
    """
    listener = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        app,
        http=protocol,
        proxy_headers=False,
        log_config=None,
        access_log=False,  # a path or a header may hold a token
        lifespan="on" if has_lifespan else "off",
        ws="none",
        server_header=False,
        **options,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        up = asyncio.create_task(server.is_up.wait())
        await asyncio.wait((running, up), return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        if running.done():
            running.result()
        yield address
    finally:
        server.stop()
        await running


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # With the protocol named, asyncio switches Nagle's algorithm off, which would hold every answer back for 40 ms.
        listener = socket.socket(family, kind, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(where)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise OSError(error.errno, f"cannot listen on {host} port {port}: {reason}") from error
    return listener
