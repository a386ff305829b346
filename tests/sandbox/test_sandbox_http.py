"""The sandbox over real HTTP: python-telegram-bot, event streams, start and stop."""

import asyncio
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
import pytest
import telegram
from sandbox_doors import Clock
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter

from bot.sandbox import Sandbox, serve
from bot.sandbox.chats import Chat
from bot.serving import _listen

TOKEN = "4242:sandbox-token"


async def test_python_telegram_bot_sends_edits_and_deletes(ptb: telegram.Bot, ann: Chat, clock: Clock) -> None:
    """The library reads every answer: bot, message with entities and buttons, edit, chat, member, commands."""
    assert ptb.bot.first_name == "Cascade"
    keyboard = telegram.InlineKeyboardMarkup.from_button(telegram.InlineKeyboardButton("Seen", callback_data="seen"))
    sent = await ptb.send_message(ann.id, "<b>Hi</b> &amp; bye", "HTML", reply_markup=keyboard)
    assert (sent.text_html, sent.reply_markup, sent.chat.id) == ("<b>Hi</b> &amp; bye", keyboard, ann.id)
    assert sent.date.timestamp() == clock.now
    assert sent.from_user == ptb.bot
    edited = await sent.edit_text("two")
    assert isinstance(edited, telegram.Message)
    assert (edited.text, edited.reply_markup) == ("two", None)
    assert isinstance(await edited.edit_reply_markup(keyboard), telegram.Message)
    assert await sent.delete()
    full = await ptb.get_chat(ann.id)
    assert (full.first_name, full.active_usernames) == ("Ann", ("ann_other",))
    assert (await ptb.get_chat_member(ann.id, ann.id)).status == "member"
    assert await ptb.set_my_commands([("help", "Help")], scope=telegram.BotCommandScopeChat(ann.id))
    commands = await ptb.get_my_commands(scope=telegram.BotCommandScopeChat(ann.id))
    assert commands == (telegram.BotCommand("help", "Help"),)
    assert await ptb.delete_my_commands()
    assert await ptb.send_chat_action(ann.id, "typing")
    assert await ptb.set_my_description("About")
    assert (await ptb.get_my_description()).description == "About"
    assert await ptb.delete_webhook()
    assert (await ptb.get_webhook_info()).url == ""


async def test_python_telegram_bot_receives(ptb: telegram.Bot, sandbox: Sandbox, ann: Chat) -> None:
    """Message, sticker, press and block arrive as the library's objects, and a press can be answered."""
    sandbox.world.say(ann, "/help me")
    sandbox.world.say_sticker(ann, "👍")
    sandbox.world.press(ann, 1, "data")
    sandbox.world.set_blocked(ann, blocked=True)
    said, sticker, pressed, blocked = await ptb.get_updates(timeout=5)
    assert said.message is not None
    assert said.message.parse_entities(["bot_command"]) == {said.message.entities[0]: "/help"}
    assert sticker.message is not None
    assert sticker.message.sticker is not None
    assert sticker.message.sticker.emoji == "👍"
    assert pressed.callback_query is not None
    assert pressed.callback_query.data == "data"
    assert await pressed.callback_query.answer("Noted", show_alert=True)
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.difference()["status"] == ("member", "kicked")
    assert await ptb.get_updates(offset=blocked.update_id + 1) == ()


