"""Messages that go on from one chat to another, by a bot or by a person.

Source: https://core.telegram.org/bots/api#forwardmessage and #copymessage. What goes on leaves its keyboard behind.
"""

from typing import Any

from bot.sandbox.attachments import caption_of, media_options
from bot.sandbox.chats import Message
from bot.sandbox.errors import bad_request
from bot.sandbox.keyboards import check_markup
from bot.sandbox.messaging import Params, admit_to, replied
from bot.sandbox.origins import forwarded_content, may_go_on
from bot.sandbox.people import Bot
from bot.sandbox.world import World


def forward_message(world: World, bot: Bot, params: Params) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#forwardmessage; a protected message and one about the chat itself stay."""
    source = _source(world, bot, params, "forward")
    chat = world.chat_for(bot, params["chat_id"])
    admit_to(world, bot, chat, params)
    content = forwarded_content(source)
    content["options"].update(_protection(params))
    return world.add_message(chat, bot, **content).for_bot(reader=bot)


def copy_message(world: World, bot: Bot, params: Params) -> dict[str, int]:
    """https://core.telegram.org/bots/api#copymessage; a caption that is given takes the place of the old one."""
    caption, markup = caption_of(params), check_markup(params.get("reply_markup"))
    source = _source(world, bot, params, "copy")
    chat = world.chat_for(bot, params["chat_id"])
    reply_to = replied(chat, params.get("reply_parameters"))
    content = forwarded_content(source)
    del content["origin"]
    if source.media is not None and "caption" in params:
        content.update(caption=caption.text, entities=world.entity_objects(caption))
        content["options"].pop("show_caption_above_media", None)
        content["options"].update(media_options(params, source.media))
    content["options"].update(_protection(params))
    admit_to(world, bot, chat, params)
    return {"message_id": world.add_message(chat, bot, reply_markup=markup, reply_to=reply_to, **content).message_id}


def _source(world: World, bot: Bot, params: Params, verb: str) -> Message:
    chat = world.chat_for(bot, params["from_chat_id"], to_write=False)
    message = chat.messages.get(params["message_id"])
    if message is None:
        raise bad_request(f"message to {verb} not found")
    if not may_go_on(message):
        participle = {"forward": "forwarded", "copy": "copied"}[verb]
        raise bad_request(f"the message can't be {participle}")
    return message


def _protection(params: Params) -> dict[str, bool]:
    return {"has_protected_content": True} if params.get("protect_content") else {}
