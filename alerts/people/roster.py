"""The people who hold a role, and how a role is granted and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import ADMINISTRATOR, Act, Actor, Door
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.delivery.endings import skip_unvetted
from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale
from alerts.people.notices import NoticeKind, leave_notice
from alerts.people.rights import IS_FOR_SECTORS, MAY_BE_LIMITED, RIGHTS, Right, Role, may
from alerts.store import Store
from alerts.store.tables import conversations, people
from alerts.subscribers.sectors import Directory

SETTINGS = Actor(None, Door.BOT, "CASCADE_OWNERS")
"""Who makes the first owners."""

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a role.

    Attributes:
        sectors: what they do is limited to these; empty means no limit, besides for the roles that are for sectors.
    """

    user_id: int
    role: Role
    name: str
    sectors: tuple[str, ...]
    granted_by: int | None
    granted_at: datetime

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Person":
        """Make it from a row of the table `people`."""
        return cls(row.user_id, Role(row.role), row.name, tuple(row.sectors), row.granted_by, row.granted_at)

    @property
    def stamp(self) -> int:
        """The microseconds from 1970 to the grant: what a button carries, so that it changes no later one."""
        return (self.granted_at - _EPOCH) // timedelta(microseconds=1)

    @property
    def scope(self) -> dict[str, Any]:
        """Role and sectors, as the record keeps them."""
        return {"role": self.role.value, "sectors": list(self.sectors)}


class Roster:
    """The use cases of granting."""

    def __init__(self, store: Store, clock: Clock, trail: Trail, directory: Directory) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._directory = directory

    async def find(self, user_id: int) -> Person | None:
        """Give the person's entry, None for somebody without a role."""
        async with self._store.reading() as connection:
            return await find_person(connection, user_id)

    async def role_of(self, user_id: int) -> Role:
        """Give a person's role: contact, when nothing was granted."""
        person = await self.find(user_id)
        return person.role if person else Role.CONTACT

    async def everybody(self) -> list[Person]:
        """Give everybody with a role, by user id."""
        async with self._store.reading() as connection:
            rows = (await connection.execute(select(people).order_by(people.c.user_id))).all()
        return [Person.from_row(row) for row in rows]

    async def with_right(self, right: Right) -> list[Person]:
        """Give everybody whose role holds a right."""
        return [person for person in await self.everybody() if may(person.role, right)]

    async def grant(
        self,
        user_id: int,
        role: Role,
        *,
        sectors: Sequence[str] = (),
        name: str = "",
        by: Actor = ADMINISTRATOR,
        stamp: int | None = None,
        tells: bool = False,
    ) -> Person:
        """Give a person a role, in place of the one they had; if it is less, what they had begun in the chat ends.

        Args:
            user_id: the person.
            role: the role.
            sectors: what it is for; a lead and a deputy need one.
            name: what to call them; without one the old name is kept.
            by: who grants.
            stamp: of the entry that the granter saw; None for whatever is there.
            tells: leave the person a notice.

        Raises:
            InvalidInput: the role cannot be granted so, or the last owner would be lost.
            UnknownCode: a sector is not in the directory.
            NotAllowed: who grants it in the chat may not.
            Stale: the person's entry is another than the granter saw.
        """
        chosen = self.checked(role, sectors)
        if user_id <= 0:
            raise InvalidInput("user-id", "a user id is a positive number; a group cannot hold a role")
        async with self._store.writing() as connection:
            await check_may_manage(connection, by)
            if stamp is not None:
                await _check_stamp(connection, user_id, stamp)
            return await self.grant_within(connection, user_id, role, chosen, name=name, by=by, tells=tells)

    async def grant_within(
        self,
        connection: AsyncConnection,
        user_id: int,
        role: Role,
        sectors: Sequence[str],
        *,
        name: str,
        by: Actor,
        tells: bool,
    ) -> Person:
        """Give a person a role that was checked, inside the caller's transaction.

        Raises:
            InvalidInput: the last owner would be lost.
        """
        now = self._clock.now()
        before = await find_person(connection, user_id)
        if role is not Role.OWNER:
            await _keep_an_owner(connection, user_id)
        values = {"role": role.value, "sectors": list(sectors), "granted_by": by.user_id, "granted_at": now}
        if name:
            values["name"] = name
        if before is None:
            await connection.execute(insert(people).values(user_id=user_id, **values))
        else:
            await connection.execute(update(people).where(people.c.user_id == user_id).values(**values))
        if before is not None and _is_less(before, role, sectors):
            await _end_conversation(connection, user_id)
        if tells:
            scope = {"role": role.value, "sectors": list(sectors)}
            await leave_notice(connection, [user_id], NoticeKind.ROLE_GIVEN, now, **scope)
        after = await find_person(connection, user_id)
        assert after is not None  # noqa: S101 - it was written in this transaction
        was = before.scope if before else {"role": Role.CONTACT.value, "sectors": []}
        await self._trail.note(
            connection, Act.PERSON_GRANTED, by, now, subject="person", whom=user_id, before=was, after=after.scope
        )
        return after

    async def revoke(
        self, user_id: int, *, by: Actor = ADMINISTRATOR, stamp: int | None = None, tells: bool = False
    ) -> None:
        """Take a person's role away; what they had begun in the chat ends with it. For the arguments see `grant`.

        Raises:
            NotFound: they hold none.
            InvalidInput: they are the last owner.
            NotAllowed: who takes it away in the chat may not.
            Stale: the person's entry is another than was seen.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            await check_may_manage(connection, by)
            person = await find_person(connection, user_id)
            if person is None:
                raise NotFound(f"{user_id} holds no role")
            if stamp is not None:
                await _check_stamp(connection, user_id, stamp)
            await _keep_an_owner(connection, user_id)
            await connection.execute(delete(people).where(people.c.user_id == user_id))
            await _end_conversation(connection, user_id)
            await skip_unvetted(connection, [user_id], now)  # the role may have been all that vouched for them
            if tells:
                await leave_notice(connection, [user_id], NoticeKind.ROLE_TAKEN, now)
            await self._trail.note(
                connection,
                Act.PERSON_REVOKED,
                by,
                now,
                subject="person",
                whom=user_id,
                before=person.scope,
                after={"role": Role.CONTACT.value, "sectors": []},
            )

    async def make_first_owners(self, user_ids: Sequence[int]) -> bool:
        """Make these people owners when there is no owner yet, and tell whether that was so."""
        if any(person.role is Role.OWNER for person in await self.everybody()):
            return False
        for user_id in user_ids:
            await self.grant(user_id, Role.OWNER, by=SETTINGS)
        return bool(user_ids)

    def checked(self, role: Role, sectors: Sequence[str]) -> list[str]:
        """Hold a role against the sectors that it is to be for, and give these sorted and each once.

        Raises:
            InvalidInput: the role cannot be granted, lacks a sector, or is for all sectors.
            UnknownCode: a sector is not in the directory.
        """
        if role is Role.CONTACT:
            raise InvalidInput("role", "everybody is a contact: revoke the role instead")
        if role in IS_FOR_SECTORS and not sectors:
            raise InvalidInput("role-needs-sectors", f"a {role} needs at least one sector")
        if sectors and role not in MAY_BE_LIMITED:
            raise InvalidInput("role-without-sectors", f"an {role} is for all sectors")
        self._directory.check_sectors(sectors)
        return sorted(set(sectors))


async def find_person(connection: AsyncConnection, user_id: int) -> Person | None:
    """Give a person's entry in this transaction, None for somebody without a role."""
    row = (await connection.execute(select(people).where(people.c.user_id == user_id))).one_or_none()
    return Person.from_row(row) if row else None


