"""/threat: what is known of the level, how old that is, and where the truth stands."""

from datetime import UTC, date, datetime, timedelta

from support.person import words_of
from support.talk import ask
from support.town import Town

AMIRA = 11
MI5 = "https://www.mi5.gov.uk/threats-and-advice/threat-levels"


async def record(town: Town, level: str, *, since: date, seen_at: datetime, scheme: str = "uk-national") -> None:
    """Record a reading as the feed would."""
    proposal = await town.domain.register.propose(scheme, level, since=since)
    await town.domain.register.record(proposal, source="test", seen_at=seen_at)


async def test_without_a_reading_it_says_so_and_where_to_look(town: Town) -> None:
    """A fresh bot claims no level: it says that none is known, names the official page and links it."""
    person = await town.person(AMIRA)
    shown = await ask(person, "/threat", "The threat level now")
    assert words_of(shown) == (
        "The threat level now\n\n"
        f"UK national threat level\nNo reading is known here yet. Please look at the official page: {MI5}\n\n"
        f"Northern Ireland threat level\nNo reading is known here yet. Please look at the official page: {MI5}\n\n"
        "The official page is always right. In an emergency call 999."
    )
    (official,), (report,) = shown["reply_markup"]["inline_keyboard"]
    assert (official["text"], official["url"]) == ("Official page", MI5)
    assert report["text"] == "How to report"


async def test_a_reading_is_shown_with_its_meaning_its_day_and_its_age(town: Town) -> None:
    """The level comes with rank, official meaning, since when, by whom, when last confirmed, and what to do."""
    person = await town.person(AMIRA)
    seen_at = datetime.now(UTC) - timedelta(hours=3)
    await record(town, "SEVERE", since=date(2026, 4, 30), seen_at=seen_at)
    shown = await ask(person, "/threat", "SEVERE")
    block = words_of(shown).split("\n\n")[1].split("\n")
    assert block[:4] == [
        "UK national threat level",
        "SEVERE (level 4 of 5)",
        "This means: an attack is highly likely.",
        "Since 30 Apr 2026.",
    ]
    assert block[4] == "Set by: Joint Terrorism Analysis Centre (JTAC)."
    assert block[5] == f"Last confirmed 3 hours ago ({town.domain.texts.when(seen_at)})."
    assert block[6].startswith("What to do: Be especially vigilant and brief all staff.")
    assert block[7].startswith("Response level that goes with it: HEIGHTENED. For information: ")
    assert "May be out of date" not in words_of(shown)
    assert "Northern Ireland threat level\nNo reading is known here yet." in words_of(shown)


async def test_a_reading_that_was_not_confirmed_for_two_days_says_that_it_may_be_out_of_date(town: Town) -> None:
    """After 48 hours without confirmation the level is still shown, with the warning and the way to the page."""
    person = await town.person(AMIRA)
    seen_at = datetime.now(UTC) - timedelta(hours=49)
    await record(town, "SUBSTANTIAL", since=date(2026, 4, 30), seen_at=seen_at)
    shown = await ask(person, "/threat", "SUBSTANTIAL")
    assert (
        f"May be out of date: last confirmed 2 days ago ({town.domain.texts.when(seen_at)}). "
        "Please check the official page."
    ) in words_of(shown)
    assert words_of(shown).count("Last confirmed") == 0


async def test_an_hour_short_of_two_days_is_not_out_of_date(town: Town) -> None:
    """A reading that was confirmed 47 hours ago carries no warning."""
    person = await town.person(AMIRA)
    await record(town, "LOW", since=date(2026, 4, 30), seen_at=datetime.now(UTC) - timedelta(hours=47))
    shown = await ask(person, "/threat", "LOW (level 1 of 5)")
    assert "May be out of date" not in words_of(shown)


async def test_the_two_schemes_are_shown_side_by_side(town: Town) -> None:
    """The national level and Northern Ireland's are never one: each has its block, and the newest reading counts."""
    person = await town.person(AMIRA)
    now = datetime.now(UTC)
    await record(town, "MODERATE", since=date(2026, 1, 2), seen_at=now - timedelta(days=9))
    await record(town, "SEVERE", since=date(2026, 4, 30), seen_at=now)
    await record(town, "SUBSTANTIAL", since=date(2024, 3, 6), seen_at=now, scheme="uk-northern-ireland")
    shown = await ask(person, "/threat", "The threat level now")
    blocks = words_of(shown).split("\n\n")
    assert blocks[1].startswith("UK national threat level\nSEVERE (level 4 of 5)\n")
    assert blocks[2].startswith("Northern Ireland threat level\nSUBSTANTIAL (level 3 of 5)\n")
    assert "MODERATE" not in words_of(shown)


async def test_the_button_under_an_alert_answers_below_it(town: Town) -> None:
    """Threat level now under a message leaves that message as it is and answers with a new one."""
    person = await town.person(AMIRA)
    shown = await ask(person, "/threat", "The threat level now")
    await person.press("How to report")
    assert words_of(person.messages[shown["message_id"]]) == words_of(shown)
    await person.reads("What is it about?", after=shown["message_id"])
