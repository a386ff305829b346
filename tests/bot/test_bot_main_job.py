"""The main job through the whole bot: subscribe, send, receive, ask."""

from support.talk import own_words, subscribe
from support.town import Town

from alerts.people.rights import Role

CONTACT, OTHER, OFFICER = 11, 12, 13


async def test_an_alert_reaches_its_sector_and_nobody_else(town: Town) -> None:
    """A contact of the sector gets the alert as it was previewed; a contact of another sector gets nothing."""
    contact, other = await town.person(CONTACT), await town.person(OTHER, "Ben")
    officer = await town.person(OFFICER, "Dana")
    await town.domain.roster.grant(OFFICER, Role.OFFICER)
    await subscribe(contact, "Aerospace", "Agriculture")
    await subscribe(other, "Automotive")

    await officer.say("/compose")
    await officer.press("Write a new one")
    await officer.say("Suspicious vehicle at the east gate")
    await officer.reads("What has happened")
    await officer.say("Police are there. Stay inside.", [{"type": "bold", "offset": 0, "length": 6}])
    await officer.press("Urgent")
    await officer.press("TLP:CLEAR")
    await officer.press("Aerospace")
    await officer.press("Done")
    await officer.press("All regions")
    await officer.press("6 hours")
    preview = await officer.reads("URGENT: Suspicious vehicle")
    await officer.reads("1 recipient")
    await officer.press("Send now to 1")

    received = await contact.reads("URGENT: Suspicious vehicle")
    await officer.reads("Sent: C-")
    assert own_words(received) == own_words(preview)
    assert received["entities"] == preview["entities"]
    assert {"type": "bold", "offset": received["text"].index("Police"), "length": 6} in received["entities"]
    assert not any("Suspicious" in text for text in other.received())
