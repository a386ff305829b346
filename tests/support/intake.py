"""Sources, an intake and the officers' pile over one real database, for tests of what comes in."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from support.outbox import Outbox
from support.record import TRAIL

from alerts.cap.message import (
    Area,
    CapSeverity,
    Category,
    Certainty,
    Info,
    Message,
    MessageStatus,
    MessageType,
    Scope,
    Urgency,
)
from alerts.cap.shapes import write_moment
from alerts.cap.writer import write
from alerts.intake.cap_door import submission_of
from alerts.intake.intake import Intake
from alerts.intake.source import Source, SourceKind
from alerts.intake.sources import TOKEN_PREFIX, Sources
from alerts.intake.submission import Receipt
from alerts.publishing.alert import Severity
from alerts.publishing.incoming import Incoming, Received
from alerts.store.outside import incoming_items, intake_messages
from alerts.store.tables import notices
from alerts.subscribers.sectors import Directory
from handlers.incoming_words import IncomingWording
from handlers.intake_words import IntakeWording
from handlers.texts import Texts

TEXTS = Texts(ZoneInfo("Europe/London"))
SENDER = "ops@example.org"


class Mailroom:
    """What a test of documents that come in acts on.

    Attributes:
        outbox: desk, roll and queue over the same database.
    """

    def __init__(self, outbox: Outbox, directory: Directory) -> None:
        numbers = count(1)
        self.outbox = outbox
        self.clock = outbox.clock
        self.wording = IntakeWording(TEXTS)
        self.incoming = Incoming(outbox.store, outbox.clock, TRAIL, directory, IncomingWording(TEXTS))
        self.sources = Sources(
            outbox.store, outbox.clock, TRAIL, directory, lambda: f"{TOKEN_PREFIX}{next(numbers):040}"
        )
        self.intake = Intake(outbox.store, outbox.clock, TRAIL, outbox.desk, self.incoming, self.wording)

    async def source(self, code: str = "control-room", *, trusted: bool = True, **caps: Any) -> Source:
        """Let a source in that posts CAP, trusted up to urgent for every sector if nothing else is said."""
        source, _ = await self.sources.add(code, SourceKind.CAP)
        if not trusted:
            return source
        return await self.sources.trust(code, **({"severity_cap": Severity.URGENT, "per_hour": 6} | caps))

    def message(self, identifier: str = "A1", **changes: Any) -> Message:
        """Make an urgent message that is sent now."""
        info = {name: changes.pop(name) for name in list(changes) if name in Info.__dataclass_fields__}
        block = Info(
            categories=(Category.SECURITY,),
            event="Suspicious vehicle",
            urgency=Urgency.IMMEDIATE,
            severity=CapSeverity.SEVERE,
            certainty=Certainty.OBSERVED,
            language="en-GB",
            headline="Vehicle at the east gate",
            description="Police are there.",
            areas=(Area("East gate"),),
        )
        made = Message(
            identifier=identifier,
            sender=SENDER,
            sent=self.clock.now(),
            status=MessageStatus.ACTUAL,
            message_type=MessageType.ALERT,
            scope=Scope.PUBLIC,
            infos=(replace(block, **info),),
        )
        return replace(made, **changes)

    async def post(self, source: Source, message: Message) -> Receipt:
        """Hand a message in."""
        submission = submission_of(message, source, self.wording, write(message))
        return await self.intake.receive(source, submission)

    async def waiting(self) -> list[Received]:
        """Give what has come for officers, oldest first, whatever became of it."""
        async with self.outbox.store.reading() as connection:
            rows = (await connection.execute(select(incoming_items).order_by(incoming_items.c.id))).all()
        return [Received.from_row(row) for row in rows]

    async def written(self) -> tuple[int, int, int, int]:
        """Count alerts, deliveries, items and received documents."""
        async with self.outbox.store.reading() as connection:
            counts = [
                (await connection.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (incoming_items, intake_messages)
            ]
        return (*await self.outbox.written(), counts[0], counts[1])

    async def told(self, kind: str) -> list[tuple[int, dict[str, Any]]]:
        """Give whom a kind of notice was left for, with what it names."""
        statement = select(notices.c.user_id, notices.c.details).where(notices.c.kind == kind).order_by(notices.c.id)
        async with self.outbox.store.reading() as connection:
            return [(row.user_id, row.details) for row in (await connection.execute(statement)).all()]


def refers_to(*messages: Message) -> str:
    """Give what an Update or Cancel writes of these messages."""
    return " ".join(f"{one.sender},{one.identifier},{write_moment(one.sent)}" for one in messages)


def later(moment: datetime, **span: float) -> datetime:
    """Give a moment so much later."""
    return moment + timedelta(**span)
