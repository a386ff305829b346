"""Groups: who may subscribe one, who may ask in one, and what is left unanswered there."""

from pathlib import Path

import pytest
from support.content import content
from support.group_member import bot_said, found, member, standing, subscribe_group
from support.person import Person
from support.talk import ask
from support.town import BOT, Town, town_at

from alerts.people.rights import Role
from alerts.publishing.alert import Audience
from alerts.publishing.marking import Marking
from alerts.subscribers.states import SubscriberStatus

ANN, BEN, CAT, OLU = 11, 12, 13, 15
HELLO = "Hello. I pass on security alerts."
REFUSED = "Only an administrator of this group can do that. Nothing has changed."
NOT_HERE = "That works in a private chat with me only."
BUSY = "I have answered here several times this minute. Please ask me in a private chat."
MENU = ["threat", "history", "alerts", "report", "verify", "help"]
MENU_OF_ADMINISTRATORS = [
    "threat",
    "history",
    "alerts",
    "report",
    "verify",
    "subscribe",
    "sectors",
    "unsubscribe",
    "help",
]


async def pressed(person: Person, label: str) -> str:
    """Press a button and give the notice that answers it."""
    await person.press(label)
    return person.notices[-1]


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_an_administrator_subscribes_the_group_and_an_alert_reaches_it(town: Town, kind: str) -> None:
    """Sectors, regions and Confirm put the group on the roll with its title and who did it; it gets its alerts once."""
    group = found(town, ANN, kind)  # type: ignore[arg-type] - one of the two
    ann, ben = await member(town, group, ANN), await member(town, group, BEN)
    await subscribe_group(ann, "Aviation", "Chemicals", region="London")
    entry = await standing(town, group.id, "active")
    assert (entry.kind, entry.set_up_by) == (kind, ANN)
    profile = entry.profile
    assert (profile.name, profile.organisation, profile.job) == ("Plant security", "", "")
    assert (profile.sectors, profile.regions) == (("aviation", "chemicals"), ("london",))
    assert await town.domain.desk.count_recipients(Audience(("legal",))) == 0
    audience = Audience(("aviation",), ("london",), marking=Marking.CLEAR)
    _, recipients = await town.domain.desk.issue(content("Gate closed", audience=audience), origin="test")
    assert recipients == 1
    shown = await ben.reads("ADVISORY: Gate closed")
    assert ben.buttons(shown) == ["How to report", "Threat level now"]
    assert sum("Gate closed" in text for text in bot_said(group)) == 1


async def test_a_group_is_greeted_and_asked_for_nobodys_details(town: Town) -> None:
    """Coming in, the bot says once what it does; subscribing asks for consent and then at once for sectors."""
    group = found(town, ANN)
    ann = await member(town, group, ANN)
    await town.settled()
    assert [text.split("\n")[0] for text in bot_said(group)] == [HELLO]
    asked = await ask(ann, "/subscribe", "Security alerts for this group")
    assert "This bot is run by Test hub" in asked["text"]
    await ann.press("I agree")
    assert ann.messages[asked["message_id"]]["text"].startswith("Your sectors")
    for label in ("Aviation", "Done", "All regions"):
        await ann.press(label)
    summary = ann.messages[asked["message_id"]]
    assert not any("name" in label for label in ann.buttons(summary))
    assert "Name:" not in summary["text"]
    assert await town.domain.roll.everybody() == []


async def test_a_plain_member_can_neither_begin_nor_press(town: Town) -> None:
    """A member's /subscribe, /sectors and presses are refused in words, and an administrator's steps stay."""
    group = found(town, ANN)
    ann, ben = await member(town, group, ANN), await member(town, group, BEN)
    for command in ("/subscribe", "/sectors"):
        await ask(ben, command, REFUSED)
    asked = await ask(ann, "/subscribe", "Security alerts for this group")
    for label in ("I agree", "No, thank you"):
        assert await pressed(ben, label) == REFUSED
    assert ann.messages[asked["message_id"]]["text"] == asked["text"]
    for label in ("I agree", "Aviation", "Done", "All regions"):
        await ann.press(label)
    before = ann.messages[asked["message_id"]]
    for label in ("Confirm", "No threat level changes", "Back", "Cancel"):
        assert await pressed(ben, label) == REFUSED
    assert ann.messages[asked["message_id"]] == before
    assert await town.domain.roll.everybody() == []
    await ann.press("Confirm")
    await standing(town, group.id, "active")
    await ask(ann, "/subscribe", "You are subscribed, since")
    for label in ("Change sectors", "Unsubscribe"):
        assert await pressed(ben, label) == REFUSED
    assert ben.received()[-1].startswith("You are subscribed, since")


