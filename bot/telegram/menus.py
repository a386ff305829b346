"""Telegram's command menu, for each person exactly what they may use, in private and in groups.

Which menu somebody sees: https://core.telegram.org/bots/api#determining-list-of-commands
"""

from collections.abc import Awaitable, Iterable

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import BadRequest, Forbidden

from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.store import Store
from handlers.menu import Command, commands_for, commands_in_groups
from handlers.texts import Texts

OWN_MENUS = "own_menus"

log = structlog.get_logger(__name__)


class Menus:
    """Keeps the menus in step with the roles; `refresh` asks Telegram only where something has changed.

    Who has a menu of their own is kept in the store, since a role may be taken away while nothing runs.
    """

    def __init__(self, bot: Bot, store: Store, roster: Roster, texts: Texts) -> None:
        self._bot = bot
        self._store = store
        self._roster = roster
        self._texts = texts
        self._everybody_has_one = False
        self._shown: dict[int, Role | None] = {}
        self._kept: set[int] = set()

    async def refresh(self) -> None:
        """Bring every menu up to date; a person who has not pressed Start yet gets theirs when they have."""
        if not self._everybody_has_one:
            await self._give_everybody_one()
            self._shown = dict.fromkeys(map(int, (await self._store.fact(OWN_MENUS) or "").split()))
            self._everybody_has_one = True
        roles = {person.user_id: person.role for person in await self._roster.everybody()}
        due = {user_id: role for user_id, role in roles.items() if self._shown.get(user_id) is not role}
        lost = self._shown.keys() - roles.keys()
        await self._keep(self._shown.keys() | roles.keys())
        for user_id, role in due.items():
            if await self._reached(
                user_id, self._bot.set_my_commands(self._shown_as(commands_for(role)), _of(user_id))
            ):
                self._shown[user_id] = role
        for user_id in lost:
            if await self._reached(user_id, self._bot.delete_my_commands(_of(user_id))):
                del self._shown[user_id]

    async def _give_everybody_one(self) -> None:
        """Set the menus that go by the kind of chat: who runs a group sees there what they alone may use."""
        everybody, members = commands_for(Role.CONTACT), commands_in_groups(for_administrators=False)
        administrators = commands_in_groups(for_administrators=True)
        await self._bot.set_my_commands(self._shown_as(everybody), BotCommandScopeAllPrivateChats())
        await self._bot.set_my_commands(self._shown_as(members), BotCommandScopeAllGroupChats())
        await self._bot.set_my_commands(self._shown_as(administrators), BotCommandScopeAllChatAdministrators())

    async def _keep(self, user_ids: set[int]) -> None:
        """Note who may have a menu of their own, before they get it, so that a crash in between forgets nobody."""
        if user_ids != self._kept:
            await self._store.keep_fact(OWN_MENUS, " ".join(map(str, sorted(user_ids))))
            self._kept = user_ids

    async def _reached(self, user_id: int, call: Awaitable[bool]) -> bool:
        """Change one person's menu, and tell whether it went through; who is out of reach is tried again."""
        try:
            return await call
        except (BadRequest, Forbidden) as error:
            log.debug("menu_not_changed", user_id=user_id, reason=error.message)
            return False

    def _shown_as(self, commands: Iterable[Command]) -> list[BotCommand]:
        return [BotCommand(command.name, self._texts.plain(command.description)) for command in commands]


def _of(user_id: int) -> BotCommandScopeChat:
    return BotCommandScopeChat(user_id)
