"""`cascade schedule`: what goes out by itself."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from alerts.errors import InvalidInput
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.briefings import Briefings
from alerts.schedule.recurrence import read_zone
from alerts.schedule.schedule import Plan, Push, Schedule
from alerts.schedule.when import read_end, read_when
from bot.cli.console import command, confirm, moment, opened, out, print_json, print_table, read_text
from bot.cli.options import Json, Regions, Sectors, Yes
from bot.domain import Domain

app = typer.Typer(help="What goes out by itself: levels, briefings and reminders.", no_args_is_help=True)


@app.command("add")
@command
async def add(
    *,
    name: Annotated[str, typer.Option(help="What people call it; no two share one.")],
    push: Annotated[Push, typer.Option(help="What it sends.")],
    at: Annotated[
        str,
        typer.Option(
            help="When: 'once 2026-12-24 08:00', 'daily 08:00', 'weekly mon,thu 08:00', 'monthly 1 08:00',"
            " 'monthly last 08:00', 'every 30 min', 'cron 0 8 * * mon-fri'."
        ),
    ],
    timezone: Annotated[str, typer.Option(help="Whose wall clock counts; CASCADE_TIMEZONE when left out.")] = "",
    sector: Sectors = None,
    region: Regions = None,
    briefing: Annotated[
        str, typer.Option(help="Code of the stored briefing; not needed when there is one alone.")
    ] = "",
    text: Annotated[str, typer.Option(help="A reminder's text; its name when left out.")] = "",
    file: Annotated[Path | None, typer.Option(help="A reminder's text, UTF-8, with formatting.")] = None,
    severity: Annotated[Severity, typer.Option(help="Of a reminder or of the levels.")] = Severity.INFORMATION,
    until: Annotated[str, typer.Option(help="The end: a day or a moment; none when left out.")] = "",
    grace: Annotated[int, typer.Option(min=0, help="Minutes that it may go out late when nothing ran.")] = 60,
) -> None:
    """Add a schedule, and print its number and its next three times."""
    async with opened() as domain:
        zone = read_zone(timezone) if timezone else domain.texts.zone
        when = read_when(at, zone, domain.clock.now())
        body = read_text(file) if file else text
        plan = Plan(
            name=name,
            push=push,
            recurrence=when.recurrence,
            audience=Audience(tuple(sector or ()), tuple(region or ()), levels_only=push is Push.LEVEL),
            briefing=_briefing(domain.briefings, briefing) if push is Push.BRIEFING else "",
            headline=name if push is Push.REMINDER else "",
            body=(body or name) if push is Push.REMINDER else "",
            severity=severity,
            ends_at=read_end(until, when.recurrence.zone) if until else when.ends_at,
            grace=timedelta(minutes=grace),
        )
        added = await domain.timetable.add(plan)
        out.print(added.id)
        _print_times(domain, added)


@app.command("list")
@command
async def list_schedules(*, as_json: Json = False) -> None:
    """List every schedule with its next three times."""
    async with opened() as domain:
        known = await domain.timetable.everything()
        if as_json:
            print_json({"schedules": [_document(domain, schedule) for schedule in known]})
            return
        rows: list[tuple[object, ...]] = [
            (
                schedule.id,
                schedule.plan.name,
                schedule.plan.push,
                schedule.plan.recurrence.rule,
                schedule.plan.recurrence.zone.key,
                f"{schedule.status}: {schedule.reason}" if schedule.reason else schedule.status,
                ", ".join(domain.texts.when(firing.at) for firing in schedule.upcoming(domain.clock.now())),
            )
            for schedule in known
        ]
        print_table(("id", "name", "sends", "when", "zone", "status", "next times"), rows, "nothing is scheduled yet")


@app.command("pause")
@command
async def pause(name: Annotated[str, typer.Argument(help="Its name or number.")]) -> None:
    """Halt a schedule."""
    async with opened() as domain:
        paused = await domain.timetable.pause((await domain.timetable.named(name)).id)
        out.print(f"'{paused.plan.name}' is paused", markup=False)


@app.command("resume")
@command
async def resume(name: Annotated[str, typer.Argument(help="Its name or number.")]) -> None:
    """Let a schedule fire again, from its next time on."""
    async with opened() as domain:
        resumed = await domain.timetable.resume((await domain.timetable.named(name)).id)
        out.print(f"'{resumed.plan.name}' is active", markup=False)
        _print_times(domain, resumed)


@app.command("remove")
@command
async def remove(name: Annotated[str, typer.Argument(help="Its name or number.")], *, yes: Yes = False) -> None:
    """Remove a schedule; what it has sent stays on record."""
    async with opened() as domain:
        schedule = await domain.timetable.named(name)
        confirm(f"Remove '{schedule.plan.name}' ({schedule.plan.recurrence.rule})?", yes=yes)
        await domain.timetable.remove(schedule.id)
        out.print(f"'{schedule.plan.name}' is removed", markup=False)


def _briefing(briefings: Briefings, code: str) -> str:
    """Give the code of the briefing that is meant: the one that is named, or the only one."""
    if code:
        return briefings.briefing(code).code
    if len(briefings.all) != 1:
        known = ", ".join(stored.code for stored in briefings.all) or "none: they stand in briefings.toml"
        raise InvalidInput("briefing", f"say which briefing with --briefing CODE; there are: {known}")
    return briefings.all[0].code


def _print_times(domain: Domain, schedule: Schedule) -> None:
    for firing in schedule.upcoming(domain.clock.now()):
        out.print(f"next: {domain.texts.when(firing.at)}", markup=False)


def _document(domain: Domain, schedule: Schedule) -> dict[str, object]:
    plan = schedule.plan
    return {
        "id": schedule.id,
        "name": plan.name,
        "push": plan.push,
        "briefing": plan.briefing or None,
        "rule": plan.recurrence.rule,
        "timezone": plan.recurrence.zone.key,
        "sectors": list(plan.audience.sectors),
        "regions": list(plan.audience.regions),
        "ends_at": moment(plan.ends_at),
        "grace_minutes": int(plan.grace.total_seconds() // 60),
        "status": schedule.status,
        "reason": schedule.reason,
        "next": [moment(firing.at) for firing in schedule.upcoming(domain.clock.now())],
    }
