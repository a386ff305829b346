"""Alerts that change earlier ones: who gets a row, what it finds in its chat, and what becomes of what was unsent."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from support.outbox import Outbox

from alerts.delivery.claim import Claimed
from alerts.delivery.copies import Copy, Trouble
from alerts.delivery.states import DeliveryState
from alerts.errors import InvalidInput, NotAllowed, Stale
from alerts.people.rights import Role
from alerts.publishing.alert import CHANGE_MEANING, EDITABLE, ENDS, IN_PLACE, REPLIES, Alert, AlertStatus, Change
from alerts.publishing.succession import REASON
from alerts.store.authority import audit
from alerts.store.tables import alerts

SENT, RETRY, QUEUED = DeliveryState.SENT, DeliveryState.RETRY, DeliveryState.QUEUED
UNKNOWN = DeliveryState.UNCERTAIN


async def delivered(outbox: Outbox, *chats: int, parts: int = 1) -> Alert:
    """Send an alert and have it arrive in these chats, its messages being `100 * chat + part`."""
    alert = await outbox.send()
    for number in range(parts):
        is_last = number == parts - 1
        for row in await outbox.claim():
            if row.chat_id in chats:
                arrived = {"message_id": 100 * row.chat_id + number, "is_part": not is_last}
                await outbox.record(row, SENT if is_last else QUEUED, again_in=0, **arrived)
    return alert


async def change(outbox: Outbox, earlier: Alert, kind: Change) -> Alert:
    """Change an alert as the command line does."""
    if kind in {Change.CANCEL, Change.RECALL}:
        told = await outbox.follow_ups.at_once(earlier.id, kind)
        assert told is not None
        return told
    made = replace(await outbox.follow_ups.content(earlier.id, kind), headline=f"{kind} of it")
    alert, _ = await outbox.desk.issue(made, origin="command line")
    return alert


async def mark_of(outbox: Outbox, follow_up: Alert) -> int:
    """Give the id of the alert that marks the copies for a follow-up."""
    marks = alerts.c.change == Change.MARK.value
    statement = select(alerts.c.id).where(marks, alerts.c.sending_at == follow_up.sending_at)
    async with outbox.store.reading() as connection:
        return int((await connection.execute(statement)).scalar_one())


async def claimed(outbox: Outbox, alert_id: int, limit: int = 100) -> dict[int, Claimed]:
    """Claim what is due and give the rows of one alert by chat."""
    return {row.chat_id: row for row in await outbox.claim(limit) if row.alert_id == alert_id}


def copy_of(row: Claimed) -> Copy:
    """Give what the chat of a row has."""
    assert row.copy is not None
    return row.copy


def test_every_change_is_said_and_belongs_somewhere():
    """Each change has its sentence; it replies or acts in place, and what ends an alert has fixed words."""
    assert CHANGE_MEANING.keys() == set(Change)
    assert set(Change) == REPLIES | IN_PLACE
    assert not REPLIES & IN_PLACE
    assert REASON.keys() == set(Change) - {Change.MARK}
    assert {Change.CANCEL, Change.RECALL} == ENDS - EDITABLE.keys()


async def test_rows_of_a_plain_alert_bring_nothing_along(outbox: Outbox):
    """What is no follow-up is claimed as ever, also beside one that is."""
    await outbox.subscribe(1)
    first = await delivered(outbox, 1)
    await change(outbox, first, Change.UPDATE)
    plain = await outbox.send()
    rows = await outbox.claim()
    assert {row.copy is None for row in rows if row.alert_id == plain.id} == {True}
    assert {row.copy is None for row in rows if row.alert_id != plain.id} == {False}


async def test_an_update_goes_to_its_audience_and_to_everybody_with_a_copy(outbox: Outbox):
    """Who waited for the first gets the second alone, who came since gets it too, and who left is told apart."""
    await outbox.subscribe(1, 2, 3)
    first = await delivered(outbox, 1, 3)
    await outbox.roll.unsubscribe(3)
    await outbox.subscribe(4)
    update = await change(outbox, first, Change.UPDATE)
    assert await outbox.states(first.id) == {1: "sent", 2: "leased", 3: "sent"}
    assert await outbox.states(update.id) == {1: "queued", 2: "queued", 3: "skipped", 4: "queued"}
    assert (await outbox.row(update.id, 3)).reason == "unsubscribed"
    assert await outbox.states(await mark_of(outbox, update)) == {1: "queued", 2: "queued", 3: "queued"}
    assert await outbox.status(first.id) is AlertStatus.CANCELLED


@pytest.mark.parametrize("kind", [Change.UPDATE, Change.CORRECTION])
async def test_what_is_superseded_is_never_sent(outbox: Outbox, kind: Change):
    """Queued and waiting rows of the first end as skipped, and say why; those recipients have a row of the newest."""
    await outbox.subscribe(1, 2, 3)
    first = await outbox.send()
    rows = await outbox.claim(2)
    await outbox.record(rows[0], SENT, message_id=100)
    await outbox.record(rows[1], RETRY, reason="Telegram answered 502")
    newest = await change(outbox, first, kind)
    ended = [(row.state, row.reason) for row in await outbox.rows(first.id)]
    assert ended == [("sent", None), ("skipped", "superseded"), ("skipped", "superseded")]
    assert await outbox.states(newest.id) == {1: "queued", 2: "queued", 3: "queued"}
    assert {row.alert_id for row in await outbox.claim()} & {first.id} == set()


async def test_a_cancellation_goes_to_who_may_have_it_alone(outbox: Outbox):
    """Nobody hears that something is cancelled which they never had; an uncertain copy counts as had."""
    await outbox.subscribe(1, 2, 3)
    first = await outbox.send()
    rows = await outbox.claim(2)
    await outbox.record(rows[0], SENT, message_id=100)
    await outbox.record(rows[1], UNKNOWN, reason="no answer", may_have_arrived=True)
    cancel = await change(outbox, first, Change.CANCEL)
    assert await outbox.states(cancel.id) == {1: "queued", 2: "queued"}
    assert (await outbox.row(first.id, 3)).reason == "cancelled"
    found = await claimed(outbox, cancel.id)
    assert copy_of(found[2]).may_be_unknown
    assert [message.message_id for message in copy_of(found[1]).messages] == [100]


async def test_what_nobody_has_is_stopped_without_a_word(outbox: Outbox):
    """Before its first message a cancellation or recall needs no message at all."""
    await outbox.subscribe(1)
    first = await outbox.send()
    assert await outbox.follow_ups.at_once(first.id, Change.RECALL) is None
    assert await outbox.states(first.id) == {1: "skipped"}
    assert await outbox.status(first.id) is AlertStatus.CANCELLED
    assert (await outbox.written())[0] == 1


async def test_a_row_waits_while_the_earlier_one_is_under_way(outbox: Outbox):
    """A copy that is being sent right now is not settled; once it has arrived it can be answered and marked."""
    await outbox.subscribe(1)
    first = await outbox.send()
    [under_way] = await outbox.claim()
    update = await change(outbox, first, Change.UPDATE)
    row = (await claimed(outbox, update.id))[1]
    assert not copy_of(row).is_settled
    await outbox.record(under_way, SENT, message_id=100)
    await outbox.record(row, QUEUED, again_in=0)
    again = copy_of((await claimed(outbox, update.id))[1])
    assert (again.is_settled, [message.message_id for message in again.messages]) == (True, [100])


async def test_every_message_of_a_long_copy_is_known_in_its_order(outbox: Outbox):
    """Parts and the last message, each with its place and time, and after a part is done what went wrong with it."""
    await outbox.subscribe(1)
    first = await delivered(outbox, 1, parts=3)
    update = await change(outbox, first, Change.UPDATE)
    mark = await mark_of(outbox, update)
    row = (await claimed(outbox, mark))[1]
    assert [(message.message_id, message.part) for message in copy_of(row).messages] == [(100, 0), (101, 1), (102, 2)]
    await outbox.record(row, QUEUED, again_in=0, message_id=100, is_part=True, reason=Trouble.GONE)
    following = (await claimed(outbox, mark))[1]
    assert (following.part, copy_of(following).flaw) == (1, Trouble.GONE)


async def test_a_corrected_copy_is_one_copy(outbox: Outbox):
    """After a correction in place, the next change finds each message once, as the correction's."""
    await outbox.subscribe(1)
    first = await delivered(outbox, 1)
    correction = await change(outbox, first, Change.CORRECTION)
    await outbox.record((await claimed(outbox, correction.id))[1], SENT, message_id=100)
    update = await change(outbox, correction, Change.UPDATE)
    [message] = copy_of((await claimed(outbox, update.id))[1]).messages
    assert (message.message_id, message.alert_id) == (100, correction.id)
    assert len(await outbox.rows(await mark_of(outbox, update))) == 1


