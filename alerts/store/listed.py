"""Many rows of values as one parameter: a list that a statement reads like a table, on both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Column, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.types import TypeEngine

PARAMETER = "listed"


def listed(*, is_sqlite: bool, **columns: TypeEngine[Any]) -> FromClause:
    """Give the table that a statement reads from the parameter `listed`.

    Args:
        is_sqlite: which of the two databases the statement is for.
        columns: the name and the type of each value.
    """
    if is_sqlite:
        entry = func.json_each(bindparam(PARAMETER, type_=Text)).table_valued("value", name="entry")
        values = [func.json_extract(entry.c.value, f"$.{name}").label(name) for name in columns]
        return select(*values).select_from(entry).subquery("item")
    whole = cast(bindparam(PARAMETER, type_=Text), JSON)
    typed = [Column(name, kind) for name, kind in columns.items()]
    return func.json_to_recordset(whole).table_valued(*typed, name="item").render_derived(with_types=True)


def listing(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Give the parameter for so many rows; a moment stands in it as `moment_text` writes it."""
    return {PARAMETER: orjson.dumps(rows).decode()}


def moment_text(moment: datetime, *, is_sqlite: bool) -> str:
    """Write an aware moment as the database keeps it (SQLite) or reads it (PostgreSQL)."""
    in_utc = moment.astimezone(UTC)
    return in_utc.replace(tzinfo=None).isoformat(" ", "microseconds") if is_sqlite else in_utc.isoformat()
