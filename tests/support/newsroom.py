"""What comes from outside over one real database: the intake, officers of several kinds, and what they are told."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL

from alerts.people.notices import Notice, NoticeKind, Notices
from alerts.people.rights import Role
from alerts.people.roster import Person, Roster
from alerts.publishing.drafts import Drafts
from alerts.publishing.incoming import Incoming, Item, Received
from alerts.store import Store
from alerts.store.outside import incoming_items
from alerts.store.tables import alerts, deliveries
from alerts.subscribers.sectors import Directory
from handlers.incoming_words import IncomingWording
from handlers.texts import Texts

OWNER, DANA, EVE, AVIATOR = 900, 501, 502, 503
"""An owner, two officers without limits, and one for aviation alone."""

FLOOD = Item(
    source="govuk-alerts",
    identifier="https://www.gov.uk/alerts/23-nov-2026",
    headline="Severe flooding in Ely",
    body="Water is rising <b>now</b>.\n\nMove upstairs.",
    link="https://www.gov.uk/alerts/23-nov-2026",
)


def numbered(number: int, **changes: Any) -> Item:
    """Give an item that differs from every other in its name and headline."""
    parts = {"identifier": f"urn:item:{number}", "headline": f"Item {number}"}
    return replace(FLOOD, **(parts | changes))


class Newsroom:
    """What a test of incoming items acts on."""

    def __init__(self, store: Store, clock: DrivenClock, directory: Directory) -> None:
        self.store = store
        self.clock = clock
        self.directory = directory
        self.outbox = Outbox(store, clock, directory)
        self.desk = self.outbox.desk
        self.roster = Roster(store, clock, TRAIL, directory)
        self.notices = Notices(store, clock)
        self.incoming = self.another()
        self.drafts = Drafts(store, self.incoming, self.desk)

    def another(self) -> Incoming:
        """Make the intake as another process, or one after a restart, has it."""
        return Incoming(
            self.store, self.clock, TRAIL, self.directory, IncomingWording(Texts(ZoneInfo("Europe/London")))
        )

    async def staff(self) -> None:
        """Bring in an owner, two officers and one with limits."""
        await self.roster.grant(OWNER, Role.OWNER, name="Olu")
        await self.roster.grant(DANA, Role.OFFICER, name="Dana")
        await self.roster.grant(EVE, Role.OFFICER, name="Eve")
        await self.roster.grant(AVIATOR, Role.OFFICER, name="Ari", sectors=("aviation",))

    async def person(self, user_id: int) -> Person:
        """Give somebody with a role."""
        found = await self.roster.find(user_id)
        assert found is not None
        return found

    async def headlines(self, user_id: int) -> list[str]:
        """Give what waits for an officer, in the order of the list."""
        return [item.headline for item in await self.incoming.waiting(await self.person(user_id))]

    async def item(self, item_id: int) -> Received:
        """Give an item whatever its state."""
        async with self.store.reading() as connection:
            row = (await connection.execute(select(incoming_items).where(incoming_items.c.id == item_id))).one()
        return Received.from_row(row)

    async def counts(self) -> tuple[int, int, int]:
        """Count the items, the alerts and the deliveries that the store holds."""
        async with self.store.reading() as connection:
            tables = (incoming_items, alerts, deliveries)
            sizes = [len((await connection.execute(select(table))).all()) for table in tables]
        return sizes[0], sizes[1], sizes[2]

    async def told(self, user_id: int, kind: NoticeKind = NoticeKind.INCOMING) -> list[Notice]:
        """Give the notices of a kind that wait for a person."""
        return [one for one in await self.notices.waiting() if one.user_id == user_id and one.kind is kind]

    async def give_notices(self) -> list[tuple[int, NoticeKind, int]]:
        """Give every notice that waits, as the teller does; each with its person, kind, and of how many it tells."""
        given = await self.notices.waiting()
        for one in given:
            await self.notices.given(one.id)
        return [(one.user_id, one.kind, one.details.get("number", 0)) for one in given]
