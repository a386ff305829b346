"""Telegram's limits, each with where it is documented, and the flood control that holds bots to its rates.

Sources: the Bot API (https://core.telegram.org/bots/api) for sizes, and the FAQ for bots
(https://core.telegram.org/bots/faq#broadcasting-to-users) for rates. Text counts in UTF-16 code units after parsing.
"""

import math
import re
from collections import deque
from dataclasses import dataclass, field

from bot.sandbox.errors import bad_request, too_many_requests

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ENTITIES = 100
MAX_CALLBACK_DATA_BYTES = 64
MAX_CALLBACK_ANSWER = 200
MAX_COPY_TEXT = 256
MAX_BUTTONS = 100
MAX_COMMANDS = 100
MAX_COMMAND_NAME = 32
MAX_COMMAND_DESCRIPTION = 256
MAX_NAME = 64
MAX_DESCRIPTION = 512
MAX_SHORT_DESCRIPTION = 120
MAX_INLINE_QUERY = 256
MAX_INLINE_RESULTS = 50
MAX_RESULT_ID_BYTES = 64
MAX_UPDATES = 100
MAX_POLL_SECONDS = 50
CALLBACK_QUERY_SECONDS = 150
INLINE_QUERY_SECONDS = 10
DELETABLE_SECONDS = 48 * 3600
UPDATE_SECONDS = 24 * 3600

TOKEN = re.compile(r"(\d{1,16}):[A-Za-z0-9_-]{3,}")
COMMAND_NAME = re.compile(r"[a-z0-9_]+")
LANGUAGE_CODE = re.compile(r"([a-z]{2})?")
QUERY_EXPIRED = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


@dataclass(frozen=True)
class Limits:
    """How fast a bot may send.

    A rate is exceeded when more than `limit + jitter` messages fall into one sliding window; the one for jitter is
    there because a sender that keeps the limit exactly is seen a little bunched at the other end of a network.

    Attributes:
        bot_per_second: messages of one bot over all its chats.
        chat_per_second: messages of one bot in one chat.
        group_per_minute: messages of one bot in one group, on top of the above.
        paid: whether bots may broadcast for Stars; then `allow_paid_broadcast` lifts the bot's limit.
        paid_per_second: what it is lifted to. Paid and free messages share one window, so free ones wait while
            a paid broadcast is above the free rate.
        jitter: how many messages above a limit still pass in a window.
    """

    bot_per_second: int = 30
    chat_per_second: int = 1
    group_per_minute: int = 20
    paid: bool = False
    paid_per_second: int = 1000
    jitter: int = 1


@dataclass(slots=True)
class Window:
    """When the latest accepted messages went out, as far back as the rate looks.

    A window of n seconds is half open: two messages exactly n seconds apart are not in the same one.
    """

    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float, allowed: int) -> float:
        """Seconds until one more message fits among `allowed` in any window; 0 if it fits now."""
        times = self.times
        while times and times[0] <= now - self.seconds:
            times.popleft()
        if len(times) < allowed:
            return 0.0
        return times[len(times) - allowed] + self.seconds - now


def admit(limits: Limits, bot: Window, chat: Window, group: Window | None, *, now: float, paid: bool) -> None:
    """Count one new message, or refuse it and count nothing.

    Only new messages come here. Edits, deletions, chat actions and answers to presses are free: Telegram's FAQ speaks
    of sending, and no figure for the others is published.

    Args:
        limits: the rates in force.
        bot: the bot's window of one second.
        chat: the chat's window of one second.
        group: the chat's window of a minute, if it is a group.
        now: Unix seconds.
        paid: whether the message is to be paid for.

    Raises:
        ApiError: 429 with the whole seconds to wait.
    """
    total = limits.paid_per_second if paid and limits.paid else limits.bot_per_second
    jitter = limits.jitter
    wait = max(bot.wait(now, total + jitter), chat.wait(now, limits.chat_per_second + jitter))
    if group is not None:
        wait = max(wait, group.wait(now, limits.group_per_minute + jitter))
    if wait > 0:
        raise too_many_requests(max(1, math.ceil(wait)))
    bot.times.append(now)
    chat.times.append(now)
    if group is not None:
        group.times.append(now)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, which is how Telegram measures text."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_text_length(text: str) -> None:
    """Refuse a message's text above 4,096 UTF-16 units."""
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("message is too long")


def check_caption_length(text: str) -> None:
    """Refuse a caption above 1,024 UTF-16 units."""
    if utf16_length(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")


def check_language_code(code: str) -> None:
    """Refuse what is neither empty nor two lower-case letters (ISO 639-1)."""
    if not LANGUAGE_CODE.fullmatch(code):
        raise bad_request("invalid language code specified")
