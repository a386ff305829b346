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
    if span := _SPAN.match(text):
        moment = now + int(span[1]) * _UNITS[span[2][0].lower()]
    else:
        try:
            moment = datetime.fromisoformat(text.strip())
            if moment.tzinfo is None:
                moment = max(moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
            moment = moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise InvalidInput(
                "expiry-unreadable", f"'{text.strip()[:40]}' is no expiry: write 6h, 2d or 2026-11-24 18:00"
            ) from None
    return check_expiry(moment, now)


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
