"""Notices: what the bot tells a person of its own accord, kept in the store until it has."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.clock import Clock
from alerts.people.rights import Right, Role, may
from alerts.store import Store
from alerts.store.tables import notices, people

REMEMBER = timedelta(days=30)
"""How long a notice is kept after it was given."""

AT_ONCE = 20
"""How many are taken from the store in one go."""


_HOLDERS = (
    select(people.c.user_id).where(people.c.role.in_(bindparam("roles", expanding=True))).order_by(people.c.user_id)
)


class NoticeKind(StrEnum):
    """What a notice is about; the catalogue has a sentence for each."""

    SCHEDULE_MISSED = "schedule-missed"
    SCHEDULE_MISSED_MANY = "schedule-missed-many"
    SCHEDULE_FAILED = "schedule-failed"
    SCHEDULE_PAUSED = "schedule-paused"
    SCHEDULE_LOSSES = "schedule-losses"
    GROUP_SUSPENDED = "group-suspended"
    GROUP_RESUMED = "group-resumed"
    HOLD_PLACED = "hold-placed"
    HOLD_RELEASED = "hold-released"
    HOLD_STANDS = "hold-stands"
    LEVEL_REPORTED = "level-reported"
    LEVEL_WITHDRAWN = "level-withdrawn"
    LEVEL_SENT = "level-sent"
    SOURCE_SILENT = "source-silent"
    SOURCE_BACK = "source-back"
    INCOMING = "incoming"
    INCOMING_WITHDRAWN = "incoming-withdrawn"
    FEED_FAILS = "feed-fails"
    FEED_RECOVERED = "feed-recovered"
    INTAKE_SENT = "intake-sent"
    INTAKE_STOPPED = "intake-stopped"
    ALERT_APPROVED = "alert-approved"
    ALERT_RETURNED = "alert-returned"
    ALERT_TAKEN_OVER = "alert-taken-over"
    ALERT_STOPPED = "alert-stopped"
    ALERT_RAN_OUT = "alert-ran-out"
    ALERT_NOT_SENT = "alert-not-sent"
    ALERT_NOBODY_REACHED = "alert-nobody-reached"
    ALERT_WORD_LOST = "alert-word-lost"
    SCHEDULE_SUBMITTED = "schedule-submitted"
    SCHEDULE_APPROVED = "schedule-approved"
    SCHEDULE_RETURNED = "schedule-returned"
    ROLE_GIVEN = "role-given"
    ROLE_TAKEN = "role-taken"
    INVITATION_ACCEPTED = "invitation-accepted"
    INVITATION_REFUSED = "invitation-refused"
    INVITATION_LAPSED = "invitation-lapsed"
    CODES_LOCKED = "codes-locked"
    RECORD_LINK = "record-link"
    DRILL_ANNOUNCED = "drill-announced"
    DRILL_OVER = "drill-over"
    DRILL_STOPPED = "drill-stopped"
    SELF_TEST_PASSED = "self-test-passed"
    SELF_TEST_FAILED = "self-test-failed"
    CONTACTS_UNVETTED = "contacts-unvetted"
    CONTACT_VETTED = "contact-vetted"
    VERIFY_TRIES = "verify-tries"


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one person.

    Attributes:
        details: what its sentence names; a value whose name ends in `_at` is a moment.
    """

    id: int
    user_id: int
    kind: NoticeKind
    details: dict[str, Any]
    created_at: datetime


class Notices:
    """The notices that wait to be given."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def waiting(self, *, besides: Collection[int] = ()) -> list[Notice]:
        """Give the oldest notices that are still to be given, besides those with these numbers."""
        is_open = notices.c.sent_at.is_(None) & notices.c.id.not_in(besides)
        statement = select(notices).where(is_open).order_by(notices.c.id).limit(AT_ONCE)
        async with self._store.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [Notice(row.id, row.user_id, NoticeKind(row.kind), _read(row.details), row.created_at) for row in rows]

    async def given(self, notice_id: int, failure: str | None = None) -> None:
        """Note that a notice was given, or why it cannot be."""
        done = {"sent_at": self._clock.now(), "failure": failure}
        async with self._store.writing() as connection:
            await connection.execute(update(notices).where(notices.c.id == notice_id).values(**done))

    async def forget_old(self) -> None:
        """Drop notices that were given long ago."""
        async with self._store.writing() as connection:
            await connection.execute(delete(notices).where(notices.c.sent_at < self._clock.now() - REMEMBER))


async def leave_notice(
    connection: AsyncConnection, user_ids: Iterable[int], kind: NoticeKind, now: datetime, **details: Any
) -> None:
    """Leave a notice for these people, inside the transaction of what it tells of."""
    kept = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in details.items()}
    rows = [
        {"user_id": user_id, "kind": kind.value, "details": kept, "created_at": now}
        for user_id in dict.fromkeys(user_ids)
    ]
    if rows:
        await connection.execute(insert(notices), rows)


async def owners_of(connection: AsyncConnection) -> list[int]:
    """Name the owners, who are told of what nobody else would see."""
    owners = select(people.c.user_id).where(people.c.role == Role.OWNER.value).order_by(people.c.user_id)
    return list((await connection.execute(owners)).scalars())


async def holders_of(connection: AsyncConnection, right: Right) -> list[int]:
    """Name everybody whose role holds a right."""
    roles = [role.value for role in Role if may(role, right)]
    return list((await connection.execute(_HOLDERS, {"roles": roles})).scalars())


def _read(details: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in details.items()
    }
