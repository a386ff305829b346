"""Templates: what a field takes, what a text may hold, the shipped ones, and versions that are never lost."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL, noted

from alerts.data import DataError, DataFolder, UnknownCode
from alerts.errors import InvalidInput, NotFound, Stale
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.marking import Marking
from alerts.publishing.markup import visible
from alerts.store import Store
from alerts.subscribers.sectors import Directory
from alerts.templates.field import MEANING, FieldKind, TemplateField, read_moment, read_past
from alerts.templates.library import Library
from alerts.templates.shipped import load_templates
from alerts.templates.template import Template, names_in
from alerts.text import utf16_length

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
PLACE = TemplateField("place", "Where?", FieldKind.LINE, limit=20)
KIND = TemplateField("kind", "What?", FieldKind.CHOICE, ("Fire", "Flood & wind"))
SINCE = TemplateField("since", "Since when?", FieldKind.TIME)
SHIPPED = load_templates(DataFolder())


def template(**changes: object) -> Template:
    """Make a template with three fields, with changes to it."""
    parts: dict[str, object] = {
        "code": "storm",
        "title": "Storm",
        "headline": "{{ kind }}: {{ place }}",
        "body": "<b>{{ kind }}</b> since {{ since }} & on.",
        "severity": Severity.URGENT,
        "life": timedelta(hours=6),
        "fields": (KIND, SINCE, PLACE),
    }
    return Template(**(parts | changes))  # type: ignore[arg-type]


@pytest.fixture
def library(store: Store, clock: DrivenClock, directory: Directory) -> Library:
    """A library whose file holds one template."""
    return Library(store, clock, TRAIL, directory, (template(),))


def test_every_kind_of_field_has_its_sentence():
    """The table names every kind."""
    assert MEANING.keys() == set(FieldKind)


def test_values_are_escaped_and_worded():
    """What was typed is text and never markup, and a moment is written for readers."""
    values = {"kind": "Flood & wind", "since": NOW.isoformat(), "place": "Pier <1>"}
    headline, body = template().filled(values, lambda moment: f"{moment:%H:%M}")
    assert headline == "Flood & wind: Pier <1>"
    assert body == "<b>Flood &amp; wind</b> since 12:00 &amp; on."


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        (KIND, "fire", "template-choice"),
        (KIND, "", "template-choice"),
        (PLACE, "  ", "template-line-empty"),
        (PLACE, "x" * 21, "detail-too-long"),
    ],
)
def test_a_value_that_is_not_allowed(field: TemplateField, value: str, problem: str):
    """It is refused with a reason of its own."""
    with pytest.raises(InvalidInput) as refused:
        field.check(value)
    assert refused.value.problem == problem


def test_a_value_that_is_allowed():
    """A line is put on one line, an optional one may be empty, and a moment is kept in UTC."""
    assert PLACE.check("  east \n gate ") == "east gate"
    assert replace(PLACE, is_optional=True).check(" ") == ""
    assert SINCE.check("2026-11-26T13:00:00+01:00") == "2026-11-26T12:00:00+00:00"


@pytest.mark.parametrize(
    ("now", "typed", "moment"),
    [
        ("2026-11-26 12:00", "14:30", "2026-11-26 14:30"),
        ("2026-11-26 12:00", "9.05", "2026-11-26 09:05"),
        ("2026-11-26 23:50", "00:10", "2026-11-27 00:10"),
        ("2026-11-26 00:10", "23:50", "2026-11-25 23:50"),
        ("2026-11-26 12:00", "2026-12-24 18:00", "2026-12-24 18:00"),
        ("2026-06-26 12:00", "14:30", "2026-06-26 13:30"),
        ("2026-10-25 12:00", "01:30", "2026-10-25 01:30"),
        ("2026-03-29 12:00", "01:30", "2026-03-29 01:30"),
        ("2026-11-26 12:00", "2026-12-24T18:00+01:00", "2026-12-24 17:00"),
    ],
)
def test_a_time_as_it_is_typed(now: str, typed: str, moment: str):
    """A time of day is the nearest of its kind; where the clocks change, the later reading counts."""
    found = read_moment(typed, datetime.fromisoformat(now).replace(tzinfo=UTC), LONDON)
    assert found == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "typed", "moment"),
    [
        ("2026-11-26 12:00", "01:00", "2026-11-26 01:00"),
        ("2026-11-26 00:10", "23:50", "2026-11-25 23:50"),
        ("2026-11-26 06:00", "20:00", "2026-11-25 20:00"),
        ("2026-11-26 12:00", "12:00", "2026-11-26 12:00"),
        ("2026-11-26 12:00", "2026-11-20 18:00", "2026-11-20 18:00"),
    ],
)
def test_a_time_that_lies_behind(now: str, typed: str, moment: str):
    """A time of day is of today or yesterday, whichever is nearer, and never of tomorrow."""
    found = read_past(typed, datetime.fromisoformat(now).replace(tzinfo=UTC), LONDON)
    assert found == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize("typed", ["12:01", "14:30", "2026-11-27 09:00", "2026-11-26T13:00+00:00"])
def test_what_is_past_does_not_lie_ahead(typed: str):
    """A slip of an hour is told, and not taken for yesterday."""
    with pytest.raises(InvalidInput) as refused:
        read_past(typed, NOW, LONDON)
    assert refused.value.problem == "template-time-ahead"


@pytest.mark.parametrize("kind", [FieldKind.TIME, FieldKind.PAST])
def test_a_kept_version_reads_as_it_was_written(kind: FieldKind):
    """A version from before there were times of the past still takes any time, and both kinds are worded."""
    kept = template(fields=(KIND, TemplateField("since", "Since when?", kind), PLACE))
    assert Template.from_document("storm", kept.document()) == kept
    values = {"kind": "Fire", "since": NOW.isoformat(), "place": "Pier"}
    assert "since then &amp; on" in kept.filled(values, lambda moment: "then" if moment == NOW else "")[1]


@pytest.mark.parametrize("typed", ["", "noon", "25:00", "14:60", "2026-13-01 10:00", "14:30:99", "½:30"])
def test_what_is_no_time(typed: str):
    """It is refused, whatever it is."""
    with pytest.raises(InvalidInput) as refused:
        read_moment(typed, NOW, LONDON)
    assert refused.value.problem == "template-time"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"headline": "{{ kind }} {{ where }}"}, "briefing-field"),
        ({"body": "{{ kind }} <b>{{ since }}"}, "markup"),
        ({"body": "{{ kind.upper() }} {{ since }}"}, "briefing-language"),
        ({"body": "{% for one in kind %}{{ one }}{% endfor %}{{ since }}"}, "briefing-language"),
        ({"body": "Nothing to fill."}, "template-unused"),
        ({"headline": "x" * 100 + "{{ place }}{{ kind }}"}, "headline-too-long"),
        ({"headline": "  "}, "body-empty"),
        ({"title": ""}, "template-title-empty"),
        ({"title": "x" * 41}, "template-title-too-long"),
        ({"marking": Marking.RED}, "template-marking"),
        ({"life": timedelta()}, "expiry-far"),
        ({"life": timedelta(days=31)}, "expiry-far"),
        ({"fields": tuple(TemplateField(f"f{n}", "?", FieldKind.TIME) for n in range(9))}, "template-fields"),
    ],
)
def test_a_template_that_cannot_be_used(changes: dict[str, object], problem: str):
    """It is refused when it is written, and not when somebody needs it."""
    with pytest.raises(InvalidInput) as refused:
        template(**changes)
    assert refused.value.problem == problem


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        (("Place", "?", FieldKind.LINE), "template-field-name"),
        (("p" * 21, "?", FieldKind.LINE), "template-field-name"),
        (("p", "?" * 121, FieldKind.LINE), "template-ask-too-long"),
        (("p", "?", FieldKind.CHOICE, ("one",)), "template-choices"),
        (("p", "?", FieldKind.CHOICE, ("one", "one")), "template-choices"),
        (("p", "?", FieldKind.CHOICE, ("one", "x" * 61)), "template-choice-too-long"),
        (("p", "?", FieldKind.LINE, (), 0), "template-limit"),
        (("p", "?", FieldKind.LINE, (), 401), "template-limit"),
    ],
)
def test_a_field_that_cannot_be_asked_for(parts: tuple[object, ...], problem: str):
    """Its name, question, choices and limit are held against what a button and a message can hold."""
    with pytest.raises(InvalidInput) as refused:
        TemplateField(*parts)  # type: ignore[arg-type]
    assert refused.value.problem == problem


def test_the_fields_of_a_text_are_found_in_their_order():
    """Each name between braces once, in conditions too; what cannot be read is refused."""
    assert names_in("{{ b }} {{ a }}", "{% if c %}{{ a }}{{ c }}{% endif %}") == ["b", "a", "c"]
    with pytest.raises(InvalidInput):
        names_in("{{ a")


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda shipped: shipped.code)
def test_the_shipped_ones_fit_one_message_and_few_steps(shipped: Template):
    """With the longest values each is one message of a phone's screens, and asks for two typed lines at most."""
    longest = {one.name: one.longest for one in shipped.fields}
    headline, body = shipped.filled(longest, None)
    assert utf16_length(headline) <= 120
    assert utf16_length(visible(body)) <= 1500
    assert len([one for one in shipped.fields if one.kind is FieldKind.LINE and not one.is_optional]) <= 1
    assert len(shipped.fields) <= 6
    for one in shipped.fields:
        assert not one.is_optional or re.search(rf"\n.*{one.longest}", visible(body)), "it begins no line of its own"
    shortest = {one.name: "" if one.is_optional else one.longest for one in shipped.fields}
    assert "\n\n\n" not in shipped.filled(shortest, None)[1]


