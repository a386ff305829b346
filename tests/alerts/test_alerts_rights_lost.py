"""Rights that are taken away while an act waits for its turn to write, or an alert for its time to go out."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox
from support.schedules import Works

from alerts.audit.entry import ADMINISTRATOR
from alerts.errors import NotAllowed
from alerts.people.notices import NoticeKind, Notices
from alerts.people.rights import Role
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, AlertStatus, Change, Severity
from alerts.publishing.approval import glass_phrase
from alerts.publishing.approvals import Rule, word_for
from alerts.publishing.desk import Content
from alerts.store import Store
from alerts.subscribers.sectors import Directory

DANA, EVE, OLU = 501, 502, 503


@pytest.fixture
async def house(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """A desk with one subscriber and three officers, in which the glass may be broken."""
    outbox = Outbox(store, clock, directory, Rule(break_glass=True))
    await outbox.subscribe(1)
    await outbox.grant(DANA, EVE, OLU)
    return outbox


@dataclass
class Scene:
    """What the acts act on.

    Attributes:
        draft: Eve's, ready to be confirmed.
        hers: Eve's, critical, submitted.
        other: Dana's, submitted.
        out: Dana's, approved and on its way.
    """

    house: Outbox
    eve: Person
    draft: Alert
    hers: Alert
    other: Alert
    out: Alert

    async def statuses(self) -> list[AlertStatus]:
        """Tell how the alerts stand."""
        return [await self.house.status(one.id) for one in (self.draft, self.hers, self.other, self.out)]


async def scene(house: Outbox) -> Scene:
    """Write the alerts."""
    dana, eve, olu = [await person(house, one) for one in (DANA, EVE, OLU)]
    draft = await house.draft(EVE)
    hers = await house.draft(EVE, severity=Severity.CRITICAL)
    hers, _ = await house.desk.confirm(hers.id, hers.revision, eve)
    theirs = [await house.draft(DANA) for _ in range(2)]
    other, out = [(await house.desk.confirm(one.id, one.revision, dana))[0] for one in theirs]
    out, _ = await house.desk.approve(out.id, out.revision, olu)
    return Scene(house, eve, draft, hers, other, out)


async def person(house: Outbox, user_id: int) -> Person:
    """Give somebody's entry, as the front desk looks it up."""
    found = await house.roster.find(user_id)
    assert found is not None
    return found


async def behind(house: Outbox, first: Awaitable[object], then: Awaitable[object]) -> BaseException | object:
    """Let one act wait for a long write, and another one wait behind it; give what became of the latter."""
    async with house.store.writing():
        waiting = [asyncio.ensure_future(first)]
        await asyncio.sleep(0)
        waiting.append(asyncio.ensure_future(then))
        await asyncio.sleep(0)
    before, result = await asyncio.gather(*waiting, return_exceptions=True)
    assert not isinstance(before, BaseException)
    return result


def issued(it: Scene) -> Awaitable[object]:
    """Issue an alert as the level's change does."""
    made = Content("Test", "Text", Severity.ADVISORY, it.out.expires_at or it.out.created_at)
    return it.house.desk.issue(made, origin="level", author=it.eve)


ACTS: dict[str, Callable[[Scene], Awaitable[object]]] = {
    "confirm": lambda it: it.house.desk.confirm(it.draft.id, it.draft.revision, it.eve),
    "approve": lambda it: it.house.desk.approve(it.other.id, it.other.revision, it.eve),
    "return": lambda it: it.house.desk.give_back(it.other.id, it.other.revision, it.eve, "No."),
    "break glass": lambda it: it.house.desk.break_glass(it.hers.id, it.hers.revision, it.eve, glass_phrase(it.hers)),
    "stop": lambda it: it.house.desk.stop(it.other.id, it.eve),
    "issue": issued,
    "cancel": lambda it: it.house.follow_ups.at_once(it.out.id, Change.CANCEL, it.eve),
    "update": lambda it: it.house.follow_ups.draft(it.out.id, Change.UPDATE, it.eve),
}
"""What somebody does, by its name."""


@pytest.mark.parametrize("name", ACTS)
async def test_who_lost_the_role_while_their_press_waited_is_refused(house: Outbox, name: str):
    """A long write holds both up, the revocation is first: the press finds no role, and every alert is as it was."""
    it = await scene(house)
    before, written = await it.statuses(), await house.written()
    assert isinstance(await behind(house, house.roster.revoke(EVE), ACTS[name](it)), NotAllowed)
    assert await it.statuses() == before
    assert await house.written() == written


@pytest.mark.parametrize("name", ["approve", "return", "break glass", "issue", "update"])
async def test_who_became_less_while_their_press_waited_is_held_against_what_they_are(house: Outbox, name: str):
    """An officer for other sectors, by the time the turn is theirs, does nothing to an alert for all sectors."""
    it = await scene(house)
    before = await it.statuses()
    less = house.roster.grant(EVE, Role.OFFICER, sectors=["legal"])
    assert isinstance(await behind(house, less, ACTS[name](it)), NotAllowed)
    assert await it.statuses() == before


async def test_who_still_holds_the_role_is_not_kept_from_anything(house: Outbox):
    """Another person's loss concerns nobody else."""
    it = await scene(house)
    assert not isinstance(await behind(house, house.roster.revoke(OLU), ACTS["approve"](it)), BaseException)
    assert await house.status(it.other.id) is AlertStatus.SENDING


