"""Broadcasts through the whole bot while the sandbox fails on purpose: nobody is missed, every double is counted."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from support.content import content
from support.patience import until
from support.person import Person
from support.talk import ask, copies, enrol, officer, reach_preview
from support.town import BOT, Town, town_at

from alerts.delivery.breaker import FAULTS_TO_OPEN
from alerts.delivery.report import DeliveryReport
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import AlertStatus, Severity
from alerts.store.tables import subscribers

DANA = 13
SEEDS = (1, 2, 3)
HEADLINE = "Gate closed"
LONG = "\n\n".join(["Keep away from the east gate. " * 100] * 3)
"""9,000 characters, which go out as three messages."""

PART = re.compile(r"^Part (\d) of 3$", re.MULTILINE)
MISHAPS: list[dict[str, Any]] = [
    {"fault": "429", "retry_after": 1, "count": 2, "probability": 0.1},
    {"fault": "5xx", "count": 4, "probability": 0.1},
    {"fault": "5xx", "after": True, "count": 4, "probability": 0.1},
    {"fault": "reset_before", "count": 4, "probability": 0.1},
    {"fault": "reset_after", "count": 4, "probability": 0.1},
    {"fault": "garbage", "count": 3, "probability": 0.1},
    {"fault": "garbage", "body": "json", "after": True, "count": 3, "probability": 0.1},
]
"""Each is used up within a few dozen messages, so that no row has to wait through several pauses."""


def let_fail(town: Town, rules: Iterable[dict[str, Any]], *, seed: int = 0, slowest: float = 0.2) -> None:
    """Let messages fail by these rules from now on, and be slow now and then besides."""
    slow = {"fault": "latency", "max": slowest, "probability": 0.3}
    town.sandbox.faults.replace([{**rule, "methods": ["sendMessage"]} for rule in (slow, *rules)], seed=seed)


def unused(town: Town) -> list[str]:
    """Name the rules that have not struck."""
    return [rule["fault"] for rule in town.sandbox.faults.as_json()["rules"] if not rule["struck"]]


def doubts(town: Town, crowd: list[int]) -> int:
    """Count the messages to these chats after which the bot could not know whether they had been stored."""
    calls = [call for call in town.calls("sendMessage") if call["chat_id"] in crowd]
    return sum(1 for call in calls if any(word in (call["fault"] or "") for word in ("502", "reset", "garbage")))


async def report(town: Town) -> DeliveryReport:
    """Give what has become of the alert so far."""
    return (await town.domain.desk.report(1))[1]


async def until_sent(town: Town, number: int, *, seconds: float = 15.0) -> None:
    """Wait until so many rows are recorded as sent."""

    async def are_sent() -> bool:
        return (await report(town)).counts[DeliveryState.SENT] >= number

    await until(are_sent, f"{number} sent copies", seconds=seconds)


async def until_over(town: Town) -> DeliveryReport:
    """Wait until every row has come to its end, and give the report."""

    async def is_over() -> bool:
        return (await town.domain.desk.find(1)).status is AlertStatus.SENT

    await until(is_over, "the end of the alert", seconds=30)
    return await report(town)


def parts(town: Town, account: int) -> list[int]:
    """Give the numbers of the parts in a chat, in the order in which they came."""
    messages = town.sandbox.world.chat(account, BOT).messages.values()
    found = [PART.search(message.text or "") for message in messages if message.sender.is_bot]
    return [int(match[1]) for match in found if match]


def check_parts(town: Town, crowd: list[int], found: DeliveryReport) -> None:
    """Hold the parts in the chats against the promise: every one, in order, doubled no more than was counted."""
    for account in crowd:
        came = parts(town, account)
        assert set(came) == {1, 2, 3}, account
        assert came == sorted(came), account
    assert sum(len(parts(town, account)) - 3 for account in crowd) <= found.uncertain_count


async def with_each_seed(tmp_path: Path, trial: Callable[[Town, int], Awaitable[None]]) -> None:
    """Make a trial with every seed, each in a town of its own and all at once, since most of it is waiting."""

    async def make(town: Town, seed: int) -> None:
        try:
            await trial(town, seed)
        except AssertionError as error:
            error.add_note(f"with the seed {seed}")
            raise

    async with AsyncExitStack() as towns:
        built = [await towns.enter_async_context(town_at(_folder(tmp_path, seed))) for seed in SEEDS]
        async with asyncio.TaskGroup() as trials:
            for town, seed in zip(built, SEEDS, strict=True):
                trials.create_task(make(town, seed))


def _folder(tmp_path: Path, seed: int) -> Path:
    folder = tmp_path / str(seed)
    folder.mkdir()
    return folder


async def reach_send(town: Town, number: int) -> Person:
    """Bring an officer to the preview of an alert for information."""
    dana = await officer(town, DANA)
    await reach_preview(dana, HEADLINE, severity="Information")
    await dana.button(f"Send now to {number} recipients")
    return dana


async def send_urgent(town: Town, seed: int) -> None:
    """Send an urgent alert to 60 chats while messages fail, and hold what came against the report."""
    crowd = await enrol(town, 60)
    await town.start_bot()
    let_fail(town, MISHAPS, seed=seed)
    await town.domain.desk.issue(content(HEADLINE, severity=Severity.URGENT), origin="test")
    found = await until_over(town)
    assert unused(town) == []
    assert found.counts[DeliveryState.SENT] == 60
    assert found.uncertain_count == doubts(town, crowd)
    came = [copies(town, account, HEADLINE) for account in crowd]
    assert min(came) == 1
    assert 0 < sum(came) - 60 <= found.uncertain_count


async def send_information(town: Town, seed: int) -> None:
    """Send an information to 60 chats while messages fail, and press 'send again' when all is well."""
    crowd = await enrol(town, 60)
    await town.start_bot()
    dana = await reach_send(town, 60)
    let_fail(town, MISHAPS, seed=seed)
    await dana.press("Send now to 60 recipients")
    found = await until_over(town)
    assert unused(town) == []
    uncertain = found.counts[DeliveryState.UNCERTAIN]
    assert uncertain > 0
    assert found.counts[DeliveryState.SENT] + uncertain == 60
    final = await dana.reads("Sent: C-")
    assert f"Sent: {60 - uncertain}\nUncertain, no answer came: {uncertain}\n" in final["text"]
    town.sandbox.faults.clear()
    await dana.press(f"Send again to {uncertain} uncertain")
    await dana.reads("Sent: 60", after=final["message_id"])
    came = [copies(town, account, HEADLINE) for account in crowd]
    assert min(came) == 1
    assert found.uncertain_count == doubts(town, crowd)
    assert sum(came) - 60 <= found.uncertain_count


async def test_an_urgent_alert_reaches_everybody_whatever_goes_wrong(tmp_path: Path) -> None:
    """Under every kind of fault each row ends as sent, each chat has a copy, and second ones are within the count."""
    await with_each_seed(tmp_path, send_urgent)


async def test_what_is_uncertain_of_an_information_is_listed_and_can_be_sent_again(tmp_path: Path) -> None:
    """Under every kind of fault no row is lost: what has no answer is listed as uncertain, 'send again' finishes it."""
    await with_each_seed(tmp_path, send_information)


@pytest.mark.parametrize(("answer", "severity"), [("close", Severity.URGENT), ("502", Severity.INFORMATION)])
async def test_an_outage_changes_nobodys_subscription(tmp_path: Path, answer: str, severity: Severity) -> None:
    """While nothing gets through few are tried, and none is suspended; then each has a copy and people are answered."""
    async with town_at(tmp_path) as town:
        crowd = await enrol(town, 60)
        await town.start_bot()
        person = await town.person(11)
        town.sandbox.faults.replace([{"fault": "outage", "answer": answer, "until": 3}])
        await person.say("/threat")
        await town.domain.desk.issue(content(HEADLINE, severity=severity), origin="test")
        found = await until_over(town)
        assert (found.counts[DeliveryState.SENT], found.reasons) == (60, {})
        assert [copies(town, account, HEADLINE) for account in crowd] == [1] * 60
        async with town.domain.store.reading() as connection:
            statuses = (await connection.execute(select(subscribers.c.status, subscribers.c.reason))).all()
        assert {tuple(row) for row in statuses} == {("active", None)}
        failed = [call for call in town.calls("sendMessage") if call["chat_id"] in crowd and call["fault"]]
        assert FAULTS_TO_OPEN <= len(failed) == found.uncertain_count < len(crowd)
        await person.reads("The threat level now")


async def test_a_request_that_hangs_holds_up_nobody_else(tmp_path: Path) -> None:
    """While two chats get no answer the other 58 and a person who asks do; the two are repeated and counted."""
    async with town_at(tmp_path) as town:
        crowd = await enrol(town, 60)
        await town.start_bot()
        person = await town.person(11)
        stored, lost = crowd[:2]
        hangs = {"fault": "hang", "methods": ["sendMessage"], "count": 1}
        town.sandbox.faults.replace([{**hangs, "chat_id": stored, "after": True}, {**hangs, "chat_id": lost}])
        await town.domain.desk.issue(content(HEADLINE, severity=Severity.URGENT), origin="test")
        await until_sent(town, 58, seconds=5)
        await ask(person, "/threat", "The threat level now")
        assert await town.open_chats() == [stored, lost]
        found = await until_over(town)
        assert (found.counts[DeliveryState.SENT], found.uncertain_count) == (60, 2)
        assert [copies(town, account, HEADLINE) for account in crowd] == [2] + [1] * 59


async def test_a_long_alert_arrives_in_order_whatever_goes_wrong(tmp_path: Path) -> None:
    """Of three messages every chat has the first, second and third in this order, second copies left out."""
    async with town_at(tmp_path) as town:
        crowd = await enrol(town, 30)
        await town.start_bot()
        let_fail(town, MISHAPS, seed=4)
        await town.domain.desk.issue(content(HEADLINE, body=LONG, severity=Severity.URGENT), origin="test")
        found = await until_over(town)
        assert unused(town) == []
        assert found.counts[DeliveryState.SENT] == 30
        check_parts(town, crowd, found)


async def test_a_restart_in_the_middle_of_a_long_alert_goes_on_at_the_next_part(tmp_path: Path) -> None:
    """A bot that is stopped while parts are under way sends what is missing after its start, and nothing else."""
    async with town_at(tmp_path, rate_per_second=60) as town:
        crowd = await enrol(town, 30)
        await town.start_bot()
        let_fail(town, [{"fault": "reset_after", "count": 3, "probability": 0.1}], seed=5)
        await town.domain.desk.issue(content(HEADLINE, body=LONG, severity=Severity.URGENT), origin="test")
        await until(lambda: sum(len(parts(town, account)) for account in crowd) >= 40, "40 of the 90 messages")
        await town.stop_bot()
        found = await report(town)
        assert found.counts[DeliveryState.LEASED] == 0
        assert found.counts[DeliveryState.SENT] < 30
        assert {len(parts(town, account)) for account in crowd} & {1, 2}
        await town.start_bot()
        found = await until_over(town)
        assert (found.counts[DeliveryState.SENT], found.uncertain_count) == (30, 3)
        check_parts(town, crowd, found)
        assert sum(len(parts(town, account)) for account in crowd) == 93
