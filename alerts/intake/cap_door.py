"""Brings a CAP message into our form."""

import re
from datetime import UTC, datetime

from alerts.cap.message import Info, Message, MessageStatus, MessageType, Scope
from alerts.cap.reader import read_references
from alerts.cap.severity import severity_of
from alerts.errors import BadDocument
from alerts.intake.source import Source
from alerts.intake.submission import Submission, Wording
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.incoming_item import LINK_LIMIT
from alerts.publishing.marking import Marking, find_marking

CHANGES = {MessageType.UPDATE, MessageType.CANCEL}
MARKED = {MessageStatus.EXERCISE, MessageStatus.TEST, MessageStatus.DRAFT}
_LINK = re.compile(r"https?://[^\s<>\"\\^`{|}]+")


def submission_of(message: Message, source: Source, wording: Wording, document: bytes) -> Submission:
    """Give what a message asks for.

    It is for the sectors that its source is limited to: CAP's areas are not our sectors.

    Args:
        message: what was read.
        source: from whom it came.
        wording: the words that people read.
        document: the bytes that it was read from.

    Raises:
        BadDocument: it has no information block where one is needed, or its references cannot be read.
    """
    if not message.infos and message.message_type is not MessageType.CANCEL:
        raise BadDocument("info", f"<info> is missing: {message.message_type} says nothing without it")
    worded = wording.of_message(message)
    if message.status in MARKED:
        worded = wording.marked(worded, message.status)
    severities = [severity_of(info) for info in message.infos]
    return Submission(
        sender=message.sender,
        identifier=message.identifier,
        sent=_in_utc(message.sent, "sent"),
        message_type=message.message_type,
        status=message.status,
        scope=message.scope,
        references=read_references(message.references) if message.message_type in CHANGES else (),
        headline=worded.headline,
        body=worded.body,
        severity=min(severities, key=lambda severity: severity.lane, default=Severity.INFORMATION),
        expires_at=_expiry(message.infos),
        audience=Audience(source.sectors),
        is_cut=worded.is_cut,
        link=_link(message.infos),
        document=document,
        marking=_marking(message),
    )


def _marking(message: Message) -> Marking | None:
    """Give the label that a message carries; what CAP calls Public is for anybody, as TLP:CLEAR is."""
    label = find_marking(*message.codes, message.restriction, message.note)
    return label or (Marking.CLEAR if message.scope is Scope.PUBLIC else None)


def _expiry(infos: tuple[Info, ...]) -> datetime | None:
    """Give when the last block ends; None when one of them does not say."""
    ends = [info.expires for info in infos]
    known = [end for end in ends if end is not None]
    if not known or len(known) < len(ends):
        return None
    return _in_utc(max(known), "info/expires")


def _link(infos: tuple[Info, ...]) -> str | None:
    webs = (info.web.strip() for info in infos)
    return next((web for web in webs if _LINK.fullmatch(web) and len(web) <= LINK_LIMIT), None)


def _in_utc(moment: datetime, place: str) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise BadDocument(place, f"{place} lies outside of all calendars") from None
