"""Keeps officers informed of their alerts: edits the progress, then sends the final report."""

import structlog
from telegram.error import BadRequest, TelegramError

from alerts.errors import StoreError
from alerts.publishing.alert import Alert
from alerts.publishing.desk import Desk
from handlers.progress import Progress
from handlers.replies import Replies
from handlers.screen import Reply, Screen

log = structlog.get_logger(__name__)


class Follower:
    """Looks at the alerts that are under way; what it has to know of them is in the store, so a restart loses none."""

    def __init__(self, desk: Desk, progress: Progress, replies: Replies) -> None:
        self._desk = desk
        self._progress = progress
        self._replies = replies
        self._shown: dict[int, Screen] = {}
        self._waited_for: set[int] = set()
        self._unnoted: set[int] = set()

    async def look(self) -> None:
        """Edit every progress that has changed, and report what is over."""
        for alert in await self._desk.unreported():
            try:
                await self._inform(alert)
            except TelegramError as error:
                log.warning("officer_not_informed", alert=alert.id, reason=error.message)
            except StoreError as error:
                log.error("alert_not_followed", alert=alert.id, error=str(error))  # noqa: TRY400 - the sentence says it all

    async def _inform(self, alert: Alert) -> None:
        if alert.author is None:
            return
        screen, over = await self._progress.look(alert.id)
        if not over:
            self._unnoted.discard(alert.id)  # it is sent again, and so gets another report
        if over and not alert.progress_message_id and alert.id not in self._waited_for:
            self._waited_for.add(alert.id)  # the confirmation's own reply is on its way: it gets one more round
            return
        shown = await self._progress.over(alert) if over else screen
        if alert.progress_message_id and self._shown.get(alert.id) != shown:
            await self._replies.edit(alert.author, alert.progress_message_id, shown)
            self._shown[alert.id] = shown
        if over:
            await self._report(alert, alert.author, screen)

    async def _report(self, alert: Alert, author: int, screen: Screen) -> None:
        """Send the final report, then note it: one that did not get through is sent at the next look.

        One that got through and could not be noted is not sent again, only noted.
        """
        if alert.id not in self._unnoted:
            try:
                await self._replies.send(author, Reply((screen,)))
            except BadRequest as error:
                log.warning("officer_cannot_be_informed", alert=alert.id, reason=error.message)
            self._unnoted.add(alert.id)
        await self._desk.note_reported(alert.id)
        self._unnoted.discard(alert.id)
        self._shown.pop(alert.id, None)
        self._waited_for.discard(alert.id)
