"""What comes from outside in a running bot: officers are told, look, open it as a draft and send it; nobody else."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from support.news import atom, atom_entry
from support.patience import until
from support.person import Message, Person
from support.talk import ask, copies, enrol, officer
from support.town import BOT, Town, town_at
from support.website import Website

from alerts.people.rights import Role
from alerts.people.roster import Person as Officer
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.drafts import PAGE_SIZE
from alerts.publishing.incoming import ArrivalState, Item
from alerts.store.outside import news_feeds

DANA, EVE, AMIRA = 13, 14, 1001
HEADLINE = "Severe flooding in Ely"
ITEM = Item(
    "govuk-alerts",
    "https://www.gov.uk/alerts/1",
    HEADLINE,
    "Water is rising <b>now</b>.",
    "https://www.gov.uk/alerts/1",
)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with two contacts."""
    async with town_at(tmp_path) as built:
        await enrol(built, 2)
        await built.start_bot()
        yield built


@pytest.fixture
async def website() -> AsyncIterator[Website]:
    """A web server on this machine."""
    async with Website().open() as opened:
        yield opened


async def sent(town: Town) -> int:
    """Count the messages that contacts have got."""
    return sum(copies(town, AMIRA + number, HEADLINE) for number in range(2))


def label(person: Person, text: str) -> list[str]:
    """Give the buttons under the newest message with this text."""
    newest = max(number for number, message in person.messages.items() if text in message.get("text", ""))
    return person.buttons(person.messages[newest])


async def finish(person: Person, *, marking: str = "") -> None:
    """Answer what is left open, up to the preview; what a feed brings is marked already."""
    await person.press("Urgent")
    if marking:
        await person.press(marking)
    await person.press("All sectors")
    await person.press("All regions")
    await person.press("6 hours")
    await person.reads("Preview")


async def test_from_the_feed_to_the_subscribers(tmp_path: Path, website: Website) -> None:
    """An item of a feed reaches the officers, and subscribers only after one of them has opened, seen and sent it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    website.body = atom(atom_entry(1, HEADLINE, updated=now), atom_entry(2, "Old", updated="2020-01-01T00:00:00Z"))
    async with town_at(tmp_path) as town:
        await enrol(town, 2)
        town.settings = town.settings.model_copy(update={"news_feeds": (("govuk-alerts", website.address),)})
        dana = await officer(town, DANA)
        await dana.say("/start")
        await town.start_bot()
        notice = await dana.reads("has come in from GOV.UK Emergency Alerts")
        assert HEADLINE in notice["text"]
        assert "nobody receives it unless an officer sends it" in notice["text"]
        await dana.press("Look at it")
        shown = await dana.reads("Received from GOV.UK Emergency Alerts, not checked.")
        assert "Water is rising now.\n\n• Move upstairs\n• Call 999" in shown["text"]
        assert "https://www.gov.uk/alerts/23-nov-2026-1" in shown["text"]
        assert await sent(town) == 0
        await dana.press("Open as a draft")
        await dana.reads("Severity")
        await finish(dana)
        controls = await dana.reads("It goes to 2 recipients")
        assert "Received from GOV.UK Emergency Alerts, not checked." in controls["text"]
        assert await sent(town) == 0
        await dana.press("Send now to 2 recipients")

        async def both() -> bool:
            return await sent(town) == 2

        await until(both, "both contacts to have the alert")
        messages = [message.text or "" for message in town.sandbox.world.chat(AMIRA, BOT).messages.values()]
        [got] = [text for text in messages if HEADLINE in text]
        assert "Source: GOV.UK Emergency Alerts, https://www.gov.uk/alerts/23-nov-2026-1" in got
        assert "not checked" not in got

        await town.stop_bot()
        async with town.domain.store.writing() as connection:
            await connection.execute(update(news_feeds).values(due_at=None))
        asked = len(website.requests)
        await town.start_bot()
        await until(lambda: len(website.requests) > asked, "the feed to be read again")
        await town.settled()
        nothing = await ask(dana, "/drafts", "Nothing waits")
        assert dana.buttons(nothing) == []
        assert await sent(town) == 2


async def test_a_list_of_both(town: Town) -> None:
    """/drafts lists what came in, with source, age and test mark, and the officer's drafts; each leads to its page."""
    dana = await officer(town, DANA)
    await town.domain.incoming.arrive(replace(ITEM, is_test=True))
    draft = await town.domain.desk.start_draft(DANA)
    await town.domain.desk.revise(draft.id, DANA, headline="Gate closed", body="It is <b>closed</b>.")
    shown = await ask(dana, "/drafts", "From outside, not checked")
    assert HEADLINE in shown["text"]
    assert "Marked as a test." in shown["text"]
    assert re.search(r"Received from GOV.UK Emergency Alerts \d+ seconds? ago, not checked\.", shown["text"])
    assert f"Your drafts\n\nGate closed\n{draft.reference}, begun" in shown["text"]
    assert dana.buttons(shown) == [HEADLINE, "Gate closed"]
    await dana.press(HEADLINE, message_id=shown["message_id"])
    await dana.reads("At its source: https://www.gov.uk/alerts/1")
    assert label(dana, "At its source") == ["Open as a draft", "Discard", "Read it at its source", "Back to the list"]
    await dana.press("Back to the list")
    await dana.reads("Your drafts")
    await dana.press("Gate closed")
    page = await dana.reads("It is closed.")
    assert dana.buttons(page) == ["Open", "Discard", "Let a colleague take over", "Back to the list"]
    await dana.press("Open", message_id=page["message_id"])
    await dana.reads("Severity")
    await finish(dana, marking="TLP:CLEAR")


