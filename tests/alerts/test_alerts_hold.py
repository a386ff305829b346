"""The hold in the store and before the outbox: placed once, released once, told to everybody, never forgotten."""

import asyncio
from datetime import timedelta

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL
from support.sending import sending

from alerts.delivery.hold import REMIND, WHY_LIMIT, Hold, Holds
from alerts.delivery.states import DeliveryState
from alerts.errors import NotFound, Stale
from alerts.people.notices import Notice, NoticeKind, Notices
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.publishing.alert import AlertStatus, Severity
from alerts.publishing.approvals import Rule
from alerts.store import Store
from alerts.subscribers.sectors import Directory

DANA, EVE, OLGA, OTTO = 13, 14, 15, 16


@pytest.fixture
def outbox(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """An outbox in which one person's word is enough, so that alerts go out at once."""
    return Outbox(store, clock, directory, Rule(two_persons=False))


@pytest.fixture
def holds(outbox: Outbox) -> Holds:
    """The hold of the outbox."""
    return Holds(outbox.store, outbox.clock, TRAIL)


@pytest.fixture
async def duty(outbox: Outbox, directory: Directory) -> Notices:
    """Two officers, one of them of one sector, and two owners; gives the notices that wait for them."""
    roster = Roster(outbox.store, outbox.clock, TRAIL, directory)
    await roster.grant(DANA, Role.OFFICER, name="Dana Reid")
    await roster.grant(EVE, Role.OFFICER, sectors=("retail",))
    await roster.grant(OLGA, Role.OWNER, name="Olga")
    await roster.grant(OTTO, Role.OWNER)
    return Notices(outbox.store, outbox.clock)


async def taken(notices: Notices) -> list[Notice]:
    """Give the notices that wait, and have none wait any more."""
    waiting = await notices.waiting()
    for notice in waiting:
        await notices.given(notice.id)
    return waiting


def told(notices: list[Notice], kind: NoticeKind) -> list[int]:
    """Name who is told of a thing."""
    return [notice.user_id for notice in notices if notice.kind is kind]


async def test_what_was_placed_is_there_until_it_is_released(outbox: Outbox, holds: Holds, duty: Notices) -> None:
    """Who, when and why come back as they were given, in another process too; after the release there is nothing."""
    assert await holds.current() is None
    now = outbox.clock.now()
    placed, is_new = await holds.place(DANA, "wrong number in the text")
    assert (placed, is_new) == (Hold(DANA, now, "wrong number in the text", "Dana Reid", now), True)
    other = Store(outbox.store.url)
    try:
        assert await Holds(other, outbox.clock, TRAIL).current() == placed
        assert await Holds(other, outbox.clock, TRAIL).release(OLGA) == placed
    finally:
        await other.close()
    assert await holds.current() is None
    assert await taken(duty)


async def test_the_first_hold_stands(outbox: Outbox, holds: Holds) -> None:
    """A second one changes nothing, at the same moment and later; one of two at once is new."""
    both = await asyncio.gather(holds.place(DANA, "one"), holds.place(EVE, "two"))
    assert sorted(is_new for _, is_new in both) == [False, True]
    assert both[0][0] == both[1][0]
    outbox.pass_hours(1)
    assert await holds.place(None, "three") == (both[0][0], False)
    assert await holds.current() == both[0][0]


async def test_a_release_without_a_hold_and_of_an_earlier_one_is_refused(outbox: Outbox, holds: Holds) -> None:
    """Nothing on hold is told as such; a button of an earlier hold leaves the one in force alone."""
    with pytest.raises(NotFound, match="nothing is on hold"):
        await holds.release(OLGA)
    first, _ = await holds.place(DANA)
    await holds.release(OLGA, first.stamp)
    outbox.pass_hours(1)
    second, _ = await holds.place(DANA)
    with pytest.raises(Stale):
        await holds.release(OLGA, first.stamp)
    assert await holds.current() == second
    await holds.release(OLGA, second.stamp)


@pytest.mark.parametrize("reason", ["x" * 5000, "😀" * 5000, "two\nlines " * 300, "\x00\ud800 & <b>", ""])
async def test_no_reason_refuses_a_hold(holds: Holds, duty: Notices, reason: str) -> None:
    """Too long, of several lines, with characters that no text has: it is made a line, and the hold stands."""
    placed, is_new = await holds.place(DANA, reason)
    assert is_new
    assert await holds.current() == placed
    assert len(placed.why.encode("utf-16-le")) <= 2 * WHY_LIMIT
    assert placed.why.isprintable()
    assert {notice.details["why"] for notice in await taken(duty)} == {placed.why}


async def test_what_waits_is_counted_by_alert(outbox: Outbox, holds: Holds) -> None:
    """The most urgent alert comes first; what was sent, skipped or stopped does not wait."""
    assert (await holds.waiting()).rows == 0
    await outbox.subscribe(1, 2, 3)
    routine, urgent, stopped = await outbox.send(), await outbox.send(Severity.URGENT), await outbox.send()
    await outbox.desk.cancel(stopped.id, by=None)
    [row] = await outbox.claim(1)
    await outbox.record(row, DeliveryState.SENT)
    await outbox.claim(1)
    waiting = await holds.waiting()
    assert [(one.reference, one.rows) for one in waiting.alerts] == [(urgent.reference, 2), (routine.reference, 3)]
    assert waiting.rows == 5
    assert waiting.alerts[0].expires_at == urgent.expires_at


async def test_everybody_else_on_duty_is_told(holds: Holds, duty: Notices) -> None:
    """Officers and owners learn of a hold and of its end, besides whoever did it; what changed nothing tells nobody."""
    await holds.place(EVE, "a drill")
    await holds.place(DANA)
    notices = await taken(duty)
    assert told(notices, NoticeKind.HOLD_PLACED) == [DANA, OLGA, OTTO]
    assert {(notice.details["by"], notice.details["name"], notice.details["why"]) for notice in notices} == {
        (EVE, "", "a drill")
    }
    await holds.release(OLGA)
    notices = await taken(duty)
    assert told(notices, NoticeKind.HOLD_RELEASED) == [DANA, EVE, OTTO]
    await holds.place(None)
    await holds.release(None)
    notices = await taken(duty)
    assert told(notices, NoticeKind.HOLD_PLACED) == told(notices, NoticeKind.HOLD_RELEASED) == [DANA, EVE, OLGA, OTTO]


async def test_owners_are_reminded_every_half_hour_while_somebody_waits(
    outbox: Outbox, holds: Holds, duty: Notices
) -> None:
    """With recipients waiting they hear of it each half hour, once, also after a restart; without any they do not."""
    await holds.place(DANA)
    await taken(duty)
    outbox.clock.elapsed_seconds += REMIND.total_seconds()
    await holds.remind()
    assert await taken(duty) == []

    await outbox.subscribe(1, 2)
    await outbox.send(hours=60)
    for _ in range(3):
        await Holds(outbox.store, outbox.clock, TRAIL).remind()
        await holds.remind()
        notices = await taken(duty)
        assert told(notices, NoticeKind.HOLD_STANDS) == [OLGA, OTTO]
        assert {(notice.details["rows"], notice.details["alerts"]) for notice in notices} == {(2, 1)}
        outbox.clock.elapsed_seconds += REMIND.total_seconds() - 1
        await holds.remind()
        assert await taken(duty) == []
        outbox.clock.elapsed_seconds += 1

    await holds.release(OLGA)
    await taken(duty)
    await holds.remind()
    assert await taken(duty) == []


async def test_nothing_goes_out_while_held_and_then_it_goes_on(outbox: Outbox, holds: Holds) -> None:
    """Within a second of a hold the sending stops, new urgent alerts wait too, and after it everybody has one copy."""
    await outbox.subscribe(*range(1, 61))
    alert = await outbox.send()
    async with sending(outbox, per_second=20) as at_work:
        await at_work.until_tried(20)
        await holds.place(DANA)
        placed_at = outbox.clock.monotonic()
        urgent = await outbox.send(Severity.CRITICAL)
        await at_work.pass_seconds(30)
        assert max(one.at for one in at_work.sender.tries) <= placed_at + 1
        stopped = len(at_work.sender.tries)
        assert {row.state for row in await outbox.rows(alert.id)} == {"sent", "queued"}
        assert (await holds.waiting()).rows == 120 - stopped
        await holds.release(OLGA)
        released_at = outbox.clock.monotonic()
        await at_work.until_sent(alert.id, urgent.id)
    assert at_work.sender.tries[stopped].at <= released_at + 1
    assert sorted(one.chat_id for one in at_work.sender.tries if one.alert_id == alert.id) == list(range(1, 61))
    assert len(at_work.sender.tries) == 120
    for row in [*await outbox.rows(alert.id), *await outbox.rows(urgent.id)]:
        assert (row.state, row.attempts, row.uncertain_count) == ("sent", 1, 0)


async def test_a_hold_outlives_the_process(outbox: Outbox, holds: Holds) -> None:
    """A sender that starts while a hold is in force sends nothing before its end."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    await holds.place(DANA)
    for _ in range(2):
        async with sending(outbox) as at_work:
            await at_work.pass_seconds(5)
        assert at_work.sender.tries == []
    await holds.release(None)
    async with sending(outbox) as at_work:
        await at_work.until_sent(alert.id)
    assert sorted(at_work.sender.chats()) == [1, 2]


async def test_an_alert_expires_while_it_is_held(outbox: Outbox, holds: Holds) -> None:
    """At its time it has expired, hold or not, and its release sends nothing of it."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send(hours=1)
    await holds.place(DANA)
    async with sending(outbox) as at_work:
        outbox.clock.elapsed_seconds = timedelta(hours=1).total_seconds()
        await at_work.pass_seconds(2)
        assert await outbox.status(alert.id) is AlertStatus.EXPIRED
        await holds.release(OLGA)
        await at_work.pass_seconds(2)
    assert at_work.sender.tries == []
    assert {row.state for row in await outbox.rows(alert.id)} == {"skipped"}
