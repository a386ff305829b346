import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from support.clock import DrivenClock
from support.databases import on_sqlite
from support.outbox import Outbox
from support.record import TRAIL

from alerts.data import UnknownCode
from alerts.delivery.states import DeliveryState
from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale, StoreError
from alerts.publishing.alert import AlertStatus, Audience, Severity
from alerts.publishing.desk import Content, Desk
from alerts.subscribers.sectors import Directory

DANA = 501


def content(outbox: Outbox, **changes: object) -> Content:
    """Make what an alert says, with changes."""
    parts = {
        "headline": "Test",
        "body": "Text",
        "severity": Severity.ADVISORY,
        "expires_at": outbox.clock.now() + timedelta(hours=1),
    }
    return Content(**(parts | changes))  # type: ignore[arg-type]


async def test_the_rows_stand_in_the_order_of_the_chats(outbox: Outbox):
    """Whoever subscribed first, rows are written, and so sent, by chat id: no order of favour."""
    await outbox.subscribe(30, 10, 20)
    await outbox.send()
    assert [row.chat_id for row in await outbox.claim()] == [10, 20, 30]


@pytest.mark.parametrize(
    ("sectors", "is_allowed"),
    [(("retail",), True), (("health", "retail"), True), (("retail", "legal"), False), ((), False)],
)
async def test_an_officer_sends_within_their_sectors_alone(outbox: Outbox, sectors: tuple[str, ...], is_allowed: bool):
    """An officer limited to sectors may alert some or all of them, and neither others nor everybody."""
    await outbox.subscribe(1)
    limited = await outbox.hire(DANA, "health", "retail")
    draft = await outbox.draft(DANA, sectors=sectors)
    if is_allowed:
        await outbox.desk.confirm(draft.id, draft.revision, limited)
        await outbox.desk.issue(content(outbox, audience=Audience(sectors)), origin="command line", author=limited)
        return
    with pytest.raises(NotAllowed, match="health, retail"):
        await outbox.desk.confirm(draft.id, draft.revision, limited)
    with pytest.raises(NotAllowed, match="health, retail"):
        await outbox.desk.issue(content(outbox, audience=Audience(sectors)), origin="command line", author=limited)
    assert await outbox.written() == (1, 0)


async def test_references_count_up_within_their_year(outbox: Outbox):
    """Every alert and draft has its own number of the year, and a new year begins at 1."""
    await outbox.subscribe(1)
    references = [(await outbox.desk.start_draft(DANA)).reference, (await outbox.send()).reference]
    outbox.pass_hours(24 * 38 + 11.99)
    references.append((await outbox.send()).reference)
    outbox.pass_hours(0.01)
    references += [(await outbox.send()).reference, (await outbox.desk.start_draft(DANA)).reference]
    assert references == ["C-2026-0001", "C-2026-0002", "C-2026-0003", "C-2027-0001", "C-2027-0002"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"headline": ""}, InvalidInput),
        ({"body": "<u>open"}, InvalidInput),
        ({"expires_at": datetime(2026, 11, 23, 11, 59, tzinfo=UTC)}, InvalidInput),
        ({"expires_at": datetime(2026, 12, 23, 12, 1, tzinfo=UTC)}, InvalidInput),
        ({"audience": Audience(("no-such-sector",))}, UnknownCode),
        ({"audience": Audience((), ("atlantis",))}, UnknownCode),
        ({"audience": Audience(("legal",))}, InvalidInput),
    ],
)
async def test_issuing_is_all_or_nothing(outbox: Outbox, changes: dict[str, object], error: type[Exception]):
    """An alert that is refused, be it at the very last check, leaves neither alert nor rows nor a used reference."""
    await outbox.subscribe(1)
    with pytest.raises(error):
        await outbox.desk.issue(content(outbox, **changes), origin="command line")
    assert await outbox.written() == (0, 0)
    assert outbox.nudges == 0
    assert (await outbox.send()).reference == "C-2026-0001"


@on_sqlite
async def test_a_database_that_fails_halfway_leaves_nothing_of_an_alert(outbox: Outbox):
    """When the rows of an alert cannot be written the alert itself is not there either."""
    await outbox.subscribe(1, 2)
    assert outbox.store.url.database is not None
    with sqlite3.connect(outbox.store.url.database) as other:
        other.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON deliveries WHEN NEW.chat_id = 2 "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    other.close()
    with pytest.raises(StoreError):
        await outbox.desk.issue(content(outbox), origin="command line")
    assert await outbox.written() == (0, 0)


