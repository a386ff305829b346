"""The panel "What just happened": scenes at the press of a button, and sentences that lead to the chats."""

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from browser_newcomer import OpenPage
from playwright.sync_api import Page, expect
from test_browser_access import slips

from bot.sandbox import Sandbox, serve
from bot.sandbox.story import Scene

pytestmark = pytest.mark.browser

BOT, ANN, BOB = 4242, 101, 102
START_SECONDS = 10.0
WIDE, MIDDLE, PHONE = ({"width": width, "height": 740} for width in (1280, 800, 360))


class Stage:
    """A sandbox in a thread of its own, with one scene that tells and one that lasts until the test ends it."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(tokens={f"{BOT}:sandbox-token": "Cascade"})
        for account, name in ((ANN, "Ann"), (BOB, "Bob")):
            self.sandbox.world.add_account(id=account, first_name=name)
        self.sandbox.story.offer(
            Scene("greet", "Greet everybody", "Ann and Bob are told hello.", self._greet),
            Scene("wait", "Wait for the end", "Nothing else happens.", self._wait),
        )
        self.address: Future[str] = Future()
        self._loop = asyncio.new_event_loop()
        self._may_end, self._closes = asyncio.Event(), asyncio.Event()
        self.thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    def end_scene(self) -> None:
        """Let the lasting scene end."""
        self._loop.call_soon_threadsafe(self._may_end.set)

    def close(self) -> None:
        """Stop serving."""
        self._loop.call_soon_threadsafe(self._closes.set)
        self.thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        async with serve(self.sandbox.app) as address:
            self.address.set_result(address)
            await self._closes.wait()

    async def _greet(self) -> None:
        self.sandbox.story.tell("Everybody is being greeted.")
        self.sandbox.story.tell("Bob has been greeted.", account=BOB, peer=BOT)

    async def _wait(self) -> None:
        await self._may_end.wait()


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Give a sandbox with two scenes."""
    stage = Stage()
    stage.thread.start()
    yield stage
    stage.close()


@pytest.fixture
def demo(stage: Stage) -> str:
    """Give the address of that sandbox in place of the demo's."""
    return stage.address.result(START_SECONDS)


def test_a_scene_tells_what_it_led_to_and_leads_there(open_page: OpenPage) -> None:
    """On a wide screen the panel stands beside the chat; the newest line is on top, and Show opens its chat."""
    page = open_page(viewport=WIDE)
    page.get_by_role("button", name="Greet everybody").click()
    lines = page.get_by_test_id("story-line")
    expect(lines).to_have_text([re.compile("Bob has been"), re.compile("Everybody is")])
    expect(page.get_by_test_id("story-lines")).to_have_attribute("aria-live", "polite")
    lines.first.get_by_role("button", name="Show").click()
    expect(page.locator("#chat-note")).to_contain_text("You are Bob")
    expect(page.get_by_role("complementary", name="What just happened")).to_be_visible()


@pytest.mark.parametrize("peer", ["", f"#{ANN}/{BOT}"])
def test_the_button_rests_while_its_scene_runs(open_page: OpenPage, stage: Stage, peer: str) -> None:
    """It keeps the focus and is disabled until the end, with an account chosen and without."""
    page = open_page(viewport=WIDE)
    page.goto(f"{page.url}{peer}")
    button = page.get_by_role("button", name="Wait for the end")
    expect(button).to_be_enabled()
    if peer:
        expect(page.locator("#chat :focus")).to_have_count(1)  # the page has come to rest and moves the focus no more
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_be_disabled()
    expect(page.get_by_text("Going on…")).to_be_visible()
    expect(button).to_be_focused()
    stage.end_scene()
    expect(button).to_be_enabled()


@pytest.mark.parametrize("size", [MIDDLE, PHONE], ids=["middle", "phone"])
def test_on_a_narrow_screen_the_panel_is_opened_and_closed(open_page: OpenPage, size: dict[str, int]) -> None:
    """A button opens it, Escape and Close close it and give the focus back."""
    page = open_page(viewport=size)
    opener, panel = page.get_by_test_id("story-open"), page.get_by_role("complementary")
    expect(panel).to_be_hidden()
    expect(page.locator(".row").first).to_be_visible()  # the page has come to rest and moves the focus no more
    opener.press("Enter")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    page.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()


def test_on_a_phone_news_is_counted_and_show_leads_to_the_chat(open_page: OpenPage, stage: Stage) -> None:
    """The button in the chat counts the lines not seen; Show leaves the panel for the chat."""
    page = open_page(viewport=PHONE)
    page.goto(f"{page.url}#{ANN}/{BOT}")
    peek = page.get_by_test_id("story-peek")
    expect(peek).to_be_visible()
    page.request.post(f"{stage.address.result()}/client/scenes/greet")
    expect(peek).to_have_accessible_name("What just happened, 2 new")
    peek.click()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#chat-note")).to_contain_text("You are Bob")
    expect(page.get_by_role("complementary")).to_be_hidden()
    expect(peek).to_have_accessible_name("What just happened")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, MIDDLE, PHONE], ids=["wide", "middle", "phone"])
def test_the_panel_has_no_slip_that_can_be_measured(open_page: OpenPage, size: dict[str, int], theme: str) -> None:
    """Contrast, names and sizes hold, and nothing is wider than the screen."""
    page = open_page(viewport=size, color_scheme=theme)
    opener = page.get_by_test_id("story-open")
    expect(page.get_by_test_id("scene-greet")).to_be_attached()
    if opener.is_visible():
        opener.click()
    page.get_by_test_id("scene-wait").click()
    page.get_by_test_id("scene-greet").click()
    expect(page.get_by_test_id("story-line")).to_have_count(2)
    assert slips(page) == []
    assert not overflows(page)


def test_a_sandbox_without_scenes_shows_no_panel(open_page: OpenPage, stage: Stage) -> None:
    """Neither the panel nor a button for it is there, however wide the screen."""
    stage.sandbox.story.scenes.clear()
    page = open_page(viewport=PHONE)
    expect(page.get_by_role("button", name="Ann")).to_be_visible()
    for size in (PHONE, MIDDLE, WIDE):
        page.set_viewport_size(size)
        expect(page.get_by_text("What just happened").locator("visible=true")).to_have_count(0)


def overflows(page: Page) -> bool:
    """Tell whether the page is wider than its window."""
    wider: bool = page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    return wider
