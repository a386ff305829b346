"""Entries of the record in plain words: who did it, to whom, and what changed."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts.audit.entry import Door, Entry
from alerts.people.person_id import ERASED
from alerts.text import cut_to
from handlers.texts import Texts

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
DIGEST_LENGTH, DIGEST_SHOWN = 64, 12
"""A digest in an entry is shown by its beginning; the export has all of it."""


def who_did(texts: Texts, entry: Entry, names: Mapping[int, str]) -> str:
    """Name who did it and through which door, or the door alone where it was no person."""
    if entry.is_who_erased or entry.who is not None:
        who = texts.plain("audit.erased") if entry.is_who_erased else named(texts, entry.who, names)
        if entry.place == Door.CHAT:
            return texts.plain("audit.in-chat", who=who)
        return texts.plain("audit.through", who=who, place=entry.place)
    match entry.place:
        case Door.COMMAND_LINE:
            return texts.plain("audit.who.command-line")
        case Door.BOT:
            return texts.plain("audit.who.bot")
    return entry.place


def to_whom(texts: Texts, entry: Entry, names: Mapping[int, str]) -> str:
    """Name to whom it was done; "" for nobody, and for who did it to themselves."""
    if entry.is_whom_erased:
        return texts.plain("audit.erased")
    return named(texts, entry.whom, names) if entry.whom not in {None, entry.who} else ""


def named(texts: Texts, user_id: int | None, names: Mapping[int, str]) -> str:
    """Give a person's name and number, or the number alone; the administrator for None, and who was erased as that."""
    if user_id is None:
        return texts.plain("audit.who.command-line")
    if user_id == ERASED:
        return texts.plain("audit.erased")
    name, shown = names.get(user_id), str(user_id)
    if name:
        return texts.plain("audit.named", name=name, id=shown)
    return texts.plain("audit.user" if user_id > 0 else "audit.chat", id=shown)


def changes(texts: Texts, entry: Entry, limit: int) -> str:
    """Put what changed on one line of so many UTF-16 units at most, such as `role: officer → lead`."""
    told = []
    for name in dict.fromkeys([*entry.before, *entry.after]):
        sides = [_value(texts, side[name]) for side in (entry.before, entry.after) if side.get(name) not in (None, "")]
        told.append(f"{name.replace('_', ' ')}: {' → '.join(sides)}" if sides else "")
    line = "; ".join(part for part in told if part)
    cut = cut_to(line, limit)
    return cut if cut == line else f"{cut} …"


def _value(texts: Texts, value: Any) -> str:
    """Write a value; a moment in the reader's zone, a digest by its beginning."""
    match value:
        case bool():
            return texts.plain("audit.yes" if value else "audit.no")
        case list():
            return ", ".join(_value(texts, one) for one in value) or "–"
        case str() if len(value) == DIGEST_LENGTH and value.isalnum():
            return f"{value[:DIGEST_SHOWN]}…"
        case str() if MOMENT.fullmatch(value):
            return texts.when(datetime.fromisoformat(value))
    return str(value)
