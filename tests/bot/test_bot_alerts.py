"""/alerts through the whole bot: who sees what, its history, and what officers do with the buttons under it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.changing import is_bare, of_bot, quiet, sent, words
from support.content import content
from support.group_member import bot_said, found, member, subscribe_group
from support.patience import until
from support.person import Person
from support.talk import ask, enrol, officer, subscribe
from support.town import Town, town_at

from alerts.people.rights import Role
from alerts.publishing.alert import Alert, Audience, Change
from alerts.publishing.marking import Marking

HEADLINE = "Suspicious vehicle at the east gate"
OPEN = Audience(("aviation",), marking=Marking.CLEAR)
DANA, LEE, NEW = 13, 14, 15
ONE, TWO = 1001, 1002
NONE = "No alert is in force for you."
NOT_SUBSCRIBED = "You are not subscribed, so alerts do not reach you: /subscribe"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with two contacts of the sector aviation."""
    async with town_at(tmp_path) as built:
        await enrol(built, 2)
        await built.start_bot()
        yield built


async def updated(town: Town, first: Alert, body: str) -> Alert:
    """Put a newer version in the place of an alert."""
    made = replace(await town.domain.follow_ups.content(first.id, Change.UPDATE), body=body)
    alert, _ = await town.domain.desk.issue(made, origin="command line")
    await quiet(town)
    return alert


async def opened(person: Person) -> None:
    """Open the newest alert of /alerts."""
    await ask(person, "/alerts", "newest first")
    await person.press("Open: ")


async def test_everybody_sees_what_is_in_force_for_them_and_its_history(town: Town) -> None:
    """A contact's list has the newest version alone; behind a button stand all of them with their times."""
    first = await sent(town, content(HEADLINE, audience=Audience(("aviation",))))
    await updated(town, first, "The gate is open again.")
    one = await town.person_of(ONE)
    listed = await ask(one, "/alerts", "In force for you, newest first")
    assert listed["text"].count(HEADLINE) == 1
    assert "C-2026-0002" in listed["text"]
    assert one.buttons(listed) == [f"Open: {HEADLINE}"]
    await one.press("Open: ")
    shown = await one.reads("UPDATE. This takes the place of the earlier message.")
    assert one.buttons(shown) == ["History", "All alerts"]
    await one.press("History")
    past = await one.reads("History, oldest first")
    assert "first sent" in past["text"]
    assert "updated" in past["text"]
    assert past["text"].index("Police are there.") < past["text"].index("The gate is open again.")
    await one.press("Newest version")
    await one.press("All alerts")
    await one.reads("In force for you")


async def test_what_is_over_or_for_others_is_not_in_force(town: Town) -> None:
    """A stranger sees nothing, a contact nothing once it is cancelled, also by a button of before."""
    stranger = await town.person(NEW)
    first = await sent(town, content(HEADLINE, audience=Audience(("aviation",))))
    await ask(stranger, "/alerts", NOT_SUBSCRIBED)
    one = await town.person_of(ONE)
    await ask(one, "/alerts", HEADLINE)
    _, old_button = await one.button("Open: ")
    await stranger.say("/threat")
    message = await stranger.reads("threat level")
    await stranger.press_data(message["message_id"], old_button)
    assert "cannot be used" in (await stranger.reads("That button"))["text"]
    assert await town.domain.follow_ups.at_once(first.id, Change.CANCEL) is not None
    await quiet(town)
    await ask(one, "/alerts", NONE)


async def test_who_is_not_subscribed_is_told_and_shown_what_is_public(town: Town) -> None:
    """/alerts says that alerts do not reach them, and lists what is TLP:CLEAR; subscribed, it is their own list."""
    await sent(town, content(HEADLINE, audience=Audience(("aviation",))))
    stranger = await town.person(NEW)
    empty = await ask(stranger, "/alerts", NOT_SUBSCRIBED)
    assert "No alert for everybody is in force." in empty["text"]
    await sent(town, content("Roads are closed", audience=OPEN))
    listed = await ask(stranger, "/alerts", "In force for everybody, newest first")
    assert listed["text"].startswith(NOT_SUBSCRIBED)
    assert stranger.buttons(listed) == ["Open: Roads are closed"]
    await stranger.press("Open: ")
    await stranger.reads("For: Aviation")
    await stranger.press("All alerts")
    await stranger.reads("In force for everybody")
    await subscribe(stranger, "Chemicals")
    await ask(stranger, "/alerts", NONE)


