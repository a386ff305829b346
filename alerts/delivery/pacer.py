"""Lets messages go one by one, as fast as Telegram allows and no faster, most urgent lane first.

Limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Protocol

from alerts.clock import Clock, sleep_or

REPLY_LANE = -1
"""The lane of answers to a person's own command: before every broadcast."""

CHAT_SPACING_SECONDS = 1.0
GROUP_MESSAGES = 20
GROUP_WINDOW_SECONDS = 60.0
CATCH_UP_SECONDS = 0.02
"""How much lateness of the machine's timers may be made good by sending closer together."""

TICK_SECONDS = 0.01
"""The shortest sleep between two rounds: at high rates several messages go in one round."""

WINDOW_SECONDS = 1.02
"""No window of this length holds more than a second's worth; the rest allows for messages that bunch on their way."""

_CHATS_REMEMBERED = 10_000


class Pacer(Protocol):
    """What a sender asks before each message."""

    async def turn(self, lane: int, chat_id: int, patience_seconds: float = inf) -> bool:
        """Return True when one message may go to this chat, False when that would take longer than the patience."""

    def refused(self, chat_id: int, retry_after_seconds: float) -> None:
        """Note that Telegram answered 429: nothing goes before the wait is over."""

    def held_seconds(self) -> float:
        """Tell for how long nothing may go at all; 0 when the way is free."""

    def chat_held_seconds(self, chat_id: int) -> float:
        """Tell for how long nothing may go to this chat; 0 when its way is free."""


@dataclass(order=True, slots=True)
class _Waiter:
    lane: int
    number: int
    chat_id: int = field(compare=False)
    patient_until: float = field(compare=False)
    go: asyncio.Future[bool] = field(compare=False)


class SteadyPacer:
    """Spaces messages evenly, so that no window of a second holds more than the rate.

    A 429 from a group holds that group, since groups have a limit of their own; any other 429 holds everything, since
    Telegram does not say whom it means (docs/decisions/0007).

    Args:
        clock: the source of time.
        per_second: messages a second over all chats.
        chat_spacing_seconds: how far messages to one chat are kept apart.
    """

    def __init__(self, clock: Clock, per_second: int, chat_spacing_seconds: float = CHAT_SPACING_SECONDS) -> None:
        self._clock = clock
        self._spacing = 1.0 / per_second
        self._chat_spacing = chat_spacing_seconds
        self._waiters: list[_Waiter] = []
        self._numbers = count()
        self._arrival = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._next_slot = 0.0
        self._held_until = 0.0
        self._sent_at: deque[float] = deque(maxlen=per_second)
        self._chat_free_at: dict[int, float] = {}
        self._group_sent_at: dict[int, deque[float]] = {}

    async def turn(self, lane: int, chat_id: int, patience_seconds: float = inf) -> bool:
        """Return True when one message may go to this chat; lower lanes go first, then who came first.

        Whose patience runs out gets False, and has used up nobody's turn.
        """
        go: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        patient_until = self._clock.monotonic() + patience_seconds
        heappush(self._waiters, _Waiter(lane, next(self._numbers), chat_id, patient_until, go))
        self._arrival.set()
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._let_go())
        return await go

    def refused(self, chat_id: int, retry_after_seconds: float) -> None:
        """Hold what a 429 asks to hold, for as long as it says."""
        until = self._clock.monotonic() + retry_after_seconds
        if chat_id < 0:
            self._chat_free_at[chat_id] = max(until, self._chat_free_at.get(chat_id, 0.0))
        else:
            self._held_until = max(until, self._held_until)

    def held_seconds(self) -> float:
        """Tell for how long a 429 still holds everything."""
        return max(0.0, self._held_until - self._clock.monotonic())

    def chat_held_seconds(self, chat_id: int) -> float:
        """Tell for how long nothing may go to this chat, by its own limits and by what holds everything."""
        return max(self.held_seconds(), self._free_at(chat_id) - self._clock.monotonic(), 0.0)

    async def _let_go(self) -> None:
        """Release the waiters, each at its moment, until none is left."""
        while self._waiters:
            now = self._clock.monotonic()
            opens_at = max(self._held_until, self._next_slot, self._window_opens_at())
            if opens_at > now:
                await self._clock.sleep(max(opens_at - now, TICK_SECONDS))
                continue
            waiter, look_at = self._pick(now)
            if waiter is not None:
                self._note(waiter.chat_id, now)
                waiter.go.set_result(True)
            elif self._waiters:
                self._arrival.clear()
                await sleep_or(self._clock, max(look_at - now, TICK_SECONDS), self._arrival)

    def _pick(self, now: float) -> tuple[_Waiter | None, float]:
        """Take out the first waiter whose chat is free, or tell when to look again; who has given up is dropped."""
        picked, soonest = None, inf
        passed: list[_Waiter] = []
        while self._waiters and picked is None:
            waiter = heappop(self._waiters)
            if waiter.go.done():
                continue
            if waiter.patient_until < now:
                waiter.go.set_result(False)
                continue
            free_at = self._free_at(waiter.chat_id)
            if free_at <= now:
                picked = waiter
            else:
                passed.append(waiter)
                soonest = min(soonest, free_at, waiter.patient_until)
        for waiter in passed:
            heappush(self._waiters, waiter)
        return picked, soonest

    def _window_opens_at(self) -> float:
        """Tell when the message that is a second's worth back falls out of the window."""
        return self._sent_at[0] + WINDOW_SECONDS if len(self._sent_at) == self._sent_at.maxlen else 0.0

    def _free_at(self, chat_id: int) -> float:
        free_at = self._chat_free_at.get(chat_id, 0.0)
        sent = self._group_sent_at.get(chat_id)
        if sent is not None and len(sent) == GROUP_MESSAGES:
            free_at = max(free_at, sent[0] + GROUP_WINDOW_SECONDS)
        return free_at

    def _note(self, chat_id: int, now: float) -> None:
        self._next_slot = max(self._next_slot, now - CATCH_UP_SECONDS) + self._spacing
        self._sent_at.append(now)
        self._chat_free_at[chat_id] = now + self._chat_spacing
        if chat_id < 0:
            self._group_sent_at.setdefault(chat_id, deque(maxlen=GROUP_MESSAGES)).append(now)
        if len(self._chat_free_at) > _CHATS_REMEMBERED:
            self._chat_free_at = {chat: at for chat, at in self._chat_free_at.items() if at > now}
