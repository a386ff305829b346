"""Groups, supergroups and channels: who is in them, as what, and with which rights.

Source of the members' fields: https://core.telegram.org/bots/api#chatmember. That bots hear of what is said only as
privacy mode has it is from https://core.telegram.org/bots/features#privacy-mode.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.sandbox.chats import Message, Place
from bot.sandbox.errors import ApiError, bad_request, forbidden
from bot.sandbox.people import LANGUAGE, Account, Bot
from bot.sandbox.rules import Window

Kind = Literal["group", "supergroup", "channel"]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]

KINDS: tuple[Kind, ...] = ("group", "supergroup", "channel")
ADMINISTRATORS = frozenset(("creator", "administrator"))
_INSIDE = ADMINISTRATORS | {"member", "restricted"}

_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
_CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages", "can_manage_direct_messages")
_GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics", "can_manage_tags")
_NOT_AT_FIRST = frozenset(("can_promote_members", "can_manage_topics", "can_manage_direct_messages"))

PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
# What Telegram's refusals call the things that a permission is for.
SENDING = {"text messages": "can_send_messages", "photos": "can_send_photos", "documents": "can_send_documents"}
# What goes with the right to write: whoever may send no text may send nothing else either.
_SENDING = frozenset(name for name in PERMISSIONS if name.startswith("can_send_")) | {"can_add_web_page_previews"}


@dataclass(slots=True, eq=False)
class Group:
    """A chat of several accounts and bots.

    Attributes:
        id: negative, and from -100… on for supergroups and channels.
        kind: "group", "supergroup" or "channel".
        title: what people see.
        seats: by user id, everybody who is or ever was in it.
        messages: by id, oldest first.
        migrated_to: the supergroup that it became.
    """

    id: int
    kind: Kind
    title: str
    seats: dict[int, "Seat"] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    migrated_to: int | None = None

    @property
    def as_chat(self) -> dict[str, Any]:
        """The Bot API's Chat."""
        return {"id": self.id, "title": self.title, "type": self.kind}

    @property
    def is_channel(self) -> bool:
        """Whether only administrators write."""
        return self.kind == "channel"

    def members(self) -> list["Seat"]:
        """Who is in it now, in the order of joining."""
        return [seat for seat in self.seats.values() if seat.is_inside]

    def bots(self) -> list[Bot]:
        """The bots that are in it now."""
        return [seat.user for seat in self.members() if isinstance(seat.user, Bot)]

    def rights(self) -> tuple[str, ...]:
        """The names of an administrator's rights, which differ between channels and groups."""
        return _RIGHTS + (_CHANNEL_RIGHTS if self.is_channel else _GROUP_RIGHTS)


