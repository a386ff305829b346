"""`cascade check`: what is wrong is found before the first start, each thing by its name."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from support.feeds import CHALLENGE, described, feed
from support.processes import NOWHERE, PATIENCE_SECONDS, Home
from support.website import serving

from alerts.store.migrate import newest_revision


def findings(home: Home, **settings: str | None) -> dict[str, tuple[bool, str]]:
    """Check, and give each finding by its name; the exit code must say whether all are well."""
    done = home.cascade("check", "--json", **settings)
    document = json.loads(done.stdout)
    assert done.stderr == "", done
    assert done.code == (0 if document["ok"] else 1), done
    assert document["ok"] is all(check["ok"] for check in document["checks"])
    return {check["name"]: (check["ok"], check["detail"]) for check in document["checks"]}


def test_a_good_installation_is_well_in_every_point(tmp_path: Path, sandbox: str) -> None:
    """Settings, data, database and token are named one by one; a line each without --json."""
    home = Home(tmp_path, api_url=sandbox, owners="901").ready()
    found = findings(home)
    assert list(found) == ["settings", "http", "data", "database", "token", "record", "officers", "self-test"]
    assert found["self-test"][1].startswith("none yet; the next comes 1 ")
    assert all(ok for ok, _ in found.values())
    assert found["data"][1] == "32 sectors, 11 regions"
    assert found["database"][1] == f"can be read and written, revision {newest_revision()}"
    assert found["token"][1] == f"{sandbox} knows it as @sandbox_123456_bot"
    done = home.cascade("check")
    assert [line[:4] for line in done.stdout.splitlines()] == ["ok  "] * 8


def test_without_a_database_the_check_makes_none(tmp_path: Path, sandbox: str) -> None:
    """Before the first start it is named and fails nothing; where its secret is left, it has been lost, and fails."""
    home = Home(tmp_path, api_url=sandbox, owners="901", secret=None)
    ok, detail = findings(home)["database"]
    assert ok
    assert detail.startswith(
        f"warning: there is no database {home.database} (CASCADE_DATABASE_URL): 'cascade migrate' or "
    )
    assert not list(tmp_path.iterdir())
    (tmp_path / "cascade.db.secret").write_text("a" * 64)
    ok, detail = findings(home)["database"]
    assert not ok
    assert detail.endswith("but its secret's file is there: restore a backup")
    assert not home.database.exists()


def test_officers_who_never_pressed_start_are_named(tmp_path: Path, sandbox: str) -> None:
    """Somebody with a role whom the bot cannot write to is named with id and name, and a missing owner is told."""
    home = Home(tmp_path, api_url=sandbox).ready()
    assert findings(home)["officers"] == (True, "warning: 0 hold a role; there is NO OWNER: set CASCADE_OWNERS")
    assert "\nwarn officers: 0 hold a role; there is NO OWNER" in home.cascade("check").stdout
    assert home.cascade("people", "grant", "7", "officer", "--name", "Dana Reid").code == 0
    assert home.cascade("people", "grant", "901", "owner").code == 0
    with closing(sqlite3.connect(home.database)) as database:
        database.execute("INSERT INTO private_chats VALUES (901, '2026-11-23 12:00:00', NULL)")
        database.commit()
    ok, detail = findings(home)["officers"]
    assert ok
    assert detail == "2 hold a role; CANNOT BE REACHED until they press Start in the bot's chat: 7 Dana Reid"


def test_a_name_that_is_no_setting_is_warned_of(tmp_path: Path, sandbox: str) -> None:
    """A misspelt setting does not look well: its line begins with warn, its detail in the document with warning."""
    home = Home(tmp_path, api_url=sandbox, owners="901", ratee="1").ready()
    assert findings(home)["settings"] == (True, "warning: CASCADE_RATEE is no setting of Cascade")
    assert home.cascade("check").stdout.startswith("warn settings: CASCADE_RATEE is no setting of Cascade\n")


def test_a_token_and_a_server_that_are_no_good_are_told_apart(tmp_path: Path, sandbox: str) -> None:
    """A token that is refused names the token's setting, a server that is away the address's; the rest is well."""
    home = Home(tmp_path).ready()
    refused = findings(home, api_url=sandbox, bot_token="654321:another-well-formed-secret-AAAAAAAA")
    away = findings(home, api_url=NOWHERE)
    assert refused["token"] == (False, f"{sandbox} refuses CASCADE_BOT_TOKEN")
    assert away["token"][0] is False
    assert away["token"][1].startswith(f"{NOWHERE} (CASCADE_API_URL) cannot be used: ")
    for found in (refused, away):
        assert [name for name, (ok, _) in found.items() if not ok] == ["token"]


def test_a_missing_token_is_all_that_can_be_said(tmp_path: Path) -> None:
    """Without a token the settings fail, and nothing that depends on them is tried."""
    found = findings(Home(tmp_path, bot_token=None))
    assert found == {"settings": (False, "CASCADE_BOT_TOKEN is missing: BotFather gives one (see README)")}


def test_each_fault_of_a_database_is_told_in_its_own_words(tmp_path: Path, sandbox: str) -> None:
    """Read-only, locked, no database, newer than the program, a demo's, no folder: each fails in its own words."""
    home = Home(tmp_path, api_url=sandbox).ready()
    (tmp_path / "text.db").write_bytes(b"these are no pages of SQLite\n" * 100)
    for name, statement in {
        "demo.db": "INSERT INTO meta (key, value) VALUES ('purpose', 'demo')",
        "newer.db": "UPDATE alembic_version SET version_num = '9999'",
        "locked.db": "DELETE FROM meta",
    }.items():
        with closing(sqlite3.connect(home.database)) as good, closing(sqlite3.connect(tmp_path / name)) as bad:
            good.backup(bad)
            bad.execute(statement)
            bad.commit()
    expected = {
        f"file:{home.database}?mode=ro&uri=true": "the database is read-only: the file or its folder cannot be written",
        f"{tmp_path}/text.db": "the file is not an SQLite database",
        f"{tmp_path}/demo.db": "it is marked as a demo's, and 'run' refuses it: choose another CASCADE_DATABASE_URL",
        f"{tmp_path}/newer.db": "the database is newer than this program (revision 9999): install the newer Cascade",
        f"{tmp_path}/locked.db": "the database is locked by another program",
        f"{tmp_path}/absent/cascade.db": "the database file cannot be opened: does its folder exist",
    }
    addresses: list[tuple[str, str | None]] = [("database_url", f"sqlite+aiosqlite:///{file}") for file in expected]
    with closing(sqlite3.connect(tmp_path / "locked.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        told = home.each_setting(addresses, "check", "--json")
    for words, done in zip(expected.values(), told, strict=True):
        checks = {check["name"]: (check["ok"], check["detail"]) for check in json.loads(done.stdout)["checks"]}
        assert done.code == 1
        assert checks["database"][0] is False, done
        assert checks["database"][1].startswith(words), done
        assert "officers" not in checks
        assert checks["token"][0] is True


def test_a_feed_is_asked_and_named_with_its_last_good_reading(tmp_path: Path, sandbox: str) -> None:
    """It says what it states now; broken it fails as long as the bot has no fresh reading of its own to show."""
    with serving(feed()) as address:
        home = Home(tmp_path, api_url=sandbox, owners="901", level_feed_url=address).ready()
        ok, detail = findings(home)["feed"]
        assert ok
        says = "says uk-national SEVERE, uk-northern-ireland SUBSTANTIAL"
        assert detail == f"{address} {says}; last good reading by the bot: none yet"
        with home.running("run") as bot:
            bot.prints('"event": ?"started"|started')
            wait_for_reading(home)
            assert bot.end() == 0
    ok, detail = findings(home)["feed"]
    assert ok
    assert detail.startswith(f"{address} cannot be read: no connection was had; last good reading by the bot: 20")
    with closing(sqlite3.connect(home.database)) as database:
        database.execute("UPDATE level_sightings SET seen_at = '2020-01-01 00:00:00'")
        database.execute("UPDATE level_sources SET begun_at = '2020-01-01 00:00:00'")
        database.commit()
    assert findings(home)["feed"][0] is False


def test_what_is_no_feed_fails(tmp_path: Path, sandbox: str) -> None:
    """A page for browsers, and a feed that lacks a level, are told apart."""
    with serving(CHALLENGE) as address:
        found = findings(Home(tmp_path, api_url=sandbox, owners="901", level_feed_url=address).ready())
    assert found["feed"][0] is False
    assert "cannot be read: the body " in found["feed"][1]
    with serving(described("The current national threat level is LOW.")) as address:
        found = findings(Home(tmp_path, api_url=sandbox, owners="901", level_feed_url=address).ready())
    assert found["feed"][0] is False
    assert "says uk-national LOW, and nothing of uk-northern-ireland" in found["feed"][1]


def wait_for_reading(home: Home) -> None:
    """Wait until `level show` has both levels, as the running bot read them."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        levels = json.loads(home.cascade("level", "show", "--json").stdout)["levels"]
        if all(entry["level"] for entry in levels):
            break
        assert time.monotonic() < end, levels
    assert [(entry["scheme"], entry["level"], entry["source"], entry["since"], entry["stale"]) for entry in levels] == [
        ("uk-national", "SEVERE", "mi5", None, False),
        ("uk-northern-ireland", "SUBSTANTIAL", "mi5", None, False),
    ]


def test_watched_feeds_are_named_with_their_last_reading(tmp_path: Path, sandbox: str) -> None:
    """A feed that was never read yet is well; one that fails is not, with since when, the last reading, and why."""
    home = Home(tmp_path, api_url=sandbox, news_feeds="govuk-alerts,ctp").ready()
    found = findings(home)
    assert (found["feed govuk-alerts"], found["feed ctp"]) == ((True, "not read yet"), (True, "not read yet"))
    row = (
        *("ctp", "https://www.counterterrorism.police.uk/feed/", "", "", "2026-11-23 11:00:00", "2026-11-23 12:05:00"),
        *(3, "2026-11-23 12:00:00", '{"problem": "fetch-status", "details": {"status": 503}}', None),
    )
    with closing(sqlite3.connect(home.database)) as database:
        database.execute("INSERT INTO news_feeds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        database.commit()
    assert findings(home)["feed ctp"] == (
        False,
        "fails since 23 Nov 2026, 12:00 GMT, last read 23 Nov 2026, 11:00 GMT: the server answered with status 503.",
    )
