"""Walks the chain from its first entry to its end, in batches, and names the first that is not as it was written."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, cast

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.diagnosis import UNREADABLE, diagnose, is_same, is_sealed
from alerts.audit.entry import Act
from alerts.audit.trail import HEAD, Trail, Values
from alerts.audit.verdict import Break, Fault, Link, Verdict
from alerts.store import Store
from alerts.store.authority import audit
from alerts.store.tables import meta

AT_ONCE = 2000
"""Entries that are read together: a megabyte or two."""

PAIR = 2

ERASED = "people"
"""Under which name the entry of an erasure says how many times a person was taken out."""


class Inspection:
    """One walk along the whole record.

    Args:
        store: the database.
        trail: knows the secret.
        given: the seal of an entry that must be there, such as the one that the owners got; None for none.
        on_progress: told after each batch how many entries were read.
    """

    def __init__(
        self, store: Store, trail: Trail, given: str | None = None, on_progress: Callable[[int], None] = lambda _: None
    ) -> None:
        self._store = store
        self._trail = trail
        self._given = given
        self._on_progress = on_progress
        self._read = 0
        self._sealed_before = 0
        self._newest: Link | None = None
        self._is_given_found = given is None
        self._emptied: list[int] = []
        self._erasures: list[tuple[int, int]] = []

    async def run(self) -> Verdict:
        """Read every entry; new ones that are written meanwhile are read too."""
        broken = await self._walk()
        erased = sum(count for _, count in self._erasures)
        return Verdict(self._read, broken, self._newest, erased, self._sealed_before)

    async def _walk(self) -> Break | None:
        while True:
            async with self._store.reading() as connection:
                broken = await self._look_before(connection) if not self._read else None
                rows = [] if broken else [row async for row in _rows_after(connection, self._number)]
                broken = broken or self._check(rows)
                if broken is not None:
                    return await self._explained(connection, broken)
                if len(rows) < AT_ONCE:
                    return await self._check_end(connection)
            self._on_progress(self._read)

    @property
    def _number(self) -> int:
        return self._newest.number if self._newest else 0

    @property
    def _seal(self) -> str:
        return self._newest.seal if self._newest else ""

    async def _look_before(self, connection: AsyncConnection) -> Break | None:
        """Find what was put before the first entry, and from where on this secret seals the entries."""
        replaced = select(audit.c.number).where(audit.c.act == Act.SECRET_REPLACED.value)
        for number in (await connection.execute(replaced.order_by(audit.c.number.desc()))).scalars().all():
            pair = [row async for row in _rows_after(connection, number - 2, 2)]
            if len(pair) == PAIR and not any(isinstance(row, int) for row in pair):
                before, entry = cast("list[dict[str, Any]]", pair)
                if is_sealed(self._trail, entry, before["seal"]):
                    self._sealed_before = number - 1
                    break
        lowest = (await connection.execute(select(func.min(audit.c.number)))).scalar_one()
        return Break(lowest, Fault.ADDED) if lowest is not None and lowest < 1 else None

    def _check(self, rows: Sequence[Values | int]) -> Break | None:
        """Follow the chain through these entries; what cannot be read at all is its bare number."""
        for row in rows:
            number = row if isinstance(row, int) else row["number"]
            if number != self._number + 1:
                return Break(self._number + 1, Fault.REMOVED)
            is_ours = number > self._sealed_before
            if isinstance(row, int) or (is_ours and not is_sealed(self._trail, row, self._seal)):
                return Break(number, Fault.CHANGED)
            if fault := self._people(row):
                return Break(number, fault)
            self._newest = Link(row["number"], row["seal"], row["at"])
            self._is_given_found = self._is_given_found or row["seal"] == self._given
            self._read += 1
        return None

    def _people(self, row: Values) -> Fault | None:
        """Hold the people of an entry against their commitments, and count those who were taken out."""
        for part in ("who", "whom"):
            person, salt, seal = row[part], row[f"{part}_salt"], row[f"{part}_seal"]
            if seal is None:
                if person is not None or salt is not None:
                    return Fault.PERSON_CHANGED
            elif person is None and salt is None:
                self._emptied.append(row["number"])
            elif person is None or salt is None or not self._commits(row["number"], person, salt, seal):
                return Fault.PERSON_CHANGED
        if row["act"] == Act.PERSON_ERASED:
            self._erasures.append((row["number"], row["after"].get(ERASED, 0)))
        return None

    def _commits(self, number: int, person: int, salt: str, seal: str) -> bool:
        """Tell whether a person is the one whom an entry was sealed with; an earlier secret's is taken as it is."""
        return number <= self._sealed_before or is_same(self._trail.commitment(person, salt), seal)

    async def _check_end(self, connection: AsyncConnection) -> Break | None:
        """Hold what was read against the newest link, the erasures and the given seal."""
        head = (await connection.execute(select(meta.c.value).where(meta.c.key == HEAD))).scalar_one_or_none()
        if head != (f"{self._number}:{self._seal}" if self._newest else None):
            return Break(self._newest.number if self._newest else None, Fault.HEAD_CHANGED)
        if not self._is_given_found:
            return Break(None, Fault.CUT_OFF)
        return self._unaccounted()

    def _unaccounted(self) -> Break | None:
        """Find people who were taken out by nobody: an erasure accounts for so many entries before its own."""
        emptied, open_count = sorted(self._emptied, reverse=True), 0
        erasures = sorted(self._erasures, reverse=True)
        for number in emptied:
            while erasures and erasures[0][0] > number:
                open_count += erasures.pop(0)[1]
            if not open_count:
                return Break(number, Fault.EMPTIED)
            open_count -= 1
        left = open_count + sum(count for _, count in erasures)
        return Break(None, Fault.REFILLED) if left else None

    async def _explained(self, connection: AsyncConnection, broken: Break) -> Break:
        """Look at what stands around a broken seal, to tell what was done."""
        if broken.fault is not Fault.CHANGED or broken.number is None:
            return broken
        around = [row async for row in _rows_after(connection, broken.number - 1)]
        return Break(broken.number, diagnose(self._trail, broken.number, self._seal, around))


async def _rows_after(
    connection: AsyncConnection, number: int, limit: int | None = None
) -> AsyncIterator[dict[str, Any] | int]:
    """Give the next entries; one whose columns hold what they cannot is its bare number, and the last."""
    statement = select(audit).where(audit.c.number > number).order_by(audit.c.number).limit(limit or AT_ONCE)
    try:
        for row in (await connection.execute(statement)).all():
            yield dict(row._mapping)  # noqa: SLF001 - its public name
    except UNREADABLE:
        async for found in _one_by_one(connection, statement):
            yield found


async def _one_by_one(connection: AsyncConnection, statement: Select[Any]) -> AsyncIterator[dict[str, Any] | int]:
    numbers = (await connection.execute(statement.with_only_columns(audit.c.number))).scalars().all()
    for number in numbers:
        try:
            row = (await connection.execute(select(audit).where(audit.c.number == number))).one()
        except UNREADABLE:
            yield number
            return
        yield dict(row._mapping)  # noqa: SLF001 - its public name
