"""Every answer and every update of the sandbox, as python-telegram-bot reads it over real HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import telegram
from sandbox_doors import BOT_ID, TOKEN, Clock
from sandbox_pictures import png
from telegram.request import HTTPXRequest, RequestData

from bot.sandbox import Limits, Sandbox, World
from bot.sandbox.chats import Chat
from bot.sandbox.groups import KINDS, Group, Seat
from bot.sandbox.methods import METHODS
from bot.sandbox.updates import KINDS as UPDATE_KINDS

ANN, BEN = 1001, 1002
CHATS = ("private", *KINDS)

KEYBOARD = telegram.InlineKeyboardMarkup.from_row(
    [
        telegram.InlineKeyboardButton("Seen", callback_data="seen"),
        telegram.InlineKeyboardButton("More", url="https://example.org/more"),
    ]
)


class Listening(HTTPXRequest):
    """The library's own client, which keeps what came last."""

    payload = b""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *timeouts: Any, **named: Any
    ) -> tuple[int, bytes]:
        """Do the request and keep its answer."""
        status, self.payload = await super().do_request(url, method, request_data, *timeouts, **named)
        return status, self.payload

    @property
    def result(self) -> Any:
        """The answer's result as the sandbox wrote it."""
        return orjson.loads(self.payload)["result"]


@dataclass
class Stage:
    """A chat of one kind with the bot in it, where a method is tried out."""

    bot: telegram.Bot
    heard: Listening
    world: World
    place: Chat | Seat

    @property
    def chat_id(self) -> int:
        """What the bot calls the chat."""
        return self.place.id

    async def sent(self) -> telegram.Message:
        """A text of the bot with buttons."""
        return await self.bot.send_message(self.chat_id, "before", reply_markup=KEYBOARD)

    async def pictured(self) -> telegram.Message:
        """A picture of the bot."""
        return await self.bot.send_photo(self.chat_id, png(1600, 900), "before", reply_markup=KEYBOARD)


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    """A sandbox with two bots that may send as fast as they like, and two people."""
    limits = Limits(bot_per_second=10_000, chat_per_second=10_000, group_per_minute=10_000)
    made = Sandbox(clock=clock, limits=limits, tokens={TOKEN: "Cascade", "77:another-token": "Other"})
    made.world.add_account(id=ANN, first_name="Ann", last_name="Other", username="ann_other")
    made.world.add_account(id=BEN, first_name="Ben")
    return made


def founded(world: World, kind: str, **rights: bool) -> Group:
    """A group of Ann's with Ben and the bot in it."""
    group = world.add_group(title="Plant", kind=kind, creator=ANN)  # type: ignore[arg-type]
    world.add_member(group, BEN)
    world.add_bot(group, BOT_ID, **rights)
    return group


def placed(world: World, kind: str) -> Chat | Seat:
    """Ann's chat of a kind with the bot in it, an administrator, and nothing waiting for the bot."""
    place = world.chat(ANN, BOT_ID)
    assert isinstance(place, Chat)
    world.say(place, "/start")
    if kind != "private":
        place = world.chat(ANN, founded(world, kind, can_delete_messages=True).id)
    world.bots[BOT_ID].updates.clear()
    return place


@pytest.fixture
async def heard() -> Listening:
    """The client of the library's bot."""
    return Listening()


@pytest.fixture
async def ptb(address: str, heard: Listening) -> AsyncIterator[telegram.Bot]:
    """The library's bot, whose answers are kept besides."""
    bot = telegram.Bot(TOKEN, base_url=f"{address}/bot", request=heard, get_updates_request=heard)
    async with bot:
        yield bot


def parts(read: Any) -> Iterator[telegram.TelegramObject]:
    """Every object of the library in what it has read, however deep."""
    if isinstance(read, list | tuple):
        for one in read:
            yield from parts(one)
    elif isinstance(read, telegram.TelegramObject):
        yield read
        for slot in {name for kind in type(read).__mro__ for name in getattr(kind, "__slots__", ())}:
            if not slot.startswith("_"):
                yield from parts(getattr(read, slot, None))


