import asyncio
from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from support.clock import DrivenClock

from alerts.delivery.pacer import REPLY_LANE, SteadyPacer

ARRIVALS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.0, 0.0, 0.003, 0.3, 1.0, 1.5]), st.integers(REPLY_LANE, 3), st.integers(-3, 12)),
    max_size=70,
)


class Street:
    """Senders who ask a pacer for their turns, and when each of them got it.

    Attributes:
        went: (moment, lane, chat) of everything that was let go, in order.
    """

    def __init__(self, per_second: int = 30) -> None:
        self.clock = DrivenClock()
        self.pacer = SteadyPacer(self.clock, per_second)
        self.went: list[tuple[float, int, int]] = []
        self.waiting: list[asyncio.Task[None]] = []

    def ask(self, *chats: int, lane: int = 0) -> list[asyncio.Task[None]]:
        """Let somebody ask for a turn for each of these chats."""
        asked = [asyncio.create_task(self._turn(lane, chat)) for chat in chats]
        self.waiting += asked
        return asked

    def moments(self, *chats: int) -> list[float]:
        """Tell when messages went to these chats, or to any."""
        return [at for at, _, chat in self.went if not chats or chat in chats]

    async def _turn(self, lane: int, chat: int) -> None:
        await self.pacer.turn(lane, chat)
        self.went.append((self.clock.monotonic(), lane, chat))


def most_in_a_second(moments: Iterable[float]) -> int:
    """Count the fullest window of one second, both ends included."""
    times = list(moments)
    return max((sum(start <= at <= start + 1 for at in times) for start in times), default=0)


async def arrive(arrivals: list[tuple[float, int, int]], per_second: int) -> Street:
    """Let everybody arrive, and wait until all have gone."""
    street = Street(per_second)
    for pause, lane, chat in arrivals:
        if pause:
            await street.clock.advance(pause)
        street.ask(chat, lane=lane)
    for _ in range(40):
        if all(task.done() for task in street.waiting):
            break
        await street.clock.advance(10)
    return street


@settings(max_examples=60, deadline=None, derandomize=True)
@given(ARRIVALS, st.sampled_from([1, 2, 5, 25, 30]))
def test_however_senders_arrive_no_limit_is_broken(arrivals: list[tuple[float, int, int]], per_second: int):
    """No second holds more than the rate, no chat gets two within a second, no group 21 within a minute; all go."""
    street = asyncio.run(arrive(arrivals, per_second))
    assert len(street.went) == len(arrivals)
    assert most_in_a_second(street.moments()) <= per_second
    for chat in {chat for _, _, chat in street.went}:
        mine = street.moments(chat)
        assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in pairwise(mine))
        if chat < 0:
            assert all(later - earlier >= 60.0 - 1e-9 for earlier, later in zip(mine, mine[20:], strict=False))


async def test_a_long_broadcast_goes_at_29_a_second_at_least():
    """At 30 a second ten seconds pass 290 messages, and no second of them more than 30."""
    street = Street(30)
    street.ask(*range(1, 401))
    await street.clock.advance(10)
    assert len(street.went) >= 290
    assert most_in_a_second(street.moments()) <= 30


async def test_timers_that_are_late_do_not_make_a_burst():
    """After a pause of the whole machine the messages do not go all at once."""
    street = Street(10)
    street.ask(*range(1, 41))
    await street.clock.advance(1)
    street.clock.elapsed_seconds += 5
    await street.clock.advance(5)
    assert len(street.went) == 40
    assert most_in_a_second(street.moments()) <= 10


async def test_a_chat_gets_one_message_a_second():
    """Messages to one chat are a second apart, and those to others go in between."""
    street = Street(10)
    street.ask(7, 7, 7, 8, 9)
    await street.clock.advance(3)
    first, second, third = street.moments(7)
    assert second - first >= 1
    assert third - second >= 1
    assert max(street.moments(8, 9)) < second


async def test_a_group_gets_20_messages_a_minute():
    """The 21st message to a group waits until the first is a minute old; a private chat has no such limit."""
    street = Street(30)
    street.ask(*[-7] * 22, *[7] * 22)
    await street.clock.advance(59.9)
    assert len(street.moments(-7)) == 20
    assert len(street.moments(7)) == 22
    await street.clock.advance(2)
    group = street.moments(-7)
    assert group[20] - group[0] >= 60
    assert group[21] - group[1] >= 60


