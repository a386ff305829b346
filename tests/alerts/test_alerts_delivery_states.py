"""Every pair of states of a row, through the code that a running Cascade uses."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from itertools import product

import pytest
from support.outbox import Outbox

from alerts.delivery.claim import Claimed
from alerts.delivery.queue import LostLead
from alerts.delivery.states import MEANING, MOVES, OPEN, WAITING, DeliveryState, as_state
from alerts.errors import CascadeError
from alerts.publishing.alert import Alert, AlertStatus

CHAT, OTHER = 101, 102
PAIRS = list(product(DeliveryState, DeliveryState))
OUTCOMES = [state for state in DeliveryState if state not in {DeliveryState.LEASED, DeliveryState.SKIPPED}]
"""What a dispatcher records; `queued` is a row that it gives back untried."""

Attempt = Callable[[Outbox, Alert], Awaitable[object]]


def recording(state: DeliveryState) -> Attempt:
    """Make the attempt to record an outcome for CHAT's row, as a dispatcher would that once had it."""

    async def attempt(outbox: Outbox, alert: Alert) -> None:
        row = await outbox.row(alert.id, CHAT)
        claimed = Claimed(row.id, alert.id, CHAT, row.lane, row.attempts, row.state_at)
        await outbox.record(claimed, state, reason="because")

    return attempt


async def claim(outbox: Outbox, _alert: Alert) -> None:
    """Claim whatever can be claimed."""
    await outbox.claim()


async def take_back(outbox: Outbox, _alert: Alert) -> None:
    """Take back what a dead process held."""
    await outbox.other.take_over(outbox.clock.now())


async def send_again(outbox: Outbox, alert: Alert) -> None:
    """Press 'send again'."""
    await outbox.desk.send_uncertain_again(alert.id)


async def cancel(outbox: Outbox, alert: Alert) -> None:
    """Stop the alert."""
    await outbox.desk.cancel(alert.id, by=None)


async def cancel_and_fail(outbox: Outbox, alert: Alert) -> None:
    """Stop the alert while a send is under way that then fails for a time."""
    await outbox.desk.cancel(alert.id, by=None)
    await recording(DeliveryState.RETRY)(outbox, alert)


async def unsubscribe(outbox: Outbox, _alert: Alert) -> None:
    """Take CHAT off the roll."""
    await outbox.roll.unsubscribe(CHAT)


async def expire(outbox: Outbox, _alert: Alert) -> None:
    """Look for rows after the alert's expiry."""
    await outbox.queue.claim(0, outbox.clock.now() + timedelta(hours=7))


ATTEMPTS: dict[DeliveryState, tuple[Attempt, ...]] = {state: (recording(state),) for state in OUTCOMES} | {
    DeliveryState.LEASED: (claim,),
    DeliveryState.RETRY: (recording(DeliveryState.RETRY), take_back),
    DeliveryState.QUEUED: (recording(DeliveryState.QUEUED), send_again),
    DeliveryState.SKIPPED: (cancel, cancel_and_fail, unsubscribe, expire),
}
"""Everything that moves rows to a state."""


async def row_in(state: DeliveryState, outbox: Outbox) -> Alert:
    """Send an alert to CHAT, whose row then stands in a state, and to OTHER, whose row keeps the alert open."""
    await outbox.subscribe(CHAT, OTHER)
    alert = await outbox.send()
    row = await outbox.row(alert.id, CHAT)
    waits = {"not_before": outbox.clock.now()} if state is DeliveryState.RETRY else {}
    await outbox.force(row.id, **as_state(state), **waits)
    if state is DeliveryState.UNCERTAIN:
        other = next(row for row in await outbox.claim() if row.chat_id == OTHER)
        await outbox.record(other, DeliveryState.SENT, message_id=1)
    return alert


def test_the_states_are_those_of_the_contract():
    """There are exactly these eight, and four of them are the end of a row."""
    names = ["queued", "leased", "sent", "retry", "uncertain", "gone", "failed", "skipped"]
    assert [state.value for state in DeliveryState] == names
    assert {state for state, news in MOVES.items() if not news} == {"sent", "gone", "failed", "skipped"}
    assert set(WAITING) == {"queued", "retry"}
    assert set(OPEN) == {"queued", "retry", "leased"}


def test_every_state_has_a_sentence_and_its_moves():
    """No state lacks a sentence or a line in the table of moves, none moves to itself, and all can be reached."""
    assert set(MEANING) == set(MOVES) == set(DeliveryState)
    assert all(len(sentence.split()) > 3 for sentence in MEANING.values())
    assert all(state not in news for state, news in MOVES.items())
    assert {new for news in MOVES.values() for new in news} == set(DeliveryState)


@pytest.mark.parametrize(("before", "after"), PAIRS)
async def test_a_row_moves_only_as_the_table_says(outbox: Outbox, before: DeliveryState, after: DeliveryState):
    """From each state a row comes to each state that the table allows, and by nothing to one that it forbids."""
    reached: set[str] = set()
    for attempt in ATTEMPTS[after]:
        alert = await row_in(before, outbox)
        with suppress(CascadeError):
            await attempt(outbox, alert)
        reached.add((await outbox.row(alert.id, CHAT)).state)
    assert after in reached or after not in MOVES[before]
    assert reached <= {before, *MOVES[before]}


@pytest.mark.parametrize("state", OUTCOMES)
async def test_an_outcome_for_a_row_that_another_process_holds_changes_nothing(outbox: Outbox, state: DeliveryState):
    """A process that lost its lease cannot write over the row of the one that has it now."""
    await outbox.subscribe(CHAT)
    alert = await outbox.send()
    mine = (await outbox.claim())[0]
    now = outbox.clock.now()
    await outbox.other.take_over(now)
    await outbox.other.claim(1, now)
    before = await outbox.row(alert.id, CHAT)
    with pytest.raises(LostLead):
        await outbox.record(mine, state, message_id=7)
    assert await outbox.row(alert.id, CHAT) == before
    assert before.state == "leased"
    assert await outbox.status(alert.id) is AlertStatus.SENDING
