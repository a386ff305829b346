"""What an officer can do wrong at /compose: each mistake has its own answer, and none of them costs the draft."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.patience import until
from support.person import Person
from support.talk import ask, enrol, officer, reach_preview
from support.town import Town, town_at

from alerts.audit.entry import ADMINISTRATOR
from alerts.publishing.alert import Alert, AlertStatus
from alerts.subscribers.roll import Profile

DANA, NEW = 13, 3001
HEADLINE = "Suspicious vehicle at the east gate"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with two aviation contacts on the roll."""
    async with town_at(tmp_path) as built:
        await enrol(built, 2)
        await built.start_bot()
        yield built


def question(person: Person) -> str:
    """Give the newest message of the bot."""
    return person.received()[-1]


async def only_alert(town: Town) -> Alert:
    """Give the one alert that there is."""
    ((alert, _),) = await town.domain.desk.newest(5)
    return alert


async def test_a_headline_of_121_characters_is_refused_with_both_numbers(town: Town) -> None:
    """120 fit, 121 do not; the question comes again and the draft is as it was."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await dana.press("Write a new one")
    refused = await ask(dana, "x" * 121, "The headline has 121 characters; 120 are the most. Nothing has changed.")
    assert "Headline\nOne line of up to 120 characters" in refused["text"]
    assert (await only_alert(town)).headline == ""
    await ask(dana, "x" * 120, "What has happened")


async def test_a_text_of_12001_characters_is_refused_with_both_numbers(town: Town) -> None:
    """What comes in messages of 4,096 is put together up to 12,000; what goes beyond leaves the text as it was."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await dana.press("Write a new one")
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "x" * 4096, "Severity")
    await ask(dana, "y" * 4096, "Added to your text, which now has 8,194 characters.")
    too_long = "characters; 12,000 are the most. Please shorten it: your draft is as it was."
    await ask(dana, "z" * 3805, f"The text has 12,001 {too_long}")
    assert (await only_alert(town)).body == "x" * 4096 + "\n\n" + "y" * 4096
    await ask(dana, "z" * 3804, "Added to your text, which now has 12,000 characters.")


async def test_the_longest_alert_still_fits_into_one_message(town: Town) -> None:
    """120 characters of headline, 3,000 of text in emoji, many sectors and regions: the preview and the copy arrive."""
    dana = await officer(town, DANA)
    contact = await town.person_of(1001)
    await reach_preview(dana, "🔥" * 60, "🚨" * 1500, sectors="Aviation")
    await dana.press("Edit sectors")
    for _ in range(4):
        for label in [label for label in dana.buttons(dana.messages[dana.newest])[:8] if label[0] not in "✓‹"]:
            await dana.press(label)
        await dana.press("Next ›")
    await dana.press("Done (32 chosen)")
    await dana.press("Edit regions")
    for label in ("London", "Eastern", "South East", "East Midlands", "North West", "Northern Ireland"):
        await dana.press(label)
    await dana.press("Done (6 chosen)")
    await dana.press("Send now to 2 recipients")
    received = await contact.reads("🚨" * 1500)
    assert "and 28 more" in received["text"]
    assert len(received["text"].encode("utf-16-le")) // 2 <= 4096


async def test_a_sticker_is_no_text(town: Town) -> None:
    """A sticker at the text is answered with what is needed; at the preview it leaves the preview as it is."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    after = dana.newest
    await dana.send_sticker()
    again = await dana.reads("I need text for this, or one of the buttons.", after=after)
    assert "What has happened" in again["text"]
    await ask(dana, "Police are there.", "Severity")
    for label in ("Urgent", "TLP:CLEAR", "All sectors", "All regions", "6 hours"):
        await dana.press(label)
    await dana.reads("Preview")
    after = dana.newest
    await dana.send_sticker()
    told = await dana.reads("I need text for this, or one of the buttons.", after=after)
    assert "Preview\nAbove is the message exactly" in told["text"]
    (shown,) = [text for text in dana.received() if "Police are there." in text]
    assert shown.startswith(f"URGENT: {HEADLINE}\n")


async def test_text_where_a_button_is_due_asks_again(town: Town) -> None:
    """A word at severity, sectors, regions or the preview changes nothing and brings the question again."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    await dana.press("Back")
    await dana.press("Back")
    await ask(dana, HEADLINE, "Severity")
    await ask(dana, "very urgent", "Severity")
    await dana.press("Urgent")
    await dana.press("TLP:CLEAR")
    await ask(dana, "Aviation", "Sectors")
    await dana.press("All sectors")
    await ask(dana, "London", "Regions")
    await dana.press("All regions")
    await dana.press("6 hours")
    await ask(dana, "send", "Preview")
    alert = await only_alert(town)
    assert (alert.status, alert.severity, alert.sectors) == (AlertStatus.DRAFT, "urgent", ())
    assert alert.body == "Police are there."


