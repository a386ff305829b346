"""Whoever holds the database and not the secret can change nothing in the record unnoticed."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from support.clock import DrivenClock
from support.databases import on_postgresql
from support.record import KEY, TRAIL

from alerts.audit.entry import ADMINISTRATOR, Act, Actor, Door, in_chat
from alerts.audit.record import Record
from alerts.audit.trail import HEAD, Trail
from alerts.audit.verdict import FAULTS, Break, Fault, Verdict
from alerts.store import Store
from alerts.store.authority import audit
from alerts.store.migrate import migrate
from alerts.store.tables import meta

ENTRIES = 12
ERASED_AT = 9
"""The entry of the erasure of person 77, who stood in entries 2 and 6."""

FORGER = Trail(lambda: b"what somebody without the secret has to make do with")
NUMBERS = st.integers(1, ENTRIES)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "at": st.sampled_from(["2026-11-23 12:00:00.000007", "1999-01-01 00:00:00.000000", "yesterday", "", 7]),
    "act": WORDS,
    "place": WORDS,
    "subject": WORDS,
    "before": st.sampled_from(['{"role": "nobody"}', "[]", "null", "{", "1e400", "9" * 40, ""]),
    "after": st.sampled_from(['{"role": "nobody"}', "[]", "null", "{", "1e400", "9" * 40, ""]),
    "who": st.integers(-(2**60), 2**60) | WORDS,
    "who_salt": st.none() | WORDS,
    "who_seal": st.none() | WORDS,
    "whom": st.integers(-(2**60), 2**60) | WORDS,
    "whom_salt": st.none() | WORDS,
    "whom_seal": st.none() | WORDS,
    "seal": WORDS,
}


async def _write(store: Store) -> None:
    clock = DrivenClock()
    record = Record(store, clock, TRAIL)
    for number in range(1, ENTRIES + 1):
        if number == ERASED_AT:
            assert await record.erase(77, ADMINISTRATOR) == 2
            continue
        by = Actor(None, Door.SCHEDULE, "weekly") if number % 4 == 0 else in_chat(77 if number == 2 else 5)
        async with store.writing() as connection:
            await TRAIL.note(
                connection,
                Act.PERSON_GRANTED,
                by,
                clock.now(),
                subject=f"person, the {number}th",
                whom=77 if number == 6 else 7,
                before={"role": "officer", "sectors": []},
                after={"role": "lead", "sectors": [f"sector-{number}", "ü"]},
            )
        clock.start += timedelta(seconds=1.5)


async def _made(path: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{path}")
    await migrate(store)
    await _write(store)
    await store.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a record of twelve entries, an erasure among them."""
    path = tmp_path_factory.mktemp("record") / "written.db"
    asyncio.run(_made(path))
    return path


