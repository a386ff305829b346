"""Channels: everybody reads them, and only who runs one makes the bot post there."""

from support.content import content
from support.group_member import GroupMember, bot_said, found, member, standing, subscribe_group
from support.talk import ask
from support.town import Town

from bot.sandbox.groups import Group

ANN, BEN = 11, 12
REFUSED = "Only an administrator of this group can do that. Nothing has changed."
ASK_IN_PRIVATE = "Please ask me in a private chat, so that not everybody here gets the answer."


async def channel_of(town: Town) -> tuple[Group, GroupMember, GroupMember]:
    """Found a channel that Ann runs and Ben reads."""
    channel = found(town, ANN, "channel", title="Plant news")
    return channel, await member(town, channel, ANN), await member(town, channel, BEN)


async def test_a_channel_is_set_up_with_a_post_and_gets_its_alerts(town: Town) -> None:
    """A post /subscribe and an administrator's presses put the channel on the roll; nobody is greeted before that."""
    channel, ann, ben = await channel_of(town)
    await town.settled()
    assert bot_said(channel) == []
    await subscribe_group(ann, "Aviation", region="London")
    entry = await standing(town, channel.id, "active")
    assert (entry.kind, entry.profile.name, entry.set_up_by) == ("channel", "Plant news", ANN)
    assert (entry.profile.sectors, entry.profile.regions) == (("aviation",), ("london",))
    await town.domain.desk.issue(content("Gate closed"), origin="test")
    shown = await ben.reads("ADVISORY: Gate closed")
    assert ben.buttons(shown) == ["How to report", "Threat level now"]
    assert sum("Gate closed" in text for text in bot_said(channel)) == 1


async def test_a_reader_cannot_press_on_the_way(town: Town) -> None:
    """The buttons of the setting up are refused to readers and change nothing; the administrator's still work."""
    channel, ann, ben = await channel_of(town)
    asked = await ask(ann, "/subscribe", "Security alerts for this group")
    for label in ("I agree", "No, thank you"):
        await ben.press(label)
        assert ben.notices[-1] == REFUSED
    assert ann.messages[asked["message_id"]] == asked
    assert await town.domain.roll.everybody() == []
    for label in ("I agree", "Aviation", "Done", "All regions", "Confirm"):
        await ann.press(label)
    await standing(town, channel.id, "active")
    await ask(ann, "/unsubscribe", "Stop all alerts?")
    await ben.press("Yes, stop all alerts")
    assert ben.notices[-1] == REFUSED
    await standing(town, channel.id, "active")


async def test_a_readers_question_never_makes_the_bot_post(town: Town) -> None:
    """The buttons under an alert send a reader to a private chat; pressed by an administrator they answer in a post."""
    channel, ann, ben = await channel_of(town)
    await subscribe_group(ann, "Aviation")
    await town.domain.desk.issue(content("Gate closed"), origin="test")
    await ben.reads("ADVISORY: Gate closed")
    before, posts = bot_said(channel), len(town.calls("sendMessage"))
    for label in ("Threat level now", "How to report"):
        await ben.press(label)
        assert ben.notices[-1] == ASK_IN_PRIVATE
    for data in ("cmd:help", "rep:bomb", "rep:list"):
        await ben.press_data(ben.newest, data)
        assert ben.notices[-1] == ASK_IN_PRIVATE
    await town.settled()
    assert bot_said(channel) == before
    assert len(town.calls("sendMessage")) == posts
    await ann.press("Threat level now")
    await ben.reads("The threat level now")


async def test_other_posts_stay_unanswered(town: Town) -> None:
    """What is posted in a channel is no question to the bot, unless it is a command that the bot knows."""
    channel, ann, _ = await channel_of(town)
    for text in ("Lunch is at one", "there is a bomb", "/threat@other_bot", "/nonsense", "Try /threat"):
        await ann.say(text)
    await town.settled()
    assert bot_said(channel) == []
    await ask(ann, "/compose", "That works in a private chat with me only.")
