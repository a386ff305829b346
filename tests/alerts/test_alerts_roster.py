import asyncio

import pytest
from support.clock import DrivenClock
from support.record import TRAIL

from alerts.audit.entry import Act, in_chat
from alerts.data import UnknownCode
from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale
from alerts.people.notices import NoticeKind, Notices
from alerts.people.rights import IS_FOR_SECTORS, MEANING, RIGHTS, Right, Role, may
from alerts.people.roster import Roster
from alerts.store import Store
from alerts.store.authority import audit
from alerts.store.conversations import Conversations
from alerts.subscribers.sectors import Directory

OLU, DANA, BEN = 601, 501, 101


@pytest.fixture
def roster(store: Store, clock: DrivenClock, directory: Directory) -> Roster:
    """An empty roster."""
    return Roster(store, clock, TRAIL, directory)


async def roles(roster: Roster) -> dict[int, str]:
    """Give everybody's role."""
    return {person.user_id: person.role.value for person in await roster.everybody()}


def test_the_rights_are_in_one_table():
    """Every role and every right is explained; each role holds what the one before it holds, and contacts no power."""
    assert set(MEANING) == set(Right)
    assert set(RIGHTS) == set(Role)
    assert RIGHTS[Role.CONTACT] < RIGHTS[Role.LEAD] < RIGHTS[Role.OFFICER] < RIGHTS[Role.OWNER] == frozenset(Right)
    assert RIGHTS[Role.CONTACT] == {Right.SUBSCRIBE, Right.READ}
    assert RIGHTS[Role.LEAD] - RIGHTS[Role.DEPUTY] == {Right.VET}


@pytest.mark.parametrize(
    ("role", "right", "is_allowed"),
    [
        (Role.CONTACT, Right.READ, True),
        (Role.CONTACT, Right.SEND_ALERTS, False),
        (Role.CONTACT, Right.SET_LEVEL, False),
        (Role.OFFICER, Right.SEND_ALERTS, True),
        (Role.CONTACT, Right.HOLD, False),
        (Role.OFFICER, Right.HOLD, True),
        (Role.OFFICER, Right.RELEASE, False),
        (Role.OWNER, Right.RELEASE, True),
        (Role.OFFICER, Right.MANAGE_PEOPLE, False),
        (Role.OWNER, Right.MANAGE_PEOPLE, True),
        (Role.OWNER, Right.SUBSCRIBE, True),
    ],
)
def test_a_role_may_what_the_table_says(role: Role, right: Right, is_allowed: bool):
    """A few lines of the table, by hand."""
    assert may(role, right) is is_allowed


async def test_who_was_granted_nothing_is_a_contact(roster: Roster):
    """Everybody is a contact and has no entry."""
    assert await roster.find(BEN) is None
    assert await roster.role_of(BEN) is Role.CONTACT
    assert await roster.with_right(Right.READ) == []


async def test_a_grant_is_kept_with_who_gave_it_and_when(roster: Roster, clock: DrivenClock):
    """An officer's entry holds the sectors, sorted and each once, the name, the giver and the moment."""
    await roster.grant(OLU, Role.OWNER)
    person = await roster.grant(
        DANA, Role.OFFICER, sectors=["retail", "health", "retail"], name="Dana Reid", by=in_chat(OLU)
    )
    assert (person.user_id, person.role, person.name) == (DANA, Role.OFFICER, "Dana Reid")
    assert (person.sectors, person.granted_by, person.granted_at) == (("health", "retail"), OLU, clock.now())
    assert await roster.find(DANA) == person
    assert await roster.role_of(DANA) is Role.OFFICER


async def test_a_new_grant_takes_the_place_of_the_old_one(roster: Roster):
    """Scope and role are those of the last grant; a name that is not given again is kept."""
    await roster.grant(DANA, Role.OFFICER, sectors=["retail"], name="Dana Reid")
    person = await roster.grant(DANA, Role.OWNER)
    assert (person.role, person.sectors, person.name) == (Role.OWNER, (), "Dana Reid")
    assert len(await roster.everybody()) == 1


async def test_who_holds_a_right_is_found(roster: Roster):
    """Owners hold the officers' rights, officers not the owners'."""
    await roster.grant(OLU, Role.OWNER)
    await roster.grant(DANA, Role.OFFICER)
    assert [person.user_id for person in await roster.with_right(Right.SEND_ALERTS)] == [DANA, OLU]
    assert [person.user_id for person in await roster.with_right(Right.MANAGE_PEOPLE)] == [OLU]


