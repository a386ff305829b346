"""Every pair of statuses of an alert, through the code that a running Cascade uses."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from itertools import product

import pytest
from support.outbox import Outbox, officer

from alerts.delivery.claim import Claimed
from alerts.delivery.states import DeliveryState
from alerts.errors import CascadeError, Stale
from alerts.publishing.alert import MEANING, MOVES, Alert, AlertStatus, Severity
from alerts.publishing.record import find_alert, move_alert

CHAT, OTHER, AUTHOR = 101, 102, 501
PAIRS = list(product(AlertStatus, AlertStatus))
Step = Callable[[Outbox, Alert], Awaitable[object]]


async def draft(outbox: Outbox) -> Alert:
    """Write a draft that is ready to be confirmed."""
    alert = await outbox.desk.start_draft(AUTHOR)
    expires_at = outbox.clock.now() + timedelta(hours=6)
    return await outbox.desk.revise(
        alert.id, AUTHOR, headline="Test", body="Text", severity=Severity.ADVISORY, expires_at=expires_at
    )


async def revise(outbox: Outbox, alert: Alert) -> None:
    """Change the draft."""
    await outbox.desk.revise(alert.id, AUTHOR, headline="Other")


async def confirm(outbox: Outbox, alert: Alert) -> None:
    """Confirm the draft as it stands."""
    await outbox.desk.confirm(alert.id, (await outbox.desk.find(alert.id)).revision, officer(AUTHOR))


async def deliver(outbox: Outbox, alert: Alert) -> None:
    """Send every row that can be had, OTHER's without an answer; then report them all as sent once more."""
    for row in await outbox.claim():
        await outbox.record(row, DeliveryState.SENT if row.chat_id == CHAT else DeliveryState.UNCERTAIN)
    for row in await outbox.rows(alert.id):
        late = Claimed(row.id, alert.id, row.chat_id, 2, 0, outbox.clock.now())
        await outbox.record(late, DeliveryState.SENT)


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
    AlertStatus.SENDING: (confirm,),
    AlertStatus.SENT: (confirm, deliver),
    AlertStatus.CLOSED: (confirm, deliver, outlive),
    AlertStatus.CANCELLED: (cancel,),
    AlertStatus.EXPIRED: (confirm, expire),
}
ATTEMPTS: dict[AlertStatus, tuple[Step, ...]] = {
    AlertStatus.DRAFT: (revise,),
    AlertStatus.SENDING: (confirm, send_again),
    AlertStatus.SENT: (deliver,),
    AlertStatus.CLOSED: (outlive,),
    AlertStatus.CANCELLED: (cancel, discard),
    AlertStatus.EXPIRED: (expire,),
}
"""Everything that moves alerts to a status."""


async def alert_in(status: AlertStatus, outbox: Outbox) -> Alert:
    """Bring an alert for CHAT and OTHER to a status."""
    await outbox.subscribe(CHAT, OTHER)
    alert = await draft(outbox)
    for step in WAY_TO[status]:
        await step(outbox, alert)
    assert await outbox.status(alert.id) is status
    return alert


def test_every_status_has_a_sentence_and_its_moves():
    """No status lacks a sentence or a line in the table of moves, none moves to itself, and all can be reached."""
    assert set(MEANING) == set(MOVES) == set(AlertStatus)
    assert all(len(sentence.split()) > 3 for sentence in MEANING.values())
    assert all(status not in news for status, news in MOVES.items())
    assert {new for news in MOVES.values() for new in news} == set(AlertStatus) - {AlertStatus.DRAFT}


@pytest.mark.parametrize(("before", "after"), PAIRS)
async def test_an_alert_moves_only_as_the_table_says(outbox: Outbox, before: AlertStatus, after: AlertStatus):
    """From each status an alert comes to each that the table allows, and by nothing to one that it forbids."""
    reached: set[AlertStatus] = set()
    for attempt in ATTEMPTS[after]:
        alert = await alert_in(before, outbox)
        with suppress(CascadeError):
            await attempt(outbox, alert)
        reached.add(await outbox.status(alert.id))
    assert after in reached or after not in MOVES[before]
    assert reached <= {before, *MOVES[before]}


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
