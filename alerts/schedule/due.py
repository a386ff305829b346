"""What of a schedule's time has come: the firing to send now, and those that nobody was there for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.schedule.recurrence import Firing
from alerts.schedule.schedule import Schedule

PUNCTUAL = timedelta(minutes=1)
"""Up to here a firing counts as on time."""

MISSED_COUNTED = 10_000
"""How many missed firings of one schedule are counted: a month of one every five minutes."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """What of a schedule's time has come.

    Attributes:
        fire: the firing to send now, None when it is too late for any.
        first_missed: the first of the firings before it that nobody was there for.
        last_missed: the last of them.
        missed: their number.
        is_more: there are more of them than were counted.
    """

    fire: Firing | None
    first_missed: Firing | None
    last_missed: Firing | None
    missed: int
    is_more: bool = False


def due_at(schedule: Schedule, now: datetime) -> Due:
    """Work out what is due: the latest firing may go out late, unless the end came since; those before it were missed.

    After `MISSED_COUNTED` firings the count stops, and only the last day is looked through.
    """
    plan = schedule.plan
    too_late = now - max(plan.grace, PUNCTUAL)
    due: list[Firing] = []
    is_more = False
    firing = schedule.next
    while firing is not None and firing.at <= now:
        due.append(firing)
        firing = plan.recurrence.after(firing.at, until=plan.ends_at)
        if firing is not None and len(due) == MISSED_COUNTED and firing.at < too_late - _DAY:
            is_more, firing = True, plan.recurrence.after(too_late - _DAY, until=plan.ends_at)
    fire = due[-1] if due and _may_go(due[-1], too_late, plan.ends_at, now) else None
    missed = due[:-1] if fire else due
    number = MISSED_COUNTED if is_more else len(missed)
    return Due(fire, missed[0] if missed else None, missed[-1] if missed else None, number, is_more)


def _may_go(firing: Firing, too_late: datetime, ends_at: datetime | None, now: datetime) -> bool:
    """Tell whether a firing may still be sent: on time always, late within its grace and before the end."""
    is_punctual = now - firing.at <= PUNCTUAL
    return is_punctual or (firing.at >= too_late and (ends_at is None or now <= ends_at))
