"""The table of commands: what each is called, who may use it, and the sentence that tells what it does."""

from dataclasses import dataclass

from alerts.people.rights import Right, Role, may
from handlers.groups import RIGHTS_HERE


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the chat.

    Attributes:
        right: what a person needs to use it.
        is_listed: whether it stands in the menu; a second name for another command does not.
        writes: it notes something down, though everybody may use it, and so waits its turn like what changes something.
    """

    name: str
    right: Right
    is_listed: bool = True
    writes: bool = False

    @property
    def description(self) -> str:
        """Key of the sentence in the catalogue."""
        return f"command.{self.name}"


COMMANDS = (
    Command("threat", Right.READ),
    Command("history", Right.READ),
    Command("alerts", Right.READ),
    Command("report", Right.READ),
    Command("verify", Right.READ, writes=True),
    Command("start", Right.SUBSCRIBE, is_listed=False),
    Command("subscribe", Right.SUBSCRIBE),
    Command("sectors", Right.SUBSCRIBE),
    Command("unsubscribe", Right.SUBSCRIBE),
    Command("compose", Right.SEND_ALERTS),
    Command("drafts", Right.SEE_ALERTS),
    Command("templates", Right.SEND_ALERTS),
    Command("schedule", Right.SEE_ALERTS),
    Command("level", Right.SET_LEVEL),
    Command("vet", Right.VET),
    Command("drill", Right.DRILL),
    Command("hold", Right.HOLD),
    Command("contacts", Right.SEE_CONTACTS),
    Command("people", Right.MANAGE_PEOPLE),
    Command("invite", Right.MANAGE_PEOPLE),
    Command("audit", Right.AUDIT),
    Command("help", Right.READ),
)


def commands_for(role: Role) -> tuple[Command, ...]:
    """Give the commands that belong in the menu of a role."""
    return tuple(command for command in COMMANDS if command.is_listed and may(role, command.right))


def commands_in_groups(*, for_administrators: bool) -> tuple[Command, ...]:
    """Give the commands that belong in the menu of a group: who runs it subscribes it, everybody may ask."""
    rights = RIGHTS_HERE if for_administrators else frozenset({Right.READ})
    return tuple(command for command in COMMANDS if command.is_listed and command.right in rights)
