"""The command line on PostgreSQL as processes: one bot at a time, a kill, a lost lock, and no password printed."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL
from support.databases import on_postgresql
from support.patience import until
from support.postgres import HOLDS_BOT_LOCK, Postgres
from support.processes import Home
from support.record import TRAIL

from alerts.clock import SystemClock
from alerts.data import DataFolder
from alerts.store import Store
from alerts.store.migrate import migrate
from alerts.subscribers.roll import Profile, Roll
from alerts.subscribers.sectors import Directory

pytestmark = on_postgresql
PASSWORD = "another-well-formed-secret"  # one of those that no process may print
PEOPLE = range(1001, 1041)


@pytest.fixture
async def url(database: Postgres):
    """The address of an empty database, with a password in it."""
    async with database.empty_database() as made:
        yield made.set(password=PASSWORD) if database.home else made


@pytest.fixture
def home(url: URL, sandbox: str, tmp_path: Path) -> Iterator[Home]:
    """A home whose settings name the database; no database may be made beside it."""
    yield Home(tmp_path, database_url=url.render_as_string(hide_password=False), api_url=sandbox, rate_per_second="10")
    assert not list(tmp_path.glob("cascade.db*"))


async def test_a_bot_that_was_killed_is_replaced_by_the_one_that_stands_by(home: Home, url: URL) -> None:
    """A second bot stands by; after a SIGKILL of the first in mid-alert it takes over, and nobody is left out."""
    store = Store(url)
    await migrate(store)
    roll = Roll(store, SystemClock(), TRAIL, Directory.load(DataFolder()))
    for chat in PEOPLE:
        await roll.subscribe(chat, "private", Profile(sectors=("aviation",)))
    (home.folder / "body.txt").write_text("Police are there.", encoding="utf-8")
    with ExitStack() as both:
        bot = both.enter_context(home.running("run"))
        await asyncio.to_thread(bot.prints, "started")
        second = both.enter_context(home.running("run", rate_per_second="100"))
        await asyncio.to_thread(second.prints, "standing_by")
        words = ("alert", "send", "--headline", "Gate", "--file", "body.txt", "--severity", "urgent", "--yes")
        sent = await asyncio.to_thread(home.cascade, *words)
        assert sent.code == 0, sent.stderr
        await until(lambda: is_past(url, 4), "a first part to be dealt with", seconds=30)
        bot.process.kill()
        bot.process.wait(30)
        await asyncio.to_thread(second.prints, "started")
        await until(lambda: is_past(url, len(PEOPLE)), "the end of the alert", seconds=30)
        assert await asyncio.to_thread(second.end) == 0
    told = await asyncio.to_thread(home.cascade, "alert", "report", sent.stdout.strip(), "--json")
    report = json.loads(told.stdout)
    assert (report["status"], report["recipients"]) == ("sent", len(PEOPLE))
    await store.close()


async def is_past(url: URL, number: int) -> bool:
    """Tell whether so many deliveries have come to an end; people who never pressed Start are refused, and count."""
    store = Store(url)
    async with store.reading() as connection:
        found = await connection.exec_driver_sql(
            "SELECT count(*) FROM deliveries WHERE state NOT IN ('queued', 'retry', 'leased')"
        )
        ended = int(found.scalar_one())
    await store.close()
    return ended >= number


async def test_a_bot_that_lost_its_lock_stops_loudly(home: Home, url: URL, database: Postgres) -> None:
    """When the session with the lock is ended the bot says so and ends with 1, so that it is started again."""
    assert url.database is not None
    with home.running("run") as bot:
        await asyncio.to_thread(bot.prints, "started")
        assert await database.end_sessions(url.database, which=HOLDS_BOT_LOCK) == 1
        assert await asyncio.to_thread(bot.process.wait, 30) == 1
    assert "lock_lost" in bot.printed
    assert "the lock on the database was lost" in bot.printed


async def test_check_and_people_work_and_print_no_password(home: Home, url: URL) -> None:
    """Commands migrate and use the database; one that cannot be reached is a line, without the password."""
    done = await asyncio.to_thread(home.cascade, "people", "grant", "501", "owner")
    assert done.code == 0, done.stderr
    listed = await asyncio.to_thread(home.cascade, "people", "list", "--json")
    assert "501" in listed.stdout
    nowhere = url.set(database="nowhere").render_as_string(hide_password=False)
    for words in (("check",), ("people", "list"), ("run",)):
        failed = await asyncio.to_thread(home.cascade, *words, database_url=nowhere)
        assert failed.code == 1, failed
        assert "there is no database of that name on the server" in failed.stdout + failed.stderr
        assert "Traceback" not in failed.stderr