async def test_a_late_subscriber_is_offered_the_newest_alone(town: Town) -> None:
    """Whoever has just subscribed gets no message of before, and finds behind a button what holds today."""
    first = await sent(town, content(HEADLINE, audience=OPEN))
    await updated(town, first, "The gate is open again.")
    late = await town.person(NEW)
    await subscribe(late, "Aviation")
    told = await late.reads("1 alert is in force for you now.")
    assert late.buttons(told) == ["Show what is in force"]
    await late.press("Show what is in force")
    await late.reads("In force for you")
    await late.press("Open: ")
    await late.reads("The gate is open again.")
    assert not any("Police are there." in text for text in late.received())


async def test_who_nobody_has_vetted_is_offered_what_is_public_alone(town: Town) -> None:
    """What is not TLP:CLEAR is in force for vetted contacts, and a new one neither hears of it nor finds it."""
    await sent(town, content(HEADLINE, audience=Audience(("aviation",))))
    late = await town.person(NEW)
    await subscribe(late, "Aviation")
    assert not any("in force for you now" in text for text in late.received())
    await ask(late, "/alerts", NONE)


async def test_what_quotes_a_protected_alert_is_protected(town: Town) -> None:
    """From AMBER up neither the list, nor the alert in it, nor its history can be forwarded."""
    first = await sent(town, content(HEADLINE, audience=Audience(("aviation",), marking=Marking.AMBER)))
    await updated(town, first, "The gate is open again.")
    one = await town.person_of(ONE)
    await ask(one, "/alerts", "In force for you")
    await one.press("Open: ")
    await one.reads("UPDATE. This takes the place")
    await one.press("History")
    await one.reads("History, oldest first")
    assert [stored.is_protected for stored in of_bot(town, ONE)] == [True] * len(of_bot(town, ONE))


async def test_an_officer_updates_from_the_list(town: Town) -> None:
    """Two presses and the new text lead to the preview; confirmed, it answers the old one in each chat."""
    await sent(town, content(HEADLINE))
    dana = await officer(town, DANA)
    await opened(dana)
    await dana.press("Update")
    await dana.reads("So far: Police are there.")
    await dana.say("The gate is open again.")
    preview = await dana.reads("Preview of the update")
    assert dana.buttons(preview) == [
        "Update now for 2 recipients",
        "Edit headline",
        "Edit text",
        "Edit severity",
        "Edit expiry",
        "Add a picture or document",
        "Delete draft",
        "Save for later",
    ]
    await dana.press("Update now for 2 recipients")
    await quiet(town)
    old, new = of_bot(town, ONE)
    assert new.reply_to is old
    assert (old.text or "").startswith("Updated on ")
    report = await dana.reads("Marks on the copies of C-2026-0001")
    assert "Replied to: 2" in report["text"]
    assert "Edited: 2" in report["text"]


async def test_a_draft_of_what_was_changed_meanwhile_has_a_way_out(town: Town) -> None:
    """At its preview it says why it cannot go out and shows its text; it can be kept or deleted, and another begun."""
    first = await sent(town, content(HEADLINE))
    dana = await officer(town, DANA)
    await opened(dana)
    await dana.press("Update")
    await dana.say("The gate is open again.")
    await dana.reads("Preview of the update")
    await updated(town, first, "The gate is shut.")
    stuck = await ask(dana, "/compose", "was changed meanwhile")
    assert "So far: The gate is open again." in stuck["text"]
    assert dana.buttons(stuck) == ["Delete draft", "Save for later", "New alert"]
    assert not any(text.startswith("UPDATE.") for text in dana.received())
    await dana.press("Save for later", message_id=stuck["message_id"])
    await dana.reads("The draft is kept.")
    begin = await ask(dana, "/compose", "New alert")
    await dana.press("Write a new one", message_id=begin["message_id"])
    await dana.reads("One line of up to 120 characters")


