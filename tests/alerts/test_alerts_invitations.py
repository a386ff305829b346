from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select
from support.clock import DrivenClock
from support.record import TRAIL

from alerts.audit.entry import ADMINISTRATOR, Act, in_chat
from alerts.data import UnknownCode
from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale
from alerts.people.invitation import MEANING, MOVES, PENDING, Invitation, InvitationState
from alerts.people.invitations import VALID_FOR, Invitations
from alerts.people.lockout import LOCKED_FOR, REMEMBERED, TRIES
from alerts.people.notices import NoticeKind, Notices
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.store import Store
from alerts.store.authority import audit, invitations, wrong_codes
from alerts.subscribers.sectors import Directory

OLU, OTTO, DANA, BEN = 601, 602, 501, 101


@dataclass
class Office:
    """Owners who invite."""

    store: Store
    clock: DrivenClock
    roster: Roster
    invitations: Invitations

    async def told(self) -> list[tuple[int, NoticeKind]]:
        """Give whom a notice waits for, and of what."""
        waiting = await Notices(self.store, self.clock).waiting()
        return [(notice.user_id, notice.kind) for notice in waiting]

    async def acts(self) -> list[tuple[str, int | None, int | None]]:
        """Read the record after the owners were made: act, who, whom."""
        statement = select(audit).where(audit.c.number > 2).order_by(audit.c.number)
        async with self.store.reading() as connection:
            return [(row.act, row.who, row.whom) for row in (await connection.execute(statement)).all()]

    async def wrong(self, user_id: int, times: int) -> None:
        """Try codes that nobody made."""
        for number in range(times):
            with pytest.raises(NotFound):
                await self.invitations.look(f"made-up-{number}", user_id)


@pytest.fixture
async def office(store: Store, clock: DrivenClock, directory: Directory) -> Office:
    """Two owners and no invitation."""
    roster = Roster(store, clock, TRAIL, directory)
    await roster.make_first_owners([OLU, OTTO])
    return Office(store, clock, roster, Invitations(store, clock, TRAIL, roster))


async def made(
    office: Office, role: Role = Role.LEAD, sectors: tuple[str, ...] = ("retail",)
) -> tuple[Invitation, str]:
    """Make an invitation, by Olu."""
    return await office.invitations.make(role, sectors, in_chat(OLU))


def test_the_states_are_data():
    """Every state has a sentence and its moves; what ended moves no more, and all others can end."""
    assert MEANING.keys() == MOVES.keys() == set(InvitationState)
    assert {InvitationState.OPEN, InvitationState.ACCEPTED} == PENDING
    assert InvitationState.CONFIRMED not in MOVES[InvitationState.OPEN]


async def test_an_invitation_gives_its_role_after_an_owners_word_alone(office: Office):
    """Made, looked at, accepted: a contact still; confirmed by an owner: the role, the sectors and the first name."""
    invitation, code = await made(office, sectors=("retail", "health", "retail"))
    assert (invitation.role, invitation.sectors) == (Role.LEAD, ("health", "retail"))
    assert (await office.invitations.look(code, BEN)).state is InvitationState.OPEN
    accepted = await office.invitations.accept(code, BEN, "Ben")
    assert accepted.state is InvitationState.ACCEPTED
    assert await office.roster.role_of(BEN) is Role.CONTACT
    assert await office.told() == [(OLU, NoticeKind.INVITATION_ACCEPTED), (OTTO, NoticeKind.INVITATION_ACCEPTED)]

    person = await office.invitations.confirm(invitation.id, in_chat(OTTO))
    assert (person.role, person.sectors, person.name) == (Role.LEAD, ("health", "retail"), "Ben")
    assert person.granted_by == OTTO
    assert (await office.told())[2:] == [(BEN, NoticeKind.ROLE_GIVEN)]
    assert await office.acts() == [
        (Act.INVITATION_MADE, OLU, None),
        (Act.INVITATION_ACCEPTED, BEN, BEN),
        (Act.INVITATION_CONFIRMED, OTTO, BEN),
        (Act.PERSON_GRANTED, OTTO, BEN),
    ]


async def test_a_code_is_kept_as_its_hash_alone(office: Office):
    """No column of any row holds the code, and who was refused or has come in leaves no name behind."""
    invitation, code = await made(office)
    await office.invitations.accept(code, BEN, "Ben")
    await office.invitations.refuse(invitation.id, in_chat(OLU))
    async with office.store.reading() as connection:
        [row] = (await connection.execute(select(invitations))).all()
        entries = (await connection.execute(select(audit))).all()
    assert code not in repr((row, entries))
    assert (row.accepted_by, row.accepted_name) == (None, "")
    assert len(code) == 22
    assert code != (await made(office))[1]


