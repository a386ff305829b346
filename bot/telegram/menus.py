"""Telegram's command menu, for each person exactly what they may use."""

import structlog
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import BadRequest, Forbidden

from alerts.people.rights import Role
from alerts.people.roster import Roster
from handlers.menu import commands_for
from handlers.texts import Texts

log = structlog.get_logger(__name__)


class Menus:
    """Keeps the menus in step with the roles; `refresh` asks Telegram only where something has changed."""

    def __init__(self, bot: Bot, roster: Roster, texts: Texts) -> None:
        self._bot = bot
        self._roster = roster
        self._texts = texts
        self._everybody_has_one = False
        self._shown: dict[int, Role] = {}

    async def refresh(self) -> None:
        """Bring every menu up to date; a person who has not pressed Start yet gets theirs when they have."""
        if not self._everybody_has_one:
            await self._bot.set_my_commands(self._commands(Role.CONTACT), BotCommandScopeAllPrivateChats())
            self._everybody_has_one = True
        roles = {person.user_id: person.role for person in await self._roster.everybody()}
        for user_id, role in roles.items():
            if self._shown.get(user_id) is not role:
                await self._show(user_id, role)
        for user_id in self._shown.keys() - roles.keys():
            await self._bot.delete_my_commands(BotCommandScopeChat(user_id))
            del self._shown[user_id]

    async def _show(self, user_id: int, role: Role) -> None:
        try:
            await self._bot.set_my_commands(self._commands(role), BotCommandScopeChat(user_id))
        except (BadRequest, Forbidden) as error:
            log.debug("menu_not_set", user_id=user_id, reason=error.message)
        else:
            self._shown[user_id] = role

    def _commands(self, role: Role) -> list[BotCommand]:
        return [BotCommand(command.name, self._texts.plain(command.description)) for command in commands_for(role)]
