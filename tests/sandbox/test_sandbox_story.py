"""The story: scenes that people start on the page, and the sentences that tell what came of them."""

import asyncio
from typing import Any

import pytest
from sandbox_doors import Caller, Clock, PersonCaller
from structlog.testing import capture_logs

from bot.sandbox import Sandbox, serve
from bot.sandbox.chats import Chat
from bot.sandbox.story import Scene


async def nothing() -> None:
    """A scene in which nothing happens."""


async def _over(sandbox: Sandbox, code: str) -> None:
    news = sandbox.world.events.follow(0)
    async with asyncio.timeout(5):
        while sandbox.story.is_running(code):
            await news.waiting.get()
    sandbox.world.events.unfollow(news)


async def test_a_sandbox_alone_has_neither_scenes_nor_lines(people: PersonCaller) -> None:
    """Before anybody offers a scene the answer is empty, by which the page shows no panel."""
    assert await people.get("/client/story") == {"scenes": [], "lines": []}


async def test_scenes_are_listed_in_the_order_of_the_offer(people: PersonCaller, sandbox: Sandbox) -> None:
    """A scene offered again takes the place of the old one."""
    sandbox.story.offer(Scene("b", "Bang", "It bangs.", nothing), Scene("a", "Alert", "All hear.", nothing))
    sandbox.story.offer(Scene("b", "Boom", "It booms.", nothing))
    assert (await people.get("/client/story"))["scenes"] == [
        {"code": "b", "title": "Boom", "explains": "It booms.", "running": False},
        {"code": "a", "title": "Alert", "explains": "All hear.", "running": False},
    ]


async def test_lines_are_numbered_and_given_after_a_number(
    people: PersonCaller, sandbox: Sandbox, clock: Clock
) -> None:
    """Each line has the moment of the sandbox's clock and the chat that shows it."""
    sandbox.story.tell("One.")
    clock.now += 2.5
    sandbox.story.tell("Two.", account=1001, peer=4242)
    first = {"number": 1, "at": clock.now - 2.5, "text": "One.", "account": None, "peer": None}
    second = {"number": 2, "at": clock.now, "text": "Two.", "account": 1001, "peer": 4242}
    assert (await people.get("/client/story"))["lines"] == [first, second]
    assert (await people.get("/client/story?after=1"))["lines"] == [second]
    assert (await people.get("/client/story?after=2"))["lines"] == []


async def test_the_last_five_hundred_lines_are_kept(sandbox: Sandbox) -> None:
    """The oldest make room, and the numbers go on."""
    for number in range(503):
        sandbox.story.tell(f"{number}")
    lines = sandbox.story.after(0)
    assert (len(lines), lines[0].number, lines[-1].number) == (500, 4, 503)


async def test_a_scene_runs_in_the_background_and_not_twice_at_once(people: PersonCaller, sandbox: Sandbox) -> None:
    """The request returns at once; until the scene is over it is listed as running and refused a second time."""
    may_end, began = asyncio.Event(), []

    async def wait() -> None:
        began.append(1)
        await may_end.wait()

    sandbox.story.offer(Scene("wait", "Wait", "It waits.", wait))
    answer = await people.post("/client/scenes/wait")
    assert (answer.status, answer.json) == (202, {})
    assert (await people.get("/client/story"))["scenes"][0]["running"]
    refused = await people.post("/client/scenes/wait")
    assert (refused.status, refused.json) == (409, {"error": "“Wait” is still going on."})
    may_end.set()
    await _over(sandbox, "wait")
    assert (await people.post("/client/scenes/wait")).status == 202
    await _over(sandbox, "wait")
    assert (len(began), sandbox.story.after(0)) == (2, [])


@pytest.mark.parametrize(
    ("error", "reason"), [(OSError("no bot answers."), "no bot answers"), (KeyError(), "KeyError")]
)
async def test_a_scene_that_fails_says_so_and_may_be_tried_again(
    people: PersonCaller, sandbox: Sandbox, error: Exception, reason: str
) -> None:
    """A line gives the reason, the log the exception."""

    async def fail() -> None:
        raise error

    sandbox.story.offer(Scene("fail", "Go wrong", "It goes wrong.", fail))
    with capture_logs() as logs:
        assert (await people.post("/client/scenes/fail")).status == 202
        await _over(sandbox, "fail")
    assert [line.text for line in sandbox.story.after(0)] == [f"“Go wrong” did not work: {reason}."]
    assert logs == [{"event": "scene_failed", "scene": "fail", "exc_info": error, "log_level": "error"}]
    assert (await people.post("/client/scenes/fail")).status == 202
    await _over(sandbox, "fail")


@pytest.mark.parametrize(
    ("method", "target", "status", "error"),
    [
        ("POST", "/client/scenes/fire", 404, "There is no scene fire."),
        ("GET", "/client/story?after=x", 400, "The after is not a number."),
    ],
)
async def test_what_makes_no_sense_is_refused(http: Caller, method: str, target: str, status: int, error: str) -> None:
    """An unknown scene and a number that is none get one sentence."""
    answer = await http(method, target)
    assert (answer.status, answer.json) == (status, {"error": error})


async def test_another_sites_page_starts_no_scene(http: Caller, sandbox: Sandbox) -> None:
    """The guard of the door for people stands before the scenes too."""
    sandbox.story.offer(Scene("a", "Alert", "All hear.", nothing))
    answer = await http("POST", "/client/scenes/a", headers={"origin": "https://example.org"})
    assert (answer.status, sandbox.story.is_running("a")) == (403, False)


async def test_every_open_page_hears_of_news(sandbox: Sandbox, ann: Chat) -> None:
    """A line, the beginning of a scene and its end are an event each, on the stream of any account."""
    stream = sandbox.world.events.follow(ann.account.id)
    sandbox.story.offer(Scene("a", "Alert", "All hear.", nothing))
    sandbox.story.tell("One.")
    sandbox.story.begin("a")
    await _over(sandbox, "a")
    heard: list[Any] = [stream.waiting.get_nowait() for _ in range(stream.waiting.qsize())]
    assert heard == [("story", {"number": number}) for number in (0, 1, 1, 1)]


async def test_scenes_end_with_the_server(sandbox: Sandbox) -> None:
    """What is running when the sandbox stops is broken off, and no line calls it a failure."""
    ended = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    sandbox.story.offer(Scene("wait", "Wait", "It waits.", wait))
    async with serve(sandbox.app):
        sandbox.story.begin("wait")
        await asyncio.sleep(0)
    assert (ended, sandbox.story.is_running("wait"), sandbox.story.after(0)) == ([1], False, [])
