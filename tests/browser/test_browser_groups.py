"""Groups and channels on the page."""

import re
from typing import Any

import pytest
from browser_newcomer import OpenPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def founded(page: Page, kind: str) -> tuple[str, int, int, int]:
    """Found a group of two new people by request: the sandbox's address, the group, its creator and its member."""
    address = page.url.partition("#")[0].rstrip("/")

    def post(path: str, content: dict[str, Any]) -> Any:
        return page.request.post(f"{address}/client/{path}", data=content).json()

    creator, member = (post("accounts", {"first_name": name})["id"] for name in ("Greta", "Hugo"))
    group = post("groups", {"title": "Plant", "kind": kind, "creator": creator, "members": [member]})["id"]
    return address, group, creator, member


def test_a_group_is_read_and_written_on_the_page(open_page: OpenPage) -> None:
    """One sees who wrote what and how many are there; an administrator can write in the group's name."""
    page = open_page()
    address, group, creator, member = founded(page, "supergroup")
    page.goto(f"{address}/#{member}/{group}")
    expect(page.locator("#chat-note")).to_have_text(re.compile("supergroup, 2 members"))
    expect(page.get_by_test_id("message")).to_have_text("Greta added Hugo")
    expect(page.get_by_test_id("anonymous")).to_be_hidden()
    page.get_by_test_id("composer").fill("Hello all")
    page.get_by_test_id("send").click()

    page.goto(f"{address}/#{creator}/{group}")
    expect(page.get_by_test_id("message").last.locator(".sender")).to_have_text("Hugo")
    page.get_by_test_id("anonymous").check()
    page.get_by_test_id("composer").fill("From the office")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("message").last.locator(".sender")).to_have_text("Plant")


def test_a_channel_is_only_read(open_page: OpenPage) -> None:
    """Who is no administrator finds a sentence in place of the message box."""
    page = open_page()
    address, channel, creator, member = founded(page, "channel")
    page.goto(f"{address}/#{member}/{channel}")
    expect(page.get_by_text("You may read here, but not write.")).to_be_visible()
    expect(page.get_by_test_id("composer")).to_be_hidden()
    page.goto(f"{address}/#{creator}/{channel}")
    expect(page.get_by_test_id("composer")).to_be_visible()
    expect(page.get_by_test_id("anonymous")).to_be_hidden()