@pytest.mark.parametrize("word", ["critical", "Urgent", " ADVISORY "])
async def test_a_severity_may_be_typed(town: Town, word: str) -> None:
    """The name of a severity in any case is the choice, directly after the text too, and is no part of the text."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    await ask(dana, word, "Marking")
    alert = await only_alert(town)
    assert (alert.severity, alert.body) == (word.strip().lower(), "Police are there.")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("2020-01-01 10:00", "That expiry lies in the past. Please choose a later one."),
        ("0 h", "That expiry lies in the past. Please choose a later one."),
        ("31 days", "An alert lives 30 days at most. Please choose an earlier expiry."),
        ("soon", "I cannot read that as an expiry. Write 90 min, 6h, 2 days or 2026-11-24 18:00."),
        ("-3h", "I cannot read that as an expiry."),
        ("6 hours and a bit", "I cannot read that as an expiry."),
        ("0001-01-01", "That expiry lies in the past."),
        ("9999-12-31 23:59", "An alert lives 30 days at most."),
    ],
)
async def test_an_expiry_that_cannot_be_used_is_asked_for_again(town: Town, typed: str, answer: str) -> None:
    """What is no expiry, lies in the past or too far ahead is refused with the reason, and the step stays."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    for label in ("Urgent", "TLP:CLEAR", "All sectors", "All regions"):
        await dana.press(label)
    refused = await ask(dana, typed, answer)
    assert "How long is it in force?" in refused["text"]
    assert (await only_alert(town)).expires_at is None


async def test_an_expiry_that_passes_at_the_preview_stops_the_send(town: Town) -> None:
    """An alert whose expiry came while the officer looked at it is not sent; a later expiry makes it whole."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    await dana.press("Edit expiry")
    moment = town.domain.clock.now() + timedelta(seconds=1)
    await ask(dana, moment.isoformat(), "Preview")
    await until(lambda: town.domain.clock.now() > moment, "the expiry to pass")
    await dana.press("Send now to 2 recipients")
    await dana.reads("That expiry lies in the past. Please choose a later one.")
    assert (await only_alert(town)).status is AlertStatus.DRAFT
    await dana.press("Edit expiry")
    await dana.press("1 hour")
    await dana.press("Send now to 2 recipients")
    await dana.reads("Sent: C-")


async def test_an_alert_for_nobody_cannot_be_sent(town: Town) -> None:
    """Where nobody is in the audience the preview says 0 and has no button to send; a forged press sends nothing."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE, sectors="Chemicals")
    assert "It goes to 0 recipients (Chemicals)." in question(dana)
    assert "It cannot be sent, since nobody would get it.\nNobody of these sectors and regions" in question(dana)
    assert not any("Send now" in label for label in dana.buttons(dana.messages[dana.newest]))
    message_id, data = await dana.button("Edit headline")
    await dana.press_data(message_id, data.replace("edit:headline", f"confirm:{(await only_alert(town)).revision}"))
    await dana.reads("Nobody would receive this alert: no active subscriber is in its audience. Nothing was sent.")
    assert (await only_alert(town)).status is AlertStatus.DRAFT


async def test_a_preview_for_nobody_says_why(town: Town) -> None:
    """Who has blocked the bot is counted, and who is not vetted, in place of saying that nobody is subscribed."""
    await town.domain.roll.subscribe(NEW, "private", Profile(sectors=("chemicals",)))
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE, sectors="Chemicals", marking="TLP:GREEN")
    assert "1 contact does not get it: nobody has vetted them" in question(dana)
    assert "It cannot be sent, since nobody would get it." in question(dana)
    assert "is subscribed" not in question(dana)
    await town.domain.vetting.vet_many([NEW], ADMINISTRATOR)
    await town.domain.roll.blocked(NEW)
    await ask(dana, "/compose", "1 subscriber cannot be reached: they have blocked the bot")
    assert "is subscribed" not in question(dana)


async def test_an_old_preview_cannot_confirm_a_newer_text(town: Town) -> None:
    """A button that was made for an earlier revision of the draft sends nothing."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    old = await dana.button("Send now")
    await dana.press("Edit text")
    await ask(dana, "Another text.", "Preview")
    await dana.press_data(*old)
    await dana.reads("You have changed it since that was shown: text. Nothing was done. Please use the newer message.")
    assert (await only_alert(town)).status is AlertStatus.DRAFT


async def test_signs_of_html_are_text(town: Town) -> None:
    """What looks like tags, entities and braces arrives as it was typed, in the headline and in the text."""
    dana = await officer(town, DANA)
    contact = await town.person_of(1001)
    body = "a < b && c > d </b> <script>alert(1)</script> &amp; &lt; &nbsp; {0} {name} %s \\n"
    await reach_preview(dana, "<b>Fire</b> & {smoke} &amp;", body)
    await dana.press("Send now to 2 recipients")
    received = await contact.reads("Fire")
    assert received["text"].startswith("URGENT: <b>Fire</b> & {smoke} &amp;\n")
    assert f"\n\n{body}\n\n" in received["text"]


async def test_a_link_that_leads_nowhere_is_refused_with_its_place(town: Town) -> None:
    """A link with a scheme that Telegram does not open is named by line and column; the draft is as it was."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    after = dana.newest
    link = {"type": "text_link", "offset": 4, "length": 4, "url": "ftp://example.org/x"}
    await dana.say("See here.", [link])
    refused = await dana.reads("The formatting cannot be read (line 1, column 5): a link needs an address", after=after)
    assert "What has happened" in refused["text"]
    assert (await only_alert(town)).body == ""


