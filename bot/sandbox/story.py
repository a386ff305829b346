"""What the page lets a newcomer make happen, and tells in plain sentences: the panel "What just happened"."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.errors import ApiError
from bot.sandbox.events import EventHub
from bot.sandbox.replies import as_json, number, route

log = structlog.get_logger(__name__)

_MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that can be made to happen at the press of a button.

    Attributes:
        code: its name in the address.
        title: the button's text.
        explains: one sentence that stands under the button.
        run: makes it happen, and returns when it is over.
    """

    code: str
    title: str
    explains: str
    run: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the story.

    Attributes:
        number: counts the lines from 1.
        at: when it was told, in Unix seconds.
        text: the sentence.
        account: whose chat shows it, if one does.
        peer: which of that account's chats.
    """

    number: int
    at: float
    text: str
    account: int | None
    peer: int | None


class Story:
    """The scenes there are and what has been told, of which the last 500 lines are kept.

    Args:
        events: by which the open pages hear that there is news.
        clock: gives Unix seconds.

    Attributes:
        scenes: by code, in the order of the page.
    """

    def __init__(self, events: EventHub, clock: Callable[[], float]) -> None:
        self.scenes: dict[str, Scene] = {}
        self._events = events
        self._clock = clock
        self._lines: deque[Line] = deque(maxlen=_MOST_LINES)
        self._numbers = count(1)
        self._running: dict[str, asyncio.Future[None]] = {}

    def offer(self, *scenes: Scene) -> None:
        """Put scenes on the page, behind those that are there; one of the same code takes the place of the old."""
        self.scenes.update((scene.code, scene) for scene in scenes)
        self._tell_pages()

    def tell(self, text: str, *, account: int | None = None, peer: int | None = None) -> Line:
        """Add a sentence, and let every open page know.

        Args:
            text: the sentence, plain.
            account: whose chat shows what it tells.
            peer: which of that account's chats.
        """
        line = Line(next(self._numbers), self._clock(), text, account, peer)
        self._lines.append(line)
        self._tell_pages()
        return line

    def after(self, number: int) -> list[Line]:
        """The lines that came later than the one of this number, oldest first."""
        return [line for line in self._lines if line.number > number]

    def is_running(self, code: str) -> bool:
        """Whether a scene has begun and is not over."""
        return code in self._running

    def begin(self, code: str) -> None:
        """Start a scene in the background; if it fails, a line says so.

        Raises:
            ApiError: 404, there is no such scene; 409, it is running already.
        """
        scene = self.scenes.get(code)
        if scene is None:
            raise ApiError(404, f"There is no scene {code}.")
        if self.is_running(code):
            raise ApiError(409, f"“{scene.title}” is still going on.")
        running = asyncio.ensure_future(_played(scene))
        self._running[code] = running
        running.add_done_callback(partial(self._is_over, scene))
        self._tell_pages()

    async def aclose(self) -> None:
        """Break off what is running, before that goes away on which scenes act."""
        running = list(self._running.values())
        for scene in running:
            scene.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _is_over(self, scene: Scene, running: asyncio.Future[None]) -> None:
        self._running.pop(scene.code, None)
        error = None if running.cancelled() else running.exception()
        if error is None:
            self._tell_pages()
            return
        log.error("scene_failed", scene=scene.code, exc_info=error)
        self.tell(f"“{scene.title}” did not work: {str(error).rstrip('.') or type(error).__name__}.")

    def _tell_pages(self) -> None:
        self._events.tell_all("story", {"number": self._lines[-1].number if self._lines else 0})


class StoryDoor:
    """Serves the story, and starts its scenes.

    Args:
        story: the story.
    """

    def __init__(self, story: Story) -> None:
        self._story = story

    def routes(self) -> list[Route]:
        """What it answers to."""
        return [
            route("/client/story", self._show),
            route("/client/scenes/{code}", self._begin, "POST"),
        ]

    async def _show(self, request: Request) -> Response:
        lines = self._story.after(number(request.query_params.get("after", "0"), "after"))
        scenes = [self._described(scene) for scene in self._story.scenes.values()]
        return as_json({"scenes": scenes, "lines": [asdict(line) for line in lines]})

    async def _begin(self, request: Request) -> Response:
        self._story.begin(request.path_params["code"])
        return as_json({}, 202)

    def _described(self, scene: Scene) -> dict[str, Any]:
        running = self._story.is_running(scene.code)
        return {"code": scene.code, "title": scene.title, "explains": scene.explains, "running": running}


async def _played(scene: Scene) -> None:
    await scene.run()
