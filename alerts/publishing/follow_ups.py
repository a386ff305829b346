"""What officers do to an alert that people have already: update, correct, cancel, all clear, recall."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import person_or_administrator
from alerts.clock import Clock
from alerts.errors import InvalidInput, NotFound
from alerts.people.rights import Right
from alerts.people.roster import Person, reread
from alerts.publishing.alert import ENDS, Alert, AlertStatus, Change, Severity
from alerts.publishing.approvals import Verdict
from alerts.publishing.desk import Content, Desk
from alerts.publishing.record import find_alert
from alerts.publishing.scope import check_let_into, check_scope, check_stop
from alerts.publishing.succession import copied, has_readers, lineage_of, stop_within, successors_of, targets_of
from alerts.store import Store
from alerts.store.authority import alert_targets
from alerts.store.tables import alerts

LIFE = timedelta(hours=24)
"""How long a notice stands, and is tried, at least: what it takes back may be about to expire."""

SHORT_LIFE = timedelta(hours=1)
"""An update of an alert with less than this left gets a life of its own."""

STANDS = frozenset({AlertStatus.SENDING, AlertStatus.SENT})

OVER = frozenset({AlertStatus.CLOSED, AlertStatus.CANCELLED, AlertStatus.EXPIRED})


class Wording(Protocol):
    """The fixed words of what is done at once."""

    def worded(self, change: Change, earlier: Alert) -> tuple[str, str]:
        """Give headline and body (canonical HTML) of a cancellation, an all clear or a recall."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the sender has to know of a follow-up.

    Attributes:
        alert: the follow-up.
        first: the alert whose reference and time stand on the copies.
        text: the newest text of the copies.
        by: what took their place, where they are marked.
        reference: what stands on the copies of the newest text.
    """

    alert: Alert
    first: Alert
    text: Alert
    by: Alert | None = None
    reference: str = ""


class FollowUps:
    """The use cases of an alert that changes earlier ones; which is released goes the way of every alert."""

    def __init__(self, store: Store, clock: Clock, desk: Desk, wording: Wording) -> None:
        self._store = store
        self._clock = clock
        self._desk = desk
        self._wording = wording

    async def possible(self, alert: Alert) -> tuple[Change, ...]:
        """Tell which changes an alert takes now; none when another took its place."""
        async with self._store.reading() as connection:
            return await self._possible(connection, alert)

    async def draft(self, alert_id: int, change: Change, officer: Person) -> Alert:
        """Open a draft of an update, a correction or an all clear with the text that people have, or the one begun.

        Raises:
            NotFound: there is no such alert for the officer.
            NotAllowed: the alert lies outside the officer's sectors.
            InvalidInput: the alert takes no such change now.
        """
        async with self._store.writing() as connection:
            officer = await reread(connection, officer, Right.SEND_ALERTS)
            earlier = await find_alert(connection, alert_id)
            check_let_into(officer, earlier)
            check_scope(officer, earlier.audience)
            await self._check(connection, earlier, change)
            begun = await _begun(connection, earlier, change, officer.user_id)
            content = await self._content(connection, earlier, change, self._clock.now())
            return begun or await self._desk.draft_within(connection, content, officer.user_id)

    async def at_once(self, alert_id: int, change: Change, officer: Person | None = None) -> Alert | None:
        """Cancel or recall in fixed words: nobody has to approve it, since stopping is never two people's work.

        Args:
            alert_id: what is taken back.
            change: cancel or recall.
            officer: who does it, None for the command line.

        Returns:
            The alert that tells people, None when nobody may have the earlier one, which is then only stopped.

        Raises:
            NotFound: there is no such alert for the officer.
            NotAllowed: the alert lies outside the officer's sectors.
            InvalidInput: the alert takes no such change now.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            earlier = await find_alert(connection, alert_id)
            if officer is not None:
                officer = await reread(connection, officer, Right.STOP)
                check_let_into(officer, earlier)
                check_stop(officer, earlier.audience)
            await self._check(connection, earlier, change)
            if not await has_readers(connection, earlier.id):
                await stop_within(connection, earlier, change, now)
                by = person_or_administrator(officer.user_id if officer else None)
                await self._desk.note_stopped(connection, earlier, by)
                return None
            content = await self._content(connection, earlier, change, now)
            author = officer.user_id if officer else None
            origin, word = "chat" if officer else "command line", Verdict.ONE
            told, _ = await self._desk.issue_within(connection, content, origin=origin, author=author, standing=word)
        self._desk.nudge()
        return told

    async def content(self, alert_id: int, change: Change) -> Content:
        """Give what a change says if nothing is altered, for doors that write a whole alert at once.

        Raises:
            NotFound: there is no such alert.
            InvalidInput: the alert takes no such change now.
        """
        async with self._store.reading() as connection:
            earlier = await find_alert(connection, alert_id)
            await self._check(connection, earlier, change)
            return await self._content(connection, earlier, change, self._clock.now())

    async def plan(self, alert: Alert) -> Plan:
        """Give what there is to know of a follow-up to send it, or to show it beforehand.

        Raises:
            NotFound: it changes nothing.
        """
        async with self._store.reading() as connection:
            targets = await targets_of(connection, alert.id)
            if not targets:
                raise NotFound(f"alert {alert.id} changes no other")
            same = await lineage_of(connection, [targets[-1].id], among=[Change.CORRECTION])
            first = min(same) if alert.change in {Change.CORRECTION, Change.MARK} else targets[0].id
            later = await successors_of(connection, [targets[-1].id])
            by, text = later.get(targets[-1].id), targets[-1]
            if alert.change is Change.MARK:  # the words that these chats have, which may be older than the newest
                text = replace(text, headline=alert.headline, body=alert.body)
            return Plan(
                alert,
                await find_alert(connection, first),
                text,
                await find_alert(connection, by) if by else None,
                (await copied(connection, targets[-1])).reference,
            )

    async def _possible(self, connection: AsyncConnection, alert: Alert) -> tuple[Change, ...]:
        if alert.sending_at is None or alert.change in {Change.RECALL, Change.MARK}:
            return ()
        if await successors_of(connection, [alert.id]):
            return ()
        is_in_force = alert.status in STANDS and alert.expires_at is not None and alert.expires_at > self._clock.now()
        if alert.change is Change.CANCEL:
            return (Change.UPDATE,) if is_in_force else ()
        if alert.change in ENDS:
            return (Change.UPDATE, Change.CORRECTION) if is_in_force else ()
        if is_in_force:
            return (Change.UPDATE, Change.CORRECTION, Change.ALL_CLEAR, Change.CANCEL, Change.RECALL)
        if alert.status in {*OVER, *STANDS} and await has_readers(connection, alert.id):
            return (Change.CANCEL, Change.RECALL) if alert.status is AlertStatus.CANCELLED else (Change.RECALL,)
        return ()

    async def _check(self, connection: AsyncConnection, alert: Alert, change: Change) -> None:
        if change not in await self._possible(connection, alert):
            raise InvalidInput(
                "no-such-change",
                f"{alert.reference} is {alert.status} and takes no {change} now: see what is in force",
                reference=alert.reference,
            )

    async def _content(self, connection: AsyncConnection, earlier: Alert, change: Change, now: datetime) -> Content:
        """Word a change: with the text that people have, or in fixed words under the number that they have."""
        headline, body = earlier.headline, earlier.body
        if change in ENDS:
            headline, body = self._wording.worded(change, (await copied(connection, earlier)).text)
        ends = earlier.expires_at or now
        if change in ENDS:
            ends = max(ends, now + LIFE)
        elif change is Change.UPDATE and ends < now + SHORT_LIFE:
            ends = now + LIFE
        return Content(
            headline=headline,
            body=body,
            severity=earlier.severity or Severity.INFORMATION,
            expires_at=ends,
            audience=replace(earlier.audience, levels_only=False),
            kind=earlier.kind,
            attachment=earlier.attachment if change is Change.CORRECTION else None,
            change=change,
            follows=(earlier.id,),
        )


async def _begun(connection: AsyncConnection, earlier: Alert, change: Change, author: int) -> Alert | None:
    """Give the draft of this change that the officer has begun already."""
    mine = (alerts.c.author == author) & (alerts.c.change == change.value)
    statement = (
        select(alerts)
        .join(alert_targets, alert_targets.c.follow_up_id == alerts.c.id)
        .where(mine, alerts.c.status == AlertStatus.DRAFT.value, alert_targets.c.alert_id == earlier.id)
        .order_by(alerts.c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(statement)).first()
    return Alert.from_row(row) if row else None
