"""An entry of the record: an act, who did it through which door, on what, and how that was before and after."""

from dataclasses import dataclass
from enum import StrEnum


class Door(StrEnum):
    """Where an act comes from."""

    CHAT = "chat"
    COMMAND_LINE = "command line"
    INTAKE = "intake"
    FEED = "feed"
    SCHEDULE = "schedule"
    BOT = "bot"


class Act(StrEnum):
    """What was done; every act has its sentence in `MEANING`."""

    PERSON_GRANTED = "person-granted"
    PERSON_REVOKED = "person-revoked"
    ALERT_DRAFTED = "alert-drafted"
    ALERT_REVISED = "alert-revised"
    ALERT_SUBMITTED = "alert-submitted"
    ALERT_WITHDRAWN = "alert-withdrawn"
    ALERT_APPROVED = "alert-approved"
    ALERT_RETURNED = "alert-returned"
    ALERT_SCHEDULED = "alert-scheduled"
    ALERT_SENT = "alert-sent"
    ALERT_SENT_AGAIN = "alert-sent-again"
    ALERT_CANCELLED = "alert-cancelled"
    ALERT_CLOSED = "alert-closed"
    ALERT_EXPIRED = "alert-expired"
    BREAK_GLASS_BEGUN = "break-glass-begun"
    BREAK_GLASS_STOPPED = "break-glass-stopped"
    SCHEDULE_APPROVED = "schedule-approved"
    SCHEDULE_RETURNED = "schedule-returned"


MEANING: dict[Act, str] = {
    Act.PERSON_GRANTED: "a person was given a role, in place of the one they had",
    Act.PERSON_REVOKED: "a person's role was taken away",
    Act.ALERT_DRAFTED: "a draft was begun",
    Act.ALERT_REVISED: "an alert's text or audience was changed; what was approved before is so no more",
    Act.ALERT_SUBMITTED: "an alert was laid before a second person",
    Act.ALERT_WITHDRAWN: "an alert was made a draft again, and with that an approval lapsed",
    Act.ALERT_APPROVED: "a second person approved an alert",
    Act.ALERT_RETURNED: "a second person returned an alert to its author; the reason stands with the alert",
    Act.ALERT_SCHEDULED: "an alert was released for a later moment",
    Act.ALERT_SENT: "an alert was released: every recipient got a row",
    Act.ALERT_SENT_AGAIN: "an alert went again to those whose delivery was uncertain",
    Act.ALERT_CANCELLED: "an alert was stopped, or a draft thrown away",
    Act.ALERT_CLOSED: "an alert that was sent has reached its expiry",
    Act.ALERT_EXPIRED: "an alert reached its expiry before everybody was served, or before it was released",
    Act.BREAK_GLASS_BEGUN: "one officer began to send a critical alert on their own word",
    Act.BREAK_GLASS_STOPPED: "a break-glass was stopped before it went out",
    Act.SCHEDULE_APPROVED: "a second person approved a schedule, so that it starts",
    Act.SCHEDULE_RETURNED: "a second person refused a schedule, which was removed",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and through which door.

    Attributes:
        user_id: a Telegram user id; None for the administrator at the command line and for the bot itself.
        door: where the act comes from.
        detail: which source, schedule or feed it was, where the door has several.
    """

    user_id: int | None
    door: Door
    detail: str = ""

    @property
    def place(self) -> str:
        """The door in the words of the record, such as `schedule: weekly`."""
        return f"{self.door}: {self.detail}" if self.detail else self.door.value


ADMINISTRATOR = Actor(None, Door.COMMAND_LINE)
"""Whoever runs `cascade` on the machine."""

THE_BOT = Actor(None, Door.BOT)
"""The bot of its own accord."""


def in_chat(user_id: int) -> Actor:
    """Name a person who acts in a chat with the bot."""
    return Actor(user_id, Door.CHAT)
