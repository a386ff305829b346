"""Words for how an alert stands with those who let it out: who wrote it, who approved it, what has changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerts.errors import Changed
from alerts.people.person_id import ERASED
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.approval import Standing
from alerts.publishing.approvals import STOPPABLE, Approval, Verdict
from alerts.publishing.marking import Marking
from alerts.publishing.versions import Part, Version, changed_lines
from alerts.text import cut_to
from handlers.alert_message import AlertMessage
from handlers.hold import hold_line
from handlers.texts import Html, Texts, join, lines

LINES_SHOWN = 8
"""Lines of a text that are shown as taken out or put in, each way."""

LINE_LIMIT = 200
"""UTF-16 units of such a line."""


def person(texts: Texts, user_id: int | None, name: str) -> str:
    """Name a person as far as possible."""
    if user_id is None:
        return texts.plain("hold.who.command-line")
    if user_id == ERASED:
        return texts.plain("audit.erased")
    return name or texts.plain("hold.who.user", number=str(user_id))


def word_line(texts: Texts, word: Approval | None) -> Html:
    """Say on whose word an alert went out; nothing for one from before words were kept."""
    if word is None:
        return Html("")
    return texts(f"word.{word.verdict.name.lower()}", who=person(texts, word.who, word.name), at=word.at)


def state_lines(texts: Texts, standing: Standing) -> Html:
    """Say where an alert stands, and by whom it was brought there."""
    alert = standing.alert
    last = standing.verdicts[-1] if standing.verdicts else None
    facts: dict[str, object] = {"reference": alert.reference, "headline": alert.headline or alert.reference}
    match alert.status:
        case AlertStatus.SUBMITTED:
            return lines(texts("release.submitted", **facts), *_asked(texts, standing))
        case AlertStatus.APPROVED:
            goes_at, seconds = texts.second(standing.goes_at or alert.created_at), int(STOPPABLE.total_seconds())
            return texts("release.approved", **facts, goes_at=goes_at, seconds=seconds)
        case AlertStatus.SCHEDULED:
            goes = texts("release.scheduled", **facts, send_at=alert.send_at)
            return lines(goes, word_line(texts, standing.word))
        case AlertStatus.REJECTED if last and last.verdict is Verdict.RETURNED:
            who = person(texts, last.who, last.name)
            return lines(texts("release.returned", **facts, who=who), texts("release.reason", reason=last.reason))
        case AlertStatus.SENDING | AlertStatus.SENT | AlertStatus.CLOSED:
            out = lines(texts("release.out", **facts), word_line(texts, standing.word))
            return join(out, hold_line(texts, standing.hold))
        case _:
            return texts(f"release.{alert.status}", **facts)


def _asked(texts: Texts, standing: Standing) -> tuple[Html, ...]:
    """Say who was asked to approve an alert, and who of them could not be."""
    asked, missed = standing.approvers, standing.unreached
    if not asked and not missed:
        return (texts("release.nobody"),)
    if not asked:
        return (texts("release.unreached.all", names=_names(texts, missed)),)
    names = texts("release.asked", names=_names(texts, asked))
    return (names, texts("release.unreached", names=_names(texts, missed))) if missed else (names,)


def nobody_reached(texts: Texts, key: str, details: dict[str, Any]) -> Html:
    """Say that nobody who may approve an alert could be asked."""
    return texts(key, **(details | {"names": _names(texts, details["names"])}))


def change_lines(texts: Texts, message: AlertMessage, before: Version | None, alert: Alert) -> Html:
    """Say what has changed since somebody looked last; nothing when they have never looked."""
    if before is None or before.revision == alert.revision:
        return Html("")
    now = Version.of(alert)
    parts = now.differs(before)
    if not parts:
        return texts("change.none")
    told = [_was(texts, part, before, now) for part in parts]
    if {Part.SECTORS, Part.REGIONS} & set(parts):
        was = message.audience(replace(alert, sectors=before.sectors, regions=before.regions))
        told.append(texts("change.audience", was=was))
    return lines(texts("change.title"), *told)


def _was(texts: Texts, part: Part, before: Version, now: Version) -> Html:
    """Say what a part said before; sectors and regions are said together, elsewhere."""
    match part:
        case Part.HEADLINE:
            return texts("change.headline", was=before.headline)
        case Part.BODY:
            return _text_lines(texts, before.body, now.body)
        case Part.SEVERITY if before.severity:
            return texts("change.severity", was=texts.plain(f"severity.{before.severity}"))
        case Part.EXPIRY if before.expires_at:
            return texts("change.expiry", was=before.expires_at)
        case Part.SEND_AT:
            moment = before.more.get(Part.SEND_AT.value)
            was = texts.when(datetime.fromisoformat(moment)) if moment else texts.plain("change.at-once")
            return texts("change.when", was=was)
        case Part.MARKING if Part.MARKING.value in before.more:
            return texts("change.marking", was=Marking(before.more[Part.MARKING.value]).label)
        case Part.FILE | Part.NAMED | Part.MORE:
            return texts(f"change.{part}")
        case _:
            return Html("")


def pushed_line(texts: Texts, alert: Alert, recipients: int) -> Html:
    """Say whether the alert of a recorded level goes out or waits for a second person."""
    if alert.status is AlertStatus.SUBMITTED:
        return texts.count("set-level.waits", recipients, reference=alert.reference)
    return texts.count("set-level.pushed", recipients)


def changed_line(texts: Texts, change: Changed, reader: int) -> Html:
    """Say who has changed what since it was shown, so that nothing was done."""
    parts = ", ".join(texts.plain(f"part.{part}") for part in change.parts)
    if change.who == reader:
        return texts("stale.changed.own", parts=parts)
    return texts("stale.changed", parts=parts, who=change.name or texts.plain("release.somebody"))


def _text_lines(texts: Texts, before: str, after: str) -> Html:
    taken_out, put_in = changed_lines(before, after)
    if not taken_out and not put_in:
        return texts("change.formatting")
    out = [texts("change.taken-out", line=cut_to(line, LINE_LIMIT)) for line in taken_out[:LINES_SHOWN]]
    new = [texts("change.put-in", line=cut_to(line, LINE_LIMIT)) for line in put_in[:LINES_SHOWN]]
    more = max(len(taken_out) - LINES_SHOWN, 0) + max(len(put_in) - LINES_SHOWN, 0)
    return lines(*out, *new, texts.count("change.lines-more", more) if more else "")


def _names(texts: Texts, names: Sequence[str]) -> str:
    return texts.listing([name or texts.plain("release.somebody") for name in names])
