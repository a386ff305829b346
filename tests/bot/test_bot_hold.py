"""/hold through the whole bot: any officer stops, an owner releases, everybody on duty is told, nothing is lost."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from support.content import content
from support.patience import until
from support.person import Person
from support.record import noted
from support.talk import ask, copies, enrol, officer, press_twice, reach_preview
from support.town import Town, town_at

from alerts.delivery.hold import HOLD, REMIND, UNDO
from alerts.delivery.states import DeliveryState
from alerts.people.rights import Role
from alerts.publishing.alert import AlertStatus, Severity

AMIRA, DANA, EVE, OLGA, OTTO = 11, 13, 14, 15, 16
HEADLINE = "Suspicious vehicle at the east gate"
HELD = "All alerts are on hold"
PLACED = "Nothing more goes out, whoever sends it."


async def owner(town: Town, account: int = OLGA, name: str = "Olga") -> Person:
    """Bring an owner who has pressed Start."""
    await town.domain.roster.grant(account, Role.OWNER, name=name)
    person = await town.person(account, name)
    await ask(person, "/start", "Do you agree?")
    return person


async def sent(town: Town, alert_id: int = 1) -> int:
    """Count the copies that are recorded as sent."""
    return (await town.domain.desk.report(alert_id))[1].counts[DeliveryState.SENT]


async def age_the_hold(town: Town, moment: str = "told_at", by: timedelta = REMIND) -> None:
    """Put a moment of the hold in force back: as if nobody had heard of it since, or as if it were older."""
    kept = json.loads(await town.domain.store.fact(HOLD) or "")
    kept[moment] = (datetime.fromisoformat(kept[moment]) - by).isoformat()
    await town.domain.store.keep_fact(HOLD, json.dumps(kept))


async def until_sent(town: Town, number: int) -> None:
    """Wait until so many copies of the first alert are recorded as sent."""

    async def are_sent() -> bool:
        return await sent(town) >= number

    await until(are_sent, f"{number} sent copies")


async def until_over(town: Town, *alert_ids: int) -> None:
    """Wait until these alerts are sent."""

    async def are_over() -> bool:
        return all([(await town.domain.desk.find(one)).status is AlertStatus.SENT for one in alert_ids])

    await until(are_over, "the end of the alerts", seconds=30)


def delivered(town: Town, crowd: list[int], headline: str = HEADLINE) -> list[int]:
    """Count the copies of each of a crowd, as their chats show them."""
    return [copies(town, account, headline) for account in crowd]


async def test_an_officer_stops_a_broadcast_and_an_owner_lets_it_go_on(tmp_path: Path) -> None:
    """/hold stops it and says what waits; over a restart nothing goes out; released, each has exactly one copy."""
    async with town_at(tmp_path, two_person_rule=False, rate_per_second=20) as town:
        crowd = await enrol(town, 60)
        await town.start_bot()
        olga, dana = await owner(town), await officer(town, DANA, sectors=("retail",))
        alert, _ = await town.domain.desk.issue(content(HEADLINE), origin="test")
        await until_sent(town, 10)
        answer = await ask(dana, "/hold the <wrong> gate", PLACED)
        assert "The reason: the <wrong> gate" in answer["text"]
        assert f"• {alert.reference} {HEADLINE}: " in answer["text"]
        assert "Only an owner can release it." in answer["text"]
        assert dana.buttons(answer) == ["Undo"]

        held = sum(delivered(town, crowd))
        assert held < 60
        await town.stop_bot()
        await town.start_bot()
        told = await olga.reads(HELD)
        assert "Placed by: Dana, " in told["text"]
        assert "The reason: the <wrong> gate" in told["text"]
        state = await ask(olga, "/hold", "Placed by: Dana")
        assert f"{60 - held} recipients still wait:" in state["text"]
        assert sum(delivered(town, crowd)) == held

        await olga.press("Release")
        asked = await olga.reads("Release the hold?")
        assert f"This goes out then, to {60 - held} recipients:" in asked["text"]
        assert await town.domain.holds.current() is not None
        await olga.press("Yes, release it")
        await olga.reads("Released.")
        await dana.reads("Alerts go on.")
        await until_over(town, alert.id)
        assert delivered(town, crowd) == [1] * 60
        assert (await town.domain.desk.report(alert.id))[1].uncertain_count == 0
        assert not any("Alerts go on." in text for text in olga.received())
        assert sum(HELD in text for text in dana.received()) == 1


async def test_a_hold_stops_within_a_second_whoever_placed_it(tmp_path: Path) -> None:
    """What another process places, as the command line does, stops the running bot's sending within a second."""
    async with town_at(tmp_path, two_person_rule=False, rate_per_second=100) as town:
        await enrol(town, 600)
        await town.start_bot()
        await town.domain.desk.issue(content(HEADLINE), origin="test")
        await until_sent(town, 50)
        placed, _ = await town.domain.holds.place(None, "from the command line")

        async def nothing_is_under_way() -> bool:
            return (await town.domain.desk.report(1))[1].counts[DeliveryState.LEASED] == 0

        await until(nothing_is_under_way, "what was under way to end")
        sends = town.calls("sendMessage")
        assert len(sends) < 600
        assert sends[-1]["at"] <= placed.since.timestamp() + 1
        dana = await officer(town, DANA)
        waits = await ask(dana, "/hold", "Placed by: the command line")
        assert f"{600 - len(sends)} recipients still wait:" in waits["text"]


