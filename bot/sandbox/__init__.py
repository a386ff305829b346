"""A Bot API server of our own, with a chat client for people: the bot's surroundings in demo, tests and benchmarks.

It shares no code with the sender, so that it can judge it. Its two doors are described in docs/sandbox.md.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from bot.sandbox.api import PREFIX, BotApi, Send
from bot.sandbox.client import ClientDoor
from bot.sandbox.downloads import FILE_PREFIX, FileDoor
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import Faults
from bot.sandbox.forms import Receive, Scope
from bot.sandbox.rules import Limits
from bot.sandbox.server import serve
from bot.sandbox.story import Story
from bot.sandbox.webhooks import WAITS
from bot.sandbox.world import World

__all__ = ["ApiError", "Faults", "Limits", "Sandbox", "World", "serve"]


class Sandbox:
    """A pretended Telegram as an ASGI application.

    Args:
        clock: gives Unix seconds.
        limits: how fast bots may send.
        tokens: the bots there are, as token → first name; None lets every well-formed token in.
        listen_host: the host that the server will listen on, by which the page may be called besides localhost.
        webhook_waits: seconds between the attempts to bring an update to a webhook; the last is for all that follow.

    Attributes:
        world: the state, for tests and the demo to look at and act on.
        faults: what goes wrong on purpose; nothing at first.
        story: the scenes that the page offers and what it tells; none at first, and then the page shows no panel.
        app: the ASGI application.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        limits: Limits | None = None,
        tokens: Mapping[str, str] | None = None,
        listen_host: str = "127.0.0.1",
        webhook_waits: Sequence[float] = WAITS,
    ) -> None:
        self.world = World(clock=clock, limits=limits or Limits(), tokens=tokens)
        self.faults = Faults(clock)
        self.story = Story(self.world.events, clock)
        self.app = _Doors(
            BotApi(self.world, self.faults, webhook_waits),
            ClientDoor(self.world, self.faults, self.story, listen_host),
            FileDoor(self.world),
            self.story,
        )


class _Doors:
    """Leads each request to its door."""

    def __init__(self, bots: BotApi, people: ClientDoor, files: FileDoor, story: Story) -> None:
        self._bots = bots
        self._people = people
        self._files = files
        self._story = story

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"the sandbox speaks HTTP, not {scope['type']}")
        if scope["path"].startswith(PREFIX):
            await self._bots(scope, receive, send)
        elif scope["path"].startswith(FILE_PREFIX):
            await self._files(scope, receive, send)
        else:
            await self._people(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Deliver to webhooks from the server's start to its end, and break off the scenes that are left."""
        await receive()
        self._bots.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._story.aclose()
        await self._bots.aclose()
        await send({"type": "lifespan.shutdown.complete"})
