"""`cascade alert`: send from a file, follow to the end, list, show, report and stop."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from support.processes import BOT, TOKEN, Done, Home

SEND = ("alert", "send", "--headline", "East gate closed", "--severity", "advisory", "--file", "body.txt", "--yes")
TOLD = r"\d+ \w{3,4} 20\d\d, \d\d:\d\d (GMT|BST)"
FIRST = f"C-{datetime.now(UTC).year}-0001"


@pytest.fixture
def home(tmp_path: Path, peopled: Home, sandbox: str) -> Home:
    """A home of its own with the forty contacts and a text to send, beside the sandbox."""
    copy = Home(tmp_path, api_url=sandbox, rate_per_second="500")
    with closing(sqlite3.connect(peopled.database)) as source, closing(sqlite3.connect(copy.database)) as target:
        source.backup(target)
        target.executescript("DELETE FROM deliveries; DELETE FROM alerts;")
    text = (
        "\ufeffPolice & fire <b>are</b> there.\r\n\r\nSee <a href='https://example.org/?a=1&region=2'>our page</a>.\r\n"
    )
    (tmp_path / "body.txt").write_text(text, encoding="utf-8", newline="")
    return copy


async def post(http: aiohttp.ClientSession, path: str, body: dict[str, object]) -> None:
    """Ask the sandbox for something; an account that another test has made may be there already."""
    async with http.post(path, json=body) as answer:
        assert answer.status < 300 or answer.status == 409, await answer.text()


def document(done: Done) -> dict[str, object]:
    """Read the one document that a command printed."""
    assert (done.code, done.stderr) == (0, ""), done
    return dict(json.loads(done.stdout))


def test_an_alert_can_be_sent_listed_shown_and_stopped(home: Home) -> None:
    """Sending prints the id alone, and on standard error what goes to whom; what was stopped cannot be again."""
    first = home.cascade(*SEND, "--expires", "6h", "--sector", "aviation")
    assert (first.code, first.stdout) == (0, "1\n")
    assert first.stderr == f"ADVISORY: East gate closed -> 40 recipients, TLP:CLEAR\n{FIRST} is its reference\n"
    second = home.cascade(*SEND[:3], "West gate [/b] closed", *SEND[4:], "--region", "london")
    assert (second.code, second.stdout) == (0, "2\n")

    newest, table, shown, words = home.each(
        [
            ("alert", "list", "--limit", "1", "--json"),
            ("alert", "list"),
            ("alert", "show", "1", "--json"),
            ("alert", "show", "1"),
        ]
    )
    assert [alert["id"] for alert in json.loads(newest.stdout)["alerts"]] == [2]
    line = table.stdout.splitlines()[1]
    assert re.search(TOLD, line), line
    assert [line.split()[column] for column in (0, 2, 3, 4)] == ["2", "sending", "advisory", "40"]
    assert line.rstrip().endswith("West gate [/b] closed")
    body = 'Police &amp; fire <b>are</b> there.\n\nSee <a href="https://example.org/?a=1&amp;region=2">our page</a>.'
    found = document(shown)
    assert (found["body"], found["sectors"], found["regions"]) == (body, ["aviation"], [])
    head, facts, _, *text = words.stdout.splitlines()
    assert head == f"{FIRST} (sending) advisory: East gate closed"
    assert re.fullmatch(rf"expires {TOLD}; aviation; all regions; TLP:CLEAR", facts)
    assert "\n".join(text) == body

    stopped = home.cascade("alert", "cancel", "1", "--yes")
    assert (stopped.code, stopped.stderr) == (0, "")
    assert stopped.stdout.endswith("is cancelled\n")
    again, absent, report = home.each(
        [("alert", "cancel", "1", "--yes"), ("alert", "cancel", "77", "--yes"), ("alert", "report", "1", "--json")]
    )
    assert (again.code, absent.code) == (1, 1)
    assert again.stderr == f"cascade: {FIRST} is cancelled, so there is nothing to stop\n"
    assert absent.stderr == "cascade: there is no alert 77\n"
    assert document(report)["status"] == "cancelled"


def test_the_warning_of_a_marking_names_the_command(home: Home) -> None:
    """Who is kept out because nobody vetted them is vetted here by a command, and not by the chat's."""
    with closing(sqlite3.connect(home.database)) as database:
        database.execute("UPDATE subscribers SET vetted_at = '2026-11-23 12:00:00' WHERE chat_id > 1001")
        database.commit()
    sent = home.cascade(*SEND, "--marking", "green")
    assert sent.code == 0, sent
    assert "TLP:GREEN goes to vetted contacts alone. cascade subscribers vet\n" in sent.stderr
    assert "/vet" not in sent.stderr


