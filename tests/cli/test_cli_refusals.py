"""What cannot be done is refused with one line on standard error and the promised exit code, and changes nothing."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from support.processes import Done, Home

Break = Callable[[sqlite3.Connection], object]
SEND = ("alert", "send", "--headline", "East gate", "--severity", "urgent")
SCHEDULE = ("schedule", "add", "--name", "Doors", "--push", "level")

BAD_SETTINGS: list[tuple[str, str | None]] = [
    ("bot_token", None),
    ("bot_token", "no-token-but-another-well-formed-secret"),
    ("api_url", "ftp://example.org"),
    ("api_url", "https://api.telegram.org/bot"),
    ("database_url", "mysql://localhost/cascade"),
    ("owners", "ann"),
    ("timezone", "Mars/Base"),
    ("rate_per_second", "0"),
    ("rate_per_second", "quick"),
    ("two_person_rule", "perhaps"),
    ("http_listen", "8080"),
    ("cap_sender", "two words"),
]
WRONG_ALERTS = [
    ("unknown region", (*SEND, "--file", "body.txt", "--region", "moon", "--yes"), "moon"),
    ("long headline", ("alert", "send", "--headline", "a" * 121, *SEND[4:], "--file", "body.txt", "--yes"), "121"),
    ("no expiry", (*SEND, "--file", "body.txt", "--expires", "soon", "--yes"), "soon"),
    ("missing picture", (*SEND, "--file", "body.txt", "--photo", "absent.png", "--yes"), "absent.png"),
    ("unknown sector", (*SEND, "--file", "body.txt", "--sector", "moonbase", "--yes"), "moonbase"),
    ("missing file", (*SEND, "--file", "absent.txt", "--yes"), "absent.txt"),
    ("not UTF-8", (*SEND, "--file", "latin.txt", "--yes"), "UTF-8"),
    ("broken HTML", (*SEND, "--file", "broken.txt", "--yes"), ""),
    ("too long", (*SEND, "--file", "long.txt", "--yes"), "12,001"),
    ("expired", (*SEND, "--file", "body.txt", "--expires", "2020-01-01 10:00", "--yes"), "past"),
]
WRONG_CHANGES = [
    ("unknown scheme", ("level", "set", "uk-nation", "severe", "--yes"), "uk-nation"),
    ("unknown level", ("level", "set", "uk-national", "purple", "--yes"), "purple"),
    ("a day ahead", ("level", "set", "uk-national", "severe", "--since", "2999-01-01", "--yes"), "2999-01-01"),
    ("no day", ("level", "set", "uk-national", "severe", "--since", "yesterday", "--yes"), "yesterday"),
    ("contact is no role to grant", ("people", "grant", "7", "contact"), "contact"),
    ("an unknown zone", (*SCHEDULE, "--at", "daily 08:00", "--timezone", "Mars/Base"), "time zone"),
    ("no rule", (*SCHEDULE, "--at", "at eight"), "daily 08:00"),
]
NOT_THERE = [
    ("beyond any id", ("alert", "show", "9" * 23), ""),
    ("an id beyond any", ("people", "grant", "9" * 20, "officer"), ""),
    ("no such alert", ("alert", "report", "77"), "no alert 77"),
    ("no such schedule", ("schedule", "pause", "Doors"), "no schedule"),
    ("the last owner", ("people", "revoke", "900", "--yes"), "last owner"),
    ("no role", ("people", "revoke", "8", "--yes"), "holds no role"),
]
"""What was written well and cannot be done as things stand."""
WRONG_USE = [
    (("nonsense",), "there is no command 'nonsense'"),
    (("alert", "nonsense"), "there is no command 'nonsense'"),
    ((*SEND[:-1], "mild", "--file", "body.txt", "--yes"), "--severity must be one of 'critical', "),
    ((*SEND, "--yes"), "--file is missing"),
    (("sandbox", "--port", "99999"), "--port must be at most 65535"),
    (("people", "grant", "ann", "owner"), "user_id must be a whole number"),
    (("people", "grant", "7", "boss"), "role must be one of "),
    ((*SEND, "--file", "body.txt", "--to", "ann", "--yes"), "--to must be a whole number"),
    (("alert", "list", "--limt", "3"), "there is no option --limt; the nearest: --limit"),
    (("alert", "list", "--limit"), "--limit needs a value"),
    (("level", "show", "uk-national"), "nobody asked for uk-national"),
]
BROKEN: list[tuple[str, Break, str]] = [
    ("newer", lambda database: database.execute("UPDATE alembic_version SET version_num = '9999'"), "newer"),
    ("demo", lambda database: database.execute("INSERT INTO meta (key, value) VALUES ('purpose', 'demo')"), "demo"),
]


@pytest.fixture(scope="module")
def home(peopled: Home) -> Home:
    """A home with forty contacts, one owner and files to send."""
    done = peopled.cascade("people", "grant", "900", "owner")
    assert done.code == 0, done
    for name, content in {
        "body.txt": b"Police are there.",
        "latin.txt": "Caf\xe9 closed".encode("latin-1"),
        "broken.txt": b"<b>Police <i>are</b> there.",
        "long.txt": b"a" * 12_001,
    }.items():
        (peopled.folder / name).write_bytes(content)
    return peopled


def test_every_wrong_setting_is_named(tmp_path: Path) -> None:
    """`run` ends with 2 and one line that names the setting, not its value, in plain words; it makes no database."""
    home = Home(tmp_path)
    for (name, value), done in zip(BAD_SETTINGS, home.each_setting(BAD_SETTINGS, "run"), strict=True):
        _refused(done, 2, f"CASCADE_{name.upper()}")
        assert not value or len(value) < 5 or value not in done.stderr, done
        assert "Input" not in done.stderr, done
    assert not list(tmp_path.iterdir())


def test_a_server_that_cannot_be_used_ends_the_start(home: Home, sandbox: str) -> None:
    """An unreachable API is exit 1, a token that it refuses is exit 2; both name the setting."""
    away = home.cascade("run")
    refused = home.cascade("run", api_url=sandbox, bot_token="654321:another-well-formed-secret-AAAAAAAA")
    _refused(away, 1, "CASCADE_API_URL")
    _refused(refused, 2, "CASCADE_BOT_TOKEN")


def test_a_locked_database_is_waited_for_and_then_refused(home: Home) -> None:
    """While another program holds the write lock a change ends with 1 after a few seconds, and nothing is written."""
    before = _dump(home)
    with closing(sqlite3.connect(home.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = home.cascade("people", "grant", "7", "officer")
        other.execute("ROLLBACK")
    _refused(done, 1, "locked")
    assert _dump(home) == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """A text file in the database's place, and a folder that is not there, end with 1 and one line."""
    home = Home(tmp_path)
    home.database.write_bytes(b"these are no pages of SQLite\n" * 100)
    before = home.database.read_bytes()
    addresses: list[tuple[str, str | None]] = [
        ("database_url", None),
        ("database_url", f"sqlite+aiosqlite:///{tmp_path}/absent/cascade.db"),
    ]
    no_database, no_folder = home.each_setting(addresses, "level", "show")
    _refused(no_database, 1, "not an SQLite database")
    _refused(no_folder, 1, "folder")
    assert home.database.read_bytes() == before
    assert not (tmp_path / "absent").exists()


