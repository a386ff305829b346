"""Every pair of statuses of a subscription, through the code that a running Cascade uses."""

from collections.abc import Awaitable, Callable
from itertools import product

import pytest
from support.outbox import Outbox

from alerts.delivery.states import DeliveryState
from alerts.subscribers.states import MEANING, MOVES, SubscriberStatus

CHAT, OTHER = 101, 102
PAIRS = list(product(SubscriberStatus, SubscriberStatus))
Step = Callable[[Outbox], Awaitable[object]]


async def subscribe(outbox: Outbox) -> None:
    """Go through the subscription."""
    await outbox.subscribe(CHAT)


async def write(outbox: Outbox) -> None:
    """Write to the bot, or unblock it."""
    await outbox.roll.started(CHAT)


async def block(outbox: Outbox) -> None:
    """Block the bot."""
    await outbox.roll.blocked(CHAT)


async def leave(outbox: Outbox) -> None:
    """Unsubscribe."""
    await outbox.roll.unsubscribe(CHAT)


WAY_TO: dict[SubscriberStatus, tuple[Step, ...]] = {
    SubscriberStatus.ACTIVE: (),
    SubscriberStatus.SUSPENDED: (block,),
    SubscriberStatus.ENDED: (leave,),
}
ATTEMPTS: dict[SubscriberStatus, tuple[Step, ...]] = {
    SubscriberStatus.ACTIVE: (subscribe, write),
    SubscriberStatus.SUSPENDED: (block,),
    SubscriberStatus.ENDED: (leave,),
}
"""Everything that moves subscriptions to a status; a send that finds a chat gone has tests of its own below."""


async def status_of(outbox: Outbox, chat_id: int) -> tuple[str, str | None]:
    """Give a subscription's status and reason."""
    entry = await outbox.roll.find(chat_id)
    assert entry is not None
    return entry.status.value, entry.reason


def test_every_status_has_a_sentence_and_its_moves():
    """No status lacks a sentence or a line in the table of moves, none moves to itself, and all can be reached."""
    assert set(MEANING) == set(MOVES) == set(SubscriberStatus)
    assert all(len(sentence.split()) > 1 for sentence in MEANING.values())
    assert all(status not in news for status, news in MOVES.items())
    assert {new for news in MOVES.values() for new in news} == set(SubscriberStatus)


@pytest.mark.parametrize(("before", "after"), PAIRS)
async def test_a_subscription_moves_only_as_the_table_says(
    outbox: Outbox, before: SubscriberStatus, after: SubscriberStatus
):
    """From each status a subscription comes to each that the table allows, and by nothing to one that it forbids."""
    reached: set[str] = set()
    for attempt in ATTEMPTS[after]:
        for step in (subscribe, *WAY_TO[before]):
            await step(outbox)
        assert (await status_of(outbox, CHAT))[0] == before
        await attempt(outbox)
        reached.add((await status_of(outbox, CHAT))[0])
    assert after in reached or after not in MOVES[before]
    assert reached <= {before, *MOVES[before]}


async def test_only_the_person_takes_up_again_what_they_ended(outbox: Outbox):
    """Writing to the bot resumes a suspended subscription, and never one that the person has ended."""
    await outbox.subscribe(CHAT, OTHER)
    await outbox.roll.blocked(CHAT)
    await outbox.roll.unsubscribe(OTHER)
    assert await status_of(outbox, CHAT) == ("suspended", "blocked the bot")
    await outbox.roll.started(CHAT)
    await outbox.roll.started(OTHER)
    await outbox.roll.blocked(OTHER)
    assert await status_of(outbox, CHAT) == ("active", None)
    assert await status_of(outbox, OTHER) == ("ended", "unsubscribed")


@pytest.mark.parametrize(
    ("meanwhile", "found"),
    [
        ((), ("suspended", "the account was deleted")),
        ((block,), ("suspended", "blocked the bot")),
        ((leave,), ("ended", "unsubscribed")),
    ],
)
async def test_a_chat_that_a_send_finds_gone_is_suspended(
    outbox: Outbox, meanwhile: tuple[Step, ...], found: tuple[str, str]
):
    """A refused send suspends an active subscription with its reason; another status stays with the reason it has."""
    await outbox.subscribe(CHAT)
    await outbox.send()
    claimed = (await outbox.claim())[0]
    for step in meanwhile:
        await step(outbox)
    await outbox.record(claimed, DeliveryState.GONE, reason="the account was deleted")
    assert await status_of(outbox, CHAT) == found
