"""Inline mode and pictures on the page."""

import re

import pytest
from browser_newcomer import Newcomer, OpenPage
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_card_is_chosen_by_keyboard_and_posted_by_way_of_the_bot(open_page: OpenPage) -> None:
    """'@bot words' lists what the bot offers; arrow and Enter post the card, which names the bot; Escape leaves."""
    page = open_page()
    newcomer = Newcomer(page)
    newcomer.act_as("Amira Khan")
    username = page.request.get(page.url.partition("#")[0] + "client/bots").json()["bots"][0]["username"]
    newcomer.composer.press_sequentially(f"@{username} ")
    options = page.get_by_role("option")
    expect(options).to_have_count(4)
    expect(options.nth(1)).to_contain_text("UK national: SEVERE")
    newcomer.composer.press("Escape")
    expect(options).to_have_count(0)
    newcomer.composer.press_sequentially("northern")
    expect(options).to_have_count(2)
    newcomer.composer.press("ArrowDown")
    newcomer.composer.press("ArrowDown")
    newcomer.composer.press("Enter")
    posted = newcomer.reads("Northern Ireland threat level")
    expect(posted.get_by_test_id("via")).to_have_text("via Cascade")
    expect(newcomer.composer).to_have_value("")


def test_the_level_and_the_history_are_pictures_with_words_for_a_screen_reader(open_page: OpenPage) -> None:
    """/threat and /history show a picture; what reads the page aloud gets the whole answer as its name."""
    page = open_page(viewport={"width": 360, "height": 740})
    newcomer = Newcomer(page)
    newcomer.act_as("Amira Khan")
    answer = newcomer.ask("/threat", "SEVERE (level 4 of 5)")
    expect(answer.get_by_test_id("picture")).to_have_attribute("alt", re.compile("UK national threat level\nSEVERE"))
    answer = newcomer.ask("/history", "How the threat levels have changed")
    expect(answer.get_by_test_id("picture")).to_be_visible()
    source = answer.get_by_test_id("picture").get_attribute("src")
    newcomer.press("Older ›")
    expect(newcomer.reads("How the threat levels have changed").get_by_test_id("picture")).to_have_attribute(
        "src", source or "none"
    )
