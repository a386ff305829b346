"""A dispatcher that is stopped, dies, or loses its database: no row and no outcome is lost."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs
from support.databases import on_sqlite
from support.outbox import Outbox, Row
from support.record import TRAIL
from support.sending import RecordingSender, sending

from alerts.delivery.claim import Claimed
from alerts.delivery.dispatcher import STOP_SECONDS
from alerts.delivery.hold import Holds
from alerts.delivery.queue import Queue, Taken
from alerts.delivery.record import Result
from alerts.delivery.states import DeliveryState, Outcome
from alerts.errors import StoreError
from alerts.publishing.alert import AlertStatus, Severity
from alerts.store import Store

ASKED_TO_WAIT = Outcome(DeliveryState.RETRY, "Telegram asked to wait", retry_after=timedelta(minutes=5), is_no_try=True)


class SlowQueue(Queue):
    """The outbox of a slow disk: what is recorded last waits for the gate.

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


class GatedSender(RecordingSender):
    """Lets the sends to some chats end one by one."""

    def __init__(self, outbox: Outbox, chats: set[int]) -> None:
        super().__init__(outbox)
        self._gates = {chat: asyncio.Event() for chat in chats}

    async def send(self, row: Claimed) -> Outcome:
        """Note the row, wait for its gate, and give its outcome."""
        outcome = await super().send(row)
        await self._gates[row.chat_id].wait()
        return outcome

    def let_go(self, chat: int) -> None:
        """Let the send to a chat end."""
        self._gates[chat].set()


class DeadQueue(Queue):
    """The outbox of a process that dies before it can record anything."""

    async def exchange(
        self, results: Sequence[Result], room: int, held_rows: Mapping[int, int], now: datetime
    ) -> Taken:
        """Give rows, and record nothing."""
        if results:
            raise lost(results, now)
        return await super().exchange(results, room, held_rows, now)

    async def record(self, results: Sequence[Result], now: datetime) -> None:
        """Record nothing."""
        raise lost(results, now)


def lost(results: Sequence[Result], now: datetime) -> StoreError:
    """Say what the dead process had to record."""
    return StoreError(f"{len(results)} outcomes were lost with the process at {now}")


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
    sender = GatedSender(outbox, {1, 2})
    async with sending(outbox, queue=queue, sender=sender, workers=2) as at_work:
        await at_work.until_tried(2)
        at_work.dispatcher.stop()
        await at_work.pass_seconds(1)
        sender.let_go(1)

        async def is_recording() -> bool:
            return queue.recording.is_set()

        await at_work.until(is_recording, "the first outcome to be written")
        sender.let_go(2)
        await at_work.pass_seconds(0)
        assert not at_work.running.done()
        queue.gate.set()
        await at_work.stop()
    assert await outbox.states(alert.id) == {1: "sent", 2: "sent"}


async def test_a_row_that_was_sent_before_a_crash_is_repeated_and_counted(outbox: Outbox):
    """A crash between send and record doubles the message once: it is sent again, and the doubt stays on record."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    async with sending(outbox, queue=DeadQueue(outbox.store, "dead")) as before:
        await before.until_tried(2)
    assert await outbox.states(alert.id) == {1: "leased", 2: "leased"}
    assert await outbox.queue.take_over(outbox.clock.now()) == 2
    async with sending(outbox) as after:
        await after.until_sent(alert.id)
    assert sorted(after.sender.chats()) == [1, 2]
    assert {(row.state, row.uncertain_count) for row in await outbox.rows(alert.id)} == {("sent", 1)}


async def test_a_send_that_does_not_end_in_time_stays_leased(outbox: Outbox):
    """A stop waits five seconds for Telegram's answer and no longer: the row stays leased, the next start counts it."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    sender = RecordingSender(outbox)
    sender.gate.clear()
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_tried(1)
        asked_at = outbox.clock.monotonic()
        await at_work.stop()
        assert STOP_SECONDS <= outbox.clock.monotonic() - asked_at <= STOP_SECONDS + 0.5
    assert await outbox.states(alert.id) == {1: "leased"}
    assert await outbox.other.take_over(outbox.clock.now()) == 1
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
                return sum(line["event"] == "outbox_unusable" for line in logs) >= 2

            await at_work.until(has_failed, "two vain attempts to record")
            assert set((await outbox.states(alert.id)).values()) <= {"leased", "queued"}
            other.execute("ROLLBACK")
            await at_work.until_sent(alert.id)
    other.close()
    assert sorted(sender.chats()) == list(range(1, 13))
    assert {(row.state, row.attempts, row.uncertain_count) for row in await outbox.rows(alert.id)} == {("sent", 1, 0)}
    assert {line["error"] for line in logs} == {"the database is locked by another program"}


