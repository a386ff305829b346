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
    INVITATION_MADE = "invitation-made"
    INVITATION_ACCEPTED = "invitation-accepted"
    INVITATION_CONFIRMED = "invitation-confirmed"
    INVITATION_REFUSED = "invitation-refused"
    INVITATION_WITHDRAWN = "invitation-withdrawn"
    INVITATION_LAPSED = "invitation-lapsed"
    CODES_LOCKED = "codes-locked"
    CONTACTS_SEEN = "contacts-seen"


MEANING: dict[Act, str] = {
    Act.PERSON_GRANTED: "a person was given a role, in place of the one they had",
    Act.PERSON_REVOKED: "a person's role was taken away",
    Act.INVITATION_MADE: "an invitation was made, for a role and sectors",
    Act.INVITATION_ACCEPTED: "a person accepted an invitation, which gives them nothing yet",
    Act.INVITATION_CONFIRMED: "an owner confirmed who had accepted an invitation, and with that gave them its role",
    Act.INVITATION_REFUSED: "an owner refused who had accepted an invitation",
    Act.INVITATION_WITHDRAWN: "an invitation was withdrawn before its role was given",
    Act.INVITATION_LAPSED: "an invitation ran out before its role was given",
    Act.CODES_LOCKED: "a person was locked out of invitations after several codes that were not valid",
    Act.CONTACTS_SEEN: "a person looked at a page of contacts",
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
