"""The programs that stay: they start with one line, end when told to, and keep out of each other's way."""

import json
import urllib.request
from pathlib import Path

from support.processes import NOWHERE, Home


def test_a_second_bot_stands_by_and_takes_over(tmp_path: Path, sandbox: str) -> None:
    """A second `run` on the same SQLite file waits without polling; when the first has ended, with 0, it starts."""
    home = Home(tmp_path, api_url=sandbox)
    with home.running("run") as bot:
        bot.prints("started")
        with home.running("run") as second:
            second.prints("another Cascade runs on this database already: this one stands by")
            assert "started" not in second.printed
            assert bot.end() == 0
            assert "stopped" in bot.printed
            second.prints("started")
            assert second.end() == 0


def test_a_bot_that_stands_by_ends_well(tmp_path: Path, sandbox: str) -> None:
    """SIGTERM ends it with 0 although it never ran, and the first one goes on."""
    home = Home(tmp_path, api_url=sandbox)
    with home.running("run") as bot:
        bot.prints("started")
        with home.running("run") as second:
            second.prints("standing_by")
            assert second.end() == 0
        assert bot.process.poll() is None
        assert bot.end() == 0


def test_the_demo_ignores_the_settings_around_it(tmp_path: Path) -> None:
    """With wrong settings all around, the demo prints one address, serves its page, leaves no file, ends with 0."""
    wrong = {"database_url": "nonsense", "timezone": "Mars/Base", "rate_per_second": "0", "owners": "ann"}
    home = Home(tmp_path, api_url=NOWHERE, **wrong)
    with home.running("demo", "--port", "0") as demo:
        address = demo.prints(r"open (http://127\.0\.0\.1:\d+) ")[1]
        with urllib.request.urlopen(f"{address}/client/bots", timeout=10) as answer:  # noqa: S310 - http, on this machine
            assert len(json.load(answer)["bots"]) == 1
        assert demo.printed.count("http://") == 1
        assert demo.end() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["demo-1.out"]
