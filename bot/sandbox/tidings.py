"""What is said, and who is told of it: the bots through their updates, the open pages through their streams."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from bot.sandbox.chats import Message, Place
from bot.sandbox.directory import Directory
from bot.sandbox.errors import ApiError
from bot.sandbox.groups import Group, Seat, Status, hears
from bot.sandbox.people import Account, Bot


class Tidings(Directory):
    """Messages and changes of members, on top of who is there.

    Args:
        clock: gives Unix seconds.
        tokens: the bots there are, as token → first name; None lets every well-formed token in.
    """

    def __init__(self, clock: Callable[[], float], tokens: Mapping[str, str] | None = None) -> None:
        super().__init__(tokens)
        self.now = clock
        self._message_ids = count(1)

    def add_message(self, chat: Place, sender: Account | Bot, **fields: Any) -> Message:
        """Put a message into a chat and show it to who looks on."""
        message = Message(next(self._message_ids), chat, sender, int(self.now()), **fields)
        if isinstance(chat, Seat) and chat.group.is_channel:
            message.sender_chat = chat.as_chat
        chat.messages[message.message_id] = message
        chat.count_unread(sender)
        self.show("message", message)
        return message

    def show(self, kind: str, message: Message) -> None:
        """Send a message, new or edited, to the open pages of its chat."""
        for account_id, peer in message.chat.viewers():
            if self.events.has_followers(account_id):
                self.events.tell(account_id, kind, {"peer": peer, "message": message.for_people()})

    def tell_bots(self, group: Group, message: Message, *, also: Seat | None = None) -> None:
        """Give a message to the bots of its group that hear it, and to one that has just been removed."""
        kind, now = "channel_post" if group.is_channel else "message", self.now()
        for seat in group.seats.values():
            bot = seat.user
            if isinstance(bot, Bot) and (seat is also or (seat.is_inside and hears(seat, message))):
                bot.updates.put(kind, message.for_bot(reader=bot), now)

    def announce(
        self,
        group: Group,
        actor: Account | Bot,
        *,
        also: Seat | None = None,
        sender_chat: dict[str, Any] | None = None,
        **service: Any,
    ) -> None:
        """Say in a group what happened to it; channels say nothing.

        Args:
            group: where.
            actor: who did it.
            also: a bot's seat that hears of it although it has just been left.
            sender_chat: the Bot API's Chat in whose name it is said.
            service: the Bot API's fields for it.
        """
        if group.is_channel:
            return
        message = self.add_message(group.seats[actor.id], actor, sender_chat=sender_chat, service=service)
        self.tell_bots(group, message, also=also)

    def change(
        self,
        seat: Seat,
        actor: Account | Bot,
        status: Status,
        rights: Mapping[str, bool] | None = None,
        *,
        is_anonymous: bool = False,
    ) -> None:
        """Make somebody something else, of which a bot is told.

        Raises:
            ApiError: 400, a right is unknown in a group of this kind.
        """
        given = dict(rights or {})
        is_anonymous = given.pop("is_anonymous", is_anonymous)
        known = Seat(seat.group, seat.user)
        known.appoint(status)
        if unknown := sorted(set(given) - set(known.rights)):
            raise ApiError(400, f"There is no right {unknown[0]} here.")
        old = seat.as_member()
        seat.appoint(status, given, is_anonymous=is_anonymous)
        new = seat.as_member()
        if not isinstance(seat.user, Bot) or old == new:
            return
        change = {
            "chat": seat.as_chat,
            "from": actor.as_user,
            "date": int(self.now()),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        seat.user.updates.put("my_chat_member", change, self.now())
