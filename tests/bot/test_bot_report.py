"""/report and everything typed that is no command: 999 first, and no word of a contact comes back."""

import pytest
from support.person import Message, Person
from support.pictures import picture
from support.talk import ask, officer, reach_preview, reach_sectors
from support.town import BOT, Town

from alerts.store.conversations import Conversations

AMIRA, DANA = 11, 13
FIRST_LINES = (
    "In danger now\n"
    "• Call 999 now.\n"
    "• Cannot speak? Call 999 from a mobile, listen, and press 55 when asked.\n"
    "• Deaf or speech-impaired? Textphone 18000, or text 999 if your mobile is registered."
)
NO_REPORTS = (
    "This bot is no emergency service and takes no reports itself. Please use the numbers and addresses given here."
)
SITUATIONS = {
    "In danger now": ("999", []),
    "A suspicious bag or item": ("Do not touch it.", []),
    "Something suspicious": ("0800 789 321", ["https://www.gov.uk/ACT"]),
    "Terrorist material online": ("Do not pass the material on.", ["https://www.gov.uk/ACT"]),
    "Worried about someone": ("0800 011 3764", ["https://actearly.uk/"]),
    "On a train or at a station": ("61016", []),
    "Without giving my name": ("0800 555 111", []),
    "Deaf or speech-impaired": ("18000", []),
}


def links(message: Message) -> list[str]:
    """Give the addresses that a message's buttons open."""
    return [button["url"] for row in message["reply_markup"]["inline_keyboard"] for button in row if "url" in button]


def question(person: Person) -> str:
    """Give the newest message of the bot."""
    return person.received()[-1]


async def test_report_begins_with_999(town: Town) -> None:
    """The first lines are those for danger now, then the situations as buttons, then that the bot takes no reports."""
    person = await town.person(AMIRA)
    shown = await ask(person, "/report", "What is it about?")
    assert shown["text"] == f"{FIRST_LINES}\n\n{NO_REPORTS}\n\nWhat is it about? Tap for what to do:"
    assert person.buttons(shown) == list(SITUATIONS)


async def test_every_situation_opens_an_answer_with_links_and_a_way_back(town: Town) -> None:
    """Each of the eight answers has its number or address, its links, the sentence about reports, and leads back."""
    person = await town.person(AMIRA)
    overview = await ask(person, "/report", "What is it about?")
    for situation, (must_say, must_link) in SITUATIONS.items():
        await person.press(situation, message_id=overview["message_id"])
        answer = person.messages[overview["message_id"]]
        assert answer["text"].startswith(f"{situation}\n• ")
        assert must_say in answer["text"]
        assert answer["text"].endswith(NO_REPORTS)
        assert links(answer) == must_link
        assert person.buttons(answer)[-1] == "Back to all situations"
        await person.press("Back to all situations")
        assert person.messages[overview["message_id"]]["text"] == overview["text"]


@pytest.mark.parametrize(
    "text",
    ["There is a man with a knife at gate 4", "HEEELP", "/bomb", "i can’t breathe", "🆘", "help", "/start999 fire"],
)
async def test_what_reads_like_an_emergency_gets_999_first(town: Town, text: str) -> None:
    """A cry for help in any shape is answered by the same lines as /report, and by nothing that repeats it."""
    person = await town.person(AMIRA)
    answer = await ask(person, text, "What is it about?")
    assert answer["text"].startswith(FIRST_LINES)
    assert text not in answer["text"]


async def test_an_emergency_in_the_middle_of_subscribing_does_not_lose_the_step(town: Town) -> None:
    """999 comes first, and below it the question at which the contact stood, with its ticks."""
    person = await town.person(AMIRA)
    await reach_sectors(person)
    await person.press("Aviation")
    after = person.newest
    await ask(person, "there is a fire in the hall", "What is it about?")
    again = await person.reads("Chosen: Aviation", after=after)
    assert again["message_id"] > after
    assert question(person).startswith("Your sectors")
    newer = [message["text"] for number, message in sorted(person.messages.items()) if number > after + 1]
    assert newer[0].startswith(FIRST_LINES)
    await person.press("Done (1 chosen)")
    assert question(person).startswith("Your regions")


async def test_an_emergency_typed_as_a_name_gets_999_first_and_is_no_name(town: Town) -> None:
    """At a question for text, 999 stands above the question, which is asked again; what was typed is not kept."""
    person = await town.person(AMIRA)
    await person.say("/start")
    await person.press("I agree")
    after = person.newest
    await person.say("help me please there is a gunman")
    await person.reads("Your name", after=after)
    assert not any("Your organisation" in text for text in person.received())
    conversation = await Conversations(town.domain.store, town.domain.clock).find(AMIRA)
    assert conversation is not None
    assert "gunman" not in str(conversation.data)
    first = min(number for number, message in person.messages.items() if number > after and message["from"]["is_bot"])
    assert person.messages[first]["text"].startswith(FIRST_LINES)


