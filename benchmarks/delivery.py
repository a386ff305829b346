"""How fast an alert goes out, end to end and durable: from the confirmation to the last recorded outcome.

The sandbox runs in a process of its own, so that the bot has a core to itself on a machine with two. Run it with
`make bench`; docs/performance.md keeps what was measured.
"""

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
import uvloop
from pydantic import SecretStr
from sqlalchemy import insert

from alerts.clock import SystemClock
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import AlertStatus, Severity
from alerts.publishing.desk import Content
from alerts.store.migrate import migrate
from alerts.store.tables import subscriber_sectors, subscribers
from bot.app import Domain, build_domain, running
from bot.demo import DemoSettings
from bot.logs import set_up_logging
from bot.sandbox import Limits, Sandbox, serve

TOKEN = "123456:benchmark-of-the-sandbox-only"  # noqa: S105 - it opens the sandbox of this benchmark alone
FIRST_CHAT = 1_000_000
BODY = "Police are dealing with an incident. Keep staff and visitors inside until told otherwise. " * 5


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


async def fill(domain: Domain, recipients: int) -> None:
    """Put the recipients on the roll."""
    now = domain.clock.now()
    common = {"kind": "private", "status": "active", "consented_at": now, "since": now, "updated_at": now}
    chats = range(FIRST_CHAT, FIRST_CHAT + recipients)
    async with domain.store.writing() as connection:
        await connection.execute(insert(subscribers), [{"chat_id": chat_id, **common} for chat_id in chats])
        await connection.execute(
            insert(subscriber_sectors), [{"chat_id": chat_id, "sector": "aviation"} for chat_id in chats]
        )


async def measure(name: str, address: str, recipients: int, rate: int) -> None:
    """Send one alert to everybody and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        settings = DemoSettings(
            bot_token=SecretStr(TOKEN),
            api_url=address,
            database_url=f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}",
            rate_per_second=rate,
        )
        wake = asyncio.Event()
        domain = build_domain(settings, SystemClock(), wake)
        await migrate(domain.store)
        await fill(domain, recipients)
        async with running(settings, domain, wake):
            content = Content("Benchmark", BODY, Severity.URGENT, domain.clock.now() + timedelta(hours=1))
            began, cpu_began = time.perf_counter(), time.process_time()
            alert, _ = await domain.desk.issue(content, origin="benchmark")
            while (await domain.desk.find(alert.id)).status is AlertStatus.SENDING:
                await asyncio.sleep(0.1)
            seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
            _, report = await domain.desk.report(alert.id)
        await domain.store.close()
    async with aiohttp.ClientSession() as http, http.get(f"{address}/client/calls?after=0") as answer:
        refused = sum(call["status"] == 429 for call in (await answer.json())["calls"])  # noqa: PLR2004 - HTTP
    print(
        f"{name}: {report.counts[DeliveryState.SENT]} of {recipients} sent in {seconds:.2f} s, "
        f"{recipients / seconds:.1f}/s, {cpu_seconds * 10_000 / recipients:.2f} CPU-s per 10,000, "
        f"{refused} refused with 429, {report.uncertain_count} perhaps doubled"
    )


def main() -> None:
    """Measure the free rate against Telegram's limits, the paid rate, and what is left when nothing holds it."""
    set_up_logging()
    free, paid = Limits(), Limits(bot_per_second=1000)
    for name, recipients, rate, limits in (
        ("free rate, 30/s", 300, 30, free),
        ("paid rate, 1,000/s", 10_000, 1000, paid),
    ):
        with sandbox_process(recipients, limits) as address:
            uvloop.run(measure(name, address, recipients, rate))


if __name__ == "__main__":
    main()
