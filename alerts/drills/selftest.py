"""The self-test: the bot sends the owners a message by the whole way of an alert, and looks what became of it.

A row is written, claimed, sent, answered by Telegram and recorded, or the owners, `cascade check` and /health say what
was not. The rule is one of a schedule's (alerts/schedule/recurrence.py), so both changes of the clocks are minded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import THE_BOT, Act
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.delivery.endings import finish_alerts, skip_alert
from alerts.delivery.hold import held
from alerts.delivery.states import OPEN, DeliveryState, as_state
from alerts.drills.drill import DrillText
from alerts.drills.judgement import Missed, missed_of
from alerts.people.notices import NoticeKind, holders_of, leave_notice, owners_of
from alerts.people.rights import Right
from alerts.publishing.alert import AlertKind, AlertStatus, Severity
from alerts.publishing.record import insert_alert, update_alert
from alerts.schedule.recurrence import Firing, Recurrence
from alerts.store import Store
from alerts.store.authority import self_tests
from alerts.store.tables import deliveries

SERIES = "T"
"""What the references of self-tests begin with."""

SINCE = "self_test_since"
"""The fact in `meta` from when on the rule counts: an installation's first self-test comes at its next time."""

PATIENCE = timedelta(minutes=2)
"""After so long a self-test is judged, whatever has become of it."""

LOOKS_BACK = timedelta(days=40)
"""How far back a time is made up for that nobody was there for."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A self-test that was begun.

    Attributes:
        judged_at: when it was judged, None while it is under way.
        failure: what was wrong, "" when nothing was.
    """

    key: str
    due_at: datetime
    begun_at: datetime
    alert_id: int
    judged_at: datetime | None
    failure: str

    @property
    def has_passed(self) -> bool:
        """Whether all was well."""
        return self.judged_at is not None and not self.failure

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Tested":
        """Make it from a row of the table `self_tests`."""
        return cls(row.key, row.due_at, row.begun_at, row.alert_id, row.judged_at, row.failure or "")


