"""A newcomer at the page: finds things by what they read there, as people do."""

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

OpenPage = Callable[..., Page]
"""Opens the demo's page, with the options of Playwright's `new_context`."""

BOT = 700000001
"""The demo's bot; its name stands in the row of the group too, so that the row is found by this."""

_BUSY = '.inline-button[aria-busy="true"]'


class Newcomer:
    """Somebody who has opened the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.log = page.get_by_role("log")
        self.composer = page.get_by_role("textbox", name="Message")

    def act_as(self, name: str) -> None:
        """Choose an account, and the chat with the bot where the page shows one thing at a time."""
        self.page.locator("[data-testid^=account-]").filter(has_text=name).click()
        chat = self.page.get_by_test_id(f"chat-{BOT}")
        note = self.page.locator("#chat-note")
        expect(chat.or_(note).first).to_be_visible()
        if not note.is_visible():
            chat.click()
        expect(note).to_contain_text(f"You are {name}")
        expect(self.log).to_have_attribute("aria-busy", "false")  # the chat has been read

    def begin(self) -> None:
        """Press Start."""
        self.page.get_by_role("button", name="Start", exact=True).click()

    def say(self, text: str) -> None:
        """Write something and press Enter."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def ask(self, text: str, answer: str) -> Locator:
        """Write something, and give the new message that answers it."""
        answers = self.message(answer)
        before = answers.count()
        self.say(text)
        expect(answers).to_have_count(before + 1)
        return answers.last

    def press(self, label: str) -> None:
        """Press the newest button of this text under a message, and wait for the bot's answer."""
        self.button(label).click()
        expect(self.page.locator(_BUSY)).to_have_count(0)

    def button(self, label: str) -> Locator:
        """Find the newest button of this text under a message."""
        return self.log.get_by_role("button", name=label).last

    def reads(self, text: str) -> Locator:
        """Wait for a message with this text to be there, and give the newest."""
        message = self.message(text).last
        expect(message).to_be_visible()
        return message

    def message(self, text: str) -> Locator:
        """Find the messages with this text."""
        return self.log.get_by_role("article").filter(has_text=text)

    def picture(self, name: str) -> None:
        """Write a screenshot, if they are wanted (CASCADE_SCREENSHOTS names their folder)."""
        folder = os.environ.get("CASCADE_SCREENSHOTS")
        if folder:
            self.page.mouse.move(0, 0)
            self.composer.blur()
            expect(self.page.locator("#chats [aria-current] .badge")).to_have_count(0)
            self.page.screenshot(path=Path(folder) / name, animations="disabled")

    def sees(self, what: Locator) -> bool:
        """Tell whether something lies in the visible part of the log with its upper edge."""
        inner, outer = what.bounding_box(), self.log.bounding_box()
        assert inner is not None
        assert outer is not None
        return outer["y"] <= inner["y"] < outer["y"] + outer["height"]
