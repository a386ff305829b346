import asyncio
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.clock import START, TURNS, DrivenClock

from alerts.delivery.claim import Claimed
from alerts.delivery.lanes import BROADCAST_LANES, REPLY_LANE
from alerts.delivery.pace import Turn
from alerts.delivery.pacer import NOT_READY_SECONDS, PATIENCE_SECONDS, Pacer

CRITICAL, URGENT, ADVISORY, INFORMATION = BROADCAST_LANES
EDIT = -2
"""Stands for the lane of an answer that is an edit and no new message."""

ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.0, 0.003, 0.3, 1.0, 1.5]), st.integers(EDIT, INFORMATION), st.integers(-2, 9)
    ),
    max_size=70,
)


class Street:
    """Senders who take rows from a pacer and people who wait for answers, and when each of them got it.

    Attributes:
        went: (moment, lane, chat) of everything that was let go, in order.
        turns: the last turn of each chat.
    """

    def __init__(
        self, per_second: int = 30, senders: int = 3, is_ready: Callable[[Claimed], bool] = lambda _: True
    ) -> None:
        self.clock = DrivenClock()
        self.pacer = Pacer(self.clock, per_second, is_ready=is_ready)
        self.went: list[tuple[float, int, int]] = []
        self.turns: dict[int, Turn] = {}
        self.senders = [asyncio.create_task(self._send()) for _ in range(senders)]
        self._rows = 0

    def post(self, *chats: int, lane: int = CRITICAL) -> None:
        """Add a row for each of these chats."""
        first, self._rows = self._rows + 1, self._rows + len(chats)
        self.pacer.add(Claimed(number, 1, chat, lane, 0, START) for number, chat in enumerate(chats, first))

    def ask(self, *chats: int, lane: int = REPLY_LANE) -> list[asyncio.Task[None]]:
        """Let an answer to each of these chats wait for its turn."""
        return [asyncio.create_task(self._answer(chat, lane)) for chat in chats]

    def moments(self, *chats: int) -> list[float]:
        """Tell when messages went to these chats, or to any."""
        return [at for at, _, chat in self.went if not chats or chat in chats]

    async def _send(self) -> None:
        while True:
            row, turn = await self.pacer.next_row()
            self._note(row.lane, row.chat_id, turn)

    async def _answer(self, chat: int, lane: int) -> None:
        self._note(lane, chat, await self.pacer.turn(chat, is_message=lane != EDIT))

    def _note(self, lane: int, chat: int, turn: Turn) -> None:
        assert turn.at == self.clock.monotonic()
        self.went.append((turn.at, lane, chat))
        self.turns[chat] = turn


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
        if lane in BROADCAST_LANES:
            street.post(chat or 10, lane=lane)
        else:
            street.ask(chat, lane=lane)
    for _ in range(40):
        if len(street.went) == len(arrivals):
            break
        await street.clock.advance(10)
    return street


@settings(max_examples=150, deadline=None, derandomize=True)
@given(ARRIVALS, st.sampled_from([1, 2, 5, 25, 30]))
def test_however_rows_and_answers_arrive_no_limit_is_broken(arrivals: list[tuple[float, int, int]], per_second: int):
    """No second holds more than the rate, no chat gets two within a second, no group 21 within a minute; all go."""
    street = asyncio.run(arrive(arrivals, per_second))
    assert len(street.went) == len(arrivals)
    assert most_in_a_second(street.moments()) <= per_second
    for chat in {chat for _, _, chat in street.went if chat}:
        mine = [at for at, lane, its_chat in street.went if its_chat == chat and lane != EDIT]
        assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in pairwise(mine))
        if chat < 0:
            assert all(later - earlier >= 60.0 - 1e-9 for earlier, later in zip(mine, mine[20:], strict=False))


@pytest.mark.parametrize(("per_second", "least"), [(30, 297), (300, 2970)])
async def test_a_long_broadcast_goes_at_99_in_a_hundred_of_the_rate(per_second: int, least: int):
    """Ten seconds pass 99 % of the rate at least, and no second of them more than the rate."""
    street = Street(per_second)
    street.post(*range(1, 4001))
    await street.clock.advance(10)
    assert len(street.went) >= least
    assert most_in_a_second(street.moments()) <= per_second


