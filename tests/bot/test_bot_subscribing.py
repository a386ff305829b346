"""Subscribing through the chat: every question, every button, and what stands on the roll afterwards."""

from support.person import Person
from support.talk import ask, reach_sectors, subscribe
from support.town import Town

from alerts.subscribers.roll import Profile
from alerts.subscribers.states import SubscriberStatus

AMIRA = 11


def question(person: Person) -> str:
    """Give the newest message of the bot."""
    return person.received()[-1]


async def test_without_consent_nobody_is_put_on_the_roll(town: Town) -> None:
    """Who does not agree is let go with a way back, and the roll does not know them."""
    person = await town.person(AMIRA)
    consent = await ask(person, "/start", "Do you agree?")
    assert "This bot is run by Test hub. Questions about your data: hub@example.org." in consent["text"]
    assert person.buttons(consent) == ["I agree, subscribe me", "No, thank you"]

    await person.press("No, thank you")
    assert question(person).startswith("All right, I have stopped there.")
    assert await town.domain.roll.find(AMIRA) is None
    await ask(person, "/threat", "The threat level now")


async def test_everything_but_a_sector_can_be_skipped(town: Town) -> None:
    """A contact who skips every detail is active, everywhere, with threat level changes, and without a name."""
    person = await town.person(AMIRA)
    await subscribe(person, "Agriculture")
    entry = await town.domain.roll.find(AMIRA)
    assert entry is not None
    assert (entry.kind, entry.status, entry.reason) == ("private", SubscriberStatus.ACTIVE, None)
    assert entry.profile == Profile("", "", "", ("agriculture",), (), wants_levels=True)
    assert question(person) == (
        "You are subscribed.\n\nName: not given\nOrganisation: not given\nRole: not given\n"
        "Sectors: Agriculture, Forestry and Fishing\nRegions: all regions\nThreat level changes: yes\n\n"
        "Until somebody of the organisation that runs this bot has vetted you, you receive what is public (TLP:CLEAR):"
        " changes of the threat level, and alerts for everybody. They have been told that you wait.\n\n"
        "Alerts will arrive in this chat. Ask /threat for the threat level now and /report for how to report."
    )


async def test_the_name_of_the_account_is_taken_by_a_button(town: Town) -> None:
    """The button offers the account's first name, and signs of HTML in it stay plain text."""
    person = await town.person(AMIRA, "Zoë <b>&")
    await person.say("/subscribe")
    await person.press("I agree")
    await person.press("Use “Zoë <b>&”")
    for label in ("Skip", "Skip", "Aviation", "Done", "All regions"):
        await person.press(label)
    assert "Name: Zoë <b>&\n" in question(person)
    await person.press("Confirm")
    entry = await town.domain.roll.find(AMIRA)
    assert entry is not None
    assert entry.profile.name == "Zoë <b>&"


async def test_typed_details_are_kept_as_one_line_each(town: Town) -> None:
    """Name, organisation and role come from what was typed, with white space and line ends made single spaces."""
    person = await town.person(AMIRA)
    await person.say("/start")
    await person.press("I agree")
    await ask(person, "  Amira\n  Khan ", "Your organisation")
    await ask(person, "Khan & Söhne <Ltd>", "Your role there")
    await ask(person, "Head of security 🦺", "Your sectors")
    for label in ("Aviation", "Done", "All regions"):
        await person.press(label)
    assert "Name: Amira Khan\nOrganisation: Khan & Söhne <Ltd>\nRole: Head of security 🦺\n" in question(person)
    await person.press("Confirm")
    entry = await town.domain.roll.find(AMIRA)
    assert entry is not None
    assert entry.profile == Profile("Amira Khan", "Khan & Söhne <Ltd>", "Head of security 🦺", ("aviation",))


async def test_a_detail_of_81_units_is_refused_and_asked_for_again(town: Town) -> None:
    """80 units fit, 81 do not; an emoji counts as two, as at Telegram; the refusal keeps the step."""
    person = await town.person(AMIRA)
    await person.say("/start")
    await person.press("I agree")
    refused = await ask(person, "x" * 79 + "🦺", "That has 81 characters; 80 are the most.")
    assert "Your name" in refused["text"]
    assert person.buttons(refused) == ["Use “Amira”", "Skip", "Back", "Cancel"]
    await ask(person, "x" * 78 + "🦺", "Your organisation")


