"""Templates in the chat: an alert from one in a few presses, and how officers write, change and keep them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.person import Person
from support.record import noted
from support.talk import ask, enrol, officer
from support.town import Town, town_at

from alerts.people.rights import Role
from alerts.publishing.alert import Severity
from alerts.publishing.marking import Marking

DANA, AMIRA = 13, 1001
LIVE = ["Attack in progress", "Suspicious item", "Evacuation", "Protest or march", "Cyber attack", "All clear"]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with two contacts of aviation and one of chemicals."""
    async with town_at(tmp_path) as built:
        await enrol(built, 2)
        await enrol(built, 1, first=2001, sectors=("chemicals",))
        await built.start_bot()
        yield built


def question(person: Person) -> str:
    """Give the newest message of the bot."""
    return person.received()[-1]


async def reach_preview(person: Person, kind: str = "Knife attack", place: str = "Victoria Street, London") -> None:
    """Fill the template of an attack up to the preview of the desk."""
    await ask(person, "/compose", "New alert")
    await person.press("Attack in progress")
    await person.press(kind)
    await person.press("Now")
    await person.press("Keep away")
    await ask(person, place, "Preview")


async def test_the_first_screen_offers_the_templates(town: Town) -> None:
    """/compose shows the shipped ones for alerts as buttons, and the one for exercises is not among them."""
    dana = await officer(town, DANA)
    begin = await ask(dana, "/compose", "New alert")
    assert dana.buttons(begin) == [*LIVE, "Write a new one", "Save for later"]


async def test_a_template_leads_to_the_usual_preview(town: Town) -> None:
    """Three choices and a line make the whole alert: headline, text, severity, audience and expiry are there."""
    dana = await officer(town, DANA)
    await reach_preview(dana)
    preview, controls = dana.received()[-2:]
    assert preview.startswith("CRITICAL: Knife attack: Victoria Street, London\nTLP:CLEAR – ")
    assert "Knife attack at Victoria Street, London, since " in preview
    assert "\nKeep away from the area.\n\nIf you are there\nRun if there is a safe way out." in preview
    assert "It goes to 3 recipients (all sectors)." in controls
    draft, _ = (await town.domain.desk.newest(1))[0]
    assert draft.severity is Severity.CRITICAL
    assert draft.expires_at is not None
    assert timedelta(hours=5, minutes=59) < draft.expires_at - town.domain.clock.now() <= timedelta(hours=6)
    assert await town.domain.library.of_alert(draft.id) == ("attack", 1)


async def test_a_value_that_cannot_be_is_asked_for_again(town: Town) -> None:
    """A wrong choice, time or line is told clearly and asked for once more; a right one may be typed too."""
    dana = await officer(town, DANA)
    await ask(dana, "/compose", "New alert")
    await dana.press("Attack in progress")
    assert question(dana) == "Attack in progress · question 1 of 4\n\nWhat is happening?"
    asked = await ask(dana, "A <b>dragon</b>", "none of the choices")
    assert "What is happening?" in asked["text"]
    assert "dragon" not in asked["text"]
    await ask(dana, "knife attack", "Since when?")
    await ask(dana, "half past", "I cannot read that as a time")
    earlier = town.domain.clock.now().astimezone(town.settings.zone) - timedelta(hours=1)
    await ask(dana, f"{earlier:%H:%M}", "nearby do?")
    await dana.press("Stay inside")
    await ask(dana, "x" * 81, "81 characters; 80 are the most")
    await dana.press("Back")
    await dana.press("Keep away")
    await ask(dana, "Pier <1> & the   east\ngate", "Preview")
    assert "Knife attack at Pier <1> & the east gate, since " in dana.received()[-2]
    assert town.domain.texts.when(earlier) in dana.received()[-2]


