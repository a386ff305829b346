"""What waits for a bot: its queue of updates, as getUpdates reads it."""

import asyncio
from collections import deque
from collections.abc import Iterable
from itertools import count
from typing import Any

from bot.sandbox.errors import ApiError
from bot.sandbox.rules import UPDATE_SECONDS

KINDS = ("message", "callback_query", "my_chat_member")
_CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


class UpdateQueue:
    """Updates of one bot, oldest first.

    An update stays until it is confirmed, which a request with a higher offset does, or until it is a day old. Which
    kinds come in is decided when they happen, so a change of `allowed_updates` leaves those alone that wait already.

    Source: https://core.telegram.org/bots/api#getting-updates.
    """

    def __init__(self) -> None:
        self._updates: deque[tuple[float, dict[str, Any]]] = deque()
        self._ids = count(1)
        self._allowed: frozenset[str] | None = None
        self._poll: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._updates)

    @property
    def allowed(self) -> frozenset[str] | None:
        """The kinds that the bot asked for; None for Telegram's default, which has all that the sandbox makes."""
        return self._allowed

    def allow(self, kinds: Iterable[str]) -> None:
        """Take only these kinds from now on; none named means the default. Unknown ones are passed over."""
        self._allowed = frozenset(kinds) or None

    def put(self, kind: str, content: dict[str, Any], now: float) -> None:
        """Add an update and wake the request that waits for one."""
        if self._allowed is not None and kind not in self._allowed:
            return
        self._updates.append((now, {"update_id": next(self._ids), kind: content}))
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def read(self, offset: int, limit: int, now: float) -> list[dict[str, Any]]:
        """Confirm what lies before the offset and give out what follows.

        Args:
            offset: the first update wanted; 0 for the earliest; -n for the last n, which forgets all before.
            limit: how many at most.
            now: Unix seconds.
        """
        updates = self._updates
        while updates and (now - updates[0][0] >= UPDATE_SECONDS or updates[0][1]["update_id"] < offset):
            updates.popleft()
        if offset < 0:
            while len(updates) > -offset:
                updates.popleft()
        return [update for _, update in list(updates)[:limit]]

    def clear(self) -> None:
        """Forget everything that waits."""
        self._updates.clear()

    def end_poll(self) -> None:
        """Turn away the request that waits, because another one came.

        Its future raises 409.
        """
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(ApiError(409, _CONFLICT))
        self._poll = None

    def begin_poll(self) -> asyncio.Future[None]:
        """A future that is done when an update comes or another request takes over."""
        self.end_poll()
        self._poll = asyncio.get_running_loop().create_future()
        return self._poll

    def forget_poll(self, poll: asyncio.Future[None]) -> None:
        """Say that a request no longer waits."""
        if self._poll is poll:
            self._poll = None
        if not poll.cancel() and not poll.cancelled():
            poll.exception()  # looked at, so that asyncio does not report it as lost
