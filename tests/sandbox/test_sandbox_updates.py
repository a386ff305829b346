"""How a bot hears of what people do."""

import asyncio

import pytest
from sandbox_doors import BotCaller, Caller, Clock

from bot.sandbox import Sandbox
from bot.sandbox.chats import Chat

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


async def _ready() -> None:
    """Let every task that can run do so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_message_arrives_with_its_entities(bot: BotCaller, sandbox: Sandbox, ann: Chat, clock: Clock) -> None:
    """The update holds the whole message, the command marked as one."""
    sandbox.world.say(ann, "/start abc", [{"type": "bold", "offset": 7, "length": 3}])
    assert await bot.ok("getUpdates") == [
        {
            "update_id": 2,
            "message": {
                "message_id": 2,
                "from": {
                    "id": 1001,
                    "is_bot": False,
                    "first_name": "Ann",
                    "last_name": "Other",
                    "username": "ann_other",
                    "language_code": "en",
                },
                "chat": {
                    "id": 1001,
                    "first_name": "Ann",
                    "last_name": "Other",
                    "username": "ann_other",
                    "type": "private",
                },
                "date": int(clock.now),
                "text": "/start abc",
                "entities": [
                    {"type": "bot_command", "offset": 0, "length": 6},
                    {"type": "bold", "offset": 7, "length": 3},
                ],
            },
        }
    ]


async def test_a_sticker_arrives_whole(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """A sticker is a file with an emoji and no text."""
    sandbox.world.say_sticker(ann, "👍")
    message = (await bot.ok("getUpdates"))[0]["message"]
    assert "text" not in message
    assert message["sticker"]["emoji"] == "👍"
    assert {"file_id", "file_unique_id", "type", "width", "height", "is_animated", "is_video"} <= message[
        "sticker"
    ].keys()


async def test_a_press_arrives_with_its_message_and_any_data(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """The data is what the client sent, whether or not a button has it."""
    sent = await bot.ok("sendMessage", chat_id=ann.id, text="x")
    query_id = sandbox.world.press(ann, sent["message_id"], "forged " * 20)
    query = (await bot.ok("getUpdates"))[0]["callback_query"]
    assert (query["id"], query["from"]["id"], query["data"]) == (query_id, 1001, "forged " * 20)
    assert query["message"] == sent
    assert query["chat_instance"]


async def test_block_and_unblock_arrive_as_my_chat_member(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """A block makes the bot 'kicked', its end a 'member' again; repeating either says nothing."""
    for blocked in (True, True, False, False):
        sandbox.world.set_blocked(ann, blocked=blocked)
    changes = [update["my_chat_member"] for update in await bot.ok("getUpdates")]
    statuses = [(change["old_chat_member"]["status"], change["new_chat_member"]["status"]) for change in changes]
    assert statuses == [("member", "kicked"), ("kicked", "member")]
    assert changes[0]["new_chat_member"]["until_date"] == 0
    assert changes[0]["chat"]["id"] == changes[0]["from"]["id"] == 1001
    assert changes[0]["new_chat_member"]["user"]["id"] == 4242


async def test_updates_stay_until_they_are_confirmed(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """The same updates come again until a higher offset confirms them."""
    for text in ("a", "b", "c"):
        sandbox.world.say(ann, text)
    first = await bot.ok("getUpdates")
    assert [update["message"]["text"] for update in first] == ["a", "b", "c"]
    assert await bot.ok("getUpdates") == first
    assert await bot.ok("getUpdates", limit=2) == first[:2]
    assert await bot.ok("getUpdates", offset=first[1]["update_id"]) == first[1:]
    assert await bot.ok("getUpdates") == first[1:]
    assert await bot.ok("getUpdates", offset=first[2]["update_id"] + 1) == []
    assert await bot.ok("getUpdates") == []


async def test_a_negative_offset_takes_the_last_and_forgets_the_rest(
    bot: BotCaller, sandbox: Sandbox, ann: Chat
) -> None:
    """-2 leaves the last two updates in the queue."""
    for text in ("a", "b", "c"):
        sandbox.world.say(ann, text)
    assert [update["message"]["text"] for update in await bot.ok("getUpdates", offset=-2)] == ["b", "c"]
    assert len(await bot.ok("getUpdates")) == 2
    assert len(await bot.ok("getUpdates", offset=-9)) == 2


async def test_limits_are_brought_into_range(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """A limit of 0 means 1 and of 1,000 means 100."""
    for number in range(101):
        sandbox.world.say(ann, str(number))
    assert len(await bot.ok("getUpdates", limit=0)) == 1
    assert len(await bot.ok("getUpdates", limit=1000)) == 100


async def test_updates_are_kept_for_a_day(bot: BotCaller, sandbox: Sandbox, ann: Chat, clock: Clock) -> None:
    """At 24 hours they are gone."""
    sandbox.world.say(ann, "a")
    clock.now += 24 * 3600 - 1
    assert len(await bot.ok("getUpdates")) == 1
    clock.now += 1
    assert await bot.ok("getUpdates") == []


async def test_allowed_updates_are_remembered(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """The list holds from the request on until another one; an empty one brings back the default."""
    await bot.ok("getUpdates", allowed_updates=["callback_query", "no such kind"])
    sandbox.world.say(ann, "unheard")
    await bot.ok("getUpdates")
    sandbox.world.press(ann, 1, "heard")
    assert ["callback_query" in update for update in await bot.ok("getUpdates")] == [True]
    assert (await bot.ok("getWebhookInfo"))["allowed_updates"] == ["callback_query", "no such kind"]
    await bot.ok("getUpdates", allowed_updates=[])
    sandbox.world.say(ann, "heard")
    sandbox.world.set_blocked(ann, blocked=True)
    kinds = [list(update)[1] for update in await bot.ok("getUpdates")]
    assert kinds == ["callback_query", "message", "my_chat_member"]


async def test_a_long_poll_wakes_with_the_update(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """A request that waits is answered as soon as something happens."""
    poll = asyncio.create_task(bot.ok("getUpdates", timeout=50))
    await _ready()
    assert not poll.done()
    sandbox.world.say(ann, "hello")
    assert [update["message"]["text"] for update in await poll] == ["hello"]


async def test_a_long_poll_does_not_wait_when_something_is_there(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """Waiting updates are given out at once."""
    sandbox.world.say(ann, "hello")
    assert len(await bot.ok("getUpdates", timeout=50)) == 1


@pytest.mark.usefixtures("sandbox", "ann")
async def test_a_second_poll_ends_the_first(bot: BotCaller) -> None:
    """The first of two concurrent polls gets 409 and the second the update; a short poll does the same."""
    first = asyncio.create_task(bot("getUpdates", timeout=50))
    await _ready()
    second = asyncio.create_task(bot("getUpdates", timeout=50))
    assert await first == {"ok": False, "error_code": 409, "description": CONFLICT}
    await bot.ok("getUpdates")
    assert (await second)["description"] == CONFLICT


@pytest.mark.usefixtures("ann")
async def test_a_poll_whose_client_hangs_up_ends(bot: BotCaller, http: Caller, sandbox: Sandbox) -> None:
    """A bot that was killed leaves no poll behind that the next one would have to end."""
    poll = asyncio.create_task(bot("getUpdates", timeout=50))
    await _ready()
    http.gone.set()
    assert (await poll)["result"] == []
    assert sandbox.world.bots[4242].updates._poll is None


async def test_bots_hear_only_what_is_meant_for_them(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """What is said to one bot does not reach another."""
    sandbox.world.say(ann, "private")
    bot.token = "77:another-token"
    assert await bot.ok("getUpdates") == []


async def test_deleting_a_webhook_that_is_not_set_succeeds(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """DeleteWebhook succeeds, and drops what waits if it is told to."""
    sandbox.world.say(ann, "a")
    info = await bot.ok("getWebhookInfo")
    assert info == {"url": "", "has_custom_certificate": False, "pending_update_count": 1}
    assert await bot.ok("deleteWebhook") is True
    assert len(await bot.ok("getUpdates")) == 1
    assert await bot.ok("deleteWebhook", drop_pending_updates=True) is True
    assert await bot.ok("getUpdates") == []
