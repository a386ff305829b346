"""Two people and an alert: submitted, approved, returned, taken back, stopped, and sent past the second person."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from support.content import content
from support.patience import until
from support.person import Person
from support.pictures import picture
from support.talk import ask, copies, enrol, officer, own_words, reach_preview
from support.town import BOT, Town, town_at

from alerts.people.rights import Role
from alerts.publishing.alert import AlertStatus
from alerts.publishing.attachment import AttachmentKind, check_attachment
from alerts.schedule.schedule import ScheduleStatus
from alerts.store.authority import approvals
from alerts.store.tables import alerts

DANA, EVE, OLU, AMIRA = 13, 14, 15, 1001
HEADLINE = "Suspicious vehicle at the east gate"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with three contacts, in a house where the glass may be broken."""
    async with town_at(tmp_path, break_glass=True) as built:
        await enrol(built, 3)
        await built.start_bot()
        yield built


async def two(town: Town) -> tuple[Person, Person]:
    """Bring in two officers who have both pressed Start."""
    dana, eve = await named(town, DANA, "Dana"), await named(town, EVE, "Eve")
    return dana, eve


async def named(town: Town, account: int, name: str, role: Role = Role.OFFICER) -> Person:
    """Bring in somebody with a role and a name."""
    await town.domain.roster.grant(account, role, name=name)
    person = await town.person(account, name)
    await ask(person, "/help", "What I can do")
    return person


async def submitted(dana: Person, **parts: str) -> None:
    """Write an alert and submit it with one press."""
    await reach_preview(dana, HEADLINE, **parts)
    await dana.press("Submit for approval, 3 recipients")
    await dana.reads("waits for approval.")


async def status(town: Town, alert_id: int = 1) -> AlertStatus:
    """Tell how the alert stands."""
    return (await town.domain.desk.find(alert_id)).status


async def come_to(town: Town, wanted: AlertStatus) -> None:
    """Wait until the alert has come to a status."""

    async def has() -> bool:
        return await status(town) is wanted

    await until(has, f"the alert to be {wanted}")


async def test_two_people_let_an_alert_out(town: Town) -> None:
    """One press submits, one approves; the second person saw the very message, and both learn what came of it."""
    dana, eve = await two(town)
    await submitted(dana)
    waiting = await dana.reads("C-2026-0001 waits for approval.")
    assert waiting["text"] == (
        f"C-2026-0001 waits for approval.\n{HEADLINE}\nNobody has received it yet.\nAsked: Eve. One of them is enough."
    )
    assert dana.buttons(waiting) == ["Change it", "Stop"]

    request = await eve.reads("waits for your approval.")
    assert request["text"] == (
        "C-2026-0001 waits for your approval.\nAbove is the message exactly as subscribers will get it.\n\n"
        "Written by: Dana\nIt goes to 3 recipients (all sectors)."
    )
    assert eve.buttons(request) == ["Approve and send to 3 recipients", "Return with a reason", "Look again"]
    preview = own_words(await eve.reads(f"URGENT: {HEADLINE}"))
    amira = await town.person_of(AMIRA)
    await eve.press("Approve and send to 3 recipients")

    received = await amira.reads(HEADLINE)
    assert own_words(received) == preview
    await eve.reads("C-2026-0001 is released.")
    assert not any(text.startswith("URGENT") for text in eve.received())
    assert (await dana.reads("has approved"))["text"] == f"Eve has approved C-2026-0001.\n{HEADLINE}"
    report = await dana.reads("Sent: C-2026-0001")
    assert "Approved by a second person: Eve, " in report["text"]
    assert "waits for approval" not in dana.messages[waiting["message_id"]]["text"]


async def test_what_is_released_waits_for_a_hold_and_loses_its_stop_once_sent(town: Town) -> None:
    """While everything is on hold the approver's message says so; once the alert is sent there is nothing to stop."""
    dana, eve = await two(town)
    await town.domain.holds.place(None)
    await submitted(dana)
    await eve.reads("waits for your approval.")
    await eve.press("Approve and send to 3 recipients")
    held = await eve.reads("C-2026-0001 is released.")
    assert "On hold: nothing goes out until an owner releases it." in held["text"]
    assert eve.buttons(held) == ["Stop"]
    await town.domain.holds.release(None)
    await come_to(town, AlertStatus.SENT)
    number = held["message_id"]
    await until(lambda: not eve.buttons(eve.messages[number]), "the Stop button to go")
    assert eve.messages[number]["text"].startswith("C-2026-0001 is released.")
    assert "On hold" not in eve.messages[number]["text"]


