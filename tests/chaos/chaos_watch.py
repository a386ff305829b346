"""Notes what the bot asks of the sandbox, from before the sandbox."""

import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable
from typing import Any

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Watch:
    """Stands before the sandbox and notes every message that the bot sends.

    Args:
        app: the sandbox.

    Attributes:
        began: Unix seconds at which each came in.
        under_way: how many have no answer yet.
    """

    def __init__(self, app: App) -> None:
        self.began: list[float] = []
        self.under_way = 0
        self._app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one request."""
        if not scope.get("path", "").endswith("/sendMessage"):
            await self._app(scope, receive, send)
            return
        self.began.append(time.time())
        self.under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.under_way -= 1

    def first_between(self, start: float, end: float) -> float | None:
        """Give the moment of the first message in a span of time, None where there is none."""
        place = bisect_left(self.began, start)
        return self.began[place] if place < len(self.began) and self.began[place] < end else None
