"""Groups and channels: who may speak for one, and what becomes of its subscription as the bot's place in it changes."""

from collections import deque

import structlog
from telegram import Bot, ChatMember, ChatMemberAdministrator, ChatMemberRestricted, ChatMemberUpdated, Message
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError

from alerts.clock import Clock
from alerts.people.rights import Right
from alerts.subscribers.roll import Roll
from alerts.subscribers.states import SubscriberStatus
from handlers.screen import Ask, Group, Reply
from handlers.texts import Texts

RIGHTS_HERE = frozenset({Right.READ, Right.SUBSCRIBE})
"""What can be done in a group at all: officers' commands and buttons work in private chats only."""

RUNS_A_GROUP = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR})
ANSWERS = 6
ANSWER_WINDOW_SECONDS = 60.0
"""A group may be sent 20 messages a minute, and its alerts need their share: so many answers it gets at most."""

log = structlog.get_logger(__name__)


class Groups:
    """What a group asks for and goes through.

    Args:
        texts: the catalogue.
        roll: where its subscription stands.
        bot: asked who its administrators are, each time anew, since they change.
        clock: the source of time.
    """

    def __init__(self, texts: Texts, roll: Roll, bot: Bot, clock: Clock) -> None:
        self._texts = texts
        self._roll = roll
        self._bot = bot
        self._clock = clock
        self._answered_at: dict[int, deque[float]] = {}

    async def joined_or_left(self, change: ChatMemberUpdated) -> None:
        """Take note that the bot's own place in a group has changed."""
        reason = shut_out_by(change.new_chat_member, change.chat.type)
        if reason is None:
            await self._roll.let_in(change.chat.id)
        else:
            await self._roll.shut_out(change.chat.id, reason)

    async def service(self, message: Message) -> Reply | None:
        """Take a service message: a subscription follows its group to a new id and a new title, a new group is greeted.

        A group that was turned into a supergroup is not greeted: there the bot is told of its joining before it hears
        whose successor the chat is, and by no service message.
        """
        if message.migrate_to_chat_id is not None:
            await self._roll.migrated(message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await self._roll.migrated(message.migrate_from_chat_id, message.chat.id)
        elif message.new_chat_title is not None:
            await self._roll.renamed(message.chat.id, message.new_chat_title)
        elif self._is_new_here(message) and not await self._is_subscribed(message.chat.id):
            return Reply.of(self._texts("group.hello"))
        return None

    def _is_new_here(self, message: Message) -> bool:
        joined = any(member.id == self._bot.id for member in message.new_chat_members)
        return joined or bool(message.group_chat_created or message.supergroup_chat_created)

    async def _is_subscribed(self, chat_id: int) -> bool:
        entry = await self._roll.find(chat_id)
        return entry is not None and entry.status is not SubscriberStatus.ENDED

    def command(self, message: Message) -> tuple[str, str] | None:
        """Read a command that is meant for this bot, as its name and what follows; None for anything else."""
        text = message.text or ""
        if not text.startswith("/"):
            return None
        first, _, rest = text.partition(" ")
        name, _, addressee = first[1:].partition("@")
        if addressee and addressee.lower() != self._bot.username.lower():
            return None
        return name.lower(), rest.strip()

    def ask(self, message: Message, text: str) -> Ask:
        """Give what was said in a group as handlers take it: nobody's role counts there."""
        sender = message.from_user
        group = Group(message.chat.type, message.chat.title or "")
        return Ask(message.chat.id, sender.id if sender else 0, group.title, text=text, group=group)

    async def refusal(self, right: Right, message: Message) -> str | None:
        """Name the sentence that refuses what somebody has written in a group; None when they may."""
        if right not in RIGHTS_HERE:
            return "group.not-here"
        if right is Right.SUBSCRIBE and not await self._speaks_for(message):
            return "group.administrators"
        return None

    async def press_refusal(self, right: Right, chat_id: int, chat_type: str, user_id: int) -> str | None:
        """Name the sentence that refuses a press in a group; it counts for who pressed. None when they may.

        In a channel only its administrators make the bot post, since everybody reads it.
        """
        if right not in RIGHTS_HERE:
            return "group.not-here.notice"
        if right is Right.READ and chat_type != ChatType.CHANNEL:
            return None
        if not await self.is_administrator(chat_id, user_id):
            return "group.channel.notice" if right is Right.READ else "group.administrators.notice"
        return None

    def has_room(self, chat_id: int) -> bool:
        """Tell whether a group may be answered once more this minute; a crowd that asks must not delay an alert."""
        now = self._clock.monotonic()
        answered = self._answered_at.setdefault(chat_id, deque(maxlen=ANSWERS))
        if len(answered) == ANSWERS and now - answered[0] < ANSWER_WINDOW_SECONDS:
            return False
        answered.append(now)
        return True

    async def is_administrator(self, chat_id: int, user_id: int) -> bool:
        """Ask Telegram whether a person runs a group now; when it does not answer, they do not."""
        try:
            member = await self._bot.get_chat_member(chat_id, user_id)
        except TelegramError as error:
            log.warning("administrator_unknown", chat_id=chat_id, error=type(error).__name__)
            return False
        return member.status in RUNS_A_GROUP

    async def _speaks_for(self, message: Message) -> bool:
        """Tell whether a message is by an administrator; an anonymous one writes as the group itself."""
        if message.sender_chat is not None:
            return message.sender_chat.id == message.chat.id
        sender = message.from_user
        return sender is not None and await self.is_administrator(message.chat.id, sender.id)


def shut_out_by(member: ChatMember, chat_type: str) -> str | None:
    """Say why the bot cannot post in a group or channel, None when it can."""
    match member.status:
        case ChatMemberStatus.BANNED | ChatMemberStatus.LEFT:
            return "the bot was removed from the chat"
        case ChatMemberStatus.RESTRICTED:
            may_write = isinstance(member, ChatMemberRestricted) and member.is_member and member.can_send_messages
            return None if may_write else "the bot may not write in the chat"
        case ChatMemberStatus.ADMINISTRATOR if chat_type == ChatType.CHANNEL:
            may_post = isinstance(member, ChatMemberAdministrator) and member.can_post_messages
            return None if may_post else "the bot may not post in the channel"
        case ChatMemberStatus.MEMBER if chat_type == ChatType.CHANNEL:
            return "the bot may not post in the channel"
        case _:
            return None