def written(read: Any) -> Any:
    """What the library has read, as JSON again."""
    if isinstance(read, list | tuple):
        return [written(one) for one in read]
    return read.to_dict() if isinstance(read, telegram.TelegramObject) else read


def lost(raw: Any, again: Any, where: str = "") -> list[str]:
    """Where something that the sandbox wrote does not come back, and where the library adds more than a False."""
    if isinstance(raw, dict) and isinstance(again, dict):
        added = [f"{where}.{name}" for name in again.keys() - raw.keys() if again[name] is not False]
        return added + [place for name in raw for place in lost(raw[name], again.get(name), f"{where}.{name}")]
    if isinstance(raw, list) and isinstance(again, list) and len(raw) == len(again):
        return [place for index in range(len(raw)) for place in lost(raw[index], again[index], f"{where}[{index}]")]
    if where == ".file_path":  # which the library makes an address of
        return [] if again.endswith(f"/file/bot{TOKEN}/{raw}") else [where]
    return [] if raw == again or (raw == [] and again is None) else [where]


def check_read(read: Any, raw: Any) -> None:
    """Hold what the library made of an answer against the answer: nothing is strange to it, nothing was lost."""
    assert {name for part in parts(read) for name in part.api_kwargs} == set()
    assert lost(raw, written(read)) == []


# ---- Methods: each function calls one and checks what came; the answer is read back by the test itself.


async def _answer_callback_query(stage: Stage) -> bool:
    press = stage.world.press(stage.place, (await stage.sent()).message_id, "seen")
    return await stage.bot.answer_callback_query(press, "Noted", show_alert=True)


async def _copy_message(stage: Stage) -> telegram.MessageId:
    picture = await stage.pictured()
    copied = await stage.bot.copy_message(stage.chat_id, stage.chat_id, picture.message_id, caption="after")
    copy = stage.place.messages[copied.message_id]
    assert (copy.caption, copy.media, copy.origin) == ("after", stage.place.messages[picture.message_id].media, None)
    return copied


async def _delete_message(stage: Stage) -> bool:
    sent = await stage.sent()
    done = await stage.bot.delete_message(stage.chat_id, sent.message_id)
    assert sent.message_id not in stage.place.messages
    return done


async def _edit_message_caption(stage: Stage) -> telegram.Message | bool:
    picture = await stage.pictured()
    edited = await picture.edit_caption("<b>after</b>", parse_mode="HTML", show_caption_above_media=True)
    assert isinstance(edited, telegram.Message)
    assert (edited.caption_html, edited.show_caption_above_media) == ("<b>after</b>", True)
    assert (edited.photo, edited.reply_markup, edited.edit_date) == (picture.photo, None, edited.date)
    return edited


async def _edit_message_reply_markup(stage: Stage) -> telegram.Message | bool:
    sent = await stage.bot.send_message(stage.chat_id, "before")
    edited = await sent.edit_reply_markup(KEYBOARD)
    assert isinstance(edited, telegram.Message)
    assert (edited.text, edited.reply_markup, edited.message_id) == ("before", KEYBOARD, sent.message_id)
    return edited


async def _edit_message_text(stage: Stage) -> telegram.Message | bool:
    sent = await stage.sent()
    edited = await sent.edit_text("<i>after</i>", parse_mode="HTML", reply_markup=KEYBOARD)
    assert isinstance(edited, telegram.Message)
    assert (edited.text_html, edited.reply_markup, edited.edit_date) == ("<i>after</i>", KEYBOARD, edited.date)
    return edited


async def _forward_message(stage: Stage) -> telegram.Message:
    said = stage.world.say(stage.place, "/status")
    forwarded = await stage.bot.forward_message(stage.chat_id, stage.chat_id, said.message_id, protect_content=True)
    assert (forwarded.text, forwarded.chat.id, forwarded.has_protected_content) == ("/status", stage.chat_id, True)
    origin = telegram.MessageOriginChannel if forwarded.chat.type == "channel" else telegram.MessageOriginUser
    assert isinstance(forwarded.forward_origin, origin)
    return forwarded


