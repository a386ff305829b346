"""The record as CSV and as JSON, made entry by entry: ids of people are in it, salts and secrets are not."""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC
from enum import StrEnum
from io import StringIO
from typing import Any

import orjson

from alerts.audit.entry import Entry

COLUMNS = (
    "number",
    "at",
    "act",
    "meaning",
    "place",
    "who",
    "whom",
    "subject",
    "before",
    "after",
    "who_seal",
    "whom_seal",
    "seal",
)

RUNS_IN_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet; an apostrophe before it makes it a text."""


class Format(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSON = "json"


class Export:
    """Writes an export piece by piece, so that a long record needs no memory.

    Args:
        form: CSV (RFC 4180, UTF-8) or one JSON document.
    """

    def __init__(self, form: Format) -> None:
        self._form = form
        self._separator = b"\n"
        self._last: Entry | None = None

    def begin(self) -> bytes:
        """Give what stands before the entries."""
        return b'{"entries":[' if self._form is Format.JSON else _csv([COLUMNS])

    def entries(self, entries: Sequence[Entry]) -> bytes:
        """Give entries."""
        self._last = entries[-1] if entries else self._last
        if self._form is Format.CSV:
            return _csv([_cells(entry) for entry in entries])
        return b"".join(self._separated(orjson.dumps(_values(entry))) for entry in entries)

    def end(self) -> bytes:
        """Give what stands behind the entries: in JSON the newest link of them, by which all are fixed."""
        if self._form is Format.CSV:
            return b""
        head = {"number": self._last.number, "seal": self._last.seal} if self._last else None
        return b'\n],"head":' + orjson.dumps(head) + b"}\n"

    def _separated(self, document: bytes) -> bytes:
        separator, self._separator = self._separator, b",\n"
        return separator + document


def _values(entry: Entry) -> dict[str, Any]:
    at = entry.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {name: at if name == "at" else getattr(entry, name) for name in COLUMNS}


def _cells(entry: Entry) -> Iterator[object]:
    for value in _values(entry).values():
        if isinstance(value, dict):
            yield orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        elif isinstance(value, str) and value.startswith(RUNS_IN_A_SPREADSHEET):
            yield f"'{value}"
        else:
            yield value


def _csv(rows: Sequence[Any]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
