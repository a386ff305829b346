"""`cascade schedule`: what goes out by itself is added, listed, halted and removed."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.processes import Done, Home

from alerts.briefings.fields import FIELDS

BRIEFINGS = """
[[briefings]]
code = "drill"
title = "Drill"
headline = "Drill at eleven"
severity = "information"
body = '''
Doors close.
'''
"""
KEYS = {
    "id",
    "name",
    "push",
    "briefing",
    "rule",
    "timezone",
    "sectors",
    "regions",
    "holidays",
    "office_hours",
    "ends_at",
    "grace_minutes",
    "status",
    "reason",
    "next",
}
DAILY = ("--at", "daily 08:00")


def ended_well(done: Done) -> str:
    """Give what a command printed that ended with 0 and complained of nothing."""
    assert (done.code, done.stderr) == (0, ""), done
    return done.stdout


def refused(done: Done, *words: str, code: int = 1) -> None:
    """Say that a command ended with this code and one line that has these words."""
    assert (done.code, done.stdout) == (code, ""), done
    (line,) = done.stderr.splitlines()
    assert line.startswith("cascade: "), done
    assert all(word in line for word in words), done


def schedules(home: Home) -> list[dict[str, Any]]:
    """Read the list."""
    document = json.loads(ended_well(home.cascade("schedule", "list", "--json")))
    assert set(document) == {"schedules"}
    return list(document["schedules"])


def add(home: Home, *words: str, **settings: str) -> list[str]:
    """Add a schedule and give the lines that were printed."""
    return ended_well(home.cascade("schedule", "add", *words, **settings)).splitlines()


def test_a_schedule_is_added_and_listed_with_its_next_times(tmp_path: Path) -> None:
    """The number and three times are printed; the document has every part, and moments in UTC."""
    home = Home(tmp_path).ready()
    assert ended_well(home.cascade("schedule", "list")) == "nothing is scheduled yet\n"
    number, *times = add(
        home,
        *("--name", "Morning", "--push", "level", "--at", "Weekly Mon,thu 8:00", "--timezone", "asia/kathmandu"),
        *("--sector", "retail", "--sector", "aviation", "--region", "london"),
        *("--until", "2999-12-24", "--grace", "5"),
    )
    assert number == "1"
    assert [line.partition(": ")[0] for line in times] == ["next"] * 3
    (entry,) = schedules(home)
    assert set(entry) == KEYS
    assert [moment[10:] for moment in entry.pop("next")] == ["T02:15:00Z"] * 3
    assert entry == {
        "id": 1,
        "name": "Morning",
        "push": "level",
        "briefing": None,
        "rule": "weekly mon,thu 08:00",
        "timezone": "Asia/Kathmandu",
        "sectors": ["aviation", "retail"],
        "regions": ["london"],
        "holidays": None,
        "office_hours": None,
        "ends_at": "2999-12-24T18:14:59Z",
        "grace_minutes": 5,
        "status": "active",
        "reason": None,
    }
    table = ended_well(home.cascade("schedule", "list")).splitlines()
    assert table[0].split()[:6] == ["id", "name", "sends", "when", "zone", "status"]
    assert "aviation, retail; london; TLP:CLEAR" in table[1]
    assert table[1].split()[:7] == ["1", "Morning", "level", "weekly", "mon,thu", "08:00", "Asia/Kathmandu"]


def test_each_push_is_added_in_its_shortest_form(tmp_path: Path) -> None:
    """A level, a reminder and the only briefing need a name and a time alone; the zone is that of the settings."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "briefings.toml").write_text(BRIEFINGS)
    home = Home(tmp_path, data_dir=str(folder), timezone="Europe/Paris").ready()
    for push in ("level", "reminder", "briefing"):
        add(home, "--name", push, "--push", push, *DAILY)
    found = {entry["name"]: entry for entry in schedules(home)}
    assert [found[push]["push"] for push in ("level", "reminder", "briefing")] == ["level", "reminder", "briefing"]
    assert {entry["timezone"] for entry in found.values()} == {"Europe/Paris"}
    assert [found[push]["briefing"] for push in ("level", "reminder", "briefing")] == [None, None, "drill"]


def test_the_zone_of_the_rule_is_the_zone_of_the_end(tmp_path: Path) -> None:
    """A zone in --at takes the place of --timezone, for the time and for the day of --until."""
    home = Home(tmp_path).ready()
    add(home, "--name", "Tea", "--push", "reminder", "--at", "daily 16:00 Asia/Tokyo", "--until", "2999-01-01")
    add(home, "--name", "Tea 2", "--push", "reminder", "--at", "daily 16:00 Asia/Tokyo until 2999-01-01")
    one, two = schedules(home)
    assert one["timezone"] == two["timezone"] == "Asia/Tokyo"
    assert one["ends_at"] == two["ends_at"] == "2999-01-01T14:59:59Z"


