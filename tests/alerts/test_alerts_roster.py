import asyncio

import pytest
from support.clock import DrivenClock
from support.record import TRAIL

from alerts.data import UnknownCode
from alerts.errors import InvalidInput, NotFound
from alerts.people.rights import MEANING, RIGHTS, Right, Role, may
from alerts.people.roster import Roster
from alerts.store import Store
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
    person = await roster.grant(DANA, Role.OFFICER, sectors=["retail", "health", "retail"], name="Dana Reid", by=OLU)
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
    ],
)
async def test_a_wrong_grant_changes_nothing(
    roster: Roster, user_id: int, role: Role, sectors: tuple[str, ...], error: type[Exception]
):
    """The role of everybody, a group, and an unknown sector are refused, and the old role stands."""
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
