import pytest
from support.clock import DrivenClock
from support.outbox import Outbox

from alerts.delivery.report import DeliveryReport
from alerts.delivery.states import DeliveryState
from alerts.publishing.desk import Desk

ENDS = [
    (DeliveryState.SENT, "", False),
    (DeliveryState.SENT, "", False),
    (DeliveryState.UNCERTAIN, "no answer", True),
    (DeliveryState.GONE, "blocked the bot", False),
    (DeliveryState.GONE, "the account was deleted", False),
    (DeliveryState.GONE, "blocked the bot", False),
    (DeliveryState.FAILED, "Bad Request: chat not found", False),
    (DeliveryState.RETRY, "the server answered 502", True),
]


@pytest.fixture
def desk(outbox: Outbox) -> Desk:
    """The desk."""
    return outbox.desk


async def test_a_report_counts_every_row_once(outbox: Outbox, desk: Desk, clock: DrivenClock):
    """Every state has its count, zero too; the reasons are counted, and the doubts, with the first and last sending."""
    await outbox.subscribe(*range(1, 11))
    alert = await outbox.send()
    moments = []
    for row, (state, reason, doubt) in zip(await outbox.claim(9), ENDS, strict=False):
        await clock.advance(1)
        moments.append(clock.now())
        await outbox.record(row, state, reason=reason, may_have_arrived=doubt)
    found, report = await desk.report(alert.id)
    assert found.status == "sending"
    assert report == DeliveryReport(
        recipients=10,
        counts={
            DeliveryState.QUEUED: 1,
            DeliveryState.LEASED: 1,
            DeliveryState.SENT: 2,
            DeliveryState.RETRY: 1,
            DeliveryState.UNCERTAIN: 1,
            DeliveryState.GONE: 3,
            DeliveryState.FAILED: 1,
            DeliveryState.SKIPPED: 0,
        },
        uncertain_count=2,
        first_sent_at=moments[0],
        last_sent_at=moments[1],
        reasons={
            (DeliveryState.UNCERTAIN, "no answer"): 1,
            (DeliveryState.GONE, "blocked the bot"): 2,
            (DeliveryState.GONE, "the account was deleted"): 1,
            (DeliveryState.FAILED, "Bad Request: chat not found"): 1,
            (DeliveryState.RETRY, "the server answered 502"): 1,
        },
    )
    assert report.done == 7


async def test_the_report_of_a_draft_is_empty(outbox: Outbox, desk: Desk):
    """A draft has no recipients, and every state stands at zero."""
    draft = await outbox.draft(501)
    _, report = await desk.report(draft.id)
    assert report == DeliveryReport(0, dict.fromkeys(DeliveryState, 0), 0, None, None, {})
    assert report.done == 0


async def test_a_report_speaks_of_its_own_alert(outbox: Outbox, desk: Desk):
    """Rows of other alerts to the same people are not counted."""
    await outbox.subscribe(1, 2)
    first = await outbox.send()
    await outbox.send()
    await desk.cancel(first.id, by=None)
    _, report = await desk.report(first.id)
    assert (report.recipients, report.counts[DeliveryState.SKIPPED]) == (2, 2)
    assert report.reasons == {(DeliveryState.SKIPPED, "cancelled"): 2}