async def test_one_officer_alone_sends_at_once_and_the_report_says_so(town: Town) -> None:
    """While nobody else may approve, confirming sends, and the report calls it one person's word."""
    dana = await named(town, DANA, "Dana")
    await reach_preview(dana, HEADLINE)
    await dana.press("Send now to 3 recipients")
    report = await dana.reads("Sent: C-2026-0001")
    assert "It went out on one person's word: Dana, " in report["text"]


async def test_the_author_cannot_approve(town: Town) -> None:
    """The author who presses the second person's button is refused in words, as an owner too, and nothing moves."""
    dana, eve = await two(town)
    await submitted(dana)
    await eve.reads("waits for your approval.")
    _, data = await eve.button("Approve and send")
    for role in (Role.OFFICER, Role.OWNER):
        await town.domain.roster.grant(DANA, role, name="Dana")
        after = dana.newest
        await dana.press_data(after, data)
        assert await dana.reads("Who wrote an alert, or any part of it, cannot approve it.", after=after)
        assert await status(town) is AlertStatus.SUBMITTED
    look = await dana.press_data(dana.newest, data.replace("yes", "look"))
    assert look is None
    assert await status(town) is AlertStatus.SUBMITTED


async def test_a_returned_alert_is_changed_and_shown_again_with_what_changed(town: Town) -> None:
    """The reason reaches the author; the second person then sees what is new, and the old button is refused."""
    dana, eve = await two(town)
    await submitted(dana)
    await eve.reads("waits for your approval.")
    stale = await eve.button("Approve and send")
    await eve.press("Return with a reason")
    await ask(eve, "Say which gate, please.", "was returned by Eve.")
    told = await dana.reads("Eve has returned C-2026-0001 to you.")
    assert told["text"].endswith(f"{HEADLINE}\n\nThe reason: Say which gate, please.")
    assert await status(town) is AlertStatus.REJECTED

    await dana.press("Change it", message_id=told["message_id"])
    await dana.reads("Preview")
    await dana.press("Edit headline")
    await ask(dana, "Suspicious vehicle at gate 4", "Preview")
    await dana.press("Edit text")
    await ask(dana, "Police are there.\nUse gate 5.", "Preview")
    await dana.press("Submit for approval, 3 recipients")
    again = await eve.reads("Changed since you looked last")
    assert again["text"].endswith(f"Changed since you looked last\nHeadline before: {HEADLINE}\nPut in: Use gate 5.")
    after = eve.newest
    await eve.press_data(after, stale[1])
    refused = await eve.reads("has changed it in the meantime", after=after)
    assert refused["text"] == (
        "Dana has changed it in the meantime: headline, text. Nothing was done. Please look again with /drafts."
    )
    assert await status(town) is AlertStatus.SUBMITTED
    await eve.press("Approve and send", message_id=again["message_id"])
    await come_to(town, AlertStatus.SENT)


async def test_everybody_who_was_shown_it_learns_the_outcome(town: Town) -> None:
    """Of three, one approves: the third's preview goes, and their buttons give way to what became of it."""
    dana, eve = await two(town)
    olu = await named(town, OLU, "Olu", Role.OWNER)
    await submitted(dana)
    request = await olu.reads("waits for your approval.")
    _, stale = await olu.button("Approve and send")
    await eve.press("Approve and send")
    settled = await olu.reads("C-2026-0001 is released.")
    assert settled["message_id"] == request["message_id"]
    assert "Approved by a second person: Eve, " in settled["text"]
    assert not any("Approve" in label for label in olu.buttons(settled))
    assert not any(text.startswith("URGENT") for text in olu.received())
    after = olu.newest
    await olu.press_data(settled["message_id"], stale)
    await olu.reads("That has been changed, sent or ended in the meantime", after=after)
    assert copies(town, AMIRA, HEADLINE) == 1


async def test_taken_back_by_its_author_it_cannot_be_approved(town: Town) -> None:
    """'Change it' makes a draft of it: whoever was asked sees that, and their button moves nothing."""
    dana, eve = await two(town)
    await submitted(dana)
    await eve.reads("waits for your approval.")
    message_id, stale = await eve.button("Approve and send")
    await dana.press("Change it")
    await dana.reads("Preview")
    assert (await eve.reads("was taken back by its author"))["message_id"] == message_id
    await eve.press_data(message_id, stale)
    assert await status(town) is AlertStatus.DRAFT
    assert copies(town, AMIRA, HEADLINE) == 0


async def test_a_restart_loses_neither_the_question_nor_the_answer(town: Town) -> None:
    """Submitted before a restart, shown after it, once; approved after another one by the old button."""
    dana, eve = await two(town)
    await submitted(dana)
    await eve.reads("waits for your approval.")
    await town.stop_bot()
    await town.start_bot()
    await ask(eve, "/help", "What I can do")
    assert sum("C-2026-0001 waits for your approval" in text for text in eve.received()) == 1
    await eve.press("Approve and send to 3 recipients")
    await come_to(town, AlertStatus.SENT)
    assert copies(town, AMIRA, HEADLINE) == 1


