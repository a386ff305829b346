"""What an officer can go on with: what waits for their approval, what has come from outside, and what they wrote."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from alerts.paging import Window
from alerts.people.rights import Right, may
from alerts.people.roster import Person
from alerts.publishing.alert import UNRELEASED, Alert, AlertStatus
from alerts.publishing.approvals import approvers_of
from alerts.publishing.incoming import Incoming
from alerts.publishing.incoming_item import Received
from alerts.publishing.scope import is_let_into, may_stop
from alerts.publishing.takeover import TakingOver
from alerts.store import Store
from alerts.store.tables import alerts

PAGE_SIZE = 6
"""Alerts and items on one page."""


@dataclass(frozen=True, slots=True)
class DraftsPage:
    """One page of all: what waits for approval, what has come in, and the officer's own, the newest of each first.

    Attributes:
        others: alerts of others that this officer may approve, then those released for later that they may stop, and
            then drafts of people who may write no more, which they may take over.
        items: what has come in.
        drafts: what the officer wrote and nobody has received: drafts, returned ones, and what waits.
    """

    others: tuple[Alert, ...]
    items: tuple[Received, ...]
    drafts: tuple[Alert, ...]
    window: Window


class Drafts:
    """Lists what an officer can go on with; the use cases on an entry are those of `Incoming` and `Desk`."""

    def __init__(self, store: Store, incoming: Incoming, desk: TakingOver) -> None:
        self._store = store
        self._desk = desk
        self._incoming = incoming

    async def page(self, officer: Person, number: int = 0) -> DraftsPage:
        """Give a page of what waits for an officer."""
        left = [] if reads_only(officer) else await self._desk.left_behind(officer)
        waiting = [*await self.to_approve(officer), *await self.to_stop(officer), *left]
        first: list[Alert | Received] = [*waiting, *await self._incoming.waiting(officer)]
        window = Window.at(number, total=len(first) + await self._count(officer), size=PAGE_SIZE)
        shown = first[window.start : window.start + PAGE_SIZE]
        drafts = await self._drafts(officer, max(window.start - len(first), 0), PAGE_SIZE - len(shown))
        others = tuple(one for one in shown if isinstance(one, Alert))
        items = tuple(one for one in shown if isinstance(one, Received))
        return DraftsPage(others, items, tuple(drafts), window)

    async def to_approve(self, officer: Person) -> list[Alert]:
        """Give the alerts of others that wait for an approval which this officer may give, the newest first."""
        if not may(officer.role, Right.APPROVE):
            return []
        submitted = select(alerts).where(alerts.c.status == AlertStatus.SUBMITTED.value).order_by(alerts.c.id.desc())
        async with self._store.reading() as connection:
            found = [Alert.from_row(row) for row in (await connection.execute(submitted)).all()]
            return [alert for alert in found if officer.user_id in await approvers_of(connection, alert)]

    async def to_stop(self, officer: Person) -> list[Alert]:
        """Give the alerts of others that go out by themselves unless somebody stops them, the newest first."""
        if not may(officer.role, Right.STOP):
            return []
        waits = alerts.c.status.in_([AlertStatus.SCHEDULED.value, AlertStatus.APPROVED.value])
        not_theirs = alerts.c.author.is_distinct_from(officer.user_id)
        statement = select(alerts).where(waits, not_theirs).order_by(alerts.c.id.desc())
        async with self._store.reading() as connection:
            found = [Alert.from_row(row) for row in (await connection.execute(statement)).all()]
        return [alert for alert in found if may_stop(officer, alert.audience) and is_let_into(officer, alert)]

    async def _count(self, officer: Person) -> int:
        async with self._store.reading() as connection:
            return (await connection.execute(select(func.count()).where(_is_theirs(officer)))).scalar_one()

    async def _drafts(self, officer: Person, offset: int, limit: int) -> Sequence[Alert]:
        statement = select(alerts).where(_is_theirs(officer)).order_by(alerts.c.id.desc())
        async with self._store.reading() as connection:
            rows = (await connection.execute(statement.limit(limit).offset(offset))).all()
        return [Alert.from_row(row) for row in rows]


def _is_theirs(officer: Person) -> ColumnElement[bool]:
    """Say which drafts somebody sees: who writes alerts their own, who reads everything those of everybody."""
    is_unreleased = alerts.c.status.in_([status.value for status in UNRELEASED])
    return is_unreleased if reads_only(officer) else is_unreleased & (alerts.c.author == officer.user_id)


def reads_only(person: Person) -> bool:
    """Tell whether a person sees what others write, and writes nothing."""
    return may(person.role, Right.SEE_ALERTS) and not may(person.role, Right.SEND_ALERTS)
