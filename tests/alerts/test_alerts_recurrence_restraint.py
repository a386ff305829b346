"""Bank holidays and office hours: when a firing goes out that comes on such a day or outside these hours."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.errors import InvalidInput
from alerts.schedule.places import find_place, read_restraint
from alerts.schedule.recurrence import Recurrence
from alerts.schedule.restraint import FREE, OfficeHours, Restraint

LONDON = ZoneInfo("Europe/London")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
OFFICE = "09:00-17:00"


class Days(frozenset[date]):
    """Bank holidays of a test's own."""

    code = "XX"
    place = "Somewhere"


def rule(text: str, place: str | None = None, office: str | None = None, zone: ZoneInfo = LONDON) -> Recurrence:
    """Read a rule that respects a place's bank holidays and office hours."""
    return Recurrence.parse(text, zone, LONG_AGO, stored=True, restraint=read_restraint(place, office))


def times(recurrence: Recurrence, start: str, count: int) -> list[str]:
    """Give the next times after a moment in UTC, as the zone's wall shows them."""
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return [f"{one.at.astimezone(recurrence.zone):%a %d %b %H:%M}" for one in recurrence.upcoming(moment, count)]


@pytest.mark.parametrize(
    ("text", "place", "start", "expected"),
    [
        ("weekly mon 08:00", "GB-ENG", "2026-12-20", ["Mon 21 Dec 08:00", "Tue 29 Dec 08:00", "Mon 04 Jan 08:00"]),
        (
            "weekly mon 08:00",
            "GB-ENG",
            "2027-12-20 12:00",
            ["Wed 29 Dec 08:00", "Tue 04 Jan 08:00", "Mon 10 Jan 08:00"],
        ),
        ("weekly fri 08:00", "GB-ENG", "2026-03-28", ["Tue 07 Apr 08:00", "Fri 10 Apr 08:00"]),
        ("weekly fri 08:00", "GB-SCT", "2026-03-28", ["Mon 06 Apr 08:00", "Fri 10 Apr 08:00"]),
        ("weekly mon 08:00", "GB-SCT", "2026-11-24", ["Tue 01 Dec 08:00", "Mon 07 Dec 08:00"]),
        ("weekly mon 08:00", "GB-ENG", "2026-11-24", ["Mon 30 Nov 08:00", "Mon 07 Dec 08:00"]),
        ("weekly mon 08:00", "GB-ENG", "2026-08-25", ["Tue 01 Sep 08:00", "Mon 07 Sep 08:00"]),
        ("weekly mon 08:00", "GB-SCT", "2026-08-25", ["Mon 31 Aug 08:00", "Mon 07 Sep 08:00"]),
        ("weekly fri,sat 08:00", "GB-ENG", "2026-04-01", ["Sat 04 Apr 08:00", "Tue 07 Apr 08:00", "Fri 10 Apr 08:00"]),
        ("weekly mon,tue 08:00", "GB-ENG", "2026-12-23", ["Tue 29 Dec 08:00", "Mon 04 Jan 08:00"]),
        ("monthly 1 08:00", "GB-ENG", "2026-12-31 12:00", ["Mon 04 Jan 08:00", "Mon 01 Feb 08:00"]),
        ("monthly last 08:00", "GB-ENG", "2027-05-01", ["Tue 01 Jun 08:00", "Wed 30 Jun 08:00"]),
        ("once 2026-12-25 08:00", "GB-ENG", "2026-12-01", ["Tue 29 Dec 08:00"]),
        ("cron 0 8 25 12 *", "GB-ENG", "2026-12-01", ["Tue 29 Dec 08:00", "Wed 29 Dec 08:00"]),
        ("cron 0 8 * * mon", "GB-ENG", "2026-12-22", ["Tue 29 Dec 08:00", "Mon 04 Jan 08:00"]),
        ("daily 08:00", "GB-ENG", "2026-12-24", ["Thu 24 Dec 08:00", "Sun 27 Dec 08:00", "Tue 29 Dec 08:00"]),
        ("cron 0 8 * * *", "GB-ENG", "2026-12-24 12:00", ["Sun 27 Dec 08:00", "Tue 29 Dec 08:00"]),
        ("every 24 h from 2026-01-01T08:00Z", "GB-ENG", "2026-12-24 12:00", ["Sun 27 Dec 08:00", "Tue 29 Dec 08:00"]),
    ],
)
def test_on_a_bank_holiday_it_moves_on_or_is_left_out(text: str, place: str, start: str, expected: list[str]):
    """England's and Scotland's days, Easter and substitutes: what names days moves, what comes daily is left out."""
    assert times(rule(text, place), start, len(expected)) == expected


