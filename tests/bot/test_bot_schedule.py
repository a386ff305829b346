"""/schedule through the whole bot: set up by buttons, fired by the running clock, missed ones told to the owners."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from support.patience import until
from support.person import Message, Person
from support.pictures import picture
from support.talk import ask, officer
from support.town import BOT, Town

from alerts.audit.entry import ADMINISTRATOR
from alerts.people.rights import Role
from alerts.publishing.alert import AlertStatus, Audience
from alerts.publishing.marking import Marking
from alerts.schedule.recurrence import Pattern, Recurrence, read_zone
from alerts.schedule.schedule import Plan, Push, Schedule, ScheduleStatus
from alerts.schedule.series import Once
from alerts.store.tables import schedules
from alerts.subscribers.roll import Profile

AMIRA, DANA, OLGA = 11, 13, 15
LONDON = read_zone("Europe/London")
SOON_SECONDS = 3
FIRST_QUESTION = "What should it send?"


def question(person: Person) -> Message:
    """Give the newest message of the bot."""
    return max((one for one in person.messages.values() if one["from"]["is_bot"]), key=lambda one: one["message_id"])


def times(message: Message) -> list[str]:
    """Give the next times that a message lists."""
    return [line.removeprefix("• ") for line in message["text"].splitlines() if line.startswith("• ")]


async def subscriber(town: Town, account: int = AMIRA) -> Person:
    """Bring a contact of aviation who is on the roll."""
    person = await town.person(account)
    await ask(person, "/start", "Do you agree?")
    await town.domain.roll.subscribe(account, "private", Profile(sectors=("aviation",)))
    await town.domain.vetting.vet_many([account], ADMINISTRATOR)
    return person


def plan(town: Town, rule: str = "daily 08:00", **changes: object) -> Plan:
    """Plan a reminder for everybody, with changes to it."""
    recurrence = Recurrence.parse(rule, LONDON, town.domain.clock.now())
    parts: dict[str, object] = {"name": "Doors", "push": Push.REMINDER, "headline": "Doors", "body": "Lock them."}
    return Plan(**({"recurrence": recurrence} | parts | changes))  # type: ignore[arg-type]


def due_in_a_second(town: Town) -> Recurrence:
    """Make a single time a second from now; rules are written to the minute, and a test does not wait for the next."""
    due = town.domain.clock.now() + timedelta(seconds=1)
    return Recurrence(f"once {due:%Y-%m-%d %H:%M}", Pattern.ONCE, read_zone("UTC"), Once(due.replace(tzinfo=UTC)))


async def reach_name(person: Person, *, when: str = "daily 08:00", sector: str = "") -> Message:
    """Go through the conversation for a reminder up to the question for its name."""
    await person.say("/schedule")
    await person.press("Add a schedule")
    await person.press("Reminder")
    await person.say("Lock <the> doors & gates\nAll of them, at once.")
    await person.reads("When?")
    await person.say(when)
    await person.reads("Tap who should receive it.")
    await person.press(sector or "All sectors")
    if sector:
        await person.press("Done")
    await person.press("All regions")
    return await person.reads("Write what it is to be called")


async def test_an_officer_sets_a_reminder_up_and_rules_over_it(town: Town) -> None:
    """Added by buttons, it shows three next times, and is then paused, resumed and removed from its page."""
    dana = await officer(town, DANA)
    await subscriber(town)
    await reach_name(dana, when="daily 08:00 Europe/Paris until 2999-12-24")
    check = await ask(dana, "Every morning", "Please check")
    first, second, third = times(check)
    assert check["text"].startswith(
        "Please check\nAbove is the message as it would be now.\n\n"
        "Every morning\n\nSends: Reminder\nWhen: daily 08:00 (Europe/Paris)\nUntil: 24 Dec 2999"
    )
    assert "That is 1 recipient today." in check["text"]
    await dana.reads("INFORMATION: Lock <the> doors & gates")
    assert all("07:00" in moment or "06:00" in moment for moment in (first, second, third))
    assert await town.domain.timetable.everything() == []
    await dana.press("Add it")
    await dana.reads("“Every morning” is added.")

    (added,) = await town.domain.timetable.everything()
    assert (added.created_by, added.plan.body) == (DANA, "All of them, at once.")
    listed = await ask(dana, "/schedule", "What goes out by itself")
    assert dana.buttons(listed) == [f"Every morning · {first}", "Add a schedule"]
    await dana.press("Every morning")
    assert times(question(dana)) == [first, second, third]
    assert dana.buttons(question(dana)) == ["Pause", "Remove", "Back to the list"]

    await dana.press("Pause")
    assert "Status: paused (by hand)\n" in question(dana)["text"] + "\n"
    assert times(question(dana)) == []
    await dana.press("Resume")
    assert "Status: active" in question(dana)["text"]
    assert times(question(dana)) == [first, second, third]
    await dana.press("Remove")
    await dana.press("No, keep it")
    await dana.press("Remove")
    await dana.press("Yes, remove it")
    assert question(dana)["text"] == "“Every morning” is removed."
    assert await town.domain.timetable.everything() == []
    await ask(dana, "/schedule", "Nothing goes out by itself yet.")


async def test_a_contact_is_refused(town: Town) -> None:
    """Neither the command nor the buttons of an officer's messages do anything for a contact."""
    amira = await subscriber(town)
    added = await town.domain.timetable.add(plan(town))
    await ask(amira, "/schedule", "That is for duty officers. Nothing has changed.")
    newest = amira.newest
    for data in (f"sch:pause:{added.id}", f"sch:gone:{added.id}", "sad:new", "cmd:schedule"):
        await amira.press_data(newest, data)
        await amira.reads("That is for duty officers. Nothing has changed.", after=newest)
        newest = amira.newest
    assert await town.domain.timetable.everything() == [added]
    assert "schedule" not in await amira.menu()


