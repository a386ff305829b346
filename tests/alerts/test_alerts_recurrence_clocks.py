import calendar
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.schedule.recurrence import Firing, Recurrence

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ZONES = {
    "Europe/London": 2026,
    "America/New_York": 2026,
    "Australia/Lord_Howe": 2026,
    "Asia/Kathmandu": 2026,
    "Pacific/Apia": 2011,
    "Pacific/Chatham": 2026,
    "America/St_Johns": 2010,
    "Africa/Casablanca": 2026,
    "Asia/Tehran": 2021,
    "America/Santiago": 2026,
    "Asia/Kolkata": 2026,
    "Antarctica/Troll": 2026,
    "America/Nuuk": 2024,
    "Africa/Cairo": 2026,
}
"""Zones, and the first of the two years that are looked at."""

NOWHERE = {"Pacific/Apia": "2011-12-30"}
"""Days that a zone left out."""


def rule(text: str, zone: str = "Europe/London") -> Recurrence:
    """Read a rule."""
    return Recurrence.parse(text, ZoneInfo(zone), datetime(2026, 1, 1, tzinfo=UTC), stored=True)


def moment(text: str) -> datetime:
    """Read a moment in UTC, such as `2026-10-25 00:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def seen(recurrence: Recurrence, start: str, end: str) -> dict[str, str]:
    """Give the keys of the firings after the start, up to and with the end, each with its moment in UTC."""
    firings = recurrence.upcoming(moment(start), 10_000, until=moment(end))
    found = {firing.key: f"{firing.at:%m-%d %H:%M}" for firing in firings}
    assert len(found) == len(firings)
    return found


def values(text: str, least: int, most: int) -> set[int]:
    """Read a field of a cron expression without looking at how the product does it."""
    found: set[int] = set()
    for term in text.split(","):
        span, _, step = term.partition("/")
        low, _, high = (f"{least}-{most}" if span == "*" else span).partition("-")
        found |= set(range(int(low), int(high or low) + 1, int(step or 1)))
    return found


def test_a_repeated_time_fires_once_at_its_first_occurrence():
    """London's 01:30 of 25 October 2026 comes twice, and daily 01:30 fires at the first."""
    assert seen(rule("daily 01:30"), "2026-10-24 00:00", "2026-10-27 00:00") == {
        "2026-10-24T01:30": "10-24 00:30",
        "2026-10-25T01:30": "10-25 00:30",
        "2026-10-26T01:30": "10-26 01:30",
    }


def test_a_skipped_time_fires_once_later_by_the_gap():
    """London's 01:30 of 29 March 2026 does not come, and daily 01:30 fires at 02:30 under its own key."""
    assert seen(rule("daily 01:30"), "2026-03-28 00:00", "2026-03-31 00:00") == {
        "2026-03-28T01:30": "03-28 01:30",
        "2026-03-29T01:30": "03-29 01:30",
        "2026-03-30T01:30": "03-30 00:30",
    }


@pytest.mark.parametrize("at", ["2026-10-25 00:30", "2026-10-25 00:59", "2026-10-25 01:00", "2026-10-25 01:30"])
def test_the_second_occurrence_fires_nothing(at: str):
    """Asked at any moment from the first occurrence to the second, the next firing is that of the day after."""
    assert rule("daily 01:30").after(moment(at)) == Firing("2026-10-26T01:30", moment("2026-10-26 01:30"))


def test_a_moment_at_the_gap_has_the_skipped_time_before_it():
    """At the change itself the skipped time is still to come, and half an hour later it has been."""
    daily, shifted = rule("daily 01:30"), moment("2026-03-29 01:30")
    for before in ("2026-03-29 00:59", "2026-03-29 01:00", "2026-03-29 01:29"):
        assert daily.after(moment(before)) == Firing("2026-03-29T01:30", shifted)
    assert daily.after(shifted) == Firing("2026-03-30T01:30", moment("2026-03-30 00:30"))


def test_a_skipped_time_gives_way_to_the_series_itself():
    """Where a rule fires at the shifted moment anyway, the skipped time is left out."""
    assert seen(rule("cron 30 * * * *"), "2026-03-29 00:00", "2026-03-29 02:30") == {
        "2026-03-29T00:30": "03-29 00:30",
        "2026-03-29T02:30": "03-29 01:30",
        "2026-03-29T03:30": "03-29 02:30",
    }


def test_skipped_times_fall_between_those_of_the_series():
    """A skipped 01:45 fires after 02:00, which is earlier in UTC, and each of them once."""
    assert seen(rule("cron 0,45 1,2 * * *"), "2026-03-29 00:00", "2026-03-29 12:00") == {
        "2026-03-29T02:00": "03-29 01:00",
        "2026-03-29T02:45": "03-29 01:45",
    }
    assert seen(rule("cron 45 1 * * *"), "2026-03-29 00:00", "2026-03-29 12:00") == {"2026-03-29T01:45": "03-29 01:45"}
    assert list(seen(rule("cron 0,15 1-2 * * *", "Australia/Lord_Howe"), "2026-10-03 00:00", "2026-10-03 16:00")) == [
        "2026-10-04T01:00",
        "2026-10-04T01:15",
        "2026-10-04T02:00",
        "2026-10-04T02:15",
    ]


