"""Whom a 429 means, and what the pacer then holds."""

import asyncio

import pytest
from support.clock import DrivenClock

from alerts.delivery.pace import Turn
from alerts.delivery.pacer import Pacer
from alerts.delivery.refusals import EVIDENCE, Refusals


class Talk:
    """Requests that ask a pacer for their turns.

    Attributes:
        turns: the last turn of each chat that got one.
    """

    def __init__(self, per_second: int = 30) -> None:
        self.clock = DrivenClock()
        self.pacer = Pacer(self.clock, per_second)
        self.turns: dict[int, Turn] = {}
        self._asking: set[asyncio.Task[None]] = set()

    def ask(self, *chats: int, is_message: bool = True) -> None:
        """Ask for a turn for each of these chats."""
        self._asking |= {asyncio.create_task(self._ask(chat, is_message=is_message)) for chat in chats}

    def went(self, since: float = 0.0) -> list[float]:
        """Tell when requests went, from a moment on."""
        return sorted(turn.at for turn in self.turns.values() if turn.at >= since)

    async def _ask(self, chat: int, *, is_message: bool) -> None:
        self.turns[chat] = await self.pacer.turn(chat, is_message=is_message)


def test_a_groups_refusal_means_the_group():
    """A group has a limit of its own: its 429 holds nothing else, however much the bot had sent."""
    refusals = Refusals()
    assert not refusals.mean_the_bot(-7, 1.0, 1.1, 30.0, is_low=False)
    assert not refusals.mean_the_bot(-8, 1.0, 1.2, 30.0, is_low=False)


def test_a_private_chats_refusal_means_the_bot_when_it_had_sent_much():
    """A bot that was near its rate is taken to be meant."""
    assert Refusals().mean_the_bot(7, 1.0, 1.1, 30.0, is_low=False)


def test_a_private_chats_refusal_means_the_chat_when_the_bot_had_sent_little():
    """A bot that was well below its rate is not taken to be meant, the same chat being refused twice neither."""
    refusals = Refusals()
    assert not refusals.mean_the_bot(7, 1.0, 1.1, 30.0, is_low=True)
    assert not refusals.mean_the_bot(7, 1.0, 1.2, 30.0, is_low=True)


def test_a_second_private_chat_that_is_refused_means_the_bot():
    """While the first refusal is in force, a second person's shows that it is the bot; a group's shows nothing."""
    refusals = Refusals()
    assert not refusals.mean_the_bot(-8, 0.5, 0.6, 30.0, is_low=True)
    assert not refusals.mean_the_bot(7, 1.0, 1.1, 30.0, is_low=True)
    assert not refusals.mean_the_bot(-9, 2.0, 2.1, 1.0, is_low=True)
    assert refusals.mean_the_bot(8, 2.0, 2.2, 1.0, is_low=True)


def test_a_refusal_whose_wait_is_over_counts_no_more():
    """Two people who are refused one after the other's wait are two chats' own limits."""
    refusals = Refusals()
    refusals.mean_the_bot(7, 1.0, 1.0, 30.0, is_low=True)
    assert not refusals.mean_the_bot(8, 31.0, 31.0, 5.0, is_low=True)
    assert refusals.mean_the_bot(9, 35.9, 35.9, 5.0, is_low=True)


def test_three_later_messages_that_are_accepted_disprove_it_once():
    """The third message to another chat that was asked for later and accepted is the proof, a fourth is no second."""
    refusals = Refusals()
    refusals.mean_the_bot(7, 1.0, 1.1, 30.0, is_low=False)
    assert EVIDENCE == 3
    assert [refusals.are_disproved(chat, 1.0 + chat / 100) for chat in (1, 2, 3, 4)] == [False, False, True, False]


@pytest.mark.parametrize(("chat", "asked_at"), [(7, 1.5), (1, 1.0), (1, 0.5)])
def test_neither_the_refused_chat_nor_what_was_asked_before_disproves_it(chat: int, asked_at: float):
    """A message to the refused chat, or one let go no later than the refused one, proves nothing, however often."""
    refusals = Refusals()
    refusals.mean_the_bot(7, 1.0, 1.1, 30.0, is_low=False)
    assert not any(refusals.are_disproved(chat, asked_at) for _ in range(10))


