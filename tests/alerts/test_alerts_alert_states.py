"""Every pair of statuses of an alert, through the code that a running Cascade uses."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from itertools import product

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox, officer

from alerts.delivery.claim import Claimed
from alerts.delivery.states import DeliveryState
from alerts.errors import CascadeError, Stale
from alerts.people.rights import Right
from alerts.people.roster import Person
from alerts.publishing.alert import MEANING, MOVES, Alert, AlertStatus, Severity
from alerts.publishing.approval import glass_phrase
from alerts.publishing.approvals import Rule
from alerts.publishing.record import find_alert, move_alert, update_alert
from alerts.store import Store
from alerts.subscribers.sectors import Directory

CHAT, OTHER, AUTHOR, SECOND, THIRD = 101, 102, 501, 502, 503
PAIRS = list(product(AlertStatus, AlertStatus))
Step = Callable[[Outbox, Alert], Awaitable[object]]


async def draft(outbox: Outbox) -> Alert:
    """Write a draft that is ready to be confirmed, in a house where nobody else may approve."""
    alert = await outbox.desk.start_draft(AUTHOR)
    expires_at = outbox.clock.now() + timedelta(hours=6)
    return await outbox.desk.revise(
        alert.id, AUTHOR, headline="Test", body="Text", severity=Severity.CRITICAL, expires_at=expires_at
    )


async def staff(outbox: Outbox) -> None:
    """Let two others approve, and so the rule bind."""
    await outbox.grant(SECOND, THIRD)


async def submit(outbox: Outbox, alert: Alert) -> None:
    """Bring in the second person and confirm the draft."""
    await staff(outbox)
    await confirm(outbox, alert)


async def delay(outbox: Outbox, alert: Alert) -> None:
    """Let the draft go out later, before its expiry."""
    await outbox.desk.revise(alert.id, AUTHOR, send_at=outbox.clock.now() + timedelta(hours=3))


async def second(outbox: Outbox) -> Person:
    """Give the second person, who holds a role only where one was brought in."""
    return await outbox.roster.find(SECOND) or officer(SECOND)


async def approve(outbox: Outbox, alert: Alert) -> None:
    """Approve the alert as it stands, as the second person."""
    await outbox.desk.approve(alert.id, (await outbox.desk.find(alert.id)).revision, await second(outbox))


async def give_back(outbox: Outbox, alert: Alert) -> None:
    """Return the alert as it stands."""
    await outbox.desk.give_back(
        alert.id, (await outbox.desk.find(alert.id)).revision, await second(outbox), "Too long."
    )


async def break_glass(outbox: Outbox, alert: Alert) -> None:
    """Send it on the author's own word."""
    now = await outbox.desk.find(alert.id)
    await outbox.desk.break_glass(alert.id, now.revision, await outbox.hire(AUTHOR), glass_phrase(now))


async def take_back(outbox: Outbox, alert: Alert) -> None:
    """Make a draft of it again."""
    await outbox.desk.take_back(alert.id, AUTHOR)


async def come_due(outbox: Outbox, _alert: Alert) -> None:
    """Let half a minute and then some hours pass, and look what is due."""
    for hours in (0.01, 3):
        outbox.pass_hours(hours)
        await outbox.desk.send_due()


async def lapse(outbox: Outbox, _alert: Alert) -> None:
    """Let the expiry pass before anybody looks what is due."""
    outbox.pass_hours(6)
    await outbox.desk.send_due()


async def revise(outbox: Outbox, alert: Alert) -> None:
    """Change the draft."""
    await outbox.desk.revise(alert.id, AUTHOR, headline="Other")


async def confirm(outbox: Outbox, alert: Alert) -> None:
    """Confirm the draft as it stands."""
    await outbox.desk.confirm(alert.id, (await outbox.desk.find(alert.id)).revision, await outbox.hire(AUTHOR))


async def deliver(outbox: Outbox, alert: Alert) -> None:
    """Send every row that can be had, OTHER's without an answer; then report them all as sent once more."""
    for row in await outbox.claim():
        await outbox.record(row, DeliveryState.SENT if row.chat_id == CHAT else DeliveryState.UNCERTAIN)
    for row in await outbox.rows(alert.id):
        late = Claimed(row.id, alert.id, row.chat_id, 2, 0, outbox.clock.now())
        await outbox.record(late, DeliveryState.SENT)


async def confirm_later(outbox: Outbox, alert: Alert) -> None:
    """Confirm a draft that is to go out later."""
    await postpone(outbox, alert)
    await confirm(outbox, alert)


async def approve_later(outbox: Outbox, alert: Alert) -> None:
    """Approve an alert whose author wants it to go out later."""
    await postpone(outbox, alert)
    await approve(outbox, alert)


async def postpone(outbox: Outbox, alert: Alert) -> None:
    """Write a later time into the row itself, whatever its status."""
    send_at = outbox.clock.now() + timedelta(hours=3)
    async with outbox.store.writing() as connection:
        await update_alert(connection, alert.id, send_at=send_at)


async def send_again(outbox: Outbox, alert: Alert) -> None:
    """Press 'send again'."""
    await outbox.desk.send_uncertain_again(alert.id)


async def outlive(outbox: Outbox, _alert: Alert) -> None:
    """Let the expiry pass with all rows claimed, so that no look for rows ends the alert."""
    await outbox.claim()
    outbox.pass_hours(6)
    await outbox.desk.close_expired()


