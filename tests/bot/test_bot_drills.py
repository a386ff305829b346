"""Exercises in the chat: planned, played and ended by buttons of their own, seen by nobody who is not in them."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.content import content
from support.patience import until
from support.person import Message, Person
from support.talk import ask, officer
from support.town import Town, town_at

from alerts.drills.drill import DrillStatus
from alerts.people.rights import Role
from alerts.publishing.alert import Severity
from alerts.subscribers.roll import Profile

DANA, OLA, AMIRA, BEN = 13, 900, 1001, 1002


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with an owner."""
    async with town_at(tmp_path) as built:
        await built.domain.roster.grant(OLA, Role.OWNER, name="Ola")
        await built.start_bot()
        yield built


async def contact(town: Town, account: int, sector: str) -> Person:
    """Bring a contact into the town who is on the roll."""
    await town.domain.roll.subscribe(account, "private", Profile(sectors=(sector,)))
    person = await town.person(account, f"Contact {account}")
    await ask(person, "/help", "What I can do")
    person.messages.clear()  # what was said before does not matter here
    return person


async def announce(dana: Person, *, begins: str = "Now") -> None:
    """Plan an exercise of an hour with the contacts of aviation, and tell them."""
    await ask(dana, "/drill", "EXERCISES")
    await dana.press("Plan an exercise")
    await ask(dana, "Lockdown at Quay House", "First: by their role")
    await dana.press("Done")
    await dana.press("Aviation")
    await dana.press("Done")
    await dana.press("Done")
    await dana.press(begins)
    await dana.press("1 hour")
    await dana.reads("Above is what they are told now")
    await dana.press("EXERCISE: tell 1 participant")
    await dana.reads("1 participant is told of “Lockdown at Quay House” now")


async def play(dana: Person, text: str) -> Message:
    """Write and send a message of the exercise whose page stands in the chat, and give its last preview."""
    await dana.press("EXERCISE: write a message")
    await ask(dana, text, "How urgent would it be?")
    await dana.press("Critical")
    await dana.reads("Above is the message exactly as 1 participant gets it.")
    shown = await dana.reads("(played)")
    await dana.press("EXERCISE: send to 1 participant")
    await dana.reads("goes to 1 participant.")
    return shown


def is_framed(text: str) -> bool:
    """Tell whether a message begins and ends with EXERCISE."""
    return text.startswith("EXERCISE") and text.endswith("EXERCISE")


async def test_an_exercise_from_its_plan_to_its_end(town: Town) -> None:
    """Participants are told before, during and after, each message framed by EXERCISE; a report says who read what."""
    amira, ben = await contact(town, AMIRA, "aviation"), await contact(town, BEN, "retail")
    ola, dana = await town.person(OLA, "Ola"), await officer(town, DANA)
    await ask(ola, "/help", "What I can do")
    await announce(dana)
    told = await amira.reads("You are in an exercise: Lockdown at Quay House")
    assert "It begins at " in told["text"]
    await ola.reads("has announced “Lockdown at Quay House”, from")
    await ola.reads("Participants: 1.")

    await dana.press("Back to the exercise")
    shown = await play(dana, "Intruder at the north door\nLock the doors & stay <inside>.")
    played = await amira.reads("CRITICAL (played): Intruder at the north door")
    assert "Lock the doors & stay <inside>." in played["text"]
    assert "do not call 999 for it" in played["text"]
    assert amira.buttons(played) == ["I have read this"]
    assert shown["reply_markup"] is None

    await amira.press("I have read this", message_id=played["message_id"])
    assert amira.notices[-1].startswith("Noted at ")
    await amira.press("I have read this", message_id=played["message_id"])
    assert "already" in amira.notices[-1]

    await dana.press("Back to the exercise")
    page = await dana.reads("Read by 1 of 1: half of them within")
    assert "1 participant\n" in page["text"]
    await dana.press("Who has not read it")
    await dana.reads("1 participant has not said to have read everything")
    await dana.press("Back to the exercise")
    await dana.press("End the exercise")
    await dana.press("Yes, end the exercise")
    over = await amira.reads("The exercise “Lockdown at Quay House” is over.")
    assert all(is_framed(text) for text in amira.received())
    assert over["text"].endswith("END OF EXERCISE")
    assert ben.received() == []
    assert await town.domain.desk.newest(10) == []


async def test_every_part_of_a_long_message_is_framed(town: Town) -> None:
    """A message that takes several says EXERCISE at both ends of each, and the last one has the button."""
    amira, dana = await contact(town, AMIRA, "aviation"), await officer(town, DANA)
    await announce(dana)
    await dana.press("Back to the exercise")
    await play(dana, "Long\n" + "The doors are shut. " * 190)
    await amira.reads("Part 2 of 2")
    parts = [message for _, message in sorted(amira.messages.items()) if "Part " in message["text"]]
    assert len(parts) == 2
    assert all(is_framed(message["text"]) for message in parts)
    assert [amira.buttons(message) for message in parts] == [[], ["I have read this"]]