async def _get_chat(stage: Stage) -> telegram.ChatFullInfo:
    full = await stage.bot.get_chat(stage.chat_id)
    kind = "private" if isinstance(stage.place, Chat) else stage.place.group.kind
    assert (full.id, full.type) == (stage.chat_id, kind)
    assert (full.permissions is not None) == (kind in ("group", "supergroup"))
    return full


async def _get_chat_administrators(stage: Stage) -> tuple[telegram.ChatMember, ...]:
    members = await stage.bot.get_chat_administrators(stage.chat_id)
    assert [(type(member), member.user.id) for member in members] == [
        (telegram.ChatMemberOwner, ANN),
        (telegram.ChatMemberAdministrator, BOT_ID),
    ]
    return members


async def _get_chat_member(stage: Stage) -> telegram.ChatMember:
    member = await stage.bot.get_chat_member(stage.chat_id, ANN)
    assert (member.user.full_name, member.user.username, member.user.language_code) == ("Ann Other", "ann_other", "en")
    return member


async def _get_chat_member_count(stage: Stage) -> int:
    count = await stage.bot.get_chat_member_count(stage.chat_id)
    assert count == (2 if isinstance(stage.place, Chat) else 3)
    return count


async def _leave_chat(stage: Stage) -> bool:
    done = await stage.bot.leave_chat(stage.chat_id)
    assert isinstance(stage.place, Seat)
    assert stage.place.group.bots() == []
    return done


async def _send_chat_action(stage: Stage) -> bool:
    return await stage.bot.send_chat_action(stage.chat_id, "typing")


async def _send_document(stage: Stage) -> telegram.Message:
    sent = await stage.bot.send_document(
        stage.chat_id, b"a,b\n", "<u>The</u> list", filename="list.csv", parse_mode="HTML"
    )
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.mime_type, sent.document.file_size) == ("list.csv", "text/csv", 4)
    assert (sent.caption_html, sent.chat.id) == ("<u>The</u> list", stage.chat_id)
    return sent


async def _send_message(stage: Stage) -> telegram.Message:
    before = await stage.sent()
    sent = await stage.bot.send_message(
        stage.chat_id,
        '<b>Hi</b> 🚨 <a href="https://example.org/">there</a> /help',
        "HTML",
        reply_markup=KEYBOARD,
        protect_content=True,
        link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
        reply_parameters=telegram.ReplyParameters(before.message_id),
    )
    assert [(entity.type, sent.parse_entity(entity)) for entity in sent.entities] == [
        ("bold", "Hi"),
        ("text_link", "there"),
        ("bot_command", "/help"),
    ]
    assert (sent.chat.id, sent.reply_markup, sent.has_protected_content) == (stage.chat_id, KEYBOARD, True)
    assert sent.message_id > before.message_id
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.message_id == before.message_id
    assert sent.link_preview_options == telegram.LinkPreviewOptions(is_disabled=True)
    assert (sent.from_user is None) == (sent.chat.type == "channel") == (sent.sender_chat is not None)
    return sent


async def _send_photo(stage: Stage) -> telegram.Message:
    sent = await stage.bot.send_photo(stage.chat_id, png(1600, 900), "<b>Road</b>", parse_mode="HTML", has_spoiler=True)
    assert [(size.width, size.height) for size in sent.photo] == [(90, 51), (320, 180), (800, 450), (1280, 720)]
    assert (sent.caption_html, sent.has_media_spoiler, sent.chat.id) == ("<b>Road</b>", True, stage.chat_id)
    return sent


async def _delete_my_commands(stage: Stage) -> bool:
    await stage.bot.set_my_commands([("help", "Help")])
    done = await stage.bot.delete_my_commands()
    assert stage.world.bots[BOT_ID].menus.for_private_chat(ANN, "en") == []
    return done


async def _delete_webhook(stage: Stage) -> bool:
    await stage.bot.set_webhook("https://bot.example/hook")
    done = await stage.bot.delete_webhook(drop_pending_updates=True)
    assert stage.world.bots[BOT_ID].updates.webhook is None
    return done


