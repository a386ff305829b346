"""For each kind of update something that happens, and what the bot hears of it, in this order."""

from collections.abc import Callable

from sandbox_calls import BEN, CHATS
from sandbox_doors import BOT_ID
from sandbox_pictures import png

from bot.sandbox import World
from bot.sandbox.chats import Chat
from bot.sandbox.groups import Seat
from bot.sandbox.inline import answer_inline_query, ask_inline, choose_result


def _say_everything(world: World, place: Chat | Seat) -> None:
    first = world.say(place, "/help me", [{"type": "bold", "offset": 6, "length": 2}])
    world.say(place, "/answer", reply_to=first.message_id)
    world.say_sticker(place, "👍")
    world.say_photo(place, png(1600, 900), "/road", [{"type": "bold", "offset": 1, "length": 4}])
    world.say_document(place, b"a,b\n", "list.csv", caption="/list")
    world.forward(place, first)


def _press(world: World, place: Chat | Seat) -> None:
    for _ in range(2):
        keyboard = {"inline_keyboard": [[{"text": "Seen", "callback_data": "seen"}]]}
        bot = world.bots[BOT_ID]
        asked = world.add_message(world.chat_for(bot, place.id), bot, text="Seen?", reply_markup=keyboard)
        world.press(place, asked.message_id, "seen")


def _type_its_name(world: World, place: Chat | Seat) -> None:
    ask_inline(world, place, world.bots[BOT_ID], "level")


def _post_by_way_of_it(world: World, place: Chat | Seat) -> None:
    query = ask_inline(world, place, world.bots[BOT_ID], "level")
    given = {"type": "article", "id": "1", "title": "x", "input_message_content": {"message_text": "SEVERE"}}
    answer_inline_query(world, world.bots[BOT_ID], {"inline_query_id": query.id, "results": [given]})
    choose_result(world, place, query.id, "1")


def _say_anonymously(world: World, place: Chat | Seat) -> None:
    assert isinstance(place, Seat)
    world.forward(place, world.say(place, "/status", anonymous=True))
    world.forward(world.chat(BEN, place.id), world.say(place, "/status", anonymous=False))


def _block(world: World, place: Chat | Seat) -> None:
    world.set_blocked(place, blocked=True)
    world.set_blocked(place, blocked=False)


def _change_members(world: World, place: Chat | Seat) -> None:
    assert isinstance(place, Seat)
    group = place.group
    world.remove_bot(group, BOT_ID)
    world.lift(group, BOT_ID)
    world.add_bot(group, BOT_ID, administrator=True)
    world.promote(group, BOT_ID, can_promote_members=True, is_anonymous=True)
    if not group.is_channel:
        world.demote(group, BOT_ID)
        if group.kind == "supergroup":
            world.restrict(group, BOT_ID, can_send_messages=True)
            world.lift(group, BOT_ID)
        world.remove_member(group, BEN)
    world.remove_member(group, BOT_ID, by=BOT_ID)


def _migrate(world: World, place: Chat | Seat) -> None:
    assert isinstance(place, Seat)
    world.migrate(place.group)


Happening = Callable[[World, Chat | Seat], None]
SAID = ["entities", "entities reply_to_message", "sticker", "photo caption", "document caption", "forward_origin"]
IN_AND_OUT = ["administrator>kicked", "left_chat_member", "kicked>left", "left>administrator", "new_chat_members"]
CHANGES = "administrator>administrator"
# What happens, in which kind of chat, and what the bot hears of it: fields of a message, or a change of its own.
HAPPENINGS: tuple[tuple[Happening, str, str, list[str]], ...] = (
    *((_say_everything, kind, "message", SAID) for kind in ("private", "group", "supergroup")),
    (_say_everything, "channel", "channel_post", SAID),
    *((_press, kind, "callback_query", ["data", "data"]) for kind in CHATS),
    *((_type_its_name, kind, "inline_query", ["query chat_type from_user"]) for kind in CHATS),
    *((_post_by_way_of_it, kind, "message", ["query", "via_bot text"]) for kind in CHATS[:-1]),
    (_say_anonymously, "supergroup", "message", ["sender_chat", "forward_origin", "text", "forward_origin"]),
    (_block, "private", "my_chat_member", ["member>kicked", "kicked>member"]),
    (
        _change_members,
        "group",
        "my_chat_member",
        [*IN_AND_OUT, CHANGES, "administrator>member", "left_chat_member", "member>left"],
    ),
    (
        _change_members,
        "supergroup",
        "my_chat_member",
        [
            *IN_AND_OUT,
            CHANGES,
            "administrator>member",
            "member>restricted",
            "restricted>member",
            "left_chat_member",
            "member>left",
        ],
    ),
    (
        _change_members,
        "channel",
        "my_chat_member",
        ["administrator>kicked", "kicked>left", "left>administrator", CHANGES, "administrator>left"],
    ),
    (
        _migrate,
        "group",
        "message",
        ["left>administrator", "migrate_to_chat_id", "migrate_from_chat_id"],
    ),
)