async def test_a_recall_reaches_every_version_and_who_has_left(outbox: Outbox):
    """It knows the messages of all versions, and an unsubscription skips none of its rows, tried again or not."""
    await outbox.subscribe(1)
    first = await delivered(outbox, 1)
    update = await change(outbox, first, Change.UPDATE)
    rows = {row.alert_id: row for row in await outbox.claim()}
    await outbox.record(rows[update.id], SENT, message_id=150)
    await outbox.record(rows[await mark_of(outbox, update)], SENT, message_id=100)
    recall = await change(outbox, update, Change.RECALL)
    await outbox.roll.unsubscribe(1)
    row = (await claimed(outbox, recall.id))[1]
    assert [message.message_id for message in copy_of(row).messages] == [100, 150]
    assert copy_of(row).has_left
    await outbox.record(row, RETRY, again_in=0, reason="Telegram answered 502", may_have_arrived=True)
    again = (await claimed(outbox, recall.id))[1]
    assert copy_of(again).was_tried


async def test_only_the_newest_can_be_changed_and_only_once(outbox: Outbox):
    """A draft that waited while another version went out is refused at its confirmation, and names what to look at."""
    await outbox.subscribe(1)
    first = await delivered(outbox, 1)
    dana = await outbox.hire(13)
    draft = await outbox.follow_ups.draft(first.id, Change.UPDATE, dana)
    assert (await outbox.follow_ups.draft(first.id, Change.UPDATE, dana)).id == draft.id
    newest = await change(outbox, first, Change.UPDATE)
    with pytest.raises(InvalidInput) as refused:
        await outbox.desk.confirm(draft.id, draft.revision, dana)
    assert (refused.value.problem, refused.value.details) == ("superseded", {"reference": first.reference})
    assert await outbox.follow_ups.possible(first) == ()
    assert Change.RECALL in await outbox.follow_ups.possible(newest)
    with pytest.raises(Stale):
        await outbox.desk.send_uncertain_again(first.id)


