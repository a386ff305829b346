"""A document from outside in our form, whichever door it came through, and what can become of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from alerts.cap.message import Message, MessageStatus, MessageType, Reference, Scope
from alerts.errors import CascadeError
from alerts.publishing.alert import Alert, Audience, Severity
from alerts.publishing.marking import Marking


@dataclass(frozen=True, slots=True)
class Worded:
    """Words for an alert.

    Attributes:
        headline: plain text, of any length.
        body: canonical HTML within the limits of an alert.
        is_cut: whether something of the text had to be left out.
    """

    headline: str
    body: str
    is_cut: bool = False


class Wording(Protocol):
    """The words that are put to what came from outside."""

    def of_message(self, message: Message) -> Worded:
        """Put a CAP message into a text that people can read, with all its languages."""

    def marked(self, worded: Worded, status: MessageStatus) -> Worded:
        """Say at the beginning and at the end that this is an exercise, a test or a draft."""

    def cancelled(self, earlier: Alert, said: Worded) -> Worded:
        """Say that an alert which has gone out is cancelled by whoever issued it."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A document that may be taken.

    Attributes:
        sender: who issued it, by its own word.
        identifier: what the sender calls it; together the two name it within its source.
        references: the messages that an Update or Cancel acts on.
        is_cut: its text was longer than an alert can be.
        link: where it can be read, None when it does not say.
        document: the bytes as they came.
        marking: how far it may go by its own word, None when it does not say.
    """

    sender: str
    identifier: str
    sent: datetime
    message_type: MessageType
    status: MessageStatus
    scope: Scope
    references: tuple[Reference, ...]
    headline: str
    body: str
    severity: Severity
    expires_at: datetime | None
    audience: Audience
    is_cut: bool
    link: str | None
    document: bytes
    marking: Marking | None = None

    @property
    def is_actual(self) -> bool:
        """Whether it is meant: no exercise, no test, no draft."""
        return self.status is MessageStatus.ACTUAL


class Outcome(StrEnum):
    """What became of a document."""

    SENT = "sent"
    DRAFT = "draft"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"
    NOTED = "noted"


OUTCOME_MEANING: dict[Outcome, str] = {
    Outcome.SENT: "an alert went out at once",
    Outcome.DRAFT: "it waits for an officer",
    Outcome.STOPPED: "the alert was stopped before anybody had received it",
    Outcome.WITHDRAWN: "what waited for an officer waits no more",
    Outcome.NOTED: "there was nothing left to cancel",
}


class Objection(StrEnum):
    """Why a document waits for an officer and does not go out at once."""

    NOT_TRUSTED = "not-trusted"
    NOT_ACTUAL = "not-actual"
    NOT_PUBLIC = "not-public"
    NOT_MARKED = "not-marked"
    NAMES_NOBODY = "names-nobody"
    TOO_SEVERE = "too-severe"
    OTHER_SECTORS = "other-sectors"
    TOO_MANY = "too-many"
    TOO_OLD = "too-old"
    AHEAD = "ahead"
    TOO_LONG = "too-long"
    EARLIER_WAITS = "earlier-waits"
    EARLIER_CANCELLED = "earlier-cancelled"
    NOBODY = "nobody"


OBJECTION_MEANING: dict[Objection, str] = {
    Objection.NOT_TRUSTED: "the source is not trusted to send at once",
    Objection.NOT_ACTUAL: "it is an exercise, a test or a draft",
    Objection.NOT_PUBLIC: "its scope is not Public",
    Objection.NOT_MARKED: "neither it nor its source says how far it may go (TLP)",
    Objection.NAMES_NOBODY: "it is marked TLP:RED, whose recipients an officer names",
    Objection.TOO_SEVERE: "it is more severe than the source may send at once",
    Objection.OTHER_SECTORS: "it is for sectors to which the source may not send at once",
    Objection.TOO_MANY: "the source has sent as many at once within the hour as it may",
    Objection.TOO_OLD: "it was sent more than 24 hours ago",
    Objection.AHEAD: "its time of sending lies ahead",
    Objection.TOO_LONG: "its text is longer than an alert can be",
    Objection.EARLIER_WAITS: "what it acts on waited for an officer",
    Objection.EARLIER_CANCELLED: "what it updates was cancelled",
    Objection.NOBODY: "nobody would receive it now",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a document, for whoever sent it.

    Attributes:
        alert_id: the alert that went out, or was stopped; None if there is none.
        reference: of that alert.
        objections: why it did not go out at once.
        is_repeated: the same document was received before, and nothing was done now.
    """

    outcome: Outcome
    sender: str
    identifier: str
    sent: datetime
    alert_id: int | None
    reference: str | None
    objections: tuple[Objection, ...]
    is_repeated: bool = False


class Conflict(CascadeError):
    """The name of a document was used for another one: choose a new name."""


class TooOften(CascadeError):
    """A source sends more than can be meant: wait.

    Attributes:
        seconds: how long to wait.
    """

    def __init__(self, text: str, seconds: int) -> None:
        super().__init__(text)
        self.seconds = seconds
