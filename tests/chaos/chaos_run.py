"""One seeded run: a broadcast by the real bot, faults, kill -9, restarts, and the evidence that it leaves."""

import asyncio
import shutil
import time
from pathlib import Path
from random import Random
from typing import Any

from chaos_bot import Process
from chaos_faults import Kill, Plan
from chaos_stage import REST_SECONDS, Stage, read, stage_in, until
from chaos_verdict import Crash, Evidence, Restart

SETTLE_SECONDS = 0.1
"""How long after a kill the sandbox may still find requests that had left the bot before it."""


async def run(plan: Plan, folder: Path, rate: int) -> Evidence:
    """Make one run.

    Args:
        plan: what is to happen.
        folder: an empty one, in which the bot runs.
        rate: messages a second, of the bot and of the sandbox's limit.
    """
    async with stage_in(folder, rate) as stage:
        return await Run(plan, stage).go()


class Run:
    """A run under way."""

    def __init__(self, plan: Plan, stage: Stage) -> None:
        self._plan = plan
        self._stage = stage
        self._bots = stage.bots
        self._blocked: frozenset[int] = frozenset()
        self._crashes: list[Crash] = []
        self._killed: list[Process] = []
        self._leases: set[tuple[int, str]] = set()

    async def go(self) -> Evidence:
        """Do it all."""
        plan, stage = self._plan, self._stage
        await stage.people(plan.recipients)
        chance = Random(plan.seed)  # noqa: S311 - chance that can be repeated is what it is for
        self._blocked = frozenset(chance.sample(stage.chats, plan.blocked))
        await stage.block(self._blocked)
        process = await self._bots.ready()
        await stage.subscribe()
        await stage.ask("PUT", "/control/faults", {"rules": list(plan.rules), "seed": plan.seed})
        began = time.monotonic()
        alert = await stage.send(plan.severity)
        for kill, following in zip(plan.kills, [*plan.kills[1:], None], strict=True):
            await self._moment(kill, process)
            await self._kill(process)
            await asyncio.sleep(kill.pause_seconds)
            dies_early = following is not None and following.at_share is None
            process = await (self._bots.start() if dies_early else self._bots.ready())
        await until(stage.is_over, rest=REST_SECONDS)
        seconds = time.monotonic() - began
        await stage.ask("DELETE", "/control/faults")
        report = await stage.report(alert)
        return self._evidence(report, seconds, await process.stop())

    async def _moment(self, kill: Kill, process: Process) -> None:
        """Wait for the moment of a kill."""
        if kill.at_share is None:
            due_at = process.born_at + kill.after_seconds
        else:
            wanted, journal = kill.at_share * self._plan.recipients, self._stage.sandbox.world.journal
            await until(lambda: journal.sent >= wanted or self._stage.is_over())
            due_at = time.time() + kill.after_seconds
        await asyncio.sleep(max(0.0, due_at - time.time()))

    async def _kill(self, process: Process) -> None:
        """Kill the bot, and note what it leaves."""
        watch = self._stage.watch
        under_way, begun = watch.under_way, len(watch.began)
        await process.kill()
        await asyncio.sleep(SETTLE_SECONDS)
        leases = _leases(self._bots.database) - self._leases
        self._leases |= leases
        self._killed.append(process)
        self._crashes.append(Crash(len(leases), in_flight=under_way + len(watch.began) - begun))

    def _evidence(self, report: dict[str, Any], seconds: float, code: int) -> Evidence:
        stage = self._stage
        calls = stage.sandbox.world.journal.after(0)
        return Evidence(
            plan=self._plan,
            rate=stage.sandbox.world.limits.bot_per_second,
            stored=stage.stored(),
            blocked=self._blocked,
            rows=stage.rows(),
            suspended=stage.suspended(),
            report=report,
            logs=self._bots.logs,
            crashes=self._crashes,
            restarts=self._restarts(),
            unasked=sum(call["status"] == 429 and "429" not in (call["fault"] or "") for call in calls),
            seconds=seconds,
            code=code,
        )

    def _restarts(self) -> list[Restart]:
        """Measure every start but the first and those that an outage or a kill ended before they could send."""
        found = []
        processes = self._bots.processes
        for process, following in zip(processes[1:], [*processes[2:], None], strict=True):
            if process.ready_at is None:
                continue
            end = following.born_at if following else time.time()
            first = self._stage.watch.first_between(process.ready_at, end)
            if first is not None:
                found.append(Restart(first - process.ready_at, first - process.born_at))
            elif process not in self._killed:
                found.append(Restart(None, None))
        return found


def _leases(database: Path) -> set[tuple[int, str]]:
    """Give the leased rows and the moment of each lease, from a copy: to open the file itself would tidy up."""
    copy = database.with_name("crash.db")
    for suffix in ("", "-wal"):
        left, target = (path.with_name(path.name + suffix) for path in (database, copy))
        target.unlink(missing_ok=True)
        if left.exists():
            shutil.copy(left, target)
    return set(read(copy, "SELECT id, state_at FROM deliveries WHERE state = 'leased'"))
