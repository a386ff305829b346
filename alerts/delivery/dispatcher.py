"""The loop that empties the outbox: claim, wait for a turn, send, record."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from alerts.clock import Clock, sleep_or
from alerts.delivery.pacer import Pacer
from alerts.delivery.queue import Claimed, Queue, Result
from alerts.delivery.states import WAITING, DeliveryState, Outcome
from alerts.errors import StoreError

LEASE = timedelta(minutes=2)
FLUSH_SECONDS = 0.05
"""How long outcomes are gathered before they are recorded together: what a crash can leave in doubt."""

IDLE_SECONDS = 0.5
"""How often an idle dispatcher looks for rows that another process wrote."""

NOT_READY_SECONDS = 1.0
"""When a row is looked at again whose alert waits for its file to be uploaded."""

PATIENCE_SECONDS = 2.0
"""A row that waited longer for its turn goes back to the queue, so that a stop or an expiry meanwhile counts."""

BACKOFF_SECONDS = (1, 2, 4, 8, 16, 32, 60)
STOP_SECONDS = 10.0
"""How long a stop waits for sends that are under way."""

OPERATOR_PAUSE_SECONDS = 30.0
"""Pause after a fault that is the operator's, such as a revoked token."""

log = structlog.get_logger(__name__)


class Sender(Protocol):
    """One way out to one recipient."""

    async def send(self, row: Claimed) -> Outcome:
        """Send the row's alert to its chat and tell what became of it; never raise for a failed send."""

    def is_ready(self, row: Claimed) -> bool:
        """Tell whether the row could be sent now; one that could not takes no turn."""

    async def repeats_uncertain(self, row: Claimed) -> bool:
        """Tell whether an uncertain send of this row is to be repeated."""