@contextmanager
def taken(written: Path) -> Iterator[tuple[sqlite3.Connection, Callable[..., Verdict]]]:
    """Let a forger at a copy of the database, and give what inspects it afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "taken.db"
        shutil.copy(written, path)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection, lambda given=None, trail=TRAIL: asyncio.run(_inspected(path, given, trail))


async def _inspected(path: Path, given: str | None, trail: Trail) -> Verdict:
    store = Store(f"sqlite+aiosqlite:///{path}")
    try:
        return await Record(store, DrivenClock(), trail).inspect(given)
    finally:
        await store.close()


def entry(connection: sqlite3.Connection, number: int) -> dict[str, Any]:
    """Read an entry."""
    return dict(connection.execute("SELECT * FROM audit WHERE number = ?", (number,)).fetchone())


def put(connection: sqlite3.Connection, row: dict[str, Any]) -> None:
    """Write an entry."""
    columns = ", ".join(f'"{name}"' for name in row)
    connection.execute(f"INSERT INTO audit ({columns}) VALUES ({', '.join('?' * len(row))})", list(row.values()))  # noqa: S608 - the table's own names


def test_what_was_written_is_whole(written: Path):
    """An untouched record is whole, with its newest link, which is what `--head` takes; any seal in it does."""
    with taken(written) as (connection, inspect):
        verdict = inspect()
        assert (verdict.entries, verdict.broken, verdict.erased) == (ENTRIES, None, 2)
        assert verdict.newest is not None
        assert verdict.newest.number == ENTRIES
        assert verdict.newest.seal == entry(connection, ENTRIES)["seal"]
        for number in (1, ERASED_AT, ENTRIES):
            assert inspect(entry(connection, number)["seal"]).broken is None
        assert inspect("0" * 64).broken == Break(None, Fault.CUT_OFF)


@settings(deadline=None)
@given(number=NUMBERS, column=st.sampled_from(sorted(COLUMNS)), data=st.data())
def test_a_change_of_any_column_is_found(written: Path, number: int, column: str, data: st.DataObject):
    """Whatever is put into whatever column of whatever entry, that entry is named."""
    with taken(written) as (connection, inspect):
        value = data.draw(COLUMNS[column])
        was = entry(connection, number)[column]
        if was == value or (column in {"who", "whom"} and str(was) == value):
            return
        connection.execute(f'UPDATE audit SET "{column}" = ? WHERE number = ?', (value, number))  # noqa: S608 - one of our columns
        broken = inspect().broken
        assert broken is not None
        assert broken.number == number
        if column == "seal":
            end = {Fault.CHANGED, Fault.SEAL_CHANGED}
            assert broken.fault in end
        elif column.removesuffix("_salt") in {"who", "whom"}:
            assert broken.fault is Fault.PERSON_CHANGED
        else:
            assert broken.fault is Fault.CHANGED


@settings(deadline=None)
@given(number=NUMBERS, part=st.sampled_from(["who", "whom"]))
def test_a_person_taken_out_by_nobody_is_found(written: Path, number: int, part: str):
    """An emptied person is one too many for the erasures that are noted."""
    with taken(written) as (connection, inspect):
        if entry(connection, number)[part] is None:
            return
        connection.execute(f"UPDATE audit SET {part} = NULL, {part}_salt = NULL WHERE number = ?", (number,))  # noqa: S608 - one of two names
        broken = inspect().broken
        assert broken is not None
        assert broken.fault is Fault.EMPTIED
        assert broken.number in {number, 2, 6}
        if number > ERASED_AT:
            assert broken.number == number


def test_a_person_put_back_is_found(written: Path):
    """Who has kept an erased person's id and salt cannot put them back in."""
    with taken(written) as (connection, inspect):
        connection.execute("UPDATE audit SET who = 77, who_salt = 'ab' WHERE number = 2")
        assert inspect().broken == Break(2, Fault.PERSON_CHANGED)
        salt, kept = "ab", TRAIL.commitment(77, "ab")
        connection.execute("UPDATE audit SET who_salt = ?, who_seal = ? WHERE number = 2", (salt, kept))
        assert inspect().broken == Break(2, Fault.CHANGED)


@settings(deadline=None)
@given(number=NUMBERS, is_renumbered=st.booleans())
def test_a_removed_entry_is_found(written: Path, number: int, is_renumbered: bool):
    """An entry that is taken out is missed, also when those after it close the gap; at the end the head tells."""
    with taken(written) as (connection, inspect):
        connection.execute("DELETE FROM audit WHERE number = ?", (number,))
        if is_renumbered:
            connection.execute("UPDATE audit SET number = number - 1 WHERE number > ?", (number,))
        broken = inspect().broken
        assert broken is not None
        if number == ENTRIES:
            assert broken == Break(ENTRIES - 1, Fault.HEAD_CHANGED)
        elif is_renumbered and number == ENTRIES - 1:
            assert broken == Break(number, Fault.CHANGED)  # nothing stands after it that would tell more
        else:
            assert broken == Break(number, Fault.REMOVED)


