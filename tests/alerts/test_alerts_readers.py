"""Who may read what came after an alert: by the list, by a link and by asking whether it is genuine."""

from dataclasses import replace

import pytest
from support.intake import Mailroom, refers_to
from support.outbox import Outbox
from support.record import TRAIL

from alerts.audit.entry import ADMINISTRATOR
from alerts.cap.message import MessageType
from alerts.delivery.states import DeliveryState
from alerts.errors import NotFound
from alerts.publishing.alert import Alert, Change
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.marking import Marking
from alerts.publishing.verification import Finding, Verdict, Verification
from alerts.subscribers.roll import Profile
from alerts.subscribers.sectors import Directory

AMIRA, BEN, CHANNEL = 101, 102, -203
SENT = DeliveryState.SENT
CODES = CheckCodes(TRAIL.key)


async def deliver(outbox: Outbox) -> None:
    """Let everything that waits arrive."""
    while rows := await outbox.claim():
        for row in rows:
            await outbox.record(row, SENT, message_id=1000 + row.id)


async def change(outbox: Outbox, earlier: Alert, kind: Change) -> Alert:
    """Change an alert into one that says something new."""
    made = replace(await outbox.follow_ups.content(earlier.id, kind), headline="New", body="New text")
    alert, _ = await outbox.desk.issue(made, origin="command line")
    return alert


async def listed(outbox: Outbox, chat: int) -> list[int]:
    """Give the alerts that /alerts shows in a chat."""
    return [one.alert.id for one in (await outbox.in_force.page(chat, None, 0)).items]


async def checked(outbox: Outbox, chat: int, alert: Alert) -> Finding:
    """Ask in a chat whether an alert is genuine, by its code."""
    return await Verification(outbox.store, outbox.clock, CODES).ask(chat, chat, None, CODES.of(alert))


@pytest.mark.parametrize("ends_by", ["withdrawal", "leaving"])
async def test_an_update_is_not_for_whom_it_passed_by(outbox: Outbox, ends_by: str):
    """Whose vetting ended after the first AMBER text reads that one, and nothing of its update by any way."""
    await outbox.subscribe(AMIRA, BEN)
    first = await outbox.send(marking=Marking.AMBER)
    await deliver(outbox)
    if ends_by == "withdrawal":
        await outbox.vetting.vet_many([BEN], ADMINISTRATOR, vetted=False)
    else:
        await outbox.roll.unsubscribe(BEN)
    assert await listed(outbox, BEN) == [first.id]
    newer = await change(outbox, first, Change.UPDATE)
    await deliver(outbox)
    assert await outbox.states(newer.id) == {AMIRA: "sent", BEN: "skipped"}
    assert (await listed(outbox, AMIRA), await listed(outbox, BEN)) == ([newer.id], [])
    with pytest.raises(NotFound):
        await outbox.desk.received(newer.reference, BEN)
    with pytest.raises(NotFound):
        await outbox.in_force.find(first.id, BEN, None)
    found = await checked(outbox, BEN, first)
    assert (found.verdict, found.may_read, found.newest) == (Verdict.UPDATED, True, None)
    newest = (await checked(outbox, AMIRA, first)).newest
    assert newest is not None
    assert newest.id == newer.id


async def test_a_stricter_update_is_not_for_all_who_have_the_first(outbox: Outbox, directory: Directory):
    """A source's Public alert reached everybody; its update, TLP:AMBER, is read by who is vetted and in no channel."""
    mailroom = Mailroom(outbox, directory)
    source = await mailroom.source(sectors=("retail",))
    await outbox.subscribe(AMIRA)
    await outbox.roll.subscribe(BEN, "private", Profile(sectors=("retail",)))
    await outbox.roll.subscribe(CHANNEL, "channel", Profile(sectors=("retail",)), set_up_by=AMIRA)
    message = mailroom.message("A1")
    first = await mailroom.post(source, message)
    await deliver(outbox)
    assert [await listed(outbox, chat) for chat in (AMIRA, BEN, CHANNEL)] == [[first.alert_id]] * 3
    later = mailroom.message("A2", message_type=MessageType.UPDATE, references=refers_to(message), codes=("TLP:AMBER",))
    amber = await mailroom.post(source, later)
    await deliver(outbox)
    assert [await listed(outbox, chat) for chat in (AMIRA, BEN, CHANNEL)] == [[amber.alert_id], [], []]


async def test_who_may_have_the_update_reads_it_before_it_arrives(outbox: Outbox):
    """A recipient of the first who is still let in reads the newest while their row waits, of other sectors too."""
    await outbox.subscribe(AMIRA)
    first = await outbox.send(marking=Marking.AMBER, sectors=("retail",))
    await deliver(outbox)
    await outbox.subscribe(AMIRA, sectors=("aviation",))
    newer = await change(outbox, first, Change.UPDATE)
    assert await listed(outbox, AMIRA) == [newer.id]


async def test_a_row_that_was_skipped_is_no_copy(outbox: Outbox):
    """To be on an alert's list is not to have it: a link opens what has arrived, and so does a code from AMBER up."""
    await outbox.subscribe(AMIRA, BEN)
    alert = await outbox.send(marking=Marking.AMBER)
    [row, *_] = await outbox.claim(1)
    await outbox.record(row, SENT, message_id=1)
    await outbox.roll.unsubscribe(BEN)
    assert await outbox.states(alert.id) == {AMIRA: "sent", BEN: "skipped"}
    assert (await outbox.desk.received(alert.reference, AMIRA)).id == alert.id
    with pytest.raises(NotFound):
        await outbox.desk.received(alert.reference, BEN)
    assert [(await checked(outbox, chat, alert)).may_read for chat in (AMIRA, BEN)] == [True, False]


async def test_a_mended_copy_is_a_copy_of_the_first(outbox: Outbox):
    """Who got an alert only when it was corrected opens it by the first's number, which is what stands on the copy."""
    await outbox.subscribe(AMIRA, BEN)
    first = await outbox.send(marking=Marking.AMBER)
    [row, *_] = await outbox.claim(1)
    await outbox.record(row, SENT, message_id=1)
    await change(outbox, first, Change.CORRECTION)
    await deliver(outbox)
    assert await outbox.states(first.id) == {AMIRA: "sent", BEN: "skipped"}
    assert (await outbox.desk.received(first.reference, BEN)).id == first.id
    assert (await checked(outbox, BEN, first)).may_read


@pytest.mark.parametrize("slips", [1, 2])
async def test_a_mended_all_clear_ends_as_the_first_did(outbox: Outbox, slips: int):
    """A slip that is corrected in an all clear, once or twice, makes it nothing that is in force."""
    await outbox.subscribe(AMIRA)
    newest = await outbox.send()
    await deliver(outbox)
    for kind in (Change.ALL_CLEAR, *[Change.CORRECTION] * slips):
        newest = await change(outbox, newest, kind)
        await deliver(outbox)
    assert await listed(outbox, AMIRA) == []
    assert await outbox.in_force.count(AMIRA) == 0
    with pytest.raises(NotFound):
        await outbox.in_force.find(newest.id, AMIRA, None)
