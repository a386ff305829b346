"""Conversations and what was said in them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.keyboards import is_inline
from bot.sandbox.people import Account, Bot
from bot.sandbox.rules import Window


@dataclass(slots=True, eq=False)
class Message:
    """One message.

    Attributes:
        message_id: unique in the whole sandbox.
        chat: where it stands.
        sender: who wrote it.
        date: Unix seconds.
        text: plain; None for a sticker.
        entities: Bot API objects.
        sticker: the emoji of a sticker, None for text.
        reply_markup: the keyboard that came with it, of any kind.
        edit_date: Unix seconds of the last edit, the keyboard's included.
        reply_to: the message that it answers.
        options: fields that the Bot API gives back as they were set, such as link_preview_options.
    """

    message_id: int
    chat: "Chat"
    sender: Account | Bot
    date: int
    text: str | None = None
    entities: list[dict[str, Any]] = field(default_factory=list)
    sticker: str | None = None
    reply_markup: dict[str, Any] | None = None
    edit_date: int | None = None
    reply_to: "Message | None" = None
    options: dict[str, Any] = field(default_factory=dict)

    def for_bot(self, *, with_reply: bool = True) -> dict[str, Any]:
        """The Bot API's Message. A message that is answered carries no further one, as at Telegram."""
        message: dict[str, Any] = {
            "message_id": self.message_id,
            "from": self.sender.as_user,
            "chat": self.chat.as_chat,
            "date": self.date,
        }
        if self.edit_date is not None:
            message["edit_date"] = self.edit_date
        if self.reply_to is not None and with_reply:
            message["reply_to_message"] = self.reply_to.for_bot(with_reply=False)
        if self.text is not None:
            message["text"] = self.text
        if self.entities:
            message["entities"] = self.entities
        if self.sticker is not None:
            message["sticker"] = _sticker(self.sticker)
        if self.options:
            message.update(self.options)
        if is_inline(self.reply_markup):
            message["reply_markup"] = self.reply_markup
        return message

    def for_people(self) -> dict[str, Any]:
        """The Message of docs/sandbox.md."""
        return {
            "message_id": self.message_id,
            "date": self.date,
            "edit_date": self.edit_date,
            "from": {"id": self.sender.id, "is_bot": self.sender.is_bot, "name": self.sender.name},
            "text": self.text,
            "entities": self.entities or None,
            "sticker": self.sticker,
            "reply_markup": self.reply_markup,
        }


@dataclass(slots=True, eq=False)
class Chat:
    """The private conversation of one account with one bot.

    Attributes:
        bot: the one side.
        account: the other.
        started: whether the account has ever written, before which the bot may not.
        blocked: whether the account has blocked the bot.
        unread: the bot's messages that the account has not seen.
        messages: by id, oldest first.
        sent: the bot's window of one second in this chat.
        group_sent: the window of a minute that groups have besides.
    """

    bot: Bot
    account: Account
    started: bool = False
    blocked: bool = False
    unread: int = 0
    messages: dict[int, Message] = field(default_factory=dict)
    sent: Window = field(default_factory=lambda: Window(1.0))
    group_sent: Window | None = None

    @property
    def id(self) -> int:
        """The chat id that the bot uses."""
        return self.account.id

    @property
    def as_chat(self) -> dict[str, Any]:
        """The Bot API's Chat."""
        return self.account.as_chat

    def viewers(self) -> Iterator[tuple[int, int]]:
        """The accounts that see this chat, each with the peer under which it does."""
        yield self.account.id, self.bot.id

    def for_people(self) -> dict[str, Any]:
        """The fields that docs/sandbox.md has in the list and in the chat itself."""
        return {
            "peer": self.bot.id,
            "kind": "private",
            "title": self.bot.name,
            "started": self.started,
            "blocked": self.blocked,
        }

    def last(self) -> Message | None:
        """The newest message."""
        return next(reversed(self.messages.values()), None)


def _sticker(emoji: str) -> dict[str, Any]:
    mark = "-".join(f"{ord(character):x}" for character in emoji)
    return {
        "file_id": f"sticker-{mark}",
        "file_unique_id": mark,
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
        "emoji": emoji,
        "file_size": 4096,
    }
