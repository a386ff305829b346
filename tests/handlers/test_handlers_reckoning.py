"""The sentences of a report, read as people read them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.delivery.hold import Hold
from alerts.delivery.recipients import Recipient
from alerts.delivery.report import DeliveryReport, Waits
from alerts.delivery.states import DeliveryState
from alerts.paging import Window
from alerts.publishing.alert import Alert, AlertKind, AlertStatus, Severity
from alerts.publishing.reports import LiveReport, Unreached
from alerts.publishing.succession import Copied
from alerts.text import utf16_length
from handlers.choices import PAGE_SIZE
from handlers.reckoning import count_lines, reason_lines, span, speed_lines, time_left, unreached_lines
from handlers.texts import Texts

TEXTS = Texts(ZoneInfo("Europe/London"))
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ALERT = Alert(
    id=1,
    reference="C-2026-0001",
    kind=AlertKind.ADHOC,
    status=AlertStatus.SENDING,
    severity=Severity.ADVISORY,
    headline="East gate",
    body="Police are there.",
    sectors=(),
    regions=(),
    expires_at=NOON + timedelta(hours=6),
    author=None,
    origin="command line",
    revision=1,
    created_at=NOON,
    sending_at=NOON,
    finished_at=None,
    progress_message_id=None,
    reported_at=None,
)
TELEGRAM_LIMIT = 4096


def counted(**numbers: int) -> DeliveryReport:
    """Make a report with so many rows in these states."""
    counts = dict.fromkeys(DeliveryState, 0) | {DeliveryState(state): number for state, number in numbers.items()}
    return DeliveryReport(sum(counts.values()), counts, 0, None, None, {})


def live(**changes: Any) -> LiveReport:
    """Make a look at an alert that is being sent, with changes to it."""
    nothing_known = LiveReport(
        copied=Copied(ALERT, ALERT),
        counted=counted(queued=5, retry=2),
        hold=None,
        seconds_left=None,
        retries_until=None,
        is_stalled=False,
        expires_first=False,
    )
    return replace(nothing_known, **changes)


def test_counts_say_what_they_add_up_to() -> None:
    """States without rows are left out, numbers have their groups, and with one state there is no sum to tell."""
    assert count_lines(TEXTS, counted(sent=12_000, gone=345)) == (
        "Sent: <b>12,000</b>\nCannot be reached any more: <b>345</b>\nRecipients: <b>12,345</b>"
    )
    assert count_lines(TEXTS, counted(sent=12_000)) == "Sent: <b>12,000</b>"


def test_reasons_stand_with_the_commonest_first() -> None:
    """Five are named and the others counted; what is tried again, or waits, is no reason yet."""
    reasons = {(DeliveryState.FAILED, f"<reason {number}>"): number for number in range(1, 8)}
    waiting = {(DeliveryState.RETRY, "busy"): 99, (DeliveryState.LEASED, "busy"): 98}
    report = replace(counted(failed=28), reasons=reasons | waiting)
    listed = [f"• &lt;reason {number}&gt;: {number}" for number in (7, 6, 5, 4, 3)]
    assert reason_lines(TEXTS, report).splitlines() == [*listed, "• and 2 more reasons"]


def test_the_speed_of_a_large_alert() -> None:
    """First and last in the reader's zone, whole numbers for the rate, and both spans."""
    report = replace(counted(sent=3600), first_sent_at=NOON, last_sent_at=NOON + timedelta(seconds=120))
    assert speed_lines(TEXTS, report, Waits(61.2, 119.5)).splitlines() == [
        "First sent: 24 Nov 2026, 12:00 GMT",
        "Last sent: 24 Nov 2026, 12:02 GMT",
        "Recipients a second in between: 30",
        "Telegram had half of them within 62 seconds of the confirmation, and 99 in 100 within 2 minutes.",
    ]


def test_the_speed_of_a_small_alert() -> None:
    """A few in one minute: one moment, no rate, and all of them in place of 99 in 100."""
    report = replace(counted(sent=3, gone=1), first_sent_at=NOON, last_sent_at=NOON + timedelta(seconds=9))
    assert speed_lines(TEXTS, report, Waits(0.2, 9.0)).splitlines() == [
        "First and last sent: 24 Nov 2026, 12:00 GMT",
        "Telegram had half of them within 1 second of the confirmation, and all that were sent within 9 seconds.",
    ]
    alike = speed_lines(TEXTS, report, Waits(0.2, 0.9))
    assert alike.endswith("\nTelegram had what was sent within 1 second of the confirmation.")


