"""Briefings with fields through the whole bot: set up by buttons or written in the chat, previewed, fired."""

from pathlib import Path

import pytest
from support.person import Message, Person
from support.talk import ask, officer
from support.town import Town, town_at
from test_bot_schedule import due_in_a_second, plan, question, subscriber, times

from alerts.publishing.alert import Audience, Severity
from alerts.publishing.desk import Content
from alerts.publishing.marking import Marking
from alerts.schedule.contents import ALERT_LIFE
from alerts.schedule.schedule import Push

DANA = 13
HOLIDAYS = "Not on bank holidays (England)"
OFFICE = "In office hours (09:00-17:00)"
CALM = """
[[briefings]]
code = "calm"
title = "What is in force"
headline = "In force now"
severity = "advisory"
body = '''
<b>In force:</b>
{{ alerts }}
'''
"""


async def begin(person: Person, briefing: str) -> None:
    """Go to the question for the time of a briefing's schedule, or for the text of one's own."""
    await person.say("/schedule")
    await person.press("Add a schedule")
    await person.press("Stored briefing")
    await person.press(briefing)


async def check(person: Person, name: str) -> Message:
    """Go on from the sectors to the last look."""
    await person.press("All sectors")
    await person.press("All regions")
    return await ask(person, name, "Please check")


async def issue(town: Town, headline: str, audience: Audience) -> None:
    """Send an alert of the command line."""
    expires_at = town.domain.clock.now() + ALERT_LIFE
    await town.domain.desk.issue(
        Content(headline, "Text.", Severity.ADVISORY, expires_at, audience), origin="command line"
    )


async def test_the_weekly_briefing_is_switched_on_by_buttons_and_respects_what_is_ticked(town: Town) -> None:
    """Its rule is offered; the message is shown with real values; two ticks change words and times in their place."""
    dana = await officer(town, DANA)
    await subscriber(town)
    await issue(town, "Gate <shut>", Audience(marking=Marking.CLEAR))
    await issue(town, "Ships", Audience(("aviation",), marking=Marking.CLEAR))
    assert await town.domain.timetable.everything() == []
    await begin(dana, "Weekly threat level briefing")
    assert dana.buttons(question(dana))[0] == "As suggested: weekly mon 08:00"
    await dana.press("As suggested")
    shown = await check(dana, "Weekly")
    preview = await dana.reads("INFORMATION: Weekly threat level briefing")
    assert "• UK national threat level: not known here." in preview["text"]
    assert "• ADVISORY: Gate <shut> (C-" in preview["text"]
    assert "1 alert is not named in it, since it does not go to everybody whom this is for." in shown["text"]
    assert dana.buttons(shown)[:4] == ["Add it", "Marking: TLP:GREEN (change)", HOLIDAYS, OFFICE]

    await dana.press(HOLIDAYS)
    await dana.press(OFFICE)
    ticked = question(dana)
    assert ticked["message_id"] == shown["message_id"]
    assert "Bank holidays (England): it does not go out on one, but on the next working day" in ticked["text"]
    assert "Office hours: 09:00 to 17:00, Monday to Friday without bank holidays." in ticked["text"]
    assert all(" 09:00 " in moment for moment in times(ticked))
    assert dana.buttons(ticked)[2:4] == [f"✓ {HOLIDAYS}", f"✓ {OFFICE}"]
    typed = await ask(dana, "08:30-18:00", "Office hours: 08:30 to 18:00")
    assert all(" 08:30 " in moment for moment in times(typed))
    scottish = await ask(dana, "gb-sct", "Bank holidays (Scotland)")
    assert dana.buttons(scottish)[2] == "✓ Not on bank holidays (Scotland)"
    await ask(dana, "17:00-09:00", "An office opens before it closes.")
    await ask(dana, "GB-LON", "I know no bank holidays for that place.")
    await ask(dana, "Hello?", "Please check")
    await dana.press("Add it")
    await dana.reads("“Weekly” is added.")

    (added,) = await town.domain.timetable.everything()
    restraint = added.plan.recurrence.restraint
    assert (added.plan.briefing, restraint.holidays and restraint.holidays.code) == ("weekly-levels", "GB-SCT")
    assert str(restraint.office) == "08:30-18:00"
    listed = await ask(dana, "/schedule", "What goes out by itself")
    await dana.press("Weekly", message_id=listed["message_id"])
    assert "Bank holidays (Scotland)" in question(dana)["text"]
    assert times(question(dana)) == times(scottish)
    assert [alert.origin for alert, _ in await town.domain.desk.newest(9)] == ["command line", "command line"]


