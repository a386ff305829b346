"""The demo: the bot, the sandbox and a few people on one machine; it ignores its surroundings and keeps nothing."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from alerts.clock import SystemClock
from alerts.people.rights import Role
from alerts.store.migrate import claim_purpose, migrate
from alerts.subscribers.roll import Profile
from bot.app import Domain, build_domain, running
from bot.sandbox import Sandbox, World, serve
from bot.settings import Settings

DEMO_TOKEN = "700000001:demo-token-of-the-sandbox-only"  # noqa: S105 - it opens the sandbox of this process alone
OFFICER, CONTACT, OTHER_CONTACT, OWNER = 501, 101, 102, 601
FEED_SEEN_AT = datetime(2026, 4, 30, 5, 9, 17, tzinfo=UTC)
"""When the two levels below were captured from MI5's feed; so long ago that the demo shows what 'out of date' means."""


class DemoSettings(Settings):
    """Settings that come from the demo alone."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings' signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing from the environment."""
        return (init_settings,)


@asynccontextmanager
async def demo_running(port: int) -> AsyncIterator[str]:
    """Run the demo while the caller is inside.

    Yields:
        The address of the page.

    Raises:
        OSError: the port is taken.
    """
    sandbox = Sandbox(tokens={DEMO_TOKEN: "Cascade"})
    with tempfile.TemporaryDirectory(prefix="cascade-demo-") as folder:
        async with serve(sandbox.app, port=port) as address:
            settings = DemoSettings(
                bot_token=SecretStr(DEMO_TOKEN),
                api_url=address,
                database_url=f"sqlite+aiosqlite:///{folder}/demo.db",
                data_dir=Path(__file__).parent / "data",
                operator="the Cascade demo",
                operator_contact="privacy@cascade.example",
            )
            wake = asyncio.Event()
            domain = build_domain(settings, SystemClock(), wake)
            try:
                await _furnish(domain, sandbox.world)
                async with running(settings, domain, wake):
                    yield address
            finally:
                await domain.store.close()


async def _furnish(domain: Domain, world: World) -> None:
    """Put people into the sandbox, one subscription, one officer and the last captured levels into the store."""
    await migrate(domain.store)
    await claim_purpose(domain.store, "demo")
    world.add_account(id=CONTACT, first_name="Amira", last_name="Khan", note="contact")
    world.add_account(id=OTHER_CONTACT, first_name="Ben", last_name="Hughes", note="contact, finance")
    world.add_account(id=OFFICER, first_name="Dana", last_name="Reid", note="duty officer")
    world.add_account(id=OWNER, first_name="Olu", last_name="Adeyemi", note="owner")
    await domain.roster.grant(OWNER, Role.OWNER, name="Olu Adeyemi")
    await domain.roster.grant(OFFICER, Role.OFFICER, name="Dana Reid", by=OWNER)
    ben = Profile("Ben Hughes", "Hughes & Daughters Bank", "Security manager", ("financial-services",))
    await domain.roll.subscribe(OTHER_CONTACT, "private", ben)
    bot = world.bot_for(DEMO_TOKEN)
    for account in (OTHER_CONTACT, OFFICER):
        world.say(world.chat(account, bot.id), "/help" if account == OFFICER else "/start")
    for scheme, level, since in (
        ("uk-national", "SEVERE", date(2026, 4, 30)),
        ("uk-northern-ireland", "SUBSTANTIAL", date(2024, 3, 6)),
    ):
        proposal = await domain.register.propose(scheme, level, since=since)
        await domain.register.record(proposal, source="capture of MI5's feed", seen_at=FEED_SEEN_AT)
