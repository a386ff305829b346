"""`cascade audit`, and what a wrong secret does to the other commands."""

import csv
import json
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from support.processes import Done, Home

OTHER_SECRET = "a secret of another machine, as long as it must be"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in whose record four acts stand."""
    made = Home(tmp_path).ready()
    for words in (
        ("alert", "hold", "--reason", "=cmd|' /C calc'!A0"),
        ("alert", "release", "--yes"),
        ("level", "set", "uk-national", "SEVERE", "--no-push", "--yes"),
        ("intake", "add", "own-desk", "--kind", "json"),
    ):
        assert made.cascade(*words).code == 0, words
    return made


def change(home: Home, statement: str) -> None:
    """Do something to the database behind Cascade's back."""
    with closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute(statement)


def verdict(done: Done) -> dict[str, object]:
    """Read what `verify --json` says."""
    return dict(json.loads(done.stdout))


def test_a_whole_record_is_told_with_its_head(home: Home) -> None:
    """Exit code 0, the number of entries and the newest seal, which is what --head takes; both cases of hex do."""
    told = verdict(home.cascade("audit", "verify", "--json"))
    assert (told["ok"], told["entries"], told["broken"]) == (True, 4, None)
    head = dict(told["head"])  # type: ignore[call-overload]
    plain = home.cascade("audit", "verify", "--head", head["seal"].upper())
    assert (plain.code, plain.stderr) == (0, "")
    assert plain.stdout.splitlines()[0].startswith("whole: 4 entries, the newest 4 of 20")
    assert plain.stdout.splitlines()[-1] == f"head: {head['seal']}"


