"""What an after-action pack gathers of a chain: texts, whose word it was, the timeline, what the record vouches for."""

from dataclasses import replace

import pytest
from sqlalchemy import update
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL

from alerts.audit.entry import ADMINISTRATOR, Act
from alerts.audit.record import Record
from alerts.delivery.hold import Holds
from alerts.delivery.states import DeliveryState
from alerts.errors import NotFound
from alerts.publishing.alert import Alert, Change
from alerts.publishing.pack import POINTS, Pack, Packs
from alerts.store.authority import alert_versions

DANA = 13


async def packed(outbox: Outbox, alert_id: int) -> Pack:
    """Gather the pack of an alert."""
    return await Packs(outbox.store, outbox.clock, TRAIL).gather(alert_id, ADMINISTRATOR)


async def test_a_pack_holds_every_text_and_on_whose_word_it_went_out(outbox: Outbox, clock: DrivenClock):
    """Each revision as it was, vouched for by the record; the acts in their order; how many it had reached when."""
    await outbox.subscribe(1, 2, 3)
    draft = await outbox.draft(DANA)
    draft = await outbox.desk.revise(draft.id, DANA, headline="Vehicle at the west gate")
    await outbox.desk.confirm(draft.id, draft.revision, await outbox.hire(DANA))
    holds = Holds(outbox.store, clock, TRAIL)
    await holds.place(DANA, "which gate?")
    await holds.release(None)
    for row in await outbox.claim():
        clock.elapsed_seconds += 2
        await outbox.record(row, DeliveryState.SENT)
    clock.elapsed_seconds += 2
    await holds.place(DANA, "after it was sent")
    pack = await packed(outbox, draft.id)
    assert [version.revision for version in pack.step.versions] == list(range(1, draft.revision + 1))
    assert [version.headline for version in pack.step.versions][-2:] == [
        "Vehicle at the gate",
        "Vehicle at the west gate",
    ]
    assert set(pack.step.vouched.values()) == {True}
    assert draft.revision in pack.step.vouched
    assert [(one.who, one.revision) for one in pack.step.approvals] == [(DANA, draft.revision)]
    acts = [entry.act for entry in pack.timeline]
    assert acts[-3:] == [Act.ALERT_SENT, Act.HOLD_PLACED, Act.HOLD_RELEASED]
    assert pack.step.curve[0][1] == 0
    assert (len(pack.step.curve), pack.step.curve[-1][1]) == (POINTS + 1, 3)
    assert pack.verdict.broken is None
    newest = (await Record(outbox.store, clock, TRAIL).page()).entries[0]
    assert (newest.act, newest.subject) == (Act.PACK_MADE, f"alert {draft.id}")


async def test_a_text_that_was_changed_behind_the_record_is_not_vouched_for(outbox: Outbox):
    """Whoever edits a kept text in the database gets a pack that says so."""
    await outbox.subscribe(1)
    draft = await outbox.draft(DANA)
    await outbox.desk.confirm(draft.id, draft.revision, await outbox.hire(DANA))
    async with outbox.store.writing() as connection:
        mine = alert_versions.c.revision == draft.revision
        await connection.execute(update(alert_versions).where(mine).values(body="All is well."))
    pack = await packed(outbox, draft.id)
    assert pack.step.vouched[draft.revision] is False
    assert pack.verdict.broken is None


async def test_an_alert_that_is_not_there_has_no_pack(outbox: Outbox):
    """Nothing is gathered, and nothing is noted."""
    with pytest.raises(NotFound):
        await packed(outbox, 7)
    assert await Record(outbox.store, outbox.clock, TRAIL).newest() is None


async def test_a_draft_has_a_pack_without_a_curve(outbox: Outbox):
    """What was never released has texts and a timeline, and reached nobody."""
    draft = await outbox.draft(DANA)
    pack = await packed(outbox, draft.id)
    assert (pack.step.curve, pack.step.approvals, pack.step.delivered.counted.recipients) == ((), (), 0)
    assert pack.timeline


async def follow(outbox: Outbox, alert_id: int, change: Change, headline: str) -> Alert:
    """Change an alert by the command line, and let its rows arrive."""
    made = replace(await outbox.follow_ups.content(alert_id, change), headline=headline)
    alert, _ = await outbox.desk.issue(made, origin="command line")
    await arrive(outbox)
    return alert


async def arrive(outbox: Outbox) -> None:
    """Let all rows that are due arrive."""
    outbox.clock.elapsed_seconds += 60
    for row in await outbox.claim():
        await outbox.record(row, DeliveryState.SENT, message_id=100 * row.alert_id)


async def test_a_pack_tells_the_whole_chain_whichever_of_it_is_asked_for(outbox: Outbox):
    """Update, its correction and the all clear stand after the first, each with its text and copies; marks do not."""
    await outbox.subscribe(1)
    first = await outbox.send()
    await arrive(outbox)
    update = await follow(outbox, first.id, Change.UPDATE, "Update")
    mended = await follow(outbox, update.id, Change.CORRECTION, "Mended")
    clear = await follow(outbox, mended.id, Change.ALL_CLEAR, "Over")
    other = await outbox.send()
    chain = [first.id, update.id, mended.id, clear.id]
    for asked in chain:
        pack = await packed(outbox, asked)
        assert [step.alert.id for step in pack.steps] == chain
        assert (pack.asked, pack.step.alert.id, pack.reference) == (asked, asked, first.reference)
    assert [step.alert.change for step in pack.steps] == [None, Change.UPDATE, Change.CORRECTION, Change.ALL_CLEAR]
    assert [step.delivered.copied.reference for step in pack.steps[1:3]] == [update.reference, update.reference]
    told = pack.steps[1].delivered.change
    assert told is not None
    assert told.marked is not None
    assert (told.copies.replied, told.marked.edited) == (1, 1)
    assert {entry.subject for entry in pack.timeline} == {f"alert {one}" for one in chain}
    assert [entry.number for entry in pack.timeline] == sorted(entry.number for entry in pack.timeline)
    assert {entry.act for entry in pack.timeline} >= {Act.ALERT_UPDATED, Act.ALERT_CORRECTED, Act.ALL_CLEAR_GIVEN}
    assert all(step.vouched[step.alert.revision] for step in pack.steps)
    assert [step.alert.id for step in (await packed(outbox, other.id)).steps] == [other.id]


@pytest.mark.parametrize("change", [Change.CANCEL, Change.RECALL])
async def test_a_pack_says_how_it_was_taken_back(outbox: Outbox, change: Change):
    """A cancellation and a recall are steps like any other, with what became of the copies."""
    await outbox.subscribe(1)
    first = await outbox.send()
    await arrive(outbox)
    told = await outbox.follow_ups.at_once(first.id, change)
    assert told is not None
    await arrive(outbox)
    pack = await packed(outbox, first.id)
    assert [step.alert.change for step in pack.steps] == [None, change]
    done = pack.steps[1].delivered.change
    assert done is not None
    assert (done.references, done.copies.replied + done.copies.deleted) == ((first.reference,), 1)
