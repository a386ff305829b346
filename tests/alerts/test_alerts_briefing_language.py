"""What may stand in a briefing's text, and that everything else is refused when it is written."""

from pathlib import Path

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.briefings.fields import BY_NAME, FIELDS, Field, Part
from alerts.briefings.language import MOST_PLACES, SOURCE_LIMIT
from alerts.briefings.template import BriefingText, example_values
from alerts.errors import InvalidInput

LISTS = [one for one in FIELDS if one.is_list]
PARTS = [(one, part) for one in LISTS for part in one.parts]
NAMES = ", ".join(BY_NAME)

UNKNOWN = {
    "{{ foo }}": f"there is no field 'foo' (line 1); there are: {NAMES}",
    "{{ Levels }}": "there is no field 'Levels'",
    "one\ntwo {{ lvels }}": "there is no field 'lvels' (line 2)",
    "{% if foo %}x{% endif %}{{ now }}": "there is no field 'foo'",
    "{% if now %}x{% elif foo %}y{% endif %}": "there is no field 'foo'",
    "{% if not foo %}x{% endif %}": "there is no field 'foo'",
    "{% for one in foo %}x{% endfor %}": "there is no field 'foo'",
    "{% for one in alerts %}{{ two.headline }}{% endfor %}": "there is no field 'two'",
    "{% for one in alerts %}{{ one.title }}{% endfor %}": "an entry of 'alerts' has no 'title'",
    "{% for one in alerts %}{{ one.level }}{% endfor %}": "it has: headline, reference, severity, sent, until",
    "{% for one in alerts %}x{% endfor %}{{ one.headline }}": "there is no field 'one'",
    "{% for one in alerts %}x{% else %}{{ one.headline }}{% endfor %}": "there is no field 'one'",
    "{{ alerts.headline }}": "write {% for one in alerts %} and {{ one.headline }}",
    "{{ now.year }}": "'now' has no parts of its own",
    "{{ loop.index }}": "there is no field 'loop'",
    "{{ self }}": "there is no field 'self'",
    "{{ range }}": "there is no field 'range'",
}

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ now.__class__ }}",
    "{{ levels.__html__ }}",
    "{{ levels.entries }}",
    "{% for one in levels %}{{ one._line }}{% endfor %}",
    "{% for one in levels %}{{ one.__init__.__globals__ }}{% endfor %}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ now['__class__'] }}",
    "{{ now|attr('__class__') }}",
    "{{ now|safe }}",
    "{{ levels|map(attribute='scheme')|list }}",
    "{% filter upper %}{{ now }}{% endfilter %}",
    "{{ now is string }}",
    "{% for one in range(10**9) %}x{% endfor %}",
    "{% for one in levels if one.level %}x{% endfor %}",
    "{% for one in levels recursive %}x{% endfor %}",
    "{% for one, two in levels %}x{% endfor %}",
    "{% for one in levels %}{% for two in alerts %}x{% endfor %}{% endfor %}",
    "{% for one in levels %}{{ alerts }}{% endfor %}",
    "{% for one in now %}x{% endfor %}",
    "{% for alerts in levels %}x{% endfor %}",
    "{{ 'a' * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ now * 1000 }}",
    "{{ now ~ now }}",
    "{{ [now] * 99 }}",
    "{{ (now, now) }}",
    "{{ {'a': now} }}",
    "{{ now if alerts else since }}",
    "{{ not alerts }}",
    "{{ now() }}",
    "{{ 'text' }}",
    "{% if now == 'x' %}x{% endif %}",
    "{% if alerts and changes %}x{% endif %}",
    "{% set x = now %}{{ x }}",
    "{% include 'x' %}",
    "{% import 'x' as x %}",
    "{% extends 'x' %}",
    "{% block x %}{% endblock %}",
    "{% macro x() %}{% endmacro %}",
    "{% call x() %}{% endcall %}",
    "{% with x = now %}{% endwith %}",
    "{% autoescape false %}{{ now }}{% endautoescape %}",
    "{% do now %}",
    "{{ now",
    "{% if now %}",
    "{% endif %}",
    "{{ }}",
    "{{ " + "(" * 9000 + "now" + ")" * 9000 + " }}",
    "{{ now" + ".a" * 9000 + " }}",
    "{% if now %}" * 5 + "x" + "{% endif %}" * 5,
    "{{ now }}" * (MOST_PLACES + 1),
    "{{ now }}" + "x" * SOURCE_LIMIT,
]