async def test_a_code_works_once(office: Office):
    """Once accepted it is of no use to anybody else; the person who accepted sees it wait, and nothing twice."""
    invitation, code = await made(office)
    await office.invitations.accept(code, BEN, "Ben")
    again = await office.invitations.accept(code, BEN, "Benjamin")
    assert (again.state, again.accepted_name) == (InvitationState.ACCEPTED, "Ben")
    assert len(await office.told()) == 2
    for attempt in (office.invitations.look(code, DANA), office.invitations.accept(code, DANA, "Dana")):
        with pytest.raises(NotFound):
            await attempt
    await office.invitations.confirm(invitation.id, in_chat(OLU))
    await office.roster.revoke(BEN)
    with pytest.raises(NotFound):
        await office.invitations.accept(code, BEN, "Ben")
    assert await office.roster.role_of(BEN) is Role.CONTACT


async def test_a_code_ends_with_its_time(office: Office):
    """A microsecond before its end a code is taken, at its end not; an owner then has as long again to confirm."""
    first, code = await made(office)
    await office.clock.advance(VALID_FOR.total_seconds() - 1e-6)
    second, later = await made(office)
    assert (await office.invitations.accept(code, BEN, "Ben")).expires_at == office.clock.now() + VALID_FOR
    await office.clock.advance(VALID_FOR.total_seconds())
    with pytest.raises(NotFound):
        await office.invitations.look(later, DANA)
    with pytest.raises(Stale):
        await office.invitations.confirm(first.id, in_chat(OLU))
    await office.invitations.lapse_old()
    assert {(await office.invitations.find(one.id)).state for one in (first, second)} == {InvitationState.LAPSED}
    assert (await office.told())[2:] == [(BEN, NoticeKind.INVITATION_LAPSED)]
    assert (await office.acts())[-2:] == [(Act.INVITATION_LAPSED, None, BEN), (Act.INVITATION_LAPSED, None, None)]
    await office.invitations.lapse_old()
    assert len(await office.told()) == 3


@pytest.mark.parametrize("decision", ["confirm", "refuse", "withdraw"])
async def test_what_is_decided_is_not_decided_again(office: Office, decision: str):
    """After one decision every other is refused, and the first one stands."""
    invitation, code = await made(office)
    await office.invitations.accept(code, BEN, "Ben")
    await getattr(office.invitations, decision)(invitation.id, in_chat(OLU))
    role, told, acts = await office.roster.role_of(BEN), await office.told(), await office.acts()
    for other in (office.invitations.confirm, office.invitations.refuse, office.invitations.withdraw):
        with pytest.raises(Stale):
            await other(invitation.id, in_chat(OTTO))
    assert (await office.roster.role_of(BEN), await office.told(), await office.acts()) == (role, told, acts)
    assert role is (Role.LEAD if decision == "confirm" else Role.CONTACT)


async def test_nobody_is_confirmed_who_has_not_accepted(office: Office):
    """An open invitation can be withdrawn and neither confirmed nor refused; one that nobody made is not found."""
    invitation, code = await made(office)
    for decide in (office.invitations.confirm, office.invitations.refuse):
        with pytest.raises(Stale):
            await decide(invitation.id, in_chat(OLU))
    await office.invitations.withdraw(invitation.id, in_chat(OLU))
    with pytest.raises(NotFound):
        await office.invitations.look(code, BEN)
    with pytest.raises(NotFound):
        await office.invitations.confirm(999, in_chat(OLU))


async def test_only_an_owner_decides_and_never_on_themselves(office: Office):
    """An officer, a contact and who was an owner a moment ago decide nothing, nor does an owner who has accepted."""
    invitation, code = await made(office, Role.OFFICER, ())
    await office.invitations.accept(code, OTTO, "Otto")
    with pytest.raises(NotAllowed):
        await office.invitations.confirm(invitation.id, in_chat(OTTO))
    await office.roster.grant(DANA, Role.OFFICER)
    await office.roster.revoke(OTTO)
    for user_id in (DANA, BEN, OTTO):
        for attempt in (
            office.invitations.make(Role.OWNER, (), in_chat(user_id)),
            office.invitations.confirm(invitation.id, in_chat(user_id)),
            office.invitations.refuse(invitation.id, in_chat(user_id)),
            office.invitations.withdraw(invitation.id, in_chat(user_id)),
        ):
            with pytest.raises(NotAllowed):
                await attempt
    assert (await office.invitations.find(invitation.id)).state is InvitationState.ACCEPTED


