"""The state of the pretended Telegram: who is there, what they said, what waits for the bots.

No HTTP here. People act through the methods of `World`; bots through bot/sandbox/methods.py, which builds on the same.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from bot.sandbox.chats import Chat, Message
from bot.sandbox.community import Community
from bot.sandbox.crowd import name_of
from bot.sandbox.errors import ApiError, bad_request, forbidden
from bot.sandbox.groups import Seat, check_access
from bot.sandbox.journal import Journal
from bot.sandbox.markup import FormattedText, format_caption, format_text
from bot.sandbox.media import Library, Media
from bot.sandbox.origins import forwarded_content, may_go_on
from bot.sandbox.people import Account, Bot
from bot.sandbox.rules import CALLBACK_QUERY_SECONDS, Limits

_LONGEST_STICKER = 16


@dataclass(frozen=True, slots=True)
class Press:
    """A button that somebody pressed and the bot has yet to answer."""

    callback_query_id: str
    bot: Bot
    account: Account
    peer: int
    at: float


class World(Community):
    """Everything the sandbox knows.

    Args:
        clock: gives Unix seconds.
        limits: how fast bots may send.
        tokens: the bots there are, as token → first name; None lets every well-formed token in, as a bot of that id.
    """

    def __init__(self, *, clock: Callable[[], float], limits: Limits, tokens: Mapping[str, str] | None = None) -> None:
        super().__init__(clock, tokens)
        self.limits = limits
        self.journal = Journal()
        self.library = Library()
        self.presses: dict[str, Press] = {}
        self._press_ids = count(1)
        self.inline_queries: dict[str, Any] = {}
        self.inline_ids = count(1)

    # ---- Chats

    def add_crowd(self, count: int, *bots: Bot) -> range:
        """Add many accounts at once, with names made up.

        Args:
            count: how many.
            bots: those to whom each of them has a started chat, in which nothing was said yet.

        Returns:
            Their ids, in a row.
        """
        present = len(self.accounts)
        ids = self.add_accounts([name_of(present + number) for number in range(count)])
        for bot in bots:
            bot.chats.update((id_, Chat(bot, self.accounts[id_], started=True)) for id_ in ids)
        return ids

    def chat(self, account_id: int, peer: int) -> Chat | Seat:
        """A chat as its account knows it, with a bot also before the first message.

        Raises:
            ApiError: 404, there is no such account or peer.
        """
        account, bot = self.account(account_id), self.bots.get(peer)
        if bot is not None:
            return bot.chats.get(account_id) or Chat(bot, account)
        group = self.groups.get(peer)
        seat = group.seats.get(account_id) if group is not None and group.migrated_to is None else None
        if seat is None or not seat.is_inside:
            raise ApiError(404, f"There is no chat {peer}.")
        return seat

    def chats(self, account_id: int) -> Iterator[Chat | Seat]:
        """Every chat of an account: one with each bot, and its groups."""
        self.account(account_id)
        for peer in self.bots:
            yield self.chat(account_id, peer)
        for group in self.groups.values():
            seat = group.seats.get(account_id)
            if seat is not None and seat.is_inside and group.migrated_to is None:
                yield seat

    def chat_for(
        self, bot: Bot, chat_id: int | str, *, to_write: bool = True, what: str = "text messages"
    ) -> Chat | Seat:
        """A chat as a bot may use it.

        Args:
            bot: who asks.
            chat_id: as the bot gave it.
            to_write: whether to send or edit, rather than to look.
            what: one of `SENDING`, for those who may send some of it only.

        Raises:
            ApiError: 400, nobody of this id has written to the bot, or it may not write in the group; 403, it is a bot,
                has blocked the bot, or is a group that the bot is not in.
        """
        chat = bot.chats.get(chat_id) if isinstance(chat_id, int) else None
        if isinstance(chat, Seat):
            check_access(chat, to_write=to_write, what=what)
            return chat
        if chat is None or not chat.started:
            if chat_id in self.bots and to_write:
                raise forbidden("bots can't send messages to bots")
            raise bad_request("chat not found")
        if chat.blocked and to_write:
            raise forbidden("bot was blocked by the user")
        return chat

    def menu(self, chat: Chat | Seat) -> list[dict[str, str]]:
        """The commands that the chat's account sees; with several bots each names the one it is for."""
        return chat.menu()

    def tell_menu_changed(self, bot: Bot) -> None:
        """Let every open page read the bot's commands again."""
        self.events.tell_all("commands", {"peer": bot.id})
        for chat in bot.chats.values():
            if isinstance(chat, Seat):
                for account_id, peer in chat.viewers():
                    self.events.tell(account_id, "commands", {"peer": peer})

    # ---- Messages

    def delete_message(self, message: Message) -> None:
        """Take a message out of its chat."""
        del message.chat.messages[message.message_id]
        for account_id, peer in message.chat.viewers():
            self.events.tell(account_id, "delete", {"peer": peer, "message_id": message.message_id})

    def entity_objects(self, formatted: FormattedText) -> list[dict[str, Any]]:
        """Entities as the Bot API gives them; a mention of somebody unknown is dropped, as at Telegram."""
        objects = []
        for entity in formatted.entities:
            described = entity.as_json()
            if entity.type == "text_mention":
                user = self.user(described.pop("user_id"))
                if user is None:
                    continue
                described["user"] = user.as_user
            objects.append(described)
        return objects

    # ---- What people do

    def say(
        self,
        chat: Chat | Seat,
        text: str,
        entities: list[Any] | None = None,
        *,
        reply_to: int | None = None,
        anonymous: bool | None = None,
    ) -> Message:
        """Let the chat's account write a text.

        Args:
            chat: where.
            text: plain.
            entities: Bot API objects.
            reply_to: the id of the message that it answers.
            anonymous: whether an administrator writes in the group's name; None for as its rights have it.

        Raises:
            ApiError: 400, Telegram would not take the text; 404, there is no message to answer; 409, the account has
                blocked the bot, or may not write here.
        """
        if not text:
            raise bad_request("message text is empty")
        formatted = format_text(text, entities=entities or ())
        fields: dict[str, Any] = {"text": formatted.text, "entities": self.entity_objects(formatted)}
        if reply_to is not None:
            fields["reply_to"] = self._message(chat, reply_to)
        if isinstance(chat, Seat):
            return self._say_in_group(chat, anonymous=anonymous, **fields)
        return self._say(chat, **fields)

    def say_sticker(self, chat: Chat | Seat, emoji: str, *, anonymous: bool | None = None) -> Message:
        """Let the chat's account send a sticker.

        Args:
            chat: where.
            emoji: what it shows.
            anonymous: as for `say`.

        Raises:
            ApiError: 400, it is no single emoji; 409, the account has blocked the bot.
        """
        if not emoji.strip() or len(emoji) > _LONGEST_STICKER:
            raise ApiError(400, "A sticker is named by one emoji.")
        if isinstance(chat, Seat):
            return self._say_in_group(chat, anonymous=anonymous, sticker=emoji)
        return self._say(chat, sticker=emoji)

    def say_photo(
        self, chat: Chat | Seat, data: bytes, caption: str = "", entities: list[Any] | None = None
    ) -> Message:
        """Let the chat's account send a picture.

        Raises:
            ApiError: 400, Telegram would not take the picture or the caption; 409, the account has blocked the bot.
        """
        return self._say_media(chat, self.library.add_photo(data), caption, entities)

    def say_document(
        self,
        chat: Chat | Seat,
        data: bytes,
        file_name: str,
        mime_type: str = "",
        caption: str = "",
        entities: list[Any] | None = None,
    ) -> Message:
        """Let the chat's account send a document.

        Raises:
            ApiError: 400, Telegram would not take the file or the caption; 409, the account has blocked the bot; 413,
                the file is too large.
        """
        return self._say_media(chat, self.library.add_document(data, file_name, mime_type), caption, entities)

    def _say_media(self, chat: Chat | Seat, media: Media, caption: str, entities: list[Any] | None) -> Message:
        formatted = format_caption(caption, entities=entities or ())
        return self._say(chat, media=media, caption=formatted.text, entities=self.entity_objects(formatted))

    def forward(self, chat: Chat | Seat, message: Message) -> Message:
        """Let the chat's account forward a message that it can see into the chat.

        Raises:
            ApiError: 409, the message is protected or about its chat, or the account has blocked the bot.
        """
        if not may_go_on(message):
            raise ApiError(409, "This message cannot be forwarded.")
        return self._say(chat, **forwarded_content(message))

    def say_via(self, chat: Chat | Seat, bot: Bot, **fields: Any) -> Message:
        """Let the chat's account post what a bot offered it (bot/sandbox/inline.py); for the rest like `say`."""
        return self._say(chat, via=bot, **fields)

    def _say(self, chat: Chat | Seat, **fields: Any) -> Message:
        if isinstance(chat, Seat):
            return self._say_in_group(chat, **fields)
        self._check_open(chat)
        chat.bot.chats[chat.id] = chat
        is_new, chat.started = not chat.started, True
        message = self.add_message(chat, chat.account, **fields)
        chat.bot.updates.put("message", message.for_bot(), self.now())
        if is_new:
            self._tell_chat_changed(chat)
        return message

    def _say_in_group(self, seat: Seat, *, anonymous: bool | None = None, **fields: Any) -> Message:
        self._check_open(seat)
        if anonymous and not seat.is_administrator:
            raise ApiError(409, "Only an administrator writes in the name of a group.")
        if seat.is_anonymous if anonymous is None else anonymous:
            fields["sender_chat"] = seat.as_chat
        message = self.add_message(seat, seat.user, **fields)
        self.tell_bots(seat.group, message)
        return message

    def press(self, chat: Chat | Seat, message_id: int, data: str) -> str:
        """Let the chat's account press a button; the data is passed on whatever it is.

        Returns:
            The id of the callback query.

        Raises:
            ApiError: 404, there is no such message; 409, the account has blocked the bot, or no bot of this group wrote
                the message.
        """
        message = self._message(chat, message_id)
        if isinstance(chat, Seat):
            if message.sender not in chat.group.bots():
                raise ApiError(409, "No bot of this group wrote this message.")
            bot, account, peer = message.sender, self.account(chat.user.id), chat.id
        else:
            self._check_open(chat)
            bot, account, peer = chat.bot, chat.account, chat.bot.id
        now = self.now()
        press = Press(str(next(self._press_ids)), bot, account, peer, now)
        while self.presses and now - (oldest := next(iter(self.presses.values()))).at > CALLBACK_QUERY_SECONDS:
            del self.presses[oldest.callback_query_id]
        self.presses[press.callback_query_id] = press
        query = {
            "id": press.callback_query_id,
            "from": account.as_user,
            "message": message.for_bot(reader=bot),
            "chat_instance": f"{bot.id}{abs(chat.id)}",
            "data": data,
        }
        bot.updates.put("callback_query", query, now)
        return press.callback_query_id

    def set_blocked(self, chat: Chat | Seat, *, blocked: bool) -> None:
        """Let the chat's account block the bot or take that back; saying it twice changes nothing.

        Raises:
            ApiError: 409, the account has never written to the bot, or it is a group.
        """
        if isinstance(chat, Seat):
            raise ApiError(409, "A group cannot be blocked.")
        if not chat.started:
            raise ApiError(409, "This account has not started the bot yet.")
        if chat.blocked == blocked:
            return
        chat.blocked = blocked
        user = chat.bot.as_user
        member, kicked = {"user": user, "status": "member"}, {"user": user, "status": "kicked", "until_date": 0}
        change = {
            "chat": chat.as_chat,
            "from": chat.account.as_user,
            "date": int(self.now()),
            "old_chat_member": member if blocked else kicked,
            "new_chat_member": kicked if blocked else member,
        }
        chat.bot.updates.put("my_chat_member", change, self.now())
        self._tell_chat_changed(chat)

    def _message(self, chat: Chat | Seat, message_id: int) -> Message:
        message = chat.messages.get(message_id)
        if message is None:
            raise ApiError(404, f"There is no message {message_id} in this chat.")
        return message

    def _check_open(self, chat: Chat | Seat) -> None:
        if isinstance(chat, Seat):
            if not chat.may_write():
                raise ApiError(409, "This account may not write here.")
        elif chat.blocked:
            raise ApiError(409, "This account has blocked the bot; it has to unblock it first.")

    def _tell_chat_changed(self, chat: Chat) -> None:
        for account_id, peer in chat.viewers():
            self.events.tell(account_id, "chat", {"peer": peer})
