"""The people who hold a role, and how a role is granted and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.errors import InvalidInput, NotFound
from alerts.people.rights import Right, Role, may
from alerts.store import Store
from alerts.store.tables import people
from alerts.subscribers.sectors import Directory


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a role.

    Attributes:
        sectors: an officer's alerts are limited to these; empty means no limit.
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
            row = (await connection.execute(select(people).where(people.c.user_id == user_id))).one_or_none()
        return Person.from_row(row) if row else None

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
        self, user_id: int, role: Role, *, sectors: Sequence[str] = (), name: str = "", by: int | None = None
    ) -> Person:
        """Give a person a role, in place of the one they had.

        Raises:
            InvalidInput: the role cannot be granted, or the last owner would be lost.
            UnknownCode: a sector is not in the directory.
        """
        if role is Role.CONTACT:
            raise InvalidInput("role", "everybody is a contact: revoke the role instead")
        if user_id <= 0:
            raise InvalidInput("user-id", "a user id is a positive number; a group cannot hold a role")
        self._directory.check_sectors(sectors)
        values = {
            "role": role.value,
            "sectors": sorted(set(sectors)),
            "granted_by": by,
            "granted_at": self._clock.now(),
        }
        async with self._store.writing() as connection:
            if role is not Role.OWNER:
                await _keep_an_owner(connection, user_id)
            if name:
                values["name"] = name
            changed = await connection.execute(update(people).where(people.c.user_id == user_id).values(**values))
            if not changed.rowcount:
                await connection.execute(insert(people).values(user_id=user_id, **values))
            row = (await connection.execute(select(people).where(people.c.user_id == user_id))).one()
        return Person.from_row(row)

    async def revoke(self, user_id: int) -> None:
        """Take a person's role away.

        Raises:
            NotFound: they hold none.
            InvalidInput: they are the last owner.
        """
        async with self._store.writing() as connection:
            await _keep_an_owner(connection, user_id)
            gone = await connection.execute(delete(people).where(people.c.user_id == user_id))
            if not gone.rowcount:
                raise NotFound(f"{user_id} holds no role")

    async def make_first_owners(self, user_ids: Sequence[int]) -> bool:
        """Make these people owners when there is no owner yet, and tell whether that was so."""
        if any(person.role is Role.OWNER for person in await self.everybody()):
            return False
        for user_id in user_ids:
            await self.grant(user_id, Role.OWNER)
        return bool(user_ids)


async def _keep_an_owner(connection: AsyncConnection, user_id: int) -> None:
    """Refuse to go on when this person is the only owner."""
    owners = select(people.c.user_id).where(people.c.role == Role.OWNER.value)
    if list((await connection.execute(owners)).scalars()) == [user_id]:
        raise InvalidInput("last-owner", f"{user_id} is the last owner: make somebody else owner first")
