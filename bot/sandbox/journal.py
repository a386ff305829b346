"""The latest Bot API calls, for whoever wants to see what a bot did."""

from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import Any

_KEPT = 10_000
_FIELDS = ("seq", "at", "bot_id", "method", "chat_id", "status", "description")


class Journal:
    """Calls with an outcome, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[tuple[int, float, int, str, Any, int, str | None]] = deque(maxlen=_KEPT)
        self._numbers = count(1)

    def record(
        self, bot_id: int, method: str, chat_id: Any, *, at: float, status: int, description: str | None
    ) -> None:
        """Keep one call.

        Args:
            bot_id: the number in the token, whether or not there is such a bot.
            method: as Telegram spells it.
            chat_id: as the bot gave it, None where the method takes none.
            at: Unix seconds of the answer.
            status: the HTTP status.
            description: why it was refused, None if it was not.
        """
        self._calls.append((next(self._numbers), at, bot_id, method, chat_id, status, description))

    def after(self, seq: int) -> list[dict[str, Any]]:
        """The calls numbered above `seq`."""
        return list(self._newer(seq))[::-1]

    def _newer(self, seq: int) -> Iterator[dict[str, Any]]:
        for call in reversed(self._calls):
            if call[0] <= seq:
                return
            yield dict(zip(_FIELDS, call, strict=True))
