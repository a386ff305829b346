"""Draws the plot of docs/benchmarks.md; it runs with the interpreter of `.venv-peers`, which has matplotlib."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

LABELS = {
    "ceiling": "aiohttp alone (ceiling)",
    "ceiling-32": "aiohttp alone, 32 connections",
    "cascade": "Cascade, durable",
    "telebot": "pyTelegramBotAPI",
    "aiogram": "aiogram",
    "ptb": "python-telegram-bot",
    "ptb-limiter": "python-telegram-bot, AIORateLimiter",
}
DOTS_PER_INCH = 110


def draw(measured: dict[str, Any], target: Path) -> None:
    """Draw two rows of bars: messages a second, and what the processor does for 10,000 of them."""
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    figure, panels = importlib.import_module("matplotlib.pyplot").subplots(1, 2, figsize=(11, 3.6), sharey=True)
    throughput = measured["throughput"]
    names = sorted(throughput["messages_per_second"], key=throughput["messages_per_second"].__getitem__)
    for panel, key, title, form in (
        (panels[0], "messages_per_second", "messages a second, no limit", "{:,.0f}"),
        (panels[1], "cpu_per_10000", "processor seconds for 10,000 messages", "{:.2f}"),
    ):
        values = [throughput[key][name] for name in names]
        hatches = ["//" if name == "cascade" else "" for name in names]
        colours = ["#1d4f91" if name == "cascade" else "#9db4cf" for name in names]
        bars = panel.barh([LABELS[name] for name in names], values, color=colours, hatch=hatches, edgecolor="white")
        panel.bar_label(bars, [form.format(value) for value in values], padding=3)
        panel.set_title(title, loc="left")
        panel.margins(x=0.18)
        panel.locator_params(axis="x", nbins=5)
        panel.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=DOTS_PER_INCH)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
