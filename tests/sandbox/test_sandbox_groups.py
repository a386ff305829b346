"""Groups, supergroups and channels, over the Bot API."""

from typing import Any

import pytest
from sandbox_doors import BOT_ID, BotCaller, Clock

from bot.sandbox import ApiError, Sandbox, World
from bot.sandbox.groups import Group, Kind

ANN, BEN, CAT = 11, 12, 13


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """A sandbox with three people."""
    for account, name in ((ANN, "Ann"), (BEN, "Ben"), (CAT, "Cat")):
        sandbox.world.add_account(id=account, first_name=name)
    return sandbox.world


def founded(world: World, kind: Kind = "supergroup", *, with_bot: bool = True, **rights: bool) -> Group:
    """A group of Ann's with Ben and maybe the bot in it, and nothing waiting for the bot."""
    group = world.add_group(title="Plant", kind=kind, creator=ANN)
    world.add_member(group, BEN)
    if with_bot:
        world.add_bot(group, BOT_ID, **rights)
        world.bots[BOT_ID].updates.clear()
    return group


def heard(world: World, bot: int = BOT_ID) -> list[dict[str, Any]]:
    """What waits for a bot, which forgets it."""
    queue = world.bots[bot].updates
    updates = queue.read(0, 100, world.now())
    queue.clear()
    return updates


def texts(world: World, bot: int = BOT_ID) -> list[str]:
    """The texts that wait for a bot."""
    return [update["message"]["text"] for update in heard(world, bot)]


# ---- Members


@pytest.mark.parametrize(("kind", "below"), [("group", 0), ("supergroup", -(10**12)), ("channel", -(10**12))])
async def test_ids_tell_the_kind(world: World, kind: Kind, below: int) -> None:
    """A group's id is negative, a supergroup's and a channel's starts with -100."""
    group = world.add_group(title="Plant", kind=kind, creator=ANN)
    assert group.id < below
    assert (group.id > -(10**12)) == (kind == "group")
    assert world.add_group(title="Plant", kind=kind, creator=ANN).id != group.id


async def test_a_bot_hears_of_every_change_of_its_own(world: World) -> None:
    """Added, promoted, demoted, restricted, removed, allowed back: each is one my_chat_member with old and new."""
    group = founded(world, with_bot=False)
    world.add_bot(group, BOT_ID)
    world.promote(group, BOT_ID)
    world.demote(group, BOT_ID)
    world.restrict(group, BOT_ID)
    world.lift(group, BOT_ID)
    world.remove_bot(group, BOT_ID)
    world.lift(group, BOT_ID)
    changes = [update["my_chat_member"] for update in heard(world) if "my_chat_member" in update]
    assert [(change["old_chat_member"]["status"], change["new_chat_member"]["status"]) for change in changes] == [
        ("left", "member"),
        ("member", "administrator"),
        ("administrator", "member"),
        ("member", "restricted"),
        ("restricted", "member"),
        ("member", "kicked"),
        ("kicked", "left"),
    ]
    assert all((change["from"]["id"], change["chat"]["id"]) == (ANN, group.id) for change in changes)


async def test_a_group_says_who_comes_and_goes(world: World) -> None:
    """Joining and leaving are messages that every bot hears, the one that is removed for the last time."""
    group = founded(world, "group", with_bot=False)
    world.add_bot(group, BOT_ID)
    world.add_member(group, CAT, by=CAT)
    world.remove_member(group, CAT, by=CAT)
    world.remove_member(group, BEN)
    world.remove_bot(group, BOT_ID, by=ANN)
    said = [update["message"] for update in heard(world) if "message" in update]
    assert [[user["id"] for user in message.get("new_chat_members", ())] for message in said[:2]] == [[BOT_ID], [CAT]]
    assert [message["left_chat_member"]["id"] for message in said[2:]] == [CAT, BEN, BOT_ID]
    assert [message["from"]["id"] for message in said] == [ANN, CAT, CAT, ANN, ANN]
    world.say(world.chat(ANN, group.id), "/help")
    assert heard(world) == []


