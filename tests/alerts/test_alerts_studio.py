"""The drawing process: there when needed, gone when idle, and never taken for an answer to something else."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from support.clock import DrivenClock
from support.patience import until

from alerts.pictures.board import Board, Panel
from alerts.pictures.studio import NotDrawn, Studio
from alerts.pictures.theme import ThemeName
from alerts.pictures.timeline import Lane, Stretch, Timeline

STEPS = ("LOW", "HIGH")
BOARD = Board("Now", (Panel("Scheme", "HIGH", STEPS, 2, ("Level 2 of 2",)),), "999")
CHART = Timeline(
    "Since 2006",
    (
        Lane(
            "Scheme",
            "Now HIGH",
            STEPS,
            (
                Stretch(date(2006, 8, 1), date(2006, 8, 5), 2),
                Stretch(date(2006, 8, 5), date(2017, 1, 1), 1),
                Stretch(date(2017, 1, 1), date(2021, 1, 1), 0),
                Stretch(date(2021, 1, 1), date(2026, 11, 27), 2),
            ),
        ),
    ),
    "not known here",
)


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
async def studio(clock: DrivenClock) -> AsyncIterator[Studio]:
    """A studio in which nothing was drawn yet."""
    made = Studio(clock, idle_seconds=60)
    yield made
    await made.aclose()


def lives(pid: int) -> bool:
    """Tell whether a process is there; once its end was waited for it is not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def about(pid: int | str | None, what: str) -> str:
    """Read what Linux tells of a process."""
    return Path(f"/proc/{pid}/{what}").read_text()


async def test_the_process_starts_at_need_and_ends_when_idle(studio: Studio, clock: DrivenClock) -> None:
    """Before the first picture there is none; 60 seconds after the last one it is gone; the next one starts another."""
    assert studio.process_id is None
    assert Image.open(BytesIO(await studio.board(BOARD, ThemeName.LIGHT))).format == "PNG"
    first = studio.process_id
    assert first is not None
    await clock.advance(59)
    await studio.board(BOARD, ThemeName.DARK)
    assert studio.process_id == first
    await clock.advance(59)
    assert lives(first)
    await clock.advance(1)
    await until(lambda: not lives(first), "the end of the process")
    assert studio.process_id is None
    await studio.board(BOARD, ThemeName.LIGHT)
    assert studio.process_id not in {None, first}


@LINUX
async def test_a_chart_is_drawn_there_and_matplotlib_is_imported_nowhere_else(studio: Studio) -> None:
    """The chart comes as a picture below 100 kB, and this process knows nothing of matplotlib."""
    for theme in ThemeName:
        content = await studio.chart(CHART, theme)
        assert len(content) < 100_000
        picture = Image.open(BytesIO(content))
        assert (picture.format, picture.width) == ("PNG", 1080)
    pid = studio.process_id
    assert f"matplotlib{os.sep}" in about(pid, "maps")
    assert f"matplotlib{os.sep}" not in about("self", "maps")


def test_the_whole_bot_can_be_imported_without_matplotlib() -> None:
    """A fresh process that imports everything which `run` imports has matplotlib in none of its modules."""
    code = "import sys, bot.app, bot.cli; print([name for name in sys.modules if name.startswith('matplotlib')])"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout == "[]\n"


@LINUX
async def test_the_process_gets_no_secret(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the environment it has what Python needs, and no setting of Cascade."""
    monkeypatch.setenv("CASCADE_BOT_TOKEN", "123456:secret")
    await studio.board(BOARD, ThemeName.LIGHT)
    environment = about(studio.process_id, "environ")
    assert "PYTHONPATH=" in environment
    assert "CASCADE" not in environment


async def test_what_cannot_be_drawn_is_said_and_the_process_goes_on(studio: Studio) -> None:
    """A job that the drawing refuses raises `NotDrawn` with the reason; the next one is drawn by the same process."""
    impossible = Board("Now", (Panel("Scheme", "HIGH", STEPS, 2, ("x",) * 400),), "999")
    await studio.board(BOARD, ThemeName.LIGHT)
    pid = studio.process_id
    with pytest.raises(NotDrawn, match="the drawing process refused: ValueError: "):
        await studio.board(impossible, ThemeName.LIGHT)
    await studio.board(BOARD, ThemeName.LIGHT)
    assert studio.process_id == pid


async def test_a_killed_process_fails_one_picture_at_most(studio: Studio) -> None:
    """After a kill the next picture is drawn by a new process, or refused once."""
    await studio.board(BOARD, ThemeName.LIGHT)
    pid = studio.process_id
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    try:
        await studio.board(BOARD, ThemeName.LIGHT)
    except NotDrawn:
        await studio.board(BOARD, ThemeName.LIGHT)
    assert studio.process_id not in {None, pid}


async def test_a_module_that_does_not_start_is_not_drawn(clock: DrivenClock) -> None:
    """Without a drawing process there is no picture, and nobody waits for one."""
    studio = Studio(clock, worker="alerts.pictures.nothing")
    with pytest.raises(NotDrawn, match="the drawing process failed"):
        await studio.board(BOARD, ThemeName.LIGHT)
    assert studio.process_id is None


async def test_who_gives_up_waiting_leaves_no_answer_behind(studio: Studio) -> None:
    """After a drawing was broken off the next one gets its own picture."""
    wanted = await studio.board(BOARD, ThemeName.DARK)
    broken_off = asyncio.create_task(studio.chart(CHART, ThemeName.LIGHT))
    await asyncio.sleep(0.01)
    broken_off.cancel()
    await asyncio.gather(broken_off, return_exceptions=True)
    assert await studio.board(BOARD, ThemeName.DARK) == wanted


async def test_many_at_once_each_get_their_own(studio: Studio) -> None:
    """Pictures that are asked for at the same time come in one process, and none is mixed up."""
    light, dark, again = await asyncio.gather(
        studio.board(BOARD, ThemeName.LIGHT), studio.board(BOARD, ThemeName.DARK), studio.board(BOARD, ThemeName.LIGHT)
    )
    assert light == again != dark
