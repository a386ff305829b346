"""What speaks against a document: against taking it at all, or against sending it at once. Rules alone, no store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce

from alerts.cap.message import MessageStatus, MessageType, Scope
from alerts.errors import BadDocument
from alerts.intake.source import Source
from alerts.intake.submission import Objection, Submission
from alerts.publishing.alert import Alert
from alerts.publishing.checks import LONGEST_LIFE
from alerts.publishing.marking import Marking, stricter

DEFAULT_LIFE = timedelta(hours=24)
"""How long a document without an expiry holds, counted from its receipt."""

OLDEST = timedelta(hours=24)
"""What was sent longer ago goes out by an officer's hand at best."""

CLOCKS_DIFFER = timedelta(minutes=10)
"""How far ahead of ours the sender's clock may be."""

NAME_LIMIT = 250
"""Characters of a sender or an identifier."""


def check_submission(submission: Submission, now: datetime) -> None:
    """Refuse what cannot be taken, not even as a draft.

    Raises:
        BadDocument: it is an answer between machines, expired, or lacks the name of what it acts on.
    """
    for place, name in (("identifier", submission.identifier), ("sender", submission.sender)):
        if not name or len(name) > NAME_LIMIT or not name.isprintable():
            raise BadDocument(place, f"{place} must have 1 to {NAME_LIMIT} printable characters")
    if submission.message_type in {MessageType.ACK, MessageType.ERROR}:
        raise BadDocument("msgType", f"{submission.message_type} is an answer between machines")
    if submission.status is MessageStatus.SYSTEM:
        raise BadDocument("status", "System is for the networks themselves: nothing acts on it here")
    is_change = submission.message_type in {MessageType.UPDATE, MessageType.CANCEL}
    if is_change and not submission.references:
        raise BadDocument("references", f"references are missing: {submission.message_type} must name what it acts on")
    if submission.message_type is MessageType.CANCEL:
        return
    if submission.expires_at is not None and submission.expires_at <= now:
        raise BadDocument("info/expires", f"it expired on {submission.expires_at.isoformat()}")


def objections(submission: Submission, source: Source, now: datetime, sent_this_hour: int) -> tuple[Objection, ...]:
    """Give what speaks against sending a document at once; nothing does when it is empty.

    Args:
        submission: a document that may be taken.
        source: who sent it in, as trusted as it is now.
        now: the moment of receipt.
        sent_this_hour: how many of this source went out at once in the last hour.
    """
    is_cancel = submission.message_type is MessageType.CANCEL
    allowed = set(source.sectors)
    wanted = set(submission.audience.sectors)
    marking = submission.marking or source.marking
    caps = source.is_trusted  # the caps of a source that is not trusted mean nothing
    against = {
        Objection.NOT_TRUSTED: not source.is_trusted,
        Objection.NOT_ACTUAL: not submission.is_actual,
        Objection.NOT_PUBLIC: submission.scope is not Scope.PUBLIC,
        Objection.NOT_MARKED: caps and not is_cancel and marking is None and submission.scope is Scope.PUBLIC,
        Objection.NAMES_NOBODY: caps and marking is Marking.RED,
        Objection.TOO_SEVERE: caps and not is_cancel and submission.severity.lane < source.severity_cap.lane,
        Objection.OTHER_SECTORS: caps and not is_cancel and bool(allowed) and (not wanted or not wanted <= allowed),
        Objection.TOO_MANY: caps and sent_this_hour >= source.per_hour,
        Objection.TOO_OLD: now - submission.sent > OLDEST,
        Objection.AHEAD: submission.sent - now > CLOCKS_DIFFER,
        Objection.TOO_LONG: submission.is_cut,
    }
    return tuple(objection for objection, holds in against.items() if holds)


def expiry_of(submission: Submission, now: datetime) -> datetime:
    """Give when the alert of a document ends: as it says, else by the default, and within an alert's life."""
    return min(submission.expires_at or now + DEFAULT_LIFE, now + LONGEST_LIFE)


def marked_as(submission: Submission, earlier: Sequence[Alert]) -> Submission:
    """Keep the marking of what a document updates, where its own is wider."""
    markings = [alert.audience.marking for alert in earlier]
    if submission.marking is None or not markings:
        return submission
    return replace(submission, marking=reduce(stricter, markings, submission.marking))
