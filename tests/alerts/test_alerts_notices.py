from datetime import timedelta

from support.schedules import OWNER, Works, utc

from alerts.people.notices import AT_ONCE, REMEMBER, Notice, NoticeKind, leave_notice, owners_of
from alerts.people.rights import Role

DANA, EVE = 501, 502


async def leave(works: Works, *user_ids: int, **details: object) -> None:
    """Leave a notice for these people."""
    async with works.store.writing() as connection:
        await leave_notice(connection, user_ids, NoticeKind.SCHEDULE_FAILED, works.clock.now(), **details)


async def test_a_notice_comes_back_as_it_was_left(works: Works):
    """Moments are moments again, and a person who is named twice has one notice."""
    due_at = utc("2026-11-24 08:00")
    await leave(works, DANA, EVE, DANA, name="Doors", due_at=due_at, number=3)
    details = {"name": "Doors", "due_at": due_at, "number": 3}
    now = works.clock.now()
    assert await works.notices.waiting() == [
        Notice(1, DANA, NoticeKind.SCHEDULE_FAILED, details, now),
        Notice(2, EVE, NoticeKind.SCHEDULE_FAILED, details, now),
    ]


async def test_for_nobody_nothing_is_left(works: Works):
    """Without anybody to tell there is no notice."""
    await leave(works, name="Doors")
    assert await works.notices.waiting() == []


async def test_a_given_notice_waits_no_more(works: Works):
    """What was given, or cannot be, is not given again; the others keep their order."""
    await leave(works, DANA, EVE, OWNER)
    first, second, third = await works.notices.waiting()
    await works.notices.given(first.id)
    await works.notices.given(second.id, failure="chat not found")
    assert await works.notices.waiting() == [third]


async def test_many_are_taken_in_order_and_some_at_a_time(works: Works):
    """The oldest come first, and no more at once than the limit."""
    await leave(works, *range(1, AT_ONCE + 6))
    waiting = await works.notices.waiting()
    assert [notice.user_id for notice in waiting] == list(range(1, AT_ONCE + 1))
    for notice in waiting:
        await works.notices.given(notice.id)
    assert len(await works.notices.waiting()) == 5


async def test_given_notices_are_forgotten_and_waiting_ones_kept(works: Works):
    """After thirty days a given notice is gone, one that waits stays however old it is."""
    await leave(works, DANA, EVE)
    given, waits = await works.notices.waiting()
    await works.notices.given(given.id)
    works.set_clock(works.clock.now() + REMEMBER + timedelta(seconds=1))
    await works.notices.forget_old()
    assert await works.notices.waiting() == [waits]
    await works.notices.given(waits.id)
    await works.notices.forget_old()
    works.set_clock(works.clock.now() + REMEMBER)
    await works.notices.forget_old()
    async with works.store.reading() as connection:
        left = (await connection.exec_driver_sql("SELECT user_id FROM notices")).scalars().all()
    assert left == [EVE]


async def test_owners_are_those_who_hold_the_role_now(works: Works):
    """Officers are no owners, and who was revoked is none any more."""
    await works.owner()
    await works.roster.grant(DANA, Role.OFFICER)
    await works.roster.grant(EVE, Role.OWNER)
    await works.roster.revoke(EVE)
    async with works.store.reading() as connection:
        assert await owners_of(connection) == [OWNER]


async def test_a_notice_goes_with_its_transaction(works: Works):
    """What is rolled back tells nobody."""
    async with works.store.engine.connect() as connection:
        await leave_notice(connection, [DANA], NoticeKind.SCHEDULE_MISSED, works.clock.now())
        await connection.rollback()
    assert await works.notices.waiting() == []
