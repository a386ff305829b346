"""The Bot API methods that the sandbox can do, as a table of functions of the world, the bot and the parameters.

getUpdates stands in api.py, since it waits. What the table lacks and the specification has is answered with 501.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox import messaging
from bot.sandbox.errors import bad_request
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
from bot.sandbox.world import World

Function = Callable[[World, Bot, Params], Any]


def get_me(_world: World, bot: Bot, _params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#getme."""
    return {
        **bot.as_user,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_webhook_info(_world: World, bot: Bot, _params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#getwebhookinfo; there never is a webhook."""
    info: dict[str, Any] = {"url": "", "has_custom_certificate": False, "pending_update_count": len(bot.updates)}
    if bot.updates.allowed is not None:
        info["allowed_updates"] = sorted(bot.updates.allowed)
    return info


def delete_webhook(_world: World, bot: Bot, params: Params) -> bool:
    """https://core.telegram.org/bots/api#deletewebhook."""
    if params.get("drop_pending_updates"):
        bot.updates.clear()
    return True


def get_chat(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#getchat."""
    chat = world.chat_for(bot, params["chat_id"], to_write=False)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    full = {
        **chat.as_chat,
        "accent_color_id": chat.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, True),
    }
    if chat.account.username:
        full["active_usernames"] = [chat.account.username]
    return full


def get_chat_member(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#getchatmember; in a private chat both sides are members."""
    chat = world.chat_for(bot, params["chat_id"], to_write=False)
    user = world.user(params["user_id"])
    if user is None:
        raise bad_request("invalid user_id specified")
    if user.id not in (chat.id, bot.id):
        raise bad_request("member not found")
    return {"user": user.as_user, "status": "member"}


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
        world.chat_for(bot, scope[1], to_write=False)
        if scope[0] != "chat":
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
    "deleteMessage": messaging.delete_message,
    "deleteMyCommands": delete_my_commands,
    "deleteWebhook": delete_webhook,
    "editMessageReplyMarkup": messaging.edit_message_reply_markup,
    "editMessageText": messaging.edit_message_text,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getMe": get_me,
    "getMyCommands": get_my_commands,
    "getMyDescription": _getter("description"),
    "getMyName": _getter("name"),
    "getMyShortDescription": _getter("short_description"),
    "getWebhookInfo": get_webhook_info,
    "sendChatAction": messaging.send_chat_action,
    "sendMessage": messaging.send_message,
    "setMyCommands": set_my_commands,
    "setMyDescription": _setter("description", MAX_DESCRIPTION, "DESCRIPTION_TOO_LONG"),
    "setMyName": _setter("name", MAX_NAME, "BOT_TITLE_INVALID"),
    "setMyShortDescription": _setter("short_description", MAX_SHORT_DESCRIPTION, "ABOUT_TOO_LONG"),
}

# Parameters that Telegram acts on and the sandbox cannot: answered with 501, for to pass over them would be a lie.
UNSUPPORTED: Mapping[str, frozenset[str]] = {
    "editMessageReplyMarkup": frozenset({"business_connection_id", "inline_message_id"}),
    "editMessageText": frozenset({"business_connection_id", "inline_message_id", "rich_message"}),
    "sendChatAction": frozenset({"business_connection_id", "message_thread_id"}),
    "sendMessage": frozenset(
        {
            "business_connection_id",
            "direct_messages_topic_id",
            "message_effect_id",
            "message_thread_id",
            "suggested_post_parameters",
        }
    ),
}
