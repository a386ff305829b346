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
    CONTACT_VETTED = "contact-vetted"
    CONTACT_UNVETTED = "contact-unvetted"
    CONTACTS_SHOWN = "contacts-shown"


MEANING: dict[Act, str] = {
    Act.PERSON_GRANTED: "a person was given a role, in place of the one they had",
    Act.PERSON_REVOKED: "a person's role was taken away",
    Act.CONTACT_VETTED: "somebody vouched for a contact, who gets more than what is public from then on",
    Act.CONTACT_UNVETTED: "a contact whom somebody had vouched for gets only what is public again",
    Act.CONTACTS_SHOWN: "somebody looked at details of contacts",
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
