"""Telegram's command menu: each person sees what they may use, also after a role was granted or taken away."""

from pathlib import Path

from support.patience import until
from support.person import Person
from support.talk import ask, officer
from support.town import Town, town_at

from alerts.people.rights import Role

AMIRA, DANA, EVE, OLU = 11, 13, 14, 15
EVERYBODY = ["threat", "history", "alerts", "report", "verify", "subscribe", "sectors", "unsubscribe", "help"]
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


async def shows(person: Person, commands: list[str]) -> None:
    """Wait until a person's menu is this one."""

    async def is_this() -> bool:
        return await person.menu() == commands

    await until(is_this, f"the menu {commands}")


async def test_everybody_sees_the_commands_for_everybody_before_the_first_word(town: Town) -> None:
    """Somebody who has not written yet has the menu already, without officers' commands."""
    person = await town.person(AMIRA)
    await shows(person, EVERYBODY)


async def test_an_officer_and_an_owner_see_theirs_too(tmp_path: Path) -> None:
    """People with a role who have pressed Start see what the role adds, in the menu and in /help."""
    async with town_at(tmp_path) as town:
        dana, olu = await officer(town, DANA), await town.person(OLU, "Olu")
        await town.domain.roster.grant(OLU, Role.OWNER)
        for person in (dana, olu):
            await person.say("/help")
        await town.start_bot()
        await shows(dana, OFFICERS)
        await shows(olu, OWNERS)
        help_ = await dana.reads("What I can do")
        assert [line[1:].split(" ")[0] for line in help_["text"].split("\n") if line.startswith("/")] == OFFICERS


async def test_the_menu_follows_grants_and_revocations_while_running(tmp_path: Path) -> None:
    """A grant adds the officers' commands within seconds, a revocation takes them away, each for one person alone."""
    async with town_at(tmp_path) as town:
        dana, eve, amira = await officer(town, DANA), await town.person(EVE, "Eve"), await town.person(AMIRA)
        for person in (dana, eve, amira):
            await person.say("/help")
        await town.start_bot()
        await shows(dana, OFFICERS)
        await shows(eve, EVERYBODY)
        await town.domain.roster.revoke(DANA)
        await town.domain.roster.grant(EVE, Role.OFFICER)
        await shows(eve, OFFICERS)
        await shows(dana, EVERYBODY)
        assert await amira.menu() == EVERYBODY


async def test_an_officer_who_presses_start_later_gets_the_menu_then(tmp_path: Path) -> None:
    """Telegram has no menu for somebody who has not written yet; the officers' one comes once they have."""
    async with town_at(tmp_path) as town:
        dana = await officer(town, DANA)
        await town.start_bot()
        await shows(dana, EVERYBODY)
        await ask(dana, "/start", "Do you agree?")
        await shows(dana, OFFICERS)


async def test_a_revocation_while_the_bot_is_stopped_reaches_the_menu_after_the_start(tmp_path: Path) -> None:
    """A menu that was set before the stop does not outlive the role, also for who has blocked the bot meanwhile."""
    async with town_at(tmp_path) as town:
        dana, eve = await officer(town, DANA), await officer(town, EVE, "Eve")
        for person in (dana, eve):
            await person.say("/help")
        await town.start_bot()
        await shows(dana, OFFICERS)
        await shows(eve, OFFICERS)
        await town.stop_bot()
        await town.domain.roster.revoke(DANA)
        await town.domain.roster.revoke(EVE)
        await eve.block()
        await town.start_bot()
        await shows(dana, EVERYBODY)
