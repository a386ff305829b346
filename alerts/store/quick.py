"""A connection to SQLite whose statements take one trip to its thread in place of four (docs/decisions/0019).

aiosqlite sends opening a cursor, executing, fetching and closing to the thread one by one, and each trip costs more
than most of our statements. Results are small: they are fetched whole, as SQLAlchemy does anyway.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Self

import aiosqlite

Row = tuple[Any, ...]


class QuickCursor:
    """What SQLAlchemy asks of a cursor; what it knows after a statement was brought along from the thread.

    Attributes:
        description: the columns of the result, None when there is none.
        rowcount: how many rows were changed, -1 when that is unknown.
        lastrowid: the id of the row inserted last.
        arraysize: unused; results come whole.
    """

    def __init__(self, connection: "QuickConnection") -> None:
        self._connection = connection
        self._rows: list[Row] = []
        self.description: Sequence[Row] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        """Give the cursor: nothing has to be opened yet."""
        return self

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> "QuickCursor":
        """Execute one statement and fetch its result, in one go."""

        def run(cursor: sqlite3.Cursor) -> None:
            cursor.execute(statement, parameters)  # type: ignore[arg-type]

        return await self._run(run)

    async def executemany(self, statement: str, parameters: Iterable[Iterable[Any]]) -> "QuickCursor":
        """Execute one statement for many parameters, in one go."""

        def run(cursor: sqlite3.Cursor) -> None:
            cursor.executemany(statement, parameters)  # type: ignore[arg-type]

        return await self._run(run)

    async def fetchall(self) -> list[Row]:
        """Give the result."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open."""

    async def _run(self, what: Any) -> "QuickCursor":
        def run() -> tuple[Any, ...]:
            cursor = self._connection._conn.cursor()  # noqa: SLF001 - our own base class
            try:
                what(cursor)
                rows = cursor.fetchall() if cursor.description else []
                return rows, cursor.description, cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        result = await self._connection._execute(run)  # type: ignore[no-untyped-call]  # noqa: SLF001 - the same
        self._rows, self.description, self.rowcount, self.lastrowid = result
        return self


class QuickConnection(aiosqlite.Connection):
    """An aiosqlite connection with quick cursors."""

    def cursor(self) -> QuickCursor:  # type: ignore[override]
        """Give a cursor."""
        return QuickCursor(self)


def connect_quickly(database: str, **options: Any) -> QuickConnection:
    """Open a database; the arguments are those of `sqlite3.connect`."""
    connection = QuickConnection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does: a process that ends waits for no thread
    return connection
