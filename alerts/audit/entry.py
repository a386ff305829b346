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
    ALERT_UPDATED = "alert-updated"
    ALERT_CORRECTED = "alert-corrected"
    ALERT_TAKEN_BACK = "alert-taken-back"
    ALL_CLEAR_GIVEN = "all-clear-given"
    ALERT_RECALLED = "alert-recalled"


MEANING: dict[Act, str] = {
    Act.PERSON_GRANTED: "a person was given a role, in place of the one they had",
    Act.PERSON_REVOKED: "a person's role was taken away",
    Act.ALERT_UPDATED: "an alert was replaced by a newer one, and its copies marked",
    Act.ALERT_CORRECTED: "a slip in an alert was mended on the copies that people have",
    Act.ALERT_TAKEN_BACK: "an alert was cancelled, and those who had it were told",
    Act.ALL_CLEAR_GIVEN: "those who had an alert were told that it is over",
    Act.ALERT_RECALLED: "the copies of an alert were deleted, or emptied where they were too old",
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
