"""The fixtures of the sandbox's own tests."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import telegram
from sandbox_doors import BOT_ID, TOKEN, BotCaller, Caller, Clock, PersonCaller

from bot.sandbox import Sandbox, serve
from bot.sandbox.chats import Chat


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until the test moves it."""
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    """A sandbox with two bots."""
    return Sandbox(clock=clock, tokens={TOKEN: "Cascade", "77:another-token": "Other"})


@pytest.fixture
def http(sandbox: Sandbox) -> Caller:
    """Calls without a network."""
    return Caller(sandbox.app)


@pytest.fixture
def bot(http: Caller) -> BotCaller:
    """Calls of the first bot."""
    return BotCaller(http)


@pytest.fixture
def ann(sandbox: Sandbox) -> Chat:
    """The chat of an account that has started the bot, with nothing waiting for the bot."""
    account = sandbox.world.add_account(first_name="Ann", last_name="Other", username="ann_other", id=1001)
    chat = sandbox.world.chat(account.id, BOT_ID)
    sandbox.world.say(chat, "/start")
    chat.bot.updates.clear()
    return chat


@pytest.fixture
def people(http: Caller) -> PersonCaller:
    """Calls of the page."""
    return PersonCaller(http)


@pytest.fixture
async def address(sandbox: Sandbox) -> AsyncIterator[str]:
    """The sandbox on a port."""
    async with serve(sandbox.app) as base:
        yield base


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that is no bot."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def ptb(address: str) -> AsyncIterator[telegram.Bot]:
    """The library's bot, as anybody would build it."""
    bot = telegram.Bot(TOKEN, base_url=f"{address}/bot", base_file_url=f"{address}/file/bot")
    async with bot:
        yield bot
