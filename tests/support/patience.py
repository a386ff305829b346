"""Waiting for what has to come true, instead of for so many seconds."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

LOOK_SECONDS = 0.02
Found = TypeVar("Found")


async def until(look: Callable[[], Found | Awaitable[Found]], what: str, *, seconds: float = 15.0) -> Found:
    """Look again and again until something true is found, and give it.

    Raises:
        AssertionError: it did not come true in time.
    """
    found = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                seen = look()
                found = await seen if inspect.isawaitable(seen) else seen
                if found:
                    return found
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(f"waited {seconds} s for {what}; last seen: {found!r}") from None
