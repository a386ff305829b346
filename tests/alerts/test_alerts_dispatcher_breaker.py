"""A dispatcher while the bot, the line or Telegram fails: it stops, feels its way, and blames no recipient."""

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest
from structlog.testing import capture_logs
from support.outbox import Outbox
from support.sending import SENT, RecordingSender, Try, sending

from alerts.delivery.breaker import FAULTS_TO_OPEN, PAUSES_SECONDS
from alerts.delivery.claim import Claimed
from alerts.delivery.dispatcher import TRIES_AT_MOST
from alerts.delivery.states import DeliveryState, Outcome
from alerts.publishing.alert import Severity

SERVER_FAULT = Outcome(DeliveryState.RETRY, "the server answered 502", may_have_arrived=True)
NO_ANSWER = Outcome(DeliveryState.UNCERTAIN, "no answer", may_have_arrived=True)
NOT_CONNECTED = Outcome(DeliveryState.RETRY, "no connection", is_no_try=True)
WRONG_TOKEN = Outcome(DeliveryState.RETRY, "Unauthorized", stops_everything=True, is_no_try=True)
BLOCKED = Outcome(DeliveryState.GONE, "blocked the bot")
REFUSED = Outcome(DeliveryState.FAILED, "chat not found")
NOTHING_TRIED = Outcome(DeliveryState.QUEUED)
CROWD = range(1, 61)


class FaultySender(RecordingSender):
    """Every send ends as a test says, by the number of sends before it.

    Attributes:
        ends: how each send ended, in order.
    """

    def __init__(self, outbox: Outbox, end_of: Callable[[int], Outcome | Exception]) -> None:
        super().__init__(outbox)
        self.ends: list[Outcome | Exception] = []
        self._end_of = end_of

    async def send(self, row: Claimed) -> Outcome:
        """Note the row and end as the test says."""
        self.answers[row.chat_id] = [end := self._end_of(len(self.ends))]
        self.ends.append(end)
        return await super().send(row)


def faulty_for(number: int, fault: Outcome) -> Callable[[int], Outcome]:
    """Let so many sends meet a fault, and the rest be accepted."""
    return lambda before: fault if before < number else SENT


def waits(tries: list[Try]) -> list[float]:
    """Give the seconds between one try and the next."""
    return [later.at - earlier.at for earlier, later in pairwise(tries)]


async def check_all_sent(outbox: Outbox, alert_id: int, sender: FaultySender) -> None:
    """See that everybody has the alert once, every doubt is counted, and everybody is subscribed as before."""
    accepted = [one.chat_id for one, end in zip(sender.tries, sender.ends, strict=True) if end is SENT]
    assert sorted(accepted) == list(CROWD)
    rows = await outbox.rows(alert_id)
    assert {row.state for row in rows} == {"sent"}
    doubtful = Counter(one.chat_id for one, end in zip(sender.tries, sender.ends, strict=True) if end == SERVER_FAULT)
    assert {row.chat_id: row.uncertain_count for row in rows if row.uncertain_count} == doubtful
    assert {entry.status for entry in await outbox.roll.everybody()} == {"active"}


@pytest.mark.parametrize("fault", [SERVER_FAULT, NOT_CONNECTED])
async def test_five_faults_stop_everything_and_one_row_at_a_time_feels_the_way(outbox: Outbox, fault: Outcome):
    """After five faults the pauses between single tries grow up to half a minute; the first accepted lets all go."""
    await outbox.subscribe(*CROWD)
    alert = await outbox.send()
    trials = len(PAUSES_SECONDS) + 1
    sender = FaultySender(outbox, faulty_for(FAULTS_TO_OPEN + trials - 1, fault))
    with capture_logs() as logs:
        async with sending(outbox, sender=sender) as at_work:
            await at_work.until_sent(alert.id)
    gaps = waits(sender.tries)
    assert max(gaps[: FAULTS_TO_OPEN - 1]) < 0.1
    felt = gaps[FAULTS_TO_OPEN - 1 :][:trials]
    assert [int(gap) for gap in felt] == [*PAUSES_SECONDS, PAUSES_SECONDS[-1]]
    accepted_at = sender.tries[FAULTS_TO_OPEN + trials - 1].at
    assert sender.tries[-1].at <= accepted_at + len(CROWD) / 100 + 2
    await check_all_sent(outbox, alert.id, sender)
    paused = [line["seconds"] for line in logs if line["event"] == "sending_paused"]
    assert paused == [*PAUSES_SECONDS, PAUSES_SECONDS[-1]]
    assert [line["event"] for line in logs][-1] == "sending_resumed"


