"""For each method of the sandbox a call by python-telegram-bot, and what has to be in its answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import telegram
from sandbox_doors import BOT_ID
from sandbox_pictures import png

from bot.sandbox import World
from bot.sandbox.chats import Chat
from bot.sandbox.groups import KINDS, Seat
from bot.sandbox.inline import ask_inline, choose_result

ANN, BEN = 1001, 1002
CHATS = ("private", *KINDS)
KEYBOARD = telegram.InlineKeyboardMarkup.from_row(
    [
        telegram.InlineKeyboardButton("Seen", callback_data="seen"),
        telegram.InlineKeyboardButton("More", url="https://example.org/more"),
    ]
)


@dataclass
class Stage:
    """A chat of one kind with the bot in it, where a method is tried out."""

    bot: telegram.Bot
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


async def _answer_callback_query(stage: Stage) -> bool:
    press = stage.world.press(stage.place, (await stage.sent()).message_id, "seen")
    return await stage.bot.answer_callback_query(press, "Noted", show_alert=True)


async def _answer_inline_query(stage: Stage) -> bool:
    query = ask_inline(stage.world, stage.place, stage.world.bots[BOT_ID], "level")
    content = telegram.InputTextMessageContent("<b>SEVERE</b>", parse_mode="HTML")
    article = telegram.InlineQueryResultArticle("1", "The level", content, description="SEVERE")
    done = await stage.bot.answer_inline_query(query.id, [article], cache_time=10)
    posted = choose_result(stage.world, stage.place, query.id, "1")
    assert (posted.text, posted.entities[0]["type"], posted.via) == ("SEVERE", "bold", stage.world.bots[BOT_ID])
    return done


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
    "answerInlineQuery": (_answer_inline_query, bool, CHATS),
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
