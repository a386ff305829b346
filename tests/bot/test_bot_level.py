"""/level: an officer records a reading, sees first whom it reaches, and only a change is told to anybody."""

from datetime import timedelta

from support.patience import until
from support.person import Person, words_of
from support.talk import ask, officer, press_twice
from support.town import Town

from alerts.publishing.alert import AlertStatus
from alerts.subscribers.roll import Profile

DANA, EVE, AMIRA, BEN = 13, 14, 11, 12


def question(person: Person) -> str:
    """Give the newest message of the bot."""
    return person.received()[-1]


async def reach_level_preview(person: Person, level: str) -> None:
    """Choose a national level from today on, without a statement."""
    await person.say("/level")
    await person.press("UK national threat level")
    await person.press(level)
    await person.press("Today")
    await person.press("Skip")
    await person.reads("Please check")


async def subscriber(town: Town, account: int, *, wants_levels: bool = True) -> Person:
    """Bring a contact who is on the roll."""
    person = await town.person(account)
    await ask(person, "/start", "Do you agree?")
    await town.domain.roll.subscribe(account, "private", Profile(sectors=("aviation",), wants_levels=wants_levels))
    return person


async def readings(town: Town) -> list[tuple[int, str, str, int | None]]:
    """List the national readings, newest first."""
    found = await town.domain.register.readings("uk-national")
    return [(reading.version, reading.level, reading.source, reading.set_by) for reading in found]


async def test_a_first_reading_is_recorded_and_told_to_nobody(town: Town) -> None:
    """The first reading is no change: the preview says so, it is recorded with its author, and no alert is written."""
    dana, amira = await officer(town, DANA), await subscriber(town, AMIRA)
    await reach_level_preview(dana, "SEVERE")
    today = town.domain.texts.day(town.domain.clock.now().astimezone(town.settings.zone).date())
    assert question(dana) == (
        f"Please check\nUK national threat level: SEVERE\nSince: {today}\nBefore: no reading\n\n"
        "This is the first reading, so nobody is told of it."
    )
    await dana.press("Confirm")
    assert question(dana) == ("Recorded.\nUK national threat level: SEVERE\n\nNobody is told, since it is no change.")
    assert await readings(town) == [(1, "SEVERE", "officer", 13)]
    assert await town.domain.desk.newest(10) == []
    assert not any("SEVERE" in text for text in amira.received())
    await ask(amira, "/threat", "SEVERE (level 4 of 5)")


async def test_a_rise_is_pushed_once_to_all_who_want_it(town: Town) -> None:
    """A rise shows the message and the number first, then goes to everybody who wants level changes."""
    dana = await officer(town, DANA)
    amira, ben = await subscriber(town, AMIRA), await subscriber(town, BEN, wants_levels=False)
    await reach_level_preview(dana, "SUBSTANTIAL")
    await dana.press("Confirm")

    await dana.say("/level")
    await dana.press("UK national threat level")
    await dana.press("CRITICAL")
    await ask(dana, "2026-11-20", "Statement")
    await ask(dana, "JTAC: <see> the statement & act", "Please check")
    assert (
        "Since: 20 Nov 2026\nBefore: SUBSTANTIAL\n\nThe level rises: the message above goes out as CRITICAL."
        in question(dana)
    )
    assert "It goes to 1 recipient." in question(dana)
    preview = await dana.reads("CRITICAL: UK national threat level raised to CRITICAL")
    assert "In force until" not in preview["text"]  # a level holds until it changes
    await dana.press("Confirm")
    assert question(dana) == ("Recorded.\nUK national threat level: CRITICAL\n\nThe change goes to 1 recipient.")

    received = await amira.reads("CRITICAL: UK national threat level raised to CRITICAL")
    assert "The level is now CRITICAL. It was SUBSTANTIAL.\n" in received["text"]
    assert "This means: an attack is highly likely in the near future.\nSince 20 Nov 2026." in received["text"]
    assert "\n\nJTAC: <see> the statement & act\n\n" in received["text"]
    assert received["text"].split("\n")[3:-1] == preview["text"].split("\n")[3:-1]  # without reference and code
    ((alert, recipients),) = await town.domain.desk.newest(10)
    assert (recipients, alert.origin, alert.kind.value) == (1, "level", "level")

    async def is_sent() -> bool:
        return (await town.domain.desk.find(alert.id)).status is AlertStatus.SENT

    await until(is_sent, "the end of the push")
    assert sum("raised to CRITICAL" in text for text in amira.received()) == 1
    assert not any("CRITICAL" in text for text in ben.received())


async def test_a_fall_goes_out_as_advisory(town: Town) -> None:
    """A lower level is told to the same people, less urgently."""
    dana, amira = await officer(town, DANA), await subscriber(town, AMIRA)
    for level in ("SEVERE", "MODERATE"):
        await reach_level_preview(dana, level)
        await dana.press("Confirm")
    received = await amira.reads("ADVISORY: UK national threat level lowered to MODERATE")
    assert "The level is now MODERATE. It was SEVERE.\n" in received["text"]


