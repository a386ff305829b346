"""/compose: every step of writing an alert, changing it at the preview, keeping a draft and throwing it away."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.patience import until
from support.person import Person
from support.talk import ask, copies, enrol, officer, own_words, reach_preview
from support.town import Town, town_at

import bot.demo
from alerts.publishing.alert import AlertStatus, Severity

DANA, AMIRA = 13, 1001
HEADLINE = "Suspicious vehicle at the east gate"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with two aviation contacts, one of chemicals, and the demo's stored briefing."""
    async with town_at(tmp_path, data_dir=Path(bot.demo.__file__).parent / "data") as built:
        await enrol(built, 2)
        await enrol(built, 1, first=2001, sectors=("chemicals",))
        await built.start_bot()
        yield built


def question(person: Person) -> str:
    """Give the newest message of the bot."""
    return person.received()[-1]


async def drafts(town: Town) -> list[tuple[str, str]]:
    """List status and headline of every alert, newest first."""
    return [(alert.status.value, alert.headline) for alert, _ in await town.domain.desk.newest(20)]


async def test_each_step_asks_for_one_part(town: Town) -> None:
    """Headline, text, severity, sectors, regions and expiry are asked for in this order, then comes the preview."""
    dana = await officer(town, DANA)
    begin = await ask(dana, "/compose", "New alert")
    assert dana.buttons(begin)[-3:] == ["Met update, 1 August 2016", "Write a new one", "Save for later"]
    await dana.press("Write a new one")
    assert question(dana) == "Headline\nOne line of up to 120 characters: what, and where."
    await ask(dana, "  Suspicious vehicle\nat the   east gate ", "Text\nWhat has happened")
    severity = await ask(dana, "Police are there.", "Severity")
    assert dana.buttons(severity)[:4] == [
        "Critical – act now",
        "Urgent – act today",
        "Advisory – be aware and prepare",
        "Information – for your briefing",
    ]
    await dana.press("Advisory")
    assert question(dana).startswith("Marking\n")
    await dana.press("TLP:CLEAR")
    assert question(dana).startswith("Sectors\n")
    await dana.press("Aviation")
    await dana.press("Chemicals")
    assert question(dana).endswith("So far: Aviation; Chemicals")
    await dana.press("Done (2 chosen)")
    assert question(dana).startswith("Regions\n")
    await dana.press("London")
    await dana.press("Done (1 chosen)")
    assert question(dana).startswith("Expiry\n")
    await dana.press("3 hours")

    preview, controls = dana.received()[-2:]
    assert preview.startswith(f"ADVISORY: {HEADLINE}\nTLP:CLEAR – you may pass this on to anybody.\nC-")
    assert "\nFor: Aviation; Chemicals · London\n\nPolice are there.\n\nIn force until " in preview
    assert controls == (
        "Preview\nAbove is the message exactly as subscribers get it.\n\n"
        "It goes to 3 recipients (Aviation; Chemicals · London)."
    )
    assert dana.buttons(dana.messages[dana.newest]) == [
        "Send now to 3 recipients",
        *["Edit headline", "Edit text", "Edit severity", "Edit marking"],
        *["Edit sectors", "Edit regions", "Edit expiry"],
        "Add a picture or document",
        "Send later",
        *["Delete draft", "Save for later"],
    ]
    assert await drafts(town) == [("draft", HEADLINE)]


async def test_a_headline_can_be_typed_right_away(town: Town) -> None:
    """The first message after /compose is the headline; no button has to be pressed for it."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")


async def test_back_leads_through_every_step_and_keeps_the_parts(town: Town) -> None:
    """Back from the expiry leads to the beginning; each step shows what the draft holds so far."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    for label in ("Critical", "TLP:CLEAR", "Aviation", "Done", "London", "Done"):
        await dana.press(label)
    seen = []
    for _ in range(7):
        await dana.press("Back")
        seen.append(question(dana))
    asked = ["Regions", "Sectors", "Marking", "Severity", "Text", "Headline", "New alert"]
    assert [text.split("\n")[0] for text in seen] == asked
    assert seen[0].endswith("So far: London")
    assert seen[1].endswith("So far: Aviation")
    assert seen[2].endswith("So far: TLP:CLEAR")
    assert seen[3].endswith("So far: CRITICAL")
    assert seen[5].endswith(f"So far: {HEADLINE}")