async def _get_file(stage: Stage) -> telegram.File:
    size = (await stage.pictured()).photo[-1]
    file = await stage.bot.get_file(size.file_id)
    assert (file.file_unique_id, file.file_size) == (size.file_unique_id, size.file_size)
    return file


async def _get_me(stage: Stage) -> telegram.User:
    me = await stage.bot.get_me()
    assert (me.id, me.first_name, me.is_bot, me.can_join_groups) == (BOT_ID, "Cascade", True, True)
    return me


async def _get_my_commands(stage: Stage) -> tuple[telegram.BotCommand, ...]:
    await stage.bot.set_my_commands([("help", "Help"), ("status", "Where things stand")])
    commands = await stage.bot.get_my_commands()
    assert commands == (telegram.BotCommand("help", "Help"), telegram.BotCommand("status", "Where things stand"))
    return commands


async def _get_my_description(stage: Stage) -> telegram.BotDescription:
    await stage.bot.set_my_description("Passes alerts on")
    described = await stage.bot.get_my_description()
    assert described.description == "Passes alerts on"
    return described


async def _get_my_name(stage: Stage) -> telegram.BotName:
    named = await stage.bot.get_my_name()
    assert named.name == "Cascade"
    return named


async def _get_my_short_description(stage: Stage) -> telegram.BotShortDescription:
    await stage.bot.set_my_short_description("Alerts")
    described = await stage.bot.get_my_short_description()
    assert described.short_description == "Alerts"
    return described


async def _get_updates(stage: Stage) -> tuple[telegram.Update, ...]:
    said = stage.world.say(stage.place, "/help")
    (update,) = await stage.bot.get_updates(timeout=5)
    assert update.effective_message is not None
    assert update.effective_message.message_id == said.message_id
    return (update,)


async def _get_webhook_info(stage: Stage) -> telegram.WebhookInfo:
    await stage.bot.set_webhook("https://bot.example/hook", max_connections=7, allowed_updates=["message"])
    webhook = stage.world.bots[BOT_ID].updates.webhook
    assert webhook is not None
    webhook.last_error_date, webhook.last_error_message = int(stage.world.now()), "Connection refused"
    info = await stage.bot.get_webhook_info()
    assert (info.url, info.max_connections, info.allowed_updates) == ("https://bot.example/hook", 7, ("message",))
    assert info.last_error_date is not None
    assert info.last_error_date.timestamp() == stage.world.now()
    return info


async def _set_my_commands(stage: Stage) -> bool:
    done = await stage.bot.set_my_commands([("help", "Help")], language_code="en")
    assert stage.world.bots[BOT_ID].menus.for_private_chat(ANN, "en") == [{"command": "help", "description": "Help"}]
    return done


async def _set_my_description(stage: Stage) -> bool:
    return await stage.bot.set_my_description("Passes alerts on")


async def _set_my_name(stage: Stage) -> bool:
    done = await stage.bot.set_my_name("Kaskade")
    assert stage.world.bots[BOT_ID].first_name == "Kaskade"
    return done


async def _set_my_short_description(stage: Stage) -> bool:
    return await stage.bot.set_my_short_description("Alerts")


async def _set_webhook(stage: Stage) -> bool:
    done = await stage.bot.set_webhook("https://bot.example/hook", secret_token="quiet")
    assert stage.world.bots[BOT_ID].updates.webhook is not None
    return done


