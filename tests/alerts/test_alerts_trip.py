"""A whole transaction in one trip: `Store.in_one_trip`."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from support.databases import on_sqlite

from alerts.errors import StoreError
from alerts.store import Store
from alerts.store.engine import CHECKPOINT_BYTES
from alerts.store.tables import meta


def size(store: Store) -> int:
    """Tell how many bytes the database has without its log."""
    return Path(str(store.url.database)).stat().st_size


async def put(connection: AsyncConnection, key: str = "key") -> str:
    """Write a fact and read it back."""
    await connection.execute(insert(meta).values(key=key, value="value"))
    return (await connection.execute(select(meta.c.value).where(meta.c.key == key))).scalar_one()


async def test_what_it_writes_is_committed_and_its_result_given(store: Store):
    """The statements see each other, and afterwards everybody sees them."""
    assert await store.in_one_trip(put) == "value"
    assert await store.fact("key") == "value"


async def test_an_exception_leaves_the_data_whole(store: Store):
    """What was written before an error is rolled back, the error is the caller's, and the next trip goes through."""

    async def fails(connection: AsyncConnection) -> None:
        await put(connection)
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        await store.in_one_trip(fails)
    assert await store.fact("key") is None
    assert await store.in_one_trip(put) == "value"


async def test_a_complaint_of_the_database_is_told_in_one_sentence(store: Store):
    """As everywhere, the database's errors are a StoreError."""

    async def nonsense(connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(StoreError, match="the database refused"):
        await store.in_one_trip(nonsense)


async def test_trips_and_other_transactions_wait_for_each_other(store: Store):
    """However many write at once, nobody meets a lock, and nothing is lost."""

    async def by_trip(number: int) -> None:
        await store.in_one_trip(lambda connection: put(connection, f"trip {number}"))

    await asyncio.gather(*(by_trip(n) if n % 2 else store.keep_fact(f"fact {n}", "value") for n in range(40)))
    async with store.reading() as connection:
        keys = set((await connection.execute(select(meta.c.key))).scalars())
    assert {f"trip {n}" for n in range(1, 40, 2)} | {f"fact {n}" for n in range(0, 40, 2)} <= keys


@on_sqlite
async def test_who_is_cancelled_knows_that_it_has_ended(store: Store):
    """A transaction goes on to its end when whoever waits for it is cancelled; the next one finds it done."""
    begun, may_end = threading.Event(), threading.Event()

    async def slow(connection: AsyncConnection) -> None:
        begun.set()
        may_end.wait(10)
        await put(connection)

    waiting = asyncio.create_task(store.in_one_trip(slow))
    await asyncio.to_thread(begun.wait, 10)
    waiting.cancel()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await store.fact("key") == "value"


@on_sqlite
async def test_work_that_waits_for_anything_else_is_refused(store: Store):
    """On SQLite's thread there is no event loop to wait in: that is an error at once, and nothing is written."""

    async def waits(connection: AsyncConnection) -> None:
        await put(connection)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError):
        await store.in_one_trip(waits)
    assert await store.fact("key") is None


@on_sqlite
async def test_the_log_of_writes_is_moved_once_it_is_long(store: Store):
    """`tidy` leaves a short log alone and moves a long one into the database, while a reader looks on."""
    await store.tidy()
    before = size(store)
    await store.keep_fact("short", "value")
    await store.tidy()
    assert size(store) == before
    for number in range(3):
        await store.keep_fact(f"long {number}", "x" * (CHECKPOINT_BYTES // 2))
    assert size(store) == before
    async with store.reading():
        await store.tidy()
    assert size(store) > before + CHECKPOINT_BYTES
    assert await store.fact("long 2") == "x" * (CHECKPOINT_BYTES // 2)
