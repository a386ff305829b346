"""One table of a data file, read field by field: every mistake is found at load and named in one line."""

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Self

from alerts.data import DataError, DataFolder, quoted

CODE_BYTES_AT_MOST = 20
"""A code travels in Telegram's callback data, which has 64 bytes for everything."""

CONFIDENCES = ("A", "B", "C")
"""How sure a datum is: A official page or raw official file, B press or third party, C second-hand list.

A datum that is less sure than C is not shipped, so there is no letter for it.
"""

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Entry:
    """A table of a data file. Every field that is read is checked; `finish` finds those that nobody asked for.

    All readers raise `DataError`, whose text names the file, this entry and what is wrong.
    """

    def __init__(self, where: str, fields: Mapping[str, Any]) -> None:
        self._where = where
        self._fields = fields
        self._asked: set[str] = set()

    @classmethod
    def of_file(cls, folder: DataFolder, name: str) -> Self:
        """Return the top table of the data file called `name`."""
        return cls(folder.where(name), folder.read(name))

    def wrong(self, what: str) -> DataError:
        """Return the error that says `what` is wrong with this entry."""
        return DataError(self._where, what)

    def _find(self, key: str) -> Any:
        self._asked.add(key)
        return self._fields.get(key)

    def _need(self, key: str) -> Any:
        value = self._find(key)
        if value is None:
            raise self.wrong(f"{key} is missing")
        return value

    def has(self, key: str) -> bool:
        """Return whether the field `key` is there."""
        self._asked.add(key)
        return key in self._fields

    def _checked_text(self, key: str, value: Any, characters_at_most: int | None = None) -> str:
        if not isinstance(value, str):
            raise self.wrong(f"{key} must be text, not {quoted(value)}")
        if not value.strip() or not value.isprintable() or value != value.strip():
            raise self.wrong(f"{key} must be one line of text without spaces around it, not {quoted(value)}")
        if characters_at_most is not None and len(value) > characters_at_most:
            raise self.wrong(f"{key} is longer than {characters_at_most} characters: {quoted(value)}")
        return value

    def text(self, key: str, *, characters_at_most: int | None = None) -> str:
        """Return a line of text that must be there."""
        return self._checked_text(key, self._need(key), characters_at_most)

    def block(self, key: str) -> str:
        """Return a text of several lines that must be there, without the empty lines around it."""
        value = self._need(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"{key} must be text, not {quoted(value)}")
        return value.strip()

    def optional_text(self, key: str) -> str:
        """Return a line of text, or "" where the field is absent."""
        return self._checked_text(key, self._find(key)) if self.has(key) else ""

    def code(self, key: str = "code") -> str:
        """Return a code: kebab-case ASCII of at most `CODE_BYTES_AT_MOST` bytes."""
        code = self.text(key)
        if not _CODE.fullmatch(code):
            raise self.wrong(f"{key} must be lower-case letters, digits and hyphens, not {quoted(code)}")
        if len(code.encode()) > CODE_BYTES_AT_MOST:
            raise self.wrong(f"{key} is longer than {CODE_BYTES_AT_MOST} bytes: {quoted(code)}")
        return code

    def choice(self, key: str, choices: Iterable[str]) -> str:
        """Return a text that must be one of `choices`."""
        value = self.text(key)
        known = tuple(choices)
        if value not in known:
            raise self.wrong(f"{key} must be one of {', '.join(known)}, not {quoted(value)}")
        return value

    def confidence(self, key: str = "confidence") -> str:
        """Return how sure the entry is, one of `CONFIDENCES`."""
        return self.choice(key, CONFIDENCES)

    def address(self, key: str) -> str:
        """Return a web address that must be there: https and no spaces."""
        value = self.text(key)
        if not value.startswith("https://") or " " in value:
            raise self.wrong(f"{key} must be a web address that starts with https://, not {quoted(value)}")
        return value

    def optional_address(self, key: str) -> str:
        """Return a web address, or "" where the field is absent."""
        return self.address(key) if self.has(key) else ""

    def whole(self, key: str, *, at_least: int, at_most: int) -> int:
        """Return a whole number within bounds."""
        value = self._need(key)
        if not isinstance(value, int) or isinstance(value, bool) or not at_least <= value <= at_most:
            raise self.wrong(f"{key} must be a number from {at_least} to {at_most}, not {quoted(value)}")
        return value

    def flag(self, key: str) -> bool:
        """Return a truth value that must be there."""
        value = self._need(key)
        if not isinstance(value, bool):
            raise self.wrong(f"{key} must be true or false, not {quoted(value)}")
        return value

    def optional_flag(self, key: str) -> bool:
        """Return a truth value, or False where the field is absent."""
        return self.flag(key) if self.has(key) else False

    def day(self, key: str) -> dt.date:
        """Return a date without a time, written 2019-07-23 and without quotes."""
        value = self._need(key)
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            raise self.wrong(f"{key} must be a date such as 2019-07-23, without quotes, not {quoted(value)}")
        return value

    def optional_day(self, key: str) -> dt.date | None:
        """Return a date, or None where the field is absent."""
        return self.day(key) if self.has(key) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of lines of text that must be there, with at least one line and none twice."""
        values = self._need(key)
        if not isinstance(values, list) or not values:
            raise self.wrong(f"{key} must be a list of texts, not {quoted(values)}")
        lines = tuple(self._checked_text(key, value) for value in values)
        for line in lines:
            if lines.count(line) > 1:
                raise self.wrong(f"{key} has {quoted(line)} twice")
        return lines

    def optional_texts(self, key: str) -> tuple[str, ...]:
        """Return a list of lines of text, empty where the field is absent."""
        return self.texts(key) if self.has(key) else ()

    def table(self, key: str) -> "Entry":
        """Return the table called `key`, which must be there."""
        value = self._need(key)
        if not isinstance(value, dict):
            raise self.wrong(f"{key} must be a table, [{key}]")
        return Entry(f"{self._where}, [{key}]", value)

    def tables(self, key: str) -> tuple["Entry", ...]:
        """Return the entries of the list [[key]], in the order of the file; there must be at least one."""
        values = self._need(key)
        if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
            raise self.wrong(f"{key} must be a list of entries, each under its own [[{key}]]")
        return tuple(
            Entry(f"{self._where}, [[{key}]] {number}{_label(value)}", value)
            for number, value in enumerate(values, start=1)
        )

    def optional_tables(self, key: str) -> tuple["Entry", ...]:
        """Return the entries of the list [[key]], none where the field is absent."""
        return self.tables(key) if self.has(key) else ()

    def finish(self) -> None:
        """Refuse the fields that nobody has asked for: a misspelt key would else be passed over in silence."""
        for key in self._fields:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, n=1) or sorted(self._asked)
                raise self.wrong(f"unknown key {quoted(key)}; did you mean {', '.join(near)}?")


def refuse_twice(entries: Iterable[tuple[Entry, str]], what: str) -> None:
    """Refuse a value that two entries share, letter case aside.

    Args:
        entries: Each entry with its value.
        what: What the value is, for the error's text: "code".
    """
    seen: set[str] = set()
    for entry, value in entries:
        if value.casefold() in seen:
            raise entry.wrong(f"{what} {quoted(value)} is there twice")
        seen.add(value.casefold())


def _label(fields: Mapping[str, Any]) -> str:
    """Return how a person finds the entry again: its code, date or level."""
    for key in ("code", "date", "level"):
        if key in fields:
            return f" ({str(fields[key])[:30]})"
    return ""
