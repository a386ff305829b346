"""The state of the pretended Telegram: who is there, what they said, what waits for the bots.

No HTTP here. People act through the methods of `World`; bots through bot/sandbox/methods.py, which builds on the same.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from bot.sandbox.chats import Chat, Message
from bot.sandbox.directory import Directory
from bot.sandbox.errors import ApiError, bad_request, forbidden
from bot.sandbox.journal import Journal
from bot.sandbox.markup import FormattedText, format_text
from bot.sandbox.people import LANGUAGE, Account, Bot
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


class World(Directory):
    """Everything the sandbox knows.

    Args:
        clock: gives Unix seconds.
        limits: how fast bots may send.
        tokens: the bots there are, as token → first name; None lets every well-formed token in, as a bot of that id.
    """

    def __init__(self, *, clock: Callable[[], float], limits: Limits, tokens: Mapping[str, str] | None = None) -> None:
        super().__init__(tokens)
        self.now = clock
        self.limits = limits
        self.journal = Journal()
        self.presses: dict[str, Press] = {}
        self._message_ids = count(1)
        self._press_ids = count(1)

    # ---- Chats

    def chat(self, account_id: int, peer: int) -> Chat:
        """A chat as its account knows it, also before the first message.

        Raises:
            ApiError: 404, there is no such account or peer.
        """
        account, bot = self.account(account_id), self.bots.get(peer)
        if bot is None:
            raise ApiError(404, f"There is no chat {peer}.")
        return bot.chats.get(account_id) or Chat(bot, account)

    def chats(self, account_id: int) -> Iterator[Chat]:
        """Every chat of an account: one with each bot."""
        self.account(account_id)
        for peer in self.bots:
            yield self.chat(account_id, peer)

    def chat_for(self, bot: Bot, chat_id: int | str, *, to_write: bool = True) -> Chat:
        """A chat as a bot may use it.

        Raises:
            ApiError: 400, nobody of this id has written to the bot; 403, it is a bot or has blocked the bot.
        """
        chat = bot.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None or not chat.started:
            if chat_id in self.bots and to_write:
                raise forbidden("bots can't send messages to bots")
            raise bad_request("chat not found")
        if chat.blocked and to_write:
            raise forbidden("bot was blocked by the user")
        return chat

    def menu(self, chat: Chat) -> list[dict[str, str]]:
        """The commands that the chat's account sees."""
        return chat.bot.menus.for_private_chat(chat.id, LANGUAGE)

    def tell_menu_changed(self, bot: Bot) -> None:
        """Let every open page read the bot's commands again."""
        self.events.tell_all("commands", {"peer": bot.id})

    # ---- Messages

    def add_message(self, chat: Chat, sender: Account | Bot, **fields: Any) -> Message:
        """Put a message into a chat and show it to who looks on."""
        message = Message(next(self._message_ids), chat, sender, int(self.now()), **fields)
        chat.messages[message.message_id] = message
        if sender.is_bot:
            chat.unread += 1
        self.show("message", message)
        return message

    def show(self, kind: str, message: Message) -> None:
        """Send a message, new or edited, to the open pages of its chat."""
        for account_id, peer in message.chat.viewers():
            if self.events.has_followers(account_id):
                self.events.tell(account_id, kind, {"peer": peer, "message": message.for_people()})

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

    def say(self, chat: Chat, text: str, entities: list[Any] | None = None) -> Message:
        """Let the chat's account write a text.

        Raises:
            ApiError: 400, Telegram would not take the text; 409, the account has blocked the bot.
        """
        if not text:
            raise bad_request("message text is empty")
        formatted = format_text(text, entities=entities or ())
        return self._say(chat, text=formatted.text, entities=self.entity_objects(formatted))

    def say_sticker(self, chat: Chat, emoji: str) -> Message:
        """Let the chat's account send a sticker.

        Raises:
            ApiError: 400, it is no single emoji; 409, the account has blocked the bot.
        """
        if not emoji.strip() or len(emoji) > _LONGEST_STICKER:
            raise ApiError(400, "A sticker is named by one emoji.")
        return self._say(chat, sticker=emoji)

    def _say(self, chat: Chat, **fields: Any) -> Message:
        self._check_open(chat)
        chat.bot.chats[chat.id] = chat
        is_new, chat.started = not chat.started, True
        message = self.add_message(chat, chat.account, **fields)
        chat.bot.updates.put("message", message.for_bot(), self.now())
        if is_new:
            self._tell_chat_changed(chat)
        return message

    def press(self, chat: Chat, message_id: int, data: str) -> str:
        """Let the chat's account press a button; the data is passed on whatever it is.

        Returns:
            The id of the callback query.

        Raises:
            ApiError: 404, there is no such message; 409, the account has blocked the bot.
        """
        message = chat.messages.get(message_id)
        if message is None:
            raise ApiError(404, f"There is no message {message_id} in this chat.")
        self._check_open(chat)
        now = self.now()
        press = Press(str(next(self._press_ids)), chat.bot, chat.account, chat.bot.id, now)
        while self.presses and now - (oldest := next(iter(self.presses.values()))).at > CALLBACK_QUERY_SECONDS:
            del self.presses[oldest.callback_query_id]
        self.presses[press.callback_query_id] = press
        query = {
            "id": press.callback_query_id,
            "from": chat.account.as_user,
            "message": message.for_bot(),
            "chat_instance": f"{chat.bot.id}{chat.id}",
            "data": data,
        }
        chat.bot.updates.put("callback_query", query, now)
        return press.callback_query_id

    def set_blocked(self, chat: Chat, *, blocked: bool) -> None:
        """Let the chat's account block the bot or take that back; saying it twice changes nothing.

        Raises:
            ApiError: 409, the account has never written to the bot.
        """
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

    def _check_open(self, chat: Chat) -> None:
        if chat.blocked:
            raise ApiError(409, "This account has blocked the bot; it has to unblock it first.")

    def _tell_chat_changed(self, chat: Chat) -> None:
        for account_id, peer in chat.viewers():
            self.events.tell(account_id, "chat", {"peer": peer})
