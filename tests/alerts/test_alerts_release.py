"""How an alert gets out past a second person or at its time, and what ends it before: running out, and a stop."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from support.clock import DrivenClock
from support.house import DANA, EVE, LEE, OLU, notices, submitted, word
from support.outbox import Outbox

from alerts.delivery.queue import Queue
from alerts.delivery.states import DeliveryState
from alerts.errors import Changed, InvalidInput, NotAllowed, Stale
from alerts.people.notices import NoticeKind
from alerts.people.rights import Role
from alerts.publishing.alert import Alert, AlertStatus, Severity
from alerts.publishing.approval import glass_phrase
from alerts.publishing.approvals import Verdict
from alerts.publishing.checks import read_send_at
from alerts.publishing.reviews import Task
from alerts.store import Store
from alerts.subscribers.sectors import Directory

LONDON = ZoneInfo("Europe/London")


async def break_glass(house: Outbox, alert: Alert, phrase: str | None = None) -> Alert:
    """Let Dana send it on her own word."""
    [dana] = await house.grant(DANA)
    return await house.desk.break_glass(alert.id, alert.revision, dana, phrase or glass_phrase(alert))


async def test_a_broken_glass_goes_out_at_its_thirtieth_second(house: Outbox):
    """Not a moment earlier, once, and on record as break-glass; every owner is told as well."""
    await house.grant(OLU, role=Role.OWNER)
    alert = await submitted(house, severity=Severity.CRITICAL)
    begun = await break_glass(house, alert)
    assert begun.status is AlertStatus.APPROVED
    asked = [(one.user_id, one.task) for one in await house.desk.open_reviews() if one.task is Task.STOP]
    assert asked == [(EVE, Task.STOP), (OLU, Task.STOP)]
    house.clock.elapsed_seconds += 29.999
    assert await house.desk.send_due() == 0
    house.clock.elapsed_seconds += 0.001
    assert await house.desk.send_due() == 1
    assert await house.desk.send_due() == 0
    assert (await house.status(alert.id), await word(house, alert)) == (AlertStatus.SENDING, Verdict.BREAK_GLASS)
    assert [act for act, _ in await house.acts(alert.id)][-2:] == ["break-glass-begun", "alert-sent"]


async def test_a_broken_glass_is_stopped_by_any_officer(house: Outbox):
    """Within the seconds another officer stops it for good: nobody receives it, and the record says who stopped it."""
    alert = await submitted(house, severity=Severity.CRITICAL)
    await break_glass(house, alert)
    [eve] = await house.grant(EVE)
    await house.desk.stop(alert.id, eve)
    house.clock.elapsed_seconds += 60
    assert await house.desk.send_due() == 0
    assert (await house.acts(alert.id))[-1] == ("break-glass-stopped", EVE)
    assert await house.status(alert.id) is AlertStatus.CANCELLED


async def test_the_glass_breaks_so_often_an_hour_only(house: Outbox):
    """The third within an hour is refused, whoever stopped the others, and allowed once the hour is over."""
    for _ in range(2):
        alert = await submitted(house, severity=Severity.CRITICAL)
        await break_glass(house, alert)
        await house.desk.cancel(alert.id, EVE)
    third = await submitted(house, severity=Severity.CRITICAL)
    with pytest.raises(InvalidInput, match="at most 2 an hour"):
        await break_glass(house, third)
    house.pass_hours(1)
    assert (await break_glass(house, third)).status is AlertStatus.APPROVED


@pytest.mark.parametrize(
    ("severity", "phrase", "problem"),
    [
        (Severity.URGENT, None, "break-glass-off"),
        (Severity.CRITICAL, "send it", "break-glass-phrase"),
        (Severity.CRITICAL, "send C-2026-0002 on my word", "break-glass-phrase"),
    ],
)
async def test_what_is_not_critical_or_not_meant_stays(
    house: Outbox, severity: Severity, phrase: str | None, problem: str
):
    """Only a critical alert, and only with its own phrase, goes past the second person."""
    alert = await submitted(house, severity=severity)
    with pytest.raises(InvalidInput) as refused:
        await break_glass(house, alert, phrase)
    assert refused.value.problem == problem
    assert await house.status(alert.id) is AlertStatus.SUBMITTED


async def test_without_the_setting_no_glass_breaks(store: Store, clock: DrivenClock, directory: Directory):
    """By default nobody gets past the second person."""
    house = Outbox(store, clock, directory)
    await house.subscribe(1)
    await house.grant(DANA, EVE)
    alert = await submitted(house, severity=Severity.CRITICAL)
    assert not (await house.desk.standing(alert.id)).may_break_glass
    with pytest.raises(InvalidInput, match="needs a second person"):
        await break_glass(house, alert)


@pytest.mark.parametrize(
    ("start", "typed", "due"),
    [
        ("2026-10-24 12:00", "2026-10-25 00:30", "2026-10-24 23:30"),
        ("2026-10-24 12:00", "2026-10-25 01:30", "2026-10-25 01:30"),
        ("2027-03-27 12:00", "2027-03-28 01:30", "2027-03-28 01:30"),
        ("2027-03-27 12:00", "2027-03-28 03:00", "2027-03-28 02:00"),
        ("2027-03-27 12:00", "2h", "2027-03-27 14:00"),
    ],
)
async def test_a_time_to_go_out_means_the_wall_clock(house: Outbox, start: str, typed: str, due: str):
    """Around both changes of the clocks it goes out at the typed time; a repeated or skipped hour is its later one."""
    moment = datetime.fromisoformat(due).replace(tzinfo=UTC)
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    house.clock.elapsed_seconds = (begin - house.clock.start).total_seconds()
    send_at = read_send_at(typed, house.clock.now(), LONDON)
    assert send_at == moment
    alert = await submitted(house, send_at=send_at, expires_at=send_at + timedelta(hours=6))
    [eve] = await house.grant(EVE)
    await house.desk.approve(alert.id, alert.revision, eve)
    house.clock.elapsed_seconds = (moment - house.clock.start).total_seconds() - 1
    assert await house.desk.send_due() == 0
    house.clock.elapsed_seconds += 1
    assert await house.desk.send_due() == 1
    assert (await house.desk.find(alert.id)).sending_at == moment


@pytest.mark.parametrize(
    ("typed", "problem"),
    [("", "unreadable"), ("soon", "unreadable"), ("2020-01-01 10:00", "past"), ("31 d", "far"), ("0 min", "past")],
)
def test_a_time_that_cannot_be_meant_is_refused(typed: str, problem: str):
    """What is no time, lies behind or too far ahead is named as such."""
    with pytest.raises(InvalidInput) as refused:
        read_send_at(typed, datetime(2026, 11, 23, 12, tzinfo=UTC), LONDON)
    assert refused.value.problem == f"send-at-{problem}"


async def test_an_alert_that_would_be_over_before_it_goes_out_is_refused(house: Outbox):
    """Its expiry has to be later than its time to go out."""
    later = house.clock.now() + timedelta(hours=6)
    draft = await house.draft(DANA, send_at=later)
    [dana] = await house.grant(DANA)
    with pytest.raises(InvalidInput, match="over before it goes out"):
        await house.desk.confirm(draft.id, draft.revision, dana)


async def test_what_nobody_approves_runs_out(house: Outbox):
    """A submitted alert whose expiry passes is expired, its author is told, and it cannot be approved any more."""
    alert = await submitted(house)
    house.pass_hours(6)
    assert await house.desk.send_due() == 0
    assert await house.status(alert.id) is AlertStatus.EXPIRED
    assert await notices(house) == [(DANA, NoticeKind.ALERT_RAN_OUT)]
    [eve] = await house.grant(EVE)
    with pytest.raises(Stale):
        await house.desk.approve(alert.id, alert.revision, eve)
    assert (await house.acts(alert.id))[-1] == ("alert-expired", None)


async def test_a_scheduled_alert_that_has_lost_its_audience_is_a_draft_again(house: Outbox):
    """When nobody is left to receive it at its time, its author is told why, and nothing is lost."""
    alert = await submitted(house, send_at=house.clock.now() + timedelta(hours=1))
    [eve] = await house.grant(EVE)
    await house.desk.approve(alert.id, alert.revision, eve)
    await house.roll.unsubscribe(1)
    house.pass_hours(1)
    assert await house.desk.send_due() == 0
    assert await house.status(alert.id) is AlertStatus.DRAFT
    assert (DANA, NoticeKind.ALERT_NOT_SENT) in await notices(house)


async def test_the_ends_of_an_alert_are_on_record(house: Outbox):
    """What runs out on its way and what is closed after its expiry stand there, each once."""
    [dana, eve] = await house.grant(DANA, EVE)
    del dana
    first, second = await submitted(house), await submitted(house)
    for alert in (first, second):
        await house.desk.approve(alert.id, alert.revision, eve)
    queue = Queue(house.store, holder="noting", on_expired=house.desk.note_expired)
    for row in await queue.claim(1, house.clock.now()):
        await house.record(row, DeliveryState.SENT)
    house.pass_hours(6)
    await queue.claim(1, house.clock.now())
    await house.desk.close_expired()
    await house.desk.close_expired()
    assert (await house.acts(first.id))[-1] == ("alert-closed", None)
    assert (await house.acts(second.id))[-1] == ("alert-expired", None)


async def test_stopping_keeps_within_the_sectors_of_who_stops(house: Outbox):
    """A lead stops an alert for their sector at once, alone, and none that goes beyond it; the author stops any."""
    [lee] = await house.grant(LEE, role=Role.LEAD, sectors=("retail",))
    mine, wider = await submitted(house, sectors=("retail",)), await submitted(house)
    assert (await house.desk.stop(mine.id, lee)).status is AlertStatus.CANCELLED
    with pytest.raises(NotAllowed):
        await house.desk.stop(wider.id, lee)
    [dana] = await house.grant(DANA)
    assert (await house.desk.stop(wider.id, dana)).status is AlertStatus.CANCELLED


async def test_the_administrator_returns_and_lets_nothing_out(house: Outbox):
    """By the command line an alert that waits is its author's again, who hears of it; the text needs a second word."""
    alert = await submitted(house)
    with pytest.raises(InvalidInput) as refused:
        await house.desk.give_back(alert.id, alert.revision, None, " ")
    assert refused.value.problem == "reason-empty"
    with pytest.raises(Changed):
        await house.desk.give_back(alert.id, alert.revision - 1, None, "Which gate?")
    returned = await house.desk.give_back(alert.id, alert.revision, None, "Which gate?")
    assert (returned.status, await word(house, returned)) == (AlertStatus.REJECTED, None)
    assert (DANA, NoticeKind.ALERT_RETURNED) in await notices(house)
    draft = await house.desk.take_back(alert.id, DANA)
    [dana] = await house.grant(DANA)
    again, _ = await house.desk.confirm(draft.id, draft.revision, dana)
    assert again.status is AlertStatus.SUBMITTED
    with pytest.raises(Stale):
        await house.desk.give_back((await house.desk.cancel(again.id, None)).id, again.revision, None, "Which gate?")
