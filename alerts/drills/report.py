"""What became of an exercise: who received each message, and who has read it. No live figure is in it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.report import DeliveryReport, read_report
from alerts.drills.drill import Drill, DrillPart
from alerts.paging import Window
from alerts.publishing.alert import Alert, Severity
from alerts.store.authority import drill_acknowledgements, drill_messages, drill_participants
from alerts.store.tables import alerts, deliveries, people, subscribers


@dataclass(frozen=True, slots=True)
class PartReport:
    """One message of an exercise.

    Attributes:
        severity: how urgent the pretended alert was, None for what tells of the exercise itself.
        acknowledged: how many participants have said that they have read it.
        slowest_seconds: how long after the sending the last of them did, None while nobody has.
        half_seconds: how long after the sending half of them had, None while nobody has.
    """

    alert: Alert
    part: DrillPart
    severity: Severity | None
    counted: DeliveryReport
    acknowledged: int
    half_seconds: float | None
    slowest_seconds: float | None


@dataclass(frozen=True, slots=True)
class DrillReport:
    """An exercise with its messages, oldest first."""

    drill: Drill
    participants: int
    parts: tuple[PartReport, ...]


@dataclass(frozen=True, slots=True)
class SilentOne:
    """A participant, and how many of the messages that were sent to them they have not said to have read."""

    chat_id: int
    name: str
    organisation: str
    unread: int


@dataclass(frozen=True, slots=True)
class Silent:
    """One page of the participants who have not read everything."""

    drill: Drill
    window: Window
    listed: tuple[SilentOne, ...]


async def read_report_of(connection: AsyncConnection, drill: Drill) -> DrillReport:
    """Count what became of an exercise."""
    count = select(func.count()).where(drill_participants.c.drill_id == drill.id)
    participants = (await connection.execute(count)).scalar_one()
    statement = (
        select(alerts, drill_messages.c.part, drill_messages.c.severity.label("played"))
        .join(drill_messages, drill_messages.c.alert_id == alerts.c.id)
        .where(drill_messages.c.drill_id == drill.id)
        .order_by(alerts.c.id)
    )
    parts = []
    for row in (await connection.execute(statement)).all():
        alert = Alert.from_row(row)
        said = await _acknowledged(connection, alert.id)
        begun = alert.sending_at or alert.created_at
        waits = [max(0.0, (moment - begun).total_seconds()) for moment in said]
        parts.append(
            PartReport(
                alert=alert,
                part=DrillPart(row.part),
                severity=Severity(row.played) if row.played else None,
                counted=await read_report(connection, alert.id),
                acknowledged=len(waits),
                half_seconds=waits[(len(waits) - 1) // 2] if waits else None,
                slowest_seconds=waits[-1] if waits else None,
            )
        )
    return DrillReport(drill, participants, tuple(parts))


async def read_silent(connection: AsyncConnection, drill: Drill, page: int, size: int) -> Silent:
    """List the participants who have not said of every message sent to them that they have read it, by chat."""
    is_unread = case((drill_acknowledgements.c.at.is_(None), 1), else_=0)
    unread = (
        select(deliveries.c.chat_id, func.sum(is_unread).label("unread"))
        .join(drill_messages, drill_messages.c.alert_id == deliveries.c.alert_id)
        .outerjoin(
            drill_acknowledgements,
            (drill_acknowledgements.c.alert_id == deliveries.c.alert_id)
            & (drill_acknowledgements.c.chat_id == deliveries.c.chat_id),
        )
        .where(drill_messages.c.drill_id == drill.id)
        .group_by(deliveries.c.chat_id)
        .having(func.sum(is_unread) > literal(0))
        .subquery()
    )
    number = (await connection.execute(select(func.count()).select_from(unread))).scalar_one()
    window = Window.at(page, total=number, size=size)
    named = (
        select(unread.c.chat_id, unread.c.unread, subscribers.c.name, subscribers.c.organisation, people.c.name)
        .select_from(
            unread.outerjoin(subscribers, subscribers.c.chat_id == unread.c.chat_id).outerjoin(
                people, people.c.user_id == unread.c.chat_id
            )
        )
        .order_by(unread.c.chat_id)
        .limit(size)
        .offset(window.start)
    )
    listed = tuple(
        SilentOne(chat_id, on_roster or on_roll or "", organisation or "", int(left))
        for chat_id, left, on_roll, organisation, on_roster in (await connection.execute(named)).all()
    )
    return Silent(drill, window, listed)


async def _acknowledged(connection: AsyncConnection, alert_id: int) -> list[datetime]:
    """Give the moments at which a message was said to have been read, earliest first."""
    said = select(drill_acknowledgements.c.at).where(drill_acknowledgements.c.alert_id == alert_id)
    return list((await connection.execute(said.order_by(drill_acknowledgements.c.at))).scalars())
