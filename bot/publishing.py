"""Builds what writes an alert in the chat, and what changes one that people have."""

from dataclasses import dataclass

from alerts.people.rights import Right
from alerts.store.conversations import Conversations
from bot.domain import Domain
from bot.doors import Doors
from handlers.alerts_list import AlertsList
from handlers.compose import Compose
from handlers.front import Verb
from handlers.progress import Progress
from handlers.waiting import Waiting


@dataclass(frozen=True, slots=True)
class Publishing:
    """The conversation in which an alert is written, and the list from which one is changed."""

    compose: Compose
    alerts: AlertsList

    @classmethod
    def build(cls, domain: Domain, conversations: Conversations, progress: Progress, waiting: Waiting) -> "Publishing":
        """Build them over the use cases."""
        compose = Compose(
            texts=domain.texts,
            desk=domain.desk,
            conversations=conversations,
            directory=domain.directory,
            briefings=domain.briefings,
            library=domain.library,
            contents=domain.contents,
            message=domain.message,
            follow_ups=domain.follow_ups,
            changes=domain.changes,
            progress=progress,
            waiting=waiting,
            vetting=domain.vetting,
            sensitivity=domain.sensitivity,
            clock=domain.clock,
        )
        alerts = AlertsList(
            texts=domain.texts,
            in_force=domain.in_force,
            follow_ups=domain.follow_ups,
            changes=domain.changes,
            compose=compose,
            progress=progress,
        )
        return cls(compose, alerts)

    @property
    def doors(self) -> Doors:
        """Give the ways into them."""
        return Doors(
            commands={"compose": self.compose.start, "alerts": self.alerts.tell},
            verbs={
                AlertsList.kind: Verb(Right.READ, self.alerts.press),
                AlertsList.write_kind: Verb(Right.SEND_ALERTS, self.alerts.write),
                AlertsList.stop_kind: Verb(Right.STOP, self.alerts.take_back),
            },
            flows=(self.compose,),
        )
