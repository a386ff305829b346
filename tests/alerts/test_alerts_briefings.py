from pathlib import Path

import pytest

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


def test_none_are_shipped():
    """Briefings are the operator's own words: without a file of theirs there is none to pick."""
    assert Briefings.load(DataFolder()).all == ()


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
