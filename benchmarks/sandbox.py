"""How many sends a second the sandbox takes by itself, so that it is never what a drill or a benchmark measures.

The sandbox has a process of its own; the client is bare sockets with prepared bytes, since a whole HTTP client would
cost more than the server. Run it with `python -m benchmarks.sandbox`; docs/sandbox.md keeps what was measured.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

import orjson
import uvloop

from bot.sandbox import Limits, Sandbox, serve

TOKEN = "123456:benchmark-of-the-sandbox-only"  # noqa: S105 - it opens the sandbox of this benchmark alone
FIRST_CHAT = 1_000_000
SENDS, CHATS, CONNECTIONS = 20_000, 2_000, 32
QUICK = Limits(bot_per_second=1_000_000, chat_per_second=1_000_000)
TEXT = "<b>Urgent</b>\n" + "Police are dealing with an incident. Keep staff and visitors inside until told. " * 5


def serve_sandbox(pipe: Connection, recipients: int, limits: Limits) -> None:
    """Serve a sandbox in which so many people have pressed Start, until the pipe closes."""

    async def run() -> None:
        sandbox = Sandbox(tokens={TOKEN: "Cascade"}, limits=limits)
        bot = sandbox.world.bot_for(TOKEN)
        for chat_id in range(FIRST_CHAT, FIRST_CHAT + recipients):
            account = sandbox.world.add_account(id=chat_id, first_name=f"Contact {chat_id}")
            chat = bot.chats[account.id] = sandbox.world.chat(account.id, bot.id)
            chat.started = True
        async with serve(sandbox.app) as address:
            pipe.send(address)
            await asyncio.to_thread(pipe.recv)

    uvloop.run(run())


@contextmanager
def sandbox_process(recipients: int, limits: Limits) -> Iterator[str]:
    """Run the sandbox beside this process and give its address."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve_sandbox, args=(theirs, recipients, limits))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("stop")
        process.join(timeout=10)


def request_for(chat_id: int) -> bytes:
    """Give the bytes of one sendMessage, as a keep-alive client writes them."""
    body = orjson.dumps({"chat_id": chat_id, "text": TEXT, "parse_mode": "HTML"})
    head = (
        f"POST /bot{TOKEN}/sendMessage HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def send(address: str, chat_ids: range) -> None:
    """Send one message to each of the chats over one connection, and fail at the first that is refused."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    for chat_id in chat_ids:
        writer.write(request_for(FIRST_CHAT + chat_id % CHATS))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(body.decode())
    writer.close()


async def measure(address: str) -> None:
    """Send over many connections at once and print the rate."""
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for first in range(CONNECTIONS):
            group.create_task(send(address, range(first, SENDS, CONNECTIONS)))
    seconds = time.perf_counter() - began
    print(f"sandbox alone: {SENDS} sends in {seconds:.2f} s, {SENDS / seconds:,.0f}/s")


def main() -> None:
    """Measure the sandbox in a process of its own."""
    with sandbox_process(CHATS, QUICK) as address:
        uvloop.run(measure(address))


if __name__ == "__main__":
    main()