async def test_a_template_is_played(town: Town) -> None:
    """The same questions as for an alert lead to a message of the exercise, and never to a draft."""
    amira, dana = await contact(town, AMIRA, "aviation"), await officer(town, DANA)
    await announce(dana)
    await dana.press("Back to the exercise")
    await dana.press("EXERCISE: write a message")
    asked = await dana.reads("What is played?")
    assert "Exercise: reach everybody" in dana.buttons(asked)
    for label in ("Attack in progress", "Explosion", "Now", "Stay inside"):
        await dana.press(label)
    await ask(dana, "Quay House", "Above is the message exactly as")
    await dana.press("EXERCISE: send to 1 participant")
    played = await amira.reads("CRITICAL (played): Explosion: Quay House")
    assert is_framed(played["text"])
    assert await town.domain.desk.newest_draft(DANA) is None


async def test_no_button_of_an_exercise_leads_to_a_live_alert_or_back(town: Town) -> None:
    """Neither flow takes the other's buttons, whatever a modified client sends, and no live verb takes a drill."""
    amira, dana = await contact(town, AMIRA, "aviation"), await officer(town, DANA)
    await announce(dana)
    await dana.press("Back to the exercise")
    page = await dana.reads("Announcement · X-")
    await dana.press("EXERCISE: write a message")
    await dana.press("Evacuation")
    found, data = await dana.button("fire or smoke")
    for forged in (
        data.replace("xfi:", "tfi:"),
        data.replace("xfi:", "cmp:"),
        data.replace("xfi:", "xms:"),
        "tfi:new",
        "xfi:new",
        "xms:new",
        *(f"prog:{action}:1" for action in ("stop", "again", "report")),
        "prog:who:1:0",
        *(f"dra:{action}:1" for action in ("draft", "take", "throw", "thrown")),
    ):
        await dana.press_data(found, forged)
    assert await town.domain.desk.newest(10) == []
    assert (await town.domain.exercises.newest())[0].status is DrillStatus.RUNNING
    assert page["text"].startswith("EXERCISE")
    assert amira.received()[-1].startswith("EXERCISE")

    await ask(dana, "/compose", "New alert")
    await dana.press("Evacuation")
    found, data = await dana.button("fire or smoke")
    for forged in (data.replace("tfi:", "xfi:"), data.replace("tfi:", "xms:"), data.replace("tfi:", "xpl:")):
        await dana.press_data(found, forged)
    assert len((await town.domain.exercises.report(1)).parts) == 1


async def test_a_real_critical_alert_stops_the_exercise(town: Town) -> None:
    """Once a second person approves it, participants learn that this is real, and the officer cannot go on playing."""
    amira, dana = await contact(town, AMIRA, "aviation"), await officer(town, DANA)
    ola = await town.person(OLA, "Ola")
    await ask(ola, "/help", "What I can do")
    ben = await contact(town, BEN, "retail")
    await announce(dana)
    await dana.press("Back to the exercise")
    await ask(dana, "/compose", "New alert")
    for label in ("Attack in progress", "Explosion", "Now", "Stay inside"):
        await dana.press(label)
    await ask(dana, "Quay House", "Preview")
    await dana.press("Submit for approval")
    await ola.reads("waits for your approval.")
    assert (await town.domain.exercises.newest())[0].status is DrillStatus.RUNNING
    await ola.press("Approve and send to 2 recipients")
    real = await amira.reads("is stopped: this is real.")
    assert real["text"].startswith("EXERCISE STOPPED: THIS IS REAL\n")
    assert real["text"].endswith("REAL. THIS IS NO EXERCISE")
    live = await amira.reads("CRITICAL: Explosion: Quay House")
    assert "EXERCISE" not in live["text"]
    await ben.reads("CRITICAL: Explosion: Quay House")
    assert not any("EXERCISE" in text for text in ben.received())
    await dana.reads("is stopped, since the live alert C-")
    await dana.press("EXERCISE: write a message")
    await dana.reads("changed, sent or ended in the meantime")


async def test_whoever_may_not_drill_cannot(town: Town) -> None:
    """A lead and a contact are refused at the command and at every button, forged ones too."""
    amira, dana = await contact(town, AMIRA, "aviation"), await officer(town, DANA)
    await town.domain.roster.grant(14, Role.LEAD, sectors=("aviation",))
    lee = await town.person(14, "Lee")
    await announce(dana)
    told = await amira.reads("You are in an exercise")
    for person in (lee, amira):
        refused = await ask(person, "/drill", "That is for duty officers")
        for data in ("xpl:new", "xdr:list:0", "xdr:show:1", "xdr:stop:1", "xdr:ended:1", "xdr:silent:1:0", "xms:new"):
            await person.press_data(refused["message_id"], data)
    assert (await town.domain.exercises.newest())[0].status is DrillStatus.RUNNING
    await lee.press_data(lee.newest, "xak:1")
    await lee.reads("That button cannot be used any more")
    assert (await town.domain.exercises.report(1)).parts[0].acknowledged == 0
    assert told["text"].startswith("EXERCISE")


