"""Another process holds the lock of the database for ten seconds in the middle of a broadcast."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chaos_stage import stage_in, until

PEOPLE, RATE = 300, 100
VAIN = 2
"""How often the bot gives up waiting before the lock is let go: after five seconds each."""

HOLD_THE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def locked(database: Path) -> AsyncIterator[None]:
    """Let another process hold the lock while the caller is inside."""
    pipe = asyncio.subprocess.PIPE
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD_THE_LOCK, database, stdin=pipe, stdout=pipe)
    assert other.stdout is not None
    assert await other.stdout.readline() == b"locked\n"
    try:
        yield
    finally:
        await other.communicate(b"")


async def test_a_lock_of_ten_seconds_costs_time_alone(tmp_path: Path) -> None:
    """While another process writes for ten seconds the bot waits; then it goes on, and everybody has one copy."""
    async with stage_in(tmp_path, RATE) as stage:
        await stage.people(PEOPLE)
        process = await stage.bots.ready()
        await stage.subscribe()
        alert = await stage.send("advisory")
        assert await until(lambda: stage.sandbox.world.journal.sent >= PEOPLE / 4), "no first part was sent"
        async with locked(stage.bots.database):
            assert await until(lambda: process.printed.count("outbox_unusable") >= VAIN, bound=30), process.printed
        assert stage.sandbox.world.journal.sent < PEOPLE
        assert await until(stage.is_over), process.printed
        report = await stage.report(alert)
        assert await process.stop() == 0
        assert (report["counts"]["sent"], report["uncertain_count"]) == (PEOPLE, 0)
        assert {len(messages) for messages in stage.stored().values()} == {1}
        assert "the database is locked by another program" in process.printed
