"""`cascade drill` and `cascade template`: what the administrator sees of exercises and templates."""

import json
import sqlite3

from support.processes import Home


def test_templates_are_listed_and_shown(tmp_path):
    """Each shipped one with its version, fields and text, as tables and as documents."""
    home = Home(tmp_path).ready()
    listed, shown, missing = (
        home.cascade("template", "list", "--json"),
        home.cascade("template", "show", "attack", "--json"),
        home.cascade("template", "show", "attack", "--version", "9"),
    )
    templates = json.loads(listed.stdout)["templates"]
    assert [one["code"] for one in templates] == [
        "attack",
        "suspicious-item",
        "evacuation",
        "protest",
        "cyber",
        "all-clear",
        "exercise",
    ]
    assert {one["version"] for one in templates} == {1}
    document = json.loads(shown.stdout)
    assert [field["name"] for field in document["fields"]] == ["kind", "since", "advice", "place"]
    assert [one["origin"] for one in document["versions"]] == ["file"]
    assert (missing.code, missing.stderr) == (1, "cascade: the template attack has no version 9\n")
    table = home.cascade("template", "list").stdout
    assert "Attack in progress" in table
    assert "exercises" in table
    shown = home.cascade("template", "show", "attack").stdout
    assert "Marking: TLP:CLEAR\n" in shown
    assert "{{ kind }}: {{ place }}" in shown
    assert json.loads(home.cascade("template", "show", "protest", "--json").stdout)["marking"] == "green"


def test_exercises_are_listed_shown_and_reported(tmp_path):
    """Without one that is said; with one its times, participants and messages are told."""
    home = Home(tmp_path).ready()
    assert home.cascade("drill", "list").stdout == "there was no exercise yet\n"
    with sqlite3.connect(home.database) as connection:
        connection.execute(
            "INSERT INTO drills (title, status, begins_at, ends_at, chosen, author, created_at) "
            "VALUES ('Lockdown', 'ended', '2026-11-01 10:00:00.000000', '2026-11-01 12:00:00.000000', "
            """'{"roles": ["lead"], "sectors": ["aviation"], "people": []}', 13, '2026-11-01 09:00:00.000000')"""
        )
        connection.execute("INSERT INTO drill_participants VALUES (1, 1001)")
    drills = json.loads(home.cascade("drill", "list", "--json").stdout)["drills"]
    assert [(one["id"], one["title"], one["status"], one["begins_at"]) for one in drills] == [
        (1, "Lockdown", "ended", "2026-11-01T10:00:00Z")
    ]
    shown = home.cascade("drill", "show", "1")
    assert "roles: lead; sectors: aviation" in shown.stdout
    report = json.loads(home.cascade("drill", "report", "1", "--json").stdout)
    assert report == {"id": 1, "status": "ended", "participants": 1, "messages": []}
    assert home.cascade("drill", "report", "1").stdout.endswith("nothing was sent in it\n")
    assert home.cascade("drill", "show", "7").code == 1