Call = Callable[[Stage], Awaitable[Any]]
ALONE = ("private",)
# For each method what calls it, the library's class of its answer, and the kinds of chats in which it is tried.
CALLS: Mapping[str, tuple[Call, type[Any], tuple[str, ...]]] = {
    "answerCallbackQuery": (_answer_callback_query, bool, CHATS),
    "copyMessage": (_copy_message, telegram.MessageId, CHATS),
    "deleteMessage": (_delete_message, bool, CHATS),
    "deleteMyCommands": (_delete_my_commands, bool, ALONE),
    "deleteWebhook": (_delete_webhook, bool, ALONE),
    "editMessageCaption": (_edit_message_caption, telegram.Message, CHATS),
    "editMessageReplyMarkup": (_edit_message_reply_markup, telegram.Message, CHATS),
    "editMessageText": (_edit_message_text, telegram.Message, CHATS),
    "forwardMessage": (_forward_message, telegram.Message, CHATS),
    "getChat": (_get_chat, telegram.ChatFullInfo, CHATS),
    "getChatAdministrators": (_get_chat_administrators, tuple, KINDS),
    "getChatMember": (_get_chat_member, telegram.ChatMember, CHATS),
    "getChatMemberCount": (_get_chat_member_count, int, CHATS),
    "getFile": (_get_file, telegram.File, CHATS),
    "getMe": (_get_me, telegram.User, ALONE),
    "getMyCommands": (_get_my_commands, tuple, ALONE),
    "getMyDescription": (_get_my_description, telegram.BotDescription, ALONE),
    "getMyName": (_get_my_name, telegram.BotName, ALONE),
    "getMyShortDescription": (_get_my_short_description, telegram.BotShortDescription, ALONE),
    "getUpdates": (_get_updates, tuple, CHATS),
    "getWebhookInfo": (_get_webhook_info, telegram.WebhookInfo, ALONE),
    "leaveChat": (_leave_chat, bool, KINDS),
    "sendChatAction": (_send_chat_action, bool, CHATS),
    "sendDocument": (_send_document, telegram.Message, CHATS),
    "sendMessage": (_send_message, telegram.Message, CHATS),
    "sendPhoto": (_send_photo, telegram.Message, CHATS),
    "setMyCommands": (_set_my_commands, bool, ALONE),
    "setMyDescription": (_set_my_description, bool, ALONE),
    "setMyName": (_set_my_name, bool, ALONE),
    "setMyShortDescription": (_set_my_short_description, bool, ALONE),
    "setWebhook": (_set_webhook, bool, ALONE),
}


def test_every_method_has_its_call() -> None:
    """No method of the sandbox goes without being read, and none is listed that it has not."""
    assert CALLS.keys() == METHODS.keys() | {"getUpdates"}


@pytest.mark.parametrize(("method", "kind"), [(method, kind) for method, call in CALLS.items() for kind in call[2]])
async def test_an_answer_is_read_whole(
    ptb: telegram.Bot, heard: Listening, sandbox: Sandbox, method: str, kind: str
) -> None:
    """Every method's answer becomes the library's class, which knows every field of it and gives all of it back."""
    call, expected, _ = CALLS[method]
    result = await call(Stage(ptb, heard, sandbox.world, placed(sandbox.world, kind)))
    assert isinstance(result, expected)
    check_read(result, heard.result)


# ---- Updates: each function makes some happen, in the order in which the bot hears of them.


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


def test_every_kind_of_update_happens() -> None:
    """No kind of update that the sandbox makes goes without being read."""
    assert {kind for _, _, kind, _ in HAPPENINGS} == set(UPDATE_KINDS)


@pytest.mark.parametrize(
    ("happen", "place", "kind", "told"), HAPPENINGS, ids=[f"{each[0].__name__[1:]}-{each[1]}" for each in HAPPENINGS]
)
async def test_an_update_is_read_whole(
    ptb: telegram.Bot, heard: Listening, sandbox: Sandbox, happen: Happening, place: str, kind: str, told: list[str]
) -> None:
    """Every update becomes the library's objects, which know every field of it and give all of it back."""
    happen(sandbox.world, placed(sandbox.world, place))
    updates = await ptb.get_updates(timeout=5)
    check_read(updates, heard.result)
    assert kind in {name for raw in heard.result for name in raw}
    assert len(updates) == len(told)
    for update, names in zip(updates, told, strict=True):
        if update.my_chat_member is not None:
            assert ">".join(update.my_chat_member.difference().get("status", ("administrator",) * 2)) == names
            continue
        heard_of = update.callback_query or update.effective_message
        assert all(getattr(heard_of, name) for name in names.split())
