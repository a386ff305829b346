from datetime import timedelta
from itertools import pairwise

import pytest
from support.outbox import Outbox
from support.sending import RecordingSender, sending

from alerts.delivery.dispatcher import TRIES_AT_MOST
from alerts.delivery.states import DeliveryState, Outcome
from alerts.publishing.alert import Severity

ASKED_TO_WAIT = Outcome(DeliveryState.RETRY, "Telegram asked to wait", retry_after=timedelta(seconds=7), is_no_try=True)
NO_ANSWER = Outcome(DeliveryState.UNCERTAIN, "no answer", may_have_arrived=True)
SERVER_FAULT = Outcome(DeliveryState.RETRY, "the server answered 502", may_have_arrived=True)
NOT_CONNECTED = Outcome(DeliveryState.RETRY, "no connection", is_no_try=True)
REFUSED_FOR_NOW = Outcome(DeliveryState.RETRY, "Telegram would not have it now")
BLOCKED = Outcome(DeliveryState.GONE, "blocked the bot")


async def test_every_recipient_gets_every_alert_once(outbox: Outbox):
    """All rows of all alerts are sent, each once, the urgent alert before the rest, and none is in doubt."""
    await outbox.subscribe(*range(1, 31))
    routine, urgent = await outbox.send(), await outbox.send(Severity.URGENT)
    async with sending(outbox) as at_work:
        await at_work.until_sent(routine.id, urgent.id)
    sent = [(one.alert_id, one.chat_id) for one in at_work.sender.tries]
    assert sorted(sent) == sorted((alert.id, chat) for alert in (routine, urgent) for chat in range(1, 31))
    assert {alert_id for alert_id, _ in sent[:30]} == {urgent.id}
    for alert in (routine, urgent):
        rows = await outbox.rows(alert.id)
        assert {(row.state, row.attempts, row.uncertain_count, row.message_id) for row in rows} == {("sent", 1, 0, 1)}


async def test_rows_that_another_process_writes_are_found(outbox: Outbox):
    """An idle dispatcher finds an alert that nobody told it of within half a second."""
    await outbox.subscribe(1)
    async with sending(outbox) as at_work:
        await at_work.pass_seconds(5)
        alert = await outbox.send()
        written_at = outbox.clock.monotonic()
        await at_work.until_sent(alert.id)
    assert at_work.sender.tries[0].at - written_at <= 0.6


async def test_a_429_at_full_speed_is_obeyed_by_everybody(outbox: Outbox):
    """After 'wait 7 seconds' nothing goes to anybody for so long; then the row that met it is sent, with one try."""
    await outbox.subscribe(*range(1, 16))
    alert = await outbox.send()
    sender = RecordingSender(outbox, answers={8: [ASKED_TO_WAIT]})
    async with sending(outbox, sender=sender, per_second=10, workers=1) as at_work:
        await at_work.until_sent(alert.id)
    refused_at = next(one.at for one in sender.tries if one.chat_id == 8)
    after = [one for one in sender.tries if one.at > refused_at]
    assert sender.chats()[:8] == list(range(1, 9))
    assert min(one.at for one in after) >= refused_at + 7
    assert sorted(one.chat_id for one in after) == list(range(8, 16))
    row = await outbox.row(alert.id, 8)
    assert (row.state, row.attempts, row.uncertain_count) == ("sent", 1, 0)


async def test_a_429_when_hardly_anything_was_sent_is_the_chats_own(outbox: Outbox):
    """Met far below the rate it holds that chat for its seconds, and the others go on; a second chat's holds all."""
    await outbox.subscribe(*range(1, 16))
    alert = await outbox.send()
    sender = RecordingSender(outbox, answers={1: [ASKED_TO_WAIT], 10: [ASKED_TO_WAIT]})
    async with sending(outbox, sender=sender, per_second=10, workers=1) as at_work:
        await at_work.until_sent(alert.id)
    chats, moments = sender.chats(), [one.at for one in sender.tries]
    assert chats[:10] == list(range(1, 11))
    assert moments[9] - moments[0] < 1
    assert moments[10] - moments[9] >= 7
    assert sorted(chats[10:]) == [1, *range(10, 16)]


async def test_a_temporary_failure_is_tried_again_later_and_later(outbox: Outbox):
    """The waits between the attempts of a row double from one second; every doubtful attempt is counted."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    sender = RecordingSender(outbox, answers={1: [SERVER_FAULT] * 4})
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    moments = [one.at for one in sender.tries]
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert [int(wait) for wait in waits] == [1, 2, 4, 8]
    row = await outbox.row(alert.id, 1)
    assert (row.attempts, row.uncertain_count) == (5, 4)


async def test_the_waits_never_grow_beyond_a_minute(outbox: Outbox):
    """A row that has failed often is still tried every minute, so that it arrives soon after the trouble ends."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    [row] = await outbox.rows(alert.id)
    await outbox.force(row.id, state="retry", not_before=outbox.clock.now(), attempts=TRIES_AT_MOST - 2)
    sender = RecordingSender(outbox, answers={1: [SERVER_FAULT]})
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    first, second = (one.at for one in sender.tries)
    assert 60 <= second - first < 61


