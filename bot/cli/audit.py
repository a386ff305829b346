"""`cascade audit`: is the record as it was written, and what stands in it?"""

import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from alerts.audit.entry import ADMINISTRATOR, Act
from alerts.audit.export import Export, Format
from alerts.audit.verdict import FAULTS, Verdict
from bot.cli.console import FAILED, WRONG_USE, command, confirm, err, fail, moment, new_file, opened, out, print_json
from bot.cli.options import Json, Yes

SEAL = re.compile(r"[0-9a-f]{64}")

app = typer.Typer(help="The record of who did what.", no_args_is_help=True)


@app.command("verify")
@command
async def verify(
    *,
    head: Annotated[
        str, typer.Option(help="A seal that must be in it: 64 hex digits, as the owners get it daily.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Walk the whole chain: exit code 0 if it is as it was written, 1 with the first break if not."""
    given = head.strip().lower()
    if given and not SEAL.fullmatch(given):
        fail("--head takes a seal of 64 hex digits", WRONG_USE)
    async with opened() as domain:
        with Progress(
            TextColumn("{task.completed:,} entries"),
            TimeElapsedColumn(),
            console=err,
            disable=not sys.stderr.isatty(),
            transient=True,
        ) as progress:
            task = progress.add_task("", total=None)
            verdict = await domain.record.inspect(given or None, lambda read: progress.update(task, completed=read))
    if as_json:
        print_json(_document(verdict))
    else:
        _print_verdict(verdict)
    if verdict.broken is not None:
        raise typer.Exit(FAILED)


@app.command("export")
@command
async def export(
    *,
    form: Annotated[Format | None, typer.Option("--format", help="How it is written; json if nothing is said.")] = None,
    file: Annotated[Path | None, typer.Option("--out", help="A new file; standard output if none is named.")] = None,
    as_json: Json = False,
) -> None:
    """Write every entry, oldest first, with the ids of people; that it was exported is noted in it."""
    if as_json and (form is Format.CSV or file):
        fail("--json is JSON on standard output: it goes with neither --format csv nor --out", WRONG_USE)
    async with opened() as domain:
        with new_file(file) if file else nullcontext(sys.stdout.buffer) as output:
            await domain.record.note_seen(Act.RECORD_EXPORTED, ADMINISTRATOR)
            written = Export(form or Format.JSON)
            output.write(written.begin())
            async for entries in domain.record.everything():
                output.write(written.entries(entries))
            output.write(written.end())
            output.flush()
        if file:
            err.print(f"written: {file}", markup=False)


@app.command("erase")
@command
async def erase(
    person: Annotated[int, typer.Argument(help="A Telegram user id, or a chat's.")], *, yes: Yes = False
) -> None:
    """Take a person out of the record and of what is kept of alerts, for good; the chain stays whole."""
    async with opened() as domain:
        confirm(f"Take {person} out of the record and of what is kept of alerts? Nobody can put them back in.", yes=yes)
        erased = await domain.record.erase(person, ADMINISTRATOR)
    out.print(f"erased: they stood in it {erased} times")


@app.command("renew")
@command
async def renew(*, yes: Yes = False) -> None:
    """Go on with the secret at hand, where the one before is lost or known to others; the record notes it."""
    async with opened() as domain:
        confirm(
            "Seal the record with this secret from now on? Keep the one before: it alone proves what is there.", yes=yes
        )
        await domain.record.renew(ADMINISTRATOR)
    out.print("the record is sealed with this secret from now on; start the bot anew")


def _print_verdict(verdict: Verdict) -> None:
    newest, broken = verdict.newest, verdict.broken
    if broken is not None:
        where = "" if broken.number is None else f" at entry {broken.number:,}"
        until = f"; whole until entry {newest.number:,}" if newest and newest.number != broken.number else ""
        err.print(f"cascade: the record is BROKEN{where}: {FAULTS[broken.fault]}{until}", markup=False)
        return
    if newest is None:
        out.print("the record is empty: nothing was done yet")
        return
    out.print(f"whole: {verdict.entries:,} entries, the newest {newest.number:,} of {moment(newest.at)}")
    if verdict.sealed_before:
        out.print(
            f"entries 1 to {verdict.sealed_before:,} were sealed with an earlier secret: that one alone proves them"
        )
    if verdict.erased:
        out.print(f"people were taken out {verdict.erased:,} times, as it says itself")
    out.print(f"head: {newest.seal}")


def _document(verdict: Verdict) -> dict[str, object]:
    newest, broken = verdict.newest, verdict.broken
    head = {"number": newest.number, "seal": newest.seal, "at": moment(newest.at)} if newest else None
    found = {"number": broken.number, "fault": broken.fault, "detail": FAULTS[broken.fault]} if broken else None
    return {
        "ok": broken is None,
        "entries": verdict.entries,
        "erased": verdict.erased,
        "sealed_before": verdict.sealed_before,
        "head": head,
        "broken": found,
    }