def test_a_rule_of_every_few_minutes_is_silent_in_the_repeated_hour():
    """Cron goes by the wall, whose times of the repeated hour have been; it goes on at 02:00."""
    assert list(seen(rule("cron */20 * * * *"), "2026-10-25 00:00", "2026-10-25 02:20").items()) == [
        ("2026-10-25T01:20", "10-25 00:20"),
        ("2026-10-25T01:40", "10-25 00:40"),
        ("2026-10-25T02:00", "10-25 02:00"),
        ("2026-10-25T02:20", "10-25 02:20"),
    ]


def test_a_gap_at_midnight_belongs_to_the_new_day():
    """Santiago's 00:00 of 6 September 2026 does not come, and its firing is at 01:00 of that day."""
    assert seen(rule("daily 00:00", "America/Santiago"), "2026-09-05 12:00", "2026-09-07 12:00") == {
        "2026-09-06T00:00": "09-06 04:00",
        "2026-09-07T00:00": "09-07 03:00",
    }


def test_a_day_that_a_zone_left_out_fires_nothing_twice():
    """Apia had no 30 December 2011: daily fires once on the 31st, and what was meant for the 30th comes a day later."""
    around = ("2011-12-29 00:00", "2012-01-01 00:00")
    assert seen(rule("daily 08:00", "Pacific/Apia"), *around) == {
        "2011-12-29T08:00": "12-29 18:00",
        "2011-12-31T08:00": "12-30 18:00",
        "2012-01-01T08:00": "12-31 18:00",
    }
    assert seen(rule("weekly fri 08:00", "Pacific/Apia"), *around) == {"2011-12-30T08:00": "12-30 18:00"}
    assert seen(rule("monthly 30 08:00", "Pacific/Apia"), *around) == {"2011-12-30T08:00": "12-30 18:00"}
    assert seen(rule("once 2011-12-30 08:00", "Pacific/Apia"), *around) == {"2011-12-30T08:00": "12-30 18:00"}
    assert "1993-08-21T08:00" not in seen(
        rule("daily 08:00", "Pacific/Kwajalein"), "1993-08-19 00:00", "1993-08-24 00:00"
    )


@pytest.mark.parametrize("zone", ZONES)
def test_daily_fires_once_on_each_day_that_there_is(zone: str):
    """Over two years, at any half hour, each day has one firing, at its time or later by the gap, in order."""
    first = datetime(ZONES[zone], 1, 1, tzinfo=UTC)
    every_day = [
        f"{first + DAY * number:%Y-%m-%d}" for number in range((first.replace(year=first.year + 2) - first).days)
    ]
    expected = [day for day in every_day if day != NOWHERE.get(zone)]
    for half_hour in range(48):
        time = f"{half_hour // 2:02}:{half_hour % 2 * 30:02}"
        daily = rule(f"daily {time}", zone)
        # In some zones the first day begins before it does in UTC.
        firings = daily.upcoming(first - DAY, len(expected) + 3)
        start = next(number for number, firing in enumerate(firings) if firing.key[:10] == every_day[0])
        firings = firings[start : start + len(expected)]
        assert [firing.key for firing in firings] == [f"{day}T{time}" for day in expected]
        assert all(earlier.at < later.at for earlier, later in pairwise(firings))


@pytest.mark.parametrize("zone", ZONES)
def test_every_ten_minutes_around_a_change_is_as_counting_through_shows(zone: str):
    """For each change of clocks in two years, firings are those that counting wall times by hand gives."""
    info, first = ZoneInfo(zone), datetime(ZONES[zone], 1, 1, tzinfo=UTC)
    hours = [first + timedelta(hours=number) for number in range(2 * 365 * 24)]
    changes = [
        at for at, later in pairwise(hours) if at.astimezone(info).utcoffset() != later.astimezone(info).utcoffset()
    ]
    for change, hour in product(changes, ("*", "0-22/2", "1-23/2")):
        walls = [(change - DAY + timedelta(minutes=10 * number)).replace(tzinfo=None) for number in range(-100, 420)]
        told: dict[datetime, tuple[bool, str]] = {}
        for wall in walls:
            if wall.hour in values(hour, 0, 23):
                before, after = (wall.replace(tzinfo=info, fold=fold).astimezone(UTC) for fold in (0, 1))
                skipped = before > after
                told[before] = min(told.get(before, (True, "~")), (skipped, f"{wall:%Y-%m-%dT%H:%M}"))
        expected = [Firing(key, at) for at, (_, key) in sorted(told.items()) if change - DAY < at < change + DAY]
        read = rule(f"cron */10 {hour} * * *", zone)
        assert list(read.upcoming(change - DAY, len(expected))) == expected
        assert [read.after(firing.at - MINUTE) for firing in expected] == expected


