"""The ceiling: aiohttp on uvloop that posts the same bytes and reads the answers, with nothing behind it.

Fixed workers, as many as there are connections. Without a rate they go as fast as they can; with one they are let go in
ticks, as Cascade's pacer does: that is the bare sender with which its use of the processor is compared.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import aiohttp
import orjson
import uvloop

from alerts.delivery.pacer import TICK_SECONDS
from benchmarks.machine import arguments

HEADERS = {"Content-Type": "application/json"}
FIRST_CHAT = 1_000_000


async def send(http: aiohttp.ClientSession, url: str, chat_id: int, tail: bytes) -> None:
    """Post one message and read the answer.

    Raises:
        RuntimeError: it was refused.
    """
    async with http.post(url, data=b'{"chat_id":%d,%b' % (chat_id, tail), headers=HEADERS) as answer:
        stored = orjson.loads(await answer.read())
    if not stored["ok"]:
        raise RuntimeError(stored["description"])


async def at_once(given: dict[str, Any], http: aiohttp.ClientSession, tail: bytes) -> None:
    """Send as fast as the workers can."""
    chats = iter(range(FIRST_CHAT, FIRST_CHAT + given["messages"]))

    async def work(mine: Iterator[int]) -> None:
        for chat_id in mine:
            await send(http, given["url"], chat_id, tail)

    async with asyncio.TaskGroup() as group:
        for _ in range(given["connections"]):
            group.create_task(work(chats))


async def paced(given: dict[str, Any], http: aiohttp.ClientSession, tail: bytes) -> None:
    """Let so many go in each tick that the rate is kept."""
    turns: asyncio.Queue[int | None] = asyncio.Queue()

    async def work() -> None:
        while (chat_id := await turns.get()) is not None:
            await send(http, given["url"], chat_id, tail)

    async with asyncio.TaskGroup() as group:
        for _ in range(given["connections"]):
            group.create_task(work())
        chats, began, gone = count(FIRST_CHAT), time.monotonic(), 0
        while gone < given["messages"]:
            due = min(int((time.monotonic() - began) * given["rate"]), given["messages"])
            for chat_id in islice(chats, due - gone):
                turns.put_nowait(chat_id)
            gone = due
            await asyncio.sleep(TICK_SECONDS)
        for _ in range(given["connections"]):
            turns.put_nowait(None)


async def measure(given: dict[str, Any]) -> dict[str, float]:
    """Send all messages; tell the seconds and the processor's seconds."""
    tail = orjson.dumps(given["fields"])[1:]
    connector = aiohttp.TCPConnector(limit=given["connections"])
    async with aiohttp.ClientSession(connector=connector) as http:
        began, cpu_began = time.monotonic(), time.process_time()
        await (paced if given.get("rate") else at_once)(given, http, tail)
        return {"seconds": time.monotonic() - began, "cpu_seconds": time.process_time() - cpu_began}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(measure(arguments()))))
