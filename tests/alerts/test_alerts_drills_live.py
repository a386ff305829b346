"""Exercises and live alerts: which of them gives way, and that no way leads from one to the other."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from support.ground import ANSWER, DANA, Ground
from support.record import TRAIL, noted

from alerts.cap.message import MessageStatus
from alerts.cap.outgoing import Issuer, cancellation_of, message_of
from alerts.cap.publisher import CapPublisher
from alerts.data import DataFolder
from alerts.delivery.hold import Holds
from alerts.drills.drill import Chosen, DrillPart, DrillStatus
from alerts.errors import CascadeError, InvalidInput, Stale
from alerts.publishing.alert import NOT_LIVE, AlertKind, Audience, Severity
from alerts.publishing.desk import Content
from alerts.publishing.reports import Reports
from alerts.reporting.guide import Guide
from alerts.store import Store
from alerts.store.tables import alerts, deliveries
from alerts.subscribers.sectors import Directory
from handlers.cap_words import issuer_words
from handlers.texts import Texts


async def test_live_alerts_overtake_an_exercise(ground: Ground):
    """An urgent or advisory alert that is written later goes first, however urgent the played one is."""
    drill = await ground.announced()
    await ground.exercises.send(drill.id, ANSWER, ground.dana)
    urgent = await ground.outbox.send(Severity.URGENT, sectors=("retail",))
    advisory = await ground.outbox.send(Severity.ADVISORY, sectors=("retail",))
    claimed = await ground.outbox.claim(2)
    assert [row.alert_id for row in claimed][:2] == [urgent.id, advisory.id]


async def test_a_critical_alert_stops_an_exercise(ground: Ground):
    """In the alert's own transaction: what is unsent stays so, and participants learn first that this is real."""
    drill = await ground.announced()
    await ground.send_everything()
    played, _ = await ground.exercises.send(drill.id, ANSWER, ground.dana)
    live = await ground.outbox.send(Severity.CRITICAL)
    stopped = await ground.exercises.find(drill.id)
    assert (stopped.status, stopped.reason) == (DrillStatus.STOPPED, f"the live alert {live.reference}")
    real = (await ground.parts(drill))[DrillPart.REAL]
    assert "is stopped: this is real." in real.body
    assert set((await ground.outbox.states(played.id)).values()) == {"skipped"}
    ground.clock.elapsed_seconds += 1
    claimed = await ground.outbox.claim(4)
    assert [(row.alert_id, row.chat_id) for row in claimed[:3]] == [(real.id, 1), (real.id, 2), (live.id, -100)]
    assert (DANA, "drill-stopped") in [(one.user_id, one.kind) for one in await ground.notices.waiting()]
    assert [entry["after"] for entry in await noted(ground.store) if entry["act"] == "drill-stopped"] == [
        {"status": "stopped", "reason": f"the live alert {live.reference}"}
    ]
    with pytest.raises(Stale):
        await ground.exercises.send(drill.id, ANSWER, ground.dana)


async def test_a_large_exercise_takes_every_other_turn_of_the_alert(ground: Ground):
    """The rows of 'this is real' come due a fifteenth of a second apart, so that the live alert goes on beside them."""
    await ground.outbox.subscribe(*range(1000, 1030), sectors=("legal",))
    drill, _ = await ground.exercises.announce(ground.plan(chosen=Chosen(sectors=("legal",))), ground.dana)
    await ground.outbox.send(Severity.CRITICAL)
    real = (await ground.parts(drill))[DrillPart.REAL]
    moments = sorted(row.not_before for row in await ground.outbox.rows(real.id) if row.not_before)
    assert len(moments) == 30
    assert moments[0] == ground.clock.now()
    assert (moments[-1] - moments[0]).total_seconds() == pytest.approx(29 / 15, abs=1e-3)


@pytest.mark.parametrize("severity", [Severity.URGENT, Severity.ADVISORY, Severity.INFORMATION])
async def test_other_alerts_stop_none(ground: Ground, severity: Severity):
    """What is not critical goes on beside an exercise."""
    drill = await ground.announced()
    await ground.outbox.send(severity)
    assert (await ground.exercises.find(drill.id)).status is DrillStatus.RUNNING


async def test_one_that_begins_later_is_stopped_only_within_the_alerts_time(ground: Ground):
    """A critical alert of six hours stops the exercise of this afternoon and leaves tomorrow's alone."""
    soon, later = await ground.announced(begins=3), await ground.announced(begins=20)
    await ground.outbox.send(Severity.CRITICAL, hours=6)
    assert (await ground.exercises.find(soon.id)).status is DrillStatus.STOPPED
    assert (await ground.exercises.find(later.id)).status is DrillStatus.ANNOUNCED


