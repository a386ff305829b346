from datetime import timedelta

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox

from alerts.delivery.report import DeliveryReport, Waits
from alerts.delivery.states import DeliveryState
from alerts.errors import NotFound
from alerts.paging import Window
from alerts.publishing.desk import Desk
from alerts.publishing.reports import Reports
from alerts.store import Store
from alerts.subscribers.roll import Profile

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


@pytest.fixture
def reports(store: Store, clock: DrivenClock) -> Reports:
    """The reports."""
    return Reports(store, clock)


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
        waits_until=clock.now() + timedelta(seconds=1),
    )
    assert (report.done, report.unreached) == (7, 8)


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


async def served_each_second(outbox: Outbox, clock: DrivenClock, number: int) -> int:
    """Send an alert and serve one recipient after every second; give its id."""
    await outbox.subscribe(*range(1, number + 1))
    alert = await outbox.send()
    for row in await outbox.claim(number):
        await clock.advance(1)
        await outbox.record(row, DeliveryState.SENT)
    return alert.id


async def test_a_report_tells_the_rate_and_how_long_people_waited(outbox: Outbox, clock: DrivenClock, reports: Reports):
    """One a second to 200: a rate of 1, half within 100 seconds, 99 in 100 within 198."""
    full = await reports.full(await served_each_second(outbox, clock, 200))
    assert full.is_over
    assert full.counted.rate_per_second == pytest.approx(1)
    assert full.waits == Waits(p50_seconds=100, p99_seconds=198)


@pytest.mark.parametrize(("sent", "waits"), [(1, Waits(1, 1)), (2, Waits(1, 2)), (5, Waits(3, 5))])
async def test_a_few_recipients_have_no_rate(
    outbox: Outbox, clock: DrivenClock, reports: Reports, sent: int, waits: Waits
):
    """Under ten recipients a rate says nothing; the waits are those of the nearest row."""
    full = await reports.full(await served_each_second(outbox, clock, sent))
    assert (full.counted.rate_per_second, full.waits) == (None, waits)


async def test_all_at_once_has_no_rate(outbox: Outbox, reports: Reports):
    """Twenty recipients in one moment were served at no rate that could be told."""
    await outbox.subscribe(*range(1, 21))
    alert = await outbox.send()
    for row in await outbox.claim(20):
        await outbox.record(row, DeliveryState.SENT)
    assert (await reports.full(alert.id)).counted.rate_per_second is None


async def test_where_nothing_was_sent_nobody_waited(outbox: Outbox, reports: Reports):
    """A draft, and an alert that was stopped at once, tell no rate and no waits."""
    await outbox.subscribe(1)
    draft, alert = await outbox.draft(501), await outbox.send()
    await outbox.desk.cancel(alert.id, by=None)
    for alert_id in (draft.id, alert.id):
        full = await reports.full(alert_id)
        assert (full.counted.rate_per_second, full.waits) == (None, Waits())


async def test_those_who_were_not_reached_are_listed_with_their_names(outbox: Outbox, reports: Reports):
    """Groups come first, whoever has unsubscribed keeps the chat alone, and with everybody the reached ones too."""
    await outbox.subscribe(1, name="Amira", organisation="Rail & Co")
    await outbox.subscribe(2, 3)
    await outbox.roll.subscribe(-7, "supergroup", Profile(name="Guards", sectors=("retail",)), set_up_by=1)
    await outbox.vouch(-7)
    alert = await outbox.send()
    for row in await outbox.claim():
        if row.chat_id == 1:
            await outbox.record(row, DeliveryState.UNCERTAIN, reason="no answer", may_have_arrived=True)
        elif row.chat_id == 3:
            await outbox.record(row, DeliveryState.SENT)
        else:
            await outbox.record(row, DeliveryState.GONE, reason="kicked")
    await outbox.roll.unsubscribe(2)
    unsent = [one async for part in reports.recipients(alert.id) for one in part]
    assert [(one.chat_id, one.kind, one.name, one.organisation, one.state, one.reason) for one in unsent] == [
        (-7, "supergroup", "Guards", "", "gone", "kicked"),
        (1, "private", "Amira", "Rail & Co", "uncertain", "no answer"),
        (2, "private", "", "", "gone", "kicked"),
    ]
    assert [one.uncertain_count for one in unsent] == [0, 1, 0]
    everybody = [one.chat_id async for part in reports.recipients(alert.id, everybody=True) for one in part]
    assert everybody == [-7, 1, 2, 3]


async def test_a_long_list_comes_in_parts(outbox: Outbox, reports: Reports, monkeypatch: pytest.MonkeyPatch):
    """Each part goes on after the last chat of the one before, and nobody is missing or named twice."""
    monkeypatch.setattr("alerts.publishing.reports.LISTED_AT_ONCE", 3)
    await outbox.subscribe(*range(1, 9))
    alert = await outbox.send()
    parts = [[one.chat_id for one in part] async for part in reports.recipients(alert.id)]
    assert parts == [[1, 2, 3], [4, 5, 6], [7, 8]]


async def test_a_page_that_is_not_there_is_the_last_one(outbox: Outbox, reports: Reports):
    """Pages are counted from 0; where everybody was reached there is one, and it is empty."""
    await outbox.subscribe(*range(1, 6))
    alert = await outbox.send()
    second = await reports.unreached(alert.id, 1, 2)
    assert (second.recipients, second.window) == (5, Window(1, 5, 2))
    assert [one.chat_id for one in second.listed] == [3, 4]
    assert (await reports.unreached(alert.id, 99, 2)).window.number == 2
    for row in await outbox.claim():
        await outbox.record(row, DeliveryState.SENT)
    empty = await reports.unreached(alert.id, 0, 2)
    assert (empty.window, empty.listed) == (Window(0, 0, 2), ())


async def test_there_is_no_report_of_an_unknown_alert(reports: Reports):
    """Each way to ask says that there is no such alert; a list of recipients is empty."""
    for ask in (reports.full(77), reports.live(77), reports.unreached(77, 0, 2)):
        with pytest.raises(NotFound):
            await ask
    assert [part async for part in reports.recipients(77)] == []
