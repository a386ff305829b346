"""Messages that go on to another chat: by a bot, by a person, and not at all when they are protected."""

from typing import Any

import pytest
import telegram
from sandbox_doors import BotCaller, Clock, PersonCaller
from sandbox_pictures import png
from telegram.error import BadRequest

from bot.sandbox import ApiError, Limits, Sandbox
from bot.sandbox.chats import Chat

CHAT = "/client/accounts/1001/chats/4242"


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    """A sandbox whose bots may send as fast as they like."""
    limits = Limits(bot_per_second=10_000, chat_per_second=10_000)
    return Sandbox(clock=clock, limits=limits, tokens={"4242:sandbox-token": "Cascade", "77:another-token": "Other"})


@pytest.fixture
def ben(sandbox: Sandbox) -> Chat:
    """A second chat of the first bot."""
    account = sandbox.world.add_account(first_name="Ben", id=1002)
    chat = sandbox.world.chat(account.id, 4242)
    sandbox.world.say(chat, "/start")
    chat.bot.updates.clear()
    return chat


async def test_python_telegram_bot_forwards_and_copies(
    ptb: telegram.Bot, sandbox: Sandbox, ann: Chat, ben: Chat, clock: Clock
) -> None:
    """A forwarded message tells where it comes from, also when it is forwarded again; a copy does not."""
    said = sandbox.world.say_photo(ann, png(30, 30), "Look", [{"type": "bold", "offset": 0, "length": 4}])
    clock.now += 60
    forwarded = await ptb.forward_message(ben.id, ann.id, said.message_id)
    origin = forwarded.forward_origin
    assert isinstance(origin, telegram.MessageOriginUser)
    assert (origin.sender_user.id, origin.date.timestamp()) == (ann.id, clock.now - 60)
    assert (forwarded.caption_html, len(forwarded.photo)) == ("<b>Look</b>", 1)
    again = await ptb.forward_message(ann.id, ben.id, forwarded.message_id)
    assert again.forward_origin == origin
    copied = await ptb.copy_message(ben.id, ann.id, said.message_id)
    assert "forward_origin" not in ben.messages[copied.message_id].for_bot()
    assert ben.messages[copied.message_id].caption == "Look"