async def expire(outbox: Outbox, _alert: Alert) -> None:
    """Let the expiry pass and look for rows."""
    outbox.pass_hours(6)
    await outbox.claim()


async def cancel(outbox: Outbox, alert: Alert) -> None:
    """Stop the alert."""
    await outbox.desk.cancel(alert.id, by=AUTHOR)


async def discard(outbox: Outbox, alert: Alert) -> None:
    """Throw the draft away."""
    await outbox.desk.discard(alert.id, AUTHOR)


WAY_TO: dict[AlertStatus, tuple[Step, ...]] = {
    AlertStatus.DRAFT: (),
    AlertStatus.SUBMITTED: (submit,),
    AlertStatus.APPROVED: (submit, break_glass),
    AlertStatus.SCHEDULED: (delay, confirm),
    AlertStatus.SENDING: (confirm,),
    AlertStatus.SENT: (confirm, deliver),
    AlertStatus.CLOSED: (confirm, deliver, outlive),
    AlertStatus.REJECTED: (submit, give_back),
    AlertStatus.CANCELLED: (cancel,),
    AlertStatus.EXPIRED: (confirm, expire),
}
ATTEMPTS: dict[AlertStatus, tuple[Step, ...]] = {
    AlertStatus.DRAFT: (revise, take_back),
    AlertStatus.SUBMITTED: (submit,),
    AlertStatus.APPROVED: (break_glass,),
    AlertStatus.SCHEDULED: (approve_later, confirm_later),
    AlertStatus.SENDING: (confirm, approve, send_again, come_due),
    AlertStatus.SENT: (deliver,),
    AlertStatus.CLOSED: (outlive,),
    AlertStatus.REJECTED: (give_back,),
    AlertStatus.CANCELLED: (cancel, discard),
    AlertStatus.EXPIRED: (expire, lapse),
}
"""Everything that moves alerts to a status."""

NEVER_LEFT_SO = {(AlertStatus.APPROVED, AlertStatus.SCHEDULED)}
"""A move that is made inside the transaction of an approval, and so is not seen from outside."""


async def alert_in(status: AlertStatus, outbox: Outbox) -> Alert:
    """Bring an alert for CHAT and OTHER to a status."""
    await outbox.subscribe(CHAT, OTHER)
    alert = await draft(outbox)
    for step in WAY_TO[status]:
        await step(outbox, alert)
    assert await outbox.status(alert.id) is status
    return alert


@pytest.fixture
def outbox(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """A desk in a house where the glass may be broken."""
    return Outbox(store, clock, directory, Rule(break_glass=True, breaks_an_hour=50))


def test_every_status_has_a_sentence_and_its_moves():
    """No status lacks a sentence or a line in the table of moves, none moves to itself, and all can be reached."""
    assert set(MEANING) == set(MOVES) == set(AlertStatus)
    assert all(len(sentence.split()) > 3 for sentence in MEANING.values())
    assert all(status not in news for status, news in MOVES.items())
    assert {new for news in MOVES.values() for new in news} == set(AlertStatus)


def test_every_move_names_who_may_make_it():
    """Each move needs a right, and one that is held by somebody; what needs none is the clock's and the sender's."""
    by_itself = {(old, new) for old, news in MOVES.items() for new, right in news.items() if right is None}
    due = {AlertStatus.SENDING, AlertStatus.SCHEDULED, AlertStatus.SENT, AlertStatus.CLOSED, AlertStatus.EXPIRED}
    assert {new for _, new in by_itself} == due
    assert {right for news in MOVES.values() for right in news.values() if right} == {
        Right.SEND_ALERTS,
        Right.APPROVE,
        Right.STOP,
    }
    assert all(news[AlertStatus.CANCELLED] is Right.STOP for news in MOVES.values() if AlertStatus.CANCELLED in news)


@pytest.mark.parametrize(("before", "after"), PAIRS)
async def test_an_alert_moves_only_as_the_table_says(outbox: Outbox, before: AlertStatus, after: AlertStatus):
    """From each status an alert comes to each that the table allows, and by nothing to one that it forbids."""
    reached: set[AlertStatus] = set()
    for attempt in ATTEMPTS[after]:
        alert = await alert_in(before, outbox)
        with suppress(CascadeError):
            await attempt(outbox, alert)
        reached.add(await outbox.status(alert.id))
    assert after in reached or after not in MOVES[before] or (before, after) in NEVER_LEFT_SO
    assert reached <= {before, *ways_from(before)}


def ways_from(before: AlertStatus) -> set[AlertStatus]:
    """Give where the table lets an alert come to, through statuses that last no longer than a transaction."""
    approving = before is AlertStatus.SUBMITTED
    return {*MOVES[before], *({AlertStatus.SENDING, AlertStatus.SCHEDULED} if approving else ())}


@pytest.mark.parametrize(("before", "after"), PAIRS)
async def test_the_store_refuses_every_other_move(outbox: Outbox, before: AlertStatus, after: AlertStatus):
    """The function that moves an alert refuses what is not in the table, whoever calls it."""
    alert = await alert_in(before, outbox)
    now = outbox.clock.now()
    async with outbox.store.writing() as connection:
        found = await find_alert(connection, alert.id)
        if after in MOVES[before]:
            await move_alert(connection, found, after, now)
            assert (await find_alert(connection, alert.id)).status is after
        else:
            with pytest.raises(Stale, match=f"is {before} and cannot become {after}"):
                await move_alert(connection, found, after, now)
            assert await find_alert(connection, alert.id) == found
