"""Every pair of states of an item from outside, through the code that a running Cascade uses."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import product

import pytest
from support.newsroom import DANA, FLOOD, Newsroom

from alerts.errors import CascadeError
from alerts.publishing.checks import LONGEST_LIFE
from alerts.publishing.incoming_item import ARRIVAL_MEANING, MEANING, MOVES, ArrivalState, IncomingState

PAIRS = list(product(IncomingState, IncomingState))
Step = Callable[[Newsroom], Awaitable[object]]


async def arrive(newsroom: Newsroom) -> None:
    """Come for the first time."""
    await newsroom.incoming.arrive(FLOOD)


async def arrive_old(newsroom: Newsroom) -> None:
    """Be there before the source is watched."""
    async with newsroom.store.writing() as connection:
        await newsroom.incoming.arrive_within(connection, FLOOD, is_old=True)


async def edit(newsroom: Newsroom) -> None:
    """Come with other words."""
    await newsroom.incoming.arrive(replace(FLOOD, body="Other words."))


async def adopt(newsroom: Newsroom) -> None:
    """Become a draft."""
    await newsroom.incoming.adopt(1, await newsroom.person(DANA))


async def discard(newsroom: Newsroom) -> None:
    """Be thrown away."""
    await newsroom.incoming.discard(1, await newsroom.person(DANA))


async def withdraw(newsroom: Newsroom) -> None:
    """Be taken back by its source."""
    async with newsroom.store.writing() as connection:
        await newsroom.incoming.withdraw_within(connection, FLOOD.source, FLOOD.identifier)


async def lapse(newsroom: Newsroom) -> None:
    """Wait too long."""
    await newsroom.clock.advance(LONGEST_LIFE.total_seconds() + 1)
    await newsroom.incoming.lapse_old()


WAY_TO: dict[IncomingState, tuple[Step, ...]] = {
    IncomingState.WAITING: (arrive,),
    IncomingState.ADOPTED: (arrive, adopt),
    IncomingState.DISCARDED: (arrive, discard),
    IncomingState.WITHDRAWN: (arrive, withdraw),
    IncomingState.LAPSED: (arrive, lapse),
    IncomingState.SEEN: (arrive_old,),
}
ATTEMPT: dict[IncomingState, Step] = {
    IncomingState.WAITING: edit,
    IncomingState.ADOPTED: adopt,
    IncomingState.DISCARDED: discard,
    IncomingState.WITHDRAWN: withdraw,
    IncomingState.LAPSED: lapse,
    IncomingState.SEEN: arrive_old,
}
"""What moves an item to a state."""


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda state: state.value)
async def test_every_pair_is_allowed_or_refused_as_the_table_says(
    newsroom: Newsroom, before: IncomingState, after: IncomingState
):
    """What moves an item to a state does so exactly from where the table allows; elsewhere the item stays as it is."""
    for step in WAY_TO[before]:
        await step(newsroom)
    assert (await newsroom.item(1)).state is before
    try:
        await ATTEMPT[after](newsroom)
    except CascadeError:
        assert after not in MOVES[before]
    assert (await newsroom.item(1)).state is (after if after in MOVES[before] else before)


def test_every_state_has_a_sentence():
    """No state is without its meaning and its row of moves."""
    assert MEANING.keys() == MOVES.keys() == set(IncomingState)
    assert ARRIVAL_MEANING.keys() == set(ArrivalState)