async def test_alerts_are_written_while_held_and_say_that_they_wait(tmp_path: Path) -> None:
    """The progress of a confirmed alert and the answer to a changed level name the hold; released, all goes out."""
    async with town_at(tmp_path, two_person_rule=False) as town:
        crowd = await enrol(town, 3)
        await town.start_bot()
        dana = await officer(town, DANA)
        nobody = await ask(dana, "/hold", PLACED)
        assert "No alert is under way, so nobody waits." in nobody["text"]
        await reach_preview(dana, HEADLINE)
        await dana.press("Send now to 3 recipients")
        progress = await dana.reads("On hold: nothing goes out until an owner releases it")
        assert progress["text"].startswith("Sending ")
        assert dana.buttons(progress) == ["Stop"]
        assert "3 recipients still wait:" in (await ask(dana, "/hold", "since"))["text"]

        for reading in ("SUBSTANTIAL", "SEVERE"):
            begin = await ask(dana, "/level", "Which one?")
            await dana.press("UK national", message_id=begin["message_id"])
            for label in (reading, "Today", "Skip", "Confirm"):
                await dana.press(label)
            done = await dana.reads(f"UK national threat level: {reading}", after=begin["message_id"] - 1)
        assert "The change goes to 3 recipients." in done["text"]
        assert "On hold: nothing goes out" in done["text"]
        assert delivered(town, crowd) == [0] * 3

        await town.domain.holds.release(None)
        await until_over(town, 1, 2)
        await dana.reads("Sent: C-")
        assert delivered(town, crowd) == [1] * 3


async def test_the_release_is_asked_for_once_more_and_can_be_left(tmp_path: Path) -> None:
    """'No, keep holding' leads back to the state; two quick presses on 'Yes' release once, and /hold holds anew."""
    async with town_at(tmp_path, two_person_rule=False) as town:
        await town.start_bot()
        olga, otto = await owner(town), await owner(town, OTTO, "Otto")
        placed = await ask(olga, "/hold", PLACED)
        assert olga.buttons(placed) == ["Undo", "Release"]
        assert "You can release it below, and so can every other owner." in placed["text"]
        await olga.press("Release")
        assert "No alert waits, so nothing goes out then." in (await olga.reads("Release the hold?"))["text"]
        await olga.press("No, keep holding")
        assert olga.buttons(await olga.reads("Placed by: Olga")) == ["Undo", "Release"]
        await olga.press("Release")
        await press_twice(olga, "Yes, release it")
        assert await town.domain.holds.current() is None
        await otto.reads("was released by: Olga")
        await ask(olga, "/hold again", PLACED)
        assert sum("Alerts go on." in text for text in otto.received()) == 1


async def test_old_and_forged_buttons_release_nothing(tmp_path: Path) -> None:
    """A button of an earlier hold, a made-up one, and an officer's or contact's forgery leave the hold in force."""
    async with town_at(tmp_path, two_person_rule=False) as town:
        await town.start_bot()
        olga, dana = await owner(town), await officer(town, DANA)
        eve, amira = await officer(town, EVE), await town.person(AMIRA)
        await ask(olga, "/hold", PLACED)
        await olga.press("Release")
        message_id, old = await olga.button("Yes, release it")
        await olga.press_data(message_id, old)
        await olga.press_data(message_id, old)
        await olga.reads("Nothing is on hold. Nothing has changed.")
        await ask(dana, "/hold", PLACED)
        hold = await town.domain.holds.current()
        assert hold is not None

        for data in (old, old.replace("release", "ask"), "hold", "hold:release", "hold:release:x", "hold:release:-1"):
            await olga.press_data(message_id, data)
        for data in (f"hold:off:{hold.stamp}", f"hold:release:{hold.stamp}:1", f"hold:release:{'9' * 40}"):
            await olga.press_data(message_id, data)
        for person in (eve, amira):
            asked = await ask(person, "/help", "What I can do")
            for data in (f"hold:release:{hold.stamp}", f"hold:ask:{hold.stamp}", "cmd:release"):
                await person.press_data(asked["message_id"], data)
            await person.reads("That is for owners. Nothing has changed.")
        assert await town.domain.holds.current() == hold


