"""Groups at the door for people, their command menus, and their updates in the eyes of python-telegram-bot."""

import time
from typing import Any

import pytest
import telegram
from sandbox_doors import BOT_ID, BotCaller, PersonCaller

from bot.sandbox import Limits, Sandbox, World

ANN, BEN, CAT = 11, 12, 13


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """A sandbox with three people."""
    for account, name in ((ANN, "Ann"), (BEN, "Ben"), (CAT, "Cat")):
        sandbox.world.add_account(id=account, first_name=name)
    return sandbox.world


async def founded(people: PersonCaller, kind: str = "supergroup") -> int:
    """The id of a group of Ann's with Ben and the bot in it."""
    content = {"title": "Plant", "kind": kind, "creator": ANN, "members": [BEN], "bots": [BOT_ID]}
    made = await people.post("/client/groups", content)
    assert made.status == 201
    return int(made.json["id"])


def chat_of(account: int, group: int) -> str:
    """Where an account has a group."""
    return f"/client/accounts/{account}/chats/{group}"


async def test_a_group_stands_in_the_list_of_its_members(world: World, people: PersonCaller) -> None:
    """Under its own id, with title, kind and number of members; nobody else has it."""
    group = await founded(people)
    listed = (await people.get(f"/client/accounts/{BEN}/chats"))["chats"][-1]
    assert {name: listed[name] for name in ("peer", "kind", "title", "members", "status", "can_write")} == {
        "peer": group,
        "kind": "supergroup",
        "title": "Plant",
        "members": 3,
        "status": "member",
        "can_write": True,
    }
    assert listed["last"]["service"] == "Ann added Cascade"
    assert len((await people.get(f"/client/accounts/{CAT}/chats"))["chats"]) == 2
    assert (await people.get(chat_of(CAT, group)))["error"] == f"There is no chat {group}."


async def test_a_group_is_read_written_and_pressed(world: World, people: PersonCaller, bot: BotCaller) -> None:
    """Everybody reads who wrote what, and what the others wrote counts as unread."""
    group = await founded(people)
    await people.post(f"{chat_of(ANN, group)}/read")
    said = await people.post(f"{chat_of(BEN, group)}/messages", {"text": "/help"})
    assert said.status == 201
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = await bot.ok("sendMessage", chat_id=group, text="Go?", reply_markup=keyboard)
    reply = {"text": "yes", "reply_to": sent["message_id"]}
    assert (await people.post(f"{chat_of(BEN, group)}/messages", reply)).status == 201
    pressed = await people.post(f"{chat_of(ANN, group)}/presses", {"message_id": sent["message_id"], "data": "go"})
    assert pressed.status == 202
    chat = await people.get(chat_of(ANN, group))
    assert [message["from"]["name"] for message in chat["messages"][-3:]] == ["Ben", "Cascade", "Ben"]
    assert (await people.get(f"/client/accounts/{ANN}/chats"))["chats"][-1]["unread"] == 3
    updates = await bot.ok("getUpdates")
    assert [list(update)[1] for update in updates[-3:]] == ["message", "message", "callback_query"]
    refusal = await people.post(f"{chat_of(BEN, group)}/block")
    assert (refusal.status, refusal.json["error"]) == (409, "A group cannot be blocked.")