TAGS = [
    "{% if alerts %}<b>{% endif %}x{% if alerts %}</b>{% endif %}",
    "{% for one in alerts %}<b>{% endfor %}x",
    "<b>{% for one in alerts %}</b>{% endfor %}",
    "<{{ now }}>x",
    "</{{ now }}>",
    "<b{{ now }}>x</b>",
    "<b {{ now }}>x</b>",
    '<a href="{{ now }}">x</a>',
    '<a href="https://example.org/{{ now }}">x</a>',
    '<a href="https://example.org/?a>b{{ now }}">x</a>',
    "<{% if alerts %}b>x</b>{% endif %}",
    "{% if alerts %}<{% endif %}b>x",
    "<!-- {{ now }} -->",
    "<script>{{ now }}</script>",
]


@pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
def test_every_field_stands_alone(one: Field):
    """A text of one field alone is read, names it, and gives its example."""
    text = BriefingText.parse(f"{{{{ {one.name} }}}}")
    assert text.uses == {one.name}
    assert text.fill(example_values()).plain == one.example


@pytest.mark.parametrize(("one", "part"), PARTS, ids=lambda one: one.name)
def test_every_part_stands_alone(one: Field, part: Part):
    """In a loop over its list each part of an entry gives its example."""
    text = BriefingText.parse(f"{{% for it in {one.name} %}}{{{{ it.{part.name} }}}}{{% endfor %}}")
    assert text.uses == {one.name}
    assert text.fill(example_values()).plain == part.example


@pytest.mark.parametrize("source", UNKNOWN)
def test_an_unknown_field_is_refused_by_its_name(source: str):
    """The refusal names what is not there, its line, and what there is."""
    with pytest.raises(InvalidInput) as refused:
        BriefingText.parse(source)
    assert UNKNOWN[source] in str(refused.value)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("source", ESCAPES, ids=lambda source: source[:40])
def test_what_reaches_out_runs_long_or_grows_is_refused_when_it_is_written(
    source: str, monkeypatch: pytest.MonkeyPatch
):
    """Attributes, filters, calls, literals, arithmetic and nesting are refused before anything of them is compiled."""
    compiled: list[object] = []
    monkeypatch.setattr(ImmutableSandboxedEnvironment, "compile", lambda *words: compiled.append(words))
    with pytest.raises(InvalidInput) as refused:
        BriefingText.parse(source)
    assert refused.value.problem in {"briefing-language", "briefing-field", "briefing-source"}
    assert compiled == []


@pytest.mark.parametrize("source", TAGS)
def test_formatting_is_whole_in_every_block_and_holds_no_field(source: str):
    """A tag that a loop or a condition would tear, and a field inside a tag, are refused when they are written."""
    with pytest.raises(InvalidInput) as refused:
        BriefingText.parse(source + " {{ now }}")
    assert refused.value.problem in {"markup", "briefing-language"}


def test_an_environment_offers_nothing():
    """Even a template that passed the check would find no global, no filter and no test."""
    environment = BriefingText.parse("{{ now }}")._template.environment
    assert (environment.globals, environment.filters, environment.tests) == ({}, {}, {})
    assert isinstance(environment, ImmutableSandboxedEnvironment)
    assert environment.loader is None
    assert environment.autoescape is True


def test_conditions_loops_and_raw_text_are_read():
    """What the language has: if, elif, else, not, a loop with an else, white space control, raw braces, comments."""
    source = (
        "{# a note #}{% if not alerts %}calm{% elif changes %}changed{% else %}alerts{% endif %}\n"
        "{%- for one in levels %} {{ one.level }}{% else %} none{% endfor %}\n"
        "{% raw %}{{ braces }}{% endraw %}"
    )
    assert BriefingText.parse(source).fill(example_values()).plain == "changed SEVERE{{ braces }}"


def test_the_table_of_fields_is_whole():
    """Names are words that a template can have, differ, and no part is called what an entry has anyway."""
    names = [one.name for one in FIELDS]
    assert len(names) == len(set(names)) == len(BY_NAME)
    for one in FIELDS:
        parts = [part.name for part in one.parts]
        assert len(parts) == len(set(parts))
        assert all(name.isidentifier() and not name.startswith("_") for name in [one.name, *parts])
        assert all(text.strip() for text in [one.gives, one.example])
        assert all(part.gives.strip() and part.example.strip() for part in one.parts)


def test_the_page_of_the_docs_has_the_table_as_it_is():
    """docs/briefings.md lists every field and part with what it gives and an example, in the order of the table."""
    page = (Path(__file__).parents[2] / "docs/briefings.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    wanted = []
    for one in FIELDS:
        wanted.append(f"| `{{{{ {one.name} }}}}` | {one.gives} | {one.example} |")
        wanted += [f"| `one.{part.name}` | {part.gives} | {part.example} |" for part in one.parts]
    assert rows == wanted
