"""The final report in the chat: how it went, and who was not reached, for those who may see it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.content import content
from support.person import Person
from support.talk import ask, enrol, officer, reach_preview
from support.town import Town, town_at

from alerts.audit.entry import Act
from alerts.delivery.states import DeliveryState
from alerts.people.rights import Role
from alerts.subscribers.roll import Profile

DANA, EVE, AMIRA, MALLORY = 13, 14, 15, 16
HEADLINE = "Suspicious vehicle at the east gate"
UNREACHABLE = range(5001, 5012)
NAMED = UNREACHABLE[0]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A bot with four aviation contacts whom it reaches and eleven who never pressed Start."""
    async with town_at(tmp_path) as built:
        await enrol(built, 4)
        for account in UNREACHABLE:
            built.sandbox.world.add_account(id=account, first_name="Nobody")
            name = "Zo <b>ë</b> & Co" if account == NAMED else ""
            await built.domain.roll.subscribe(account, "private", Profile(name=name, sectors=("aviation",)))
        await built.start_bot()
        yield built


async def reported(town: Town, account: int = DANA, *, sectors: tuple[str, ...] = ()) -> tuple[Person, int]:
    """Let an officer send an alert, and give them with the message of the final report."""
    person = await officer(town, account, sectors=sectors)
    await reach_preview(person, HEADLINE, sectors="Aviation" if sectors else None)
    await person.press("Send now to 15 recipients")
    return person, (await person.reads("Sent: C-"))["message_id"]


async def test_the_report_tells_how_it_went_and_pages_through_the_unreached(town: Town) -> None:
    """Counts that add up, moments, waits; two pages of names and reasons in place of it, and the way back."""
    dana, number = await reported(town)
    final = dana.messages[number]
    report = (await town.domain.desk.report(1))[1]
    missed = report.counts[DeliveryState.FAILED] + report.counts[DeliveryState.GONE]
    assert (report.counts[DeliveryState.SENT], missed) == (4, len(UNREACHABLE))
    assert "Sent: 4\n" in final["text"]
    assert "\nRecipients: 15\n" in final["text"]
    assert "sent: " in final["text"].partition("Recipients: 15")[2]
    assert " of the confirmation" in final["text"]
    assert dana.buttons(final) == ["Who was not reached"]

    await dana.press("Who was not reached")
    looked = (await town.domain.record.page()).entries[0]
    assert (looked.act, looked.who, looked.subject) == (Act.CONTACTS_SEEN, DANA, "alert 1")
    first = await dana.reads("C-2026-0001: 11 of 15 not reached")
    assert first["message_id"] == number
    assert "\n• Zo <b>ë</b> & Co: " in first["text"]
    assert first["text"].count("\n• ") == 8
    assert dana.buttons(first) == ["‹ Previous", "1 of 2", "Next ›", "Back to the report"]
    await dana.press("Next ›")
    second = await dana.reads(f"• chat {UNREACHABLE[-1]}: ")
    assert (second["message_id"], second["text"].count("\n• ")) == (number, 3)
    await dana.press("Next ›")
    assert (await dana.reads("Zo <b>ë</b>"))["message_id"] == number
    await dana.press("Back to the report")
    assert (await dana.reads("Sent: C-"))["text"] == final["text"]
    looks = [entry for entry in (await town.domain.record.page()).entries if entry.act == "contacts-seen"]
    assert [(one.who, one.subject, one.after) for one in looks] == [
        (DANA, "alert 1", {"entries": number}) for number in (8, 3, 8)
    ]


async def test_nobody_without_the_right_sees_a_name(town: Town) -> None:
    """A contact who forges the button is refused as for every officer's button, and so is nonsense in its place."""
    dana, number = await reported(town)
    mallory = await town.person(MALLORY, "Mallory")
    hello = await ask(mallory, "/help", "What I can do")
    for data in ("prog:who:1:0", "prog:report:1"):
        await mallory.press_data(hello["message_id"], data)
        await mallory.reads("That is for duty officers.")
    assert not any("Zo " in text or HEADLINE in text for text in mallory.received())
    for data in ("prog:who:77:0", "prog:who:1", "prog:who:x:0", "prog:report:x"):
        after = dana.newest
        await dana.press_data(number, data)
        await dana.reads("That button cannot be used any more.", after=after)


async def test_an_officer_sees_names_of_their_own_sectors_only(town: Town) -> None:
    """Limited to the alert's sector they page; limited to another they are refused names, report and 'send again'."""
    eve, _ = await reported(town, EVE, sectors=("aviation",))
    await eve.press("Who was not reached")
    await eve.reads("11 of 15 not reached")
    amira = await officer(town, AMIRA, "Amira", sectors=("retail",))
    hello = await ask(amira, "/help", "What I can do")
    for data in ("prog:who:1:0", "prog:report:1", "prog:again:1"):
        after = amira.newest
        await amira.press_data(hello["message_id"], data)
        await amira.reads("That goes beyond the sectors that you may send to.", after=after)
    await town.domain.roster.grant(AMIRA, Role.OFFICER)
    await amira.press_data(hello["message_id"], "prog:who:1:0")
    await amira.reads("11 of 15 not reached")


async def test_where_everybody_was_reached_nobody_is_offered(tmp_path: Path) -> None:
    """Without anybody to list the report has no button; one that was forged says that everybody was reached."""
    async with town_at(tmp_path) as town:
        await enrol(town, 3)
        await town.start_bot()
        dana = await officer(town, DANA)
        await reach_preview(dana, HEADLINE)
        await dana.press("Send now to 3 recipients")
        final = await dana.reads("Sent: C-")
        assert final["reply_markup"] is None
        assert "Recipients:" not in final["text"]
        await dana.press_data(final["message_id"], "prog:who:1:0")
        await dana.reads("C-2026-0001: everybody was reached.")


async def test_the_time_left_is_told_once_there_is_evidence(tmp_path: Path) -> None:
    """The first look says nothing of the time; after some seconds of sending it says how long the rest takes."""
    async with town_at(tmp_path, rate_per_second=6) as town:
        await enrol(town, 60)
        await town.start_bot()
        dana = await officer(town, DANA)
        await reach_preview(dana, HEADLINE)
        await dana.press("Send now to 60 recipients")
        progress = await dana.reads("Sending C-")
        assert "left" not in progress["text"]
        told = await dana.reads("Less than a minute left.")
        assert told["message_id"] == progress["message_id"]
        await dana.press("Stop")
        final = await dana.reads("Stopped: C-")
        assert dana.buttons(final) == ["Who was not reached"]


async def test_a_hold_is_told_in_place_of_the_time_left(tmp_path: Path) -> None:
    """While nothing may go out the progress names the hold and no time."""
    async with town_at(tmp_path) as town:
        await enrol(town, 5)
        await town.domain.holds.place(None, "a drill")
        await town.start_bot()
        dana = await officer(town, DANA)
        await reach_preview(dana, HEADLINE)
        await dana.press("Send now to 5 recipients")
        progress = await dana.reads("Sending C-")
        assert "On hold: nothing goes out" in progress["text"]
        assert "0 of 5 recipients dealt with." in progress["text"]
        assert "left" not in progress["text"]


async def test_an_alert_without_an_officer_is_in_the_list_too(town: Town) -> None:
    """Of an alert from the command line an officer may see the report and the names by its number."""
    await town.domain.desk.issue(content("Gate closed"), origin="command line")
    dana = await officer(town, DANA)
    hello = await ask(dana, "/help", "What I can do")
    await dana.press_data(hello["message_id"], "prog:who:1:0")
    await dana.reads("of 15 not reached")
