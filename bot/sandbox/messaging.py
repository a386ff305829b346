"""The Bot API methods about messages: send, edit, delete, and answer a press."""

from typing import Any

from bot.sandbox.chats import Message, Place
from bot.sandbox.errors import bad_request
from bot.sandbox.keyboards import check_markup, is_inline
from bot.sandbox.markup import FormattedText, format_text
from bot.sandbox.people import Bot
from bot.sandbox.rules import (
    CALLBACK_QUERY_SECONDS,
    DELETABLE_SECONDS,
    MAX_CALLBACK_ANSWER,
    NOT_MODIFIED,
    QUERY_EXPIRED,
    admit,
    utf16_length,
)
from bot.sandbox.world import World

Params = dict[str, Any]

_WRONG_MESSAGE_ID = 'field "message_id" must be of type Number'

ACTIONS = frozenset(
    (
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    )
)


def send_message(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#sendmessage; counts against the rates once all else is in order."""
    formatted = _text(params)
    markup = check_markup(params.get("reply_markup"))
    chat = world.chat_for(bot, params["chat_id"])
    reply_to = replied(chat, params.get("reply_parameters"))
    admit_to(world, bot, chat, params)
    message = world.add_message(
        chat,
        bot,
        text=formatted.text,
        entities=world.entity_objects(formatted),
        reply_markup=markup,
        reply_to=reply_to,
        options=_options(params),
    )
    return message.for_bot(reader=bot)


def admit_to(world: World, bot: Bot, chat: Place, params: Params) -> None:
    """Count a new message of a bot in a chat.

    Raises:
        ApiError: 429 with the whole seconds to wait.
    """
    paid = params.get("allow_paid_broadcast", False)
    admit(world.limits, bot.sent, chat.sent, chat.group_sent, now=world.now(), paid=paid)


def edit_message_text(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#editmessagetext; a keyboard that is not given again goes."""
    if "text" not in params:
        raise bad_request("message text is empty")
    formatted = _text(params)
    markup = check_markup(params.get("reply_markup"), inline_only=True)
    message = own_message(world, bot, params)
    if message.text is None:
        raise bad_request("there is no text in the message to edit")
    entities, options = world.entity_objects(formatted), _options(params)
    if "has_protected_content" in message.options:
        options["has_protected_content"] = True
    old = (message.text, message.entities, inline_of(message), message.options)
    if old == (formatted.text, entities, markup, options):
        raise bad_request(NOT_MODIFIED)
    message.text, message.entities, message.options = formatted.text, entities, options
    return edited(world, bot, message, markup)


def edit_message_reply_markup(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#editmessagereplymarkup; without a keyboard the old one goes."""
    markup = check_markup(params.get("reply_markup"), inline_only=True)
    message = own_message(world, bot, params)
    if inline_of(message) == markup:
        raise bad_request(NOT_MODIFIED)
    return edited(world, bot, message, markup)


def delete_message(world: World, bot: Bot, params: Params) -> bool:
    """https://core.telegram.org/bots/api#deletemessage; in a private chat the other side's messages go as well.

    In a group they do so for an administrator who may delete.
    """
    chat = world.chat_for(bot, params["chat_id"], to_write=False)
    message = chat.messages.get(params["message_id"])
    if message is None:
        raise bad_request("message to delete not found")
    if not chat.may_delete(message):
        raise bad_request("message can't be deleted")
    if world.now() - message.date >= DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    world.delete_message(message)
    return True


def answer_callback_query(world: World, bot: Bot, params: Params) -> bool:
    """https://core.telegram.org/bots/api#answercallbackquery; once for each press and within 150 seconds."""
    press = world.presses.get(params["callback_query_id"])
    if press is None or press.bot is not bot or world.now() - press.at > CALLBACK_QUERY_SECONDS:
        raise bad_request(QUERY_EXPIRED)
    text = params.get("text")
    if text is not None and utf16_length(text) > MAX_CALLBACK_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    if "url" in params:
        raise bad_request("URL_INVALID")  # only games and links to the bot itself may open one
    del world.presses[press.callback_query_id]
    answer = {
        "peer": press.peer,
        "callback_query_id": press.callback_query_id,
        "text": text,
        "show_alert": params.get("show_alert", False),
    }
    world.events.tell(press.account.id, "answer", answer)
    return True


def send_chat_action(world: World, bot: Bot, params: Params) -> bool:
    """https://core.telegram.org/bots/api#sendchataction; checked, and shown to nobody."""
    if params["action"].lower() not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    world.chat_for(bot, params["chat_id"])
    return True


def _text(params: Params) -> FormattedText:
    return format_text(params["text"], params.get("parse_mode", ""), params.get("entities", ()))


def _options(params: Params) -> dict[str, Any]:
    options: dict[str, Any] = {}
    preview = {key: value for key, value in params.get("link_preview_options", {}).items() if value}
    if preview:
        options["link_preview_options"] = preview
    if params.get("protect_content"):
        options["has_protected_content"] = True
    return options


def replied(chat: Place, given: dict[str, Any] | None) -> Message | None:
    """The message that `reply_parameters` name.

    Raises:
        ApiError: 400, there is no such message in the chat.
    """
    if not given:
        return None
    message_id = given.get("message_id")
    if type(message_id) is not int:
        raise bad_request('can\'t find field "message_id"' if message_id is None else _WRONG_MESSAGE_ID)
    if given.get("chat_id") not in (None, "", chat.id, str(chat.id)):
        raise bad_request("chat not found")
    message = chat.messages.get(message_id)
    if message is None and not given.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message


def own_message(world: World, bot: Bot, params: Params) -> Message:
    """The bot's own message that an edit names.

    Raises:
        ApiError: 400, it is missing or may not be edited.
    """
    for name, complaint in (("chat_id", "chat_id is empty"), ("message_id", "message identifier is not specified")):
        if name not in params:
            raise bad_request(complaint)
    # Whether Telegram edits where the bot is blocked is undocumented; the stricter reading stands here.
    chat = world.chat_for(bot, params["chat_id"])
    message = chat.messages.get(params["message_id"])
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender is not bot or message.origin is not None:
        raise bad_request("message can't be edited")
    return message


def inline_of(message: Message) -> dict[str, Any] | None:
    """The keyboard that hangs under a message."""
    return message.reply_markup if is_inline(message.reply_markup) else None


def edited(world: World, bot: Bot, message: Message, markup: dict[str, Any] | None) -> dict[str, Any]:
    """Finish an edit: the keyboard, the moment, the open pages and the answer."""
    message.reply_markup = markup
    message.edit_date = int(world.now())
    world.show("edit", message)
    return message.for_bot(reader=bot)
