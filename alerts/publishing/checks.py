"""What an alert's parts must be like, checked at composing so that Telegram never has to refuse them."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.errors import InvalidInput
from alerts.publishing.markup import FormattedText
from alerts.text import check_length

HEADLINE_LIMIT = 120
"""UTF-16 units of a headline: it must be read at a glance in a notification."""

BODY_LIMIT = 12_000
"""UTF-16 units of a body: four messages of a phone's screens; more belongs into a document."""

LONGEST_LIFE = timedelta(days=30)
_SPAN = re.compile(r"^\s*(\d{1,4})\s*(m|min|minutes?|h|hours?|d|days?)\s*$", re.IGNORECASE)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def check_headline(text: str) -> str:
    """Give the headline as one line.

    Raises:
        InvalidInput: it is empty or too long.
    """
    headline = " ".join(text.split())
    if not headline:
        raise InvalidInput("headline-empty", "the headline is empty")
    check_length(headline, HEADLINE_LIMIT, "headline-too-long", "the headline")
    return headline


def check_body(text: FormattedText) -> str:
    """Give the body's canonical HTML.

    Raises:
        InvalidInput: it is empty or too long.
    """
    if not text.plain.strip():
        raise InvalidInput("body-empty", "the text is empty")
    check_length(text.plain, BODY_LIMIT, "body-too-long", "the text")
    return text.html


def read_expiry(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read when an alert ends: a span such as `6h`, `90 min`, `2 days`, or a moment such as `2026-11-24 18:00`.

    A moment without an offset is in the given zone. In the hour that the clocks skip or repeat the later reading
    is taken, so that an alert never ends before its author meant it to.

    Raises:
        InvalidInput: it cannot be read, lies in the past, or too far ahead.
    """
    moment = _read_moment(text, now, zone)
    if moment is None:
        raise InvalidInput("expiry-unreadable", f"'{text.strip()[:40]}' is no expiry: write 6h, 2d or 2026-11-24 18:00")
    return check_expiry(moment, now)


def read_send_at(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read when an alert is to go out, in the same words as an expiry; a repeated hour means its later reading.

    Raises:
        InvalidInput: it cannot be read, lies in the past, or too far ahead.
    """
    moment = _read_moment(text, now, zone)
    if moment is None:
        raise InvalidInput("send-at-unreadable", f"'{text.strip()[:40]}' is no time: write 2h or 2026-11-24 18:00")
    return check_send_at(moment, now)


def check_send_at(moment: datetime, now: datetime) -> datetime:
    """Give the moment at which an alert is to go out back when it can be used now.

    Raises:
        InvalidInput: it lies in the past, or too far ahead.
    """
    if moment <= now:
        raise InvalidInput("send-at-past", "the time to go out lies in the past")
    if moment - now > LONGEST_LIFE:
        raise InvalidInput("send-at-far", f"an alert waits {LONGEST_LIFE.days} days at most", days=LONGEST_LIFE.days)
    return moment


def _read_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Read a span from now or a moment, None for what is neither."""
    if span := _SPAN.match(text):
        return now + int(span[1]) * _UNITS[span[2][0].lower()]
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = max(moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def check_expiry(moment: datetime, now: datetime) -> datetime:
    """Give the expiry back when it can be used now.

    Raises:
        InvalidInput: it lies in the past, or too far ahead.
    """
    if moment <= now:
        raise InvalidInput("expiry-past", "the expiry lies in the past")
    if moment - now > LONGEST_LIFE:
        raise InvalidInput("expiry-far", f"an alert lives {LONGEST_LIFE.days} days at most", days=LONGEST_LIFE.days)
    return moment
