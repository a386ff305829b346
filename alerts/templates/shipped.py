"""The templates of the file `templates.toml`: the shipped ones, or those that an operator puts in their place."""

from datetime import timedelta

from alerts.data import DataFolder
from alerts.data.entry import Entry, refuse_twice
from alerts.errors import InvalidInput
from alerts.publishing.alert import Severity
from alerts.publishing.briefings import MARKINGS
from alerts.publishing.marking import Marking
from alerts.templates.field import LINE_LIMIT, LONGEST_LINE, FieldKind, TemplateField
from alerts.templates.template import Template

FILE = "templates.toml"
LONGEST_LIFE_HOURS = 720


def load_templates(folder: DataFolder) -> tuple[Template, ...]:
    """Read and check `templates.toml`. Raises `DataError`."""
    top = Entry.of_file(folder, FILE)
    read = [(entry, _template(entry)) for entry in top.optional_tables("templates")]
    top.finish()
    refuse_twice(((entry, template.code) for entry, template in read), "code")
    return tuple(template for _, template in read)


def _template(entry: Entry) -> Template:
    code, title = entry.code(), entry.text("title")
    headline, body = entry.text("headline"), entry.block("body")
    severity = Severity(entry.choice("severity", tuple(Severity)))
    life = timedelta(hours=entry.whole("hours", at_least=1, at_most=LONGEST_LIFE_HOURS))
    is_for_drills = entry.optional_flag("only_drills")
    marking = Marking(entry.choice("marking", MARKINGS)) if entry.has("marking") else None
    fields = [(one, _field(one)) for one in entry.optional_tables("fields")]
    entry.finish()
    refuse_twice(((one, field.name) for one, field in fields), "name")
    try:
        return Template(
            code=code,
            title=title,
            headline=headline,
            body=body,
            severity=severity,
            life=life,
            fields=tuple(field for _, field in fields),
            is_for_drills=is_for_drills,
            marking=marking,
        )
    except InvalidInput as error:
        raise entry.wrong(str(error)) from None


def _field(entry: Entry) -> TemplateField:
    name, ask = entry.text("name"), entry.text("ask")
    kind = FieldKind(entry.choice("kind", tuple(FieldKind)))
    choices = entry.texts("choices") if kind is FieldKind.CHOICE else ()
    is_line = kind is FieldKind.LINE
    limit = entry.whole("limit", at_least=1, at_most=LONGEST_LINE) if is_line and entry.has("limit") else LINE_LIMIT
    is_optional = entry.optional_flag("optional") if is_line else False
    entry.finish()
    try:
        return TemplateField(name, ask, kind, choices, limit, is_optional)
    except InvalidInput as error:
        raise entry.wrong(str(error)) from None
