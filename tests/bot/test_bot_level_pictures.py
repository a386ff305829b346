"""/threat with its picture through the whole bot: carried up once, by its name from then on, and never at a price."""

import asyncio
import functools
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import update
from support.person import words_of
from support.talk import ask
from support.town import BOT, Town, town_at

import bot.app
from alerts.pictures.studio import Studio
from alerts.store.outside import pictures
from bot.sandbox.media import Media

AMIRA, BEN = 11, 12


async def record(town: Town, level: str, scheme: str = "uk-national", **how: Any) -> None:
    """Record a reading that nobody is told of."""
    proposal = await town.domain.register.propose(scheme, level, since=how.pop("since", date(2026, 4, 30)))
    await town.domain.register.record(proposal, source="test", push=False, **how)


async def both(town: Town) -> None:
    """Record a reading of both schemes."""
    await record(town, "SEVERE")
    await record(town, "SUBSTANTIAL", "uk-northern-ireland")


def uploads(town: Town) -> list[Media]:
    """List the files that the bot has carried up, oldest first."""
    found: list[Media] = []
    while (media := town.sandbox.world.library.at(len(found))) is not None:
        found.append(media)
    return found


def shown(town: Town, account: int) -> list[Media | None]:
    """List the pictures of the bot's messages in a chat, None for a text."""
    messages = town.sandbox.world.chat(account, BOT).messages.values()
    return [message.media for message in messages if message.sender.is_bot]


async def test_the_first_answer_carries_the_picture_up_and_the_next_ones_name_it(town: Town) -> None:
    """One upload serves everybody: it is a small PNG, and the words under it are complete."""
    await both(town)
    amira, ben = await town.person(AMIRA), await town.person(BEN)
    first = await ask(amira, "/threat", "The threat level now")
    second = await ask(amira, "/threat", "The threat level now")
    third = await ask(ben, "/threat", "The threat level now")
    (picture,) = uploads(town)
    assert shown(town, AMIRA) == [picture, picture]
    assert shown(town, BEN) == [picture]
    assert (picture.mime_type, len(picture.data) < 100_000) == ("image/png", True)
    assert Image.open(BytesIO(picture.data)).width == 1080
    assert first["text"] is None
    for words in ("SEVERE (level 4 of 5)", "SUBSTANTIAL (level 3 of 5)", "Last confirmed", "What to do:", "999"):
        assert words in first["caption"]
    assert [len(words_of(message)) <= 1024 for message in (first, second, third)] == [True] * 3


async def test_a_changed_level_has_a_new_picture_and_a_confirmed_one_has_not(town: Town) -> None:
    """A poll that finds the same level on the same day draws nothing; another level or another day does."""
    now = datetime.now(UTC)
    await record(town, "SEVERE", seen_at=now - timedelta(days=1))
    amira = await town.person(AMIRA)
    await ask(amira, "/threat", "SEVERE")
    await record(town, "SEVERE", seen_at=now - timedelta(days=1, seconds=-1))
    await ask(amira, "/threat", "SEVERE")
    assert len(uploads(town)) == 1
    await record(town, "SEVERE", seen_at=now)
    await ask(amira, "/threat", "SEVERE")
    assert len(uploads(town)) == 2
    await record(town, "CRITICAL", seen_at=now)
    await ask(amira, "/threat", "CRITICAL")
    before, _, after = uploads(town)
    assert before.data != after.data


async def test_a_crowd_that_asks_at_once_makes_one_picture(town: Town) -> None:
    """Twenty people who ask in the same moment all get the picture, and it was drawn and carried up once."""
    await both(town)
    crowd = [await town.person(account) for account in range(100, 120)]
    await asyncio.gather(*(ask(person, "/threat", "The threat level now") for person in crowd))
    (picture,) = uploads(town)
    assert [shown(town, person.account) for person in crowd] == [[picture]] * 20


async def test_a_name_that_telegram_refuses_is_replaced(town: Town) -> None:
    """When the file id is another bot's, the picture is carried up again and its new name kept."""
    await both(town)
    amira = await town.person(AMIRA)
    await ask(amira, "/threat", "The threat level now")
    async with town.domain.store.writing() as connection:
        await connection.execute(update(pictures).values(file_id="AgACAgIAAxkBAAIBQ2another_bots"))
    await ask(amira, "/threat", "The threat level now")
    await ask(amira, "/threat", "The threat level now")
    first, second = uploads(town)
    assert shown(town, AMIRA) == [first, second, second]