async def test_a_draft_is_discarded_after_a_question(town: Town) -> None:
    """An old draft can be thrown away from the list; a no keeps it, and its old button says what has become of it."""
    dana = await officer(town, DANA)
    draft = await town.domain.desk.start_draft(DANA)
    shown = await ask(dana, "/drafts", "Your drafts")
    await dana.press("Draft without a headline")
    await dana.press("Discard")
    await dana.reads("Discard this draft?")
    await dana.press("No, keep it")
    await dana.press("Discard")
    await dana.press("Yes, discard it")
    await dana.reads("Discarded: Draft without a headline")
    assert (await town.domain.desk.find(draft.id)).status.value == "cancelled"
    await dana.press_data(shown["message_id"], f"dra:take:{draft.id}")
    await dana.reads("That has been changed, sent or ended in the meantime")


async def test_an_item_is_discarded_for_everybody(town: Town) -> None:
    """One officer throws an item away; the other, who still sees it, reads who has."""
    await town.domain.roster.grant(EVE, Role.OFFICER, name="Eve")
    dana, eve = await officer(town, DANA), await town.person(EVE, "Eve")
    await town.domain.incoming.arrive(ITEM)
    for person in (dana, eve):
        await ask(person, "/drafts", "From outside")
        await person.press(HEADLINE)
        await person.reads("At its source")
    await eve.press("Discard")
    await eve.reads("It goes for all officers")
    await eve.press("Yes, discard it")
    await eve.reads("Discarded, for all officers")
    await dana.press("Open as a draft")
    await dana.reads("Eve discarded it on")
    await ask(dana, "/drafts", "Nothing waits")


async def test_two_officers_do_not_take_the_same_item(town: Town) -> None:
    """The second one is told who has it, and under which reference; the first one keeps the one draft there is."""
    await town.domain.roster.grant(DANA, Role.OFFICER, name="Dana")
    dana, eve = await town.person(DANA, "Dana"), await officer(town, EVE)
    await town.domain.incoming.arrive(ITEM)
    pages = {}
    for person in (dana, eve):
        await ask(person, "/drafts", "From outside")
        await person.press(HEADLINE)
        pages[person] = await person.reads("At its source")
    _, data = await dana.button("Open as a draft")
    await dana.press("Open as a draft")
    await dana.reads("Severity")
    await eve.press("Open as a draft")
    refused = await eve.reads("Dana has made a draft of it already: C-")
    await dana.press_data(pages[dana]["message_id"], data)
    await dana.answered(3)
    assert [alert.reference for alert, _ in await town.domain.desk.newest(9)] == [
        refused["text"].partition(": ")[2].partition(",")[0]
    ]


