"""Telegram's command menu: each person sees what they may use, also after a role was granted or taken away."""

from support.patience import until
from support.person import Person
from support.talk import ask, officer
from support.town import Town

from alerts.people.rights import Role

AMIRA, DANA, OLU = 11, 13, 15
EVERYBODY = ["threat", "report", "subscribe", "sectors", "unsubscribe", "help"]
OFFICERS = ["threat", "report", "subscribe", "sectors", "unsubscribe", "compose", "level", "help"]


async def shows(person: Person, commands: list[str]) -> None:
    """Wait until a person's menu is this one."""

    async def is_this() -> bool:
        return await person.menu() == commands

    await until(is_this, f"the menu {commands}")


async def test_everybody_sees_the_commands_for_everybody_before_the_first_word(town: Town) -> None:
    """Somebody who has not written yet has the menu already, without officers' commands."""
    person = await town.person(AMIRA)
    await shows(person, EVERYBODY)


async def test_an_officer_and_an_owner_see_theirs_too(town: Town) -> None:
    """Once they have pressed Start, people with a role see what the role adds."""
    dana = await officer(town, DANA)
    await town.domain.roster.grant(OLU, Role.OWNER)
    olu = await town.person(OLU, "Olu")
    for person in (dana, olu):
        await ask(person, "/start", "Do you agree?")
    await shows(dana, OFFICERS)
    await shows(olu, OFFICERS)
    help_ = await ask(dana, "/help", "What I can do")
    assert [line[1:].split(" ")[0] for line in help_["text"].split("\n") if line.startswith("/")] == OFFICERS


async def test_the_menu_follows_grants_and_revocations_while_running(town: Town) -> None:
    """A grant adds the officers' commands within seconds, a revocation takes them away, for that person alone."""
    dana, amira = await town.person(DANA, "Dana"), await town.person(AMIRA)
    for person in (dana, amira):
        await ask(person, "/start", "Do you agree?")
    await shows(dana, EVERYBODY)
    await town.domain.roster.grant(DANA, Role.OFFICER)
    await shows(dana, OFFICERS)
    await shows(amira, EVERYBODY)
    await town.domain.roster.revoke(DANA)
    await shows(dana, EVERYBODY)


async def test_a_revocation_while_the_bot_is_stopped_reaches_the_menu_after_the_start(town: Town) -> None:
    """The bot remembers no menus over a restart, so one that it set before must not outlive the role."""
    dana = await officer(town, DANA)
    await ask(dana, "/start", "Do you agree?")
    await shows(dana, OFFICERS)
    await town.stop_bot()
    await town.domain.roster.revoke(DANA)
    await town.start_bot()
    await shows(dana, EVERYBODY)
