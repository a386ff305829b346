"""The Bot API methods that the sandbox can do, as a table of functions of the world, the bot and the parameters.

getUpdates stands in api.py, since it waits. What the table lacks and the specification has is answered with 501.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox import attachments, forwarding, inline, membership, messaging
from bot.sandbox.errors import bad_request
from bot.sandbox.groups import Seat
from bot.sandbox.menu import Scope, read_commands, read_scope
from bot.sandbox.messaging import Params
from bot.sandbox.people import Bot
from bot.sandbox.rules import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_SHORT_DESCRIPTION,
    check_language_code,
    utf16_length,
)
from bot.sandbox.webhooks import read_webhook
from bot.sandbox.world import World

Function = Callable[[World, Bot, Params], Any]


def get_me(_world: World, bot: Bot, _params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#getme."""
    return {
        **bot.as_user,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_webhook_info(_world: World, bot: Bot, _params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#getwebhookinfo."""
    webhook = bot.updates.webhook
    info: dict[str, Any] = {
        "url": webhook.url if webhook is not None else "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates),
    }
    if webhook is not None:
        info["max_connections"] = webhook.max_connections
        if webhook.last_error_date is not None:
            info["last_error_date"] = webhook.last_error_date
            info["last_error_message"] = webhook.last_error_message
    if bot.updates.allowed is not None:
        info["allowed_updates"] = sorted(bot.updates.allowed)
    return info


def set_webhook(_world: World, bot: Bot, params: Params) -> bool:
    """https://core.telegram.org/bots/api#setwebhook; bot/sandbox/webhooks.py delivers."""
    webhook = read_webhook(params)
    if "allowed_updates" in params:
        bot.updates.allow(params["allowed_updates"])
    if params.get("drop_pending_updates"):
        bot.updates.clear()
    bot.updates.set_webhook(webhook)
    return True


def delete_webhook(_world: World, bot: Bot, params: Params) -> bool:
    """https://core.telegram.org/bots/api#deletewebhook."""
    if params.get("drop_pending_updates"):
        bot.updates.clear()
    bot.updates.set_webhook(None)
    return True


def set_my_commands(world: World, bot: Bot, params: Params) -> bool:
    """https://core.telegram.org/bots/api#setmycommands."""
    code = params.get("language_code", "")
    commands = read_commands(params["commands"], code)
    bot.menus.set(_scope(world, bot, params), code, commands)
    world.tell_menu_changed(bot)
    return True


def get_my_commands(world: World, bot: Bot, params: Params) -> list[dict[str, str]]:
    """https://core.telegram.org/bots/api#getmycommands: of exactly the scope asked for."""
    check_language_code(params.get("language_code", ""))
    return bot.menus.get(_scope(world, bot, params), params.get("language_code", ""))


def delete_my_commands(world: World, bot: Bot, params: Params) -> bool:
    """https://core.telegram.org/bots/api#deletemycommands."""
    check_language_code(params.get("language_code", ""))
    bot.menus.set(_scope(world, bot, params), params.get("language_code", ""), [])
    world.tell_menu_changed(bot)
    return True


def _scope(world: World, bot: Bot, params: Params) -> Scope:
    scope = read_scope(params.get("scope"))
    if scope[1]:
        chat = world.chat_for(bot, scope[1], to_write=False)
        if isinstance(chat, Seat):
            if chat.group.is_channel:
                raise bad_request("can't change commands in channel chats")
        elif scope[0] != "chat":
            raise bad_request("can't use specified scope in private chats")
    return scope


def _setter(field: str, longest: int, complaint: str) -> Function:
    def set_text(world: World, bot: Bot, params: Params) -> bool:
        text, code = params.get(field, ""), params.get("language_code", "")
        check_language_code(code)
        if utf16_length(text) > longest:
            raise bad_request(complaint)
        bot.texts[field, code] = text
        if field == "name" and not code and text:
            bot.rename(text)
            world.events.tell_all("chat", {"peer": bot.id})
        return True

    return set_text


def _getter(field: str) -> Function:
    def get_text(_world: World, bot: Bot, params: Params) -> dict[str, str]:
        code = params.get("language_code", "")
        check_language_code(code)
        text = bot.texts.get((field, code)) or bot.texts.get((field, ""), "")
        return {field: text or (bot.first_name if field == "name" else "")}

    return get_text


METHODS: Mapping[str, Function] = {
    "answerCallbackQuery": messaging.answer_callback_query,
    "answerInlineQuery": inline.answer_inline_query,
    "copyMessage": forwarding.copy_message,
    "deleteMessage": messaging.delete_message,
    "deleteMyCommands": delete_my_commands,
    "deleteWebhook": delete_webhook,
    "editMessageCaption": attachments.edit_message_caption,
    "editMessageReplyMarkup": messaging.edit_message_reply_markup,
    "editMessageText": messaging.edit_message_text,
    "forwardMessage": forwarding.forward_message,
    "getChat": membership.get_chat,
    "getChatAdministrators": membership.get_chat_administrators,
    "getChatMember": membership.get_chat_member,
    "getChatMemberCount": membership.get_chat_member_count,
    "getFile": attachments.get_file,
    "getMe": get_me,
    "getMyCommands": get_my_commands,
    "getMyDescription": _getter("description"),
    "getMyName": _getter("name"),
    "getMyShortDescription": _getter("short_description"),
    "getWebhookInfo": get_webhook_info,
    "leaveChat": membership.leave_chat,
    "sendChatAction": messaging.send_chat_action,
    "sendDocument": attachments.send_document,
    "sendMessage": messaging.send_message,
    "sendPhoto": attachments.send_photo,
    "setMyCommands": set_my_commands,
    "setWebhook": set_webhook,
    "setMyDescription": _setter("description", MAX_DESCRIPTION, "DESCRIPTION_TOO_LONG"),
    "setMyName": _setter("name", MAX_NAME, "BOT_TITLE_INVALID"),
    "setMyShortDescription": _setter("short_description", MAX_SHORT_DESCRIPTION, "ABOUT_TOO_LONG"),
}

_ELSEWHERE = frozenset(
    {
        "business_connection_id",
        "direct_messages_topic_id",
        "message_effect_id",
        "message_thread_id",
        "suggested_post_parameters",
    }
)
# Parameters that Telegram acts on and the sandbox cannot: answered with 501, for to pass over them would be a lie.
UNSUPPORTED: Mapping[str, frozenset[str]] = {
    "answerInlineQuery": frozenset({"button", "next_offset"}),
    "copyMessage": _ELSEWHERE - {"business_connection_id"},
    "editMessageCaption": frozenset({"business_connection_id", "inline_message_id"}),
    "editMessageReplyMarkup": frozenset({"business_connection_id", "inline_message_id"}),
    "editMessageText": frozenset({"business_connection_id", "inline_message_id", "rich_message"}),
    "forwardMessage": _ELSEWHERE - {"business_connection_id"},
    "sendChatAction": frozenset({"business_connection_id", "message_thread_id"}),
    "sendDocument": _ELSEWHERE | {"thumbnail"},
    "sendMessage": _ELSEWHERE,
    "sendPhoto": _ELSEWHERE,
    "setWebhook": frozenset({"certificate", "ip_address"}),
}