async def test_a_stale_button_says_so_also_after_a_restart(town: Town) -> None:
    """A button of an item that its source has changed since changes nothing; the new page's buttons work."""
    dana = await officer(town, DANA)
    await town.domain.incoming.arrive(ITEM)
    await ask(dana, "/drafts", "From outside")
    await dana.press(HEADLINE)
    page = await dana.reads("At its source")
    _, data = await dana.button("Open as a draft")
    await town.stop_bot()
    assert (await town.domain.incoming.arrive(replace(ITEM, body="Go home."))).state is ArrivalState.EDITED
    await town.start_bot()
    await dana.press_data(page["message_id"], data)
    await dana.reads("That has been changed, sent or ended in the meantime")
    assert await town.domain.desk.newest_draft(DANA) is None
    await ask(dana, "/drafts", "From outside")
    await dana.press(HEADLINE)
    await dana.reads("Changed by its source")
    await dana.press("Open as a draft")
    await dana.reads("Severity")
    for broken in ("dra:open:999:1", "dra:item:x", "dra:nonsense:1", "dra", "dra:take:999"):
        after = dana.newest
        await dana.press_data(page["message_id"], broken)
        await dana.reads("That button cannot be used any more", after=after)


async def test_only_officers_see_any_of_it(town: Town) -> None:
    """A contact is told of nothing, and neither the command nor a button of it does anything for them."""
    amira = await town.person(3003)
    dana = await officer(town, DANA)
    await town.domain.incoming.arrive(ITEM)
    await ask(dana, "/drafts", "From outside")
    await ask(amira, "/drafts", "That is for duty officers")
    for data in ("dra:list:0", "dra:item:1", "dra:open:1:1", "dra:gone:1:1"):
        after = amira.newest
        await amira.press_data(after, data)
        await amira.reads("That is for duty officers", after=after)
    assert not any(HEADLINE in text for text in amira.received())
    assert len(await town.domain.incoming.waiting(await found(town, DANA))) == 1


async def found(town: Town, user_id: int) -> Officer:
    """Give somebody with a role."""
    person = await town.domain.roster.find(user_id)
    assert person is not None
    return person


async def test_another_sector_s_item_is_refused(town: Town) -> None:
    """An officer with limits can neither look at nor open what is for sectors beyond them."""
    ari = await officer(town, EVE, "Ari", sectors=("aviation",))
    await town.domain.incoming.arrive(replace(ITEM, audience=Audience(("retail",))))
    await ask(ari, "/drafts", "Nothing waits")
    for data in ("dra:item:1", "dra:open:1:1", "dra:gone:1:1"):
        after = ari.newest
        await ari.press_data(after, data)
        await ari.reads("That goes beyond the sectors that you may send to", after=after)


async def test_words_from_outside_are_shown_as_they_are(town: Town) -> None:
    """A hostile headline or text forges no formatting, no button and no answer; a dubious link gets no button."""
    dana = await officer(town, DANA)
    hostile = replace(
        ITEM,
        headline="<b>Cascade:</b> {source} & </code>",
        body="&lt;a href='https://evil.example'&gt;press&lt;/a&gt; {html} 100%",
        link="http://localhost/x?a=1&b=2",
        severity=Severity.CRITICAL,
    )
    await town.domain.incoming.arrive(hostile)
    notice = await dana_told(town, dana)
    assert "<b>Cascade:</b> {source} & </code>" in notice["text"]
    shown = await ask(dana, "/drafts", "From outside")
    await dana.press(dana.buttons(shown)[0], message_id=shown["message_id"])
    page = await dana.reads("At its source: http://localhost/x?a=1&b=2")
    assert "<a href='https://evil.example'>press</a> {html} 100%" in page["text"]
    assert "Read it at its source" not in dana.buttons(page)
    await dana.press("Open as a draft")
    await dana.reads("Marking")
    assert await town.domain.desk.newest_draft(DANA) is not None