async def test_an_officer_of_one_sector_leaves_the_others_alone(town: Town) -> None:
    """They may not resume, pause or remove what goes to another sector, and are offered their own alone."""
    dana = await officer(town, DANA, sectors=("aviation",))
    added = await town.domain.timetable.add(plan(town, audience=Audience(("retail",), marking=Marking.CLEAR)))
    await town.domain.timetable.pause(added.id)
    await dana.say("/schedule")
    await dana.press("Doors")
    for labels in (["Resume"], ["Remove", "Yes, remove it"]):
        before = dana.newest
        for label in labels:
            await dana.press(label)
        await dana.reads("That goes beyond the sectors that you may send to.", after=before)
    assert (await town.domain.timetable.find(added.id)).status is ScheduleStatus.PAUSED

    await dana.say("/schedule")
    await dana.press("Add a schedule")
    await dana.press("Reminder")
    await ask(dana, "Drill", "When?")
    await dana.press("Every Monday")
    assert dana.buttons(question(dana)) == ["Aviation", "Done (0 chosen)", "Back", "Cancel"]
    await dana.press("Done")
    assert dana.notices[-1]
    assert question(dana)["text"].startswith("Sectors")


async def test_wrong_answers_are_asked_for_again(town: Town) -> None:
    """A time that cannot be read, a past one, and a name that is too long or taken are refused, and the next works."""
    dana = await officer(town, DANA)
    await town.domain.timetable.add(plan(town))
    await dana.say("/schedule")
    await dana.press("Add a schedule")
    await dana.press("Reminder")
    await ask(dana, "Lock up", "When?")
    for text, problem in (
        ("at eight", "I cannot read that. Write for example: daily 08:00"),
        ("daily 25:00", "A time goes from 00:00 to 23:59, such as 08:00."),
        ("once 2020-01-01 08:00", "That would never fire"),
        ("daily 08:00 until 2020-01-01", "That would never fire"),
        ("daily 08:00 Mars/Base", "I know no such time zone."),
    ):
        assert "When?" in (await ask(dana, text, problem))["text"]
    await ask(dana, "every 2 h", "Tap who should receive it.")
    await dana.press("All sectors")
    await dana.press("All regions")
    for name, problem in (
        ("x" * 61, "The name has 61 characters; 60 are the most."),
        ("DOORS", "of that name already"),
    ):
        assert "Write what it is to be called" in (await ask(dana, name, problem))["text"]
    await ask(dana, "Windows", "Please check")
    await dana.press("Add it")
    await dana.reads("“Windows” is added.")
    assert [one.plan.name for one in await town.domain.timetable.everything()] == ["Doors", "Windows"]