def test_two_refused_people_cannot_be_disproved():
    """When a second person was refused as well, messages that are accepted prove nothing."""
    refusals = Refusals()
    refusals.mean_the_bot(7, 1.0, 1.1, 30.0, is_low=False)
    refusals.mean_the_bot(8, 1.0, 1.2, 30.0, is_low=False)
    assert not any(refusals.are_disproved(chat, 1.5) for chat in range(10, 20))


def test_another_refusal_starts_the_proof_anew():
    """Messages accepted before the chat was refused again do not count, nor those asked for before that."""
    refusals = Refusals()
    refusals.mean_the_bot(7, 1.0, 1.1, 30.0, is_low=False)
    assert not any(refusals.are_disproved(chat, 1.1) for chat in (1, 2))
    refusals.mean_the_bot(7, 1.2, 1.3, 30.0, is_low=False)
    assert not any(refusals.are_disproved(chat, 1.15) for chat in (3, 4, 5))
    assert [refusals.are_disproved(chat, 1.25) for chat in (3, 4, 5)] == [False, False, True]


def test_a_shorter_wait_does_not_end_a_longer_one():
    """What was refused for half a minute stays in force after a second refusal of one second."""
    refusals = Refusals()
    refusals.mean_the_bot(7, 1.0, 1.0, 30.0, is_low=True)
    refusals.mean_the_bot(7, 2.0, 2.0, 1.0, is_low=True)
    assert refusals.mean_the_bot(8, 20.0, 20.0, 1.0, is_low=True)


async def test_the_bot_is_held_for_exactly_as_long_as_telegram_asks():
    """A 429 at full speed stops everything to the moment, answers, edits and groups too; then all of it goes."""
    talk = Talk()
    talk.ask(*range(1, 101))
    await talk.clock.advance(2)
    gone = len(talk.turns)
    talk.pacer.refused(5, 3.25, talk.turns[5])
    assert talk.pacer.held_seconds() == 3.25
    talk.ask(-7, 1001)
    talk.ask(1002, is_message=False)
    await talk.clock.advance(3.249)
    assert len(talk.turns) == gone
    await talk.clock.advance(4)
    assert len(talk.turns) == 103
    assert talk.went(since=2.01)[0] == 5.25


async def test_after_the_hold_all_that_waited_does_not_go_at_once():
    """The first second after a hold passes 22 of 30 at most, and the full rate is there fifteen seconds later."""
    talk = Talk()
    talk.ask(*range(1, 801))
    await talk.clock.advance(2)
    talk.pacer.refused(5, 4.0, talk.turns[5])
    await talk.clock.advance(24)
    passed = [sum(second <= at < second + 1 for at in talk.went()) for second in (6.0, 10.0, 12.0, 17.0, 23.0)]
    assert all(abs(found - wanted) <= 1 for found, wanted in zip(passed, (21, 21, 24, 27, 30), strict=True))


async def test_a_group_that_is_refused_is_held_alone():
    """Another group and people go on at once at the full rate, the group itself not before its time."""
    talk = Talk()
    talk.pacer.refused(-5, 3.0, None)
    assert talk.pacer.held_seconds() == 0.0
    talk.ask(-5, -6, *range(1, 59))
    await talk.clock.advance(2.99)
    assert len(talk.turns) == 59
    await talk.clock.advance(0.5)
    assert talk.turns[-5].at >= 3.0


