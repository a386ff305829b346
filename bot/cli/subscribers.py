"""`cascade subscribers`: who is on the roll."""

from typing import Annotated

import typer

from bot.cli.console import command, moment, opened, print_json, print_table

app = typer.Typer(help="The roll of subscribers.", no_args_is_help=True)


@app.callback()
def subscribers() -> None:
    """The roll of subscribers."""


@app.command("list")
@command
async def list_subscribers(
    *, as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False
) -> None:
    """List everybody on the roll."""
    async with opened() as domain:
        found = await domain.roll.everybody()
    if as_json:
        entries = [
            {
                "chat_id": entry.chat_id,
                "kind": entry.kind,
                "status": entry.status,
                "reason": entry.reason,
                "sectors": list(entry.profile.sectors),
                "regions": list(entry.profile.regions),
                "since": moment(entry.since),
            }
            for entry in found
        ]
        print_json({"subscribers": entries})
        return
    rows: list[tuple[object, ...]] = [
        (e.chat_id, e.status, e.reason, e.profile.name, e.profile.organisation, ", ".join(e.profile.sectors))
        for e in found
    ]
    print_table(("chat", "status", "reason", "name", "organisation", "sectors"), rows, "nobody has subscribed yet")
