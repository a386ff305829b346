"""The disk is full in the middle of a broadcast: the kernel refuses what the real bot writes, until there is room."""

import resource
import sys
from pathlib import Path

import pytest
from chaos_bot import Process
from chaos_stage import Stage, stage_in, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can change another process's limits")
PEOPLE, RATE = 300, 100
VAIN = 3
"""How often the bot has to find the disk full before there is room again."""


def limit(process: Process, size: int) -> None:
    """Let no file of a process grow beyond a size in bytes; -1 lifts the limit."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def broadcast_on_a_full_disk(stage: Stage) -> tuple[Process, int]:
    """Fill the disk in the middle of an urgent alert, and wait until the bot has found it so several times.

    Returns:
        The bot, and the number of the alert.
    """
    await stage.people(PEOPLE)
    process = await stage.bots.ready()
    await stage.subscribe()
    alert = await stage.send("urgent")
    assert await until(lambda: stage.sandbox.world.journal.sent >= PEOPLE / 4), "no first part was sent"
    limit(process, stage.bots.database.with_name("cascade.db-wal").stat().st_size)
    assert await until(lambda: process.printed.count("outbox_unusable") >= VAIN), process.printed
    return process, alert


async def test_what_was_sent_on_a_full_disk_is_recorded_when_there_is_room(tmp_path: Path) -> None:
    """While nothing can be written nothing new is claimed; then all is recorded, and everybody has one copy."""
    async with stage_in(tmp_path, RATE) as stage:
        process, alert = await broadcast_on_a_full_disk(stage)
        sent_by_then = stage.sandbox.world.journal.sent
        assert await until(lambda: process.printed.count("outbox_unusable") > VAIN), process.printed
        assert stage.sandbox.world.journal.sent == sent_by_then < PEOPLE
        limit(process, resource.RLIM_INFINITY)
        assert await until(stage.is_over), process.printed
        report = await stage.report(alert)
        assert await process.stop() == 0
        assert (report["counts"]["sent"], report["uncertain_count"]) == (PEOPLE, 0)
        assert {len(messages) for messages in stage.stored().values()} == {1}


async def test_a_bot_that_is_killed_on_a_full_disk_doubles_what_it_counts(tmp_path: Path) -> None:
    """What only a killed bot knew to be sent is sent once more and counted, row by row, and nobody is left out."""
    async with stage_in(tmp_path, RATE) as stage:
        process, alert = await broadcast_on_a_full_disk(stage)
        await process.kill()
        process = await stage.bots.ready()
        assert await until(stage.is_over), process.printed
        report = await stage.report(alert)
        assert await process.stop() == 0
        stored, rows = stage.stored(), stage.rows()
        assert report["counts"]["sent"] == len(rows) == PEOPLE
        assert all(1 <= len(stored[row.chat_id]) <= 1 + row.uncertain_count for row in rows)
        assert 0 < sum(len(messages) - 1 for messages in stored.values()) <= report["uncertain_count"]