async def test_the_last_owner_is_not_confirmed_into_less(office: Office):
    """The last owner who accepted another role stays owner; the invitation waits on."""
    invitation, code = await made(office, Role.AUDITOR, ())
    await office.invitations.accept(code, OLU, "Olu")
    await office.roster.revoke(OTTO)
    with pytest.raises(InvalidInput, match="last owner"):
        await office.invitations.confirm(invitation.id, ADMINISTRATOR)
    assert await office.roster.role_of(OLU) is Role.OWNER


@pytest.mark.parametrize(
    ("role", "sectors", "error"),
    [
        (Role.LEAD, (), InvalidInput),
        (Role.DEPUTY, (), InvalidInput),
        (Role.AUDITOR, ("retail",), InvalidInput),
        (Role.CONTACT, (), InvalidInput),
        (Role.LEAD, ("no-such-sector",), UnknownCode),
    ],
)
async def test_an_invitation_is_for_what_can_be_granted(
    office: Office, role: Role, sectors: tuple[str, ...], error: type[Exception]
):
    """What cannot be granted cannot be offered either."""
    with pytest.raises(error):
        await office.invitations.make(role, sectors)
    assert await office.invitations.pending() == []


async def test_five_wrong_codes_lock_a_person_out(office: Office):
    """The fifth locks: then not even a valid code counts, every owner is told once; later the code is good."""
    _, code = await made(office)
    await office.wrong(BEN, TRIES - 1)
    assert (await office.invitations.look(code, BEN)).state is InvitationState.OPEN
    await office.wrong(BEN, 1)
    assert await office.told() == [(OLU, NoticeKind.CODES_LOCKED), (OTTO, NoticeKind.CODES_LOCKED)]
    assert (await office.acts())[-1] == (Act.CODES_LOCKED, None, BEN)
    await office.wrong(BEN, TRIES * 2)
    for attempt in (office.invitations.look(code, BEN), office.invitations.accept(code, BEN, "Ben")):
        with pytest.raises(NotFound):
            await attempt
    assert len(await office.told()) == 2
    assert (await office.invitations.look(code, DANA)).state is InvitationState.OPEN

    await office.clock.advance(LOCKED_FOR.total_seconds() - 1e-6)
    with pytest.raises(NotFound):
        await office.invitations.look(code, BEN)
    await office.clock.advance(1e-6)
    assert (await office.invitations.accept(code, BEN, "Ben")).state is InvitationState.ACCEPTED


async def test_tries_are_forgotten(office: Office):
    """A code that is accepted, a lock-out that is over, and a day without a try begin the count anew."""
    _, code = await made(office)
    await office.wrong(BEN, TRIES - 1)
    await office.invitations.accept(code, BEN, "Ben")
    await office.wrong(BEN, TRIES - 1)
    await office.clock.advance(REMEMBERED.total_seconds())
    await office.wrong(BEN, TRIES - 1)
    assert NoticeKind.CODES_LOCKED not in {kind for _, kind in await office.told()}
    await office.wrong(BEN, 1)
    await office.clock.advance(LOCKED_FOR.total_seconds())
    await office.wrong(BEN, TRIES - 1)
    locked = [user_id for user_id, kind in await office.told() if kind is NoticeKind.CODES_LOCKED]
    assert locked == [OLU, OTTO]
    await office.clock.advance((REMEMBERED + timedelta(seconds=1)).total_seconds())
    await office.invitations.lapse_old()
    async with office.store.reading() as connection:
        assert (await connection.execute(select(wrong_codes))).all() == []


async def test_who_looks_at_a_good_code_between_wrong_ones_gains_nothing(office: Office):
    """To look forgives no wrong try: somebody who has one good code cannot guess for ever."""
    _, code = await made(office)
    for number in range(TRIES):
        with pytest.raises(NotFound):
            await office.invitations.look(f"guess-{number}", BEN)
        if number < TRIES - 1:
            await office.invitations.look(code, BEN)
    with pytest.raises(NotFound):
        await office.invitations.look(code, BEN)


async def test_what_is_open_is_listed(office: Office):
    """First who waits for an owner, then the newest; what has ended or run out is not there."""
    oldest, code = await made(office)
    newer, _ = await made(office, Role.AUDITOR, ())
    gone, _ = await made(office)
    await office.invitations.withdraw(gone.id)
    newest, _ = await made(office)
    await office.invitations.accept(code, BEN, "Ben")
    assert [one.id for one in await office.invitations.pending()] == [oldest.id, newest.id, newer.id]
    await office.clock.advance(VALID_FOR.total_seconds())
    assert await office.invitations.pending() == []
