"""What the level was on a day: from the shipped history, then from the readings, and else an honest nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.data import DataFolder
from alerts.levels.chronicle import Past, Silence, Surety, past_of
from alerts.levels.register import Reading
from alerts.levels.scheme import Schemes

LONDON = ZoneInfo("Europe/London")
UK, NORTHERN_IRELAND = Schemes.load(DataFolder()).in_force
NOW = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
TODAY = date(2026, 11, 26)


def reading(version: int, level: str, since: str | None, seen_at: datetime = NOW) -> Reading:
    """Make a reading of the national level."""
    day = date.fromisoformat(since) if since else None
    return Reading(UK.code, version, level, UK.level(level).rank, day, "feed", seen_at, None, "")


def past(*readings: Reading, now: datetime = NOW) -> Past:
    """Put the past together from readings, given oldest first."""
    return past_of(UK, list(reversed(readings)), now, LONDON)


def level_on(told: Past, day: str) -> str | None:
    """Name the level of a day."""
    answer = told.on(date.fromisoformat(day), TODAY)
    return answer.era.level.name if answer.era and answer.era.level else None


def ends(told: Past, number: int = 3) -> list[tuple[str, str, str | None, str]]:
    """Give the newest eras: first day, first day after, level, surety of the first day."""
    return [
        (era.start.isoformat(), era.end.isoformat(), era.level.name if era.level else None, era.surety.value)
        for era in told.eras[-number:]
    ]


@pytest.mark.parametrize(
    ("day", "level"),
    [
        ("2006-08-01", "SEVERE"),
        ("2006-08-09", "SEVERE"),
        ("2006-08-10", "CRITICAL"),
        ("2006-08-13", "CRITICAL"),
        ("2006-08-14", "SEVERE"),
        ("2016-08-01", "SEVERE"),
        ("2017-05-23", "CRITICAL"),
        ("2017-05-27", "SEVERE"),
        ("2022-02-09", "SUBSTANTIAL"),
        ("2026-04-30", "SEVERE"),
    ],
)
def test_days_of_the_shipped_history(day: str, level: str) -> None:
    """A day has the level of the last change on or before it, on the day of a change the new one."""
    assert level_on(past(), day) == level


def test_a_day_says_from_when_to_when_and_how_sure_that_is() -> None:
    """The era of a day has its first and last day, the level before, and how sure the first day is in words."""
    answer = past().on(date(2016, 8, 1), TODAY)
    assert answer.era is not None
    assert (answer.era.start, answer.era.end) == (date(2014, 8, 29), date(2017, 5, 23))
    assert (answer.era.surety, answer.before and answer.before.name) == (Surety.PRESS, "SUBSTANTIAL")
    assert not answer.is_near_doubt
    assert not answer.lasts


@pytest.mark.parametrize(
    ("day", "is_doubtful"),
    [("2010-01-19", False), ("2010-01-20", True), ("2010-01-22", True), ("2010-01-24", True), ("2010-01-25", False)],
)
def test_two_days_around_an_approximate_date_are_doubtful(day: str, is_doubtful: bool) -> None:
    """Where the day of a change may be off by two, the days around it are not told as sure."""
    assert past().on(date.fromisoformat(day), TODAY).is_near_doubt is is_doubtful


def test_before_the_history_ahead_of_today_and_after_its_end_nothing_is_claimed() -> None:
    """Each of the three has a reason of its own, and the first known day stands with it."""
    told = past()
    silences = [told.on(day, TODAY).silence for day in (date(2006, 7, 31), date(2026, 11, 27), date(2026, 5, 1))]
    assert silences == [Silence.BEFORE, Silence.AHEAD, Silence.GAP]
    assert told.on(date(2006, 7, 31), TODAY).known_from == date(2006, 8, 1)
    bare = past_of(replace(UK, history=(), history_until=None), [], NOW, LONDON)
    assert bare.on(TODAY, TODAY).silence is Silence.NOTHING


def test_a_reading_carries_the_last_known_level_on() -> None:
    """The same level, read as holding since then, makes one era up to today, whose first day is as sure as it was."""
    told = past(reading(1, "SEVERE", "2026-04-30"))
    assert ends(told, 1) == [("2026-04-30", "2026-11-27", "SEVERE", "official")]
    assert told.on(TODAY, TODAY).lasts


def test_what_lies_between_the_history_and_the_first_reading_is_unknown() -> None:
    """A reading that says nothing of the days before it leaves them open."""
    assert ends(past(reading(1, "SUBSTANTIAL", "2026-09-01"))) == [
        ("2026-04-30", "2026-05-01", "SEVERE", "official"),
        ("2026-05-01", "2026-09-01", None, "unknown"),
        ("2026-09-01", "2026-11-27", "SUBSTANTIAL", "recorded"),
    ]


def test_readings_follow_each_other_without_a_gap() -> None:
    """A reading holds until the next one does, however long it was not confirmed in between."""
    told = past(reading(1, "SEVERE", "2026-04-30", NOW - timedelta(days=100)), reading(2, "SUBSTANTIAL", "2026-11-01"))
    assert ends(told, 2) == [
        ("2026-04-30", "2026-11-01", "SEVERE", "official"),
        ("2026-11-01", "2026-11-27", "SUBSTANTIAL", "recorded"),
    ]


def test_the_newest_reading_holds_until_it_was_last_confirmed_when_that_is_too_long_ago() -> None:
    """48 hours without confirmation are no end; an hour more, and the days after the confirmation are open."""
    fresh = past(reading(1, "SEVERE", "2026-04-30", NOW - timedelta(hours=48)))
    stale = past(reading(1, "SEVERE", "2026-04-30", NOW - timedelta(hours=49)))
    assert ends(fresh, 1) == [("2026-04-30", "2026-11-27", "SEVERE", "official")]
    assert ends(stale, 2) == [
        ("2026-04-30", "2026-11-25", "SEVERE", "official"),
        ("2026-11-25", "2026-11-27", None, "unknown"),
    ]


def test_a_correction_replaces_what_it_corrects() -> None:
    """A later reading that holds since an earlier day takes the place of the one before; the history stays."""
    told = past(reading(1, "CRITICAL", "2026-11-20"), reading(2, "SEVERE", "2026-11-10"))
    assert ends(told, 2) == [
        ("2026-05-01", "2026-11-10", None, "unknown"),
        ("2026-11-10", "2026-11-27", "SEVERE", "recorded"),
    ]
    early = past(reading(1, "LOW", "2020-01-01"))
    assert level_on(early, "2020-01-02") == "SUBSTANTIAL"
    assert ends(early, 1) == [("2026-05-01", "2026-11-27", "LOW", "recorded")]


def test_a_level_that_the_file_has_lost_is_left_out() -> None:
    """A reading of a level that an operator's file does not know any more breaks nothing."""
    lost = replace(reading(1, "SEVERE", "2026-06-01"), level="BLACK SPECIAL")
    assert past(lost).eras == past().eras


@pytest.mark.parametrize(
    ("moment", "today"),
    [
        (datetime(2026, 3, 28, 23, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 22, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 23, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 26, 0, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_a_day_is_the_readers_day_on_both_sides_of_a_change_of_the_clocks(moment: datetime, today: date) -> None:
    """A reading without a day counts from the day on which it was seen in London, whose days are 23 and 25 h long."""
    bare = replace(UK, history=(), history_until=None)
    (era,) = past_of(bare, [reading(1, "LOW", None, moment)], moment, LONDON).eras
    assert (era.start, era.end) == (today, today + timedelta(days=1))