def test_a_schedule_is_paused_resumed_and_removed_by_name_or_number(tmp_path: Path) -> None:
    """Each step is confirmed in a line and shows in the list; what is paused has no next time."""
    home = Home(tmp_path).ready()
    add(home, "--name", "Doors [at night]", "--push", "reminder", *DAILY)
    assert ended_well(home.cascade("schedule", "pause", "Doors [at night]")) == "'Doors [at night]' is paused\n"
    (entry,) = schedules(home)
    assert (entry["status"], entry["reason"], entry["next"]) == ("paused", "by hand", [])
    refused(home.cascade("schedule", "pause", "1"), "is paused already")
    lines = ended_well(home.cascade("schedule", "resume", "1")).splitlines()
    assert lines[0] == "'Doors [at night]' is active"
    assert len(lines) == 4
    refused(home.cascade("schedule", "resume", "1"), "is active already")
    removed = home.cascade("schedule", "remove", "Doors [at night]", "--yes")
    assert ended_well(removed) == "'Doors [at night]' is removed\n"
    assert schedules(home) == []


def test_removing_is_asked_for(tmp_path: Path) -> None:
    """Without a terminal and --yes nothing is removed and the exit is 2; on a terminal the answer counts."""
    home = Home(tmp_path).ready()
    add(home, "--name", "Doors", "--push", "reminder", *DAILY)
    done = home.cascade("schedule", "remove", "Doors")
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr == "cascade: nothing was changed: say --yes to confirm when no terminal is attached\n"
    assert home.on_terminal("n", "schedule", "remove", "Doors").code == 1
    assert len(schedules(home)) == 1
    assert home.on_terminal("y", "schedule", "remove", "Doors").code == 0
    assert schedules(home) == []


def test_bank_holidays_and_office_hours_are_taken_shown_and_kept(tmp_path: Path) -> None:
    """What is respected is said in words and stands in table and document; settings or an option name the place."""
    home = Home(tmp_path, holidays="GB-SCT").ready()
    _, moves, office, *times = add(
        home,
        *("--name", "Weekly", "--push", "level", "--at", "weekly mon 08:00"),
        *("--not-on-holidays", "--office-hours", "9:00-17:00"),
    )
    assert moves == "Bank holidays (Scotland): it does not go out on one, but on the next working day at the same time."
    assert office.startswith("Office hours: 09:00 to 17:00, Monday to Friday without bank holidays.")
    assert all(" 09:00 " in line for line in times)
    _, leaves_out, *_ = add(home, "--name", "Digest", "--push", "level", *DAILY, "--holidays", "gb/eng")
    assert leaves_out == "Bank holidays (England): it is left out on these days."
    add(home, "--name", "Free", "--push", "level", *DAILY)
    found = {entry["name"]: (entry["holidays"], entry["office_hours"]) for entry in schedules(home)}
    assert found == {"Weekly": ("GB-SCT", "09:00-17:00"), "Digest": ("GB-ENG", None), "Free": (None, None)}
    table = ended_well(home.cascade("schedule", "list"))
    assert "bank holidays GB-SCT, hours 09:00-17:00" in table


def test_a_shipped_briefing_is_shown_scheduled_and_previewed(tmp_path: Path) -> None:
    """`briefing show` and `schedule preview` print the message with the values of now; nothing is sent."""
    home = Home(tmp_path).ready()
    codes = [one["code"] for one in json.loads(ended_well(home.cascade("briefing", "list", "--json")))["briefings"]]
    assert codes == ["weekly-levels", "daily-digest"]
    assert "weekly mon 08:00" in ended_well(home.cascade("briefing", "list"))
    shown = ended_well(home.cascade("briefing", "show", "weekly-levels", "--sector", "aviation"))
    assert "INFORMATION: Weekly threat level briefing" in shown
    assert "For: Aviation" in shown
    assert "No alerts are in force." in shown
    add(home, "--name", "Digest", "--push", "briefing", "--briefing", "daily-digest", *DAILY)
    done = home.cascade("schedule", "preview", "digest")
    refused(done, "there is no schedule 'digest'", "'Digest'")
    done = home.cascade("schedule", "preview", "Digest")
    assert (done.code, done.stderr) == (0, "As of now it has nothing to tell and would not go out.\n")
    assert "No advisory and no information alert was sent." in done.stdout
    document = json.loads(ended_well(home.cascade("schedule", "preview", "1", "--json")))
    assert (document["would_go_out"], document["nothing_to_tell"], document["name"]) == (False, True, "Digest")
    refused(home.cascade("briefing", "show", "daily"), "there is no briefing 'daily'", "daily-digest", code=2)
    assert json.loads(ended_well(home.cascade("alert", "list", "--json"))) == {"alerts": []}


