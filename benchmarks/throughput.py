"""Scenario: how many messages a second without any limit, durable, against a bare sender and other libraries."""

from statistics import median
from typing import Any

from benchmarks.machine import PEERS_PYTHON, progress
from benchmarks.roll import SECTOR
from benchmarks.stage import NO_LIMIT, Stage, people

PEER_CONNECTIONS = 32
FEW, FEW_CONNECTIONS = "ceiling-32", 32
"""The ceiling is run with fewer connections too, to see whether the number that Cascade takes costs it anything."""

PTB_CONNECTIONS = (4, 16, 64)
"""What python-telegram-bot is tried with; the best counts."""

ROUNDS = 3


def throughput(stage: Stage) -> dict[str, Any]:
    """Run everybody in turn, round after round, so that drift of the machine hits all alike.

    Returns:
        `messages_per_second` of each (the median), `cpu_per_10000` of each, `connections` of each.
    """
    rounds = stage.size(ROUNDS, 1)
    rates: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    connections: dict[str, int] = {}

    def note(name: str, messages: int, measured: dict[str, float]) -> None:
        rates.setdefault(name, []).append(messages / measured["seconds"])
        cpu.setdefault(name, []).append(measured["cpu_seconds"] * 10_000 / messages)
        progress(f"  {name}: {rates[name][-1]:,.0f}/s, {cpu[name][-1]:.2f} CPU-s per 10,000")

    for number in range(rounds):
        progress(f"throughput, round {number + 1} of {rounds}")
        rows = stage.size(60_000, 8_000)
        cascade = broadcast_at_once(stage, rows)
        connections |= dict.fromkeys(("cascade", "ceiling"), int(cascade["connections"])) | {FEW: FEW_CONNECTIONS}
        note("cascade", rows, cascade)
        for name in ("ceiling", FEW):
            stage.server.reset()
            note(name, rows, stage.bare(connections[name], rows))
        if PEERS_PYTHON.exists():
            _peers(stage, note, connections, is_first=number == 0)
    return {
        "messages_per_second": {name: median(found) for name, found in rates.items()},
        "cpu_per_10000": {name: median(found) for name, found in cpu.items()},
        "connections": connections,
        "rounds": rates,
    }


def broadcast_at_once(stage: Stage, rows: int) -> dict[str, float]:
    """Send one alert from the confirmation to the last outcome committed; `connections` is how many were used.

    Raises:
        ValueError: not every row was sent.
    """
    database = stage.sqlite(people(rows))
    with stage.bot(database, NO_LIMIT) as bot:
        stage.server.reset()
        before = bot.do(do="usage")
        issued = bot.do(do="issue", severity="urgent", sectors=[SECTOR], regions=[])
        over = bot.do(do="wait", alert=issued["alert"])
        after = bot.do(do="usage")
    if over["sent"] != rows:
        raise ValueError(f"only {over['sent']} of {rows} rows were sent")
    return {
        "seconds": over["ended"] - issued["began"],
        "cpu_seconds": after["cpu_seconds"] - before["cpu_seconds"],
        "connections": stage.server.figures()["connections"],
    }


def _peers(stage: Stage, note: Any, connections: dict[str, int], *, is_first: bool) -> None:
    """Run the libraries; python-telegram-bot first with each number of connections, then with its best."""
    for name, messages in (("aiogram", stage.size(8_000, 1_000)), ("telebot", stage.size(12_000, 2_000))):
        connections[name] = PEER_CONNECTIONS
        note(name, messages, stage.peer(name, PEER_CONNECTIONS, messages))
    messages, tries = stage.size(2_500, 400), PTB_CONNECTIONS[: stage.size(len(PTB_CONNECTIONS), 1)]
    for name in ("ptb", "ptb-limiter"):
        if not is_first:
            note(name, messages, stage.peer(name, connections[name], messages))
            continue
        tried = {number: stage.peer(name, number, messages) for number in tries}
        connections[name] = min(tried, key=lambda number: tried[number]["seconds"])
        note(name, messages, tried[connections[name]])
