"""The command menus of a bot: by scope and language, and which of them an account sees.

Source: https://core.telegram.org/bots/api#determining-list-of-commands.
"""

from collections.abc import Iterable
from typing import Any

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.rules import (
    COMMAND_NAME,
    MAX_COMMAND_DESCRIPTION,
    MAX_COMMAND_NAME,
    MAX_COMMANDS,
    check_language_code,
)

Scope = tuple[str, int, int]
Command = dict[str, str]

_DEFAULT: Scope = ("default", 0, 0)
_WIDE = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_NARROW = ("chat", "chat_administrators", "chat_member")


class Menus:
    """All menus of one bot. An empty list is no menu, so the next wider scope shows through."""

    def __init__(self) -> None:
        self._menus: dict[tuple[Scope, str], list[Command]] = {}

    def get(self, scope: Scope, language_code: str) -> list[Command]:
        """The menu set for exactly this scope and language, empty if none."""
        return self._menus.get((scope, language_code), [])

    def set(self, scope: Scope, language_code: str, commands: list[Command]) -> None:
        """Replace a menu; an empty list removes it."""
        if commands:
            self._menus[scope, language_code] = commands
        else:
            self._menus.pop((scope, language_code), None)

    def for_private_chat(self, chat_id: int, language_code: str) -> list[Command]:
        """What the account sees: its chat's menu, else the one for all private chats, else the default.

        In each scope the account's language goes before the menu without one.
        """
        return self._narrowest((("chat", chat_id, 0), ("all_private_chats", 0, 0), _DEFAULT), language_code)

    def for_group_chat(
        self, chat_id: int, user_id: int, language_code: str, *, is_administrator: bool
    ) -> list[Command]:
        """What an account sees in a group: its own menu there, the chat's, the one for all groups, the default.

        An administrator is asked for before each of the two in the middle.
        """
        scopes: list[Scope] = [("chat_member", chat_id, user_id)]
        if is_administrator:
            scopes.append(("chat_administrators", chat_id, 0))
        scopes.append(("chat", chat_id, 0))
        if is_administrator:
            scopes.append(("all_chat_administrators", 0, 0))
        return self._narrowest((*scopes, ("all_group_chats", 0, 0), _DEFAULT), language_code)

    def _narrowest(self, scopes: Iterable[Scope], language_code: str) -> list[Command]:
        for scope in scopes:
            for code in (language_code, ""):
                if commands := self.get(scope, code):
                    return commands
        return []


def read_scope(given: dict[str, Any] | None) -> Scope:
    """Read a BotCommandScope as (type, chat_id, user_id), with 0 where the type has none.

    Raises:
        ApiError: 400, it is none of the seven kinds or lacks a field.
    """
    if not given:
        return ("default", 0, 0)
    kind = given.get("type")
    if not isinstance(kind, str):
        raise _wrong_scope('Can\'t find field "type"' if kind is None else 'Field "type" must be of type String')
    if kind in _WIDE:
        return (kind, 0, 0)
    if kind not in _NARROW:
        raise _wrong_scope("Unsupported type specified")
    chat_id, user_id = given.get("chat_id"), given.get("user_id", 0)
    if chat_id in (None, ""):
        raise _wrong_scope("Empty chat_id specified")
    try:
        chat_id = int(str(chat_id))
    except ValueError:
        raise bad_request("chat not found") from None
    if kind != "chat_member":
        return (kind, chat_id, 0)
    if not isinstance(user_id, int) or user_id <= 0:
        raise _wrong_scope("Invalid user_id specified")
    return (kind, chat_id, user_id)


def read_commands(given: list[Any], language_code: str) -> list[Command]:
    """Check a list of BotCommand and give it back as Telegram stores it.

    Raises:
        ApiError: 400, with Telegram's words for the first thing that is wrong.
    """
    check_language_code(language_code)
    if len(given) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    return [_command(one) for one in given]


def _command(given: Any) -> Command:
    if not isinstance(given, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    name, description = _field(given, "command"), _field(given, "description")
    name = name.removeprefix("/")
    if not name:
        raise bad_request("command must be non-empty")
    if len(name) > MAX_COMMAND_NAME:
        raise bad_request(f"command length must not exceed {MAX_COMMAND_NAME}")
    if not COMMAND_NAME.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > MAX_COMMAND_DESCRIPTION:
        raise bad_request(f"command description length must not exceed {MAX_COMMAND_DESCRIPTION}")
    return {"command": name, "description": description}


def _field(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None:
        raise bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
    if not isinstance(value, str):
        raise bad_request(f'can\'t parse BotCommand: Field "{name}" must be of type String')
    return value.strip()


def _wrong_scope(what: str) -> ApiError:
    return bad_request(f"can't parse BotCommandScope: {what}")
