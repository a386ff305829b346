"""The latest Bot API calls, for whoever wants to see what a bot did."""

from collections import Counter, deque
from collections.abc import Iterator
from itertools import count
from typing import Any

_KEPT = 10_000
_FIELDS = ("seq", "at", "bot_id", "method", "chat_id", "status", "description", "fault")


class Journal:
    """Calls with an outcome, oldest first.

    Attributes:
        by_status: how many calls had which HTTP status, None for those without an answer.
        sent: how many messages the bots have sent, those included whose answer a fault took away.
    """

    def __init__(self) -> None:
        self._calls: deque[tuple[int, float, int, str, Any, int | None, str | None, str | None]] = deque(maxlen=_KEPT)
        self._numbers = count(1)
        self.by_status: Counter[int | None] = Counter()
        self.sent = 0

    def record(
        self,
        bot_id: int,
        method: str,
        chat_id: Any,
        *,
        at: float,
        status: int | None,
        description: str | None,
        fault: str | None = None,
    ) -> None:
        """Keep one call.

        Args:
            bot_id: the number in the token, whether or not there is such a bot.
            method: as Telegram spells it.
            chat_id: as the bot gave it, None where the method takes none.
            at: Unix seconds of the answer.
            status: the HTTP status, None if there was no answer.
            description: why it was refused, None if it was not.
            fault: what went wrong on purpose, if anything did.
        """
        self._calls.append((next(self._numbers), at, bot_id, method, chat_id, status, description, fault))
        self.by_status[status] += 1

    def clear(self) -> None:
        """Forget all calls and counts; the numbers go on, so that who follows them misses nothing."""
        self._calls.clear()
        self.by_status.clear()
        self.sent = 0

    def after(self, seq: int) -> list[dict[str, Any]]:
        """The calls numbered above `seq`."""
        return list(self._newer(seq))[::-1]

    def _newer(self, seq: int) -> Iterator[dict[str, Any]]:
        for call in reversed(self._calls):
            if call[0] <= seq:
                return
            yield dict(zip(_FIELDS, call, strict=True))
