"""Updates are stored before they are confirmed, handled in order within a chat, and survive a crash."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import delete, insert, select, update
from telegram import Bot, Update

from alerts.clock import Clock
from alerts.errors import StoreError
from alerts.store import Store
from alerts.store.tables import inbox

REMEMBER = timedelta(hours=24)
"""How long the id of a handled update is kept: Telegram repeats an update for 24 hours at most."""

PAUSE_SECONDS = (1.0, 5.0, 15.0, 60.0)
"""How long an update waits that met trouble with the database; then the next start takes it up."""

TRIES = 3
"""How often an update is begun before it is given up, so that one that kills the process cannot do so for ever."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """An update that waits to be handled; `key` is the chat within which order is kept."""

    update_id: int
    key: int
    payload: dict[str, Any]


class Inbox:
    """The stored updates."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._given: set[int] = set()

    async def keep(self, payloads: Sequence[dict[str, Any]]) -> list[Stored]:
        """Store updates and give those that nobody handles yet.

        Besides new ones that is what PostgreSQL stored and could not say so, since the connection was lost just then.
        """
        if not payloads:
            return []
        now = self._clock.now()
        ids = [payload["update_id"] for payload in payloads]
        async with self._store.writing() as connection:
            here = select(inbox.c.update_id, inbox.c.done_at).where(inbox.c.update_id.in_(ids))
            is_done = {row.update_id: row.done_at is not None for row in (await connection.execute(here)).all()}
            mine = {
                payload["update_id"]: payload
                for payload in payloads
                if payload["update_id"] not in self._given and not is_done.get(payload["update_id"])
            }
            rows = [
                {"update_id": update_id, "payload": orjson.dumps(payload).decode(), "received_at": now}
                for update_id, payload in mine.items()
                if update_id not in is_done
            ]
            if rows:
                await connection.execute(insert(inbox), rows)
        self._given |= mine.keys()
        return [Stored(update_id, _key(payload), payload) for update_id, payload in mine.items()]

    async def left_over(self) -> list[Stored]:
        """Give what an earlier process stored and did not finish; what was begun too often is given up."""
        unfinished = select(inbox).where(inbox.c.done_at.is_(None)).order_by(inbox.c.update_id)
        async with self._store.writing() as connection:
            rows = (await connection.execute(unfinished)).all()
            hopeless = [row.update_id for row in rows if row.attempts >= TRIES]
            await connection.execute(
                update(inbox).where(inbox.c.update_id.in_(hopeless)).values(done_at=self._clock.now(), payload=None)
            )
        if hopeless:
            log.error("updates_given_up", count=len(hopeless))
        kept = [(row.update_id, orjson.loads(row.payload)) for row in rows if row.update_id not in hopeless]
        self._given |= {update_id for update_id, _ in kept}
        return [Stored(update_id, _key(payload), payload) for update_id, payload in kept]

    async def begin(self, update_id: int) -> None:
        """Count that an update is being handled."""
        async with self._store.writing() as connection:
            await connection.execute(
                update(inbox).where(inbox.c.update_id == update_id).values(attempts=inbox.c.attempts + 1)
            )

    async def finish(self, update_id: int) -> None:
        """Erase what an update said; only its id stays, against repetition."""
        async with self._store.writing() as connection:
            await connection.execute(
                update(inbox).where(inbox.c.update_id == update_id).values(done_at=self._clock.now(), payload=None)
            )
        self._given.discard(update_id)

    async def forget_old(self) -> None:
        """Drop ids that Telegram cannot repeat any more."""
        async with self._store.writing() as connection:
            await connection.execute(delete(inbox).where(inbox.c.done_at < self._clock.now() - REMEMBER))