async def test_more_formatting_than_telegram_keeps_is_refused(town: Town) -> None:
    """A text with 91 marked letters is refused at once; with 90, every one of them is marked in every chat."""
    dana = await officer(town, DANA)
    contact = await town.person_of(1001)
    marked = [{"type": "bold", "offset": 2 * number, "length": 1} for number in range(91)]
    await dana.say("/compose")
    await dana.press("Write a new one")
    await ask(dana, HEADLINE, "What has happened")
    after = dana.newest
    await dana.say("x " * 91 + "end", entities=marked)
    refused = await dana.reads("this is formatted place 91 of the text; 90 are the most", after=after)
    assert "Text\nWhat has happened" in refused["text"]
    await dana.say("x " * 91 + "end", entities=marked[:90])
    for label in ("Urgent", "TLP:CLEAR", "All sectors", "All regions", "6 hours", "Send now to 2 recipients"):
        await dana.press(label)
    received = await contact.reads(HEADLINE)
    assert [entity["length"] for entity in received["entities"]].count(1) == 90


async def test_nested_and_adjoining_formatting_is_kept(town: Town) -> None:
    """Bold in a quote in a spoiler, two styles over the same words and styles that touch are all there on arrival."""
    dana = await officer(town, DANA)
    contact = await town.person_of(1001)
    body = "Stay inside now, quote of two\nlines ends."
    given = [
        {"type": "bold", "offset": 0, "length": 4},
        {"type": "italic", "offset": 4, "length": 7},
        {"type": "bold", "offset": 12, "length": 3},
        {"type": "underline", "offset": 12, "length": 3},
        {"type": "blockquote", "offset": 17, "length": 23},
        {"type": "bold", "offset": 26, "length": 3},
    ]
    await reach_preview(dana, HEADLINE, body, entities=given)
    await dana.press("Send now to 2 recipients")
    received = await contact.reads(HEADLINE)
    shift = received["text"].index(body)
    arrived = [
        {**entity, "offset": entity["offset"] - shift}
        for entity in received["entities"]
        if shift <= entity["offset"] < shift + len(body)
    ]
    assert sorted(arrived, key=str) == sorted(given, key=str)


async def test_an_officer_of_a_sector_reaches_no_other(town: Town) -> None:
    """A limited officer is offered their own sectors alone; neither Done without one nor a forged press goes wider."""
    dana = await officer(town, DANA, sectors=("aviation", "maritime"))
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    await dana.press("Urgent")
    await dana.press("TLP:CLEAR")
    assert dana.buttons(dana.messages[dana.newest])[:3] == [
        "Aviation",
        "Shipbuilding and Maritime Services",
        "Done (0 chosen)",
    ]
    message_id, data = await dana.button("Done (0 chosen)")
    await dana.press("Done (0 chosen)")
    assert dana.notices[-1] == "Please choose at least one of your sectors."
    assert question(dana).startswith("Sectors")
    await dana.press_data(message_id, data.replace("done", "toggle:chemicals:0"))
    assert (await only_alert(town)).sectors == ()
    await dana.press_data(message_id, data.replace("done", "all"))
    assert question(dana).startswith("Sectors")
    await dana.press("Aviation")
    await dana.press("Done (1 chosen)")
    await dana.press("All regions")
    await dana.press("6 hours")
    await dana.press("Send now to 2 recipients")
    await dana.reads("Sent: C-")


async def test_a_limit_that_comes_while_an_officer_writes_holds_at_the_send(town: Town) -> None:
    """An officer whose sectors were cut at the preview cannot send beyond them any more: its buttons are old."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    await officer_again(town, sectors=("maritime",))
    await dana.press("Send now to 2 recipients")
    assert dana.notices[-1] == "That button belongs to an earlier conversation. Nothing has changed."
    assert (await only_alert(town)).status is AlertStatus.DRAFT


async def officer_again(town: Town, *, sectors: tuple[str, ...]) -> None:
    """Change the sectors of an officer who is in town already."""
    person = await town.domain.roster.find(DANA)
    assert person is not None
    await town.domain.roster.grant(DANA, person.role, sectors=sectors)
