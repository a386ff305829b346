"""The newcomer's path through the demo in a real browser."""

import pytest
from browser_newcomer import Newcomer, OpenPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

ALERT = "ADVISORY: Met update for sector leads"
PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "is_mobile": True, "has_touch": True}


def new_account(page: Page, name: str) -> None:
    """Make an account with the page's own form, and open its chat."""
    page.get_by_role("button", name="New account").click()
    page.get_by_label("First name").fill(name)
    page.get_by_role("button", name="Create account").click()
    Newcomer(page).act_as(name)


def test_an_alert_goes_from_the_officer_to_the_contact_of_its_sector_alone(open_page: OpenPage) -> None:
    """A newcomer subscribes as Amira, sends as Dana, and finds the alert in Amira's chat, not in Ben's."""
    newcomer = Newcomer(open_page())
    subscribe_amira(newcomer)
    send_the_briefing(newcomer)

    newcomer.act_as("Amira Khan")
    alert = newcomer.reads(ALERT)
    assert newcomer.sees(alert), "a long alert opens at its headline"
    newcomer.picture("demo-contact.png")

    newcomer.act_as("Ben Hughes")
    newcomer.ask("/threat", "The threat level now")
    expect(newcomer.message(ALERT)).to_have_count(0)

    newcomer.act_as("Amira Khan")
    newcomer.ask("/threat", "SEVERE (level 4 of 5)")
    newcomer.ask("/report", "What is it about?")
    newcomer.press("A suspicious bag or item")
    newcomer.reads("HOT: is the item suspicious?")
    newcomer.press("Back to all situations")
    newcomer.reads("What is it about?")


def subscribe_amira(newcomer: Newcomer) -> None:
    """Subscribe Amira to two sectors, with one detail typed, one taken over and one skipped."""
    newcomer.act_as("Amira Khan")
    newcomer.begin()
    newcomer.press("I agree")
    newcomer.press("Use “Amira”")
    newcomer.say("Khan Airfields")
    newcomer.reads("Your role there")
    newcomer.press("Skip")
    newcomer.press("Aerospace and Defence")
    newcomer.press("Aviation")
    newcomer.press("Done (2 chosen)")
    newcomer.press("All regions")
    newcomer.reads("Khan Airfields")
    newcomer.press("Confirm")
    newcomer.reads("You are subscribed.")


def send_the_briefing(newcomer: Newcomer) -> None:
    """Send the stored briefing to one of Amira's sectors, as Dana, and approve it as Olu."""
    newcomer.act_as("Dana Reid")
    newcomer.say("/compose")
    newcomer.press("Met update, 1 August 2016")
    newcomer.press("Aviation")
    newcomer.press("Done (1 chosen)")
    newcomer.press("All regions")
    newcomer.press("6 hours")
    newcomer.reads(ALERT)
    newcomer.reads("1 recipient (Aviation)")
    newcomer.picture("demo-officer.png")
    newcomer.press("Submit for approval, 1 recipient")
    newcomer.reads("waits for approval.")
    newcomer.act_as("Olu Adeyemi")
    newcomer.reads("waits for your approval.")
    newcomer.press("Approve and send to 1 recipient")
    newcomer.act_as("Dana Reid")
    newcomer.reads("Sent: C-")
    newcomer.reads("Sent: 1")


def test_blocking_shuts_the_bot_out_and_unblocking_lets_it_in_again(open_page: OpenPage) -> None:
    """Whoever blocks the bot is told what that means, can write nothing, and gets answers again after unblocking."""
    page = open_page()
    newcomer = Newcomer(page)
    new_account(page, "Blanche")
    newcomer.begin()
    newcomer.reads("Do you agree?")

    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_text("You have blocked Cascade.")).to_be_visible()
    expect(newcomer.composer).to_be_hidden()

    page.get_by_role("button", name="Unblock").last.click()
    expect(newcomer.composer).to_be_focused()
    newcomer.ask("/help", "What I can do")


def test_a_reload_keeps_the_place(open_page: OpenPage) -> None:
    """After a reload the same account and chat are open, with what was said there and the step it had come to."""
    page = open_page()
    newcomer = Newcomer(page)
    new_account(page, "Rhoda")
    newcomer.begin()
    newcomer.press("I agree")
    newcomer.reads("Your name")

    page.reload()

    expect(page.locator("#chat-note")).to_contain_text("You are Rhoda")
    newcomer.reads("Your name")
    newcomer.press("Skip")
    newcomer.reads("Your organisation")


