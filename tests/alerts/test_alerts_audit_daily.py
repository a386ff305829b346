"""The newest link reaches the owners once a day, whatever the clocks and the machine do."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from support.clock import DrivenClock
from support.record import TRAIL

from alerts.audit.daily import DailyLink
from alerts.audit.entry import Act, in_chat
from alerts.audit.record import Record
from alerts.people.notices import Notice, NoticeKind, Notices
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.store import Store
from alerts.store.authority import audit
from alerts.subscribers.sectors import Directory

LONDON = ZoneInfo("Europe/London")
OLGA, OTTO, DANA = 15, 16, 13
HOUR = timedelta(hours=1)


class Office:
    """Two owners, an officer, and the duty that hands the link out."""

    def __init__(self, store: Store, directory: Directory, at: time, start: datetime) -> None:
        self.clock = DrivenClock(start)
        self.store = store
        self.daily = DailyLink(store, self.clock, LONDON, at)
        self.record = Record(store, self.clock, TRAIL)
        self.notices = Notices(store, self.clock)
        self.roster = Roster(store, self.clock, TRAIL, directory)

    async def staff(self) -> None:
        """Give out the roles, look for the first time, and do something that is noted."""
        for person, role in ((OLGA, Role.OWNER), (OTTO, Role.OWNER), (DANA, Role.OFFICER)):
            await self.roster.grant(person, role)
        await self.daily.look()
        await self.record.note_seen(Act.RECORD_SEEN, in_chat(OLGA))

    async def after(self, span: timedelta) -> list[Notice]:
        """Let time pass without anybody looking, look twice, and take what was left for people."""
        self.clock.start += span
        await self.daily.look()
        await self.daily.look()
        waiting = await self.notices.waiting()
        for notice in waiting:
            await self.notices.given(notice.id)
        return [notice for notice in waiting if notice.kind is NoticeKind.RECORD_LINK]


@pytest.fixture
async def office(store: Store, directory: Directory) -> Office:
    """An office at noon, whose link is due at nine."""
    built = Office(store, directory, time(9), datetime(2026, 11, 23, 12, tzinfo=UTC))
    await built.staff()
    return built


async def test_the_owners_get_the_newest_link_once_a_day(office: Office):
    """From nine in the morning, each owner and nobody else, with number, seal and moment; not at the first start."""
    assert await office.after(timedelta()) == []
    assert await office.after(20 * HOUR + timedelta(minutes=59)) == []
    told = await office.after(timedelta(minutes=1))
    assert [notice.user_id for notice in told] == [OLGA, OTTO]
    async with office.store.reading() as connection:
        newest = (await connection.execute(select(audit).order_by(audit.c.number.desc()).limit(1))).one()
    expected = {"number": newest.number, "seal": newest.seal, "noted_at": newest.at}
    assert all(notice.details == expected for notice in told)
    assert await office.after(23 * HOUR) == []
    assert len(await office.after(HOUR)) == 2


async def test_after_a_time_in_which_nothing_ran_it_comes_once(office: Office):
    """Five days are one link, at once; the next one is due the next morning."""
    assert len(await office.after(timedelta(days=5))) == 2
    assert await office.after(20 * HOUR) == []
    assert len(await office.after(HOUR)) == 2


async def test_a_clock_that_is_set_back_brings_no_second_one(office: Office):
    """What was handed out for a day is not handed out again."""
    assert len(await office.after(24 * HOUR)) == 2
    assert await office.after(-36 * HOUR) == []
    assert await office.after(36 * HOUR) == []


@pytest.mark.parametrize(
    ("start", "at", "hours"),
    [
        (datetime(2026, 3, 27, 12, tzinfo=UTC), time(9), [21, 23, 24]),
        (datetime(2026, 3, 27, 12, tzinfo=UTC), time(1, 30), [13, 24, 23]),
        (datetime(2026, 10, 23, 12, tzinfo=UTC), time(9), [20, 25, 24]),
        (datetime(2026, 10, 23, 12, tzinfo=UTC), time(1, 30), [12, 25, 24]),
    ],
    ids=["spring", "skipped hour", "autumn", "repeated hour"],
)
async def test_it_comes_once_a_day_through_both_clock_changes(
    store: Store, directory: Directory, start: datetime, at: time, hours: list[int]
):
    """Looked for every half hour over the change, each local day has one link, at its local time, the later of two."""
    office = Office(store, directory, at, start)
    await office.staff()
    moments = [start]
    for _ in range(2 * 76):
        office.clock.start += HOUR / 2
        if await office.after(timedelta()):
            moments.append(office.clock.now())
    spans = [later - earlier for earlier, later in pairwise(moments)]
    expected = [timedelta(hours=number) for number in hours]
    if at.minute:
        expected[0] += timedelta(minutes=30)
    assert spans[:3] == expected


async def test_an_empty_record_has_no_link(store: Store, directory: Directory):
    """Nothing is said of nothing."""
    office = Office(store, directory, time(9), datetime(2026, 11, 23, 12, tzinfo=UTC))
    await office.daily.look()
    assert await office.after(timedelta(days=2)) == []
