"""A Bot API server of our own, with a chat client for people: the bot's surroundings in demo, tests and benchmarks.

It shares no code with the sender, so that it can judge it. Its two doors are described in docs/sandbox.md.
"""

import time
from collections.abc import Callable, Mapping

from bot.sandbox.api import PREFIX, BotApi, Send
from bot.sandbox.client import ClientDoor
from bot.sandbox.errors import ApiError
from bot.sandbox.forms import Receive, Scope
from bot.sandbox.rules import Limits
from bot.sandbox.server import serve
from bot.sandbox.world import World

__all__ = ["ApiError", "Limits", "Sandbox", "World", "serve"]


class Sandbox:
    """A pretended Telegram as an ASGI application.

    Args:
        clock: gives Unix seconds.
        limits: how fast bots may send.
        tokens: the bots there are, as token → first name; None lets every well-formed token in.
        listen_host: the host that the server will listen on, by which the page may be called besides localhost.

    Attributes:
        world: the state, for tests and the demo to look at and act on.
        app: the ASGI application.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        limits: Limits | None = None,
        tokens: Mapping[str, str] | None = None,
        listen_host: str = "127.0.0.1",
    ) -> None:
        self.world = World(clock=clock, limits=limits or Limits(), tokens=tokens)
        self.app = _Doors(BotApi(self.world), ClientDoor(self.world, listen_host))


class _Doors:
    """Leads each request to its door."""

    def __init__(self, bots: BotApi, people: ClientDoor) -> None:
        self._bots = bots
        self._people = people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the sandbox speaks HTTP, not {scope['type']}")
        if scope["path"].startswith(PREFIX):
            await self._bots(scope, receive, send)
        else:
            await self._people(scope, receive, send)
