"""`cascade schedule`: what goes out by itself."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from alerts.errors import InvalidInput
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.briefings import Briefings
from alerts.publishing.marking import Marking
from alerts.publishing.markup import visible
from alerts.schedule.places import read_restraint
from alerts.schedule.recurrence import read_zone
from alerts.schedule.schedule import Plan, Push, Schedule, ScheduleStatus
from alerts.schedule.when import read_end, read_when
from bot.cli.console import command, confirm, err, moment, opened, out, print_json, print_table, read_text
from bot.cli.options import Json, Regions, Sectors, Yes, audience_words
from bot.cli.sketch import print_sketch, sketch_document
from bot.domain import Domain
from handlers.schedule import respected

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
    text: Annotated[str, typer.Option(help="A reminder's text; its name when left out. Or as --file.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            help="A reminder's text, UTF-8, with formatting; or a briefing's of your own in place of a stored one,"
            " with fields such as {{ levels }}."
        ),
    ] = None,
    severity: Annotated[
        Severity, typer.Option(help="Of a reminder, of the levels or of a briefing of your own.")
    ] = Severity.INFORMATION,
    not_on_holidays: Annotated[
        bool,
        typer.Option(
            "--not-on-holidays",
            help="Not on a bank holiday: it goes out on the next working day, or is left out where it comes daily.",
        ),
    ] = False,
    holidays: Annotated[
        str, typer.Option(help="Whose bank holidays, such as GB-SCT; CASCADE_HOLIDAYS when left out.")
    ] = "",
    office_hours: Annotated[
        str, typer.Option(help="Monday to Friday within these hours alone, such as 09:00-17:00; else it waits.")
    ] = "",
    marking: Annotated[
        Marking, typer.Option(help="How far it may go (TLP); a stored briefing may be stricter by itself.")
    ] = Marking.CLEAR,
    until: Annotated[str, typer.Option(help="The end: a day or a moment; none when left out.")] = "",
    grace: Annotated[int, typer.Option(min=0, help="Minutes that it may go out late when nothing ran.")] = 60,
) -> None:
    """Add a schedule, and print its number and its next three times."""
    async with opened(makes=True) as domain:
        zone = read_zone(timezone) if timezone else domain.texts.zone
        when = read_when(at, zone, domain.clock.now())
        body = read_text(file) if file else text
        place = holidays or (domain.holidays.code if not_on_holidays else "")
        recurrence = replace(when.recurrence, restraint=read_restraint(place, office_hours))
        is_own = push is Push.BRIEFING and bool(body) and not briefing
        plan = Plan(
            name=name,
            push=push,
            recurrence=recurrence,
            audience=Audience(tuple(sector or ()), tuple(region or ()), push is Push.LEVEL, marking),
            briefing=_briefing(domain.briefings, briefing) if push is Push.BRIEFING and not is_own else "",
            headline=name if push is Push.REMINDER or is_own else "",
            body=(body or name) if push is Push.REMINDER or is_own else "",
            severity=severity,
            ends_at=read_end(until, when.recurrence.zone) if until else when.ends_at,
            grace=timedelta(minutes=grace),
        )
        added = await domain.timetable.add(plan)
        out.print(added.id)
        if added.status is ScheduleStatus.PROPOSED:
            err.print("it waits for approval by a second person, and starts then")
        if words := respected(domain.texts, recurrence):
            out.print(visible(words), markup=False)
        _print_times(domain, added)


@app.command("list")
@command
async def list_schedules(*, as_json: Json = False) -> None:
    """List every schedule with its next three times."""
    async with opened(makes=True) as domain:
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
                audience_words(schedule.plan.audience),
                _respects(schedule) or "-",
                ", ".join(domain.texts.when(firing.at) for firing in schedule.upcoming(domain.clock.now())),
            )
            for schedule in known
        ]
        print_table(
            ("id", "name", "sends", "when", "zone", "status", "to", "respects", "next times"),
            rows,
            "nothing is scheduled yet",
        )


@app.command("preview")
@command
async def preview(name: Annotated[str, typer.Argument(help="Its name or number.")], *, as_json: Json = False) -> None:
    """Show what a schedule would send if it fired now; nothing is sent."""
    async with opened() as domain:
        schedule = await domain.timetable.named(name)
        draft = await domain.clockwork.preview(schedule.plan, schedule.id)
        if as_json:
            print_json({"schedule": schedule.id, "name": schedule.plan.name, **sketch_document(draft)})
            return
        print_sketch(domain, draft)


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


def _respects(schedule: Schedule) -> str:
    """Say in a few words which bank holidays and hours a schedule respects."""
    restraint = schedule.plan.recurrence.restraint
    holidays = f"bank holidays {restraint.holidays.code}" if restraint.holidays else ""
    return ", ".join(filter(None, [holidays, f"hours {restraint.office}" if restraint.office else ""]))


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
        "holidays": plan.recurrence.restraint.holidays.code if plan.recurrence.restraint.holidays else None,
        "office_hours": str(plan.recurrence.restraint.office) if plan.recurrence.restraint.office else None,
        "ends_at": moment(plan.ends_at),
        "grace_minutes": int(plan.grace.total_seconds() // 60),
        "status": schedule.status,
        "reason": schedule.reason,
        "next": [moment(firing.at) for firing in schedule.upcoming(domain.clock.now())],
    }
