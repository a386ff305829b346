"""Time comes in as an argument: the real clock from the composition root, a driven one from the tests."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the domain asks of a clock."""

    def now(self) -> datetime:
        """Give the present moment as an aware datetime in UTC."""

    def monotonic(self) -> float:
        """Give seconds that never run backwards, for spacing and measuring."""

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of this clock."""


async def sleep_or(clock: Clock, seconds: float, event: asyncio.Event) -> None:
    """Return after so many seconds, or at once when the event is set."""
    sleep = asyncio.ensure_future(clock.sleep(seconds))
    wake = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({sleep, wake}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleep.cancel()
        wake.cancel()


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the present moment as an aware datetime in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give the running loop's time in seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        await asyncio.sleep(seconds)