@pytest.mark.parametrize(
    ("user_id", "role", "sectors", "error"),
    [
        (DANA, Role.CONTACT, (), InvalidInput),
        (0, Role.OFFICER, (), InvalidInput),
        (-100123, Role.OFFICER, (), InvalidInput),
        (DANA, Role.OFFICER, ("no-such-sector",), UnknownCode),
        (OLU, Role.OFFICER, ("no-such-sector",), UnknownCode),
        (DANA, Role.LEAD, (), InvalidInput),
        (DANA, Role.DEPUTY, (), InvalidInput),
        (DANA, Role.OWNER, ("retail",), InvalidInput),
        (DANA, Role.AUDITOR, ("retail",), InvalidInput),
    ],
)
async def test_a_wrong_grant_changes_nothing(
    roster: Roster, user_id: int, role: Role, sectors: tuple[str, ...], error: type[Exception]
):
    """The role of everybody, a group, an unknown sector, a lead without one and an owner with one are refused."""
    await roster.grant(OLU, Role.OWNER)
    with pytest.raises(error):
        await roster.grant(user_id, role, sectors=sectors)
    assert await roles(roster) == {OLU: "owner"}


async def test_the_last_owner_stays(roster: Roster):
    """The only owner can be neither revoked nor made an officer; with a second one they can."""
    await roster.grant(OLU, Role.OWNER)
    await roster.grant(DANA, Role.OFFICER)
    for act in (roster.revoke(OLU), roster.grant(OLU, Role.OFFICER)):
        with pytest.raises(InvalidInput, match="601 is the last owner"):
            await act
    assert await roles(roster) == {OLU: "owner", DANA: "officer"}
    await roster.grant(DANA, Role.OWNER)
    await roster.revoke(OLU)
    assert await roles(roster) == {DANA: "owner"}


async def test_two_owners_cannot_revoke_each_other_at_once(roster: Roster):
    """When both are revoked at the same moment one of them stays."""
    await roster.grant(OLU, Role.OWNER)
    await roster.grant(DANA, Role.OWNER)
    results = await asyncio.gather(roster.revoke(OLU), roster.revoke(DANA), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), InvalidInput]
    assert await roles(roster) == {DANA: "owner"}


async def test_a_revoked_role_is_gone(roster: Roster):
    """A revoked officer is a contact again; who holds no role cannot lose one."""
    await roster.grant(OLU, Role.OWNER)
    await roster.grant(DANA, Role.OFFICER)
    await roster.revoke(DANA)
    assert await roster.role_of(DANA) is Role.CONTACT
    with pytest.raises(NotFound, match="501 holds no role"):
        await roster.revoke(DANA)


async def test_the_first_owners_are_made_once(roster: Roster):
    """Owners from the settings are made while there is none, and never again: later changes are people's."""
    assert await roster.make_first_owners([]) is False
    assert await roster.make_first_owners([OLU, DANA]) is True
    assert await roles(roster) == {DANA: "owner", OLU: "owner"}
    await roster.revoke(DANA)
    assert await roster.make_first_owners([DANA, BEN]) is False
    assert await roles(roster) == {OLU: "owner"}


async def test_an_officer_can_become_the_first_owner(roster: Roster):
    """Officers alone are no owners, so the settings still count; the officer's scope does not limit the owner."""
    await roster.grant(DANA, Role.OFFICER, sectors=["retail"])
    assert await roster.make_first_owners([DANA]) is True
    person = await roster.find(DANA)
    assert person is not None
    assert (person.role, person.sectors) == (Role.OWNER, ())


async def acts(store: Store) -> list[tuple[str, int | None, str, int | None, object, object]]:
    """Read the record: act, who, from where, whom, and the role before and after."""
    async with store.reading() as connection:
        rows = (await connection.execute(audit.select().order_by(audit.c.number))).all()
    return [(row.act, row.who, row.place, row.whom, row.before["role"], row.after["role"]) for row in rows]


