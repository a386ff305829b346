"""People who try what they may not: officers' commands, officers' buttons, and button data that nobody made."""

import random

import pytest
from support.patience import until
from support.person import Person
from support.talk import ask, enrol, officer, reach_preview, reach_sectors, subscribe
from support.town import Town

from alerts.people.rights import Role
from alerts.publishing.alert import AlertStatus

AMIRA, BEN, DANA, EVE = 11, 12, 13, 14
NOT_ALLOWED = "That is for duty officers. Nothing has changed.\n\nYou can ask /threat and /report at any time."
BROKEN = "That button cannot be used any more. Nothing has changed."
OLD = "That button belongs to an earlier conversation. Nothing has changed."
PASSED = "You have moved on since. Here is where you are now."
HEADLINE = "Suspicious vehicle at the east gate"


async def alerts(town: Town) -> list[tuple[AlertStatus, int]]:
    """List the status and the recipients of every alert."""
    return [(alert.status, recipients) for alert, recipients in await town.domain.desk.newest(50)]


async def forged(person: Person, message_id: int, data: str) -> tuple[str, list[str]]:
    """Press data that no button holds; give the notice and the new messages."""
    before = set(person.messages)
    await person.press_data(message_id, data)
    new = [message["text"] for number, message in sorted(person.messages.items()) if number not in before]
    return person.notices[-1], new


@pytest.mark.parametrize("command", ["/compose", "/level", "/COMPOSE", "/level@sandbox_123456_bot", "/compose now"])
async def test_a_contact_cannot_use_officers_commands(town: Town, command: str) -> None:
    """A contact's /compose or /level is refused in words, opens no conversation and writes nothing."""
    person = await town.person(AMIRA)
    await ask(person, command, NOT_ALLOWED)
    await ask(person, "Evacuation drill, all sectors", "I do not understand free text.")
    assert await alerts(town) == []
    assert not any("compose" in text or "/level" in text for text in person.received())


async def test_the_command_buttons_check_the_right_too(town: Town) -> None:
    """The data of a command button opens no officer's conversation for a contact."""
    person = await town.person(AMIRA)
    shown = await ask(person, "/threat", "The threat level now")
    for data in ("cmd:compose", "cmd:level"):
        assert await forged(person, shown["message_id"], data) == ("", [NOT_ALLOWED])
    assert await alerts(town) == []


async def test_a_contact_who_replays_an_officers_buttons_is_refused(town: Town) -> None:
    """Every button that an officer sees, pressed by a contact with the same data, is refused and changes nothing."""
    await enrol(town, 2)
    dana, amira = await officer(town, DANA), await town.person(AMIRA)
    shown = await ask(amira, "/threat", "The threat level now")
    await reach_preview(dana, HEADLINE)
    rows = dana.messages[dana.newest]["reply_markup"]["inline_keyboard"]
    data = [button["callback_data"] for row in rows for button in row]
    assert len(data) == 12
    for one in [
        *data,
        "prog:stop:1",
        "prog:again:1",
        "stp:1",
        "wai:edit:1",
        "apr:yes:1:1",
        "apr:no:1:1",
        "apr:look:1",
        "gls:1:1",
        "sap:yes:1",
    ]:
        assert await forged(amira, shown["message_id"], one) == ("", [NOT_ALLOWED])
    assert await alerts(town) == [(AlertStatus.DRAFT, 0)]
    await dana.press("Send now to 2 recipients")
    await dana.reads("Sent: C-")


async def test_an_officer_cannot_use_another_officers_conversation(town: Town) -> None:
    """The token in a button names a conversation of one chat: another officer's press on it does nothing."""
    await enrol(town, 2)
    dana, eve = await officer(town, DANA), await officer(town, EVE, "Eve")
    await reach_preview(dana, HEADLINE)
    send = await dana.button("Submit for approval")
    shown = await ask(eve, "/help", "What I can do")
    assert await forged(eve, shown["message_id"], send[1]) == (OLD, [])
    await eve.say("/compose")
    begin = await eve.reads("New alert")
    assert await forged(eve, begin["message_id"], send[1]) == (OLD, [])
    assert {status for status, _ in await alerts(town)} == {AlertStatus.DRAFT}


