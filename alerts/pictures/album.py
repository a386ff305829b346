"""What Telegram calls the pictures that it has, so that each is carried up once."""

from datetime import timedelta

from sqlalchemy import delete, insert, select

from alerts.clock import Clock
from alerts.store import Store
from alerts.store.outside import pictures

KEPT = timedelta(days=90)
"""How long a name is kept; what is still shown then is carried up once more."""


class Album:
    """The file id of each picture, by what is on it. A file id belongs to one bot and does not expire."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, key: str) -> str | None:
        """Give Telegram's name of a picture, None when it does not have it yet."""
        statement = select(pictures.c.file_id).where(pictures.c.key == key)
        async with self._store.reading() as connection:
            file_id: str | None = (await connection.execute(statement)).scalar_one_or_none()
        return file_id

    async def keep(self, key: str, file_id: str) -> None:
        """Keep Telegram's name of a picture, in the place of an earlier one."""
        async with self._store.writing() as connection:
            await connection.execute(delete(pictures).where(pictures.c.key == key))
            values = {"key": key, "file_id": file_id, "uploaded_at": self._clock.now()}
            await connection.execute(insert(pictures).values(values))

    async def forget_old(self) -> None:
        """Drop names of pictures that have most likely had their day."""
        async with self._store.writing() as connection:
            await connection.execute(delete(pictures).where(pictures.c.uploaded_at < self._clock.now() - KEPT))
