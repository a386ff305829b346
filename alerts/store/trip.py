"""A whole transaction on SQLite in one trip to a thread of its own (docs/decisions/0019).

The sender's exchange with the outbox makes some eight statements, thirty times a second. Each trip to a thread and back
costs a wake-up on both sides, and waits for whoever runs Python just then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Engine, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
Work = Callable[[AsyncConnection], Coroutine[Any, Any, T]]
"""Statements on a connection that is inside a transaction."""


class Direct:
    """What `Work` needs of an `AsyncConnection`, over one that answers at once: nothing awaited here ever waits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Execute one statement."""
        return self._connection.execute(statement, parameters)


class Trips:
    """A thread with a connection of its own.

    Args:
        engine: opens the connection, with a driver that does not wait for an event loop.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")

    async def make(self, work: Work[T]) -> T:
        """Run work to the end of its transaction, which is committed, or rolled back by any exception.

        Whoever is cancelled meanwhile waits for it all the same: a transaction without anybody who knows how it ended
        would be worse.
        """
        ends = asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)
        return await _whole(ends)

    async def close(self) -> None:
        """Close the connection and end the thread."""
        await _whole(asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose))
        self._thread.shutdown()

    def _transact(self, work: Work[T]) -> T:
        with self._engine.begin() as connection:
            return _run_through(work(cast(AsyncConnection, Direct(connection))))


def _run_through(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing to its end, without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    coroutine.close()
    raise RuntimeError("work in one trip waited for something besides the database")


async def _whole(ends: Awaitable[T]) -> T:
    """Wait for the end even when cancelled, and be cancelled then."""
    future = asyncio.ensure_future(ends)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait({future})
        raise
