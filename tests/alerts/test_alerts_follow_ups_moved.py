"""Follow-ups for groups that have become supergroups: the old messages are out of reach, the people are not."""

import pytest
from sqlalchemy import select
from support.outbox import Outbox

from alerts.delivery.claim import Claimed
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import Alert, Change
from alerts.publishing.marking import Marking
from alerts.store.outside import moved_chats
from alerts.subscribers.roll import Profile

PERSON, GROUP, SUPERGROUP, LATER = 1, -5, -1005, -1006
SENT = DeliveryState.SENT


@pytest.fixture
async def first(outbox: Outbox) -> Alert:
    """An alert that a person and a group have; the group has become a supergroup since."""
    await outbox.subscribe(PERSON)
    await outbox.roll.subscribe(GROUP, "group", Profile(sectors=("retail",)), set_up_by=PERSON)
    alert = await outbox.send(marking=Marking.CLEAR)
    for row in await outbox.claim():
        await outbox.record(row, SENT, message_id=70)
    await outbox.roll.migrated(GROUP, SUPERGROUP)
    return alert


async def claimed(outbox: Outbox, alert: Alert) -> dict[int, Claimed]:
    """Claim the rows of an alert."""
    return {row.chat_id: row for row in await outbox.claim() if row.alert_id == alert.id}


@pytest.mark.parametrize("kind", [Change.CANCEL, Change.RECALL])
async def test_a_supergroup_hears_that_what_it_had_as_a_group_is_taken_back(outbox: Outbox, first: Alert, kind: Change):
    """It has a row under its new id alone, which says that a copy may stand there, and uses no number of the old."""
    told = await outbox.follow_ups.at_once(first.id, kind)
    assert told is not None
    assert await outbox.states(told.id) == {SUPERGROUP: "queued", PERSON: "queued"}
    rows = await claimed(outbox, told)
    group, person = rows[SUPERGROUP].copy, rows[PERSON].copy
    assert group is not None
    assert person is not None
    assert (group.messages, group.may_be_unknown, group.has_left) == ((), True, False)
    assert ([message.message_id for message in person.messages], person.may_be_unknown) == ([70], False)


@pytest.mark.parametrize("kind", [Change.UPDATE, Change.CORRECTION, Change.ALL_CLEAR])
async def test_every_other_change_reaches_it_too(outbox: Outbox, first: Alert, kind: Change):
    """An update counts it once, although it is of the audience and had the earlier one."""
    made = await outbox.follow_ups.content(first.id, kind)
    alert, number = await outbox.desk.issue(made, origin="command line")
    assert await outbox.states(alert.id) == {SUPERGROUP: "queued", PERSON: "queued"}
    assert number == 2


async def test_what_it_has_got_as_a_supergroup_is_a_copy_like_any_other(outbox: Outbox, first: Alert):
    """The next version answers what stands there, and knows that more may."""
    made = await outbox.follow_ups.content(first.id, Change.UPDATE)
    update, _ = await outbox.desk.issue(made, origin="command line")
    for row in (await claimed(outbox, update)).values():
        await outbox.record(row, SENT, message_id=80)
    told = await outbox.follow_ups.at_once(update.id, Change.CANCEL)
    assert told is not None
    copy = (await claimed(outbox, told))[SUPERGROUP].copy
    assert copy is not None
    assert ([message.message_id for message in copy.messages], copy.may_be_unknown) == ([80], True)


async def test_a_supergroup_that_has_left_gets_nothing_new(outbox: Outbox, first: Alert):
    """Its row is told apart under the id that it has today."""
    await outbox.roll.unsubscribe(SUPERGROUP)
    told = await outbox.follow_ups.at_once(first.id, Change.CANCEL)
    assert told is not None
    row = await outbox.row(told.id, SUPERGROUP)
    assert (row.state, row.reason) == ("skipped", "unsubscribed")
    assert GROUP not in await outbox.states(told.id)


async def test_a_move_is_kept_once_and_followed_to_its_end(outbox: Outbox, first: Alert):
    """Telegram tells of a move by several ways; where the chat is at last is where its row goes."""
    await outbox.roll.migrated(GROUP, SUPERGROUP)
    await outbox.roll.migrated(SUPERGROUP, LATER)
    async with outbox.store.reading() as connection:
        rows = (await connection.execute(select(moved_chats).order_by(moved_chats.c.old_id))).all()
    assert [(row.old_id, row.new_id) for row in rows] == [(SUPERGROUP, LATER), (GROUP, LATER)]
    told = await outbox.follow_ups.at_once(first.id, Change.CANCEL)
    assert told is not None
    assert await outbox.states(told.id) == {LATER: "queued", PERSON: "queued"}