async def test_every_part_can_be_changed_at_the_preview_and_the_rest_stays(town: Town) -> None:
    """Each edit leads to its step and straight back to the preview, with the number of recipients counted anew."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE, sectors="Aviation")
    assert "It goes to 2 recipients (Aviation)." in question(dana)

    await dana.press("Edit headline")
    await ask(dana, "Road closed at the west gate", "Preview")
    await dana.press("Edit text")
    await ask(dana, "Use the north gate.", "Preview")
    await dana.press("Edit severity")
    await dana.press("Critical")
    await dana.press("Edit sectors")
    for label in ("✓ Aviation", "Chemicals", "Done (1 chosen)"):
        await dana.press(label)
    assert "It goes to 1 recipient (Chemicals)." in question(dana)
    await dana.press("Edit regions")
    await dana.press("London")
    await dana.press("Done (1 chosen)")
    await dana.press("Edit expiry")
    before = town.domain.clock.now()
    await ask(dana, "90 min", "Preview")

    ((alert, _),) = await town.domain.desk.newest(5)
    assert (alert.headline, alert.body) == ("Road closed at the west gate", "Use the north gate.")
    assert (alert.severity, alert.sectors, alert.regions) == (Severity.CRITICAL, ("chemicals",), ("london",))
    assert alert.expires_at is not None
    assert timedelta(minutes=89) < alert.expires_at - before < timedelta(minutes=91)
    shown = dana.received()[-2]
    assert shown.startswith("CRITICAL: Road closed at the west gate\n")
    assert "\nFor: Chemicals · London\n\nUse the north gate.\n\n" in shown


async def test_only_one_preview_stands_at_a_time(town: Town) -> None:
    """A preview that does not hold any more is taken away, so that nobody takes or forwards it for the alert."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    await dana.press("Edit headline")
    await ask(dana, "Another headline", "Preview")
    assert [text for text in dana.received() if text.startswith("URGENT: ")] == [dana.received()[-2]]
    await ask(dana, "hello?", "Preview")
    await ask(dana, "/compose", "Preview")
    await dana.press("Edit text")
    await ask(dana, "Another text.", "Preview")
    assert [text for text in dana.received() if text.startswith("URGENT: ")] == [dana.received()[-2]]
    await dana.press("Save for later")
    assert not any(text.startswith("URGENT: ") for text in dana.received())


async def test_back_from_an_edit_returns_to_the_preview_unchanged(town: Town) -> None:
    """An officer who changes their mind at an edit is back at the same preview."""
    dana = await officer(town, DANA)
    before = await reach_preview(dana, HEADLINE)
    text = own_words(before)
    await dana.press("Edit severity")
    await dana.press("Back")
    await dana.reads("It goes to 3 recipients (all sectors).")
    assert own_words(await dana.reads(HEADLINE)) == text


