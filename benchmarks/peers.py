"""The same alert with other libraries, each with its own HTTP and JSON as a sensible user sets them up.

It runs with the interpreter of `.venv-peers`, so it imports nothing of Cascade.
"""

import asyncio
import importlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.machine import arguments

TOKEN = "123456:benchmark-of-the-answerer-only-0000"  # noqa: S105 - it opens the answerer of this benchmark alone
FIRST_CHAT = 1_000_000
NO_LIMIT = 1_000_000

Send = Callable[[int], Awaitable[Any]]


@asynccontextmanager
async def telegram_sender(given: dict[str, Any], *, is_limited: bool = False) -> AsyncIterator[Send]:
    """Send with python-telegram-bot's `Bot.send_message`, with its rate limiter or without."""
    telegram, ext = importlib.import_module("telegram"), importlib.import_module("telegram.ext")
    request = importlib.import_module("telegram.request").HTTPXRequest(
        connection_pool_size=given["connections"], pool_timeout=60.0
    )
    options: dict[str, Any] = {"base_url": f"{given['address']}/bot", "request": request}
    if is_limited:
        limiter = ext.AIORateLimiter(overall_max_rate=NO_LIMIT, overall_time_period=1)
        bot = ext.ExtBot(TOKEN, rate_limiter=limiter, **options)
    else:
        bot = telegram.Bot(TOKEN, **options)
    fields = given["fields"]
    rows = fields["reply_markup"]["inline_keyboard"]
    keyboard = telegram.InlineKeyboardMarkup(
        [[telegram.InlineKeyboardButton(**button) for button in row] for row in rows]
    )
    preview = telegram.LinkPreviewOptions(is_disabled=True)
    async with bot:
        yield lambda chat_id: bot.send_message(
            chat_id, fields["text"], parse_mode="HTML", reply_markup=keyboard, link_preview_options=preview
        )


@asynccontextmanager
async def aiogram_sender(given: dict[str, Any]) -> AsyncIterator[Send]:
    """Send with aiogram's `Bot.send_message`."""
    aiogram, types = importlib.import_module("aiogram"), importlib.import_module("aiogram.types")
    server = importlib.import_module("aiogram.client.telegram").TelegramAPIServer.from_base(given["address"])
    session = importlib.import_module("aiogram.client.session.aiohttp").AiohttpSession(
        api=server, limit=given["connections"]
    )
    fields = given["fields"]
    keyboard = types.InlineKeyboardMarkup.model_validate(fields["reply_markup"])
    preview = types.LinkPreviewOptions(is_disabled=True)
    bot = aiogram.Bot(TOKEN, session=session)
    try:
        yield lambda chat_id: bot.send_message(
            chat_id, fields["text"], parse_mode="HTML", reply_markup=keyboard, link_preview_options=preview
        )
    finally:
        await session.close()


@asynccontextmanager
async def telebot_sender(given: dict[str, Any]) -> AsyncIterator[Send]:
    """Send with pyTelegramBotAPI's `AsyncTeleBot.send_message`."""
    asyncio_helper: Any = importlib.import_module("telebot.asyncio_helper")
    types = importlib.import_module("telebot.types")
    asyncio_helper.API_URL = given["address"] + "/bot{0}/{1}"
    asyncio_helper.REQUEST_LIMIT = given["connections"]
    bot = importlib.import_module("telebot.async_telebot").AsyncTeleBot(TOKEN)
    fields = given["fields"]
    rows = fields["reply_markup"]["inline_keyboard"]
    keyboard = types.InlineKeyboardMarkup([[types.InlineKeyboardButton(**button) for button in row] for row in rows])
    preview = types.LinkPreviewOptions(is_disabled=True)
    try:
        yield lambda chat_id: bot.send_message(
            chat_id, fields["text"], parse_mode="HTML", reply_markup=keyboard, link_preview_options=preview
        )
    finally:
        await bot.close_session()


SENDERS = {
    "ptb": telegram_sender,
    "ptb-limiter": lambda given: telegram_sender(given, is_limited=True),
    "aiogram": aiogram_sender,
    "telebot": telebot_sender,
}


async def measure(given: dict[str, Any]) -> dict[str, float]:
    """Send the messages with fixed workers, one for each connection; tell the seconds and the processor's seconds."""
    chats = iter(range(FIRST_CHAT, FIRST_CHAT + given["messages"]))
    async with SENDERS[given["peer"]](given) as send:
        began, cpu_began = time.monotonic(), time.process_time()

        async def work() -> None:
            for chat_id in chats:
                await send(chat_id)

        async with asyncio.TaskGroup() as group:
            for _ in range(given["connections"]):
                group.create_task(work())
        return {"seconds": time.monotonic() - began, "cpu_seconds": time.process_time() - cpu_began}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(arguments()))))
