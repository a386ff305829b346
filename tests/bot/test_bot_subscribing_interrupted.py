"""Subscribing with interruptions: commands in the middle, old buttons, leaving, and a bot that is restarted."""

from support.person import Person
from support.talk import ask, reach_sectors, subscribe
from support.town import Town

from alerts.subscribers.roll import Profile

AMIRA, BEN = 11, 12


def question(person: Person) -> str:
    """Give the newest message of the bot."""
    return person.received()[-1]


async def test_start_in_the_middle_shows_the_same_question_again(town: Town) -> None:
    """/start halfway neither begins anew nor loses a tick, and both messages' buttons go on working."""
    person = await town.person(AMIRA)
    await reach_sectors(person)
    await person.press("Aviation")
    first = person.newest
    again = await ask(person, "/start", "Chosen: Aviation")
    assert "Done (1 chosen)" in person.buttons(again)
    await person.press("Chemicals", message_id=first)
    assert "Chosen: Aviation; Chemicals" in person.messages[first]["text"]
    await person.press("Done", message_id=again["message_id"])
    assert question(person).startswith("Your regions")


async def test_start_after_subscribing_shows_what_stands(town: Town) -> None:
    """/start of a subscriber begins nothing: it shows the subscription and how to change or end it."""
    person = await town.person(AMIRA)
    await subscribe(person, "Aviation")
    standing = await ask(person, "/start", "You are subscribed, since")
    assert "Sectors: Aviation\n" in standing["text"]
    assert person.buttons(standing) == ["Change sectors and regions", "Unsubscribe"]
    await person.press("Change sectors and regions")
    assert "Chosen: Aviation" in question(person)


async def test_other_commands_in_the_middle_leave_the_conversation_where_it_is(town: Town) -> None:
    """/threat, /report and /help are answered, and the typed name still lands where it was asked for."""
    person = await town.person(AMIRA)
    await person.say("/start")
    await person.press("I agree")
    await ask(person, "/threat", "The threat level now")
    await ask(person, "/report", "What is it about?")
    await ask(person, "/help", "What I can do")
    await ask(person, "Amira Khan", "Your organisation")
    await person.press("Back")
    assert "So far: Amira Khan" in question(person)


async def test_a_button_of_an_earlier_run_changes_nothing(town: Town) -> None:
    """After leaving and beginning again, a press on the first run's buttons says so and leaves the second alone."""
    person = await town.person(AMIRA)
    await reach_sectors(person)
    message_id, data = await person.button("Aviation")
    await person.press("Cancel")
    await person.say("/start")
    await person.press("I agree")
    await person.press_data(message_id, data)
    assert person.notices[-1] == "That button belongs to an earlier conversation. Nothing has changed."
    assert question(person).startswith("Your name")
    await ask(person, "Amira", "Your organisation")


async def test_a_button_of_an_earlier_step_shows_where_one_is_now(town: Town) -> None:
    """The consent's button, pressed at the sectors, brings the sectors' question and loses no tick."""
    person = await town.person(AMIRA)
    await person.say("/start")
    message_id, data = await person.button("I agree")
    await person.press("I agree")
    for _ in range(3):
        await person.press("Skip")
    await person.press("Aviation")
    await person.press_data(message_id, data)
    assert person.notices[-1] == "You have moved on since. Here is where you are now."
    assert "Chosen: Aviation" in question(person)


async def test_a_button_pressed_twice_at_once_goes_one_step_only(town: Town) -> None:
    """Two quick presses on Skip skip one question: the second belongs to a step that has passed."""
    person = await town.person(AMIRA)
    await person.say("/start")
    await person.press("I agree")
    await person.reads("Your name")
    message_id, data = await person.button("Skip")
    await person.press_data(message_id, data)
    await person.press_data(message_id, data)
    assert question(person).startswith("Your organisation")


async def test_leaving_in_the_middle_keeps_nothing_and_begins_anew(town: Town) -> None:
    """Who cancels is on no roll; the next /start begins at the consent, without the earlier answers."""
    person = await town.person(AMIRA)
    await person.say("/start")
    await person.press("I agree")
    await ask(person, "Amira Khan", "Your organisation")
    await person.press("Cancel")
    assert await town.domain.roll.find(AMIRA) is None
    await ask(person, "/start", "Do you agree?")
    await person.press("I agree")
    assert "So far" not in question(person)


async def test_a_restart_between_two_buttons_loses_nothing(town: Town) -> None:
    """Ticks set before the bot was stopped stand, and the buttons of before the stop go on working."""
    person = await town.person(AMIRA)
    await reach_sectors(person)
    await person.press("Aviation")
    await town.stop_bot()
    await town.start_bot()
    await person.press("Chemicals")
    for label in ("Done (2 chosen)", "All regions", "Confirm"):
        await person.press(label)
    (entry,) = await town.domain.roll.everybody()
    assert entry.profile.sectors == ("aviation", "chemicals")


async def test_a_restart_between_two_typed_answers_loses_neither(town: Town) -> None:
    """The answer before the stop is kept, and one that was typed while nothing ran is taken after the start."""
    person = await town.person(AMIRA)
    await person.say("/start")
    await person.press("I agree")
    await ask(person, "Amira Khan", "Your organisation")
    await town.stop_bot()
    await person.say("Khan Ltd")
    await person.say("Guard")
    await town.start_bot()
    await person.reads("Your sectors")
    for label in ("Aviation", "Done", "All regions", "Confirm"):
        await person.press(label)
    (entry,) = await town.domain.roll.everybody()
    assert entry.profile == Profile("Amira Khan", "Khan Ltd", "Guard", ("aviation",))


async def test_two_people_subscribe_side_by_side(town: Town) -> None:
    """Conversations of two chats that are led at the same time do not touch each other."""
    amira, ben = await town.person(AMIRA), await town.person(BEN, "Ben")
    await reach_sectors(amira)
    await reach_sectors(ben)
    await amira.press("Aviation")
    await ben.press("Chemicals")
    for person in (ben, amira):
        for label in ("Done (1 chosen)", "All regions", "Confirm"):
            await person.press(label)
    chosen = {entry.chat_id: entry.profile.sectors for entry in await town.domain.roll.everybody()}
    assert chosen == {AMIRA: ("aviation",), BEN: ("chemicals",)}
