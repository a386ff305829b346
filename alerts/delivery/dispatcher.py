"""The loop that empties the outbox: claim rows, send each when its turn comes, record what became of it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from alerts.clock import Clock, sleep_or
from alerts.delivery.breaker import Breaker, BreakerState, is_fault
from alerts.delivery.claim import Claimed
from alerts.delivery.lanes import BROADCAST_LANES
from alerts.delivery.pace import Turn
from alerts.delivery.pacer import Pacer
from alerts.delivery.queue import LostLead, Queue
from alerts.delivery.record import Result
from alerts.delivery.states import WAITING, DeliveryState, Outcome
from alerts.errors import StoreError

EXCHANGE_SECONDS = 0.04
"""How long outcomes are gathered before they are recorded together, and rows claimed in the same transaction."""

HELD_SECONDS = 0.07
"""How many seconds' worth of rows are held ready: less than a tenth, since a crash leaves them leased.

What is left of the tenth is for rows that are answered and not recorded yet, which a crash leaves leased as well.
"""

HELD_AT_LEAST = 3
"""With fewer, the one that is of the lowest lane takes the turns of urgent ones."""

HELD_AT_MOST = 1000
LOOK_SECONDS = 0.25
"""How often it is seen whether an alert was stopped or all are held, while nothing is to be recorded."""

IDLE_SECONDS = 0.5
"""How often an idle dispatcher looks for rows that another process wrote."""

BACKOFF_SECONDS = (1, 2, 4, 8, 16, 32, 60)
TRIES_AT_MOST = 12
"""After so many failed tries of its own, while others were sent, a row is given up."""

STOP_SECONDS = 5.0
"""How long a stop waits for sends that are under way."""

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
        pacer: gives each row its turn.
        sender: the way out.
        clock: the source of time.
        wake: set by whoever has written new rows.
        workers: how many sends may be under way at once.
        per_second: the rate, by which the number of rows held ready is measured.
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
        per_second: int,
        jitter: Callable[[], float],
    ) -> None:
        self._queue = queue
        self._pacer = pacer
        self._sender = sender
        self._clock = clock
        self._wake = wake
        self._workers = workers
        self._room = min(HELD_AT_MOST, max(HELD_AT_LEAST, round(per_second * HELD_SECONDS)))
        self._jitter = jitter
        self._breaker = Breaker()
        self._results: list[Result] = []
        self._under_way: set[int] = set()
        self._is_due = asyncio.Event()
        self._is_flowing = False
        self._first_lane = BROADCAST_LANES[0]
        self._is_stopping = False

    async def run(self) -> None:
        """Send until stopped; rows claimed and not yet tried go back to the queue.

        Raises:
            LostLead: another process has taken over; nothing more is claimed or recorded.
        """
        workers = [asyncio.create_task(self._work()) for _ in range(self._workers)]
        try:
            while not self._is_stopping:
                is_busy = await self._exchange()
                if is_busy:
                    await self._until_due()
                else:
                    await sleep_or(self._clock, IDLE_SECONDS, self._wake)
                    self._wake.clear()
            await self._land()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what is under way is recorded."""
        self._is_stopping = True
        self._wake.set()
        self._is_due.set()

    async def _exchange(self) -> bool:
        """Record what has gathered and claim anew; tell whether there is anything to send.

        What the database refuses now is kept and tried again.
        """
        self._give_back_unready()
        now = self._clock.now()
        results, self._results = self._results, []
        try:
            if not results and not self._rows_held() and not await self._queue.has_work():
                return False
            self._wake.clear()
            room = 0 if self._is_resting() else self._room
            taken = await self._queue.exchange(results, room, self._held_by_lane(), now)
        except LostLead:
            raise
        except Exception as error:
            log_fault("outbox_unusable", error, rows=len(results))
            self._results = results + self._results
            await self._clock.sleep(IDLE_SECONDS)
            return True
        over = self._pacer.take_back(lambda row: taken.is_held or row.alert_id not in taken.sending)
        self._give_back(over)
        self._pacer.add(taken.rows)
        self._is_flowing = bool(taken.rows)
        self._first_lane = min(taken.sending.values(), default=BROADCAST_LANES[0])
        return bool(taken.rows or results or over or self._rows_held() or self._under_way)

    async def _until_due(self) -> None:
        """Return when there is something to record or room to fill, or when it is time to look for a stop or a hold."""
        self._is_due.clear()
        end = self._clock.monotonic() + LOOK_SECONDS
        while self._clock.monotonic() < end and len(self._results) < self._room and not self._is_due.is_set():
            await sleep_or(self._clock, EXCHANGE_SECONDS, self._is_due)
            if self._results or (self._is_flowing and self._has_room()):
                return

    def _is_resting(self) -> bool:
        """Tell whether nothing is to be claimed now; an open breaker is closed by degrees once its pause is over."""
        if self._is_stopping:
            return True
        if self._breaker.try_again(self._clock.monotonic()):
            log.info("sending_tried_again", after=self._breaker.reason)
            self._pacer.allow(1)
        return self._breaker.state is BreakerState.OPEN

    def _has_room(self) -> bool:
        """Tell whether rows of the most urgent lane are to be claimed; the few of the lowest take none of its room."""
        return sum(self._pacer.waiting(lane) for lane in BROADCAST_LANES if lane <= self._first_lane) < self._room

    def _rows_held(self) -> int:
        return sum(self._pacer.waiting(lane) for lane in BROADCAST_LANES)

    def _held_by_lane(self) -> dict[int, int]:
        return {lane: self._pacer.waiting(lane) for lane in BROADCAST_LANES}

    def _give_back(self, rows: list[Claimed], seconds: float = 0.0) -> None:
        """Let rows that were claimed and not tried wait in the outbox again."""
        again = self._clock.now() + timedelta(seconds=seconds)
        self._results += [Result(row, Outcome(DeliveryState.QUEUED), again) for row in rows]

    def _give_back_unready(self) -> None:
        for row, seconds in self._pacer.turned_away():
            self._give_back([row], seconds)

    async def _work(self) -> None:
        while True:
            row, turn = await self._pacer.next_row()
            self._under_way.add(row.id)
            try:
                outcome = await self._attempt(row, turn)
                self._results.append(self._result(row, outcome))
            finally:
                self._under_way.discard(row.id)
            if len(self._results) >= self._room or not self._under_way:
                self._is_due.set()

    async def _attempt(self, row: Claimed, turn: Turn) -> Outcome:
        try:
            outcome = await self._sender.send(row)
            if outcome.state is DeliveryState.SENT:
                self._accepted(row, turn)
                return outcome
            if outcome.state is DeliveryState.UNCERTAIN and await self._sender.repeats_uncertain(row):
                outcome = outcome._replace(state=DeliveryState.RETRY)
        except Exception:
            log.exception("send_broke", delivery=row.id)
            self._breaker_waits()
            return Outcome(DeliveryState.RETRY, "an error inside Cascade; see its log", may_have_arrived=True)
        if outcome.retry_after is not None:
            self._pacer.refused(row.chat_id, outcome.retry_after.total_seconds(), turn)
            log.warning("telegram_asked_to_wait", seconds=outcome.retry_after.total_seconds())
        if is_fault(outcome):
            self._failed(outcome)
            if self._breaker.state is not BreakerState.CLOSED:  # everything fails, so this row is not given up for it
                outcome = outcome._replace(is_no_try=True)
        elif outcome.state is DeliveryState.QUEUED and not outcome.is_part:
            self._breaker_waits()
        else:
            self._accepted(row, turn)
        return outcome

    def _accepted(self, row: Claimed, turn: Turn) -> None:
        """Note that Telegram answered in order."""
        self._pacer.accepted(row.chat_id, turn)
        if self._breaker.accepted():
            log.info("sending_resumed")
            self._pacer.open()
            self._is_due.set()

    def _breaker_waits(self) -> None:
        """Note that a send told nothing of Telegram: if it was to be the try after a pause, another row is."""
        if self._breaker.state is BreakerState.HALF_OPEN:
            self._pacer.allow(1)

    def _failed(self, outcome: Outcome) -> None:
        """Note a fault that is not the recipient's; too many stop all broadcasts for a while."""
        if self._breaker.failed(outcome, self._clock.monotonic()):
            self._pacer.shut()
            self._give_back(self._pacer.take_back(lambda _: True))
            self._is_due.set()  # many rows were answered at once, and none of them is recorded
            seconds = round(self._breaker.until - self._clock.monotonic())
            log.error("sending_paused", reason=outcome.reason, seconds=seconds)

    def _result(self, row: Claimed, outcome: Outcome) -> Result:
        now = self._clock.now()
        if outcome.state not in WAITING:
            return Result(row, outcome, at=now)
        if outcome.state is DeliveryState.RETRY and row.attempts + 1 >= TRIES_AT_MOST and not outcome.is_no_try:
            given_up = DeliveryState.UNCERTAIN if outcome.may_have_arrived else DeliveryState.FAILED
            return Result(row, outcome._replace(state=given_up, reason=f"{outcome.reason}; {TRIES_AT_MOST} tries"))
        return Result(row, outcome, self._next_attempt(row, outcome, now), now)

    def _next_attempt(self, row: Claimed, outcome: Outcome, now: datetime) -> datetime:
        if outcome.retry_after is not None:
            return now + outcome.retry_after
        if outcome.is_part or outcome.moved_to is not None:
            return now
        if outcome.state is DeliveryState.QUEUED:
            return now + timedelta(seconds=IDLE_SECONDS)
        wait_seconds = BACKOFF_SECONDS[min(row.attempts, len(BACKOFF_SECONDS) - 1)]
        return now + timedelta(seconds=wait_seconds * (1 + self._jitter() / 4))

    async def _land(self) -> None:
        """Give untried rows back, let sends under way end, record it all.

        A send that does not end in time stays leased: the next start takes it back and counts it as perhaps sent.
        """
        self._pacer.shut()
        self._give_back(self._pacer.take_back(lambda _: True))
        end = self._clock.monotonic() + STOP_SECONDS
        while self._under_way and self._clock.monotonic() < end:
            self._is_due.clear()
            await self._record()
            await sleep_or(self._clock, EXCHANGE_SECONDS, self._is_due)
        await self._record()

    async def _record(self) -> None:
        results, self._results = self._results, []
        try:
            await self._queue.record(results, self._clock.now())
        except LostLead:
            raise
        except Exception as error:
            log_fault("outcomes_not_recorded", error, rows=len(results))
            self._results = results + self._results


def log_fault(event: str, error: Exception, **details: object) -> None:
    """Log a fault of a supervising loop: one line for what is understood, the whole trace for what is not."""
    if isinstance(error, StoreError):
        log.error(event, error=str(error), **details)
    else:
        log.error(event, exc_info=error, **details)
