"""/help: the commands that this person may use, each in a line."""

from alerts.people.rights import Role
from handlers.menu import commands_for
from handlers.screen import Ask, Reply
from handlers.texts import Texts, join, lines


class Help:
    """Answers /help, and whatever is no command."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    async def tell(self, ask: Ask) -> Reply:
        """List the commands."""
        return Reply.of(join(self._texts("help.title"), self._list(ask.role), self._texts("help.footer")))

    def not_understood(self, key: str, role: Role) -> Reply:
        """Say that something was not understood, and what would be; nothing of it is echoed."""
        shown = join(self._texts(key), self._list(role), self._texts("help.footer"))
        return Reply(Reply.of(shown).screens, replaces=False)

    def _list(self, role: Role) -> str:
        return lines(
            *(
                self._texts("help.command", name=command.name, what=self._texts.plain(command.description))
                for command in commands_for(role)
            )
        )
