"""Tells the demo's newcomer in plain words what the bot does: read from its store and from the sandbox's journal."""

import asyncio

import structlog

from alerts.clock import sleep_or
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import UNRELEASED, Alert, AlertStatus
from alerts.publishing.incoming_item import source_of
from bot.domain import Domain
from bot.sandbox import Sandbox

LOOK_SECONDS = 0.5
LISTED = 20
TOO_MANY = 429

ORIGINS = {
    "chat": "An officer sent",
    "command line": "The command line sent",
    "level": "A change of the threat level sent",
    "schedule": "A schedule fired and sent",
}
FROM_OUTSIDE = "An officer sent what had come in from outside as"

log = structlog.get_logger(__name__)


class Narrator:
    """Looks twice a second, and tells each thing once."""

    def __init__(self, sandbox: Sandbox, domain: Domain) -> None:
        self._sandbox = sandbox
        self._domain = domain
        self._began: set[int] = set()
        self._over: set[int] = set()
        self._seq = 0
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Tell until stopped; what goes wrong here must not end the demo."""
        while not self._stopped.is_set():
            try:
                await self.look()
            except Exception:
                log.exception("narrator_lost_the_thread")
            await sleep_or(self._domain.clock, LOOK_SECONDS, self._stopped)

    def stop(self) -> None:
        """End `run` after the look that is under way: a cancelled one would leave its connection in mid-air."""
        self._stopped.set()

    async def look(self) -> None:
        """Tell what is new."""
        self._tell_refusals()
        for alert, recipients in reversed(await self._domain.desk.newest(LISTED)):
            if alert.sending_at is None:
                continue
            if alert.id not in self._began:
                self._began.add(alert.id)
                self._tell_begun(alert, recipients)
            if alert.id not in self._over and alert.status not in {*UNRELEASED, AlertStatus.SENDING}:
                self._over.add(alert.id)
                await self._tell_over(alert)

    def _tell_begun(self, alert: Alert, recipients: int) -> None:
        how = FROM_OUTSIDE if source_of(alert.origin) else ORIGINS.get(alert.origin.partition(":")[0], "Somebody sent")
        rows = "its one recipient has a row" if recipients == 1 else f"its {recipients} recipients have a row each"
        self._sandbox.story.tell(
            f"{how} alert {alert.reference}, “{alert.headline}”: {rows} in the database, written before anything went"
            " out."
        )

    async def _tell_over(self, alert: Alert) -> None:
        """Tell how an alert ended: its counts, which add up to its recipients."""
        _, report = await self._domain.desk.report(alert.id)
        counts = (
            ", ".join(f"{number} {state}" for state, number in report.counts.items() if number) or "nobody to send to"
        )
        took = ""
        if report.first_sent_at and report.last_sent_at and report.counts[DeliveryState.SENT] > 1:
            seconds = (report.last_sent_at - report.first_sent_at).total_seconds()
            took = f" The first and the last were {seconds:.1f} s apart."
        self._sandbox.story.tell(f"{alert.reference} is {alert.status}: {counts or 'nobody to send to'}.{took}")

    def _tell_refusals(self) -> None:
        """Tell of new refusals with 429: one line for those of one look."""
        calls = self._sandbox.world.journal.after(self._seq)
        if not calls:
            return
        self._seq = calls[-1]["seq"]
        refused = sum(1 for call in calls if call["status"] == TOO_MANY)
        if refused:
            times = "once" if refused == 1 else f"{refused} times"
            self._sandbox.story.tell(
                f"Telegram answered 429, too many requests, {times}. The bot waits for as long as it was told and"
                " then goes on, more slowly at first; the messages wait in the database."
            )
