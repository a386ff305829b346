import asyncio
from datetime import timedelta

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox

from alerts.delivery.record import Result
from alerts.delivery.states import DeliveryState, Outcome
from alerts.errors import Stale
from alerts.publishing.alert import AlertStatus, Severity

MICROSECOND = timedelta(microseconds=1)


async def test_rows_are_claimed_by_lane_and_then_in_the_order_they_were_written(outbox: Outbox):
    """Critical rows come before urgent ones, and those before the rest, whatever was written first."""
    await outbox.subscribe(1, 2)
    information = await outbox.send(Severity.INFORMATION)
    advisory = await outbox.send(Severity.ADVISORY)
    critical = await outbox.send(Severity.CRITICAL)
    urgent = await outbox.send(Severity.URGENT)
    later = await outbox.send(Severity.CRITICAL)
    claimed = [(row.alert_id, row.chat_id) for row in await outbox.claim()]
    order = [critical.id, later.id, urgent.id, advisory.id, information.id]
    assert claimed == [(alert_id, chat_id) for alert_id in order for chat_id in (1, 2)]


async def test_a_claim_takes_no_more_than_its_limit(outbox: Outbox):
    """The most urgent rows are taken and the rest stays queued for the next claim."""
    await outbox.subscribe(1, 2, 3)
    alert = await outbox.send(Severity.INFORMATION)
    urgent = await outbox.send(Severity.CRITICAL)
    first = [(row.alert_id, row.chat_id) for row in await outbox.claim(4)]
    assert first == [(urgent.id, 1), (urgent.id, 2), (urgent.id, 3), (alert.id, 1)]
    assert [(row.alert_id, row.chat_id) for row in await outbox.claim(4)] == [(alert.id, 2), (alert.id, 3)]
    assert await outbox.claim(4) == []


async def test_a_claim_says_since_when_the_row_is_taken(outbox: Outbox):
    """A claimed row is leased, in the store too, since the moment that names its lease."""
    await outbox.subscribe(1)
    alert = await outbox.send(Severity.URGENT)
    [claimed] = await outbox.claim()
    row = await outbox.row(alert.id, 1)
    assert (claimed.lane, claimed.attempts, claimed.leased_at) == (1, 0, outbox.clock.now())
    assert (row.state, row.is_open, row.state_at) == ("leased", True, claimed.leased_at)


async def test_two_claims_of_one_moment_are_two_leases(outbox: Outbox):
    """An outcome counts for the lease under which its row was sent, also where the clock has not moved since."""
    await outbox.subscribe(1, 2)
    await outbox.send()
    [first] = await outbox.claim(1)
    [second] = await outbox.claim(1)
    assert first.leased_at < second.leased_at


async def test_two_processes_never_claim_the_same_row(outbox: Outbox):
    """Rows that one process holds are not given to another."""
    await outbox.subscribe(*range(1, 21))
    await outbox.send()
    now = outbox.clock.now()
    shares = await asyncio.gather(outbox.queue.claim(15, now), outbox.other.claim(15, now))
    chats = [row.chat_id for share in shares for row in share]
    assert sorted(chats) == list(range(1, 21))


async def test_a_row_that_is_not_due_yet_waits(outbox: Outbox):
    """A row to be tried again is claimed at its moment exactly, and not a microsecond before."""
    await outbox.subscribe(1)
    await outbox.send()
    [row] = await outbox.claim()
    await outbox.record(row, DeliveryState.RETRY, again_in=60)
    due = outbox.clock.now() + timedelta(seconds=60)
    assert await outbox.queue.claim(9, due - MICROSECOND) == []
    assert [row.chat_id for row in await outbox.queue.claim(9, due)] == [1]


async def test_who_takes_over_takes_every_lease_back(outbox: Outbox):
    """At the start a dead process's rows come back at once."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    await outbox.other.claim(9, outbox.clock.now())
    assert await outbox.queue.take_over(outbox.clock.now()) == 2
    assert await outbox.states(alert.id) == {1: "retry", 2: "retry"}


async def test_a_sent_row_keeps_its_message_and_its_moment(outbox: Outbox, clock: DrivenClock):
    """`sent` is recorded with Telegram's message id and the time, one attempt, and no lease any more."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    [claimed] = await outbox.claim()
    await clock.advance(3)
    await outbox.record(claimed, DeliveryState.SENT, message_id=77)
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.message_id, row.reason, row.attempts, row.uncertain_count) == ("sent", 77, None, 1, 0)
    assert row.sent_at == row.state_at == clock.now()
    assert not row.is_open


