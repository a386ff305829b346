"""/verify in the chat: by reference, by code, and by forwarding the message itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.content import content
from support.person import Message, Person
from support.talk import ask, enrol, officer
from support.town import BOT, Town, town_at

from alerts.publishing.alert import Alert, Audience, Change, Severity
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.marking import Marking
from alerts.publishing.succession import note_successor

DANA, AMIRA, EVE = 13, 1001, 2001


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with one vetted contact, Amira; Eve knows nobody here."""
    async with town_at(tmp_path) as built:
        await enrol(built, 1)
        await built.start_bot()
        yield built


async def sent(
    town: Town, headline: str = "Roads closed", marking: Marking = Marking.CLEAR, **changes: object
) -> Alert:
    """Send an alert."""
    audience = Audience(marking=marking, named=(AMIRA,) if marking is Marking.RED else ())
    alert, _ = await town.domain.desk.issue(content(headline, audience=audience, **changes), origin="test")
    return alert


def code_of(town: Town, alert: Alert) -> str:
    """Give the code that stands under an alert."""
    return CheckCodes(town.domain.trail.key).of(alert)


async def said(person: Person, text: str, answer: str, **parts: object) -> Message:
    """Say a text that the person copied, and give what answers it."""
    after = await person.say(text, **parts)  # type: ignore[arg-type]
    return await person.reads(answer, after=after)


async def test_how_it_is_asked(town: Town) -> None:
    """/verify alone explains the three ways, to everybody."""
    eve = await town.person(EVE, "Eve")
    shown = await ask(eve, "/verify", "Is a message genuine?")
    assert "Forward it to me" in shown["text"]
    assert "verify" in await eve.menu()


async def test_the_code_stands_at_the_end_of_each_copy(town: Town) -> None:
    """Each copy ends with its code, which answers as in force, with the true headline, time, expiry and marking."""
    amira, eve = await town.person_of(AMIRA), await town.person(EVE, "Eve")
    alert = await sent(town)
    copy = await amira.reads("Roads closed")
    code = code_of(town, alert)
    assert copy["text"].splitlines()[-1] == f"Genuine? Send this bot /verify {code}"
    for text in (f"/verify {code}", f"/verify {code.lower().replace('-', ' ')}", f"/verify {alert.reference}"):
        shown = await said(eve, text, "Genuine, and in force.")
        when = town.domain.texts.when(alert.sending_at or alert.created_at)
        assert "Headline: Roads closed" in shown["text"]
        assert f"Sent: {when}, as {alert.reference}" in shown["text"]
        assert "In force until: " in shown["text"]
        assert "TLP:CLEAR – you may pass this on to anybody." in shown["text"]
    assert "Genuine" in (await said(eve, alert.reference.lower(), "Genuine"))["text"]


async def test_a_forwarded_copy_is_genuine(town: Town) -> None:
    """Whoever forwards a copy to the bot reads that it is genuine, though bold and line breaks are all that is left."""
    amira = await town.person_of(AMIRA)
    await sent(town, body="<b>Police</b> are there.\n\n• one\n• two &amp; three", severity=Severity.URGENT)
    copy = await amira.reads("Roads closed")
    mine = await amira.forward(copy["message_id"])
    shown = await amira.reads("Genuine, and in force.", after=mine)
    assert "by somebody else" not in shown["text"]
    again = await said(amira, f"/verify {' '.join(copy['text'].split())}", "Genuine, and in force.")
    assert "Altered" not in again["text"]


async def test_every_part_of_a_long_alert_is_genuine(town: Town) -> None:
    """Each message of a long alert can be forwarded by itself."""
    amira = await town.person_of(AMIRA)
    await sent(town, body="\n\n".join("Keep away from the gate. " * 20 for _ in range(10)))
    await amira.reads("Genuine?")
    parts = [one for one in list(amira.messages.values()) if "Roads closed" in (one["text"] or "")]
    assert len(parts) >= 2
    for part in parts:
        mine = await amira.forward(part["message_id"])
        await amira.reads("Genuine, and in force.", after=mine)


async def test_words_that_were_changed_are_told_in_ours(town: Town) -> None:
    """An altered copy is told as such with the true headline and our words; not one word of the forger comes back."""
    amira, eve = await town.person_of(AMIRA), await town.person(EVE, "Eve")
    await sent(town, body="Police are there. Keep away from the east gate until 18:00. Call nobody.")
    copy = await amira.reads("Roads closed")
    forged = copy["text"].replace("Roads closed", "Roads open").replace("Call nobody.", "Pay at EVIL-BANK.example now.")
    mallory = await town.person(3001, "Mallory")
    pasted = await mallory.say(forged)
    fresh = town.sandbox.world.forward(
        town.sandbox.world.chat(EVE, BOT), town.sandbox.world.chat(3001, BOT).messages[pasted]
    )
    shown = await eve.reads("Altered: this is not what was sent.", after=fresh.message_id)
    assert "Headline: Roads closed" in shown["text"]
    assert "Call nobody." in shown["text"]
    assert "The message as it was sent is in force." in shown["text"]
    assert not {"open", "EVIL-BANK.example", "Pay"} & set(shown["text"].split())


