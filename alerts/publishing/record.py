"""The statements on the rows of alerts: find, write, change and move one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.errors import NotFound, Stale
from alerts.publishing.alert import MOVES, NOT_LIVE, Alert, AlertStatus, Change
from alerts.publishing.attachment import Attachment
from alerts.store.tables import alerts, uploads

IS_LIVE: ColumnElement[bool] = and_(
    alerts.c.kind.not_in([kind.value for kind in NOT_LIVE]), alerts.c.change.is_distinct_from(Change.MARK.value)
)
"""Every list of alerts has this in it: messages of exercises and self-tests stand in the same table, and so does the
marking of copies, which belongs to what took their place.
"""


async def find_alert(connection: AsyncConnection, alert_id: int) -> Alert:
    """Give a live alert: whatever can be done to one cannot be done to a message of an exercise. Raises `NotFound`."""
    return await _find(connection, alert_id, IS_LIVE)


async def find_message(connection: AsyncConnection, alert_id: int) -> Alert:
    """Give an alert, or a message of an exercise or self-test, for whoever sends or shows it. Raises `NotFound`."""
    return await _find(connection, alert_id)


async def find_alerts(connection: AsyncConnection, alert_ids: Iterable[int]) -> list[Alert]:
    """Give these alerts, the oldest first."""
    statement = select(alerts).where(alerts.c.id.in_(set(alert_ids))).order_by(alerts.c.id)
    return [Alert.from_row(row) for row in (await connection.execute(statement)).all()]


async def _find(connection: AsyncConnection, alert_id: int, *among: ColumnElement[bool]) -> Alert:
    row = (await connection.execute(select(alerts).where(alerts.c.id == alert_id, *among))).one_or_none()
    if row is None:
        raise NotFound(f"there is no alert {alert_id}")
    return Alert.from_row(row)


async def insert_alert(connection: AsyncConnection, values: dict[str, Any], *, series: str = "C") -> Alert:
    """Write a new alert with the next reference of its series and year, such as `C-2026-0007`."""
    prefix = f"{series}-{values['created_at'].year}-"
    given = select(func.count()).where(alerts.c.reference.startswith(prefix))
    number = (await connection.execute(given)).scalar_one() + 1
    entry = insert(alerts).values(reference=f"{prefix}{number:04d}", **values).returning(alerts)
    return Alert.from_row((await connection.execute(entry)).one())


async def update_alert(connection: AsyncConnection, alert_id: int, **values: Any) -> None:
    """Change columns of an alert; its status is moved by `move_alert`."""
    await connection.execute(update(alerts).where(alerts.c.id == alert_id).values(**values))


async def move_alert(
    connection: AsyncConnection, alert: Alert, status: AlertStatus, now: datetime, **values: Any
) -> None:
    """Move an alert to a status that the table of moves allows. Raises `Stale` for any other."""
    if status not in MOVES[alert.status]:
        raise Stale(f"{alert.reference} is {alert.status} and cannot become {status}")
    ended = {"finished_at": now} if status is AlertStatus.CANCELLED else {}
    await update_alert(connection, alert.id, status=status.value, **ended, **values)


def attachment_columns(attachment: Attachment | None) -> dict[str, Any]:
    """Give the columns of an attachment, or of none."""
    return {
        "attachment_kind": attachment.kind.value if attachment else None,
        "attachment_name": attachment.name if attachment else None,
        "attachment_file_id": (attachment.file_id or None) if attachment else None,
    }


async def keep_upload(connection: AsyncConnection, alert_id: int, content: bytes) -> None:
    """Keep the bytes of an attachment until Telegram has them."""
    await connection.execute(insert(uploads).values(alert_id=alert_id, content=content))