async def test_another_contacts_token_is_of_no_use(town: Town) -> None:
    """A contact who presses with the token of somebody else's conversation moves neither conversation."""
    amira, ben = await town.person(AMIRA), await town.person(BEN, "Ben")
    await reach_sectors(amira)
    done = await amira.button("Aviation")
    asked = await reach_sectors(ben)
    assert await forged(ben, asked["message_id"], done[1]) == (OLD, [])
    assert "Chosen: none yet" in ben.messages[asked["message_id"]]["text"]


async def test_data_that_nobody_made_is_refused_in_words(town: Town) -> None:
    """Empty, endless, foreign and half data gets a notice, never silence, and never anything else."""
    person = await town.person(AMIRA)
    shown = await ask(person, "/threat", "The threat level now")
    number = shown["message_id"]
    expected = {
        "": BROKEN,
        ":": BROKEN,
        "::::::::": BROKEN,
        "x" * 64: BROKEN,
        "\u0000\u202e💣": BROKEN,
        "SUB:a:b:next": BROKEN,
        "cmd": BROKEN,
        "cmd:": BROKEN,
        "cmd:drop table": BROKEN,
        "sub": OLD,
        "sub:": OLD,
        "sub:::": OLD,
        "sub:abcdef:consent:next": OLD,
        "rep:": BROKEN,
        "rep:nothing": BROKEN,
        "prog": "",
        "cmp": "",
        "lvl:x:y:z": "",
    }
    for data, notice in expected.items():
        told, new = await forged(person, number, data)
        assert told == notice, data
        assert all(text == NOT_ALLOWED for text in new), data
    assert await alerts(town) == []


async def test_random_data_never_breaks_the_conversation(town: Town) -> None:
    """Eighty random mutations of real buttons leave the bot answering and put nobody on the roll."""
    person = await town.person(AMIRA)
    asked = await reach_sectors(person)
    rows = person.messages[asked["message_id"]]["reply_markup"]["inline_keyboard"]
    real = [button["callback_data"] for row in rows for button in row if "cancel" not in button["callback_data"]]
    token = real[0].split(":")[1]
    words = ["sub", token, "sectors", "consent", "summary", "name", "toggle", "save", "page", "done", "levels", "mine"]
    words += ["everywhere", "edit", "next", "aviation", "0", "-1", "99999999999999999999", "²", "", "None", "é" * 9]
    dice = random.Random(20160801)  # noqa: S311 - the same tries in every run
    for _ in range(80):
        parts = dice.choice(real).split(":")
        for _ in range(dice.randint(1, 3)):
            parts[dice.randrange(2, len(parts))] = dice.choice(words)
        if dice.random() < 0.5:
            parts.append(dice.choice(words))
        await person.press_data(asked["message_id"], ":".join(parts))
    assert not any("Something went wrong" in text for text in person.received())
    await ask(person, "/threat", "The threat level now")


async def test_a_step_cannot_be_jumped_with_forged_data(town: Town) -> None:
    """Saving from the sectors, with the right token, puts nobody on the roll without the steps between."""
    person = await town.person(AMIRA)
    asked = await reach_sectors(person)
    token = (await person.button("Done"))[1].split(":")[1]
    number = asked["message_id"]
    assert (await forged(person, number, f"sub:{token}:summary:save"))[0] == PASSED
    await forged(person, number, f"sub:{token}:sectors:save")
    await forged(person, number, f"sub:{token}:sectors:next")
    await forged(person, number, f"sub:{token}:regions:next")
    notice, new = await forged(person, number, f"sub:{token}:summary:save")
    assert (notice, new) == ("", ["At least one sector is needed."])
    assert await town.domain.roll.everybody() == []