async def test_a_stop_skips_what_is_unsent(outbox: Outbox, clock: DrivenClock):
    """Cancelling keeps what was sent, skips the rest with the reason, and works once."""
    await outbox.subscribe(1, 2, 3)
    alert = await outbox.send()
    [first] = await outbox.claim(1)
    await outbox.record(first, DeliveryState.SENT)
    await clock.advance(5)
    ended = await outbox.desk.cancel(alert.id, by=DANA)
    assert (ended.status, ended.finished_at) == (AlertStatus.CANCELLED, clock.now())
    rows = await outbox.rows(alert.id)
    assert [(row.state, row.reason) for row in rows] == [
        ("sent", None),
        ("skipped", "cancelled"),
        ("skipped", "cancelled"),
    ]
    assert await outbox.claim() == []
    with pytest.raises(Stale, match="is cancelled, so there is nothing to stop"):
        await outbox.desk.cancel(alert.id, by=DANA)


async def test_a_sent_alert_is_closed_at_its_expiry(outbox: Outbox):
    """A sent alert is in force until its expiry, to the second, and closed from then on."""
    await outbox.subscribe(1)
    alert = await outbox.send(hours=1)
    [row] = await outbox.claim()
    await outbox.record(row, DeliveryState.SENT)
    outbox.pass_hours(3599 / 3600)
    await outbox.desk.close_expired()
    assert await outbox.status(alert.id) is AlertStatus.SENT
    outbox.pass_hours(1 / 3600)
    await outbox.desk.close_expired()
    assert await outbox.status(alert.id) is AlertStatus.CLOSED


async def test_an_alert_that_does_not_exist_is_not_found(outbox: Outbox):
    """Every use case names the alert that it cannot find."""
    for act in (outbox.desk.find, outbox.desk.report, outbox.desk.send_uncertain_again):
        with pytest.raises(NotFound, match="there is no alert 999"):
            await act(999)
    with pytest.raises(NotFound):
        await outbox.desk.cancel(999, by=None)


async def test_alerts_are_listed_newest_first_with_their_recipients(outbox: Outbox):
    """The list pages, and counts the rows of each alert; a draft has none."""
    await outbox.subscribe(1)
    first = await outbox.send()
    await outbox.subscribe(2)
    second = await outbox.send()
    draft = await outbox.desk.start_draft(DANA)
    everything = [(alert.id, recipients) for alert, recipients in await outbox.desk.newest(10)]
    assert everything == [(draft.id, 0), (second.id, 2), (first.id, 1)]
    assert [alert.id for alert, _ in await outbox.desk.newest(1, offset=1)] == [second.id]


async def test_an_author_is_informed_until_they_have_the_final_report(outbox: Outbox):
    """Alerts with an author wait for their report from the confirmation until it was handed over, and no others do."""
    await outbox.subscribe(1)
    await outbox.send()
    await outbox.desk.start_draft(DANA)
    draft = await outbox.draft(DANA)
    await outbox.desk.confirm(draft.id, draft.revision, await outbox.hire(DANA))
    await outbox.desk.note_progress_message(draft.id, 77)
    [waiting] = await outbox.desk.unreported()
    assert (waiting.id, waiting.progress_message_id) == (draft.id, 77)
    await outbox.desk.note_reported(draft.id)
    assert await outbox.desk.unreported() == []


async def test_sending_again_asks_for_a_new_final_report(outbox: Outbox):
    """After 'send again' the author is informed again."""
    await outbox.subscribe(1)
    draft = await outbox.draft(DANA)
    await outbox.desk.confirm(draft.id, draft.revision, await outbox.hire(DANA))
    [row] = await outbox.claim()
    await outbox.record(row, DeliveryState.UNCERTAIN)
    await outbox.desk.note_reported(draft.id)
    await outbox.desk.send_uncertain_again(draft.id)
    assert [alert.id for alert in await outbox.desk.unreported()] == [draft.id]


async def test_a_desk_works_without_a_dispatcher(outbox: Outbox, directory: Directory):
    """The command line's desk writes rows with nobody to tell of them."""
    await outbox.subscribe(1)
    desk = Desk(outbox.store, outbox.clock, TRAIL, directory)
    alert, recipients = await desk.issue(content(outbox), origin="command line")
    assert (alert.origin, alert.author, recipients) == ("command line", None, 1)