class SelfTest:
    """Begins a self-test when its time has come, and judges it.

    Args:
        store: the database.
        clock: the source of time.
        trail: the record.
        rule: when; None switches it off.
        words: what the message says; the words are the catalogue's.
        on_queued: called after rows were written.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        trail: Trail,
        rule: Recurrence | None,
        words: Callable[[], DrillText],
        on_queued: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._rule = rule
        self._words = words
        self._on_queued = on_queued

    async def look(self) -> None:
        """Judge what is under way, and begin what is due."""
        newest = await self.newest()
        if newest is not None and newest.judged_at is None:
            await self._judge(newest)
        due = await self._due(newest)
        if due is not None:
            await self._begin(due)

    async def newest(self) -> Tested | None:
        """Give the last self-test, None when there was none yet."""
        statement = select(self_tests).order_by(self_tests.c.begun_at.desc()).limit(1)
        async with self._store.reading() as connection:
            row = (await connection.execute(statement)).first()
        return Tested.from_row(row) if row else None

    def next_at(self) -> datetime | None:
        """Tell when the next one comes, None when it is switched off."""
        firing = self._rule.after(self._clock.now()) if self._rule else None
        return firing.at if firing else None

    async def _due(self, newest: Tested | None) -> Firing | None:
        """Give the latest time that has come since the last self-test; earlier ones are not made up for."""
        if self._rule is None:
            return None
        now = self._clock.now()
        since = await self._store.fact(SINCE)
        if since is None:
            await self._store.keep_fact(SINCE, now.isoformat())
            return None
        after = max(datetime.fromisoformat(since), now - LOOKS_BACK, *([newest.due_at] if newest else []))
        due, firing = None, self._rule.after(after)
        while firing is not None and firing.at <= now:
            due, firing = firing, self._rule.after(firing.at)
        return due

    async def _begin(self, due: Firing) -> None:
        """In one transaction: write the message, a row for each owner, and that this time has been dealt with."""
        now, text = self._clock.now(), self._words()
        async with self._store.writing() as connection:
            known = select(self_tests.c.key).where(self_tests.c.key == due.key)
            if (await connection.execute(known)).first() is not None:
                return  # the machine's clock was set back, or another process was faster
            values = {
                "kind": AlertKind.SELF_TEST.value,
                "status": AlertStatus.SENDING.value,
                "severity": Severity.INFORMATION.value,
                "headline": text.headline,
                "body": text.body,
                "expires_at": now + timedelta(hours=1),
                "origin": AlertKind.SELF_TEST.value,
                "created_at": now,
                "sending_at": now,
            }
            alert = await insert_alert(connection, values, series=SERIES)
            owners = await owners_of(connection)
            if owners:
                await connection.execute(insert(deliveries), [_row(alert.id, owner, now) for owner in owners])
            await finish_alerts(connection, {alert.id}, now)
            about = {"key": due.key, "due_at": due.at, "begun_at": now, "alert_id": alert.id}
            await connection.execute(insert(self_tests).values(**about))
            after = {"reference": alert.reference, "owners": len(owners)}
            await self._trail.note(
                connection, Act.SELF_TEST_BEGUN, THE_BOT, now, subject=f"self-test {due.key}", after=after
            )
        self._on_queued()

    async def _judge(self, tested: Tested) -> None:
        """Look at every row; once all have ended, or for want of time, say what was found."""
        now = self._clock.now()
        is_late = now - tested.begun_at >= PATIENCE
        async with self._store.writing() as connection:
            rows = (
                await connection.execute(
                    select(deliveries).where(deliveries.c.alert_id == tested.alert_id).order_by(deliveries.c.chat_id)
                )
            ).all()
            is_open = any(row.state in {state.value for state in OPEN} for row in rows)
            if is_open and not is_late:
                return
            missed = await missed_of(connection, rows, tested.begun_at)
            is_held = bool(missed) and await held(connection) is not None
            failure = _failure(rows, missed, is_held=is_held)
            judged = update(self_tests).where(self_tests.c.key == tested.key, self_tests.c.judged_at.is_(None))
            if not (await connection.execute(judged.values(judged_at=now, failure=failure or None))).rowcount:
                return
            if is_open:
                await skip_alert(connection, tested.alert_id, "the self-test was over", now)
                await update_alert(connection, tested.alert_id, status=AlertStatus.CANCELLED.value, finished_at=now)
            if failure:
                about = {"due_at": tested.due_at, "reached": len(rows) - len(missed), "is_held": is_held}
                await self._tell_of_failure(connection, missed, now, about)
            else:
                await self._tell_of_success(connection, rows, tested, now)
            after = {"passed": not failure, "failure": failure}
            await self._trail.note(
                connection, Act.SELF_TEST_JUDGED, THE_BOT, now, subject=f"self-test {tested.key}", after=after
            )

    async def _tell_of_failure(
        self, connection: AsyncConnection, missed: Sequence[Missed], now: datetime, about: dict[str, Any]
    ) -> None:
        """Tell the owners; when it reached none of them, whoever approves alerts beside them has to know too."""
        told = await (owners_of(connection) if about["reached"] else holders_of(connection, Right.APPROVE))
        listed = [one.document() for one in missed]
        await leave_notice(connection, told, NoticeKind.SELF_TEST_FAILED, now, **about, missed=listed)

    async def _tell_of_success(
        self, connection: AsyncConnection, rows: Sequence[Row[Any]], tested: Tested, now: datetime
    ) -> None:
        slowest = max((row.sent_at - tested.begun_at).total_seconds() for row in rows)
        about = {"owners": len(rows), "seconds": max(slowest, 0.0), "next_at": self.next_at()}
        await leave_notice(connection, await owners_of(connection), NoticeKind.SELF_TEST_PASSED, now, **about)


def _row(alert_id: int, chat_id: int, now: datetime) -> dict[str, Any]:
    return {
        "alert_id": alert_id,
        "chat_id": chat_id,
        **as_state(DeliveryState.QUEUED),
        "lane": Severity.INFORMATION.lane,
        "attempts": 0,
        "uncertain_count": 0,
        "state_at": now,
    }


def _failure(rows: Sequence[Row[Any]], missed: Sequence[Missed], *, is_held: bool) -> str:
    """Say for the administrator what of the whole way did not hold; "" when it did for every owner."""
    if not rows:
        return "there is no owner to send it to"
    wrong = [str(one) for one in missed]
    return "; ".join(["all broadcasts are on hold", *wrong] if wrong and is_held else wrong)
