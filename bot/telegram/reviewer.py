"""Asks people to look at alerts, and tells everybody who was asked what became of them."""

import structlog
from telegram.error import BadRequest, Forbidden, TelegramError

from alerts.errors import CascadeError
from alerts.people.rights import Right, may
from alerts.people.roster import Person, Roster
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.desk import Desk
from alerts.publishing.files import Files
from alerts.publishing.reviews import Review, ReviewState, Task
from handlers.replies import Replies
from handlers.review import IS_GOING, Reviewing
from handlers.screen import Reply, Screen
from handlers.waiting import WAITS, Waiting

log = structlog.get_logger(__name__)

WAITS_FOR = {Task.APPROVE: frozenset({AlertStatus.SUBMITTED}), Task.STOP: frozenset({AlertStatus.APPROVED})}
"""While an alert has this status there is something for them to do."""

NEEDS = {Task.APPROVE: Right.APPROVE, Task.STOP: Right.STOP}
"""Who has lost it is shown nothing any more."""

RELEASED = frozenset({AlertStatus.SENDING, AlertStatus.SENT, AlertStatus.CLOSED})
"""From here on the author's message shows the progress (bot/telegram/follow.py)."""


class Reviewer:
    """Looks at who is still to be asked or told; that stands in the store, so a restart loses none and doubles none.

    A file that Telegram does not have yet is carried up for the first person who is to see it.
    """

    def __init__(
        self,
        desk: Desk,
        roster: Roster,
        reviewing: Reviewing,
        waiting: Waiting,
        replies: Replies,
        files: Files,
    ) -> None:
        self._desk = desk
        self._roster = roster
        self._reviewing = reviewing
        self._waiting = waiting
        self._replies = replies
        self._files = files
        self._stood: dict[tuple[int, int], AlertStatus] = {}
        self._told: dict[tuple[int, int, Task], Screen] = {}

    async def look(self) -> None:
        """Show every alert that is to be shown, and tell what became of the others."""
        for review in await self._desk.open_reviews():
            try:
                await self._take(review)
            except CascadeError as error:  # such as: the database is locked, or the alert cannot be shown any more
                log.error("review_not_attended", alert=review.alert_id, user_id=review.user_id, error=str(error))  # noqa: TRY400 - the sentence says it all

    async def _take(self, review: Review) -> None:
        """Attend to one review; who cannot be written to is noted as such, an outage waits for the next look."""
        try:
            await self._attend(review, await self._desk.find(review.alert_id))
        except (BadRequest, Forbidden) as error:  # such as: they have never pressed Start
            await self._cannot_ask(review, error.message)
        except TelegramError as error:
            log.warning("reviewer_not_asked", user_id=review.user_id, reason=error.message)

    async def _attend(self, review: Review, alert: Alert) -> None:
        if review.task is Task.AWAIT:
            await self._keep_waiting(review, alert)
            return
        if alert.status not in WAITS_FOR[review.task]:
            await self._close(review, alert)
            return
        person = await self._roster.find(review.user_id)
        if person is None or not may(person.role, NEEDS[review.task]):
            await self._desk.note_review(review, ReviewState.DONE)
        elif review.state is ReviewState.ASKED:
            await self._show(review, alert, person)

    async def _show(self, review: Review, alert: Alert, person: Person) -> None:
        """Show the alert below all else; what stands of an earlier text goes."""
        is_there = False

        async def keep(shown: tuple[int, ...]) -> None:
            nonlocal is_there
            is_there = True
            await self._desk.note_review(review, ReviewState.SHOWN, alert.revision, shown)

        if alert.attachment and not alert.attachment.file_id:
            content = await self._files.content(alert.id)
            file_id = await self._replies.upload(review.user_id, alert.attachment, content)
            await self._files.uploaded(alert.id, file_id)
            alert = await self._desk.find(alert.id)
        before = (*review.preview_ids, *filter(None, [review.message_id]))
        screens = await self._reviewing.screens(review, alert, person)
        await self._replies.send(review.user_id, Reply(screens, removes=before, on_shown=keep))
        if not is_there:
            await self._cannot_ask(review, "they have blocked the bot")

    async def _cannot_ask(self, review: Review, reason: str) -> None:
        """Keep that somebody was not reached, and let the author's message say it at the next look."""
        log.warning("reviewer_cannot_be_asked", user_id=review.user_id, reason=reason)
        await self._desk.note_unreached(review)
        self._stood = {place: status for place, status in self._stood.items() if place[0] != review.alert_id}

    async def _close(self, review: Review, alert: Alert) -> None:
        """Put what became of the alert in the place of its buttons, and take the preview away.

        An alert that is on its way is looked at again, so that its Stop goes when it has been sent.
        """
        place = (alert.id, review.user_id, review.task)
        if review.message_id is not None:
            screen = await self._reviewing.outcome(alert, await self._roster.find(review.user_id))
            if place not in self._told:
                await self._replies.send(review.user_id, Reply(removes=review.preview_ids))
            stopped = alert.status is AlertStatus.CANCELLED and place in self._told  # who pressed Stop sees the report
            if self._told.get(place) != screen and not stopped:
                await self._replies.edit(review.user_id, review.message_id, screen)
                self._told[place] = screen
        if review.message_id is None or alert.status not in IS_GOING:
            self._told.pop(place, None)
            await self._desk.note_review(review, ReviewState.DONE)

    async def _keep_waiting(self, review: Review, alert: Alert) -> None:
        """Let the author's own message say how the alert stands, until the progress takes its place."""
        if alert.status in RELEASED:
            await self._desk.note_review(review, ReviewState.DONE)
            return
        place = (alert.id, review.user_id)
        if review.message_id is not None and self._stood.get(place) is not alert.status:
            screen = await self._waiting.screen(alert.id, review.user_id)
            await self._replies.edit(review.user_id, review.message_id, screen)
            self._stood[place] = alert.status
        if alert.status not in WAITS:
            self._stood.pop(place, None)
            await self._desk.note_review(review, ReviewState.DONE)
