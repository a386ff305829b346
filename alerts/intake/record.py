"""The statements on the rows of received documents."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.cap.message import MessageType, Reference
from alerts.intake.source import Source
from alerts.intake.submission import Objection, Outcome, Receipt, Submission
from alerts.store.outside import intake_messages, intake_sources
from alerts.store.tables import alerts

HOUR = timedelta(hours=1)
AT_ONCE = (Outcome.SENT, Outcome.STOPPED)
"""Outcomes that an officer had no hand in."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that was received, as the store keeps it.

    Attributes:
        item: its identifier in `incoming_items`, where it waits or has waited.
        alert_id: the alert that went out at once.
        followed_by: the document that updated or cancelled it.
    """

    id: int
    sender: str
    identifier: str
    sent: datetime
    digest: str
    outcome: Outcome
    objections: tuple[Objection, ...]
    item: str | None
    alert_id: int | None
    followed_by: int | None
    is_cancel: bool

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Kept":
        """Make it from a row of the table `intake_messages`."""
        return cls(
            id=row.id,
            sender=row.sender,
            identifier=row.identifier,
            sent=row.sent_at,
            digest=row.digest,
            outcome=Outcome(row.outcome),
            objections=tuple(Objection(reason) for reason in row.reasons),
            item=row.item,
            alert_id=row.alert_id,
            followed_by=row.followed_by,
            is_cancel=row.type == MessageType.CANCEL,
        )


@dataclass(frozen=True, slots=True)
class Logged:
    """A received document in a list: of which source, and when it came."""

    source: str
    received_at: datetime
    message_type: str
    status: str
    reference: str | None
    kept: Kept


def digest_of(document: bytes) -> str:
    """Give the mark of a document's bytes."""
    return hashlib.sha256(document).hexdigest()


async def find_kept(connection: AsyncConnection, source: Source, sender: str, identifier: str) -> Kept | None:
    """Give the document of this name from this source."""
    mine = (intake_messages.c.source_id == source.id) & (intake_messages.c.sender == sender)
    statement = select(intake_messages).where(mine, intake_messages.c.identifier == identifier)
    row = (await connection.execute(statement)).one_or_none()
    return Kept.from_row(row) if row else None


async def find_referred(connection: AsyncConnection, source: Source, references: Sequence[Reference]) -> list[Kept]:
    """Give the documents of this source that references name by sender, identifier and time, each as it stands now.

    One that was updated meanwhile is followed to what took its place.
    """
    found: dict[int, Kept] = {}
    for reference in references:
        kept = await find_kept(connection, source, reference.sender, reference.identifier)
        if kept is None or kept.sent != reference.sent:
            continue
        while kept.followed_by is not None:
            statement = select(intake_messages).where(intake_messages.c.id == kept.followed_by)
            kept = Kept.from_row((await connection.execute(statement)).one())
        found[kept.id] = kept
    return list(found.values())


async def count_since(
    connection: AsyncConnection, source: Source, since: datetime, outcomes: Sequence[Outcome] = tuple(Outcome)
) -> int:
    """Count a source's documents that were received since then and became one of these."""
    mine = (intake_messages.c.source_id == source.id) & (intake_messages.c.received_at > since)
    wanted = intake_messages.c.outcome.in_([outcome.value for outcome in outcomes])
    return (await connection.execute(select(func.count()).where(mine, wanted))).scalar_one()


async def keep(
    connection: AsyncConnection,
    source: Source,
    submission: Submission,
    receipt: Receipt,
    item: str | None,
    now: datetime,
) -> int:
    """Write the row of a document, and give its number."""
    values = {
        "source_id": source.id,
        "sender": submission.sender,
        "identifier": submission.identifier,
        "sent_at": submission.sent,
        "type": submission.message_type.value,
        "status": submission.status.value,
        "refers_to": " ".join(f"{one.sender},{one.identifier}" for one in submission.references),
        "digest": digest_of(submission.document),
        "document": submission.document,
        "received_at": now,
        "outcome": receipt.outcome.value,
        "reasons": [objection.value for objection in receipt.objections],
        "item": item,
        "alert_id": receipt.alert_id,
    }
    statement = insert(intake_messages).values(values).returning(intake_messages.c.id)
    return int((await connection.execute(statement)).scalar_one())


async def note_followed(connection: AsyncConnection, earlier: Sequence[Kept], by: int) -> None:
    """Keep which document updated or cancelled these."""
    ids = [kept.id for kept in earlier]
    await connection.execute(update(intake_messages).where(intake_messages.c.id.in_(ids)).values(followed_by=by))


async def newest(connection: AsyncConnection, limit: int) -> list[Logged]:
    """List what was received, the newest first."""
    statement = (
        select(intake_messages, intake_sources.c.code, alerts.c.reference)
        .join(intake_sources, intake_sources.c.id == intake_messages.c.source_id)
        .outerjoin(alerts, alerts.c.id == intake_messages.c.alert_id)
        .order_by(intake_messages.c.id.desc())
        .limit(limit)
    )
    rows = (await connection.execute(statement)).all()
    return [Logged(row.code, row.received_at, row.type, row.status, row.reference, Kept.from_row(row)) for row in rows]


async def forget_documents(connection: AsyncConnection, before: datetime) -> None:
    """Erase the documents themselves of what was received before then; their rows stay."""
    old = (intake_messages.c.received_at < before) & intake_messages.c.document.is_not(None)
    await connection.execute(update(intake_messages).where(old).values(document=None))