def test_a_rate_has_the_digits_that_mean_something() -> None:
    """Below ten one digit after the point, above it none, and one that rounds to nothing is not told."""
    for seconds, line in ((5, "1,000"), (1000, "5.0"), (40_000, "0.1"), (10_000_000, None)):
        report = replace(counted(sent=5000), first_sent_at=NOON, last_sent_at=NOON + timedelta(seconds=seconds))
        rates = [row for row in speed_lines(TEXTS, report, Waits()).splitlines() if "in between" in row]
        assert rates == ([f"Recipients a second in between: {line}"] if line else [])


def test_where_nothing_was_sent_there_is_no_speed() -> None:
    """An alert that reached nobody has no line about it."""
    assert speed_lines(TEXTS, counted(gone=3), Waits()) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (1.01, "2 seconds"),
        (119, "119 seconds"),
        (119.5, "2 minutes"),
        (121, "3 minutes"),
        (7199, "120 minutes"),
        (7201, "3 hours"),
        (9_000_000, "2,500 hours"),
    ],
)
def test_a_span_is_never_said_too_short(seconds: float, words: str) -> None:
    """Spans are rounded up to seconds, minutes or hours."""
    assert span(TEXTS, seconds) == words


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (live(), ""),
        (live(hold=Hold(None, NOON, "", "", NOON)), ""),
        (live(seconds_left=59.9), "Less than a minute left."),
        (live(seconds_left=150), "About 3 minutes left."),
        (live(seconds_left=60), "About 1 minute left."),
        (live(seconds_left=90_000), "About 25 hours left."),
        (live(seconds_left=9e4, expires_first=True), "24 Nov 2026, 18:00 GMT."),
        (live(is_stalled=True), "Nothing has gone out in the last half minute. The rest waits and is not lost."),
        (live(seconds_left=3, retries_until=NOON), "2 recipients wait to be tried again, the last until 24 Nov 2026"),
    ],
)
def test_the_time_left_is_told_only_where_it_is_known(look: LiveReport, words: str) -> None:
    """Nothing without evidence; a wait, a stall and an expiry that comes first are told in its place."""
    line = time_left(TEXTS, look)
    assert words in line
    assert bool(line) == bool(words)


def test_what_is_waited_for_is_told_with_its_reason() -> None:
    """One recipient alone is told in the singular, and the reason is escaped."""
    report = replace(counted(retry=1), reasons={(DeliveryState.RETRY, "the <server> answered 502"): 1})
    assert time_left(TEXTS, live(counted=report, retries_until=NOON)) == (
        "1 recipient waits to be tried again, until 24 Nov 2026, 12:00 GMT. The reason: the &lt;server&gt; answered 502"
    )


def test_names_are_escaped_and_a_page_fits_into_one_message() -> None:
    """The longest names and reasons of a page stay under Telegram's limit; without a name the chat is told."""
    longest = Recipient(1, "private", "<" * 80, "&" * 80, DeliveryState.UNCERTAIN, "é" * 500, NOON, 1)
    unnamed = Recipient(1002, "private", "", "", DeliveryState.QUEUED, "", NOON, 0)
    page = Unreached(
        Copied(ALERT, ALERT), 12_345, Window(0, 1_234, PAGE_SIZE), (*(longest,) * (PAGE_SIZE - 1), unnamed)
    )
    words = unreached_lines(TEXTS, page)
    assert words.startswith("<b>C-2026-0001: 1,234 of 12,345 not reached</b>\n\n• &lt;&lt;")
    assert words.endswith("\n• chat 1002: Waiting")
    assert utf16_length(words.replace("&lt;", "<").replace("&amp;", "&")) < TELEGRAM_LIMIT
    nobody = replace(page, window=Window(0, 0, PAGE_SIZE), listed=())
    assert unreached_lines(TEXTS, nobody) == "<b>C-2026-0001:</b> everybody was reached."