async def test_back_leads_through_the_steps_of_the_push(town: Town) -> None:
    """From the check back to the beginning each step of a reminder is shown once more, then a level needs no text."""
    dana = await officer(town, DANA)
    await reach_name(dana)
    for begins in ("Regions", "Sectors", "When?", "The reminder", "New schedule"):
        await dana.press("Back")
        assert question(dana)["text"].startswith(begins)
    await dana.press("Threat level")
    assert question(dana)["text"].startswith("When?")
    await dana.press("Cancel")
    assert await town.domain.timetable.everything() == []


async def test_the_usual_name_serves_once(town: Town) -> None:
    """The offered name is taken by a tap; when it is taken already, another is asked for and can be written."""
    dana = await officer(town, DANA)
    for _ in range(2):
        asked = await reach_name(dana)
        await dana.press("Reminder, daily 08:00", message_id=asked["message_id"])
        if not await town.domain.timetable.everything():
            await dana.press("Add it")
            await dana.reads("“Reminder, daily 08:00” is added.")
    await dana.reads("There is a schedule of that name already.")
    await ask(dana, "Another", "Please check")


async def test_what_is_added_at_the_command_line_fires_in_the_running_bot(town: Town) -> None:
    """A schedule of another process that is due in a second goes out within three of its time, and has ended."""
    amira = await subscriber(town)
    recurrence = due_in_a_second(town)
    added = await town.domain.timetable.add(plan(town, recurrence=recurrence))
    assert added.next is not None
    due = added.next.at
    received = await amira.reads("Lock them.")
    assert town.domain.clock.now() - due < timedelta(seconds=SOON_SECONDS)
    assert "INFORMATION: Doors" in received["text"]

    async def is_sent() -> bool:
        return (await town.domain.desk.find(1)).status is AlertStatus.SENT

    await until(is_sent, "the end of the alert")
    assert (await town.domain.timetable.find(added.id)).status is ScheduleStatus.ENDED
    assert len(await town.domain.desk.newest(10)) == 1


async def test_what_was_missed_is_told_to_the_owner_in_the_chat(town: Town) -> None:
    """After days of standstill the bot sends nothing, tells the owner once, and says no more after another restart."""
    await town.domain.roster.grant(OLGA, Role.OWNER)
    olga = await town.person(OLGA, "Olga")
    await ask(olga, "/start", "Do you agree?")
    await town.stop_bot()
    added = await town.domain.timetable.add(plan(town, grace=timedelta()))
    missed = await put_back(town, added, days=3)
    await town.start_bot()
    told = await olga.reads("The schedule “Doors” was missed.")
    moments = [town.domain.texts.plain("schedule.time", moment=one).removeprefix("• ") for one in missed]
    assert f"Missed: 3, from {moments[0]} to {moments[-1]}. Nothing was sent for that." in told["text"]
    await town.stop_bot()
    await town.start_bot()
    await ask(olga, "/schedule", "What goes out by itself")
    assert sum("was missed" in text for text in olga.received()) == 1
    assert await town.domain.desk.newest(10) == []
    assert (await town.domain.timetable.find(added.id)).next == added.next


async def put_back(town: Town, schedule: Schedule, *, days: int) -> list[datetime]:
    """Make a schedule due so many days ago, as if nothing had run since, and give the times that have passed."""
    assert schedule.next is not None
    begin = schedule.next.at - timedelta(days=days, hours=12)
    passed = schedule.plan.recurrence.upcoming(begin, days)
    values = {"next_key": passed[0].key, "next_at": passed[0].at}
    async with town.domain.store.writing() as connection:
        await connection.execute(update(schedules).where(schedules.c.id == schedule.id).values(**values))
    return [firing.at for firing in passed]


async def test_a_long_reminder_comes_whole_in_two_messages(town: Town) -> None:
    """The second half of a text that an app has cut joins the first at the question for the time, which comes again."""
    dana = await officer(town, DANA)
    await dana.say("/schedule")
    await dana.press("Add a schedule")
    await dana.press("Reminder")
    await ask(dana, "Doors\n" + "a" * 4000, "When?")
    again = await ask(dana, "b" * 4000, "Added to your text, which now has 8,002 characters.")
    assert "\n\nWhen?\n" in again["text"]
    await ask(dana, "Every door counts. " + "c" * 281, "Added to your text, which now has 8,304 characters.")
    await ask(dana, "daily 08:00", "Tap who should receive it.")
    await dana.press("All sectors")
    await dana.press("All regions")
    await ask(dana, "Doors", "Please check")
    await dana.press("Add it")
    await dana.reads("“Doors” is added.")
    (added,) = await town.domain.timetable.everything()
    assert added.plan.body == "\n\n".join(("a" * 4000, "b" * 4000, "Every door counts. " + "c" * 281))


