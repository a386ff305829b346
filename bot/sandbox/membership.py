"""The Bot API methods about a chat itself and who is in it."""

from typing import Any

from bot.sandbox.chats import Chat
from bot.sandbox.errors import bad_request
from bot.sandbox.groups import PERMISSIONS, Seat
from bot.sandbox.messaging import Params
from bot.sandbox.people import Bot
from bot.sandbox.world import World

_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
_ADMINISTRATORS_ONLY = frozenset(("can_change_info", "can_manage_topics"))


def get_chat(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#getchat."""
    chat = world.chat_for(bot, params["chat_id"], to_write=False)
    full = {
        **chat.as_chat,
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(_GIFTS, isinstance(chat, Chat)),
    }
    if isinstance(chat, Chat):
        if chat.account.username:
            full["active_usernames"] = [chat.account.username]
    elif not chat.group.is_channel:
        full["permissions"] = {name: name not in _ADMINISTRATORS_ONLY for name in PERMISSIONS}
    return full


def get_chat_member(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#getchatmember; in a private chat both sides are members."""
    chat = world.chat_for(bot, params["chat_id"], to_write=False)
    user = world.user(params["user_id"])
    if user is None:
        raise bad_request("invalid user_id specified")
    if isinstance(chat, Seat):
        if user is not bot:
            _check_list(chat)
        seat = chat.group.seats.get(user.id)
        return seat.as_member() if seat is not None else {"user": user.as_user, "status": "left"}
    if user.id not in (chat.id, bot.id):
        raise bad_request("member not found")
    return {"user": user.as_user, "status": "member"}


def get_chat_administrators(world: World, bot: Bot, params: Params) -> list[dict[str, Any]]:
    """https://core.telegram.org/bots/api#getchatadministrators; other bots only on demand."""
    chat = world.chat_for(bot, params["chat_id"], to_write=False)
    if not isinstance(chat, Seat):
        raise bad_request("there are no administrators in the private chat")
    _check_list(chat)
    with_bots = params.get("return_bots", False)
    return [
        seat.as_member()
        for seat in chat.group.members()
        if seat.is_administrator and (with_bots or seat.user is bot or not seat.user.is_bot)
    ]


def get_chat_member_count(world: World, bot: Bot, params: Params) -> int:
    """https://core.telegram.org/bots/api#getchatmembercount; bots count, and a private chat has two."""
    chat = world.chat_for(bot, params["chat_id"], to_write=False)
    return len(chat.group.members()) if isinstance(chat, Seat) else 2


def leave_chat(world: World, bot: Bot, params: Params) -> bool:
    """https://core.telegram.org/bots/api#leavechat."""
    chat = world.chat_for(bot, params["chat_id"], to_write=False)
    if not isinstance(chat, Seat):
        raise bad_request("can't leave private chats")
    world.remove_member(chat.group, bot.id, by=bot.id)
    return True


def _check_list(seat: Seat) -> None:
    """A channel shows its members to its administrators alone."""
    if seat.group.is_channel and not seat.is_administrator:
        raise bad_request("member list is inaccessible")