@settings(deadline=None)
@given(pair=st.lists(NUMBERS, min_size=2, max_size=2, unique=True).map(sorted), with_seals=st.booleans())
def test_a_changed_order_is_found(written: Path, pair: list[int], with_seals: bool):
    """Two entries that change places are found at the first of them, whether their seals go along or not."""
    with taken(written) as (connection, inspect):
        first, second = (entry(connection, number) for number in pair)
        connection.execute("DELETE FROM audit WHERE number IN (?, ?)", pair)
        for row, other in ((first, second), (second, first)):
            seal = row["seal"] if with_seals else other["seal"]
            put(connection, row | {"number": other["number"], "seal": seal})
        broken = inspect().broken
        assert broken is not None
        assert broken.number == pair[0]
        assert broken.fault is (Fault.MOVED if with_seals or pair[0] + 1 == pair[1] else broken.fault)
        assert broken.fault in {Fault.MOVED, Fault.CHANGED}


@settings(deadline=None)
@given(number=NUMBERS)
def test_a_record_rewritten_with_another_secret_is_found(written: Path, number: int):
    """Whoever seals everything from an entry on anew needs the secret; so does who only looks at it with another."""
    with taken(written) as (connection, inspect):
        seal = entry(connection, number - 1)["seal"] if number > 1 else ""
        rows = [dict(row) for row in connection.execute("SELECT * FROM audit WHERE number >= ?", (number,))]
        for row in rows:
            seal = FORGER._hmac(f"{seal}{row['number']}".encode())
            connection.execute("UPDATE audit SET seal = ? WHERE number = ?", (seal, row["number"]))
        connection.execute("UPDATE meta SET value = ? WHERE key = ?", (f"{ENTRIES}:{seal}", HEAD))
        fault = Fault.REWRITTEN if number < ENTRIES else Fault.CHANGED
        assert inspect().broken == Break(number, fault)
        assert inspect(trail=FORGER).broken == Break(1, Fault.REWRITTEN)


@settings(deadline=None)
@given(left=st.integers(0, ENTRIES - 1))
def test_a_cut_off_end_is_found_by_the_seal_that_was_kept(written: Path, left: int):
    """With the head row set back the rest is whole by itself; the newest seal that owners have is not in it."""
    with taken(written) as (connection, inspect):
        kept = entry(connection, ENTRIES)["seal"]
        connection.execute("DELETE FROM audit WHERE number > ?", (left,))
        if left:
            value = f"{left}:{entry(connection, left)['seal']}"
            connection.execute("UPDATE meta SET value = ? WHERE key = ?", (value, HEAD))
        else:
            connection.execute("DELETE FROM meta WHERE key = ?", (HEAD,))
        broken = inspect().broken
        if left >= ERASED_AT or left < 2:
            assert broken is None
            assert inspect(kept).broken == Break(None, Fault.CUT_OFF)
        else:
            assert broken is not None  # the erasure went with the end, and does not account for who is missing
            assert broken.fault is Fault.EMPTIED


@pytest.mark.parametrize("value", [None, "", "12", f"{ENTRIES}:{'0' * 64}", "3:x", f"{ENTRIES + 1}:{'0' * 64}"])
def test_a_changed_head_row_is_found(written: Path, value: str | None):
    """The newest link in the database is held against the newest entry."""
    with taken(written) as (connection, inspect):
        if value is None:
            connection.execute("DELETE FROM meta WHERE key = ?", (HEAD,))
        else:
            connection.execute("UPDATE meta SET value = ? WHERE key = ?", (value, HEAD))
        assert inspect().broken == Break(ENTRIES, Fault.HEAD_CHANGED)


