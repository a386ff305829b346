"""The reports: what became of an alert, how far it is, and who was not reached."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.clock import Clock
from alerts.delivery.hold import Hold, held
from alerts.delivery.recipients import Recipient, read_recipients
from alerts.delivery.report import DeliveryReport, Waits, read_report, read_waits
from alerts.delivery.states import DeliveryState
from alerts.delivery.tally import Estimate, Tally, commonest
from alerts.paging import Window
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.approvals import Approval, word_for
from alerts.publishing.change_report import ChangeReport, read_change
from alerts.publishing.record import find_alert
from alerts.publishing.succession import Copied, copied
from alerts.store import Store

LISTED_AT_ONCE = 500
"""Recipients that are read together when all are listed."""

SOON = timedelta(seconds=5)
"""A retry that is due so soon is nothing that one waits for."""


@dataclass(frozen=True, slots=True)
class FullReport:
    """What became of an alert, looked up row by row, and on whose word it went out.

    Attributes:
        copied: the alert, with what its copies are known by.
    """

    copied: Copied
    counted: DeliveryReport
    waits: Waits
    word: Approval | None = None
    change: ChangeReport | None = None

    @property
    def alert(self) -> Alert:
        """The alert."""
        return self.copied.alert

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is under way any more; after a stop, what was under way still ends."""
        is_done = self.alert.status is not AlertStatus.SENDING and self.counted.done == self.counted.recipients
        return is_done and (self.change is None or self.change.is_over)


@dataclass(frozen=True, slots=True)
class LiveReport:
    """How far an alert is that is being sent.

    Attributes:
        copied: the alert, with what its copies are known by.
        hold: the hold that is in force, None when there is none.
        seconds_left: how long the rest takes at the rate of late; None while nothing can be said about it.
        retries_until: when the last row is tried again, where that is after everything else; None when it is not.
        is_stalled: nothing has gone out for half a minute, and there is no hold.
        expires_first: at the rate of late the alert expires before everybody is reached.
    """

    copied: Copied
    counted: DeliveryReport
    hold: Hold | None
    seconds_left: float | None
    retries_until: datetime | None
    is_stalled: bool
    expires_first: bool

    @property
    def alert(self) -> Alert:
        """The alert."""
        return self.copied.alert

    @property
    def retry_reason(self) -> str:
        """Why most of the rows that are to be tried again are so."""
        retries = {reason: rows for (state, reason), rows in self.counted.reasons.items() if state == "retry"}
        return commonest(retries.items())


@dataclass(frozen=True, slots=True)
class Unreached:
    """One page of those who were not reached.

    Attributes:
        copied: the alert, with what its copies are known by.
        recipients: everybody to whom the alert was to go.
        window: its total is how many of them were not reached.
    """

    copied: Copied
    recipients: int
    window: Window
    listed: tuple[Recipient, ...]


class Reports:
    """The use cases of a report. Keeps in memory what it has counted of the alerts that are being sent."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._followed: dict[int, tuple[Tally, Estimate]] = {}

    async def copied(self, alert: Alert) -> Copied:
        """Say what an alert's copies are known by."""
        async with self._store.reading() as connection:
            return await copied(connection, alert)

    async def full(self, alert_id: int) -> FullReport:
        """Give what became of an alert; it looks at every row, so it is for alerts that are over, and for once.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._store.reading() as connection:
            alert = await find_alert(connection, alert_id)
            counted = await read_report(connection, alert_id)
            waits = await read_waits(connection, alert_id, alert.sending_at, counted)
            word, change = await word_for(connection, alert_id), await read_change(connection, alert, counted)
            return FullReport(await copied(connection, alert), counted, waits, word, change)

    async def live(self, alert_id: int) -> LiveReport | None:
        """Give how far an alert is, cheaply enough for every two seconds; None when it is not being sent.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._store.reading() as connection:
            alert = await find_alert(connection, alert_id)
            if alert.status is not AlertStatus.SENDING:
                self._followed.pop(alert_id, None)
                return None
            hold = await held(connection)
            tally, estimate = self._followed.setdefault(alert_id, (Tally(alert_id), Estimate()))
            counted, found = await tally.count(connection), await copied(connection, alert)
        if hold is None:
            estimate.note(counted.done, self._clock.monotonic())
        else:
            estimate.forget()
        return self._live(found, counted, hold, estimate)

    async def recipients(self, alert_id: int, *, everybody: bool = False) -> AsyncIterator[list[Recipient]]:
        """List who was not reached, or everybody, by chat id and so many at a time that memory stays small.

        Each part is read by itself: while an alert is being sent, a later one knows more.
        """
        after: int | None = None
        while True:
            async with self._store.reading() as connection:
                part = await read_recipients(connection, alert_id, LISTED_AT_ONCE, after=after, everybody=everybody)
            if not part:
                return
            yield part
            after = part[-1].chat_id

    async def unreached(self, alert_id: int, page: int, size: int) -> Unreached:
        """Give one page of those who were not reached; a page that is not there is the last one.

        Raises:
            NotFound: there is no alert with this id.
        """
        async with self._store.reading() as connection:
            found = await copied(connection, await find_alert(connection, alert_id))
            counted = await read_report(connection, alert_id)
            window = Window.at(page, total=counted.unreached, size=size)
            listed = await read_recipients(connection, alert_id, size, offset=window.start)
        return Unreached(found, counted.recipients, window, tuple(listed))

    def _live(self, found: Copied, counted: DeliveryReport, hold: Hold | None, estimate: Estimate) -> LiveReport:
        now = self._clock.now()
        seconds_left = estimate.seconds_left(counted.recipients - counted.done)
        ends_at = now + timedelta(seconds=seconds_left) if seconds_left is not None else None
        retries_until = counted.waits_until if counted.counts[DeliveryState.RETRY] else None
        if hold or retries_until is None or retries_until <= max(now + SOON, ends_at or now):
            retries_until = None
        expires_at = found.alert.expires_at
        expires_first = ends_at is not None and expires_at is not None and ends_at > expires_at
        return LiveReport(found, counted, hold, seconds_left, retries_until, estimate.is_stalled, expires_first)
