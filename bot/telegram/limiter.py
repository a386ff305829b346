"""Replies to people take their turn from the same pacer as the broadcasts, in the lane before them."""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from alerts.delivery.pacer import REPLY_LANE, Pacer
from bot.telegram.outcomes import wait_of
from bot.telegram.request import NotSentError

TRIES = 3
LONGEST_WAIT_SECONDS = 60.0
"""A reply that Telegram wants later than this is given up: the person will have asked again."""

log = structlog.get_logger(__name__)


class ReplyLimiter(BaseRateLimiter[None]):
    """Asks the pacer before each message that the bot sends on its own, obeys a 429, repeats what never left."""

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
        takes_turn = endpoint.startswith("send") and isinstance(chat_id, int)
        for tries_left in reversed(range(TRIES)):
            if takes_turn:
                await self._pacer.turn(REPLY_LANE, chat)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                wait_seconds = wait_of(error).total_seconds()
                log.warning("telegram_asked_to_wait", seconds=wait_seconds, endpoint=endpoint)
                self._pacer.refused(chat, wait_seconds)
                if not tries_left or wait_seconds > LONGEST_WAIT_SECONDS:
                    raise
                takes_turn = True  # an edit waits for no turn of its own, but it has to wait out a 429
            except NotSentError:
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")