@pytest.mark.parametrize(
    ("state", "doubt", "attempts", "uncertain_count"),
    [
        (DeliveryState.RETRY, False, 1, 0),
        (DeliveryState.RETRY, True, 1, 1),
        (DeliveryState.UNCERTAIN, True, 1, 1),
        (DeliveryState.FAILED, False, 1, 0),
        (DeliveryState.GONE, False, 1, 0),
        (DeliveryState.QUEUED, False, 0, 0),
    ],
)
async def test_every_other_outcome_keeps_its_reason_and_counts(
    outbox: Outbox, state: DeliveryState, doubt: bool, attempts: int, uncertain_count: int
):
    """A row says why it stands where it does, how often it was tried, and how often it may have arrived."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    [claimed] = await outbox.claim()
    await outbox.record(claimed, state, reason="because", may_have_arrived=doubt)
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.reason, row.attempts, row.uncertain_count) == (state, "because", attempts, uncertain_count)
    assert (row.sent_at, row.message_id) == (None, None)


async def test_doubts_add_up_over_the_attempts_of_a_row(outbox: Outbox):
    """A row that may have been doubled twice says so after it is sent."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    for _ in range(2):
        [claimed] = await outbox.claim()
        await outbox.record(claimed, DeliveryState.RETRY, may_have_arrived=True, again_in=0)
    await outbox.other.claim(1, outbox.clock.now())
    await outbox.queue.take_over(outbox.clock.now())
    [claimed] = await outbox.claim()
    assert claimed.attempts == 2
    await outbox.record(claimed, DeliveryState.SENT)
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.attempts, row.uncertain_count) == ("sent", 3, 3)


async def test_the_alert_is_sent_when_its_last_row_has_come_to_an_end(outbox: Outbox, clock: DrivenClock):
    """An alert stays `sending` while one row is open, and is `sent` with the moment once none is."""
    await outbox.subscribe(1, 2, 3, 4)
    alert = await outbox.send()
    other = await outbox.send()
    ends = (DeliveryState.SENT, DeliveryState.GONE, DeliveryState.FAILED, DeliveryState.UNCERTAIN)
    for row, state in zip(await outbox.claim(4), ends, strict=True):
        assert await outbox.status(alert.id) is AlertStatus.SENDING
        await clock.advance(1)
        await outbox.record(row, state, reason="because")
    ended = await outbox.desk.find(alert.id)
    assert (ended.status, ended.finished_at) == (AlertStatus.SENT, clock.now())
    assert await outbox.status(other.id) is AlertStatus.SENDING


async def test_the_alert_ends_though_there_is_no_room_to_claim(outbox: Outbox):
    """The exchange that records an alert's last row ends the alert, also when so many rows are held that none is taken.

    Nobody would look at that alert again.
    """
    await outbox.subscribe(1)
    alert = await outbox.send()
    [row] = await outbox.claim()
    now = outbox.clock.now()
    taken = await outbox.queue.exchange([Result(row, Outcome(DeliveryState.SENT))], 2, {row.lane: 2}, now)
    assert taken.rows == []
    assert await outbox.status(alert.id) is AlertStatus.SENT


async def test_an_alert_ends_at_its_expiry(outbox: Outbox):
    """At its expiry an alert's waiting rows are skipped as expired, and the alert says that it came too late."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send(hours=1)
    [first] = await outbox.claim(1)
    assert alert.expires_at is not None
    assert [row.chat_id for row in await outbox.queue.claim(0, alert.expires_at - MICROSECOND)] == []
    assert await outbox.status(alert.id) is AlertStatus.SENDING
    assert await outbox.queue.claim(9, alert.expires_at) == []
    late = await outbox.row(alert.id, 2)
    assert (late.state, late.reason) == ("skipped", "expired")
    assert await outbox.status(alert.id) is AlertStatus.EXPIRED
    await outbox.record(first, DeliveryState.SENT)
    assert await outbox.states(alert.id) == {1: "sent", 2: "skipped"}
    assert await outbox.status(alert.id) is AlertStatus.EXPIRED


async def test_unsubscribing_skips_what_was_not_sent(outbox: Outbox):
    """A person who unsubscribes gets nothing more: waiting and retried rows end, of every alert, with the reason."""
    await outbox.subscribe(1)
    first = await outbox.send(Severity.CRITICAL)
    second = await outbox.send()
    [row] = await outbox.claim(1)
    await outbox.record(row, DeliveryState.RETRY, again_in=60)
    await outbox.roll.unsubscribe(1)
    for alert in (first, second):
        ended = await outbox.row(alert.id, 1)
        assert (ended.state, ended.reason) == ("skipped", "unsubscribed")
        assert await outbox.status(alert.id) is AlertStatus.SENT


async def test_a_row_that_was_under_way_when_the_person_left_is_not_tried_again(outbox: Outbox):
    """A send that fails for a time after the person has unsubscribed is skipped, and the alert can end."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    [claimed] = await outbox.claim()
    await outbox.roll.unsubscribe(1)
    assert await outbox.states(alert.id) == {1: "leased"}
    await outbox.record(claimed, DeliveryState.RETRY)
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.reason) == ("skipped", "unsubscribed")
    assert await outbox.status(alert.id) is AlertStatus.SENT


