"""`cascade intake`: which systems may send documents in, and what came from them."""

from typing import Annotated

import typer

from alerts.intake.source import MEANING, Source, SourceKind
from alerts.publishing.alert import Severity
from alerts.publishing.marking import Marking
from bot.cli.console import command, confirm, moment, opened, out, print_json, print_table, told
from bot.cli.options import Json, Sectors, Yes

app = typer.Typer(help="Systems that may send documents in.", no_args_is_help=True)
PER_HOUR = 6
LOGGED = 50
KINDS = "; ".join(f"{kind}: {meaning}" for kind, meaning in MEANING.items())


@app.command("add")
@command
async def add(
    code: Annotated[str, typer.Argument(help="Small letters, digits and hyphens, such as control-room.")],
    *,
    kind: Annotated[SourceKind, typer.Option(help=KINDS)],
    name: Annotated[str, typer.Option(help="What people read; the code if nothing is said.")] = "",
    url: Annotated[str, typer.Option(help="The address of a feed.")] = "",
    minutes: Annotated[int, typer.Option(help="How often a feed is read.")] = 10,
) -> None:
    """Let a system in, and print its token, this once. What it sends waits for an officer until it is trusted."""
    async with opened(makes=True) as domain:
        source, token = await domain.sources.add(code, kind, name=name, address=url, poll_minutes=minutes)
    _show_token(source.code, token)


@app.command("list")
@command
async def list_sources(*, as_json: Json = False) -> None:
    """List the systems, and how far each is trusted."""
    async with opened() as domain:
        found = await domain.sources.everything()
        standings = {one.code: one for one in await domain.feeds.standings()}
    if as_json:
        documents = []
        for source in found:
            standing = standings.get(source.code)
            feed = {"read_at": moment(standing.read_at), "failure": standing.failure or None} if standing else None
            documents.append(_document(source) | {"feed": feed})
        print_json({"sources": documents})
        return
    rows: list[tuple[object, ...]] = []
    for source in found:
        standing = standings.get(source.code)
        read = (standing.failure or f"read {told(domain, standing.read_at) or 'never'}") if standing else ""
        rows.append((source.code, source.kind, source.name, _trust(source), read))
    print_table(("code", "kind", "name", "sent at once", "feed"), rows, "no system may send anything in")


@app.command("rotate")
@command
async def rotate(code: str, *, yes: Yes = False) -> None:
    """Give a system a new token, and print it, this once; the old one ends at once."""
    async with opened() as domain:
        confirm(f"End the present token of {code}?", yes=yes)
        token = await domain.sources.rotate(code)
    _show_token(code, token)


@app.command("trust")
@command
async def trust(
    code: str,
    *,
    up_to: Annotated[Severity, typer.Option(help="The highest severity that goes out at once.")],
    sector: Sectors = None,
    per_hour: Annotated[int, typer.Option(help="How many go out at once in an hour.")] = PER_HOUR,
    marking: Annotated[
        Marking | None, typer.Option(help="How far it may go where a document does not say; else an officer decides.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Let what a system sends go out at once, within caps; what goes beyond them waits for an officer."""
    async with opened() as domain:
        source = await domain.sources.find(code)
        whom = ", ".join(sector or ()) or "EVERY sector"
        question = f"Send what comes from {source.name} at once, up to {up_to}, to {whom}, {per_hour} an hour?"
        confirm(question, yes=yes)
        trusted = await domain.sources.trust(
            code, severity_cap=up_to, sectors=sector or (), per_hour=per_hour, marking=marking
        )
    out.print(f"{trusted.code}: {_trust(trusted)}", markup=False)


@app.command("untrust")
@command
async def untrust(code: str) -> None:
    """Let everything from a system wait for an officer again. It asks nothing, since it is the safe side."""
    async with opened() as domain:
        await domain.sources.untrust(code)
    out.print(f"everything from {code} waits for an officer", markup=False)


@app.command("remove")
@command
async def remove(code: str, *, yes: Yes = False) -> None:
    """Shut a system out; what came from it stays on record."""
    async with opened() as domain:
        await domain.sources.find(code)
        confirm(f"Shut {code} out?", yes=yes)
        await domain.sources.remove(code)
    out.print(f"{code} is shut out", markup=False)


@app.command("log")
@command
async def log(
    *, limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = LOGGED, as_json: Json = False
) -> None:
    """List what came in, and what became of it."""
    async with opened() as domain:
        found = await domain.intake.log(limit)
    if as_json:
        documents = [
            {
                "source": one.source,
                "sender": one.kept.sender,
                "identifier": one.kept.identifier,
                "sent_at": moment(one.kept.sent),
                "received_at": moment(one.received_at),
                "type": one.message_type,
                "status": one.status,
                "outcome": one.kept.outcome,
                "reasons": list(one.kept.objections),
                "alert_id": one.kept.alert_id,
                "reference": one.reference,
            }
            for one in found
        ]
        print_json({"messages": documents})
        return
    rows: list[tuple[object, ...]] = [
        (
            told(domain, one.received_at),
            one.source,
            one.message_type,
            one.status,
            one.kept.identifier,
            one.kept.outcome,
            one.reference or ", ".join(one.kept.objections),
        )
        for one in found
    ]
    print_table(("received", "source", "type", "status", "identifier", "became", ""), rows, "nothing has come in yet")


def _show_token(code: str, token: str | None) -> None:
    if token is None:
        out.print(f"{code} is read from now on", markup=False)
        return
    out.print(f"{code}: keep this token, it is not shown again", markup=False)
    out.print(token, markup=False)


def _trust(source: Source) -> str:
    if not source.is_trusted:
        return "nothing"
    sectors = ", ".join(source.sectors) or "all sectors"
    marked = source.marking.label if source.marking else "only what is marked"
    return f"up to {source.severity_cap}, {sectors}, {source.per_hour} an hour, {marked}"


def _document(source: Source) -> dict[str, object]:
    return {
        "code": source.code,
        "kind": source.kind,
        "name": source.name,
        "address": source.address,
        "trusted": source.is_trusted,
        "severity_cap": source.severity_cap if source.is_trusted else None,
        "sectors": list(source.sectors),
        "marking": source.marking,
        "per_hour": source.per_hour,
        "created_at": moment(source.created_at),
        "token_made_at": moment(source.token_made_at),
    }
