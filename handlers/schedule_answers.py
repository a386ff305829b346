"""What the stored answers of a conversation about a schedule amount to: the texts as they are kept, and the plan."""

from datetime import datetime
from typing import Any

from alerts.publishing.alert import Audience, Severity
from alerts.publishing.briefings import Briefing
from alerts.publishing.checks import check_body, check_headline
from alerts.publishing.marking import Marking
from alerts.publishing.markup import read_html
from alerts.schedule.places import read_restraint
from alerts.schedule.recurrence import Recurrence, read_zone
from alerts.schedule.schedule import Plan, Push


def read_text(data: dict[str, Any], headline: str, body: str) -> tuple[str, str]:
    """Give headline and body of a typed text as they are kept; the fields of a briefing's text are checked.

    Raises:
        InvalidInput: one of them cannot be used.
    """
    if not data.get("own"):
        return check_headline(headline), check_body(read_html(body))
    written = Briefing.write(headline, body, Severity.INFORMATION)
    return written.headline, written.body


def plan_of(data: dict[str, Any], now: datetime) -> Plan:
    """Give the plan that the answers make.

    Raises:
        InvalidInput: a part of it cannot be read.
    """
    push = Push(data["push"])
    return Plan(
        name=data.get("name", ""),
        push=push,
        recurrence=Recurrence.parse(
            data["rule"],
            read_zone(data["zone"]),
            now,
            stored=True,
            restraint=read_restraint(data.get("holidays"), data.get("office")),
        ),
        audience=Audience(
            tuple(data.get("sectors", ())),
            tuple(data.get("regions", ())),
            levels_only=push is Push.LEVEL,
            marking=Marking(data.get("marking") or Marking.GREEN),
        ),
        briefing=data.get("briefing", ""),
        headline=data.get("headline", ""),
        body=data.get("body", ""),
        ends_at=datetime.fromisoformat(data["ends_at"]) if data.get("ends_at") else None,
    )
