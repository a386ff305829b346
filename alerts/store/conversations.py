"""The conversation that is open in a private chat, kept in the store so that a restart loses no answer."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from alerts.clock import Clock
from alerts.errors import Stale
from alerts.store.engine import Store
from alerts.store.tables import conversations


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a person stands in a conversation of several steps.

    Attributes:
        kind: which conversation, such as `subscribe`.
        step: what is being asked now.
        token: names this run of the conversation in its buttons, so that buttons of an older run are told apart.
        data: the answers so far, as JSON.
    """

    chat_id: int
    kind: str
    step: str
    token: str
    data: dict[str, Any]


class Conversations:
    """Keeps one open conversation a chat at most."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, chat_id: int) -> Conversation | None:
        """Give the chat's open conversation, None when there is none."""
        statement = select(conversations).where(conversations.c.chat_id == chat_id)
        async with self._store.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return Conversation(row.chat_id, row.kind, row.step, row.token, dict(row.data)) if row else None

    async def open(self, chat_id: int, kind: str, step: str, data: dict[str, Any]) -> Conversation:
        """Begin a conversation, in place of one that was open."""
        token = secrets.token_hex(3)
        values = {"kind": kind, "step": step, "token": token, "data": data, "updated_at": self._clock.now()}
        async with self._store.writing() as connection:
            await connection.execute(delete(conversations).where(conversations.c.chat_id == chat_id))
            await connection.execute(insert(conversations).values(chat_id=chat_id, **values))
        return Conversation(chat_id, kind, step, token, data)

    async def advance(self, conversation: Conversation, step: str, **answers: Any) -> Conversation:
        """Note answers and what is asked next.

        Raises:
            Stale: the conversation was ended or begun anew meanwhile.
        """
        data = conversation.data | answers
        mine = (conversations.c.chat_id == conversation.chat_id) & (conversations.c.token == conversation.token)
        async with self._store.writing() as connection:
            changed = await connection.execute(
                update(conversations).where(mine).values(step=step, data=data, updated_at=self._clock.now())
            )
            if not changed.rowcount:
                raise Stale("the conversation was ended meanwhile")
        return Conversation(conversation.chat_id, conversation.kind, step, conversation.token, data)

    async def end(self, chat_id: int) -> None:
        """End the chat's open conversation, if there is one."""
        async with self._store.writing() as connection:
            await connection.execute(delete(conversations).where(conversations.c.chat_id == chat_id))