async def test_an_exercise_waits_for_a_live_urgent_alert(town: Town) -> None:
    """What is played goes in the lowest lane, whatever it pretends to be."""
    dana = await officer(town, DANA)
    await contact(town, AMIRA, "aviation")
    await announce(dana)
    await dana.press("Back to the exercise")
    await play(dana, "Intruder\nLock the doors.")

    async def is_sent() -> bool:
        return not await town.open_chats()

    await until(is_sent, "everything to be sent")
    rows = await town.domain.exercises.report(1)
    assert [part.alert.severity for part in rows.parts] == [Severity.INFORMATION] * 2
    assert [part.severity for part in rows.parts] == [None, Severity.CRITICAL]


async def said(person: Person, text: str, answer: str) -> Message:
    """Say something and give what answers it, below all else."""
    mine = await person.say(text)
    return await person.reads(answer, after=mine)


async def test_a_message_of_an_exercise_is_genuine_and_an_exercise(town: Town) -> None:
    """Forwarded, or asked for by code or reference: a participant reads both, others that it is one, nobody more."""
    amira, ben = await contact(town, AMIRA, "aviation"), await contact(town, BEN, "retail")
    dana = await officer(town, DANA)
    await announce(dana)
    await dana.press("Back to the exercise")
    await play(dana, "Intruder at the north door\nLock the doors & stay <inside>.")
    played = await amira.reads("CRITICAL (played): Intruder")
    code = re.findall("Genuine[?] Send this bot /verify ([0-9A-Z]{4}-[0-9A-Z]{4})\n", played["text"])[0]
    reference = re.findall(r"X-\d{4}-\d{4}", played["text"])[0]

    forwarded = await amira.forward(played["message_id"])
    answers = [await amira.reads("Genuine, and an EXERCISE.", after=forwarded)]
    asked = (f"/verify {code}", f"/verify {reference}", reference, code)
    answers += [await said(amira, text, "Genuine, and an EXERCISE.") for text in asked]
    for answer in answers:
        assert "Nothing of it has happened: do not call 999 for it." in answer["text"]
        assert "Headline: EXERCISE: Intruder at the north door\n" in answer["text"]
        assert "The exercise is under way." in answer["text"]
        assert "orce" not in answer["text"]
        assert "TLP" not in answer["text"]

    await said(ben, f"/verify {reference}", "I cannot confirm this message.")
    theirs = await said(ben, f"/verify {code}", "Genuine, and an EXERCISE.")
    assert "It was not sent to you" in theirs["text"]
    assert "Intruder" not in theirs["text"]


async def test_an_exercise_that_was_made_to_look_real_is_told_as_one(town: Town) -> None:
    """Whoever takes the words EXERCISE off a copy, or alters it, does not make it real: our own words are told."""
    amira, dana = await contact(town, AMIRA, "aviation"), await officer(town, DANA)
    await announce(dana)
    await dana.press("Back to the exercise")
    await play(dana, "Intruder at the north door\nLock the doors.")
    played = await amira.reads("CRITICAL (played): Intruder")
    _, _, middle = played["text"].partition("\n\n")
    stripped, _, _ = middle.replace("(played)", "").partition("\n\nIf something real happens")
    shown = await said(amira, f"/verify {stripped}", "Altered: this is not what was sent.")
    assert "The message as it was sent is an EXERCISE: nothing of it has happened." in shown["text"]
    assert "Headline: EXERCISE: Intruder at the north door" in shown["text"]


async def test_that_this_is_real_is_no_alert_itself(town: Town) -> None:
    """What stopped an exercise is genuine, of an exercise, and never in force; what was played is over."""
    amira, dana = await contact(town, AMIRA, "aviation"), await officer(town, DANA)
    ola = await town.person(OLA, "Ola")
    await ask(ola, "/help", "What I can do")
    await announce(dana)
    told = await amira.reads("You are in an exercise")
    await town.domain.desk.issue(content("Explosion", severity=Severity.CRITICAL), origin="test")
    await ola.press("Approve and send")
    real = await amira.reads("is stopped: this is real.")
    live = await amira.reads("CRITICAL: Explosion")
    forwarded = await amira.forward(real["message_id"])
    shown = await amira.reads("Genuine, and of an EXERCISE.", after=forwarded)
    assert "It is no alert itself: /alerts shows what is in force for you now." in shown["text"]
    assert "Explosion" not in shown["text"]
    forwarded = await amira.forward(told["message_id"])
    shown = await amira.reads("Genuine, and an EXERCISE.", after=forwarded)
    assert "The exercise was stopped since: " in shown["text"]
    forwarded = await amira.forward(live["message_id"])
    await amira.reads("Genuine, and in force.", after=forwarded)
