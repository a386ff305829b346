"""After the confirmation: sent once, progress that edits itself, Stop, the final report, and 'send again'."""

import asyncio
from datetime import timedelta
from pathlib import Path

from support.content import content
from support.lossy import Lossy
from support.patience import until
from support.person import Person
from support.talk import ask, copies, enrol, officer, press_twice, reach_preview
from support.town import Town, town_at

from alerts.delivery.report import DeliveryReport
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import Alert, AlertStatus, Severity

DANA, EVE = 13, 14
HEADLINE = "Suspicious vehicle at the east gate"


async def report(town: Town, alert_id: int = 1) -> tuple[Alert, DeliveryReport]:
    """Give an alert and what became of it."""
    return await town.domain.desk.report(alert_id)


async def until_sent(town: Town, number: int, alert_id: int = 1) -> None:
    """Wait until so many copies are recorded as sent."""

    async def are_sent() -> bool:
        return (await report(town, alert_id))[1].counts[DeliveryState.SENT] >= number

    await until(are_sent, f"{number} sent copies")


async def until_status(town: Town, status: AlertStatus, alert_id: int = 1) -> DeliveryReport:
    """Wait until the alert has a status, and give its report."""

    async def has_it() -> bool:
        return (await report(town, alert_id))[0].status is status

    await until(has_it, f"the status {status}")
    return (await report(town, alert_id))[1]


def sent_texts(person: Person, start: str) -> list[str]:
    """List the bot's messages that begin with some words."""
    return [text for text in person.received() if text.startswith(start)]


async def test_two_quick_presses_on_send_send_once(tmp_path: Path) -> None:
    """An impatient second press finds the draft sent: there is one alert, and everybody gets one copy."""
    async with town_at(tmp_path) as town:
        crowd = await enrol(town, 5)
        await town.start_bot()
        dana = await officer(town, DANA)
        await reach_preview(dana, HEADLINE)
        await press_twice(dana, "Send now to 5 recipients")
        await dana.reads("Sent: C-")
        assert [recipients for _, recipients in await town.domain.desk.newest(5)] == [5]
        assert [copies(town, account, HEADLINE) for account in crowd] == [1] * 5
        assert "That button belongs to an earlier conversation. Nothing has changed." in dana.notices


async def test_the_progress_edits_itself_and_the_final_report_is_a_new_message(tmp_path: Path) -> None:
    """One message counts up while it sends; at the end it says until when the alert is in force, as the report does."""
    async with town_at(tmp_path, rate_per_second=12) as town:
        await enrol(town, 30)
        await town.start_bot()
        dana = await officer(town, DANA)
        await reach_preview(dana, HEADLINE)
        await dana.press("Send now to 30 recipients")
        progress = await dana.reads("Sending C-")
        assert progress["text"].startswith(f"Sending {(await report(town))[0].reference}\n{HEADLINE}\n\n0 of 30 recip")
        assert dana.buttons(progress) == ["Stop"]
        number = progress["message_id"]
        await until(lambda: "0 of 30" not in dana.messages[number]["text"], "the progress to count up")
        assert "\nSent: " in dana.messages[number]["text"]
        alert, _ = await report(town)
        assert alert.expires_at is not None
        in_force = f"{HEADLINE}\nIn force until {town.domain.texts.when(alert.expires_at)}."
        final = await dana.reads(f"Sent: {alert.reference}\n{in_force}\n\nSent: 30", after=number)
        assert final["reply_markup"] is None
        assert dana.messages[number]["reply_markup"] is None
        assert dana.messages[number]["text"] == (
            f"{alert.reference} has been sent.\n{in_force}\n\nThe report is below."
        )
        assert len(sent_texts(dana, "Sent: C-")) == 1


async def test_an_alert_that_is_sent_before_its_progress_shows_loses_its_stop(tmp_path: Path) -> None:
    """When the copies are quicker than the edit that shows the progress, that message is still brought to its end."""
    line = Lossy()
    async with town_at(tmp_path, line=line) as town:
        await enrol(town, 1)
        await town.start_bot()
        dana = await officer(town, DANA)
        await reach_preview(dana, HEADLINE)
        number = dana.newest
        line.way_is_free.clear()
        press = asyncio.create_task(dana.press("Send now to 1 recipient"))
        await until_status(town, AlertStatus.SENT)
        one_look_later = town.domain.clock.now() + timedelta(seconds=1.9)
        await until(lambda: town.domain.clock.now() > one_look_later, "the follower to have looked")
        line.way_is_free.set()
        await press
        await dana.reads("Sent: C-", after=number)
        assert dana.messages[number]["text"].endswith("The report is below.")
        assert dana.messages[number]["reply_markup"] is None


