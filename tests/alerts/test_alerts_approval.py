"""The rule of two persons: whom it binds, who may approve, what lapses, and what is kept of it all."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from support.clock import DrivenClock
from support.house import DANA, EVE, LEE, OLU, notices, submitted, word
from support.outbox import Outbox

from alerts.audit.entry import MEANING as ACTS
from alerts.audit.entry import Act
from alerts.errors import Changed, InvalidInput, NotAllowed
from alerts.people.notices import NoticeKind
from alerts.people.rights import Role
from alerts.publishing.alert import AlertStatus, Audience, Severity
from alerts.publishing.approvals import MEANING, Rule, Verdict, verdicts_of
from alerts.publishing.desk import Content
from alerts.publishing.reviews import MEANING as REVIEWS
from alerts.publishing.reviews import ReviewState, Task
from alerts.publishing.versions import Part, Version, versions_of
from alerts.store import Store
from alerts.store.authority import audit
from alerts.subscribers.sectors import Directory

LONDON = ZoneInfo("Europe/London")


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