async def test_a_group_gets_20_messages_a_minute():
    """The 21st message to a group waits until the first is a minute old; a private chat has no such limit."""
    street = Street(30)
    street.post(*[-7] * 22, *[7] * 22)
    await street.clock.advance(59.9)
    assert len(street.moments(-7)) == 20
    assert len(street.moments(7)) == 22
    await street.clock.advance(2)
    group = street.moments(-7)
    assert group[20] - group[0] >= 60
    assert group[21] - group[1] >= 60


async def test_answers_go_first_and_then_the_lanes_in_order():
    """Answers and rows wait at one gate: the lane decides who goes, and within a lane who came first."""
    street = Street(10)
    street.post(9)
    await street.clock.advance(0.01)
    for chat, lane in enumerate([INFORMATION, URGENT, CRITICAL, ADVISORY, CRITICAL, INFORMATION], 1):
        street.post(chat, lane=lane)
    street.ask(7)
    await street.clock.advance(2)
    assert [chat for _, _, chat in street.went] == [9, 7, 3, 5, 2, 4, 1, 6]


async def test_a_crowd_of_people_leaves_a_critical_alert_two_thirds():
    """While a critical alert waits, answers take a third of every second and no more, the first at once."""
    street = Street(30)
    street.post(*range(1, 401))
    await street.clock.advance(1)
    street.ask(*range(1001, 1201))
    gone = len(street.went)
    await street.clock.advance(6)
    lanes = [lane for _, lane, _ in street.went[gone:]]
    assert lanes[0] == REPLY_LANE
    assert all(lanes[start : start + 3].count(REPLY_LANE) == 1 for start in range(len(lanes) - 3))


@pytest.mark.parametrize(
    "lane",
    [
        REPLY_LANE,
        EDIT,
    ],
)
async def test_one_person_gets_one_answer_a_second_while_an_alert_is_pressing(lane: int):
    """Somebody who presses button after button during a critical alert takes one turn a second, for edits too."""
    street = Street(30)
    street.post(*range(1, 401))
    street.ask(*[777] * 5, lane=lane)
    await street.clock.advance(4.5)
    mine = street.moments(777)
    assert len(mine) == 5
    assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in pairwise(mine))


async def test_edits_go_at_once_while_nothing_presses():
    """A chat's limit counts for new messages alone: edits of one chat follow each other at the bot's rate."""
    street = Street(30)
    street.ask(*[777] * 5, lane=EDIT)
    await street.clock.advance(0.2)
    assert len(street.moments(777)) == 5


async def test_a_persons_answers_come_in_their_order():
    """Several messages to one person go a second apart, in the order in which they were asked for."""
    street = Street(30)
    asked = street.ask(7, 7, 7, 7)
    for gone in (1, 2, 3, 4):
        await street.clock.advance(0.9)
        assert [task.done() for task in asked] == [number < gone for number in range(4)]
        await street.clock.advance(0.12)


async def test_a_held_chat_holds_up_nobody_else():
    """Who waits for their own chat is passed by less urgent messages to other chats, and goes when it is free."""
    street = Street(10)
    street.post(1, 1)
    street.post(2, lane=INFORMATION)
    await street.clock.advance(0.9)
    assert [chat for _, _, chat in street.went] == [1, 2]
    await street.clock.advance(0.2)
    assert street.moments(1) == [0.0, pytest.approx(1.0, abs=0.02)]


async def test_rows_that_would_wait_for_long_are_turned_away():
    """A row whose chat is held for longer than the patience is given back with its wait, a shorter wait is waited."""
    street = Street(10)
    street.pacer.refused(-5, PATIENCE_SECONDS + 1.0, None)
    street.pacer.refused(-6, PATIENCE_SECONDS - 0.5, None)
    street.post(-5, -6, 7)
    assert street.pacer.turned_away() == []
    await street.clock.advance(0.5)
    [(row, seconds)] = street.pacer.turned_away()
    assert (row.chat_id, seconds) == (-5, PATIENCE_SECONDS + 0.5)
    assert street.pacer.turned_away() == []
    await street.clock.advance(4)
    assert [chat for _, _, chat in street.went] == [7, -6]


