"""A whole Cascade beside a sandbox: the real bot, the real database, real HTTP between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import aiohttp
from pydantic import SecretStr
from sqlalchemy import select
from support.lossy import Lossy
from support.patience import until
from support.person import Person

from alerts.clock import SystemClock
from alerts.delivery.states import OPEN
from alerts.store.migrate import claim_purpose, migrate
from alerts.store.tables import deliveries, inbox
from bot.app import running
from bot.domain import Domain, build_domain
from bot.sandbox import Limits, Sandbox, serve
from bot.settings import DemoSettings

TOKEN = "123456:token-of-the-tests-AAAAAAAAAAAAAAAA"
BOT = 123456
QUICK = Limits(bot_per_second=2000, chat_per_second=200)


@dataclass
class Town:
    """Everything that a whole-bot test acts on.

    Attributes:
        domain: use cases over the same database as the running bot's, as the command line has them.
    """

    sandbox: Sandbox
    address: str
    settings: DemoSettings
    http: aiohttp.ClientSession
    domain: Domain
    wake: asyncio.Event
    chat_spacing_seconds: float
    people: list[Person] = field(default_factory=list)
    _bot: AsyncExitStack | None = None

    async def start_bot(self) -> None:
        """Start the bot on the town's database."""
        self._bot = AsyncExitStack()
        await self._bot.enter_async_context(
            running(self.settings, self.domain, self.wake, chat_spacing_seconds=self.chat_spacing_seconds)
        )

    async def stop_bot(self) -> None:
        """Stop the bot as SIGTERM would."""
        if self._bot is not None:
            await self._bot.aclose()
            self._bot = None

    async def person(self, account: int, first_name: str = "Amira", **names: Any) -> Person:
        """Bring a person into the town, with the bot's chat open and nothing said yet."""
        self.sandbox.world.add_account(id=account, first_name=first_name, **names)
        return await self.person_of(account)

    async def person_of(self, account: int) -> Person:
        """Sit down at an account that is there already; what was said before does not show."""
        person = Person(self.http, self.address, account, BOT)
        await self.seat(person)
        return person

    async def seat(self, person: Person) -> None:
        """Let somebody watch their chat until the town is taken down."""
        await person.listen()
        self.people.append(person)

    async def settled(self) -> None:
        """Wait until the running bot has handled everything that it was sent."""
        unfinished = select(inbox.c.update_id).where(inbox.c.done_at.is_(None))

        async def nothing_waits() -> bool:
            if len(self.sandbox.world.bots[BOT].updates):
                return False
            async with self.domain.store.reading() as connection:
                return (await connection.execute(unfinished)).first() is None

        await until(nothing_waits, "the bot to have handled every update")

    async def open_chats(self) -> list[int]:
        """Name the chat of every row that has not come to its end."""
        unsent = select(deliveries.c.chat_id).where(deliveries.c.state.in_(OPEN)).order_by(deliveries.c.id)
        async with self.domain.store.reading() as connection:
            return list((await connection.execute(unsent)).scalars())

    def calls(self, method: str) -> list[dict[str, Any]]:
        """Give the Bot API calls of one method that the sandbox has seen, oldest first."""
        return [call for call in self.sandbox.world.journal.after(0) if call["method"] == method]


@asynccontextmanager
async def town_at(
    folder: Path,
    *,
    limits: Limits = QUICK,
    rate_per_second: int = 500,
    chat_spacing_seconds: float = 0.0,
    data_dir: Path | None = None,
    database_url: str | None = None,
    line: Lossy | None = None,
    level_feed_url: str = "",
    level_confirm_by_second_reading: int = 0,
    pictures: Literal["light", "dark", "off"] = "light",
    break_glass: bool = False,
    two_person_rule: bool = True,
) -> AsyncIterator[Town]:
    """Build a town whose bot is not started yet; with a line it reaches the sandbox through that one alone."""
    sandbox = Sandbox(tokens={TOKEN: "Cascade"}, limits=limits)
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(serve(sandbox.app))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = DemoSettings(
            bot_token=SecretStr(TOKEN),
            api_url=await stack.enter_async_context(line.in_front_of(address)) if line else address,
            database_url=database_url or f"sqlite+aiosqlite:///{folder}/town.db",
            rate_per_second=rate_per_second,
            data_dir=data_dir,
            level_feed_url=level_feed_url,
            level_confirm_by_second_reading=level_confirm_by_second_reading,
            pictures=pictures,
            break_glass=break_glass,
            two_person_rule=two_person_rule,
            operator="Test hub",
            operator_contact="hub@example.org",
        )
        wake = asyncio.Event()
        domain = build_domain(settings, SystemClock(), wake)
        town = Town(sandbox, address, settings, http, domain, wake, chat_spacing_seconds)
        try:
            await migrate(domain.store)
            await claim_purpose(domain.store, "live")
            yield town
        finally:
            for person in town.people:
                await person.leave()
            await town.stop_bot()
            await domain.store.close()
