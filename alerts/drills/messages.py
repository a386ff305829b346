"""The statements on exercises: find one, move it, send a message of it, take the unsent ones back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.endings import finish_alerts, skip_alert
from alerts.delivery.states import DeliveryState, as_state
from alerts.drills.drill import MOVES, Drill, DrillPart, DrillStatus, DrillText
from alerts.drills.participants import participants_of, write_drill_rows
from alerts.errors import NotFound, Stale
from alerts.publishing.alert import Alert, AlertKind, AlertStatus, Severity
from alerts.publishing.checks import check_body
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.markup import read_html
from alerts.publishing.record import insert_alert, update_alert
from alerts.store.authority import drill_messages, drills
from alerts.store.tables import alerts, deliveries

SERIES = "X"
"""What the references of exercises begin with, as in `X-2026-0007`: no live alert has one like it."""

ORIGIN = "drill: "
"""The origin of an exercise's messages, before the name of the part."""

LIFE = timedelta(hours=24)
"""How long a message that tells of an end may wait for its turn."""

STOP_SPACING = timedelta(seconds=1) / 15
"""How far apart the rows of 'this is real' come due: every other turn at the free rate, the others are the alert's."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a message is in its exercise, and where that stands now."""

    part: DrillPart
    status: DrillStatus


async def find_drill(connection: AsyncConnection, drill_id: int) -> Drill:
    """Give an exercise. Raises `NotFound`."""
    row = (await connection.execute(select(drills).where(drills.c.id == drill_id))).one_or_none()
    if row is None:
        raise NotFound(f"there is no exercise {drill_id}")
    return Drill.from_row(row)


async def move_drill(connection: AsyncConnection, drill: Drill, status: DrillStatus, **values: Any) -> None:
    """Move an exercise to a status that the table of moves allows. Raises `Stale` for any other."""
    if status not in MOVES[drill.status]:
        raise Stale(f"exercise {drill.id} is {drill.status} and cannot become {status}")
    await connection.execute(update(drills).where(drills.c.id == drill.id).values(status=status.value, **values))


async def send_part(
    connection: AsyncConnection, codes: CheckCodes, drill: Drill, part: DrillPart, text: DrillText, now: datetime
) -> tuple[Alert, int]:
    """Write a message of an exercise, its check code and its rows, and give it with their number.

    It goes in the lowest lane whatever is pretended in it, so that every live alert overtakes it. That something real
    has happened goes in the highest, as `_write_rows_of_stop` says.
    """
    lane_of = Severity.CRITICAL if part is DrillPart.REAL else Severity.INFORMATION
    values = {
        "kind": AlertKind.DRILL.value,
        "status": AlertStatus.SENDING.value,
        "severity": lane_of.value,
        "headline": text.headline,
        "body": check_body(read_html(text.body)),
        "expires_at": max(drill.ends_at, now + LIFE),
        "origin": f"{ORIGIN}{part}",
        "created_at": now,
        "sending_at": now,
    }
    alert = await insert_alert(connection, values, series=SERIES)
    severity = text.severity.value if text.severity else None
    about = {"alert_id": alert.id, "drill_id": drill.id, "part": part.value, "severity": severity}
    await connection.execute(insert(drill_messages).values(**about))
    await codes.keep(connection, alert)
    if part is DrillPart.REAL:
        number = await _write_rows_of_stop(connection, alert.id, drill.id, now)
    else:
        number = await write_drill_rows(connection, alert.id, drill.id, lane_of.lane, now)
    await finish_alerts(connection, {alert.id}, now)
    return alert, number


async def played_of(connection: AsyncConnection, alert_id: int) -> Played:
    """Tell what a message is in its exercise. Raises `NotFound` for what is no message of one."""
    statement = (
        select(drill_messages.c.part, drills.c.status)
        .join(drills, drills.c.id == drill_messages.c.drill_id)
        .where(drill_messages.c.alert_id == alert_id)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"{alert_id} is no message of an exercise")
    return Played(DrillPart(row.part), DrillStatus(row.status))


async def take_back_unsent(connection: AsyncConnection, drill_id: int, now: datetime) -> None:
    """Stop every message of an exercise that is still being sent."""
    under_way = (
        select(alerts.c.id)
        .join(drill_messages, drill_messages.c.alert_id == alerts.c.id)
        .where(drill_messages.c.drill_id == drill_id, alerts.c.status == AlertStatus.SENDING.value)
    )
    for alert_id in (await connection.execute(under_way)).scalars().all():
        await skip_alert(connection, alert_id, "the exercise was stopped", now)
        await update_alert(connection, alert_id, status=AlertStatus.CANCELLED.value, finished_at=now)


async def _write_rows_of_stop(connection: AsyncConnection, alert_id: int, drill_id: int, now: datetime) -> int:
    """Write rows that go before and among those of the live alert that stops an exercise (docs/decisions/0032).

    A row whose moment has come is claimed before the new ones of its lane. Each gets a moment of its own, so that a
    large exercise takes every other turn and not all of them.
    """
    chats = await participants_of(connection, drill_id)
    rows = [
        {
            "alert_id": alert_id,
            "chat_id": chat_id,
            **as_state(DeliveryState.QUEUED),
            "lane": Severity.CRITICAL.lane,
            "attempts": 0,
            "uncertain_count": 0,
            "not_before": now + place * STOP_SPACING,
            "state_at": now,
        }
        for place, chat_id in enumerate(chats)
    ]
    if rows:
        await connection.execute(insert(deliveries), rows)
    return len(rows)
