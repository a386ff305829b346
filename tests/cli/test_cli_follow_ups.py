"""`cascade alert update|correct|all-clear|recall` and `cancel --tell`, beside a bot that is killed in the middle."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from support.patience import until
from support.processes import BOT, TOKEN, Done, Home

PEOPLE = range(1001, 1041)
HEADLINE = "Suspicious vehicle at the east gate"
YEAR = datetime.now(UTC).year


@pytest.fixture
async def http(sandbox: str) -> AsyncIterator[aiohttp.ClientSession]:
    """The sandbox's doors."""
    async with aiohttp.ClientSession(sandbox) as session:
        yield session


async def test_a_change_that_is_killed_in_the_middle_is_carried_through(
    peopled: Home, sandbox: str, http: aiohttp.ClientSession
) -> None:
    """After SIGKILL amid an update and amid a recall, no copy stays as it was, and nobody gets more than is counted."""
    await _press_start(http)
    slow, quick = ({"api_url": sandbox, "rate_per_second": rate} for rate in ("25", "300"))
    (peopled.folder / "body.txt").write_text("Police are there.", encoding="utf-8")
    (peopled.folder / "news.txt").write_text("The gate is open again.", encoding="utf-8")
    with peopled.running("run", **quick) as bot:
        bot.prints("started")
        first = _number(
            _cascade(peopled, "send", "--headline", HEADLINE, "--file", "body.txt", "--severity", "urgent", "--yes")
        )
        await _ended(peopled)
        assert bot.end() == 0

    update = await _killed_amid(peopled, slow, "update", str(first), "--file", "news.txt", "--yes")
    with peopled.running("run", **quick) as bot:
        await _ended(peopled)
        assert bot.end() == 0
    chats = [await _texts(http, account) for account in PEOPLE]
    report = _report(peopled, update)
    assert report["change"] == "update"
    assert report["changes"] == [{"id": first, "reference": f"C-{YEAR}-0001"}]
    assert _adds_up(report["copies"]) == _adds_up(report["marked"]) == len(PEOPLE)
    assert report["copies"]["replied"] == report["marked"]["edited"] == len(PEOPLE)
    assert all(texts[0].startswith("Updated on ") for texts in chats)
    assert all({"The gate is open again." in text for text in texts[1:]} == {True} for texts in chats)
    doubts = sum(len(texts) - 2 for texts in chats)
    assert doubts <= report["uncertain_count"]

    recall = await _killed_amid(peopled, slow, "recall", str(update), "--yes")
    with peopled.running("run", **quick) as bot:
        await _ended(peopled)
        assert bot.end() == 0
    report = _report(peopled, recall)
    assert _adds_up(report["copies"]) == len(PEOPLE)
    assert report["copies"]["deleted"] == len(PEOPLE)
    chats = [await _texts(http, account) for account in PEOPLE]
    assert all(" was recalled on " in texts[-1] for texts in chats)
    left = [text for texts in chats for text in texts if HEADLINE in text]
    assert len(left) <= doubts, "a copy that nobody knows of may stay, and no other"


def test_each_command_says_what_it_did_or_why_not(peopled: Home) -> None:
    """Without a running bot the rows wait; what cannot be changed, or not without a word, is refused in a line."""
    (peopled.folder / "body.txt").write_text("Police are there.", encoding="utf-8")
    first = _number(
        _cascade(peopled, "send", "--headline", HEADLINE, "--file", "body.txt", "--severity", "urgent", "--yes")
    )
    refusals = [
        (("update", str(first), "--yes"), 2, "say what is new"),
        (("correct", str(first), "--headline", "New"), 2, "--yes"),
        (("all-clear", str(first), "--yes"), 1, "nobody has a copy"),
        (("recall", "99999", "--yes"), 1, "no alert 99999"),
    ]
    for words, code, said in refusals:
        done = peopled.cascade("alert", *words)
        assert (done.code, said in done.stderr) == (code, True), (words, done)
    stopped = peopled.cascade("alert", "cancel", str(first), "--tell", "--yes")
    assert (stopped.code, stopped.stdout) == (0, "")
    assert "nobody had received it" in stopped.stderr
    again = peopled.cascade("alert", "correct", str(first), "--headline", "New", "--yes")
    assert (again.code, "takes no correction now" in again.stderr) == (1, True)


async def _killed_amid(home: Home, settings: dict[str, str], *words: str) -> int:
    """Change an alert while the bot runs slowly, kill it in the middle, and give the id of the change."""
    with home.running("run", **settings) as bot:
        bot.prints("started")
        number = _number(_cascade(home, *words))
        where = f"alert_id = {number} AND (state = 'sent' OR part > 0)"
        await until(lambda: _count(home, where) >= 5, "a first part to be done", seconds=30)
        bot.process.kill()
        bot.process.wait(30)
    assert _count(home, f"alert_id = {number} AND state != 'sent'") > 0, "the kill came too late to prove anything"
    return number


async def _ended(home: Home) -> None:
    await until(lambda: _count(home, "is_open") == 0, "every row to come to its end", seconds=60)


async def _press_start(http: aiohttp.ClientSession) -> None:
    """Let everybody press Start before the bot runs, then drop the updates so that no answers use up the rate."""
    for account in PEOPLE:
        await _post(http, "/client/accounts", {"id": account, "first_name": f"Contact {account}"})
        await _post(http, f"/client/accounts/{account}/chats/{BOT}/messages", {"text": "/start"})
    await _post(http, f"/bot{TOKEN}/deleteWebhook", {"drop_pending_updates": True})


async def _post(http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> None:
    async with http.post(path, json=body) as answer:
        assert answer.status < 300, await answer.text()


async def _texts(http: aiohttp.ClientSession, account: int) -> list[str]:
    """Give what stands of the bot in a chat, oldest first."""
    async with http.get(f"/client/accounts/{account}/chats/{BOT}") as answer:
        messages = (await answer.json())["messages"]
    return [message["text"] for message in messages if message["from"]["is_bot"]]


def _cascade(home: Home, *words: str) -> Done:
    done = home.cascade("alert", *words)
    assert done.code == 0, done.stderr
    return done


def _number(done: Done) -> int:
    return int(done.stdout)


def _report(home: Home, alert_id: int) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(_cascade(home, "report", str(alert_id), "--json").stdout)
    return report


def _adds_up(copies: dict[str, Any]) -> int:
    return sum(number for what, number in copies.items() if what != "reasons")


def _count(home: Home, condition: str) -> int:
    with closing(sqlite3.connect(home.database)) as database:
        statement = f"SELECT count(*) FROM deliveries WHERE {condition}"  # noqa: S608 - the test's own words
        return int(database.execute(statement).fetchone()[0])
