"""A dispatcher that is stopped, dies, or loses its database: no row and no outcome is lost."""

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs
from support.databases import on_sqlite
from support.outbox import Outbox
from support.sending import RecordingSender, sending

from alerts.delivery.queue import Queue, Result
from alerts.delivery.states import DeliveryState, Outcome
from alerts.errors import StoreError
from alerts.store import Store

ASKED_TO_WAIT = Outcome(DeliveryState.RETRY, "Telegram asked to wait", retry_after=timedelta(minutes=5))


class SlowQueue(Queue):
    """The outbox of a slow disk: what is to be recorded waits for the gate.

    Attributes:
        recording: set while outcomes wait.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store, holder="here")
        self.gate = asyncio.Event()
        self.recording = asyncio.Event()

    async def record(self, results: Sequence[Result], now: datetime) -> None:
        """Wait for the gate, then record."""
        if results:
            self.recording.set()
            await self.gate.wait()
        await super().record(results, now)


class DeadQueue(Queue):
    """The outbox of a process that dies before it can record anything."""

    async def record(self, results: Sequence[Result], now: datetime) -> None:
        """Record nothing."""
        raise StoreError(f"{len(results)} outcomes were lost with the process at {now}")


async def test_a_stop_gives_untried_rows_back(outbox: Outbox):
    """At a stop the send under way is recorded, and every claimed row that was not tried is queued, in no doubt."""
    await outbox.subscribe(*range(1, 21))
    alert = await outbox.send()
    sender = RecordingSender(outbox)
    sender.gate.clear()
    async with sending(outbox, sender=sender, workers=2) as at_work:
        await at_work.until_tried(2)
        assert list((await outbox.states(alert.id)).values()).count("leased") > 2
        at_work.dispatcher.stop()
        sender.gate.set()
        await at_work.stop()
    assert sender.chats() == [1, 2]
    assert await outbox.states(alert.id) == {1: "sent", 2: "sent"} | dict.fromkeys(range(3, 21), "queued")
    assert {(row.attempts, row.uncertain_count) for row in (await outbox.rows(alert.id))[2:]} == {(0, 0)}


async def test_a_stop_does_not_wait_for_the_end_of_a_429(outbox: Outbox):
    """While Telegram holds the bot for minutes a stop ends it at once, and everything is queued for the next start."""
    await outbox.subscribe(*range(1, 41))
    alert = await outbox.send()
    sender = RecordingSender(outbox, answers={1: [ASKED_TO_WAIT]})
    async with sending(outbox, sender=sender, per_second=1) as at_work:
        await at_work.until_tried(1)
        await at_work.pass_seconds(3)
        asked_at = outbox.clock.monotonic()
        await at_work.stop()
        assert outbox.clock.monotonic() - asked_at <= 2
    assert sender.chats() == [1]
    assert await outbox.states(alert.id) == {1: "retry"} | dict.fromkeys(range(2, 41), "queued")


async def test_what_ends_during_the_last_recording_is_recorded_too(outbox: Outbox):
    """A send that ends while earlier outcomes are just being written is on record when the dispatcher has ended."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    queue = SlowQueue(outbox.store)
    sender = RecordingSender(outbox)
    async with sending(outbox, queue=queue, sender=sender, workers=1, per_second=1) as at_work:

        async def is_recording() -> bool:
            return queue.recording.is_set()

        await at_work.until(is_recording, "the first outcome")
        sender.gate.clear()
        await at_work.until_tried(2)
        at_work.dispatcher.stop()
        sender.gate.set()
        await outbox.clock.advance(0)
        queue.gate.set()
        await at_work.stop()
    assert await outbox.states(alert.id) == {1: "sent", 2: "sent"}


@pytest.mark.parametrize("every_holder", [True, False])
async def test_a_row_that_was_sent_before_a_crash_is_repeated_and_counted(outbox: Outbox, every_holder: bool):
    """A crash between send and record doubles the message once: it is sent again, and the doubt stays on record."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    async with sending(outbox, queue=DeadQueue(outbox.store, "dead")) as before:
        await before.until_tried(2)
    assert await outbox.states(alert.id) == {1: "leased", 2: "leased"}
    if not every_holder:
        outbox.pass_hours(2 / 60)
    assert await outbox.queue.take_back(outbox.clock.now(), every_holder=every_holder) == 2
    async with sending(outbox) as after:
        await after.until_sent(alert.id)
    assert sorted(after.sender.chats()) == [1, 2]
    assert {(row.state, row.uncertain_count) for row in await outbox.rows(alert.id)} == {("sent", 1)}


async def test_a_send_that_does_not_end_in_time_stays_leased(outbox: Outbox, monkeypatch: pytest.MonkeyPatch):
    """A stop does not wait for ever for Telegram's answer: the row stays leased, and the next start counts it."""
    monkeypatch.setattr("alerts.delivery.dispatcher.STOP_SECONDS", 0.05)
    await outbox.subscribe(1)
    alert = await outbox.send()
    sender = RecordingSender(outbox)
    sender.gate.clear()
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_tried(1)
        at_work.dispatcher.stop()
        await at_work.running
    assert await outbox.states(alert.id) == {1: "leased"}
    assert await outbox.other.take_back(outbox.clock.now(), every_holder=True) == 1
    assert (await outbox.row(alert.id, 1)).uncertain_count == 1


@on_sqlite
async def test_outcomes_survive_trouble_with_the_database(impatient: None, outbox: Outbox):
    """Outcomes that cannot be written while another program locks the database are written when it lets go."""
    assert outbox.store.url.database is not None
    await outbox.subscribe(*range(1, 13))
    alert = await outbox.send()
    other = sqlite3.connect(outbox.store.url.database, isolation_level=None)
    sender = RecordingSender(outbox)
    sender.gate.clear()
    with capture_logs() as logs:
        async with sending(outbox, sender=sender) as at_work:
            await at_work.until_tried(8)
            other.execute("BEGIN IMMEDIATE")
            sender.gate.set()

            async def has_failed() -> bool:
                return sum(line["event"] == "outcomes_not_recorded" for line in logs) >= 2

            await at_work.until(has_failed, "two vain attempts to record")
            assert set((await outbox.states(alert.id)).values()) <= {"leased", "queued"}
            other.execute("ROLLBACK")
            await at_work.until_sent(alert.id)
    other.close()
    assert sorted(sender.chats()) == list(range(1, 13))
    assert {(row.state, row.attempts, row.uncertain_count) for row in await outbox.rows(alert.id)} == {("sent", 1, 0)}
    assert {line["error"] for line in logs} == {"the database is locked by another program"}


async def test_an_alert_that_is_stopped_meanwhile_goes_no_further(outbox: Outbox):
    """After an officer's stop the claimed rows are sent or given back, and everything else is skipped."""
    await outbox.subscribe(*range(1, 41))
    alert = await outbox.send()
    async with sending(outbox, per_second=2) as at_work:
        await at_work.until_tried(3)
        await outbox.desk.cancel(alert.id, by=None)
        await at_work.pass_seconds(30)
    counts = list((await outbox.states(alert.id)).values())
    assert counts.count("sent") == len(at_work.sender.tries) <= 3 + 16
    assert counts.count("sent") + counts.count("skipped") == 40
