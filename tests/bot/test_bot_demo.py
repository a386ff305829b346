"""The demo's buttons: each makes happen what it says, and the panel tells what the bot did about it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from support.patience import until

from bot.demo import demo_running
from bot.demo.cast import GROUP, OTHER_CONTACT

PATIENCE_SECONDS = 60.0


class Panel:
    """What a newcomer's page asks of the demo."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def story(self) -> dict[str, Any]:
        """Read the scenes and the lines."""
        async with self._http.get(f"{self._address}/client/story?after=0") as answer:
            return dict(await answer.json())

    async def run(self, scene: str) -> None:
        """Press a scene's button, and wait until it is over."""
        async with self._http.post(f"{self._address}/client/scenes/{scene}") as answer:
            assert answer.status == 202

        async def is_over() -> bool:
            return not any(one["running"] for one in (await self.story())["scenes"])

        await until(is_over, f"the scene {scene} to end", seconds=PATIENCE_SECONDS)

    async def reads(self, words: str) -> str:
        """Wait for a line of the story with these words."""

        async def look() -> list[str]:
            lines = [line["text"] for line in (await self.story())["lines"]]
            assert not [line for line in lines if "did not work" in line]
            return [line for line in lines if words in line]

        return (await until(look, f"a line with '{words}'", seconds=PATIENCE_SECONDS))[0]

    async def chat(self, account: int, peer: int) -> list[dict[str, Any]]:
        """Read a chat as one of the accounts sees it."""
        async with self._http.get(f"{self._address}/client/accounts/{account}/chats/{peer}") as answer:
            return list((await answer.json())["messages"])


@pytest.fixture
async def panel() -> AsyncIterator[Panel]:
    """A running demo."""
    async with demo_running(0) as address, aiohttp.ClientSession() as http:
        yield Panel(http, address)


async def test_every_scene_is_offered(panel: Panel) -> None:
    """The five things that a newcomer is to see have a button each, with a sentence about it."""
    scenes = (await panel.story())["scenes"]
    assert [scene["code"] for scene in scenes] == ["schedule", "group", "picture", "blocked", "storm"]
    assert all(scene["title"] and scene["explains"] for scene in scenes)


async def test_a_group_and_a_picture(panel: Panel) -> None:
    """The group is subscribed by its owner's presses and gets its alert; the picture is in a contact's chat."""
    await panel.run("group")
    await panel.reads("The alert has reached the group")
    assert any("Unattended van" in (message["text"] or "") for message in await panel.chat(601, GROUP))
    await panel.run("picture")
    await panel.reads("The first recipient's message uploaded it")
    shown = [message for message in await panel.chat(OTHER_CONTACT, 700000001) if message.get("photo")]
    assert len(shown) == 1


async def test_a_block_and_a_storm(panel: Panel) -> None:
    """Who blocks the bot is suspended and comes back; a storm of 429s ends with everybody served."""
    await panel.run("blocked")
    await panel.reads("His subscription is suspended")
    await panel.reads("his subscription goes on by itself")
    await panel.run("storm")
    await panel.reads("Telegram answered 429")
    sent = await panel.reads("-0002 is sent")
    assert ": 66 sent." in sent