@dataclass(slots=True, eq=False)
class Seat(Place):
    """One user's place in a group: what it is there, and for a bot how much it has sent.

    Attributes:
        group: where.
        user: an account or a bot.
        status: as the Bot API calls it.
        rights: an administrator's rights or a restricted member's permissions, by name.
        is_anonymous: whether an administrator writes in the group's name unless it says otherwise.
        until_date: Unix seconds until which a restriction or a ban lasts, 0 for ever.
        unread: messages that the account has not seen.
        sent: the bot's window of one second here.
        group_sent: the bot's window of a minute here.
    """

    group: Group
    user: Account | Bot
    status: Status = "member"
    rights: Mapping[str, bool] = field(default_factory=dict)
    is_anonymous: bool = False
    until_date: int = 0
    unread: int = 0
    sent: Window = field(default_factory=lambda: Window(1.0))
    group_sent: Window | None = field(default_factory=lambda: Window(60.0))

    @property
    def id(self) -> int:
        """The chat id, which in a group is the same for everybody."""
        return self.group.id

    @property
    def as_chat(self) -> dict[str, Any]:
        """The Bot API's Chat."""
        return self.group.as_chat

    @property
    def messages(self) -> dict[int, Message]:  # type: ignore[override]
        """The group's messages."""
        return self.group.messages

    @property
    def bots(self) -> Iterable[Bot]:
        """The bots that are in the group now."""
        return self.group.bots()

    @property
    def is_inside(self) -> bool:
        """Whether the user is in the group now."""
        return self.status in _INSIDE

    @property
    def is_administrator(self) -> bool:
        """Whether the user runs the group, alone or with others."""
        return self.status in ADMINISTRATORS

    def can(self, right: str) -> bool:
        """Whether the user has an administrator's right here; the creator has all."""
        return self.status == "creator" or (self.status == "administrator" and self.rights.get(right, False))

    def may_write(self, what: str = "text messages") -> bool:
        """Whether the user may send something here: one of `SENDING`."""
        if self.group.is_channel:
            return self.can("can_post_messages")
        if self.status == "restricted":
            return self.rights.get(SENDING[what], False)
        return self.is_inside

    def may_delete(self, message: Message) -> bool:
        """The bot's own messages, and everybody's with the right to delete."""
        return self.can("can_delete_messages") or message.sender is self.user

    def appoint(self, status: Status, rights: Mapping[str, bool] | None = None, *, is_anonymous: bool = False) -> None:
        """Make the user something else here; rights that are not named are as Telegram's clients offer them."""
        self.status, self.is_anonymous, given = status, is_anonymous, rights or {}
        if status == "administrator":
            self.rights = {name: given.get(name, name not in _NOT_AT_FIRST) for name in self.group.rights()}
        elif status == "restricted":
            may_send = given.get("can_send_messages", False)
            self.rights = {name: given.get(name, may_send and name in _SENDING) for name in PERMISSIONS}
        else:
            self.rights = {}

    def as_member(self) -> dict[str, Any]:
        """The Bot API's ChatMember."""
        member: dict[str, Any] = {"user": self.user.as_user, "status": self.status}
        if self.status == "creator":
            member["is_anonymous"] = self.is_anonymous
        elif self.status == "administrator":
            member.update({"can_be_edited": False, "is_anonymous": self.is_anonymous, **self.rights})
        elif self.status == "restricted":
            member.update({"is_member": True, **self.rights, "until_date": self.until_date})
        elif self.status == "kicked":
            member["until_date"] = self.until_date
        return member

    def viewers(self) -> Iterator[tuple[int, int]]:
        """The accounts in the group, all of which have it under its own id."""
        for seat in self.group.seats.values():
            if not seat.user.is_bot and seat.is_inside:
                yield seat.user.id, self.group.id

    def count_unread(self, sender: Account | Bot) -> None:
        """Count a message for everybody else."""
        for seat in self.group.seats.values():
            if seat.user is not sender:
                seat.unread += 1

    def menu(self) -> list[dict[str, str]]:
        """The commands of all bots, each with its bot's name if there are several; channels have none."""
        if self.group.is_channel:
            return []
        bots = self.group.bots()
        return [
            {**command, "command": f"{command['command']}@{bot.username}" if len(bots) > 1 else command["command"]}
            for bot in bots
            for command in bot.menus.for_group_chat(
                self.id, self.user.id, LANGUAGE, is_administrator=self.is_administrator
            )
        ]

    def for_people(self) -> dict[str, Any]:
        """The fields that docs/sandbox.md has in the list and in the chat itself."""
        return {
            "peer": self.group.id,
            "kind": self.group.kind,
            "title": self.group.title,
            "started": True,
            "blocked": False,
            "members": len(self.group.members()),
            "status": self.status,
            "can_write": self.may_write(),
            "is_anonymous": self.is_anonymous,
        }


def check_access(seat: Seat, *, to_write: bool, what: str = "text messages") -> None:
    """Refuse a bot what it may not do in a group, in Telegram's words.

    Args:
        seat: the bot's.
        to_write: whether it wants to send, edit or show that it types.
        what: one of `SENDING`.

    Raises:
        ApiError: 403, it is not there; 400, it may not write there, or the group has become a supergroup.
    """
    group = seat.group
    if group.migrated_to is not None:
        reason = "Bad Request: group chat was upgraded to a supergroup chat"
        raise ApiError(400, reason, migrate_to_chat_id=group.migrated_to)
    if seat.status == "kicked":
        raise forbidden(f"bot was kicked from the {group.kind} chat")
    if not seat.is_inside:
        raise forbidden(f"bot is not a member of the {group.kind} chat")
    if to_write and not seat.may_write(what):
        if group.is_channel:
            raise bad_request("need administrator rights in the channel chat")
        raise bad_request(f"not enough rights to send {what} to the chat")


def hears(seat: Seat, message: Message) -> bool:
    """Whether a bot is told of what a person wrote: an administrator of all, others as privacy mode has it.

    That is commands meant for it or for any bot, what is posted by way of it, answers to its messages, and messages
    that name it.
    """
    if seat.is_administrator or message.service is not None:
        return True
    bot = seat.user
    if message.via is bot or (message.reply_to is not None and message.reply_to.sender is bot):
        return True
    text, name = message.text or message.caption, f"@{bot.username}".lower()
    if any(entity.get("user", {}).get("id") == bot.id for entity in message.entities):
        return True
    if re.search(rf"{re.escape(name)}(?!\w)", text.lower()):
        return True
    return re.match(r"/\w+(?![\w@])", text) is not None
