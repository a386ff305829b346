"""Many rows of values as one parameter: a list that a statement reads like a table, on both databases."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Column, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.types import TypeEngine

PARAMETER = "listed"


class Listed:
    """A list of rows as a parameter.

    Attributes:
        table: what a statement reads it as, with these columns.

    Args:
        is_sqlite: which of the two databases the statement is for.
        columns: the name and the type of each value.
    """

    def __init__(self, *, is_sqlite: bool, **columns: TypeEngine[Any]) -> None:
        self._names = tuple(columns)
        self._is_sqlite = is_sqlite
        self.table: FromClause
        if is_sqlite:
            entry = func.json_each(bindparam(PARAMETER, type_=Text)).table_valued("value", name="entry")
            values = [func.json_extract(entry.c.value, f"$[{n}]").label(name) for n, name in enumerate(columns)]
            self.table = select(*values).select_from(entry).subquery("item")
        else:
            whole = cast(bindparam(PARAMETER, type_=Text), JSON)
            typed = [Column(name, kind) for name, kind in columns.items()]
            records = func.json_to_recordset(whole).table_valued(*typed, name="item")
            self.table = records.render_derived(with_types=True)

    def parameter(self, rows: Iterable[tuple[Any, ...]]) -> dict[str, str]:
        """Give the parameter for so many rows; a moment stands in it as `moment` writes it."""
        listing: list[Any] = list(rows)
        if not self._is_sqlite:
            listing = [dict(zip(self._names, row, strict=True)) for row in listing]
        return {PARAMETER: orjson.dumps(listing).decode()}

    def moment(self, moment: datetime) -> str:
        """Write an aware moment as the database keeps it (SQLite) or reads it (PostgreSQL)."""
        in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
        text = in_utc.isoformat(" ", "microseconds")
        return text.removesuffix("+00:00") if self._is_sqlite else text
