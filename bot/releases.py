"""Builds what lets an alert out in the chat: who is asked, what they press, and how the author follows it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from alerts.people.notices import Notice, NoticeKind
from alerts.people.rights import Right
from alerts.publishing.files import Files
from alerts.store.conversations import Conversations
from bot.domain import Domain
from bot.doors import Doors
from bot.telegram.reviewer import Reviewer
from handlers.break_glass import BreakGlass
from handlers.drafts import DraftsList
from handlers.front import Verb
from handlers.progress import Progress
from handlers.replies import Replies
from handlers.review import STOP, Returning, Reviewing
from handlers.schedule import Schedules
from handlers.screen import Screen
from handlers.waiting import BACK, GLASS, Waiting


@dataclass(frozen=True, slots=True)
class Releases:
    """The conversations and messages of releasing."""

    reviewing: Reviewing
    returning: Returning
    waiting: Waiting
    glass: BreakGlass
    schedules: Schedules

    @classmethod
    def build(cls, domain: Domain, conversations: Conversations) -> "Releases":
        """Build them over the use cases."""
        texts, desk = domain.texts, domain.desk
        waiting = Waiting(texts, desk, domain.roster)
        return cls(
            reviewing=Reviewing(
                texts=texts,
                desk=desk,
                message=domain.message,
                follow_ups=domain.follow_ups,
                changes=domain.changes,
                conversations=conversations,
                clock=domain.clock,
            ),
            returning=Returning(texts, desk, conversations),
            waiting=waiting,
            glass=BreakGlass(texts, desk, conversations, waiting),
            schedules=Schedules(
                texts, domain.timetable, domain.directory, domain.clockwork, domain.message, domain.clock
            ),
        )

    def doors(self, drafts: DraftsList, progress: Progress) -> Doors:
        """Give the ways into them; 'Stop' leads to the progress of an alert, 'Back' to the list of drafts."""
        schedules = self.schedules
        return Doors(
            commands={"schedule": schedules.tell},
            verbs={
                STOP: Verb(Right.STOP, progress.stop),
                BACK: Verb(Right.SEND_ALERTS, drafts.press_waiting),
                GLASS: Verb(Right.APPROVE, self.glass.begin),
                self.reviewing.kind: Verb(self.reviewing.right, self.reviewing.press),
                schedules.kind: Verb(schedules.right, schedules.press, schedules.actions),
                schedules.approval_kind: Verb(Right.APPROVE, schedules.press_approval),
            },
            flows=(self.returning, self.glass),
        )

    def reviewer(self, domain: Domain, replies: Replies) -> Reviewer:
        """Build the duty that asks people and tells them what became of it."""
        return Reviewer(domain.desk, domain.roster, self.reviewing, self.waiting, replies, Files(domain.store))

    @property
    def notices(self) -> Mapping[NoticeKind, Callable[[Notice], Awaitable[tuple[Screen, ...]]]]:
        """Name what makes the notices of releasing that need more than words."""
        return {NoticeKind.SCHEDULE_SUBMITTED: self.schedules.proposal}
