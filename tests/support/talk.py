"""What people say to the bot and do with its buttons, as far as several tests need it."""

import asyncio
import re
from typing import Any

from support.person import Message, Person
from support.town import BOT, Town

from alerts.audit.entry import ADMINISTRATOR
from alerts.people.rights import Role
from alerts.subscribers.roll import Profile


async def ask(person: Person, text: str, answer: str) -> Message:
    """Say something and give the new message that answers it."""
    after = person.newest
    await person.say(text)
    return await person.reads(answer, after=after)


async def subscribe(person: Person, *sectors: str) -> None:
    """Go through the whole conversation, skipping the details; sectors by the names on the first page."""
    await reach_sectors(person)
    for sector in sectors:
        await person.press(sector)
    await person.press("Done")
    await person.press("All regions")
    await person.press("Confirm")
    await person.reads("You are subscribed")


async def reach_sectors(person: Person) -> Message:
    """Begin to subscribe, skip the details, and give the question for the sectors."""
    await person.say("/start")
    await person.press("I agree")
    for _ in range(3):
        await person.press("Skip")
    return await person.reads("Your sectors")


async def officer(town: Town, account: int, first_name: str = "Dana", *, sectors: tuple[str, ...] = ()) -> Person:
    """Bring an officer into the town."""
    await town.domain.roster.grant(account, Role.OFFICER, sectors=sectors)
    return await town.person(account, first_name)


async def reach_preview(
    person: Person,
    headline: str = "Suspicious vehicle at the east gate",
    body: str = "Police are there.",
    *,
    severity: str = "Urgent",
    marking: str = "TLP:CLEAR",
    sectors: str | None = None,
    expiry: str = "6 hours",
    entities: list[dict[str, Any]] | None = None,
) -> Message:
    """Compose an alert up to its preview, for all sectors if none is named and all regions, and give the preview."""
    begin = await ask(person, "/compose", "New alert")
    await person.press("Write a new one", message_id=begin["message_id"])
    await person.say(headline)
    await person.reads("What has happened")
    await person.say(body, entities)
    await person.press(severity)
    await person.press(marking)
    await person.press(sectors or "All sectors")
    if sectors:
        await person.press("Done")
    await person.press("All regions")
    await person.press(expiry)
    await person.reads("Preview")
    return await person.reads(headline)


async def press_twice(person: Person, label: str) -> None:
    """Press a button and press it again before the bot has answered, as an impatient thumb does."""
    before = person.answers
    message_id, data = await person.button(label)
    await asyncio.gather(person.press_data(message_id, data), person.press_data(message_id, data))
    await person.answered(before + 2)


async def enrol(town: Town, number: int, *, first: int = 1001, sectors: tuple[str, ...] = ("aviation",)) -> list[int]:
    """Put a vetted crowd on the roll that has pressed Start; before the bot runs, or it would answer them all."""
    world = town.sandbox.world
    chats = list(range(first, first + number))
    for account in chats:
        world.add_account(id=account, first_name=f"Contact {account}")
        world.say(world.chat(account, BOT), "/start")
        await town.domain.roll.subscribe(account, "private", Profile(sectors=sectors))
    await town.domain.vetting.vet_many(chats, ADMINISTRATOR)
    world.bots[BOT].updates.clear()
    return chats


def copies(town: Town, account: int, text: str) -> int:
    """Count the bot's messages in a chat that contain a text."""
    messages = town.sandbox.world.chat(account, BOT).messages.values()
    return sum(1 for message in messages if message.sender.is_bot and text in (message.text or message.caption))


def own_words(message: Message) -> str:
    """Give an alert's text with its reference and without its moment, which is a minute later when the minute turns."""
    return re.sub(r"^(C-\d+-\d+) · .+$", r"\1", message["text"], flags=re.MULTILINE)