async def test_a_copy_of_somebody_else_says_so(town: Town) -> None:
    """The same words from another account are ours, and it is said who did not send them."""
    amira, eve = await town.person_of(AMIRA), await town.person(EVE, "Eve")
    await sent(town)
    copy = await amira.reads("Roads closed")
    world = town.sandbox.world
    mine = await amira.say(copy["text"])
    forwarded = world.forward(world.chat(EVE, BOT), world.chat(AMIRA, BOT).messages[mine])
    shown = await eve.reads("Genuine, and in force.", after=forwarded.message_id)
    assert "was not sent by this bot itself, but by somebody else" in shown["text"]


async def test_a_link_that_leads_elsewhere_is_altered(town: Town) -> None:
    """Words that are ours over an address that is not: the most dangerous change of all is seen."""
    amira, eve = await town.person_of(AMIRA), await town.person(EVE, "Eve")
    await sent(town, body='Read <a href="https://example.org/advice">the advice</a>.')
    copy = await amira.reads("Roads closed")
    at = copy["text"].index("the advice")
    world = town.sandbox.world
    for url, answer in (
        ("https://evil.example/", "A link in it leads elsewhere"),
        ("https://example.org/advice", "Genuine"),
    ):
        link = {"type": "text_link", "offset": at, "length": 10, "url": url}
        mine = await amira.say(copy["text"], [link])
        forwarded = world.forward(world.chat(EVE, BOT), world.chat(AMIRA, BOT).messages[mine])
        await eve.reads(answer, after=forwarded.message_id)


async def test_newer_cancelled_and_over(town: Town) -> None:
    """An alert that does not hold any more says so first, with the one that holds now."""
    eve = await town.person(EVE, "Eve")
    first, second, third = await sent(town), await sent(town, "Roads open"), await sent(town, "All clear")
    async with town.domain.store.writing() as connection:
        await note_successor(connection, [first], second, Change.UPDATE)
    shown = await said(eve, f"/verify {first.reference}", "Genuine, but there is a newer message.")
    assert "Now holds Roads open, sent " in shown["text"]
    async with town.domain.store.writing() as connection:
        await note_successor(connection, [second], third, Change.CANCEL)
    shown = await said(eve, f"/verify {first.reference}", "Genuine, but cancelled.")
    assert "All clear" in shown["text"]


@pytest.mark.parametrize("marking", [Marking.AMBER, Marking.AMBER_STRICT, Marking.RED])
async def test_closed_alerts_open_by_their_code_alone(town: Town, marking: Marking) -> None:
    """From AMBER up a reference opens nothing; the code shows recipients the text, in a protected message."""
    amira, eve = await town.person_of(AMIRA), await town.person(EVE, "Eve")
    alert = await sent(town, marking=marking)
    await amira.reads("Roads closed")
    code = code_of(town, alert)
    for person in (amira, eve):
        await said(person, f"/verify {alert.reference}", "I cannot confirm this message.")
    mine = await said(amira, f"/verify {code}", "Genuine, and in force.")
    assert "Headline: Roads closed" in mine["text"]
    assert await amira.cannot_forward(mine["message_id"])
    theirs = await said(eve, f"/verify {code}", "Genuine, and in force.")
    assert marking.label in theirs["text"]
    assert "It was not sent to you" in theirs["text"]
    assert "Roads closed" not in theirs["text"]
    assert alert.reference not in theirs["text"]


async def test_strangers_read_no_green_alert_by_its_number(town: Town) -> None:
    """References can be counted up, so a GREEN alert wants a code of whoever is not vetted."""
    amira, eve = await town.person_of(AMIRA), await town.person(EVE, "Eve")
    alert = await sent(town, marking=Marking.GREEN)
    await said(amira, f"/verify {alert.reference}", "Genuine, and in force.")
    await said(eve, f"/verify {alert.reference}", "I cannot confirm this message.")
    await said(eve, f"/verify {code_of(town, alert)}", "Genuine, and in force.")