def test_the_shipped_ones_are_those_that_one_can_plan_for():
    """The incidents of the issue are all there, and the exercise's is offered to exercises alone."""
    codes = ["attack", "suspicious-item", "evacuation", "protest", "cyber", "all-clear", "exercise"]
    assert [one.code for one in SHIPPED] == codes
    assert [one.code for one in SHIPPED if one.is_for_drills] == ["exercise"]
    attack = SHIPPED[0]
    assert attack.severity is Severity.CRITICAL
    for word in ("<b>Run</b>", "<b>Hide</b>", "<b>Tell</b>", "999", "55"):
        assert word in attack.body


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("severity = 'loud'", "severity must be one of"),
        ("body = '{{ nothing }}'", "there is no field 'nothing'"),
        ("hours = 0", "hours must be a number"),
        ("colour = 'red'", "unknown key 'colour'"),
    ],
)
def test_a_mistake_in_the_file_stops_the_start(tmp_path, written: str, what: str):
    """The line names the entry and what is wrong with it."""
    entry = {"code": "'x'", "title": "'X'", "headline": "'X'", "severity": "'urgent'", "hours": "6", "body": "'Text'"}
    key, _, value = written.partition(" = ")
    lines = [f"{name} = {text}" for name, text in (entry | {key: value}).items()]
    (tmp_path / "templates.toml").write_text("[[templates]]\n" + "\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match=what):
        load_templates(DataFolder(tmp_path))


async def test_a_template_comes_back_from_the_store_as_it_was(library: Library):
    """Texts, fields, audience and the rest are the same after the database has had them."""
    assert await library.take_in() == 1
    wanted = template(code="", audience=Audience(("aviation",), ("london",)), is_for_drills=True)
    kept = await library.write(wanted, 13, 0)
    found = await library.current(kept.code)
    assert found.template == replace(wanted, code="storm-2")
    assert (found.number, found.origin, found.author, found.is_retired) == (1, "chat", 13, False)


async def test_the_file_becomes_versions_once(store: Store, clock: DrivenClock, directory: Directory, library: Library):
    """A second start takes nothing in; a changed file makes a version, noted in the record."""
    assert await library.take_in() == 1
    assert await library.take_in() == 0
    assert await noted(store) == []
    changed = Library(store, clock, TRAIL, directory, (template(title="Storm ahead"),))
    assert await changed.take_in() == 1
    assert [one.number for one in await changed.versions("storm")] == [1, 2]
    assert (await changed.current("storm")).template.title == "Storm ahead"
    assert [entry["act"] for entry in await noted(store)] == ["templates-taken-in"]


async def test_what_officers_wrote_goes_before_the_file(
    store: Store, clock: DrivenClock, directory: Directory, library: Library
):
    """A new file is kept as a version and does not take the place of an officer's text."""
    await library.take_in()
    await library.write(template(title="Ours"), 13, 1)
    changed = Library(store, clock, TRAIL, directory, (template(title="Theirs"),))
    await changed.take_in()
    assert (await changed.current("storm")).template.title == "Ours"
    assert [one.template.title for one in await changed.versions("storm")] == ["Storm", "Ours", "Theirs"]


async def test_one_that_left_the_file_is_not_offered(
    store: Store, clock: DrivenClock, directory: Directory, library: Library
):
    """Its versions stay for the alerts that came from it."""
    await library.take_in()
    without = Library(store, clock, TRAIL, directory, ())
    assert await without.offered() == []
    assert (await without.version("storm", 1)).template == template()


async def test_two_officers_cannot_overwrite_each_other(library: Library):
    """Whoever began from an older version is told, and what the other wrote stays."""
    await library.take_in()
    await library.write(template(title="First"), 13, 1)
    for act in (library.write(template(title="Second"), 14, 1), library.retire("storm", 14, 1)):
        with pytest.raises(Stale):
            await act
    assert (await library.current("storm")).template.title == "First"


async def test_one_that_is_out_of_use_can_be_taken_again(store: Store, library: Library):
    """It is not offered, its versions stay, and the record has both acts with a hash of the text."""
    await library.take_in()
    retired = await library.retire("storm", 13, 1)
    assert retired.is_retired
    assert await library.offered() == []
    assert [one.code for one in await library.everything()] == ["storm"]
    with pytest.raises(Stale):
        await library.retire("storm", 13, 2)
    await library.write((await library.version("storm", 1)).template, 13, 2)
    assert [one.number for one in await library.offered()] == [3]
    entries = await noted(store)
    assert [entry["act"] for entry in entries] == ["template-retired", "template-written"]
    assert len(entries[0]["after"]["sha256"]) == 64
    assert "Flood" not in str(entries)


async def test_what_there_is_not(library: Library):
    """A code, a version or a sector that does not exist is refused."""
    await library.take_in()
    for look in (library.current("nothing"), library.version("storm", 9), library.retire("nothing", 13, 0)):
        with pytest.raises(NotFound):
            await look
    with pytest.raises(UnknownCode):
        await library.write(template(audience=Audience(("nowhere",))), 13, 1)


@pytest.mark.parametrize(
    ("titles", "codes"),
    [
        (["Power cut", "Power cut!"], ["power-cut", "power-cut-2"]),
        (["Zoë’s café", "断电"], ["zoes-cafe", "template"]),
        (["A very long name of a template"] * 2, ["a-very-long-name-of", "a-very-long-name-o-2"]),
    ],
)
async def test_a_new_one_gets_a_code_from_its_name(library: Library, titles: list[str], codes: list[str]):
    """It fits a button, is made of plain letters, and no two are the same."""
    written = [await library.write(template(code="", title=title), 13, 0) for title in titles]
    assert [one.code for one in written] == codes
    assert all(len(code) <= 20 for code in codes)


async def test_an_alert_remembers_its_template(outbox: Outbox, library: Library):
    """Code and version, also after newer versions; an alert from nowhere remembers none."""
    await library.take_in()
    draft, other = await outbox.draft(13), await outbox.draft(13)
    version = await library.current("storm")
    await library.remember(draft.id, version)
    await library.remember(draft.id, version)
    await library.write(template(title="Newer"), 13, 1)
    assert await library.of_alert(draft.id) == ("storm", 1)
    assert await library.of_alert(other.id) is None
