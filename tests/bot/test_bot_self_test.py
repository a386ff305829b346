"""The self-test as owners see it: the message, and what the bot says of it, when all is well and when it is not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.patience import until
from support.person import Person
from support.talk import ask, officer
from support.town import Town, town_at

from alerts.drills.selftest import SINCE
from alerts.people.rights import Role

DANA, OLA, OLU = 13, 900, 901


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with two owners and an officer, whose monthly self-test has not come yet."""
    async with town_at(tmp_path) as built:
        await built.domain.roster.grant(OLA, Role.OWNER, name="Ola Berg")
        await built.domain.roster.grant(OLU, Role.OWNER, name="Olu Adeyemi")
        await built.start_bot()
        yield built


async def owner(town: Town, account: int) -> Person:
    """Let an owner open the chat."""
    person = await town.person(account, f"Owner {account}")
    await ask(person, "/help", "What I can do")
    return person


async def come_due(town: Town) -> None:
    """Let the first of this month's self-test be due, by counting from two months ago."""
    await town.domain.store.keep_fact(SINCE, (town.domain.clock.now() - timedelta(days=60)).isoformat())


async def come_and_end(town: Town) -> None:
    """Let it be due, and look oneself until it is judged, since the bot does so every few seconds only."""
    await come_due(town)

    async def is_judged() -> bool:
        await town.domain.self_test.look()
        newest = await town.domain.self_test.newest()
        return newest is not None and newest.judged_at is not None

    await until(is_judged, "the self-test to be judged")


async def test_all_is_well(town: Town) -> None:
    """Each owner gets the message and then that it passed; an officer gets neither."""
    ola, olu, dana = await owner(town, OLA), await owner(town, OLU), await officer(town, DANA)
    await come_due(town)
    for person in (ola, olu):
        told = await person.reads("This is the bot’s own regular test.")
        assert told["text"].startswith("SELF-TEST\n")
        assert told["text"].endswith("\nSELF-TEST")
        passed = await person.reads("The self-test has passed.")
        assert "the messages for all 2 owners within " in passed["text"]
        assert "The next self-test comes 1 " in passed["text"]
    assert not any("self-test" in text.lower() for text in dana.received())


async def test_one_owner_has_blocked_the_bot(town: Town) -> None:
    """The other reads who it is, that alerts get through all the same, and what to do."""
    ola, olu = await owner(town, OLA), await owner(town, OLU)
    await olu.block()
    await come_and_end(town)
    failed = await ola.reads("has FAILED.")
    assert "• Olu Adeyemi: Cannot be reached any more (blocked the bot)\n" in failed["text"]
    assert "1 owner got it in time, so alerts get through." in failed["text"]
    assert "Ola Berg" not in failed["text"]


async def test_no_owner_can_be_reached(town: Town) -> None:
    """When every owner has blocked the bot, the officers are told in their place."""
    dana = await officer(town, DANA)
    await ask(dana, "/help", "What I can do")
    for account in (OLA, OLU):
        await (await owner(town, account)).block()
    await come_and_end(town)
    failed = await dana.reads("has FAILED.")
    assert "But no owner can be reached." in failed["text"]
    assert "SELF-TEST" not in "".join(dana.received())
