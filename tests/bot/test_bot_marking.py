"""Marking in the chat: chosen in /compose, printed and enforced on every copy, and what vetting changes."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.content import content
from support.patience import until
from support.person import Person
from support.pictures import picture
from support.talk import ask, enrol, officer, reach_preview, subscribe
from support.town import BOT, Town, town_at

from alerts.audit.entry import ADMINISTRATOR
from alerts.people.rights import Role
from alerts.publishing.alert import Audience
from alerts.publishing.attachment import AttachmentKind, check_attachment
from alerts.publishing.marking import Marking
from alerts.subscribers.roll import Profile

DANA, AMIRA, BEN, CARL = 13, 1001, 1002, 1003
HEADLINE = "Suspicious vehicle at the east gate"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with three aviation contacts, of whom Amira and Ben are vetted and Carl is not."""
    async with town_at(tmp_path) as built:
        await enrol(built, 3)
        await built.domain.vetting.vet_many([CARL], ADMINISTRATOR, vetted=False)
        await built.start_bot()
        yield built


async def copies_of(town: Town, text: str) -> dict[int, bool]:
    """Give who got a message with a text, and whether each copy is protected."""
    world = town.sandbox.world
    found = {}
    for account in (AMIRA, BEN, CARL):
        for message in world.chat(account, BOT).messages.values():
            if message.sender.is_bot and text in (message.text or message.caption or ""):
                found[account] = message.is_protected and found.get(account, True)
    return found


async def until_sent(person: Person) -> None:
    """Wait for the officer's report."""
    await person.reads("Sent")


async def test_the_marking_is_a_step_with_five_buttons(town: Town) -> None:
    """After the severity comes the marking, each label with its readers in words; it can be changed at the preview."""
    dana = await officer(town, DANA)
    begin = await ask(dana, "/compose", "New alert")
    await dana.press("Write a new one", message_id=begin["message_id"])
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    await dana.press("Urgent")
    shown = await dana.reads("Marking")
    assert dana.buttons(shown)[:5] == [
        "TLP:CLEAR: anybody",
        "TLP:GREEN: the community",
        "TLP:AMBER: organisations and their clients",
        "TLP:AMBER+STRICT: organisations alone",
        "TLP:RED: named persons",
    ]
    await dana.press("TLP:GREEN")
    await dana.press("All sectors")
    await dana.press("All regions")
    await dana.press("6 hours")
    await dana.reads("1 contact does not get it")
    await dana.press("Edit marking")
    assert "So far: TLP:GREEN" in (await dana.reads("So far"))["text"]
    await dana.press("TLP:CLEAR")
    preview = await dana.reads("It goes to 3 recipients")
    assert "does not get it" not in preview["text"]


async def test_what_is_green_goes_to_vetted_contacts(town: Town) -> None:
    """The preview counts who gets it and says who does not and why; the copies say whom they may be told."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE, marking="TLP:GREEN")
    preview = await dana.reads("It goes to")
    assert "It goes to 2 recipients" in preview["text"]
    assert (
        "1 contact does not get it: nobody has vetted them, and TLP:GREEN goes to vetted contacts alone."
        in (preview["text"])
    )
    await dana.press("Send now to 2")
    await until_sent(dana)
    assert await copies_of(town, HEADLINE) == {AMIRA: False, BEN: False}
    amira = await town.person_of(AMIRA)
    assert "TLP:GREEN – for your organisation and your sector's community, not for the public." in (
        town.sandbox.world.chat(amira.account, BOT).messages.popitem()[1].text or ""
    )


@pytest.mark.parametrize("marking", ["TLP:AMBER:", "TLP:AMBER+STRICT"])
async def test_from_amber_up_nobody_can_forward(town: Town, marking: str) -> None:
    """Every copy is protected, the preview too, and Telegram's app refuses to forward one."""
    amira, dana = await town.person_of(AMIRA), await officer(town, DANA)
    await reach_preview(dana, HEADLINE, marking=marking)
    preview = await dana.reads(HEADLINE)
    assert preview["text"].splitlines()[1].startswith(marking.rstrip(":"))
    assert await dana.cannot_forward(preview["message_id"])
    await dana.press("Send now to 2")
    copy = await amira.reads(HEADLINE)
    assert await amira.cannot_forward(copy["message_id"])
    assert await copies_of(town, HEADLINE) == {AMIRA: True, BEN: True}


