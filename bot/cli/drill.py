"""`cascade drill`: the exercises and what became of each; they are planned and run in the chat."""

from typing import Annotated, Any

import typer

from alerts.drills.drill import Drill
from alerts.drills.report import PartReport
from bot.cli.console import command, moment, opened, out, print_json, print_table, told
from bot.cli.options import Json

app = typer.Typer(help="Exercises: who is in them, and who received and read what.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="Its number, as the list has it.")]


@app.command("list")
@command
async def list_drills(*, as_json: Json = False) -> None:
    """List the exercises, newest first."""
    async with opened() as domain:
        known = await domain.exercises.newest()
        if as_json:
            print_json({"drills": [_document(drill) for drill in known]})
            return
        rows: list[tuple[object, ...]] = [
            (
                one.id,
                one.title,
                one.status,
                told(domain, one.begins_at),
                told(domain, one.ends_at),
                one.author,
                one.reason,
            )
            for one in known
        ]
        headings = ("id", "title", "status", "begins", "ends", "author", "reason")
        print_table(headings, rows, "there was no exercise yet")


@app.command("show")
@command
async def show(number: Number, *, as_json: Json = False) -> None:
    """Show an exercise: its times, and how its participants were chosen."""
    async with opened() as domain:
        report = await domain.exercises.report(number)
        document = _document(report.drill) | {"participants": report.participants}
        if as_json:
            print_json(document)
            return
        print_table(("what", "value"), [(name, _told(value)) for name, value in document.items()], "")


@app.command("report")
@command
async def report(number: Number, *, as_json: Json = False) -> None:
    """Tell who received each message of an exercise, and who has read it; live alerts are not counted."""
    async with opened() as domain:
        found = await domain.exercises.report(number)
        parts = [_part(part) for part in found.parts]
        if as_json:
            facts = {"id": number, "status": found.drill.status, "participants": found.participants}
            print_json(facts | {"messages": parts})
            return
        out.print(f"{found.drill.title}: {found.drill.status}, {found.participants} participants", markup=False)
        rows: list[tuple[object, ...]] = [
            (
                part["reference"],
                part["part"],
                told(domain, sent.alert.sending_at),
                ", ".join(f"{count} {state}" for state, count in part["counts"].items() if count),
                part["acknowledged"],
                part["last_acknowledged_seconds"],
            )
            for sent, part in zip(found.parts, parts, strict=True)
        ]
        headings = ("reference", "part", "sent", "deliveries", "read by", "last after seconds")
        print_table(headings, rows, "nothing was sent in it")


def _document(drill: Drill) -> dict[str, Any]:
    return {
        "id": drill.id,
        "title": drill.title,
        "status": drill.status,
        "begins_at": moment(drill.begins_at),
        "ends_at": moment(drill.ends_at),
        "ended_at": moment(drill.ended_at),
        "reason": drill.reason or None,
        "author": drill.author,
        "chosen": drill.chosen.document(),
    }


def _part(part: PartReport) -> dict[str, Any]:
    def rounded(seconds: float | None) -> float | None:
        return None if seconds is None else round(seconds, 3)

    return {
        "reference": part.alert.reference,
        "part": part.part,
        "severity": part.severity,
        "sent_at": moment(part.alert.sending_at),
        "recipients": part.counted.recipients,
        "counts": {state.value: number for state, number in part.counted.counts.items()},
        "acknowledged": part.acknowledged,
        "half_acknowledged_seconds": rounded(part.half_seconds),
        "last_acknowledged_seconds": rounded(part.slowest_seconds),
    }


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {', '.join(map(str, listed))}" for name, listed in value.items() if listed)
    return "" if value is None else str(value)
