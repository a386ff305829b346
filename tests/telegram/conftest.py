"""Fixtures of the Telegram side: a raw server in Telegram's place, and our connections to it."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import uvloop
from telegram.ext import ExtBot
from telegram_line import Line, bot_at

from bot.sandbox import Limits, Sandbox, serve
from bot.telegram.request import AiohttpRequest


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run what is marked `both_loops` on uvloop as well, as Cascade does wherever there is one."""
    loops = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return loops if item.get_closest_marker("both_loops") else {"asyncio": asyncio.new_event_loop}


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """A raw server in Telegram's place."""
    async with Line().open() as opened:
        yield opened


@pytest.fixture
async def connections() -> AsyncIterator[AiohttpRequest]:
    """Our pool of connections, patient enough for a machine that has much to do."""
    async with AiohttpRequest(connections=2) as opened:
        yield opened


@pytest.fixture
async def hasty() -> AsyncIterator[AiohttpRequest]:
    """A pool that waits a fifth of a second for an answer, for tests in which none comes."""
    async with AiohttpRequest(connections=2, answer_seconds=0.2) as opened:
        yield opened


@pytest.fixture
def sandbox() -> Sandbox:
    """A pretended Telegram."""
    return Sandbox(tokens={"123456:token-of-the-tests-AAAAAAAAAAAAAAAA": "Cascade"}, limits=Limits())


@pytest.fixture
async def sandbox_address(sandbox: Sandbox) -> AsyncIterator[str]:
    """Where the pretended Telegram listens."""
    async with serve(sandbox.app) as address:
        yield address


@pytest.fixture
async def bot(sandbox_address: str) -> AsyncIterator[ExtBot[None]]:
    """The library's bot at the pretended Telegram."""
    async with bot_at(sandbox_address) as opened:
        yield opened
