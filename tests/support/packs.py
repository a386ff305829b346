"""A pack as tests look at it: an alert of two versions that reached 970 of a thousand, with words that break out."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerts.audit.entry import Entry
from alerts.audit.verdict import Link, Verdict
from alerts.delivery.report import DeliveryReport, Waits
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import Alert, AlertKind, AlertStatus, Severity
from alerts.publishing.approvals import Approval
from alerts.publishing.approvals import Verdict as Word
from alerts.publishing.pack import Pack, Step
from alerts.publishing.reports import FullReport
from alerts.publishing.succession import Copied
from alerts.publishing.versions import Version

RELEASED = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
DANA, EVE = 13, 14
HEADLINE = 'Vehicle at the <east> gate & "more"'
BODY = "<b>Keep away.</b>\n\nPolice are there &amp; busy."
COUNTS = dict.fromkeys(DeliveryState, 0) | {DeliveryState.SENT: 970, DeliveryState.GONE: 30}
SEAL = "5a" * 32


def entry(number: int, minutes: float, act: str, **parts: Any) -> Entry:
    """Make an entry of the record."""
    given: dict[str, Any] = {"who": DANA, "place": "chat", "before": {}, "after": {}, "is_who_erased": False} | parts
    return Entry(
        number=number,
        at=RELEASED + timedelta(minutes=minutes),
        act=act,
        subject="alert 7",
        whom=None,
        is_whom_erased=False,
        who_seal=None,
        whom_seal=None,
        seal=SEAL,
        **given,
    )


def pack(*, seconds: float = 40.0, **changes: Any) -> Pack:
    """Make a pack whose delivery took so many seconds, with changes to it."""
    alert = Alert(
        id=7,
        reference="C-2026-0007",
        kind=AlertKind.ADHOC,
        status=AlertStatus.SENT,
        severity=Severity.URGENT,
        headline=HEADLINE,
        body=BODY,
        sectors=("retail", "gone-sector"),
        regions=(),
        expires_at=RELEASED + timedelta(hours=6),
        author=DANA,
        origin="chat",
        revision=2,
        created_at=RELEASED - timedelta(minutes=9),
        sending_at=RELEASED,
        finished_at=RELEASED + timedelta(seconds=seconds),
        progress_message_id=None,
        reported_at=None,
    )
    reasons = {(DeliveryState.GONE, "blocked the bot"): 30}
    counted = DeliveryReport(1000, COUNTS, 2, RELEASED, RELEASED + timedelta(seconds=seconds), reasons)
    first = replace(Version.of(alert, DANA), revision=1, headline="Vehicle", body="Police.", severity=Severity.ADVISORY)
    second = Version.of(alert, EVE, RELEASED)
    told: dict[str, Any] = {
        "versions": (first, second),
        "vouched": {1: True, 2: False},
        "approvals": (
            Approval(7, 1, EVE, "", RELEASED, Word.RETURNED, "which <gate>?", None),
            Approval(7, 2, DANA, "Dana", RELEASED, Word.TWO, "", RELEASED + timedelta(minutes=1)),
        ),
        "delivered": FullReport(Copied(alert, alert), counted, Waits(seconds / 2, seconds)),
        "curve": tuple((RELEASED + timedelta(seconds=seconds * n / 60), round(970 * n / 60)) for n in range(61)),
    }
    made: dict[str, Any] = {
        "asked": 7,
        "steps": (Step(**(told | {name: changes.pop(name) for name in told if name in changes})),),
        "timeline": (
            entry(41, -9, "subscribed", who=None, place="command line"),
            entry(42, -1, "hold-placed", after={"why": "<i>which</i> gate?", "since": RELEASED.isoformat()}),
            entry(
                43, 0, "of-a-later-version", who=None, is_who_erased=True, after={"sha256": SEAL, "list": ["a", "b"]}
            ),
        ),
        "names": {DANA: "Dana <Reid>"},
        "verdict": Verdict(43, None, Link(43, SEAL, RELEASED)),
        "made_at": RELEASED + timedelta(hours=1),
    }
    return Pack(**(made | changes))
