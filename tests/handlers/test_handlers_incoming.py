"""The words around what comes from outside: whose it is, that nobody has checked it, and where it leads."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.people.notices import Notice, NoticeKind
from alerts.publishing.feeds import SOURCES
from handlers.incoming_words import IncomingWording, source_name
from handlers.notice import notice_screen
from handlers.screen import Screen
from handlers.texts import Texts

TEXTS = Texts(ZoneInfo("Europe/London"))
MOMENT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ONE = {"number": 1, "item": 7, "headline": "A < B", "source": "ctp", "is_test": False, "is_edited": False}


def told(kind: NoticeKind, **details: Any) -> Screen:
    """Give a notice as it is sent."""
    return notice_screen(TEXTS, Notice(1, 13, kind, details, MOMENT))


def test_a_notice_of_one_item_leads_to_it():
    """Source and headline, that nobody has checked it, and a button to the item."""
    screen = told(NoticeKind.INCOMING, **ONE)
    assert screen.html == (
        "<b>This has come in from Counter Terrorism Policing:</b>\nA &lt; B\n\n"
        "Nobody has checked it, and nobody receives it unless an officer sends it. /drafts shows what waits."
    )
    assert [[(button.label, button.data) for button in row] for row in screen.rows] == [[("Look at it", "dra:item:7")]]


def test_a_notice_of_several_leads_to_the_list():
    """The number, and one of them by its headline."""
    screen = told(NoticeKind.INCOMING, **(ONE | {"number": 20, "source": "cap:met-office"}))
    assert screen.html.startswith("<b>20 items have come in and wait.</b> Among them, from cap:met-office:\nA &lt; B")
    assert screen.rows[0][0].data == "dra:list:0"


def test_tests_and_editions_are_said_in_words():
    """A test and a changed text are named as such."""
    screen = told(NoticeKind.INCOMING, **(ONE | {"is_test": True, "is_edited": True}))
    assert "\n\n<b>Marked as a test.</b>\n\nIts text has changed since it first came in.\n\n" in screen.html


@pytest.mark.parametrize(
    ("problem", "details", "sentence"),
    [
        ("fetch-status", {"status": 503}, "the server answered with status 503."),
        ("fetch-timeout", {"seconds": "20"}, "no whole answer came within 20 seconds."),
        ("news-many", {"number": 90, "limit": 60}, "the feed has 90 entries; 60 are the most."),
        ("news-format", {"format": "RSS"}, "the answer was no RSS feed."),
        ("news-nameless", {}, "an entry of the feed has no id and no link."),
    ],
)
def test_owners_read_why_a_feed_fails(problem: str, details: dict[str, object], sentence: str):
    """Which source, since when, why, and what that means for the officers."""
    screen = told(NoticeKind.FEED_FAILS, source="govuk-alerts", since_at=MOMENT, problem=problem, details=details)
    assert screen.html == (
        "<b>GOV.UK Emergency Alerts cannot be read</b> since 23 Nov 2026, 12:00 GMT.\n"
        f"Reason: {sentence}\n\n"
        "Nothing from there reaches your officers meanwhile. I go on trying, and tell you when it works again."
    )


def test_owners_read_that_a_feed_works_again():
    """Which source, and since when it had failed."""
    assert told(NoticeKind.FEED_RECOVERED, source="ctp", since_at=MOMENT).html == (
        "<b>Counter Terrorism Policing can be read again.</b> It could not be from 23 Nov 2026, 12:00 GMT on."
    )


def test_an_officer_reads_what_was_withdrawn():
    """What was withdrawn, what was made of it, and that nothing was done to that."""
    html = told(NoticeKind.INCOMING_WITHDRAWN, source="ctp", headline="A < B", reference="C-2026-0007").html
    assert "Counter Terrorism Policing has withdrawn this:</b>\nA &lt; B" in html
    assert "You made C-2026-0007 of it." in html


def test_every_source_has_a_name_for_people():
    """The sources of the settings are named in the catalogue; any other goes by its code."""
    assert all(source_name(TEXTS, code) != code for code in SOURCES)
    assert source_name(TEXTS, "cap:met-office") == "cap:met-office"


def test_what_a_draft_gets_beside_the_words_from_outside():
    """The note of a cut and the line of the source, each with the link where there is one; the mark of a test."""
    wording = IncomingWording(TEXTS)
    assert wording.cut("https://x.org/?a=1&b=2") == "[Cut here: the whole text is at https://x.org/?a=1&amp;b=2]"
    assert wording.cut(None) == "[Cut here: the text that was received is longer than an alert can be.]"
    assert wording.source("ctp", "https://x.org/") == "Source: Counter Terrorism Policing, https://x.org/"
    assert wording.source("ctp", None) == "Source: Counter Terrorism Policing"
    assert wording.test("Flood") == "TEST: Flood"
