"""`cascade level`: show, set and look back."""

from datetime import date
from typing import Annotated

import typer

from alerts.errors import InvalidInput
from alerts.levels.register import CurrentLevel, Effect, Proposal, Reading
from alerts.levels.scheme import Scheme
from alerts.publishing.alert import OF_LEVELS, AlertStatus
from bot.cli.console import command, confirm, moment, opened, out, print_json, print_table, told
from bot.cli.options import Json, Yes

EFFECTS = {
    Effect.FIRST: "the first reading",
    Effect.UNCHANGED: "unchanged",
    Effect.RAISED: "raised",
    Effect.LOWERED: "lowered",
}

app = typer.Typer(help="The threat level: what is known of it, and recording a reading.", no_args_is_help=True)


@app.command("show")
@command
async def show(*, as_json: Json = False) -> None:
    """Show the level of every scheme in force."""
    async with opened(makes=True) as domain:
        current = await domain.register.current()
    if as_json:
        print_json({"levels": [_document(entry) for entry in current]})
        return
    rows: list[tuple[object, ...]] = []
    for entry in current:
        reading = entry.reading
        seen = told(domain, reading.seen_at) if reading else "no reading yet"
        remarks = [
            "may be out of date" if entry.is_stale else "",
            f"{entry.reported.source} says {entry.reported.level}, not confirmed" if entry.reported else "",
            f"no news from {entry.silence.source} since {told(domain, entry.silence.since)}" if entry.silence else "",
        ]
        remark = "; ".join(filter(None, remarks))
        rows.append((entry.scheme.code, reading and reading.level, reading and reading.since, seen, remark))
    print_table(("scheme", "level", "since", "last confirmed", ""), rows, "no scheme is in force")


@app.command("set")
@command
async def set_level(
    scheme: str,
    level: str,
    *,
    since: Annotated[str | None, typer.Option(help="The day from which it holds, such as 2026-11-23.")] = None,
    statement: Annotated[str, typer.Option(help="What was announced with it.")] = "",
    push: Annotated[bool, typer.Option("--push/--no-push", help="Whether a change is sent to subscribers.")] = True,
    yes: Yes = False,
) -> None:
    """Record a reading; a change is sent to everybody who wants it, a first or unchanged one to nobody."""
    async with opened(makes=True) as domain:
        proposal = await domain.register.propose(scheme, level, since=_day(since), statement=statement)
        recipients = await domain.desk.count_recipients(OF_LEVELS)
        _preview(proposal, recipients if push and proposal.is_change else 0)
        confirm("Record this reading?", yes=yes)
        _, sent = await domain.register.record(proposal, source="command line", push=push)
    if sent and sent[0].status is AlertStatus.SUBMITTED:
        out.print(f"recorded; {sent[0].reference} (id {sent[0].id}) waits for approval by a second person")
        return
    told = f"{sent[0].reference} (id {sent[0].id}) goes to {sent[1]} recipients" if sent else "nobody is told"
    out.print(f"recorded; {told}")


@app.command("history")
@command
async def history(scheme: str = "uk-national", *, as_json: Json = False) -> None:
    """List the readings of a scheme and its known past."""
    async with opened(makes=True) as domain:
        found = domain.schemes.scheme(scheme)
        readings = await domain.register.readings(scheme)
    if as_json:
        print_json(_history(found, readings))
        return
    rows: list[tuple[object, ...]] = [(r.since, r.level, f"read {told(domain, r.seen_at)}", r.source) for r in readings]
    rows += [
        (entry.date, entry.level, f"known past, day {entry.day_confidence}", entry.note)
        for entry in reversed(found.history)
    ]
    print_table(("since", "level", "how known", ""), rows, "nothing is known")


def _preview(proposal: Proposal, recipients: int) -> None:
    before = proposal.before.level if proposal.before else "no reading"
    out.print(
        f"{proposal.scheme.code}: {before} -> {proposal.level.name}, since {proposal.since}: "
        f"{EFFECTS[proposal.effect]}, {f'for {recipients} recipients' if recipients else 'told to nobody'}"
    )


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("day-unreadable", f"'{text[:40]}' is no day: write 2026-11-23") from None


def _document(entry: CurrentLevel) -> dict[str, object]:
    reading, level = entry.reading, entry.level
    return {
        "scheme": entry.scheme.code,
        "level": reading.level if reading else None,
        "rank": reading.rank if reading else None,
        "definition": level.definition if level else None,
        "since": reading.since if reading else None,
        "seen_at": moment(reading.seen_at) if reading else None,
        "source": reading.source if reading else None,
        "stale": entry.is_stale,
    }


def _history(scheme: Scheme, readings: list[Reading]) -> dict[str, object]:
    return {
        "scheme": scheme.code,
        "readings": [
            {
                "version": reading.version,
                "level": reading.level,
                "since": reading.since,
                "seen_at": moment(reading.seen_at),
                "source": reading.source,
                "statement": reading.statement,
            }
            for reading in readings
        ],
        "known_past": [
            {
                "since": entry.date,
                "level": entry.level,
                "note": entry.note,
                "month_confidence": entry.month_confidence,
                "day_confidence": entry.day_confidence,
                "source": entry.source,
            }
            for entry in scheme.history
        ],
    }