async def test_an_officer_corrects_a_slip(town: Town) -> None:
    """The preview shows the copy as it will be; one that would not fit is refused there, and nothing is sent."""
    await sent(town, content(HEADLINE, body="Police are their."))
    dana = await officer(town, DANA)
    await opened(dana)
    await dana.press("Correct a slip")
    await dana.reads("Police are their.")
    await dana.say("Police are there. " * 200)
    too_long = await dana.reads("This cannot be a correction")
    assert not any("Correct now" in label for label in dana.buttons(too_long))
    await dana.press("Edit text")
    await dana.say("Police are there.")
    preview = await dana.reads("Preview of the correction", after=too_long["message_id"])
    await dana.reads("Corrected on ")
    assert "Edit severity" not in dana.buttons(preview)
    await dana.press("Correct now for 2 recipients")
    await quiet(town)
    [copy] = words(town, ONE)
    assert copy.startswith("Corrected on ")
    await dana.reads("Edited: 2")


async def test_an_officer_gives_the_all_clear(town: Town) -> None:
    """Its words are there already: straight to the preview, and people hear that it is over, with no end of its own."""
    await sent(town, content(HEADLINE))
    dana = await officer(town, DANA)
    await opened(dana)
    await dana.press("All clear")
    await dana.reads("Preview of the all clear")
    await dana.press("Give the all clear to 2 recipients")
    await quiet(town)
    assert f"All clear: {HEADLINE}" in words(town, TWO)[-1]
    assert "In force until" not in words(town, TWO)[-1]
    await ask(await town.person_of(ONE), "/alerts", NONE)


@pytest.mark.parametrize(
    ("label", "confirm", "left"),
    [("Cancel it", "Cancel it and tell everybody", 2), ("Recall it", "Recall it now", 1)],
)
async def test_an_officer_takes_an_alert_back_by_one_more_press(
    town: Town, label: str, confirm: str, left: int
) -> None:
    """Cancel and recall ask once and are done at once; pressed again, the old button says that it is over."""
    await sent(town, content(HEADLINE))
    dana = await officer(town, DANA)
    await opened(dana)
    await dana.press(label)
    message_id, data = await dana.button(confirm)
    await dana.press_data(message_id, data)
    await quiet(town)
    assert len(of_bot(town, ONE)) == left
    await until(lambda: _is_told(dana), "the report of what was done")
    await dana.press_data(message_id, data)
    await dana.reads("does not stand as it did")


def _is_told(person: Person) -> bool:
    return any("Copies of C-2026-0001" in text for text in person.received())


async def test_leads_act_within_their_sectors_only(town: Town) -> None:
    """An alert for all sectors has no buttons for a lead of one, who is refused with a button of another's too."""
    await sent(town, content(HEADLINE))
    await town.domain.roster.grant(LEE, Role.LEAD, sectors=("aviation",))
    lee = await town.person(LEE, "Lee")
    await opened(lee)
    shown = await lee.reads(f"ADVISORY: {HEADLINE}")
    assert lee.buttons(shown) == ["All alerts"]
    for data in ("chg:update:1", "chg:correction:1", "tak:ask:recall:1", "tak:do:recall:1", "tak:do:cancel:1"):
        await lee.press_data(shown["message_id"], data)
    await quiet(town)
    assert [is_bare(stored) for stored in of_bot(town, ONE)] == [False]


async def test_any_officer_takes_back_and_writes_within_their_sectors(town: Town) -> None:
    """Limited to one sector, an officer stops what went to all, and has no button that would say something to all."""
    await sent(town, content(HEADLINE))
    lee = await officer(town, LEE, "Lee", sectors=("aviation",))
    await opened(lee)
    shown = await lee.reads(f"ADVISORY: {HEADLINE}")
    assert lee.buttons(shown) == ["Cancel it", "Recall it", "All alerts"]
    await lee.press_data(shown["message_id"], "chg:update:1")
    await lee.press("Recall it")
    await lee.press("Recall it now")
    await quiet(town)
    assert [" was recalled on " in text for text in words(town, ONE)] == [True]


