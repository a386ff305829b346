"""What went wrong with one message of a copy: told at the end of its row, through every wait, and nothing else is."""

import pytest
from support.outbox import Outbox

from alerts.delivery.claim import Claimed
from alerts.delivery.copies import FLAWS, Trouble, Way
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import Alert, Change

CHAT = 1
SENT, RETRY, QUEUED, FAILED = DeliveryState.SENT, DeliveryState.RETRY, DeliveryState.QUEUED, DeliveryState.FAILED


@pytest.fixture
async def correction(outbox: Outbox) -> Alert:
    """A correction of an alert of two messages that one chat has."""
    await outbox.subscribe(CHAT)
    first = await outbox.send()
    for arrived in ({"message_id": 100, "is_part": True}, {"message_id": 101}):
        [row] = await outbox.claim()
        await outbox.record(row, QUEUED if "is_part" in arrived else SENT, again_in=0, **arrived)
    made = await outbox.follow_ups.content(first.id, Change.CORRECTION)
    alert, _ = await outbox.desk.issue(made, origin="command line")
    return alert


async def claimed(outbox: Outbox, alert: Alert) -> tuple[Claimed, str]:
    """Claim the row of an alert, and give it with what is said to have gone wrong with its copy."""
    [row] = [row for row in await outbox.claim() if row.alert_id == alert.id]
    assert row.copy is not None
    return row, row.copy.flaw


async def test_what_made_a_row_wait_is_no_flaw_of_its_copy(outbox: Outbox, correction: Alert):
    """After a 429 or a failure of the network nothing is wrong with the copy, and the row ends as sent."""
    for reason in ("Telegram asked to wait", "no connection", "an error inside Cascade; see its log"):
        row, _ = await claimed(outbox, correction)
        await outbox.record(row, RETRY, again_in=0, reason=reason)
        assert (await outbox.row(correction.id, CHAT)).reason == reason
    _, flaw = await claimed(outbox, correction)
    assert flaw == ""


async def first_is_gone(outbox: Outbox, correction: Alert) -> Claimed:
    """Find the first message of the copy gone, and claim the row for the second."""
    row, _ = await claimed(outbox, correction)
    await outbox.record(row, QUEUED, again_in=0, message_id=100, is_part=True, reason=Trouble.GONE)
    row, flaw = await claimed(outbox, correction)
    assert (row.part, flaw) == (1, Trouble.GONE)
    return row


@pytest.mark.parametrize(("state", "reason"), [(QUEUED, ""), (RETRY, "Telegram asked to wait")])
async def test_a_row_that_waits_keeps_what_went_wrong(
    outbox: Outbox, correction: Alert, state: DeliveryState, reason: str
):
    """Given back at a hold or a stop, or told to wait, it still knows at its second message that the first is gone."""
    row = await first_is_gone(outbox, correction)
    await outbox.record(row, state, again_in=0, reason=reason)
    row, flaw = await claimed(outbox, correction)
    assert flaw == Trouble.GONE
    await outbox.record(row, FAILED, reason=flaw)
    assert (await outbox.row(correction.id, CHAT)).reason == Trouble.GONE


async def test_a_crash_forgets_no_flaw(outbox: Outbox, correction: Alert):
    """Who takes over from a sender that died takes the row back with it, and with its count of doubts."""
    await first_is_gone(outbox, correction)
    await outbox.other.take_over(outbox.clock.now())
    row = await outbox.row(correction.id, CHAT)
    assert (row.state, row.reason, row.uncertain_count) == (RETRY, Trouble.GONE, 1)


def test_flaws_are_told_in_words_of_their_own():
    """Every way and every trouble is one, and no two read alike."""
    assert {*Way, *Trouble} == FLAWS
    assert len(FLAWS) == len(Way) + len(Trouble)