async def test_a_wrong_time_after_a_long_reminder_is_no_part_of_it(town: Town) -> None:
    """What begins like a time is refused as one, and from then on nothing is added to the text any more."""
    dana = await officer(town, DANA)
    await dana.say("/schedule")
    await dana.press("Add a schedule")
    await dana.press("Reminder")
    await ask(dana, "Doors\n" + "a" * 4000, "When?")
    await ask(dana, "daily 25:00", "A time goes from 00:00 to 23:59")
    await ask(dana, "at eight", "I cannot read that.")
    await dana.press("Back")
    await ask(dana, "Doors\n" + "a" * 4000, "When?")
    await dana.press("Every Monday")
    await ask(dana, "hello?", "Tap who should receive it.")
    assert not any("Added to your text" in text for text in dana.received())


async def test_a_picture_of_a_reminder_is_not_taken(town: Town) -> None:
    """A reminder takes no file: a picture with a text under it is refused, and the text is asked for again."""
    dana = await officer(town, DANA)
    await dana.say("/schedule")
    await dana.press("Add a schedule")
    await dana.press("Reminder")
    world = town.sandbox.world
    world.say_photo(world.chat(DANA, BOT), picture(400, 300), "Lock the doors.")
    refused = await dana.reads("No picture or document can go along here, so nothing was taken.")
    assert "The reminder" in refused["text"]
    await ask(dana, "Lock the gates.", "When?")


async def test_a_schedule_of_levels_says_whom_it_reaches(town: Town) -> None:
    """Check and page name those who receive level changes, with sectors those of them; a reminder is for all."""
    dana = await officer(town, DANA)
    everybody = "For: everybody who receives threat level changes\n"
    for sector, name, line in (
        ("", "All", everybody),
        ("Aviation", "Some", "For: Aviation, those of them who receive threat level changes\n"),
    ):
        await dana.say("/schedule")
        await dana.press("Add a schedule")
        await dana.press("Threat level")
        await ask(dana, "daily 08:00", "Tap who should receive it.")
        await dana.press(sector or "All sectors")
        if sector:
            await dana.press("Done")
        await dana.press("All regions")
        assert line in (await ask(dana, name, "Please check"))["text"]
        await dana.press("Add it")
        await dana.reads(f"“{name}” is added.")
        listed = await ask(dana, "/schedule", "What goes out by itself")
        await dana.press(name, message_id=listed["message_id"])
        assert line in question(dana)["text"]
    await town.domain.timetable.add(plan(town))
    await dana.press("Back to the list")
    await dana.press("Doors")
    assert "For: all sectors\n" in question(dana)["text"]


async def test_a_schedule_that_cannot_be_read_is_shown_and_removed(town: Town) -> None:
    """It stands in the list with its status and the reason; its page offers to remove it."""
    dana = await officer(town, DANA)
    added = await town.domain.timetable.add(plan(town))
    async with town.domain.store.writing() as connection:
        await connection.execute(update(schedules).where(schedules.c.id == added.id).values(rule="at eight"))
    listed = await ask(dana, "/schedule", "What goes out by itself")
    assert dana.buttons(listed)[0] == "Doors · active (cannot be read)"
    await dana.press("Doors")
    assert "Status: active (cannot be read)" in question(dana)["text"]
    await dana.press("Remove")
    await dana.press("Yes, remove it")
    assert await town.domain.timetable.everything() == []


async def test_the_officer_gets_the_report_of_their_schedules_alert(town: Town) -> None:
    """Who answers for a schedule sees in the chat what became of its alert, and can send to the uncertain again."""
    dana, amira = await officer(town, DANA), await subscriber(town)
    await ask(dana, "/help", "What I can do")
    person = await town.domain.roster.find(DANA)
    town.sandbox.faults.replace([{"fault": "reset_after", "methods": ["sendMessage"], "chat_id": AMIRA}])
    await town.domain.timetable.add(plan(town, recurrence=due_in_a_second(town)), person)
    report = await dana.reads("Uncertain, no answer came: 1")
    assert report["text"].startswith("Sent: C-")
    town.sandbox.faults.replace([])
    before = amira.newest
    await dana.press("Send again to 1 uncertain")
    await amira.reads("Lock them.", after=before)
    await dana.reads("Sent: 1", after=report["message_id"])