async def test_an_officers_forged_data_is_refused_in_words_too(town: Town) -> None:
    """Numbers that no alert has, ranks that no scheme has and parts that no draft has change nothing."""
    dana = await officer(town, DANA)
    shown = await ask(dana, "/threat", "The threat level now")
    number = shown["message_id"]
    refusals = {BROKEN, "That has been changed, sent or ended in the meantime, so nothing was done. Please look again."}
    for data in ("prog:stop:77", "prog:again:77", "prog:stop:", "prog:stop:-1", "prog:stop:x", "prog:start:1", "prog"):
        notice, new = await forged(dana, number, data)
        assert ({notice, *new} - {""}) <= refusals, data
        assert {notice, *new} != {""}, data
    for data in ("prog:stop:9223372036854775808", f"prog:again:{'9' * 40}", "prog:stop:²"):
        notice, new = await forged(dana, number, data)
        assert new == [BROKEN], data
    await dana.say("/level")
    await dana.press("UK national threat level")
    message_id, real = await dana.button("SEVERE")
    for rank in ("0", "6", "99999999999999999999", "²", "", "4:4"):
        await dana.press_data(message_id, real.rpartition(":")[0] + f":{rank}")
        assert dana.received()[-1] in {"Which level is it now?", BROKEN}, rank
    await dana.say("/compose")
    message_id, real = await dana.button("Write a new one")
    for args in ("severity:apocalyptic", "hours:7", "hours:999999999999", "edit:status", "briefing:none", "confirm:1"):
        await dana.press_data(message_id, real.rpartition(":")[0] + f":{args}")
        assert not any("Something went wrong" in text for text in dana.received()), args
    assert await alerts(town) == [(AlertStatus.DRAFT, 0)]


async def test_an_officer_revoked_in_the_middle_of_writing_can_go_no_further(town: Town) -> None:
    """After the role is taken away neither a typed part nor a button nor the confirmation does anything."""
    await enrol(town, 2)
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    send = await dana.button("Send now")
    await town.domain.roster.revoke(DANA)
    assert await forged(dana, *send) == ("", [NOT_ALLOWED])
    await ask(dana, "Another headline", "I do not understand free text.")
    await ask(dana, "/compose", NOT_ALLOWED)
    assert await alerts(town) == [(AlertStatus.DRAFT, 0)]
    await ask(dana, "/start", "Do you agree?")


async def test_an_officer_revoked_and_granted_again_takes_up_the_draft(town: Town) -> None:
    """The draft is kept while the role is away; the conversation and its buttons are not."""
    await enrol(town, 2)
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    send = await dana.button("Send now")
    await town.domain.roster.revoke(DANA)
    await town.domain.roster.grant(DANA, Role.OFFICER)
    assert await forged(dana, *send) == (OLD, [])
    await ask(dana, "/drafts", "Your drafts")
    await dana.press(HEADLINE)
    for label in ("Open", "All sectors", "All regions"):
        await dana.press(label)
    await dana.press("Send now to 2 recipients")
    await dana.reads("Sent: C-")


async def test_revoking_takes_the_stop_button_too(town: Town) -> None:
    """Who holds no role any more cannot stop an alert, not even their own."""
    dana = await officer(town, DANA)
    amira = await town.person(AMIRA)
    await subscribe(amira, "Aviation")
    await reach_preview(dana, HEADLINE)
    await dana.press("Send now to 1 recipient")
    await amira.reads(f"URGENT: {HEADLINE}")
    await town.domain.roster.revoke(DANA)
    assert await forged(dana, dana.newest, "prog:stop:1") == ("", [NOT_ALLOWED])

    async def is_sent() -> bool:
        return await alerts(town) == [(AlertStatus.SENT, 1)]

    await until(is_sent, "the end of the alert")


async def test_a_press_on_a_message_of_long_ago_is_answered(town: Town) -> None:
    """Buttons under the person's own message, as only a modified client can press them, are answered as well."""
    person = await town.person(AMIRA)
    own = await person.say("/threat")
    await person.reads("The threat level now")
    notice, new = await forged(person, own, "cmd:report")
    assert notice == ""
    assert new[0].startswith("In danger now")
    notice, new = await forged(person, own, "rep:back")
    assert new[0].startswith("In danger now")
