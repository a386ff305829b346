"""What the record costs: an entry beside its act, and an inspection. `python -m benchmarks.record` prints both.

Two transactions that write the same fact are compared, one of them with an entry; in turns, so that whatever else the
machine does falls on both.
"""

import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime

from sqlalchemy import update

from alerts.audit.entry import Act, in_chat
from alerts.audit.record import Record
from alerts.audit.trail import Trail
from alerts.clock import SystemClock
from alerts.store import Store
from alerts.store.migrate import migrate
from alerts.store.tables import meta
from benchmarks.postgres import serving

ACTS = 1500
ENTRIES = 100_000
AT_ONCE = 1000
MICROSECONDS = 1e6
FACT = "measured"

TRAIL = Trail(lambda: b"a secret that only the benchmark uses")
AFTER = {"status": "sending", "revision": 7, "sha256": "0" * 64}


async def act(store: Store, entries: int) -> float:
    """Write a fact and so many entries in one transaction, and give the microseconds that it took."""
    begun = time.perf_counter()
    async with store.writing() as connection:
        await connection.execute(update(meta).where(meta.c.key == FACT).values(value=str(begun)))
        for _ in range(entries):
            now = datetime.now(UTC)
            await TRAIL.note(connection, Act.PACK_MADE, in_chat(5), now, subject="alert 7", whom=7, after=AFTER)
    return (time.perf_counter() - begun) * MICROSECONDS


async def measure(name: str, url: str) -> None:
    """Print what one database takes."""
    store = Store(url)
    try:
        await migrate(store)
        await store.keep_fact(FACT, "0")
        pairs = [(await act(store, 0), await act(store, 1)) for _ in range(ACTS)]
        bare, noted = (statistics.median(side) for side in zip(*pairs, strict=True))
        many = [await act(store, AT_ONCE) / AT_ONCE for _ in range((ENTRIES - ACTS) // AT_ONCE)]
        begun = time.perf_counter()
        verdict = await Record(store, SystemClock(), TRAIL).inspect()
        seconds = (time.perf_counter() - begun) * ENTRIES / verdict.entries
    finally:
        await store.close()
    print(f"{name}: an act {bare:.0f} µs, with its entry {noted:.0f} µs: {noted - bare:.0f} µs more")
    print(f"{name}: {statistics.median(many):.0f} µs an entry where {AT_ONCE} stand in one transaction")
    print(f"{name}: verify takes {seconds:.2f} s for {ENTRIES:,} entries; {verdict.entries:,} read, {verdict.broken}")


def main() -> None:
    """Measure both databases, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure("SQLite", f"sqlite+aiosqlite:///{folder}/record.db"))
    with serving() as server:
        asyncio.run(measure("PostgreSQL", server.database()))


if __name__ == "__main__":
    main()