async def test_stop_in_the_middle_leaves_the_rest_unsent(tmp_path: Path) -> None:
    """Stop cancels the alert: sent and not sent add up to the recipients, nothing goes afterwards, and it is told."""
    async with town_at(tmp_path, rate_per_second=10) as town:
        crowd = await enrol(town, 40)
        await town.start_bot()
        dana = await officer(town, DANA)
        await reach_preview(dana, HEADLINE)
        await dana.press("Send now to 40 recipients")
        await until_sent(town, 4)
        await dana.press("Stop")
        assert dana.notices[-1] == "Stopped. What was not sent stays unsent."
        final = await dana.reads("Stopped: C-", after=dana.newest)
        alert, found = await report(town)
        assert alert.status is AlertStatus.CANCELLED
        sent, skipped = found.counts[DeliveryState.SENT], found.counts[DeliveryState.SKIPPED]
        assert (found.recipients, sent + skipped) == (40, 40)
        assert 4 <= sent < 36
        assert sum(copies(town, account, HEADLINE) for account in crowd) == sent
        assert f"Sent: {sent}\nNot sent: {skipped}" in final["text"]
        await ask(dana, "/threat", "The threat level now")
        assert sum(copies(town, account, HEADLINE) for account in crowd) == sent


async def test_stop_pressed_after_the_end_says_that_there_is_nothing_to_stop(tmp_path: Path) -> None:
    """A Stop that was kept from before the end changes nothing and says so, for everybody who presses it."""
    async with town_at(tmp_path) as town:
        await enrol(town, 2)
        await town.start_bot()
        dana = await officer(town, DANA)
        await reach_preview(dana, HEADLINE)
        await dana.press("Send now to 2 recipients")
        await dana.reads("Sent: C-")
        await dana.press_data(dana.newest, "prog:stop:1")
        await dana.reads("That has been changed, sent or ended in the meantime, so nothing was done.")
        assert (await report(town))[0].status is AlertStatus.SENT


async def test_another_officer_can_stop_it(tmp_path: Path) -> None:
    """An alert that goes wrong can be stopped by any officer on duty, not by its author alone."""
    async with town_at(tmp_path, rate_per_second=5, two_person_rule=False) as town:
        await enrol(town, 20)
        await town.start_bot()
        dana, eve = await officer(town, DANA), await officer(town, EVE, "Eve")
        await reach_preview(dana, HEADLINE)
        shown = await ask(eve, "/help", "What I can do")
        await dana.press("Send now to 20 recipients")
        await eve.press_data(shown["message_id"], "prog:stop:1")
        await until_status(town, AlertStatus.CANCELLED)
        await dana.reads("Stopped: C-")


async def test_an_alert_that_expires_on_the_way_says_who_was_not_reached(tmp_path: Path) -> None:
    """When the expiry comes before everybody was served, the rest is skipped as expired and the officer is told."""
    async with town_at(tmp_path, rate_per_second=20) as town:
        await enrol(town, 60)
        await town.start_bot()
        dana = await officer(town, DANA)
        await reach_preview(dana, HEADLINE)
        await dana.press("Edit expiry")
        soon = town.domain.clock.now().timestamp() + 1
        await ask(dana, town.domain.clock.now().fromtimestamp(soon, tz=town.settings.zone).isoformat(), "Preview")
        await dana.press("Send now to 60 recipients")
        final = await dana.reads("Expired before everybody was reached: C-", after=dana.newest)
        found = (await report(town))[1]
        sent, skipped = found.counts[DeliveryState.SENT], found.counts[DeliveryState.SKIPPED]
        assert sent + skipped == 60
        assert skipped > 0
        assert f"Not sent: {skipped}\nRecipients: 60\n\n• expired: " in final["text"]
        assert sum(found.reasons.values()) == skipped


async def test_an_answer_that_never_came_is_listed_with_send_again(tmp_path: Path) -> None:
    """An advisory whose answer was lost is uncertain: the report says so, and 'send again' repeats that row alone."""
    line = Lossy()
    async with town_at(tmp_path, line=line) as town:
        crowd = await enrol(town, 3)
        await town.start_bot()
        dana = await officer(town, DANA)
        await reach_preview(dana, HEADLINE, severity="Advisory")
        line.drops = {crowd[1]}
        await dana.press("Send now to 3 recipients")
        progress = dana.newest
        final = await dana.reads("Sent: C-", after=progress)
        assert dana.messages[progress]["reply_markup"] is None
        assert "Sent: 2\nUncertain, no answer came: 1\n" in final["text"]
        assert "1 attempt may have arrived twice." in final["text"]
        assert dana.buttons(final) == ["Send again to 1 uncertain", "Who was not reached"]
        await press_twice(dana, "Send again to 1 uncertain")
        await dana.reads("Sent: 3", after=final["message_id"])
        found = (await report(town))[1]
        assert (found.counts[DeliveryState.SENT], found.uncertain_count) == (3, 1)
        assert [copies(town, account, HEADLINE) for account in crowd] == [1, 2, 1]