async def test_a_row_that_is_not_ready_takes_no_turn():
    """Rows whose file is not there yet go to nobody and hold up nobody; they are given back to be looked at later."""
    street = Street(10, is_ready=lambda row: row.chat_id != 5)
    street.post(5, 6, 7)
    await street.clock.advance(0.15)
    assert [chat for _, _, chat in street.went] == [6, 7]
    assert [(row.chat_id, seconds) for row, seconds in street.pacer.turned_away()] == [(5, NOT_READY_SECONDS)]
    assert street.pacer.waiting(CRITICAL) == 0


async def test_no_rows_go_while_it_is_shut_and_answers_do():
    """Shut it gives out no row, allowed one it gives out one, open it gives them all; answers go all the while."""
    street = Street(10)
    street.pacer.shut()
    street.post(*range(1, 6), lane=ADVISORY)
    street.ask(11, 12)
    await street.clock.advance(1)
    assert [chat for _, _, chat in street.went] == [11, 12]
    street.pacer.allow(1)
    await street.clock.advance(1)
    street.ask(13)
    await street.clock.advance(1)
    assert [chat for _, _, chat in street.went] == [11, 12, 1, 13]
    street.pacer.open()
    await street.clock.advance(1)
    assert [chat for _, _, chat in street.went][4:] == [2, 3, 4, 5]


@pytest.mark.parametrize("senders", [0, 3])
async def test_a_pressing_alert_that_cannot_go_holds_up_no_answers(senders: int):
    """Answers go at the rate while critical rows wait for the breaker, or for a sender to be free."""
    street = Street(10, senders)
    street.pacer.shut()
    if not senders:
        street.pacer.open()
    street.post(*range(1, 6))
    street.ask(*range(11, 16))
    await street.clock.advance(2)
    assert [chat for _, _, chat in street.went] == [11, 12, 13, 14, 15]


async def test_rows_can_be_taken_back_and_answers_stay():
    """The rows that are wanted back leave, those whose chat is held too; others and answers go on."""
    street = Street(10)
    street.pacer.refused(-2, 1.0, None)
    street.post(-2, 1, 2, 3, lane=ADVISORY)
    street.ask(2)
    await street.clock.advance(0)
    back = street.pacer.take_back(lambda row: abs(row.chat_id) == 2)
    assert sorted(row.chat_id for row in back) == [-2, 2]
    assert street.pacer.waiting(ADVISORY) == 1
    await street.clock.advance(3)
    assert [(lane, chat) for _, lane, chat in street.went] == [(ADVISORY, 1), (REPLY_LANE, 2), (ADVISORY, 3)]


async def test_an_answer_that_is_given_up_takes_no_turn():
    """Waiters that are cancelled take no slot, and when all have left the next one is served at once."""
    street = Street(10)
    asked = street.ask(*range(1, 31))
    await street.clock.advance(0)
    for task in asked[1:29]:
        task.cancel()
    await street.clock.advance(0.11)
    assert [chat for _, _, chat in street.went] == [1, 30]
    street.pacer.refused(-1, 5.0, None)
    [only] = street.ask(-1)
    await street.clock.advance(1)
    only.cancel()
    street.ask(2)
    await street.clock.advance(0.1)
    assert [chat for _, _, chat in street.went] == [1, 30, 2]


async def test_a_sender_that_leaves_gets_no_row():
    """A row goes to a sender that still waits, though others that came before it have left."""
    street = Street(10)
    await street.clock.advance(0)
    for sender in street.senders[:2]:
        sender.cancel()
    street.post(1, 2)
    await street.clock.advance(1)
    assert [chat for _, _, chat in street.went] == [1, 2]


async def test_a_sender_that_leaves_as_it_gets_a_row_loses_none():
    """A row handed to a sender that is cancelled before it could take it goes to another one."""
    street = Street(10, senders=1)
    await street.clock.advance(0)
    street.post(1)
    for _ in range(TURNS):
        if not street.pacer.waiting(CRITICAL):
            break
        await asyncio.sleep(0)
    street.senders[0].cancel()
    another = asyncio.create_task(street.pacer.next_row())
    await street.clock.advance(3)
    assert street.went == []
    assert another.done()
