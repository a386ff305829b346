"""`cascade people`: who holds a role."""

from typing import Annotated

import typer

from alerts.people.rights import Role
from bot.cli.console import command, confirm, moment, opened, out, print_json, print_table
from bot.cli.options import Json, Yes

app = typer.Typer(help="Officers and owners.", no_args_is_help=True)


@app.command("list")
@command
async def list_people(*, as_json: Json = False) -> None:
    """List everybody with a role, and whether the bot can write to them."""
    async with opened() as domain:
        found = await domain.roster.everybody()
        unreachable = set(await domain.roll.unreachable([person.user_id for person in found]))
    if as_json:
        people = [
            {
                "user_id": person.user_id,
                "role": person.role,
                "name": person.name,
                "sectors": list(person.sectors),
                "granted_at": moment(person.granted_at),
                "reachable": person.user_id not in unreachable,
            }
            for person in found
        ]
        print_json({"people": people})
        return
    rows: list[tuple[object, ...]] = [
        (
            person.user_id,
            person.role,
            person.name,
            ", ".join(person.sectors) or "all",
            "has not pressed Start, or has blocked the bot" if person.user_id in unreachable else "can be reached",
        )
        for person in found
    ]
    print_table(("user", "role", "name", "sectors", ""), rows, "nobody holds a role: set CASCADE_OWNERS or grant one")


@app.command("grant")
@command
async def grant(
    user_id: int,
    role: Role,
    *,
    sector: Annotated[
        list[str] | None, typer.Option(help="Limit an officer to this sector; repeat for several.")
    ] = None,
    name: Annotated[str, typer.Option(help="What to call them in lists.")] = "",
) -> None:
    """Give a person a role, in place of the one they had. It asks nothing, since the command says it all."""
    async with opened() as domain:
        person = await domain.roster.grant(user_id, role, sectors=sector or (), name=name)
        reachable = not await domain.roll.unreachable([user_id])
    out.print(f"{user_id} is {person.role}" + ("" if reachable else "; they must press Start before the bot can write"))


@app.command("revoke")
@command
async def revoke(user_id: int, *, yes: Yes = False) -> None:
    """Take a person's role away."""
    async with opened() as domain:
        confirm(f"Take the role of {user_id} away?", yes=yes)
        await domain.roster.revoke(user_id)
    out.print(f"{user_id} holds no role any more")
