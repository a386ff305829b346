"""Taking over a draft, or a returned alert, of who may not write alerts any more, or lets a colleague go on with it.

Whoever takes over is its author from then on, and has a hand in it as if they had written it; whoever wrote it before
keeps theirs. So neither may approve it (docs/decisions/0029).
"""

from dataclasses import replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, in_chat
from alerts.errors import InvalidInput, NotAllowed, Stale
from alerts.people.notices import NoticeKind, holders_of
from alerts.people.rights import Right, may
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.bench import Bench
from alerts.publishing.offers import drop_offer, is_offered, keep_offer
from alerts.publishing.record import IS_LIVE, find_alert, move_alert, update_alert
from alerts.publishing.reviews import Task, settle
from alerts.publishing.scope import check_let_into, check_scope, is_let_into, may_send
from alerts.publishing.versions import find_version, keep_version, writers_of
from alerts.store.authority import draft_offers
from alerts.store.tables import alerts

TAKEABLE = frozenset({AlertStatus.DRAFT, AlertStatus.REJECTED})
"""What nobody but its author can go on with; what waits or goes out by itself others can approve, return or stop."""


class TakingOver(Bench):
    """The use cases of what was left behind or is offered."""

    async def left_behind(self, officer: Person) -> list[Alert]:
        """Give what this officer may take over, the newest first: its author may not write any more, or offers it."""
        if not may(officer.role, Right.SEND_ALERTS):
            return []
        statement = select(alerts).where(IS_LIVE, _waits_for_its_author(), alerts.c.author != officer.user_id)
        async with self._store.reading() as connection:
            writing = await holders_of(connection, Right.SEND_ALERTS)
            is_free = alerts.c.author.not_in(writing) | alerts.c.id.in_(select(draft_offers.c.alert_id))
            left = statement.where(is_free).order_by(alerts.c.id.desc())
            found = [Alert.from_row(row) for row in (await connection.execute(left)).all()]
        return [alert for alert in found if may_send(officer, alert.audience) and is_let_into(officer, alert)]

    async def offer(self, alert_id: int, author: int) -> Alert:
        """Let a colleague take over a draft of one's own; offered again, nothing changes.

        Raises:
            NotAllowed: it is somebody else's.
            Stale: it is no draft, or waits for somebody, or has gone out.
        """
        async with self._store.writing() as connection:
            draft = await self._own_takeable(connection, alert_id, author)
            if not await is_offered(connection, alert_id):
                await keep_offer(connection, alert_id, self._clock.now())
                await self._note(connection, Act.ALERT_OFFERED, in_chat(author), draft, draft)
        return draft

    async def withdraw_offer(self, alert_id: int, author: int) -> Alert:
        """Keep a draft that was offered. Raises what `offer` does."""
        async with self._store.writing() as connection:
            draft = await self._own_takeable(connection, alert_id, author)
            if await drop_offer(connection, alert_id):
                await self._note(connection, Act.ALERT_KEPT, in_chat(author), draft, draft)
        return draft

    async def is_offered(self, alert_id: int) -> bool:
        """Tell whether a colleague may take over a draft although its author could go on with it."""
        async with self._store.reading() as connection:
            return await is_offered(connection, alert_id)

    async def take_over(self, alert_id: int, officer: Person) -> Alert:
        """Make an officer the author of what somebody else left behind; a returned alert is a draft again.

        Raises:
            NotFound: it is for named persons, and not for them.
            NotAllowed: they may not write alerts, or not for these sectors.
            InvalidInput: its author may still write and does not offer it, so it is theirs.
            Stale: it is no draft, or waits for somebody, or has gone out.
        """
        now = self._clock.now()
        if not may(officer.role, Right.SEND_ALERTS):
            raise NotAllowed("you may not write alerts")
        async with self._store.writing() as connection:
            before = await find_alert(connection, alert_id)
            check_let_into(officer, before)
            check_scope(officer, before.audience)
            if before.status not in TAKEABLE:
                raise Stale(f"this alert is {before.status} already")
            was_offered = await drop_offer(connection, alert_id)
            if before.author == officer.user_id or not was_offered:
                await self._check_left(connection, before)
            await self._keep_writer(connection, before)
            if before.status is not AlertStatus.DRAFT:
                await move_alert(connection, before, AlertStatus.DRAFT, now)
            taken = {"author": officer.user_id, "revision": before.revision + 1, "progress_message_id": None}
            await update_alert(connection, alert_id, **taken)
            if before.author is not None:
                await settle(connection, alert_id, before.author, Task.AWAIT)
            draft = await find_alert(connection, alert_id)
            await keep_version(connection, draft, officer.user_id, now)
            by = in_chat(officer.user_id)
            if was_offered:
                await self._tell(connection, before, NoticeKind.ALERT_TAKEN_OVER, officer.user_id)
            await self._note(connection, Act.ALERT_TAKEN_OVER, by, before, draft, whom=before.author)
        return draft

    async def _own_takeable(self, connection: AsyncConnection, alert_id: int, author: int) -> Alert:
        draft = await self._own(connection, alert_id, author)
        if draft.status not in TAKEABLE:
            raise Stale(f"this alert is {draft.status} already")
        return draft

    async def _check_left(self, connection: AsyncConnection, alert: Alert) -> None:
        """Refuse to take what somebody can still go on with."""
        if not alert.author or alert.author in await holders_of(connection, Right.SEND_ALERTS):
            raise InvalidInput("not-left", "its author can go on with this draft: ask them")

    async def _keep_writer(self, connection: AsyncConnection, alert: Alert) -> None:
        """Keep that the author had a hand in it, where no text of theirs was kept: they may not approve it either."""
        kept = await writers_of(connection, replace(alert, author=None))
        if alert.author not in kept and await find_version(connection, alert.id, alert.revision) is None:
            await keep_version(connection, alert, alert.author, alert.created_at)


def _waits_for_its_author() -> ColumnElement[bool]:
    return alerts.c.status.in_([status.value for status in TAKEABLE])
