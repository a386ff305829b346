"""An alert: its severity, the states of its life, and the row that the store keeps of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from alerts.people.rights import Right
from alerts.publishing.attachment import Attachment, AttachmentKind
from alerts.publishing.marking import Marking


class Severity(StrEnum):
    """How urgent an alert is; the order is that of the lanes, most urgent first."""

    CRITICAL = "critical"
    URGENT = "urgent"
    ADVISORY = "advisory"
    INFORMATION = "information"

    @property
    def lane(self) -> int:
        """The lane of its deliveries: 0 goes first."""
        return list(Severity).index(self)

    @property
    def repeats_uncertain(self) -> bool:
        """Whether a send that may or may not have arrived is repeated: a double is better than a miss."""
        return self in {Severity.CRITICAL, Severity.URGENT}


class AlertStatus(StrEnum):
    """Where an alert stands in its life."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


MEANING: dict[AlertStatus, str] = {
    AlertStatus.DRAFT: "an officer is writing it; nobody has received it",
    AlertStatus.SUBMITTED: "its author is done, and it waits for the approval of a second person",
    AlertStatus.APPROVED: "released, and not on its way yet: the seconds in which a break-glass can be stopped",
    AlertStatus.SCHEDULED: "approved, and waiting for the moment at which its author wants it to go out",
    AlertStatus.SENDING: "released: every recipient has a row, and some are still to be sent",
    AlertStatus.SENT: "every row has come to an end, and the alert is in force",
    AlertStatus.CLOSED: "it was sent, and its expiry has passed since, or a later alert has changed it",
    AlertStatus.REJECTED: "the second person has returned it to its author, with a reason",
    AlertStatus.CANCELLED: "an officer stopped it or threw the draft away; what was unsent stays unsent",
    AlertStatus.EXPIRED: "its expiry passed before every recipient could be served, or before it was released",
}

Moves = dict[AlertStatus, Right | None]
"""Where an alert may go, and the right that a person needs to move it there; None where the bot alone does."""

MOVES: dict[AlertStatus, Moves] = {
    AlertStatus.DRAFT: {
        AlertStatus.SUBMITTED: Right.SEND_ALERTS,
        AlertStatus.SCHEDULED: Right.SEND_ALERTS,
        AlertStatus.SENDING: Right.SEND_ALERTS,
        AlertStatus.CANCELLED: Right.STOP,
    },
    AlertStatus.SUBMITTED: {
        AlertStatus.DRAFT: Right.SEND_ALERTS,
        AlertStatus.APPROVED: Right.APPROVE,
        AlertStatus.REJECTED: Right.APPROVE,
        AlertStatus.CANCELLED: Right.STOP,
        AlertStatus.EXPIRED: None,
    },
    AlertStatus.APPROVED: {
        AlertStatus.DRAFT: Right.SEND_ALERTS,
        AlertStatus.SCHEDULED: None,
        AlertStatus.SENDING: None,
        AlertStatus.CANCELLED: Right.STOP,
        AlertStatus.EXPIRED: None,
    },
    AlertStatus.SCHEDULED: {
        AlertStatus.DRAFT: Right.SEND_ALERTS,
        AlertStatus.SENDING: None,
        AlertStatus.CANCELLED: Right.STOP,
        AlertStatus.EXPIRED: None,
    },
    AlertStatus.SENDING: {AlertStatus.SENT: None, AlertStatus.CANCELLED: Right.STOP, AlertStatus.EXPIRED: None},
    AlertStatus.SENT: {AlertStatus.SENDING: Right.SEND_ALERTS, AlertStatus.CLOSED: None},
    AlertStatus.CLOSED: {},
    AlertStatus.REJECTED: {AlertStatus.DRAFT: Right.SEND_ALERTS, AlertStatus.CANCELLED: Right.STOP},
    AlertStatus.CANCELLED: {},
    AlertStatus.EXPIRED: {},
}
"""Allowed moves. A sent alert is sending again when uncertain deliveries are sent again.

From a draft straight to sending leads one person's word, while nobody else could approve it. Back to a draft leads
every change of the text, and with it the approval lapses.
"""

UNRELEASED = frozenset(
    {
        AlertStatus.DRAFT,
        AlertStatus.SUBMITTED,
        AlertStatus.APPROVED,
        AlertStatus.SCHEDULED,
        AlertStatus.REJECTED,
    }
)
"""Nobody has received these, and nobody does without a further move."""


WAITING = frozenset({AlertStatus.SUBMITTED, AlertStatus.APPROVED, AlertStatus.SCHEDULED})
"""What its author is done with: it goes out, or lapses, by a second person's word or by the clock."""


class Change(StrEnum):
    """What a later alert does to earlier ones that people have already."""

    UPDATE = "update"
    CORRECTION = "correction"
    CANCEL = "cancel"
    ALL_CLEAR = "all-clear"
    RECALL = "recall"
    MARK = "mark"


CHANGE_MEANING: dict[Change, str] = {
    Change.UPDATE: "takes the place of the earlier one: a new message that replies to it in each chat",
    Change.CORRECTION: "mends a slip: the copies are edited where they stand, and who has none gets the mended text",
    Change.CANCEL: "takes the earlier one back: a new message in fixed words that replies to it in each chat",
    Change.ALL_CLEAR: "says that what the earlier one told of is over, in a reply to it in each chat",
    Change.RECALL: "deletes the copies, or empties those too old for that, and leaves a line in their place",
    Change.MARK: "writes on the copies of an earlier one that a later one has taken its place; the bot makes it itself",
}

