from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from alerts.errors import InvalidInput
from alerts.schedule.recurrence import Firing, Pattern, Recurrence, read_zone

NOW = datetime(2026, 11, 23, 22, 0, 42, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def rule(text: str, zone: str = "Europe/London", now: datetime = NOW) -> Recurrence:
    """Read a rule."""
    return Recurrence.parse(text, ZoneInfo(zone), now, stored=True)


def refusal(text: str, now: datetime = NOW) -> InvalidInput:
    """Give the refusal of a rule."""
    with pytest.raises(InvalidInput) as refused:
        Recurrence.parse(text, LONDON, now)
    return refused.value


def moment(text: str) -> datetime:
    """Read a moment in UTC, such as `2026-10-25 00:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days(text: str, start: str, count: int, zone: str = "UTC") -> list[str]:
    """Give the days of the next firings."""
    return [firing.key[:10] for firing in rule(text, zone).upcoming(moment(start), count)]


@pytest.mark.parametrize(
    ("text", "canonical", "pattern"),
    [
        ("once 2026-11-24 08:00", "once 2026-11-24 08:00", Pattern.ONCE),
        ("  ONCE  2026-11-24   8:00 ", "once 2026-11-24 08:00", Pattern.ONCE),
        ("Daily 8:00", "daily 08:00", Pattern.DAILY),
        ("weekly mon 08:00", "weekly mon 08:00", Pattern.WEEKLY),
        ("weekly Thursday , MON 08:00", "weekly mon,thu 08:00", Pattern.WEEKLY),
        ("weekly sun,sat,mon,mon 23:59", "weekly mon,sat,sun 23:59", Pattern.WEEKLY),
        ("monthly 01 08:00", "monthly 1 08:00", Pattern.MONTHLY),
        ("monthly 31 08:00", "monthly 31 08:00", Pattern.MONTHLY),
        ("Monthly LAST 00:00", "monthly last 00:00", Pattern.MONTHLY),
        ("cron 0 8 * * mon-fri", "cron 0 8 * * mon-fri", Pattern.CRON),
        ("cron 00 08 * * 1-5", "cron 0 8 * * mon-fri", Pattern.CRON),
        ("cron */15 8-18/2 * jan-mar,December *", "cron */15 8-18/2 * 1-3,12 *", Pattern.CRON),
        ("cron 0 8 * * 0", "cron 0 8 * * sun", Pattern.CRON),
        ("cron 0 8 * * 7", "cron 0 8 * * sun", Pattern.CRON),
        ("cron 0 8 * * 0-6", "cron 0 8 * * *", Pattern.CRON),
        ("cron 0 8 * * fri-sun", "cron 0 8 * * fri-sun", Pattern.CRON),
        ("cron 0 8 * * sun-tue", "cron 0 8 * * mon,tue,sun", Pattern.CRON),
        ("cron 0 8 * * mon-fri/2", "cron 0 8 * * mon,wed,fri", Pattern.CRON),
        ("cron 0 8 * * */2", "cron 0 8 * * tue,thu,sat,sun", Pattern.CRON),
        ("every 30 min", "every 30 min from 2026-11-23T22:00Z", Pattern.EVERY),
        ("every 90 minutes", "every 90 min from 2026-11-23T22:00Z", Pattern.EVERY),
        ("EVERY 2h", "every 2 h from 2026-11-23T22:00Z", Pattern.EVERY),
        ("every 120 min", "every 2 h from 2026-11-23T22:00Z", Pattern.EVERY),
        ("every 168 h from 2020-01-01t00:30z", "every 168 h from 2020-01-01T00:30Z", Pattern.EVERY),
    ],
)
def test_a_rule_is_read_and_written_in_one_form(text: str, canonical: str, pattern: Pattern):
    """A rule has one canonical text, which reads back to an equal value at any later time."""
    read = Recurrence.parse(text, LONDON, NOW)
    assert (read.rule, read.pattern, read.zone) == (canonical, pattern, LONDON)
    assert Recurrence.parse(canonical, LONDON, NOW + timedelta(days=900), stored=True) == read


@pytest.mark.parametrize(
    ("problem", "texts"),
    {
        "schedule-unreadable": [
            "",
            "hourly",
            "daily",
            "daily 8",
            "daily mon 08:00",
            "daily 08:00 daily 09:00",
            "weekly 08:00",
            "weekly mon thu 08:00",
            "weekly mon, 08:00",
            "once 08:00",
            "every",
            "every 30",
            "every 30 s",
            "every -30 min",
            "every 30 min from now",
            "every 30 min from 2026-11-23T22:00",
            "daily " + "0" * 5000,
        ],
        "schedule-time": ["daily 24:00", "weekly mon 08:60", "every 30 min from 2026-11-23T24:00Z"],
        "schedule-date": [
            "once 2027-02-29 08:00",
            "once tomorrow 08:00",
            "once 0000-01-01 08:00",
            "once 9999-12-31 23:59",
            "every 30 min from 2026-13-01T00:00Z",
            "every 30 min from 9999-12-31T23:59Z",
        ],
        "schedule-weekday": [
            "weekly mo 08:00",
            "weekly mon,,thu 08:00",
            "weekly mon-fri 08:00",
            "weekly mondays 08:00",
        ],
        "schedule-day": ["monthly 0 08:00", "monthly 32 08:00", "monthly first 08:00", "monthly -1 08:00"],
        "schedule-interval": ["every 4 min", "every 0 h", "every 10081 min", "every 169 h", "every 999999999 h"],
        "schedule-cron-fields": ["cron", "cron 0 8 * *", "cron 0 0 8 * * mon"],
        "schedule-cron": [
            "cron 60 8 * * *",
            "cron 0 24 * * *",
            "cron 0 8 0 * *",
            "cron 0 8 32 * *",
            "cron 0 8 * 13 *",
            "cron 0 8 * * 8",
            "cron */0 8 * * *",
            "cron */90 * * * *",
            "cron 5/10 * * * *",
            "cron 30-10 * * * *",
            "cron 0 8 * * sat-mon",
            "cron 0 8 * * mon-frixx",
            "cron 0 8 * janfoo *",
            "cron 0 8 last * *",
            "cron 0 8 L * *",
            "cron 0 8 ? * mon",
            "cron 0 8 * * mon#1",
            "cron 0 8 1,,2 * *",
            "cron mon 8 * * *",
        ],
        "schedule-cron-days": ["cron 0 8 1 * mon", "cron 0 8 13 * 5", "cron 0 8 */2 * */2", "cron 0 8 1-31 * 0-6"],
        "schedule-never": ["cron 0 8 31 2 *", "cron 0 8 30,31 feb *", "cron 0 8 31 2,4,6,9,11 *"],
        "schedule-past": ["once 2026-11-23 22:00", "once 2026-11-22 23:00", "once 1970-01-01 00:00"],
    }.items(),
)
def test_what_cannot_be_used_is_refused(problem: str, texts: list[str]):
    """Each kind of mistake in a rule has its own problem, and no mistake raises anything else."""
    assert {text: refusal(text).problem for text in texts} == dict.fromkeys(texts, problem)


def test_a_refusal_says_what_to_write():
    """The sentences name the field, the bounds, or an example, and repeat nothing that was typed."""
    assert str(refusal("nonsense")).startswith("that is no schedule: write it like once 2026-11-24 08:00, daily 08:00")
    field = refusal("cron 0 8 * * nonsense")
    assert field.details == {"field": "day of the week"}
    assert str(field).endswith("day of the week cannot be read: it goes from 0 to 7, or sun to sat")
    assert refusal("every 1 min").details == {"minutes": 5, "hours": 168}
    assert refusal("cron 0 8 * *").details == {"count": 4}


def test_a_passed_moment_is_read_back_from_the_store():
    """A `once` of the past is refused when new, and read when stored; then it has no firing left."""
    stored = Recurrence.parse("once 2026-11-23 21:00", LONDON, NOW, stored=True)
    assert stored.after(NOW) is None
    assert stored.upcoming(NOW - timedelta(days=9)) == (Firing("2026-11-23T21:00", moment("2026-11-23 21:00")),)
    assert refusal("once 2026-11-23 21:00").problem == "schedule-past"


@pytest.mark.parametrize("text", ["daily 08:00", "cron 0 8 * * *", "every 24 h from 2026-11-22T08:00Z"])
def test_nothing_fires_after_the_end(text: str):
    """The last firing may be at the end itself; a minute less and it is gone."""
    end = moment("2026-11-25 08:00")
    assert [firing.at for firing in rule(text).upcoming(NOW, 9, until=end)] == [end - timedelta(days=1), end]
    assert rule(text).after(end - timedelta(days=1), until=end - timedelta(minutes=1)) is None


def test_a_firing_is_strictly_later_than_the_moment():
    """At the moment of a firing the next one is a day off; a microsecond earlier it is due."""
    daily, due = rule("daily 08:00"), moment("2026-11-24 08:00")
    assert daily.after(due - timedelta(microseconds=1)) == Firing("2026-11-24T08:00", due)
    assert daily.after(due) == Firing("2026-11-25T08:00", due + timedelta(days=1))
    assert daily.upcoming(due, 0) == ()


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("monthly 29 08:00", "2027-01-30", ["2027-02-28", "2027-03-29", "2027-04-29"]),
        ("monthly 30 08:00", "2027-01-31", ["2027-02-28", "2027-03-30", "2027-04-30"]),
        ("monthly 31 08:00", "2027-01-31 09:00", ["2027-02-28", "2027-03-31", "2027-04-30"]),
        ("monthly last 08:00", "2027-01-31 09:00", ["2027-02-28", "2027-03-31", "2027-04-30"]),
        ("monthly 29 08:00", "2028-01-30", ["2028-02-29", "2028-03-29", "2028-04-29"]),
        ("monthly 30 08:00", "2028-01-31", ["2028-02-29", "2028-03-30", "2028-04-30"]),
        ("monthly 31 08:00", "2028-01-31 09:00", ["2028-02-29", "2028-03-31", "2028-04-30"]),
        ("monthly last 08:00", "2028-01-31 09:00", ["2028-02-29", "2028-03-31", "2028-04-30"]),
        ("monthly 29 08:00", "2100-01-30", ["2100-02-28", "2100-03-29", "2100-04-29"]),
        ("monthly 31 08:00", "2100-01-31 09:00", ["2100-02-28", "2100-03-31", "2100-04-30"]),
        ("monthly last 08:00", "2100-01-31 09:00", ["2100-02-28", "2100-03-31", "2100-04-30"]),
        ("monthly 1 08:00", "2026-12-01 08:00", ["2027-01-01", "2027-02-01", "2027-03-01"]),
        ("cron 0 8 29 2 *", "2026-01-01", ["2028-02-29", "2032-02-29", "2036-02-29"]),
        ("cron 0 8 29 2 *", "2096-03-01", ["2104-02-29", "2108-02-29", "2112-02-29"]),
        ("cron 0 8 31 * *", "2027-01-31 09:00", ["2027-03-31", "2027-05-31", "2027-07-31"]),
    ],
)
def test_months_end_where_they_end(text: str, start: str, expected: list[str]):
    """A monthly rule uses the last day of a month that is too short; cron passes over it, as crontab does."""
    assert days(text, start, 3) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("weekly mon 08:00", "2026-11-30 2026-12-07 2026-12-14"),
        ("weekly tue,sun 08:00", "2026-11-24 2026-11-29 2026-12-01 2026-12-06"),
        ("cron 0 8 * * 0", "2026-11-29 2026-12-06 2026-12-13"),
        ("cron 0 8 * * 7", "2026-11-29 2026-12-06 2026-12-13"),
        ("cron 0 8 * * 1", "2026-11-30 2026-12-07 2026-12-14"),
        ("cron 0 8 * * 6", "2026-11-28 2026-12-05 2026-12-12"),
        ("cron 0 8 * * 1-5", "2026-11-24 2026-11-25 2026-11-26 2026-11-27 2026-11-30 2026-12-01"),
        ("cron 0 8 * * 5-7", "2026-11-27 2026-11-28 2026-11-29 2026-12-04"),
        ("cron 0 8 * * */2", "2026-11-24 2026-11-26 2026-11-28 2026-11-29 2026-12-01"),
        ("cron 0 8 * * mon-fri/2", "2026-11-25 2026-11-27 2026-11-30 2026-12-02"),
        ("cron 0 8 1,15 * *", "2026-12-01 2026-12-15 2027-01-01"),
        ("cron 0 8 */10 12 *", "2026-12-01 2026-12-11 2026-12-21 2026-12-31 2027-12-01"),
    ],
)
def test_days_are_those_of_the_calendar(text: str, expected: str):
    """The days are those that a calendar for the end of 2026 shows, with crontab's figures for the weekdays."""
    assert days(text, "2026-11-23 22:00", len(expected.split())) == expected.split()


def test_cron_follows_the_clock_through_a_day():
    """Several hours with a step between them are those that one would write down by hand."""
    firings = rule("cron */20 8-12/2,23 24 11 *", "UTC").upcoming(NOW, 12)
    assert [firing.key for firing in firings] == [
        f"2026-11-24T{hour:02}:{minute:02}" for hour in (8, 10, 12, 23) for minute in (0, 20, 40)
    ]


def test_an_interval_counts_from_its_anchor():
    """The first firing is one interval after the minute of adding, and each later one follows by UTC."""
    interval = Recurrence.parse("every 90 min", LONDON, NOW)
    assert interval.after(NOW) == Firing("2026-11-23T23:30Z", moment("2026-11-23 23:30"))
    assert interval.after(NOW - timedelta(days=3)) == Firing("2026-11-23T23:30Z", moment("2026-11-23 23:30"))
    assert interval.after(moment("2026-11-23 23:30")) == Firing("2026-11-24T01:00Z", moment("2026-11-24 01:00"))


def test_an_interval_does_not_heed_the_clocks():
    """Through the hour that London repeats an interval goes on with the same step."""
    firings = rule("every 30 min from 2026-10-25T00:00Z").upcoming(moment("2026-10-25 00:00"), 6)
    assert {later.at - earlier.at for earlier, later in pairwise(firings)} == {timedelta(minutes=30)}
    assert [firing.key for firing in firings][:2] == ["2026-10-25T00:30Z", "2026-10-25T01:00Z"]


def test_a_zone_is_found_by_its_name():
    """Letter case and spaces do not matter; what is no place is no zone."""
    assert read_zone("Europe/London") is LONDON
    assert read_zone(" america/new york ") == ZoneInfo("America/New_York")
    assert read_zone("utc") == ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Europe/Londn", "Europe/London"),
        ("kathmandu", "Asia/Kathmandu"),
        ("New York", "America/New_York"),
        ("Rome", "Europe/Rome"),
        ("../../etc/passwd", ""),
        ("localtime", ""),
        ("", "Europe/London"),
        ("x" * 100_000, "Europe/London"),
    ],
)
def test_an_unknown_zone_is_refused_with_near_ones(name: str, near: str):
    """The refusal names up to three zones that look like what was asked, or an example, and nothing that was typed."""
    with pytest.raises(InvalidInput) as refused:
        read_zone(name)
    assert refused.value.problem == "zone-unknown"
    named = str(refused.value.details["near"]).split(", ")
    assert len(named) <= 3
    assert all(ZoneInfo(zone) for zone in named)
    assert near in ("", *named)
    assert str(refused.value) == f"there is no such time zone; write one such as {', '.join(named)}"


def test_a_stored_rule_may_be_longer_than_a_typed_one():
    """A rule that fits as it was typed is read back from the store although its canonical text is longer."""
    minutes = ",".join(map(str, range(60)))
    typed = f"cron {minutes} 8,10,12,14 * * 0,2,4,6"
    read = Recurrence.parse(typed, LONDON, NOW)
    assert len(typed) <= 200 < len(read.rule)
    assert Recurrence.parse(read.rule, LONDON, NOW, stored=True) == read
    assert refusal(read.rule).problem == "schedule-unreadable"
