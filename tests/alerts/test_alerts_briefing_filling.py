"""Filling a briefing: values stay text, lists are shortened until they fit, and what is empty reads well."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.briefings.facts import Change, Facts, ListedAlert, Seen
from alerts.briefings.fields import FIELDS
from alerts.briefings.template import LISTED_AT_MOST, BriefingText, Entry, Section, empty_values, example_values
from alerts.data import DataFolder
from alerts.errors import InvalidInput
from alerts.levels.register import CurrentLevel, Reading
from alerts.levels.scheme import Schemes
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.briefings import Briefings
from alerts.publishing.checks import BODY_LIMIT
from alerts.publishing.markup import read_html, visible
from alerts.text import utf16_length
from handlers.briefing_words import BriefingWords
from handlers.texts import Texts

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WORDS = BriefingWords(Texts(ZoneInfo("Europe/London")))
SCHEMES = Schemes.load(DataFolder())
UK = SCHEMES.scheme("uk-national")
READING = Reading("uk-national", 2, "SEVERE", 4, date(2026, 11, 20), "officer", NOW - timedelta(hours=2), None, "")
ALERT = ListedAlert(7, "Gate shut", "C-2026-0007", Severity.URGENT, Audience(), NOW - timedelta(hours=2), NOW + DAY)
FACTS = Facts(
    now=NOW,
    since=NOW - 7 * DAY,
    levels=(CurrentLevel(UK, READING, is_stale=False),),
    changes=(Change(UK, "SUBSTANTIAL", "SEVERE", is_raised=True, since=date(2026, 11, 20)),),
    alerts=(ALERT,),
    digest=(replace(ALERT, severity=Severity.ADVISORY),),
    schedules=(("Weekly", NOW + DAY),),
    alerts_left_out=0,
    digest_left_out=0,
    seen=Seen({"uk-national": 2}, ()),
)
NOTHING = replace(FACTS, levels=(), changes=(), alerts=(), digest=(), schedules=())
EVERYTHING = "\n\n".join(f"{{{{ {one.name} }}}}" for one in FIELDS) + "".join(
    f"{{% for one in {one.name} %}}"
    + "".join(f"<i>{{{{ one.{part.name} }}}}</i>|" for part in one.parts)
    + "{% endfor %}"
    for one in FIELDS
    if one.is_list
)


def tags(html: str) -> list[str]:
    """Give the tags of canonical HTML in their order."""
    return [piece.partition(">")[0] for piece in html.split("<")[1:]]


def section(number: int, words: str = "Gate shut") -> Section:
    """Make a section of the alerts in force with so many entries."""
    return WORDS(replace(FACTS, alerts=(replace(ALERT, headline=words),) * number))["alerts"]  # type: ignore[return-value]


def test_the_words_give_every_field_and_part_of_the_table():
    """No field of the table is without a value, and no value is outside of it; with and without anything to tell."""
    for facts in (FACTS, NOTHING, replace(FACTS, levels=(CurrentLevel(UK, None, is_stale=False),))):
        values = WORDS(facts)
        assert list(values) == [one.name for one in FIELDS]
        for one in FIELDS:
            value = values[one.name]
            assert isinstance(value, Section if one.is_list else str)
            for entry in value if isinstance(value, Section) else ():
                assert {name for name in vars(entry) if name != "_line"} == {part.name for part in one.parts}


def test_each_section_reads_well():
    """Lines name what there is; what is empty says so in a sentence, and so do levels that are old or not known."""
    text = BriefingText.parse("{{ levels }}\n{{ changes }}\n{{ alerts }}\n{{ digest }}\n{{ schedules }}")
    assert text.fill(WORDS(FACTS)).plain.splitlines() == [
        "• UK national threat level: SEVERE, since 20 Nov 2026. Last confirmed 2 hours ago.",
        "• UK national threat level: raised from SUBSTANTIAL to SEVERE, since 20 Nov 2026",
        "• URGENT: Gate shut (C-2026-0007), until 24 Nov 2026, 08:00 GMT",
        "• ADVISORY: Gate shut (C-2026-0007), sent 23 Nov 2026, 06:00 GMT",
        "• Weekly: 24 Nov 2026, 08:00 GMT",
    ]
    assert text.fill(WORDS(NOTHING)).plain.splitlines() == [
        "No threat level is followed here.",
        "No change has been recorded.",
        "No alerts are in force.",
        "No advisory and no information alert was sent.",
        "Nothing else is scheduled.",
    ]
    old = replace(READING, seen_at=NOW - 9 * DAY, since=None)
    levels = (CurrentLevel(UK, old, is_stale=True), CurrentLevel(UK, None, is_stale=False))
    assert BriefingText.parse("{{ levels }}").fill(WORDS(replace(FACTS, levels=levels))).plain.splitlines() == [
        (
            "• UK national threat level: SEVERE. May be out of date: "
            "last confirmed 1 week ago (14 Nov 2026, 08:00 GMT). Please check the official page."
        ),
        f"• UK national threat level: not known here. Please look at the official page: {UK.official_address}",
    ]


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_text_in_data_never_becomes_markup(words: str):
    """Whatever a headline or a name is, the text has the tags of the template alone, and the words as they are."""
    line = " ".join(words.split())
    text = BriefingText.parse(EVERYTHING)
    facts = replace(
        FACTS,
        levels=(CurrentLevel(replace(UK, name=line), replace(READING, statement=line), is_stale=False),),
        changes=(replace(FACTS.changes[0], before=line, scheme=replace(UK, name=line)),),
        alerts=(replace(ALERT, headline=line, reference=line),),
        digest=(replace(ALERT, headline=line),),
        schedules=((line, NOW),),
    )
    filled = text.fill(WORDS(facts)).html
    assert tags(filled) == tags(text.fill(WORDS(FACTS)).html)
    assert read_html(filled).html == filled
    assert visible(filled).count(line) >= 8


@pytest.mark.parametrize(
    "words",
    ["<b>", "</b></i>", '<a href="https://evil.example">x</a>', "&lt;b&gt;", "{{ now }}", "{% if %}", "\"'><"],
)
def test_what_looks_like_markup_or_a_template_is_shown_as_it_is(words: str):
    """A headline with tags, references or braces in it is a headline."""
    text = BriefingText.parse("{{ alerts }}|{% for one in alerts %}{{ one.headline }}{% endfor %}")
    filled = text.fill({**example_values(), "alerts": section(1, words)})
    assert filled.plain.count(words) == 2
    assert tags(filled.html) == []


@pytest.mark.parametrize("number", [0, 1, 2, LISTED_AT_MOST, LISTED_AT_MOST + 1, 1000])
def test_long_lists_are_shortened_and_say_by_how_much(number: int):
    """What is shown and what 'and N more' counts make up the whole, in a written list and in a loop alike."""
    text = BriefingText.parse("{{ alerts }}\n--\n{% for one in alerts %}\n* {{ one.headline }}\n{% endfor %}\nEnd.")
    filled = text.fill({**example_values(), "alerts": section(number)})
    assert filled.length <= BODY_LIMIT
    written, _, looped = filled.plain.partition("\n--\n")
    for part, mark in ((written, "• "), (looped, "* ")):
        lines = part.splitlines()
        shown = sum(line.startswith(mark) for line in lines)
        left = [line for line in lines if line.startswith("and ")]
        assert left == ([f"and {number - shown:,} more"] if shown < number else [])
    assert looped.endswith("End.")
    assert ("No alerts are in force." in written) == (number == 0)


def test_as_much_is_shown_as_fits():
    """One entry more would not fit: the text is filled to the limit, not halved."""
    text = BriefingText.parse("{{ alerts }}")
    values = {**example_values(), "alerts": section(500, "x" * 120)}
    filled = text.fill(values)
    line = utf16_length(filled.plain.splitlines()[0])
    assert BODY_LIMIT - 2 * line < filled.length <= BODY_LIMIT


def test_formatting_in_a_loop_does_not_pass_what_telegram_takes():
    """A loop that sets each entry in bold is shortened to the formatted places that there are."""
    text = BriefingText.parse("{% for one in alerts %}<b>{{ one.headline }}</b>; {% endfor %}")
    filled = text.fill({**example_values(), "alerts": section(100)})
    assert filled.html.count("<b>") == 90
    assert filled.plain.endswith("; and 10 more")


def test_the_densest_text_neither_hangs_nor_fills_the_memory():
    """A hundred places in a loop over the longest list fills in little and ends; it is shortened like any other."""
    source = "{% for one in alerts %}" + "{{ one.headline }}" * 99 + "{% endfor %}"
    filled = BriefingText.parse(source).fill({**example_values(), "alerts": section(1000, "x" * 120)})
    assert filled.length <= BODY_LIMIT
    with pytest.raises(InvalidInput, match="12,000 are the most"):
        BriefingText.parse("{{ now }}" + "x" * BODY_LIMIT)


def test_nothing_to_tell_is_when_each_list_of_news_in_the_text_is_empty():
    """Levels, changes, alerts and the digest count; what is scheduled and plain texts are no news."""
    values, nothing = example_values(), empty_values()
    for source, expected in (
        ("{{ digest }}", True),
        ("{{ digest }} {{ schedules }} {{ now }}", True),
        ("{{ schedules }}", False),
        ("{{ now }}", False),
    ):
        text = BriefingText.parse(source)
        assert text.tells_nothing(nothing) is expected
        assert text.tells_nothing(values) is False
    both = BriefingText.parse("{{ digest }} {{ alerts }}")
    assert both.tells_nothing({**nothing, "alerts": values["alerts"]}) is False


def test_the_shipped_briefings_read_well_with_nothing_and_with_everything():
    """Both fit an alert, with an entry in each list and with a thousand, and none of their sections is blank."""
    for stored in Briefings.load(DataFolder()).all:
        for values in (
            WORDS(FACTS),
            WORDS(NOTHING),
            {**WORDS(FACTS), "alerts": section(1000), "digest": section(1000)},
        ):
            filled = read_html(stored.filled(values))
            assert 0 < filled.length <= BODY_LIMIT
            assert "\n\n\n" not in filled.plain
            assert "{" not in filled.plain


def test_an_entry_printed_whole_is_its_line():
    """A loop may write an entry as the list would write it."""
    text = BriefingText.parse("{% for one in alerts %}\n{{ one }}\n{% endfor %}")
    value = Section([Entry("• <b>A</b> &amp; B", headline="A")], "None.", str)
    assert text.fill({**example_values(), "alerts": value}).html == "• <b>A</b> &amp; B"
