"""Threat-level schemes as data: who sets a scheme, what its levels mean, and how it stood in the past.

A scheme is a file `levels-CODE.toml`; `schemes.toml` lists the schemes and says which are in force. Nothing
here knows the level of today: that is a reading, with a source and a time. The shipped history never is one.
"""

import datetime as dt
import unicodedata
from dataclasses import dataclass
from typing import Self

from alerts.data import DataFolder, UnknownCode
from alerts.data.entry import Entry, refuse_twice

RESPONSES = ("NORMAL", "HEIGHTENED", "EXCEPTIONAL")
"""The UK's response levels, lowest first (ProtectUK, threat and response levels)."""

_HOURS_AT_MOST = 24 * 366


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a scheme.

    Attributes:
        name: In the scheme's own capitals.
        rank: 1 is the lowest of the scheme.
        definition: The official short meaning, or "" where none was read on an official page.
        definition_before: The meaning until the day before `wording_changed`, or "".
        wording_changed: The first day of `definition`, or None if no other wording is known.
        asks: What the level asks of the reader, one or two sentences of ours.
        response: The response level that goes with it (one of `RESPONSES`), for information only, or "".
    """

    name: str
    rank: int
    definition: str
    definition_before: str
    wording_changed: dt.date | None
    asks: str
    response: str

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """Read one entry of [[ranks]]. Raises `DataError`."""
        level = cls(
            name=entry.text("level", characters_at_most=60),
            rank=entry.whole("rank", at_least=1, at_most=20),
            definition=entry.optional_text("definition"),
            definition_before=entry.optional_text("definition_before"),
            wording_changed=entry.optional_day("wording_changed"),
            asks=entry.text("asks"),
            response=entry.choice("response", RESPONSES) if entry.has("response") else "",
        )
        entry.finish()
        if bool(level.definition_before) != (level.wording_changed is not None):
            raise entry.wrong("definition_before and wording_changed go together, one of them is missing")
        return level

    def definition_on(self, day: dt.date) -> str:
        """Return the meaning that the level had on `day`, "" if none is known."""
        if self.wording_changed is not None and day < self.wording_changed:
            return self.definition_before
        return self.definition


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A change of the level, as far as it is known.

    Attributes:
        date: The day of the change.
        level: The level's name in the scheme's own capitals.
        note: What it followed or how it was announced, or "".
        month_confidence: How sure year and month are: A official, B press or third party, C second-hand list.
        day_confidence: How sure the day of the month is; with C it may be off by one or two days.
        source: Where it was read.
    """

    date: dt.date
    level: str
    note: str
    month_confidence: str
    day_confidence: str
    source: str

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """Read one entry of [[history]]. Raises `DataError`."""
        change = cls(
            date=entry.day("date"),
            level=entry.text("level"),
            note=entry.optional_text("note"),
            month_confidence=entry.confidence("month_confidence"),
            day_confidence=entry.confidence("day_confidence"),
            source=entry.text("source"),
        )
        entry.finish()
        return change

    @property
    def is_day_approximate(self) -> bool:
        """Whether the day comes from a second-hand list and has to be shown as 'about'."""
        return self.day_confidence == "C"


@dataclass(frozen=True, slots=True)
class Scheme:
    """A threat-level scheme.

    Attributes:
        code: Kebab-case, at most 20 bytes: "uk-national".
        name: As people read it.
        short_name: For buttons and narrow tables, at most 24 characters.
        area: Where it holds.
        set_by: Who sets the level.
        about: One or two sentences: what the level covers and what it does not.
        official_address: The page where the level is published.
        source: Where the facts of the file were read.
        confidence: How sure levels and definitions are, A to C.
        stale_after_hours: A reading that nobody has seen confirmed for longer counts as out of date.
        response_note: What to say beside a response level, or "" where the scheme has none.
        levels: All of them, lowest first.
        history: The known changes, oldest first; empty where none are shipped.
        history_until: The last day that the history speaks for, or None without a history.
    """

    code: str
    name: str
    short_name: str
    area: str
    set_by: str
    about: str
    official_address: str
    source: str
    confidence: str
    stale_after_hours: int
    response_note: str
    levels: tuple[Level, ...]
    history: tuple[HistoryEntry, ...]
    history_until: dt.date | None

    @classmethod
    def load(cls, folder: DataFolder, code: str) -> Self:
        """Read and check the file `levels-CODE.toml`. Raises `DataError`."""
        top = Entry.of_file(folder, f"levels-{code}.toml")
        levels = _levels(top)
        history = _history(top, levels)
        scheme = cls(
            code=top.code(),
            name=top.text("name"),
            short_name=top.text("short_name", characters_at_most=24),
            area=top.text("area"),
            set_by=top.text("set_by"),
            about=top.text("about"),
            official_address=top.address("official_address"),
            source=top.text("source"),
            confidence=top.confidence(),
            stale_after_hours=top.whole("stale_after_hours", at_least=1, at_most=_HOURS_AT_MOST),
            response_note=top.optional_text("response_note"),
            levels=levels,
            history=history,
            history_until=top.day("history_until") if history else None,
        )
        top.finish()
        if scheme.code != code:
            raise top.wrong(f"code is '{scheme.code}', but the name of the file says '{code}'")
        if scheme.history_until is not None and scheme.history_until < history[-1].date:
            raise top.wrong(f"history_until lies before the last entry of the history, {history[-1].date}")
        if any(level.response for level in levels) and not scheme.response_note:
            raise top.wrong("response_note is missing: a response level is never shown without its caveat")
        return scheme

    def level(self, name: str) -> Level:
        """Return the level called `name`, whatever its capitals, accents and dashes.

        Raises:
            UnknownCode: There is no such level; the text lists those there are.
        """
        for level in self.levels:
            if _spelling(level.name) == _spelling(name):
                return level
        names = [level.name for level in self.levels]
        raise UnknownCode.among(f"level of {self.code} called", name, names)

    def level_ranked(self, rank: int) -> Level:
        """Return the level of this rank, 1 being the lowest. Raises `UnknownCode`."""
        for level in self.levels:
            if level.rank == rank:
                return level
        ranks = [str(level.rank) for level in self.levels]
        raise UnknownCode.among(f"rank in {self.code} numbered", str(rank), ranks)

    def definition_on(self, level: str, day: dt.date) -> str:
        """Return what the level called `level` meant on `day`. Raises `UnknownCode`."""
        return self.level(level).definition_on(day)

    def last_change_by(self, day: dt.date) -> HistoryEntry | None:
        """Return the last known change on or before `day`.

        None if the history does not speak for `day`: before its first change, and after `history_until`.
        """
        if self.history_until is None or day > self.history_until:
            return None
        return next((change for change in reversed(self.history) if change.date <= day), None)

    def level_on(self, day: dt.date) -> Level | None:
        """Return the level of a past `day`, or None if the history does not speak for that day."""
        change = self.last_change_by(day)
        return None if change is None else self.level(change.level)


