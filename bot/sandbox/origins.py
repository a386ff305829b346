"""What of a message goes on when it is forwarded, and how the copy tells where it comes from.

Source: https://core.telegram.org/bots/api#messageorigin.
"""

from typing import Any

from bot.sandbox.chats import Message

_LEFT_BEHIND = "has_protected_content"


def may_go_on(message: Message) -> bool:
    """Whether it may be forwarded and copied: it is not protected, and no message about the chat itself."""
    is_content = message.text is not None or message.sticker is not None or message.media is not None
    return is_content and not message.is_protected


def forwarded_content(message: Message) -> dict[str, Any]:
    """The fields of the message's forwarded twin; the keyboard and what it answered stay behind."""
    return {
        "text": message.text,
        "caption": message.caption,
        "entities": message.entities,
        "sticker": message.sticker,
        "media": message.media,
        "options": {name: value for name, value in message.options.items() if name != _LEFT_BEHIND},
        "origin": message.origin or _origin(message),
    }


def _origin(message: Message) -> dict[str, Any]:
    chat, date = message.sender_chat, message.date
    if chat is None:
        return {"type": "user", "sender_user": message.sender.as_user, "date": date}
    if chat["type"] == "channel":
        return {"type": "channel", "chat": chat, "message_id": message.message_id, "date": date}
    return {"type": "chat", "sender_chat": chat, "date": date}