async def test_a_stored_briefing_fills_headline_text_and_severity(town: Town) -> None:
    """The demo's briefing goes into the draft as it stands, marking and all, and the officer is asked for the rest."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await dana.press("Met update, 1 August 2016")
    assert question(dana).startswith("Sectors\n")
    for label in ("All sectors", "All regions", "1 day"):
        await dana.press(label)
    preview = dana.received()[-2]
    assert preview.startswith("ADVISORY: Met update for sector leads: more armed patrols, no specific threat\n")
    assert "(3,639 by the count of Assistant Commissioner Mark Rowley," in preview
    bold = (await dana.reads("ADVISORY: Met update"))["entities"]
    assert {"type": "bold", "offset": preview.index("Dave Roney"), "length": 10} in bold
    await dana.press("Send now to 3 recipients")
    await until(lambda: copies(town, AMIRA, "Met update") == 1, "the briefing's arrival")


async def test_what_arrives_is_what_was_previewed(town: Town) -> None:
    """Bold, italic, underlined, struck, code, spoiler, quote, link and emoji arrive to the letter and the entity."""
    dana, body = (
        await officer(town, DANA),
        "🚨🦺 Police & <fire> crews\nsay: stay inside. More: our page, code x=1. Gone.",
    )
    amira = await town.person_of(AMIRA)

    def entity(kind: str, words: str, **more: str) -> dict[str, object]:
        offset = len(body[: body.index(words)].encode("utf-16-le")) // 2
        return {"type": kind, "offset": offset, "length": len(words.encode("utf-16-le")) // 2, **more}

    given = [
        entity("bold", "🦺 Police"),
        entity("italic", "Police"),
        entity("underline", "<fire>"),
        entity("spoiler", "stay inside"),
        entity("text_link", "our page", url='https://example.org/?a="1"&region=2&amp;b=3'),
        entity("code", "x=1"),
        entity("strikethrough", "Gone."),
    ]
    preview = await reach_preview(dana, "🔥 Fire & smoke <east>", body, entities=given)
    await dana.press("Send now to 3 recipients")
    received = await amira.reads("Fire & smoke <east>")
    assert own_words(received) == own_words(preview)
    assert received["entities"] == preview["entities"]
    assert received["reply_markup"] == preview["reply_markup"]
    assert amira.buttons(received) == ["How to report", "Threat level now"]
    assert f"\n\n{body}\n\n" in received["text"]
    shift = len(received["text"][: received["text"].index(body)].encode("utf-16-le")) // 2
    arrived = [e for e in received["entities"] if shift <= e["offset"] < shift + len(body.encode("utf-16-le")) // 2]
    moved = [{**e, "offset": int(str(e["offset"])) + shift} for e in given]
    assert sorted(arrived, key=str) == sorted(moved, key=str)


async def test_the_number_in_the_preview_is_the_number_of_rows(town: Town) -> None:
    """As many rows are written as the button said, and no chat beyond the audience gets one."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE, sectors="Aviation")
    await dana.press("Send now to 2 recipients")
    ((alert, recipients),) = await town.domain.desk.newest(5)
    assert recipients == 2
    _, report = await town.domain.desk.report(alert.id)
    assert report.recipients == 2


async def test_a_draft_is_kept_on_leaving_and_taken_up_again(town: Town) -> None:
    """Save for later says where it is: /compose offers it by its headline and goes on at the first part missing."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    await dana.press("Save for later")
    assert question(dana) == "The draft is kept. /drafts has it."
    await ask(dana, "/drafts", HEADLINE)
    await dana.say("/compose")
    await dana.press(f"Continue: {HEADLINE}")
    assert question(dana).startswith("Severity")
    for label in ("Urgent", "TLP:CLEAR", "All sectors", "All regions", "6 hours"):
        await dana.press(label)
    assert "\n\nPolice are there.\n\n" in dana.received()[-2]
    assert await drafts(town) == [("draft", HEADLINE)]


async def test_a_draft_that_was_left_is_still_there_after_a_restart(town: Town) -> None:
    """The bot is stopped after an officer left a draft: /compose offers it afterwards all the same."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE, sectors="Aviation")
    await dana.press("Save for later")
    await town.stop_bot()
    await town.start_bot()
    await dana.say("/compose")
    await dana.press(f"Continue: {HEADLINE}")
    assert question(dana).startswith("Regions")
    await dana.press("All regions")
    assert "It goes to 2 recipients (Aviation)." in question(dana)


