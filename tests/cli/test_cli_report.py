"""`cascade alert report`: how it went, and by name who was not reached."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.processes import Home

SEND = ("alert", "send", "--headline", "East gate", "--severity", "advisory", "--file", "body.txt", "--yes")
HOSTILE = "\x1b[2J\u202eeve"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, peopled: Home) -> Home:
    """A home whose one alert has reached 37 of 40: a second after it was confirmed the first, then one a second."""
    folder: Path = tmp_path_factory.mktemp("reported")
    copy = Home(folder)
    with closing(sqlite3.connect(peopled.database)) as source, closing(sqlite3.connect(copy.database)) as target:
        source.backup(target)
        target.executescript("DELETE FROM deliveries; DELETE FROM alerts;")
    (folder / "body.txt").write_text("Police are there.", encoding="utf-8")
    assert copy.cascade(*SEND).stdout == "1\n"
    with closing(sqlite3.connect(copy.database)) as database:
        database.executescript(
            "UPDATE alerts SET status = 'sent', sending_at = '2026-11-24 12:00:00.000000';"
            "UPDATE deliveries SET state = 'sent', sent_at ="
            " strftime('%Y-%m-%d %H:%M:%S', '2026-11-24 12:00:00', (chat_id - 1000) || ' seconds') || '.000000';"
            "UPDATE deliveries SET state = 'gone', reason = 'blocked the bot', sent_at = NULL WHERE chat_id >= 1039;"
            "UPDATE deliveries SET state = 'uncertain', reason = 'no answer', sent_at = NULL, uncertain_count = 1,"
            " state_at = '2026-11-24 12:01:00.000000' WHERE chat_id = 1038;"
        )
        database.execute("UPDATE subscribers SET name = ?, organisation = 'Rail' WHERE chat_id = 1038", (HOSTILE,))
        database.commit()
    return copy


def test_a_report_tells_how_it_went(home: Home) -> None:
    """After the counts come reasons, doubts, moments in the reader's zone, the rate and the waits."""
    done = home.cascade("alert", "report", "1")
    assert (done.code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].endswith(" sent: East gate")
    assert ["recipients", "40"] in [line.split() for line in lines]
    assert lines[-6:] == [
        "2 gone: blocked the bot",
        "1 uncertain: no answer",
        "attempts that may have arrived twice: 1",
        "first sent 24 Nov 2026, 12:00 GMT, last sent 24 Nov 2026, 12:00 GMT",
        "in between, 1.0 recipients a second",
        "from the confirmation to Telegram's answer: p50 19.0 s, p99 37.0 s",
    ]


def test_the_unreached_are_listed_by_name(home: Home) -> None:
    """With --recipients those who are not sent follow; what a name would do to the terminal is taken out."""
    done = home.cascade("alert", "report", "1", "--recipients")
    listed = done.stdout.splitlines()[-4:]
    headings = ["chat", "kind", "name or title", "organisation", "state", "reason", "since", "perhaps doubled"]
    assert listed[0].split() == " ".join(headings).split()
    assert [line.split()[0] for line in listed[1:]] == ["1038", "1039", "1040"]
    first = ["1038", "private", "?[2J?eve", "Rail", "uncertain", "no answer", "24 Nov 2026, 12:01 GMT", "1"]
    assert listed[1].split() == " ".join(first).split()
    assert "\x1b" not in done.stdout
    everybody = home.cascade("alert", "report", "1", "--all").stdout
    chats = [line.split()[0] for line in everybody.splitlines() if " private " in line]
    assert chats == [str(chat) for chat in range(1001, 1041)]


def test_the_document_lists_them_too(home: Home) -> None:
    """The document keeps its keys, `recipients` stays a number, and the list has every detail as it is stored."""
    plain, listed, everybody = (
        json.loads(done.stdout)
        for done in home.each(
            [
                ("alert", "report", "1", "--json"),
                ("alert", "report", "1", "--recipients", "--json"),
                ("alert", "report", "1", "--all", "--json"),
            ]
        )
    )
    assert plain == {name: value for name, value in listed.items() if name != "recipients_listed"}
    assert (plain["recipients"], sum(plain["counts"].values()), plain["uncertain_count"]) == (40, 40, 1)
    assert (plain["rate_per_second"], plain["p50_seconds"], plain["p99_seconds"]) == (1.0, 19.0, 37.0)
    assert plain["reasons"] == [
        {"state": "gone", "reason": "blocked the bot", "rows": 2},
        {"state": "uncertain", "reason": "no answer", "rows": 1},
    ]
    assert [one["chat_id"] for one in listed["recipients_listed"]] == [1038, 1039, 1040]
    assert listed["recipients_listed"][0] == {
        "chat_id": 1038,
        "kind": "private",
        "name": HOSTILE,
        "organisation": "Rail",
        "state": "uncertain",
        "reason": "no answer",
        "at": "2026-11-24T12:01:00Z",
        "uncertain_count": 1,
    }
    assert [one["chat_id"] for one in everybody["recipients_listed"]] == list(range(1001, 1041))
    assert everybody["recipients_listed"][0]["reason"] is None


def test_where_everybody_was_reached_nobody_is_listed(home: Home, tmp_path: Path) -> None:
    """The table is a sentence then, and the document's list is empty; an unknown alert ends with 1."""
    copy = Home(tmp_path)
    with closing(sqlite3.connect(home.database)) as source, closing(sqlite3.connect(copy.database)) as target:
        source.backup(target)
        target.executescript("DELETE FROM deliveries WHERE state <> 'sent';")
    words, document, absent = copy.each(
        [
            ("alert", "report", "1", "--recipients"),
            ("alert", "report", "1", "--recipients", "--json"),
            ("alert", "report", "77", "--recipients", "--json"),
        ]
    )
    assert words.stdout.endswith("nobody is left to list: everybody was reached\n")
    assert json.loads(document.stdout)["recipients_listed"] == []
    assert (absent.code, absent.stdout, absent.stderr) == (1, "", "cascade: there is no alert 77\n")