async def test_only_those_with_the_right_change_members(world: World) -> None:
    """A plain member neither removes nor promotes, nobody touches the creator, and strangers do nothing at all."""
    group = founded(world)
    attempts = [
        lambda: world.remove_member(group, BOT_ID, by=BEN),
        lambda: world.promote(group, BOT_ID, by=BEN),
        lambda: world.demote(group, ANN),
        lambda: world.restrict(group, ANN),
        lambda: world.add_bot(group, 77, by=-1),
    ]
    for attempt in attempts:
        with pytest.raises(ApiError) as refusal:
            attempt()
        assert refusal.value.code in (404, 409)
    with pytest.raises(ApiError, match="There is no right can_fly here"):
        world.promote(group, BOT_ID, can_fly=True)
    with pytest.raises(ApiError, match="Only in a supergroup"):
        world.restrict(founded(world, "group"), BOT_ID)


async def test_members_as_bots_see_them(world: World, bot: BotCaller) -> None:
    """GetChatMember, getChatAdministrators and getChatMemberCount tell the real state."""
    group = founded(world)
    world.add_bot(group, 77, can_delete_messages=False)
    world.add_member(group, CAT)
    world.restrict(group, CAT, can_send_messages=False)

    async def status(user: int) -> Any:
        return (await bot.ok("getChatMember", chat_id=group.id, user_id=user))["status"]

    assert [await status(user) for user in (ANN, BEN, CAT, 77)] == ["creator", "member", "restricted", "administrator"]
    world.remove_member(group, CAT)
    assert await status(CAT) == "kicked"
    assert await bot.ok("getChatMemberCount", chat_id=group.id) == 4
    administrators = await bot.ok("getChatAdministrators", chat_id=group.id)
    assert [member["user"]["id"] for member in administrators] == [ANN]
    administrators = await bot.ok("getChatAdministrators", chat_id=group.id, return_bots=True)
    assert [member["user"]["id"] for member in administrators] == [ANN, 77]
    assert administrators[1]["can_delete_messages"] is False
    chat = await bot.ok("getChat", chat_id=group.id)
    assert (chat["type"], chat["title"], chat["permissions"]["can_send_messages"]) == ("supergroup", "Plant", True)


# ---- What bots hear


@pytest.mark.parametrize(
    ("text", "is_heard"),
    [
        ("hello", False),
        ("/help", True),
        ("/help@sandbox_4242_bot now", True),
        ("/help@SANDBOX_4242_BOT", True),
        ("/help@sandbox_77_bot", False),
        ("do /help me", False),
        ("ask @sandbox_4242_bot!", True),
        ("ask @sandbox_4242_bottle", False),
    ],
)
@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_privacy_mode(world: World, kind: Kind, text: str, *, is_heard: bool) -> None:
    """A bot that is no administrator hears commands for it or for any bot, and its own name; one that is hears all."""
    group = founded(world, kind)
    world.say(world.chat(BEN, group.id), text)
    assert texts(world) == [text] * is_heard
    world.promote(group, BOT_ID)
    heard(world)
    world.say(world.chat(BEN, group.id), text)
    assert texts(world) == [text]


async def test_answers_to_a_bot_reach_that_bot(world: World, bot: BotCaller) -> None:
    """A reply to a bot's message is heard by this bot and by no other."""
    group = founded(world)
    world.add_bot(group, 77)
    heard(world), heard(world, 77)
    sent = await bot.ok("sendMessage", chat_id=group.id, text="Who is on duty?")
    world.say(world.chat(BEN, group.id), "I am", reply_to=sent["message_id"])
    assert texts(world, 77) == []
    (update,) = heard(world)
    assert update["message"]["reply_to_message"]["message_id"] == sent["message_id"]