async def test_a_new_alert_leaves_the_kept_draft_alone(town: Town) -> None:
    """Write a new one beside a kept draft begins a second draft; once that is sent, the first is offered again."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, "The first one", "What has happened")
    await dana.press("Save for later")
    await reach_preview(dana, "The second one")
    assert await drafts(town) == [("draft", "The second one"), ("draft", "The first one")]
    await dana.press("Send now to 3 recipients")
    begin = await ask(dana, "/compose", "New alert")
    await dana.press("Continue: The first one", message_id=begin["message_id"])
    assert question(dana).startswith("Text\n")


async def test_compose_in_the_middle_shows_where_the_draft_stands(town: Town) -> None:
    """/compose again begins no second draft: it says that one is open and asks the same question."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    resumed = await ask(dana, "/compose", "You have a draft open.")
    assert "What has happened" in resumed["text"]
    await ask(dana, "Police are there.", "Severity")
    assert await drafts(town) == [("draft", HEADLINE)]


async def test_another_alert_can_be_begun_while_a_draft_is_open(town: Town) -> None:
    """'New alert' under the open question, and under its preview, begins an empty one; the other one stays as it is."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    resumed = await ask(dana, "/compose", "You have a draft open.")
    assert dana.buttons(resumed) == ["Back", "Save for later", "New alert"]
    await dana.press("New alert")
    assert dana.notices[-1] == "The other draft is kept. /drafts has it."
    assert question(dana).startswith("New alert\n")
    await reach_preview(dana, "Road closed")
    await ask(dana, "/compose", "Preview")
    await dana.press("New alert")
    assert question(dana).startswith("New alert\n")
    assert not any("Road closed" in text for text in dana.received()[-2:])
    assert [headline for _, headline in await drafts(town)][-2:] == ["Road closed", HEADLINE]
    await ask(dana, "/drafts", HEADLINE)


async def test_a_draft_survives_a_restart(town: Town) -> None:
    """A bot that was stopped in the middle takes the next answer, and a preview's buttons work after a start."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    await town.stop_bot()
    await town.start_bot()
    await ask(dana, "Police are there.", "Severity")
    for label in ("Urgent", "TLP:CLEAR", "All sectors", "All regions", "6 hours"):
        await dana.press(label)
    await dana.reads("It goes to 3 recipients")
    await town.stop_bot()
    await town.start_bot()
    await dana.press("Send now to 3 recipients")
    await dana.reads("Sent: C-")
    assert await drafts(town) == [("sent", HEADLINE)]


async def test_a_draft_that_is_thrown_away_reaches_nobody_and_does_not_come_back(town: Town) -> None:
    """Delete draft takes the preview and the draft; /compose begins empty, and the old button sends nothing."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    send = await dana.button("Send now")
    await dana.press("Delete draft")
    assert question(dana) == "The draft is deleted. Nobody received it."
    assert not any(text.startswith("URGENT: ") for text in dana.received())
    await dana.press_data(*send)
    assert dana.notices[-1] == "That button belongs to an earlier conversation. Nothing has changed."
    begin = await ask(dana, "/compose", "New alert")
    assert not any("Continue" in label for label in dana.buttons(begin))
    ((_, first), (_, second)) = [(alert.id, alert.status) for alert, _ in await town.domain.desk.newest(5)]
    assert (first, second) == (AlertStatus.DRAFT, AlertStatus.CANCELLED)


async def test_another_officer_does_not_see_the_draft(town: Town) -> None:
    """A draft belongs to its author: a second officer's /compose begins empty."""
    dana, eve = await officer(town, DANA), await officer(town, 14, "Eve")
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    begin = await ask(eve, "/compose", "New alert")
    assert not any("Continue" in label for label in eve.buttons(begin))


async def test_a_typed_expiry_can_be_a_span_or_a_moment(town: Town) -> None:
    """2 days and 2099 style moments are read; the preview shows the moment with its zone."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    await dana.press("Edit expiry")
    tomorrow = town.domain.clock.now().astimezone(town.settings.zone) + timedelta(days=1)
    await ask(dana, f"{tomorrow:%Y-%m-%d} 18:00", "Preview")
    assert f"In force until {tomorrow.day} {tomorrow:%b %Y}, 18:00 " in dana.received()[-2]