async def test_back_leads_through_every_step_and_loses_no_answer(town: Town) -> None:
    """From the summary Back leads to the consent step by step, each with what was answered; forward it all stands."""
    person = await town.person(AMIRA)
    await person.say("/start")
    await person.press("I agree")
    await ask(person, "Amira Khan", "Your organisation")
    await ask(person, "Khan Ltd", "Your role there")
    await ask(person, "Guard", "Your sectors")
    for label in ("Aviation", "Done", "London", "Done"):
        await person.press(label)
    assert question(person).startswith("Is this right?")

    seen = []
    for _ in range(6):
        await person.press("Back")
        seen.append(question(person))
    expected = ["Your regions", "Your sectors", "Your role there", "Your organisation", "Your name", "Security alerts"]
    assert [text.split("\n")[0] for text in seen[:5]] == expected[:5]
    assert seen[5].startswith("Security alerts for your sector")
    assert "Chosen: London" in seen[0]
    assert "Chosen: Aviation" in seen[1]
    assert [text.rpartition("\n")[2] for text in seen[2:5]] == [
        "So far: Guard",
        "So far: Khan Ltd",
        "So far: Amira Khan",
    ]

    await person.press("I agree")
    for _ in range(3):
        await person.press("Keep this")
    for label in ("Done (1 chosen)", "Done (1 chosen)", "Confirm"):
        await person.press(label)
    entry = await town.domain.roll.find(AMIRA)
    assert entry is not None
    assert entry.profile == Profile("Amira Khan", "Khan Ltd", "Guard", ("aviation",), ("london",))


async def test_sectors_come_in_pages_that_keep_the_ticks(town: Town) -> None:
    """32 sectors are four pages in alphabetical order, round and round, and a tick survives the turning of pages."""
    person = await town.person(AMIRA)
    asked = await reach_sectors(person)
    names = [
        *["Aerospace and Defence", "Agriculture, Forestry and Fishing", "Automotive", "Aviation", "Business Services"],
        *["Charities and Voluntary", "Chemicals", "Communications and Media"],
    ]
    pager = ["‹ Previous", "1 of 4", "Next ›"]
    assert person.buttons(asked) == [*names, *pager, "Done (0 chosen)", "Back", "Cancel"]

    await person.press("Chemicals")
    await person.press("‹ Previous")
    last = person.messages[asked["message_id"]]
    assert person.buttons(last)[7:10] == ["Utilities", "‹ Previous", "4 of 4"]
    await person.press("Utilities")
    assert "✓ Utilities" in person.buttons(person.messages[asked["message_id"]])
    await person.press("Next ›")
    first = person.messages[asked["message_id"]]
    assert person.buttons(first)[6] == "✓ Chemicals"
    assert "1 of 4" in person.buttons(first)
    assert "Chosen: Chemicals; Utilities" in first["text"]
    assert "Done (2 chosen)" in person.buttons(first)


async def test_a_button_that_changes_nothing_adds_no_message(town: Town) -> None:
    """The page's own number, and Done without a choice, leave the one question standing as it is."""
    person = await town.person(AMIRA)
    asked = await reach_sectors(person)
    before = person.newest
    await person.press("1 of 4")
    await person.press("Done (0 chosen)")
    await person.press("1 of 4")
    assert person.newest == before == asked["message_id"]


async def test_a_second_tap_takes_a_tick_away(town: Town) -> None:
    """A sector tapped twice is not chosen, and the number on the button says so."""
    person = await town.person(AMIRA)
    asked = await reach_sectors(person)
    await person.press("Aviation")
    await person.press("Automotive")
    await person.press("✓ Aviation")
    shown = person.messages[asked["message_id"]]
    assert "Chosen: Automotive" in shown["text"]
    assert "Done (1 chosen)" in person.buttons(shown)
    assert "Aviation" in person.buttons(shown)


async def test_without_a_sector_it_does_not_go_on(town: Town) -> None:
    """Done without a sector says that one is needed and stays where it is."""
    person = await town.person(AMIRA)
    await reach_sectors(person)
    await person.press("Done (0 chosen)")
    assert person.notices[-1] == "Please choose at least one sector."
    assert question(person).startswith("Your sectors")