async def test_what_has_happened_does_not_lie_ahead(town: Town) -> None:
    """'Found when?' offers now and earlier, refuses what lies ahead, and takes what was typed or pressed."""
    dana = await officer(town, DANA)
    await ask(dana, "/compose", "New alert")
    await dana.press("Suspicious item")
    await dana.press("Suspicious parcel")
    asked = await dana.reads("Found when?")
    assert dana.buttons(asked)[:4] == ["Now", "10 minutes ago", "30 minutes ago", "1 hour ago"]
    tomorrow = town.domain.clock.now().astimezone(town.settings.zone) + timedelta(days=1)
    refused = await ask(dana, f"{tomorrow:%Y-%m-%d %H:%M}", "That time lies ahead.")
    assert "Found when?" in refused["text"]
    await dana.press_data(refused["message_id"], (await dana.button("10 minutes ago"))[1].replace("ago:10", "in:30"))
    before = town.domain.clock.now()
    await dana.press("30 minutes ago", message_id=refused["message_id"])
    await dana.press("The police have been called.")
    await ask(dana, "Quay House", "Preview")
    moments = {town.domain.texts.when(moment - timedelta(minutes=30)) for moment in (before, town.domain.clock.now())}
    assert any(f"at Quay House, found {moment}." in dana.received()[-2] for moment in moments)


async def test_an_officer_writes_a_question_for_the_past(town: Town) -> None:
    """It is offered as a kind of its own, and the template's page says so."""
    dana = await officer(town, DANA)
    await ask(dana, "/templates", "Templates")
    await dana.press("Write a new one")
    await ask(dana, "Power cut", "Write it as it will go out")
    await ask(dana, "Power cut", "with the same braces")
    await ask(dana, "No power since {{ since }}.", "What may stand for “since”?")
    await dana.press("When it happened: now or earlier")
    await dana.press("Ask “Since?”")
    await dana.press("Advisory")
    await dana.press("TLP:CLEAR")
    await dana.press("12 hours")
    await dana.press("All sectors")
    await dana.reads("since – Since? (a time that lies behind)")
    await dana.press("Save")
    await dana.reads("is kept as version 1.")
    await ask(dana, "/compose", "New alert")
    await dana.press("Power cut")
    await ask(dana, f"{town.domain.clock.now().year + 1}-01-01 09:00", "That time lies ahead.")


async def test_an_optional_line_can_be_left_out(town: Town) -> None:
    """With its line left out the text has neither the line nor an empty place where it would stand."""
    dana = await officer(town, DANA)
    await ask(dana, "/compose", "New alert")
    for label in ("Evacuation", "fire or smoke", "Now", "Leave by the nearest"):
        await dana.press(label)
    await ask(dana, "Quay House, Hull", "Where do people gather?")
    await dana.press("Leave it out")
    await dana.reads("Preview")
    assert "Leave by the nearest safe exit.\n\nWalk, do not run." in dana.received()[-2]
    assert "Assembly" not in dana.received()[-2]


async def test_a_lead_is_asked_for_their_sectors(town: Town) -> None:
    """Somebody who is limited to sectors chooses among them before the preview; all others are out of reach."""
    await town.domain.roster.grant(DANA, Role.LEAD, sectors=("aviation",))
    dana = await town.person(DANA, "Dana")
    await ask(dana, "/compose", "New alert")
    for label in ("Attack in progress", "Explosion", "Now", "Keep away"):
        await dana.press(label)
    await ask(dana, "Hull", "Sectors")
    await dana.press("Aviation")
    await dana.press("Done")
    await dana.reads("It goes to 2 recipients (Aviation).")


async def test_the_page_of_a_template(town: Town) -> None:
    """/templates lists them; a page shows text, questions, version and what can be done, to a lead without changing."""
    dana = await officer(town, DANA)
    listed = await ask(dana, "/templates", "Templates")
    assert dana.buttons(listed) == [*LIVE, "Exercise: reach everybody", "Write a new one"]
    await dana.press("Suspicious item")
    page = await dana.reads("Template: Suspicious item")
    assert "Version 1, " in page["text"]
    assert "from the file of templates\nURGENT · in force for 6 hours · for all sectors" in page["text"]
    assert "{{ kind }}: {{ place }}" in page["text"]
    assert "• state – Where do things stand? (one of: The police have been called. · " in page["text"]
    assert dana.buttons(page) == [
        *["Begin an alert from it", "Change it", "Take it out of use"],
        *["Earlier versions", "All templates"],
    ]
    await town.domain.roster.grant(14, Role.LEAD, sectors=("aviation",))
    lee = await town.person(14, "Lee")
    await ask(lee, "/templates", "Templates")
    await lee.press("Suspicious item")
    page = await lee.reads("Template: Suspicious item")
    assert lee.buttons(page) == ["Begin an alert from it", "Earlier versions", "All templates"]
    await lee.press_data(page["message_id"], "tew:gone:suspicious-item:1")
    await lee.reads("That is for duty officers")
    assert not (await town.domain.library.current("suspicious-item")).is_retired


