"""What the bot sends of its own passes the same pacer as the broadcasts, in the lane of answers."""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from alerts.delivery.pacer import Pacer
from bot.telegram.outcomes import wait_of
from bot.telegram.request import NotSentError

TRIES = 3
NEW_MESSAGES = ("send", "forwardMessage", "copyMessage")
LONGEST_WAIT_SECONDS = 60.0
"""A reply that Telegram wants later than this is given up: the person will have asked again."""

log = structlog.get_logger(__name__)


class ReplyLimiter(BaseRateLimiter[None]):
    """Asks the pacer before each request, obeys a 429, repeats what never left.

    New and edited messages take a turn, since Telegram counts them; what else is asked of it (an answer to a press, a
    menu, a member's rights) only waits while a 429 holds the bot. getUpdates does not come here.
    """

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,  # noqa: ARG002 - the library's signature
    ) -> Any:
        """Make one request when its turn has come."""
        chat_id = data.get("chat_id")
        chat = chat_id if isinstance(chat_id, int) else 0
        is_message = endpoint.startswith(NEW_MESSAGES) and endpoint != "sendChatAction"
        takes_turn = is_message or endpoint.startswith("editMessage")
        for tries_left in reversed(range(TRIES)):
            turn = await self._pacer.turn(chat, is_message=is_message) if takes_turn else None
            await self._pacer.wait_out()
            try:
                answer = await callback(*args, **kwargs)
            except RetryAfter as error:
                wait_seconds = wait_of(error).total_seconds()
                log.warning("telegram_asked_to_wait", seconds=wait_seconds, endpoint=endpoint)
                self._pacer.refused(chat, wait_seconds, turn)
                if not tries_left or wait_seconds > LONGEST_WAIT_SECONDS:
                    raise
            except NotSentError:
                if not tries_left:
                    raise
            else:
                if turn is not None:
                    self._pacer.accepted(chat, turn)
                return answer
        raise AssertionError("the last try returns or raises")
