"""Scenario: the limit kept to the end and never passed, with 50 ms latency, and what that costs the processor."""

from statistics import median
from typing import Any

from benchmarks.machine import progress
from benchmarks.roll import SECTOR
from benchmarks.stage import Stage, people

LATENCY_SECONDS = 0.05
RATES = {30: 900, 300: 9_000, 1000: 30_000}
"""How many rows are sent at each rate: thirty seconds' worth."""

QUICK_SHARE = 10
PAID = 1000


def kept(stage: Stage, rates: dict[int, int]) -> dict[str, Any]:
    """Send a broadcast at each rate to an answerer that enforces it.

    Returns:
        For each rate what `broadcast_paced` gives; for 1,000/s also `cpu_bare`, a bare sender's use before and after.
    """
    measured: dict[str, Any] = {}
    for rate, full_rows in rates.items():
        rows = stage.size(full_rows, full_rows // QUICK_SHARE)
        progress(f"rate kept at {rate}/s, {rows:,} rows")
        measured[str(rate)] = found = broadcast_paced(stage, rate, rows)
        if rate == PAID:
            bare = [_bare(stage, int(found["connections"]), rows // 2)]
            again = broadcast_paced(stage, rate, rows // 2)
            bare.append(_bare(stage, int(found["connections"]), rows // 2))
            found["refused"] += again["refused"]
            found["most_in_a_second"] = max(found["most_in_a_second"], again["most_in_a_second"])
            found["cpu_share"] = median((found["cpu_share"], again["cpu_share"]))
            found["cpu_bare"] = median(bare)
            progress(f"  CPU {found['cpu_share']:.1%} of a core, a bare sender {found['cpu_bare']:.1%}")
    return measured


def broadcast_paced(stage: Stage, rate: int, rows: int) -> dict[str, float]:
    """Send one alert at a rate.

    Returns:
        `share` of the limit over the whole broadcast and `most_in_a_second` as they arrived, `refused`, `received`,
        `cpu_share` of a core, and how many `connections` were used.
    """
    database = stage.sqlite(people(rows))
    with stage.bot(database, rate) as bot:
        stage.server.reset(limit=rate, latency_seconds=LATENCY_SECONDS)
        before = bot.do(do="usage")
        issued = bot.do(do="issue", severity="urgent", sectors=[SECTOR], regions=[])
        over = bot.do(do="wait", alert=issued["alert"], every_seconds=0.25)
        after = bot.do(do="usage")
        figures = stage.server.figures()
    seconds = figures["last"] - figures["first"]
    found = {
        "share": (figures["received"] - 1) / seconds / rate,
        "most_in_a_second": figures["most_in_a_second"],
        "refused": figures["refused"],
        "received": figures["received"],
        "cpu_share": (after["cpu_seconds"] - before["cpu_seconds"]) / (over["ended"] - issued["began"]),
        "connections": figures["connections"],
    }
    progress(
        f"  {found['share']:.3f} of the limit, at most {found['most_in_a_second']} a second, {found['refused']} 429s"
    )
    return found


def _bare(stage: Stage, connections: int, messages: int) -> float:
    """Give the share of a core that a bare sender takes at the same rate and latency."""
    stage.server.reset(latency_seconds=LATENCY_SECONDS)
    used = stage.bare(connections, messages, PAID)
    return used["cpu_seconds"] / used["seconds"]
