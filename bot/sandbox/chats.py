"""Conversations and what was said in them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.keyboards import is_inline
from bot.sandbox.media import Media
from bot.sandbox.people import ANONYMOUS, LANGUAGE, Account, Bot
from bot.sandbox.rules import Window


@dataclass(slots=True, eq=False)
class Message:
    """One message.

    Attributes:
        message_id: unique in the whole sandbox.
        chat: where it stands.
        sender: who wrote it, whatever the Bot API tells of that.
        date: Unix seconds.
        text: plain; None for a sticker, a picture or a document.
        entities: Bot API objects, of the text or of the caption.
        sticker: the emoji of a sticker, None for text.
        reply_markup: the keyboard that came with it, of any kind.
        edit_date: Unix seconds of the last edit, the keyboard's included.
        reply_to: the message that it answers.
        options: fields that the Bot API gives back as they were set, such as link_preview_options.
        media: the picture or document that it brings.
        caption: of these, empty for none.
        origin: the Bot API's MessageOrigin of a forwarded message.
        sender_chat: the Bot API's Chat in whose name it stands: a channel, or the group of an anonymous administrator.
        service: the Bot API's fields of a message about the chat itself, such as new_chat_members.
        via: the bot whose inline result it is.
    """

    message_id: int
    chat: "Place"
    sender: Account | Bot
    date: int
    text: str | None = None
    entities: list[dict[str, Any]] = field(default_factory=list)
    sticker: str | None = None
    reply_markup: dict[str, Any] | None = None
    edit_date: int | None = None
    reply_to: "Message | None" = None
    options: dict[str, Any] = field(default_factory=dict)
    media: Media | None = None
    caption: str = ""
    origin: dict[str, Any] | None = None
    sender_chat: dict[str, Any] | None = None
    service: dict[str, Any] | None = None
    via: Bot | None = None

    @property
    def is_protected(self) -> bool:
        """Whether it may be neither forwarded nor copied."""
        return "has_protected_content" in self.options

    def for_bot(self, *, with_reply: bool = True, reader: Bot | None = None) -> dict[str, Any]:
        """The Bot API's Message. A message that is answered carries no further one, as at Telegram.

        Args:
            with_reply: whether the message that it answers stands in it.
            reader: the bot that gets it, whose file_ids a file has; the chat's first bot if there is only one.
        """
        message: dict[str, Any] = {
            "message_id": self.message_id,
            "from": self.sender.as_user,
            "chat": self.chat.as_chat,
            "date": self.date,
        }
        if self.sender_chat is not None:
            self._disguise(message, self.sender_chat)
        if self.edit_date is not None:
            message["edit_date"] = self.edit_date
        if self.reply_to is not None and with_reply:
            message["reply_to_message"] = self.reply_to.for_bot(with_reply=False, reader=reader)
        if self.text is None:
            message.update(self._other_content(reader))
        else:
            message["text"] = self.text
            if self.entities:
                message["entities"] = self.entities
        if self.origin is not None:
            message["forward_origin"] = self.origin
        if self.via is not None:
            message["via_bot"] = self.via.as_user
        message.update(self.options, **(self.service or {}))
        if is_inline(self.reply_markup):
            message["reply_markup"] = self.reply_markup
        return message

    def _other_content(self, reader: Bot | None) -> dict[str, Any]:
        """What a message without a text holds."""
        if self.sticker is not None:
            return {"sticker": _sticker(self.sticker)}
        if self.media is None:
            return {}
        content = dict(self.media.for_bot((reader or next(iter(self.chat.bots))).id))
        if self.caption:
            content["caption"] = self.caption
        if self.entities:
            content["caption_entities"] = self.entities
        return content

    def _disguise(self, message: dict[str, Any], sender_chat: dict[str, Any]) -> None:
        """Name a chat as the sender; older bots want a user besides, which channels do without."""
        message["sender_chat"] = sender_chat
        if sender_chat["type"] == "channel":
            del message["from"]
        else:
            message["from"] = ANONYMOUS

    def for_people(self) -> dict[str, Any]:
        """The Message of docs/sandbox.md."""
        message = self._for_people()
        if self.sender_chat is not None:
            message["from"] = {"id": self.sender_chat["id"], "is_bot": False, "name": self.sender_chat["title"]}
        if self.media is not None:
            message.update(self.media.for_people(), caption=self.caption or None)
        if self.origin is not None:
            message["forwarded_from"] = name_of_origin(self.origin)
        if self.via is not None:
            message["via"] = self.via.name
        if self.is_protected:
            message["protected"] = True
        if self.service is not None:
            message["service"] = sentence(self.service, message["from"]["name"])
        return message

    def _for_people(self) -> dict[str, Any]:
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


class Place(ABC):
    """Where messages stand, as one bot or account has it: a private chat, or a seat in a group.

    Attributes:
        unread: messages that the account has not seen.
        messages: by id, oldest first.
        sent: the bot's window of one second in this chat.
        group_sent: the window of a minute that groups have besides.
    """

    __slots__ = ()

    unread: int
    messages: dict[int, Message]
    sent: Window
    group_sent: Window | None

    @property
    @abstractmethod
    def id(self) -> int:
        """The chat id that bots use."""

    @property
    @abstractmethod
    def as_chat(self) -> dict[str, Any]:
        """The Bot API's Chat."""

    @property
    @abstractmethod
    def bots(self) -> Iterable[Bot]:
        """The bots that are in it."""

    @abstractmethod
    def viewers(self) -> Iterator[tuple[int, int]]:
        """The accounts that see this chat, each with the peer under which it does."""

    @abstractmethod
    def count_unread(self, sender: Account | Bot) -> None:
        """Count a new message for all who have not seen it."""

    @abstractmethod
    def may_delete(self, message: Message) -> bool:
        """Whether the bot of this place may take a message out of it."""

    @abstractmethod
    def menu(self) -> list[dict[str, str]]:
        """The commands that the account sees."""

    @abstractmethod
    def for_people(self) -> dict[str, Any]:
        """The fields that docs/sandbox.md has in the list and in the chat itself."""

    def last(self) -> Message | None:
        """The newest message."""
        return next(reversed(self.messages.values()), None)


