"""Alerts of several messages: every part arrives once, in order, whatever comes between."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select
from support.outbox import Outbox
from support.sending import RecordingSender, sending

from alerts.delivery.claim import Claimed
from alerts.delivery.queue import LostLead
from alerts.delivery.states import DeliveryState, Outcome
from alerts.publishing.alert import AlertStatus, Severity
from alerts.store.tables import delivery_parts

PARTS = 3
ASKED_TO_WAIT = Outcome(DeliveryState.RETRY, "Telegram asked to wait", retry_after=timedelta(seconds=20))
NO_ANSWER = Outcome(DeliveryState.UNCERTAIN, "no answer", may_have_arrived=True)


class PartSender(RecordingSender):
    """Sends alerts of three messages, the message of a part to a chat being `100 * chat + part`."""

    def __init__(self, outbox: Outbox, answers: dict[tuple[int, int], list[Outcome | Exception]] | None = None) -> None:
        super().__init__(outbox)
        self.parts: list[tuple[int, int]] = []
        self._laid_ready = answers or {}

    async def send(self, row: Claimed) -> Outcome:
        """Note chat and part, and give the outcome that is due."""
        self.parts.append((row.chat_id, row.part))
        if ready := self._laid_ready.get((row.chat_id, row.part)):
            self.answers[row.chat_id] = [ready.pop(0)]
        else:
            self.answers[row.chat_id] = [stored(row)]
        return await super().send(row)


def stored(row: Claimed) -> Outcome:
    """Give the outcome of a part that has arrived."""
    is_last = row.part == PARTS - 1
    state = DeliveryState.SENT if is_last else DeliveryState.QUEUED
    return Outcome(state, message_id=100 * row.chat_id + row.part, is_part=not is_last)


async def kept(outbox: Outbox) -> list[tuple[int, int, int]]:
    """Give the table of parts: row, part and message."""
    statement = select(delivery_parts).order_by(delivery_parts.c.delivery_id, delivery_parts.c.part)
    async with outbox.store.reading() as connection:
        return [(row.delivery_id, row.part, row.message_id) for row in (await connection.execute(statement)).all()]


async def send_part(outbox: Outbox) -> None:
    """Claim the only row that is due, and record that its next message has arrived."""
    [row] = await outbox.claim()
    outcome = stored(row)
    await outbox.record(row, outcome.state, again_in=0, message_id=outcome.message_id, is_part=outcome.is_part)


async def test_the_parts_arrive_in_order_and_each_is_on_record(outbox: Outbox):
    """Each chat gets the messages one after the other, a second apart; their ids are kept, the last in the row."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    sender = PartSender(outbox)
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    for chat in (1, 2):
        assert [part for to, part in sender.parts if to == chat] == [0, 1, 2]
        moments = [one.at for one in sender.tries if one.chat_id == chat]
        assert all(0.99 < later - earlier < 2.5 for earlier, later in pairwise(moments))
    first, second = await outbox.rows(alert.id)
    assert [(row.state, row.part, row.message_id, row.attempts) for row in (first, second)] == [
        ("sent", 2, 102, 1),
        ("sent", 2, 202, 1),
    ]
    assert await kept(outbox) == [(first.id, 0, 100), (first.id, 1, 101), (second.id, 0, 200), (second.id, 1, 201)]


async def test_a_crash_between_two_parts_repeats_none(outbox: Outbox):
    """A process that dies with the last part leased is followed by one that sends that part alone."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    await send_part(outbox)
    await send_part(outbox)
    assert [row.part for row in await outbox.other.claim(1, outbox.clock.now())] == [2]
    assert await outbox.queue.take_over(outbox.clock.now()) == 1
    sender = PartSender(outbox)
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    assert sender.parts == [(1, 2)]
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.part, row.message_id, row.uncertain_count) == ("sent", 2, 102, 1)
    assert await kept(outbox) == [(row.id, 0, 100), (row.id, 1, 101)]


async def test_a_stopped_process_leaves_the_rest_to_the_next(outbox: Outbox):
    """After a stop between two parts the next start goes on with the part that is due, in no doubt."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    before, after = PartSender(outbox), PartSender(outbox)
    async with sending(outbox, sender=before) as at_work:
        await at_work.until_tried(1)
    async with sending(outbox, sender=after) as at_work:
        await at_work.until_sent(alert.id)
    assert before.parts + after.parts == [(1, 0), (1, 1), (1, 2)]
    assert (await outbox.row(alert.id, 1)).uncertain_count == 0


