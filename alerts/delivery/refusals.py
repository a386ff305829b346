"""Whom a 429 means: Telegram does not say whether the bot or one chat had its fill (docs/decisions/0007)."""

from dataclasses import dataclass, field

EVIDENCE = 3
"""So many messages to other chats, asked for later and accepted, show that the bot itself is not held."""


@dataclass(slots=True)
class Refusals:
    """What is known of the refusals that are still in force.

    Moments are seconds that never run back; `asked_at` is when the request in question was let go.
    """

    _chats: set[int] = field(default_factory=set)
    _asked_at: float = 0.0
    _until: float = 0.0
    _accepted: int = 0

    def mean_the_bot(self, chat_id: int, asked_at: float, now: float, seconds: float, *, is_low: bool) -> bool:
        """Note a refusal, and tell whether everything has to wait.

        A group has a limit of its own. A private chat's refusal is taken for the chat's own when the bot had sent
        little in the last second, until a second chat is refused as well.

        Args:
            chat_id: whose message was refused; 0 when it was for no chat, and so is the bot's.
            asked_at: when it was let go.
            now: the present moment.
            seconds: how long Telegram asks to wait.
            is_low: the bot was well below its rate.
        """
        if now >= self._until:
            self._chats.clear()
        self._chats.add(chat_id)
        self._asked_at = max(self._asked_at, asked_at)
        self._until = max(self._until, now + seconds)
        self._accepted = 0
        people = sum(chat > 0 for chat in self._chats)
        return not chat_id or (chat_id > 0 and (people > 1 or not is_low))

    def are_disproved(self, chat_id: int, asked_at: float) -> bool:
        """Note that a message was accepted, and tell whether that shows that the refused chat alone was meant."""
        if chat_id in self._chats or asked_at <= self._asked_at or len(self._chats) > 1:
            return False
        self._accepted += 1
        return self._accepted == EVIDENCE