async def test_drafts_lists_what_waits_for_me_and_what_is_mine(town: Town) -> None:
    """The second person finds it under /drafts too, and the author their several drafts, each of which opens."""
    dana, eve = await two(town)
    await submitted(dana)
    await ask(dana, "/compose", "New alert")
    await ask(dana, "Road closed", "What has happened")
    await ask(dana, "/drafts", "Your drafts")
    listed = await dana.reads("Your drafts")
    assert dana.buttons(listed) == ["Road closed", HEADLINE]
    assert "Waiting for approval." in listed["text"]
    waiting = await ask(eve, "/drafts", "Waiting for your approval")
    await eve.press(HEADLINE, message_id=waiting["message_id"])
    await eve.reads("C-2026-0001 waits for your approval.")
    await dana.press(HEADLINE, message_id=listed["message_id"])
    await dana.reads("waits for approval.")


async def test_anybody_with_the_right_stops_what_waits_and_what_is_going_out(town: Town) -> None:
    """The author's Stop ends what waits; the approver's Stop ends what is under way; a contact's press ends nothing."""
    dana, eve = await two(town)
    await submitted(dana)
    await eve.reads("waits for your approval.")
    _, stop = await dana.button("Stop")
    amira = await town.person_of(AMIRA)
    shown = await ask(amira, "/threat", "The threat level now")
    await amira.press_data(shown["message_id"], stop)
    await amira.reads("That is for duty officers.")
    assert await status(town) is AlertStatus.SUBMITTED
    await eve.press_data(eve.newest, stop)
    await eve.reads("C-2026-0001 is stopped.")
    await dana.reads("Eve has stopped C-2026-0001 before it went out.")
    assert await status(town) is AlertStatus.CANCELLED


async def broken(town: Town, dana: Person) -> None:
    """Let Dana break the glass over a critical alert."""
    await submitted(dana, severity="Critical")
    await dana.press("Send on my own word")
    await dana.reads("Write exactly this: send C-2026-0001 on my word")
    await ask(dana, "send it", "That is not the phrase, and nothing was sent.")
    shown = await ask(dana, "Send C-2026-0001 on my  word", "goes out on one person's word")
    assert f" at {await goes_out_at(town)}, 30 seconds after the phrase was written, unless" in shown["text"]


async def goes_out_at(town: Town) -> str:
    """Give the moment at which the broken glass sends the alert, to the second and as people read it."""
    goes_at = (await town.domain.desk.standing(1)).goes_at
    assert goes_at is not None
    return town.domain.texts.second(goes_at)


async def test_the_glass_is_broken_and_stopped(town: Town) -> None:
    """Everybody who may stop it is asked at once, owners too, and reads how many seconds there are.

    One press stops it, and nobody has received it.
    """
    dana, eve = await two(town)
    olu = await named(town, OLU, "Olu", Role.OWNER)
    await broken(town, dana)
    await olu.reads("on one person's word at")
    told = await eve.reads("on one person's word at")
    said = re.search(r" at (.+)[.] That is (\d+) seconds after this message[.]", told["text"])
    assert said is not None
    assert said[1] == await goes_out_at(town)
    assert 0 < int(said[2]) < 30
    assert eve.buttons(told) == ["Stop"]
    await eve.press("Stop", message_id=told["message_id"])
    await dana.reads("Eve has stopped C-2026-0001 before it went out.")
    await olu.reads("C-2026-0001 is stopped.")
    assert await status(town) is AlertStatus.CANCELLED
    assert copies(town, AMIRA, HEADLINE) == 0


async def test_a_broken_glass_survives_a_restart_and_goes_out_after_its_seconds(town: Town) -> None:
    """Begun before a restart, it goes out after it, once the half minute is over, and the report names it."""
    dana, eve = await two(town)
    await broken(town, dana)
    await eve.reads("on one person's word at")
    await town.stop_bot()
    async with town.domain.store.writing() as connection:  # half a minute earlier, since no test sleeps
        begun = town.domain.clock.now() - timedelta(seconds=31)
        await connection.execute(update(approvals).values(at=begun))
    await town.start_bot()
    await come_to(town, AlertStatus.SENT)
    assert "Break-glass: it went out on one person's word" in (await dana.reads("Sent: C-"))["text"]
    assert "Break-glass" in (await eve.reads("is released."))["text"]


