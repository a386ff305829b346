"""A desk, a roll and an outbox over one real database, for tests of the domain."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from support.clock import DrivenClock
from support.record import TRAIL

from alerts.audit.entry import ADMINISTRATOR
from alerts.data import DataFolder
from alerts.delivery.claim import Claimed
from alerts.delivery.queue import Queue
from alerts.delivery.record import Result
from alerts.delivery.states import DeliveryState, Outcome
from alerts.people.rights import Role
from alerts.people.roster import Person, Roster
from alerts.publishing.alert import Alert, AlertStatus, Audience, Severity
from alerts.publishing.approvals import USUAL, Rule
from alerts.publishing.desk import Content, Desk
from alerts.publishing.follow_ups import FollowUps
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.in_force import InForce
from alerts.publishing.marking import Marking
from alerts.reporting.guide import Guide
from alerts.store import Store
from alerts.store.authority import audit
from alerts.store.tables import alerts, deliveries
from alerts.subscribers.roll import Profile, Roll
from alerts.subscribers.sectors import Directory
from alerts.subscribers.vetting import Vetting
from handlers.alert_message import AlertMessage
from handlers.change_message import ChangeMessage
from handlers.texts import Texts


@dataclass(frozen=True)
class Row:
    """A row of the table `deliveries`."""

    id: int
    alert_id: int
    chat_id: int
    state: str
    is_open: bool
    lane: int
    attempts: int
    uncertain_count: int
    not_before: datetime | None
    message_id: int | None
    part: int
    reason: str | None
    state_at: datetime
    sent_at: datetime | None


class Outbox:
    """What a test of deliveries acts on.

    Attributes:
        message: what an alert looks like.
        changes: what is written on copies.
        queue: the outbox as this process sees it.
        other: the outbox as another process sees it.
        nudges: how often the desk has said that rows were written.
    """

    def __init__(self, store: Store, clock: DrivenClock, directory: Directory, rule: Rule = USUAL) -> None:
        self.store = store
        self.clock = clock
        self.roll = Roll(store, clock, TRAIL, directory)
        self.vetting = Vetting(store, clock, TRAIL)
        self.roster = Roster(store, clock, TRAIL, directory)
        self.desk = Desk(store, clock, TRAIL, directory, on_queued=self._count, rule=rule)
        texts = Texts(ZoneInfo("Europe/London"))
        self.message = AlertMessage(texts, directory, Guide.load(DataFolder()), CheckCodes(TRAIL.key), clock)
        self.changes = ChangeMessage(texts, self.message, clock)
        self.follow_ups = FollowUps(store, clock, self.desk, self.changes)
        self.in_force = InForce(store, clock)
        self.queue = Queue(store, holder="here")
        self.other = Queue(store, holder="elsewhere")
        self.nudges = 0

    def _count(self) -> None:
        self.nudges += 1

    async def subscribe(self, *chat_ids: int, sectors: tuple[str, ...] = ("retail",), **profile: Any) -> None:
        """Put vetted chats on the roll."""
        for chat_id in chat_ids:
            await self.roll.subscribe(chat_id, "private", Profile(sectors=sectors, **profile))
        await self.vouch(*chat_ids)

    async def vouch(self, *chat_ids: int) -> None:
        """Vet chats on the roll."""
        await self.vetting.vet_many(chat_ids, ADMINISTRATOR)

    async def send(self, severity: Severity = Severity.ADVISORY, *, hours: float = 6, **audience: Any) -> Alert:
        """Issue an alert."""
        content = Content(
            "Test", "Text", severity, self.clock.now() + timedelta(hours=hours), audience=Audience(**audience)
        )
        alert, _ = await self.desk.issue(content, origin="command line")
        return alert

    async def grant(self, *user_ids: int, role: Role = Role.OFFICER, sectors: tuple[str, ...] = ()) -> list[Person]:
        """Give people a role."""
        return [await self.roster.grant(one, role, sectors=sectors, name=f"Person {one}") for one in user_ids]

    async def hire(self, user_id: int, *sectors: str) -> Person:
        """Make somebody an officer, limited to sectors when some are named."""
        [hired] = await self.grant(user_id, sectors=sectors)
        return hired

    async def acts(self, alert_id: int) -> list[tuple[str, int | None]]:
        """Give what the record says was done to an alert, oldest first, and by whom."""
        mine = select(audit.c.act, audit.c.who).where(audit.c.subject == f"alert {alert_id}")
        async with self.store.reading() as connection:
            return [(row.act, row.who) for row in (await connection.execute(mine.order_by(audit.c.number))).all()]

    async def draft(self, author: int, **changes: Any) -> Alert:
        """Write an officer's draft that lacks nothing, with changes to it."""
        parts = {
            "headline": "Vehicle at the gate",
            "body": "<b>Police</b> are there.",
            "severity": Severity.URGENT,
            "marking": Marking.GREEN,
            "expires_at": self.clock.now() + timedelta(hours=6),
        }
        draft = await self.desk.start_draft(author)
        return await self.desk.revise(draft.id, author, **(parts | changes))

    async def written(self) -> tuple[int, int]:
        """Count the alerts and the deliveries in the store."""
        async with self.store.reading() as connection:
            in_alerts = (await connection.execute(select(func.count()).select_from(alerts))).scalar_one()
            in_deliveries = (await connection.execute(select(func.count()).select_from(deliveries))).scalar_one()
        return in_alerts, in_deliveries

    def pass_hours(self, hours: float) -> None:
        """Move the clock on; nobody sleeps on it in these tests."""
        self.clock.elapsed_seconds += hours * 3600

    async def rows(self, alert_id: int) -> list[Row]:
        """Give an alert's rows by chat."""
        statement = select(deliveries).where(deliveries.c.alert_id == alert_id).order_by(deliveries.c.chat_id)
        async with self.store.reading() as connection:
            return [Row(**row._mapping) for row in (await connection.execute(statement)).all()]

    async def row(self, alert_id: int, chat_id: int) -> Row:
        """Give one row."""
        return next(row for row in await self.rows(alert_id) if row.chat_id == chat_id)

    async def states(self, alert_id: int) -> dict[int, str]:
        """Give the state of each chat's row."""
        return {row.chat_id: row.state for row in await self.rows(alert_id)}

    async def status(self, alert_id: int) -> AlertStatus:
        """Give an alert's status."""
        return (await self.desk.find(alert_id)).status

    async def claim(self, limit: int = 100) -> list[Claimed]:
        """Claim rows for this process."""
        return await self.queue.claim(limit, self.clock.now())

    async def record(self, row: Claimed, state: DeliveryState, *, again_in: float = 1.0, **outcome: Any) -> None:
        """Record one outcome; a retry is due so many seconds later."""
        due = self.clock.now() + timedelta(seconds=again_in)
        await self.queue.record([Result(row, Outcome(state, **outcome), due)], self.clock.now())

    async def force(self, row_id: int, **values: Any) -> None:
        """Write columns of a row, to put it where a test begins."""
        async with self.store.writing() as connection:
            await connection.execute(update(deliveries).where(deliveries.c.id == row_id).values(**values))


def officer(user_id: int, *sectors: str) -> Person:
    """Make an officer, limited to sectors when some are named."""
    return Person(user_id, Role.OFFICER, "Dana", sectors, None, datetime.fromisoformat("2026-01-01T00:00+00:00"))
