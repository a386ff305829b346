"""Random histories on both databases: whatever happens, a report adds up to the recipients of its alert."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.clock import DrivenClock
from support.outbox import Outbox

from alerts.delivery.recipients import Recipient, read_recipients
from alerts.delivery.report import DeliveryReport, read_report
from alerts.delivery.states import OPEN, DeliveryState
from alerts.delivery.tally import Tally
from alerts.errors import Stale
from alerts.publishing.alert import AlertStatus
from alerts.publishing.reports import Reports
from alerts.store import Store
from alerts.subscribers.sectors import Directory

CHATS = range(1, 10)
PAGE = 4
ENDS = [state for state in DeliveryState if state not in {DeliveryState.LEASED, DeliveryState.SKIPPED}]
STEPS = st.one_of(
    st.tuples(st.just("record"), st.sampled_from(ENDS), st.booleans()),
    st.tuples(st.just("leave"), st.sampled_from(CHATS), st.booleans()),
    st.tuples(st.sampled_from(["again", "crash", "wait", "stop", "expire"]), st.just(0), st.just(False)),
)


class Life:
    """One alert, and what happens to it."""

    def __init__(self, store: Store, outbox: Outbox, alert_id: int) -> None:
        self.outbox = outbox
        self.alert_id = alert_id
        self.reports = Reports(store, outbox.clock)
        self.tally = Tally(alert_id, block_rows=2)
        self._store = store

    async def take(self, step: tuple[str, DeliveryState | int, bool]) -> None:
        """Let one thing happen."""
        what, detail, flag = step
        match what, detail:
            case "record", DeliveryState() as state:
                for row in await self.outbox.claim(2):
                    reason = "" if state is DeliveryState.SENT else f"because {row.chat_id % 2}"
                    await self.outbox.record(row, state, reason=reason, may_have_arrived=flag)
            case "leave", int(chat_id):
                await (self.outbox.roll.blocked(chat_id) if flag else self.outbox.roll.unsubscribe(chat_id))
            case "again", _:
                with suppress(Stale):
                    await self.outbox.desk.send_uncertain_again(self.alert_id)
            case "crash", _:
                await self.outbox.claim(2)
                self.outbox.queue, self.outbox.other = self.outbox.other, self.outbox.queue
                await self.outbox.queue.take_over(self.outbox.clock.now())
            case "wait", _:
                self.outbox.pass_hours(0.05)
            case "stop", _:
                with suppress(Stale):
                    await self.outbox.desk.cancel(self.alert_id, by=None)
            case _:
                self.outbox.pass_hours(7)
                await self.outbox.claim(1)

    async def end(self) -> None:
        """Send what is left."""
        while await self.outbox.status(self.alert_id) is AlertStatus.SENDING:
            self.outbox.pass_hours(0.05)
            for row in await self.outbox.claim():
                await self.outbox.record(row, DeliveryState.SENT)

    async def look(self) -> tuple[DeliveryReport, DeliveryReport]:
        """Count whole, and by the tally."""
        async with self._store.reading() as connection:
            return await read_report(connection, self.alert_id), await self.tally.count(connection)

    async def listed(self) -> list[Recipient]:
        """Page through those who were not reached."""
        found: list[Recipient] = []
        async with self._store.reading() as connection:
            while part := await read_recipients(connection, self.alert_id, PAGE, offset=len(found)):
                found += part
        return found


def check_sums(report: DeliveryReport, states: dict[int, str]) -> None:
    """Hold a report against the rows that it counts."""
    assert report.recipients == sum(report.counts.values()) == len(states) == len(CHATS)
    assert {state: number for state, number in report.counts.items() if number} == {
        DeliveryState(state): list(states.values()).count(state) for state in states.values()
    }
    assert report.done == sum(state not in OPEN for state in states.values())
    for state in (DeliveryState.GONE, DeliveryState.FAILED, DeliveryState.SKIPPED, DeliveryState.UNCERTAIN):
        assert sum(rows for (of, _), rows in report.reasons.items() if of is state) == report.counts[state]


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=12))
async def test_a_report_adds_up_at_every_moment_and_when_it_is_over(
    store: Store, directory: Directory, steps: list[tuple[str, DeliveryState | int, bool]]
) -> None:
    """Counts, reasons, the tally and the list of the unreached agree with the rows, on the way and at the end."""
    outbox = Outbox(store, DrivenClock(), directory)
    for chat_id in CHATS:
        await outbox.subscribe(chat_id)
    life = Life(store, outbox, (await outbox.send()).id)
    for step in steps:
        await life.take(step)
        whole, _ = await life.look()
        check_sums(whole, await outbox.states(life.alert_id))
    await life.end()
    full = await life.reports.full(life.alert_id)
    states = await outbox.states(life.alert_id)
    check_sums(full.counted, states)
    assert full.is_over
    assert full.counted == (await life.look())[1]
    listed = await life.listed()
    assert {one.chat_id: one.state for one in listed} == {
        chat_id: state for chat_id, state in states.items() if state != "sent"
    }
    assert len(listed) == full.counted.unreached
    if full.counted.counts[DeliveryState.SENT]:
        assert 0 <= (full.waits.p50_seconds or 0) <= (full.waits.p99_seconds or 0)
