from pathlib import Path

import pytest

from alerts.briefings.template import empty_values, example_values
from alerts.data import DataError, DataFolder, UnknownCode
from alerts.publishing.alert import Severity
from alerts.publishing.briefings import Briefing, Briefings

ENTRY = """
[[briefings]]
code = "lockdown-drill"
title = "Lockdown drill"
headline = "Lockdown drill at 11:00 today"
severity = "information"
body = '''
<strong>This is a drill.</strong> Doors & gates close.

Thank you.
'''
"""


def load(folder: Path, text: str) -> Briefings:
    """Read briefings from an operator's file of this text."""
    (folder / "briefings.toml").write_text(text, "utf-8")
    return Briefings.load(DataFolder(folder))


def test_two_are_shipped_for_schedules_alone():
    """The weekly level briefing and the daily digest suggest their times; /compose offers none that is shipped."""
    shipped = Briefings.load(DataFolder())
    assert [(one.code, one.suggested) for one in shipped.all] == [
        ("weekly-levels", "weekly mon 08:00"),
        ("daily-digest", "daily 17:00"),
    ]
    assert shipped.to_compose == ()


def test_the_shipped_ones_stay_beside_those_of_an_operator_who_asks_for_them(tmp_path: Path):
    """A file of the operator's own replaces them, as before; with `shipped = true` they follow its entries."""
    assert [one.code for one in load(tmp_path, ENTRY).all] == ["lockdown-drill"]
    asked = [one.code for one in load(tmp_path, "shipped = true\n" + ENTRY).all]
    assert asked == ["lockdown-drill", "weekly-levels", "daily-digest"]
    with pytest.raises(DataError, match="'weekly-levels' is there twice"):
        load(tmp_path, "shipped = true\n" + ENTRY.replace("lockdown-drill", "weekly-levels"))


FIELDED = ENTRY.replace("Thank you.", "{{ alerts }}")


def test_a_briefing_with_fields_keeps_its_text_and_is_filled_later(tmp_path: Path):
    """Its body is the source; filled with the examples it is canonical HTML."""
    (stored,) = load(tmp_path, FIELDED + 'suggested = "Weekly Mon 8:00"\nsays_nothing = true\n').all
    assert stored.body == "<strong>This is a drill.</strong> Doors & gates close.\n\n{{ alerts }}"
    assert (stored.suggested, stored.says_nothing, stored.is_for_schedules) == ("weekly mon 08:00", True, False)
    assert stored.filled(example_values()).startswith("<b>This is a drill.</b> Doors &amp; gates close.\n\n• URGENT")


def test_a_lone_brace_is_no_field(tmp_path: Path):
    """A text of before fields may have braces in it, and goes out with them."""
    (stored,) = load(tmp_path, ENTRY.replace("Thank you.", "Code {7}, {#9, 50 %}")).all
    assert stored.text is None
    assert stored.body.endswith("Code {7}, {#9, 50 %}")


def test_a_briefing_is_read_as_an_alert_is(tmp_path: Path):
    """The text becomes canonical HTML without the empty lines around it; the severity is one of ours."""
    assert load(tmp_path, ENTRY).all == (
        Briefing(
            "lockdown-drill",
            "Lockdown drill",
            "Lockdown drill at 11:00 today",
            "<b>This is a drill.</b> Doors &amp; gates close.\n\nThank you.",
            Severity.INFORMATION,
        ),
    )


def test_briefings_keep_the_order_of_the_file_and_are_found_by_code(tmp_path: Path):
    """The operator decides what stands first; an unknown code is refused by what there is."""
    briefings = load(tmp_path, ENTRY + ENTRY.replace("lockdown-drill", "a-second-one"))
    assert [briefing.code for briefing in briefings.all] == ["lockdown-drill", "a-second-one"]
    assert briefings.briefing("a-second-one") is briefings.all[1]
    with pytest.raises(UnknownCode, match="no briefing 'lockdown'"):
        briefings.briefing("lockdown")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ENTRY + ENTRY, "lockdown-drill"),
        (ENTRY.replace('code = "lockdown-drill"', 'code = "Lockdown Drill"'), "code must be lower-case"),
        (ENTRY.replace('code = "lockdown-drill"', 'code = "a-code-that-is-too-long"'), "longer than 20 bytes"),
        (ENTRY.replace('title = "Lockdown drill"', ""), "title is missing"),
        (ENTRY.replace('"Lockdown drill"', '"' + "x" * 49 + '"'), "title is longer than 48"),
        (ENTRY.replace('"information"', '"panic"'), "severity"),
        (ENTRY.replace("headline = ", "heading = "), "headline is missing"),
        (ENTRY.replace("Lockdown drill at", "x" * 120), "the headline has 132 characters; 120 are the most"),
        (ENTRY.replace("</strong>", ""), "<strong> is not closed"),
        (ENTRY.replace("Thank you.", "x" * 12_000), "12,000 are the most"),
        (ENTRY.replace("<strong>This is a drill.</strong> Doors & gates close.\n\nThank you.", "<b> </b>"), "is empty"),
        (ENTRY + 'colour = "red"\n', "colour"),
        (FIELDED.replace("alerts", "alarms"), "there is no field 'alarms' (line 3); there are: now, since, levels"),
        (FIELDED.replace("{{ alerts }}", "{% if alerts %}<b>{% endif %}x</b>"), "<b> is not closed"),
        (FIELDED.replace("alerts }}", "alerts | upper }}"), "only fields such as"),
        (ENTRY.replace("Lockdown drill at 11:00", "Drill at {{ now }}"), "a headline has no fields"),
        (ENTRY + 'suggested = "mondays"\n', "that is no schedule"),
        (ENTRY + 'suggested = "once 2026-12-24 08:00"\n', "a suggested rule comes round"),
        (ENTRY + 'says_nothing = "yes"\n', "says_nothing must be true or false"),
        ('[[briefing]]\ncode = "x"\n', "briefing"),
        ("briefings = 3\n", "briefings"),
        ("[[briefings\n", "is not valid TOML"),
    ],
)
def test_a_wrong_file_stops_the_start_with_one_line(tmp_path: Path, text: str, words: str):
    """Every mistake is found when the file is read, in one line that names the file and what is wrong."""
    with pytest.raises(DataError) as refused:
        load(tmp_path, text)
    assert words in str(refused.value)
    assert str(refused.value).startswith(str(tmp_path / "briefings.toml"))
    assert "\n" not in str(refused.value)


def test_the_examples_of_the_docs_can_be_used_as_they_stand(tmp_path: Path):
    """Both entries load beside the shipped ones, and have a text with and without anything to tell."""
    page = (Path(__file__).parents[2] / "docs/briefings.md").read_text()
    entries = [block.partition("```")[0] for block in page.split("```\n") if block.startswith("[[briefings]]")]
    assert len(entries) == 2
    briefings = load(tmp_path, "shipped = true\n" + "\n".join(entries))
    assert len(briefings.all) == 4
    for stored in briefings.all:
        assert all(stored.filled(values).strip() for values in (example_values(), empty_values()))
