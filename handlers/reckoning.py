"""The lines of a report: its counts, how fast it went, how long the rest takes, and who was not reached."""

from math import ceil

from alerts.delivery.recipients import Recipient
from alerts.delivery.report import DeliveryReport, Waits
from alerts.delivery.states import DeliveryState
from alerts.publishing.change_report import ChangeReport, Copies
from alerts.publishing.reports import LiveReport, Unreached
from alerts.text import cut_to
from handlers.texts import Html, Texts, join, lines

REASONS_SHOWN = 5
REASON_LIMIT = 120
"""UTF-16 units of a reason beside a name, so that a page fits into one message."""

WHOLE_RATE_FROM = 10
ENOUGH_FOR_99 = 100
"""With fewer, 99 in 100 are all of them."""

MINUTE, HOUR = 60, 3600
SHORT = 2
"""Up to so many of the greater unit are said in the lesser."""


def count_lines(texts: Texts, counted: DeliveryReport) -> Html:
    """List the states that have rows, in the order of the table of states, and what they add up to."""
    held = [(state, number) for state, number in counted.counts.items() if number]
    total = texts("report.total", number=counted.recipients) if len(held) > 1 else ""
    of_states = (texts("report.count", state=texts.plain(f"state.{state}"), number=number) for state, number in held)
    return lines(*of_states, total)


def reason_lines(texts: Texts, counted: DeliveryReport) -> Html:
    """List why recipients were not reached, the commonest reason first."""
    ends = {DeliveryState.FAILED, DeliveryState.GONE, DeliveryState.SKIPPED, DeliveryState.UNCERTAIN}
    telling = sorted(
        ((reason, number) for (state, reason), number in counted.reasons.items() if state in ends),
        key=lambda item: -item[1],
    )
    shown = (texts("report.reason", reason=reason, number=number) for reason, number in telling[:REASONS_SHOWN])
    left_out = len(telling) - REASONS_SHOWN
    return lines(*shown, texts.count("report.reasons.more", left_out) if left_out > 0 else "")


def change_lines(texts: Texts, change: ChangeReport | None) -> Html:
    """Say what became of the copies that a change acts on, and of the marks on them."""
    if change is None:
        return Html("")
    references = ", ".join(change.references)
    of_copies = lines(texts("change.report", references=references), _copy_lines(texts, change.copies))
    if change.marked is None:
        return of_copies
    return join(
        of_copies, lines(texts("change.report.marked", references=references), _copy_lines(texts, change.marked))
    )


def _copy_lines(texts: Texts, copies: Copies) -> Html:
    done = (
        ("replied", copies.replied),
        ("edited", copies.edited),
        ("deleted", copies.deleted),
        ("anew", copies.anew),
        ("waiting", copies.waiting),
        ("could-not", copies.not_done),
    )
    shown = [texts(f"change.report.{what}", number=number) for what, number in done if number]
    reasons = (
        texts("report.reason", reason=reason, number=number) for reason, number in copies.could_not[:REASONS_SHOWN]
    )
    return lines(*shown, *reasons) if shown else texts("change.report.none")


def speed_lines(texts: Texts, counted: DeliveryReport, waits: Waits) -> Html:
    """Say when the first and the last went out, how many a second, and how long they waited for it."""
    first, last = counted.first_sent_at, counted.last_sent_at
    if first is None or last is None:
        return Html("")
    moments = "report.moment" if texts.when(first) == texts.when(last) else "report.moments"
    rate = counted.rate_per_second
    return lines(
        texts(moments, first=first, last=last),
        texts("report.rate", rate=_rate(texts, rate)) if rate is not None and _rate(texts, rate) else "",
        _waits(texts, counted.counts[DeliveryState.SENT], waits),
    )


def time_left(texts: Texts, live: LiveReport) -> Html:
    """Say how long the rest takes, or what it waits for; nothing where neither is known."""
    if live.retries_until is not None:
        number = live.counted.counts[DeliveryState.RETRY]
        return texts.count("progress.waits", number, until=live.retries_until, reason=live.retry_reason)
    if live.is_stalled:
        return texts("progress.stalled")
    if live.expires_first:
        return texts("progress.expires-first", expires_at=live.alert.expires_at)
    if live.seconds_left is None:
        return Html("")
    if live.seconds_left < MINUTE:
        return texts("progress.left.soon")
    return texts("progress.left", span=_in_minutes(texts, live.seconds_left))


def unreached_lines(texts: Texts, found: Unreached) -> Html:
    """Say how many were not reached, and list one page of them with the reasons."""
    number, reference = found.window.total, found.copied.reference
    if not number:
        return texts("unreached.none", reference=reference)
    title = texts.count("unreached.title", number, reference=reference, recipients=found.recipients)
    return join(title, lines(*(_entry(texts, recipient) for recipient in found.listed)))


def span(texts: Texts, seconds: float) -> Html:
    """Write so many seconds as a span that is not shorter: `95 seconds`, `3 minutes`, `5 hours`."""
    whole = max(1, ceil(seconds))
    return texts.count("span.seconds", whole) if whole < SHORT * MINUTE else _in_minutes(texts, whole)


def _entry(texts: Texts, recipient: Recipient) -> Html:
    named = ", ".join(part for part in (recipient.name, recipient.organisation) if part)
    who = named or texts.plain("unreached.chat", number=str(recipient.chat_id))
    state = texts.plain(f"state.{recipient.state}")
    if not recipient.reason:
        return texts("unreached.entry", who=who, state=state)
    return texts("unreached.entry.reason", who=who, state=state, reason=cut_to(recipient.reason, REASON_LIMIT))


def _in_minutes(texts: Texts, seconds: float) -> Html:
    if seconds < SHORT * HOUR:
        return texts.count("span.minutes", ceil(seconds / MINUTE))
    return texts.count("span.hours", ceil(seconds / HOUR))


def _rate(texts: Texts, rate: float) -> str:
    """Write a rate with as many digits as mean something; empty when it is too small to say."""
    if rate >= WHOLE_RATE_FROM:
        return texts.number(round(rate))
    written = f"{rate:.1f}"
    return "" if written == "0.0" else written


def _waits(texts: Texts, sent: int, waits: Waits) -> Html:
    if waits.p50_seconds is None or waits.p99_seconds is None:
        return Html("")
    half, most = span(texts, waits.p50_seconds), span(texts, waits.p99_seconds)
    if half == most:
        return texts("report.waits.one", most=most)
    return texts("report.waits" if sent >= ENOUGH_FOR_99 else "report.waits.few", half=half, most=most)
