"""Tells from what stands around an entry whose seal does not fit what was done to it."""

import hmac
from collections.abc import Sequence
from itertools import pairwise

from alerts.audit.trail import Trail, Values
from alerts.audit.verdict import Fault

UNREADABLE = (TypeError, ValueError, OverflowError)
"""What reading or sealing raises where a column holds what it never got from us."""

MOST_REMOVED = 100
"""So many removed entries are told from a change, where those after them were numbered anew to close the gap."""


def is_sealed(trail: Trail, row: Values, before: str) -> bool:
    """Tell whether an entry is as it was sealed, following on the one with the seal `before`."""
    return is_same(_seal(trail, row, before), row["seal"])


def is_same(one: str, other: object) -> bool:
    """Tell whether two seals are the same, in a time that tells nothing of them; whatever is no text is not."""
    return isinstance(other, str) and hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


def diagnose(trail: Trail, number: int, before: str, rows: Sequence[Values | int]) -> Fault:
    """Tell what was done to an entry that does not fit its seal.

    Args:
        trail: knows the secret.
        number: the entry.
        before: the seal of the entry before it.
        rows: this entry and those after it, oldest first; one that cannot be read is its bare number.
    """
    found = [row for row in rows if not isinstance(row, int)]
    if not found or found[0]["number"] != number or len(found) == 1:
        return Fault.CHANGED
    entry, following = found[0], found[1]
    if is_sealed(trail, following, entry["seal"]):
        return Fault.CHANGED
    if is_sealed(trail, following, _seal(trail, entry, before)):
        return Fault.SEAL_CHANGED
    if any(_fits(trail, row, number, before, {row["seal"], entry["seal"]}) for row in found[1:]):
        return Fault.MOVED
    closes_gap = range(1, MOST_REMOVED + 1)
    if any(_fits(trail, following, number + 1 + gap, entry["seal"], {following["seal"]}) for gap in closes_gap):
        return Fault.REMOVED
    if any(is_sealed(trail, later, earlier["seal"]) for earlier, later in pairwise(found[1:])):
        return Fault.CHANGED  # what follows is sealed with our secret, so nothing was sealed with another
    return Fault.REWRITTEN


def _fits(trail: Trail, row: Values, number: int, before: str, seals: set[str]) -> bool:
    """Tell whether an entry was sealed as this number, with one of these seals."""
    seal = _seal(trail, {**row, "number": number}, before)
    return any(is_same(seal, other) for other in seals)


def _seal(trail: Trail, row: Values, before: str) -> str:
    """Give the seal that an entry ought to have; "" where it holds what no entry can."""
    try:
        return trail.seal(row, before)
    except (*UNREADABLE, AttributeError):
        return ""
