from zoneinfo import ZoneInfo

import pytest
from support.record import TRAIL
from telegram_line import BOT

from alerts.people.rights import Role
from alerts.people.roster import Roster
from bot.telegram.menus import Menus
from handlers.texts import Texts

CONTACTS = ["threat", "history", "alerts", "report", "verify", "subscribe", "sectors", "unsubscribe", "help"]
OFFICERS = [
    "threat",
    "history",
    "alerts",
    "report",
    "verify",
    "subscribe",
    "sectors",
    "unsubscribe",
    "compose",
    "drafts",
    "templates",
    "schedule",
    "level",
    "vet",
    "drill",
    "hold",
    "contacts",
    "help",
]
OWNERS = [*OFFICERS[:-1], "people", "invite", "audit", "help"]
IN_GROUPS = ["threat", "history", "alerts", "report", "verify", "help"]
ADMINISTRATORS = ["threat", "history", "alerts", "report", "verify", "subscribe", "sectors", "unsubscribe", "help"]
DANA, AMIRA = 7001, 1001


@pytest.fixture
def roster(store, clock, directory) -> Roster:
    """Who has a role."""
    return Roster(store, clock, TRAIL, directory)


@pytest.fixture
def menus(bot, store, roster) -> Menus:
    """The keeper of the menus, at the sandbox."""
    return Menus(bot, store, roster, Texts(ZoneInfo("Europe/London")))


@pytest.fixture
def menu(sandbox):
    """Tells the commands that an account sees, for accounts that have pressed Start."""
    for account in (DANA, AMIRA):
        sandbox.world.add_account(id=account, first_name="Dana")
        sandbox.world.say(sandbox.world.chat(account, BOT), "/start")
    return lambda account: [one["command"] for one in sandbox.world.menu(sandbox.world.chat(account, BOT))]


def calls(sandbox) -> list[str]:
    """Name the methods that the bot has called."""
    return [call["method"] for call in sandbox.world.journal.after(0)]


async def test_each_person_sees_what_they_may_use(menus, menu, roster):
    """Everybody has the contacts' menu, an officer their own, and after the role is gone the contacts' again."""
    await roster.grant(DANA, Role.OFFICER)
    await menus.refresh()
    assert (menu(AMIRA), menu(DANA)) == (CONTACTS, OFFICERS)
    await roster.revoke(DANA)
    await menus.refresh()
    assert (menu(AMIRA), menu(DANA)) == (CONTACTS, CONTACTS)
    await roster.grant(DANA, Role.OFFICER)
    await menus.refresh()
    assert menu(DANA) == OFFICERS


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_in_a_group_the_menu_goes_by_who_runs_it(menus, menu, roster, sandbox, kind):
    """Members see what everybody may ask, administrators the subscribing too; an officer's role adds nothing there."""
    world = sandbox.world
    group = world.add_group(title="Plant", kind=kind, creator=DANA)
    world.add_member(group, AMIRA)
    world.add_bot(group, BOT)
    await roster.grant(DANA, Role.OFFICER)
    await roster.grant(AMIRA, Role.OFFICER)
    await menus.refresh()

    def in_group(account: int) -> list[str]:
        return [one["command"] for one in world.menu(world.chat(account, group.id))]

    assert (in_group(DANA), in_group(AMIRA)) == (ADMINISTRATORS, IN_GROUPS)
    world.promote(group, AMIRA)
    assert in_group(AMIRA) == ADMINISTRATORS
    assert (menu(DANA), menu(AMIRA)) == (OFFICERS, OFFICERS)


async def test_telegram_is_asked_only_when_something_has_changed(menus, menu, roster, sandbox):
    """Looking again costs no request."""
    await roster.grant(DANA, Role.OFFICER)
    await menus.refresh()
    before = calls(sandbox)
    await menus.refresh()
    assert calls(sandbox) == before == ["setMyCommands"] * 4


async def test_an_officer_who_has_not_pressed_start_gets_the_menu_when_they_have(menus, menu, roster, sandbox):
    """A person out of reach keeps nobody else from their menu."""
    sandbox.world.add_account(id=6001, first_name="Eve")
    await roster.grant(6001, Role.OFFICER)
    await roster.grant(DANA, Role.OWNER)
    await menus.refresh()
    assert menu(DANA) == OWNERS
    sandbox.world.say(sandbox.world.chat(6001, BOT), "/start")
    assert menu(6001) == CONTACTS
    await menus.refresh()
    assert menu(6001) == OFFICERS


async def test_a_role_that_was_taken_while_nothing_ran_takes_the_menu_too(menus, bot, menu, roster, store):
    """The next process knows who had a menu of their own."""
    await roster.grant(DANA, Role.OFFICER)
    await menus.refresh()
    await roster.revoke(DANA)
    await Menus(bot, store, roster, Texts(ZoneInfo("Europe/London"))).refresh()
    assert menu(DANA) == CONTACTS