class Reception:
    """Hands updates to the handlers: one at a time within a chat, many chats at once.

    Args:
        inbox: where updates are stored.
        bot: gives the updates their shape.
        handle: handles one update; its errors are its own to tell the person, but a `StoreError` asks for a repetition.
        only_reads: tells whether an update is answered without writing.
        clock: the source of time.
    """

    def __init__(
        self,
        inbox: Inbox,
        bot: Bot,
        handle: Callable[[Update], Awaitable[None]],
        only_reads: Callable[[Update], bool],
        clock: Clock,
    ) -> None:
        self._inbox = inbox
        self._clock = clock
        self._bot = bot
        self._handle = handle
        self._only_reads = only_reads
        self._early: set[int] = set()
        self._waiting: dict[int, list[Stored]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_draining = False

    async def resume(self) -> None:
        """Take up what an earlier process left."""
        self._admit(await self._inbox.left_over())

    async def receive(self, payloads: Sequence[dict[str, Any]]) -> None:
        """Store updates, so that they may be confirmed, and begin to handle them."""
        self._admit(await self._inbox.keep(payloads))

    def answer_readers(self, payloads: Sequence[dict[str, Any]]) -> None:
        """Answer at once, though they cannot be stored yet, who wants nothing but to read.

        Nothing is lost by it: the updates are not confirmed, so after a crash Telegram gives them again.
        """
        for payload in payloads:
            update_id = payload["update_id"]
            if self._is_draining or update_id in self._early or not self._only_reads(self._update(payload)):
                continue
            self._early.add(update_id)
            self._start(self._answer(Stored(update_id, 0, payload)))

    async def _answer(self, stored: Stored) -> None:
        await self._is_handled(stored)

    async def drain(self, seconds: float) -> None:
        """Wait for what is being handled; the rest, and what still comes in, is taken up at the next start."""
        self._is_draining = True
        self._waiting = {key: [] for key in self._waiting}
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _admit(self, updates: Sequence[Stored]) -> None:
        if self._is_draining:
            return
        for stored in updates:
            if stored.key in self._waiting:
                self._waiting[stored.key].append(stored)
                continue
            self._waiting[stored.key] = [stored]
            self._start(self._serve(stored.key))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, key: int) -> None:
        """Handle a chat's updates until none waits."""
        try:
            while self._waiting[key]:
                stored = self._waiting[key].pop(0)
                await self._handle_one(stored)
        finally:
            del self._waiting[key]

    async def _handle_one(self, stored: Stored) -> None:
        """Handle an update that is stored; who only reads does not wait until it is noted that it was begun."""
        counted = asyncio.create_task(self._count(stored.update_id))
        if not self._only_reads(self._update(stored.payload)):
            await counted
        is_answered = stored.update_id in self._early or await self._is_handled(stored)
        await counted
        if not is_answered:
            return
        self._early.discard(stored.update_id)
        try:
            await self._inbox.finish(stored.update_id)
        except Exception:
            log.exception("update_not_finished", update_id=stored.update_id)

    async def _count(self, update_id: int) -> None:
        try:
            await self._inbox.begin(update_id)
        except Exception:
            log.exception("update_not_counted", update_id=update_id)

    def _update(self, payload: dict[str, Any]) -> Update:
        return Update.de_json(payload, self._bot)

    async def _is_handled(self, stored: Stored) -> bool:
        """Handle one update, and again after a pause when the database is what is in the way.

        Returns:
            Whether it is done with; if not, the next start takes it up.
        """
        for pause_seconds in (*PAUSE_SECONDS, None):
            try:
                await self._handle(self._update(stored.payload))
            except StoreError as error:
                log.error("update_meets_database_trouble", update_id=stored.update_id, error=str(error))  # noqa: TRY400 - the sentence says it all
                if pause_seconds is None:
                    return False
                await self._clock.sleep(pause_seconds)
            except Exception:
                log.exception("update_not_handled", update_id=stored.update_id)
                break
            else:
                break
        return True


def _key(payload: dict[str, Any]) -> int:
    """Name the chat of an update, or the person where there is none: order is kept within it."""
    for content in payload.values():
        if isinstance(content, dict):
            message = content.get("message") or content
            place = message.get("chat") or content.get("from") or {}
            if "id" in place:
                return int(place["id"])
    return 0
