"""How a self-test ended, as its owners read it: what was wrong with whom, and what is to be done."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from alerts.drills.judgement import Missed
from alerts.people.notices import Notice, NoticeKind
from alerts.publishing.markup import visible
from handlers.notice import notice_screen
from handlers.texts import Texts

TEXTS = Texts(ZoneInfo("Europe/London"))
DUE_AT = datetime(2026, 12, 1, 10, tzinfo=UTC)
BLOCKED = Missed(102, "Ben <Hughes>", "gone", "blocked the bot")
NAMELESS = Missed(103, "", "failed", "chat not found")


def read(kind: NoticeKind, **details: object) -> str:
    """Give a notice as its reader sees it."""
    return visible(notice_screen(TEXTS, Notice(1, 601, kind, details, DUE_AT)).html)


def failed(*missed: Missed, reached: int = 0, is_held: bool = False) -> str:
    """Give the notice of a failure."""
    listed = [one.document() for one in missed]
    return read(NoticeKind.SELF_TEST_FAILED, due_at=DUE_AT, reached=reached, is_held=is_held, missed=listed)


@pytest.mark.parametrize(
    ("owners", "seconds", "said"),
    [
        (1, 0.02, "Telegram had the message for the only owner within 1 second."),
        (3, 2.1, "Telegram had the messages for all 3 owners within 3 seconds."),
    ],
)
def test_all_was_well(owners: int, seconds: float, said: str):
    """It says for how many, within what time, and when the next one comes; switched off since, none comes."""
    about = {"owners": owners, "seconds": seconds}
    shown = read(NoticeKind.SELF_TEST_PASSED, **about, next_at=datetime(2027, 1, 1, 10, tzinfo=UTC))
    assert shown == (
        f"The self-test has passed. By the whole way of an alert {said}\n\n"
        "The next self-test comes 1 Jan 2027, 10:00 GMT."
    )
    assert "next" not in read(NoticeKind.SELF_TEST_PASSED, **about, next_at=None)


def test_one_of_several_has_blocked_the_bot():
    """Each is named with the reason, the others were reached, and nobody is sent to the server for it."""
    shown = failed(BLOCKED, NAMELESS, reached=1)
    assert shown.startswith("The self-test of 1 Dec 2026, 10:00 GMT has FAILED.\n\n")
    assert "• Ben <Hughes>: Cannot be reached any more (blocked the bot)\n" in shown
    assert "• user 103: Refused by Telegram (chat not found)\n" in shown
    assert "1 owner got it in time, so alerts get through." in shown
    assert "they have to unblock the bot" in shown
    assert "cascade check" not in shown


def test_every_owner_has_blocked_the_bot():
    """Telegram's answer shows that the way is open, and that no owner is reached."""
    shown = failed(BLOCKED)
    assert "alerts get through to others. But no owner can be reached." in shown
    assert "cascade check" not in shown


@pytest.mark.parametrize(
    ("missed", "line"),
    [
        (Missed(102, "Ben", "queued"), "• Ben: Waiting"),
        (Missed(102, "Ben", "uncertain"), "• Ben: Uncertain, no answer came"),
        (Missed(102, "Ben", "sent", seconds=61), "• Ben: Telegram had it only after 61 seconds; a minute is the most"),
        (Missed(102, "Ben", "sent"), "• Ben: sent, but Telegram’s answer was not recorded"),
        (NAMELESS, "• user 103: Refused by Telegram (chat not found)"),
    ],
)
def test_nobody_was_reached_for_a_reason_on_the_way(missed: Missed, line: str):
    """Alerts may not get through either, and the server is to be looked at now; with others reached, all the same."""
    assert f"{line}\n" in failed(missed)
    assert "Alerts may not get through either. Please have cascade check run on the server now." in failed(missed)
    if missed is not NAMELESS:
        assert "something on the way is slow or uncertain" in failed(missed, reached=2)


def test_a_hold_and_a_house_without_owners():
    """Under a hold the hold is named and nothing else is to blame; without an owner somebody has to be made one."""
    shown = failed(Missed(102, "Ben", "queued"), is_held=True)
    assert "All broadcasts are on hold, so no alert goes out either." in shown
    assert "cascade check" not in shown
    assert failed() == (
        "The self-test of 1 Dec 2026, 10:00 GMT has FAILED.\nThere is no owner whom it could be sent to. "
        "Somebody has to be made one on the server, with cascade people grant."
    )
