"""The demo: the bot, the sandbox and a few people on one machine; it ignores its surroundings and keeps nothing."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from alerts.clock import SystemClock
from bot.app import running
from bot.demo.cast import DEMO_TOKEN, furnish
from bot.demo.narrator import Narrator
from bot.demo.scenes import Scenes
from bot.domain import build_domain
from bot.sandbox import Sandbox, serve
from bot.settings import DemoSettings

__all__ = ["DEMO_TOKEN", "DemoSettings", "demo_running"]


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
                await furnish(domain, sandbox.world)
                sandbox.story.offer(*Scenes(sandbox, domain).all())
                async with running(settings, domain, wake):
                    narrator = Narrator(sandbox, domain)
                    telling = asyncio.create_task(narrator.run())
                    try:
                        yield address
                    finally:
                        await sandbox.story.aclose()
                        narrator.stop()
                        await telling
            finally:
                await domain.store.close()
