"""Command menus, names and descriptions."""

from typing import Any

import pytest
from sandbox_doors import BotCaller

from bot.sandbox import Sandbox
from bot.sandbox.chats import Chat


def commands(*names: str) -> list[dict[str, str]]:
    """A menu."""
    return [{"command": name, "description": f"about {name}"} for name in names]


async def test_a_private_chat_sees_the_narrowest_menu(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """The chat's menu hides the one for private chats, which hides the default; the language goes first in each."""
    steps = [
        (commands("a"), {}, ""),
        (commands("b"), {}, "en"),
        (commands("c"), {"type": "all_private_chats"}, ""),
        (commands("d"), {"type": "all_private_chats"}, "en"),
        (commands("e"), {"type": "chat", "chat_id": ann.id}, ""),
        (commands("f"), {"type": "chat", "chat_id": str(ann.id)}, "en"),
    ]
    for menu, scope, language in steps:
        await bot.ok("setMyCommands", commands=menu, scope=scope, language_code=language)
        assert sandbox.world.menu(ann) == menu
        assert await bot.ok("getMyCommands", scope=scope, language_code=language) == menu
    for index in reversed(range(1, len(steps))):
        _, scope, language = steps[index]
        await bot.ok("deleteMyCommands", scope=scope, language_code=language)
        assert sandbox.world.menu(ann) == steps[index - 1][0]
    await bot.ok("setMyCommands", commands=[])
    assert sandbox.world.menu(ann) == []


async def test_menus_for_others_are_not_seen(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """Group menus, another language's and another chat's do not show in this private chat."""
    eve = sandbox.world.chat(sandbox.world.add_account(first_name="Eve").id, 4242)
    sandbox.world.say(eve, "/start")
    for scope in ("all_group_chats", "all_chat_administrators"):
        await bot.ok("setMyCommands", commands=commands("a"), scope={"type": scope})
    await bot.ok("setMyCommands", commands=commands("b"), language_code="de")
    await bot.ok("setMyCommands", commands=commands("c"), scope={"type": "chat", "chat_id": eve.id})
    assert sandbox.world.menu(ann) == []
    assert sandbox.world.menu(eve) == commands("c")


async def test_a_slash_before_a_name_is_dropped(bot: BotCaller) -> None:
    """`/help` is the command `help`."""
    await bot.ok("setMyCommands", commands=[{"command": "/help", "description": " Help "}])
    assert await bot.ok("getMyCommands") == [{"command": "help", "description": "Help"}]


async def test_commands_at_their_limits(bot: BotCaller) -> None:
    """A hundred commands with 32 characters and 256 of description pass."""
    menu = [{"command": f"{number:_<32}", "description": "x" * 256} for number in range(100)]
    await bot.ok("setMyCommands", commands=menu)
    assert await bot.refused("setMyCommands", commands=[*menu, *commands("a")]) == "Bad Request: BOT_COMMANDS_TOO_MUCH"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ({"command": "x" * 33, "description": "y"}, "command length must not exceed 32"),
        ({"command": "Help", "description": "y"}, "BOT_COMMAND_INVALID"),
        ({"command": "he-lp", "description": "y"}, "BOT_COMMAND_INVALID"),
        ({"command": "/", "description": "y"}, "command must be non-empty"),
        ({"command": "help", "description": " "}, "command description must be non-empty"),
        ({"command": "help", "description": "y" * 257}, "command description length must not exceed 256"),
        ({"command": "help"}, "can't parse BotCommand: Can't find field \"description\""),
        ({"command": 5, "description": "y"}, 'can\'t parse BotCommand: Field "command" must be of type String'),
        ("help", "can't parse BotCommand: expected an Object"),
    ],
)
async def test_commands_that_are_refused(bot: BotCaller, command: Any, reason: str) -> None:
    """What is wrong with a command is said as Telegram says it."""
    assert await bot.refused("setMyCommands", commands=[command]) == f"Bad Request: {reason}"


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        ({"type": "everywhere"}, "can't parse BotCommandScope: Unsupported type specified"),
        ({"kind": "chat"}, "can't parse BotCommandScope: Can't find field \"type\""),
        ({"type": 5}, 'can\'t parse BotCommandScope: Field "type" must be of type String'),
        ({"type": "chat"}, "can't parse BotCommandScope: Empty chat_id specified"),
        ({"type": "chat", "chat_id": 5}, "chat not found"),
        ({"type": "chat", "chat_id": "@somebody"}, "chat not found"),
        ({"type": "chat_member", "chat_id": 1001}, "can't parse BotCommandScope: Invalid user_id specified"),
        ({"type": "chat_member", "chat_id": 1001, "user_id": 5}, "can't use specified scope in private chats"),
        ({"type": "chat_administrators", "chat_id": 1001}, "can't use specified scope in private chats"),
    ],
)
@pytest.mark.usefixtures("ann")
async def test_scopes_that_are_refused(bot: BotCaller, scope: dict[str, Any], reason: str) -> None:
    """A scope has to be one of the seven, complete, and fit its chat."""
    assert await bot.refused("setMyCommands", commands=commands("a"), scope=scope) == f"Bad Request: {reason}"


async def test_language_codes(bot: BotCaller) -> None:
    """Two lower-case letters or none."""
    for code in ("eng", "E1"):
        refusal = await bot.refused("setMyCommands", commands=commands("a"), language_code=code)
        assert refusal == "Bad Request: invalid language code specified"


@pytest.mark.parametrize(
    ("noun", "field", "longest", "reason"),
    [
        ("Name", "name", 64, "BOT_TITLE_INVALID"),
        ("Description", "description", 512, "DESCRIPTION_TOO_LONG"),
        ("ShortDescription", "short_description", 120, "ABOUT_TOO_LONG"),
    ],
)
async def test_names_and_descriptions(bot: BotCaller, noun: str, field: str, longest: int, reason: str) -> None:
    """Each is kept per language, falls back to the one without, and has a longest."""
    assert await bot.ok(f"setMy{noun}", **{field: "x" * longest}) is True
    await bot.ok(f"setMy{noun}", **{field: "auf Deutsch"}, language_code="de")
    assert await bot.ok(f"getMy{noun}", language_code="de") == {field: "auf Deutsch"}
    assert await bot.ok(f"getMy{noun}", language_code="fr") == {field: "x" * longest}
    assert await bot.refused(f"setMy{noun}", **{field: "x" * (longest + 1)}) == f"Bad Request: {reason}"


async def test_a_new_name_shows(bot: BotCaller, ann: Chat) -> None:
    """SetMyName renames the bot everywhere; before it, getMyName gives the first name."""
    assert await bot.ok("getMyName") == {"name": "Cascade"}
    await bot.ok("setMyName", name="Cascade drill")
    assert (await bot.ok("getMe"))["first_name"] == "Cascade drill"
    assert ann.for_people()["title"] == "Cascade drill"