async def test_no_outage_gives_a_row_up(outbox: Outbox):
    """However long Telegram fails, the tries that feel the way count for no row: all are sent once it is over."""
    few = CROWD[:FAULTS_TO_OPEN]
    await outbox.subscribe(*few)
    alert = await outbox.send()
    for row in await outbox.rows(alert.id):
        await outbox.force(row.id, state="retry", not_before=outbox.clock.now(), attempts=TRIES_AT_MOST - 2)
    sender = FaultySender(outbox, faulty_for(FAULTS_TO_OPEN + 4, SERVER_FAULT))
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    assert len(sender.tries) == 2 * FAULTS_TO_OPEN + 4
    rows = await outbox.rows(alert.id)
    assert {row.state for row in rows} == {"sent"}
    assert sum(row.uncertain_count for row in rows) == FAULTS_TO_OPEN + 4


async def test_a_refused_token_stops_everything_at_once(outbox: Outbox):
    """A fault that the operator has to mend pauses for half a minute at the first row, and counts for nobody's try."""
    await outbox.subscribe(*CROWD)
    alert = await outbox.send()
    sender = FaultySender(outbox, faulty_for(2, WRONG_TOKEN))
    async with sending(outbox, sender=sender, workers=1) as at_work:
        await at_work.until_sent(alert.id)
    assert [int(gap) for gap in waits(sender.tries)[:2]] == [30, 30]
    await check_all_sent(outbox, alert.id, sender)
    assert {row.attempts for row in await outbox.rows(alert.id)} == {1}


async def test_while_the_one_row_has_no_answer_no_other_follows(outbox: Outbox):
    """After a pause one send is under way, however long Telegram takes over it; its acceptance lets the others go."""
    await outbox.subscribe(*CROWD)
    alert = await outbox.send()
    sender = FaultySender(outbox, faulty_for(FAULTS_TO_OPEN, NOT_CONNECTED))
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_tried(FAULTS_TO_OPEN)
        sender.gate.clear()
        await at_work.pass_seconds(10)
        assert len(sender.tries) == FAULTS_TO_OPEN + 1
        sender.gate.set()
        await at_work.until_sent(alert.id)
    await check_all_sent(outbox, alert.id, sender)


async def test_a_second_outage_begins_with_a_short_pause(outbox: Outbox):
    """Once a row was accepted the pauses begin anew with a second."""
    await outbox.subscribe(*CROWD)
    alert = await outbox.send()
    outages = {*range(8), *range(20, 27)}
    sender = FaultySender(outbox, lambda before: SERVER_FAULT if before in outages else SENT)
    with capture_logs() as logs:
        async with sending(outbox, sender=sender, workers=1) as at_work:
            await at_work.until_sent(alert.id)
    assert [line["seconds"] for line in logs if line["event"] == "sending_paused"] == [1, 2, 4, 8, 1, 2, 4]
    await check_all_sent(outbox, alert.id, sender)


@pytest.mark.parametrize("own", [BLOCKED, REFUSED])
async def test_faults_between_which_something_is_accepted_or_refused_stop_nothing(outbox: Outbox, own: Outcome):
    """Four faults, a refusal of one recipient, four faults: the rest goes at full speed, and so do sixty refusals."""
    await outbox.subscribe(*CROWD)
    alert = await outbox.send()
    sender = FaultySender(outbox, lambda before: SERVER_FAULT if before in {0, 1, 2, 3, 5, 6, 7, 8} else own)
    async with sending(outbox, sender=sender, workers=1) as at_work:
        await at_work.until_sent(alert.id)
    assert len(sender.tries) == len(CROWD) + 8
    assert max(waits(sender.tries)[: len(CROWD) - 1]) < 0.1
    assert set((await outbox.states(alert.id)).values()) == {own.state}


