"""The rates, at their exact thresholds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox_doors import BotCaller, Caller, Clock

from bot.sandbox import ApiError, Limits, Sandbox
from bot.sandbox.chats import Chat
from bot.sandbox.rules import Window, admit


def _start_chats(sandbox: Sandbox, number: int, token: str) -> list[int]:
    bot = sandbox.world.bot_for(token)
    accounts = [sandbox.world.add_account(first_name=f"Person {index}") for index in range(number)]
    for account in accounts:
        sandbox.world.say(sandbox.world.chat(account.id, bot.id), "/start")
    return [account.id for account in accounts]


async def test_a_chat_takes_one_message_a_second_and_one_for_jitter(bot: BotCaller, ann: Chat, clock: Clock) -> None:
    """The second message within a second passes as jitter, the third is refused with the time to wait."""
    await bot.ok("sendMessage", chat_id=ann.id, text="1")
    await bot.ok("sendMessage", chat_id=ann.id, text="2")
    answer = await bot("sendMessage", chat_id=ann.id, text="3")
    assert answer == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    clock.now += 0.999
    assert (await bot("sendMessage", chat_id=ann.id, text="4"))["error_code"] == 429
    clock.now += 0.001
    await bot.ok("sendMessage", chat_id=ann.id, text="5")


async def test_a_refused_message_counts_nothing_and_is_not_kept(bot: BotCaller, ann: Chat, clock: Clock) -> None:
    """A bot that hammers a full window is let through as soon as the accepted messages have aged."""
    await bot.ok("sendMessage", chat_id=ann.id, text="1")
    await bot.ok("sendMessage", chat_id=ann.id, text="2")
    for tenth in range(1, 10):
        clock.now = 1_700_000_000 + tenth / 10
        assert (await bot("sendMessage", chat_id=ann.id, text="no"))["error_code"] == 429
    clock.now = 1_700_000_001
    await bot.ok("sendMessage", chat_id=ann.id, text="3")
    assert [message.text for message in ann.messages.values()] == ["/start", "1", "2", "3"]


async def test_a_request_refused_for_another_reason_counts_nothing(bot: BotCaller, ann: Chat) -> None:
    """Twenty malformed messages leave the whole rate for good ones."""
    for _ in range(20):
        await bot.refused("sendMessage", chat_id=ann.id, text="<b>", parse_mode="HTML")
    await bot.ok("sendMessage", chat_id=ann.id, text="1")
    await bot.ok("sendMessage", chat_id=ann.id, text="2")


async def test_a_bot_sends_thirty_a_second_and_one_for_jitter(sandbox: Sandbox, bot: BotCaller) -> None:
    """Over different chats the 31st message in a second passes and the 32nd does not."""
    chats = _start_chats(sandbox, 32, bot.token)
    for chat_id in chats[:31]:
        await bot.ok("sendMessage", chat_id=chat_id, text="x")
    assert (await bot("sendMessage", chat_id=chats[31], text="x"))["error_code"] == 429


async def test_the_window_slides(sandbox: Sandbox, bot: BotCaller, clock: Clock) -> None:
    """Bursts on both sides of a full second's boundary count together."""
    chats = _start_chats(sandbox, 40, bot.token)
    clock.now += 0.9
    for chat_id in chats[:20]:
        await bot.ok("sendMessage", chat_id=chat_id, text="x")
    clock.now += 0.2
    for chat_id in chats[20:31]:
        await bot.ok("sendMessage", chat_id=chat_id, text="x")
    assert (await bot("sendMessage", chat_id=chats[31], text="x"))["error_code"] == 429
    clock.now += 0.81
    await bot.ok("sendMessage", chat_id=chats[31], text="x")


@pytest.mark.usefixtures("http")
async def test_two_bots_have_a_rate_each(sandbox: Sandbox, bot: BotCaller) -> None:
    """What one bot sends does not slow down another."""
    for token in (bot.token, "77:another-token"):
        chats = _start_chats(sandbox, 31, token)
        bot.token = token
        for chat_id in chats:
            await bot.ok("sendMessage", chat_id=chat_id, text="x")


async def test_edits_deletions_and_actions_are_free(bot: BotCaller, ann: Chat) -> None:
    """Only what puts a new message into a chat counts."""
    message = await bot.ok("sendMessage", chat_id=ann.id, text="0")
    for number in range(1, 40):
        await bot.ok("editMessageText", chat_id=ann.id, message_id=message["message_id"], text=str(number))
        await bot.ok("sendChatAction", chat_id=ann.id, action="typing")
    await bot.ok("sendMessage", chat_id=ann.id, text="1")


async def test_paying_lifts_the_bots_limit_where_it_is_allowed(clock: Clock, http: Caller) -> None:
    """With paid broadcasts on, 1,001 paid messages fit into a second, and free ones then have to wait."""
    sandbox = Sandbox(clock=clock, limits=Limits(paid=True))
    chats = _start_chats(sandbox, 1003, "9:paying")
    http.app = sandbox.app
    world, bot = sandbox.world, sandbox.world.bot_for("9:paying")
    for chat_id in chats[:1001]:
        chat = bot.chats[chat_id]
        admit(world.limits, bot.sent, chat.sent, None, now=clock(), paid=True)
    for chat_id, paid in ((chats[1001], True), (chats[1002], False)):
        answer = await http("GET", f"/bot9:paying/sendMessage?chat_id={chat_id}&text=x&allow_paid_broadcast={paid}")
        assert answer.status == 429


async def test_paying_is_no_use_where_it_is_not_allowed(sandbox: Sandbox, bot: BotCaller) -> None:
    """Without paid broadcasts the parameter changes nothing."""
    chats = _start_chats(sandbox, 32, bot.token)
    for chat_id in chats[:31]:
        await bot.ok("sendMessage", chat_id=chat_id, text="x", allow_paid_broadcast=True)
    answer = await bot("sendMessage", chat_id=chats[31], text="x", allow_paid_broadcast=True)
    assert answer["error_code"] == 429


def test_a_group_takes_twenty_a_minute_and_one_for_jitter() -> None:
    """The 22nd message within sixty seconds is refused until the first is a minute old."""
    limits, group, now = Limits(), Window(60.0), 1000.0
    for _ in range(21):
        admit(limits, Window(1.0), Window(1.0), group, now=now, paid=False)
        now += 1.0
    with pytest.raises(ApiError, match="retry after 39") as refused:
        admit(limits, Window(1.0), Window(1.0), group, now=now, paid=False)
    assert refused.value.retry_after == 39
    admit(limits, Window(1.0), Window(1.0), group, now=1060.0, paid=False)


@given(st.lists(st.integers(0, 400), max_size=120), st.integers(1, 5))
def test_no_window_ever_holds_more_than_the_limit_and_one(gaps: list[int], limit: int) -> None:
    """Whatever the arrival times (in milliseconds), any second holds at most limit + 1 accepted messages."""
    limits, bot, now, accepted = Limits(bot_per_second=limit, chat_per_second=limit), Window(1.0), 0, []
    for gap in gaps:
        now += gap
        try:
            admit(limits, bot, Window(1.0), None, now=now / 1000, paid=False)
        except ApiError as error:
            assert error.retry_after == 1  # noqa: PT017 - hypothesis runs both branches
        else:
            accepted.append(now)
    assert all(sum(start <= time < start + 1000 for time in accepted) <= limit + 1 for start in accepted)