async def test_chosen_regions_are_kept_and_taking_them_off_means_everywhere(town: Town) -> None:
    """With regions ticked the button is Done, without any it is All regions, and the roll has just those ticked."""
    person = await town.person(AMIRA)
    asked = await reach_sectors(person)
    for label in ("Aviation", "Done", "London", "Next ›", "Wales"):
        await person.press(label)
    shown = person.messages[asked["message_id"]]
    assert "Chosen: London; Wales" in shown["text"]
    assert "Done (2 chosen)" in person.buttons(shown)
    assert "All regions" not in person.buttons(shown)
    await person.press("✓ Wales")
    await person.press("Done (1 chosen)")
    assert "Regions: London\n" in question(person)
    await person.press("Confirm")
    entry = await town.domain.roll.find(AMIRA)
    assert entry is not None
    assert entry.profile.regions == ("london",)


async def test_threat_level_changes_can_be_turned_off_and_on_again(town: Town) -> None:
    """The summary has a switch for level changes; what it says is what is kept."""
    person = await town.person(AMIRA)
    await reach_sectors(person)
    for label in ("Aviation", "Done", "All regions", "No threat level changes"):
        await person.press(label)
    assert "Threat level changes: no" in question(person)
    await person.press("Threat level changes too")
    assert "Threat level changes: yes" in question(person)
    await person.press("No threat level changes")
    await person.press("Confirm")
    entry = await town.domain.roll.find(AMIRA)
    assert entry is not None
    assert entry.profile.wants_levels is False


async def test_details_can_be_changed_from_the_summary(town: Town) -> None:
    """Change name leads back to the details and then through the rest to the summary, with everything kept."""
    person = await town.person(AMIRA)
    await reach_sectors(person)
    for label in ("Aviation", "Done", "All regions", "Change name, organisation, role"):
        await person.press(label)
    await ask(person, "Amira Khan", "Your organisation")
    for label in ("Skip", "Skip", "Done (1 chosen)", "All regions"):
        await person.press(label)
    assert "Name: Amira Khan\n" in question(person)
    assert "Sectors: Aviation\n" in question(person)


async def test_text_where_a_button_is_due_asks_again_and_changes_nothing(town: Town) -> None:
    """A text at the consent, the sectors, the regions or the summary brings the same question again."""
    person = await town.person(AMIRA)
    await person.say("/start")
    await ask(person, "yes please", "Do you agree?")
    assert await town.domain.roll.find(AMIRA) is None
    await person.press("I agree")
    for _ in range(3):
        await person.press("Skip")
    await ask(person, "Aviation", "Chosen: none yet")
    for label in ("Aviation", "Done"):
        await person.press(label)
    await ask(person, "London", "Chosen: all regions")
    await person.press("All regions")
    await ask(person, "ok", "Is this right?")
    assert await town.domain.roll.find(AMIRA) is None


async def test_a_sticker_in_the_middle_asks_for_text_or_a_button(town: Town) -> None:
    """A sticker is no name: the question comes again, with a sentence that says what is needed."""
    person = await town.person(AMIRA)
    await person.say("/start")
    await person.press("I agree")
    after = person.newest
    await person.send_sticker()
    again = await person.reads("I need text for this, or one of the buttons.", after=after)
    assert "Your name" in again["text"]


async def test_sectors_changes_the_choice_of_a_standing_subscription(town: Town) -> None:
    """/sectors begins at the ticks as they stand, has no way back to the details, and keeps those."""
    person = await town.person(AMIRA)
    await subscribe(person, "Aviation")
    since = (await town.domain.roll.everybody())[0].since
    asked = await ask(person, "/sectors", "Chosen: Aviation")
    assert person.buttons(asked)[-2:] == ["Done (1 chosen)", "Cancel"]
    for label in ("✓ Aviation", "Chemicals", "Done", "London", "Done", "Confirm"):
        await person.press(label)
    (entry,) = await town.domain.roll.everybody()
    assert entry.profile == Profile("", "", "", ("chemicals",), ("london",))
    assert entry.since == since


async def test_leaving_a_change_keeps_the_old_choice(town: Town) -> None:
    """Who cancels /sectors halfway keeps the sectors that they had, and is told so."""
    person = await town.person(AMIRA)
    await subscribe(person, "Aviation")
    await person.say("/sectors")
    for label in ("Chemicals", "Done", "Cancel"):
        await person.press(label)
    assert question(person) == "Nothing has changed. Your sectors and regions are as they were."
    (entry,) = await town.domain.roll.everybody()
    assert entry.profile.sectors == ("aviation",)


async def test_sectors_without_a_subscription_begins_one(town: Town) -> None:
    """/sectors by somebody who is not on the roll asks for consent first."""
    person = await town.person(AMIRA)
    await ask(person, "/sectors", "Do you agree?")
