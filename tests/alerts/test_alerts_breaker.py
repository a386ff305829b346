from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery.breaker import MEANING, MOVES, Breaker, BreakerState, is_fault
from alerts.delivery.states import DeliveryState, Outcome

LINE_FAULT = Outcome(DeliveryState.RETRY, "no connection")
OPERATORS_FAULT = Outcome(DeliveryState.RETRY, "the token is wrong", stops_everything=True)
SENT = Outcome(DeliveryState.SENT, message_id=1)
EVENTS = st.lists(st.sampled_from(["fault", "operator's fault", "accepted", "try", "wait"]), max_size=80)


def opened(now: float = 0.0) -> Breaker:
    """Make a breaker that five faults have just opened."""
    breaker = Breaker()
    for _ in range(5):
        breaker.failed(LINE_FAULT, now)
    return breaker


def happen(event: str, breaker: Breaker, now: float) -> float:
    """Let one thing happen to a breaker, and give the moment after it."""
    match event:
        case "fault":
            breaker.failed(LINE_FAULT, now)
        case "operator's fault":
            breaker.failed(OPERATORS_FAULT, now)
        case "accepted":
            breaker.accepted()
        case "try":
            breaker.try_again(now)
        case _:
            return now + 40.0
    return now


def test_every_state_has_a_sentence_and_its_moves():
    """No state lacks a sentence or a line in the table of moves, and none moves to itself."""
    assert set(MEANING) == set(MOVES) == set(BreakerState)
    assert all(len(sentence.split()) > 2 for sentence in MEANING.values())
    assert all(state not in news for state, news in MOVES.items())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(EVENTS)
def test_whatever_happens_it_moves_as_the_table_says(events: list[str]):
    """No order of events makes a move that the table does not have."""
    breaker, now = Breaker(), 0.0
    states = [breaker.state]
    for event in events:
        now = happen(event, breaker, now)
        states.append(breaker.state)
    assert all(after == before or after in MOVES[before] for before, after in pairwise(states))


def test_every_move_of_the_table_is_made():
    """Opened, tried in vain, tried again and closed, it has made each move that the table allows."""
    breaker, now = Breaker(), 0.0
    states = [breaker.state]
    for event in ("operator's fault", "wait", "try", "fault", "wait", "try", "accepted"):
        now = happen(event, breaker, now)
        states.append(breaker.state)
    made = {(before, after) for before, after in pairwise(states) if before != after}
    assert made == {(before, after) for before, news in MOVES.items() for after in news}


def test_the_fifth_fault_in_a_row_opens_it():
    """Four faults leave it closed, an accepted message starts the count anew, and the fifth says that it opened."""
    breaker = Breaker()
    assert not any(breaker.failed(LINE_FAULT, 7.0) for _ in range(4))
    assert breaker.accepted() is False
    assert [breaker.failed(LINE_FAULT, 7.0) for _ in range(5)] == [False] * 4 + [True]
    assert (breaker.state, breaker.until, breaker.reason) == (BreakerState.OPEN, 8.0, "no connection")


def test_each_failed_try_makes_the_pause_longer():
    """The pauses are 1, 2, 4, 8, 15 and 30 seconds, and stay at 30."""
    breaker = opened()
    now, pauses = 0.0, []
    for _ in range(8):
        pauses.append(breaker.until - now)
        now = breaker.until
        assert breaker.try_again(now)
        assert breaker.failed(LINE_FAULT, now)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0]


def test_the_operators_fault_opens_it_at_once_for_the_longest():
    """One fault that only the operator can mend stops everything for 30 seconds, and again when the try meets it."""
    breaker = Breaker()
    assert breaker.failed(OPERATORS_FAULT, 5.0)
    assert (breaker.state, breaker.until) == (BreakerState.OPEN, 35.0)
    assert breaker.try_again(35.0)
    assert breaker.failed(OPERATORS_FAULT, 36.0)
    assert breaker.until == 66.0


def test_one_try_is_given_when_the_pause_is_over():
    """Before its end no try is given, at its end one, and no second one while the first is under way."""
    breaker = opened()
    assert [breaker.try_again(now) for now in (0.0, 0.999, 1.0, 1.0, 9.0)] == [False, False, True, False, False]
    assert breaker.state is BreakerState.HALF_OPEN
    assert Breaker().try_again(99.0) is False


def test_a_try_that_is_accepted_closes_it():
    """Then the count and the pauses begin anew: it takes five faults, and the pause is one second."""
    breaker = opened()
    breaker.try_again(1.0)
    breaker.failed(LINE_FAULT, 1.0)
    breaker.try_again(3.0)
    assert breaker.accepted()
    assert breaker.state is BreakerState.CLOSED
    assert [breaker.failed(LINE_FAULT, 10.0) for _ in range(5)] == [False] * 4 + [True]
    assert breaker.until == 11.0


def test_what_was_under_way_when_it_opened_does_not_move_it():
    """A late success does not close it, and a late fault does not make the pause longer."""
    breaker = opened()
    assert breaker.accepted() is False
    assert breaker.failed(LINE_FAULT, 0.5) is False
    assert (breaker.state, breaker.until) == (BreakerState.OPEN, 1.0)


@pytest.mark.parametrize("outcome", [LINE_FAULT, OPERATORS_FAULT, Outcome(DeliveryState.UNCERTAIN, "no answer")])
def test_what_is_no_recipients_doing_is_a_fault(outcome: Outcome):
    """No connection, no answer and the operator's own mistake speak against the bot and not the recipient."""
    assert is_fault(outcome)


@pytest.mark.parametrize(
    "outcome",
    [
        SENT,
        Outcome(DeliveryState.GONE, "blocked"),
        Outcome(DeliveryState.FAILED, "refused"),
        Outcome(DeliveryState.QUEUED, is_part=True),
        Outcome(DeliveryState.RETRY, "too many requests", retry_after=timedelta(seconds=3)),
        Outcome(DeliveryState.RETRY, "became a supergroup", moved_to=-100),
    ],
)
def test_what_telegram_answers_in_order_is_no_fault(outcome: Outcome):
    """Sent, refused for good, asked to wait or moved elsewhere: Telegram works."""
    assert not is_fault(outcome)
