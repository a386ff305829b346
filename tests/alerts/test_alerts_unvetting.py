"""The end of vetting, however it comes about: what waits for that chat is not sent, and no mended text reaches it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from support.outbox import Outbox

from alerts.audit.entry import ADMINISTRATOR
from alerts.delivery.states import DeliveryState
from alerts.people.rights import Role
from alerts.publishing.alert import Alert, AlertStatus, Change
from alerts.publishing.marking import Marking
from alerts.subscribers.roll import Profile

AMIRA, BEN = 101, 102
QUEUED, RETRY, SENT = DeliveryState.QUEUED, DeliveryState.RETRY, DeliveryState.SENT
REASON = "vetted no more"


async def withdraw(outbox: Outbox) -> None:
    """Take the vetting back."""
    await outbox.vetting.vet_many([BEN], ADMINISTRATOR, vetted=False)


async def add_a_sector(outbox: Outbox) -> None:
    """Have the contact choose a sector for which nobody vouched."""
    await outbox.roll.subscribe(BEN, "private", Profile(sectors=("retail", "aviation")))


async def revoke(outbox: Outbox) -> None:
    """Take away the role that stood for vetting."""
    await outbox.vetting.vet_many([BEN], ADMINISTRATOR, vetted=False)
    await outbox.roster.revoke(BEN)


async def become_another(outbox: Outbox) -> None:
    """Have the contact say that they are somebody else."""
    await outbox.roll.subscribe(BEN, "private", Profile("Supt Amira Khan", sectors=("retail",)))


WAYS = [withdraw, add_a_sector, revoke, become_another]


async def change(outbox: Outbox, earlier: Alert, kind: Change) -> Alert:
    """Change an alert into one that says something new."""
    made = replace(await outbox.follow_ups.content(earlier.id, kind), headline="New", body="New text")
    alert, _ = await outbox.desk.issue(made, origin="command line")
    return alert


@pytest.mark.parametrize("ends", WAYS)
@pytest.mark.parametrize("marking", [Marking.CLEAR, Marking.GREEN, Marking.AMBER, Marking.RED])
async def test_what_waits_is_skipped(outbox: Outbox, marking: Marking, ends: Callable[[Outbox], Awaitable[None]]):
    """Rows of a marking that needs vetting end as skipped, with the reason; what is public still goes to the chat."""
    await outbox.subscribe(AMIRA, BEN)
    if ends is revoke:
        await outbox.grant(BEN, role=Role.AUDITOR)
    named = (AMIRA, BEN) if marking is Marking.RED else ()
    alert = await outbox.send(marking=marking, named=named)
    await ends(outbox)
    row = await outbox.row(alert.id, BEN)
    assert (row.state, row.reason) == (("queued", None) if marking is Marking.CLEAR else ("skipped", REASON))
    assert (await outbox.row(alert.id, AMIRA)).state == "queued"


async def test_who_holds_a_role_stays_vetted(outbox: Outbox):
    """The vetting of somebody who holds a role ends with the role, and what waits for them with it, not before."""
    await outbox.subscribe(AMIRA, BEN)
    await outbox.grant(BEN, role=Role.AUDITOR)
    alert = await outbox.send(marking=Marking.AMBER)
    await withdraw(outbox)
    assert await outbox.states(alert.id) == {AMIRA: "queued", BEN: "queued"}
    await outbox.roster.revoke(BEN)
    assert await outbox.states(alert.id) == {AMIRA: "queued", BEN: "skipped"}


async def test_to_begin_anew_skips_for_all_and_ends_the_alert(outbox: Outbox):
    """When nobody is vetted any more nothing of an AMBER alert is left to send, and it counts as sent."""
    await outbox.subscribe(AMIRA, BEN)
    alert = await outbox.send(marking=Marking.AMBER)
    await outbox.vetting.vet_many(None, ADMINISTRATOR, vetted=False)
    assert await outbox.states(alert.id) == {AMIRA: "skipped", BEN: "skipped"}
    assert await outbox.status(alert.id) is AlertStatus.SENT


@pytest.mark.parametrize("outcome", [RETRY, QUEUED])
async def test_a_row_that_was_under_way_does_not_go_again(outbox: Outbox, outcome: DeliveryState):
    """One that is being sent ends by its own outcome; when that is another try, there is none."""
    await outbox.subscribe(BEN)
    alert = await outbox.send(marking=Marking.AMBER)
    [row] = await outbox.claim()
    await withdraw(outbox)
    assert await outbox.states(alert.id) == {BEN: "leased"}
    await outbox.record(row, outcome, reason="Telegram answered 502")
    found = await outbox.row(alert.id, BEN)
    assert (found.state, found.reason) == ("skipped", REASON)


async def test_an_uncertain_row_is_not_sent_again_to_them(outbox: Outbox):
    """'Send again' is for those who may have the alert now."""
    await outbox.subscribe(AMIRA, BEN)
    alert = await outbox.send(marking=Marking.AMBER)
    for row in await outbox.claim():
        await outbox.record(row, DeliveryState.UNCERTAIN, reason="no answer", may_have_arrived=True)
    await withdraw(outbox)
    assert await outbox.desk.send_uncertain_again(alert.id) == 1
    assert await outbox.states(alert.id) == {AMIRA: "queued", BEN: "skipped"}


@pytest.mark.parametrize("marking", [Marking.CLEAR, Marking.GREEN, Marking.AMBER])
async def test_a_mended_text_is_for_whom_it_may_reach(outbox: Outbox, marking: Marking):
    """A copy is corrected where the marking lets the chat have the new words; else the row is skipped and says why."""
    await outbox.subscribe(AMIRA, BEN)
    first = await outbox.send(marking=marking)
    for row in await outbox.claim():
        await outbox.record(row, SENT, message_id=1000 + row.id)
    await withdraw(outbox)
    mended = await change(outbox, first, Change.CORRECTION)
    row = await outbox.row(mended.id, BEN)
    expected = ("queued", None) if marking is Marking.CLEAR else ("skipped", "not meant for this recipient")
    assert (row.state, row.reason) == expected
    assert (await outbox.row(mended.id, AMIRA)).state == "queued"


@pytest.mark.parametrize("kind", [Change.CORRECTION, Change.UPDATE])
async def test_a_change_that_waits_is_skipped_too(outbox: Outbox, kind: Change):
    """A correction or an update that waits when the vetting ends has new words in it; a recall is carried out."""
    await outbox.subscribe(AMIRA, BEN)
    first = await outbox.send(marking=Marking.AMBER)
    for row in await outbox.claim():
        await outbox.record(row, SENT, message_id=1000 + row.id)
    later = await change(outbox, first, kind)
    await withdraw(outbox)
    assert await outbox.states(later.id) == {AMIRA: "queued", BEN: "skipped"}
    recall = await outbox.follow_ups.at_once(later.id, Change.RECALL)
    assert recall is not None
    await outbox.vetting.vet_many(None, ADMINISTRATOR, vetted=False)
    assert await outbox.states(recall.id) == {AMIRA: "queued", BEN: "queued"}


async def test_a_mark_shows_nobody_what_a_correction_kept_from_them(outbox: Outbox):
    """After a correction that passed a chat by, an update marks that chat's copy over the text that stands there."""
    await outbox.subscribe(AMIRA, BEN)
    first = await outbox.send(marking=Marking.AMBER)
    await deliver(outbox)
    await withdraw(outbox)
    mended = await change(outbox, first, Change.CORRECTION)
    await deliver(outbox)
    update = await change(outbox, mended, Change.UPDATE)
    words = {}
    for row in await outbox.claim():
        plan = await outbox.follow_ups.plan(await outbox.desk.outgoing(row.alert_id))
        if plan.alert.change is Change.MARK:
            assert (plan.by and plan.by.id, plan.first.id, row.chat_id in words) == (update.id, first.id, False)
            words[row.chat_id] = plan.text.body
    assert words == {AMIRA: mended.body, BEN: first.body}


async def deliver(outbox: Outbox) -> None:
    """Let everything that waits arrive."""
    for row in await outbox.claim():
        await outbox.record(row, SENT, message_id=1000 + row.chat_id)
