"""On whose word an alert goes out: who binds the rule, who may approve, what lapses, and what is kept of it all."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from support.clock import DrivenClock
from support.outbox import Outbox

from alerts.audit.entry import MEANING as ACTS
from alerts.audit.entry import Act
from alerts.delivery.queue import Queue
from alerts.delivery.states import DeliveryState
from alerts.errors import Changed, InvalidInput, NotAllowed, Stale
from alerts.people.notices import NoticeKind, Notices
from alerts.people.rights import Role
from alerts.publishing.alert import Alert, AlertStatus, Audience, Severity
from alerts.publishing.approval import glass_phrase
from alerts.publishing.approvals import MEANING, Rule, Verdict, verdicts_of, word_for
from alerts.publishing.checks import read_send_at
from alerts.publishing.desk import Content
from alerts.publishing.reviews import MEANING as REVIEWS
from alerts.publishing.reviews import ReviewState, Task
from alerts.publishing.versions import Part, Version, versions_of
from alerts.store import Store
from alerts.store.authority import audit
from alerts.subscribers.sectors import Directory

DANA, EVE, OLU, LEE = 501, 502, 503, 504
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
async def house(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """A desk with one subscriber and two officers, in which the glass may be broken twice an hour."""
    outbox = Outbox(store, clock, directory, Rule(break_glass=True))
    await outbox.subscribe(1)
    await outbox.grant(DANA, EVE)
    return outbox


async def submitted(house: Outbox, **changes: object) -> Alert:
    """Let Dana submit a draft."""
    draft = await house.draft(DANA, **changes)
    [dana] = await house.grant(DANA)
    alert, recipients = await house.desk.confirm(draft.id, draft.revision, dana)
    assert recipients == 1
    return alert


async def word(house: Outbox, alert: Alert) -> Verdict | None:
    """Tell on which word an alert goes out."""
    async with house.store.reading() as connection:
        found = await word_for(connection, alert.id)
    return found.verdict if found else None


async def notices(house: Outbox) -> list[tuple[int, NoticeKind]]:
    """Give whom which notice waits for."""
    return [(one.user_id, one.kind) for one in await Notices(house.store, house.clock).waiting()]


def test_every_word_state_and_act_has_a_sentence():
    """Whatever is kept of a release is explained where it is declared."""
    assert set(MEANING) == set(Verdict)
    assert set(REVIEWS) == set(ReviewState)
    assert set(ACTS) == set(Act)


@pytest.mark.parametrize(
    ("others", "is_on", "expected"),
    [
        ((), True, AlertStatus.SENDING),
        ((Role.LEAD, Role.DEPUTY, Role.AUDITOR), True, AlertStatus.SENDING),
        ((Role.OFFICER,), True, AlertStatus.SUBMITTED),
        ((Role.OWNER,), True, AlertStatus.SUBMITTED),
        ((Role.OFFICER, Role.OWNER), False, AlertStatus.SENDING),
    ],
)
async def test_the_rule_binds_as_soon_as_two_people_may_approve(
    store: Store,
    clock: DrivenClock,
    directory: Directory,
    others: tuple[Role, ...],
    is_on: bool,
    expected: AlertStatus,
):
    """One officer and any number of leads and auditors send on one word; with a second who may approve it waits."""
    house = Outbox(store, clock, directory, Rule(two_persons=is_on))
    await house.subscribe(1)
    [dana] = await house.grant(DANA)
    for number, role in enumerate(others):
        await house.grant(600 + number, role=role, sectors=("retail",) if role in {Role.LEAD, Role.DEPUTY} else ())
    draft = await house.draft(DANA)
    alert, _ = await house.desk.confirm(draft.id, draft.revision, dana)
    assert alert.status is expected
    assert (await word(house, alert)) is (Verdict.ONE if expected is AlertStatus.SENDING else None)
    assert (await house.written())[1] == (1 if expected is AlertStatus.SENDING else 0)


async def test_what_the_administrator_issues_waits_for_any_of_them(house: Outbox):
    """The command line is one person: its alert is submitted, and whoever may approve lets it out."""
    content = Content("Test", "Text", Severity.ADVISORY, house.clock.now() + timedelta(hours=1))
    alert, recipients = await house.desk.issue(content, origin="command line")
    assert (alert.status, recipients, house.nudges) == (AlertStatus.SUBMITTED, 1, 1)
    assert [(one.user_id, one.task) for one in await house.desk.open_reviews()] == [
        (DANA, Task.APPROVE),
        (EVE, Task.APPROVE),
    ]
    [eve] = await house.grant(EVE)
    sent, _ = await house.desk.approve(alert.id, alert.revision, eve)
    assert (sent.status, await word(house, sent)) == (AlertStatus.SENDING, Verdict.TWO)
    assert await house.acts(alert.id) == [("alert-submitted", None), ("alert-approved", EVE), ("alert-sent", EVE)]


@pytest.mark.parametrize("role", [Role.OFFICER, Role.OWNER])
async def test_who_wrote_it_may_not_approve_it_under_any_role(house: Outbox, role: Role):
    """The author is refused as an officer and as an owner, and so is who wrote an earlier text of it."""
    alert = await submitted(house)
    [dana] = await house.grant(DANA, role=role)
    for answer in (
        house.desk.approve(alert.id, alert.revision, dana),
        house.desk.give_back(alert.id, alert.revision, dana, "No."),
    ):
        with pytest.raises(InvalidInput, match="may not approve it"):
            await answer
    assert not await house.desk.may_approve(alert.id, dana)
    assert await house.status(alert.id) is AlertStatus.SUBMITTED


@pytest.mark.parametrize(
    ("role", "sectors"), [(Role.LEAD, ("retail",)), (Role.AUDITOR, ()), (Role.OFFICER, ("aviation",))]
)
async def test_who_may_not_reach_an_audience_may_not_approve_for_it(
    house: Outbox, role: Role, sectors: tuple[str, ...]
):
    """A lead, an auditor, and an officer of other sectors neither approve nor return, and are not asked."""
    [lee] = await house.grant(LEE, role=role, sectors=sectors)
    alert = await submitted(house, sectors=("retail",))
    with pytest.raises(NotAllowed):
        await house.desk.approve(alert.id, alert.revision, lee)
    with pytest.raises(NotAllowed):
        await house.desk.give_back(alert.id, alert.revision, lee, "No.")
    assert [one.user_id for one in await house.desk.open_reviews()] == [EVE]


async def test_of_two_who_approve_at_once_one_does(house: Outbox):
    """Two presses at the same moment let an alert out once; the other is told that it was settled."""
    alert = await submitted(house)
    approvers = await house.grant(EVE, OLU)
    answers = await asyncio.gather(
        *(house.desk.approve(alert.id, alert.revision, one) for one in approvers), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Stale", "tuple"]
    assert (await house.written())[1] == 1


async def test_an_approval_lapses_with_the_text(house: Outbox):
    """An approved alert that waits for its time is a draft again once a word changes, and must be approved anew."""
    alert = await submitted(house, send_at=house.clock.now() + timedelta(hours=2))
    [eve] = await house.grant(EVE)
    approved, _ = await house.desk.approve(alert.id, alert.revision, eve)
    assert (approved.status, await word(house, approved)) == (AlertStatus.SCHEDULED, Verdict.TWO)
    changed = await house.desk.revise(alert.id, DANA, headline="Another headline")
    assert (changed.status, await word(house, changed)) == (AlertStatus.DRAFT, None)
    house.pass_hours(3)
    assert await house.desk.send_due() == 0
    assert (await house.written())[1] == 0
    async with house.store.reading() as connection:
        [kept] = await verdicts_of(connection, alert.id)
    assert (kept.who, kept.revision, kept.verdict) == (EVE, alert.revision, Verdict.TWO)
    assert kept.lapsed_at is not None


async def test_an_old_look_approves_no_newer_text(house: Outbox):
    """Who approves what they were shown before a change is refused, and told what has changed and by whom."""
    alert = await submitted(house)
    await house.desk.revise(alert.id, DANA, headline="Another headline", severity=Severity.CRITICAL)
    now = await house.desk.find(alert.id)
    [dana, eve] = await house.grant(DANA, EVE)
    await house.desk.confirm(alert.id, now.revision, dana)
    with pytest.raises(Changed, match="headline, severity") as refused:
        await house.desk.approve(alert.id, alert.revision, eve)
    assert (refused.value.parts, refused.value.who, refused.value.name) == (
        (Part.HEADLINE, Part.SEVERITY),
        DANA,
        "Person 501",
    )


async def test_nobody_overwrites_what_they_have_not_seen(house: Outbox):
    """A change made from an older text is refused, names what differs, and leaves the newer text."""
    seen = await house.draft(DANA)
    await house.desk.revise(seen.id, DANA, seen=seen.revision, body="The newer text")
    with pytest.raises(Changed, match="has changed since it was shown: body"):
        await house.desk.revise(seen.id, DANA, seen=seen.revision, body="The older text")
    assert (await house.desk.find(seen.id)).body == "The newer text"


async def test_every_text_is_kept_and_the_record_names_it_by_its_hash(house: Outbox):
    """Each revision stands in the store with its author, and the record's hashes are those of the kept texts."""
    alert = await submitted(house)
    [eve] = await house.grant(EVE)
    await house.desk.give_back(alert.id, alert.revision, eve, "Say which gate.")
    await house.desk.revise(alert.id, DANA, headline="Vehicle at gate 4")
    async with house.store.reading() as connection:
        kept = await versions_of(connection, alert.id)
        noted = (await connection.execute(select(audit).order_by(audit.c.number))).all()
    assert [(one.revision, one.who, one.headline) for one in kept] == [
        (1, DANA, ""),
        (2, DANA, "Vehicle at the gate"),
        (3, DANA, "Vehicle at gate 4"),
    ]
    about = [row for row in noted if row.subject == f"alert {alert.id}"]
    assert [row.act for row in about] == [
        "alert-drafted",
        "alert-revised",
        "alert-submitted",
        "alert-returned",
        "alert-revised",
    ]
    hashes = {one.revision: one.sha256 for one in kept}
    assert all(row.after["sha256"] == hashes[row.after["revision"]] for row in about)
    assert about[-1].after["parts"] == ["headline"]
    assert not any("gate" in str(row.before) + str(row.after) for row in about)
    assert (DANA, NoticeKind.ALERT_RETURNED) in await notices(house)


