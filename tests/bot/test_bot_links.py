"""Deep links: what they lead to, and that nobody gets anything by one that is made up."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from support.content import content
from support.group_member import found, member
from support.patience import until
from support.talk import ask, own_words, reach_sectors, subscribe
from support.town import Town

from alerts.publishing.alert import Alert, AlertStatus, Audience
from alerts.publishing.marking import Marking
from alerts.store.tables import alerts, metadata
from handlers.links import Link, LinkKind

AMIRA, BEN, ANN = 11, 12, 13
UNREADABLE = (
    "I cannot read that link: it may have been cut off. Nothing has changed. "
    "/subscribe begins a subscription, /help lists what I can do."
)
NO_SECTOR = (
    "That link names a sector that is not in use here any more. Nothing has changed. /subscribe lists the sectors there"
    " are."
)
NO_ALERT = "I know of no such alert for you. Nothing has changed."
NO_INVITATION = (
    "That invitation is not valid, or not valid any more. Nothing has changed. Please ask whoever gave it to you for a"
    " new one.\n\nWhoever tries several that are not valid has to wait an hour before any counts."
)
CHANGING = frozenset({"inbox", "facts", "wrong_codes"})
"""Tables that hold what the bot notes of its own work."""


async def contents(town: Town) -> dict[str, list[object]]:
    """Give every row of every table that says something of people and alerts."""
    async with town.domain.store.reading() as connection:
        return {
            table.name: sorted(map(repr, (await connection.execute(select(table))).all()))
            for table in metadata.sorted_tables
            if table.name not in CHANGING
        }


async def alert_of(town: Town, headline: str = "Gate closed") -> Alert:
    """Send an alert for aviation, and give it once it is sent."""
    issued, _ = await town.domain.desk.issue(
        content(headline, audience=Audience(("aviation",), marking=Marking.CLEAR)), origin="test"
    )

    async def sent() -> Alert | None:
        now = await town.domain.desk.find(issued.id)
        return now if now.status is AlertStatus.SENT else None

    return await until(sent, "the alert to be sent")


async def pass_over(town: Town, alert: Alert) -> None:
    """Let an alert's expiry have passed."""
    async with town.domain.store.writing() as connection:
        past = datetime.now(UTC) - timedelta(minutes=1)
        await connection.execute(update(alerts).where(alerts.c.id == alert.id).values(expires_at=past))


# ---- A sector


async def test_a_sectors_link_ticks_it_and_subscribes_nothing_by_itself(town: Town) -> None:
    """Who is new is asked for consent and details as ever, finds the sector ticked, and subscribes by Confirm alone."""
    person = await town.person(AMIRA)
    await ask(person, "/start s-aviation", "Do you agree?")
    await person.press("I agree")
    for _ in range(3):
        await person.press("Skip")
    shown = await person.reads("Your sectors")
    assert "Chosen: Aviation" in shown["text"]
    assert await town.domain.roll.everybody() == []
    await person.press("Done (1 chosen)")
    await person.press("All regions")
    assert await town.domain.roll.everybody() == []
    await person.press("Confirm")
    (entry,) = await town.domain.roll.everybody()
    assert entry.profile.sectors == ("aviation",)


async def test_a_subscribers_sector_is_added_only_by_confirming(town: Town) -> None:
    """For a subscriber the sector is ticked beside their own; before Confirm, and after Cancel, nothing has changed."""
    person = await town.person(AMIRA)
    await subscribe(person, "Aviation")
    before = await town.domain.roll.everybody()
    shown = await ask(person, "/start s-chemicals", "Your sectors")
    assert "Chosen: Aviation; Chemicals" in shown["text"].replace(", ", "; ")
    await person.press("Done (2 chosen)")
    assert await town.domain.roll.everybody() == before
    await person.press("Cancel")
    assert await town.domain.roll.everybody() == before
    await ask(person, "/start s-chemicals", "Your sectors")
    for label in ("Done (2 chosen)", "All regions", "Confirm"):
        await person.press(label)
    (entry,) = await town.domain.roll.everybody()
    assert entry.profile.sectors == ("aviation", "chemicals")
    assert entry.since == before[0].since


async def test_a_sector_that_a_subscriber_has_already_shows_what_stands(town: Town) -> None:
    """A link to a sector of one's own begins nothing."""
    person = await town.person(AMIRA)
    await subscribe(person, "Aviation")
    before = await contents(town)
    await ask(person, "/start s-aviation", "You are subscribed, since")
    assert await contents(town) == before


# ---- An alert


async def test_an_alerts_link_shows_it_again_to_who_received_it(town: Town) -> None:
    """A recipient gets the same words and buttons once more, and no new row is written."""
    person = await town.person(AMIRA)
    await subscribe(person, "Aviation")
    alert = await alert_of(town)
    first = await person.reads("ADVISORY: Gate closed")
    before = await contents(town)
    again = await ask(person, f"/start a-{alert.reference}", "ADVISORY: Gate closed")
    assert own_words(again) == own_words(first)
    assert person.buttons(again) == person.buttons(first)
    assert await contents(town) == before