@dataclass(slots=True, eq=False)
class Chat(Place):
    """The private conversation of one account with one bot.

    Attributes:
        bot: the one side.
        account: the other.
        started: whether the account has ever written, before which the bot may not.
        blocked: whether the account has blocked the bot.
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

    @property
    def bots(self) -> Iterable[Bot]:
        """The one bot."""
        return (self.bot,)

    def viewers(self) -> Iterator[tuple[int, int]]:
        """The accounts that see this chat, each with the peer under which it does."""
        yield self.account.id, self.bot.id

    def count_unread(self, sender: Account | Bot) -> None:
        """Count the bot's messages."""
        if sender.is_bot:
            self.unread += 1

    def may_delete(self, message: Message) -> bool:  # noqa: ARG002 - a group's answer depends on it
        """Both sides' messages."""
        return True

    def menu(self) -> list[dict[str, str]]:
        """The bot's commands for this chat."""
        return self.bot.menus.for_private_chat(self.id, LANGUAGE)

    def for_people(self) -> dict[str, Any]:
        """The fields that docs/sandbox.md has in the list and in the chat itself."""
        return {
            "peer": self.bot.id,
            "kind": "private",
            "title": self.bot.name,
            "started": self.started,
            "blocked": self.blocked,
        }


def sentence(service: dict[str, Any], actor: str) -> str:
    """What a message about the chat itself says to people."""
    if "new_chat_members" in service:
        names = ", ".join(_full_name(user) for user in service["new_chat_members"])
        return f"{names} joined the group" if names == actor else f"{actor} added {names}"
    if "left_chat_member" in service:
        name = _full_name(service["left_chat_member"])
        return f"{name} left the group" if name == actor else f"{actor} removed {name}"
    if "migrate_to_chat_id" in service:
        return "This group became a supergroup"
    return "This supergroup was a group before"


def _full_name(user: dict[str, Any]) -> str:
    return f"{user['first_name']} {user.get('last_name', '')}".rstrip()


def name_of_origin(origin: dict[str, Any]) -> str:
    """Who wrote a forwarded message first, as people read it."""
    chat = origin.get("chat") or origin.get("sender_chat")
    if chat is not None:
        return str(chat["title"])
    return _full_name(origin["sender_user"])


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
