"""Lets messages go one by one, as fast as Telegram allows and no faster, broadcasts and answers alike."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from math import inf

from alerts.clock import Clock, sleep_or
from alerts.delivery.chats import CHAT_SPACING_SECONDS, ChatLimits
from alerts.delivery.claim import Claimed
from alerts.delivery.lanes import REPLY_LANE, Lanes
from alerts.delivery.pace import Pace, Turn
from alerts.delivery.refusals import Refusals

TICK_SECONDS = 0.01
"""The shortest sleep between two rounds: at high rates several messages go in one round."""

PATIENCE_SECONDS = 2.0
"""A row whose chat is held for longer gives its place to others, and goes back to the queue."""

NOT_READY_SECONDS = 3.0
"""When a row is looked at again whose alert waits for its file to be uploaded; longer than the patience."""


class _Answer:
    """An answer to a person that waits for its turn.

    Attributes:
        is_message: it is a new message, so the chat's own limit counts.
        go: done when its turn has come.
    """

    __slots__ = ("chat_id", "go", "is_message")
    lane = REPLY_LANE

    def __init__(self, chat_id: int, go: asyncio.Future[Turn], *, is_message: bool) -> None:
        self.chat_id = chat_id
        self.go = go
        self.is_message = is_message


class Pacer:
    """The one gate of a bot: every request passes it, so that neither the bot nor a chat gets more than it may.

    Rows of the outbox are added and taken by the senders; an answer waits for its own turn. What decides is in `Pace`
    (the bot's rate), `ChatLimits`, `Lanes` (who is next) and `Refusals` (whom a 429 means), none of which knows of time
    or tasks.

    Args:
        clock: the source of time.
        per_second: messages a second over all chats.
        chat_spacing_seconds: how far messages to one chat are kept apart.
        is_ready: tells whether a row could be sent now; one that could not takes no turn.
    """

    def __init__(
        self,
        clock: Clock,
        per_second: int,
        chat_spacing_seconds: float = CHAT_SPACING_SECONDS,
        is_ready: Callable[[Claimed], bool] = lambda _: True,
    ) -> None:
        self._clock = clock
        self._pace = Pace(per_second)
        self._chats = ChatLimits(chat_spacing_seconds)
        self._is_ready = is_ready
        self._lanes: Lanes[Claimed | _Answer] = Lanes(self._free_at)
        self._refusals = Refusals()
        self._senders: deque[asyncio.Future[tuple[Claimed, Turn]]] = deque()
        self._allowed = inf
        self._change = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    async def turn(self, chat_id: int, *, is_message: bool = True) -> Turn:
        """Return when an answer may go.

        Args:
            chat_id: the chat; 0 when the request is for none.
            is_message: it is a new message, which chats take one a second of.
        """
        go: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        self._lanes.add(_Answer(chat_id, go, is_message=is_message))
        self._pace.forgive(self._clock.monotonic())
        self._wake()
        return await go

    async def wait_out(self) -> None:
        """Return when no 429 holds the bot: for a request that takes no turn."""
        while (seconds := self.held_seconds()) > 0:
            await self._clock.sleep(seconds)

    def add(self, rows: Iterable[Claimed]) -> None:
        """Let rows of the outbox wait for their turn."""
        for row in rows:
            self._lanes.add(row)
        self._wake()

    async def next_row(self) -> tuple[Claimed, Turn]:
        """Give the next row when its turn has come: the caller sends it at once."""
        if not self._senders and self._allowed:
            row = self._take(self._clock.monotonic(), replies_only=False)
            if row is not None:
                return row
        sender: asyncio.Future[tuple[Claimed, Turn]] = asyncio.get_running_loop().create_future()
        self._senders.append(sender)
        self._wake()
        try:
            return await sender
        except asyncio.CancelledError:
            if sender.done() and not sender.cancelled():  # a row came in the same moment: another sender has it
                self._allowed += 1
                self.add([sender.result()[0]])
            raise

    def waiting(self, lane: int) -> int:
        """Count the rows that wait in a lane."""
        return self._lanes.waiting(lane)

    def shut(self) -> None:
        """Give out no rows; answers go on."""
        self._allowed = 0

    def open(self) -> None:
        """Give out rows again."""
        self.allow(inf)

    def allow(self, rows: float) -> None:
        """Give out so many rows and no more."""
        self._allowed = rows
        self._wake()

    def take_back(self, unwanted: Callable[[Claimed], bool]) -> list[Claimed]:
        """Take out the rows of which this is true."""
        taken = self._lanes.take_out(lambda one: not isinstance(one, _Answer) and unwanted(one))
        self._wake()
        return [one for one in taken if not isinstance(one, _Answer)]

    def turned_away(self) -> list[tuple[Claimed, float]]:
        """Take out the rows whose chat is not free for long, each with the seconds until it is."""
        now = self._clock.monotonic()
        if self._lanes.look_at() == inf:
            return []
        rows = self.take_back(lambda row: self._free_at(row) > now + PATIENCE_SECONDS)
        return [(row, self._free_at(row) - now) for row in rows]

    def refused(self, chat_id: int, seconds: float, turn: Turn | None) -> None:
        """Note that Telegram answered 429: what it means has to wait for exactly so long.

        Args:
            chat_id: whose message was refused; 0 when it was for no chat.
            seconds: the wait that Telegram asks for.
            turn: the request's, None when it took none.
        """
        now = self._clock.monotonic()
        asked_at = turn.at if turn else now
        if chat_id:
            self._chats.hold(chat_id, now + seconds)
        is_low = chat_id != 0 and self._pace.is_low(now)
        if turn:
            self._pace.answered(turn, now)
        if self._refusals.mean_the_bot(chat_id, asked_at, now, seconds, is_low=is_low):
            self._pace.hold(now, seconds)

    def accepted(self, chat_id: int, turn: Turn) -> None:
        """Note that Telegram took a message, which may show that a 429 meant another chat alone."""
        now = self._clock.monotonic()
        self._pace.answered(turn, now)
        if self._pace.held_seconds(now) and self._refusals.are_disproved(chat_id, turn.at):
            self._pace.release(now)
            self._change.set()

    def held_seconds(self) -> float:
        """Tell for how long nothing may go at all; 0 when the way is free."""
        return self._pace.held_seconds(self._clock.monotonic())

    def _free_at(self, one: Claimed | _Answer) -> float:
        if isinstance(one, _Answer):
            if one.is_message or self._lanes.is_pressing():
                return self._chats.free_at(one.chat_id) if one.chat_id else 0.0
            return self._chats.held_until(one.chat_id)
        if not self._is_ready(one):
            return self._clock.monotonic() + NOT_READY_SECONDS
        return self._chats.free_at(one.chat_id)

    def _take(self, now: float, *, replies_only: bool) -> tuple[Claimed, Turn] | None:
        """Let go whose turn it is: answers leave at once, the first row is given to the caller."""
        while self._pace.opens_at(now) <= now:
            one = self._lanes.pick(now, replies_only=replies_only)
            if one is None:
                return None
            if not isinstance(one, _Answer):
                self._chats.went(one.chat_id, now)
                self._allowed -= 1
                return one, self._pace.went(now)
            if not one.go.done():
                if one.chat_id and (one.is_message or self._lanes.is_pressing()):
                    self._chats.went(one.chat_id, now)
                one.go.set_result(self._pace.went(now))
        return None

    def _hand_out(self, now: float) -> None:
        """Give as many turns as are free now."""
        while True:
            while self._senders and self._senders[0].done():
                self._senders.popleft()
            row = self._take(now, replies_only=not self._allowed or not self._senders)
            if row is None:
                return
            self._senders.popleft().set_result(row)

    def _wake(self) -> None:
        """See to it that somebody looks whose turn it is."""
        self._change.set()
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._keep_going())

    async def _keep_going(self) -> None:
        """Give turns, each at its moment, until nobody waits."""
        while len(self._lanes):
            now = self._clock.monotonic()
            self._change.clear()
            self._hand_out(now)
            wait = self._pace.opens_at(now) - now
            if 0 < wait <= TICK_SECONDS:
                await self._clock.sleep(TICK_SECONDS)  # whoever comes meanwhile could not go either
                continue
            if wait <= 0:
                wait = self._lanes.look_at() - now
            if wait == inf:
                await self._change.wait()
            else:
                await sleep_or(self._clock, max(wait, TICK_SECONDS), self._change)
