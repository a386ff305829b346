"""A bad line between the bot and the sandbox: it passes everything on, and loses the answers that a test wants lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

PASSED_ON = {"Content-Type"}


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
        self._address = ""
        self._http: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def in_front_of(self, address: str) -> AsyncIterator[str]:
        """Serve on a free port, and give the address."""
        self._address = address
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        async with aiohttp.ClientSession() as self._http:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            try:
                host, port = runner.addresses[0]
                yield f"http://{host}:{port}"
            finally:
                await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        assert self._http is not None
        if self.is_down:
            return web.Response(status=503)
        if request.path.endswith("/editMessageText"):
            await self.way_is_free.wait()
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name in PASSED_ON}
        url = f"{self._address}{request.path_qs}"
        async with self._http.request(request.method, url, data=body, headers=headers, timeout=None) as answer:
            content, status = await answer.read(), answer.status
        chat = self._chat_of(request, body)
        if chat in self.drops:
            self.drops.discard(chat)
            assert request.transport is not None
            request.transport.close()
        elif chat in self.faults:
            self.faults.discard(chat)
            status = 502
        return web.Response(body=content, status=status, content_type="application/json")

    def _chat_of(self, request: web.Request, body: bytes) -> int:
        if not request.path.endswith("/sendMessage"):
            return 0
        wanted = [chat for chat in self.drops | self.faults if b'"chat_id":%d,' % chat in body]
        return wanted[0] if wanted else 0
