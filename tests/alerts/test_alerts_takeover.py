"""Taking over a draft that somebody left behind: who may, what is recorded, and that it is nobody's way to approve."""

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox

from alerts.audit.entry import Act
from alerts.errors import InvalidInput, NotAllowed, Stale
from alerts.people.notices import NoticeKind, Notices
from alerts.people.rights import Role
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.record import update_alert
from alerts.publishing.takeover import TAKEABLE
from alerts.publishing.versions import versions_of
from alerts.store import Store
from alerts.subscribers.sectors import Directory

DANA, EVE, OLU, LEE = 501, 502, 503, 504


@pytest.fixture
async def house(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """A desk with one subscriber and three officers."""
    outbox = Outbox(store, clock, directory)
    await outbox.subscribe(1)
    await outbox.grant(DANA, EVE, OLU)
    return outbox


async def left(house: Outbox, **changes: object) -> Alert:
    """Let Dana write a draft, and take her role away."""
    draft = await house.draft(DANA, **changes)
    await house.roster.revoke(DANA)
    return draft


async def test_what_is_left_behind_becomes_a_colleagues(house: Outbox):
    """Officers find it, one of them makes it theirs with its text as it was, and the record says who took it."""
    draft = await left(house)
    [eve] = await house.grant(EVE)
    assert [one.id for one in await house.desk.left_behind(eve)] == [draft.id]
    taken = await house.desk.take_over(draft.id, eve)
    assert (taken.author, taken.revision, taken.status) == (EVE, draft.revision + 1, AlertStatus.DRAFT)
    assert (taken.headline, taken.body, taken.severity) == (draft.headline, draft.body, draft.severity)
    assert await house.desk.left_behind(eve) == []
    assert (await house.acts(draft.id))[-1] == (Act.ALERT_TAKEN_OVER, EVE)
    async with house.store.reading() as connection:
        kept = await versions_of(connection, draft.id)
    assert [one.who for one in kept] == [DANA] * draft.revision + [EVE]
    revised = await house.desk.revise(draft.id, EVE, headline="Vehicle at the west gate")
    assert revised.headline == "Vehicle at the west gate"


async def test_neither_who_took_it_over_nor_who_began_it_may_approve_it(house: Outbox):
    """Not even the author who comes back, nor who only passed it on; a third person's word is the second one."""
    draft = await left(house)
    [eve, lee] = await house.grant(EVE, LEE)
    await house.desk.take_over(draft.id, eve)
    await house.roster.revoke(EVE)
    taken = await house.desk.take_over(draft.id, lee)
    submitted, _ = await house.desk.confirm(taken.id, taken.revision, lee)
    assert submitted.status is AlertStatus.SUBMITTED
    dana, eve, olu = await house.grant(DANA, EVE, OLU)
    for one in (dana, eve, lee):
        with pytest.raises(InvalidInput) as refused:
            await house.desk.approve(submitted.id, submitted.revision, one)
        assert refused.value.problem == "own-alert"
        assert not await house.desk.may_approve(submitted.id, one)
    sent, _ = await house.desk.approve(submitted.id, submitted.revision, olu)
    assert sent.status is AlertStatus.SENDING


async def test_who_can_go_on_with_a_draft_keeps_it(house: Outbox):
    """A draft of an officer, and of one who may still write as a deputy, is nobody else's, whatever its number."""
    draft = await house.draft(DANA)
    [eve] = await house.grant(EVE)
    for role, sectors in ((Role.OFFICER, ()), (Role.DEPUTY, ("retail",))):
        await house.grant(DANA, role=role, sectors=sectors)
        assert await house.desk.left_behind(eve) == []
        with pytest.raises(InvalidInput) as refused:
            await house.desk.take_over(draft.id, eve)
        assert refused.value.problem == "not-left"
    assert (await house.desk.find(draft.id)).author == DANA


async def test_it_is_taken_over_within_ones_sectors_by_who_may_write(house: Outbox):
    """An officer for one sector takes what is for it alone; an auditor and who holds no role take nothing."""
    wide = await left(house)
    [limited] = await house.grant(EVE, sectors=("retail",))
    [auditor] = await house.grant(OLU, role=Role.AUDITOR)
    assert await house.desk.left_behind(limited) == []
    for one in (limited, auditor):
        with pytest.raises(NotAllowed):
            await house.desk.take_over(wide.id, one)
    await house.grant(DANA)
    narrow = await left(house, sectors=["retail"])
    assert [one.id for one in await house.desk.left_behind(limited)] == [narrow.id]
    assert await house.desk.left_behind(auditor) == []
    assert (await house.desk.take_over(narrow.id, limited)).author == EVE


async def test_a_returned_alert_is_taken_over_as_a_draft(house: Outbox):
    """Its author is gone with the reason in hand: a colleague goes on, and an approval of before counts for nothing."""
    draft = await house.draft(DANA)
    dana, eve, olu = await house.grant(DANA, EVE, OLU)
    alert, _ = await house.desk.confirm(draft.id, draft.revision, dana)
    await house.desk.give_back(alert.id, alert.revision, olu, "Which gate?")
    await house.roster.revoke(DANA)
    taken = await house.desk.take_over(alert.id, eve)
    assert (taken.status, taken.author) == (AlertStatus.DRAFT, EVE)
    again, _ = await house.desk.confirm(taken.id, taken.revision, eve)
    assert again.status is AlertStatus.SUBMITTED


@pytest.mark.parametrize("status", sorted(set(AlertStatus) - TAKEABLE))
async def test_nothing_else_is_taken_over(house: Outbox, status: AlertStatus):
    """What waits, goes out or is over has others who can approve, return or stop it."""
    draft = await left(house)
    async with house.store.writing() as connection:
        await update_alert(connection, draft.id, status=status.value)
    [eve] = await house.grant(EVE)
    assert await house.desk.left_behind(eve) == []
    with pytest.raises(Stale):
        await house.desk.take_over(draft.id, eve)


async def test_two_who_take_it_over_at_once_do_not_both_get_it(house: Outbox):
    """The second one is refused, since its author can go on with it now."""
    draft = await left(house)
    eve, olu = await house.grant(EVE, OLU)
    await house.desk.take_over(draft.id, eve)
    with pytest.raises(InvalidInput):
        await house.desk.take_over(draft.id, olu)
    assert (await house.desk.find(draft.id)).author == EVE


async def test_an_author_lets_a_colleague_go_on(house: Outbox):
    """Offered it is listed and taken, its author hears of it; kept, or submitted, it is nobody else's again."""
    draft = await house.draft(DANA)
    dana, eve, olu = await house.grant(DANA, EVE, OLU)
    with pytest.raises(NotAllowed):
        await house.desk.offer(draft.id, EVE)
    await house.desk.offer(draft.id, DANA)
    await house.desk.offer(draft.id, DANA)
    assert [one.id for one in await house.desk.left_behind(eve)] == [draft.id]
    assert await house.desk.left_behind(dana) == []
    await house.desk.withdraw_offer(draft.id, DANA)
    with pytest.raises(InvalidInput):
        await house.desk.take_over(draft.id, eve)
    await house.desk.offer(draft.id, DANA)
    taken = await house.desk.take_over(draft.id, eve)
    assert (taken.author, await house.desk.is_offered(draft.id)) == (EVE, False)
    told = [(one.user_id, one.kind) for one in await Notices(house.store, house.clock).waiting()]
    assert told == [(DANA, NoticeKind.ALERT_TAKEN_OVER)]
    assert [act for act, _ in await house.acts(draft.id)][-4:] == [
        Act.ALERT_OFFERED,
        Act.ALERT_KEPT,
        Act.ALERT_OFFERED,
        Act.ALERT_TAKEN_OVER,
    ]
    submitted, _ = await house.desk.confirm(taken.id, taken.revision, eve)
    for one in (dana, eve):
        with pytest.raises(InvalidInput):
            await house.desk.approve(submitted.id, submitted.revision, one)
    assert (await house.desk.approve(submitted.id, submitted.revision, olu))[0].status is AlertStatus.SENDING


async def test_an_offer_ends_when_its_author_goes_on(house: Outbox):
    """Submitted and returned, it is its author's alone until they offer it again."""
    draft = await house.draft(DANA)
    dana, eve, olu = await house.grant(DANA, EVE, OLU)
    await house.desk.offer(draft.id, DANA)
    with pytest.raises(InvalidInput):
        await house.desk.take_over(draft.id, dana)
    alert, _ = await house.desk.confirm(draft.id, draft.revision, dana)
    await house.desk.give_back(alert.id, alert.revision, olu, "Which gate?")
    assert await house.desk.left_behind(eve) == []