async def test_what_had_no_answer_in_an_outage_is_listed_and_the_rest_is_sent(outbox: Outbox):
    """Of an information the rows that the outage met are uncertain and not repeated; everybody else has one copy."""
    await outbox.subscribe(*CROWD)
    alert = await outbox.send(Severity.INFORMATION)
    sender = FaultySender(outbox, faulty_for(7, NO_ANSWER))
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    assert sorted(sender.chats()) == list(CROWD)
    counts = Counter(row.state for row in await outbox.rows(alert.id))
    assert counts == {"uncertain": 7, "sent": len(CROWD) - 7}


@pytest.mark.parametrize("nothing", [NOTHING_TRIED, RuntimeError("nobody foresaw this")], ids=["upload", "broken"])
async def test_a_try_that_says_nothing_of_telegram_is_followed_by_another(outbox: Outbox, nothing: Outcome | Exception):
    """A row that waits for an upload, or whose send breaks, does not leave everything stopped after a pause."""
    await outbox.subscribe(*CROWD)
    alert = await outbox.send()

    def end_of(before: int) -> Outcome | Exception:
        return SERVER_FAULT if before < FAULTS_TO_OPEN else nothing if before < FAULTS_TO_OPEN + 3 else SENT

    sender = FaultySender(outbox, end_of)
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    accepted = [one.chat_id for one, end in zip(sender.tries, sender.ends, strict=True) if end is SENT]
    assert sorted(accepted) == list(CROWD)
    assert sender.tries[-1].at < 5


async def test_people_are_answered_while_broadcasts_are_stopped(outbox: Outbox):
    """An answer to a person gets its turn at once in the midst of a pause."""
    await outbox.subscribe(*CROWD)
    await outbox.send()
    sender = FaultySender(outbox, faulty_for(99, WRONG_TOKEN))
    async with sending(outbox, sender=sender, workers=1) as at_work:
        await at_work.until_tried(1)
        await at_work.pass_seconds(5)
        asked_at = outbox.clock.monotonic()
        answer = asyncio.create_task(at_work.pacer.turn(999))

        async def is_let_go() -> bool:
            return answer.done()

        await at_work.until(is_let_go, "the answer's turn", look_seconds=0.01)
        assert outbox.clock.monotonic() - asked_at < 0.1
        assert len(sender.tries) == 1


async def test_an_alert_that_is_stopped_in_an_outage_is_over_within_a_second(outbox: Outbox):
    """Cancelled during a pause every row ends as such, and after the outage nothing of it goes out."""
    await outbox.subscribe(*CROWD)
    alert = await outbox.send()
    sender = FaultySender(outbox, faulty_for(1, WRONG_TOKEN))
    async with sending(outbox, sender=sender, workers=1) as at_work:
        await at_work.until_tried(1)
        await at_work.pass_seconds(2)
        await outbox.desk.cancel(alert.id, by=None)
        await at_work.pass_seconds(1)
        assert {(row.state, row.reason) for row in await outbox.rows(alert.id)} == {("skipped", "cancelled")}
        await at_work.pass_seconds(60)
    assert len(sender.tries) == 1


async def test_a_stop_in_an_outage_leaves_every_row_to_the_next_start(outbox: Outbox):
    """In a pause no row is leased; a process that is stopped ends at once, and the next begins without the pause."""
    await outbox.subscribe(*CROWD)
    alert = await outbox.send()
    sender = FaultySender(outbox, faulty_for(1, WRONG_TOKEN))
    async with sending(outbox, sender=sender, workers=1) as at_work:
        await at_work.until_tried(1)
        await at_work.pass_seconds(2)
        assert set((await outbox.states(alert.id)).values()) == {"queued", "retry"}
        asked_at = outbox.clock.monotonic()
        await at_work.stop()
        assert outbox.clock.monotonic() - asked_at <= 1
    assert {row.state for row in await outbox.rows(alert.id)} <= {"queued", "retry"}
    async with sending(outbox) as at_work:
        await at_work.until_sent(alert.id)
    assert sorted(at_work.sender.chats()) == list(CROWD)
    assert at_work.sender.tries[-1].at - asked_at < 3
