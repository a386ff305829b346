"""The bytes of attachments that Telegram does not have yet."""

from sqlalchemy import delete, select

from alerts.errors import NotFound
from alerts.publishing.record import update_alert
from alerts.store import Store
from alerts.store.tables import uploads


class Files:
    """Keeps each file until its first upload is answered."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def content(self, alert_id: int) -> bytes:
        """Give the bytes of an alert's attachment. Raises `NotFound` when none wait to be uploaded."""
        statement = select(uploads.c.content).where(uploads.c.alert_id == alert_id)
        async with self._store.reading() as connection:
            content: bytes | None = (await connection.execute(statement)).scalar_one_or_none()
        if content is None:
            raise NotFound(f"alert {alert_id} has no file that waits to be uploaded")
        return content

    async def uploaded(self, alert_id: int, file_id: str) -> None:
        """Keep Telegram's name of an alert's attachment: it goes out by that, and the bytes are needed no more."""
        async with self._store.writing() as connection:
            await update_alert(connection, alert_id, attachment_file_id=file_id)
            await connection.execute(delete(uploads).where(uploads.c.alert_id == alert_id))