async def test_nobody_vouches_by_a_right_that_is_gone(house: Outbox):
    """A lead who is made a deputy while the press waits vets nobody."""
    await house.subscribe(2)
    await house.vetting.vet_many([2], ADMINISTRATOR, vetted=False)
    [lead] = await house.grant(600, role=Role.LEAD, sectors=("retail",))
    less = house.roster.grant(600, Role.DEPUTY, sectors=["retail"])
    assert isinstance(await behind(house, less, house.vetting.vet(2, lead)), NotAllowed)
    assert not (await house.vetting.named([2]))[0].is_vetted


SCHEDULING: dict[str, Callable[[Works, int, Person], Awaitable[object]]] = {
    "approve": lambda works, one, eve: works.timetable.approve(one, eve),
    "refuse": lambda works, one, eve: works.timetable.refuse(one, eve),
    "pause": lambda works, one, eve: works.timetable.pause(one, eve),
    "remove": lambda works, one, eve: works.timetable.remove(one, eve),
    "add": lambda works, _one, eve: works.add(by=eve, name="Gates"),
}
"""What somebody does to schedules, by its name."""


@pytest.mark.parametrize("name", SCHEDULING)
async def test_schedules_are_held_against_the_role_of_that_moment_too(
    store: Store, clock: DrivenClock, directory: Directory, name: str
):
    """Who loses the role before their turn neither approves, refuses, halts, removes nor makes one."""
    works = Works(store, clock, directory, Rule())
    [dana, eve] = await works.outbox.grant(DANA, EVE)
    made = await works.add(by=dana)
    act = SCHEDULING[name](works, made.id, eve)
    assert isinstance(await behind(works.outbox, works.roster.revoke(EVE), act), NotAllowed)
    assert await works.timetable.everything() == [made]


async def due(house: Outbox, alert: Alert, hours: float) -> AlertStatus:
    """Let time pass, look what is due, and tell how the alert stands."""
    house.pass_hours(hours)
    await house.desk.send_due()
    return await house.status(alert.id)


async def told(house: Outbox) -> dict[int, list[NoticeKind]]:
    """Give whom which notice waits for."""
    found: dict[int, list[NoticeKind]] = {}
    for one in await Notices(house.store, house.clock).waiting():
        found.setdefault(one.user_id, []).append(one.kind)
    return found


Loss = Callable[[Outbox], Awaitable[object]]
LOSSES: dict[str, Loss] = {
    "revoked": lambda house: house.roster.revoke(DANA),
    "made an auditor": lambda house: house.roster.grant(DANA, Role.AUDITOR),
    "limited to other sectors": lambda house: house.roster.grant(DANA, Role.OFFICER, sectors=["legal"]),
}
"""How Dana comes to be somebody who may not send an alert to all sectors."""


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_scheduled_alert_needs_the_one_who_spoke_for_it_when_it_goes_out(
    outbox: Outbox, directory: Directory, loss: str
):
    """On one person's word, who has lost the right by then, nothing goes out: it is a draft, and the owners know."""
    await outbox.subscribe(1)
    await outbox.grant(900, role=Role.OWNER)
    dana = await outbox.hire(DANA)
    desk = Outbox(outbox.store, outbox.clock, directory, Rule(two_persons=False)).desk
    draft = await outbox.draft(DANA, send_at=outbox.clock.now() + timedelta(hours=1))
    alert, _ = await desk.confirm(draft.id, draft.revision, dana)
    assert alert.status is AlertStatus.SCHEDULED
    await LOSSES[loss](outbox)
    assert await due(outbox, alert, 1.1) is AlertStatus.DRAFT
    assert await told(outbox) == {DANA: [NoticeKind.ALERT_NOT_SENT], 900: [NoticeKind.ALERT_WORD_LOST]}
    assert (await outbox.written())[1] == 0
    async with outbox.store.reading() as connection:
        assert await word_for(connection, alert.id) is None
    assert (await outbox.acts(alert.id))[-1] == ("alert-withdrawn", None)


@pytest.mark.parametrize("loss", [*LOSSES, "made a lead"])
async def test_a_broken_glass_needs_who_broke_it_when_the_seconds_are_over(house: Outbox, loss: str):
    """Taken away within the thirty seconds, the role lets nothing out; a lead sends, and does not break the glass."""
    losses = LOSSES | {"made a lead": lambda house: house.roster.grant(DANA, Role.LEAD, sectors=["retail"])}
    dana = await person(house, DANA)
    draft = await house.draft(DANA, severity=Severity.CRITICAL, sectors=["retail"])
    alert, _ = await house.desk.confirm(draft.id, draft.revision, dana)
    await house.desk.break_glass(alert.id, alert.revision, dana, glass_phrase(alert))
    await losses[loss](house)
    assert await due(house, alert, 31 / 3600) is AlertStatus.DRAFT
    assert (await told(house))[DANA] == [NoticeKind.ALERT_NOT_SENT]


async def test_what_two_people_let_out_stays_let_out(house: Outbox):
    """Author and approver may both be gone: at its time it goes out, since it was two people's word then."""
    dana, eve = await person(house, DANA), await person(house, EVE)
    draft = await house.draft(DANA, send_at=house.clock.now() + timedelta(hours=1))
    alert, _ = await house.desk.confirm(draft.id, draft.revision, dana)
    await house.desk.approve(alert.id, alert.revision, eve)
    await house.roster.revoke(DANA)
    await house.roster.revoke(EVE)
    assert await due(house, alert, 1.1) is AlertStatus.SENDING
