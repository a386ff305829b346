from zoneinfo import ZoneInfo

import pytest
from support.clock import START

from alerts.people.rights import MEANING, RIGHTS, Right, Role, may
from alerts.people.roster import Person
from handlers.help import Help
from handlers.menu import COMMANDS, commands_for
from handlers.screen import Ask
from handlers.texts import Texts

TEXTS = Texts(ZoneInfo("Europe/London"))
EVERYBODY = ["threat", "history", "alerts", "report", "verify", "subscribe", "sectors", "unsubscribe"]
MENUS = {
    Role.CONTACT: [*EVERYBODY, "help"],
    Role.AUDITOR: [*EVERYBODY, "drafts", "schedule", "contacts", "audit", "help"],
    Role.DEPUTY: [*EVERYBODY, "compose", "drafts", "templates", "schedule", "contacts", "help"],
    Role.LEAD: [*EVERYBODY, "compose", "drafts", "templates", "schedule", "vet", "contacts", "help"],
    Role.OFFICER: [
        *EVERYBODY,
        *("compose", "drafts", "templates", "schedule", "level", "vet", "drill", "hold", "contacts", "help"),
    ],
    Role.OWNER: [
        *EVERYBODY,
        *("compose", "drafts", "templates", "schedule", "level", "vet", "drill", "hold", "contacts"),
        *("people", "invite", "audit", "help"),
    ],
}


def ask_as(role: Role) -> Ask:
    """Ask something as a person of this role."""
    person = None if role is Role.CONTACT else Person(5, role, "Dana", (), None, START)
    return Ask(5, 5, "Dana", person)


def listed(html: str) -> list[str]:
    """Name the commands of an answer, each at the start of its line."""
    return [line[1:].partition(" – ")[0] for line in html.splitlines() if line.startswith("/")]


@pytest.mark.parametrize("role", Role)
def test_what_the_menu_of_a_role_holds(role: Role):
    """The menu of each role, in its order."""
    assert [command.name for command in commands_for(role)] == MENUS[role]


def test_what_each_role_may_do():
    """The table of rights in full."""
    contact = {Right.SUBSCRIBE, Right.READ}
    lead = contact | {Right.SEND_ALERTS, Right.STOP, Right.SEE_ALERTS, Right.SEE_CONTACTS}
    officers = {
        Right.APPROVE,
        Right.SCHEDULE,
        Right.SET_LEVEL,
        Right.HOLD,
        Right.WRITE_TEMPLATES,
        Right.DRILL,
        Right.VET,
    }
    assert RIGHTS[Role.CONTACT] == contact
    assert RIGHTS[Role.AUDITOR] == contact | {Right.SEE_ALERTS, Right.SEE_CONTACTS, Right.AUDIT}
    assert RIGHTS[Role.DEPUTY] == lead
    assert RIGHTS[Role.LEAD] == lead | {Right.VET}
    assert RIGHTS[Role.OFFICER] == lead | officers
    assert RIGHTS[Role.OWNER] == lead | officers | {Right.RELEASE, Right.MANAGE_PEOPLE, Right.AUDIT}
    assert MEANING.keys() == set(Right)


def test_officers_commands_are_never_for_contacts():
    """A contact may use no command that needs more than subscribing and reading, listed or not."""
    for_contacts = {command.name for command in COMMANDS if may(Role.CONTACT, command.right)}
    assert for_contacts == {*EVERYBODY, "help", "start"}
    rights = {command.name: command.right for command in COMMANDS}
    assert (rights["compose"], rights["level"]) == (Right.SEND_ALERTS, Right.SET_LEVEL)
    assert (rights["schedule"], rights["hold"]) == (Right.SEE_ALERTS, Right.HOLD)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_a_right_and_a_description(command):
    """Telegram takes it: a name in lower case, and a description of 256 characters at most."""
    assert isinstance(command.right, Right)
    assert command.name.isascii()
    assert command.name.islower()
    assert len(command.name) <= 32
    assert 1 <= len(TEXTS.plain(command.description)) <= 256


def test_no_command_stands_there_twice():
    """Each name is one command."""
    names = [command.name for command in COMMANDS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("role", Role)
async def test_help_lists_the_menu(role: Role):
    """/help lists exactly what the person's menu holds, each with its description."""
    [screen] = (await Help(TEXTS).tell(ask_as(role))).screens
    assert listed(screen.html) == MENUS[role]
    for command in commands_for(role):
        assert f"/{command.name} – {TEXTS.plain(command.description)}" in screen.html
    assert "999" in screen.html


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("key", ["text.not-understood", "command.unknown"])
def test_what_is_not_understood_is_answered_with_the_menu(role: Role, key: str):
    """A text or a command that nobody knows leads to the same list, in a message of its own."""
    reply = Help(TEXTS).not_understood(key, role)
    assert listed(reply.screens[0].html) == MENUS[role]
    assert not reply.replaces