@pytest.mark.parametrize(
    ("text", "place", "start", "expected"),
    [
        ("daily 08:00", None, "2026-11-27 12:00", ["Mon 30 Nov 09:00", "Tue 01 Dec 09:00"]),
        ("daily 17:00", None, "2026-11-26 12:00", ["Fri 27 Nov 09:00", "Mon 30 Nov 09:00"]),
        ("daily 16:59", None, "2026-11-26 12:00", ["Thu 26 Nov 16:59", "Fri 27 Nov 16:59", "Mon 30 Nov 09:00"]),
        ("weekly mon 20:00", "GB-ENG", "2026-12-24", ["Wed 30 Dec 09:00", "Tue 05 Jan 09:00"]),
        ("weekly mon 16:00", "GB-ENG", "2026-12-29 09:30", ["Tue 29 Dec 16:00", "Mon 04 Jan 16:00"]),
        ("daily 20:00", "GB-ENG", "2026-12-23", ["Wed 23 Dec 09:00", "Thu 24 Dec 09:00", "Tue 29 Dec 09:00"]),
        (
            "every 4 h from 2026-01-01T00:00Z",
            "GB-ENG",
            "2026-12-24 12:00",
            ["Thu 24 Dec 16:00", "Tue 29 Dec 09:00", "Tue 29 Dec 12:00"],
        ),
        ("daily 08:00", None, "2026-12-24 12:00", ["Fri 25 Dec 09:00", "Mon 28 Dec 09:00"]),
    ],
)
def test_outside_office_hours_it_waits_for_the_opening(text: str, place: str | None, start: str, expected: list[str]):
    """Evenings, nights and weekends wait, bank holidays too where they count; what waits for one moment is one."""
    assert times(rule(text, place, OFFICE), start, len(expected)) == expected


@pytest.mark.parametrize(
    ("text", "place", "office", "zone", "start", "expected"),
    [
        ("daily 01:30", "GB-ENG", None, "Europe/London", "2027-03-27", ["Sat 27 Mar 01:30", "Sun 28 Mar 02:30"]),
        ("daily 08:00", "GB-ENG", None, "Europe/London", "2027-03-27 12:00", ["Sun 28 Mar 08:00", "Tue 30 Mar 08:00"]),
        ("weekly fri 08:00", "GB-ENG", None, "Europe/London", "2027-03-24", ["Tue 30 Mar 08:00", "Fri 02 Apr 08:00"]),
        ("weekly sun 02:30", "NL", None, "Europe/Amsterdam", "2024-03-27", ["Tue 02 Apr 02:30", "Sun 07 Apr 02:30"]),
        ("daily 01:30", None, OFFICE, "Europe/London", "2026-10-24 12:00", ["Mon 26 Oct 09:00", "Tue 27 Oct 09:00"]),
        ("daily 08:30", None, OFFICE, "Europe/London", "2026-03-28 12:00", ["Mon 30 Mar 09:00", "Tue 31 Mar 09:00"]),
        ("daily 12:00", None, "01:30-02:30", "Europe/London", "2026-10-24 12:00", ["Mon 26 Oct 01:30"]),
    ],
)
def test_both_changes_of_the_clock(
    text: str, place: str | None, office: str | None, zone: str, start: str, expected: list[str]
):
    """In the weeks of the changes, Good Friday 2027 and Easter Sunday 2024 among them, the wall clock counts."""
    recurrence = rule(text, place, office, ZoneInfo(zone))
    assert times(recurrence, start, len(expected)) == expected


def test_a_firing_that_moved_keeps_the_key_of_its_own_time():
    """The record of firings tells the moved Monday from the Tuesday; of two at one moment the later is the one."""
    moved = rule("weekly mon 08:00", "GB-ENG").upcoming(datetime(2026, 12, 23, tzinfo=UTC), 1)
    merged = rule("weekly mon,tue 08:00", "GB-ENG").upcoming(datetime(2026, 12, 23, tzinfo=UTC), 1)
    assert [one.key for one in (*moved, *merged)] == ["2026-12-28T08:00", "2026-12-29T08:00"]
    assert moved[0].at == merged[0].at


def test_the_end_counts_for_when_it_goes_out():
    """A Christmas that would go out on the 29th does not when the end is the 28th."""
    recurrence = rule("once 2026-12-25 08:00", "GB-ENG")
    assert recurrence.after(datetime(2026, 12, 1, tzinfo=UTC), until=datetime(2026, 12, 28, tzinfo=UTC)) is None


