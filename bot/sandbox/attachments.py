"""The Bot API methods about pictures and documents: send, edit the caption, download."""

from typing import Any

from bot.sandbox.chats import Message
from bot.sandbox.errors import bad_request
from bot.sandbox.forms import Upload
from bot.sandbox.keyboards import check_markup
from bot.sandbox.markup import FormattedText, format_caption
from bot.sandbox.media import DOCUMENT, PHOTO, Media
from bot.sandbox.messaging import Params, admit_to, edited, inline_of, own_message, replied
from bot.sandbox.people import Bot
from bot.sandbox.rules import NOT_MODIFIED
from bot.sandbox.world import World

_LINKS = ("http://", "https://")
_ATTACHED = "attach://"
_WRONG_FILE = "wrong file identifier/HTTP URL specified"


def send_photo(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#sendphoto; the answer has every size, the smallest first."""
    return _send(world, bot, params, PHOTO)


def send_document(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#senddocument; Telegram may make an animation of one, the sandbox does not."""
    return _send(world, bot, params, DOCUMENT)


def edit_message_caption(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#editmessagecaption; what is not given again goes, as with a text."""
    formatted = caption_of(params)
    markup = check_markup(params.get("reply_markup"), inline_only=True)
    message = own_message(world, bot, params)
    if message.media is None:
        raise bad_request("there is no caption in the message to edit")
    options = {name: value for name, value in message.options.items() if name != "show_caption_above_media"}
    options.update(media_options({"show_caption_above_media": params.get("show_caption_above_media")}, message.media))
    entities = world.entity_objects(formatted)
    old = (message.caption, message.entities, inline_of(message), message.options)
    if old == (formatted.text, entities, markup, options):
        raise bad_request(NOT_MODIFIED)
    message.caption, message.entities, message.options = formatted.text, entities, options
    return edited(world, bot, message, markup)


def get_file(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#getfile; the download lies at /file/bot<token>/<file_path>."""
    found = world.library.find(bot.id, params["file_id"])
    if found is None:
        raise bad_request("invalid file_id")
    media, size = found
    return {**media.as_file(bot.id, size), "file_path": world.library.lend(bot.id, media)}


def caption_of(params: Params) -> FormattedText:
    """The caption among the parameters, empty if there is none.

    Raises:
        ApiError: 400 in Telegram's words, or 501 for the Markdown modes.
    """
    return format_caption(params.get("caption", ""), params.get("parse_mode", ""), params.get("caption_entities", ()))


def media_options(params: Params, media: Media) -> dict[str, Any]:
    """The fields of a Message that follow from the parameters of the same meaning."""
    options: dict[str, Any] = {}
    if params.get("protect_content"):
        options["has_protected_content"] = True
    if params.get("show_caption_above_media") and media.kind == PHOTO:
        options["show_caption_above_media"] = True
    if params.get("has_spoiler") and media.kind == PHOTO:
        options["has_media_spoiler"] = True
    return options


def _send(world: World, bot: Bot, params: Params, kind: str) -> dict[str, Any]:
    given = params[kind.lower()]
    if isinstance(given, str) and given.startswith(_ATTACHED):
        raise bad_request(f"there is no {kind.lower()} in the request")
    formatted = caption_of(params)
    markup = check_markup(params.get("reply_markup"))
    chat = world.chat_for(bot, params["chat_id"], what=f"{kind.lower()}s")
    reply_to = replied(chat, params.get("reply_parameters"))
    media = _uploaded(world, given, kind) if isinstance(given, Upload) else _known(world, bot, given, kind)
    admit_to(world, bot, chat, params)
    message: Message = world.add_message(
        chat,
        bot,
        media=media,
        caption=formatted.text,
        entities=world.entity_objects(formatted),
        reply_markup=markup,
        reply_to=reply_to,
        options=media_options(params, media),
    )
    return message.for_bot(reader=bot)


def _uploaded(world: World, upload: Upload, kind: str) -> Media:
    if kind == PHOTO:
        return world.library.add_photo(upload.data)
    return world.library.add_document(upload.data, upload.file_name, upload.mime_type)


def _known(world: World, bot: Bot, given: Any, kind: str) -> Media:
    """The file of a file_id."""
    if isinstance(given, str) and given.lower().startswith(_LINKS):
        raise bad_request("failed to get HTTP URL content: the sandbox fetches nothing, send the file itself")
    found = world.library.find(bot.id, given) if isinstance(given, str) else None
    if found is None:
        raise bad_request(_WRONG_FILE)
    media, _ = found
    if media.kind != kind:
        raise bad_request(f"can't use file of type {media.kind} as {kind}")
    return media