@pytest.mark.parametrize("number", [0, -5, ENTRIES + 1])
def test_an_added_entry_is_found(written: Path, number: int):
    """An entry before the first or behind the last is not of the record."""
    with taken(written) as (connection, inspect):
        put(connection, entry(connection, 3) | {"number": number})
        fault = Fault.ADDED if number < 1 else Fault.CHANGED
        assert inspect().broken == Break(number, fault)


async def test_entries_are_inspected_on_both_databases(store: Store):
    """A whole record, a change, a removal and a changed head, with the store's own types."""
    await _write(store)
    record = Record(store, DrivenClock(), TRAIL)
    assert (await record.inspect()).broken is None

    async def after(action: Any) -> Break | None:
        async with store.writing() as connection:
            await connection.execute(action)
        return (await record.inspect()).broken

    assert await after(update(audit).where(audit.c.number == 11).values(subject="person")) == Break(11, Fault.CHANGED)
    assert await after(update(audit).where(audit.c.number == 8).values(whom=8)) == Break(8, Fault.PERSON_CHANGED)
    assert await after(delete(audit).where(audit.c.number == 5)) == Break(5, Fault.REMOVED)
    assert await after(delete(audit)) == Break(None, Fault.HEAD_CHANGED)
    assert await after(delete(meta).where(meta.c.key == HEAD)) is None


@on_postgresql
async def test_what_postgresql_alone_can_hold_is_found(store: Store):
    """A moment that no entry can have, and JSON of another kind, are read as changes."""
    await _write(store)
    record = Record(store, DrivenClock(), TRAIL)
    for number, change in ((7, "at = 'infinity'"), (4, "after = '[1, 1e300]'"), (1, "at = '0001-01-01 00:00:00+14'")):
        async with store.writing() as connection:
            await connection.execute(text(f"UPDATE audit SET {change} WHERE number = {number}"))  # noqa: S608 - written above
        assert (await record.inspect()).broken == Break(number, Fault.CHANGED)


async def test_what_is_written_during_an_inspection_is_inspected_too(store: Store, monkeypatch: pytest.MonkeyPatch):
    """Acts that are noted between two batches break nothing, and a later walk reads them too."""
    monkeypatch.setattr("alerts.audit.inspection.AT_ONCE", 5)
    await _write(store)
    record, seen = Record(store, DrivenClock(), TRAIL), []

    async def look() -> None:
        await record.note_seen(Act.RECORD_SEEN, in_chat(5))

    verdict, *_ = await asyncio.gather(record.inspect(on_progress=seen.append), *(look() for _ in range(8)))
    assert verdict.broken is None
    assert seen[:2] == [5, 10]
    assert verdict.newest is not None
    after = await record.inspect(verdict.newest.seal)
    assert (after.entries, after.broken) == (ENTRIES + 8, None)


async def test_erasing_keeps_the_chain_and_leaves_nothing_of_the_person(store: Store):
    """The id and its salt are gone from every column, the erasure is noted without it, and the chain is whole."""
    await _write(store)
    record = Record(store, DrivenClock(), TRAIL)
    assert await record.erase(7, in_chat(5)) == 10
    async with store.reading() as connection:
        rows = [row._mapping for row in (await connection.execute(select(audit).order_by(audit.c.number))).all()]
    assert all(row["whom"] is None and row["whom_salt"] is None for row in rows)
    last = rows[-1]
    assert (last["act"], last["who"], last["after"]) == (Act.PERSON_ERASED, 5, {"people": 10, "beside the record": 0})
    verdict = await record.inspect()
    assert (verdict.broken, verdict.erased) == (None, 12)


def test_nothing_that_tells_the_secret_stands_in_the_database(written: Path):
    """Every seal is a digest; the file holds no part of the key."""
    with taken(written) as (connection, _):
        dump = "\n".join(connection.iterdump())
    assert KEY.decode() not in dump
    assert KEY.hex() not in dump


def test_every_fault_has_its_sentence():
    """The table of faults names every one there is."""
    assert FAULTS.keys() == set(Fault)
