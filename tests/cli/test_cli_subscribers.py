"""`cascade subscribers list`: who is on the roll, as people read it."""

import asyncio
from pathlib import Path

from support.processes import Home
from support.record import TRAIL

from alerts.clock import SystemClock
from alerts.data import DataFolder
from alerts.store import Store
from alerts.store.migrate import migrate
from alerts.subscribers.roll import Profile, Roll
from alerts.subscribers.sectors import Directory


async def enrol(database: Path) -> None:
    """Put a person, a group and a channel on the roll, the channel closed to the bot."""
    store = Store(f"sqlite+aiosqlite:///{database}")
    try:
        await migrate(store)
        roll = Roll(store, SystemClock(), TRAIL, Directory.load(DataFolder()))
        await roll.subscribe(11, "private", Profile("Amira Khan", "Khan Foundry", sectors=("aviation",)))
        await roll.subscribe(-1001, "supergroup", Profile("Plant [security]", sectors=("aviation",)), set_up_by=11)
        await roll.subscribe(-1002, "channel", Profile("Plant news", sectors=("legal",)), set_up_by=11)
        await roll.shut_out(-1002, "the bot may not post in the channel")
    finally:
        await store.close()


def test_the_table_tells_the_kind_and_a_groups_title(tmp_path: Path) -> None:
    """Each chat has a line with its kind, and a group's or channel's title stands where a person's name does."""
    home = Home(tmp_path)
    asyncio.run(enrol(home.database))
    done = home.cascade("subscribers", "list")
    assert (done.code, done.stderr) == (0, "")
    headings, *lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert headings == "chat kind status reason vetted name or title organisation sectors"
    assert lines == [
        "-1002 channel suspended the bot may not post in the channel no Plant news legal",
        "-1001 supergroup active no Plant [security] aviation",
        "11 private active no Amira Khan Khan Foundry aviation",
    ]