async def test_a_person_who_is_refused_by_a_quiet_bot_is_held_alone_until_a_second_is():
    """A quiet bot that meets a 429 goes on with others; another person's 429 in that time holds everything."""
    talk = Talk()
    talk.ask(1, 2)
    await talk.clock.advance(0.5)
    talk.pacer.refused(1, 20.0, talk.turns[1])
    assert talk.pacer.held_seconds() == 0.0
    talk.ask(1, 3)
    await talk.clock.advance(1)
    assert (set(talk.turns), talk.turns[1].at) == ({1, 2, 3}, 0.0)
    talk.pacer.refused(3, 6.0, talk.turns[3])
    assert talk.pacer.held_seconds() == 6.0
    talk.ask(4)
    await talk.clock.advance(5.9)
    assert 4 not in talk.turns
    await talk.clock.advance(0.2)
    assert talk.turns[4].at == 7.5
    await talk.clock.advance(13)
    assert talk.turns[1].at == 20.5


async def test_a_bot_that_was_held_wrongly_is_released_by_three_that_are_accepted():
    """Three messages to others that left after the refused one and arrived end the hold; only the chat stays held."""
    talk = Talk()
    talk.ask(*range(1, 301))
    await talk.clock.advance(2)
    last = max(talk.turns) - 4
    talk.pacer.refused(last, 30.0, talk.turns[last])
    talk.ask(last)
    await talk.clock.advance(0)
    talk.pacer.accepted(1, talk.turns[1])
    talk.pacer.accepted(last + 1, talk.turns[last + 1])
    talk.pacer.accepted(last + 2, talk.turns[last + 2])
    assert talk.pacer.held_seconds() == 30.0
    talk.pacer.accepted(last + 3, talk.turns[last + 3])
    assert talk.pacer.held_seconds() == 0.0
    await talk.clock.advance(4)
    assert len(talk.went(since=2.0)) >= 116
    assert talk.turns[last].at < 2.0
    await talk.clock.advance(26.2)
    assert talk.turns[last].at >= 32.0


async def test_acceptances_that_prove_nothing_leave_the_hold():
    """Messages that were accepted but left before the refused one do not shorten the wait."""
    talk = Talk()
    talk.ask(*range(1, 301))
    await talk.clock.advance(2)
    last = max(talk.turns)
    talk.pacer.refused(last, 5.0, talk.turns[last])
    for chat in range(1, last):
        talk.pacer.accepted(chat, talk.turns[chat])
    assert talk.pacer.held_seconds() == 5.0


async def test_a_refused_request_for_no_chat_holds_the_bot():
    """Where no chat can be meant it is the bot, however little it had sent, and whether it took a turn or not."""
    talk = Talk()
    talk.pacer.refused(0, 4.0, None)
    talk.ask(1)
    await talk.clock.advance(3.9)
    assert talk.turns == {}
    assert talk.pacer.held_seconds() == pytest.approx(0.1)


async def test_a_hold_without_a_chat_is_not_ended_by_what_left_before():
    """Messages that left before a request for no chat was refused do not end the hold."""
    talk = Talk()
    await talk.clock.advance(1)
    talk.ask(1, 2, 3, 4)
    await talk.clock.advance(0.5)
    talk.pacer.refused(0, 10.0, None)
    for chat in (1, 2, 3, 4):
        talk.pacer.accepted(chat, talk.turns[chat])
    assert talk.pacer.held_seconds() == 10.0


@pytest.mark.parametrize("chat", [-5, 5])
async def test_edits_obey_their_chats_429(chat: int):
    """While a chat alone is held, edits in it wait as well."""
    talk = Talk()
    talk.pacer.refused(chat, 3.0, None)
    talk.ask(chat, is_message=False)
    await talk.clock.advance(2.9)
    assert talk.turns == {}


async def test_who_takes_no_turn_waits_out_the_hold():
    """A request outside the pacer goes when the hold is over, also when it was made longer meanwhile."""
    talk = Talk()
    await asyncio.wait_for(talk.pacer.wait_out(), timeout=1)
    talk.pacer.refused(0, 2.0, None)
    waiting = asyncio.create_task(talk.pacer.wait_out())
    await talk.clock.advance(1)
    talk.pacer.refused(0, 3.0, None)
    await talk.clock.advance(2.9)
    assert not waiting.done()
    await talk.clock.advance(0.1)
    assert waiting.done()
