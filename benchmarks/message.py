"""The alert that everybody sends: about 500 characters of HTML and two buttons, as Cascade renders it."""

from datetime import timedelta
from typing import Any

from alerts.publishing.alert import Audience, Severity
from alerts.publishing.desk import Content
from bot.domain import Domain
from handlers.replies import message_fields

BODY = (
    "<b>Police are dealing with an incident near the main station.</b> Keep staff and visitors inside and wait for "
    "the next message.\n"
)


def content(domain: Domain, severity: Severity, audience: Audience) -> Content:
    """Give the alert."""
    return Content("Stay inside", BODY, severity, domain.clock.now() + timedelta(hours=12), audience)


def fields(domain: Domain) -> dict[str, Any]:
    """Give the parameters of its sendMessage, without the chat."""
    (screen,) = domain.message.sketch(content(domain, Severity.URGENT, Audience()))
    return message_fields(screen)
