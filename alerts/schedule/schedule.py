"""A schedule: what goes out by itself, to whom and when; its states, and what becomes of a firing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from alerts.errors import InvalidInput
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.marking import Marking
from alerts.schedule.places import read_restraint
from alerts.schedule.recurrence import Firing, Recurrence, read_zone

UNREADABLE = "cannot be read"
"""The reason of a schedule whose row the program does not understand."""


class Push(StrEnum):
    """What a schedule sends."""

    LEVEL = "level"
    BRIEFING = "briefing"
    REMINDER = "reminder"


PUSHES: dict[Push, str] = {
    Push.LEVEL: "the threat levels as they are known at that moment",
    Push.BRIEFING: "a stored briefing, as its text is at that moment, with its fields filled",
    Push.REMINDER: "a text of its own",
}


class ScheduleStatus(StrEnum):
    """Whether a schedule fires."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


MEANING: dict[ScheduleStatus, str] = {
    ScheduleStatus.PROPOSED: "waits for a second person; nothing goes out before they approve it",
    ScheduleStatus.ACTIVE: "fires at its next time",
    ScheduleStatus.PAUSED: "an officer halted it, or its author may not send any more: it waits to be resumed",
    ScheduleStatus.ENDED: "it has no further time: it fired once, or its end has come",
}

MOVES: dict[ScheduleStatus, frozenset[ScheduleStatus]] = {
    ScheduleStatus.PROPOSED: frozenset({ScheduleStatus.ACTIVE}),
    ScheduleStatus.ACTIVE: frozenset({ScheduleStatus.PAUSED, ScheduleStatus.ENDED}),
    ScheduleStatus.PAUSED: frozenset({ScheduleStatus.ACTIVE, ScheduleStatus.ENDED}),
    ScheduleStatus.ENDED: frozenset(),
}


class FiringOutcome(StrEnum):
    """What became of a firing."""

    SENT = "sent"
    LATE = "late"
    MISSED = "missed"
    FAILED = "failed"
    EMPTY = "empty"


OUTCOMES: dict[FiringOutcome, str] = {
    FiringOutcome.SENT: "its alert was written on time",
    FiringOutcome.LATE: "nothing ran at its time, and its alert was written later, within the grace",
    FiringOutcome.MISSED: "nothing ran until its grace was over: nothing was sent, and the owners are told",
    FiringOutcome.FAILED: "no alert could be written, for the reason beside it: the owners are told",
    FiringOutcome.EMPTY: "its briefing had nothing to tell and then stays silent: nothing was sent, as asked",
}

HEARD = frozenset({FiringOutcome.SENT, FiringOutcome.LATE, FiringOutcome.EMPTY})
"""After these the next briefing tells what is new since; after the others it reaches back further."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for when a schedule is added.

    Attributes:
        name: what people call it; unique.
        push: what it sends.
        recurrence: when.
        briefing: code of the stored briefing; "" for a briefing whose text stands in the plan.
        headline: of a reminder or of such a briefing.
        body: of a reminder, HTML; of such a briefing, HTML with fields.
        severity: of these and of the levels; a stored briefing has its own.
        ends_at: nothing fires after this moment; None for no end.
        grace: how late it may still go out when nothing ran at its time.
    """

    name: str
    push: Push
    recurrence: Recurrence
    audience: Audience = field(default_factory=Audience)
    briefing: str = ""
    headline: str = ""
    body: str = ""
    severity: Severity = Severity.INFORMATION
    ends_at: datetime | None = None
    grace: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as the store keeps it.

    Attributes:
        reason: why it is paused or has ended, in a few words.
        next: the firing that is due next, None unless it is active.
        created_by: Telegram user id of the officer, None for the command line.
    """

    id: int
    plan: Plan
    status: ScheduleStatus
    reason: str | None
    next: Firing | None
    created_by: int | None
    created_at: datetime

    def upcoming(self, now: datetime, count: int = 3) -> tuple[Firing, ...]:
        """Give its next firings, none unless it is active."""
        if self.status is not ScheduleStatus.ACTIVE:
            return ()
        return self.plan.recurrence.upcoming(now, count, until=self.plan.ends_at)

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Schedule":
        """Make it from a row of the table `schedules`.

        Raises:
            InvalidInput: a part of it cannot be read.
        """
        try:
            return cls._read(row)
        except ValueError as error:
            raise InvalidInput("schedule-unreadable", f"the schedule '{row.name}' cannot be read: {error}") from None

    @classmethod
    def listed(cls, row: Row[Any]) -> "Schedule":
        """Make it from a row, which may be one that cannot be read: it never fires, and can be seen and removed."""
        try:
            return cls.from_row(row)
        except InvalidInput:
            plan = Plan(
                name=row.name,
                push=Push(row.push) if row.push in set(Push) else Push.REMINDER,
                recurrence=Recurrence.unreadable(row.rule),
                audience=_audience(row),
                briefing=row.briefing,
                headline=row.headline,
            )
            status = ScheduleStatus(row.status) if row.status in set(ScheduleStatus) else ScheduleStatus.PAUSED
            return cls(row.id, plan, status, UNREADABLE, None, row.created_by, row.created_at)

    @classmethod
    def _read(cls, row: Row[Any]) -> "Schedule":
        plan = Plan(
            name=row.name,
            push=Push(row.push),
            recurrence=Recurrence.parse(
                row.rule,
                read_zone(row.timezone),
                row.created_at,
                stored=True,
                restraint=read_restraint(row.holidays, row.office_hours),
            ),
            audience=_audience(row),
            briefing=row.briefing,
            headline=row.headline,
            body=row.body,
            severity=Severity(row.severity) if row.severity else Severity.INFORMATION,
            ends_at=row.ends_at,
            grace=timedelta(minutes=row.grace_minutes),
        )
        is_next = row.next_at is not None and row.next_key is not None
        return cls(
            id=row.id,
            plan=plan,
            status=ScheduleStatus(row.status),
            reason=row.reason,
            next=Firing(row.next_key, row.next_at) if is_next else None,
            created_by=row.created_by,
            created_at=row.created_at,
        )


def _audience(row: Row[Any]) -> Audience:
    marking = Marking(row.marking) if row.marking in set(Marking) else Marking.GREEN
    return Audience(tuple(row.sectors), tuple(row.regions), row.push == Push.LEVEL, marking)
