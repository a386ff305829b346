"""How fast each chat may be written to: one message a second, a group no more than twenty a minute.

Limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from collections import deque

CHAT_SPACING_SECONDS = 1.0
GROUP_MESSAGES = 20
GROUP_WINDOW_SECONDS = 60.0

_REMEMBERED_AT_LEAST = 10_000


class ChatLimits:
    """When each chat is free again. Every moment comes in as an argument, in seconds that never run back.

    Args:
        spacing_seconds: how far messages to one chat are kept apart.
    """

    def __init__(self, spacing_seconds: float = CHAT_SPACING_SECONDS) -> None:
        self._spacing = spacing_seconds
        self._free_at: dict[int, float] = {}
        self._held_until: dict[int, float] = {}
        self._group_sent_at: dict[int, deque[float]] = {}
        self._forget_above = _REMEMBERED_AT_LEAST

    def free_at(self, chat_id: int) -> float:
        """Give the moment from which the next message may go to a chat; 0 when nothing holds it."""
        free_at = self._free_at.get(chat_id, 0.0)
        if chat_id < 0:
            sent = self._group_sent_at.get(chat_id)
            if sent is not None and len(sent) == GROUP_MESSAGES:
                free_at = max(free_at, sent[0] + GROUP_WINDOW_SECONDS)
        return free_at

    def held_until(self, chat_id: int) -> float:
        """Give the end of a 429 of a chat, which edits have to wait for as well; 0 when there was none."""
        return self._held_until.get(chat_id, 0.0)

    def went(self, chat_id: int, now: float) -> None:
        """Note that a message goes to a chat now."""
        if self._spacing:
            self._free_at[chat_id] = now + self._spacing
        if chat_id < 0:
            self._group_sent_at.setdefault(chat_id, deque(maxlen=GROUP_MESSAGES)).append(now)
        if len(self._free_at) > self._forget_above:
            self._forget(now)

    def hold(self, chat_id: int, until: float) -> None:
        """Let nothing go to a chat before a moment."""
        self._held_until[chat_id] = max(until, self.held_until(chat_id))
        self._free_at[chat_id] = max(until, self._free_at.get(chat_id, 0.0))

    def _forget(self, now: float) -> None:
        self._free_at = {chat: at for chat, at in self._free_at.items() if at > now}
        self._held_until = {chat: at for chat, at in self._held_until.items() if at > now}
        self._forget_above = max(_REMEMBERED_AT_LEAST, 2 * len(self._free_at))
        over = now - GROUP_WINDOW_SECONDS
        self._group_sent_at = {chat: sent for chat, sent in self._group_sent_at.items() if sent[-1] > over}
