"""Updates, and a handler of them that a test can hold up."""

import asyncio
from typing import Any

from sqlalchemy import Row, select
from telegram import Update

from alerts.errors import StoreError
from alerts.store import Store
from alerts.store.tables import inbox


def said(update_id: int, chat: int = 1001, text: str = "hello") -> dict[str, Any]:
    """Make an update of a person who wrote a text."""
    place = {"id": chat, "type": "private", "first_name": "Amira"}
    sender = {"id": chat, "is_bot": False, "first_name": "Amira"}
    message = {"message_id": update_id, "date": 1_700_000_000, "chat": place, "from": sender, "text": text}
    return {"update_id": update_id, "message": message}


def pressed(update_id: int, chat: int = 1001, person: int = 1001) -> dict[str, Any]:
    """Make an update of a person who pressed a button in a chat."""
    message = said(1, chat)["message"]
    query = {"id": str(update_id), "chat_instance": "1", "data": "help", "message": message}
    return {
        "update_id": update_id,
        "callback_query": query | {"from": {"id": person, "is_bot": False, "first_name": "Amira"}},
    }


class Handler:
    """Handles updates by writing them down.

    Attributes:
        gates: an update whose id is here waits for its event.
        faults: an update whose id is here raises.
        troubles: how often the database stands in the way of an update.
    """

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.handled: list[int] = []
        self.texts: list[str | None] = []
        self.gates: dict[int, asyncio.Event] = {}
        self.faults: set[int] = set()
        self.troubles: dict[int, int] = {}

    async def __call__(self, update: Update) -> None:
        """Handle one update."""
        self.begun.append(update.update_id)
        if update.update_id in self.gates:
            await self.gates[update.update_id].wait()
        if self.troubles.get(update.update_id, 0):
            self.troubles[update.update_id] -= 1
            raise StoreError("the database is locked by another program")
        if update.update_id in self.faults:
            raise RuntimeError("the handler broke")
        self.handled.append(update.update_id)
        self.texts.append(update.message.text if update.message else None)


async def rows(store: Store) -> dict[int, Row[Any]]:
    """Give what the inbox holds, by update id."""
    async with store.reading() as connection:
        return {row.update_id: row for row in (await connection.execute(select(inbox))).all()}


async def all_done(store: Store) -> bool:
    """Tell whether everything in the inbox is finished."""
    return all(row.done_at is not None for row in (await rows(store)).values())