async def test_a_text_where_a_button_is_wanted_is_answered_in_words(town: Town) -> None:
    """Above the question, asked again, stands what to do and how to leave; what was typed is not echoed."""
    person, dana = await town.person(AMIRA), await officer(town, DANA)
    await person.say("/start")
    await ask(person, "Good morning", "Please press one of the two buttons.")
    await person.press("I agree")
    for _ in range(3):
        await person.press("Skip")
    asked = await ask(person, "Trams and ferries", "Please press one of the buttons, or Cancel to leave.")
    assert "\n\nYour sectors" in asked["text"]
    assert "Trams" not in asked["text"]
    await person.press("Aviation")

    await ask(dana, "/level", "Which one?")
    await ask(dana, "severe", "Please press one of the buttons, or Cancel to leave.")
    await dana.press("Cancel")
    await reach_preview(dana)
    await ask(dana, "send it", "Please press one of the buttons, or “Save for later” to leave.")
    assert "Preview" in question(dana)


async def test_an_officer_who_writes_an_alert_is_not_held_up_by_999(town: Town) -> None:
    """An alert is about emergencies by its nature: its headline and text are taken without the emergency answer."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await dana.press("Write a new one")
    await ask(dana, "Bomb threat at the station", "What has happened")
    await ask(dana, "Evacuate now. Call 999.", "Severity")
    assert not any("What is it about?" in text for text in dana.received())


async def test_an_officer_in_danger_gets_999_too(town: Town) -> None:
    """Outside a conversation an officer's cry for help is answered like anybody's."""
    dana = await officer(town, DANA)
    answer = await ask(dana, "shots fired", "What is it about?")
    assert answer["text"].startswith(FIRST_LINES)


async def test_free_text_is_never_echoed(town: Town) -> None:
    """What a contact types outside a conversation comes back in no message: a forwarded echo would look official."""
    person = await town.person(AMIRA)
    answer = await ask(person, "POLICE NOTICE: pay here <b>now</b> {name}", "I do not understand free text.")
    assert "POLICE NOTICE" not in answer["text"]
    assert answer["text"] == (
        "I do not understand free text. Nobody reads what is written here, so please do not report anything in this"
        " chat.\n\nWhat I can do:\n\n"
        "/threat – the threat level now\n/history – how the level has changed over the years\n"
        "/alerts – the alerts that are in force for you\n/report – how to report, in an emergency or not\n"
        "/verify – is this message genuine?\n/subscribe – receive alerts for your sectors\n"
        "/sectors – change your sectors and regions\n"
        "/unsubscribe – stop receiving alerts\n/help – this list\n\n"
        "In an emergency call 999. I take no reports myself."
    )


async def test_an_unknown_command_is_answered_with_what_there_is(town: Town) -> None:
    """A command that does not exist says so and lists those that do; it is not repeated."""
    person = await town.person(AMIRA)
    answer = await ask(person, "/weather_forecast", "I do not know that command. What I can do:")
    assert "weather" not in answer["text"]
    await ask(person, "/", "I do not know that command.")
    await ask(person, "/THREAT@sandbox_123456_bot now", "The threat level now")


async def test_a_picture_or_sticker_is_answered_with_999_first(town: Town) -> None:
    """A contact learns that nobody sees it and where to report; who writes alerts gets the same answer as for text."""
    person, dana = await town.person(AMIRA), await officer(town, DANA)
    await person.send_sticker()
    answer = await person.reads("I cannot look at pictures, stickers, voice messages or files")
    assert answer["text"].startswith(FIRST_LINES)
    assert person.buttons(answer) == list(SITUATIONS)
    world = town.sandbox.world
    world.say_photo(world.chat(AMIRA, BOT), picture(40, 30), "the gate")
    await person.reads("and nobody sees what you send here.", after=answer["message_id"])
    await dana.send_sticker()
    await dana.reads("I do not understand free text.")


async def test_the_longest_message_is_answered(town: Town) -> None:
    """4,096 characters, the most that Telegram lets a person send, are answered and not echoed."""
    person = await town.person(AMIRA)
    answer = await ask(person, "x" * 4096, "I do not understand free text.")
    assert "xxx" not in answer["text"]


async def test_a_broken_situation_button_leads_to_the_overview(town: Town) -> None:
    """A situation that the data does not have any more shows all situations, with a line that says why."""
    person = await town.person(AMIRA)
    shown = await ask(person, "/report", "What is it about?")
    await person.press_data(shown["message_id"], "rep:no-such-situation")
    assert person.notices[-1] == "That button cannot be used any more. Nothing has changed."
    assert person.messages[shown["message_id"]]["text"] == shown["text"]
