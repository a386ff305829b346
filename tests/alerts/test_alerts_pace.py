"""The bot's rate alone; the moments are driven by a loop that comes round every hundredth of a second."""

from collections.abc import Callable
from itertools import count, cycle, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery.pace import REPAID_SHARE, Pace, Turn
from alerts.delivery.pacer import TICK_SECONDS

QUICKEST = 0.01
ANSWERS = st.lists(st.sampled_from([QUICKEST, 0.02, 0.02, 0.1, 0.4, 0.9]), min_size=1, max_size=40)
PAUSES = st.lists(st.sampled_from([0.0, 0.01, 0.05, 0.3, 1.0, 4.0]), min_size=1, max_size=30)


def drain(pace: Pace, start: float, seconds: float) -> list[float]:
    """Let messages go as fast as may be, from rounds that come each tick, and tell when they went."""
    went: list[float] = []
    for number in range(round(seconds / TICK_SECONDS)):
        now = start + number * TICK_SECONDS
        while pace.opens_at(now) <= now:
            pace.went(now)
            went.append(now)
    return went


def most_in_a_second(moments: list[float]) -> int:
    """Count the fullest window of one second, both ends included."""
    return max((sum(start <= at <= start + 1.0 for at in moments) for start in moments), default=0)


def arrivals(pace: Pace, took: Callable[[float], float]) -> list[float]:
    """Send for eight seconds over a line on which a message takes so long, and tell when each came to Telegram.

    An answer needs the quickest time from there; the rest of what it took, the message was on its way.
    """
    arrived: list[float] = []
    pace.answered(pace.went(0.0), QUICKEST)
    under_way: list[tuple[float, Turn]] = []
    for number in range(1, 800):
        now = number * TICK_SECONDS
        for answered_at, turn in [one for one in under_way if one[0] <= now]:
            pace.answered(turn, answered_at)
        under_way = [one for one in under_way if one[0] > now]
        while pace.opens_at(now) <= now:
            seconds = took(now)
            arrived.append(now + seconds - QUICKEST)
            under_way.append((now + seconds, pace.went(now)))
    return sorted(arrived)


def first_after(pace: Pace, now: float) -> float:
    """Tell when the next message may go, whatever has to pass before it."""
    while (opens_at := pace.opens_at(now)) > now:
        now = opens_at
    return now


def test_ten_seconds_at_30_pass_297():
    """At 30 a second ten seconds pass 297 messages at least, and no second of them more than 30, the first neither."""
    went = drain(Pace(30), 1000.0, 10.0)
    assert 297 <= len(went) <= 300
    assert most_in_a_second(went) == 30
    assert sum(at < 1001.0 for at in went) <= 30


@pytest.mark.parametrize("per_second", [1, 7, 100, 300])
def test_other_rates_are_kept_to_99_in_a_hundred(per_second: int):
    """Ten seconds pass 99 % of the rate at least, though many messages share a round; no second holds more than it."""
    went = drain(Pace(per_second), 50.0, 10.0)
    assert len(went) >= 0.99 * per_second * 10
    assert most_in_a_second(went) <= per_second


def test_messages_are_spaced_evenly():
    """A tenth of a second never holds more than its share and one message that was late by a round."""
    went = drain(Pace(100), 0.0, 5.0)
    assert max(sum(start <= at < start + 0.1 for at in went) for start in went) <= 11


def test_what_a_stall_costs_is_repaid_bit_by_bit():
    """A disk that stands still for 0.3 s costs the rate nothing: a tenth of a second at once, the rest faster."""
    pace = Pace(100)
    before, after = drain(pace, 0.0, 2.0), drain(pace, 2.3, 7.7)
    assert len(before) + len(after) >= 0.99 * 100 * 10
    faster = 100 / (1 - REPAID_SHARE)
    assert max(after.count(at) for at in after) <= 1 + 100 * 0.1
    assert max(sum(start < at <= start + 0.1 for at in after) for start in after) <= 1 + faster * 0.1
    assert most_in_a_second([*before, *after]) <= 100


@pytest.mark.parametrize(("somebody_waits", "longest"), [(False, 0.33), (True, 0.07)])
def test_the_echo_of_a_stall_ends_with_the_first_who_waits(*, somebody_waits: bool, longest: float):
    """A stall that is made good comes back each second as a gap, until somebody waits in it for an answer.

    From the next second on nobody waits longer than two messages take.
    """
    pace = Pace(30)
    drain(pace, 0.0, 2.0)
    drain(pace, 2.3, 0.8)
    if somebody_waits:
        pace.forgive(3.1)
    went = drain(pace, 3.1, 6.0)
    gaps = [later - earlier for earlier, later in pairwise(went) if later > 4.0]
    assert max(gaps) <= longest
    assert (max(gaps) > 0.1) != somebody_waits


def test_time_in_which_nobody_waited_is_not_made_good():
    """After an idle time messages begin evenly spaced."""
    pace = Pace(100)
    drain(pace, 0.0, 1.0)
    after = drain(pace, 60.0, 1.0)
    assert sum(at < 60.1 for at in after) <= 11


