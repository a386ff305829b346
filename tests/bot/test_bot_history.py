"""/history and /threat with a day, through the whole bot."""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from support.person import words_of
from support.talk import ask
from support.town import BOT, Town, town_at

from alerts.levels.scheme import Level
from bot.sandbox.media import Media

AMIRA = 11
LONGEST_LAG_SECONDS = 0.050
"""How long the loop may be held up while a chart is drawn."""


async def record(town: Town, level: str, since: date, *, seen_at: datetime | None = None) -> None:
    """Record a reading of the national level that nobody is told of."""
    proposal = await town.domain.register.propose("uk-national", level, since=since)
    await town.domain.register.record(proposal, source="test", push=False, seen_at=seen_at)


def pictures(town: Town) -> list[Media]:
    """List the files that the bot has carried up, oldest first."""
    found: list[Media] = []
    while (media := town.sandbox.world.library.at(len(found))) is not None:
        found.append(media)
    return found


async def test_the_history_is_a_chart_whose_caption_turns_its_pages(town: Town) -> None:
    """All changes since 2006 come newest first, each once; the chart stays while the pages under it change."""
    amira = await town.person(AMIRA)
    first = await ask(amira, "/history", "How the threat levels have changed")
    (chart,) = pictures(town)
    assert len(chart.data) < 100_000
    assert amira.buttons(first) == ["‹ Newer", "1 of 4", "Older ›", "Threat level now"]
    seen = [words_of(first)]
    for page in (2, 3, 4):
        await amira.press("Older ›")
        shown = amira.messages[first["message_id"]]
        assert f"{page} of 4" in amira.buttons(shown)
        assert shown["photo"] == first["photo"]
        seen.append(words_of(shown))
    assert all(len(words) <= 1024 for words in seen)
    lines = [line for words in seen for line in words.split("\n\n")[1].split("\n")]
    changes = [line for line in lines if "not confirmed here" not in line]
    expected = sum(len(scheme.history) for scheme in town.domain.schemes.in_force)
    assert len(changes) == len(set(changes)) == expected == 23
    assert "30 Apr 2026 UK national: SEVERE – from an official page" in changes
    assert "about 22 Jan 2010 UK national: SEVERE – the day may be off by one or two" in changes
    assert "23 May 2017 UK national: CRITICAL (Manchester Arena) – from the press" in changes
    assert changes[-1].startswith("1 Aug 2006 UK national: SEVERE")
    await amira.press("Older ›")
    assert words_of(amira.messages[first["message_id"]]) == seen[0]


async def test_what_was_recorded_here_joins_the_history(town: Town) -> None:
    """A reading after the shipped history is a change of its own, and with it the chart is another."""
    amira = await town.person(AMIRA)
    await ask(amira, "/history", "How the threat levels have changed")
    await record(town, "SUBSTANTIAL", date(2026, 10, 5))
    shown = await ask(amira, "/history", "How the threat levels have changed")
    rows = words_of(shown).split("\n\n")[1].split("\n")
    assert rows[0] == "5 Oct 2026 UK national: SUBSTANTIAL – recorded here"
    assert "from 1 May 2026 UK national: not confirmed here" in rows
    first, second = pictures(town)
    assert first.data != second.data
    await ask(amira, "/history", "How the threat levels have changed")
    assert len(pictures(town)) == 2


async def test_without_pictures_the_pages_are_text(tmp_path: Path) -> None:
    """An installation without pictures gets the same pages as text, and turns them in place."""
    async with town_at(tmp_path, pictures="off") as town:
        await town.start_bot()
        amira = await town.person(AMIRA)
        first = await ask(amira, "/history", "How the threat levels have changed")
        assert first["text"]
        await amira.press("Older ›")
        assert amira.messages[first["message_id"]]["text"] != first["text"]
        assert pictures(town) == []


async def test_a_page_that_is_there_no_more_is_the_nearest_one(town: Town) -> None:
    """Made-up pages of a button show a page that exists."""
    amira = await town.person(AMIRA)
    shown = await ask(amira, "/history", "How the threat levels have changed")
    for data, page in (("his:99", "4 of 4"), ("his:x", "1 of 4"), ("his", "1 of 4")):
        await amira.press_data(shown["message_id"], data)
        assert page in amira.buttons(amira.messages[shown["message_id"]])


async def test_the_loop_is_not_held_up_while_a_chart_is_drawn(town: Town) -> None:
    """Three charts, each drawn anew: the best of three runs holds the loop up for less than 50 ms."""
    amira = await town.person(AMIRA)
    lags = []
    for level in ("LOW", "MODERATE", "CRITICAL"):
        await record(town, level, date(2026, 11, 1))
        lags.append(await _longest_lag(ask(amira, "/history", "How the threat levels have changed")))
    assert len(pictures(town)) == 3
    assert min(lags) < LONGEST_LAG_SECONDS


