import inspect
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from support.clock import DrivenClock
from support.record import TRAIL
from telegram import (
    Bot,
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberBanned,
    ChatMemberLeft,
    ChatMemberMember,
    ChatMemberOwner,
    ChatMemberRestricted,
    Message,
    User,
)
from telegram.constants import ChatType

from alerts.people.rights import Right
from alerts.store import Store
from alerts.subscribers.roll import Roll
from alerts.subscribers.sectors import Directory
from bot.telegram.request import AiohttpRequest
from handlers.groups import ANSWERS, RIGHTS_HERE, Groups, shut_out_by
from handlers.menu import COMMANDS, commands_in_groups
from handlers.texts import Texts

GROUP, OTHER = -1001, -1002
NOBODY_LISTENS = "http://127.0.0.1:1/bot"
ME = User(123456, "Cascade", is_bot=True)
EVER = datetime.fromtimestamp(0, UTC)
KINDS = (ChatType.GROUP, ChatType.SUPERGROUP, ChatType.CHANNEL)


def administrator(*, can_post_messages: bool | None) -> ChatMemberAdministrator:
    """Make the bot an administrator who may hardly anything."""
    rights = dict.fromkeys(rights_of(ChatMemberAdministrator), False) | {"can_post_messages": can_post_messages}
    return ChatMemberAdministrator(ME, **rights)


def restricted(*, is_member: bool, can_send_messages: bool) -> ChatMemberRestricted:
    """Make the bot a restricted member."""
    rights = dict.fromkeys(rights_of(ChatMemberRestricted), False)
    rights |= {"is_member": is_member, "can_send_messages": can_send_messages}
    return ChatMemberRestricted(ME, until_date=EVER, **rights)


def rights_of(kind: type[ChatMember]) -> list[str]:
    """Name what a member of this kind may or may not do, as the library's present version has it."""
    return [name for name in inspect.signature(kind).parameters if name.startswith(("can_", "is_"))]


@pytest.fixture
async def groups(store: Store, clock: DrivenClock, directory: Directory) -> AsyncIterator[Groups]:
    """Groups whose bot cannot reach Telegram."""
    async with AiohttpRequest(connections=1) as request:
        bot = Bot("123456:token-of-the-tests-AAAAAAAAAAAAAAAA", base_url=NOBODY_LISTENS, request=request)
        yield Groups(Texts(ZoneInfo("Europe/London")), Roll(store, clock, TRAIL, directory), bot, clock)


def said_by(sender_chat: Chat | None, *, user: User | None = None) -> Message:
    """Make a message of a supergroup, in somebody's own name or in a chat's."""
    return Message(1, EVER, Chat(GROUP, ChatType.SUPERGROUP, "Plant"), from_user=user, sender_chat=sender_chat)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("member", [ChatMemberBanned(ME, EVER), ChatMemberLeft(ME)], ids=["banned", "left"])
def test_a_bot_that_is_not_there_is_shut_out(member: ChatMember, kind: str):
    """Banned and gone are the same wherever it was."""
    assert shut_out_by(member, kind) == "the bot was removed from the chat"


@pytest.mark.parametrize("kind", [ChatType.GROUP, ChatType.SUPERGROUP])
def test_in_a_group_whoever_may_write_is_let_in(kind: str):
    """A member and an administrator write there; a restricted one if that is left to it and it is inside at all."""
    may = [ChatMemberMember(ME), administrator(can_post_messages=None), ChatMemberOwner(ME, is_anonymous=False)]
    may.append(restricted(is_member=True, can_send_messages=True))
    assert [shut_out_by(member, kind) for member in may] == [None] * 4
    for member in (
        restricted(is_member=True, can_send_messages=False),
        restricted(is_member=False, can_send_messages=True),
    ):
        assert shut_out_by(member, kind) == "the bot may not write in the chat"


def test_in_a_channel_only_the_right_to_post_counts():
    """An administrator of a channel without that right, or with none named, and a mere reader are shut out."""
    assert shut_out_by(administrator(can_post_messages=True), ChatType.CHANNEL) is None
    for member in (administrator(can_post_messages=False), administrator(can_post_messages=None), ChatMemberMember(ME)):
        assert shut_out_by(member, ChatType.CHANNEL) == "the bot may not post in the channel"


async def test_so_many_answers_a_minute(groups: Groups, clock: DrivenClock):
    """Six answers go within any minute, the seventh when the first is a minute old; each group has its own count."""
    room = []
    for _ in range(ANSWERS):
        room.append(groups.has_room(GROUP))
        await clock.advance(1)
    assert room == [True] * 6
    assert not groups.has_room(GROUP)
    assert groups.has_room(OTHER)
    await clock.advance(53.5)
    assert not groups.has_room(GROUP)
    await clock.advance(0.5)
    assert [groups.has_room(GROUP), groups.has_room(GROUP)] == [True, False]


async def test_while_telegram_does_not_say_who_runs_a_group_nobody_does(groups: Groups):
    """Without an answer a subscribing command and its presses are refused, and reading goes on."""
    message = said_by(None, user=User(11, "Ann", is_bot=False))
    assert await groups.refusal(Right.SUBSCRIBE, message) == "group.administrators"
    assert await groups.refusal(Right.READ, message) is None
    assert await groups.press_refusal(Right.SUBSCRIBE, GROUP, ChatType.SUPERGROUP, 11) == "group.administrators.notice"
    assert await groups.press_refusal(Right.READ, GROUP, ChatType.SUPERGROUP, 11) is None
    assert await groups.press_refusal(Right.READ, GROUP, ChatType.CHANNEL, 11) == "group.channel.notice"


async def test_only_the_group_itself_speaks_for_the_group(groups: Groups):
    """An anonymous administrator writes as the group; a linked channel's post and a message of nobody do not count."""
    anonymous = said_by(Chat(GROUP, ChatType.SUPERGROUP), user=User(1087968824, "Group", is_bot=True))
    assert await groups.refusal(Right.SUBSCRIBE, anonymous) is None
    linked = said_by(Chat(OTHER, ChatType.CHANNEL), user=User(136817688, "Channel", is_bot=True))
    assert await groups.refusal(Right.SUBSCRIBE, linked) == "group.administrators"
    assert await groups.refusal(Right.SUBSCRIBE, said_by(None)) == "group.administrators"


@pytest.mark.parametrize("right", sorted(set(Right) - RIGHTS_HERE))
async def test_what_officers_do_is_done_in_private_only(groups: Groups, right: Right):
    """No right beyond reading and subscribing counts in a group, even in the group's own name."""
    anonymous = said_by(Chat(GROUP, ChatType.SUPERGROUP))
    assert await groups.refusal(right, anonymous) == "group.not-here"
    assert await groups.press_refusal(right, GROUP, ChatType.SUPERGROUP, 11) == "group.not-here.notice"


def test_the_menus_of_a_group_hold_what_works_there():
    """Members have what everybody may ask, administrators every listed command that a group takes, in its order."""
    members = [command.name for command in commands_in_groups(for_administrators=False)]
    administrators = [command.name for command in commands_in_groups(for_administrators=True)]
    assert members == ["threat", "history", "alerts", "report", "verify", "help"]
    assert administrators == [
        "threat",
        "history",
        "alerts",
        "report",
        "verify",
        "subscribe",
        "sectors",
        "unsubscribe",
        "help",
    ]
    assert administrators == [one.name for one in COMMANDS if one.is_listed and one.right in RIGHTS_HERE]
