"""MI5's feed in a whole bot: read at the start, reported to officers, confirmed by a press, silent and back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from support.feeds import CHALLENGE, feed
from support.patience import until
from support.person import Person
from support.talk import ask, copies, officer, own_words, press_twice
from support.town import BOT, Town, town_at
from support.website import Website

from alerts.people.rights import Role
from alerts.store.outside import level_sightings, level_sources
from alerts.store.tables import level_readings, notices
from alerts.subscribers.roll import Profile

AMIRA, BEN, DANA, EVE, OLU = 11, 12, 13, 14, 15


@pytest.fixture
async def website() -> AsyncIterator[Website]:
    """Stands in MI5's place, and says SEVERE and SUBSTANTIAL."""
    async with Website().open() as opened:
        opened.body = feed()
        yield opened


@pytest.fixture
async def watching(tmp_path: Path, website: Website) -> AsyncIterator[Town]:
    """A bot that has just started and read the feed."""
    async with town_at(tmp_path, pictures="off", level_feed_url=f"{website.address}/feed.xml") as town:
        await town.start_bot()
        await until(lambda: is_known(town), "the feed to be read")
        yield town


async def is_known(town: Town) -> bool:
    """Tell whether both levels are in force."""
    return all(entry.reading for entry in await town.domain.register.current())


async def poll(town: Town) -> None:
    """Let twenty minutes pass for the watch."""
    [source] = town.domain.watch.sources
    await town.domain.watch.poll(source)


async def subscriber(town: Town, account: int) -> Person:
    """Bring a contact who is on the roll."""
    person = await town.person(account)
    await ask(person, "/start", "Do you agree?")
    await town.domain.roll.subscribe(account, "private", Profile(sectors=("aviation",)))
    return person


async def on_duty(town: Town, account: int) -> Person:
    """Bring an officer whom the bot can write to."""
    person = await officer(town, account)
    await ask(person, "/help", "/level")
    return person


async def test_the_feed_is_read_at_the_start_and_told_to_nobody(watching: Town) -> None:
    """Seconds after the start /threat has both levels with the time of reading, no day that nobody knows, no alert."""
    amira = await subscriber(watching, AMIRA)
    shown = await ask(amira, "/threat", "SEVERE (level 4 of 5)")
    assert "SUBSTANTIAL (level 3 of 5)" in shown["text"]
    assert shown["text"].count("Last confirmed ") == 2
    assert "Since" not in shown["text"]
    assert await watching.domain.desk.newest(10) == []


async def test_a_change_waits_for_a_press_and_goes_out_as_shown(watching: Town, website: Website) -> None:
    """Officers see what would go out with one button; /threat says 'not confirmed yet'; the press sends it."""
    dana, amira = await on_duty(watching, DANA), await subscriber(watching, AMIRA)
    website.body = feed("CRITICAL")
    await poll(watching)
    report = await dana.reads("MI5's feed reports a change: CRITICAL")
    assert dana.buttons(report) == ["Confirm CRITICAL and send"]
    assert "UK national threat level. In force here: SEVERE." in report["text"]
    before = await ask(amira, "/threat", "Reported, not confirmed yet: CRITICAL.")
    assert "SEVERE (level 4 of 5)" in before["text"]
    assert copies(watching, AMIRA, "raised to CRITICAL") == 0
    await dana.press("Confirm CRITICAL and send")
    alert = await amira.reads("UK national threat level raised to CRITICAL")
    assert alert["text"].startswith("CRITICAL")
    for line in own_words(alert).split("\n"):
        assert line.startswith(("C-", "Genuine?")) or line in report["text"], line
    assert "Recorded." in dana.received()[-1]
    after = await ask(amira, "/threat", "CRITICAL (level 5 of 5)")
    assert "not confirmed" not in after["text"]


async def test_the_button_works_after_a_restart_once(watching: Town, website: Website) -> None:
    """It is found again by a new process; a second thumb, or a second officer, sends nothing more."""
    dana, eve, amira = await on_duty(watching, DANA), await on_duty(watching, EVE), await subscriber(watching, AMIRA)
    website.body = feed("CRITICAL")
    await poll(watching)
    await dana.reads("reports a change")
    await eve.reads("reports a change")
    await watching.stop_bot()
    await watching.start_bot()
    await press_twice(dana, "Confirm CRITICAL and send")
    await eve.press("Confirm CRITICAL and send")
    await eve.reads("UK national threat level: CRITICAL is in force already. Nothing more was sent.")
    await eve.press("Approve and send to 1 recipient")
    await amira.reads("raised to CRITICAL")
    await watching.settled()
    assert len(await watching.domain.desk.newest(10)) == 1
    assert copies(watching, AMIRA, "raised to CRITICAL") == 1


async def test_a_button_that_was_overtaken_says_so(watching: Town, website: Website) -> None:
    """After /level, or another word from the feed, the old button changes nothing and says that things have changed."""
    dana = await on_duty(watching, DANA)
    website.body = feed("CRITICAL")
    await poll(watching)
    first = await dana.reads("reports a change: CRITICAL")
    website.body = feed("MODERATE")
    await poll(watching)
    await dana.reads("reports a change: MODERATE")
    await dana.press("Confirm CRITICAL and send", message_id=first["message_id"])
    await dana.reads("That has been changed, sent or ended in the meantime", after=first["message_id"])
    assert await watching.domain.desk.newest(10) == []