async def test_a_second_person_sees_what_an_update_and_a_correction_do(town: Town) -> None:
    """While two may approve, a change is submitted: the second person sees what it does to what, and lets it out."""
    first = await sent(town, content(HEADLINE, body="Police are their."))
    dana, lee = await officer(town, DANA), await officer(town, LEE, "Lee")
    await ask(lee, "/help", "What I can do")
    await opened(dana)
    await dana.press("Correct a slip")
    await ask(dana, "Police are there.", "Preview of the correction")
    await dana.press("Submit")
    shown = await lee.reads(f"It corrects {first.reference}")
    await lee.reads("Corrected on ")
    assert words(town, ONE)[0].startswith("ADVISORY: ")
    await lee.press("Approve", message_id=shown["message_id"])
    await quiet(town)
    assert words(town, ONE)[0].startswith("Corrected on ")
    await opened(dana)
    await dana.press("Recall it")
    await dana.press("Recall it now")
    await quiet(town)
    assert [" was recalled on " in text for text in words(town, ONE)] == [True]


async def test_contacts_and_auditors_change_nothing(town: Town) -> None:
    """An auditor sees every alert and has no button that changes one; forged buttons are refused to both."""
    await sent(town, content(HEADLINE))
    await town.domain.roster.grant(LEE, Role.AUDITOR)
    lee, one = await town.person(LEE, "Lee"), await town.person_of(ONE)
    for person in (lee, one):
        await opened(person)
        shown = await person.reads(f"ADVISORY: {HEADLINE}")
        assert person.buttons(shown) == (["Delivery report", "All alerts"] if person is lee else ["All alerts"])
        for data in ("chg:update:1", "chg:all-clear:1", "tak:ask:cancel:1", "tak:do:cancel:1", "tak:do:recall:1"):
            await person.press_data(shown["message_id"], data)
    await quiet(town)
    assert [is_bare(stored) for stored in of_bot(town, TWO)] == [False]


async def test_a_group_has_its_own_list_and_its_copies_are_changed(town: Town) -> None:
    """In a group /alerts shows what came there, without officers' buttons; update and recall act on its copy."""
    group = found(town, ONE)
    ann = await member(town, group, ONE)
    await subscribe_group(ann, "Aviation")
    await town.domain.roster.grant(ONE, Role.OFFICER)
    first = await sent(town, content(HEADLINE, audience=OPEN))
    await ann.say("/alerts")
    await ann.press("Open: ")
    shown = await ann.reads(f"ADVISORY: {HEADLINE}", after=ann.newest - 1)
    assert ann.buttons(shown) == ["All alerts"]
    await ann.press_data(shown["message_id"], "tak:do:recall:1")
    update = await updated(town, first, "The gate is open again.")
    assert any(text.startswith("Updated on ") for text in bot_said(group))
    assert await town.domain.follow_ups.at_once(update.id, Change.RECALL) is not None
    await quiet(town)
    assert bot_said(group)[-1].startswith(f"Alert {first.reference} of ")
    assert not any("Updated on " in text for text in bot_said(group))


async def test_a_draft_of_an_update_says_when_another_was_faster(town: Town) -> None:
    """Two officers update the same alert: the second one's confirmation is refused in words, and nothing goes out."""
    first = await sent(town, content(HEADLINE))
    dana = await officer(town, DANA)
    await opened(dana)
    await dana.press("Update")
    await dana.say("Mine is later.")
    await dana.reads("Preview of the update")
    await updated(town, first, "The gate is open again.")
    await dana.press("Update now for 2 recipients")
    await dana.reads("What this would change was changed meanwhile.")
    assert not any("Mine is later." in text for text in words(town, ONE))
