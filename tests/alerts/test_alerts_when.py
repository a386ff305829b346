from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from support.clock import START
from support.schedules import LONDON, utc

from alerts.errors import InvalidInput
from alerts.schedule.when import read_end, read_when


def last_moment(text: str) -> datetime:
    """Give the last moment before one in UTC."""
    return utc(text) - datetime.resolution


@pytest.mark.parametrize(
    ("text", "rule", "zone", "ends_at"),
    [
        ("daily 08:00", "daily 08:00", "Europe/London", None),
        ("  Daily  08:00  ", "daily 08:00", "Europe/London", None),
        ("daily 08:00 Europe/Paris", "daily 08:00", "Europe/Paris", None),
        ("daily 08:00 europe/paris ", "daily 08:00", "Europe/Paris", None),
        ("daily 08:00 UTC", "daily 08:00", "UTC", None),
        ("daily 08:00 utc", "daily 08:00", "UTC", None),
        ("daily 08:00 Etc/GMT-5", "daily 08:00", "Etc/GMT-5", None),
        ("daily 08:00 America/Argentina/La_Rioja", "daily 08:00", "America/Argentina/La_Rioja", None),
        ("daily 08:00 until 2026-12-24", "daily 08:00", "Europe/London", last_moment("2026-12-25 00:00")),
        ("daily 08:00 UNTIL 2026-12-24 18:00", "daily 08:00", "Europe/London", utc("2026-12-24 18:00")),
        (
            "weekly mon 09:30 Europe/Paris until 2026-12-24",
            "weekly mon 09:30",
            "Europe/Paris",
            last_moment("2026-12-24 23:00"),
        ),
        ("cron */5 8 * * mon-fri Asia/Tokyo", "cron */5 8 * * mon-fri", "Asia/Tokyo", None),
        ("cron 0 8 * * */2", "cron 0 8 * * tue,thu,sat,sun", "Europe/London", None),
        ("every 2 h until 2026-12-24 18:00", "every 2 h from 2026-11-23T12:00Z", "Europe/London", None),
    ],
)
def test_a_line_has_a_rule_and_behind_it_a_zone_and_an_end(text: str, rule: str, zone: str, ends_at: datetime | None):
    """Zone and end may each be left out, letter case and spaces do not matter, and the end is the zone's."""
    when = read_when(text, LONDON, START)
    assert (when.recurrence.rule, when.recurrence.zone.key) == (rule, zone)
    assert when.ends_at == (utc("2026-12-24 18:00") if rule.startswith("every") else ends_at)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "schedule-unreadable"),
        ("until 2026-12-24", "schedule-unreadable"),
        ("Europe/Paris", "schedule-unreadable"),
        ("daily 08:00 Europe/Pariss", "zone-unknown"),
        ("daily 08:00 until Christmas", "schedule-end"),
        ("daily 08:00 until 2026-02-30", "schedule-end"),
        ("daily 08:00 until 2026-12-24 Europe/Paris", "schedule-end"),
        ("daily 08:00 until 2026-12-24 25:00", "schedule-end"),
        ("daily 08:00 Asia/Tokyo until 0001-01-01 00:00", "schedule-end"),
        ("daily 08:00 America/New_York until 9999-12-31", "schedule-end"),
        ("once 2026-11-23 12:00", "schedule-past"),
    ],
)
def test_a_line_that_cannot_be_read_says_which_part(text: str, problem: str):
    """Rule, zone and end each have their own refusal, and no moment is too far away for one."""
    with pytest.raises(InvalidInput) as refused:
        read_when(text, LONDON, START)
    assert refused.value.problem == problem


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-06-30", "Europe/London", last_moment("2026-06-30 23:00")),
        ("2026-03-29", "Europe/London", last_moment("2026-03-29 23:00")),
        ("2026-10-25", "Europe/London", last_moment("2026-10-26 00:00")),
        ("2026-10-25 01:30", "Europe/London", utc("2026-10-25 01:30")),
        ("2026-04-04", "America/Santiago", last_moment("2026-04-05 04:00")),
        ("2026-12-24 18:00+05:00", "Europe/London", utc("2026-12-24 13:00")),
    ],
)
def test_a_day_counts_to_its_end(text: str, zone: str, expected: datetime):
    """A day ends with its last moment on the zone's clock, which of a repeated hour is the second."""
    end = read_end(text, ZoneInfo(zone))
    assert (end, end.tzinfo) == (expected, UTC)
