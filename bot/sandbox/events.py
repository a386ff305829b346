"""Tells the pages of an account what happens in its chats."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

_WAITING = 1000


@dataclass(eq=False)
class Stream:
    """What one open page has yet to be told, as (kind, data).

    A page that does not read for a thousand events is cut off (`None` ends the stream): it connects again and reads the
    chats afresh, which costs less than keeping everything for it.
    """

    account_id: int
    waiting: asyncio.Queue[tuple[str, dict[str, Any]] | None] = field(default_factory=asyncio.Queue)

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        """Add an event."""
        if self.waiting.qsize() < _WAITING:
            self.waiting.put_nowait((kind, data))
        elif self.waiting.qsize() == _WAITING:
            self.waiting.put_nowait(None)


class EventHub:
    """The open streams, by account."""

    def __init__(self) -> None:
        self._streams: dict[int, set[Stream]] = {}

    def follow(self, account_id: int) -> Stream:
        """Open a stream."""
        stream = Stream(account_id)
        self._streams.setdefault(account_id, set()).add(stream)
        return stream

    def unfollow(self, stream: Stream) -> None:
        """Close a stream."""
        streams = self._streams.get(stream.account_id, set())
        streams.discard(stream)
        if not streams:
            self._streams.pop(stream.account_id, None)

    def has_followers(self, account_id: int) -> bool:
        """Whether it is worth making an event."""
        return account_id in self._streams

    def tell(self, account_id: int, kind: str, data: dict[str, Any]) -> None:
        """Send an event to every stream of the account."""
        for stream in self._streams.get(account_id, ()):
            stream.tell(kind, data)

    def tell_all(self, kind: str, data: dict[str, Any]) -> None:
        """Send an event to every stream there is."""
        for account_id in self._streams:
            self.tell(account_id, kind, data)