async def test_members_are_led_from_status_to_status(world: World, people: PersonCaller) -> None:
    """One request for each, for accounts and bots alike."""
    group = await founded(people)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("members", {"account": CAT}),
        ("members", {"account": CAT, "by": ANN, "status": "administrator", "rights": {"is_anonymous": True}}),
        ("members", {"account": CAT, "status": "member"}),
        ("members", {"account": CAT, "status": "restricted"}),
        ("members", {"account": CAT, "status": "member"}),
        ("members", {"account": CAT, "status": "kicked"}),
        ("members", {"account": CAT, "status": "left"}),
        ("members", {"account": CAT, "status": "administrator"}),
        ("members", {"account": CAT, "status": "left"}),
        ("bots", {"bot": 77, "status": "administrator"}),
        ("bots", {"bot": 77, "status": "kicked"}),
    ]
    for path, content in steps:
        answer = await people.post(f"/client/groups/{group}/{path}", content)
        assert answer.status == 200, answer.json
        user = content.get("account", content.get("bot"))
        assert world.group(group).seats[user].status == content.get("status", "member")
    shown = await people.get(f"/client/groups/{group}")
    assert [(member["name"], member["status"]) for member in shown["members"]] == [
        ("Ann", "creator"),
        ("Ben", "member"),
        ("Cascade", "member"),
    ]


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("", {"title": "x"}, 400),
        ("", {"title": " ", "creator": ANN}, 400),
        ("", {"title": "x", "creator": ANN, "kind": "forum"}, 400),
        ("", {"title": "x", "creator": ANN, "members": ["y"]}, 400),
        ("", {"title": "x", "creator": 9}, 404),
        ("", {"title": "x", "creator": ANN, "bots": [9]}, 404),
        ("/-5/members", {"account": BEN}, 404),
        ("/GROUP/members", {}, 400),
        ("/GROUP/members", {"account": BEN}, 409),
        ("/GROUP/members", {"account": BEN, "status": "king"}, 400),
        ("/GROUP/members", {"account": BEN, "status": "administrator", "rights": {"can_fly": True}}, 400),
        ("/GROUP/members", {"account": ANN, "status": "kicked"}, 409),
        ("/GROUP/members", {"account": CAT, "by": CAT, "status": "administrator"}, 409),
        ("/GROUP/migrate", {}, 409),
    ],
)
async def test_what_cannot_be_done_with_groups(
    world: World, people: PersonCaller, path: str, content: Any, status: int
) -> None:
    """Each refusal has a status and one sentence, and no half-made group stays behind."""
    path = path.replace("GROUP", str(await founded(people)))
    before = len(world.groups)
    answer = await people.post(f"/client/groups{path}", content)
    assert (answer.status, list(answer.json)) == (status, ["error"])
    assert len(world.groups) == before