def test_what_is_broken_is_named_and_ends_with_1(home: Home) -> None:
    """A change, a removal and a seal that is not there: one line on standard error, and a document of its own."""
    kept = dict(verdict(home.cascade("audit", "verify", "--json"))["head"])["seal"]  # type: ignore[call-overload]
    change(home, "DELETE FROM audit WHERE number = 4")
    change(home, "UPDATE meta SET value = '3:' || (SELECT seal FROM audit WHERE number = 3) WHERE key = 'audit_head'")
    assert home.cascade("audit", "verify").code == 0
    cut = home.cascade("audit", "verify", "--head", kept)
    assert (cut.code, cut.stdout) == (1, "")
    assert "the end was cut off" in cut.stderr
    change(home, "UPDATE audit SET place = 'chat' WHERE number = 2")
    done = home.cascade("audit", "verify")
    assert (done.code, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("cascade: the record is BROKEN at entry 2: it was changed")
    told = verdict(home.cascade("audit", "verify", "--json"))
    assert told["ok"] is False
    assert dict(told["broken"])["number"] == 2  # type: ignore[call-overload]


@pytest.mark.parametrize("head", ["abc", "x" * 64, "0" * 63])
def test_what_is_no_seal_is_refused_as_wrong_use(home: Home, head: str) -> None:
    """Exit code 2, before the record is read."""
    done = home.cascade("audit", "verify", "--head", head)
    assert (done.code, done.stdout) == (2, "")


def test_an_export_holds_every_act_and_itself(home: Home) -> None:
    """CSV and JSON have the same entries; nothing runs in a spreadsheet; a token is in neither."""
    done = home.cascade("audit", "export", "--format", "json")
    assert (done.code, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    acts = [entry["act"] for entry in document["entries"]]
    assert acts == ["hold-placed", "hold-released", "level-set", "source-added", "record-exported"]
    assert document["head"] == {"number": 5, "seal": document["entries"][-1]["seal"]}
    assert {entry["place"] for entry in document["entries"]} == {"command line"}

    done = home.cascade("audit", "export", "--format", "csv", "--out", "record.csv")
    assert (done.code, done.stdout, done.stderr) == (0, "", "written: record.csv\n")
    file = home.folder / "record.csv"
    assert file.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(StringIO(file.read_text(encoding="utf-8"))))
    assert [row["act"] for row in rows] == [*acts, "record-exported"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert "cascade_in_" not in file.read_text() + done.stdout
    assert set(rows[0]).isdisjoint({"who_salt", "whom_salt"})

    again = home.cascade("audit", "export", "--format", "csv", "--out", "record.csv")
    assert (again.code, again.stdout) == (1, "")
    assert "record.csv cannot be written" in again.stderr


def test_it_works_while_the_bot_runs(home: Home, sandbox: str) -> None:
    """Verify, export and acts from the command line go along with a running bot, and the record stays whole."""
    with home.running("run", api_url=sandbox, owners="15") as bot:
        bot.prints("started")
        assert home.cascade("audit", "verify").code == 0
        assert home.cascade("audit", "export", "--format", "csv").code == 0
        assert home.cascade("alert", "hold", api_url=sandbox).code == 0
        assert home.cascade("audit", "verify").code == 0
        assert bot.end() == 0
    assert home.cascade("audit", "verify").code == 0


@pytest.mark.parametrize("secret", [OTHER_SECRET, None], ids=["another machine's", "its file is lost"])
def test_a_secret_of_another_database_stops_the_bot_and_every_act(home: Home, sandbox: str, secret: str | None) -> None:
    """`run` and a changing command refuse with one line, nothing is changed, `check` names it, reading goes on."""
    for words in (
        ("run",),
        ("alert", "hold"),
        ("people", "grant", "7", "officer"),
        ("audit", "export", "--format", "csv"),
    ):
        done = home.cascade(*words, secret=secret, api_url=sandbox)
        assert (done.code, done.stdout) == (2, ""), done
        [line] = done.stderr.splitlines()
        assert line.startswith(
            "cascade: CASCADE_SECRET: the secret is not the one that seals this database's record"
        ), done
        assert OTHER_SECRET not in done.stderr
    checked = home.cascade("check", "--json", secret=secret, api_url=sandbox)
    [record] = [found for found in json.loads(checked.stdout)["checks"] if found["name"] == "record"]
    assert record["ok"] is False
    verified = home.cascade("audit", "verify", secret=secret)
    assert (verified.code, "or this secret is wrong" in verified.stderr) == (1, True)
    assert home.cascade("level", "show", secret=secret).code == 0
    assert verdict(home.cascade("audit", "verify", "--json"))["entries"] == 4
    [record] = [
        found for found in json.loads(home.cascade("check", "--json").stdout)["checks"] if found["name"] == "record"
    ]
    assert record["ok"] is True


def test_a_machine_with_another_secret_does_not_stand_by(home: Home, sandbox: str) -> None:
    """It is refused at its start, while the other one runs, and not when it would have to take over."""
    with home.running("run", api_url=sandbox) as bot:
        bot.prints("started")
        done = home.cascade("run", secret=OTHER_SECRET, api_url=sandbox)
        assert (done.code, done.stdout) == (2, "")
        assert "CASCADE_SECRET" in done.stderr


def test_a_secret_file_that_others_can_read_fails_the_check(tmp_path: Path) -> None:
    """The line names the file and what to do."""
    home = Home(tmp_path, secret=None).ready()
    assert home.cascade("alert", "hold").code == 0
    (tmp_path / "cascade.db.secret").chmod(0o644)
    [record] = [
        found for found in json.loads(home.cascade("check", "--json").stdout)["checks"] if found["name"] == "record"
    ]
    assert (record["ok"], "chmod 600" in record["detail"]) == (False, True)


def test_an_export_is_json_on_standard_output_when_nothing_is_said(home: Home) -> None:
    """Without a format, with --json and with --format json it is one document; --json goes with nothing else."""
    for words in ((), ("--json",), ("--format", "json")):
        done = home.cascade("audit", "export", *words)
        assert (done.code, done.stderr) == (0, ""), done
        assert json.loads(done.stdout), done
    for words in (("--format", "csv"), ("--out", "record.json")):
        done = home.cascade("audit", "export", "--json", *words)
        assert (done.code, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    assert not (home.folder / "record.json").exists()


def test_a_person_is_erased_and_the_chain_stays_whole(home: Home) -> None:
    """Who stands nowhere in it, or holds a role, is refused; without a terminal it needs --yes."""
    change(home, "SELECT 1")
    refused = home.cascade("audit", "erase", "4711", "--yes")
    assert (refused.code, refused.stderr) == (1, "cascade: 4711 stands nowhere in the record\n")
    assert home.cascade("audit", "erase", "4711").code == 2
    home.cascade("people", "grant", "4711", "officer")
    assert "holds a role" in home.cascade("audit", "erase", "4711", "--yes").stderr