async def test_replies_go_first_and_then_the_lanes_in_order():
    """Among those who wait, the lane decides, and within a lane who came first."""
    street = Street(10)
    for chat, lane in enumerate([3, 1, 0, 2, REPLY_LANE, 0, 3, REPLY_LANE], 1):
        street.ask(chat, lane=lane)
    await street.clock.advance(2)
    assert [chat for _, _, chat in street.went] == [5, 8, 3, 6, 2, 4, 1, 7]


async def test_a_reply_overtakes_a_broadcast_under_way():
    """Somebody who asks in the midst of a broadcast gets the very next slot."""
    street = Street(10)
    street.ask(*range(1, 51), lane=0)
    await street.clock.advance(1)
    gone = len(street.went)
    street.ask(99, lane=REPLY_LANE)
    await street.clock.advance(0.2)
    assert street.went[gone][2] == 99


async def test_a_busy_chat_of_an_urgent_lane_does_not_hold_up_the_others():
    """Who waits for their own chat is passed by less urgent messages to other chats."""
    street = Street(10)
    street.ask(1, 1, lane=0)
    street.ask(2, lane=3)
    await street.clock.advance(0.5)
    assert [chat for _, _, chat in street.went] == [1, 2]


async def test_a_refusal_from_a_private_chat_holds_everything():
    """Nothing goes anywhere before the wait is over, a reply neither, and a shorter wait does not shorten it."""
    street = Street(30)
    street.pacer.refused(5, 3.0)
    street.pacer.refused(6, 1.0)
    assert street.pacer.held_seconds() == 3.0
    street.ask(5, 6, -7)
    street.ask(8, lane=REPLY_LANE)
    await street.clock.advance(2.9)
    assert (street.went, round(street.pacer.held_seconds(), 3)) == ([], 0.1)
    await street.clock.advance(1.1)
    assert street.pacer.held_seconds() == 0.0
    assert min(street.moments()) >= 3.0
    assert len(street.went) == 4


async def test_a_refusal_while_others_wait_holds_them_too():
    """A 429 in the midst of a broadcast stops it for as long as it says."""
    street = Street(10)
    street.ask(*range(1, 31))
    await street.clock.advance(1)
    gone = len(street.went)
    street.pacer.refused(3, 4.0)
    await street.clock.advance(3.9)
    assert len(street.went) == gone
    await street.clock.advance(4)
    assert len(street.went) == 30


async def test_a_refusal_from_a_group_holds_that_group_alone():
    """Another group and a private chat go on at once."""
    street = Street(30)
    street.pacer.refused(-5, 3.0)
    assert street.pacer.held_seconds() == 0.0
    street.ask(-5, -6, 5)
    await street.clock.advance(2.9)
    assert {chat for _, _, chat in street.went} == {-6, 5}
    await street.clock.advance(0.5)
    assert min(street.moments(-5)) >= 3.0


async def test_who_gives_up_blocks_nobody():
    """Waiters that are cancelled take no slot, whether they stood first, in the midst, or for a busy chat."""
    street = Street(10)
    asked = street.ask(*range(1, 31), lane=0)
    await street.clock.advance(0)
    for task in asked[1:29]:
        task.cancel()
    await street.clock.advance(0.2)
    assert [chat for _, _, chat in street.went] == [1, 30]


async def test_the_pacer_goes_on_after_all_have_given_up():
    """When the last waiter leaves, the next one who comes is served."""
    street = Street(10)
    street.pacer.refused(-1, 5.0)
    [only] = street.ask(-1)
    await street.clock.advance(1)
    only.cancel()
    await street.clock.advance(1)
    street.ask(2)
    await street.clock.advance(0.1)
    assert [chat for _, _, chat in street.went] == [2]


async def test_a_waiter_whose_patience_ends_uses_up_no_turn():
    """Who would not wait so long is told so, and the turn goes to the next who still waits."""
    street = Street(per_second=1)
    asked = [asyncio.create_task(street.pacer.turn(0, chat, patience_seconds=2.0)) for chat in range(1, 6)]
    await street.clock.advance(3.5)
    street.ask(9)
    await street.clock.advance(1)
    assert [await waiter for waiter in asked] == [True, True, False, False, False]
    assert street.moments(9) == [3.5]


async def test_a_waiter_for_a_held_group_is_told_in_time():
    """Patience ends at its moment although the group itself is held for minutes."""
    street = Street()
    street.pacer.refused(-5, 300)
    impatient = asyncio.create_task(street.pacer.turn(0, -5, patience_seconds=2.0))
    await street.clock.advance(1.9)
    assert not impatient.done()
    await street.clock.advance(0.2)
    assert await impatient is False
