"""`python -m benchmarks [SCENARIO…]`: measures delivery, and says what was found (docs/benchmarks.md).

Without a scenario everything is measured, and results.json, the page and the plot are written anew; a quick run, or one
of single scenarios, writes nothing.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from benchmarks.fairness import answers, urgent
from benchmarks.machine import Broken, progress
from benchmarks.rates import RATES, kept
from benchmarks.report import document, print_figures, write
from benchmarks.scale import on_postgresql, on_sqlite
from benchmarks.stage import Stage, staged
from benchmarks.throughput import throughput
from bot.cli.console import print_json

SCENARIOS: dict[str, Callable[[Stage], dict[str, Any]]] = {
    "throughput": throughput,
    "rate": lambda stage: kept(stage, RATES),
    "urgent": urgent,
    "answers": answers,
    "scale_sqlite": on_sqlite,
    "scale_postgresql": on_postgresql,
}
"""What a full run measures, in this order."""

ONE_RATE = {f"rate_{rate}": rate for rate in RATES}
"""Parts of a scenario that can be had alone."""


def measure(names: Iterable[str], *, is_quick: bool) -> dict[str, Any]:
    """Run scenarios; one that breaks is told of on standard error, and its figures are missing."""
    measured: dict[str, Any] = {}
    with staged(is_quick=is_quick) as stage:
        for name in names:
            try:
                measured[name] = _run(name, stage)
            except (Broken, ValueError) as error:
                progress(f"{name} FAILED: {error}")
    return measured


def _run(name: str, stage: Stage) -> dict[str, Any]:
    if name in ONE_RATE:
        return kept(stage, {ONE_RATE[name]: RATES[ONE_RATE[name]]})
    return SCENARIOS[name](stage)


def main() -> int:
    """Measure as the command line says; give the exit code, 1 when a scenario broke."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("scenario", nargs="*", help=f"one of {', '.join([*SCENARIOS, *ONE_RATE])}; none means all")
    parser.add_argument("--quick", action="store_true", help="everything smaller, in a minute or two")
    parser.add_argument("--json", action="store_true", help="the document alone on standard output")
    chosen = parser.parse_args()
    if unknown := set(chosen.scenario) - {*SCENARIOS, *ONE_RATE}:
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}")
    names = chosen.scenario or list(SCENARIOS)
    measured = measure(names, is_quick=chosen.quick)
    if chosen.scenario:
        print_json(measured)
        return int(len(measured) < len(names))
    found = document(measured)
    if chosen.quick:
        progress("a quick run sends to fewer people: the figures show that all works, and are no measure")
    else:
        write(measured, found, f"{datetime.now(UTC):%-d %B %Y}")
    if chosen.json:
        print_json(found)
    else:
        print_figures(found)
    return int(len(measured) < len(names))


if __name__ == "__main__":
    sys.exit(main())
