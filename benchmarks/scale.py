"""Scenarios: a million recipients. How long planning takes, who waits for it, and what a delivery costs then."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

from benchmarks.askers import Askers, percentile
from benchmarks.fairness import FREE
from benchmarks.machine import Child, progress
from benchmarks.postgres import serving
from benchmarks.roll import REGION, SECTOR
from benchmarks.stage import FIRST_CHAT, NO_LIMIT, Stage, people

ASKED_PER_SECOND = 10
DRAIN_SECONDS = 75
QUICK_DRAIN_SECONDS = 5
"""How long the large outbox is emptied, at most; then what has gone tells the cost."""

WARM_UP = 1_000
"""The first messages of a broadcast open connections, and are not counted."""

SMALL = 10_000
SMALL_RUNS = 3
"""So many small broadcasts before the large one, and as many after it."""

THOUSAND = 1000


def on_sqlite(stage: Stage) -> dict[str, Any]:
    """Measure on SQLite (`at_scale`)."""
    return at_scale(stage, "SQLite", stage.sqlite)


def on_postgresql(stage: Stage) -> dict[str, Any]:
    """Measure on PostgreSQL (`at_scale`), whose server stays on the answerer's core."""
    with serving() as server:
        return at_scale(stage, "PostgreSQL", lambda *groups: stage.filled(server.database(), *groups))


def at_scale(stage: Stage, name: str, make: Callable[..., str]) -> dict[str, Any]:
    """Plan and send a large alert, and small ones before and after it.

    Args:
        stage: where.
        name: the database, for whoever watches.
        make: makes a database with these people.

    Returns:
        What `large` gives, with `small_cost` (seconds a delivery, the median) and `cost_ratio`.
    """
    rows = stage.size(1_000_000, 25_000)
    progress(f"{name}: {rows:,} recipients")
    costs = [small(stage, make) for _ in range(stage.size(SMALL_RUNS, 1))]
    found = large(stage, make(people(rows)), rows)
    costs += [small(stage, make) for _ in range(stage.size(SMALL_RUNS, 0))]
    found |= {"small_cost": median(costs), "cost_ratio": found["cost"] / median(costs)}
    progress(
        "  planned in {plan_seconds:.2f} s (+{plan_memory_mb:.1f} MB), /threat p99 {answer_p99_ms:.0f} ms; "
        "{cost_ratio:.2f} of a small outbox's cost over {drained:,} rows; {peak_mb:.0f} MB".format(**found)
    )
    return found


def small(stage: Stage, make: Callable[..., str]) -> float:
    """Send to a few on a database of their own; give the seconds that a delivery takes."""
    with stage.bot(make(people(SMALL)), NO_LIMIT) as bot:
        stage.server.reset()
        issued = bot.do(do="issue", severity="urgent", sectors=[SECTOR], regions=[REGION])
        bot.do(do="wait", alert=issued["alert"])
    return _cost(stage, SMALL)


def large(stage: Stage, database: str, rows: int) -> dict[str, Any]:
    """Plan for everybody on a large roll while people ask, at the free rate; then start anew without limit, and send.

    Returns:
        What `plan` gives, `cost` (seconds a delivery) over `drained` rows, and `peak_mb`, the most memory of either
        process from its start on.
    """
    planned = plan(stage, database, rows)
    gone = stage.server.figures(range(FIRST_CHAT, FIRST_CHAT + rows))["received"]
    stage.server.reset()
    with stage.bot(database, NO_LIMIT) as bot:
        _drain(stage, rows - gone)
        peak = bot.do(do="usage")["peak_mb"]
    drained = stage.server.count()
    cost = _cost(stage, drained)
    return planned | {"cost": cost, "drained": drained, "peak_mb": max(peak, planned["peak_mb"])}


def plan(stage: Stage, database: str, rows: int) -> dict[str, Any]:
    """Confirm an alert for everybody, while people ask.

    Returns:
        `plan_seconds`, `plan_memory_mb` (the most during it above what it was before), `answers` to people who waited
        for /threat meanwhile, their `answer_p99_ms` and `answer_max_ms`, and `peak_mb`.

    Raises:
        ValueError: the alert is not for as many as there are.
    """
    with stage.bot(database, FREE) as bot:
        time.sleep(2.0)  # what a bot does at its start is over
        stage.server.reset()
        start = bot.do(do="usage")["peak_mb"]
        before = bot.do(do="usage", forget=True)
        issued, asked = _issue_while_asked(stage, bot)
        after = bot.do(do="usage")
    if issued["recipients"] != rows:
        raise ValueError(f"{issued['recipients']} of {rows} were planned")
    waits = waited_during(asked, issued["began"], issued["began"] + issued["seconds"])
    return {
        "rows": rows,
        "plan_seconds": issued["seconds"],
        "plan_memory_mb": after["peak_mb"] - before["rss_mb"],
        "answers": len(waits),
        "answer_p99_ms": percentile(waits, 0.99) * THOUSAND,
        "answer_max_ms": max(waits) * THOUSAND,
        "peak_mb": max(start, after["peak_mb"]),
    }


def waited_during(asked: list[tuple[float, float]], began: float, ended: float) -> list[float]:
    """Give the waits, in seconds, of those who waited at some moment between these two."""
    return [wait for moment, wait in asked if moment <= ended and moment + wait >= began]


def _issue_while_asked(stage: Stage, bot: Child) -> tuple[dict[str, Any], list[tuple[float, float]]]:
    """Confirm the alert while people ask, from shortly before until it is planned."""
    with ThreadPoolExecutor(1) as pool:
        bot_answer = pool.submit(bot.do, do="issue", severity="urgent", sectors=[SECTOR], regions=[REGION])
        asked = Askers(stage.server, ASKED_PER_SECOND).while_true(lambda: not bot_answer.done())
        return bot_answer.result(), asked


def _drain(stage: Stage, rows: int) -> None:
    """Return when all have their message, or the time is up."""
    end = time.monotonic() + stage.size(DRAIN_SECONDS, QUICK_DRAIN_SECONDS)
    while stage.server.count() < rows and time.monotonic() < end:
        time.sleep(0.2)


def _cost(stage: Stage, messages: int) -> float:
    """Give the seconds that a delivery took once the first were gone, as they arrived."""
    last = messages - 1
    moments = stage.server.figures(marks=(WARM_UP, last))["moments"]
    seconds: float = moments[str(last)] - moments[str(WARM_UP)]
    return seconds / (last - WARM_UP)
