"""Where a run takes place: the pretended Telegram with recipients in it, the bot's processes and its database."""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from chaos_bot import BOT, TOKEN, Bots
from chaos_verdict import Row
from chaos_watch import Watch
from sqlalchemy import insert

from alerts.clock import SystemClock
from alerts.store import Store
from alerts.store.tables import subscriber_sectors, subscribers
from bot.sandbox import Limits, Sandbox, serve

HEADLINE = "Suspicious vehicle at the east gate"
BODY = "Police are dealing with an incident. Keep staff and visitors inside until told otherwise."
LOOK_SECONDS = 0.02
REST_SECONDS = 0.3
"""How often the end is looked for, which reads the bot's database."""

BOUND_SECONDS = 90.0
"""When a run that is not over is given up."""


@dataclass
class Stage:
    """Everything that a run acts on.

    Attributes:
        sandbox: the pretended Telegram.
        watch: what stands before it.
        bots: the processes of the bot.
        http: the way to the sandbox's doors.
        chats: the recipients.
    """

    sandbox: Sandbox
    watch: Watch
    bots: Bots
    http: aiohttp.ClientSession
    chats: list[int] = field(default_factory=list)

    async def people(self, number: int) -> None:
        """Let so many people press Start, before the bot runs."""
        await self.ask("GET", f"/bot{TOKEN}/getMe")
        made = await self.ask("POST", "/control/accounts", {"count": number, "start": True})
        self.chats = list(range(made["first_id"], made["last_id"] + 1))

    async def block(self, chats: frozenset[int]) -> None:
        """Let people block the bot, which does not learn of it."""
        for chat_id in chats:
            await self.ask("POST", f"/client/accounts/{chat_id}/chats/{BOT}/block")
        await self.ask("POST", f"/bot{TOKEN}/deleteWebhook", {"drop_pending_updates": True})

    async def subscribe(self) -> None:
        """Subscribe everybody to one sector, in the database that the bot has made."""
        store, now = Store(f"sqlite+aiosqlite:///{self.bots.database}"), SystemClock().now()
        common = {"kind": "private", "status": "active", "consented_at": now, "since": now, "updated_at": now}
        sectors = [{"chat_id": chat_id, "sector": "aviation"} for chat_id in self.chats]
        try:
            async with store.writing() as connection:
                await connection.execute(insert(subscribers), [{"chat_id": one, **common} for one in self.chats])
                await connection.execute(insert(subscriber_sectors), sectors)
        finally:
            await store.close()

    async def send(self, severity: str) -> int:
        """Send the alert to everybody by the command line, and give its number."""
        self.bots.write("body.txt", BODY)
        words = ("--headline", HEADLINE, "--file", "body.txt", "--severity", severity, "--yes")
        return int(await self.bots.cascade("alert", "send", *words))

    async def report(self, alert: int) -> dict[str, Any]:
        """Ask the command line what has become of the alert."""
        document: dict[str, Any] = json.loads(await self.bots.cascade("alert", "report", str(alert), "--json"))
        return document

    def is_over(self) -> bool:
        """Tell whether the alert has come to its end."""
        return bool(read(self.bots.database, "SELECT status <> 'sending' FROM alerts")[0][0])

    def rows(self) -> list[Row]:
        """Give the deliveries as they stand."""
        columns = "chat_id, state, uncertain_count, message_id, reason"
        return [Row(*row) for row in read(self.bots.database, f"SELECT {columns} FROM deliveries")]  # noqa: S608

    def suspended(self) -> frozenset[int]:
        """Name the subscriptions that are not active."""
        return frozenset(
            row[0] for row in read(self.bots.database, "SELECT chat_id FROM subscribers WHERE status <> 'active'")
        )

    def stored(self) -> dict[int, list[int]]:
        """Give the ids of the alert's messages in each recipient's chat."""
        found: dict[int, list[int]] = {}
        for chat_id in self.chats:
            messages = self.sandbox.world.chat(chat_id, BOT).messages.values()
            found[chat_id] = [one.message_id for one in messages if one.sender.is_bot and HEADLINE in (one.text or "")]
        return found

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Make a request to one of the sandbox's doors.

        Raises:
            RuntimeError: it was refused.
        """
        async with self.http.request(method, path, json=body) as answer:
            if not answer.ok:
                raise RuntimeError(f"{path}: {await answer.text()}")
            return await answer.json()


@asynccontextmanager
async def stage_in(folder: Path, rate: int) -> AsyncIterator[Stage]:
    """Build a stage; no process is left when the caller leaves.

    Args:
        folder: an empty one, in which the bot runs.
        rate: messages a second, of the bot and of the sandbox's limit.
    """
    sandbox = Sandbox(tokens={TOKEN: "Cascade"}, limits=Limits(bot_per_second=rate))
    watch = Watch(sandbox.app)
    async with serve(watch) as address, aiohttp.ClientSession(address) as http:
        bots = Bots(folder, address, rate)
        try:
            yield Stage(sandbox, watch, bots, http)
        finally:
            await bots.end()


async def until(look: Callable[[], bool], *, rest: float = LOOK_SECONDS, bound: float = BOUND_SECONDS) -> bool:
    """Wait until something is true, and tell whether it came true within so many seconds."""
    end = time.monotonic() + bound
    while not (is_true := look()) and time.monotonic() < end:  # noqa: ASYNC110 - another process makes it true
        await asyncio.sleep(rest)
    return is_true


def read(database: Path, statement: str) -> list[tuple[Any, ...]]:
    """Read from a file of the bot's, in a connection of its own."""
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        return connection.execute(statement).fetchall()
