"""Vetting: somebody vouches for a contact, who then gets more than what is public."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, Actor, in_chat
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.delivery.endings import skip_unvetted
from alerts.errors import NotAllowed, NotFound, Stale
from alerts.paging import Page, Window
from alerts.people.notices import NoticeKind, leave_notice
from alerts.people.rights import Right, Role, may
from alerts.people.roster import Person, reread
from alerts.store import Store
from alerts.store.tables import notices, people, subscriber_sectors, subscribers
from alerts.subscribers.roll import Profile, is_as_vouched, read_subscribers
from alerts.subscribers.states import SubscriberStatus
from alerts.subscribers.unvetted import IS_VETTED, UNVETTED, covers

PAGE_SIZE = 8
"""Contacts on one page of a list."""

ID_DIGITS = 16
"""A Telegram id has 52 significant bits."""


MARK_LENGTH = 16
"""Letters of the mark of a contact: a button has 64 bytes."""

TELL_EVERY = timedelta(hours=1)
"""How often somebody is told that contacts wait; the list shows all of them."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as somebody sees them who may vouch for them.

    Attributes:
        name: their own words, as organisation and job; of a group its title.
    """

    chat_id: int
    kind: str
    name: str
    organisation: str
    job: str
    sectors: tuple[str, ...]
    is_vetted: bool


class Vetting:
    """The use cases of vetting.

    Args:
        store: the database.
        clock: the source of time.
        trail: the record.
    """

    def __init__(self, store: Store, clock: Clock, trail: Trail) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail

    async def waiting(self, person: Person, page: int) -> Page[Contact]:
        """List the contacts for whom nobody vouches and this person could, who joined last first; it is recorded."""
        return await self._page(person.user_id, person.sectors, page, ~IS_VETTED, "to vet them")

    async def nameable(self, user_id: int, scope: Sequence[str], page: int, text: str = "") -> Page[Contact]:
        """List the vetted persons whom what is TLP:RED can name, whose name or organisation holds a text; recorded.

        Args:
            user_id: who looks.
            scope: the sectors that they are limited to, empty for none.
            page: from 0.
            text: a part of a name or organisation, or a number; empty for everybody.
        """
        wanted = IS_VETTED & (subscribers.c.chat_id > 0)
        if text:
            mark = f"%{text.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
            named = or_(subscribers.c.name.ilike(mark, escape="!"), subscribers.c.organisation.ilike(mark, escape="!"))
            wanted &= or_(named, subscribers.c.chat_id == int(text)) if _is_id(text) else named
        return await self._page(user_id, scope, page, wanted, "to name recipients")

    async def named(self, chat_ids: Sequence[int]) -> list[Contact]:
        """Give the contacts of these chats that are on the roll, in the order of their ids."""
        async with self._store.reading() as connection:
            return await _contacts(connection, subscribers.c.chat_id.in_(chat_ids), len(chat_ids), 0)

    async def find(self, chat_id: int, person: Person) -> Contact:
        """Give a contact.

        Raises:
            NotFound: there is none in this chat, or the subscription has ended.
            NotAllowed: they are of other sectors than this person's.
        """
        async with self._store.reading() as connection:
            return await _find(connection, chat_id, person)

    def mark_of(self, contact: Contact) -> str:
        """Give the mark of all that a contact is shown to be, 16 letters that nobody without the secret can aim at."""
        said = [contact.kind, contact.name, contact.organisation, contact.job, *contact.sectors]
        seal = hmac.new(self._trail.key(), "\n".join(("contact", str(contact.chat_id), *said)).encode(), sha256)
        return seal.hexdigest()[:MARK_LENGTH]

    async def would_end(self, chat_id: int, profile: Profile) -> bool:
        """Tell whether nobody would vouch for a contact any more who changed their entry to this."""
        async with self._store.reading() as connection:
            before = await read_subscribers(connection, subscribers.c.chat_id == chat_id)
            role = (await connection.execute(select(people.c.role).where(people.c.user_id == chat_id))).first()
        if role is not None or not before or not before[0].is_vetted:
            return False
        return not is_as_vouched(chat_id, before[0].profile, profile)

    async def vet(self, chat_id: int, person: Person, seen: str | None = None) -> Contact:
        """Vouch for a contact, who is told; doing it twice changes nothing.

        Args:
            chat_id: the contact's.
            person: who vouches.
            seen: the mark of what they were shown, None for whatever is there.

        Raises:
            NotFound: there is none in this chat, or the subscription has ended.
            NotAllowed: they are of other sectors than this person's.
            Stale: they say something else of themselves than was shown.
        """
        now, by = self._clock.now(), in_chat(person.user_id)
        async with self._store.writing() as connection:
            contact = await _find(connection, chat_id, await reread(connection, person, Right.VET))
            if seen is not None and not hmac.compare_digest(seen.encode(), self.mark_of(contact).encode()):
                raise Stale("the contact has changed since they were shown")
            if not contact.is_vetted:
                values = {"vetted_at": now, "vetted_by": person.user_id}
                await connection.execute(update(subscribers).where(subscribers.c.chat_id == chat_id).values(values))
                if chat_id > 0:
                    await leave_notice(connection, [chat_id], NoticeKind.CONTACT_VETTED, now)
                await self._trail.note(
                    connection, Act.CONTACT_VETTED, by, now, subject="contact", whom=chat_id, after={"vetted": True}
                )
        return contact

    async def announce(self, sectors: Sequence[str]) -> None:
        """Leave a notice that a contact of these sectors waits, for those who can vet them and had none lately."""
        now = self._clock.now()
        roles = [role.value for role in Role if may(role, Right.VET)]
        holders = (
            select(people.c.user_id, people.c.role, people.c.sectors)
            .where(people.c.role.in_(roles))
            .order_by(people.c.user_id)
        )
        lately = select(notices.c.user_id).where(
            notices.c.kind == NoticeKind.CONTACTS_UNVETTED.value, notices.c.created_at > now - TELL_EVERY
        )
        async with self._store.writing() as connection:
            can = [
                row.user_id
                for row in (await connection.execute(holders)).all()
                if covers(Role(row.role), row.sectors, sectors)
            ]
            told = set((await connection.execute(lately)).scalars())
            left = [user_id for user_id in can if user_id not in told]
            await leave_notice(connection, left, NoticeKind.CONTACTS_UNVETTED, now)

    async def vet_many(self, chat_ids: Sequence[int] | None, by: Actor, *, vetted: bool = True) -> int:
        """Vouch for these contacts, or no more, all of them with None; give how many that changed.

        Nobody is told: who gets more than before sees it by the next alert. What waits for who gets less is skipped.
        """
        now = self._clock.now()
        has_changed = subscribers.c.vetted_at.is_(None) if vetted else subscribers.c.vetted_at.is_not(None)
        these = has_changed & (subscribers.c.status != SubscriberStatus.ENDED)
        if chat_ids is not None:
            these &= subscribers.c.chat_id.in_(chat_ids)
        values: dict[str, Any] = {"vetted_at": now, "vetted_by": by.user_id} if vetted else dict(UNVETTED)
        act = Act.CONTACT_VETTED if vetted else Act.CONTACT_UNVETTED
        async with self._store.writing() as connection:
            number = (await connection.execute(update(subscribers).where(these).values(values))).rowcount
            if number and not vetted:
                await skip_unvetted(connection, chat_ids, now)
            if number:
                whom = chat_ids[0] if chat_ids is not None and len(chat_ids) == 1 else None
                after = {"vetted": vetted, "contacts": number}
                await self._trail.note(connection, act, by, now, subject="contact", whom=whom, after=after)
        return number

    async def count_waiting(self, person: Person) -> int:
        """Count the contacts for whom nobody vouches and this person could."""
        async with self._store.reading() as connection:
            return await _count(connection, _within(person.sectors) & ~IS_VETTED)

    async def _page(
        self, user_id: int, scope: Sequence[str], page: int, wanted: ColumnElement[bool], why: str
    ) -> Page[Contact]:
        wanted &= _within(scope)
        now, by = self._clock.now(), in_chat(user_id)
        async with self._store.writing() as connection:
            total = await _count(connection, wanted)
            window = Window.at(page, total=total, size=PAGE_SIZE)
            found = await _contacts(connection, wanted, window.size, window.start)
            if found:
                after = {"contacts": len(found), "why": why}
                await self._trail.note(connection, Act.CONTACTS_SEEN, by, now, subject="contacts", after=after)
        return Page(tuple(found), window)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS


def _within(scope: Sequence[str]) -> ColumnElement[bool]:
    """Tell the contacts on the roll that lie within a scope with all of their sectors; an empty one takes in all."""
    present = subscribers.c.status == SubscriberStatus.ACTIVE
    if not scope:
        return present
    beyond = select(subscriber_sectors.c.chat_id).where(subscriber_sectors.c.sector.not_in(scope))
    return present & subscribers.c.chat_id.not_in(beyond)


async def _find(connection: AsyncConnection, chat_id: int, person: Person) -> Contact:
    present = (subscribers.c.chat_id == chat_id) & (subscribers.c.status != SubscriberStatus.ENDED)
    found = await _contacts(connection, present, 1, 0)
    if not found:
        raise NotFound(f"there is no contact {chat_id}")
    if not covers(person.role, person.sectors, found[0].sectors):
        raise NotAllowed("this contact is of other sectors than yours")
    return found[0]


async def _count(connection: AsyncConnection, wanted: ColumnElement[bool]) -> int:
    return int((await connection.execute(select(func.count()).select_from(subscribers).where(wanted))).scalar_one())


async def _contacts(connection: AsyncConnection, wanted: ColumnElement[bool], limit: int, offset: int) -> list[Contact]:
    statement = (
        select(subscribers, IS_VETTED.label("is_vetted"))
        .where(wanted)
        .order_by(subscribers.c.since.desc(), subscribers.c.chat_id)
    )
    rows = (await connection.execute(statement.limit(limit).offset(offset))).all()
    chats = [row.chat_id for row in rows]
    chosen = select(subscriber_sectors.c.chat_id, subscriber_sectors.c.sector).where(
        subscriber_sectors.c.chat_id.in_(chats)
    )
    sectors: dict[int, list[str]] = {chat: [] for chat in chats}
    for chat, sector in (await connection.execute(chosen.order_by(subscriber_sectors.c.sector))).all():
        sectors[chat].append(sector)
    return [
        Contact(
            row.chat_id,
            row.kind,
            row.name,
            row.organisation,
            row.job,
            tuple(sectors[row.chat_id]),
            bool(row.is_vetted),
        )
        for row in rows
    ]
