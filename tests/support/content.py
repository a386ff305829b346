"""Alerts for tests that are about what happens to them, not about how they are written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.publishing.alert import Audience, Severity
from alerts.publishing.desk import Content
from alerts.publishing.marking import Marking


def content(headline: str, **changes: Any) -> Content:
    """Make an advisory alert for everybody, in force for six hours, with changes to it."""
    expires_at = datetime.now(UTC) + timedelta(hours=6)
    anybody = Audience(marking=Marking.CLEAR)
    return replace(Content(headline, "Police are there.", Severity.ADVISORY, expires_at, anybody), **changes)
