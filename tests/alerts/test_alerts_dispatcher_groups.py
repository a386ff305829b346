"""A dispatcher with groups among its recipients: their own limit is kept, and holds nobody else up."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest
from support.databases import on_sqlite
from support.outbox import Outbox
from support.sending import RecordingSender, Try, sending

from alerts.delivery.queue import Queue, Taken
from alerts.delivery.record import Result
from alerts.subscribers.roll import Profile

GROUP = -1001


class CountingQueue(Queue):
    """An outbox that writes down how often each chat's rows were taken from it.

    Attributes:
        claimed: the chat of each row taken, in order.
    """

    def __init__(self, outbox: Outbox) -> None:
        super().__init__(outbox.store, holder="here")
        self.claimed: list[int] = []

    async def exchange(
        self, results: Sequence[Result], room: int, held_rows: Mapping[int, int], now: datetime
    ) -> Taken:
        """Record and take rows, and write down those that were taken."""
        taken = await super().exchange(results, room, held_rows, now)
        self.claimed += [row.chat_id for row in taken.rows]
        return taken


def most_in_a_window(tries: list[Try]) -> int:
    """Give the largest number of sends in any half-open window of 15 seconds."""
    return max(sum(one.at <= other.at < one.at + 15 for other in tries) for one in tries)


@on_sqlite
async def test_a_group_gets_its_share_and_holds_nobody_up(outbox: Outbox, monkeypatch: pytest.MonkeyPatch):
    """While alerts wait a group gets so many a window, people at the full rate, and its rows lie still meanwhile.

    The limit of 20 a minute is made 5 in 15 seconds, to have a shorter time to go through.
    """
    monkeypatch.setattr("alerts.delivery.chats.GROUP_MESSAGES", 5)
    monkeypatch.setattr("alerts.delivery.chats.GROUP_WINDOW_SECONDS", 15.0)
    people, alerts = range(1, 11), 8
    await outbox.roll.subscribe(GROUP, "supergroup", Profile(sectors=("retail",)))
    await outbox.vouch(GROUP)
    await outbox.subscribe(*people)
    issued = [await outbox.send() for _ in range(alerts)]
    queue = CountingQueue(outbox)
    async with sending(outbox, queue=queue, per_second=10) as at_work:
        await at_work.until_sent(*[alert.id for alert in issued])
    to_group = [one for one in at_work.sender.tries if one.chat_id == GROUP]
    private = [one for one in at_work.sender.tries if one.chat_id != GROUP]
    assert (len(to_group), len(private)) == (alerts, alerts * len(people))
    assert most_in_a_window(to_group) == 5
    at_full_speed_seconds = (len(private) + 5) / 10
    assert private[-1].at <= at_full_speed_seconds * 1.1
    assert queue.claimed.count(GROUP) <= alerts * 4


async def test_a_row_that_is_not_ready_takes_no_turn(outbox: Outbox):
    """Rows behind an upload use up neither the rate nor a group's minute: others go on at full speed meanwhile."""
    await outbox.subscribe(-7, *range(1, 31))
    alert = await outbox.send()
    sender = RecordingSender(outbox, held_back={-7, *range(1, 11)})
    async with sending(outbox, sender=sender, per_second=10) as at_work:
        await at_work.until_tried(20)
        assert outbox.clock.elapsed_seconds < 4
        assert sorted(sender.chats()) == list(range(11, 31))
        sender.held_back.clear()
        await at_work.until_sent(alert.id)
    assert len(sender.tries) == 31
    assert {row.attempts for row in await outbox.rows(alert.id)} == {1}
