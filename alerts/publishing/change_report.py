"""What became of the copies that a follow-up acts on: how many were replied to, edited and deleted, and why not."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.copies import Way
from alerts.delivery.report import DeliveryReport, add_up, count_rows
from alerts.delivery.states import OPEN, DeliveryState
from alerts.publishing.alert import REPLIES, Alert, Change
from alerts.publishing.succession import copied, predecessors_of
from alerts.store.authority import alert_targets
from alerts.store.outside import alert_successions
from alerts.store.tables import alerts, deliveries


@dataclass(frozen=True, slots=True)
class Copies:
    """Rows of a follow-up by what was done; the numbers add up to the rows.

    Attributes:
        replied: a new message that answers the copy.
        anew: a new message to who has no copy, or has it no more.
        edited: the copy says what it should now.
        deleted: the copy is gone, and a line says so.
        waiting: still to be done.
        could_not: nothing was done, by reason.
    """

    replied: int = 0
    anew: int = 0
    edited: int = 0
    deleted: int = 0
    waiting: int = 0
    could_not: tuple[tuple[str, int], ...] = ()

    @property
    def not_done(self) -> int:
        """How many were not reached."""
        return sum(number for _, number in self.could_not)


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """What a follow-up did.

    Attributes:
        earlier: the alerts that it changed.
        references: what stands on the copies of these.
        copies: what became of its rows.
        marked: what became of the copies that say now that something took their place; None where none are to.
    """

    change: Change
    earlier: tuple[Alert, ...]
    references: tuple[str, ...]
    copies: Copies
    marked: Copies | None

    @property
    def is_over(self) -> bool:
        """Tell whether nothing waits any more."""
        return not self.copies.waiting and not (self.marked and self.marked.waiting)


async def read_change(connection: AsyncConnection, alert: Alert, counted: DeliveryReport) -> ChangeReport | None:
    """Give what a follow-up did; None for an alert that changes nothing."""
    if alert.change is None:
        return None
    before = await predecessors_of(connection, alert.id)
    marks = (
        select(alerts.c.id)
        .join(alert_targets, alert_targets.c.follow_up_id == alerts.c.id)
        .join(alert_successions, alert_successions.c.alert_id == alert_targets.c.alert_id)
        .where(alerts.c.change == Change.MARK.value, alert_successions.c.successor_id == alert.id)
    )
    marked = None
    if alert.change in REPLIES:
        rows = await count_rows(connection, deliveries.c.alert_id.in_(marks))
        marked = copies_of(Change.MARK, add_up(rows))
    earlier = before.alerts if before else ()
    references = tuple([(await copied(connection, one)).reference for one in earlier])
    return ChangeReport(alert.change, earlier, references, copies_of(alert.change, counted), marked)


def copies_of(change: Change, counted: DeliveryReport) -> Copies:
    """Sort counted rows by what was done for them."""
    ways = {reason: number for (state, reason), number in counted.reasons.items() if state is DeliveryState.SENT}
    anew = ways.get(Way.ANEW, 0) + ways.get(Way.UNANSWERED, 0)
    told, instead = ways.get(Way.TOLD_ONLY, 0), ways.get(Way.INSTEAD, 0)
    as_meant = counted.counts[DeliveryState.SENT] - anew - told - instead
    is_edit = change in {Change.CORRECTION, Change.MARK}
    return Copies(
        replied=as_meant if change in REPLIES else 0,
        anew=anew,
        edited=(as_meant if is_edit else 0) + instead,
        deleted=as_meant if change is Change.RECALL else 0,
        waiting=sum(counted.counts[state] for state in OPEN),
        could_not=_could_not(counted, told),
    )


def _could_not(counted: DeliveryReport, told: int) -> tuple[tuple[str, int], ...]:
    """List why nothing was done, the commonest reason first."""
    ends = (DeliveryState.GONE, DeliveryState.FAILED, DeliveryState.SKIPPED, DeliveryState.UNCERTAIN)
    found: dict[str, int] = {str(Way.TOLD_ONLY): told} if told else {}
    for state in ends:
        said = {reason: number for (its, reason), number in counted.reasons.items() if its is state}
        rest = counted.counts[state] - sum(said.values())
        for reason, number in (*said.items(), *(((state.value, rest),) if rest else ())):
            found[reason] = found.get(reason, 0) + number
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))