async def test_a_copy_may_have_another_caption_and_buttons(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """A caption that is given replaces the old one, also by nothing but blanks; a text stays as it is."""
    photo = sandbox.world.say_photo(ann, png(30, 30), "Look").message_id
    text = sandbox.world.say(ann, "some text").message_id
    keyboard = {"inline_keyboard": [[{"text": "Seen", "callback_data": "seen"}]]}

    async def copied(message_id: int, **params: Any) -> dict[str, Any]:
        given = {"chat_id": 1001, "from_chat_id": 1001, "message_id": message_id, **params}
        return ann.messages[(await bot.ok("copyMessage", **given))["message_id"]].for_bot()

    other = await copied(photo, caption="<i>New</i>", parse_mode="HTML", reply_markup=keyboard, protect_content=True)
    assert (other["caption"], other["caption_entities"][0]["type"], other["reply_markup"]) == (
        "New",
        "italic",
        keyboard,
    )
    assert other["has_protected_content"]
    assert "caption" not in await copied(photo, caption=" ")
    assert (await copied(text, caption="New"))["text"] == "some text"
    assert (await copied(text, reply_parameters={"message_id": text}))["reply_to_message"]["text"] == "some text"


async def test_protected_messages_stay_where_they_are(ptb: telegram.Bot, sandbox: Sandbox, ann: Chat) -> None:
    """Neither the bot nor the account can forward a protected message, and the bot cannot copy it."""
    sent = await ptb.send_message(ann.id, "for your eyes only", protect_content=True)
    assert sent.has_protected_content
    with pytest.raises(BadRequest, match="The message can't be forwarded"):
        await sent.forward(ann.id)
    with pytest.raises(BadRequest, match="The message can't be copied"):
        await sent.copy(ann.id)
    with pytest.raises(ApiError, match="This message cannot be forwarded"):
        sandbox.world.forward(ann, ann.messages[sent.message_id])


async def test_what_a_bot_forwards_can_be_protected(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """protect_content holds for the new message alone, and a forwarded message cannot be edited."""
    said = sandbox.world.say_document(ann, b"%PDF", "plan.pdf").message_id
    sent = await bot.ok("forwardMessage", chat_id=1001, from_chat_id=1001, message_id=said, protect_content=True)
    assert (sent["has_protected_content"], sent["document"]["file_name"]) == (True, "plan.pdf")
    assert not ann.messages[said].is_protected
    refusal = await bot.refused("editMessageCaption", chat_id=1001, message_id=sent["message_id"], caption="x")
    assert refusal == "Bad Request: message can't be edited"


@pytest.mark.parametrize(("method", "verb"), [("forwardMessage", "forward"), ("copyMessage", "copy")])
@pytest.mark.usefixtures("ann")
async def test_messages_that_are_not_there(bot: BotCaller, method: str, verb: str) -> None:
    """An unknown message or chat is refused in Telegram's words."""
    params = {"chat_id": 1001, "from_chat_id": 1001, "message_id": 99}
    assert await bot.refused(method, **params) == f"Bad Request: message to {verb} not found"
    assert await bot.refused(method, **{**params, "from_chat_id": 5}) == "Bad Request: chat not found"


async def test_forwarding_counts_against_the_rates(http: Any, clock: Clock) -> None:
    """A forwarded or copied message is a message like any other for the flood control."""
    strict = Sandbox(clock=clock, limits=Limits(chat_per_second=1, jitter=0), tokens={"4242:sandbox-token": "Cascade"})
    http.app = strict.app
    strict.world.add_account(first_name="Ann", id=1001)
    said = strict.world.say(strict.world.chat(1001, 4242), "x").message_id
    params = {"chat_id": 1001, "from_chat_id": 1001, "message_id": said}
    bot = BotCaller(http)
    await bot.ok("forwardMessage", **params)
    assert (await bot("forwardMessage", **params))["error_code"] == 429
    assert (await bot("copyMessage", **params))["error_code"] == 429


async def test_people_forward_to_the_bot(ptb: telegram.Bot, sandbox: Sandbox, ann: Chat) -> None:
    """What an account forwards arrives with its origin, and without the buttons that it had."""
    keyboard = telegram.InlineKeyboardMarkup.from_button(telegram.InlineKeyboardButton("Seen", callback_data="seen"))
    sent = await ptb.send_message(ann.id, "<b>Alert</b>", "HTML", reply_markup=keyboard)
    sandbox.world.forward(ann, ann.messages[sent.message_id])
    (update,) = await ptb.get_updates(timeout=5)
    assert update.message is not None
    assert isinstance(update.message.forward_origin, telegram.MessageOriginUser)
    assert update.message.forward_origin.sender_user == ptb.bot
    assert update.message.from_user is not None
    assert (update.message.from_user.id, update.message.text_html) == (ann.id, "<b>Alert</b>")
    assert update.message.reply_markup is None


async def test_people_forward_through_their_door(people: PersonCaller, bot: BotCaller, ann: Chat) -> None:
    """The client door forwards within a chat and from another one, and refuses a protected message with 409."""
    sent = (await bot.ok("sendMessage", chat_id=1001, text="Alert"))["message_id"]
    answer = await people.post(f"{CHAT}/forwards", {"message_id": sent})
    assert (answer.status, answer.json["message"]["forwarded_from"]) == (201, "Cascade")
    other = await people.post("/client/accounts/1001/chats/77/forwards", {"message_id": sent, "from": 4242})
    assert (other.status, other.json["message"]["text"]) == (201, "Alert")
    assert (await people.post(f"{CHAT}/forwards", {"message_id": 99})).status == 404
    kept = (await bot.ok("sendMessage", chat_id=1001, text="Alert", protect_content=True))["message_id"]
    assert ann.messages[kept].for_people()["protected"] is True
    refused = await people.post(f"{CHAT}/forwards", {"message_id": kept})
    assert (refused.status, refused.json) == (409, {"error": "This message cannot be forwarded."})


async def test_what_went_through_groups_and_channels_names_them(sandbox: Sandbox, ann: Chat) -> None:
    """The origin of a post is its channel, and that of an anonymous administrator's message is the group."""
    world = sandbox.world
    origins = []
    for kind, title in (("channel", "News"), ("supergroup", "Team")):
        group = world.add_group(title=title, kind=kind, creator=ann.account.id)
        seat = world.chat(ann.account.id, group.id)
        said = world.say(seat, "Hello", anonymous=True)
        forwarded = world.forward(ann, said)
        origins.append(forwarded.origin)
        assert forwarded.for_people()["forwarded_from"] == title
    updates = [telegram.Update.de_json(update) for update in ann.bot.updates.read(0, 9, sandbox.world.now())]
    channel, anonymous = [update.message.forward_origin for update in updates if update.message is not None]
    assert isinstance(channel, telegram.MessageOriginChannel)
    assert (channel.chat.title, channel.message_id > 0) == ("News", True)
    assert isinstance(anonymous, telegram.MessageOriginChat)
    assert anonymous.sender_chat.title == "Team"


async def test_messages_about_the_chat_stay_in_it(sandbox: Sandbox, ann: Chat) -> None:
    """That somebody joined a group cannot be forwarded."""
    world = sandbox.world
    group = world.add_group(title="Team", kind="supergroup", creator=ann.account.id)
    world.add_bot(group, 4242)
    joined = world.chat(ann.account.id, group.id).last()
    assert joined is not None
    assert joined.service is not None
    with pytest.raises(ApiError, match="This message cannot be forwarded"):
        world.forward(ann, joined)
