"""Sending, editing, deleting and answering, as Telegram lets bots do it."""

from typing import Any

import pytest
from sandbox_doors import BotCaller, Clock

from bot.sandbox import Sandbox
from bot.sandbox.chats import Chat

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
KEYBOARD = {"inline_keyboard": [[{"text": "Seen", "callback_data": "seen"}]]}


async def test_a_sent_message_has_telegrams_shape(bot: BotCaller, ann: Chat, clock: Clock) -> None:
    """Sender, chat, date, entities and keyboard come back as the Bot API gives them."""
    sent = await bot.ok(
        "sendMessage", chat_id=ann.id, text="<b>Hi</b> ", parse_mode="HTML", reply_markup=KEYBOARD, protect_content=True
    )
    assert sent == {
        "message_id": 2,
        "from": {"id": 4242, "is_bot": True, "first_name": "Cascade", "username": "sandbox_4242_bot"},
        "chat": {"id": 1001, "first_name": "Ann", "last_name": "Other", "username": "ann_other", "type": "private"},
        "date": int(clock.now),
        "text": "Hi",
        "entities": [{"type": "bold", "offset": 0, "length": 2}],
        "has_protected_content": True,
        "reply_markup": KEYBOARD,
    }


async def test_only_inline_keyboards_come_back(bot: BotCaller, ann: Chat) -> None:
    """A reply keyboard is shown to the person and left out of the bot's Message."""
    sent = await bot.ok("sendMessage", chat_id=ann.id, text="x", reply_markup={"force_reply": True})
    assert "reply_markup" not in sent
    assert ann.messages[sent["message_id"]].for_people()["reply_markup"] == {"force_reply": True}


async def test_a_mention_names_the_user_if_there_is_one(bot: BotCaller, ann: Chat) -> None:
    """Mentions by id carry the whole user; of somebody unknown only the text stays."""
    source = '<a href="tg://user?id=1001">Ann</a> <a href="tg://user?id=5">Eve</a>'
    sent = await bot.ok("sendMessage", chat_id=ann.id, text=source, parse_mode="HTML")
    assert sent["text"] == "Ann Eve"
    assert [(entity["type"], entity["user"]["id"]) for entity in sent["entities"]] == [("text_mention", 1001)]


async def test_replies(bot: BotCaller, ann: Chat) -> None:
    """A reply shows what it answers; a missing message is refused unless the bot allows it to be missing."""
    sent = await bot.ok("sendMessage", chat_id=ann.id, text="x", reply_parameters={"message_id": 1})
    assert sent["reply_to_message"]["text"] == "/start"
    missing = {"message_id": 99}
    refusal = await bot.refused("sendMessage", chat_id=ann.id, text="x", reply_parameters=missing)
    assert refusal == "Bad Request: message to be replied not found"
    missing["allow_sending_without_reply"] = True
    assert "reply_to_message" not in await bot.ok("sendMessage", chat_id=ann.id, text="x", reply_parameters=missing)


async def test_link_previews_come_back(bot: BotCaller, ann: Chat) -> None:
    """The options that were set are part of the message."""
    sent = await bot.ok("sendMessage", chat_id=ann.id, text="x", link_preview_options={"is_disabled": True, "url": ""})
    assert sent["link_preview_options"] == {"is_disabled": True}


@pytest.mark.parametrize("chat_id", [5, "5", "@ann_other", -100])
@pytest.mark.usefixtures("ann")
async def test_nobody_is_written_to_who_has_not_written_first(bot: BotCaller, sandbox: Sandbox, chat_id: Any) -> None:
    """An account that exists is not enough, nor is a username."""
    sandbox.world.add_account(first_name="Eve", id=5)
    assert await bot.refused("sendMessage", chat_id=chat_id, text="x") == "Bad Request: chat not found"


async def test_bots_do_not_write_to_bots(bot: BotCaller) -> None:
    """Another bot's id is forbidden rather than unknown."""
    refusal = await bot.refused("sendMessage", chat_id=77, text="x")
    assert refusal == "Forbidden: bots can't send messages to bots"


