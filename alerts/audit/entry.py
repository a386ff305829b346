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
    TEMPLATE_WRITTEN = "template-written"
    TEMPLATE_RETIRED = "template-retired"
    TEMPLATES_TAKEN_IN = "templates-taken-in"
    DRILL_ANNOUNCED = "drill-announced"
    DRILL_BEGUN = "drill-begun"
    DRILL_MESSAGE_SENT = "drill-message-sent"
    DRILL_ENDED = "drill-ended"
    DRILL_STOPPED = "drill-stopped"
    SELF_TEST_BEGUN = "self-test-begun"
    SELF_TEST_JUDGED = "self-test-judged"


MEANING: dict[Act, str] = {
    Act.PERSON_GRANTED: "a person was given a role, in place of the one they had",
    Act.PERSON_REVOKED: "a person's role was taken away",
    Act.TEMPLATE_WRITTEN: "a version of a template was written, or an earlier one taken again",
    Act.TEMPLATE_RETIRED: "a template was taken out of use",
    Act.TEMPLATES_TAKEN_IN: "the file of templates was changed, and its new versions were kept",
    Act.DRILL_ANNOUNCED: "an exercise was planned, and its participants were told when it begins and ends",
    Act.DRILL_BEGUN: "an exercise began at its time",
    Act.DRILL_MESSAGE_SENT: "a message of an exercise was sent to its participants",
    Act.DRILL_ENDED: "an exercise ended, and its participants were told",
    Act.DRILL_STOPPED: "an exercise was stopped before its end, by a person or because of a real alert",
    Act.SELF_TEST_BEGUN: "the bot sent its self-test to the owners",
    Act.SELF_TEST_JUDGED: "the self-test was looked at, and passed or failed",
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
