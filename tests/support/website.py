"""A web server of the tests: it answers what a test wants, over real HTTP, and keeps what it was asked."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

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


@contextmanager
def website_in_thread() -> Iterator[Website]:
    """Serve from a thread of its own, beside tests that wait for processes or count this thread's work."""
    website, ready, loop, over = Website(), threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with website.open():
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield website
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@contextmanager
def serving(body: bytes) -> Iterator[str]:
    """Serve one body, and give its address."""
    with website_in_thread() as website:
        website.body = body
        yield f"{website.address}/feed.xml"
