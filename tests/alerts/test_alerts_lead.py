"""Who may send: the process that took over last, and no other from that moment on."""

import pytest
from support.outbox import Outbox
from support.sending import RecordingSender, Sending, sending

from alerts.delivery.queue import LostLead, Queue
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import AlertStatus


async def take_over(outbox: Outbox, queue: Queue) -> int:
    """Let a process begin to send, as it does at its start."""
    return await queue.take_over(outbox.clock.now())


async def test_a_process_that_was_taken_over_claims_nothing(outbox: Outbox):
    """After another's start its claim is refused, and every row is there for the one that took over."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    await take_over(outbox, outbox.queue)
    assert await take_over(outbox, outbox.other) == 0
    with pytest.raises(LostLead, match="another Cascade has taken over"):
        await outbox.claim()
    assert await outbox.states(alert.id) == {1: "queued", 2: "queued"}
    assert len(await outbox.other.claim(9, outbox.clock.now())) == 2


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.GONE, DeliveryState.QUEUED])
async def test_a_process_that_was_taken_over_records_nothing(outbox: Outbox, state: DeliveryState):
    """Its outcome comes too late: the row was taken back, is counted once as perhaps sent, and nobody is suspended."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    await take_over(outbox, outbox.queue)
    first, _ = await outbox.claim()
    assert await take_over(outbox, outbox.other) == 2
    before = await outbox.rows(alert.id)
    assert [(row.state, row.uncertain_count, row.attempts) for row in before] == [
        ("retry", 1, 0),
        ("retry", 1, 0),
    ]
    with pytest.raises(LostLead):
        await outbox.record(first, state, reason="too late", message_id=7)
    assert await outbox.rows(alert.id) == before
    assert {entry.status for entry in await outbox.roll.everybody()} == {"active"}


async def test_rows_are_counted_once_however_often_the_lead_changes(outbox: Outbox):
    """What nobody claimed since is taken back no second time; who takes over again may send again."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    await take_over(outbox, outbox.queue)
    await outbox.claim()
    assert [await take_over(outbox, queue) for queue in (outbox.other, outbox.queue, outbox.other)] == [1, 0, 0]
    assert (await outbox.row(alert.id, 1)).uncertain_count == 1
    assert await take_over(outbox, outbox.queue) == 0
    [row] = await outbox.claim()
    await outbox.record(row, DeliveryState.SENT, message_id=7)
    sent = await outbox.row(alert.id, 1)
    assert (sent.state, sent.message_id, sent.uncertain_count) == ("sent", 7, 1)


async def test_a_process_that_takes_over_from_itself_keeps_its_rows(outbox: Outbox):
    """What it has under way is its own to record, in no doubt."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    await take_over(outbox, outbox.queue)
    [row] = await outbox.claim()
    assert await take_over(outbox, outbox.queue) == 0
    await outbox.record(row, DeliveryState.SENT)
    assert (await outbox.row(alert.id, 1)).uncertain_count == 0
    assert await outbox.status(alert.id) is AlertStatus.SENT


async def until_lost(at_work: Sending) -> None:
    """Let time pass until the dispatcher has ended because another process has taken over."""

    async def ended() -> bool:
        return at_work.running.done()

    await at_work.until(ended, "the dispatcher to end", look_seconds=0.05)
    with pytest.raises(LostLead):
        await at_work.running


async def test_a_dispatcher_that_was_taken_over_ends_and_the_other_goes_on(outbox: Outbox):
    """It ends within a second with the reason and sends nothing more; nobody is missed, and every double is counted."""
    crowd = range(1, 101)
    await outbox.subscribe(*crowd)
    alert = await outbox.send()
    await take_over(outbox, outbox.queue)
    async with sending(outbox, per_second=30) as before:
        await before.until_tried(20)
        taken_at = outbox.clock.monotonic()
        back = await take_over(outbox, outbox.other)
        await until_lost(before)
        assert outbox.clock.monotonic() - taken_at <= 1
    assert max(one.at for one in before.sender.tries) <= taken_at + 1
    known = [row.chat_id for row in await outbox.rows(alert.id) if row.state == "sent"]
    async with sending(outbox, queue=outbox.other, per_second=30) as after:
        await after.until_sent(alert.id)
    assert sorted([*known, *after.sender.chats()]) == list(crowd)
    doubles = set(before.sender.chats()) & set(after.sender.chats())
    doubtful = {row.chat_id for row in await outbox.rows(alert.id) if row.uncertain_count}
    assert doubles <= doubtful
    assert len(doubtful) == back


@pytest.mark.parametrize("is_stopping", [False, True])
async def test_a_send_that_is_under_way_when_another_takes_over_is_counted(outbox: Outbox, is_stopping: bool):
    """Its answer is recorded no more, at a stop neither: the row is with the other process, as perhaps sent."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    await take_over(outbox, outbox.queue)
    sender = RecordingSender(outbox)
    sender.gate.clear()
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_tried(1)
        assert await take_over(outbox, outbox.other) == 1
        if is_stopping:
            at_work.dispatcher.stop()
        sender.gate.set()
        await until_lost(at_work)
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.uncertain_count, row.message_id) == ("retry", 1, None)
