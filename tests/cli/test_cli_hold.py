"""`cascade alert hold` and `release`: stop from the server, see it everywhere, let it go on."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.processes import Home

SEND = ("alert", "send", "--headline", "East gate closed", "--severity", "advisory", "--file", "body.txt", "--yes")


@pytest.fixture
def home(tmp_path: Path, peopled: Home, sandbox: str) -> Home:
    """A home of its own with the forty contacts, an owner and a text to send, beside the sandbox."""
    copy = Home(tmp_path, api_url=sandbox, rate_per_second="500", owners="901")
    with closing(sqlite3.connect(peopled.database)) as source, closing(sqlite3.connect(copy.database)) as target:
        source.backup(target)
        target.executescript("DELETE FROM deliveries; DELETE FROM alerts;")
    (tmp_path / "body.txt").write_text("Police are there.", encoding="utf-8")
    return copy


def found_hold(home: Home) -> str | None:
    """Check, and give what the check says of a hold; with one, too, all must be well."""
    done = home.cascade("check", "--json")
    document = json.loads(done.stdout)
    assert (done.code, document["ok"]) == (0, True), done
    return next((check["detail"] for check in document["checks"] if check["name"] == "hold"), None)


def test_a_hold_is_placed_seen_and_released(home: Home) -> None:
    """It tells what waits; check says it loudly and is well; a second one changes nothing; a release needs a yes."""
    assert found_hold(home) is None
    none = home.cascade("alert", "release", "--yes")
    assert (none.code, none.stdout, none.stderr) == (1, "", "cascade: nothing is on hold\n")

    assert home.cascade(*SEND).code == 0
    placed = home.cascade("alert", "hold", "--reason", "wrong [b]gate[/b]")
    assert (placed.code, placed.stderr) == (0, "")
    lines = placed.stdout.splitlines()
    assert lines[0] == "all broadcasts are on hold"
    assert [lines[2].split()[column] for column in (1, 2)] == ["advisory", "40"]
    assert lines[2].rstrip().endswith("East gate closed")

    again = home.cascade("alert", "hold", "--reason", "another")
    assert again.code == 0
    assert again.stdout.startswith("all broadcasts are on hold since 20")
    assert "Z, by the command line: wrong [b]gate[/b]\n" in again.stdout
    detail = found_hold(home)
    assert detail is not None
    assert detail.startswith("ALL BROADCASTS ARE ON HOLD since 20")
    assert "; recipients waiting: 40, alerts: 1; an owner releases it" in detail

    unsure = home.cascade("alert", "release")
    assert unsure.code == 2
    assert unsure.stderr.startswith("cascade: nothing was changed: say --yes")
    assert found_hold(home) is not None
    refused = home.on_terminal("n", "alert", "release")
    assert refused.code == 1
    assert "Send to the 40 recipients who wait?" in refused.stdout
    done = home.cascade("alert", "release", "--yes")
    assert done.stdout == "released: 40 recipients waited, and everything goes on where it stopped\n"
    assert found_hold(home) is None


def test_a_running_bot_holds_and_goes_on(home: Home) -> None:
    """What is sent during a hold says that it waits, and goes out once a command has released it."""
    with home.running("run") as bot:
        bot.prints("started")
        assert home.cascade("alert", "hold").stdout == "all broadcasts are on hold\nno alert waits\n"
        sent = home.cascade(*SEND)
        assert (sent.code, sent.stdout) == (0, "1\n")
        assert "all broadcasts are on hold since 20" in sent.stderr
        assert "this waits until the hold is released\n" in sent.stderr
        report = json.loads(home.cascade("alert", "report", "1", "--json").stdout)
        assert (report["status"], report["counts"]["queued"]) == ("sending", 40)
        with home.running(*SEND, "--wait") as follower:
            follower.prints("this waits until the hold is released")
            assert home.cascade("alert", "release", "--yes").code == 0
            follower.prints("40 gone|40 failed|40 sent")
        assert bot.end() == 0


def test_a_reason_that_is_no_text_still_holds(home: Home) -> None:
    """Bytes that are no character are left out of a reason, and everything that shows it can."""
    assert home.cascade("alert", "hold", "--reason", "gate \udcff\x07 wrong").code == 0
    detail = found_hold(home)
    assert detail is not None
    assert "by the command line: gate wrong;" in detail
