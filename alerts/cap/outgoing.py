"""Our alerts as CAP 1.2 messages: which may be seen by everybody, and what each says (docs/decisions/0023)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.cap.message import (
    Area,
    CapSeverity,
    Category,
    Certainty,
    Info,
    Message,
    MessageStatus,
    MessageType,
    Named,
    Scope,
    Urgency,
)
from alerts.cap.severity import OUT
from alerts.cap.shapes import write_moment
from alerts.publishing.alert import UNRELEASED, Alert, AlertKind, Change
from alerts.publishing.markup import visible
from alerts.publishing.succession import Predecessors

REGION_CODES = "urn:cascade:region"
"""The system of our regions' codes, in <geocode>."""

FORCED = {AlertKind.DRILL: MessageStatus.EXERCISE, AlertKind.SELF_TEST: MessageStatus.TEST}
"""The status of what is no alert, whatever a caller thinks that it is."""

TYPES = {
    Change.UPDATE: MessageType.UPDATE,
    Change.CORRECTION: MessageType.UPDATE,
    Change.CANCEL: MessageType.CANCEL,
    Change.ALL_CLEAR: MessageType.CANCEL,
    Change.RECALL: MessageType.CANCEL,
}


@dataclass(frozen=True, slots=True)
class IssuerWords:
    """What a document says besides the alert's own words.

    Attributes:
        events: what an alert of each kind is about.
        everywhere: the area of an alert that names no region.
        instruction: how to report, as below every alert.
        restriction: for whom an alert is that is not public.
        stopped: why there is nothing more to read in the cancellation of a stopped alert.
        sectors: names of the sectors by code.
        regions: names of the regions by code.
    """

    events: Mapping[AlertKind, str]
    everywhere: str
    instruction: str
    restriction: str
    stopped: str
    sectors: Mapping[str, str]
    regions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues our documents.

    Attributes:
        sender: in the form of CAP: unique in the world, without spaces and commas.
        name: as people read it.
        contact: where to ask.
        language: code of the language in which alerts are written.
    """

    sender: str
    name: str
    contact: str
    language: str
    words: IssuerWords


def is_public(alert: Alert) -> bool:
    """Tell whether anybody may read an alert: when it is marked TLP:CLEAR, and not when it carries no marking."""
    return alert.kind.is_live and alert.marking is not None and alert.marking.rule.is_public


def message_of(
    alert: Alert,
    issuer: Issuer,
    *,
    status: MessageStatus = MessageStatus.ACTUAL,
    before: Predecessors | None = None,
) -> Message:
    """Give an alert as a message; what is not public is Restricted, and its marking stands in <code>.

    A public message names no alert that is not.

    Args:
        alert: what was sent, or a draft, whose status is Draft.
        issuer: who issues it.
        status: Exercise or Test, for what is no more than that.
        before: the alerts that it updates or cancels.
    """
    earlier = [one for one in before.alerts if is_public(one) or not is_public(alert)] if before else []
    is_draft = alert.status in UNRELEASED
    return Message(
        identifier=alert.reference,
        sender=issuer.sender,
        sent=_sent(alert),
        status=FORCED.get(alert.kind, MessageStatus.DRAFT if is_draft else status),
        message_type=TYPES[before.change] if before and earlier else MessageType.ALERT,
        scope=Scope.PUBLIC if is_public(alert) else Scope.RESTRICTED,
        restriction="" if is_public(alert) else issuer.words.restriction,
        codes=(alert.marking.label,) if alert.marking else (),
        references=_references(earlier, issuer),
        infos=(_info(alert, issuer),),
    )


def cancellation_of(alert: Alert, issuer: Issuer, *, status: MessageStatus = MessageStatus.ACTUAL) -> Message:
    """Give the message that takes back an alert which was stopped while it was being sent."""
    return Message(
        identifier=f"{alert.reference}-cancel",
        sender=issuer.sender,
        sent=alert.finished_at or _sent(alert),
        status=FORCED.get(alert.kind, status),
        message_type=MessageType.CANCEL,
        scope=Scope.PUBLIC if is_public(alert) else Scope.RESTRICTED,
        restriction="" if is_public(alert) else issuer.words.restriction,
        codes=(alert.marking.label,) if alert.marking else (),
        note=issuer.words.stopped,
        references=_references((alert,), issuer),
        infos=(_info(alert, issuer),),
    )


def _info(alert: Alert, issuer: Issuer) -> Info:
    urgency, severity = OUT[alert.severity] if alert.severity else (Urgency.UNKNOWN, CapSeverity.UNKNOWN)
    words = issuer.words
    return Info(
        language=issuer.language,
        categories=(Category.SECURITY,),
        event=words.events[alert.kind],
        urgency=urgency,
        severity=severity,
        certainty=Certainty.UNKNOWN,
        audience="; ".join(words.sectors.get(code, code) for code in alert.sectors),
        expires=alert.expires_at,
        sender_name=issuer.name,
        headline=alert.headline,
        description=visible(alert.body),
        instruction=words.instruction,
        contact=issuer.contact,
        areas=_areas(alert, words),
    )


def _areas(alert: Alert, words: IssuerWords) -> tuple[Area, ...]:
    if not alert.regions:
        return (Area(words.everywhere),)
    return tuple(Area(words.regions.get(code, code), geocodes=(Named(REGION_CODES, code),)) for code in alert.regions)


def _references(alerts: Sequence[Alert], issuer: Issuer) -> str:
    return " ".join(f"{issuer.sender},{alert.reference},{write_moment(_sent(alert))}" for alert in alerts)


def _sent(alert: Alert) -> datetime:
    return alert.sending_at or alert.created_at
