"""What the answerer has seen: which message came when, and how many were refused."""

from array import array
from collections import deque
from typing import Any

WINDOW_SECONDS = 1.0


class Arrivals:
    """Counts the messages of one run, and holds them to a limit as the sandbox does: one more than it in any second.

    Args:
        limit: messages a second; None lets everything pass.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = limit
        self._moments = array("d")
        self._chats = array("q")
        self._window: deque[float] = deque()
        self.refused = 0

    def __len__(self) -> int:
        """Count the messages accepted."""
        return len(self._moments)

    def admit(self, chat_id: int, now: float) -> bool:
        """Note a message, or refuse it because too many came in the second before.

        Args:
            chat_id: the chat, 0 when unknown.
            now: seconds of the monotonic clock.
        """
        if self._limit is not None:
            window = self._window
            while window and window[0] <= now - WINDOW_SECONDS:
                window.popleft()
            if len(window) > self._limit:
                self.refused += 1
                return False
            window.append(now)
        self._moments.append(now)
        self._chats.append(chat_id)
        return True

    def figures(self, low: int, high: int, marks: tuple[int, ...] = ()) -> dict[str, Any]:
        """Tell of the messages to chats in a range.

        Args:
            low: the first chat of the range.
            high: the chat behind its last.
            marks: positions among them, from 0, whose moments are wanted; those that never came are left out.

        Returns:
            `received`, `refused` (of all), `first` and `last` (monotonic seconds, None without a message),
            `most_in_a_second` and `moments` of the marks.
        """
        moments = [moment for moment, chat in zip(self._moments, self._chats, strict=True) if low <= chat < high]
        return {
            "received": len(moments),
            "refused": self.refused,
            "first": moments[0] if moments else None,
            "last": moments[-1] if moments else None,
            "most_in_a_second": most_in_a_second(moments),
            "moments": {str(mark): moments[mark] for mark in marks if mark < len(moments)},
        }


def most_in_a_second(moments: list[float]) -> int:
    """Give the largest number of moments in any window of a second, half open; they are in order."""
    most = start = 0
    for end, moment in enumerate(moments):
        while moments[start] <= moment - WINDOW_SECONDS:
            start += 1
        most = max(most, end - start + 1)
    return most