def test_no_two_changes_of_a_zone_are_closer_than_a_day():
    """What the search relies on holds for every zone above: the clock of a day ago was changed once at most since."""
    for zone, year in ZONES.items():
        offsets = [
            (datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=6 * number)).astimezone(ZoneInfo(zone)).utcoffset()
            for number in range(2 * 365 * 4)
        ]
        changed = [number for number, (one, other) in enumerate(pairwise(offsets)) if one != other]
        assert all(later - earlier > 4 for earlier, later in pairwise(changed))


CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
MONTH_DAYS = st.integers(1, 31).map(str) | st.just("last")
WEEKDAYS = st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1).map(",".join)


def steps(least: int, most: int) -> st.SearchStrategy[str]:
    """Give fields of a cron expression."""
    values = st.integers(least, most)
    ranges = st.tuples(values, values).map(lambda pair: "{}-{}".format(*sorted(pair)))
    stepped = st.integers(1, most - least).map("*/{}".format)
    return st.just("*") | st.lists(values.map(str) | ranges | stepped, min_size=1, max_size=3).map(",".join)


RULES = st.one_of(
    st.builds("once {} {}".format, st.dates(date(1990, 1, 1), date(2090, 1, 1)), CLOCK),
    CLOCK.map("daily {}".format),
    st.builds("weekly {} {}".format, WEEKDAYS, CLOCK),
    st.builds("monthly {} {}".format, MONTH_DAYS, CLOCK),
    st.builds("cron {} {} {} {} *".format, steps(0, 59), steps(0, 23), steps(1, 28), steps(1, 12)),
    st.builds("cron {} {} * {} {}".format, steps(0, 59), steps(0, 23), steps(1, 12), steps(0, 7)),
    st.integers(5, 10_080).map("every {} min".format),
    st.integers(1, 168).map("every {} h".format),
)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None, max_examples=60)
@given(RULES, st.sampled_from(sorted(ZONES)), MOMENTS)
def test_any_rule_walks_forwards_and_reads_back(text: str, zone: str, start: datetime):
    """From any moment a rule fires later and later, under keys that never come again, and its text reads back."""
    read = Recurrence.parse(text, ZoneInfo(zone), start, stored=True)
    assert Recurrence.parse(read.rule, ZoneInfo(zone), start + 500 * DAY, stored=True) == read
    firings = read.upcoming(start, 50)
    assert len(firings) == 50 or (text.startswith("once") and len(firings) < 2)
    assert all(earlier < later for earlier, later in pairwise([start, *(firing.at for firing in firings)]))
    assert len({firing.key for firing in firings}) == len(firings)
    assert all(firing.at.tzinfo is UTC for firing in firings)


@settings(deadline=None, max_examples=60)
@given(RULES, st.sampled_from(sorted(ZONES)), MOMENTS, st.integers(0, 8))
def test_where_a_walk_begins_does_not_matter(text: str, zone: str, start: datetime, skip: int):
    """From any moment between two firings the later one is next: none is passed over, whoever asks and when."""
    firings = Recurrence.parse(text, ZoneInfo(zone), start, stored=True).upcoming(start, skip + 2)
    read = Recurrence.parse(text, ZoneInfo(zone), start, stored=True)
    for earlier, later in pairwise(firings):
        for asked in (earlier.at, earlier.at + (later.at - earlier.at) / 2, later.at - timedelta(microseconds=1)):
            assert read.after(asked) == later


@settings(deadline=None, max_examples=40)
@given(steps(0, 59), steps(0, 23), steps(1, 31), steps(1, 12), steps(0, 7), st.booleans(), MOMENTS)
def test_cron_fires_at_the_minutes_that_its_fields_name(
    minute: str, hour: str, day: str, month: str, weekday: str, by_week: bool, start: datetime
):
    """Over five weeks the days and times are those of a plain reading, in which Sunday is 0 and 7."""
    day, weekday = ("*", weekday) if by_week else (day, "*")
    first = date(start.year, min(values(month, 1, 12)), 1)
    # What would never fire is refused, and another test's business.
    if min(values(day, 1, 31)) > calendar.monthrange(2028, first.month)[1]:
        day = "*"
    read = rule(f"cron {minute} {hour} {day} {month} {weekday}", "UTC")
    months, days, weekdays = values(month, 1, 12), values(day, 1, 31), {n % 7 for n in values(weekday, 0, 7)}
    times = [f"{h:02}:{m:02}" for h in sorted(values(hour, 0, 23)) for m in sorted(values(minute, 0, 59))]
    dates = [first + DAY * number for number in range(35)]
    expected = [
        f"{at}T{time}"
        for at in dates
        if at.month in months and at.day in days and at.isoweekday() % 7 in weekdays
        for time in times
    ][:150]
    begin = datetime(first.year, first.month, 1, tzinfo=UTC) - MINUTE
    assert [firing.key for firing in read.upcoming(begin, len(expected))] == expected
