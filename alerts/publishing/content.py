"""What an alert is made of when it comes whole through a door, and what its parts must be like."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.errors import InvalidInput, NotAllowed
from alerts.publishing.alert import EDITABLE, Alert, AlertKind, Audience, Change, Severity
from alerts.publishing.attachment import Attachment
from alerts.publishing.checks import check_body, check_expiry, check_headline, check_send_at
from alerts.publishing.marking import Marking, check_named
from alerts.publishing.markup import read_html
from alerts.publishing.record import attachment_columns
from alerts.subscribers.sectors import Directory


@dataclass(frozen=True, slots=True)
class Content:
    """What an alert says and to whom, before it has an author or a life.

    How far it may go is the marking of its audience. `upload` holds the bytes of an attachment that Telegram does not
    have yet; `change` is what it does to the alerts `follows`.
    """

    headline: str
    body: str
    severity: Severity
    expires_at: datetime
    audience: Audience = field(default_factory=Audience)
    kind: AlertKind = AlertKind.ADHOC
    attachment: Attachment | None = None
    upload: bytes = b""
    change: Change | None = None
    follows: tuple[int, ...] = ()


def check_part(directory: Directory, part: str, value: Any, now: datetime) -> Any:
    """Give a part of a draft as its column keeps it.

    Raises:
        InvalidInput: it cannot be used.
        UnknownCode: a sector or region is not in the directory.
    """
    match part:
        case "headline":
            return check_headline(value)
        case "body":
            return check_body(read_html(value))
        case "severity":
            return Severity(value).value
        case "marking":
            return Marking(value).value
        case "named":
            return check_named(value)
        case "sectors":
            directory.check_sectors(value)
            return sorted(set(value))
        case "regions":
            return sorted({directory.region(code).code for code in value})
        case "expires_at":
            return check_expiry(value, now)
        case "send_at":
            return check_send_at(value, now) if value else None
        case _:
            raise TypeError(f"a draft has no part named {part}")


def columns_of(content: Content, directory: Directory, now: datetime) -> dict[str, Any]:
    """Give the columns of an alert that comes whole. Raises what `check_part` raises."""
    if not content.kind.is_live:
        raise InvalidInput("not-live", f"a {content.kind} is no alert: it has a way of its own")
    return {
        "kind": content.kind.value,
        "severity": content.severity.value,
        "headline": check_part(directory, "headline", content.headline, now),
        "body": check_part(directory, "body", content.body, now),
        "sectors": check_part(directory, "sectors", content.audience.sectors, now),
        "regions": check_part(directory, "regions", content.audience.regions, now),
        "marking": content.audience.marking.value,
        "named": check_part(directory, "named", content.audience.named, now),
        "expires_at": content.expires_at,
        "change": content.change.value if content.change else None,
        **attachment_columns(content.attachment),
    }


def check_editable(draft: Alert, columns: AbstractSet[str]) -> None:
    """Hold what is to be altered of a draft against what its change leaves open.

    Raises:
        NotAllowed: a part is fixed, since it goes to who has the earlier alert.
    """
    if draft.change is None:
        return
    parts = EDITABLE.get(draft.change, frozenset())
    if not columns <= {*parts, *(attachment_columns(None) if "attachment" in parts else ())}:
        raise NotAllowed(f"the {draft.change} goes to who has the earlier alert, and changes its text alone")


def check_whole(alert: Alert, now: datetime) -> Severity:
    """Hold an alert against what it needs to go out, and give its severity.

    Raises:
        InvalidInput: a part is missing or names the wrong recipients, its expiry has passed, or comes before it would
            go out.
    """
    if not (alert.headline and alert.body and alert.severity and alert.expires_at):
        raise InvalidInput("incomplete", "the alert is not complete: headline, text, severity and expiry are needed")
    if bool(alert.named) is not alert.audience.marking.rule.is_named_only:
        raise InvalidInput("named", "what is TLP:RED names its recipients, and nothing else does")
    check_expiry(alert.expires_at, now)
    if alert.send_at and alert.send_at >= alert.expires_at:
        raise InvalidInput(
            "expiry-before-sending",
            "the alert would be over before it goes out: its expiry has to be later",
            send_at=alert.send_at,
            expires_at=alert.expires_at,
        )
    return alert.severity