async def test_the_digest_says_that_it_would_stay_silent(town: Town) -> None:
    """With nothing to tell, the last look says so; it is left out on bank holidays, since it comes daily."""
    dana = await officer(town, DANA)
    await begin(dana, "Daily digest of advice and information")
    await dana.press("As suggested")
    shown = await check(dana, "Digest")
    assert "As of now it has nothing to tell and would not go out." in shown["text"]
    await dana.press(HOLIDAYS)
    assert "Bank holidays (England): it is left out on these days." in question(dana)["text"]


async def test_a_briefing_is_written_in_the_chat_and_an_unknown_field_refused_there(town: Town) -> None:
    """The question lists the fields; a wrong one is named with those there are; the right text is shown filled."""
    dana = await officer(town, DANA)
    await begin(dana, "Write one with fields")
    assert "{{ alerts }} – the alerts that are in force" in question(dana)["text"]
    wrong = await ask(dana, "Mine\nNow: {{ alarms }}", "There is no field “alarms”. There are: now, since, levels")
    assert "The briefing" in wrong["text"]
    await ask(dana, "Mine\n{{ alerts | upper }}", "I cannot read the fields of that text, line 1")
    await ask(dana, "At {{ now }}\ntext", "A headline has no fields")
    await ask(dana, "Mine\nNow: {{ alerts }}", "When?")
    await ask(dana, "daily 08:00", "Tap who should receive it.")
    await check(dana, "My own")
    assert "Now: No alerts are in force." in (await dana.reads("INFORMATION: Mine"))["text"]
    await dana.press("Add it")
    await dana.reads("“My own” is added.")
    (added,) = await town.domain.timetable.everything()
    assert (added.plan.push, added.plan.briefing, added.plan.body) == (Push.BRIEFING, "", "Now: {{ alerts }}")


async def test_a_reminder_after_ones_own_briefing_is_a_plain_text_again(town: Town) -> None:
    """Back at the beginning and on to a reminder, braces are braces."""
    dana = await officer(town, DANA)
    await begin(dana, "Write one with fields")
    await dana.press("Back")
    await dana.press("Back")
    await dana.press("Reminder")
    await ask(dana, "Mine\nNow: {{ alarms }}", "When?")


async def test_a_briefing_fires_filled_in_the_running_bot(town: Town) -> None:
    """What is in force when it fires stands in the subscriber's message, and its words are no markup."""
    amira = await subscriber(town)
    await issue(town, "<b>Gate</b> & {{ now }}", Audience(marking=Marking.CLEAR))
    await town.domain.timetable.add(
        plan(
            town,
            recurrence=due_in_a_second(town),
            push=Push.BRIEFING,
            headline="Now",
            body="<b>In force:</b>\n{{ alerts }}",
        )
    )
    told = await amira.reads("INFORMATION: Now")
    assert "In force:\n• ADVISORY: <b>Gate</b> & {{ now }} (C-" in told["text"]


@pytest.mark.parametrize("in_force", [False, True])
async def test_compose_starts_from_a_briefing_with_its_fields_filled(tmp_path: Path, *, in_force: bool) -> None:
    """An operator's briefing is offered there, the shipped ones are not; the draft has the values of that moment."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "briefings.toml").write_text("shipped = true\n" + CALM)
    async with town_at(tmp_path, data_dir=folder) as town:
        await town.start_bot()
        dana = await officer(town, DANA)
        await subscriber(town)
        if in_force:
            await issue(town, "Gate", Audience(marking=Marking.CLEAR))
        begin_with = await say_compose(dana)
        assert [label for label in dana.buttons(begin_with) if "digest" in label or "Weekly" in label] == []
        await dana.press("What is in force")
        draft = await town.domain.desk.newest_draft(DANA)
        assert draft is not None
        assert draft.headline == "In force now"
        assert ("• ADVISORY: Gate (C-" in draft.body) is in_force
        assert ("No alerts are in force." in draft.body) is not in_force


async def say_compose(person: Person) -> Message:
    """Begin an alert and give the first question."""
    before = person.newest
    await person.say("/compose")
    await person.reads("", after=before)
    return question(person)