REPLIES = frozenset({Change.UPDATE, Change.CANCEL, Change.ALL_CLEAR})
"""Changes that are a new message, and mark the copies of what they reply to."""

IN_PLACE = frozenset({Change.CORRECTION, Change.RECALL, Change.MARK})
"""Changes that act on the copies themselves, whoever has unsubscribed since included."""

ENDS = frozenset({Change.CANCEL, Change.ALL_CLEAR, Change.RECALL})
"""Changes after which nothing is in force any more: they say so, and are no warning themselves."""

EDITABLE: dict[Change, frozenset[str]] = {
    Change.UPDATE: frozenset({"headline", "body", "severity", "expires_at", "attachment"}),
    Change.CORRECTION: frozenset({"headline", "body"}),
    Change.ALL_CLEAR: frozenset({"headline", "body"}),
}
"""The parts of a draft of each change that may differ from the earlier alert; it goes to who has that, always."""


class AlertKind(StrEnum):
    """What an alert is about: it decides who is asked for and what the message looks like.

    The last two share the outbox with the live ones and nothing else (docs/decisions/0032).
    """

    ADHOC = "adhoc"
    LEVEL = "level"
    DRILL = "drill"
    SELF_TEST = "self-test"

    @property
    def is_live(self) -> bool:
        """Whether it is an alert; a message of an exercise or a self-test is none, and never becomes one."""
        return self not in NOT_LIVE


NOT_LIVE = frozenset({AlertKind.DRILL, AlertKind.SELF_TEST})


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an alert is for: active subscribers of any of these sectors, in any of these regions; empty means all.

    A subscriber who chose no region is everywhere. `levels_only` asks for those who want changes of the threat level.
    The marking says who of them may have it; what nobody has marked goes to vetted contacts and is never public.
    `named` are the chats of the persons who alone get what is TLP:RED.
    """

    sectors: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    levels_only: bool = False
    marking: Marking = Marking.GREEN
    named: tuple[int, ...] = ()

    def covers(self, other: "Audience") -> bool:
        """Tell whether this one takes in everybody of the other's, so that what it was told may be told there."""
        if self.marking.rule.is_named_only or self.marking.rank > other.marking.rank:
            return False
        return _takes_in(self.sectors, other.sectors) and _takes_in(self.regions, other.regions)


OF_LEVELS = Audience(levels_only=True, marking=Marking.CLEAR)
"""Whom a change of the threat level is told: everybody who wants it, since levels are public."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as the store keeps it; None where a draft has not come that far.

    Attributes:
        id: the store's number.
        reference: what people quote, such as `C-2026-0007`; a draft has it already.
        headline: plain text.
        body: canonical HTML (alerts/publishing/markup.py).
        origin: the door it came through: `chat`, `command line`, `level`, `schedule`, `intake`; `incoming: ` and a
            source; or `level: ` and a scheme, for one that had to wait.
        author: Telegram user id of the officer, None for the command line.
        revision: counts the changes of a draft, so that an old button cannot confirm a newer text.
        reported_at: when its final report was handed to its author.
        attachment: the picture or document that goes with it.
        marking: how far it may go; None while nobody has said.
        named: the chats of those who alone get what is TLP:RED.
        change: what it does to an earlier alert, None for most.
        send_at: when its author wants it to go out, None for at once.
    """

    id: int
    reference: str
    kind: AlertKind
    status: AlertStatus
    severity: Severity | None
    headline: str
    body: str
    sectors: tuple[str, ...]
    regions: tuple[str, ...]
    expires_at: datetime | None
    author: int | None
    origin: str
    revision: int
    created_at: datetime
    sending_at: datetime | None
    finished_at: datetime | None
    progress_message_id: int | None
    reported_at: datetime | None
    attachment: Attachment | None = None
    marking: Marking | None = None
    named: tuple[int, ...] = ()
    change: Change | None = None
    send_at: datetime | None = None

    @property
    def audience(self) -> Audience:
        """Whom it is for; a draft that is not marked yet counts as TLP:GREEN."""
        is_level = self.kind is AlertKind.LEVEL
        return Audience(self.sectors, self.regions, is_level, self.marking or Marking.GREEN, self.named)

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Alert":
        """Make it from a row of the table `alerts`."""
        return cls(
            id=row.id,
            reference=row.reference,
            kind=AlertKind(row.kind),
            status=AlertStatus(row.status),
            severity=Severity(row.severity) if row.severity else None,
            headline=row.headline,
            body=row.body,
            sectors=tuple(row.sectors),
            regions=tuple(row.regions),
            expires_at=row.expires_at,
            author=row.author,
            origin=row.origin,
            revision=row.revision,
            created_at=row.created_at,
            sending_at=row.sending_at,
            finished_at=row.finished_at,
            progress_message_id=row.progress_message_id,
            reported_at=row.reported_at,
            attachment=_attachment(row),
            marking=Marking(row.marking) if row.marking else None,
            named=tuple(row.named or ()),
            change=Change(row.change) if row.change else None,
            send_at=row.send_at,
        )


def _takes_in(wider: tuple[str, ...], narrower: tuple[str, ...]) -> bool:
    """Tell whether codes, of which none means all, take in the others."""
    return not wider or (bool(narrower) and set(narrower) <= set(wider))


def _attachment(row: Row[Any]) -> Attachment | None:
    if row.attachment_kind is None:
        return None
    return Attachment(AttachmentKind(row.attachment_kind), row.attachment_name or "", row.attachment_file_id or "")