async def test_a_follow_up_is_for_who_may_reach_all_of_its_sectors(outbox: Outbox):
    """Who is for one sector changes nothing that went to all, nor narrows a draft to it; any officer takes it back."""
    await outbox.subscribe(1)
    first = await delivered(outbox, 1)
    dana = await outbox.hire(13)
    [lead] = await outbox.grant(14, role=Role.LEAD, sectors=("retail",))
    for kind in (Change.CANCEL, Change.RECALL):
        with pytest.raises(NotAllowed):
            await outbox.follow_ups.at_once(first.id, kind, lead)
    limited = await outbox.hire(14, "retail")
    with pytest.raises(NotAllowed):
        await outbox.follow_ups.draft(first.id, Change.UPDATE, limited)
    draft = await outbox.follow_ups.draft(first.id, Change.CORRECTION, dana)
    for part, value in (("sectors", ["retail"]), ("severity", "critical"), ("attachment", None)):
        with pytest.raises(NotAllowed):
            await outbox.desk.revise(draft.id, 13, **{part: value})
    assert await outbox.follow_ups.at_once(first.id, Change.RECALL, limited) is not None


async def test_what_is_possible_follows_from_how_an_alert_stands(outbox: Outbox):
    """In force it takes everything; stopped or over it can be taken back; what ended it is itself hardly changed."""
    await outbox.subscribe(1, 2)
    first = await delivered(outbox, 1)
    assert set(await outbox.follow_ups.possible(await outbox.desk.find(first.id))) == set(Change) - {Change.MARK}
    stopped = await outbox.desk.cancel(first.id, by=None)
    assert await outbox.follow_ups.possible(stopped) == (Change.CANCEL, Change.RECALL)
    cancel = await change(outbox, stopped, Change.CANCEL)
    assert await outbox.follow_ups.possible(cancel) == (Change.UPDATE,)
    recalled = await change(outbox, await delivered(outbox, 1, 2), Change.RECALL)
    assert await outbox.follow_ups.possible(recalled) == ()
    old = await delivered(outbox, 1, 2)
    outbox.pass_hours(7)
    await outbox.desk.close_expired()
    assert await outbox.follow_ups.possible(await outbox.desk.find(old.id)) == (Change.RECALL,)


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        (Change.UPDATE, "alert-updated"),
        (Change.CORRECTION, "alert-corrected"),
        (Change.CANCEL, "alert-taken-back"),
        (Change.ALL_CLEAR, "all-clear-given"),
        (Change.RECALL, "alert-recalled"),
    ],
)
async def test_each_change_is_on_record(outbox: Outbox, kind: Change, act: str):
    """The record names the alert, what changed it and the mark of its text; the text itself stands nowhere in it."""
    await outbox.subscribe(1)
    first = await delivered(outbox, 1)
    follow_up = await change(outbox, first, kind)
    async with outbox.store.reading() as connection:
        entry = (await connection.execute(select(audit).where(audit.c.act == act))).one()
        everything = (await connection.execute(select(func.count()).select_from(audit))).scalar_one()
    assert (entry.subject, entry.place) == (f"alert {first.id}", "command line")
    assert (entry.after["alert"], entry.after["recipients"]) == (follow_up.id, 1)
    assert len(entry.after["text_sha256"]) == 64
    assert follow_up.headline not in str(entry.after)
    assert everything >= 1


async def test_the_marking_is_no_alert_of_its_own(outbox: Outbox):
    """It is listed nowhere, takes no reference that people would miss, and nobody gets a report of it."""
    await outbox.subscribe(1)
    first = await delivered(outbox, 1)
    update = await change(outbox, first, Change.UPDATE)
    listed = [alert.id for alert, _ in await outbox.desk.newest(10)]
    assert listed == [update.id, first.id]
    later = await outbox.send()
    assert [first.reference, update.reference, later.reference] == ["C-2026-0001", "C-2026-0002", "C-2026-0003"]
    assert await outbox.desk.unreported() == []
