"""Cascade itself in a process of its own: the whole bot, told line by line what to send."""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import uvloop
from pydantic import SecretStr

if __name__ == "__main__":
    import benchmarks.without_extras  # noqa: F401 - first, before the bot
import bot.cli  # noqa: F401 - a bot that runs was started by it, so it is in its memory
from alerts.clock import SystemClock
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import AlertStatus, Audience, Severity
from benchmarks.machine import arguments
from benchmarks.message import content
from bot.app import running
from bot.domain import Domain, build_domain
from bot.logs import set_up_logging
from bot.settings import DemoSettings

TOKEN = "123456:benchmark-of-the-answerer-only"  # noqa: S105 - it opens the answerer of this benchmark alone
LOOK_SECONDS = 0.05
"""How often it is looked whether an alert is over."""

STATUS = Path("/proc/self/status")
FORGET_PEAK = Path("/proc/self/clear_refs")
MEBIBYTE = 2**20


def settings_for(address: str, database_url: str, rate: int) -> DemoSettings:
    """Give settings whose rate may be above what Telegram allows anybody: then the pacer is out of the way.

    Answers go out in words alone, since the answerer stores no pictures.
    """
    return DemoSettings.model_construct(
        bot_token=SecretStr(TOKEN),
        api_url=address,
        database_url=database_url,
        rate_per_second=rate,
        pictures="off",
    )


def usage() -> dict[str, float]:
    """Tell the processor's seconds, and the memory now and at its most, in MiB."""
    used = {"cpu_seconds": time.process_time()}
    if STATUS.exists():
        lines = (line.split() for line in STATUS.read_text(encoding="ascii").splitlines())
        sizes = {words[0]: int(words[1]) * 1024 for words in lines if words[0] in {"VmRSS:", "VmHWM:"}}
        return used | {"rss_mb": sizes["VmRSS:"] / MEBIBYTE, "peak_mb": sizes["VmHWM:"] / MEBIBYTE}
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEBIBYTE
    return used | {"rss_mb": peak, "peak_mb": peak}


def forget_peak() -> None:
    """Let the most memory be counted from now on."""
    if FORGET_PEAK.exists():
        FORGET_PEAK.write_text("5", encoding="ascii")


class Commands:
    """What the benchmark can tell the bot to do."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain

    async def issue(self, severity: str, sectors: list[str], regions: list[str]) -> dict[str, Any]:
        """Send the alert to an audience; give when that began, how long planning took and how many get it."""
        audience = Audience(sectors=tuple(sectors), regions=tuple(regions))
        alert_content = content(self._domain, Severity(severity), audience)
        began = time.monotonic()
        alert, recipients = await self._domain.desk.issue(alert_content, origin="benchmark")
        return {"alert": alert.id, "began": began, "seconds": time.monotonic() - began, "recipients": recipients}

    async def wait(self, alert: int, every_seconds: float = LOOK_SECONDS) -> dict[str, Any]:
        """Return when the alert is over and all of it is recorded; give the moment and the counts."""
        while (await self._domain.desk.find(alert)).status is AlertStatus.SENDING:
            await asyncio.sleep(every_seconds)
        ended = time.monotonic()
        _, report = await self._domain.desk.report(alert)
        return {
            "ended": ended,
            "sent": report.counts[DeliveryState.SENT],
            "recipients": report.recipients,
            "uncertain": report.uncertain_count,
        }

    async def cancel(self, alert: int) -> dict[str, Any]:
        """Stop an alert."""
        await self._domain.desk.cancel(alert, None)
        return {}

    async def usage(self, *, forget: bool = False) -> dict[str, float]:
        """Tell what the process uses; the most memory may be counted anew from here."""
        if forget:
            forget_peak()
        return usage()


async def run(given: dict[str, Any]) -> None:
    """Run the bot and do as told until standard input ends."""
    settings = settings_for(given["address"], given["database_url"], given["rate"])
    wake = asyncio.Event()
    domain = build_domain(settings, SystemClock(), wake)
    commands = Commands(domain)
    try:
        async with running(settings, domain, wake):
            print(json.dumps(usage()), flush=True)
            while line := await asyncio.to_thread(sys.stdin.readline):
                command = json.loads(line)
                answer = await getattr(commands, command.pop("do"))(**command)
                print(json.dumps(answer), flush=True)
    finally:
        await domain.store.close()


if __name__ == "__main__":
    handed = arguments()
    set_up_logging(TOKEN)
    uvloop.run(run(handed))
