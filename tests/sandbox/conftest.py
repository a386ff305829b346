"""The fixtures of the sandbox's own tests."""

import pytest
from sandbox_doors import BOT_ID, TOKEN, BotCaller, Caller, Clock, PersonCaller

from bot.sandbox import Sandbox
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