async def test_nobody_else_learns_whether_there_is_such_an_alert(town: Town) -> None:
    """Who did not receive an alert gets the same answer as for one that does not exist."""
    amira, ben = await town.person(AMIRA), await town.person(BEN, "Ben")
    await subscribe(amira, "Aviation")
    await subscribe(ben, "Chemicals")
    alert = await alert_of(town)
    for reference in (alert.reference, "C-2026-9999"):
        shown = await ask(ben, f"/start a-{reference}", NO_ALERT)
        assert shown["text"] == NO_ALERT
    assert not any("Gate closed" in text for text in ben.received())


async def test_an_alert_that_is_over_is_not_shown_as_if_it_held(town: Town) -> None:
    """One that is over is named as over to who has it; one that ended before it arrived is told to nobody."""
    amira, ben = await town.person(AMIRA), await town.person(BEN, "Ben")
    await subscribe(amira, "Aviation")
    await ben.say("/help")
    closed = await alert_of(town, "Gate one closed")
    await pass_over(town, closed)
    await town.domain.desk.close_expired()
    await town.stop_bot()
    stopped, _ = await town.domain.desk.issue(content("Gate two closed"), origin="test")
    await town.domain.desk.cancel(stopped.id, None)
    expired, _ = await town.domain.desk.issue(content("Gate three closed"), origin="test")
    await pass_over(town, expired)
    await town.start_bot()

    async def has_expired() -> bool:
        return (await town.domain.desk.find(expired.id)).status is AlertStatus.EXPIRED

    await until(has_expired, "the third alert to have expired")
    over = f"Alert {closed.reference} is no longer in force. /threat shows the threat level now."
    assert (await ask(amira, f"/start a-{closed.reference}", "Alert"))["text"] == over
    await ask(ben, f"/start a-{closed.reference}", NO_ALERT)
    for alert in (stopped, expired):
        for person in (amira, ben):
            await ask(person, f"/start a-{alert.reference}", NO_ALERT)


# ---- What leads nowhere


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        ("inv_anything", NO_INVITATION),
        ("inv_0", NO_INVITATION),
        ("s-atlantis", NO_SECTOR),
        ("s-Aviation", NO_SECTOR),
        ("s-aviatio", NO_SECTOR),
        ("a-C-2026-0002", NO_ALERT),
        ("a-1", NO_ALERT),
        ("a-_", NO_ALERT),
        ("a-1--", NO_ALERT),
        ("s", UNREADABLE),
        ("s-", UNREADABLE),
        ("-aviation", UNREADABLE),
        ("x-aviation", UNREADABLE),
        ("S-aviation", UNREADABLE),
        ("s_aviation", UNREADABLE),
        ("s-" + "a" * 63, UNREADABLE),
        ("a-" + "C-2026-0001" * 300, UNREADABLE),
        ("s-luftfahrt-über", UNREADABLE),
        ("s-авиация", UNREADABLE),
        ("а-C-2026-0001", UNREADABLE),  # a Cyrillic letter that looks like ours
        ("🚧", UNREADABLE),
        ("a-C‑2026‑0001", UNREADABLE),
        ("s-aviation s-chemicals", UNREADABLE),
        ("s-aviation\ns-chemicals", UNREADABLE),
        ("a-C-2026-0001' OR '1'='1", UNREADABLE),
        ("s-aviation;DROP TABLE subscribers;--", UNREADABLE),
        ("a-%25", UNREADABLE),
        ("<b>s-aviation</b>", UNREADABLE),
        ("{reference}", UNREADABLE),
    ],
)
async def test_what_leads_nowhere_is_answered_kindly_and_changes_nothing(town: Town, payload: str, answer: str) -> None:
    """Cut, forged, overlong and foreign payloads get one sentence without what they held, and no table changes."""
    person = await town.person(AMIRA)
    await subscribe(person, "Aviation")
    await alert_of(town)
    before = await contents(town)
    shown = await ask(person, f"/start {payload}", answer)
    assert shown["text"] == answer
    await town.settled()
    assert await contents(town) == before


async def test_a_link_that_leads_nowhere_leaves_an_open_conversation_alone(town: Town) -> None:
    """Who is in the middle of subscribing goes on where they stood."""
    person = await town.person(AMIRA)
    shown = await reach_sectors(person)
    await ask(person, "/start s-atlantis", NO_SECTOR)
    await person.press("Aviation", message_id=shown["message_id"])
    await person.press("Done (1 chosen)")
    await person.reads("Your regions")


async def test_a_payload_in_a_group_is_not_followed(town: Town) -> None:
    """The link that adds a bot to a group carries a payload too; there it begins as /subscribe does, with no sector."""
    group = found(town, ANN)
    ann = await member(town, group, ANN)
    asked = await ask(ann, "/start s-aviation", "Security alerts for this group")
    await ann.press("I agree")
    assert "Chosen: none yet" in ann.messages[asked["message_id"]]["text"]


async def test_the_address_of_a_link_leads_where_it_says(town: Town) -> None:
    """What stands behind ?start= in a link that is given out is what /start takes."""
    person = await town.person(AMIRA)
    payload = Link(LinkKind.SECTOR, "aviation").address("cascade_bot").partition("?start=")[2]
    await ask(person, f"/start {payload}", "Do you agree?")