@dataclass(frozen=True, slots=True)
class Schemes:
    """All schemes that `schemes.toml` lists, and those of them that are in force, both in its order."""

    all: tuple[Scheme, ...]
    in_force: tuple[Scheme, ...]

    @classmethod
    def load(cls, folder: DataFolder) -> Self:
        """Read and check the list and every scheme on it, in force or not.

        Raises:
            DataError: A file is missing or wrong, none is in force, or the operator's folder has a scheme
                that the list leaves out.
        """
        top = Entry.of_file(folder, "schemes.toml")
        entries = top.tables("schemes")
        top.finish()
        listed = [(entry, entry.code(), entry.flag("in_force")) for entry in entries]
        for entry, _, _ in listed:
            entry.finish()
        refuse_twice(((entry, code) for entry, code, _ in listed), "code")
        schemes = tuple(Scheme.load(folder, code) for _, code, _ in listed)
        in_force = tuple(scheme for scheme, (_, _, holds) in zip(schemes, listed, strict=True) if holds)
        if not in_force:
            raise top.wrong("no scheme is in force; at least one entry needs in_force = true")
        names = {f"levels-{scheme.code}.toml" for scheme in schemes}
        for name in sorted(folder.replaced):
            if name.startswith("levels-") and name not in names:
                raise top.wrong(f"{folder.where(name)} is there, but no entry lists its scheme")
        return cls(all=schemes, in_force=in_force)

    def scheme(self, code: str) -> Scheme:
        """Return the scheme of this code, in force or not. Raises `UnknownCode`, which lists what exists."""
        for scheme in self.all:
            if scheme.code == code:
                return scheme
        hints = {scheme.name.casefold(): scheme.code for scheme in self.all}
        raise UnknownCode.among("scheme", code, [scheme.code for scheme in self.all], hints)


def _levels(top: Entry) -> tuple[Level, ...]:
    """Return the levels of a file, lowest first, each rank and each name once."""
    found = [(entry, Level.from_entry(entry)) for entry in top.tables("ranks")]
    refuse_twice(((entry, _spelling(level.name)) for entry, level in found), "level")
    refuse_twice(((entry, str(level.rank)) for entry, level in found), "rank")
    levels = tuple(sorted((level for _, level in found), key=lambda level: level.rank))
    if [level.rank for level in levels] != list(range(1, len(levels) + 1)):
        raise top.wrong(f"the ranks must run from 1 to {len(levels)} without a gap")
    return levels


def _history(top: Entry, levels: tuple[Level, ...]) -> tuple[HistoryEntry, ...]:
    """Return the history of a file, oldest first, each day once and every level one of `levels`."""
    names = [level.name for level in levels]
    found = [(entry, HistoryEntry.from_entry(entry)) for entry in top.optional_tables("history")]
    for entry, change in found:
        if change.level not in names:
            raise entry.wrong(f"level must be one of {', '.join(names)}, not '{change.level}'")
    refuse_twice(((entry, change.date.isoformat()) for entry, change in found), "date")
    return tuple(sorted((change for _, change in found), key=lambda change: change.date))


def _spelling(name: str) -> str:
    """Return `name` without what people do not type: capitals, accents, long dashes, double spaces."""
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", name) if not unicodedata.combining(mark))
    return " ".join(bare.replace("–", "-").replace("—", "-").casefold().split())
