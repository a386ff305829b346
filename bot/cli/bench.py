"""`cascade bench`: how fast and how fair delivery is, on this machine."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from alerts.errors import CascadeError
from bot.cli.console import FAILED, command
from bot.cli.options import Json

HOME = Path(__file__).resolve().parents[2]
"""The checkout; the benchmark is not part of what is installed."""


@command
async def bench(
    *,
    as_json: Json = False,
    quick: Annotated[bool, typer.Option(help="Everything smaller, in a minute or two; nothing is written.")] = False,
) -> None:
    """Measure delivery against Telegram's limits, a bare sender and other libraries; it takes a quarter of an hour."""
    if not (HOME / "benchmarks" / "__main__.py").is_file():
        raise CascadeError("the benchmark is part of the repository and not of what is installed: run it in a checkout")
    options = [name for name, is_wanted in (("--json", as_json), ("--quick", quick)) if is_wanted]
    measuring = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks", *options, cwd=HOME)
    if await measuring.wait():
        raise typer.Exit(FAILED)
