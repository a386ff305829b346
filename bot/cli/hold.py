"""`cascade alert hold` and `cascade alert release`: stop every broadcast at once, and let it go on."""

from typing import Annotated

import typer

from alerts.delivery.hold import Hold, Waiting
from alerts.errors import NotFound
from bot.cli.console import command, confirm, err, moment, opened, out, print_table, told
from bot.cli.options import Yes
from bot.domain import Domain


@command
async def hold(
    *, reason: Annotated[str, typer.Option(help="Why, in a line; owners and officers are told.")] = ""
) -> None:
    """Stop all broadcasts at once, and tell what waits; answers to commands go on."""
    async with opened() as domain:
        placed, is_new = await domain.holds.place(None, reason)
        out.print("all broadcasts are on hold" + ("" if is_new else _standing(placed)), markup=False)
        _print_waiting(domain, await domain.holds.waiting())


@command
async def release(*, yes: Yes = False) -> None:
    """Let all broadcasts go on where they stopped."""
    async with opened() as domain:
        placed = await domain.holds.current()
        if placed is None:
            raise NotFound("nothing is on hold")
        waiting = await domain.holds.waiting()
        confirm(
            f"All broadcasts are on hold{_standing(placed)}. Send to the {waiting.rows} recipients who wait?", yes=yes
        )
        await domain.holds.release(None, placed.stamp)
        out.print(f"released: {waiting.rows} recipients waited, and everything goes on where it stopped")


async def warn_when_held(domain: Domain) -> None:
    """Say on standard error that what is sent now waits, if a hold is in force."""
    placed = await domain.holds.current()
    if placed is not None:
        err.print(f"all broadcasts are on hold{_standing(placed)}; this waits until the hold is released", markup=False)


async def found_hold(domain: Domain) -> str | None:
    """Say that a hold is in force and what waits for its end, None when there is none."""
    placed = await domain.holds.current()
    if placed is None:
        return None
    waiting = await domain.holds.waiting()
    many = f"recipients waiting: {waiting.rows}, alerts: {len(waiting.alerts)}"
    release_by = "an owner releases it with /hold, or 'cascade alert release'"
    return f"ALL BROADCASTS ARE ON HOLD{_standing(placed)}; {many}; {release_by}"


def _standing(placed: Hold) -> str:
    by = "the command line" if placed.by is None else f"{placed.by} {placed.name}".strip()
    why = f": {placed.why}" if placed.why else ""
    return f" since {moment(placed.since)}, by {by}{why}"


def _print_waiting(domain: Domain, waiting: Waiting) -> None:
    rows: list[tuple[object, ...]] = [
        (one.reference, one.severity, one.rows, told(domain, one.expires_at), one.headline) for one in waiting.alerts
    ]
    print_table(("reference", "severity", "waiting", "expires", "headline"), rows, "no alert waits")