async def test_who_runs_the_group_is_asked_anew_at_every_press(town: Town) -> None:
    """Demoted between two presses somebody is refused at once; who was promoted meanwhile goes on where they stood."""
    group = found(town, ANN)
    ben, cat = await member(town, group, BEN), await member(town, group, CAT)
    world = town.sandbox.world
    world.promote(group, BEN)
    asked = await ask(ben, "/subscribe", "Security alerts for this group")
    await ben.press("I agree")
    await ben.press("Aviation")
    world.demote(group, BEN)
    world.promote(group, CAT)
    before = ben.messages[asked["message_id"]]
    assert await pressed(ben, "Done (1 chosen)") == REFUSED
    assert ben.messages[asked["message_id"]] == before
    for label in ("Done (1 chosen)", "All regions", "Confirm"):
        assert await pressed(cat, label) == ""
    entry = await standing(town, group.id, "active")
    assert (entry.profile.sectors, entry.set_up_by) == (("aviation",), CAT)


async def test_an_anonymous_administrator_may_begin(town: Town) -> None:
    """Who writes in the group's own name is one of its administrators; the presses are theirs by name."""
    group = found(town, ANN)
    ben = await member(town, group, BEN)
    town.sandbox.world.promote(group, BEN, is_anonymous=True)
    await ben.say_anonymously("/subscribe")
    await ben.reads("Security alerts for this group")
    for label in ("I agree", "Aviation", "Done", "All regions", "Confirm"):
        await ben.press(label)
    assert (await standing(town, group.id, "active")).set_up_by == BEN


async def test_only_an_administrator_ends_the_groups_subscription(town: Town) -> None:
    """/unsubscribe and its Yes are refused to members and change nothing; an administrator's Yes ends it."""
    group = found(town, ANN)
    ann, ben = await member(town, group, ANN), await member(town, group, BEN)
    await subscribe_group(ann, "Aviation")
    await ask(ben, "/unsubscribe", REFUSED)
    await ask(ann, "/unsubscribe", "Stop all alerts?")
    assert await pressed(ben, "Yes, stop all alerts") == REFUSED
    assert (await standing(town, group.id, "active")).profile.sectors == ("aviation",)
    await ann.press("Yes, stop all alerts")
    entry = await standing(town, group.id, "ended")
    assert (entry.profile.name, entry.profile.sectors, entry.set_up_by) == ("", (), None)


@pytest.mark.parametrize("title", ["🇬🇧 " + "x" * 100, "🦺" * 60])
async def test_a_long_title_with_emoji_subscribes(town: Town, title: str) -> None:
    """However long a group's title is as Telegram counts, its administrator gets to the end."""
    group = found(town, ANN, title=title)
    await subscribe_group(await member(town, group, ANN), "Aviation")
    name = (await standing(town, group.id, "active")).profile.name
    assert title.startswith(name)
    assert len(name.encode("utf-16-le")) == 160


async def test_presses_on_the_situations_count_as_answers(town: Town) -> None:
    """A crowd that taps the situations under one /report is held like one that asks: edits can earn a 429 too."""
    group = found(town, ANN)
    ann = await member(town, group, ANN)
    asked = await ask(ann, "/report", "In danger now")
    situation = ann.buttons(asked)[0]
    for label in [situation, "Back to all situations"] * 2 + [situation]:
        assert await pressed(ann, label) == ""
    assert await pressed(ann, "Back to all situations") == BUSY