@pytest.mark.parametrize(("fault", "end"), [(SERVER_FAULT, "uncertain"), (REFUSED_FOR_NOW, "failed")])
async def test_a_row_that_fails_by_itself_is_given_up(outbox: Outbox, fault: Outcome, end: str):
    """After its last try a row ends, as uncertain if it may have arrived, with the reason; its neighbour is sent."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    row = await outbox.row(alert.id, 1)
    await outbox.force(row.id, state="retry", not_before=outbox.clock.now(), attempts=TRIES_AT_MOST - 2)
    sender = RecordingSender(outbox, answers={1: [fault] * 9})
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
        await at_work.pass_seconds(130)
    assert sorted(sender.chats()) == [1, 1, 2]
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.reason) == (end, f"{fault.reason}; {TRIES_AT_MOST} tries")
    assert (row.attempts, row.not_before) == (TRIES_AT_MOST, None)
    assert (await outbox.row(alert.id, 2)).state == "sent"


@pytest.mark.parametrize("fault", [NOT_CONNECTED, ASKED_TO_WAIT])
async def test_what_is_no_try_gives_no_row_up(outbox: Outbox, fault: Outcome):
    """Without a connection, or told to wait, a row is not counted as tried, however often: it is sent in the end."""
    await outbox.subscribe(1)
    alert = await outbox.send()
    sender = RecordingSender(outbox, answers={1: [fault] * (TRIES_AT_MOST + 1)})
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.attempts, row.uncertain_count) == ("sent", 1, 0)


@pytest.mark.parametrize("severity", [Severity.CRITICAL, Severity.URGENT])
async def test_an_uncertain_send_of_an_urgent_alert_is_repeated(outbox: Outbox, severity: Severity):
    """For critical and urgent a double is better than a miss: it is sent again, and the doubt stays on record."""
    await outbox.subscribe(1)
    alert = await outbox.send(severity)
    sender = RecordingSender(outbox, answers={1: [NO_ANSWER]})
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    row = await outbox.row(alert.id, 1)
    assert sender.chats() == [1, 1]
    assert (row.state, row.uncertain_count) == ("sent", 1)


@pytest.mark.parametrize("severity", [Severity.ADVISORY, Severity.INFORMATION])
async def test_an_uncertain_send_of_another_alert_waits_for_the_officer(outbox: Outbox, severity: Severity):
    """For the rest it is listed as uncertain and not repeated, until an officer presses 'send again'."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send(severity)
    sender = RecordingSender(outbox, answers={1: [NO_ANSWER]})
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
        await at_work.pass_seconds(70)
        assert sorted(sender.chats()) == [1, 2]
        assert await outbox.states(alert.id) == {1: "uncertain", 2: "sent"}
        assert await outbox.desk.send_uncertain_again(alert.id) == 1
        await at_work.until_sent(alert.id)
    assert sorted(sender.chats()) == [1, 1, 2]
    row = await outbox.row(alert.id, 1)
    assert (row.state, row.attempts, row.uncertain_count) == ("sent", 2, 1)


async def test_a_sender_that_breaks_loses_no_row(outbox: Outbox):
    """A row whose send raised is tried again and counted as perhaps sent; its neighbours are sent as ever."""
    await outbox.subscribe(1, 2, 3)
    alert = await outbox.send()
    sender = RecordingSender(outbox, answers={2: [RuntimeError("nobody foresaw this")]})
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
    assert sorted(sender.chats()) == [1, 2, 2, 3]
    row = await outbox.row(alert.id, 2)
    assert (row.state, row.attempts, row.uncertain_count) == ("sent", 2, 1)


async def test_a_gone_chat_ends_its_row_and_its_subscription(outbox: Outbox):
    """A chat that blocked the bot is not tried again, and is suspended for the next alert."""
    await outbox.subscribe(1, 2)
    alert = await outbox.send()
    sender = RecordingSender(outbox, answers={1: [BLOCKED]})
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_sent(alert.id)
        later = await outbox.send()
        await at_work.until_sent(later.id)
    assert await outbox.states(alert.id) == {1: "gone", 2: "sent"}
    assert await outbox.states(later.id) == {2: "sent"}


@pytest.mark.parametrize("per_second", [1, 3])
async def test_a_slow_rate_is_kept_busy(outbox: Outbox, per_second: int):
    """With more workers than messages a second every turn is used: none passes because its row had to wait."""
    await outbox.subscribe(*range(1, 13))
    alert = await outbox.send()
    async with sending(outbox, per_second=per_second) as at_work:
        await at_work.until_sent(alert.id)
    assert sorted(at_work.sender.chats()) == list(range(1, 13))
    assert at_work.sender.tries[-1].at <= 12 / per_second * 1.2 + 1


async def test_many_alerts_to_one_chat_arrive_one_a_second(outbox: Outbox):
    """Alerts that wait for the same chat come at the pace that Telegram allows a chat, and none starves."""
    await outbox.subscribe(1)
    alerts = [(await outbox.send()).id for _ in range(12)]
    async with sending(outbox) as at_work:
        await at_work.until_sent(*alerts)
    moments = [one.at for one in at_work.sender.tries]
    assert all(later - earlier >= 1 for earlier, later in pairwise(moments))
    assert len(moments) == 12
    assert moments[-1] <= 16
