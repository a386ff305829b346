import pytest
from sqlalchemy import select
from support.clock import START, DrivenClock
from support.record import TRAIL

from alerts.audit.entry import Act
from alerts.errors import NotAllowed
from alerts.people.contacts import PAGE_SIZE, Contacts
from alerts.people.rights import IS_FOR_SECTORS, Role
from alerts.people.roster import Person
from alerts.store import Store
from alerts.store.authority import audit
from alerts.subscribers.roll import Profile, Roll
from alerts.subscribers.sectors import Directory


def person(role: Role, *sectors: str) -> Person:
    """Make somebody with a role."""
    return Person(501, role, "Dana", sectors, None, START)


@pytest.fixture
def contacts(store: Store, clock: DrivenClock) -> Contacts:
    """The contacts of an empty roll."""
    return Contacts(store, clock, TRAIL)


@pytest.fixture
def roll(store: Store, clock: DrivenClock, directory: Directory) -> Roll:
    """The roll."""
    return Roll(store, clock, TRAIL, directory)


async def names(contacts: Contacts, who: Person, page: int = 0) -> list[str]:
    """Name the contacts of one page."""
    return [contact.profile.name for contact in (await contacts.page(who, page)).items]


async def looks(store: Store) -> list[dict[str, object]]:
    """Give what the record says of every look at contacts."""
    statement = select(audit).where(audit.c.act == Act.CONTACTS_SEEN.value).order_by(audit.c.number)
    async with store.reading() as connection:
        return [dict(row.after) | {"who": row.who} for row in (await connection.execute(statement)).all()]


async def test_who_has_sectors_sees_their_contacts_alone(contacts: Contacts, roll: Roll):
    """A lead sees who has chosen a sector of theirs, once each, by name; who has none sees all; who has left nobody."""
    await roll.subscribe(1, "private", Profile("Zoë", sectors=("retail", "health")))
    await roll.subscribe(2, "private", Profile("Amira", sectors=("retail",), regions=("london",)))
    await roll.subscribe(3, "private", Profile("Ben", sectors=("legal",)))
    await roll.subscribe(-4, "group", Profile("Night shift", sectors=("health",)), set_up_by=1)
    await roll.subscribe(5, "private", Profile("Gone", sectors=("retail",)))
    await roll.unsubscribe(5)
    await roll.blocked(2)
    for role in (Role.LEAD, Role.DEPUTY, Role.OFFICER):
        assert await names(contacts, person(role, "retail", "health")) == ["Amira", "Night shift", "Zoë"]
        assert await names(contacts, person(role, "legal")) == ["Ben"]
        assert await names(contacts, person(role, "aviation")) == []
    for role in (Role.OFFICER, Role.AUDITOR, Role.OWNER):
        assert await names(contacts, person(role)) == ["Amira", "Ben", "Night shift", "Zoë"]
    for role in IS_FOR_SECTORS:
        assert await names(contacts, person(role)) == []
    (amira, *_) = (await contacts.page(person(Role.LEAD, "retail"))).items
    assert (amira.profile.sectors, amira.profile.regions, amira.reason) == (("retail",), ("london",), "blocked the bot")


async def test_pages(contacts: Contacts, roll: Roll):
    """Each contact is on one page; beyond the last page stands the last one; an empty roll has one page."""
    empty = await contacts.page(person(Role.OWNER))
    assert (empty.items, empty.window.pages, empty.window.total) == ((), 1, 0)
    for number in range(PAGE_SIZE + 1):
        await roll.subscribe(number + 1, "private", Profile(f"Contact {number}", sectors=("retail",)))
    first, last = await contacts.page(person(Role.OWNER)), await contacts.page(person(Role.OWNER), 99)
    assert (len(first.items), first.window.pages, first.window.total) == (PAGE_SIZE, 2, PAGE_SIZE + 1)
    assert ([one.profile.name for one in last.items], last.window.number) == ([f"Contact {PAGE_SIZE}"], 1)


async def test_every_look_is_in_the_record(contacts: Contacts, roll: Roll, store: Store):
    """Who looked, at which sectors' which page with how many contacts; no name and no number of a contact."""
    await roll.subscribe(4711, "private", Profile("Zoë Bright", sectors=("retail",)))
    await contacts.page(person(Role.LEAD, "retail"))
    with pytest.raises(NotAllowed):
        await contacts.page(person(Role.CONTACT))
    assert await looks(store) == [{"sectors": ["retail"], "page": 1, "contacts": 1, "who": 501}]
