"""What an inspection of the record has found: the first entry that is not as it was written, and in which way."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong with a record; every one has its sentence in `FAULTS`."""

    CHANGED = "changed"
    SEAL_CHANGED = "seal-changed"
    PERSON_CHANGED = "person-changed"
    EMPTIED = "emptied"
    REFILLED = "refilled"
    REMOVED = "removed"
    MOVED = "moved"
    REWRITTEN = "rewritten"
    ADDED = "added"
    HEAD_CHANGED = "head-changed"
    CUT_OFF = "cut-off"


FAULTS: dict[Fault, str] = {
    Fault.CHANGED: "it was changed after it was written",
    Fault.SEAL_CHANGED: "its seal was changed after it was written",
    Fault.PERSON_CHANGED: "the person in it was changed after it was written",
    Fault.EMPTIED: "a person was taken out of it, and no noted erasure accounts for that",
    Fault.REFILLED: "an erasure was noted, and fewer entries are without their person than it emptied",
    Fault.REMOVED: "it, or what stood here, was removed",
    Fault.MOVED: "another entry stands in its place: the order was changed",
    Fault.REWRITTEN: "from here on the record is sealed with another secret: it was rewritten, or this secret is wrong",
    Fault.ADDED: "it stands before the first or beside the numbering: it was added",
    Fault.HEAD_CHANGED: "the newest link in the database is not that of the newest entry: the end was tampered with",
    Fault.CUT_OFF: "the given seal is nowhere in the record: the end was cut off, or the record was replaced",
}


@dataclass(frozen=True, slots=True)
class Link:
    """The newest entry, by which the whole record before it is fixed.

    Attributes:
        seal: 64 hex digits: what `cascade audit verify --head` takes.
    """

    number: int
    seal: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Break:
    """Where the record is not as it was written: the first place that was found.

    Attributes:
        number: of the entry, None where no single entry is to blame.
    """

    number: int | None
    fault: Fault


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an inspection has found.

    Attributes:
        entries: how many entries were read until the end or the break.
        broken: the first break, None for a record that is whole.
        newest: the last entry that was read and is whole, None when there is none.
        erased: how many times a person was taken out by erasures that are noted.
        sealed_before: up to which entry an earlier secret sealed them, which this one cannot prove; 0 for none.
    """

    entries: int
    broken: Break | None
    newest: Link | None
    erased: int = 0
    sealed_before: int = 0
