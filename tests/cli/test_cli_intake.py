"""`cascade intake` and the HTTP surface of a running bot, as an administrator meets them."""

import json
import socket
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

from support.cap_schema import is_valid, samples
from support.processes import Home

AMBER = samples()["oasis-amber-alert"]


def post(address: str, token: str) -> tuple[int, str]:
    """Post the standard's example, and give the status and the body."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cap+xml"}
    request = urllib.request.Request(f"{address}/v1/cap", AMBER, headers)  # noqa: S310 - http, on this machine
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_system_is_let_in_while_the_bot_runs(tmp_path: Path, sandbox: str) -> None:
    """A token from the command line opens the running bot's door, a rotation closes it; no token is in any log."""
    home = Home(tmp_path, api_url=sandbox, http_listen="127.0.0.1:0")
    with home.running("run", "--verbose") as bot:
        address = bot.prints(r"address=(http://127\.0\.0\.1:\d+)")[1]
        bot.prints("started")
        added = home.cascade("intake", "add", "control-room", "--kind", "cap", "--name", "Control room")
        old = added.stdout.splitlines()[-1]
        assert post(address, old)[0] == 202
        new = home.cascade("intake", "rotate", "control-room", "--yes").stdout.splitlines()[-1]
        assert [post(address, token)[0] for token in (old, new)] == [401, 200]
        assert home.cascade("intake", "remove", "control-room", "--yes").code == 0
        assert post(address, new)[0] == 401
        with urllib.request.urlopen(f"{address}/health", timeout=10) as answer:  # noqa: S310 - http, on this machine
            assert json.load(answer)["ok"] is True
        assert bot.end() == 0
        assert "Control room" not in bot.printed
        assert not [token for token in (old, new) if token in bot.printed]
    assert old.encode() not in home.database.read_bytes()


def test_the_sources_and_what_came_are_listed(tmp_path: Path) -> None:
    """Trust is shown with its caps, in the table and as JSON; nothing shows a token."""
    home = Home(tmp_path)
    token = home.cascade("intake", "add", "control-room", "--kind", "cap").stdout.splitlines()[-1]
    assert home.cascade("intake", "add", "weather", "--kind", "feed", "--url", "https://example.org/feed").code == 0
    refused = home.cascade("intake", "trust", "control-room", "--up-to", "urgent")
    assert (refused.code, "--yes" in refused.stderr) == (2, True)
    words = ("--up-to", "urgent", "--sector", "aviation", "--per-hour", "3", "--yes")
    assert home.cascade("intake", "trust", "control-room", *words).code == 0
    table, printed, log = home.each([("intake", "list"), ("intake", "list", "--json"), ("intake", "log", "--json")])
    assert "up to urgent, aviation, 3 an hour" in table.stdout
    room, weather = json.loads(printed.stdout)["sources"]
    assert (room["code"], room["trusted"], room["severity_cap"], room["per_hour"]) == (
        "control-room",
        True,
        "urgent",
        3,
    )
    assert (weather["address"], weather["feed"]) == ("https://example.org/feed", {"read_at": None, "failure": None})
    assert json.loads(log.stdout) == {"messages": []}
    assert not [done for done in (table, printed, log) if token in done.stdout]


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """An unknown source, a bad code and a feed without https end with one line and change nothing."""
    home = Home(tmp_path).ready()
    for code, words in (
        (1, ("rotate", "nobody", "--yes")),
        (2, ("add", "Control Room", "--kind", "cap")),
        (2, ("add", "weather", "--kind", "feed", "--url", "http://example.org/feed")),
        (1, ("trust", "nobody", "--up-to", "urgent", "--yes")),
    ):
        done = home.cascade("intake", *words)
        assert (done.code, done.stdout, done.stderr.count("\n")) == (code, "", 1), done
    assert json.loads(home.cascade("intake", "list", "--json").stdout) == {"sources": []}


def test_an_alert_is_shown_as_cap(peopled: Home) -> None:
    """`alert show ID --cap` prints a document that the standard's schema allows, and nothing beside it."""
    (peopled.folder / "cap.txt").write_text("Police are there.", encoding="utf-8")
    words = ("--headline", "East gate", "--file", "cap.txt", "--severity", "urgent", "--yes")
    number = peopled.cascade("alert", "send", *words).stdout.strip()
    done = peopled.cascade("alert", "show", number, "--cap", cap_sender="alerts@example.org")
    assert (done.code, done.stderr) == (0, "")
    assert is_valid(done.stdout.encode())
    assert "<sender>alerts@example.org</sender>" in done.stdout
    both = peopled.cascade("alert", "show", number, "--cap", "--json")
    assert (both.code, both.stdout) == (2, "")


def test_a_taken_port_stops_the_start_with_one_line(tmp_path: Path, sandbox: str) -> None:
    """A port that another program has is a wrong setting: one line that names it, exit code 2."""
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = Home(tmp_path, api_url=sandbox).cascade("run", http_listen=f"127.0.0.1:{port}")
    last = done.stderr.splitlines()[-1]
    assert (done.code, last) == (
        2,
        f"cascade: CASCADE_HTTP_LISTEN: cannot listen on 127.0.0.1 port {port}: Address already in use",
    )


def test_beyond_this_machine_is_warned_of(tmp_path: Path, sandbox: str) -> None:
    """An address that others can reach is told by `check` and at the start, with what to do about it."""
    home = Home(tmp_path, api_url=sandbox, http_listen="0.0.0.0:0")
    checks = {check["name"]: check for check in json.loads(home.cascade("check", "--json").stdout)["checks"]}
    assert checks["http"]["ok"]
    assert "TLS" in checks["http"]["detail"]
    with home.running("run") as bot:
        bot.prints("TLS or a reverse proxy")
        bot.prints("started")
        assert bot.end() == 0
    assert json.loads(home.cascade("check", "--json", http_listen="").stdout)["checks"][1]["detail"] == "off"
