"""What is held against a run: what the sandbox really stored, what the database says, what the report says."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chaos_bot import SECRET
from chaos_faults import Plan

FIRST_SEND_SECONDS = 2.0
LAST_LEASE_SECONDS = 0.1
SHOWN = 5
OWN_FAULTS = re.compile(r"\[error +\] (send_broke|handler_broke|outbox_unusable|outcomes_not_recorded)\b.*")
"""Log lines that no fault of Telegram's explains."""


@dataclass(frozen=True)
class Row:
    """A row of `deliveries` at the end."""

    chat_id: int
    state: str
    uncertain_count: int
    message_id: int | None
    reason: str | None


@dataclass(frozen=True)
class Crash:
    """One kill -9.

    Attributes:
        leased: rows that were leased when the process was gone.
        in_flight: requests of the bot that the sandbox had under way then.
    """

    leased: int
    in_flight: int


@dataclass(frozen=True)
class Restart:
    """One start after a kill that was not killed again before it had sent anything.

    Attributes:
        since_ready: seconds from its line `started` to its first message's arrival at the sandbox; None: it sent none.
        since_born: the same from the moment of its execution.
    """

    since_ready: float | None
    since_born: float | None


@dataclass
class Evidence:
    """Everything that a run leaves to be judged.

    Attributes:
        rate: messages a second.
        stored: the ids of the alert's messages in each chat of the sandbox.
        blocked: the recipients who had blocked the bot.
        suspended: the subscriptions that are not active at the end.
        report: what `cascade alert report --json` says.
        logs: everything printed.
        unasked: 429s that no fault asked for.
        code: with which the bot ended when it was told to.
        seconds: from the alert to its end.
    """

    plan: Plan
    rate: int
    stored: dict[int, list[int]]
    blocked: frozenset[int]
    rows: list[Row]
    suspended: frozenset[int]
    report: dict[str, Any]
    logs: str
    crashes: list[Crash] = field(default_factory=list)
    restarts: list[Restart] = field(default_factory=list)
    unasked: int = 0
    code: int = 0
    seconds: float = 0.0

    @property
    def doubles(self) -> int:
        """Messages above one in a chat."""
        return sum(max(0, len(messages) - 1) for messages in self.stored.values())

    @property
    def doubts(self) -> int:
        """How many second copies the rows admit."""
        return sum(row.uncertain_count for row in self.rows)

    @property
    def uncertain(self) -> int:
        """Rows that are listed for 'send again'."""
        return sum(row.state == "uncertain" for row in self.rows)


def complaints(evidence: Evidence) -> list[str]:
    """Name everything that breaks the promise; nothing when all is well."""
    return [
        *_missed(evidence),
        *_doubled(evidence),
        *_suspended(evidence),
        *_crashed(evidence),
        *_reported(evidence),
        *_said(evidence),
    ]


def _missed(evidence: Evidence) -> Iterator[str]:
    """Look for recipients without a row, rows without an end, and rows that say `sent` of what is not there."""
    by_chat = {row.chat_id: row for row in evidence.rows}
    if len(by_chat) != evidence.plan.recipients or len(evidence.rows) != evidence.plan.recipients:
        yield f"{len(evidence.rows)} rows for {evidence.plan.recipients} recipients"
    reachable = [row for row in evidence.rows if row.chat_id not in evidence.blocked]
    may_be_blocked = {"gone"} if evidence.plan.repeats_uncertain else {"gone", "uncertain"}
    may_be = {"sent"} if evidence.plan.repeats_uncertain else {"sent", "uncertain"}
    if others := [row for row in reachable if row.state not in may_be]:
        yield f"rows of reachable chats that are not {' or '.join(sorted(may_be))}: {_some(others)}"
    if missed := [row for row in reachable if row.state == "sent" and not evidence.stored[row.chat_id]]:
        yield f"sent, and nothing arrived: {_some(missed)}"
    if elsewhere := [
        row for row in reachable if row.state == "sent" and row.message_id not in _messages(evidence, row)
    ]:
        yield f"the message that is recorded is not in the chat: {_some(elsewhere)}"
    if reached := [row for row in evidence.rows if row.chat_id in evidence.blocked and row.state not in may_be_blocked]:
        yield f"blocked chats whose row is not {' or '.join(sorted(may_be_blocked))}: {_some(reached)}"


def _doubled(evidence: Evidence) -> Iterator[str]:
    """Look for copies that no row admits."""
    uncounted = [row for row in evidence.rows if len(_messages(evidence, row)) > _admitted(row)]
    if uncounted:
        yield f"more copies than the rows admit: {_some(uncounted)}"


def _admitted(row: Row) -> int:
    """Give how many copies of a row may be there; one that is listed as uncertain has had no counted answer."""
    return row.uncertain_count + (row.state == "sent")


def _messages(evidence: Evidence, row: Row) -> list[int]:
    return evidence.stored.get(row.chat_id, [])


def _suspended(evidence: Evidence) -> Iterator[str]:
    if wrongly := evidence.suspended - evidence.blocked:
        yield f"wrongly suspended: {sorted(wrongly)[:SHOWN]} of {len(wrongly)}"
    gone = {row.chat_id for row in evidence.rows if row.state == "gone"}
    if kept := gone - evidence.suspended:
        yield f"gone and not suspended: {sorted(kept)[:SHOWN]} of {len(kept)}"


def _crashed(evidence: Evidence) -> Iterator[str]:
    if evidence.report["status"] == "sent" and not evidence.restarts:
        yield "no restart had anything to send"
    for number, crash in enumerate(evidence.crashes, start=1):
        allowed = round(evidence.rate * LAST_LEASE_SECONDS) + crash.in_flight
        if crash.leased > allowed:
            yield f"kill {number} left {crash.leased} rows leased, {crash.in_flight} in flight: more than {allowed}"
    for number, restart in enumerate(evidence.restarts, start=1):
        if restart.since_ready is None:
            yield f"restart {number} sent nothing"
        elif restart.since_ready > FIRST_SEND_SECONDS:
            yield f"restart {number} sent its first message {restart.since_ready:.2f} s after it was ready"


def _reported(evidence: Evidence) -> Iterator[str]:
    """Hold the report against the rows and itself."""
    report, rows = evidence.report, Counter(row.state for row in evidence.rows)
    counts = {state: count for state, count in report["counts"].items() if count}
    if report["recipients"] != evidence.plan.recipients or sum(counts.values()) != report["recipients"]:
        yield f"the report does not add up: {report}"
    if counts != dict(rows):
        yield f"the report says {counts}, the rows {dict(rows)}"
    if report["uncertain_count"] != evidence.doubts:
        yield f"the report counts {report['uncertain_count']} doubts, the rows another number"
    if report["status"] != "sent":
        yield f"the alert is {report['status']}"


def _said(evidence: Evidence) -> Iterator[str]:
    if evidence.code:
        yield f"the bot ended with {evidence.code}"
    if SECRET in evidence.logs:
        yield "a token is in a log"
    if found := OWN_FAULTS.search(evidence.logs):
        yield f"an error inside Cascade: {found[0]}"


def _some(rows: list[Row]) -> str:
    """Name a few rows."""
    shown = "; ".join(
        f"{row.chat_id} {row.state} doubts {row.uncertain_count}{f' ({row.reason})' if row.reason else ''}"
        for row in rows[:SHOWN]
    )
    return f"{shown} (of {len(rows)})"