async def test_what_may_be_forwarded_can_be(town: Town) -> None:
    """What is TLP:CLEAR or GREEN is protected from nothing."""
    amira = await town.person_of(AMIRA)
    await town.domain.desk.issue(content("Roads closed"), origin="test")
    copy = await amira.reads("Roads closed")
    assert not await amira.cannot_forward(copy["message_id"])


async def test_pictures_and_every_part_are_protected_and_marked(town: Town) -> None:
    """A picture, each part of a long text, and what is sent when a file is refused: all protected, all marked."""
    body = "\n\n".join(f"Paragraph {number}. " + "Keep away from the gate. " * 20 for number in range(12))
    image = picture(640, 480)
    attached = check_attachment(AttachmentKind.PHOTO, "plan.png", image)
    audience = Audience(marking=Marking.AMBER)
    amira = await town.person_of(AMIRA)
    long = content("Roads closed", body=body, audience=audience, attachment=attached, upload=image)
    await town.domain.desk.issue(long, origin="test")
    await amira.reads("Genuine?")
    chat = town.sandbox.world.chat(AMIRA, BOT)
    messages = [
        one for one in chat.messages.values() if one.sender.is_bot and "Roads closed" in (one.text or one.caption)
    ]
    assert len(messages) >= 3
    assert all(one.is_protected for one in messages)
    texts = [one.text or one.caption for one in messages]
    assert all(text.splitlines()[1].startswith("TLP:AMBER – ") for text in texts)
    assert texts[-1].count("TLP:AMBER") == 2


async def test_red_goes_to_the_persons_who_are_named(town: Town) -> None:
    """RED asks for persons in place of sectors: vetted ones, found by what is typed; one of them gets it, protected."""
    dana = await officer(town, DANA)
    ben = await town.domain.roll.find(BEN)
    assert ben is not None
    begin = await ask(dana, "/compose", "New alert")
    await dana.press("Write a new one", message_id=begin["message_id"])
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    await dana.press("Urgent")
    await dana.press("TLP:RED")
    asked = await dana.reads("Vetted persons alone are listed")
    assert dana.buttons(asked)[:2] == ["no name, chat 1002", "no name, chat 1001"]
    found = await ask(dana, str(BEN), "Found for: 1002")
    assert dana.buttons(found)[0] == "no name, chat 1002"
    await dana.press("no name, chat 1002", message_id=found["message_id"])
    await dana.press("Done")
    await dana.press("6 hours")
    preview = await dana.reads("It goes to 1 recipient (named persons)")
    labels = dana.buttons(preview)
    assert "Edit recipients" in labels
    assert "Edit sectors" not in labels
    await dana.press("Send now to 1")
    await until_sent(dana)
    assert await copies_of(town, HEADLINE) == {BEN: True}


async def test_a_named_person_who_is_lost_is_said_to_be(town: Town) -> None:
    """One blocks the bot after they were named: the preview says who and why, and the report counts them."""
    dana = await officer(town, DANA)
    await town.domain.roll.subscribe(BEN, "private", Profile("Ben", "Corner shop", sectors=("aviation",)))
    await town.domain.vetting.vet_many([BEN], ADMINISTRATOR)
    begin = await ask(dana, "/compose", "New alert")
    await dana.press("Write a new one", message_id=begin["message_id"])
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    await dana.press("Urgent")
    await dana.press("TLP:RED")
    await dana.reads("Vetted persons alone are listed")
    await dana.press("no name, chat 1001")
    await dana.press("Ben, Corner shop")
    await dana.press("Done")
    await town.domain.roll.blocked(BEN)
    await dana.press("6 hours")
    preview = await dana.reads("It goes to 1 recipient (named persons)")
    assert "Ben, Corner shop is named and does not get it: blocked the bot." in preview["text"]
    await dana.press("Send now to 1")
    report = await dana.reads("Sent: C-")
    assert "blocked the bot: 1" in report["text"]
    assert await copies_of(town, HEADLINE) == {AMIRA: True}