async def test_a_drawing_that_fails_costs_nobody_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a drawing process /threat and /history answer in words, in full."""
    monkeypatch.setattr(bot.app, "Studio", functools.partial(Studio, worker="alerts.pictures.nothing"))
    async with town_at(tmp_path) as town:
        await both(town)
        await town.start_bot()
        amira = await town.person(AMIRA)
        for command, words in (("/threat", "The threat level now"), ("/history", "How the threat levels have changed")):
            for _ in range(2):
                answer = await ask(amira, command, words)
                assert answer["text"]
        assert "Response level that goes with it: HEIGHTENED" in (await ask(amira, "/threat", "HEIGHTENED"))["text"]
        assert uploads(town) == []


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "5xx", "methods": ["sendPhoto"], "after": False},
        {"fault": "reset_before", "methods": ["sendPhoto"]},
        {"fault": "garbage", "methods": ["sendPhoto"]},
    ],
    ids=lambda fault: fault["fault"],
)
async def test_a_picture_that_telegram_does_not_take_costs_nobody_the_answer(town: Town, fault: dict[str, Any]) -> None:
    """Whatever sendPhoto meets, the words come, and with the next picture all is well again."""
    await both(town)
    amira = await town.person(AMIRA)
    town.sandbox.faults.replace([fault])
    answer = await ask(amira, "/threat", "The threat level now")
    assert answer["text"]
    town.sandbox.faults.clear()
    await record(town, "CRITICAL")
    assert (await ask(amira, "/threat", "CRITICAL"))["caption"]


async def test_a_group_that_takes_no_pictures_gets_the_words(town: Town) -> None:
    """Where the bot may write and not send pictures, the answer comes as text, and others keep their pictures."""
    await both(town)
    world = town.sandbox.world
    world.add_account(id=AMIRA, first_name="Amira")
    group = world.add_group(title="Plant", kind="supergroup", creator=AMIRA)
    world.add_bot(group, BOT)
    world.restrict(group, BOT, can_send_messages=True, can_send_photos=False)
    world.say(world.chat(AMIRA, group.id), "/threat")
    await town.settled()
    _greeting, answer = (message for message in group.messages.values() if message.sender.is_bot)
    assert (answer.media, "SEVERE" in (answer.text or "")) == (None, True)
    ben = await town.person(BEN)
    assert (await ask(ben, "/threat", "The threat level now"))["caption"]


async def test_what_does_not_fit_under_a_picture_is_one_press_away(town: Town) -> None:
    """Two stale levels are too many words for a caption: it leaves out what is for information, a button gives it."""
    long_ago = datetime.now(UTC) - timedelta(days=12)
    await record(town, "CRITICAL", seen_at=long_ago)
    await record(town, "SUBSTANTIAL", "uk-northern-ireland", seen_at=long_ago)
    amira = await town.person(AMIRA)
    answer = await ask(amira, "/threat", "The threat level now")
    assert "May be out of date" in answer["caption"]
    assert "What to do: Be as vigilant as you can" in answer["caption"]
    assert "Response level" not in answer["caption"]
    await amira.press("All of it in words")
    full = await amira.reads("Response level that goes with it: EXCEPTIONAL", after=answer["message_id"])
    assert full["text"]
    assert amira.messages[answer["message_id"]]["caption"] == answer["caption"]


async def test_a_level_that_is_unknown_or_stale_says_so_in_the_picture_too(town: Town) -> None:
    """Unknown, known and stale are three pictures."""
    amira = await town.person(AMIRA)
    await ask(amira, "/threat", "No reading is known here yet")
    await record(town, "SEVERE", seen_at=datetime.now(UTC))
    await ask(amira, "/threat", "Last confirmed")
    await record(town, "SEVERE", seen_at=datetime.now(UTC) - timedelta(days=3))
    await ask(amira, "/threat", "May be out of date")
    assert len({media.data for media in uploads(town)}) == 3


@pytest.mark.parametrize("theme", ["light", "dark", "off"])
async def test_an_installation_chooses_the_theme(tmp_path: Path, theme: Any) -> None:
    """Light and dark are different pictures; off means words alone."""
    async with town_at(tmp_path, pictures=theme) as town:
        await both(town)
        await town.start_bot()
        amira = await town.person(AMIRA)
        answer = await ask(amira, "/threat", "The threat level now")
        assert (answer["text"] is not None) == (theme == "off")
        corners = [Image.open(BytesIO(media.data)).convert("L").getpixel((2, 2)) for media in uploads(town)]
        assert [corner < 60 for corner in corners] == {"light": [False], "dark": [True], "off": []}[theme]
