"""Who goes next, without time or tasks: each turn is one call."""

from dataclasses import dataclass
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery.lanes import BROADCAST_LANES, LOWEST_ONE_IN, REPLIES_ONE_IN, REPLY_LANE, Lanes

CRITICAL, URGENT, ADVISORY, INFORMATION = BROADCAST_LANES
ARRIVALS = st.lists(st.tuples(st.integers(REPLY_LANE, INFORMATION), st.integers(1, 6)), max_size=60)


@dataclass(frozen=True)
class One:
    """Somebody who waits: the number tells who came first."""

    lane: int
    chat_id: int
    number: int = 0


class Crowd:
    """Lanes, and the moments from which chats are free.

    Attributes:
        free_at: by chat; who is not in it is free.
    """

    def __init__(self) -> None:
        self.free_at: dict[int, float] = {}
        self.lanes: Lanes[One] = Lanes(lambda one: self.free_at.get(one.chat_id, 0.0))
        self._came = 0

    def come(self, lane: int, *chats: int) -> None:
        """Let somebody come for each of these chats."""
        for chat in chats:
            self._came += 1
            self.lanes.add(One(lane, chat, self._came))

    def pick(self, turns: int = 1, now: float = 0.0, *, replies_only: bool = False) -> list[One]:
        """Give so many turns, and tell who took them."""
        picked = [self.lanes.pick(now, replies_only=replies_only) for _ in range(turns)]
        return [one for one in picked if one]

    def lanes_of(self, turns: int) -> list[int]:
        """Give so many turns, and tell the lanes that took them."""
        return [one.lane for one in self.pick(turns)]


def test_answers_go_first_and_then_the_lanes_in_order():
    """Critical goes before urgent, advisory and information, answers before them all, and who came first in a lane."""
    crowd = Crowd()
    for chat, lane in enumerate([INFORMATION, URGENT, CRITICAL, ADVISORY, REPLY_LANE, CRITICAL, INFORMATION], 1):
        crowd.come(lane, chat)
    assert [one.chat_id for one in crowd.pick(8)] == [5, 3, 6, 2, 4, 1, 7]
    assert len(crowd.lanes) == 0


@pytest.mark.parametrize("lane", [CRITICAL, URGENT])
def test_while_a_pressing_alert_waits_answers_get_a_third(lane: int):
    """Of any turns that follow each other one in three is an answer's, however many wait; the rest is the alert's."""
    crowd = Crowd()
    crowd.come(lane, *range(1, 101))
    crowd.come(REPLY_LANE, *range(1001, 1101))
    took = crowd.lanes_of(120)
    assert took[0] == REPLY_LANE
    assert all(took[start : start + 3].count(REPLY_LANE) == 1 for start in range(118))


@pytest.mark.parametrize("lane", [ADVISORY, INFORMATION])
def test_answers_pass_an_alert_that_is_not_pressing(lane: int):
    """While advisory or information alone waits, every answer goes before it but for the lowest lane's share."""
    crowd = Crowd()
    crowd.come(lane, *range(1, 50))
    crowd.come(REPLY_LANE, *range(1001, 1041))
    assert crowd.lanes_of(40) == [REPLY_LANE] * 40


def test_answers_take_what_a_pressing_alert_leaves():
    """When everybody of the pressing alert waits for their chat, answers go one after the other."""
    crowd = Crowd()
    crowd.free_at[7] = 99.0
    crowd.come(CRITICAL, 7)
    crowd.come(REPLY_LANE, *range(1001, 1011))
    assert crowd.lanes_of(10) == [REPLY_LANE] * 10


@pytest.mark.parametrize("lowest", [URGENT, ADVISORY, INFORMATION])
def test_the_lowest_lane_gets_two_in_a_hundred(lowest: int):
    """Whatever waits before it, answers too, the lowest lane that waits has one turn in fifty, evenly."""
    crowd = Crowd()
    crowd.come(CRITICAL, *range(1, 1001))
    crowd.come(REPLY_LANE, *range(2001, 3001))
    crowd.come(lowest, *range(5001, 5051))
    took = crowd.lanes_of(1001)
    assert took.count(lowest) == 20
    places = [number for number, lane in enumerate(took) if lane == lowest]
    assert {after - before for before, after in pairwise(places)} == {LOWEST_ONE_IN}
    assert took.count(REPLY_LANE) <= 1001 / REPLIES_ONE_IN + 1


