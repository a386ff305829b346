"""What the stored answers of a conversation about a template amount to: the template, and what is still missing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from alerts.publishing.alert import Audience, Severity
from alerts.publishing.marking import Marking
from alerts.templates.field import FieldKind, TemplateField
from alerts.templates.template import Template, names_in


def next_step(data: dict[str, Any]) -> tuple[str, str]:
    """Name the first step that is still to be answered, and the field that it is about, "" for none."""
    for part in ("title", "headline", "body"):
        if not data.get(part):
            return part, ""
    for name in names_in(data["headline"], data["body"]):
        known = data["fields"].get(name)
        if known is None:
            return "kind", name
        if known["kind"] == FieldKind.CHOICE and not known["choices"]:
            return "choices", name
        if not known["ask"]:
            return "ask", name
    if "severity" not in data:
        return "severity", ""
    if "marking" not in data:
        return "marking", ""
    if "life_minutes" not in data:
        return "hours", ""
    return ("check" if data.get("has_sectors") else "sectors"), ""


def template_of(data: dict[str, Any]) -> Template:
    """Give the template that the answers make; fields that stand in no text any more are left out.

    Raises:
        InvalidInput: a part cannot be used.
    """
    names = names_in(data["headline"], data["body"])
    return Template(
        code=data["code"],
        title=data["title"],
        headline=data["headline"],
        body=data["body"],
        severity=Severity(data["severity"]),
        life=timedelta(minutes=data["life_minutes"]),
        fields=tuple(_field(name, data["fields"][name]) for name in _in_order(names, data["fields"])),
        audience=Audience(tuple(data.get("sectors", ())), tuple(data.get("regions", ()))),
        is_for_drills=data.get("is_for_drills", False),
        marking=Marking(data["marking"]) if data.get("marking") else None,
    )


def draft_of(template: Template) -> dict[str, Any]:
    """Give the answers that would make a template."""
    document = template.document()
    fields = {one["name"]: {key: value for key, value in one.items() if key != "name"} for one in document["fields"]}
    return document | {"code": template.code, "fields": fields, "has_sectors": True}


def _in_order(names: Sequence[str], fields: dict[str, Any]) -> list[str]:
    """Keep the order in which fields were asked about; a field that came into the text later comes last."""
    return [name for name in fields if name in names]


def _field(name: str, known: dict[str, Any]) -> TemplateField:
    limit = {"limit": known["limit"]} if "limit" in known else {}
    return TemplateField(
        name, known["ask"], FieldKind(known["kind"]), tuple(known["choices"]), is_optional=known["is_optional"], **limit
    )
