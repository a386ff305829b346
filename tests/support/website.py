"""A web server of the tests: it answers what a test wants, over real HTTP, and keeps what it was asked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Website:
    """One page at a time, under every path.

    Attributes:
        address: where it listens, without a slash at the end.
        status, body, headers: what is answered.
        page: answers in their place when it is set.
        requests: every request that came.
    """

    def __init__(self) -> None:
        self.address = ""
        self.status = 200
        self.body = b""
        self.headers: dict[str, str] = {}
        self.page: Page | None = None
        self.requests: list[web.Request] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Website"]:
        """Listen on a free port of this machine."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.address = "http://{}:{}".format(*runner.addresses[0][:2])
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        if self.page:
            return await self.page(request)
        return web.Response(status=self.status, body=self.body, headers=self.headers)