async def test_only_officers_may_press(watching: Town, website: Website) -> None:
    """A contact who sends the button's data is refused, and so is an officer whose role was taken away."""
    dana, amira = await on_duty(watching, DANA), await subscriber(watching, AMIRA)
    website.body = feed("CRITICAL")
    await poll(watching)
    _, data = await dana.button("Confirm CRITICAL and send")
    shown = await ask(amira, "/threat", "not confirmed yet")
    await amira.press_data(shown["message_id"], data)
    await amira.reads("That is for duty officers.")
    await watching.domain.roster.revoke(DANA)
    await dana.press("Confirm CRITICAL and send")
    await dana.reads("That is for duty officers.")
    eve = await on_duty(watching, EVE)
    for broken in ("lvr", "lvr:mi5", "lvr:mi5:uk-national:x:5", "lvr:mi5:nowhere:1:5", "lvr:mi5:uk-national:1:99"):
        shown = await ask(eve, "/threat", "The threat level now")
        await eve.press_data(shown["message_id"], broken)
        await eve.reads("That button cannot be used any more.", after=shown["message_id"])
    assert await watching.domain.desk.newest(10) == []


async def test_a_report_that_was_settled_before_it_was_shown_has_no_button(tmp_path: Path, website: Website) -> None:
    """An officer whose notice comes late reads that nothing has to be done."""
    async with town_at(tmp_path, pictures="off", level_feed_url=f"{website.address}/feed.xml") as town:
        dana = await officer(town, DANA)
        town.sandbox.world.say(town.sandbox.world.chat(DANA, BOT), "/start")
        await poll(town)
        website.body = feed("CRITICAL")
        await poll(town)
        website.body = feed("SEVERE")
        await poll(town)
        await town.start_bot()
        late = await dana.reads("MI5's feed reported a change of the UK national threat level")
        assert dana.buttons(late) == []
        await dana.reads("MI5's feed says SEVERE again. It had reported CRITICAL since")


async def test_a_second_reading_sends_without_a_press(tmp_path: Path, website: Website) -> None:
    """Where it is set so, the notice says it, and officers hear what was sent."""
    async with town_at(
        tmp_path, level_feed_url=f"{website.address}/feed.xml", level_confirm_by_second_reading=10
    ) as town:
        await town.start_bot()
        await until(lambda: is_known(town), "the feed to be read")
        dana, amira = await on_duty(town, DANA), await subscriber(town, AMIRA)
        website.body = feed("CRITICAL")
        await poll(town)
        await dana.reads("It is sent without a press if the feed still says so 10 minutes after the first sighting.")
        town.domain.watch._known.clear()
        earlier = datetime.now(UTC) - timedelta(minutes=11)
        async with town.domain.store.writing() as connection:
            await connection.execute(update(level_readings).values(seen_at=earlier))
            await connection.execute(update(level_sightings).values(first_at=earlier))
        await poll(town)
        await amira.reads("raised to CRITICAL")
        await dana.reads("CRITICAL is in force and was sent.")


async def test_owners_read_of_silence_and_of_its_end(watching: Town, website: Website) -> None:
    """The notice says since when and why, /threat says it to everybody, and both end with a good reading."""
    await watching.domain.roster.grant(OLU, Role.OWNER)
    olu, amira = await watching.person(OLU), await watching.person(AMIRA)
    await ask(olu, "/help", "/level")
    watching.domain.watch._known.clear()
    long_ago = datetime.now(UTC) - timedelta(hours=7)
    async with watching.domain.store.writing() as connection:
        await connection.execute(update(level_sightings).values(seen_at=long_ago))
        await connection.execute(update(level_sources).values(begun_at=long_ago, read_at=long_ago))
    website.body = CHALLENGE
    await poll(watching)
    told = await olu.reads("MI5's feed has given no good reading since")
    assert "The last try: the answer was no feed, perhaps a page for browsers." in told["text"]
    shown = await ask(amira, "/threat", "The threat level now")
    assert shown["text"].count(f"No news since {watching.domain.texts.when(long_ago)}: MI5's feed has given no") == 2
    website.body = feed()
    await poll(watching)
    await olu.reads("MI5's feed is back")
    assert "No news" not in (await ask(amira, "/threat", "The threat level now"))["text"]


async def test_what_officers_set_against_the_feed_is_shown_as_theirs(watching: Town) -> None:
    """/threat names what the feed says, and does not call it 'not confirmed yet'."""
    amira = await watching.person(AMIRA)
    proposal = await watching.domain.register.propose("uk-national", "CRITICAL")
    await watching.domain.register.record(proposal, source="officer", set_by=DANA)
    shown = await ask(amira, "/threat", "CRITICAL (level 5 of 5)")
    assert "MI5's feed says SEVERE, last seen" in shown["text"]
    assert "not confirmed yet" not in shown["text"]


async def test_a_stop_does_not_wait_for_a_feed_that_hangs(tmp_path: Path, website: Website) -> None:
    """A poll that waits for its answer is given up at the stop, and leaves nothing behind."""
    async with town_at(tmp_path, pictures="off", level_feed_url=f"{website.address}/feed.xml") as town:

        async def hang(_request: object) -> None:
            await town.domain.clock.sleep(60)

        website.page = hang
        await town.start_bot()
        await until(lambda: bool(website.requests), "the feed to be asked")
        begun = town.domain.clock.monotonic()
        await town.stop_bot()
        assert town.domain.clock.monotonic() - begun < 5


async def test_no_feed_no_watch(tmp_path: Path) -> None:
    """With the setting empty nothing is asked, and no notice is left."""
    async with town_at(tmp_path, pictures="off") as town:
        await town.start_bot()
        assert town.domain.watch.sources == ()
        await town.domain.watch.look()
        async with town.domain.store.reading() as connection:
            assert (await connection.execute(select(notices))).all() == []