async def test_pages_are_told_what_happens_in_a_group(world: World, people: PersonCaller, bot: BotCaller) -> None:
    """Messages, changes of members, menus and the move to a supergroup reach the streams of the members alone."""
    group = await founded(people, "group")
    ben, cat = world.events.follow(BEN), world.events.follow(CAT)
    await bot.ok("sendMessage", chat_id=group, text="x")
    await bot.ok("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    world.promote(world.group(group), BEN)
    moved = await people.post(f"/client/groups/{group}/migrate", {})
    told = [ben.waiting.get_nowait() for _ in range(ben.waiting.qsize())]
    assert [(kind, data["peer"]) for kind, data in told if data["peer"] != BOT_ID] == [
        ("message", group),
        ("commands", group),
        ("chat", group),
        ("message", group),
        ("message", moved.json["id"]),
        ("chat", group),
        ("chat", moved.json["id"]),
    ]
    assert all(data["peer"] == BOT_ID for _, data in (cat.waiting.get_nowait() for _ in range(cat.waiting.qsize())))
    assert (await people.get(chat_of(BEN, group)))["error"] == f"There is no chat {group}."


async def test_a_group_sees_the_narrowest_menu(world: World, people: PersonCaller, bot: BotCaller) -> None:
    """Of the seven scopes the narrowest that fits the member wins, and administrators are asked for on the way."""
    group = await founded(people)
    steps: list[tuple[dict[str, Any], dict[int, str]]] = [
        ({"type": "all_private_chats"}, {}),
        ({"type": "default"}, {ANN: "b", BEN: "b"}),
        ({"type": "all_group_chats"}, {ANN: "c", BEN: "c"}),
        ({"type": "all_chat_administrators"}, {ANN: "d", BEN: "c"}),
        ({"type": "chat", "chat_id": group}, {ANN: "e", BEN: "e"}),
        ({"type": "chat_administrators", "chat_id": group}, {ANN: "f", BEN: "e"}),
        ({"type": "chat_member", "chat_id": group, "user_id": BEN}, {ANN: "f", BEN: "g"}),
    ]
    for name, (scope, seen) in zip("abcdefg", steps, strict=True):
        await bot.ok("setMyCommands", commands=[{"command": name, "description": "x"}], scope=scope)
        for account in (ANN, BEN):
            menu = (await people.get(chat_of(account, group)))["commands"]
            assert [command["command"] for command in menu] == list(seen.get(account, ""))
    world.add_bot(world.group(group), 77)
    menu = (await people.get(chat_of(BEN, group)))["commands"]
    assert [command["command"] for command in menu] == ["g@sandbox_4242_bot"]
    channel = await founded(people, "channel")
    refusal = await bot.refused("setMyCommands", commands=[], scope={"type": "chat", "chat_id": channel})
    assert refusal == "Bad Request: can't change commands in channel chats"


async def test_a_well_known_library_reads_every_update(world: World, people: PersonCaller, bot: BotCaller) -> None:
    """python-telegram-bot makes its own objects of each kind of update that groups bring, with the right fields."""
    plain = world.group(await founded(people, "group"))
    heir = world.migrate(plain)
    world.promote(heir, BOT_ID, can_pin_messages=False)
    world.say(world.chat(ANN, heir.id), "quiet", anonymous=True)
    world.restrict(heir, BOT_ID)
    world.remove_bot(heir, BOT_ID)
    channel = world.group(await founded(people, "channel"))
    world.say(world.chat(ANN, channel.id), "News")
    updates = [telegram.Update.de_json(update, None) for update in await bot.ok("getUpdates")]
    members = [update.my_chat_member for update in updates if update.my_chat_member]
    assert [type(change.new_chat_member) for change in members] == [
        telegram.ChatMemberMember,
        telegram.ChatMemberMember,
        telegram.ChatMemberAdministrator,
        telegram.ChatMemberRestricted,
        telegram.ChatMemberBanned,
        telegram.ChatMemberAdministrator,
    ]
    assert members[2].new_chat_member.can_pin_messages is False
    assert members[2].new_chat_member.can_post_messages is None
    assert members[3].new_chat_member.can_send_messages is False
    assert members[5].new_chat_member.can_post_messages is True
    messages = [update.message for update in updates if update.message]
    assert messages[0].new_chat_members[0].id == BOT_ID
    assert messages[1].migrate_to_chat_id == heir.id
    assert messages[2].migrate_from_chat_id == plain.id
    assert messages[2].chat.type == telegram.Chat.SUPERGROUP
    assert (messages[3].text, messages[3].from_user.username) == ("quiet", "GroupAnonymousBot")
    assert messages[3].sender_chat.id == heir.id
    assert messages[4].left_chat_member.id == BOT_ID
    post = updates[-1].channel_post
    assert (post.text, post.from_user, post.sender_chat.type) == ("News", None, telegram.Chat.CHANNEL)
    chat = telegram.ChatFullInfo.de_json(await bot.ok("getChat", chat_id=channel.id), None)
    assert (chat.title, chat.type, chat.permissions) == ("Plant", "channel", None)


async def test_thousands_of_groups_are_made_at_once() -> None:
    """A thousand groups with a bot and three accounts each take less than two seconds."""
    world = Sandbox(limits=Limits(), tokens={"77:another-token": "Other"}).world
    accounts = [world.add_account(first_name=f"Account {number}").id for number in range(30)]
    begun = time.perf_counter()
    for number in range(1000):
        first, second, third = (accounts[(number + step) % 30] for step in range(3))
        group = world.add_group(title=f"Group {number}", kind="supergroup", creator=first)
        world.add_member(group, second)
        world.add_member(group, third)
        world.add_bot(group, 77)
    assert time.perf_counter() - begun < 2
    assert len(list(world.chats(accounts[0]))) == 101
