"""`cascade people`: who holds a role, and who is invited to one."""

from typing import Annotated

import typer

from alerts.people.rights import MEANING, Right, Role, may
from bot.cli.console import command, confirm, err, moment, opened, out, print_json, print_table, told
from bot.cli.options import Json, Yes
from bot.settings import read_settings
from bot.telegram.identity import username_of
from handlers.links import Link, LinkKind

app = typer.Typer(help="People with a role, and invitations.", no_args_is_help=True)

RoleSectors = Annotated[
    list[str] | None,
    typer.Option("--sector", help="A sector of a lead, a deputy or an officer; repeat for several."),
]


@app.command("list")
@command
async def list_people(*, as_json: Json = False) -> None:
    """List everybody with a role, and whether the bot can write to them."""
    async with opened(makes=True) as domain:
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


@app.command("roles")
@command
async def roles(*, as_json: Json = False) -> None:
    """Show which role may do what: the one table that the chat goes by, too."""
    if as_json:
        print_json({"roles": {role.value: [right.value for right in Right if may(role, right)] for role in Role}})
        return
    rows: list[tuple[object, ...]] = [
        (right, *("yes" if may(role, right) else "" for role in Role), MEANING[right]) for right in Right
    ]
    print_table(("right", *Role, "means"), rows, "")


@app.command("grant")
@command
async def grant(
    user_id: int,
    role: Role,
    *,
    sector: RoleSectors = None,
    name: Annotated[str, typer.Option(help="What to call them in lists.")] = "",
) -> None:
    """Give a person a role, in place of the one they had. It asks nothing, since the command says it all."""
    async with opened(makes=True) as domain:
        person = await domain.roster.grant(user_id, role, sectors=sector or (), name=name, tells=True)
        reachable = not await domain.roll.unreachable([user_id])
    out.print(f"{user_id} is {person.role}" + ("" if reachable else "; they must press Start before the bot can write"))


@app.command("revoke")
@command
async def revoke(user_id: int, *, yes: Yes = False) -> None:
    """Take a person's role away; what they have begun in the chat ends."""
    async with opened() as domain:
        confirm(f"Take the role of {user_id} away?", yes=yes)
        await domain.roster.revoke(user_id, tells=True)
    out.print(f"{user_id} holds no role any more")


@app.command("invite")
@command
async def invite(role: Role, *, sector: RoleSectors = None) -> None:
    """Print a link that invites one person to a role; an owner confirms them in the chat before they have it."""
    settings = read_settings(needs_token=True)
    username = await username_of(settings.bot_token.get_secret_value(), settings.api_url)
    async with opened(makes=True) as domain:
        made, code = await domain.invitations.make(role, sector or ())
        owners = await domain.roster.with_right(Right.MANAGE_PEOPLE)
    out.print(Link(LinkKind.INVITATION, code).address(username), markup=False)
    err.print(f"invitation {made.id}, works once, until {told(domain, made.expires_at)}")
    if not owners:
        err.print("there is no owner who could confirm whoever uses it: grant one first", markup=False)


@app.command("invitations")
@command
async def invitations(*, as_json: Json = False) -> None:
    """List the invitations that may still give somebody a role; no code is kept, so none is shown."""
    async with opened() as domain:
        found = await domain.invitations.pending()
    if as_json:
        listed = [
            {
                "id": one.id,
                "role": one.role,
                "sectors": list(one.sectors),
                "state": one.state,
                "made_by": one.made_by,
                "made_at": moment(one.made_at),
                "expires_at": moment(one.expires_at),
                "accepted_by": one.accepted_by,
            }
            for one in found
        ]
        print_json({"invitations": listed})
        return
    rows: list[tuple[object, ...]] = [
        (one.id, one.role, ", ".join(one.sectors) or "all", one.state, one.accepted_by, told(domain, one.expires_at))
        for one in found
    ]
    print_table(("invitation", "role", "sectors", "state", "accepted by", "until"), rows, "no invitation is open")


@app.command("withdraw")
@command
async def withdraw(invitation: int, *, yes: Yes = False) -> None:
    """Take an invitation back, by its number."""
    async with opened() as domain:
        found = await domain.invitations.find(invitation)
        confirm(f"Withdraw invitation {invitation}, for {found.role}?", yes=yes)
        await domain.invitations.withdraw(invitation)
    out.print(f"invitation {invitation} is withdrawn")