@pytest.mark.parametrize("state", [DeliveryState.RETRY, DeliveryState.QUEUED])
async def test_a_row_that_was_under_way_at_a_stop_is_not_tried_again(outbox: Outbox, state: DeliveryState):
    """A row that comes back to the queue of a stopped alert is skipped, and says why; one that was sent says so."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    first, second = await outbox.claim()
    await outbox.desk.cancel(alert.id, by=None)
    await outbox.record(first, state)
    await outbox.record(second, DeliveryState.SENT)
    rows = await outbox.rows(alert.id)
    assert [(row.state, row.reason) for row in rows] == [("skipped", "cancelled"), ("sent", None)]
    assert await outbox.status(alert.id) is AlertStatus.CANCELLED


async def test_a_row_of_a_dead_process_whose_person_has_left_is_skipped(outbox: Outbox):
    """Taking back skips who has unsubscribed meanwhile, and an alert that had only such rows left is sent."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    await outbox.other.claim(1, outbox.clock.now())
    await outbox.roll.unsubscribe(1)
    assert await outbox.queue.take_over(outbox.clock.now()) == 1
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.reason, row.uncertain_count) == ("skipped", "unsubscribed", 1)
    assert await outbox.status(alert.id) is AlertStatus.SENT


async def uncertain_alert(outbox: Outbox, *chat_ids: int) -> int:
    """Send an alert whose rows all end without an answer."""
    await outbox.subscribe(*chat_ids)
    alert = await outbox.send()
    for row in await outbox.claim():
        await outbox.record(row, DeliveryState.UNCERTAIN, reason="no answer", may_have_arrived=True)
    assert await outbox.status(alert.id) is AlertStatus.SENT
    return alert.id


async def test_uncertain_rows_are_sent_again_on_request(outbox: Outbox):
    """'Send again' queues the uncertain rows alone, and the alert is sending until they have come to an end."""
    alert_id = await uncertain_alert(outbox, 1, 2)
    before = outbox.nudges
    assert await outbox.desk.send_uncertain_again(alert_id) == 2
    assert outbox.nudges == before + 1
    assert await outbox.status(alert_id) is AlertStatus.SENDING
    for row in await outbox.claim():
        await outbox.record(row, DeliveryState.SENT)
    assert [(row.state, row.uncertain_count) for row in await outbox.rows(alert_id)] == [("sent", 1), ("sent", 1)]
    with pytest.raises(Stale, match="no uncertain delivery"):
        await outbox.desk.send_uncertain_again(alert_id)
    assert await outbox.status(alert_id) is AlertStatus.SENT


async def test_nothing_is_sent_again_to_who_has_unsubscribed(outbox: Outbox):
    """A person who left after an uncertain send is skipped at 'send again', though others are sent to."""
    alert_id = await uncertain_alert(outbox, 1, 2)
    await outbox.roll.unsubscribe(1)
    assert await outbox.desk.send_uncertain_again(alert_id) == 1
    assert await outbox.states(alert_id) == {1: "skipped", 2: "queued"}
    assert (await outbox.row(alert_id, 1)).reason == "unsubscribed"


async def test_sending_again_ends_at_once_when_everybody_has_left(outbox: Outbox):
    """An alert whose uncertain rows all belong to people who left is sent, not sending for ever."""
    alert_id = await uncertain_alert(outbox, 1)
    await outbox.roll.unsubscribe(1)
    assert await outbox.desk.send_uncertain_again(alert_id) == 0
    assert await outbox.states(alert_id) == {1: "skipped"}
    assert await outbox.status(alert_id) is AlertStatus.SENT


async def test_nothing_is_sent_again_after_the_expiry(outbox: Outbox):
    """An alert that is not in force any more is not sent again, to the second."""
    alert_id = await uncertain_alert(outbox, 1)
    outbox.pass_hours(6)
    with pytest.raises(Stale, match="not in force"):
        await outbox.desk.send_uncertain_again(alert_id)
    assert await outbox.states(alert_id) == {1: "uncertain"}
