"""Keeps officers informed of their alerts: edits the progress, then sends the final report."""

import structlog
from telegram.error import TelegramError

from alerts.publishing.alert import Alert, AlertStatus
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

    async def look(self) -> None:
        """Edit every progress that has changed, and report what is over."""
        for alert in await self._desk.unreported():
            try:
                await self._inform(alert)
            except TelegramError as error:
                log.warning("officer_not_informed", alert=alert.id, reason=error.message)

    async def _inform(self, alert: Alert) -> None:
        if alert.author is None:
            return
        screen = await self._progress.screen(alert.id)
        over = alert.status is not AlertStatus.SENDING
        if alert.progress_message_id and self._shown.get(alert.id) != screen:
            closing = Screen(screen.html) if over else screen
            await self._replies.edit(alert.author, alert.progress_message_id, closing)
            self._shown[alert.id] = screen
        if over:
            await self._desk.note_reported(alert.id)
            self._shown.pop(alert.id, None)
            await self._replies.send(alert.author, Reply((screen,)))
