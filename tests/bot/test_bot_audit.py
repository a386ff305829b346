"""/audit through the whole bot: owners and auditors read who did what, in words; nobody else does."""

import re
from pathlib import Path

from support.patience import until
from support.person import Person
from support.talk import ask, officer
from support.town import Town, town_at

from alerts.audit.daily import TOLD_ON
from alerts.audit.entry import ADMINISTRATOR, Act
from alerts.people.rights import Role

AMIRA, ADA, DANA, OLGA = 11, 12, 13, 15
REFUSED = "Nothing has changed."
TITLE = "The record: who did what."


async def somebody(town: Town, account: int, name: str, role: Role) -> Person:
    """Bring a person with a role who has pressed Start."""
    await town.domain.roster.grant(account, role, name=name)
    person = await town.person(account, name)
    await ask(person, "/start", "Do you agree?")
    return person


async def test_an_auditor_reads_who_did_what(town: Town) -> None:
    """An act stands there with number, moment, what, who by name, through which door, and what changed."""
    ada = await somebody(town, ADA, "Ada", Role.AUDITOR)
    await somebody(town, OLGA, "Olga", Role.OWNER)
    olga = await town.person_of(OLGA)
    await ask(olga, "/hold the <wrong> gate", "Nothing more goes out")
    await town.domain.holds.release(None)
    answer = await ask(ada, "/audit", TITLE)
    shown = answer["text"]
    assert "the hold of all broadcasts was released\nby the administrator, on the command line · hold" in shown
    assert f"all broadcasts were put on hold\nby Olga ({OLGA}), in a chat · hold\nwhy: the <wrong> gate" in shown
    newest = await town.domain.record.newest()
    assert newest is not None
    assert newest.number > int(re.findall(r"Newest link, entry (\d+)", shown)[0])
    again = await ask(ada, "/audit", TITLE)
    assert f"the record was looked at\nby Ada ({ADA}), in a chat · record" in again["text"]


async def test_pages_stay_where_they_are_while_acts_are_noted(town: Town) -> None:
    """A page turned after new acts shows the entries that it would have shown before, and leads back to the first."""
    ada = await somebody(town, ADA, "Ada", Role.AUDITOR)
    for number in range(20):
        await town.domain.record.note_seen(Act.CONTACTS_SEEN, ADMINISTRATOR, f"list {number}")
    first = await ask(ada, "/audit", TITLE)
    assert "list 19" in first["text"]
    await town.domain.record.note_seen(Act.CONTACTS_SEEN, ADMINISTRATOR, "list 20")
    await ada.press("Next ›")
    second = await ada.reads("list 13")
    assert second["message_id"] == first["message_id"]
    assert "list 14" not in second["text"]
    assert "list 8" in second["text"]
    await ada.press("‹ Previous")
    back = await ada.reads("list 19")
    assert "list 20" not in back["text"]


async def test_nobody_else_reads_it(town: Town) -> None:
    """Contacts and officers are refused, by command and by a button that an auditor had; a revoked auditor too."""
    ada, dana = await somebody(town, ADA, "Ada", Role.AUDITOR), await officer(town, DANA)
    amira = await town.person(AMIRA)
    for number in range(9):
        await town.domain.record.note_seen(Act.CONTACTS_SEEN, ADMINISTRATOR, f"list {number}")
    shown = await ask(ada, "/audit", TITLE)
    message_id, data = await ada.button("Next ›")
    for person in (amira, dana):
        answer = await ask(person, "/audit", REFUSED)
        assert "list" not in answer["text"]
        after = person.newest
        await person.press_data(answer["message_id"], data)
        refused = await person.reads(REFUSED, after=after)
        assert "list" not in refused["text"]
    await town.domain.roster.revoke(ADA)
    after = ada.newest
    await ada.press_data(message_id, data)
    assert "list" not in (await ada.reads(REFUSED, after=after))["text"]
    assert "list 8" in shown["text"]


async def test_owners_are_sent_the_newest_link(tmp_path: Path) -> None:
    """A bot that starts after its time hands the link out once; the administrator finds it in the record."""
    async with town_at(tmp_path) as town:
        await town.domain.roster.grant(OLGA, Role.OWNER, name="Olga")
        await town.domain.record.note_seen(Act.CONTACTS_SEEN, ADMINISTRATOR, "subscribers")
        await town.domain.store.keep_fact(TOLD_ON, "2026-01-01")
        olga = await town.person(OLGA, "Olga")
        await olga.say("/start")
        await town.start_bot()
        told = await olga.reads("The record's link of today.")
        seal = re.findall(r"[0-9a-f]{64}", told["text"])[0]
        assert (await town.domain.record.inspect(seal)).broken is None

        async def is_noted() -> bool:
            return await town.domain.store.fact(TOLD_ON) != "2026-01-01"

        await until(is_noted, "the day to be noted")
