"""`cascade subscribers`: who is on the roll."""

from typing import Annotated

import typer

from alerts.audit.entry import ADMINISTRATOR, Act
from bot.cli.console import WRONG_USE, command, confirm, fail, moment, opened, out, print_json, print_table
from bot.cli.options import Json, Yes
from bot.settings import read_settings
from bot.telegram.identity import username_of
from handlers.links import Link, LinkKind

app = typer.Typer(help="The roll of subscribers.", no_args_is_help=True)


@app.command("list")
@command
async def list_subscribers(*, as_json: Json = False) -> None:
    """List everybody on the roll, groups and channels with their titles."""
    async with opened(makes=True) as domain:
        found = await domain.roll.everybody()
        await domain.record.note_seen(Act.CONTACTS_SEEN, ADMINISTRATOR, "subscribers", len(found))
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
        (
            e.chat_id,
            e.kind,
            e.status,
            e.reason,
            "yes" if e.is_vetted else "no",
            e.profile.name,
            e.profile.organisation,
            ", ".join(e.profile.sectors),
        )
        for e in found
    ]
    headings = ("chat", "kind", "status", "reason", "vetted", "name or title", "organisation", "sectors")
    print_table(headings, rows, "nobody has subscribed yet")


@app.command("link")
@command
async def link(sector: Annotated[str, typer.Argument(help="A sector's code.")]) -> None:
    """Print a link that begins a subscription with this sector ticked, for a mail or an intranet page."""
    settings = read_settings(needs_token=True)
    async with opened() as domain:
        code = domain.directory.sector(sector).code
    username = await username_of(settings.bot_token.get_secret_value(), settings.api_url)
    out.print(Link(LinkKind.SECTOR, code).address(username), markup=False)


@app.command("vet")
@command
async def vet(
    chats: Annotated[list[int] | None, typer.Argument(help="Chats, as `list` names them.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Everybody on the roll.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Vouch for them no more: they get TLP:CLEAR alone.")] = False,
    yes: Yes = False,
) -> None:
    """Vouch for contacts, who then get more than what is public."""
    if every is bool(chats):
        fail("say which chats, or --all", WRONG_USE)
    whom = "everybody on the roll" if every else ", ".join(map(str, chats or ()))
    async with opened() as domain:
        confirm(f"Vouch {'no more ' if revoke else ''}for {whom}?", yes=yes)
        number = await domain.vetting.vet_many(None if every else chats, ADMINISTRATOR, vetted=not revoke)
    out.print(f"{number} {'vetted no more' if revoke else 'vetted'}")