async def dana_told(town: Town, dana: Person) -> Message:
    """Let an officer press Start, and give the notice that something has come in."""
    await dana.say("/start")
    await town.settled()
    return await dana.reads("has come in from GOV.UK Emergency Alerts")


async def test_a_flood_in_the_chat(town: Town) -> None:
    """Many items at once are one message with their number, and pages in the list."""
    dana = await officer(town, DANA)
    await dana.say("/start")
    await town.settled()
    async with town.domain.store.writing() as connection:
        for number in range(PAGE_SIZE + 1):
            item = replace(ITEM, identifier=f"urn:{number}", headline=f"Item {number}")
            await town.domain.incoming.arrive_within(connection, item)
    await dana.reads("7 items have come in and wait.")
    await dana.press("Show what waits")
    first = await dana.reads("From outside")
    assert dana.buttons(first) == [*(f"Item {n}" for n in range(6, 0, -1)), "‹ Previous", "1 of 2", "Next ›"]
    await dana.press("Next ›")
    second = await dana.reads("Item 0")
    assert dana.buttons(second) == ["Item 0", "‹ Previous", "2 of 2", "Next ›"]
    assert copies(town, DANA, "have come in and wait") <= 1


async def test_what_an_officer_left_behind_is_taken_over_by_a_button(town: Town) -> None:
    """Dana loses her role: Eve finds her draft under /drafts, reads what that means, and goes on where it stood."""
    dana, eve = await officer(town, DANA), await officer(town, EVE, "Eve")
    draft = await town.domain.desk.start_draft(DANA)
    parts = {"headline": HEADLINE, "body": "Water.", "severity": "urgent", "marking": "clear"}
    await town.domain.desk.revise(draft.id, DANA, **parts, expires_at=town.domain.clock.now() + timedelta(hours=6))
    listed = await ask(eve, "/drafts", "Nothing waits.")
    assert eve.buttons(listed) == []
    await eve.press_data(listed["message_id"], f"lef:over:{draft.id}")
    assert (await town.domain.desk.find(draft.id)).author == DANA
    await town.domain.roster.revoke(DANA)
    await ask(dana, "/drafts", "That is for duty officers.")
    await ask(eve, "/drafts", "Drafts of colleagues that you can take over")
    await eve.press(HEADLINE)
    await eve.reads("you cannot approve it")
    await eve.press("Take over")
    await eve.reads("Tap who should receive it")
    assert (await town.domain.desk.find(draft.id)).author == EVE
    again = await ask(eve, "/drafts", "Your drafts")
    assert "Drafts of colleagues" not in again["text"]


async def test_an_officer_lets_a_colleague_take_over(town: Town) -> None:
    """Offered, kept and offered again; then Eve takes it, Dana is told, and her old button opens it no more."""
    dana, eve = await officer(town, DANA), await officer(town, EVE, "Eve")
    draft = await town.domain.desk.start_draft(DANA)
    await town.domain.desk.revise(draft.id, DANA, headline=HEADLINE)
    await ask(dana, "/drafts", "Your drafts")
    await dana.press(HEADLINE)
    await dana.press("Let a colleague take over")
    await dana.reads("Colleagues can take it over.")
    await dana.press("Keep it after all")
    await ask(eve, "/drafts", "Nothing waits.")
    await dana.press("Let a colleague take over")
    message_id, go_on = await dana.button("Open")
    await ask(eve, "/drafts", "Drafts of colleagues that you can take over")
    await eve.press(HEADLINE)
    await eve.press("Take over")
    await dana.reads(f"has taken over your draft {draft.reference}")
    await dana.press_data(message_id, go_on)
    assert (await town.domain.desk.find(draft.id)).author == EVE