async def test_an_alert_for_later_waits_and_goes_at_its_time(town: Town) -> None:
    """'Send later' is asked for in words; approved it waits, through a restart, and then goes by itself."""
    dana, eve = await two(town)
    await reach_preview(dana, HEADLINE)
    await dana.press("Send later")
    await ask(dana, "tomorrow-ish", "I cannot read that time.")
    await ask(dana, "2h", "It is to go out at ")
    await dana.press("Submit for approval, 3 recipients")
    await eve.press("Approve for 3 recipients, later")
    await come_to(town, AlertStatus.SCHEDULED)
    await dana.reads("C-2026-0001 goes out at ")
    await town.stop_bot()
    async with town.domain.store.writing() as connection:
        await connection.execute(update(alerts).values(send_at=town.domain.clock.now()))
    await town.start_bot()
    await come_to(town, AlertStatus.SENT)
    assert copies(town, AMIRA, HEADLINE) == 1


async def test_who_lost_the_role_is_shown_nothing_and_approves_nothing(town: Town) -> None:
    """A revoked officer's button is refused at once, whatever it was good for a moment ago."""
    dana, eve = await two(town)
    await officer(town, OLU, "Olu")
    await submitted(dana)
    message_id, data = await eve.button("Approve and send")
    await town.domain.roster.revoke(EVE)
    after = eve.newest
    await eve.press_data(message_id, data)
    await eve.reads("That is for duty officers.", after=after)
    assert await status(town) is AlertStatus.SUBMITTED


async def test_another_officer_finds_and_stops_what_is_released_for_later(town: Town) -> None:
    """Who was not asked about it, since they came on duty afterwards, stops it from /drafts."""
    dana, eve = await two(town)
    await reach_preview(dana, HEADLINE)
    await dana.press("Send later")
    await ask(dana, "2h", "It is to go out at ")
    await dana.press("Submit for approval, 3 recipients")
    await eve.press("Approve for 3 recipients, later")
    await come_to(town, AlertStatus.SCHEDULED)
    olu = await named(town, OLU, "Olu", Role.OWNER)
    listed = await ask(olu, "/drafts", "Released by others, not out yet")
    await olu.press(HEADLINE, message_id=listed["message_id"])
    await olu.press("Stop")
    await dana.reads("Olu has stopped C-2026-0001 before it went out.")
    assert await status(town) is AlertStatus.CANCELLED


async def test_a_picture_of_the_command_line_is_seen_by_the_second_person(town: Town) -> None:
    """Its bytes are carried up once, for whoever looks first, and everybody gets it by its name then."""
    dana, eve = await two(town)
    data = picture(64, 48)
    shown = content(HEADLINE, attachment=check_attachment(AttachmentKind.PHOTO, "gate.png", data), upload=data)
    await town.domain.desk.issue(shown, origin="command line")
    for officer_ in (dana, eve):
        request = await officer_.reads("waits for your approval.")
        above = officer_.messages[request["message_id"] - 1]
        assert above["photo"]
    await eve.press("Approve and send to 3 recipients")
    await come_to(town, AlertStatus.SENT)
    assert copies(town, AMIRA, HEADLINE) == 1
    photo = town.sandbox.world.chat(AMIRA, BOT).messages.values()
    assert any(one.sender.is_bot and HEADLINE in one.caption for one in photo)


async def test_a_level_is_in_force_at_once_and_its_alert_waits(town: Town) -> None:
    """/level records the reading and says that the alert waits; the second person lets it out."""
    dana, eve = await two(town)
    await town.domain.register.record(
        await town.domain.register.propose("uk-national", "SUBSTANTIAL"), source="officer", set_by=DANA
    )
    await dana.say("/level")
    for label in ("UK national", "SEVERE", "Today", "Skip"):
        await dana.press(label)
    await dana.reads("A second person has to approve it before it goes out.")
    await dana.press("Confirm")
    await dana.reads("waits for approval by a second person.")
    await ask(eve, "/threat", "SEVERE")
    await eve.press("Approve and send to 3 recipients")
    await come_to(town, AlertStatus.SENT)
    assert copies(town, AMIRA, "SEVERE") == 1


async def test_a_schedule_is_approved_in_the_chat(town: Town) -> None:
    """Who adds one is told that it waits; the second person sees what it would send, and starts it with a press."""
    dana, eve = await two(town)
    await dana.say("/schedule")
    await dana.press("Add a schedule")
    await dana.press("Reminder")
    await ask(dana, "Check the doors\nLock them all.", "When?")
    await ask(dana, "daily 08:00", "Tap who should receive it.")
    for label in ("All sectors", "All regions"):
        await dana.press(label)
    await ask(dana, "Doors", "Please check")
    await dana.press("Add it")
    await dana.reads("Doors waits for approval.")
    await eve.reads("A schedule waits for your approval.")
    assert any("Check the doors" in text for text in eve.received())
    await eve.press("Approve the schedule")
    await dana.reads("Eve has approved the schedule “Doors”.")
    assert (await town.domain.timetable.named("Doors")).status is ScheduleStatus.ACTIVE
