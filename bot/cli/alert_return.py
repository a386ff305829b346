"""`cascade alert return`: give an alert that waits for approval back to who wrote it.

There is no `approve` here: the command line is one person who cannot be told from any other (docs/decisions/0029).
"""

from typing import Annotated

import typer

from bot.cli.alert_named import Named, id_of
from bot.cli.console import command, confirm, opened, out
from bot.cli.options import Yes


@command
async def give_back(
    alert: Named,
    *,
    reason: Annotated[str, typer.Option(help="What its author is to change; they are told.")],
    yes: Yes = False,
) -> None:
    """Return an alert that waits for approval to its author, with a reason; nothing is let out by it."""
    async with opened() as domain:
        waiting = await domain.desk.find(await id_of(domain, alert))
        confirm(f"Return {waiting.reference} ({waiting.headline}) to its author?", yes=yes)
        returned = await domain.desk.give_back(waiting.id, waiting.revision, None, reason)
    out.print(f"{returned.reference} is {returned.status}: its author is told why", markup=False)