async def test_wrong_and_unknown_read_the_same(town: Town) -> None:
    """No such reference, no such code, a code that is none: one answer, which says whom to ask."""
    eve = await town.person(EVE, "Eve")
    answers = {
        (await said(eve, f"/verify {text}", "I cannot confirm"))["text"]
        for text in ("C-2026-9999", "0000-0000", "7K3M-9QXD", "what is this")
    }
    [answer] = answers
    assert "Do not act on it before you have asked: hub@example.org. In an emergency call 999." in answer


async def test_guessing_ends_and_a_restart_does_not_help(town: Town) -> None:
    """After ten tries a person has to wait, after a restart too; owners hear of it; nobody else waits."""
    eve, amira = await town.person(EVE, "Eve"), await town.person_of(AMIRA)
    owner = await town.person(900, "Olu")
    await town.domain.roster.make_first_owners([900])
    await ask(owner, "/help", "999")
    for number in range(10):
        await said(eve, f"/verify 0000-000{number}", "I cannot confirm")
    await said(eve, "/verify 0000-0000", "Please wait up to 10 minutes")
    await owner.reads(f"Telegram user {EVE} asked 5 times")
    await town.stop_bot()
    await town.start_bot()
    await said(eve, "/verify 0000-0000", "Please wait up to 10 minutes")
    await said(amira, "/verify 0000-0000", "I cannot confirm")


async def test_what_others_forward_is_unknown_and_emergencies_come_first(town: Town) -> None:
    """A message of somebody else is not ours, and one that reads like an emergency is answered as one first."""
    eve = await town.person(EVE, "Eve")
    mine = await eve.say("Cheap watches")
    forwarded = await eve.forward(mine)
    await eve.reads("I cannot confirm this message.", after=forwarded)
    mine = await eve.say("Help, a man with a bomb at the station")
    forwarded = await eve.forward(mine)
    shown = await eve.reads("I cannot confirm this message.", after=forwarded)
    first = eve.messages[shown["message_id"] - 1]
    assert "999" in first["text"]


async def test_an_officer_can_still_forward_a_text_into_an_alert(town: Town) -> None:
    """While /compose waits for a text, a forwarded one is that text; a message of ours is checked all the same."""
    dana = await officer(town, DANA)
    text = await dana.say("Met Police: cordon at the gate")
    begin = await ask(dana, "/compose", "New alert")
    await dana.press("Write a new one", message_id=begin["message_id"])
    await ask(dana, "Cordon", "What has happened")
    await dana.forward(text)
    await dana.reads("Severity")
    [(draft, _)] = await town.domain.desk.newest(1)
    assert draft.body == "Met Police: cordon at the gate"


async def test_copies_that_the_bot_has_changed_are_genuine(town: Town) -> None:
    """A copy that was corrected in place, the text before that, and a copy that is marked as updated: all are ours."""
    await officer(town, DANA)
    amira, eve = await town.person_of(AMIRA), await town.person(EVE, "Eve")
    alert = await sent(town, body="Police are there. Keep away until 18:00.")
    copy = await amira.reads("Roads closed")
    before = await amira.say(copy["text"])
    await change(town, alert, Change.CORRECTION, body="Police are there. Keep away until 19:00.")
    corrected = await amira.reads("Corrected on")
    assert corrected["message_id"] == copy["message_id"]
    shown = await checked(amira, copy["message_id"], "Genuine, and in force.")
    assert "was corrected" not in shown["text"]

    world = town.sandbox.world
    old = world.forward(world.chat(EVE, BOT), world.chat(AMIRA, BOT).messages[before])
    shown = await eve.reads("Genuine, and in force.", after=old.message_id)
    assert "The text was corrected after that copy was sent." in shown["text"]

    later = await change(town, alert, Change.UPDATE, body="Police have left.")
    await amira.reads("Updated on")
    shown = await checked(amira, copy["message_id"], "Genuine, but there is a newer message.")
    assert f"as {later.reference}." in shown["text"]
    newest = await amira.reads("Police have left.")
    await checked(amira, newest["message_id"], "Genuine, and in force.")


async def checked(person: Person, message_id: int, answer: str) -> Message:
    """Forward a message to the bot, and give what answers it."""
    mine = await person.forward(message_id)
    return await person.reads(answer, after=mine)


async def change(town: Town, alert: Alert, kind: Change, **parts: str) -> Alert:
    """Change the newest version of an alert as an officer does in /alerts."""
    dana = await town.domain.roster.find(DANA)
    assert dana is not None
    newest = (await town.domain.in_force.find(alert.id, DANA, dana)).alert
    draft = await town.domain.follow_ups.draft(newest.id, kind, dana)
    draft = await town.domain.desk.revise(draft.id, DANA, **parts)
    return (await town.domain.desk.confirm(draft.id, draft.revision, dana))[0]
