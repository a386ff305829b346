"""When a schedule fires, as an officer writes it in one line: the rule, and behind it a zone and an end if wanted."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from alerts.errors import InvalidInput
from alerts.schedule.recurrence import Recurrence, read_zone

_END = re.compile(r"\s+until\s+(.+)$", re.IGNORECASE)
_ZONE = re.compile(r"\s+([a-z_]+/[a-z][a-z0-9_/+-]*|utc)\s*$", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class When:
    """When something fires, and after which moment nothing does."""

    recurrence: Recurrence
    ends_at: datetime | None


def read_when(text: str, zone: ZoneInfo, now: datetime) -> When:
    """Read a line such as `daily 08:00`, `daily 08:00 Europe/Paris`, `weekly mon 09:30 until 2026-12-24`.

    Raises:
        InvalidInput: it cannot be read, never fires, or names no zone that there is.
    """
    end = _END.search(text)
    rule = text[: end.start()] if end else text
    if named := _ZONE.search(rule):
        zone, rule = read_zone(named[1]), rule[: named.start()]
    return When(Recurrence.parse(rule, zone, now), read_end(end[1], zone) if end else None)


def read_end(text: str, zone: ZoneInfo) -> datetime:
    """Read the end of a schedule: a day, which counts to its last minute, or a moment such as `2026-12-24 18:00`.

    Raises:
        InvalidInput: it is neither.
    """
    text = text.strip()
    try:
        try:
            # In an hour that the clocks repeat, the last minute of a day is the second of its kind.
            moment = datetime.combine(date.fromisoformat(text), time.max, zone).replace(fold=1)
        except ValueError:
            moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone, fold=1)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput("schedule-end", "write the end as 2026-12-24 or 2026-12-24 18:00") from None
