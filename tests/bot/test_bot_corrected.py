"""A corrected alert keeps the number that people have: in the list, under /verify, by a link, in reports."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.changing import follow, of_bot, quiet, sent, words
from support.content import content
from support.patience import until
from support.person import Person
from support.talk import ask, enrol, officer
from support.town import Town, town_at

from alerts.publishing.alert import Alert, Audience, Change
from alerts.publishing.marking import Marking

HEADLINE = "Suspicious vehicle at the east gate"
MENDED = "Suspicious vehicle at the west gate"
FIRST, CORRECTION, UPDATE = "C-2026-0001", "C-2026-0002", "C-2026-0003"
OPEN = Audience(marking=Marking.CLEAR)
DANA, ONE, TWO = 13, 1001, 1002


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with two contacts."""
    async with town_at(tmp_path) as built:
        await enrol(built, 2)
        await built.start_bot()
        yield built


async def corrected(town: Town) -> Alert:
    """Send an alert and correct it."""
    first = await sent(town, content(HEADLINE, audience=OPEN))
    return await follow(town, first, Change.CORRECTION, headline=MENDED)


async def opened(person: Person) -> None:
    """Open the newest alert of /alerts."""
    await ask(person, "/alerts", "newest first")
    await person.press("Open: ")
    await person.reads("How to report")


async def test_the_list_names_a_corrected_alert_as_its_copies_do(town: Town) -> None:
    """A contact reads the number on the copy alone, in the list, the alert itself and its history."""
    await corrected(town)
    one = await town.person_of(ONE)
    listed = (await ask(one, "/alerts", "In force for you"))["text"]
    copy = words(town, ONE)[0]
    assert f"{FIRST} · " in copy
    assert (f"{FIRST} · " in listed, CORRECTION in listed, "Corrected on " in listed) == (True, False, True)
    await one.press("Open: ")
    shown = await one.reads(MENDED, after=one.newest - 1)
    assert shown["text"] == copy
    await one.press("History")
    past = (await one.reads("History, oldest first"))["text"]
    assert (past.count(FIRST), CORRECTION in past) == (2, False)


async def test_officers_read_the_corrections_own_number_beside_it(town: Town) -> None:
    """Their list leads with the number that people quote, and says by which one the record knows the correction."""
    await corrected(town)
    dana = await officer(town, DANA)
    listed = (await ask(dana, "/alerts", "newest first"))["text"]
    assert f"{FIRST} · " in listed
    assert f"The correction has the number {CORRECTION}" in listed
    await dana.press("Open: ")
    await dana.press("Recall it")
    await dana.reads(f"{FIRST}")
    await dana.press("No, leave it as it is")


async def test_the_report_of_a_correction_is_of_the_alert_that_people_have(town: Town) -> None:
    """Its title bears the number on the copies; the correction's own stands below, and so it does for what follows."""
    correction = await corrected(town)
    dana = await officer(town, DANA)
    await opened(dana)
    await dana.press("Delivery report")
    report = (await dana.reads("Copies of"))["text"]
    assert f": {FIRST}\n" in report
    assert f"This is its correction, number {CORRECTION}" in report
    assert f"Copies of {FIRST}" in report
    again = await follow(town, correction, Change.CORRECTION, headline=f"{MENDED}, again")
    change = (await town.domain.reports.full(again.id)).change
    assert change is not None
    assert change.references == (FIRST,)


async def test_what_is_said_of_a_corrected_alert_names_what_people_have(town: Town) -> None:
    """An update's preview, a cancellation and a recall's line bear the first number, never the correction's."""
    correction = await corrected(town)
    dana = await officer(town, DANA)
    await opened(dana)
    await dana.press("Update")
    await dana.reads("So far: ")
    await ask(dana, "The gate is open again.", "Preview of the update")
    assert any(f"{FIRST}" in text for text in dana.received() if "Preview of the update" in text)
    told = await town.domain.follow_ups.at_once(correction.id, Change.CANCEL)
    assert told is not None
    await quiet(town)
    said = words(town, ONE)[-1]
    assert f"Alert {FIRST} of " in said
    assert not any(CORRECTION in text for text in words(town, ONE))


async def test_verify_answers_under_the_number_on_the_copy(town: Town) -> None:
    """Asked by either number, or by the code, it is the alert that people have; a newer one is named by its copies."""
    correction = await corrected(town)
    one = await town.person_of(ONE)
    code = words(town, ONE)[0].splitlines()[-1].rpartition(" ")[2]
    for asked in (FIRST, CORRECTION, code):
        shown = (await ask(one, f"/verify {asked}", "Genuine, and in force."))["text"]
        assert f", as {FIRST}" in shown
        assert f"Headline: {MENDED}" in shown
        assert CORRECTION not in shown
    update = await follow(town, correction, Change.UPDATE)
    await follow(town, update, Change.CORRECTION, headline=f"{MENDED}, again")
    shown = (await ask(one, f"/verify {FIRST}", "there is a newer message"))["text"]
    assert f"Now holds {MENDED}, again, " in shown
    assert f" as {UPDATE}." in shown


async def test_whoever_waited_for_the_first_text_gets_the_mended_one_under_its_number(town: Town) -> None:
    """Corrected before it went out, every copy bears one number and a code that is known, forwarded too."""
    one = await town.person_of(ONE)
    await town.domain.holds.place(None, "a look first")
    first, _ = await town.domain.desk.issue(content(HEADLINE, audience=OPEN), origin="command line")
    made = replace(await town.domain.follow_ups.content(first.id, Change.CORRECTION), headline=MENDED)
    await town.domain.desk.issue(made, origin="command line")
    await town.domain.holds.release(None)
    await until(lambda: bool(of_bot(town, ONE)), "the mended text to arrive")
    await quiet(town)
    copy = await one.reads(MENDED)
    assert copy["text"].startswith("Corrected on ")
    assert f"{FIRST} · " in copy["text"]
    code = copy["text"].splitlines()[-1].rpartition(" ")[2]
    await ask(one, f"/verify {code}", "Genuine, and in force.")
    after = await one.forward(copy["message_id"])
    await one.reads("Genuine, and in force.", after=after)


async def test_the_link_of_a_corrected_alert_opens_what_the_copy_says(town: Town) -> None:
    """The link of the first text leads to the mended one, word for word as the copy reads."""
    await corrected(town)
    one = await town.person_of(ONE)
    copy = words(town, ONE)[0]
    assert (await ask(one, f"/start a-{FIRST}", MENDED))["text"] == copy
