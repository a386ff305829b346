"""Inviting people: a code for one role, once; who uses it waits for an owner's word (docs/decisions/0028)."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import ADMINISTRATOR, THE_BOT, Act, Actor, in_chat
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.errors import NotAllowed, NotFound, Stale
from alerts.people.invitation import MOVES, PENDING, Invitation, InvitationState
from alerts.people.lockout import forget_old_codes, forget_wrong_codes, is_locked_out, note_wrong_code
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.people.rights import Role
from alerts.people.roster import Person, Roster, check_may_manage
from alerts.store import Store
from alerts.store.authority import invitations

CODE_BYTES = 16
"""Chance in a code: 128 bits, 22 letters of a link."""

VALID_FOR = timedelta(days=7)
"""How long a code can be used, and how long an owner then has to confirm."""

NOT_VALID = "this invitation is not valid"
"""One answer for a code that is wrong, used, withdrawn or too old, and for a person who is locked out."""

_PENDING = invitations.c.state.in_([state.value for state in PENDING])
_ACTS = {
    InvitationState.CONFIRMED: Act.INVITATION_CONFIRMED,
    InvitationState.REFUSED: Act.INVITATION_REFUSED,
    InvitationState.WITHDRAWN: Act.INVITATION_WITHDRAWN,
    InvitationState.LAPSED: Act.INVITATION_LAPSED,
}


class Invitations:
    """The use cases of inviting."""

    def __init__(self, store: Store, clock: Clock, trail: Trail, roster: Roster) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._roster = roster

    async def make(self, role: Role, sectors: Sequence[str], by: Actor = ADMINISTRATOR) -> tuple[Invitation, str]:
        """Make an invitation, and give it with its code, which is kept nowhere.

        Raises:
            InvalidInput: the role cannot be granted so.
            UnknownCode: a sector is not in the directory.
            NotAllowed: who makes it in the chat may not.
        """
        chosen, now, code = self._roster.checked(role, sectors), self._clock.now(), secrets.token_urlsafe(CODE_BYTES)
        values = {
            "code_hash": _hash(code),
            "role": role.value,
            "sectors": chosen,
            "state": InvitationState.OPEN.value,
            "made_by": by.user_id,
            "made_at": now,
            "expires_at": now + VALID_FOR,
        }
        async with self._store.writing() as connection:
            await check_may_manage(connection, by)
            number = (
                await connection.execute(insert(invitations).values(**values).returning(invitations.c.id))
            ).scalar_one()
            made = await _find(connection, number)
            after = {"role": role.value, "sectors": chosen}
            await self._trail.note(connection, Act.INVITATION_MADE, by, now, subject=made.subject, after=after)
        return made, code

    async def look(self, code: str, user_id: int) -> Invitation:
        """Show a person what a code would make of them; their own invitation too, once they have accepted it.

        Raises:
            NotFound: it is of no use to them; why is not told, and it counts as a try.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            found = await self._valid(connection, code, user_id, now)
        if found is None:
            raise NotFound(NOT_VALID)
        return found

    async def accept(self, code: str, user_id: int, first_name: str) -> Invitation:
        """Use a code: from now on an owner has to confirm, and every owner is told. Again it changes nothing.

        Raises:
            NotFound: as `look`.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            found = await self._valid(connection, code, user_id, now)
            if found is not None and found.state is InvitationState.OPEN:
                values = {"accepted_by": user_id, "accepted_name": first_name, "accepted_at": now}
                await self._move(connection, found, InvitationState.ACCEPTED, expires_at=now + VALID_FOR, **values)
                await forget_wrong_codes(connection, user_id)
                owners = await owners_of(connection)
                await leave_notice(connection, owners, NoticeKind.INVITATION_ACCEPTED, now, invitation=found.id)
                await self._trail.note(
                    connection,
                    Act.INVITATION_ACCEPTED,
                    in_chat(user_id),
                    now,
                    subject=found.subject,
                    whom=user_id,
                    before={"state": found.state},
                    after={"state": InvitationState.ACCEPTED},
                )
                found = await _find(connection, found.id)
        if found is None:
            raise NotFound(NOT_VALID)
        return found

    async def confirm(self, invitation_id: int, by: Actor) -> Person:
        """Give who has accepted an invitation its role; they are told.

        Raises:
            NotFound: there is no such invitation.
            Stale: nobody waits for it, or not any more.
            NotAllowed: who confirms may not, or has accepted it themselves.
            InvalidInput: the last owner would be lost.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            found = await self._of_owner(connection, invitation_id, by, InvitationState.CONFIRMED, now)
            if found.accepted_by is None or found.accepted_by == by.user_id:
                raise NotAllowed("nobody confirms themselves")
            await self._end(connection, found, InvitationState.CONFIRMED, by, now)
            return await self._roster.grant_within(
                connection, found.accepted_by, found.role, found.sectors, name=found.accepted_name, by=by, tells=True
            )

    async def refuse(self, invitation_id: int, by: Actor) -> Invitation:
        """Refuse who has accepted an invitation; they are told. The errors are those of `confirm`."""
        now = self._clock.now()
        async with self._store.writing() as connection:
            found = await self._of_owner(connection, invitation_id, by, InvitationState.REFUSED, now)
            await self._end(connection, found, InvitationState.REFUSED, by, now)
            if found.accepted_by is not None:
                await leave_notice(connection, [found.accepted_by], NoticeKind.INVITATION_REFUSED, now)
            return found

    async def withdraw(self, invitation_id: int, by: Actor = ADMINISTRATOR) -> Invitation:
        """Take an invitation back; who has accepted it is told. The errors are those of `confirm`."""
        now = self._clock.now()
        async with self._store.writing() as connection:
            found = await self._of_owner(connection, invitation_id, by, InvitationState.WITHDRAWN, now)
            await self._end(connection, found, InvitationState.WITHDRAWN, by, now)
            if found.accepted_by is not None:
                await leave_notice(connection, [found.accepted_by], NoticeKind.INVITATION_REFUSED, now)
            return found

    async def find(self, invitation_id: int) -> Invitation:
        """Give an invitation.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._store.reading() as connection:
            return await _find(connection, invitation_id)

    async def pending(self) -> list[Invitation]:
        """Give what may still give somebody a role: first who waits for an owner, then the newest."""
        now = self._clock.now()
        waits = invitations.c.state == InvitationState.ACCEPTED.value
        statement = select(invitations).where(_PENDING, invitations.c.expires_at > now)
        async with self._store.reading() as connection:
            rows = (await connection.execute(statement.order_by(waits.desc(), invitations.c.id.desc()))).all()
        return [Invitation.from_row(row) for row in rows]

    async def lapse_old(self) -> None:
        """Note what has run out, tell who had accepted it and was not confirmed, and forget old tries."""
        now = self._clock.now()
        over = _PENDING & (invitations.c.expires_at <= now)
        async with self._store.writing() as connection:
            await forget_old_codes(connection, now)
            rows = (await connection.execute(select(invitations).where(over).order_by(invitations.c.id))).all()
            for found in map(Invitation.from_row, rows):
                if found.accepted_by is not None:
                    await leave_notice(connection, [found.accepted_by], NoticeKind.INVITATION_LAPSED, now)
                await self._end(connection, found, InvitationState.LAPSED, THE_BOT, now)

    async def _valid(self, connection: AsyncConnection, code: str, user_id: int, now: datetime) -> Invitation | None:
        """Give the invitation of a code that this person can use; else count the try, and give None."""
        if await is_locked_out(connection, user_id, now):
            return None
        row = (
            await connection.execute(select(invitations).where(invitations.c.code_hash == _hash(code)))
        ).one_or_none()
        found = Invitation.from_row(row) if row else None
        if found is not None and (
            found.state_at(now) is InvitationState.OPEN
            or (found.state_at(now) is InvitationState.ACCEPTED and found.accepted_by == user_id)
        ):
            return found
        if await note_wrong_code(connection, user_id, now):
            await self._trail.note(connection, Act.CODES_LOCKED, THE_BOT, now, subject="invitations", whom=user_id)
        return None

    async def _of_owner(
        self, connection: AsyncConnection, invitation_id: int, by: Actor, state: InvitationState, now: datetime
    ) -> Invitation:
        """Give an invitation that somebody wants to end, after a look whether they may and whether it can."""
        await check_may_manage(connection, by)
        found = await _find(connection, invitation_id)
        if state not in MOVES[found.state_at(now)]:
            raise Stale(f"invitation {invitation_id} is {found.state_at(now)} already")
        return found

    async def _end(
        self, connection: AsyncConnection, found: Invitation, state: InvitationState, by: Actor, now: datetime
    ) -> None:
        forgotten = {"accepted_by": None, "accepted_name": ""}
        await self._move(connection, found, state, ended_by=by.user_id, ended_at=now, **forgotten)
        await self._trail.note(
            connection,
            _ACTS[state],
            by,
            now,
            subject=found.subject,
            whom=found.accepted_by,
            before={"state": found.state},
            after={"state": state},
        )

    async def _move(
        self, connection: AsyncConnection, found: Invitation, state: InvitationState, **values: Any
    ) -> None:
        mine = (invitations.c.id == found.id) & (invitations.c.state == found.state.value)
        await connection.execute(update(invitations).where(mine).values(state=state.value, **values))


async def _find(connection: AsyncConnection, invitation_id: int) -> Invitation:
    row = (await connection.execute(select(invitations).where(invitations.c.id == invitation_id))).one_or_none()
    if row is None:
        raise NotFound(f"there is no invitation {invitation_id}")
    return Invitation.from_row(row)


def _hash(code: str) -> str:
    """Give what is kept of a code: it has 128 bits of chance, so no salt and no slow hash is needed."""
    return sha256(code.encode()).hexdigest()
