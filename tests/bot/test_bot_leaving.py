"""Leaving the roll: /unsubscribe and what it erases, coming back, and blocking the bot."""

import sqlite3
from pathlib import Path

from support.content import content
from support.patience import until
from support.person import Person
from support.talk import ask, copies, subscribe
from support.town import BOT, Town

from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import AlertStatus, Audience
from alerts.subscribers.roll import Profile
from alerts.subscribers.states import SubscriberStatus

AMIRA, BEN = 11, 12


def everything_stored(folder: Path) -> str:
    """Write out every row of every table."""
    with sqlite3.connect(folder / "town.db") as database:
        return "\n".join(database.iterdump())


async def full_subscription(person: Person) -> None:
    """Subscribe with every detail."""
    await person.say("/start")
    await person.press("I agree")
    await ask(person, "Amira Khan-Whittle", "Your organisation")
    await ask(person, "Khan Foundry", "Your role there")
    await ask(person, "Night warden", "Your sectors")
    for label in ("Aviation", "Done", "London", "Done", "Confirm"):
        await person.press(label)


async def test_unsubscribing_asks_and_says_what_is_kept(town: Town) -> None:
    """Before anything is ended, the question names what is erased and what is kept, and No changes nothing."""
    person = await town.person(AMIRA)
    await subscribe(person, "Aviation")
    asked = await ask(person, "/unsubscribe", "Stop all alerts?")
    assert asked["text"] == (
        "Stop all alerts?\n"
        "Your name, organisation, role, sectors and regions are erased. We keep your chat number with the days on which"
        " you subscribed and left, and which alerts were sent to you, as proof of what was done."
    )
    assert person.buttons(asked) == ["Yes, stop all alerts", "No, keep them coming"]
    await person.press("No, keep them coming")
    assert person.received()[-1] == "Nothing has changed: you stay subscribed."
    (entry,) = await town.domain.roll.everybody()
    assert (entry.status, entry.profile.sectors) == (SubscriberStatus.ACTIVE, ("aviation",))


async def test_unsubscribing_erases_every_detail_from_the_database(town: Town, tmp_path: Path) -> None:
    """After Yes no table holds what the contact had typed or chosen; the chat's number stays as ended."""
    person = await town.person(AMIRA)
    await full_subscription(person)
    assert "Khan Foundry" in everything_stored(tmp_path)
    await ask(person, "/unsubscribe", "Stop all alerts?")
    await person.press("Yes, stop all alerts")
    await person.reads("You have unsubscribed.")

    (entry,) = await town.domain.roll.everybody()
    assert (entry.status, entry.reason, entry.profile) == (SubscriberStatus.ENDED, "unsubscribed", Profile())
    await until(lambda: "Khan" not in everything_stored(tmp_path), "the update to be finished")
    stored = everything_stored(tmp_path)
    for word in ("Whittle", "Foundry", "Night warden", "'aviation'", "'london'"):
        assert word not in stored


async def test_who_has_left_gets_no_more_alerts_and_still_gets_answers(town: Town) -> None:
    """An alert after leaving has no row for the contact; /threat and /report go on working."""
    amira, ben = await town.person(AMIRA), await town.person(BEN, "Ben")
    await subscribe(amira, "Aviation")
    await subscribe(ben, "Aviation")
    await amira.say("/unsubscribe")
    await amira.press("Yes, stop all alerts")
    _, recipients = await town.domain.desk.issue(content("Gate closed"), origin="test")
    await ben.reads("ADVISORY: Gate closed")
    assert recipients == 1
    await ask(amira, "/threat", "The threat level now")
    await ask(amira, "/report", "What is it about?")
    assert copies(town, AMIRA, "Gate closed") == 0


async def test_leaving_twice_and_leaving_without_a_subscription_say_so(town: Town) -> None:
    """/unsubscribe by somebody who is not on the roll, or not any more, asks nothing; an old Yes does nothing."""
    person = await town.person(AMIRA)
    await ask(person, "/unsubscribe", "You are not subscribed, so there is nothing to end.")
    await subscribe(person, "Aviation")
    first = await ask(person, "/unsubscribe", "Stop all alerts?")
    second = await ask(person, "/unsubscribe", "Stop all alerts?")
    await person.press("Yes, stop all alerts", message_id=second["message_id"])
    await person.press("Yes, stop all alerts", message_id=first["message_id"])
    assert person.messages[first["message_id"]]["text"].startswith("You are not subscribed")
    await ask(person, "/unsubscribe", "You are not subscribed, so there is nothing to end.")