async def test_looking_at_a_hold_places_none(tmp_path: Path) -> None:
    """The notice has no command in it; its button shows the hold, and pressed after the release it changes nothing."""
    async with town_at(tmp_path, two_person_rule=False) as town:
        await town.start_bot()
        olga, dana, eve = await owner(town), await officer(town, DANA), await officer(town, EVE)
        await ask(eve, "/start", "Do you agree?")
        await ask(dana, "/hold", PLACED)
        told = await eve.reads(HELD)
        assert "/hold" not in told["text"]
        await eve.press("Show the hold")
        shown = await eve.reads("Placed by: Dana", after=told["message_id"])
        assert eve.buttons(shown) == []
        await olga.press("Show the hold")
        await olga.press("Release")
        await olga.press("Yes, release it")
        await olga.reads("Released.")
        await eve.press_data(told["message_id"], "hold:show")
        await eve.reads("Nothing is on hold.")
        assert await town.domain.holds.current() is None


async def test_who_placed_a_hold_takes_it_back_within_a_minute(tmp_path: Path) -> None:
    """'Undo' works for that person alone and for 60 seconds; it is told and recorded like a release."""
    async with town_at(tmp_path, two_person_rule=False) as town:
        await town.start_bot()
        olga, dana, eve = await owner(town), await officer(town, DANA), await officer(town, EVE)
        answer = await ask(dana, "/hold", PLACED)
        assert "For 60 seconds you can undo it below." in answer["text"]
        message_id, undo = await dana.button("Undo")
        asked = await ask(eve, "/help", "What I can do")
        for person, number in ((eve, asked["message_id"]), (olga, (await olga.reads(HELD))["message_id"])):
            await person.press_data(number, undo)
            await person.reads("Only the person who placed the hold can undo it.")
        await dana.press("Undo")
        await dana.reads("Released.")
        assert await town.domain.holds.current() is None
        await olga.reads("was released by: Dana")
        acts = [(entry["act"], entry["who"]) for entry in await noted(town.domain.store)]
        assert acts[-2:] == [("hold-placed", DANA), ("hold-released", DANA)]

        await ask(dana, "/hold", PLACED)
        await dana.press_data(message_id, undo)
        await dana.reads("changed, sent or ended in the meantime")
        await age_the_hold(town, "since", UNDO)
        hold = await town.domain.holds.current()
        assert hold is not None
        assert dana.buttons(await ask(dana, "/hold", "Placed by: Dana")) == []
        await dana.press_data(message_id, f"hold:undo:{hold.stamp}")
        await dana.reads("The 60 seconds are over")
        assert await town.domain.holds.current() == hold


async def test_a_contact_holds_nothing(tmp_path: Path) -> None:
    """Neither the command nor its button does anything for a contact; it is in officers' and owners' menus alone."""
    async with town_at(tmp_path, two_person_rule=False) as town:
        await town.start_bot()
        olga, dana, amira = await owner(town), await officer(town, DANA), await town.person(AMIRA)
        refused = await ask(amira, "/hold", "That is for duty officers. Nothing has changed.")
        await amira.press_data(refused["message_id"], "cmd:hold")
        await amira.reads("That is for duty officers.", after=refused["message_id"])
        assert await town.domain.holds.current() is None
        assert "/hold" not in (await ask(amira, "/help", "What I can do"))["text"]
        for person in (olga, dana):
            assert "/hold – stop all alerts at once" in (await ask(person, "/help", "What I can do"))["text"]

            async def has_it(person: Person = person) -> bool:
                return "hold" in await person.menu()

            await until(has_it, "the command in the menu")
        assert "hold" not in await amira.menu()


async def test_many_held_alerts_are_listed_by_urgency_and_cut_short(tmp_path: Path) -> None:
    """Of twelve alerts the ten most urgent are named, with the number of those left out."""
    async with town_at(tmp_path, two_person_rule=False) as town:
        await enrol(town, 2)
        await town.start_bot()
        dana = await officer(town, DANA)
        await town.domain.holds.place(None)
        for number in range(11):
            await town.domain.desk.issue(content(f"Routine {number}"), origin="test")
        await town.domain.desk.issue(content(HEADLINE, severity=Severity.CRITICAL), origin="test")
        listed = (await ask(dana, "/hold", "24 recipients still wait:"))["text"]
        entries = [line for line in listed.splitlines() if line.startswith("• ")]
        assert [HEADLINE in entries[0], "Routine 8" in entries[9], entries[10:]] == [
            True,
            True,
            ["• and 2 more alerts"],
        ]


async def test_a_hold_that_is_forgotten_is_brought_to_mind(tmp_path: Path) -> None:
    """The running bot reminds an owner of a hold that has stood half an hour with recipients waiting."""
    async with town_at(tmp_path, two_person_rule=False) as town:
        await enrol(town, 2)
        await town.start_bot()
        olga = await owner(town)
        await town.domain.holds.place(None)
        await town.domain.desk.issue(content(HEADLINE), origin="test")
        await olga.reads(HELD)
        await town.stop_bot()
        await age_the_hold(town)
        await town.start_bot()
        reminder = await olga.reads("All alerts are still on hold since")
        assert "Recipients waiting: 2. Alerts: 1." in reminder["text"]
