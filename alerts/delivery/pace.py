"""How fast the bot may send: a rate kept in every second, slower for a while after Telegram has asked to wait.

Limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from collections import deque
from dataclasses import dataclass
from math import inf

WINDOW_SECONDS = 1.001
"""No window of this length holds more than a second's worth, as Telegram saw the messages come."""

SPACING = 1.001
"""How much wider than the rate asks messages are spaced, so that the window above seldom has to hold one back."""

FORGETTING_PER_SECOND = 0.01
"""The quickest answer is forgotten by this share of it in a second, so that a line that became slower is noticed."""

AT_ONCE_SECONDS = 0.07
"""How much lateness, of timers or of the disk, is made good at once."""

REPAID_SHARE = 0.3
"""What is beyond that is owed, and made good by spacing messages closer by this share until it is repaid."""

FORGOTTEN_SECONDS = 0.5
"""So much is owed at most, and a pause longer than this is no lateness: nobody waited."""

SLOWER_AFTER_REFUSAL = 0.7
LOWEST_SHARE = 0.1
WON_BACK_SHARE = 0.1
"""What part of the full rate is won back at each step."""

WIN_BACK_SECONDS = 5.0


@dataclass(slots=True)
class Turn:
    """A request that was let go.

    Attributes:
        at: when.
        took: how long the answer took, in seconds; 0 until it is there.
    """

    at: float
    took: float = 0.0


class Pace:
    """The rate of one bot over all its chats.

    A message that was held up on its way is counted from when it arrived: an answer that took longer than the quickest
    one shows by how much it was late.

    Every moment comes in as an argument, in seconds that never run back.

    Args:
        per_second: the full rate.
    """

    def __init__(self, per_second: int) -> None:
        self._full = float(per_second)
        self._rate = self._full
        self._turns: deque[Turn] = deque()
        self._quickest = inf
        self._answered_at = 0.0
        self._next_slot = 0.0
        self._owed = 0.0
        self._held_until = 0.0
        self._won_back_at = 0.0

    @property
    def per_second(self) -> float:
        """The rate that is kept now."""
        return self._rate

    def opens_at(self, now: float) -> float:
        """Give the moment from which one more message may go."""
        if self._rate < self._full:
            self._win_back(now)
        turns = self._turns
        while turns and self._arrived_at(turns[0]) + WINDOW_SECONDS <= now:
            turns.popleft()
        opens_at = max(self._next_slot, self._held_until)
        if len(turns) >= max(1, int(self._rate)):
            opens_at = max(opens_at, self._arrived_at(turns[0]) + WINDOW_SECONDS)
        return opens_at

    def went(self, now: float) -> Turn:
        """Note that a message goes now."""
        self._look_at_lateness(now - self._next_slot, now)
        step = SPACING / self._rate
        repaid = min(self._owed, step * REPAID_SHARE)
        self._owed -= repaid
        self._next_slot += step - repaid
        turn = Turn(now)
        self._turns.append(turn)
        return turn

    def forgive(self, now: float) -> None:
        """Make no lateness good any more: somebody waits whom the messages sent for it are in the way of.

        A stall that is made good comes back every second, since nothing may go while it leaves the window.
        """
        opens_at = self.opens_at(now)
        if opens_at > self._next_slot:
            self._next_slot, self._owed = opens_at, 0.0

    def answered(self, turn: Turn, now: float) -> None:
        """Note that an answer came."""
        turn.took = now - turn.at
        self._quickest = min(turn.took, self._quickest * (1 + FORGETTING_PER_SECOND * (now - self._answered_at)))
        self._answered_at = now

    def is_low(self, now: float) -> bool:
        """Tell whether in the last second so little went that the bot's own limit cannot have been met."""
        return sum(turn.at > now - 1.0 for turn in self._turns) <= self._rate / 2

    def hold(self, now: float, seconds: float) -> None:
        """Let nothing go for so long, and then go on slower than before; one hold slows it down once."""
        if now >= self._held_until:
            self._rate = max(self._rate * SLOWER_AFTER_REFUSAL, self._full * LOWEST_SHARE, 1.0)
        self._held_until = max(self._held_until, now + seconds)
        self._next_slot, self._owed = max(self._next_slot, self._held_until), 0.0
        self._won_back_at = self._held_until

    def release(self, now: float) -> None:
        """Take the hold back: it was not the bot that had been too fast."""
        self._held_until = 0.0
        self._next_slot = now
        self._rate = self._full

    def held_seconds(self, now: float) -> float:
        """Tell for how long nothing may go; 0 when the way is free."""
        return max(0.0, self._held_until - now)

    def _look_at_lateness(self, late: float, now: float) -> None:
        if late > FORGOTTEN_SECONDS:
            self._next_slot, self._owed = now, 0.0
        elif late > AT_ONCE_SECONDS:
            self._owed = min(self._owed + late - AT_ONCE_SECONDS, FORGOTTEN_SECONDS)
            self._next_slot = now - AT_ONCE_SECONDS

    def _arrived_at(self, turn: Turn) -> float:
        """Give the moment at which a message came to Telegram at the latest, as far as is known."""
        return turn.at + max(0.0, turn.took - self._quickest)

    def _win_back(self, now: float) -> None:
        steps = int((now - self._won_back_at) / WIN_BACK_SECONDS)
        if steps > 0:
            self._rate = min(self._full, self._rate + steps * self._full * WON_BACK_SHARE)
            self._won_back_at += steps * WIN_BACK_SECONDS
