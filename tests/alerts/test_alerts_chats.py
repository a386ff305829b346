from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery import chats
from alerts.delivery.chats import ChatLimits

WISHES = st.lists(st.tuples(st.sampled_from([0.0, 0.0, 0.2, 1.0, 7.0]), st.sampled_from([-2, -1, 1, 2])), max_size=120)


def test_a_chat_is_free_a_second_after_its_last_message():
    """A chat that got a message is free a second later, and another is free all the while."""
    limits = ChatLimits()
    assert limits.free_at(7) == 0.0
    limits.went(7, 10.0)
    assert (limits.free_at(7), limits.free_at(8)) == (11.0, 0.0)


def test_the_spacing_is_that_which_was_asked_for():
    """Three seconds keep messages three seconds apart, and none at all keeps a private chat free."""
    slow, unspaced = ChatLimits(3.0), ChatLimits(0.0)
    slow.went(7, 10.0)
    unspaced.went(7, 10.0)
    assert (slow.free_at(7), unspaced.free_at(7)) == (13.0, 0.0)


def test_the_21st_message_to_a_group_waits_for_the_first_to_be_a_minute_old():
    """The limit of a minute counts for groups alone, and counts without a spacing too."""
    for spacing in (0.0, 1.0):
        limits = ChatLimits(spacing)
        for second in range(20):
            limits.went(-7, 100.0 + second)
            limits.went(7, 100.0 + second)
        assert limits.free_at(-7) == 160.0
        assert limits.free_at(7) <= 120.0
        limits.went(-7, 160.0)
        assert limits.free_at(-7) == 161.0


def test_the_longer_of_two_holds_counts():
    """A hold makes the time of a chat longer and never shorter, whichever came first."""
    limits = ChatLimits()
    limits.hold(7, 30.0)
    limits.hold(7, 20.0)
    limits.hold(-7, 5.0)
    assert (limits.free_at(7), limits.free_at(-7), limits.free_at(8)) == (30.0, 5.0, 0.0)


def test_what_is_over_is_forgotten_and_what_holds_is_not():
    """After ten thousand chats those of long ago take no memory, and a hold and a group's minute still count."""
    limits = ChatLimits()
    limits.hold(-1, 500.0)
    for chat in range(1, chats._REMEMBERED_AT_LEAST - 1):
        limits.went(chat, 50.0)
    for _ in range(20):
        limits.went(-2, 110.0)
    limits.went(99_999, 112.0)
    assert len(limits._free_at) == 2
    assert (limits.free_at(-1), limits.free_at(-2), limits.free_at(99_999)) == (500.0, 170.0, 113.0)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(WISHES)
def test_who_waits_until_a_chat_is_free_breaks_no_limit(wishes: list[tuple[float, int]]):
    """However messages come, those that go when the chat is free keep a second apart, and 20 a minute to a group."""
    limits, now = ChatLimits(), 0.0
    went: dict[int, list[float]] = {}
    for pause, chat in wishes:
        now = max(now + pause, limits.free_at(chat))
        limits.went(chat, now)
        went.setdefault(chat, []).append(now)
    for chat, moments in went.items():
        assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in pairwise(moments))
        if chat < 0:
            assert all(later - earlier >= 60.0 - 1e-9 for earlier, later in zip(moments, moments[20:], strict=False))
