"""A watch over MI5's feed as a real web server answers it, on a real database and a driven clock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from support.feeds import feed
from support.outbox import Outbox
from support.record import TRAIL
from support.website import Website

from alerts.data import DataFolder
from alerts.levels.register import CurrentLevel, Reading, Register
from alerts.levels.reports import Reports
from alerts.levels.scheme import Schemes
from alerts.levels.sources.mi5 import Mi5
from alerts.levels.watch import Watch, Watched
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.store.tables import notices
from alerts.subscribers.sectors import Directory
from bot.fetch import HttpFetch
from handlers.texts import Texts
from handlers.threat import LevelAnnouncement

LONDON = ZoneInfo("Europe/London")
OWNER, OFFICER = 901, 501
UK, NI = "uk-national", "uk-northern-ireland"
MI5 = "mi5"
SILENT_AFTER = timedelta(hours=6)


@dataclass
class Lookout:
    """What a test of the watch acts on.

    Attributes:
        website: stands in MI5's place.
        confirm_minutes: after how many a second reading sends a change; 0 for never.
        luck: what chance gives.
    """

    outbox: Outbox
    website: Website
    confirm_minutes: int = 0
    luck: float = 0.0
    schemes: Schemes = field(default_factory=lambda: Schemes.load(DataFolder()))

    def __post_init__(self) -> None:
        """Wire it as the composition root does."""
        store, clock = self.outbox.store, self.outbox.clock
        self.source = Mi5(self.schemes, self.website.address + "/feed.xml")
        self.register = Register(
            store, clock, TRAIL, LONDON, self.schemes, self.outbox.desk, LevelAnnouncement(Texts(LONDON)), [self.source]
        )
        confirm_after = timedelta(minutes=self.confirm_minutes) if self.confirm_minutes else None
        self.reports = Reports(store, clock, self.schemes, self.register, confirm_after)
        self.watch = Watch(
            store=store,
            clock=clock,
            reports=self.reports,
            sources=[self.source],
            fetch=HttpFetch(),
            chance=lambda: self.luck,
            silent_after=SILENT_AFTER,
        )

    async def people(self) -> None:
        """Give the installation an owner, an officer and two subscribers."""
        roster = Roster(self.outbox.store, self.outbox.clock, TRAIL, Directory.load(DataFolder()))
        await roster.grant(OWNER, Role.OWNER)
        await roster.grant(OFFICER, Role.OFFICER)
        await self.outbox.subscribe(1, 2)

    async def poll(self, body: bytes | None = None, *, minutes: float = 20) -> None:
        """Let so much time pass, and ask the source, which answers this from now on."""
        if body is not None:
            self.website.body = body
        self.outbox.pass_hours(minutes / 60)
        await self.watch.poll(self.source)

    async def fails(self, status: int = 503, *, minutes: float = 20) -> None:
        """Let so much time pass, and ask the source in vain."""
        self.website.status = status
        await self.poll(minutes=minutes)
        self.website.status = 200

    async def by_hand(self, level: str, scheme: str = UK) -> Reading:
        """Let an officer set a level."""
        proposal = await self.register.propose(scheme, level)
        reading, _ = await self.register.record(proposal, source="officer", set_by=OFFICER)
        return reading

    async def current(self, scheme: str = UK) -> CurrentLevel:
        """Give what is known of a scheme."""
        return next(entry for entry in await self.register.current() if entry.scheme.code == scheme)

    async def level(self, scheme: str = UK) -> str | None:
        """Name the level in force."""
        reading = (await self.current(scheme)).reading
        return reading.level if reading else None

    async def state(self) -> Watched:
        """Tell how the source does."""
        [watched] = await self.watch.watched()
        return watched

    async def told(self, user_id: int | None = None) -> list[str]:
        """Name the kinds of all notices in order, to one person or to everybody."""
        return [row.kind for row in await self._notices() if user_id in {None, row.user_id}]

    async def details(self) -> dict[str, Any]:
        """Give what the newest notice names."""
        return dict((await self._notices())[-1].details)

    async def _notices(self) -> list[Any]:
        async with self.outbox.store.reading() as connection:
            return list((await connection.execute(select(notices).order_by(notices.c.id))).all())


def at(text: str) -> datetime:
    """Give a moment of the day on which the driven clock begins."""
    return datetime.fromisoformat(f"2026-11-23T{text}+00:00")


SEVERE, CRITICAL, SUBSTANTIAL = (feed(level) for level in ("SEVERE", "CRITICAL", "SUBSTANTIAL"))
