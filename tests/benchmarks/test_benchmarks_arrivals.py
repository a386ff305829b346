"""What the answerer counts."""

import pytest

from benchmarks.arrivals import Arrivals, most_in_a_second


def test_one_more_than_the_limit_passes_in_any_second_and_the_next_is_refused() -> None:
    """With a limit of 3 the fifth message of a second is refused, and passes once the first is a second old."""
    arrivals = Arrivals(3)
    assert [arrivals.admit(7, moment) for moment in (10.0, 10.1, 10.2, 10.3, 10.9)] == [True] * 4 + [False]
    assert arrivals.admit(7, 11.0)
    assert (len(arrivals), arrivals.refused) == (5, 1)


def test_without_a_limit_everything_passes() -> None:
    """A thousand messages at one moment are all accepted."""
    arrivals = Arrivals()
    assert all(arrivals.admit(7, 1.0) for _ in range(1000))


def test_figures_are_those_of_the_chats_asked_for() -> None:
    """First, last, number and marks count only messages to chats from `low` to below `high`."""
    arrivals = Arrivals()
    for moment, chat in enumerate((1, 5, 9, 5, 10)):
        arrivals.admit(chat, float(moment))
    assert arrivals.figures(5, 10, (0, 2, 3)) == {
        "received": 3,
        "refused": 0,
        "first": 1.0,
        "last": 3.0,
        "most_in_a_second": 1,
        "moments": {"0": 1.0, "2": 3.0},
    }


def test_figures_of_nothing_have_no_moments() -> None:
    """Where no message came there is no first and no last."""
    assert Arrivals().figures(0, 10) == {
        "received": 0,
        "refused": 0,
        "first": None,
        "last": None,
        "most_in_a_second": 0,
        "moments": {},
    }


@pytest.mark.parametrize(
    ("moments", "most"),
    [([], 0), ([4.0], 1), ([0.0, 1.0, 2.0], 1), ([0.0, 0.5, 0.999, 1.2, 1.4, 9.0], 4)],
)
def test_the_fullest_second_is_found_wherever_it_begins(moments: list[float], most: int) -> None:
    """The window slides and is half open: two messages exactly a second apart are not in the same one."""
    assert most_in_a_second(moments) == most
