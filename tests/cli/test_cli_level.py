"""`cascade level`: a reading is recorded, a change is sent to those who want it, and the past can be looked at."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.processes import Done, Home

TOLD = r"\d+ \w{3,4} 20\d\d, \d\d:\d\d (GMT|BST)"


@pytest.fixture
def home(tmp_path: Path, peopled: Home) -> Iterator[Home]:
    """A home of its own with the forty contacts."""
    copy = Home(tmp_path)
    with closing(sqlite3.connect(peopled.database)) as source, closing(sqlite3.connect(copy.database)) as target:
        source.backup(target)
        target.executescript("DELETE FROM deliveries; DELETE FROM alerts; DELETE FROM level_readings;")
    return copy


def ended_well(done: Done) -> str:
    """Give what a command printed that ended with 0 and complained of nothing."""
    assert (done.code, done.stderr) == (0, ""), done
    return done.stdout


def test_readings_are_recorded_and_only_a_change_is_sent(home: Home) -> None:
    """First and unchanged readings are told to nobody, a rise to the top goes to all as critical, --no-push to none."""

    def set_level(level: str, *more: str) -> str:
        return ended_well(home.cascade("level", "set", "uk-national", level, "--yes", *more))

    def alerts() -> list[tuple[str, str, int]]:
        listed = json.loads(ended_well(home.cascade("alert", "list", "--json")))["alerts"]
        return [(alert["severity"], alert["headline"], alert["recipients"]) for alert in listed]

    said = set_level("SUBSTANTIAL", "--since", "2022-02-09")
    assert said.splitlines() == [
        "uk-national: no reading -> SUBSTANTIAL, since 2022-02-09: the first reading, told to nobody",
        "recorded; nobody is told",
    ]
    said = set_level("SUBSTANTIAL")
    assert said.splitlines() == [
        "uk-national: SUBSTANTIAL -> SUBSTANTIAL, since 2022-02-09: unchanged, told to nobody",
        "recorded; nobody is told",
    ]
    assert alerts() == []
    said = set_level("critical", "--since", "2026-04-30", "--statement", "JTAC has raised the level.")
    assert said.splitlines() == [
        "uk-national: SUBSTANTIAL -> CRITICAL, since 2026-04-30: raised, for 40 recipients",
        f"recorded; C-{datetime.now(UTC).year}-0001 (id 1) goes to 40 recipients",
    ]
    assert set_level("LOW", "--no-push").endswith(": lowered, told to nobody\nrecorded; nobody is told\n")
    assert alerts() == [("critical", "UK national threat level raised to CRITICAL", 40)]
    shown = json.loads(ended_well(home.cascade("alert", "show", "1", "--json")))
    assert "JTAC has raised the level." in shown["body"]

    history = json.loads(ended_well(home.cascade("level", "history", "--json")))
    assert set(history) == {"scheme", "readings", "known_past"}
    assert history["scheme"] == "uk-national"
    assert [(entry["version"], entry["level"], entry["source"]) for entry in history["readings"]] == [
        (4, "LOW", "command line"),
        (3, "CRITICAL", "command line"),
        (2, "SUBSTANTIAL", "command line"),
        (1, "SUBSTANTIAL", "command line"),
    ]
    assert [entry["since"] for entry in history["readings"]][1:] == ["2026-04-30", "2022-02-09", "2022-02-09"]
    assert history["known_past"][0]["since"] == "2006-08-01"


def test_what_is_shown_can_be_read_without_json(home: Home) -> None:
    """The tables name scheme, level, day and, in the reader's zone, when it was read; an unknown scheme is refused."""
    ended_well(home.cascade("level", "set", "uk-northern-ireland", "moderate", "--since", "2026-01-02", "--yes"))
    show, past, unknown = home.each(
        [
            ("level", "show"),
            ("level", "history", "--scheme", "uk-northern-ireland"),
            ("level", "history", "--scheme", "x"),
        ]
    )
    lines = ended_well(show).splitlines()
    assert re.search(TOLD, lines[2]), lines
    assert re.search(f"read {TOLD}", ended_well(past).splitlines()[1])
    assert lines[1].split()[:4] == ["uk-national", "no", "reading", "yet"]
    assert lines[2].split()[:3] == ["uk-northern-ireland", "MODERATE", "2026-01-02"]
    assert ended_well(past).splitlines()[1].split()[:3] == ["2026-01-02", "MODERATE", "read"]
    assert (unknown.code, unknown.stdout) == (2, "")
    assert unknown.stderr.startswith("cascade: there is no scheme 'x'")


def test_a_terminal_is_asked_and_its_answer_counts(home: Home) -> None:
    """On a terminal a no changes nothing and ends with 1, a yes records."""
    refused = home.on_terminal("n", "level", "set", "uk-national", "severe")
    assert refused.code == 1
    assert "Record this reading? [y/N]" in refused.stdout
    assert "Traceback" not in refused.stderr
    assert json.loads(ended_well(home.cascade("level", "history", "--json")))["readings"] == []
    taken = home.on_terminal("y", "level", "set", "uk-national", "severe")
    assert taken.code == 0
    assert taken.stdout.endswith("recorded; nobody is told\n")