async def test_anonymous_administrators(world: World) -> None:
    """What one writes comes from the group and from GroupAnonymousBot; a plain member cannot."""
    group = founded(world)
    world.promote(group, BEN, is_anonymous=True)
    ben = world.chat(BEN, group.id)
    world.say(ben, "/help")
    (update,) = heard(world)
    assert update["message"]["sender_chat"] == {"id": group.id, "title": "Plant", "type": "supergroup"}
    assert update["message"]["from"] == {
        "id": 1087968824,
        "is_bot": True,
        "first_name": "Group",
        "username": "GroupAnonymousBot",
    }
    world.say(ben, "/help", anonymous=False)
    assert heard(world)[0]["message"]["from"]["id"] == BEN
    world.demote(group, BEN)
    with pytest.raises(ApiError, match="Only an administrator"):
        world.say(ben, "/help", anonymous=True)


async def test_presses_come_from_the_real_account(world: World, bot: BotCaller) -> None:
    """Also those of an anonymous administrator, to the bot whose message it is, with the group as the chat."""
    group = founded(world)
    world.add_bot(group, 77)
    world.promote(group, BEN, is_anonymous=True)
    heard(world), heard(world, 77)
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = await bot.ok("sendMessage", chat_id=group.id, text="Go?", reply_markup=keyboard)
    world.press(world.chat(BEN, group.id), sent["message_id"], "go")
    assert heard(world, 77) == []
    (update,) = heard(world)
    query = update["callback_query"]
    assert (query["from"]["id"], query["message"]["chat"]["id"], query["data"]) == (BEN, group.id, "go")
    assert await bot.ok("answerCallbackQuery", callback_query_id=query["id"]) is True
    said = world.say(world.chat(BEN, group.id), "hi")
    with pytest.raises(ApiError, match="No bot of this group"):
        world.press(world.chat(BEN, group.id), said.message_id, "go")


async def test_channels(world: World, bot: BotCaller) -> None:
    """Only administrators post; a post has the channel for its sender and no `from`, the bot's own as well."""
    channel = founded(world, "channel")
    world.say(world.chat(ANN, channel.id), "News")
    (update,) = heard(world)
    post = update["channel_post"]
    assert (post["sender_chat"]["id"], "from" in post, post["text"]) == (channel.id, False, "News")
    with pytest.raises(ApiError, match="may not write here"):
        world.say(world.chat(BEN, channel.id), "News")
    sent = await bot.ok("sendMessage", chat_id=channel.id, text="More news")
    assert (sent["sender_chat"]["id"], "from" in sent) == (channel.id, False)
    assert (await bot.ok("editMessageText", chat_id=channel.id, message_id=sent["message_id"], text="x"))["text"] == "x"
    assert "new_chat_members" not in str([message.for_bot() for message in channel.messages.values()])


# ---- What bots may do


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_a_bot_that_is_not_there(world: World, bot: BotCaller, kind: Kind) -> None:
    """Never been there, left, and removed have each their own words."""
    group = founded(world, kind, with_bot=False)
    call: dict[str, Any] = {"chat_id": group.id, "text": "x"}
    assert await bot.refused("sendMessage", **call) == "Bad Request: chat not found"
    world.add_bot(group, BOT_ID)
    await bot.ok("sendMessage", **call)
    assert await bot.ok("leaveChat", chat_id=group.id) is True
    assert await bot.refused("sendMessage", **call) == f"Forbidden: bot is not a member of the {kind} chat"
    world.add_bot(group, BOT_ID)
    world.remove_bot(group, BOT_ID)
    assert await bot.refused("sendMessage", **call) == f"Forbidden: bot was kicked from the {kind} chat"
    assert await bot.refused("getChat", chat_id=group.id) == f"Forbidden: bot was kicked from the {kind} chat"