async def test_an_officer_writes_a_template_in_the_chat(town: Town) -> None:
    """Texts with words between braces, a question for each, a look at what an alert would be; then it is offered."""
    dana = await officer(town, DANA)
    await ask(dana, "/templates", "Templates")
    await dana.press("Write a new one")
    await ask(dana, "Power cut", "Write it as it will go out")
    await ask(dana, "Power cut: {{ place }}", "with the same braces")
    await ask(dana, "No power since {{ since }} at {{ place }}. {{ advice }}", "What may stand for “place”?")
    await dana.press("A line that is typed")
    await ask(dana, "Which building?", "What may stand for “since”?")
    await dana.press("A time")
    await dana.press("Ask “Since?”")
    await dana.press("One of a list")
    await ask(dana, "Close the site.", "2 to 12 different choices")
    await ask(dana, "Close the site.\nStay open.", "The question for “advice”")
    await dana.press("Ask “Advice?”")
    await dana.press("Advisory")
    marking = await dana.reads("Whom may recipients tell")
    assert [label.split(":")[1] for label in dana.buttons(marking)[:4]] == ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT"]
    assert dana.buttons(marking)[4:] == ["Ask for each alert", "Cancel"]
    await dana.press("Ask for each alert")
    await dana.press("12 hours")
    await dana.press("All sectors")
    await dana.reads("It is kept only when you press Save")
    assert "ADVISORY: Power cut: [place]\n(marking)\n" in dana.received()[-2]
    assert await town.domain.library.offered() != []
    await dana.press("Save")
    await dana.reads("“Power cut” is kept as version 1.")
    kept = await town.domain.library.current("power-cut")
    assert (kept.author, [one.name for one in kept.template.fields]) == (DANA, ["place", "since", "advice"])
    assert (await noted(town.domain.store))[-1]["subject"] == "template power-cut"

    begin = await ask(dana, "/compose", "New alert")
    assert dana.buttons(begin)[: len(LIVE) + 1] == [*LIVE, "Power cut"]
    await dana.press("Power cut")
    await ask(dana, "Quay House", "Since?")
    await dana.press("Now")
    await dana.press("Stay open.")
    await dana.press("TLP:CLEAR")
    await dana.reads("It goes to 3 recipients")


async def test_a_marking_that_is_written_stands_in_every_alert_from_then_on(town: Town) -> None:
    """It is kept with the version and shown, and an alert begun from it has it and asks no more; RED cannot be had."""
    dana = await officer(town, DANA)
    await ask(dana, "/templates", "Templates")
    await dana.press("Protest or march")
    page = await dana.reads("Template: Protest or march")
    assert "\nTLP:GREEN – for your organisation and your sector's community" in page["text"]
    await dana.press("Change it")
    await dana.reads("It is kept only when you press Save")
    assert "\nTLP:GREEN – " in dana.received()[-2]
    await dana.press("Edit the marking")
    await dana.reads("So far: TLP:GREEN")
    where, data = await dana.button("TLP:CLEAR")
    await dana.press_data(where, data.replace(":clear", ":red"))
    assert "RED" not in str(dana.buttons(await dana.reads("Whom may recipients tell")))
    await dana.press("TLP:AMBER: ")
    await dana.reads("It is kept only when you press Save")
    assert "\nTLP:AMBER – for your organisation and its clients" in dana.received()[-2]
    await dana.press("Save")
    await dana.reads("is kept as version 2.")
    await dana.press("Show it")
    await dana.reads("TLP:AMBER – for your organisation and its clients")
    versions = await town.domain.library.versions("protest")
    assert [one.template.marking for one in versions] == [Marking.GREEN, Marking.AMBER]

    await dana.press("Begin an alert from it")
    for label in ("static protest", "Now", "In 1 hour", "crowds"):
        await dana.press(label)
    await ask(dana, "Quay Street, Hull", "What is it about")
    await dana.press("Leave it out")
    await dana.reads("Preview")
    assert "\nTLP:AMBER – for your organisation and its clients" in dana.received()[-2]
    draft, _ = (await town.domain.desk.newest(1))[0]
    assert draft.marking is Marking.AMBER


