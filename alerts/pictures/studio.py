"""Draws pictures in a process of its own, which starts at need and ends when idle (docs/decisions/0021)."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress

import structlog

from alerts.clock import Clock, sleep_or
from alerts.errors import CascadeError
from alerts.pictures.board import Board
from alerts.pictures.curve import Curve
from alerts.pictures.picture import LENGTH_BYTES, PICTURE
from alerts.pictures.theme import ThemeName
from alerts.pictures.timeline import Timeline

IDLE_SECONDS = 60.0
"""After so long without a job the process ends, and its memory is free again."""

DRAWING_SECONDS = 20.0
"""A drawing that takes longer is given up; the first chart of a machine looks through its fonts for some seconds."""

KEPT_SETTINGS = ("HOME", "LANG", "LC_ALL", "MPLCONFIGDIR", "PATH", "SYSTEMROOT", "TMPDIR", "XDG_CACHE_HOME")
"""What the process gets of our environment: no token and no secret is among it."""

WORKER = "alerts.pictures.worker"

log = structlog.get_logger(__name__)


class NotDrawn(CascadeError):
    """A picture could not be drawn: the caller sends its words alone."""


class Studio:
    """One drawing process at a time, and one job at a time in it.

    Args:
        clock: the source of time.
        idle_seconds: how long it waits for another job before it ends.
        worker: the module that draws.
    """

    def __init__(self, clock: Clock, *, idle_seconds: float = IDLE_SECONDS, worker: str = WORKER) -> None:
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._worker = worker
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._busy = asyncio.Event()
        self._idling: asyncio.Task[None] | None = None

    @property
    def process_id(self) -> int | None:
        """The process that is there now, None while there is none."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def board(self, board: Board, theme: ThemeName) -> bytes:
        """Draw a board as a PNG. Raises `NotDrawn`."""
        return await self._draw({"kind": "board", "theme": theme, "content": board.as_json()})

    async def chart(self, timeline: Timeline, theme: ThemeName) -> bytes:
        """Draw a timeline as a PNG. Raises `NotDrawn`."""
        return await self._draw({"kind": "chart", "theme": theme, "content": timeline.as_json()})

    async def curve(self, curve: Curve, theme: ThemeName) -> bytes:
        """Draw the curve of a delivery as a PNG. Raises `NotDrawn`."""
        return await self._draw({"kind": "curve", "theme": theme, "content": curve.as_json()})

    async def aclose(self) -> None:
        """End the process, if there is one."""
        async with self._turn:
            await self._end()

    async def _draw(self, job: Mapping[str, object]) -> bytes:
        async with self._turn:
            self._busy.set()
            try:
                async with asyncio.timeout(DRAWING_SECONDS):
                    mark, body = await self._exchange(json.dumps(job).encode() + b"\n")
            except (OSError, EOFError, TimeoutError) as error:
                await self._end()
                raise NotDrawn(f"the drawing process failed: {type(error).__name__}") from error
            except asyncio.CancelledError:
                await self._end()  # or the answer to this job would be taken for that of the next
                raise
            self._idle()
        if mark != PICTURE:
            raise NotDrawn(f"the drawing process refused: {body.decode(errors='replace')}")
        return body

    async def _exchange(self, line: bytes) -> tuple[bytes, bytes]:
        """Hand a job to the process, started if need be, and take its answer."""
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._start()
        if process.stdin is None or process.stdout is None:
            raise EOFError  # it was started with pipes
        process.stdin.write(line)
        await process.stdin.drain()
        head = await process.stdout.readexactly(1 + LENGTH_BYTES)
        return head[:1], await process.stdout.readexactly(int.from_bytes(head[1:], "big"))

    async def _start(self) -> Process:
        environment = {name: os.environ[name] for name in KEPT_SETTINGS if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(folder for folder in sys.path if folder)
        arguments = (sys.executable, "-P", "-m", self._worker)
        process = await asyncio.create_subprocess_exec(
            *arguments, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment
        )
        log.info("drawing_process_started", pid=process.pid)
        return process

    def _idle(self) -> None:
        """Begin to wait for the next job, from now on."""
        if self._idling is not None:
            self._idling.cancel()
        self._busy = asyncio.Event()
        self._idling = asyncio.create_task(self._end_when_idle(self._busy))

    async def _end_when_idle(self, busy: asyncio.Event) -> None:
        await sleep_or(self._clock, self._idle_seconds, busy)
        async with self._turn:
            if not busy.is_set():
                await self._end()

    async def _end(self) -> None:
        """Let the process end by closing its input; one that does not listen is killed."""
        process, self._process = self._process, None
        if self._idling is not None and self._idling is not asyncio.current_task():
            self._idling.cancel()
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(1):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        log.info("drawing_process_ended", pid=process.pid)
