"""`make chaos`: many seeded runs, two beside each other, a line for each and a summary at the end."""

import argparse
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import uvloop
from chaos_faults import FULL_RUN, Plan, draw
from chaos_run import run
from chaos_verdict import Evidence, complaints

RATE = 300


class Result(NamedTuple):
    """A run and what is wrong with it.

    Attributes:
        line: the run in a line.
        wrong: what breaks the promise.
        evidence: what it left; None if it broke off.
    """

    seed: int
    line: str
    wrong: list[str]
    evidence: Evidence | None = None


def make(seed: int, recipients: int) -> Result:
    """Make the run of a seed."""
    plan = draw(seed, recipients)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        try:
            evidence = uvloop.run(run(plan, Path(folder), RATE))
        except (RuntimeError, OSError, ValueError, sqlite3.Error) as error:
            return Result(seed, f"{_beginning(plan)}: broke off", [str(error)])
    wrong = complaints(evidence)
    if wrong:
        wrong.append(f"its logs: {_kept(seed, evidence.logs)}")
    return Result(seed, _line(evidence), wrong, replace(evidence, logs=""))


def _kept(seed: int, logs: str) -> Path:
    """Keep what a run printed for whoever looks into it."""
    kept = Path(tempfile.gettempdir()) / f"chaos-{seed}.log"
    kept.write_text(logs, encoding="utf-8")
    return kept


def _beginning(plan: Plan) -> str:
    kills = " and ".join(kill.words for kill in plan.kills)
    return f"seed {plan.seed} {plan.severity}: {plan.words}; killed at {kills}"


def _line(evidence: Evidence) -> str:
    leased = ", ".join(f"{crash.leased} ({crash.in_flight} in flight)" for crash in evidence.crashes)
    first = ", ".join(
        f"{restart.since_ready or 0:.2f} ({restart.since_born or 0:.2f})" for restart in evidence.restarts
    )
    return (
        f"{_beginning(evidence.plan)}; left leased {leased}; doubles {evidence.doubles}, uncertain"
        f" {evidence.uncertain}, 429s unasked {evidence.unasked}; first send after {first} s; {evidence.seconds:.1f} s"
    )


def _summary(results: list[Result]) -> str:
    """Give all runs in a few lines."""
    found = [result.evidence for result in results if result.evidence]
    failed = [result.seed for result in results if result.wrong]
    restarts = [restart for one in found for restart in one.restarts]
    since_ready = max((restart.since_ready or 0.0 for restart in restarts), default=0.0)
    since_born = max((restart.since_born or 0.0 for restart in restarts), default=0.0)
    crashes = [crash for one in found for crash in one.crashes]
    leased = max((crash.leased for crash in crashes), default=0)
    doubles, doubts = sum(one.doubles for one in found), sum(one.doubts for one in found)
    uncertain = sum(one.uncertain for one in found)
    return (
        f"{sum(len(one.rows) for one in found):,} recipients, {len(crashes)} kills that left {leased} rows leased at"
        f" most, {doubles:,} second copies where {doubts:,} are admitted, {uncertain:,} listed"
        f" as uncertain; the slowest first send after a restart {since_ready:.2f} s after 'started', {since_born:.2f} s"
        f" after the process began\n{len(results) - len(failed)} of {len(results)} runs went well"
        + (f"; failed: {', '.join(map(str, failed))}" if failed else "")
    )


def main() -> int:
    """Make the runs that the command line asks for; 1 if a verdict failed."""
    parser = argparse.ArgumentParser(description="Kill the bot in broadcasts that fail, and count what arrived.")
    parser.add_argument("--runs", type=int, default=50, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="the first seed; the others follow")
    parser.add_argument("--recipients", type=int, default=FULL_RUN)
    parser.add_argument("--beside", type=int, default=2, help="how many run beside each other")
    asked = parser.parse_args()
    began, results = time.monotonic(), []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(asked.beside, mp_context=spawn) as pool:
        seeds = range(asked.seed, asked.seed + asked.runs)
        for result in pool.map(make, seeds, [asked.recipients] * asked.runs):
            results.append(result)
            _say(f"{result.line}: {'WRONG' if result.wrong else 'all well'}")
            for complaint in result.wrong:
                _say(f"  {complaint}")
            if result.wrong:
                _say(f"  repeat it: make chaos RUNS=1 SEED={result.seed}")
    _say(f"{_summary(results)}, in {time.monotonic() - began:.0f} s")
    return 1 if any(result.wrong for result in results) else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