async def test_no_exercise_begins_beside_a_critical_alert(ground: Ground):
    """While one is in force it is refused by name; one that begins after the alert's end is not."""
    live = await ground.outbox.send(Severity.CRITICAL, hours=6)
    with pytest.raises(InvalidInput) as refused:
        await ground.announced(begins=1)
    assert (refused.value.problem, refused.value.details["reference"]) == ("drill-real", live.reference)
    assert (await ground.announced(begins=7)).status is DrillStatus.ANNOUNCED


async def test_no_use_case_of_a_live_alert_takes_a_message_of_an_exercise(ground: Ground):
    """Whatever can be done to an alert by its number is refused for one of an exercise, and nothing changes."""
    drill = await ground.announced()
    message, _ = await ground.exercises.send(drill.id, ANSWER, ground.dana)
    desk, dana, publisher = ground.desk, ground.dana, CapPublisher(ground.store, None)  # type: ignore[arg-type]
    reports = Reports(ground.store, ground.clock)
    tries: list[Callable[[], Awaitable[object]]] = [
        lambda: desk.find(message.id),
        lambda: desk.revise(message.id, DANA, headline="Real"),
        lambda: desk.discard(message.id, DANA),
        lambda: desk.confirm(message.id, message.revision, dana),
        lambda: desk.cancel(message.id, DANA),
        lambda: desk.send_uncertain_again(message.id),
        lambda: desk.report(message.id),
        lambda: desk.received(message.reference, 1),
        lambda: reports.live(message.id),
        lambda: reports.full(message.id),
        lambda: publisher.message(message.id),
        lambda: publisher.public_message(message.reference),
    ]
    before = await _everything(ground.store)
    for attempt in tries:
        with pytest.raises(CascadeError):
            await attempt()
    assert await _everything(ground.store) == before


async def test_no_list_of_live_alerts_has_one_of_an_exercise(ground: Ground):
    """Lists, drafts, reports to officers, what a hold holds, and what is public know nothing of exercises."""
    await ground.announced()
    publisher = CapPublisher(ground.store, None)  # type: ignore[arg-type]
    assert await ground.desk.newest(10) == []
    assert await ground.desk.newest_draft(DANA) is None
    assert await ground.desk.unreported() == []
    assert await publisher.public() == []
    assert (await Holds(ground.store, ground.clock, TRAIL).waiting()).rows == 0


async def test_live_references_are_not_used_up(ground: Ground):
    """Exercises count in a series of their own, so that a live alert's reference cannot be taken for one of theirs."""
    drill = await ground.announced()
    live = await ground.outbox.send(Severity.URGENT)
    assert (await ground.parts(drill))[DrillPart.ANNOUNCEMENT].reference == "X-2026-0001"
    assert live.reference == "C-2026-0001"


async def test_no_desk_issues_a_drill(ground: Ground):
    """The door of live alerts refuses the kinds that are none."""
    for kind in NOT_LIVE:
        expires_at = ground.clock.now() + timedelta(hours=1)
        content = Content("H", "B", Severity.URGENT, expires_at, Audience(), kind)
        with pytest.raises(InvalidInput):
            await ground.desk.issue(content, origin="chat")
    assert await ground.outbox.written() == (0, 0)


@pytest.fixture
def issuer(directory: Directory) -> Issuer:
    """Whoever issues documents."""
    texts = Texts(ZoneInfo("Europe/London"))
    words = issuer_words(texts, directory, Guide.load(DataFolder()), "Example Network")
    return Issuer("alerts@example.org", "Example Network", "desk@example.org", texts.language, words)


@pytest.mark.parametrize(
    ("kind", "status"), [(AlertKind.DRILL, MessageStatus.EXERCISE), (AlertKind.SELF_TEST, MessageStatus.TEST)]
)
async def test_no_document_of_an_exercise_says_actual(
    ground: Ground, kind: AlertKind, status: MessageStatus, issuer: Issuer
):
    """As CAP its status is Exercise, and that of a self-test Test, whatever the caller asks for."""
    live = await ground.outbox.send(Severity.URGENT)
    async with ground.store.writing() as connection:
        await connection.execute(update(alerts).where(alerts.c.id == live.id).values(kind=kind.value))
    played = await ground.desk.outgoing(live.id)
    assert message_of(played, issuer, status=MessageStatus.ACTUAL).status is status
    assert cancellation_of(played, issuer, status=MessageStatus.ACTUAL).status is status


async def _everything(store: Store) -> list[tuple[object, ...]]:
    async with store.reading() as connection:
        found = [tuple(row) for row in (await connection.execute(select(alerts).order_by(alerts.c.id))).all()]
        found += [tuple(row) for row in (await connection.execute(select(deliveries).order_by(deliveries.c.id))).all()]
    return found