@settings(max_examples=60, deadline=None, derandomize=True)
@given(PAUSES, st.sampled_from([1, 2, 5, 30, 100]))
def test_a_machine_that_stands_still_makes_no_burst(pauses: list[float], per_second: int):
    """However the rounds are late, no second holds more than the rate, and a tenth of it at most is made good at once.

    What a round lets go is one message, and what the time since the last would have passed, a tenth of a second's at
    most.
    """
    pace, now = Pace(per_second), 0.0
    went: list[float] = []
    for pause in pauses * 5:
        now += pause
        before = len(went)
        while pace.opens_at(now) <= now:
            pace.went(now)
            went.append(now)
        assert len(went) - before <= 1 + per_second * 0.1
    assert most_in_a_second(went) <= per_second


@settings(max_examples=60, deadline=None, derandomize=True)
@given(ANSWERS, st.sampled_from([2, 5, 30]))
def test_what_was_held_up_on_its_way_counts_from_its_arrival(answers: list[float], per_second: int):
    """However answers vary within a second, none holds more than the rate as Telegram saw the messages come."""
    times = cycle(answers)
    arrived = arrivals(Pace(per_second), lambda _: next(times))
    assert len(arrived) > per_second
    assert most_in_a_second(arrived) <= per_second


def test_a_hold_lasts_exactly_as_long_as_it_says():
    """Nothing may go before the last moment of a hold, and then at once; a shorter hold does not shorten it."""
    pace = Pace(30)
    drain(pace, 0.0, 2.0)
    pace.hold(2.0, 3.25)
    pace.hold(2.5, 1.0)
    assert pace.held_seconds(2.0) == 3.25
    assert pace.opens_at(5.249) == 5.25
    assert pace.opens_at(5.25) <= 5.25
    assert pace.held_seconds(5.25) == 0.0


@pytest.mark.parametrize("seconds", [0.3, 1.0, 7.0])
def test_after_a_hold_there_is_no_herd(seconds: float):
    """The first second after a hold passes no more than 0.7 of the rate and one message, however short it was."""
    pace = Pace(30)
    drain(pace, 0.0, 5.0)
    pace.hold(5.0, seconds)
    went = drain(pace, 5.0, seconds + 1.0)
    assert min(went) >= 5.0 + seconds
    assert 0 < len(went) <= 0.7 * 30 + 1


def test_the_rate_is_won_back_by_a_tenth_of_the_full_one_each_five_seconds():
    """After a hold the rate is 0.7, five seconds later 0.8, and full after fifteen, and no more than that."""
    pace = Pace(100)
    pace.hold(10.0, 4.0)
    rates = []
    for now in (10.0, 14.0, 18.9, 19.0, 23.9, 24.0, 28.9, 29.0, 90.0):
        pace.opens_at(now)
        rates.append(round(pace.per_second))
    assert rates == [70, 70, 70, 80, 80, 90, 90, 100, 100]


def test_who_looks_seldom_wins_back_as_much():
    """A bot that sent nothing for ten seconds has its two steps, and the next comes at its moment."""
    pace = Pace(100)
    pace.hold(0.0, 1.0)
    pace.opens_at(13.0)
    assert round(pace.per_second) == 90
    pace.opens_at(15.9)
    assert round(pace.per_second) == 90
    pace.opens_at(16.0)
    assert round(pace.per_second) == 100


def test_one_hold_slows_down_once():
    """Refusals that come while a hold lasts, which were all under way at once, make nothing slower; a later one does.

    A hold that is made longer starts the winning back later.
    """
    pace = Pace(100)
    for moment in (1.0, 1.1, 1.2, 3.9):
        pace.hold(moment, 3.0)
    assert round(pace.per_second) == 70
    pace.opens_at(11.8)
    assert round(pace.per_second) == 70
    pace.hold(11.8, 3.0)
    assert round(pace.per_second) == 49


@pytest.mark.parametrize(("per_second", "lowest"), [(100, 10.0), (30, 3.0), (5, 1.0), (1, 1.0)])
def test_the_rate_never_falls_below_a_tenth(per_second: int, lowest: float):
    """Hold after hold, a tenth of the rate and one message a second remain."""
    pace, now = Pace(per_second), 0.0
    for _ in range(20):
        pace.hold(now, 1.0)
        now += 1.0
    assert pace.per_second == lowest
    assert len(drain(pace, now, 4.0)) >= 3 * lowest


def test_a_hold_that_is_taken_back_restores_the_full_rate():
    """A bot that was held wrongly goes on at once at its full rate, without making good what it missed."""
    pace = Pace(30)
    drain(pace, 0.0, 2.0)
    pace.hold(2.0, 30.0)
    pace.release(3.5)
    assert (pace.held_seconds(3.5), pace.per_second) == (0.0, 30.0)
    went = drain(pace, 3.5, 5.0)
    assert went[0] == 3.5
    assert len(went) >= 148
    assert most_in_a_second(went) <= 30


def test_it_is_low_up_to_half_its_rate_in_the_last_second():
    """Fifteen messages of thirty in the last second are little, sixteen are not, and a second later they are."""
    pace = Pace(30)
    went: list[bool] = []
    for number in count():
        now = first_after(pace, number * TICK_SECONDS)
        if len(went) == 16:
            break
        pace.went(now)
        went.append(pace.is_low(now))
    assert went == [True] * 15 + [False]
    assert pace.is_low(2.0)