def test_a_wrong_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """Without a database nothing is stopped, changed or proved: a line names the file and what makes it."""
    home = Home(tmp_path, secret=None)
    words = [
        ("alert", "hold"),
        ("alert", "release", "--yes"),
        ("alert", "cancel", "1", "--yes"),
        ("people", "revoke", "7", "--yes"),
        ("audit", "verify"),
        ("audit", "export", "--format", "json"),
    ]
    for done in home.each(words):
        _refused(done, 1, f"there is no database {home.database} (CASCADE_DATABASE_URL): 'cascade migrate' or ")
        assert done.stdout == "", done
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("listing", ["level show", "alert list", "subscribers list", "people list", "schedule list"])
def test_a_list_of_an_installation_that_is_new_is_empty_and_says_so(tmp_path: Path, listing: str) -> None:
    """A script may ask before anything is set up; which database it is stands on standard error, and only there."""
    home = Home(tmp_path, secret=None)
    done = home.cascade(*listing.split(), "--json")
    assert (done.code, done.stderr) == (0, f"made the database {home.database}\n")
    [(name, found)] = json.loads(done.stdout).items()
    assert [one["level"] for one in found] == [None, None] if name == "levels" else found == []


def test_what_sets_an_installation_up_says_which_database_it_made(tmp_path: Path) -> None:
    """The first one makes the file and names it on standard error, once; `migrate` makes one too."""
    home = Home(tmp_path, secret=None)
    level = ("level", "set", "uk-national", "SEVERE", "--yes")
    first, second = home.cascade(*level), home.cascade(*level)
    assert (first.code, first.stderr) == (0, f"made the database {home.database}\n")
    assert (second.code, second.stderr) == (0, "")
    assert home.cascade("migrate", database_url=f"sqlite+aiosqlite:///{tmp_path}/other.db").code == 0
    assert (tmp_path / "other.db").exists()