def test_a_phone_shows_the_whole_of_report_without_scrolling_sideways(open_page: OpenPage) -> None:
    """At 360 pixels, in the dark, the lists and the chat fit the width and /report begins with 999."""
    page = open_page(**PHONE)
    newcomer = Newcomer(page)
    assert is_dark(page)
    fits(page)
    newcomer.act_as("Amira Khan")
    report = newcomer.ask("/report", "What is it about?")
    assert newcomer.sees(report), "a long message opens at its first line"
    fits(page)
    newcomer.picture("demo-phone-dark.png")

    newcomer.press("In danger now")
    assert newcomer.sees(newcomer.reads("RUN, HIDE, TELL"))
    fits(page)
    page.get_by_role("button", name="Back to accounts and chats").click()
    expect(page.get_by_role("button", name="Dana Reid")).to_be_visible()


def test_a_tick_leaves_the_list_where_it_is(open_page: OpenPage) -> None:
    """Choosing from a list that is longer than a phone moves nothing under the finger; the next question is shown."""
    newcomer = Newcomer(open_page(**PHONE | {"viewport": {"width": 360, "height": 640}}))
    page = newcomer.page
    new_account(page, "Tilda")
    newcomer.begin()
    newcomer.press("I agree")
    for _ in range(3):
        newcomer.press("Skip")
    assert newcomer.sees(newcomer.reads("Your sectors"))
    place = scrolled(newcomer)

    newcomer.press("Automotive")
    newcomer.press("Aviation")
    newcomer.reads("Chosen: Automotive; Aviation")
    assert scrolled(newcomer) == place

    newcomer.press("Done (2 chosen)")
    assert newcomer.sees(newcomer.reads("Your regions"))


def test_reading_back_is_not_disturbed_by_what_arrives(open_page: OpenPage) -> None:
    """A message that arrives while somebody reads further up is announced, not forced upon them."""
    page = open_page(viewport={"width": 900, "height": 500})
    newcomer = Newcomer(page)
    new_account(page, "Bertha")
    newcomer.ask("/threat", "The threat level now")
    newcomer.log.evaluate("log => log.scrollTo(0, 0)")
    expect(page.get_by_role("button", name="Latest messages")).to_be_visible()

    newcomer.button("How to report").dispatch_event("click")

    page.get_by_role("button", name="1 new message").wait_for()
    assert scrolled(newcomer) == 0
    page.get_by_role("button", name="1 new message").click()
    expect(page.get_by_test_id("jump")).to_be_hidden()
    assert newcomer.sees(newcomer.reads("What is it about?"))


def test_dark_and_light_are_the_systems_until_the_button_says_otherwise(open_page: OpenPage) -> None:
    """The page follows the system's theme; a choice by the button outlives a reload."""
    page = open_page(color_scheme="light")
    assert not is_dark(page)
    page.get_by_role("button", name="Dark theme").click()
    assert is_dark(page)
    page.reload()
    expect(page.get_by_role("button", name="Light theme")).to_be_visible()
    assert is_dark(page)
    page.get_by_role("button", name="Light theme").click()
    page.emulate_media(color_scheme="dark")
    assert is_dark(page), "light was the system's own choice, so the system is followed again"


def scrolled(newcomer: Newcomer) -> float:
    """Tell how far the log is scrolled."""
    return float(newcomer.log.evaluate("log => log.scrollTop"))


def is_dark(page: Page) -> bool:
    """Tell whether the page's background is dark."""
    return bool(page.evaluate("() => /rgb\\((\\d+)/.exec(getComputedStyle(document.body).backgroundColor)[1] < 128"))


def fits(page: Page) -> None:
    """See that nothing is wider than the page and no button's text is cut off."""
    wide = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter(e => e.checkVisibility() && !e.closest("svg, .visually-hidden, .skip, .banner, pre"))
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1
                || (e.matches(".inline-button, .quiet, .primary") && e.scrollWidth > e.clientWidth + 1))
            .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert wide == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
