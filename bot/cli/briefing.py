"""`cascade briefing`: what is stored, what its fields give, and how it would read now."""

from typing import Annotated

import typer

from alerts.briefings.fields import FIELDS
from alerts.publishing.alert import Audience
from alerts.publishing.briefings import Briefing
from alerts.schedule.contents import Draft
from bot.cli.console import command, opened, out, print_json, print_table
from bot.cli.options import Json, Regions, Sectors
from bot.cli.sketch import print_sketch, sketch_document

app = typer.Typer(help="Stored briefings and their fields.", no_args_is_help=True)


@app.command("list")
@command
async def list_briefings(*, as_json: Json = False) -> None:
    """List the stored briefings, with the rule that each suggests and the fields in it."""
    async with opened() as domain:
        if as_json:
            print_json({"briefings": [_document(briefing) for briefing in domain.briefings.all]})
            return
        rows: list[tuple[object, ...]] = [
            (stored.code, stored.title, stored.severity, stored.suggested or "-", ", ".join(_fields_of(stored)) or "-")
            for stored in domain.briefings.all
        ]
        print_table(("code", "title", "severity", "suggested", "fields"), rows, "no briefing is stored")


@app.command("show")
@command
async def show(
    code: Annotated[str, typer.Argument(help="Its code, as the list has it.")],
    *,
    sector: Sectors = None,
    region: Regions = None,
    as_json: Json = False,
) -> None:
    """Show a briefing as it would go out now, its fields filled for these sectors and regions; nothing is sent."""
    async with opened() as domain:
        stored = domain.briefings.briefing(code)
        audience = Audience(tuple(sector or ()), tuple(region or ()))
        domain.directory.check_sectors(audience.sectors)
        domain.directory.check_regions(audience.regions)
        draft: Draft = await domain.contents.filled(stored, audience, domain.clock.now())
        if as_json:
            print_json({"briefing": code, **sketch_document(draft)})
            return
        print_sketch(domain, draft)


@app.command("fields")
@command
async def fields(*, as_json: Json = False) -> None:
    """List what may stand in the text of a briefing, and what each field gives."""
    if as_json:
        print_json(
            {
                "fields": [
                    {
                        "name": one.name,
                        "gives": one.gives,
                        "example": one.example,
                        "parts": [{"name": p.name, "gives": p.gives, "example": p.example} for p in one.parts],
                    }
                    for one in FIELDS
                ]
            }
        )
        return
    rows: list[tuple[object, ...]] = []
    for one in FIELDS:
        rows.append((f"{{{{ {one.name} }}}}", one.gives, one.example))
        rows += [(f"  one.{part.name}", part.gives, part.example) for part in one.parts]
    print_table(("field", "gives", "for example"), rows, "there are none")
    out.print("one: an entry inside {% for one in FIELD %} … {% endfor %}", markup=False)


def _fields_of(stored: Briefing) -> list[str]:
    return [one.name for one in FIELDS if stored.text and one.name in stored.text.uses]


def _document(stored: Briefing) -> dict[str, object]:
    return {
        "code": stored.code,
        "title": stored.title,
        "headline": stored.headline,
        "severity": stored.severity,
        "suggested": stored.suggested or None,
        "says_nothing": stored.says_nothing,
        "only_scheduled": stored.is_for_schedules,
        "fields": _fields_of(stored),
    }
