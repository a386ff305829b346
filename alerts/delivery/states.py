"""The states of a delivery, the moves between them, and the outcomes of a send that cause the moves."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple


class DeliveryState(StrEnum):
    """Where one recipient's copy of an alert stands; nothing else exists."""

    QUEUED = "queued"
    LEASED = "leased"
    SENT = "sent"
    RETRY = "retry"
    UNCERTAIN = "uncertain"
    GONE = "gone"
    FAILED = "failed"
    SKIPPED = "skipped"


MEANING: dict[DeliveryState, str] = {
    DeliveryState.QUEUED: "waits for its turn",
    DeliveryState.LEASED: "the sender has taken it; if it dies before it says what became of it, the next one sends it",
    DeliveryState.SENT: "Telegram answered with the message that it stored",
    DeliveryState.RETRY: "a temporary failure: it is tried again, not before not_before",
    DeliveryState.UNCERTAIN: "the request was written and no answer came: it may or may not have arrived",
    DeliveryState.GONE: "blocked, deactivated or kicked: the subscription is suspended with the reason",
    DeliveryState.FAILED: "Telegram refused it for good, with the reason",
    DeliveryState.SKIPPED: "expired, cancelled, superseded or unsubscribed before it was sent",
}

MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.QUEUED: frozenset({DeliveryState.LEASED, DeliveryState.SKIPPED}),
    DeliveryState.LEASED: frozenset(DeliveryState) - {DeliveryState.LEASED},
    DeliveryState.RETRY: frozenset({DeliveryState.LEASED, DeliveryState.SKIPPED}),
    DeliveryState.UNCERTAIN: frozenset({DeliveryState.QUEUED}),
    DeliveryState.SENT: frozenset(),
    DeliveryState.GONE: frozenset(),
    DeliveryState.FAILED: frozenset(),
    DeliveryState.SKIPPED: frozenset(),
}
"""Allowed moves. A leased row goes back to queued when its sender stops before it tried, or when one of several
messages of its alert is there; uncertain goes back when an officer presses 'send again'."""

WAITING = (DeliveryState.QUEUED, DeliveryState.RETRY)
OPEN = (*WAITING, DeliveryState.LEASED)


def as_state(state: DeliveryState) -> dict[str, str | bool]:
    """Give the columns that put a row into a state."""
    return {"state": state.value, "is_open": state in OPEN}


class Outcome(NamedTuple):
    """What became of one attempt; a tuple, since one is made for every message.

    Attributes:
        state: the state that the row moves to.
        reason: why, in a few words fit for a report; empty when sent.
        message_id: Telegram's id of the stored message, when sent.
        is_part: a message of several is there; the row goes back to queued for the next one.
        moved_to: the id that a group has taken as a supergroup.
        refuses_file: the chat takes no pictures or documents; its text may go without.
        retry_after: the wait that Telegram asked for, when it did.
        may_have_arrived: the attempt may have been delivered although it did not end in `sent`.
        stops_everything: the fault is the operator's (token, second poller): no row is to blame, sending pauses.
        is_reply: Telegram stored the message as an answer to another one.
        is_no_try: the row had no part in it (no connection, a wait that Telegram asked for): no attempt is counted.
    """

    state: DeliveryState
    reason: str = ""
    message_id: int | None = None
    retry_after: timedelta | None = None
    may_have_arrived: bool = False
    stops_everything: bool = False
    is_part: bool = False
    moved_to: int | None = None
    refuses_file: bool = False
    is_no_try: bool = False
    is_reply: bool = False
