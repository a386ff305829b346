"""A dispatcher over a real outbox, with a sender that writes down what it was given."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from support.outbox import Outbox

from alerts.delivery.claim import Claimed
from alerts.delivery.dispatcher import Dispatcher
from alerts.delivery.pacer import Pacer
from alerts.delivery.queue import Queue
from alerts.delivery.states import DeliveryState, Outcome
from alerts.publishing.alert import AlertStatus

LIMIT_SECONDS = 240.0
QUIET_TURNS = 20
"""How often the loop goes round without a call of the database before the clock is moved."""

SENT = Outcome(DeliveryState.SENT, message_id=1)


@dataclass(frozen=True)
class Try:
    """One call of the sender: the second of the clock, the chat and the alert."""

    at: float
    chat_id: int
    alert_id: int


@dataclass
class RecordingSender:
    """Gives the outcomes that a test has laid ready for a chat, then `sent`.

    Attributes:
        answers: what the next sends to a chat end with; an exception is raised.
        gate: sends wait here until it is set.
        held_back: chats whose rows are not ready, as behind an upload.
    """

    outbox: Outbox
    tries: list[Try] = field(default_factory=list)
    answers: dict[int, list[Outcome | Exception]] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    held_back: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.gate.set()

    async def send(self, row: Claimed) -> Outcome:
        """Note the row and give the outcome that is due."""
        self.tries.append(Try(self.outbox.clock.monotonic(), row.chat_id, row.alert_id))
        await self.gate.wait()
        answers = self.answers.get(row.chat_id, [])
        answer = answers.pop(0) if answers else SENT
        if isinstance(answer, Exception):
            raise answer
        return answer

    def is_ready(self, row: Claimed) -> bool:
        """Say that a row may be sent unless its chat is held back."""
        return row.chat_id not in self.held_back

    async def repeats_uncertain(self, row: Claimed) -> bool:
        """Ask the alert."""
        severity = (await self.outbox.desk.find(row.alert_id)).severity
        return severity is not None and severity.repeats_uncertain

    def chats(self) -> list[int]:
        """Name the chats in the order in which they were sent to."""
        return [one.chat_id for one in self.tries]


@dataclass
class Sending:
    """A dispatcher at work; time goes on only while the test waits for something.

    Attributes:
        running: the dispatcher's task.
    """

    outbox: Outbox
    sender: RecordingSender
    dispatcher: Dispatcher
    pacer: Pacer
    running: asyncio.Task[None]

    async def until(self, look: Callable[[], Awaitable[bool]], what: str, *, look_seconds: float = 0.25) -> None:
        """Let time pass until something has come true; every so often it is looked at."""
        end = self.outbox.clock.elapsed_seconds + LIMIT_SECONDS
        await self._settle()
        while not await look():
            assert self.outbox.clock.elapsed_seconds < end, f"waited in vain for {what}"
            await self.pass_seconds(look_seconds)

    async def pass_seconds(self, seconds: float) -> None:
        """Let time pass, whatever happens; at least to the next moment for which somebody waits."""
        end = self.outbox.clock.elapsed_seconds + seconds
        await self._settle()
        await self._step(end)
        while self.outbox.clock.elapsed_seconds < end:
            await self._step(end)

    async def _step(self, end: float) -> None:
        """Move the clock to the next moment for which somebody waits, once the database has nothing to do any more."""
        clock = self.outbox.clock
        while clock._sleepers and clock._sleepers[0][2].done():
            heapq.heappop(clock._sleepers)
        due = min(clock._sleepers[0][0], end) if clock._sleepers else end
        await clock.advance(max(due - clock.elapsed_seconds, 0.0))
        await self._settle()

    async def _settle(self) -> None:
        """Let the database finish what it has been asked, and everybody take up what it answered."""
        store = self.outbox.store
        quiet = 0
        while quiet < QUIET_TURNS:
            is_busy = store.engine.pool.checkedout() or store._write_lock.locked()
            quiet = 0 if is_busy else quiet + 1
            await asyncio.sleep(0.0005 if is_busy else 0)

    async def until_sent(self, *alert_ids: int) -> None:
        """Let time pass until these alerts are sent."""

        async def all_sent() -> bool:
            return all([await self.outbox.status(alert_id) is AlertStatus.SENT for alert_id in alert_ids])

        await self.until(all_sent, f"alerts {alert_ids} to be sent")

    async def until_states(self, alert_id: int, states: dict[int, str]) -> None:
        """Let time pass until the rows of an alert stand so."""

        async def stand_so() -> bool:
            return await self.outbox.states(alert_id) == states

        await self.until(stand_so, f"alert {alert_id} to stand at {states}")

    async def until_tried(self, number: int) -> None:
        """Let time pass until so many sends were begun."""

        async def tried() -> bool:
            return len(self.sender.tries) >= number

        await self.until(tried, f"{number} sends", look_seconds=0.01)

    async def stop(self) -> None:
        """Stop as SIGTERM would, and wait until the dispatcher has ended."""
        self.dispatcher.stop()

        async def ended() -> bool:
            return self.running.done()

        await self.until(ended, "the dispatcher to end", look_seconds=0.05)
        await self.running


@asynccontextmanager
async def sending(
    outbox: Outbox,
    *,
    queue: Queue | None = None,
    sender: RecordingSender | None = None,
    per_second: int = 100,
    workers: int = 8,
) -> AsyncIterator[Sending]:
    """Run a dispatcher while the caller is inside."""
    sender = sender or RecordingSender(outbox)
    pacer = Pacer(outbox.clock, per_second, is_ready=sender.is_ready)
    dispatcher = Dispatcher(
        queue=queue or outbox.queue,
        pacer=pacer,
        sender=sender,
        clock=outbox.clock,
        wake=asyncio.Event(),
        workers=workers,
        per_second=per_second,
        jitter=lambda: 0.0,
    )
    at_work = Sending(outbox, sender, dispatcher, pacer, asyncio.create_task(dispatcher.run()))
    try:
        yield at_work
    finally:
        sender.gate.set()
        if not at_work.running.done():
            await at_work.stop()
