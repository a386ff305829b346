"""What waits for a bot: its queue of updates, as getUpdates reads it."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

from bot.sandbox.errors import ApiError
from bot.sandbox.rules import UPDATE_SECONDS

KINDS = ("message", "channel_post", "callback_query", "my_chat_member", "inline_query")
_CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
_WEBHOOK_SET = "Conflict: terminated by setWebhook request"


@dataclass(slots=True)
class Webhook:
    """Where a bot wants its updates brought, instead of asking for them.

    Attributes:
        url: the address.
        secret_token: what goes along with each update; empty for nothing.
        max_connections: how many updates may be on their way at once.
        last_error_date: Unix seconds of the last failure.
        last_error_message: what it was.
    """

    url: str
    secret_token: str
    max_connections: int
    last_error_date: int | None = None
    last_error_message: str | None = None


class UpdateQueue:
    """Updates of one bot, oldest first.

    An update stays until it is confirmed, which a request with a higher offset does and a webhook that takes it, or
    until it is a day old. Which kinds come in is decided when they happen, so a change of `allowed_updates` leaves
    those alone that wait already.

    Source: https://core.telegram.org/bots/api#getting-updates.
    """

    def __init__(self) -> None:
        self.webhook: Webhook | None = None
        self.follower: Callable[[dict[str, Any]], None] | None = None
        self._updates: OrderedDict[int, tuple[float, dict[str, Any]]] = OrderedDict()
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
        update_id = next(self._ids)
        update = {"update_id": update_id, kind: content}
        self._updates[update_id] = (now, update)
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        if self.follower is not None:
            self.follower(update)

    def waiting(self) -> list[dict[str, Any]]:
        """All that is not confirmed."""
        return [update for _, update in self._updates.values()]

    def holds(self, update_id: int, now: float) -> bool:
        """Whether an update waits still; one that is a day old is forgotten.

        Args:
            update_id: which.
            now: Unix seconds.
        """
        at, _ = self._updates.get(update_id, (-UPDATE_SECONDS, None))
        if now - at >= UPDATE_SECONDS:
            self._updates.pop(update_id, None)
        return update_id in self._updates

    def confirm(self, update_id: int) -> None:
        """Forget one update, because it has arrived."""
        self._updates.pop(update_id, None)

    def read(self, offset: int, limit: int, now: float) -> list[dict[str, Any]]:
        """Confirm what lies before the offset and give out what follows.

        Args:
            offset: the first update wanted; 0 for the earliest; -n for the last n, which forgets all before.
            limit: how many at most.
            now: Unix seconds.
        """
        updates = self._updates
        while updates:
            first = next(iter(updates))
            if now - updates[first][0] < UPDATE_SECONDS and first >= offset:
                break
            del updates[first]
        if offset < 0:
            while len(updates) > -offset:
                updates.popitem(last=False)
        return [update for _, update in islice(updates.values(), limit)]

    def clear(self) -> None:
        """Forget everything that waits."""
        self._updates.clear()

    def set_webhook(self, webhook: Webhook | None) -> None:
        """Have updates brought to an address from now on, or asked for again."""
        self.webhook = webhook
        if webhook is not None:
            self.end_poll(_WEBHOOK_SET)

    def end_poll(self, reason: str = _CONFLICT) -> None:
        """Turn away the request that waits, because of what came.

        Its future raises 409 with the reason.
        """
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(ApiError(409, reason))
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