async def test_a_returned_alert_needs_a_reason_and_keeps_it(house: Outbox):
    """Nothing and blanks are refused; what is given stays with the alert, word for word."""
    alert = await submitted(house)
    [eve] = await house.grant(EVE)
    with pytest.raises(InvalidInput, match="with a reason"):
        await house.desk.give_back(alert.id, alert.revision, eve, "  \n")
    await house.desk.give_back(alert.id, alert.revision, eve, " Which gate? ")
    [returned] = (await house.desk.standing(alert.id)).verdicts
    assert (returned.verdict, returned.reason, returned.name) == (Verdict.RETURNED, "Which gate?", "Person 502")


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


async def test_what_was_agreed_before_needs_no_second_person(house: Outbox):
    """A standing word sends at once, and is on record as that."""
    content = Content("Test", "Text", Severity.ADVISORY, house.clock.now() + timedelta(hours=1), Audience())
    alert, _ = await house.desk.issue(content, origin="schedule", standing=Verdict.STANDING)
    assert (alert.status, await word(house, alert)) == (AlertStatus.SENDING, Verdict.STANDING)


def test_a_hash_names_all_that_is_said_and_nothing_else():
    """Two texts have the same name when they say the same, whoever wrote them and at whatever revision."""
    moment = datetime(2026, 11, 23, 12, tzinfo=UTC)
    one = Version(1, 1, DANA, moment, "A", "B", Severity.URGENT, (), (), moment, {})
    same = Version(2, 7, EVE, moment + timedelta(1), "A", "B", Severity.URGENT, (), (), moment, {})
    assert one.sha256 == same.sha256
    others = [
        Version(1, 1, DANA, moment, "A", "B", Severity.URGENT, ("retail",), (), moment, {}),
        Version(1, 1, DANA, moment, "A", "B", Severity.URGENT, (), (), moment, {"when": "x"}),
        Version(1, 1, DANA, moment, "AB", "", Severity.URGENT, (), (), moment, {}),
    ]
    assert len({one.sha256, *(other.sha256 for other in others)}) == 4