async def test_an_urgent_alert_repeats_what_is_uncertain_by_itself(tmp_path: Path) -> None:
    """For urgent alerts a double is better than a miss: the lost answer is repeated and counted."""
    line = Lossy()
    async with town_at(tmp_path, line=line) as town:
        crowd = await enrol(town, 3)
        await town.start_bot()
        line.drops = {crowd[0]}
        await town.domain.desk.issue(content(HEADLINE, severity=Severity.URGENT), origin="test")
        found = await until_status(town, AlertStatus.SENT)
        assert (found.counts[DeliveryState.SENT], found.uncertain_count) == (3, 1)
        assert [copies(town, account, HEADLINE) for account in crowd] == [2, 1, 1]


async def test_a_fault_of_the_server_is_tried_again_and_counted(tmp_path: Path) -> None:
    """A 502 may have been carried out: the row is repeated whatever the severity, and counts as perhaps doubled."""
    line = Lossy()
    async with town_at(tmp_path, line=line) as town:
        crowd = await enrol(town, 3)
        await town.start_bot()
        line.faults = {crowd[2]}
        await town.domain.desk.issue(content(HEADLINE, severity=Severity.INFORMATION), origin="test")
        found = await until_status(town, AlertStatus.SENT)
        assert (found.counts[DeliveryState.SENT], found.uncertain_count) == (3, 1)
        assert [copies(town, account, HEADLINE) for account in crowd] == [1, 1, 2]


async def test_an_outage_is_waited_out(tmp_path: Path) -> None:
    """While the server turns everything away nothing is lost: afterwards all arrive and people are answered again."""
    line = Lossy()
    async with town_at(tmp_path, line=line) as town:
        crowd = await enrol(town, 4)
        await town.start_bot()
        person = await town.person(11)
        line.is_down = True
        await person.say("/report")
        await town.domain.desk.issue(content(HEADLINE), origin="test")

        async def are_waiting() -> bool:
            return (await report(town))[1].counts[DeliveryState.RETRY] == 4

        await until(are_waiting, "every row to have failed once")
        line.is_down = False
        await until_status(town, AlertStatus.SENT)
        assert [copies(town, account, HEADLINE) for account in crowd] == [1] * 4
        await person.reads("What is it about?")


async def test_a_contact_who_leaves_on_the_way_gets_nothing_more(tmp_path: Path) -> None:
    """Unsubscribing while a broadcast is under way skips the row, with the reason."""
    async with town_at(tmp_path, rate_per_second=15) as town:
        crowd = await enrol(town, 40)
        await town.start_bot()
        last = await town.person_of(crowd[-1])
        await town.domain.desk.issue(content(HEADLINE), origin="test")
        await last.say("/unsubscribe")
        await last.press("Yes, stop all alerts")
        found = await until_status(town, AlertStatus.SENT)
        assert found.counts[DeliveryState.SENT] == 39
        assert found.reasons == {(DeliveryState.SKIPPED, "unsubscribed"): 1}
        assert copies(town, crowd[-1], HEADLINE) == 0


async def test_answers_to_people_go_before_a_broadcast(tmp_path: Path) -> None:
    """Somebody who asks for the level while 30 copies wait is answered before most of them have gone."""
    async with town_at(tmp_path, rate_per_second=5) as town:
        await enrol(town, 30)
        await town.start_bot()
        person = await town.person(11)
        await town.domain.desk.issue(content(HEADLINE), origin="test")
        await until_sent(town, 1)
        before = (await report(town))[1].counts[DeliveryState.SENT]
        await ask(person, "/threat", "The threat level now")
        assert (await report(town))[1].counts[DeliveryState.SENT] - before <= 5


async def test_an_officer_who_subscribes_gets_the_alert_too(tmp_path: Path) -> None:
    """An officer on the roll receives their own alert like everybody else, beside progress and report."""
    async with town_at(tmp_path) as town:
        await town.start_bot()
        dana = await officer(town, DANA)
        await ask(dana, "/start", "Do you agree?")
        for label in ("I agree", "Skip", "Skip", "Skip", "Aviation", "Done", "All regions", "Confirm"):
            await dana.press(label)
        await reach_preview(dana, HEADLINE)
        await dana.press("Send now to 1 recipient")
        await dana.reads("Sent: C-")
        assert copies(town, DANA, f"URGENT: {HEADLINE}") == 2
