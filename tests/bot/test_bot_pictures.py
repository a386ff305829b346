"""Pictures and documents through the whole bot: an officer's go out by their id, a file of ours is uploaded once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.content import content
from support.patience import until
from support.person import Message, Person
from support.pictures import picture
from support.talk import ask, enrol, officer, reach_preview
from support.town import BOT, Town, town_at

from alerts.delivery.report import DeliveryReport
from alerts.delivery.states import DeliveryState
from alerts.errors import NotFound
from alerts.publishing.alert import AlertStatus
from alerts.publishing.attachment import AttachmentKind, check_attachment
from alerts.publishing.files import Files
from bot.sandbox.chats import Message as Stored

DANA = 13
HEADLINE = "Suspicious vehicle at the east gate"
GATE = picture(400, 300)
PLAN = b"gate,open\neast,no\n"
PAGE = ("Keep away from the east gate. " * 97).strip()
"""2,909 characters: two of them make an alert of two messages."""


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with three contacts."""
    async with town_at(tmp_path) as built:
        await enrol(built, 3)
        await built.start_bot()
        yield built


def send_photo(town: Town, person: Person, caption: str = "") -> None:
    """Let a person send the bot a picture."""
    world = town.sandbox.world
    world.say_photo(world.chat(person.account, BOT), GATE, caption)


def send_document(town: Town, person: Person, caption: str = "") -> None:
    """Let a person send the bot a document."""
    world = town.sandbox.world
    world.say_document(world.chat(person.account, BOT), PLAN, "plan.csv", caption=caption)


def files(town: Town) -> int:
    """Count the files that were ever sent to the sandbox, by people and by the bot."""
    number = 0
    while town.sandbox.world.library.at(number) is not None:
        number += 1
    return number


def by_bot(town: Town, account: int) -> list[Stored]:
    """List what the bot wrote in a chat, oldest first."""
    return [stored for stored in town.sandbox.world.chat(account, BOT).messages.values() if stored.sender.is_bot]


async def shows(person: Person, caption: str) -> Message:
    """Wait for a picture or document of the bot with this in its caption, and give its message."""

    def look() -> Message | None:
        found = (message for message in person.messages.values() if caption in (message.get("caption") or ""))
        return next((message for message in found if person.is_bots(message)), None)

    return await until(look, f"a picture or document with '{caption}'")


async def until_over(town: Town) -> DeliveryReport:
    """Wait until every row has come to its end, and give the report."""

    async def is_over() -> bool:
        return (await town.domain.desk.find(1)).status is AlertStatus.SENT

    await until(is_over, "the end of the alert")
    return (await town.domain.desk.report(1))[1]


async def reach_text(dana: Person) -> None:
    """Compose up to the question for the text."""
    await ask(dana, "/compose", "New alert")
    await dana.press("Write a new one")
    await ask(dana, HEADLINE, "What has happened")


async def go_on(dana: Person) -> None:
    """Answer what is asked after the text, which leads to the preview."""
    for label in ("Urgent", "TLP:CLEAR", "All sectors", "All regions", "6 hours"):
        await dana.press(label)


async def test_a_picture_with_the_text_under_it_goes_out_by_its_id(town: Town) -> None:
    """Preview and contacts show the officer's own picture with the alert as its caption; the bot uploads nothing."""
    dana = await officer(town, DANA)
    await reach_text(dana)
    send_photo(town, dana, "Police are there.")
    await dana.reads("Attached. It goes out with the alert.\n\nSeverity")
    await go_on(dana)
    preview = await shows(dana, f"URGENT: {HEADLINE}")
    assert "\n\nPolice are there.\n\n" in preview["caption"]
    assert dana.buttons(preview) == ["How to report", "Threat level now"]
    await dana.press("Send now to 3 recipients")
    await until_over(town)
    for account in (1001, 1002, 1003):
        (stored,) = by_bot(town, account)
        assert stored.media is town.sandbox.world.library.at(0)
        assert "\n\nPolice are there.\n\n" in stored.caption
    assert files(town) == 1


