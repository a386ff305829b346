"""The control API over real HTTP: faults, crowds, figures and a fresh start."""

import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from sandbox_doors import BOT_ID, TOKEN

from bot.sandbox import Sandbox, serve
from bot.sandbox.chats import Chat


@pytest.fixture
async def control(sandbox: Sandbox) -> AsyncIterator[Any]:
    """Ask the control API, or any other address, and give status and content."""
    async with serve(sandbox.app) as base, aiohttp.ClientSession(base) as session:

        async def ask(method: str, path: str, content: Any = None, **options: Any) -> tuple[int, Any]:
            async with session.request(method, path, json=content, **options) as answer:
                return answer.status, await answer.json()

        yield ask


async def _send(control: Any, chat: Chat, text: str = "x") -> int:
    status, _ = await control("POST", f"/bot{TOKEN}/sendMessage", {"chat_id": chat.id, "text": text})
    return int(status)


async def test_faults_are_set_added_listed_and_cleared(control: Any, ann: Chat) -> None:
    """The list shows every rule with its defaults and how often it has struck; once cleared, all goes well."""
    rules = [{"fault": "5xx", "count": 1}]
    status, faults = await control("PUT", "/control/faults", {"seed": 7, "rules": rules})
    everybody = {"methods": None, "chat_id": None, "probability": 1.0, "from": 0.0, "until": None}
    first = {"fault": "5xx", **everybody, "count": 1, "status": 502, "after": False, "struck": 0}
    assert (status, faults) == (200, {"seed": 7, "rules": [first]})
    status, faults = await control("POST", "/control/faults", {"fault": "429", "methods": ["sendMessage"]})
    assert (status, [rule["fault"] for rule in faults["rules"]]) == (201, ["5xx", "429"])
    assert [await _send(control, ann) for _ in range(3)] == [502, 429, 429]
    _, faults = await control("GET", "/control/faults")
    assert (faults["seed"], [rule["struck"] for rule in faults["rules"]]) == (7, [1, 2])
    assert await control("DELETE", "/control/faults") == (200, {})
    assert await _send(control, ann) == 200
    assert await control("GET", "/control/faults") == (200, {"seed": 0, "rules": []})


@pytest.mark.parametrize(
    ("method", "path", "content", "complaint"),
    [
        ("PUT", "/control/faults", {}, "The field rules is missing."),
        ("PUT", "/control/faults", {"rules": ["hang"]}, "A rule is a JSON object."),
        ("PUT", "/control/faults", {"rules": [{"fault": "hang", "after": 1}]}, "is true or false."),
        ("POST", "/control/faults", {"fault": "fire"}, "A fault is one of"),
        ("POST", "/control/faults", [], "The body has to be a JSON object."),
        ("POST", "/control/accounts", {"count": 0}, "The count is a number from 1 to 100,000."),
        ("POST", "/control/accounts", {"start": True}, "The field count is missing."),
    ],
)
async def test_what_is_malformed_is_refused_with_a_sentence(
    control: Any, method: str, path: str, content: Any, complaint: str
) -> None:
    """The answer is a 400 whose error names what is wrong."""
    status, answer = await control(method, path, content)
    assert status == 400
    assert complaint in answer["error"]


async def test_five_thousand_chats_are_made_in_no_time(control: Any, sandbox: Sandbox) -> None:
    """Within two seconds they are there, with ids in a row and names of their own, and the bot may write to each."""
    began = time.perf_counter()
    status, crowd = await control("POST", "/control/accounts", {"count": 5000, "start": True, "bot": BOT_ID})
    assert time.perf_counter() - began < 2
    assert (status, crowd["count"], crowd["last_id"] - crowd["first_id"]) == (201, 5000, 4999)
    world = sandbox.world
    assert len({account.name for account in world.accounts.values()}) == 5000
    for account_id in (crowd["first_id"], crowd["last_id"]):
        assert await _send(control, world.chat(account_id, BOT_ID)) == 200
    assert not world.chat(crowd["last_id"], 77).started
    assert len(world.bots[BOT_ID].updates) == 0


async def test_crowds_keep_clear_of_each_other_and_of_the_ids_in_use(control: Any, sandbox: Sandbox) -> None:
    """A second crowd goes on behind the first and behind an account that stands in its way."""
    _, first = await control("POST", "/control/accounts", {"count": 3})
    sandbox.world.add_account(first_name="Eve", id=first["last_id"] + 2)
    _, second = await control("POST", "/control/accounts", {"count": 3, "start": True})
    assert second["first_id"] == first["last_id"] + 3
    assert not sandbox.world.chat(first["first_id"], BOT_ID).started
    assert sandbox.world.chat(second["first_id"], 77).started
    assert sandbox.world.add_account(first_name="Ann").id == second["last_id"] + 1
    assert (await control("POST", "/control/accounts", {"count": 1, "bot": 5, "start": True}))[0] == 404


async def test_the_figures_count_what_was_sent_and_answered(control: Any, sandbox: Sandbox, ann: Chat) -> None:
    """Messages whose answer was lost count as sent; answers count by their status, and lost ones as none."""
    await _send(control, ann)
    assert await _send(control, ann, "") == 400
    sandbox.faults.replace([{"fault": "reset_after", "count": 1}])
    with pytest.raises(aiohttp.ClientOSError):
        await _send(control, ann)
    await control("POST", f"/bot{TOKEN}/sendChatAction", {"chat_id": ann.id, "action": "typing"})
    figures = {"sent": 2, "by_status": {"200": 2, "400": 1, "none": 1}, "accounts": 1, "chats": 1}
    assert await control("GET", "/control/stats") == (200, figures)


async def test_a_reset_forgets_calls_and_faults_and_leaves_the_chats(control: Any, sandbox: Sandbox, ann: Chat) -> None:
    """Afterwards nothing goes wrong and nothing is counted; who follows the calls by number misses none."""
    sandbox.faults.replace([{"fault": "5xx"}])
    assert await _send(control, ann) == 502
    (call,) = sandbox.world.journal.after(0)
    assert await control("POST", "/control/reset") == (200, {})
    assert await control("GET", "/control/stats") == (200, {"sent": 0, "by_status": {}, "accounts": 1, "chats": 1})
    assert await _send(control, ann) == 200
    assert [later["status"] for later in sandbox.world.journal.after(call["seq"])] == [200]


@pytest.mark.parametrize("headers", [{"Origin": "https://example.org"}, {"Host": "example.org"}])
async def test_other_sites_pages_have_no_control(control: Any, sandbox: Sandbox, headers: dict[str, str]) -> None:
    """The guard of the door for people stands here too."""
    status, _ = await control("POST", "/control/faults", {"fault": "hang"}, headers=headers)
    assert (status, sandbox.faults.rules) == (403, [])
