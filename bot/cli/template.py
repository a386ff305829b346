"""`cascade template`: which templates there are, and what each says in which version; they are written in the chat."""

from typing import Annotated

import typer

from alerts.templates.library import Version
from alerts.templates.template import Template
from bot.cli.console import command, moment, opened, out, print_json, print_table, told
from bot.cli.options import Json

app = typer.Typer(help="Templates: alerts that were thought through beforehand.", no_args_is_help=True)


@app.command("list")
@command
async def list_templates(*, as_json: Json = False) -> None:
    """List the templates with the version of each that is in use."""
    async with opened() as domain:
        known = await domain.library.everything()
        if as_json:
            print_json({"templates": [_document(version) for version in known]})
            return
        rows: list[tuple[object, ...]] = [
            (
                one.code,
                one.template.title,
                one.template.severity,
                _marking(one.template),
                one.number,
                one.origin,
                told(domain, one.written_at),
                "out of use" if one.is_retired else "exercises" if one.template.is_for_drills else "alerts",
                ", ".join(field.name for field in one.template.fields),
            )
            for one in known
        ]
        headings = ("code", "title", "severity", "marking", "version", "origin", "written", "for", "fields")
        print_table(headings, rows, "there is no template")


@app.command("show")
@command
async def show(
    code: Annotated[str, typer.Argument(help="Its code, as the list has it.")],
    *,
    version: Annotated[int, typer.Option(help="Which version; the one in use when left out.")] = 0,
    as_json: Json = False,
) -> None:
    """Show a template's texts and fields, and its versions with who wrote each and when."""
    async with opened() as domain:
        shown = await (domain.library.version(code, version) if version else domain.library.current(code))
        versions = await domain.library.versions(code)
        if as_json:
            print_json(_document(shown) | {"versions": [_version(one) for one in versions]})
            return
        template = shown.template
        out.print(f"{template.title} ({code}), version {shown.number}", markup=False)
        out.print(f"Marking: {_marking(template)}", markup=False)
        out.print(f"\n{template.headline}\n\n{template.body}\n", markup=False)
        fields: list[tuple[object, ...]] = [
            (one.name, one.kind, one.ask, " | ".join(one.choices)) for one in template.fields
        ]
        print_table(("field", "takes", "question", "choices"), fields, "it has no fields")
        rows: list[tuple[object, ...]] = [
            (one.number, one.origin, one.author, told(domain, one.written_at), "yes" if one.is_retired else "")
            for one in versions
        ]
        print_table(("version", "origin", "author", "written", "out of use"), rows, "")


def _marking(template: Template) -> str:
    if template.is_for_drills:
        return "none"
    return template.marking.label if template.marking else "asked for"


def _document(version: Version) -> dict[str, object]:
    return {"code": version.code, **_version(version), **version.template.document()}


def _version(version: Version) -> dict[str, object]:
    return {
        "version": version.number,
        "origin": version.origin,
        "retired": version.is_retired,
        "author": version.author,
        "written_at": moment(version.written_at),
    }