async def test_red_and_back_again(town: Town) -> None:
    """Who takes another marking is asked for sectors again, and the names are forgotten: nothing widens by itself."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE, marking="TLP:GREEN", sectors="Aviation")
    await dana.press("Edit marking")
    await dana.press("TLP:RED")
    await dana.press("chat 1001")
    await dana.press("Done")
    await dana.reads("It goes to 1 recipient (named persons)")
    await dana.press("Edit marking")
    await dana.press("TLP:AMBER:")
    await dana.press("All sectors")
    await dana.press("All regions")
    await dana.reads("It goes to 2 recipients (all sectors)")
    [(draft, _)] = await town.domain.desk.newest(1)
    assert (draft.named, draft.sectors, draft.marking) == ((), (), Marking.AMBER)


async def test_a_text_that_looks_too_sensitive_warns(town: Town) -> None:
    """The preview asks whether the marking is right, says what it found, and leaves the decision to the officer."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE, "Ring 07700 900123. OFFICIAL-SENSITIVE", marking="TLP:CLEAR")
    preview = await dana.reads("Is TLP:CLEAR right?")
    assert "It has: a phone number; the words of a protective marking." in preview["text"]
    assert any("Send now" in label for label in dana.buttons(preview))
    await dana.press("Edit marking")
    await dana.press("TLP:AMBER:")
    preview = await dana.reads("It goes to 2")
    assert "right?" not in preview["text"]


