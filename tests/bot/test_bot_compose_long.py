"""Long texts that an app cuts in two on their way to the bot: the second half finds its place, whatever is asked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.person import Person
from support.talk import ask, enrol, officer, reach_preview
from support.town import Town, town_at

DANA = 13
HEADLINE = "Suspicious vehicle at the east gate"
FIRST, SECOND, THIRD = "a" * 4000, "b" * 4000, "c" * 300
ADDED = "Added to your text, which now has "


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with two aviation contacts on the roll."""
    async with town_at(tmp_path) as built:
        await enrol(built, 2)
        await built.start_bot()
        yield built


async def body(town: Town) -> str:
    """Give the text of the one alert that there is."""
    ((alert, _),) = await town.domain.desk.newest(5)
    return alert.body


def previews(person: Person) -> list[str]:
    """Give the messages of the bot that look like an alert."""
    return [text for text in person.received() if text.startswith("URGENT: ")]


async def test_a_text_that_is_edited_comes_whole_in_two_messages(town: Town) -> None:
    """At the preview of a whole draft the second half joins the first, and only the new preview stands there."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    await dana.press("Edit text")
    await ask(dana, FIRST, "Preview")
    told = await ask(dana, SECOND, f"{ADDED}8,002 characters.")
    assert "\n\nPreview\nAbove is the message exactly" in told["text"]
    await ask(dana, THIRD, f"{ADDED}8,304 characters.")
    assert await body(town) == f"{FIRST}\n\n{SECOND}\n\n{THIRD}"
    assert [f"Part {part} of 4" in text for part, text in enumerate(previews(dana), start=1)] == [True] * 4
    await dana.press("Send now to 2 recipients")
    await dana.reads("Sent: C-")


async def test_only_what_follows_directly_continues_a_text(town: Town) -> None:
    """After a press, /compose, a picture's question or another part, what is typed at the preview changes nothing."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    await dana.press("Edit text")
    await ask(dana, FIRST, "Preview")
    await dana.press("Edit severity")
    await dana.press("Back")
    await ask(dana, "hello?", "Preview")
    await dana.press("Edit text")
    await ask(dana, FIRST, "Preview")
    await ask(dana, "/compose", "Preview")
    await ask(dana, "hello?", "Preview")
    await dana.press("Edit headline")
    await ask(dana, "Another headline", "Preview")
    await ask(dana, "hello?", "Preview")
    assert await body(town) == FIRST
    assert not any(ADDED in text for text in dana.received())


async def test_a_press_between_two_texts_ends_the_first(town: Town) -> None:
    """At the severity a word that follows the text directly belongs to it, and after a press it does not."""
    dana = await officer(town, DANA)
    await dana.say("/compose")
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    await ask(dana, "Fire too.", f"{ADDED}28 characters.")
    old = await dana.button("Urgent")
    await dana.press("Urgent")
    await dana.press("TLP:CLEAR")
    await ask(dana, "hello?", "Sectors")
    await dana.press_data(*old)
    await ask(dana, "hello?", "Sectors")
    assert await body(town) == "Police are there.\n\nFire too."


async def test_a_second_half_survives_a_restart(town: Town) -> None:
    """A bot that is stopped between the two halves joins them all the same."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE)
    await dana.press("Edit text")
    await ask(dana, FIRST, "Preview")
    await town.stop_bot()
    await town.start_bot()
    await ask(dana, SECOND, f"{ADDED}8,002 characters.")
    assert await body(town) == f"{FIRST}\n\n{SECOND}"


async def test_an_expiry_that_follows_a_short_text_is_the_expiry(town: Town) -> None:
    """Where a time is asked for, what is typed after a text that no app would cut is the time, and not more text."""
    dana = await officer(town, DANA)
    await ask(dana, "/compose", "New alert")
    await dana.press("Write a new one")
    await ask(dana, HEADLINE, "What has happened")
    await ask(dana, "Police are there.", "Severity")
    for label in ("Urgent", "TLP:CLEAR", "All sectors", "All regions"):
        await dana.press(label)
    for _ in range(5):
        await dana.press("Back")
    await ask(dana, "Police have left.", "Expiry")
    await ask(dana, "6h", "Preview")
    assert await body(town) == "Police have left."