async def test_a_picture_without_words_waits_for_the_text(town: Town) -> None:
    """A bare picture at the question for the headline leaves that question open, and goes out all the same."""
    dana = await officer(town, DANA)
    await ask(dana, "/compose", "New alert")
    await dana.press("Write a new one")
    send_photo(town, dana)
    await dana.reads("Attached. It goes out with the alert.\n\nHeadline")
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    await go_on(dana)
    await shows(dana, f"URGENT: {HEADLINE}")
    await dana.press("Send now to 3 recipients")
    await until_over(town)
    assert [stored.media for stored in by_bot(town, 1001)] == [town.sandbox.world.library.at(0)]
    assert files(town) == 1


async def test_a_document_goes_out_by_its_id_and_keeps_its_name(town: Town) -> None:
    """A document that is added at the preview shows there with its name, and reaches the contacts without an upload."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    await dana.press("Add a picture or document")
    await dana.reads("Send it here now.")
    send_document(town, dana)
    preview = await shows(dana, f"URGENT: {HEADLINE}")
    assert preview["document"]["name"] == "plan.csv"
    await dana.press("Send now to 3 recipients")
    await until_over(town)
    for account in (1001, 1002, 1003):
        (stored,) = by_bot(town, account)
        assert stored.media is town.sandbox.world.library.at(0)
        assert "\n\nPolice are there.\n\n" in stored.caption
    assert files(town) == 1


async def test_a_second_message_is_added_and_a_long_text_follows_the_picture(town: Town) -> None:
    """What is typed after the text continues it; too long for a caption, it comes below the picture in its parts."""
    dana = await officer(town, DANA)
    await reach_text(dana)
    send_photo(town, dana)
    await dana.reads("Attached. It goes out with the alert.\n\nText")
    await ask(dana, PAGE, "Severity")
    await ask(dana, PAGE, "Added to your text, which now has 5,820 characters.\n\nSeverity")
    await go_on(dana)
    preview = await shows(dana, "the text follows below")
    first = await dana.reads("Part 1 of 2", after=preview["message_id"])
    second = await dana.reads("Part 2 of 2", after=first["message_id"])
    assert dana.buttons(second) == ["How to report", "Threat level now"]
    await dana.press("Send now to 3 recipients")
    await until_over(town)
    for account in (1001, 1002, 1003):
        head, *pages = by_bot(town, account)
        assert head.media is town.sandbox.world.library.at(0)
        assert head.caption.startswith(f"URGENT: {HEADLINE}\nTLP:CLEAR – ")
        assert [f"Part {part} of 2" in (page.text or "") for part, page in enumerate(pages, start=1)] == [True, True]
    assert files(town) == 1


async def test_a_picture_can_be_taken_away_again(town: Town) -> None:
    """Without the picture the preview is a text again, the one with it is gone, and the contacts get a text."""
    dana = await officer(town, DANA)
    await reach_text(dana)
    send_photo(town, dana, "Police are there.")
    await dana.reads("Attached. It goes out with the alert.")
    await go_on(dana)
    before = await shows(dana, f"URGENT: {HEADLINE}")
    await dana.press("Change picture or document")
    await dana.reads("So far: a picture")
    await dana.press("Take it away")
    await dana.reads(f"URGENT: {HEADLINE}", after=before["message_id"])
    assert before["message_id"] not in dana.messages
    await dana.press("Send now to 3 recipients")
    await until_over(town)
    assert [(stored.media, HEADLINE in (stored.text or "")) for stored in by_bot(town, 1001)] == [(None, True)]


async def test_a_picture_of_an_album_takes_the_place_of_the_one_before(town: Town) -> None:
    """Of three pictures the first is attached, the others say that they replace it, and the last one goes out."""
    dana = await officer(town, DANA)
    await reach_text(dana)
    send_photo(town, dana, "Police are there.")
    first = await dana.reads("Attached. It goes out with the alert.\n\nSeverity")
    send_photo(town, dana)
    instead = "Attached in place of the earlier one, since an alert carries one file."
    second = await dana.reads(f"{instead}\n\nSeverity", after=first["message_id"])
    send_photo(town, dana, "Another view.")
    left_out = "What you wrote under it was left out, since the alert has its text already."
    await dana.reads(f"{instead} {left_out}\n\nSeverity", after=second["message_id"])
    await go_on(dana)
    await dana.press("Send now to 3 recipients")
    await until_over(town)
    assert [stored.media for stored in by_bot(town, 1001)] == [town.sandbox.world.library.at(2)]


async def test_after_a_picture_was_taken_away_the_next_replaces_none(town: Town) -> None:
    """A picture that comes after the first was taken away is simply attached."""
    dana = await officer(town, DANA)
    await reach_text(dana)
    send_photo(town, dana, "Police are there.")
    await dana.reads("Attached. It goes out with the alert.\n\nSeverity")
    await go_on(dana)
    await dana.press("Change picture or document")
    await dana.press("Take it away")
    after = dana.newest
    send_photo(town, dana)
    await dana.reads("Attached. It goes out with the alert.\n\nPreview", after=after)


async def test_what_is_typed_after_a_picture_with_its_text_goes_on_with_that_text(town: Town) -> None:
    """A second message after a caption is added to it, unless the headline is asked for: then it is that."""
    dana = await officer(town, DANA)
    await reach_text(dana)
    send_photo(town, dana, "Police are there.")
    await dana.reads("Attached. It goes out with the alert.\n\nSeverity")
    await ask(dana, "Fire too.", "Added to your text, which now has 28 characters.")
    await dana.press("Save for later")
    begin = await ask(dana, "/compose", "New alert")
    send_photo(town, dana, "Police are there.")
    await dana.reads("Attached. It goes out with the alert.\n\nHeadline", after=begin["message_id"])
    await ask(dana, HEADLINE, "Severity")
    assert (await town.domain.desk.find(2)).body == "Police are there."


@pytest.mark.parametrize("begins", ["Write a new one", "a picture"])
async def test_a_picture_that_was_left_does_not_go_out_with_the_next_alert(town: Town, begins: str) -> None:
    """A draft with a picture alone is offered again by its reference; a new alert beside it carries no picture."""
    dana = await officer(town, DANA)
    await ask(dana, "/compose", "New alert")
    if begins == "Write a new one":
        await dana.press(begins)
    send_photo(town, dana)
    await dana.reads("Attached. It goes out with the alert.\n\nHeadline")
    await dana.press("Save for later")
    left = await town.domain.desk.find(1)
    begin = await ask(dana, "/compose", "New alert")
    assert dana.buttons(begin)[0] == f"Continue: {left.reference}"
    await dana.press("Write a new one")
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    await go_on(dana)
    await dana.press("Send now to 3 recipients")

    async def is_sent() -> bool:
        return (await town.domain.desk.find(2)).status is AlertStatus.SENT

    await until(is_sent, "the end of the alert")
    assert [stored.media for stored in by_bot(town, 1001)] == [None]
    assert (await town.domain.desk.find(1)).attachment is not None


@pytest.mark.parametrize("caption", ["", "Northern Power"])
async def test_a_picture_where_none_can_go_along_is_not_taken(town: Town, caption: str) -> None:
    """At the details of a subscription a picture is refused in words, nothing of it is kept, and the step stays."""
    amira = await town.person(77)
    await amira.say("/start")
    await amira.press("I agree")
    await ask(amira, "Amira", "Your organisation")
    after = amira.newest
    send_photo(town, amira, caption)
    refused = await amira.reads("No picture or document can go along here, so nothing was taken.", after=after)
    assert "Your organisation" in refused["text"]
    await ask(amira, "Harbour Ltd", "Your role there")


async def test_the_caption_of_a_picture_that_is_not_taken_may_be_an_emergency(town: Town) -> None:
    """What reads like an emergency is answered with 999 first, also under a picture that nobody can take."""
    amira = await town.person(77)
    await amira.say("/start")
    await amira.press("I agree")
    await amira.reads("Your name")
    after = amira.newest
    send_photo(town, amira, "there is a man with a gun here, help")
    await amira.reads("999", after=after)
    await amira.reads("No picture or document can go along here, so nothing was taken.", after=after)


async def issue(town: Town, kind: AttachmentKind, name: str, data: bytes) -> None:
    """Send an alert with a file of ours, as the command line does."""
    attachment = check_attachment(kind, name, data)
    await town.domain.desk.issue(content(HEADLINE, attachment=attachment, upload=data), origin="test")


@pytest.mark.parametrize(
    ("kind", "name", "data"), [(AttachmentKind.PHOTO, "gate.png", GATE), (AttachmentKind.DOCUMENT, "plan.csv", PLAN)]
)
async def test_a_file_of_ours_is_uploaded_once(tmp_path: Path, kind: AttachmentKind, name: str, data: bytes) -> None:
    """Of 20 requests one carries the file, the others its id; afterwards our own copy of it is gone."""
    async with town_at(tmp_path) as town:
        crowd = await enrol(town, 20)
        await town.start_bot()
        await issue(town, kind, name, data)
        found = await until_over(town)
        assert (found.counts[DeliveryState.SENT], found.uncertain_count) == (20, 0)
        assert [call["status"] for call in town.calls(f"send{kind.capitalize()}")] == [200] * 20
        assert files(town) == 1
        uploaded = town.sandbox.world.library.at(0)
        assert uploaded is not None
        assert uploaded.data == data
        assert [[stored.media for stored in by_bot(town, account)] for account in crowd] == [[uploaded]] * 20
        with pytest.raises(NotFound):
            await Files(town.domain.store).content(1)


async def test_a_first_recipient_who_has_blocked_the_bot_costs_no_second_upload(tmp_path: Path) -> None:
    """When the chat of the first request is closed the next takes the file along, and the rest get it by its id."""
    async with town_at(tmp_path, rate_per_second=40) as town:  # slow enough that the first is alone with its request
        crowd = await enrol(town, 20)
        world = town.sandbox.world
        world.set_blocked(world.chat(crowd[0], BOT), blocked=True)
        world.bots[BOT].updates.clear()
        await town.start_bot()
        await issue(town, AttachmentKind.PHOTO, "gate.png", GATE)
        found = await until_over(town)
        assert found.counts[DeliveryState.SENT] == 19
        assert found.reasons == {(DeliveryState.GONE, "blocked the bot"): 1}
        assert [call["status"] for call in town.calls("sendPhoto")] == [403] + [200] * 19
        assert files(town) == 1
        assert [len(by_bot(town, account)) for account in crowd] == [0] + [1] * 19


@pytest.mark.parametrize("fault", [{}, {"after": True}])
async def test_a_first_upload_that_fails_is_made_again(tmp_path: Path, fault: dict[str, Any]) -> None:
    """After a 502 the next request takes the file along; the picture comes twice only where the 502 was a lie."""
    async with town_at(tmp_path) as town:
        crowd = await enrol(town, 20)
        await town.start_bot()
        town.sandbox.faults.replace([{"fault": "5xx", "methods": ["sendPhoto"], "count": 1, **fault}])
        await issue(town, AttachmentKind.PHOTO, "gate.png", GATE)
        found = await until_over(town)
        assert (found.counts[DeliveryState.SENT], found.uncertain_count) == (20, 1)
        assert [call["status"] for call in town.calls("sendPhoto")] == [502] + [200] * 20
        doubled = len(fault)
        assert files(town) == 1 + doubled
        assert sorted(len(by_bot(town, account)) for account in crowd) == [1] * (20 - doubled) + [2] * doubled
        kept = town.sandbox.world.library.at(doubled)
        assert sum(stored.media is kept for account in crowd for stored in by_bot(town, account)) == 20