async def test_public_numbers_do_not_warn(town: Town) -> None:
    """The numbers of the guide are no secret."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE, "Call 999, 101 or 0800 789 321.", marking="TLP:CLEAR")
    assert "right?" not in (await dana.reads("It goes to 3"))["text"]


async def test_a_new_contact_is_told_and_somebody_vouches(town: Town) -> None:
    """Who subscribes reads what they get until they are vetted; the officer is told, looks, vouches; they are told."""
    dana = await officer(town, DANA)
    await ask(dana, "/help", "999")
    eve = await town.person(2001, "Eve")
    await subscribe(eve, "Aviation")
    assert "you receive what is public (TLP:CLEAR)" in (await eve.reads("You are subscribed"))["text"]
    await dana.reads("A new contact waits to be vetted")
    await dana.press("Show who waits")
    listed = await dana.reads("2 contacts wait to be vetted")
    assert "get what is TLP:CLEAR, and nothing else" in listed["text"]
    await dana.press("chat 2001", message_id=listed["message_id"])
    asked = await dana.reads("Are they who they say they are?")
    assert "Telegram number: 2001" in asked["text"]
    await dana.press("I vouch for them")
    await dana.reads("is vetted")
    await eve.reads("You have been vetted")
    assert await town.domain.desk.count_recipients(Audience(("aviation",))) == 3
    await dana.press("Back to the list")
    await dana.reads("1 contact waits to be vetted")


async def test_who_becomes_another_is_told_and_waits_again(town: Town) -> None:
    """The summary says what a new name costs before it counts; an officer hears, and an old page vouches for nobody."""
    dana = await officer(town, DANA)
    await ask(dana, "/vet", "1 contact waits to be vetted")
    await dana.press("chat 1003")
    page = await dana.reads("Are they who they say they are?")
    for account, is_vetted in ((AMIRA, True), (CARL, False)):
        person = await town.person_of(account)
        await ask(person, "/sectors", "Your sectors")
        await person.press("Done")
        await person.press("All regions")
        before = await person.reads("Is this right?")
        assert "vet you again" not in before["text"]
        await person.press("Change name, organisation, role")
        await ask(person, "Supt Amira Khan", "organisation")
        await person.press("Skip")
        await person.press("Skip")
        await person.press("Done")
        await person.press("All regions")
        assert ("vet you again" in (await person.reads("Supt Amira Khan"))["text"]) is is_vetted
        await person.press("Confirm")
        assert "until somebody" in (await person.reads("You are subscribed"))["text"].lower()
    await dana.reads("A new contact waits to be vetted")
    await dana.press("I vouch for them", message_id=page["message_id"])
    assert "Supt Amira Khan" in (await dana.reads("so nobody was vetted"))["text"]
    carl = await town.domain.roll.find(CARL)
    assert carl is not None
    assert not carl.is_vetted
    await dana.press("I vouch for them")
    await dana.reads("is vetted")


async def test_who_may_not_vouch(town: Town) -> None:
    """A contact and a deputy are refused, by the command and by a button that they should not have."""
    vetting, lead = town.domain.vetting, await town.domain.roster.grant(99, Role.LEAD, sectors=("aviation",))
    mark = vetting.mark_of(await vetting.find(CARL, lead))
    deputy = await town.person(14, "Dee")
    await town.domain.roster.grant(14, Role.DEPUTY, sectors=("aviation",))
    amira = await town.person_of(AMIRA)
    for person in (deputy, amira):
        assert "vetted" not in (await ask(person, "/vet", "That is for duty officers"))["text"]
        start = await ask(person, "/help", "999")
        await person.press_data(start["message_id"], f"vet:yes:{CARL}:0:{mark}")
    entry = await town.domain.roll.find(CARL)
    assert entry is not None
    assert not entry.is_vetted


async def test_a_scheduled_text_is_marked(town: Town) -> None:
    """The last look at a schedule says how far it may go and who does not get it; a tap makes it stricter or wider."""
    dana = await officer(town, DANA)
    await ask(dana, "/schedule", "Nothing goes out by itself yet")
    await dana.press("Add a schedule")
    await dana.press("Reminder")
    await ask(dana, "Check your doors\nEvery evening.", "When?")
    await ask(dana, "daily 08:00", "Tap who should receive it.")
    for label in ("All sectors", "All regions", "Reminder, daily"):
        await dana.press(label)
    shown = await dana.reads("Marking: TLP:GREEN – for your organisation")
    assert "1 contact does not get it" in shown["text"]
    await dana.press("Marking: TLP:GREEN (change)")
    await dana.press("Marking: TLP:AMBER (change)")
    await dana.press("Marking: TLP:AMBER+STRICT (change)")
    shown = await dana.reads("Marking: TLP:CLEAR – you may pass this on to anybody")
    assert "does not get it" not in shown["text"]
    await dana.press("Add it")
    [added] = await town.domain.timetable.everything()
    assert added.plan.audience.marking is Marking.CLEAR


async def test_the_alert_of_a_link_is_protected_too(town: Town) -> None:
    """An alert that is shown again to a recipient who follows its link can be forwarded no more than the first copy."""
    amira = await town.person_of(AMIRA)
    audience = Audience(marking=Marking.AMBER)
    alert, _ = await town.domain.desk.issue(content("Roads closed", audience=audience), origin="test")
    first = await amira.reads("Roads closed")
    await amira.say(f"/start a-{alert.reference}")
    again = await amira.reads("Roads closed", after=first["message_id"])
    assert await amira.cannot_forward(again["message_id"])


async def test_an_alert_in_force_stays_within_its_readers_briefings(town: Town) -> None:
    """What is AMBER is named in no briefing that goes further."""
    audience, now = Audience(marking=Marking.AMBER), town.domain.clock.now()
    await town.domain.desk.issue(content("Roads closed", audience=audience), origin="test")
    briefing = town.domain.briefings.briefing("weekly-levels")
    for marking, is_told in ((Marking.CLEAR, False), (Marking.GREEN, False), (Marking.AMBER, True)):
        draft = await town.domain.contents.filled(briefing, Audience(marking=marking), now)
        assert ("Roads closed" in draft.content.body) is is_told
        assert draft.content.audience.marking is max(marking, Marking.GREEN, key=lambda one: one.rank)


async def test_everything_is_over_in_time(town: Town) -> None:
    """Nothing is left to send to those whom the marking kept out."""
    audience = Audience(marking=Marking.AMBER)
    alert, recipients = await town.domain.desk.issue(content("Roads closed", audience=audience), origin="test")
    assert (recipients, alert.expires_at - alert.created_at > timedelta(hours=5)) == (2, True)  # type: ignore[operator]

    async def is_over() -> bool:
        return not await town.open_chats()

    await until(is_over, "every copy to be sent")
    assert await copies_of(town, "Roads closed") == {AMIRA: True, BEN: True}
