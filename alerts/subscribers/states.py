"""The states of a subscription and the moves between them."""

from enum import StrEnum


class SubscriberStatus(StrEnum):
    """Whether a chat receives alerts."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


MEANING: dict[SubscriberStatus, str] = {
    SubscriberStatus.ACTIVE: "receives alerts",
    SubscriberStatus.SUSPENDED: "cannot be reached, for the reason beside it; resumes by itself when it can",
    SubscriberStatus.ENDED: "the person unsubscribed; only the proof of it is kept",
}

MOVES: dict[SubscriberStatus, frozenset[SubscriberStatus]] = {
    SubscriberStatus.ACTIVE: frozenset({SubscriberStatus.SUSPENDED, SubscriberStatus.ENDED}),
    SubscriberStatus.SUSPENDED: frozenset({SubscriberStatus.ACTIVE, SubscriberStatus.ENDED}),
    SubscriberStatus.ENDED: frozenset({SubscriberStatus.ACTIVE}),
}
