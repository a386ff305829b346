"""Following an alert that is being sent: the same counts as a whole look, and an estimate that is honest."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL

from alerts.delivery.hold import Holds
from alerts.delivery.report import DeliveryReport, read_report
from alerts.delivery.states import DeliveryState
from alerts.delivery.tally import Estimate, Tally, commonest
from alerts.publishing.alert import Severity
from alerts.publishing.reports import LiveReport, Reports
from alerts.store import Store


@pytest.fixture
def reports(store: Store, clock: DrivenClock) -> Reports:
    """The reports."""
    return Reports(store, clock)


async def both(store: Store, tally: Tally, alert_id: int) -> tuple[DeliveryReport, DeliveryReport]:
    """Count an alert by its tally, and whole."""
    async with store.reading() as connection:
        return await tally.count(connection), await read_report(connection, alert_id)


async def look(reports: Reports, alert_id: int) -> LiveReport:
    """Look at an alert that is being sent."""
    live = await reports.live(alert_id)
    assert live is not None
    return live


async def serve(outbox: Outbox, number: int, state: DeliveryState = DeliveryState.SENT, **outcome: object) -> None:
    """Bring so many rows to an end."""
    for row in await outbox.claim(number):
        await outbox.record(row, state, **outcome)


async def test_a_tally_counts_what_a_whole_look_counts(store: Store, outbox: Outbox) -> None:
    """In blocks of three, after every few rows and whatever becomes of them, both give the same report."""
    await outbox.subscribe(*range(1, 21))
    alert = await outbox.send()
    tally = Tally(alert.id, block_rows=3)
    ends = [DeliveryState.SENT, DeliveryState.GONE, DeliveryState.UNCERTAIN, DeliveryState.SENT, DeliveryState.RETRY]
    for state in (*ends, DeliveryState.FAILED, DeliveryState.SENT):
        by_tally, whole = await both(store, tally, alert.id)
        assert by_tally == whole
        await serve(outbox, 2, state, reason="" if state is DeliveryState.SENT else "because")
    await outbox.claim(3)
    by_tally, whole = await both(store, tally, alert.id)
    assert by_tally == whole
    assert (whole.recipients, whole.counts[DeliveryState.LEASED]) == (20, 3)


async def test_a_tally_sees_uncertain_rows_that_are_sent_again(store: Store, outbox: Outbox) -> None:
    """What was uncertain at one look waits at the next, although nobody has looked in between."""
    await outbox.subscribe(*range(1, 7))
    alert = await outbox.send()
    tally = Tally(alert.id, block_rows=2)
    await serve(outbox, 3)
    await serve(outbox, 3, DeliveryState.UNCERTAIN, reason="no answer")
    await both(store, tally, alert.id)
    await outbox.desk.send_uncertain_again(alert.id)
    by_tally, whole = await both(store, tally, alert.id)
    assert by_tally == whole
    assert whole.counts[DeliveryState.QUEUED] == 3


async def test_a_tally_asks_for_no_row_again_that_has_come_to_its_end(store: Store, outbox: Outbox) -> None:
    """Of twelve rows in blocks of two a look counts the block under way and the next one, and no other."""
    await outbox.subscribe(*range(1, 13))
    alert = await outbox.send()
    tally = Tally(alert.id, block_rows=2)
    await serve(outbox, 7)
    await both(store, tally, alert.id)
    asked: list[str] = []
    event.listen(store.engine.sync_engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    async with store.reading() as connection:
        report = await tally.count(connection)
    assert (report.done, report.counts[DeliveryState.QUEUED]) == (7, 5)
    assert sum("BETWEEN" in statement for statement in asked) == 2
    assert sum("count(*)" in statement for statement in asked) == 2


def test_an_estimate_needs_evidence() -> None:
    """Too few seconds or too few rows say nothing; then the rest takes as long as the rate of late says."""
    estimate = Estimate()
    assert estimate.seconds_left(100) is None
    for second in range(5):
        estimate.note(10 * second, float(second))
        assert estimate.seconds_left(100) is None
    estimate.note(50, 5.0)
    assert estimate.seconds_left(100) == pytest.approx(10)
    slow = Estimate()
    slow.note(0, 0.0)
    slow.note(2, 20.0)
    assert slow.seconds_left(100) is None


def test_an_estimate_goes_by_what_happened_lately() -> None:
    """Half a minute after the rate has fallen, what was before does not count; a stall says so, and no time."""
    estimate = Estimate()
    for second in range(0, 61, 2):
        estimate.note(30 * second, float(second))
    for second in range(62, 93, 2):
        estimate.note(1800 + second - 60, float(second))
    assert estimate.seconds_left(60) == pytest.approx(60)
    assert not estimate.is_stalled
    for second in range(94, 125, 2):
        estimate.note(1832, float(second))
    assert estimate.is_stalled
    assert estimate.seconds_left(60) is None


def test_an_estimate_begins_anew_when_rows_are_sent_again() -> None:
    """When fewer rows are done than before, the earlier rate is no evidence."""
    estimate = Estimate()
    estimate.note(0, 0.0)
    estimate.note(100, 10.0)
    estimate.note(90, 12.0)
    assert estimate.seconds_left(10) is None


def test_the_commonest_reason() -> None:
    """The reason with the most rows is told, nothing when there is none."""
    assert commonest([("rare", 1), ("common", 7), ("middling", 3)]) == "common"
    assert commonest([]) == ""


async def test_the_time_left_is_told_while_rows_go_out(outbox: Outbox, reports: Reports, clock: DrivenClock) -> None:
    """Two rows a second, of which 20 are left: ten seconds; at the beginning nothing is said."""
    await outbox.subscribe(*range(1, 41))
    alert = await outbox.send()
    assert (await look(reports, alert.id)).seconds_left is None
    for _ in range(5):
        await serve(outbox, 4)
        await clock.advance(2)
        live = await look(reports, alert.id)
    assert live.seconds_left == pytest.approx(10)
    assert (live.retries_until, live.is_stalled, live.expires_first) == (None, False, False)
    await serve(outbox, 20)
    assert await reports.live(alert.id) is None


async def test_a_hold_is_no_evidence(store: Store, outbox: Outbox, reports: Reports, clock: DrivenClock) -> None:
    """While held there is no estimate and no stall; after the release it begins anew."""
    await outbox.subscribe(*range(1, 41))
    alert = await outbox.send()
    await look(reports, alert.id)
    await serve(outbox, 20)
    await clock.advance(6)
    assert (await look(reports, alert.id)).seconds_left == pytest.approx(6)
    holds = Holds(store, clock, TRAIL)
    await holds.place(None)
    for _ in range(20):
        await clock.advance(2)
        live = await look(reports, alert.id)
    assert live.hold is not None
    assert (live.seconds_left, live.is_stalled) == (None, False)
    await holds.release(None)
    live = await look(reports, alert.id)
    assert (live.hold, live.seconds_left) == (None, None)


async def test_a_wait_beyond_everything_else_is_told(outbox: Outbox, reports: Reports, clock: DrivenClock) -> None:
    """Rows that are tried again only after the others are done say until when, and why; one due at once does not."""
    await outbox.subscribe(*range(1, 6))
    alert = await outbox.send()
    await serve(outbox, 2, DeliveryState.RETRY, reason="the server answered 502", again_in=60)
    await serve(outbox, 3)
    live = await look(reports, alert.id)
    assert live.retries_until == clock.now() + timedelta(seconds=60)
    assert live.retry_reason == "the server answered 502"
    await clock.advance(57)
    assert (await look(reports, alert.id)).retries_until is None


async def test_nothing_for_half_a_minute_is_a_stall(outbox: Outbox, reports: Reports, clock: DrivenClock) -> None:
    """When no row comes to its end for half a minute, and there is no hold, the look says so."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    for _ in range(15):
        assert not (await look(reports, alert.id)).is_stalled or clock.elapsed_seconds >= 25
        await clock.advance(2)
    assert (await look(reports, alert.id)).is_stalled


async def test_a_rate_too_low_for_the_expiry_is_told(outbox: Outbox, reports: Reports, clock: DrivenClock) -> None:
    """When the rest takes longer than the alert lives, the look says so."""
    await outbox.subscribe(*range(1, 41))
    alert = await outbox.send(Severity.URGENT, hours=1 / 60)
    await look(reports, alert.id)
    await clock.advance(10)
    await serve(outbox, 4)
    assert (await look(reports, alert.id)).expires_first