def test_a_place_without_a_working_day_never_fires():
    """The search for a day ends, and so does that for an opening."""
    first = date(2026, 1, 1)
    always = Restraint(Days(first + timedelta(days=number) for number in range(3000)))
    for text in ("daily 08:00", "weekly mon 08:00", "every 2 h"):
        recurrence = Recurrence.parse(text, LONDON, datetime(2026, 6, 1, tzinfo=UTC), restraint=always)
        assert recurrence.after(datetime(2026, 6, 1, tzinfo=UTC)) is None
    closed = Restraint(always.holidays, OfficeHours(time(9), time(17)))
    daily = Recurrence.parse("daily 08:00", LONDON, LONG_AGO, stored=True, restraint=closed)
    assert daily.after(datetime(2026, 6, 1, tzinfo=UTC)) is None


RULES = st.sampled_from(
    [
        "daily 08:00",
        "daily 18:30",
        "daily 01:30",
        "weekly mon,fri 08:00",
        "weekly mon 20:00",
        "weekly fri 20:00",
        "weekly mon 16:00",
        "weekly sat 12:00",
        "weekly sun 02:30",
        "monthly 1 08:00",
        "monthly last 07:00",
        "cron 0 */6 * * *",
        "cron 30 7 25-28 * *",
        "every 7 h from 2026-01-01T03:10Z",
    ]
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1))  # noqa: DTZ001 - the test adds the zone


@settings(deadline=None, max_examples=150)
@given(
    RULES,
    st.sampled_from([(None, OFFICE), ("GB-ENG", None), ("GB-SCT", OFFICE), ("NL", None), ("GB-ENG", OFFICE)]),
    MOMENTS,
)
def test_the_next_times_are_those_that_a_long_look_finds(
    text: str, respected: tuple[str | None, str | None], naive: datetime
):
    """Holding back every firing of forty days before and after gives the same times, and none on a closed moment."""
    start = naive.replace(tzinfo=UTC)
    recurrence = rule(text, *respected)
    plain = rule(text)
    held: dict[datetime, str] = {}
    last = start
    for firing in plain.upcoming(start - timedelta(days=40), 2000, until=start + timedelta(days=80)):
        wall = firing.at.astimezone(LONDON) if text.startswith("every") else datetime.fromisoformat(firing.key)
        at = recurrence.restraint.hold(firing.at, wall, LONDON, leaves_out=plain.leaves_holidays_out)
        last = firing.at
        if at is not None and at > start:
            held[at] = firing.key
    wanted = [(at, key) for at, key in sorted(held.items()) if at < last][:6]
    found = recurrence.upcoming(start, 6)
    assert [(one.at, one.key) for one in found[: len(wanted)]] == wanted
    assert all(one.at < other.at for one, other in pairwise(found))
    for one in found:
        local = one.at.astimezone(LONDON)
        assert not recurrence.restraint.is_holiday(local.date())
        assert recurrence.restraint.is_open(one.at, LONDON)


def test_what_is_free_is_as_before():
    """Without bank holidays and office hours nothing is held back, and the value is empty."""
    assert read_restraint(None, None) == read_restraint("", "") == FREE
    assert not FREE
    assert read_restraint("gb/eng", " 9:00–17:00 ") == read_restraint("GB-ENG", OFFICE)


@pytest.mark.parametrize(
    ("code", "place"), [("GB-ENG", "England"), ("gb/sct", "Scotland"), ("NL", "NL"), ("US-NY", "New York")]
)
def test_a_place_has_a_code_and_a_name(code: str, place: str):
    """Letter case and a slash do not matter; a country as a whole goes by its code."""
    found = find_place(code)
    assert (found.code, found.place) == (code.upper().replace("/", "-"), place)


@pytest.mark.parametrize(
    ("place", "office", "words"),
    [
        ("GB-LON", None, "GB, GB-ENG, GB-NIR, GB-SCT, GB-WLS"),
        ("Narnia", None, "'Narnia'"),
        (None, "9 to 5", "write office hours as 09:00-17:00"),
        (None, "09:00-25:00", "write office hours"),
        (None, "17:00-09:00", "opens before it closes"),
        (None, "09:00-09:00", "opens before it closes"),
    ],
)
def test_what_cannot_be_respected_is_refused(place: str | None, office: str | None, words: str):
    """An unknown place is refused by those there are, hours by how they are written."""
    with pytest.raises(InvalidInput, match=words):
        read_restraint(place, office)