async def test_coming_back_asks_for_consent_again_and_starts_a_new_subscription(town: Town) -> None:
    """A second subscription has its own consent and begin, and nothing of the first one's details."""
    person = await town.person(AMIRA)
    await full_subscription(person)
    before = (await town.domain.roll.everybody())[0]
    await person.say("/unsubscribe")
    await person.press("Yes, stop all alerts")
    await subscribe(person, "Chemicals")
    (entry,) = await town.domain.roll.everybody()
    assert (entry.status, entry.reason) == (SubscriberStatus.ACTIVE, None)
    assert entry.profile == Profile("", "", "", ("chemicals",))
    assert entry.since > before.since
    assert entry.consented_at > before.consented_at


async def test_leaving_ends_a_change_that_is_under_way(town: Town) -> None:
    """The buttons of /sectors that was open at the time cannot bring the ended subscription back."""
    person = await town.person(AMIRA)
    await subscribe(person, "Aviation")
    await person.say("/sectors")
    done = await person.button("Done (1 chosen)")
    await person.say("/unsubscribe")
    await person.press("Yes, stop all alerts")
    await person.press_data(*done)
    assert person.notices[-1] == "That button belongs to an earlier conversation. Nothing has changed."
    (entry,) = await town.domain.roll.everybody()
    assert entry.status is SubscriberStatus.ENDED


async def test_blocking_suspends_with_the_reason_and_unblocking_resumes(town: Town) -> None:
    """A contact who blocks the bot keeps their choice, counts for no alert, and is told once when they unblock it."""
    person = await town.person(AMIRA)
    await subscribe(person, "Aviation")
    await person.block()

    async def status() -> tuple[str, str | None]:
        (entry,) = await town.domain.roll.everybody()
        return entry.status.value, entry.reason

    async def is_suspended() -> bool:
        return await status() == ("suspended", "blocked the bot")

    async def is_active() -> bool:
        return await status() == ("active", None)

    await until(is_suspended, "the suspension")
    assert await town.domain.desk.count_recipients(Audience()) == 0
    await person.unblock()
    await until(is_active, "the resumption")
    await person.reads("Alerts reach you again. /alerts shows what is in force.")
    await person.block()
    await person.unblock()
    await ask(person, "/alerts", "No alert is in force for you.")
    assert copies(town, AMIRA, "Alerts reach you again.") == 2
    await town.domain.desk.issue(content("Gate open"), origin="test")
    await person.reads("ADVISORY: Gate open")
    (entry,) = await town.domain.roll.everybody()
    assert entry.profile.sectors == ("aviation",)


async def test_a_block_that_the_send_finds_out_ends_the_row_as_gone(town: Town) -> None:
    """A row for a contact who blocked the bot in the meantime ends as gone, with the reason, and suspends them."""
    amira, ben = await town.person(AMIRA), await town.person(BEN, "Ben")
    await subscribe(amira, "Aviation")
    await subscribe(ben, "Aviation")
    await town.stop_bot()
    alert, recipients = await town.domain.desk.issue(content("Gate closed"), origin="test")
    assert recipients == 2
    await amira.block()
    town.sandbox.world.bots[BOT].updates.clear()
    await town.start_bot()

    async def is_over() -> bool:
        return (await town.domain.desk.find(alert.id)).status is AlertStatus.SENT

    await until(is_over, "the end of the alert")
    _, report = await town.domain.desk.report(alert.id)
    assert report.counts[DeliveryState.SENT] == 1
    assert report.counts[DeliveryState.GONE] == 1
    assert report.reasons == {(DeliveryState.GONE, "blocked the bot"): 1}
    entry = await town.domain.roll.find(AMIRA)
    assert entry is not None
    assert (entry.status, entry.reason) == (SubscriberStatus.SUSPENDED, "blocked the bot")