async def test_a_bot_that_is_blocked_may_not_write(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """After a block sending is forbidden with 403, after the unblock it works again."""
    sandbox.world.set_blocked(ann, blocked=True)
    answer = await bot("sendMessage", chat_id=ann.id, text="x")
    assert (answer["error_code"], answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    sandbox.world.set_blocked(ann, blocked=False)
    await bot.ok("sendMessage", chat_id=ann.id, text="x")


async def test_an_edit_changes_text_keyboard_and_date(bot: BotCaller, ann: Chat, clock: Clock) -> None:
    """An edit without a keyboard takes the old one away."""
    sent = await bot.ok("sendMessage", chat_id=ann.id, text="one", reply_markup=KEYBOARD)
    clock.now += 60
    edited = await bot.ok("editMessageText", chat_id=ann.id, message_id=sent["message_id"], text="two")
    assert (edited["text"], edited["edit_date"], edited["date"]) == ("two", int(clock.now), int(clock.now) - 60)
    assert "reply_markup" not in edited


async def test_an_edit_that_changes_nothing_is_refused(bot: BotCaller, ann: Chat) -> None:
    """Same text, entities and keyboard are 'not modified'; any difference is an edit."""
    sent = await bot.ok("sendMessage", chat_id=ann.id, text="<b>x</b>", parse_mode="HTML", reply_markup=KEYBOARD)
    same = {"chat_id": ann.id, "message_id": sent["message_id"], "text": "<b>x</b> ", "parse_mode": "HTML"}
    assert await bot.refused("editMessageText", **same, reply_markup=KEYBOARD) == NOT_MODIFIED
    assert await bot.refused("editMessageReplyMarkup", chat_id=ann.id, message_id=2, reply_markup=KEYBOARD)
    await bot.ok("editMessageText", **same)
    await bot.ok("editMessageText", **{**same, "text": "<i>x</i>"})
    assert await bot.refused("editMessageReplyMarkup", chat_id=ann.id, message_id=2) == NOT_MODIFIED
    await bot.ok("editMessageReplyMarkup", chat_id=ann.id, message_id=2, reply_markup=KEYBOARD)


async def test_edits_that_are_refused(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """Unknown messages, other people's and incomplete requests are refused in Telegram's words."""
    edit = {"chat_id": ann.id, "text": "x"}
    assert await bot.refused("editMessageText", **edit, message_id=99) == "Bad Request: message to edit not found"
    assert await bot.refused("editMessageText", **edit, message_id=1) == "Bad Request: message can't be edited"
    assert await bot.refused("editMessageText", **edit) == "Bad Request: message identifier is not specified"
    assert await bot.refused("editMessageText", message_id=1, text="x") == "Bad Request: chat_id is empty"
    assert await bot.refused("editMessageText", message_id=1, chat_id=1) == "Bad Request: message text is empty"
    keyboard = {"keyboard": [["x"]]}
    refusal = await bot.refused("editMessageText", **edit, message_id=1, reply_markup=keyboard)
    assert refusal == "Bad Request: inline keyboard expected"
    sandbox.world.set_blocked(ann, blocked=True)
    refusal = await bot.refused("editMessageText", **edit, message_id=1)
    assert refusal == "Forbidden: bot was blocked by the user"


async def test_messages_can_be_deleted_for_48_hours(bot: BotCaller, ann: Chat, clock: Clock) -> None:
    """One second before the 48th hour is up it works, at it no more; the person's messages go as well."""
    sent = [await bot.ok("sendMessage", chat_id=ann.id, text=text) for text in ("a", "b")]
    clock.now += 48 * 3600 - 1
    assert await bot.ok("deleteMessage", chat_id=ann.id, message_id=sent[0]["message_id"]) is True
    assert await bot.ok("deleteMessage", chat_id=ann.id, message_id=1) is True
    clock.now += 1
    refusal = await bot.refused("deleteMessage", chat_id=ann.id, message_id=sent[1]["message_id"])
    assert refusal == "Bad Request: message can't be deleted for everyone"
    refusal = await bot.refused("deleteMessage", chat_id=ann.id, message_id=sent[0]["message_id"])
    assert refusal == "Bad Request: message to delete not found"


async def test_a_press_is_answered_once(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """The first answer counts, the second finds the query gone, and another bot never had it."""
    query = sandbox.world.press(ann, 1, "data")
    bot.token = "77:another-token"
    assert await bot.refused("answerCallbackQuery", callback_query_id=query) == TOO_OLD
    bot.token = "4242:sandbox-token"
    assert await bot.ok("answerCallbackQuery", callback_query_id=query, text="x" * 200) is True
    assert await bot.refused("answerCallbackQuery", callback_query_id=query) == TOO_OLD
    assert await bot.refused("answerCallbackQuery", callback_query_id="unknown") == TOO_OLD
    assert await bot.refused("answerCallbackQuery") == TOO_OLD


async def test_a_press_waits_150_seconds(bot: BotCaller, sandbox: Sandbox, ann: Chat, clock: Clock) -> None:
    """At 150 seconds the answer is in time, after them it is not."""
    first, second = sandbox.world.press(ann, 1, "a"), sandbox.world.press(ann, 1, "b")
    clock.now += 150
    await bot.ok("answerCallbackQuery", callback_query_id=first)
    clock.now += 0.001
    assert await bot.refused("answerCallbackQuery", callback_query_id=second) == TOO_OLD
    sandbox.world.press(ann, 1, "c")
    assert list(sandbox.world.presses) == ["3"]


async def test_an_answer_has_at_most_200_characters(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """201 are refused, and the press can still be answered."""
    query = sandbox.world.press(ann, 1, "data")
    refusal = await bot.refused("answerCallbackQuery", callback_query_id=query, text="x" * 201)
    assert refusal == "Bad Request: MESSAGE_TOO_LONG"
    assert await bot.refused("answerCallbackQuery", callback_query_id=query, url="https://example.org")
    await bot.ok("answerCallbackQuery", callback_query_id=query, show_alert=True)


async def test_chat_actions(bot: BotCaller, ann: Chat) -> None:
    """Known actions are taken, others are not."""
    assert await bot.ok("sendChatAction", chat_id=ann.id, action="typing") is True
    refusal = await bot.refused("sendChatAction", chat_id=ann.id, action="dancing")
    assert refusal == "Bad Request: wrong parameter action in request"


async def test_about_a_chat(bot: BotCaller, ann: Chat) -> None:
    """GetChat gives the full chat, and in a private chat both sides are members."""
    chat = await bot.ok("getChat", chat_id=ann.id)
    assert chat["type"] == "private"
    assert chat["active_usernames"] == ["ann_other"]
    for user_id in (ann.id, 4242):
        member = await bot.ok("getChatMember", chat_id=ann.id, user_id=user_id)
        assert (member["status"], member["user"]["id"]) == ("member", user_id)
    refusal = await bot.refused("getChatMember", chat_id=ann.id, user_id=77)
    assert refusal == "Bad Request: member not found"
    refusal = await bot.refused("getChatMember", chat_id=ann.id, user_id=9)
    assert refusal == "Bad Request: invalid user_id specified"
    assert await bot.refused("getChat", chat_id=9) == "Bad Request: chat not found"