@pytest.mark.parametrize(("end", "reason"), [("stop", "cancelled"), ("expiry", "expired"), ("leaving", "unsubscribed")])
async def test_what_ends_an_alert_between_parts_skips_the_rest(outbox: Outbox, end: str, reason: str):
    """A stop, the expiry or the person's leaving after the first part: no other part goes, and the row says why."""
    await outbox.subscribe(1)
    alert = await outbox.send(hours=1)
    await send_part(outbox)
    if end == "stop":
        await outbox.desk.cancel(alert.id, by=None)
    elif end == "leaving":
        await outbox.roll.unsubscribe(1)
    else:
        outbox.pass_hours(1)
    assert await outbox.claim() == []
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.reason, row.part) == ("skipped", f"{reason} (after message 1)", 1)
    assert await kept(outbox) == [(row.id, 0, 100)]
    assert await outbox.status(alert.id) is not AlertStatus.SENDING


async def test_a_part_that_is_under_way_at_a_stop_is_the_last(outbox: Outbox):
    """A part that arrives after the officer's stop is on record, and the row is skipped with what is left."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    [row] = await outbox.claim()
    await outbox.desk.cancel(alert.id, by=None)
    await outbox.record(row, DeliveryState.QUEUED, again_in=0, message_id=100, is_part=True)
    ended = await outbox.row(alert.id, 1)
    assert (ended.state, ended.reason, ended.part) == ("skipped", "cancelled (after message 1)", 1)
    assert await kept(outbox) == [(row.id, 0, 100)]


async def test_who_is_gone_between_parts_has_a_row_that_says_so(outbox: Outbox):
    """A recipient who blocks the bot after the first message is gone, and the report says how much they have."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    sender = PartSender(outbox, {(1, 1): [Outcome(DeliveryState.GONE, "blocked the bot")]})
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    _, report = await outbox.desk.report(alert.id)
    assert report.reasons == {(DeliveryState.GONE, "blocked the bot (after message 1)"): 1}
    entry = await outbox.roll.find(1)
    assert entry is not None
    assert entry.reason == "blocked the bot"


async def test_an_outcome_that_is_recorded_twice_meets_no_later_lease(outbox: Outbox):
    """What a lost answer of the database makes the dispatcher repeat leaves the row's next lease alone."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    [first] = await outbox.claim()
    await outbox.record(first, DeliveryState.QUEUED, again_in=0, message_id=100, is_part=True)
    outbox.clock.elapsed_seconds += 1
    [second] = await outbox.claim()
    await outbox.record(first, DeliveryState.QUEUED, again_in=0, message_id=100, is_part=True)
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.part) == ("leased", 1)
    assert await kept(outbox) == [(row.id, 0, 100)]
    await outbox.record(second, DeliveryState.SENT, message_id=101)
    assert (await outbox.row(alert.id, 1)).state == "sent"


@pytest.mark.parametrize("answer", [ASKED_TO_WAIT, RuntimeError("nobody foresaw this")], ids=["429", "broken"])
async def test_a_refused_part_is_tried_again_and_no_other(outbox: Outbox, answer: Outcome | Exception):
    """A 429 or a fault at the second part repeats the second part when its wait is over, and then comes the third."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    sender = PartSender(outbox, {(1, 1): [answer]})
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    assert sender.parts == [(1, 0), (1, 1), (1, 1), (1, 2)]
    waited = sender.tries[2].at - sender.tries[1].at
    assert waited >= (20 if isinstance(answer, Outcome) else 1)
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.attempts, row.uncertain_count) == ("sent", 2, 0 if isinstance(answer, Outcome) else 1)
    assert [part for _, part, _ in await kept(outbox)] == [0, 1]


async def test_an_uncertain_part_goes_on_with_send_again(outbox: Outbox):
    """Where the second part of an advisory alert had no answer, 'send again' begins with that part, not the first."""
    await outbox.subscribe(1)
    alert = await outbox.send(Severity.ADVISORY)
    sender = PartSender(outbox, {(1, 1): [NO_ANSWER]})
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_states(alert.id, {1: "uncertain"})
        await at_work.until_sent(alert.id)
        assert await outbox.desk.send_uncertain_again(alert.id) == 1
        await at_work.until_sent(alert.id)
    assert sender.parts == [(1, 0), (1, 1), (1, 1), (1, 2)]
    assert (await outbox.row(alert.id, 1)).message_id == 102


async def test_a_part_of_a_lost_lease_is_not_recorded(outbox: Outbox):
    """When another process has taken the row meanwhile, the late outcome of a part changes nothing."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    [row] = await outbox.claim()
    assert await outbox.other.take_over(outbox.clock.now()) == 1
    with pytest.raises(LostLead):
        await outbox.record(row, DeliveryState.QUEUED, again_in=0, message_id=100, is_part=True)
    assert ((await outbox.row(alert.id, 1)).part, await kept(outbox)) == (0, [])