async def test_every_change_of_a_role_is_in_the_record(store: Store, roster: Roster):
    """Who, from where, whom, and what before and after; a change that was refused leaves no entry."""
    await roster.make_first_owners([OLU])
    await roster.grant(DANA, Role.LEAD, sectors=["retail"], by=in_chat(OLU))
    await roster.grant(DANA, Role.OFFICER)
    with pytest.raises(InvalidInput):
        await roster.revoke(OLU)
    await roster.revoke(DANA, by=in_chat(OLU))
    assert await acts(store) == [
        (Act.PERSON_GRANTED, None, "bot: CASCADE_OWNERS", OLU, "contact", "owner"),
        (Act.PERSON_GRANTED, OLU, "chat", DANA, "contact", "lead"),
        (Act.PERSON_GRANTED, None, "command line", DANA, "lead", "officer"),
        (Act.PERSON_REVOKED, OLU, "chat", DANA, "officer", "contact"),
    ]


async def test_the_administrator_makes_an_owner_where_none_is_left(store: Store, roster: Roster):
    """Without any owner the command line still grants one, and the record says that it was the administrator."""
    await roster.grant(DANA, Role.OFFICER)
    await roster.grant(OLU, Role.OWNER)
    assert (await acts(store))[-1] == (Act.PERSON_GRANTED, None, "command line", OLU, "contact", "owner")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
async def test_who_is_no_owner_any_more_changes_no_role(store: Store, roster: Roster, role: Role):
    """The right is looked up in the transaction of the act: one that was taken away a moment ago counts no more."""
    await roster.grant(OLU, Role.OWNER)
    if role is not Role.CONTACT:
        await roster.grant(DANA, role, sectors=["retail"] if role in IS_FOR_SECTORS else [])
    before = await acts(store)
    for act in (roster.grant(BEN, Role.OFFICER, by=in_chat(DANA)), roster.revoke(OLU, by=in_chat(DANA))):
        with pytest.raises(NotAllowed):
            await act
    assert await acts(store) == before


async def test_what_was_shown_before_a_change_changes_nothing(roster: Roster, clock: DrivenClock):
    """A stamp names one grant; after another one it is refused, for a change and for a revocation."""
    await roster.grant(OLU, Role.OWNER)
    seen = await roster.grant(DANA, Role.OFFICER)
    await clock.advance(1)
    await roster.grant(DANA, Role.AUDITOR)
    for act in (roster.grant(DANA, Role.OWNER, stamp=seen.stamp), roster.revoke(DANA, stamp=seen.stamp)):
        with pytest.raises(Stale):
            await act
    assert await roster.role_of(DANA) is Role.AUDITOR


@pytest.mark.parametrize(
    ("role", "sectors", "is_kept"),
    [
        (Role.OFFICER, ("retail", "health"), True),
        (Role.OFFICER, ("retail", "health", "legal"), True),
        (Role.OFFICER, (), True),
        (Role.OWNER, (), True),
        (Role.OFFICER, ("retail",), False),
        (Role.OFFICER, ("retail", "legal"), False),
        (Role.LEAD, ("retail", "health"), False),
        (Role.AUDITOR, (), False),
        (None, (), False),
    ],
)
async def test_what_was_begun_ends_with_what_is_lost(
    store: Store, clock: DrivenClock, roster: Roster, role: Role | None, sectors: tuple[str, ...], is_kept: bool
):
    """A right or a sector less ends the person's open conversation with it; more leaves it; others keep theirs."""
    await roster.grant(OLU, Role.OWNER)
    await roster.grant(DANA, Role.OFFICER, sectors=["retail", "health"])
    conversations = Conversations(store, clock)
    for chat in (DANA, OLU):
        await conversations.open(chat, "cmp", "headline", {})
    if role is None:
        await roster.revoke(DANA)
    else:
        await roster.grant(DANA, role, sectors=sectors)
    assert (await conversations.find(DANA) is not None) is is_kept
    assert await conversations.find(OLU) is not None


async def test_a_person_is_told_where_it_is_asked_for(store: Store, clock: DrivenClock, roster: Roster):
    """The notices of a role that was given and taken away name the role and its sectors."""
    await roster.grant(OLU, Role.OWNER)
    await roster.grant(DANA, Role.LEAD, sectors=["retail"], tells=True)
    await roster.revoke(DANA, tells=True)
    told = await Notices(store, clock).waiting()
    assert [(notice.user_id, notice.kind, notice.details) for notice in told] == [
        (DANA, NoticeKind.ROLE_GIVEN, {"role": "lead", "sectors": ["retail"]}),
        (DANA, NoticeKind.ROLE_TAKEN, {}),
    ]
