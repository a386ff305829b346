"""What the author of an alert sees while it waits, with the ways back to the draft and past the second person."""

from alerts.people.rights import Right, may
from alerts.people.roster import Roster
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.desk import Desk
from alerts.publishing.reviews import Review, ReviewState, Task
from handlers.release_words import state_lines
from handlers.review import stop_button
from handlers.screen import Button, Reply, Screen, button_data
from handlers.texts import Texts

GLASS = "gls"
"""The verb of the button that begins a break-glass (handlers/break_glass.py)."""

BACK = "wai"
"""The verb of the buttons that show an alert's standing and make a draft of it again (handlers/drafts.py)."""

WAITS = frozenset({AlertStatus.SUBMITTED, AlertStatus.APPROVED, AlertStatus.SCHEDULED})
TAKEN_BACK = WAITS | {AlertStatus.REJECTED}
"""What its author can make a draft of again."""


class Waiting:
    """Shows how an alert stands."""

    def __init__(self, texts: Texts, desk: Desk, roster: Roster) -> None:
        self._texts = texts
        self._desk = desk
        self._roster = roster

    async def screen(self, alert_id: int, viewer: int) -> Screen:
        """Show how an alert stands to its author, or to another who may stop it."""
        standing = await self._desk.standing(alert_id)
        alert = standing.alert
        rows: list[tuple[Button, ...]] = []
        is_theirs, role = alert.author == viewer, await self._roster.role_of(viewer)
        if is_theirs and standing.may_break_glass and may(role, Right.APPROVE):
            data = button_data(GLASS, alert_id, alert.revision)
            rows.append((Button(self._texts.plain("glass.begin"), data),))
        row = []
        if is_theirs and alert.status in TAKEN_BACK:
            row.append(Button(self._texts.plain("waiting.change"), button_data(BACK, "edit", alert_id)))
        if alert.status in WAITS and may(role, Right.STOP):
            row.append(stop_button(self._texts, alert))
        if row:
            rows.append(tuple(row))
        return Screen(state_lines(self._texts, standing), tuple(rows))

    async def follow(self, alert: Alert, author: int) -> Reply:
        """Show how an alert stands in a message that follows it from now on, until it shows the progress."""

        async def keep(shown: tuple[int, ...]) -> None:
            await self._desk.note_progress_message(alert.id, shown[0])
            review = Review(alert.id, author, Task.AWAIT, ReviewState.ASKED, None, None, ())
            await self._desk.note_review(review, ReviewState.SHOWN, alert.revision, shown)

        return Reply((await self.screen(alert.id, author),), on_shown=keep)