async def test_everybody_may_ask_but_only_six_times_a_minute(town: Town) -> None:
    """A crowd gets six answers a minute, by commands and buttons together; alerts and other groups are not held up."""
    group, other = found(town, ANN), found(town, ANN, title="Dockside")
    ann, ben = await member(town, group, ANN), await member(town, group, BEN)
    elsewhere = await member(town, other, BEN)
    await subscribe_group(ann, "Aviation")
    for number in range(1, 7):
        await (ann if number % 2 else ben).say("/threat")
    await town.settled()
    assert sum("The threat level now" in text for text in bot_said(group)) == 6
    before = len(bot_said(group))
    for _ in range(9):
        await ben.say("/threat")
    await town.settled()
    assert len(bot_said(group)) == before
    assert await pressed(ben, "How to report") == BUSY
    assert len(bot_said(group)) == before
    await ask(elsewhere, "/threat", "The threat level now")
    await town.domain.desk.issue(content("Gate closed"), origin="test")
    await ben.reads("ADVISORY: Gate closed")
    assert {call["status"] for call in town.calls("sendMessage")} == {200}


@pytest.mark.parametrize("role", [Role.OFFICER, Role.OWNER])
async def test_officers_commands_and_buttons_do_nothing_in_a_group(town: Town, role: Role) -> None:
    """Nobody composes, schedules, sets a level or stops an alert in a group, whatever their role and place in it."""
    await town.domain.roster.grant(OLU, role)
    group = found(town, OLU)
    olu = await member(town, group, OLU)
    for command in ("/compose", "/level", "/schedule"):
        await ask(olu, command, NOT_HERE)
    shown = await ask(olu, "/threat", "The threat level now")
    for data in ("cmd:compose", "cmd:level", "cmd:schedule", "cmp:new", "lvl:new", "sad:new", "prog:stop:1", "sch:all"):
        await olu.press_data(shown["message_id"], data)
        assert olu.notices[-1] == f"{NOT_HERE} Nothing has changed."
    for data in ("nonsense", "", "cmd:", "cmd:nonsense", "sub:x:y:z"):
        await olu.press_data(shown["message_id"], data)
        assert "Nothing has changed." in olu.notices[-1]
    await town.settled()
    assert await town.domain.desk.newest(5) == []
    assert await town.domain.roll.everybody() == []
    assert len(bot_said(group)) == 5


async def test_what_is_meant_for_others_is_ignored(town: Town) -> None:
    """Talk, emergencies, another bot's commands, unknown ones and stickers stay unanswered where the bot hears all."""
    group = found(town, ANN, administrator=True)
    ann = await member(town, group, ANN)
    username = town.sandbox.world.bots[BOT].username
    for text in (
        "/threat@other_bot",
        "/subscribe@other_bot",
        "Is anybody at the gate?",
        "there is a bomb",
        "/nonsense",
    ):
        await ann.say(text)
    await ann.say(f"Ask /threat@{username}")
    await ann.send_sticker()
    await town.settled()
    assert len(bot_said(group)) == 1
    await ask(ann, f"/threat@{username.upper()}", "The threat level now")


async def test_the_menu_of_a_group(town: Town) -> None:
    """Members see what everybody may ask, administrators the subscribing besides, an owner no officers' commands."""
    await town.domain.roster.grant(ANN, Role.OWNER)
    group = found(town, ANN)
    ann, ben = await member(town, group, ANN), await member(town, group, BEN)
    await ask(ann, "/help", "What I can do")
    assert (await ann.menu(), await ben.menu()) == (MENU_OF_ADMINISTRATORS, MENU)


async def test_a_groups_subscription_is_not_its_members(tmp_path: Path) -> None:
    """Who subscribes a group is not subscribed in private, and the other way round; each changes by itself."""
    async with town_at(tmp_path) as town:
        group = found(town, ANN)
        ann, private = await member(town, group, ANN), await town.person_of(ANN)
        await town.start_bot()
        await subscribe_group(ann, "Aviation")
        await ask(private, "/unsubscribe", "You are not subscribed")
        assert [entry.chat_id for entry in await town.domain.roll.everybody()] == [group.id]
        assert (await town.domain.roll.everybody())[0].status is SubscriberStatus.ACTIVE