async def test_an_unchanged_level_is_confirmed_and_told_to_nobody(town: Town) -> None:
    """The same level again is noted as seen now, keeps its day, and no alert is written."""
    dana, amira = await officer(town, DANA), await subscriber(town, AMIRA)
    proposal = await town.domain.register.propose("uk-national", "SEVERE")
    long_ago = town.domain.clock.now() - timedelta(days=5)
    await town.domain.register.record(proposal, source="test", seen_at=long_ago)
    await ask(amira, "/threat", "May be out of date")

    await dana.say("/level")
    for label in ("UK national threat level", "SEVERE", "As before, or not known", "Skip"):
        await dana.press(label)
    assert "The level is unchanged: it is noted as confirmed today, and nobody is told." in question(dana)
    await dana.press("Confirm")
    assert await readings(town) == [(2, "SEVERE", "officer", 13), (1, "SEVERE", "test", None)]
    first, second = reversed(await town.domain.register.readings("uk-national"))
    assert second.since == first.since
    assert await town.domain.desk.newest(10) == []
    fresh = await ask(amira, "/threat", "SEVERE (level 4 of 5)")
    assert "May be out of date" not in words_of(fresh)


async def test_a_reading_by_somebody_else_in_between_makes_the_officer_look_again(town: Town) -> None:
    """What was confirmed against an old reading is not recorded: the new preview says what it would do now."""
    dana, eve = await officer(town, DANA), await officer(town, EVE, "Eve")
    await reach_level_preview(dana, "SEVERE")
    await reach_level_preview(eve, "LOW")
    await eve.press("Confirm")
    await dana.press("Confirm")
    assert dana.notices[-1] == "Another reading was recorded meanwhile. Please check again."
    assert "Before: LOW\n\nThe level rises" in question(dana)
    assert await readings(town) == [(1, "LOW", "officer", 14)]
    await dana.press("Confirm")
    assert await readings(town) == [(2, "SEVERE", "officer", 13), (1, "LOW", "officer", 14)]


async def test_confirm_pressed_twice_records_once(town: Town) -> None:
    """The second of two quick presses finds the conversation over."""
    dana = await officer(town, DANA)
    await reach_level_preview(dana, "SEVERE")
    await press_twice(dana, "Confirm")
    assert await readings(town) == [(1, "SEVERE", "officer", 13)]
    assert "That button belongs to an earlier conversation. Nothing has changed." in dana.notices


async def test_days_that_cannot_be_read_or_lie_ahead_are_asked_for_again(town: Town) -> None:
    """A day in words and a day in the future are refused at once, with the question asked again."""
    dana = await officer(town, DANA)
    await dana.say("/level")
    await dana.press("Northern Ireland threat level")
    await dana.press("MODERATE")
    refused = await ask(dana, "last Tuesday", "I cannot read that as a day. Write it as 2026-11-23.")
    assert "Since when?" in refused["text"]
    refused = await ask(dana, "2999-01-01", "That day lies ahead. A reading says what holds already.")
    assert "Since when?" in refused["text"]
    await ask(dana, "2026-11-01", "Statement")


async def test_a_statement_that_is_too_long_is_asked_for_again(town: Town) -> None:
    """1,501 characters are refused with both numbers, and nothing is recorded."""
    dana = await officer(town, DANA)
    await dana.say("/level")
    for label in ("UK national threat level", "SEVERE", "Today"):
        await dana.press(label)
    await ask(dana, "x" * 1501, "The statement has 1,501 characters; 1,500 are the most.")
    await ask(dana, "x" * 1500, "Please check")
    assert await readings(town) == []


async def test_back_and_cancel_record_nothing_and_take_the_preview_away(town: Town) -> None:
    """Going back from the preview of a push removes what looked like the real message; leaving records nothing."""
    dana = await officer(town, DANA)
    await subscriber(town, AMIRA)
    await reach_level_preview(dana, "LOW")
    await dana.press("Confirm")
    await reach_level_preview(dana, "CRITICAL")
    await dana.press("Back")
    assert not any("raised to CRITICAL" in text for text in dana.received())
    for label in ("Back", "Back", "SEVERE", "Today", "Skip"):
        await dana.press(label)
    await dana.reads("raised to SEVERE")
    await dana.press("Cancel")
    assert not any("raised to SEVERE" in text for text in dana.received())
    assert await readings(town) == [(1, "LOW", "officer", 13)]


async def test_a_restart_in_the_middle_loses_nothing(town: Town) -> None:
    """The scheme and the level chosen before the stop still stand after the start."""
    dana = await officer(town, DANA)
    await dana.say("/level")
    await dana.press("UK national threat level")
    await dana.press("SEVERE")
    await town.stop_bot()
    await town.start_bot()
    await dana.press("Today")
    await dana.press("Skip")
    await dana.press("Confirm")
    assert await readings(town) == [(1, "SEVERE", "officer", 13)]