async def test_a_bot_without_the_right_to_write(world: World, bot: BotCaller) -> None:
    """A restricted one in a supergroup and one that may not post in a channel are refused, in Telegram's words."""
    group = founded(world)
    world.restrict(group, BOT_ID, can_send_messages=False)
    refusal = await bot.refused("sendMessage", chat_id=group.id, text="x")
    assert refusal == "Bad Request: not enough rights to send text messages to the chat"
    world.lift(group, BOT_ID)
    await bot.ok("sendMessage", chat_id=group.id, text="x")
    channel = founded(world, "channel", can_post_messages=False)
    refusal = await bot.refused("sendMessage", chat_id=channel.id, text="x")
    assert refusal == "Bad Request: need administrator rights in the channel chat"
    world.promote(channel, BOT_ID, can_post_messages=True)
    await bot.ok("sendMessage", chat_id=channel.id, text="x")
    world.demote(channel, BOT_ID)
    assert await bot.refused("sendMessage", chat_id=channel.id, text="x") == refusal
    list_refusal = await bot.refused("getChatAdministrators", chat_id=channel.id)
    assert list_refusal == "Bad Request: member list is inaccessible"


async def test_rights_for_each_kind_of_content(world: World, bot: BotCaller) -> None:
    """A bot that may send text alone is refused pictures and documents, each in words of its own."""
    group = founded(world)
    world.restrict(group, BOT_ID, can_send_messages=True, can_send_photos=False, can_send_documents=False)
    await bot.ok("sendMessage", chat_id=group.id, text="x")
    refusal = await bot.refused("sendPhoto", chat_id=group.id, photo="x")
    assert refusal == "Bad Request: not enough rights to send photos to the chat"
    refusal = await bot.refused("sendDocument", chat_id=group.id, document="x")
    assert refusal == "Bad Request: not enough rights to send documents to the chat"


async def test_deleting_in_a_group(world: World, bot: BotCaller) -> None:
    """A bot deletes its own messages, and others' if it is an administrator who may."""
    group = founded(world)
    own = await bot.ok("sendMessage", chat_id=group.id, text="x")
    other = world.say(world.chat(BEN, group.id), "y")
    call = {"chat_id": group.id, "message_id": other.message_id}
    assert await bot.ok("deleteMessage", chat_id=group.id, message_id=own["message_id"]) is True
    assert await bot.refused("deleteMessage", **call) == "Bad Request: message can't be deleted"
    assert await bot.refused("editMessageText", text="z", **call) == "Bad Request: message can't be edited"
    world.promote(group, BOT_ID)
    assert await bot.ok("deleteMessage", **call) is True


async def test_twenty_messages_a_minute(world: World, bot: BotCaller, clock: Clock) -> None:
    """A group takes 20 messages of a bot a minute and one of jitter; each bot and each group has its own count."""
    group, other = founded(world), founded(world)
    for _ in range(21):
        await bot.ok("sendMessage", chat_id=group.id, text="x")
        clock.now += 1
    answer = await bot("sendMessage", chat_id=group.id, text="x")
    assert (answer["error_code"], answer["parameters"]["retry_after"]) == (429, 39)
    await bot.ok("sendMessage", chat_id=other.id, text="x")
    clock.now += 39
    await bot.ok("sendMessage", chat_id=group.id, text="x")


# ---- Migration


async def test_a_group_becomes_a_supergroup(world: World, bot: BotCaller) -> None:
    """Members keep their places, both chats say it, and the old id is refused with the new one from then on."""
    group = founded(world, "group")
    world.promote(group, BEN)
    heard(world)
    heir = world.migrate(group)
    came, gone, arrived = heard(world)
    assert came["my_chat_member"]["chat"]["id"] == heir.id
    assert (gone["message"]["chat"]["id"], gone["message"]["migrate_to_chat_id"]) == (group.id, heir.id)
    assert (arrived["message"]["chat"]["id"], arrived["message"]["migrate_from_chat_id"]) == (heir.id, group.id)
    assert heir.id < -(10**12)
    assert [(seat.user.id, seat.status) for seat in heir.members()] == [
        (ANN, "creator"),
        (BEN, "administrator"),
        (BOT_ID, "member"),
    ]
    answer = await bot("sendMessage", chat_id=group.id, text="x")
    assert answer == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": heir.id},
    }
    await bot.ok("sendMessage", chat_id=heir.id, text="x")
    assert [chat.id for chat in world.chats(ANN)][2:] == [heir.id]
    for old in (group, heir):
        with pytest.raises(ApiError, match="Only a plain group"):
            world.migrate(old)
