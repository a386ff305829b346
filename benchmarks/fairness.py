"""Scenarios: what somebody waits for while a long broadcast is under way."""

from time import sleep
from typing import Any

from benchmarks.askers import Askers, percentile
from benchmarks.machine import progress
from benchmarks.rates import LATENCY_SECONDS
from benchmarks.roll import OTHER_SECTOR, SECTOR
from benchmarks.stage import FIRST_CHAT, Stage, people

FREE = 30
UNDER_WAY = 60
"""So many messages of the routine alert have come before the other one is confirmed."""

ASKED_PER_SECOND = 5
THOUSAND = 1000


def urgent(stage: Stage) -> dict[str, Any]:
    """Confirm an urgent alert alone, and then while a routine one of 100,000 is being sent.

    Returns:
        `first_seconds` from the confirmation to the first message, `last_seconds` to the last, `alone_seconds` the
        same without the other alert, and `refused`.
    """
    rows, routine = stage.size(600, 45), stage.size(100_000, 20_000)
    progress(f"urgent alert of {rows} while {routine:,} routine rows are under way")
    pressing = range(FIRST_CHAT + routine, FIRST_CHAT + routine + rows)
    database = stage.sqlite(people(routine), people(rows, pressing.start, OTHER_SECTOR))
    with stage.bot(database, FREE) as bot:

        def send_urgent() -> dict[str, Any]:
            issued = bot.do(do="issue", severity="urgent", sectors=[OTHER_SECTOR], regions=[])
            bot.do(do="wait", alert=issued["alert"], every_seconds=0.25)
            figures = stage.server.figures(pressing)
            return {
                "first": figures["first"] - issued["began"],
                "last": figures["last"] - issued["began"],
                "refused": figures["refused"],
            }

        stage.server.reset(limit=FREE, latency_seconds=LATENCY_SECONDS)
        alone = send_urgent()
        stage.server.reset(limit=FREE, latency_seconds=LATENCY_SECONDS)
        lasting = bot.do(do="issue", severity="information", sectors=[SECTOR], regions=[])
        while stage.server.count() < UNDER_WAY:
            sleep(0.05)
        among = send_urgent()
        bot.do(do="cancel", alert=lasting["alert"])
    found = {
        "first_seconds": among["first"],
        "last_seconds": among["last"],
        "alone_seconds": alone["last"],
        "refused": alone["refused"] + among["refused"],
    }
    progress(
        "  first after {first_seconds:.2f} s, last after {last_seconds:.2f} s, alone {alone_seconds:.2f} s".format(
            **found
        )
    )
    return found


def answers(stage: Stage) -> dict[str, Any]:
    """Ask /threat of an idle bot, and then while it sends a broadcast at 30/s.

    Returns:
        `idle_p50_ms`, `idle_p99_ms`, `busy_p50_ms`, `busy_p99_ms` and `refused`.
    """
    number = stage.size(240, 15)
    progress(f"answers to /threat, {number} idle and {number} during a broadcast at {FREE}/s")
    database = stage.sqlite(people(20_000))
    with stage.bot(database, FREE) as bot:
        stage.server.reset(limit=FREE, latency_seconds=LATENCY_SECONDS)
        idle = Askers(stage.server, ASKED_PER_SECOND).times(number)
        lasting = bot.do(do="issue", severity="advisory", sectors=[SECTOR], regions=[])
        while stage.server.figures(range(FIRST_CHAT, FIRST_CHAT + 20_000))["received"] < UNDER_WAY:
            sleep(0.05)
        busy = Askers(stage.server, ASKED_PER_SECOND).times(number)
        bot.do(do="cancel", alert=lasting["alert"])
        refused = stage.server.figures()["refused"]
    found = {
        f"{name}_p{round(share * 100)}_ms": percentile(seconds, share) * THOUSAND
        for name, seconds in (("idle", idle), ("busy", busy))
        for share in (0.5, 0.99)
    }
    progress(f"  p99 {found['idle_p99_ms']:.1f} ms idle, {found['busy_p99_ms']:.1f} ms during the broadcast")
    return found | {"refused": refused}
