"""How CAP's three scales and our one severity stand for each other."""

from alerts.cap.message import CapSeverity, Certainty, Info, Urgency
from alerts.publishing.alert import Severity

OUT: dict[Severity, tuple[Urgency, CapSeverity]] = {
    Severity.CRITICAL: (Urgency.IMMEDIATE, CapSeverity.EXTREME),
    Severity.URGENT: (Urgency.IMMEDIATE, CapSeverity.SEVERE),
    Severity.ADVISORY: (Urgency.EXPECTED, CapSeverity.MODERATE),
    Severity.INFORMATION: (Urgency.UNKNOWN, CapSeverity.MINOR),
}
"""Urgency and severity of an alert of ours. Its certainty is Unknown, since we ask no officer for it."""

SOON = {Urgency.IMMEDIATE, Urgency.EXPECTED}
DOUBTFUL = {Certainty.POSSIBLE, Certainty.UNLIKELY}


def severity_of(info: Info) -> Severity:
    """Give the severity that an information block of CAP amounts to here.

    Critical is kept for what is extreme, now, and not doubted; what is over is information. An unknown severity counts
    as moderate, since its issuer thought it worth a message.
    """
    if info.urgency is Urgency.PAST or info.severity is CapSeverity.MINOR:
        return Severity.INFORMATION
    if info.severity not in {CapSeverity.EXTREME, CapSeverity.SEVERE}:
        return Severity.ADVISORY
    is_now = info.urgency is Urgency.IMMEDIATE and info.certainty not in DOUBTFUL
    if info.severity is CapSeverity.EXTREME and is_now:
        return Severity.CRITICAL
    is_soon = info.urgency in SOON and info.certainty is not Certainty.UNLIKELY
    return Severity.URGENT if is_soon else Severity.ADVISORY