def test_an_alert_is_named_by_its_reference_too(home: Home) -> None:
    """Whatever takes an id takes the reference, in small letters too; what is neither is wrong use, and is told so."""
    assert home.cascade(*SEND).stdout == "1\n"
    shown, report, named = home.each(
        [("alert", "show", FIRST.lower()), ("alert", "report", FIRST, "--json"), ("alert", "report", "1", "--json")]
    )
    assert shown.stdout.startswith(FIRST)
    assert document(report) == document(named)
    asked = [("again", FIRST), ("all-clear", FIRST), ("recall", FIRST), ("return", FIRST, "--reason", "why")]
    asked += [("update", FIRST, "--headline", "West"), ("correct", FIRST, "--headline", "West")]
    for done in home.each([("alert", *words) for words in asked]):
        assert (done.code, "nothing was changed: say --yes" in done.stderr) == (2, True), done
    absent, wrong = home.each([("alert", "report", "C-1999-0001"), ("alert", "cancel", "East gate", "--yes")])
    assert (absent.code, absent.stderr) == (1, "cascade: there is no alert C-1999-0001\n")
    assert (wrong.code, wrong.stderr.count("\n")) == (2, 1)
    assert "'East gate' is no alert: write a reference such as C-2026-0001, or an id" in wrong.stderr
    assert home.cascade("alert", "cancel", FIRST, "--yes").stdout == f"{FIRST} is cancelled\n"


def test_an_uncertain_alert_is_sent_again(home: Home) -> None:
    """Asked for with --yes, uncertain rows wait to be sent again; without any, or without --yes, nothing changes."""
    assert home.cascade(*SEND).stdout == "1\n"
    reference = home.cascade("alert", "report", "1").stdout.split()[0]
    with closing(sqlite3.connect(home.database)) as database:
        database.executescript(
            "UPDATE deliveries SET state = 'sent'; UPDATE alerts SET status = 'sent';"
            " UPDATE deliveries SET state = 'uncertain' WHERE chat_id <= 1003;"
        )
    unasked = home.cascade("alert", "again", "1")
    assert (unasked.code, unasked.stdout) == (2, "")
    again = home.cascade("alert", "again", "1", "--yes")
    assert (again.code, again.stdout) == (0, f"{reference} goes again to 3 whose delivery was uncertain\n")
    assert again.stderr.startswith("no bot runs on this database now")
    report = document(home.cascade("alert", "report", "1", "--json"))
    assert (report["status"], report["counts"]["queued"], report["counts"]["uncertain"]) == ("sending", 3, 0)
    for number, says in (("1", "not in force"), ("77", "there is no alert 77")):
        refused = home.cascade("alert", "again", number, "--yes")
        assert (refused.code, refused.stdout) == (1, "")
        assert says in refused.stderr


def test_a_terminal_is_asked_before_an_alert_goes(home: Home) -> None:
    """A no on a terminal sends nothing and ends with 1; a yes sends."""
    asked = SEND[:-1]
    refused = home.on_terminal("n", *asked)
    assert refused.code == 1
    assert "Send it now? [y/N]" in refused.stdout
    assert "Traceback" not in refused.stderr
    taken = home.on_terminal("y", *asked)
    assert taken.code == 0
    assert taken.stdout.endswith("1\n")


async def test_wait_returns_when_everybody_was_served(home: Home, sandbox: str) -> None:
    """With --wait the command ends when the bot has sent the last copy, and says what became of the rows."""
    async with aiohttp.ClientSession(sandbox) as http:
        for account in range(1001, 1041):
            await post(http, "/client/accounts", {"id": account, "first_name": f"Contact {account}"})
            await post(http, f"/client/accounts/{account}/chats/{BOT}/messages", {"text": "/help"})
        await post(http, f"/bot{TOKEN}/deleteWebhook", {"drop_pending_updates": True})
    with home.running("run") as bot:
        bot.prints("started")
        done = home.cascade(*SEND, "--wait")
        assert (done.code, done.stdout) == (0, "1\n")
        lines = done.stderr.splitlines()
        assert lines[0] == "ADVISORY: East gate closed -> 40 recipients, TLP:CLEAR"
        assert lines[-1].endswith(" sent: 40 sent")
        assert "no bot runs" not in done.stderr
        assert bot.end() == 0
    report = home.cascade("alert", "report", "1")
    assert report.stdout.splitlines()[0].endswith(" sent: East gate closed")
    assert ["sent", "40"] in [line.split() for line in report.stdout.splitlines()]


def test_wait_says_when_no_bot_runs_and_ends_with_the_alert(home: Home) -> None:
    """Without a bot the waiting command warns; when the alert is stopped elsewhere it ends with 1 and says so."""
    with home.running(*SEND, "--wait") as waiting:
        waiting.prints("no bot runs on this database now: the alert is queued")
        assert home.cascade("alert", "cancel", "1", "--yes").code == 0
        assert waiting.process.wait(30) == 1
        assert waiting.printed.splitlines()[-1] == f"cascade: {FIRST} was cancelled"
