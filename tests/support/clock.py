"""A clock that stands still until a test moves it."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TURNS = 50
"""How often the loop is let round after each step, so that whatever woke has run on to its next wait."""


class DrivenClock:
    """Time for the domain: `advance` moves it and wakes whoever sleeps until then."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self.elapsed_seconds = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now(self) -> datetime:
        """Give the present moment."""
        return self.start + timedelta(seconds=self.elapsed_seconds)

    def monotonic(self) -> float:
        """Give the seconds since the test began."""
        return self.elapsed_seconds

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has moved the clock so far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiting = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.elapsed_seconds + seconds, next(self._numbers), waiting))
        await waiting

    async def advance(self, seconds: float) -> None:
        """Move on, stopping at every moment for which somebody waits."""
        until = self.elapsed_seconds + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, waiting = heapq.heappop(self._sleepers)
            self.elapsed_seconds = max(due, self.elapsed_seconds)
            if not waiting.done():
                waiting.set_result(None)
            await self._settle()
        self.elapsed_seconds = until
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)
