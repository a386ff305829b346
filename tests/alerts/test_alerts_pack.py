"""What an after-action pack gathers: every text, whose word it was, the timeline, and what the record vouches for."""

import pytest
from sqlalchemy import update
from support.clock import DrivenClock
from support.outbox import Outbox, officer
from support.record import TRAIL

from alerts.audit.entry import ADMINISTRATOR, Act
from alerts.audit.record import Record
from alerts.delivery.hold import Holds
from alerts.delivery.states import DeliveryState
from alerts.errors import NotFound
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
    await outbox.desk.confirm(draft.id, draft.revision, officer(DANA))
    holds = Holds(outbox.store, clock, TRAIL)
    await holds.place(DANA, "which gate?")
    await holds.release(None)
    for row in await outbox.claim():
        clock.elapsed_seconds += 2
        await outbox.record(row, DeliveryState.SENT)
    clock.elapsed_seconds += 2
    await holds.place(DANA, "after it was sent")
    pack = await packed(outbox, draft.id)
    assert [version.revision for version in pack.versions] == list(range(1, draft.revision + 1))
    assert [version.headline for version in pack.versions][-2:] == ["Vehicle at the gate", "Vehicle at the west gate"]
    assert set(pack.vouched.values()) == {True}
    assert draft.revision in pack.vouched
    assert [(one.who, one.revision) for one in pack.approvals] == [(DANA, draft.revision)]
    acts = [entry.act for entry in pack.timeline]
    assert acts[-3:] == [Act.ALERT_SENT, Act.HOLD_PLACED, Act.HOLD_RELEASED]
    assert pack.curve[0][1] == 0
    assert (len(pack.curve), pack.curve[-1][1]) == (POINTS + 1, 3)
    assert pack.verdict.broken is None
    newest = (await Record(outbox.store, clock, TRAIL).page()).entries[0]
    assert (newest.act, newest.subject) == (Act.PACK_MADE, f"alert {draft.id}")


async def test_a_text_that_was_changed_behind_the_record_is_not_vouched_for(outbox: Outbox):
    """Whoever edits a kept text in the database gets a pack that says so."""
    await outbox.subscribe(1)
    draft = await outbox.draft(DANA)
    await outbox.desk.confirm(draft.id, draft.revision, officer(DANA))
    async with outbox.store.writing() as connection:
        mine = alert_versions.c.revision == draft.revision
        await connection.execute(update(alert_versions).where(mine).values(body="All is well."))
    pack = await packed(outbox, draft.id)
    assert pack.vouched[draft.revision] is False
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
    assert (pack.curve, pack.approvals, pack.delivered.counted.recipients) == ((), (), 0)
    assert pack.timeline
