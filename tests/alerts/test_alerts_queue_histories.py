"""Random histories of an outbox: whatever happens in whatever order, no recipient is lost."""

import asyncio
import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select
from support.clock import DrivenClock
from support.outbox import Outbox, Row

from alerts.data import DataFolder
from alerts.delivery.claim import Claimed
from alerts.delivery.queue import LostLead, Queue
from alerts.delivery.states import MOVES, OPEN, DeliveryState
from alerts.errors import InvalidInput, Stale
from alerts.publishing.alert import Severity
from alerts.store import Store
from alerts.store.tables import alerts, deliveries
from alerts.subscribers.sectors import Directory

CHATS = range(1, 4)
OUTCOMES = [state for state in DeliveryState if state not in {DeliveryState.LEASED, DeliveryState.SKIPPED}]
DIRECTORY = Directory.load(DataFolder())


class History(RuleBasedStateMachine):
    """A desk, people who come and go, and two senders, one of which may die at any moment."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        shutil.copy(self.template, f"{self.folder.name}/history.db")
        self.store = Store(f"sqlite+aiosqlite:///{self.folder.name}/history.db")
        self.outbox = Outbox(self.store, DrivenClock(), DIRECTORY)
        self.held: dict[Queue, list[Claimed]] = {self.outbox.queue: [], self.outbox.other: []}
        self.alerts: dict[int, int] = {}
        self.seen: dict[int, Row] = {}
        self.do(self.outbox.subscribe(*CHATS))

    def do(self, action: Any) -> Any:
        """Run one use case to its end."""
        return self.runner.run(action)

    @rule(severity=st.sampled_from(Severity), hours=st.sampled_from([1, 24]))
    def send(self, severity: Severity, hours: int) -> None:
        """An officer sends an alert to whoever is there."""
        with suppress(InvalidInput):
            alert = self.do(self.outbox.send(severity, hours=hours))
            self.alerts[alert.id] = len(self.do(self.outbox.rows(alert.id)))

    @rule(here=st.booleans(), limit=st.sampled_from([1, 9]))
    def claim(self, here: bool, limit: int) -> None:
        """A sender takes rows."""
        queue = self.outbox.queue if here else self.outbox.other
        with suppress(LostLead):
            self.held[queue] += self.do(queue.claim(limit, self.outbox.clock.now()))

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data(), state=st.sampled_from(OUTCOMES), doubt=st.booleans())
    def record(self, data: st.DataObject, state: DeliveryState, doubt: bool) -> None:
        """A sender records what became of a row that it holds, or believes to hold."""
        queue = data.draw(st.sampled_from([queue for queue, rows in self.held.items() if rows]))
        row = self.held[queue].pop(data.draw(st.integers(0, len(self.held[queue]) - 1)))
        sender = Outbox(self.store, self.outbox.clock, DIRECTORY)
        sender.queue = queue
        with suppress(LostLead):
            self.do(sender.record(row, state, reason="because", may_have_arrived=doubt))

    @rule(here=st.booleans())
    def take_over(self, here: bool) -> None:
        """One of the senders takes over; the other is dead, or does not know it yet."""
        queue = self.outbox.queue if here else self.outbox.other
        self.do(queue.take_over(self.outbox.clock.now()))

    @rule()
    def everybody_leaves(self) -> None:
        """All people unsubscribe, and all but one come back."""
        for chat_id in CHATS:
            self.do(self.outbox.roll.unsubscribe(chat_id))
        self.do(self.outbox.subscribe(*CHATS[1:]))

    @rule(chat_id=st.sampled_from(CHATS), action=st.sampled_from(["join", "leave", "block", "write"]))
    def person(self, chat_id: int, action: str) -> None:
        """A person subscribes, unsubscribes, blocks the bot or writes to it."""
        roll = self.outbox.roll
        actions = {
            "leave": roll.unsubscribe,
            "block": roll.blocked,
            "write": roll.started,
            "join": self.outbox.subscribe,
        }
        self.do(actions[action](chat_id))

    @precondition(lambda self: self.alerts)
    @rule(data=st.data(), again=st.booleans())
    def officer(self, data: st.DataObject, again: bool) -> None:
        """An officer stops an alert, or sends the uncertain rows again."""
        alert_id = data.draw(st.sampled_from(sorted(self.alerts)))
        with suppress(Stale):
            self.do(self.outbox.desk.send_uncertain_again(alert_id) if again else self.outbox.desk.cancel(alert_id, 1))

    @rule(minutes=st.sampled_from([0.02, 3, 90]))
    def time_passes(self, minutes: float) -> None:
        """Retries come due, alerts expire and close."""
        self.outbox.clock.elapsed_seconds += timedelta(minutes=minutes).total_seconds()
        self.do(self.outbox.desk.close_expired())

    @invariant()
    def nobody_is_lost(self) -> None:
        """Every alert keeps its rows, and is sending just as long as one of them is open."""
        rows, statuses = self.do(self.look())
        for alert_id, recipients in self.alerts.items():
            mine = [row for row in rows if row.alert_id == alert_id]
            states = {row.state for row in mine}
            assert len(mine) == recipients
            match statuses[alert_id]:
                case "sending":
                    assert states & {"queued", "retry", "leased"}
                case "sent" | "closed":
                    assert not states & {"queued", "retry", "leased"}
                case "cancelled" | "expired":
                    assert not states & {"queued", "retry"}
        for row in rows:
            self.row_moved_rightly(row)

    @invariant()
    def the_report_adds_up(self) -> None:
        """The counts of the newest alert's report add up to its recipients."""
        if self.alerts:
            newest = max(self.alerts)
            _, report = self.do(self.outbox.desk.report(newest))
            assert sum(report.counts.values()) == report.recipients == self.alerts[newest]
            mine = [row for row in self.seen.values() if row.alert_id == newest]
            assert report.uncertain_count == sum(row.uncertain_count for row in mine)
            assert report.done == sum(row.state not in OPEN for row in mine)

    async def look(self) -> tuple[list[Row], dict[int, str]]:
        """Give every row and the status of every alert."""
        async with self.store.reading() as connection:
            rows = [Row(**row._mapping) for row in (await connection.execute(select(deliveries))).all()]
            statuses = (await connection.execute(select(alerts.c.id, alerts.c.status))).all()
        return rows, {row.id: row.status for row in statuses}

    def row_moved_rightly(self, row: Row) -> None:
        """A row came from what it was by one or two allowed moves, counts up only, and says why it ended."""
        before = self.seen.get(row.id, row)
        once = {before.state, *MOVES[DeliveryState(before.state)]}
        assert row.state in once.union(*(MOVES[DeliveryState(state)] for state in once))
        assert bool(MOVES[DeliveryState(before.state)]) or row == before
        assert row.attempts >= before.attempts
        assert row.uncertain_count >= before.uncertain_count
        assert (row.state == "sent") == (row.sent_at is not None)
        assert (row.state in {"gone", "failed", "skipped"}) <= bool(row.reason)
        assert row.is_open == (row.state in OPEN)
        self.seen[row.id] = row

    def teardown(self) -> None:
        """Close the database."""
        self.do(self.store.close())
        self.runner.close()
        self.folder.cleanup()


def test_no_history_loses_a_recipient(migrated: Path):
    """Over random histories the counts add up to the recipients, ends are final, and no alert hangs or ends early."""
    History.template = migrated
    run_state_machine_as_test(
        History, settings=settings(max_examples=25, stateful_step_count=25, deadline=None, derandomize=True)
    )