async def test_a_change_is_a_new_version_and_the_old_one_can_be_taken_again(town: Town) -> None:
    """Every version stays, with who and when; whoever changed an older one meanwhile is told, and nothing is lost."""
    dana, lee = await officer(town, DANA), await officer(town, 14, "Lee")
    for person in (dana, lee):
        await ask(person, "/templates", "Templates")
        await person.press("Protest or march")
        await person.press("Change it")
        await person.reads("It is kept only when you press Save")
    await dana.press("Edit the headline")
    await ask(dana, "Protest ahead: {{ place }}", "It is kept only")
    await dana.press("Save")
    await dana.reads("is kept as version 2.")
    await lee.press("Save")
    await lee.reads("changed, sent or ended in the meantime")
    assert (await town.domain.library.current("protest")).template.headline == "Protest ahead: {{ place }}"

    await dana.press("Show it")
    await dana.press("Earlier versions")
    await dana.press("Version 1, ")
    await dana.press("Use version 1 again")
    await dana.reads("Planned protest: {{ place }}")
    versions = await town.domain.library.versions("protest")
    assert [(one.number, one.author) for one in versions] == [(1, None), (2, DANA), (3, DANA)]
    acts = [entry["act"] for entry in await noted(town.domain.store) if entry["subject"] == "template protest"]
    assert acts == ["template-written", "template-written"]


async def test_a_template_that_is_out_of_use_begins_no_alert(town: Town) -> None:
    """It is in no list to begin from, an old button is refused, and an officer can bring it back."""
    dana = await officer(town, DANA)
    begin = await ask(dana, "/compose", "New alert")
    await ask(dana, "/templates", "Templates")
    await dana.press("Cyber attack", message_id=dana.newest)
    await dana.press("Take it out of use")
    await dana.press("Yes, take it out of use")
    await dana.press("Cyber attack", message_id=begin["message_id"])
    await dana.reads("That button cannot be used any more")
    begin = await ask(dana, "/compose", "New alert")
    assert "Cyber attack" not in dana.buttons(begin)
    await ask(dana, "/templates", "Templates")
    await dana.press("Cyber attack (out of use)")
    await dana.press("Earlier versions")
    await dana.press("Version 1, ")
    await dana.press("Use version 1 again")
    assert "Cyber attack" in dana.buttons(await ask(dana, "/compose", "New alert"))


async def test_a_template_for_exercises_begins_no_live_alert(town: Town) -> None:
    """The exercise's own template has no button there, and a forged one is refused."""
    dana = await officer(town, DANA)
    await ask(dana, "/templates", "Templates")
    await dana.press("Exercise: reach everybody")
    page = await dana.reads("For exercises alone")
    assert "Begin an alert from it" not in dana.buttons(page)
    await dana.press_data(page["message_id"], "tus:exercise")
    await dana.reads("That button cannot be used any more")
    assert await town.domain.desk.newest(5) == []


async def test_a_restart_in_the_middle_of_filling(town: Town) -> None:
    """After a restart the question stands where it stood, and the answers that were given hold."""
    dana = await officer(town, DANA)
    await ask(dana, "/compose", "New alert")
    for label in ("Attack in progress", "Explosion", "Now"):
        await dana.press(label)
    await town.stop_bot()
    await town.start_bot()
    await dana.press("Stay inside")
    await ask(dana, "Hull", "Preview")
    assert dana.received()[-2].startswith("CRITICAL: Explosion: Hull")
