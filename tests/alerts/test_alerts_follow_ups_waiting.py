"""Follow-ups that wait for a second person while something else takes the place of what they would change."""

import pytest
from support.outbox import Outbox

from alerts.delivery.states import DeliveryState
from alerts.people.notices import NoticeKind, Notices
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, AlertStatus, Change
from alerts.publishing.approvals import word_for

DANA, EVE, OLU = 13, 14, 15


async def arrived(outbox: Outbox, eve: Person) -> Alert:
    """Send an alert that a second person has approved, and have it arrive."""
    alert = await outbox.send()
    sent, _ = await outbox.desk.approve(alert.id, alert.revision, eve)
    for row in await outbox.claim():
        await outbox.record(row, DeliveryState.SENT, message_id=7)
    return sent


async def update_of(outbox: Outbox, earlier: Alert, author: Person) -> Alert:
    """Submit an update."""
    draft = await outbox.follow_ups.draft(earlier.id, Change.UPDATE, author)
    submitted, _ = await outbox.desk.confirm(draft.id, draft.revision, author)
    return submitted


async def told(outbox: Outbox, user_id: int) -> list[dict[str, object]]:
    """Give what somebody is to be told of alerts that could not go out."""
    waiting = await Notices(outbox.store, outbox.clock).waiting()
    mine = [one for one in waiting if one.user_id == user_id and one.kind is NoticeKind.ALERT_NOT_SENT]
    return [one.details for one in mine]


@pytest.mark.parametrize("kind", [Change.CANCEL, Change.RECALL])
async def test_what_waits_is_its_authors_draft_again_when_the_alert_is_taken_back(outbox: Outbox, kind: Change):
    """It could never go out any more: in the same transaction it is a draft, and its author is told why."""
    dana, eve = await outbox.grant(DANA, EVE)
    await outbox.subscribe(101)
    first = await arrived(outbox, eve)
    late = await update_of(outbox, first, dana)
    await outbox.follow_ups.at_once(first.id, kind, eve)
    assert await outbox.status(late.id) is AlertStatus.DRAFT
    [details] = await told(outbox, DANA)
    assert (details["alert"], details["problem"]) == (late.id, "superseded")
    assert (await outbox.acts(late.id))[-1] == ("alert-withdrawn", None)


async def test_of_two_updates_the_first_approved_makes_a_draft_of_the_other(outbox: Outbox):
    """Its approval lapses with it, and who waits for another alert is left alone."""
    dana, eve, olu = await outbox.grant(DANA, EVE, OLU)
    await outbox.subscribe(101)
    first, other = await arrived(outbox, eve), await arrived(outbox, eve)
    winner, loser = await update_of(outbox, first, dana), await update_of(outbox, first, eve)
    beside = await update_of(outbox, other, eve)
    await outbox.desk.approve(winner.id, winner.revision, olu)
    statuses = [await outbox.status(one.id) for one in (winner, loser, beside)]
    assert statuses == [AlertStatus.SENDING, AlertStatus.DRAFT, AlertStatus.SUBMITTED]
    async with outbox.store.reading() as connection:
        assert await word_for(connection, loser.id) is None
    assert [details["alert"] for details in await told(outbox, EVE)] == [loser.id]
    assert not await told(outbox, DANA)
