"""The page for people who use no mouse, a screen reader, or need contrast."""

from pathlib import Path

import pytest
from browser_newcomer import Newcomer, OpenPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SLIPS = Path(__file__).with_name("slips.js").read_text(encoding="utf-8")
NAMED_ROLES = {
    "article",
    "button",
    "dialog",
    "group",
    "heading",
    "link",
    "listbox",
    "log",
    "navigation",
    "option",
    "region",
    "textbox",
}
STOPS_AT_MOST = 60


def test_the_keyboard_alone_leads_from_a_new_account_to_what_to_do(open_page: OpenPage) -> None:
    """Without a mouse: make an account, start, agree, go back, complete a command, use the menu, switch accounts."""
    page = open_page()
    newcomer = Newcomer(page)
    keys = page.keyboard

    tab_to(page, "New account")
    keys.press("Enter")
    keys.type("Keya")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_focused()
    keys.press("Enter")
    newcomer.reads("Do you agree?")
    expect(newcomer.composer).to_be_focused()

    tab_to(page, "I agree, subscribe me", backwards=True)
    keys.press("Enter")
    newcomer.reads("Your name")
    tab_to(page, "Back")
    keys.press("Enter")
    newcomer.reads("Do you agree?")
    keys.press("Escape")
    expect(newcomer.composer).to_be_focused()

    keys.type("/rep")
    keys.press("ArrowDown")
    keys.press("Enter")
    newcomer.reads("What is it about?")
    tab_to(page, "Menu", backwards=True)
    keys.press("Enter")
    expect(page.get_by_role("option").first).to_be_focused()
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("Enter")
    newcomer.reads("The threat level now")

    keys.press("Alt+3")
    expect(page.locator("#chat-note")).to_contain_text("You are Dana Reid")
    expect(newcomer.composer).to_be_focused()


def test_the_tab_key_reaches_everything_in_the_order_of_the_page(open_page: OpenPage) -> None:
    """Tab goes from the shortcut over accounts, chats and messages to the composer, and shows where it is."""
    page = open_page()
    newcomer = Newcomer(page)
    newcomer.act_as("Dana Reid")
    newcomer.ask("/compose", "New alert")
    page.reload()
    expect(newcomer.composer).to_be_focused()
    expect(page.get_by_role("button", name="Menu")).to_be_visible()
    expect(page.get_by_role("button", name="Met update, 1 August 2016")).to_be_visible()

    stops = tab_stops(page)

    expected = [
        "Skip to the message box",
        "Dark theme",
        "New account",
        "Amira Khan",
        "Dana Reid",
        "Cascade",
        "Block",
        "Messages",
        "Met update, 1 August 2016",
        "Menu",
        "Message",
        "Send a thumbs-up sticker",
        "Send",
    ]
    assert [stop for stop in stops if stop in expected] == expected, stops


def test_the_shortcut_at_the_top_leads_to_the_message_box(open_page: OpenPage) -> None:
    """The first stop of the Tab key skips the lists."""
    page = open_page()
    newcomer = Newcomer(page)
    newcomer.act_as("Dana Reid")
    page.get_by_role("button", name="Skip to the message box").focus()
    page.keyboard.press("Enter")
    expect(newcomer.composer).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_an_accessibility_slip_that_can_be_measured(open_page: OpenPage, theme: str) -> None:
    """Every text has its contrast, every control a role, a name and a size, and every reference leads somewhere."""
    page = open_page(color_scheme=theme)
    newcomer = Newcomer(page)
    expect(page.get_by_role("button", name="Olu Adeyemi")).to_be_visible()
    assert slips(page) == []

    newcomer.act_as("Dana Reid")
    newcomer.ask("/threat", "The threat level now")
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("listbox")).to_be_visible()
    assert slips(page) == []

    page.keyboard.press("Escape")
    newcomer.press("How to report")
    newcomer.press("Terrorist material online")
    newcomer.reads("gov.uk/ACT")
    assert slips(page) == []

    page.get_by_role("button", name="New account").click()
    assert slips(page) == []


def slips(page: Page) -> list[str]:
    """Give what is wrong in the page as it stands."""
    return [*page.evaluate(SLIPS), *nameless(page)]


def nameless(page: Page) -> list[str]:
    """Give what a screen reader would reach without being able to say what it is, by Chromium's own reckoning."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    found = []
    for node in nodes:
        if node.get("ignored"):
            continue
        role = node["role"]["value"]
        named = bool(node.get("name", {}).get("value", "").strip())
        focusable = any(one["name"] == "focusable" and one["value"]["value"] for one in node.get("properties", ()))
        if role in NAMED_ROLES and not named:
            found.append(f"a {role} has no name")
        if focusable and role in {"generic", "none"}:
            found.append("something that takes the focus has no role")
    return found


def tab_to(page: Page, name: str, *, backwards: bool = False) -> None:
    """Press Tab until something of this name has the focus."""
    for _ in range(STOPS_AT_MOST):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if focused(page)["name"].startswith(name):
            return
    raise AssertionError(f"Tab never came to '{name}'")


def tab_stops(page: Page) -> list[str]:
    """Go once round with Tab from the beginning of the page, and give the names of the stops."""
    page.evaluate("() => document.getElementById('skip').focus()")
    stops = [focused(page)["name"]]
    while len(stops) < STOPS_AT_MOST:
        page.keyboard.press("Tab")
        stop = focused(page)
        if not stop["name"] or stop["name"] == stops[0]:
            return stops
        assert stop["outline"], f"the focus cannot be seen on '{stop['name']}'"
        stops.append(stop["name"])
    raise AssertionError(f"Tab does not come round: {stops}")


def focused(page: Page) -> dict[str, str]:
    """Give the name of what has the focus, empty for nothing, and whether its outline shows."""
    found: dict[str, str] = page.evaluate(
        """() => {
            const { activeElement } = document;
            if (activeElement === document.body) return { name: "", outline: false };
            const name = activeElement.getAttribute("aria-label")
                ?? activeElement.querySelector(".row-title")?.textContent ?? activeElement.textContent;
            const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
            return { name: name.trim(), outline: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
        }"""
    )
    return found