def test_a_held_chat_holds_up_nobody_else():
    """Who waits for their chat is passed by those behind, in every lane, and goes first of the lane when it is free."""
    crowd = Crowd()
    crowd.free_at[1] = 5.0
    for lane in (REPLY_LANE, *BROADCAST_LANES):
        crowd.come(lane, 1, 10 + lane)
    assert [one.chat_id for one in crowd.pick(9)] == [9, 10, 11, 12, 13]
    assert (len(crowd.lanes), crowd.lanes.look_at()) == (5, 5.0)
    assert [crowd.lanes.waiting(lane) for lane in BROADCAST_LANES] == [1, 1, 1, 1]
    crowd.come(CRITICAL, 20)
    assert [(one.lane, one.chat_id) for one in crowd.pick(3, now=5.0)] == [
        (REPLY_LANE, 1),
        (CRITICAL, 1),
        (CRITICAL, 20),
    ]


def test_nothing_is_looked_at_when_nobody_waits_for_a_chat():
    """The moment to look again is that of the first chat to be free, and none when all are."""
    crowd = Crowd()
    crowd.come(CRITICAL, 1, 2)
    assert crowd.lanes.look_at() == inf
    crowd.free_at.update({1: 7.0, 2: 3.0})
    assert crowd.pick() == []
    assert crowd.lanes.look_at() == 3.0


def test_who_is_still_held_waits_on():
    """A chat whose hold became longer meanwhile is looked at again at the new moment."""
    crowd = Crowd()
    crowd.free_at[1] = 3.0
    crowd.come(CRITICAL, 1)
    assert crowd.pick() == []
    crowd.free_at[1] = 8.0
    assert crowd.pick(now=3.0) == []
    assert crowd.lanes.look_at() == 8.0
    assert [one.chat_id for one in crowd.pick(now=8.0)] == [1]


def test_one_chats_messages_go_in_the_order_in_which_they_came():
    """Messages to one chat that waited for it together go as they came, in each lane."""
    crowd = Crowd()
    crowd.come(REPLY_LANE, 1, 1, 1, 1)
    went = []
    for second in range(4):
        went += [one.number for one in crowd.pick(now=float(second))]
        crowd.free_at[1] = second + 1.0
        assert crowd.pick(now=float(second)) == []
    assert went == [1, 2, 3, 4]


def test_when_no_rows_are_wanted_only_answers_go():
    """Rows stay where they are, and answers go while no pressing alert waits."""
    crowd = Crowd()
    crowd.come(INFORMATION, *range(1, 6))
    crowd.come(REPLY_LANE, *range(11, 21))
    assert [one.lane for one in crowd.pick(20, replies_only=True)] == [REPLY_LANE] * 10
    assert crowd.lanes.waiting(INFORMATION) == 5


def test_who_is_unwanted_is_taken_out_wherever_they_wait():
    """Those of whom it is true leave, whether their chat is held or not; the others keep their places."""
    crowd = Crowd()
    crowd.free_at.update({1: 5.0, 2: 4.0, 3: 6.0})
    crowd.come(CRITICAL, 1, 2, 3, 4)
    crowd.come(INFORMATION, 5, 6, 7)
    assert [one.chat_id for one in crowd.pick()] == [4]
    taken = crowd.lanes.take_out(lambda one: one.chat_id in {1, 2, 6})
    assert sorted(one.chat_id for one in taken) == [1, 2, 6]
    assert crowd.lanes.look_at() == 6.0
    assert [one.chat_id for one in crowd.pick(4, now=6.0)] == [3, 5, 7]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(ARRIVALS, st.sets(st.integers(1, 6)))
def test_everybody_goes_once_and_in_the_order_of_their_lane(arrivals: list[tuple[int, int]], held: set[int]):
    """Whoever comes, all whose chat is free go, once and in each lane's order; the others when it is free."""
    crowd = Crowd()
    crowd.free_at = dict.fromkeys(held, 9.0)
    for lane, chat in arrivals:
        crowd.come(lane, chat)
    went = crowd.pick(len(arrivals))
    assert all(one.chat_id not in held for one in went)
    for lane in (REPLY_LANE, *BROADCAST_LANES):
        numbers = [one.number for one in went if one.lane == lane]
        assert numbers == sorted(numbers)
        assert crowd.lanes.waiting(lane) == sum(wish[0] == lane for wish in arrivals) - len(numbers)
    late = crowd.pick(len(arrivals), now=9.0)
    assert sorted(one.number for one in went + late) == list(range(1, len(arrivals) + 1))
