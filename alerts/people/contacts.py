"""The contacts of somebody's sectors, page by page; every look at a page is in the record."""

from sqlalchemy import ColumnElement, exists, func, select

from alerts.audit.entry import Act, in_chat
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.errors import NotAllowed
from alerts.paging import Page, Window
from alerts.people.rights import IS_FOR_SECTORS, Right, may
from alerts.people.roster import Person
from alerts.store import Store
from alerts.store.tables import subscriber_sectors, subscribers
from alerts.subscribers.roll import Subscriber, read_subscribers
from alerts.subscribers.states import SubscriberStatus

PAGE_SIZE = 6
"""Contacts on a page: the longest that there can be still fit one message."""


class Contacts:
    """Shows people and groups on the roll to who is responsible for their sectors."""

    def __init__(self, store: Store, clock: Clock, trail: Trail) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail

    async def page(self, person: Person, number: int = 0) -> Page[Subscriber]:
        """Give a page of the contacts of a person's sectors, or of all, by name; ended subscriptions are none.

        Raises:
            NotAllowed: they may not see contacts.
        """
        if not may(person.role, Right.SEE_CONTACTS):
            raise NotAllowed(f"an {person.role} sees no contacts")
        now, theirs = self._clock.now(), _is_of(person)
        async with self._store.writing() as connection:
            total = (await connection.execute(select(func.count()).select_from(subscribers).where(theirs))).scalar_one()
            window = Window.at(number, total=total, size=PAGE_SIZE)
            shown = select(subscribers.c.chat_id).where(theirs).order_by(subscribers.c.name, subscribers.c.chat_id)
            chats = (await connection.execute(shown.limit(window.size).offset(window.start))).scalars().all()
            found = {one.chat_id: one for one in await read_subscribers(connection, subscribers.c.chat_id.in_(chats))}
            after = {"sectors": list(person.sectors), "page": window.number + 1, "contacts": len(found)}
            by = in_chat(person.user_id)
            await self._trail.note(connection, Act.CONTACTS_SEEN, by, now, subject="contacts", after=after)
        return Page(tuple(found[chat] for chat in chats), window)


def _is_of(person: Person) -> ColumnElement[bool]:
    """Say which entries of the roll a person may see."""
    is_there = subscribers.c.status != SubscriberStatus.ENDED.value
    if not person.sectors and person.role not in IS_FOR_SECTORS:
        return is_there
    theirs = (subscriber_sectors.c.chat_id == subscribers.c.chat_id) & subscriber_sectors.c.sector.in_(person.sectors)
    return is_there & exists().where(theirs)