async def _longest_lag(doing: object) -> float:
    """Tell how late the loop came round at worst while something was done."""
    assert asyncio.iscoroutine(doing)
    task, longest = asyncio.ensure_future(doing), 0.0
    while not task.done():
        before = time.perf_counter()
        await asyncio.sleep(0.002)
        longest = max(longest, time.perf_counter() - before - 0.002)
    await task
    return longest


async def test_a_day_of_the_past_is_answered_with_the_meaning_of_that_time(town: Town) -> None:
    """'/threat 2016-08-01' and its other spellings give both levels of that day, and since when, and how sure."""
    amira = await town.person(AMIRA)
    answers = {
        words_of(await ask(amira, f"/threat {day}", "The threat level on 1 Aug 2016"))
        for day in ("2016-08-01", "1 August 2016", "1 Aug 2016", "01/08/2016")
    }
    (words,) = answers
    assert words == (
        "The threat level on 1 Aug 2016\n\n"
        "UK national threat level\nSEVERE (level 4 of 5)\nAt that time this meant: an attack is highly likely.\n"
        "It held from 29 Aug 2014 (from the press) until 22 May 2017.\n\n"
        "Northern Ireland threat level\nSEVERE (level 4 of 5)\nAt that time this meant: an attack is highly likely.\n"
        "It held from about 24 Sept 2010 (the day may be off by one or two) until 21 Mar 2022."
    )


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2012-01-01", "SUBSTANTIAL (level 3 of 5)\nAt that time this meant: an attack is a strong possibility."),
        ("2020-01-01", "SUBSTANTIAL (level 3 of 5)\nAt that time this meant: an attack is likely."),
        ("2006-08-10", "It changed on that day. Before it was SEVERE."),
        ("2010-01-23", "the exact day is not sure, so on that day it may have been the other one."),
        ("2006-07-31", "Nothing is known here of that day. What is known begins on 1 Aug 2006."),
        ("2006-08-02", "Nothing is known here of that day. What is known begins on 24 Sept 2010."),
        ("2026-05-01", "it lies after the history that came with this bot, and no reading was recorded here for it."),
        ("2999-01-01", "1 Jan 2999 lies ahead. Nobody can say what the level will be."),
    ],
)
async def test_what_a_day_is_answered_with(town: Town, day: str, words: str) -> None:
    """The old wording before 23 July 2019, the day of a change, doubt, and honesty where nothing is known."""
    await ask(await town.person(AMIRA), f"/threat {day}", words)


async def test_a_day_after_the_history_is_answered_from_the_readings(town: Town) -> None:
    """What was recorded here counts from its day on, and the day before it stays unknown."""
    await record(town, "SUBSTANTIAL", date(2026, 10, 5))
    amira = await town.person(AMIRA)
    await ask(amira, "/threat 5 October 2026", "It has held since 5 Oct 2026 (recorded here).")
    await ask(amira, "/threat 4 October 2026", "no reading was recorded here for it")


async def test_today_is_the_level_now_and_what_is_no_day_too(town: Town) -> None:
    """The present day gets the usual answer; words that are no day get it as well, with how to write one."""
    amira = await town.person(AMIRA)
    today = datetime.now(UTC).astimezone(town.settings.zone).date()
    await ask(amira, f"/threat {today}", "The threat level now")
    before = amira.newest
    await amira.say("/threat please")
    await amira.reads("I cannot read that as a day, so here is the level now.", after=before)
    await amira.reads("The threat level now", after=before)


async def test_an_answer_about_the_past_leads_on(town: Town) -> None:
    """Its buttons show the level now and the whole history, below it."""
    amira = await town.person(AMIRA)
    shown = await ask(amira, "/threat 2016-08-01", "The threat level on 1 Aug 2016")
    assert amira.buttons(shown) == ["Threat level now", "Earlier levels"]
    await amira.press("Earlier levels")
    await amira.reads("How the threat levels have changed", after=shown["message_id"])
    assert isinstance(town.domain.schemes.in_force[0].level_on(date(2016, 8, 1)), Level)
    assert town.sandbox.world.chat(AMIRA, BOT).messages[shown["message_id"]].text


async def test_a_stale_reading_ends_what_is_known(town: Town) -> None:
    """Days after the last confirmation are not told as known, when it is too long ago."""
    seen_at = datetime.now(UTC) - timedelta(days=9)
    await record(town, "SUBSTANTIAL", date(2026, 10, 5), seen_at=seen_at)
    shown = await ask(await town.person(AMIRA), "/history", "How the threat levels have changed")
    day_after = town.domain.texts.day((seen_at + timedelta(days=1)).astimezone(town.settings.zone).date())
    assert f"from {day_after} UK national: not confirmed here" in words_of(shown)