@pytest.mark.parametrize("per_second", [30, 300])
@pytest.mark.parametrize(("end", "state", "reason"), [("cancel", "skipped", "cancelled"), ("hold", "queued", None)])
async def test_an_officer_stops_an_alert_within_a_second(
    outbox: Outbox, end: str, state: str, reason: str | None, per_second: int
):
    """A second after a stop or a hold nothing goes any more; who has no copy is skipped or queued, in no doubt."""
    crowd = range(1, 30 + 2 * per_second)
    await outbox.subscribe(*crowd)
    alert = await outbox.send(Severity.URGENT)
    async with sending(outbox, per_second=per_second) as at_work:
        await at_work.until_tried(30)
        if end == "cancel":
            await outbox.desk.cancel(alert.id, by=None)
        else:
            await Holds(outbox.store, outbox.clock, TRAIL).place(None)
        stopped_at = outbox.clock.monotonic()
        await at_work.pass_seconds(10)
    assert max(one.at for one in at_work.sender.tries) <= stopped_at + 1
    check_stopped(await outbox.rows(alert.id), at_work.sender.chats(), state, reason)


@pytest.mark.parametrize("per_second", [30, 300])
async def test_an_alert_that_expires_stops_within_a_second(outbox: Outbox, per_second: int):
    """A second after its expiry nothing goes any more; who has no copy is skipped as expired, in no doubt."""
    await outbox.subscribe(*range(1, 30 + 2 * per_second))
    alert = await outbox.send(hours=30 / per_second / 3600)
    expires_at = outbox.clock.monotonic() + 30 / per_second
    async with sending(outbox, per_second=per_second) as at_work:
        await at_work.pass_seconds(10)
    assert expires_at - 0.1 < max(one.at for one in at_work.sender.tries) <= expires_at + 1
    check_stopped(await outbox.rows(alert.id), at_work.sender.chats(), "skipped", "expired")
    assert await outbox.status(alert.id) is AlertStatus.EXPIRED


async def test_an_alert_that_is_stopped_while_telegram_holds_the_bot_is_over(outbox: Outbox):
    """Cancelled in the wait that a 429 asks for, nothing of it goes after the wait, and all rows have ended at once."""
    await outbox.subscribe(*range(1, 61))
    alert = await outbox.send()
    sender = RecordingSender(outbox, answers={30: [ASKED_TO_WAIT]})
    async with sending(outbox, sender=sender, per_second=40, workers=1) as at_work:
        await at_work.until_tried(30)
        await at_work.pass_seconds(3)
        await outbox.desk.cancel(alert.id, by=None)
        await at_work.pass_seconds(1)
        assert [row.state for row in await outbox.rows(alert.id)] == ["sent"] * 29 + ["skipped"] * 31
        await at_work.pass_seconds(400)
    assert sender.chats() == list(range(1, 31))


def check_stopped(rows: list[Row], chats: list[int], state: str, reason: str | None) -> None:
    """Hold an alert's rows against the sends: each was sent once and says so, or not at all and says why."""
    assert len(chats) == len(set(chats)) >= 20
    assert {row.chat_id for row in rows if row.state == "sent"} == set(chats)
    unsent = [row for row in rows if row.state != "sent"]
    assert {(row.state, row.reason, row.attempts) for row in unsent} == {(state, reason, 0)}
    assert {row.uncertain_count for row in rows} == {0}