@pytest.mark.parametrize(("name", "spoil", "word"), BROKEN, ids=[name for name, _, _ in BROKEN])
def test_a_database_for_something_else_is_refused(tmp_path: Path, name: str, spoil: Break, word: str) -> None:
    """`run` refuses a newer program's database and a demo's, and leaves it as it was."""
    home = Home(tmp_path)
    assert home.cascade("migrate").code == 0
    with closing(sqlite3.connect(home.database)) as database:
        spoil(database)
        database.commit()
    before = _dump(home)
    _refused(home.cascade("run"), 1, word)
    assert _dump(home) == before


def test_wrong_alerts_and_changes_are_refused(home: Home) -> None:
    """What was written wrongly ends with 2, what is not there with 1; no alert, level or role has changed."""
    before = _dump(home)
    wrong = WRONG_ALERTS + WRONG_CHANGES
    for code, cases in ((2, wrong), (1, NOT_THERE)):
        for (name, _, word), done in zip(cases, home.each([words for _, words, _ in cases]), strict=True):
            _refused(done, code, word, case=name)
    assert _dump(home) == before


def test_an_alert_for_nobody_is_refused(tmp_path: Path) -> None:
    """An alert that no subscriber would receive ends with 1, and is not kept."""
    home = Home(tmp_path).ready()
    (tmp_path / "body.txt").write_text("Police are there.", encoding="utf-8")
    _refused(home.cascade(*SEND, "--file", "body.txt", "--yes"), 1, "nobody", lines_before=1)
    with closing(sqlite3.connect(home.database)) as database:
        assert database.execute("SELECT count(*) FROM alerts").fetchone() == (0,)


def test_nothing_is_changed_without_a_yes(home: Home) -> None:
    """With no terminal and no --yes a changing command ends with 2."""
    before = _dump(home)
    alert, level, revoke = home.each(
        [(*SEND, "--file", "body.txt"), ("level", "set", "uk-national", "severe"), ("people", "revoke", "900")]
    )
    _refused(alert, 2, "--yes", lines_before=1)
    _refused(level, 2, "--yes")
    _refused(revoke, 2, "--yes")
    assert _dump(home) == before


def test_wrong_use_is_exit_code_two(home: Home) -> None:
    """What the command line cannot read is told in one line of plain words that names the option or argument."""
    before = _dump(home)
    for (_, word), done in zip(WRONG_USE, home.each([words for words, _ in WRONG_USE]), strict=True):
        assert done.stdout == "", done
        _refused(done, 2, word)
    assert _dump(home) == before


def _refused(done: Done, code: int, word: str, *, lines_before: int = 0, case: str = "") -> None:
    """Say that a command ended with one line of complaint; `lines_before` of a preview may stand above it."""
    lines = done.stderr.splitlines()
    assert done.code == code, (case, done)
    assert len(lines) == lines_before + 1, (case, done)
    assert lines[-1].startswith("cascade: "), (case, done)
    assert word in lines[-1], (case, done)


def _dump(home: Home) -> list[str]:
    with closing(sqlite3.connect(home.database)) as database:
        return list(database.iterdump())
