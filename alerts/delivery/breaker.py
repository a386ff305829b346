"""Stops all broadcasts while it is the bot, the line or Telegram that fails, so that no recipient is blamed for it."""

from dataclasses import dataclass
from enum import StrEnum

from alerts.delivery.states import DeliveryState, Outcome

FAULTS_TO_OPEN = 5
"""So many faults one after the other, with nothing accepted in between, open it."""

PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""How long it stays open, longer each time that the try after a pause fails as well."""


class BreakerState(StrEnum):
    """Whether broadcasts may go out."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


MEANING: dict[BreakerState, str] = {
    BreakerState.CLOSED: "messages go out",
    BreakerState.OPEN: "nothing goes out until the pause is over",
    BreakerState.HALF_OPEN: "one message is tried: if it is accepted, the others follow",
}

MOVES: dict[BreakerState, frozenset[BreakerState]] = {
    BreakerState.CLOSED: frozenset({BreakerState.OPEN}),
    BreakerState.OPEN: frozenset({BreakerState.HALF_OPEN}),
    BreakerState.HALF_OPEN: frozenset({BreakerState.OPEN, BreakerState.CLOSED}),
}


def is_fault(outcome: Outcome) -> bool:
    """Tell whether an outcome speaks against the bot, the line or Telegram, and not against the recipient."""
    return outcome.stops_everything or (
        outcome.retry_after is None
        and outcome.moved_to is None
        and (outcome.state is DeliveryState.RETRY or outcome.state is DeliveryState.UNCERTAIN)
    )


@dataclass(slots=True)
class Breaker:
    """Counts the faults. Every moment comes in as an argument, in seconds that never run back.

    Attributes:
        state: where it stands.
        until: when the pause is over, while it is open.
        reason: the last fault.
    """

    state: BreakerState = BreakerState.CLOSED
    until: float = 0.0
    reason: str = ""
    _faults: int = 0
    _pauses: int = 0

    def accepted(self) -> bool:
        """Note that Telegram took or refused a message in order; tell whether that closed it."""
        self._faults = 0
        if self.state is not BreakerState.HALF_OPEN:
            return False
        self.state, self._pauses = BreakerState.CLOSED, 0
        return True

    def failed(self, outcome: Outcome, now: float) -> bool:
        """Note a fault; tell whether it opened it. What is the operator's to mend opens it at once, for the longest."""
        self._faults += 1
        self.reason = outcome.reason
        is_enough = outcome.stops_everything or self._faults >= FAULTS_TO_OPEN
        if self.state is BreakerState.OPEN or (self.state is BreakerState.CLOSED and not is_enough):
            return False
        longest = len(PAUSES_SECONDS) - 1
        pause = PAUSES_SECONDS[longest if outcome.stops_everything else min(self._pauses, longest)]
        self.state, self.until = BreakerState.OPEN, now + pause
        self._pauses += 1
        return True

    def try_again(self, now: float) -> bool:
        """Tell whether the pause is over, so that one message may be tried."""
        if self.state is not BreakerState.OPEN or now < self.until:
            return False
        self.state = BreakerState.HALF_OPEN
        return True
