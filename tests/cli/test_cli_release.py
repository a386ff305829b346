"""The command line while two people may approve: what it sends, sets and schedules waits for one of them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.processes import Home

SEND = ("alert", "send", "--headline", "East gate closed", "--severity", "advisory", "--file", "body.txt", "--yes")


@pytest.fixture
def home(tmp_path: Path, peopled: Home, sandbox: str) -> Home:
    """A home of its own with forty contacts, an officer and an owner."""
    copy = Home(tmp_path, api_url=sandbox)
    with closing(sqlite3.connect(peopled.database)) as source, closing(sqlite3.connect(copy.database)) as target:
        source.backup(target)
    (tmp_path / "body.txt").write_text("Police are there.", encoding="utf-8")
    for user, role in (("501", "officer"), ("601", "owner")):
        granted = copy.cascade("people", "grant", user, role)
        assert granted.code == 0, granted
    return copy


def statuses(home: Home) -> list[str]:
    """Give the status of every alert, newest first."""
    done = home.cascade("alert", "list", "--json")
    return [alert["status"] for alert in json.loads(done.stdout)["alerts"]]


def test_the_administrator_is_one_person(home: Home) -> None:
    """Sending prints the id alone and says on standard error that it waits; nobody has a row, and it can be stopped."""
    sent = home.cascade(*SEND)
    assert (sent.code, sent.stdout) == (0, "1\n")
    assert sent.stderr.endswith("waits for approval by a second person\n")
    assert statuses(home) == ["submitted"]
    report = json.loads(home.cascade("alert", "report", "1", "--json").stdout)
    assert (report["status"], report["recipients"]) == ("submitted", 0)
    assert home.cascade("alert", "cancel", "1", "--yes").code == 0
    assert statuses(home) == ["cancelled"]


def test_without_the_rule_it_sends_on_one_word(home: Home) -> None:
    """CASCADE_TWO_PERSON_RULE=false sends at once, and the report says on whose word."""
    assert home.cascade(*SEND, two_person_rule="false").stdout == "1\n"
    assert statuses(home) == ["sending"]
    assert "It went out on one person's word: the command line" in home.cascade("alert", "report", "1").stdout


def test_a_level_and_a_schedule_wait_too(home: Home) -> None:
    """The reading is in force at once, its alert waits; a schedule is there and has no next time."""
    level = ("level", "set", "uk-national")
    assert home.cascade(*level, "SUBSTANTIAL", "--yes").code == 0
    done = home.cascade(*level, "SEVERE", "--yes")
    assert done.stdout.endswith("-0001 (id 1) waits for approval by a second person\n")
    levels = json.loads(home.cascade("level", "show", "--json").stdout)["levels"]
    assert [entry["level"] for entry in levels if entry["scheme"] == "uk-national"] == ["SEVERE"]
    added = home.cascade("schedule", "add", "--name", "Doors", "--push", "reminder", "--at", "daily 08:00")
    assert (added.code, added.stdout) == (0, "1\n")
    assert "waits for approval by a second person" in added.stderr
    [schedule] = json.loads(home.cascade("schedule", "list", "--json").stdout)["schedules"]
    assert (schedule["status"], schedule["next"]) == ("proposed", [])


def test_it_returns_what_waits_and_approves_nothing(home: Home) -> None:
    """There is no way to approve; what no person wrote goes back to nobody, and an officer's does, on record."""
    assert home.cascade("alert", "approve", "1", "--yes").code == 2
    assert home.cascade(*SEND).code == 0
    back = ("alert", "return", "1", "--reason", "Which gate?", "--yes")
    refused = home.cascade(*back)
    assert (refused.code, refused.stdout) == (1, "")
    assert "no person wrote it" in refused.stderr
    assert statuses(home) == ["submitted"]
    with closing(sqlite3.connect(home.database)) as database:
        database.execute("UPDATE alerts SET author = 501, origin = 'chat'")
        database.commit()
    assert "an alert is returned with a reason" in home.cascade(*back[:4], " ", "--yes").stderr
    done = home.cascade(*back)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.endswith("-0001 is rejected: its author is told why\n")
    assert statuses(home) == ["rejected"]
    assert "waits for nobody's approval" in home.cascade(*back).stderr
    entries = json.loads(home.cascade("audit", "export", "--format", "json").stdout)["entries"]
    assert [(entry["act"], entry["place"], entry["who"]) for entry in entries][-2:] == [
        ("alert-returned", "command line", None),
        ("record-exported", "command line", None),
    ]
    with closing(sqlite3.connect(home.database)) as database:
        told = database.execute("SELECT user_id, kind FROM notices").fetchall()
    assert (501, "alert-returned") in told
