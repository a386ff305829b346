"""A database that commits and is lost before it says so, as only a server over a network can be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.errors import StoreError
from alerts.store import Store


class DeafStore(Store):
    """A store whose next commit is done and not heard of, once `is_deaf` is set."""

    is_deaf = False

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Write, and perhaps hear nothing of it."""
        async with super().writing() as connection:
            yield connection
        if self.is_deaf:
            self.is_deaf = False
            raise StoreError("the connection to the database was lost")