def test_a_briefing_of_ones_own_comes_from_a_file_with_fields(tmp_path: Path) -> None:
    """The text is checked when it is added: a wrong field is named with those there are, and nothing is added."""
    home = Home(tmp_path).ready()
    own = ("--name", "Mine", "--push", "briefing", *DAILY, "--file", "own.txt")
    (tmp_path / "own.txt").write_text("Now: {{ alarms }}\n")
    refused(home.cascade("schedule", "add", *own), "there is no field 'alarms' (line 1)", "alerts, digest", code=2)
    assert schedules(home) == []
    (tmp_path / "own.txt").write_text("Now: {{ alerts }}\n")
    add(home, *own)
    assert "Now: No alerts are in force." in home.cascade("schedule", "preview", "Mine").stdout


def test_the_fields_are_listed(tmp_path: Path) -> None:
    """`briefing fields` gives the table that the check reads."""
    home = Home(tmp_path).ready()
    document = json.loads(ended_well(home.cascade("briefing", "fields", "--json")))
    assert [one["name"] for one in document["fields"]] == [one.name for one in FIELDS]
    table = ended_well(home.cascade("briefing", "fields"))
    assert "{{ levels }}" in table
    assert "one.headline" in table


REFUSED = [
    (("--push", "level", *DAILY, "--sector", "moonbase"), ("moonbase",)),
    (("--push", "level", *DAILY, "--region", "moon"), ("moon",)),
    (("--push", "level", *DAILY, "--timezone", "Europe/Londn"), ("time zone", "Europe/London")),
    (("--push", "level", "--at", "daily 08:00 Mars/Base"), ("time zone",)),
    (("--push", "level", "--at", "at eight"), ("no schedule", "daily 08:00")),
    (("--push", "level", "--at", "daily 25:00"), ("23:59",)),
    (("--push", "level", "--at", "once 2020-01-01 08:00"), ("passed",)),
    (("--push", "level", *DAILY, "--until", "Christmas"), ("2026-12-24",)),
    (("--push", "level", *DAILY, "--until", "2020-01-01"), ("never fire",)),
    (("--push", "level", *DAILY, "--holidays", "GB-LON"), ("GB-LON", "GB-ENG")),
    (("--push", "level", *DAILY, "--office-hours", "9 to 5"), ("09:00-17:00",)),
    (("--push", "level", *DAILY, "--grace", "1441"), ("1,440",)),
    (("--push", "briefing", *DAILY), ("--briefing CODE", "weekly-levels, daily-digest")),
    (("--push", "briefing", *DAILY, "--briefing", "drill"), ("drill",)),
    (("--push", "reminder", *DAILY, "--file", "absent.txt"), ("absent.txt",)),
]
WRONG_USE = [
    ("add", "--push", "level", *DAILY),
    ("add", "--name", "Doors", *DAILY),
    ("add", "--name", "Doors", "--push", "level"),
    ("add", "--name", "Doors", "--push", "poem", *DAILY),
    ("add", "--name", "Doors", "--push", "level", *DAILY, "--grace", "-1"),
    ("add", "--name", "Doors", "--push", "level", *DAILY, "--severity", "mild"),
    ("pause",),
    ("remove",),
    ("postpone", "Doors"),
]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which nothing is scheduled; whoever asks for it leaves it so."""
    home = Home(tmp_path_factory.mktemp("empty")).ready()
    assert schedules(home) == []
    return home


def test_what_cannot_be_scheduled_is_refused_by_its_name(empty: Home) -> None:
    """Unknown codes and zones, times that cannot be and texts that are not there end with 2 and add nothing."""
    commands = [("schedule", "add", "--name", "Doors", *words) for words, _ in REFUSED]
    for done, (_, says) in zip(empty.each(commands), REFUSED, strict=True):
        refused(done, *says, code=2)
    assert schedules(empty) == []


def test_wrong_use_ends_with_2(empty: Home) -> None:
    """What the command line itself cannot read is no attempt to schedule anything."""
    for done in empty.each([("schedule", *words) for words in WRONG_USE]):
        assert (done.code, done.stdout) == (2, ""), done
        assert "Traceback" not in done.stderr, done
    assert schedules(empty) == []


def test_an_unknown_schedule_is_refused_by_what_there_is(tmp_path: Path) -> None:
    """Pausing, resuming and removing what is not there end with 1; a taken name is refused whatever its case."""
    home = Home(tmp_path).ready()
    add(home, "--name", "Doors", "--push", "reminder", *DAILY)
    for words in (("pause", "Windows"), ("resume", "9"), ("remove", "Windows", "--yes")):
        refused(home.cascade("schedule", *words), "there is no schedule", "'Doors'")
    refused(home.cascade("schedule", "add", "--name", "DOORS", "--push", "level", *DAILY), "already")
    assert [entry["name"] for entry in schedules(home)] == ["Doors"]