async def test_python_telegram_bot_names_the_refusals(
    ptb: telegram.Bot, sandbox: Sandbox, ann: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each refusal becomes the library's own class of error."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    with pytest.raises(BadRequest, match="Chat not found"):
        await ptb.send_message(5, "x")
    with pytest.raises(BadRequest, match='Can\'t parse entities: unsupported start tag "p" at byte offset 0'):
        await ptb.send_message(ann.id, "<p>", "HTML")
    await ptb.send_message(ann.id, "x")
    await ptb.send_message(ann.id, "x")
    with pytest.raises(RetryAfter) as refused:
        await ptb.send_message(ann.id, "x")
    assert refused.value.retry_after == timedelta(seconds=1)
    sandbox.world.set_blocked(ann, blocked=True)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await ptb.send_message(ann.id, "x")
    unknown = telegram.Bot("9:unknown", base_url=ptb.base_url.removesuffix(TOKEN))
    with pytest.raises(InvalidToken):
        await unknown.initialize()
    await unknown.shutdown()


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - what happens inside the server has no event to wait for
            await asyncio.sleep(0)


async def _event(stream: aiohttp.ClientResponse) -> tuple[str, Any]:
    while not (line := await stream.content.readline()).startswith(b"event: "):
        assert line, "the stream ended"
    data = await stream.content.readline()
    return line.decode().removeprefix("event: ").strip(), orjson.loads(data.removeprefix(b"data: "))


async def test_events_tell_what_happens(
    address: str, session: aiohttp.ClientSession, sandbox: Sandbox, ann: Chat
) -> None:
    """Messages, edits, deletions, answers, blocks and menus come as server-sent events of the account that follows."""
    world = sandbox.world
    async with session.get(f"{address}/client/events?account={ann.id}") as stream:
        assert stream.content_type == "text/event-stream"
        assert await stream.content.readline() == b": connected\n"
        eve = world.chat(world.add_account(first_name="Eve").id, 4242)
        world.say(eve, "not for Ann")
        said = world.say(ann, "hello")
        assert await _event(stream) == ("message", {"peer": 4242, "message": said.for_people()})

        async def call(method: str, **params: Any) -> Any:
            async with session.post(f"{address}/bot{TOKEN}/{method}", json=params) as response:
                return (await response.json())["result"]

        sent = await call("sendMessage", chat_id=ann.id, text="one")
        assert (await _event(stream))[1]["message"]["message_id"] == sent["message_id"]
        await call("editMessageText", chat_id=ann.id, message_id=sent["message_id"], text="two")
        kind, data = await _event(stream)
        assert (kind, data["message"]["text"]) == ("edit", "two")
        await call("deleteMessage", chat_id=ann.id, message_id=sent["message_id"])
        assert await _event(stream) == ("delete", {"peer": 4242, "message_id": sent["message_id"]})
        query = world.press(ann, said.message_id, "x")
        await call("answerCallbackQuery", callback_query_id=query, text="Noted", show_alert=True)
        answer = {"peer": 4242, "callback_query_id": query, "text": "Noted", "show_alert": True}
        assert await _event(stream) == ("answer", answer)
        await call("setMyCommands", commands=[{"command": "help", "description": "Help"}])
        assert await _event(stream) == ("commands", {"peer": 4242})
        world.set_blocked(ann, blocked=True)
        assert await _event(stream) == ("chat", {"peer": 4242})
        fresh = world.chat(ann.id, 77)
        world.say(fresh, "/start")
        assert [(await _event(stream))[0] for _ in range(2)] == ["message", "chat"]


async def test_a_stream_that_nobody_reads_is_cut(sandbox: Sandbox, ann: Chat) -> None:
    """After a thousand events the stream ends instead of growing."""
    hub = sandbox.world.events
    stream = hub.follow(ann.id)
    for number in range(1500):
        hub.tell(ann.id, "delete", {"message_id": number})
    taken = [stream.waiting.get_nowait() for _ in range(stream.waiting.qsize())]
    assert (len(taken), taken[-1]) == (1001, None)
    hub.unfollow(stream)
    assert not hub.has_followers(ann.id)


async def test_a_closed_stream_is_forgotten(
    address: str, session: aiohttp.ClientSession, sandbox: Sandbox, ann: Chat
) -> None:
    """When the page goes, nothing is kept for it."""
    async with session.get(f"{address}/client/events?account={ann.id}") as stream:
        await stream.content.readline()
        assert sandbox.world.events.has_followers(ann.id)
        stream.close()
    await _until(lambda: not sandbox.world.events.has_followers(ann.id))


async def test_stopping_ends_streams_and_long_polls(
    session: aiohttp.ClientSession, sandbox: Sandbox, ann: Chat
) -> None:
    """The server goes down at once under an open stream and a waiting poll, and leaves nothing behind."""
    async with asyncio.timeout(5):
        async with serve(sandbox.app) as base:
            stream = await session.get(f"{base}/client/events?account={ann.id}")
            await stream.content.readline()
            poll = asyncio.create_task(session.get(f"{base}/bot{TOKEN}/getUpdates?timeout=50"))
            await _until(lambda: sandbox.world.bots[4242].updates._poll is not None)
        with pytest.raises(aiohttp.ClientError):
            await poll
        assert not sandbox.world.events.has_followers(ann.id)
        assert sandbox.world.bots[4242].updates._poll is None
        stream.close()


async def test_the_port_can_be_had_again_at_once(sandbox: Sandbox) -> None:
    """A server that has stopped leaves its port free."""
    async with serve(sandbox.app) as base:
        port = int(base.rpartition(":")[2])
        assert base == f"http://127.0.0.1:{port}"
    async with serve(sandbox.app, port=port) as again:
        assert again == base


def test_answers_are_not_held_back() -> None:
    """The listener names its protocol, without which asyncio leaves Nagle's algorithm on and answers take 40 ms."""
    with _listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


async def test_a_port_in_use_is_an_error_that_names_it(sandbox: Sandbox, address: str) -> None:
    """It is an OSError and ends no process."""
    port = int(address.rpartition(":")[2])
    with pytest.raises(OSError, match=rf"cannot listen on 127\.0\.0\.1 port {port}: Address already in use"):
        async with serve(sandbox.app, port=port):
            pass


async def test_a_host_that_does_not_exist_is_an_error_that_names_it(sandbox: Sandbox) -> None:
    """A name that cannot be resolved is an OSError too."""
    with pytest.raises(OSError, match=r"cannot listen on no-such-host\.invalid port 0"):
        async with serve(sandbox.app, host="no-such-host.invalid"):
            pass


async def test_other_protocols_are_not_spoken(sandbox: Sandbox) -> None:
    """The application says so when a server offers it anything but HTTP."""
    with pytest.raises(RuntimeError, match="HTTP"):
        await sandbox.app({"type": "websocket"}, None, None)
