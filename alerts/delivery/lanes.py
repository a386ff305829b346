"""Who goes next: the lanes of those that wait, and the share of the rate that each lane has.

The lanes are 0 to 3, one for each severity, most urgent first, and before them the answers to a person's own command.
"""

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Generic, Protocol, TypeVar

REPLY_LANE = -1
"""The lane of answers to a person's own command: before every broadcast."""

PRESSING_LANES = (0, 1)
"""While one of these waits (critical, urgent), answers have their share and no more."""

BROADCAST_LANES = (0, 1, 2, 3)
REPLIES_ONE_IN = 3
"""The answers' share while a pressing lane waits: one message in so many."""

LOWEST_ONE_IN = 50
"""The share of the lowest lane that waits: one message in so many, whatever waits before it."""


class Waiting(Protocol):
    """Somebody who waits for their turn."""

    @property
    def lane(self) -> int:
        """The lane: lower goes first."""

    @property
    def chat_id(self) -> int:
        """The chat that the message is for."""


T = TypeVar("T", bound=Waiting)


class Lanes(Generic[T]):
    """Those who wait. The order within a lane is that of arrival; a chat that is not free holds up nobody else.

    Args:
        free_at: tells the moment from which somebody's message may go.
    """

    def __init__(self, free_at: Callable[[T], float]) -> None:
        self._free_at = free_at
        self._lanes: dict[int, deque[T]] = {lane: deque() for lane in (REPLY_LANE, *BROADCAST_LANES)}
        self._parked: list[tuple[float, int, T]] = []
        self._numbers = count()
        self._since_reply = REPLIES_ONE_IN
        self._since_lowest = 0

    def __len__(self) -> int:
        """Count those who wait, whether their chat is free or not."""
        return len(self._parked) + sum(map(len, self._lanes.values()))

    def add(self, one: T) -> None:
        """Let somebody wait at the end of their lane."""
        self._lanes[one.lane].append(one)

    def waiting(self, lane: int) -> int:
        """Count those who wait in a lane."""
        return len(self._lanes[lane]) + sum(one.lane == lane for _, _, one in self._parked)

    def is_pressing(self) -> bool:
        """Tell whether an alert waits for whose sake answers to people are held to their share."""
        return any(self._lanes[lane] for lane in PRESSING_LANES)

    def pick(self, now: float, *, replies_only: bool = False) -> T | None:
        """Take out who goes next, or nobody when every chat that somebody waits for is held."""
        self._unpark(now)
        lowest = next((lane for lane in reversed(BROADCAST_LANES) if self._lanes[lane]), REPLY_LANE)
        for lane in self._order(lowest, replies_only=replies_only):
            queue = self._lanes[lane]
            while queue:
                one = queue.popleft()
                free_at = self._free_at(one)
                if free_at <= now:
                    self._since_reply = 1 if lane == REPLY_LANE else self._since_reply + 1
                    self._since_lowest = 1 if lane == lowest else self._since_lowest + 1
                    return one
                heappush(self._parked, (free_at, next(self._numbers), one))
        return None

    def _order(self, lowest: int, *, replies_only: bool) -> tuple[int, ...]:
        """Give the lanes in the order in which this turn is offered to them."""
        is_replys = self._since_reply >= REPLIES_ONE_IN or not self.is_pressing()
        if replies_only:
            return (REPLY_LANE,)
        if self._since_lowest >= LOWEST_ONE_IN:
            return (lowest, REPLY_LANE, *BROADCAST_LANES)
        return (REPLY_LANE, *BROADCAST_LANES) if is_replys else (*BROADCAST_LANES, REPLY_LANE)

    def _unpark(self, now: float) -> None:
        """Put those whose chat may be free before the others of their lane: they have waited longer."""
        free: list[T] = []
        while self._parked and self._parked[0][0] <= now:
            free.append(heappop(self._parked)[2])
        for one in reversed(free):
            self._lanes[one.lane].appendleft(one)

    def look_at(self) -> float:
        """Give the moment at which the next chat that is waited for is free; infinite when none is."""
        return self._parked[0][0] if self._parked else inf

    def take_out(self, unwanted: Callable[[T], bool]) -> list[T]:
        """Take out everybody of whom this is true."""
        taken: list[T] = []
        for lane, queue in self._lanes.items():
            taken += (found := [one for one in queue if unwanted(one)])
            if found:
                self._lanes[lane] = deque(one for one in queue if not unwanted(one))
        taken += [one for _, _, one in self._parked if unwanted(one)]
        self._parked = sorted(entry for entry in self._parked if not unwanted(entry[2]))
        return taken
