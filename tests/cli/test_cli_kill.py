"""The process dies without a warning in the middle of an alert, and everybody still receives it."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import aiohttp
from support.patience import until
from support.processes import BOT, TOKEN, Home

PEOPLE = range(1001, 1041)
HEADLINE = "Suspicious vehicle at the east gate"


async def test_a_killed_bot_sends_the_rest_when_it_starts_again(peopled: Home, sandbox: str) -> None:
    """After SIGKILL in mid-alert nobody is left out, and doubles are no more than the report admits."""
    (peopled.folder / "body.txt").write_text("Police are there.", encoding="utf-8")
    settings = {"api_url": sandbox, "rate_per_second": "10"}
    async with aiohttp.ClientSession(sandbox) as http:
        await _press_start(http)
        with peopled.running("run", **settings) as bot:
            bot.prints("started")
            sent = peopled.cascade(
                *("alert", "send", "--headline", HEADLINE, "--file", "body.txt", "--severity", "urgent", "--yes")
            )
            assert sent.code == 0, sent.stderr
            alert = int(sent.stdout)
            await until(lambda: _rows(peopled, "state = 'sent'") >= 8, "a first part to be sent", seconds=30)
            bot.process.kill()
            bot.process.wait(30)
        assert 8 <= _rows(peopled, "state = 'sent'") < len(PEOPLE), "the kill came too late to prove anything"

        with peopled.running("run", **settings) as bot:
            await until(lambda: _alert_status(peopled, alert) != "sending", "the alert to end", seconds=30)
            assert bot.end() == 0

        report = json.loads(peopled.cascade("alert", "report", str(alert), "--json").stdout)
        assert report["status"] == "sent"
        assert report["recipients"] == len(PEOPLE)
        assert report["counts"].pop("sent") == len(PEOPLE)
        assert not any(report["counts"].values())
        copies = [await _copies(http, account) for account in PEOPLE]
        assert set(copies) <= {1, 2}
        assert copies.count(2) <= report["uncertain_count"]


async def _press_start(http: aiohttp.ClientSession) -> None:
    """Let everybody press Start before the bot runs, then drop the updates so that no answers use up the rate."""
    for account in PEOPLE:
        await _post(http, "/client/accounts", {"id": account, "first_name": f"Contact {account}"})
        await _post(http, f"/client/accounts/{account}/chats/{BOT}/messages", {"text": "/start"})
    await _post(http, f"/bot{TOKEN}/deleteWebhook", {"drop_pending_updates": True})


async def _post(http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> None:
    async with http.post(path, json=body) as answer:
        assert answer.status < 300, await answer.text()


async def _copies(http: aiohttp.ClientSession, account: int) -> int:
    async with http.get(f"/client/accounts/{account}/chats/{BOT}") as answer:
        messages = (await answer.json())["messages"]
    return sum(1 for message in messages if message["from"]["is_bot"] and HEADLINE in (message["text"] or ""))


def _rows(home: Home, condition: str) -> int:
    return int(_value(home, f"SELECT count(*) FROM deliveries WHERE {condition}"))  # noqa: S608 - the test's own words


def _alert_status(home: Home, alert: int) -> str:
    return str(_value(home, f"SELECT status FROM alerts WHERE id = {alert}"))  # noqa: S608 - a number


def _value(home: Home, statement: str) -> Any:
    with closing(sqlite3.connect(home.database)) as database:
        return database.execute(statement).fetchone()[0]
