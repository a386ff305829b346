"""What is for named persons, in the chats of those who may stop it and are not among them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.content import content
from support.patience import until
from support.person import Person, words_of
from support.talk import ask, enrol
from support.town import Town, town_at

from alerts.people.rights import Role
from alerts.publishing.alert import Alert, AlertStatus, Audience, Severity
from alerts.publishing.approval import glass_phrase
from alerts.publishing.marking import Marking

DANA, OLU, LEE, MAX, AMIRA = 13, 15, 16, 17, 1001
HEADLINE, BODY = "Suspicious vehicle at the east gate", "Police are there."


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with two contacts, an officer, an owner and a lead, in a house where the glass may be broken."""
    async with town_at(tmp_path, break_glass=True) as built:
        await enrol(built, 2)
        await built.start_bot()
        yield built


async def seated(town: Town, account: int, name: str, role: Role, *sectors: str) -> Person:
    """Bring in somebody with a role who has pressed Start."""
    await town.domain.roster.grant(account, role, name=name, sectors=sectors)
    person = await town.person(account, name)
    await ask(person, "/help", "What I can do")
    return person


async def submitted(town: Town) -> Alert:
    """Have Dana submit a critical alert for aviation that names Amira."""
    dana = await town.domain.roster.find(DANA)
    audience = Audience(("aviation",), marking=Marking.RED, named=(AMIRA,))
    made = content(HEADLINE, severity=Severity.CRITICAL, audience=audience)
    alert, _ = await town.domain.desk.issue(made, origin="chat", author=dana)
    assert alert.status is AlertStatus.SUBMITTED
    return alert


def has_read(person: Person) -> bool:
    """Tell whether a message in a person's chat holds words of the alert."""
    return any(words in words_of(one) for one in person.messages.values() for words in (HEADLINE, BODY))


async def test_who_is_not_named_stops_it_unread(town: Town) -> None:
    """A broken glass asks a lead by the number alone; they stop it, and learn what became of it, without its words."""
    await seated(town, DANA, "Dana", Role.OFFICER)
    olu = await seated(town, OLU, "Olu", Role.OWNER)
    lee, max_ = [await seated(town, one, str(one), Role.LEAD, "aviation") for one in (LEE, MAX)]
    alert, dana = await submitted(town), await town.domain.roster.find(DANA)
    assert dana is not None
    await town.domain.desk.break_glass(alert.id, alert.revision, dana, glass_phrase(alert))
    await olu.reads(HEADLINE)
    asked = await lee.reads("C-2026-0001 goes out at ")
    assert lee.buttons(asked) == ["Stop"]
    await max_.reads("so its text is not shown here")
    await lee.press("Stop", message_id=asked["message_id"])
    await lee.reads("C-2026-0001 is stopped.")
    await max_.reads("C-2026-0001 is stopped.")
    assert (await town.domain.desk.find(alert.id)).status is AlertStatus.CANCELLED
    assert (has_read(lee), has_read(max_)) == (False, False)


async def test_no_button_leads_to_it(town: Town) -> None:
    """An old or forged button for its standing, its report, a change or a recall is broken for a lead."""
    await seated(town, DANA, "Dana", Role.OFFICER)
    await seated(town, OLU, "Olu", Role.OWNER)
    lee = await seated(town, LEE, "Lee", Role.LEAD, "aviation")
    alert, olu = await submitted(town), await town.domain.roster.find(OLU)
    assert olu is not None
    await forge(lee, f"wai:show:{alert.id}")
    await town.domain.desk.approve(alert.id, alert.revision, olu)

    async def is_sent() -> bool:
        return (await town.domain.desk.find(alert.id)).status is AlertStatus.SENT

    await until(is_sent, "the alert to be sent")
    for data in ("prog:report", "chg:update", "chg:correction", "tak:ask:recall", "tak:do:recall", "alt:show"):
        await forge(lee, f"{data}:{alert.id}")
    await forge(lee, f"prog:who:{alert.id}:0")
    assert not has_read(lee)


async def forge(person: Person, data: str) -> None:
    """Press what is on no button of theirs, and see that it is called broken."""
    before = person.newest
    await person.press_data(before, data)
    assert has_read(person) is False
    assert "cannot be used any more" in words_of(await person.reads("", after=before)), data