class Dispatcher:
    """Sends what is in the outbox. It knows neither where an alert came from nor how it is sent.

    Args:
        queue: the rows.
        pacer: asked before each message.
        sender: the way out.
        clock: the source of time.
        wake: set by whoever has written new rows.
        workers: how many sends may be under way at once.
        batch: how many rows are claimed at once; about what the rate lets go in a second.
        jitter: gives a number from 0 to 1, so that retries do not come back together.
    """

    def __init__(
        self,
        *,
        queue: Queue,
        pacer: Pacer,
        sender: Sender,
        clock: Clock,
        wake: asyncio.Event,
        workers: int,
        batch: int,
        jitter: Callable[[], float],
    ) -> None:
        self._queue = queue
        self._pacer = pacer
        self._sender = sender
        self._clock = clock
        self._workers = workers
        self._batch = batch
        self._jitter = jitter
        self._claimed: asyncio.Queue[Claimed] = asyncio.Queue()
        self._results: list[Result] = []
        self._wake = wake
        self._all_sent = asyncio.Event()
        self._stopping = False
        self._paused_until = 0.0

    async def run(self) -> None:
        """Send until stopped; rows claimed and not yet tried go back to the queue."""
        workers = [asyncio.create_task(self._work()) for _ in range(self._workers)]
        recorder = asyncio.create_task(self._keep_recording())
        try:
            await self._keep_claiming()
        finally:
            await self._wind_down(workers, recorder)

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what is under way is recorded."""
        self._stopping = True
        self._wake.set()

    async def _keep_claiming(self) -> None:
        """Keep the workers supplied, and never hold more rows than they will send in a moment."""
        while not self._stopping:
            self._wake.clear()
            room = self._batch - self._claimed.qsize()
            if room * 2 < self._batch:
                await sleep_or(self._clock, FLUSH_SECONDS, self._wake)
                continue
            try:
                rows = await self._claim(room)
            except Exception as error:
                log_fault("outbox_unreadable", error)
                rows = []
            for row in rows:
                self._claimed.put_nowait(row)
            if not rows:
                await sleep_or(self._clock, IDLE_SECONDS, self._wake)

    async def _claim(self, limit: int) -> list[Claimed]:
        paused = max(self._paused_until - self._clock.monotonic(), self._pacer.held_seconds())
        if paused > 0:
            return []
        return await self._queue.claim(limit, self._clock.now(), LEASE)

    async def _work(self) -> None:
        while True:
            row = await self._claimed.get()
            try:
                if await self._turn_came(row):
                    outcome = await self._attempt(row)
                    self._results.append(self._result(row, outcome))  # not across the await: the list is swapped
            finally:
                self._claimed.task_done()

    async def _turn_came(self, row: Claimed) -> bool:
        """Wait for the row's turn; a row whose turn does not come soon goes back to the queue."""
        came = False
        if not self._sender.is_ready(row):
            later = self._clock.now() + timedelta(seconds=NOT_READY_SECONDS)
            self._results.append(Result(row, Outcome(DeliveryState.QUEUED), later))
            return False
        try:
            is_free = await self._pacer.turn(row.lane, row.chat_id, PATIENCE_SECONDS)
            came = is_free and not self._stopping and self._clock.monotonic() >= self._paused_until
        finally:
            if not came:
                free_at = self._clock.now() + timedelta(seconds=self._pacer.chat_held_seconds(row.chat_id))
                self._results.append(Result(row, Outcome(DeliveryState.QUEUED), free_at))
        return came

    async def _attempt(self, row: Claimed) -> Outcome:
        try:
            outcome = await self._sender.send(row)
            if outcome.state is DeliveryState.UNCERTAIN and await self._sender.repeats_uncertain(row):
                outcome = replace(outcome, state=DeliveryState.RETRY)
        except Exception:
            log.exception("send_broke", delivery=row.id)
            outcome = Outcome(DeliveryState.RETRY, "an error inside Cascade; see its log", may_have_arrived=True)
        if outcome.retry_after is not None:
            self._pacer.refused(row.chat_id, outcome.retry_after.total_seconds())
            log.warning("telegram_asked_to_wait", seconds=outcome.retry_after.total_seconds())
        if outcome.stops_everything:
            self._paused_until = self._clock.monotonic() + OPERATOR_PAUSE_SECONDS
            log.error("sending_paused", reason=outcome.reason, seconds=OPERATOR_PAUSE_SECONDS)
        return outcome

    def _result(self, row: Claimed, outcome: Outcome) -> Result:
        again = self._next_attempt(row, outcome) if outcome.state in WAITING else None
        return Result(row, outcome, again)

    def _next_attempt(self, row: Claimed, outcome: Outcome) -> datetime:
        now = self._clock.now()
        if outcome.retry_after is not None:
            return now + outcome.retry_after
        if outcome.stops_everything:
            return now + timedelta(seconds=OPERATOR_PAUSE_SECONDS)
        if outcome.is_part or outcome.moved_to is not None:
            return now
        if outcome.state is DeliveryState.QUEUED:
            return now + timedelta(seconds=IDLE_SECONDS)
        wait_seconds = BACKOFF_SECONDS[min(row.attempts, len(BACKOFF_SECONDS) - 1)]
        return now + timedelta(seconds=wait_seconds * (1 + self._jitter() / 4))

    async def _keep_recording(self) -> None:
        while not self._all_sent.is_set():
            await sleep_or(self._clock, FLUSH_SECONDS, self._all_sent)
            await self._record()

    async def _record(self) -> None:
        """Record what has gathered; what the database refuses now is kept and tried again."""
        results, self._results = self._results, []
        try:
            await self._queue.record(results, self._clock.now())
        except Exception as error:
            log_fault("outcomes_not_recorded", error, rows=len(results))
            self._results = results + self._results

    async def _wind_down(self, workers: list[asyncio.Task[None]], recorder: asyncio.Task[None]) -> None:
        """Let sends under way end, give untried rows back, record it all.

        A send that does not end in time stays leased: the next start takes it back and counts it as perhaps sent.
        """
        self._stopping = True
        while not self._claimed.empty():
            row = self._claimed.get_nowait()
            self._results.append(Result(row, Outcome(DeliveryState.QUEUED), self._clock.now()))
            self._claimed.task_done()
        ended = asyncio.ensure_future(self._claimed.join())
        await asyncio.wait({ended}, timeout=0 if self._pacer.held_seconds() else STOP_SECONDS)
        for task in (*workers, ended):
            task.cancel()
        await asyncio.gather(*workers, ended, return_exceptions=True)
        self._all_sent.set()
        await recorder
        await self._record()  # what ended while the recorder was writing for the last time


def log_fault(event: str, error: Exception, **details: object) -> None:
    """Log a fault of a supervising loop: one line for what is understood, the whole trace for what is not."""
    if isinstance(error, StoreError):
        log.error(event, error=str(error), **details)
    else:
        log.error(event, exc_info=error, **details)