async def reread(connection: AsyncConnection, person: Person, right: Right | None = None) -> Person:
    """Give somebody who acts as they stand in this transaction: while it waited for its turn, the role may have gone.

    Args:
        connection: the transaction in which they act; this comes first in it.
        person: who they were when they were looked up.
        right: what the act needs, where nothing else holds it against their role.

    Raises:
        NotAllowed: they hold no role any more, or one that lacks the right.
    """
    found = await find_person(connection, person.user_id)
    if found is None or (right is not None and not may(found.role, right)):
        raise NotAllowed("you may not do this any more")
    return found


async def check_may_manage(connection: AsyncConnection, by: Actor) -> None:
    """Hold an act on people against the role that whoever does it in the chat has at this moment.

    Raises:
        NotAllowed: they may not, or may not any more.
    """
    if by.door is not Door.CHAT:
        return
    person = await find_person(connection, by.user_id) if by.user_id is not None else None
    if person is None or not may(person.role, Right.MANAGE_PEOPLE):
        raise NotAllowed("only who may manage people grants and takes away roles")


async def _check_stamp(connection: AsyncConnection, user_id: int, stamp: int) -> None:
    person = await find_person(connection, user_id)
    if person is None or person.stamp != stamp:
        raise Stale("the person's role has been changed since it was shown")


async def _keep_an_owner(connection: AsyncConnection, user_id: int) -> None:
    """Refuse to go on when this person is the only owner."""
    owners = select(people.c.user_id).where(people.c.role == Role.OWNER.value)
    if list((await connection.execute(owners)).scalars()) == [user_id]:
        raise InvalidInput("last-owner", f"{user_id} is the last owner: make somebody else owner first")


async def _end_conversation(connection: AsyncConnection, user_id: int) -> None:
    """End what a person has begun in their private chat, whose id is theirs: its buttons are of no use from now on."""
    await connection.execute(delete(conversations).where(conversations.c.chat_id == user_id))


def _is_less(before: Person, role: Role, sectors: Sequence[str]) -> bool:
    """Tell whether a new role lacks something that the old one had: a right, or a sector."""
    if RIGHTS[before.role] - RIGHTS[role]:
        return True
    return bool(sectors) and (not before.sectors or bool(set(before.sectors) - set(sectors)))
