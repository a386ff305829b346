"""Sending: what comes whole through a door, what is due, what goes again, and what is stopped."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import ADMINISTRATOR, THE_BOT, Act, Actor, Door, in_chat
from alerts.delivery.endings import finish_alerts, skip_alert, skip_orphans
from alerts.delivery.states import DeliveryState, as_state
from alerts.errors import InvalidInput, Stale
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.people.rights import Right
from alerts.people.roster import Person, reread
from alerts.publishing.alert import MOVES, UNRELEASED, WAITING, Alert, AlertStatus
from alerts.publishing.approvals import STOPPABLE, Approval, Verdict, keep_verdict, lapse, still_holds, word_for
from alerts.publishing.bench import Bench, check_mover
from alerts.publishing.content import Content, columns_of
from alerts.publishing.record import (
    IS_LIVE,
    find_alert,
    find_message,
    insert_alert,
    keep_upload,
    move_alert,
    update_alert,
)
from alerts.publishing.scope import check_scope, check_stop
from alerts.publishing.succession import add_targets
from alerts.publishing.versions import keep_version
from alerts.store.tables import alerts, deliveries

DOORS = {"command line": Door.COMMAND_LINE, "schedule": Door.SCHEDULE, "intake": Door.INTAKE}
"""The door of the record for an alert's origin, where it is not a person's chat."""


class Sending(Bench):
    """The use cases of sending."""

    async def issue(
        self, content: Content, *, origin: str, author: Person | None = None, standing: Verdict | None = None
    ) -> tuple[Alert, int]:
        """Write an alert and send or submit it, in one transaction; for the rest like `issue_within`.

        Raises:
            InvalidInput: a part cannot be used, or nobody would receive it; nothing was written.
            UnknownCode: a sector or region is not in the directory.
            NotAllowed: the audience lies outside the officer's sectors.
        """
        async with self._store.writing() as connection:
            if author is not None:
                check_scope(await reread(connection, author, Right.SEND_ALERTS), content.audience)
            user_id = author.user_id if author else None
            sent = await self.issue_within(connection, content, origin=origin, author=user_id, standing=standing)
        self._on_queued()
        return sent

    async def issue_within(
        self,
        connection: AsyncConnection,
        content: Content,
        *,
        origin: str,
        author: int | None = None,
        standing: Verdict | None = None,
        by: Actor | None = None,
    ) -> tuple[Alert, int]:
        """Write an alert inside the caller's transaction; while two people may approve, it is submitted.

        Args:
            connection: the caller's transaction.
            content: what it says.
            origin: the door it comes through.
            author: whose words it is.
            standing: on which word it goes out at once all the same, for what was agreed to before: a schedule, a
                trusted source. Left out, the two-person rule decides.
            by: who acts, for the record; made of origin and author where it is left out.

        Returns:
            The alert, whose status says whether it is sent or submitted, and the number of its recipients.
        """
        now = self._clock.now()
        by = by or actor_for(origin, author)
        columns = columns_of(content, self._directory, now)
        given = {"status": AlertStatus.DRAFT.value, "author": author, "origin": origin, "created_at": now}
        alert = await insert_alert(connection, columns | given)
        await add_targets(connection, alert.id, content.follows)
        await keep_version(connection, alert, by.user_id, now)
        if content.upload:
            await keep_upload(connection, alert.id, content.upload)
        if standing is None and await self._rule.binds(connection):
            return await self._submit(connection, alert, by)
        word = standing or Verdict.ONE
        await keep_verdict(connection, alert, word, by.user_id, now)
        return await self._send(connection, alert, word, by)

    async def cancel(self, alert_id: int, by: int | None) -> Alert:
        """Stop an alert: what is unsent stays unsent, and one that waits never goes out.

        Raises:
            Stale: it is over, or everybody has it.
        """
        return await self._cancel(alert_id, by, None)

    async def stop(self, alert_id: int, officer: Person) -> Alert:
        """Stop an alert as any officer may, at once, within their sectors; the author always may.

        Raises:
            NotAllowed: it goes beyond their sectors.
            Stale: it is over, or everybody has it.
        """
        return await self._cancel(alert_id, officer.user_id, officer)

    async def _cancel(self, alert_id: int, by: int | None, officer: Person | None) -> Alert:
        now = self._clock.now()
        actor = in_chat(by) if by is not None else ADMINISTRATOR
        async with self._store.writing() as connection:
            officer = await reread(connection, officer) if officer is not None else None
            alert = await find_alert(connection, alert_id)
            if officer is not None:
                check_mover(officer, alert, AlertStatus.CANCELLED)
                if alert.author != officer.user_id:
                    check_stop(officer, alert.audience)
            if AlertStatus.CANCELLED not in MOVES[alert.status]:
                raise Stale(f"{alert.reference} is {alert.status}, so there is nothing to stop")
            return await self._cancel_within(connection, alert, actor, now)

    async def _cancel_within(
        self, connection: AsyncConnection, alert: Alert, by: Actor, now: datetime, reason: str = ""
    ) -> Alert:
        word = await word_for(connection, alert.id)
        await skip_alert(connection, alert.id, "cancelled", now)
        await move_alert(connection, alert, AlertStatus.CANCELLED, now, ended_by=by.user_id)
        over = await find_alert(connection, alert.id)
        if alert.status in UNRELEASED:
            await lapse(connection, alert.id, now)
        if alert.status in WAITING:
            await self._tell(connection, over, NoticeKind.ALERT_STOPPED, by.user_id)
        is_break = alert.status is AlertStatus.APPROVED and word and word.verdict is Verdict.BREAK_GLASS
        act = Act.BREAK_GLASS_STOPPED if is_break else Act.ALERT_CANCELLED
        why: dict[str, Any] = {"reason": reason} if reason else {}
        await self._note(connection, act, by, alert, over, **why)
        return over

    async def note_stopped(self, connection: AsyncConnection, before: Alert, by: Actor) -> None:
        """Put into the record that a later alert stopped this one while it was being sent."""
        if before.status is AlertStatus.SENDING:
            over = await find_alert(connection, before.id)
            await self._note(connection, Act.ALERT_CANCELLED, by, before, over)

    async def supersede_within(self, connection: AsyncConnection, origin: str, by: Actor) -> None:
        """Stop what still waits of an origin, since what it says does not hold any more."""
        waits = alerts.c.status.in_([status.value for status in WAITING]) & (alerts.c.origin == origin)
        for row in (await connection.execute(select(alerts).where(waits))).all():
            await self._cancel_within(connection, Alert.from_row(row), by, self._clock.now(), "superseded")

    async def send_due(self) -> int:
        """Send what is due by the clock, let go of what has run out, and give the number of alerts sent."""
        now = self._clock.now()
        waits = alerts.c.status.in_([status.value for status in WAITING])
        async with self._store.reading() as connection:
            found = (await connection.execute(select(alerts).where(waits).order_by(alerts.c.id))).all()
        sent = 0
        for alert in map(Alert.from_row, found):
            is_over = alert.expires_at is not None and alert.expires_at <= now
            is_due = alert.status is AlertStatus.SCHEDULED and alert.send_at is not None and alert.send_at <= now
            if is_over or is_due or alert.status is AlertStatus.APPROVED:
                sent += await self._come_due(alert.id, now)
        if sent:
            self._on_queued()
        return sent

    async def _come_due(self, alert_id: int, now: datetime) -> int:
        """Send one whose moment has come; one that cannot go out is its author's draft again, who is told why."""
        try:
            async with self._store.writing() as connection:
                alert = await find_alert(connection, alert_id)
                if alert.status not in WAITING:
                    return 0
                if alert.expires_at is not None and alert.expires_at <= now:
                    await self._run_out(connection, alert, now)
                    return 0
                word = await word_for(connection, alert_id)
                if alert.status is AlertStatus.SUBMITTED or word is None:
                    return 0
                if alert.status is AlertStatus.APPROVED and word.at + STOPPABLE > now:
                    return 0
                if not await still_holds(connection, word, alert.audience):
                    await self._silence(connection, alert, word)
                    return 0
                await self._release(connection, alert, word.verdict, THE_BOT)
        except InvalidInput as problem:
            await self._give_up(alert_id, problem)
            return 0
        return 1

    async def _run_out(self, connection: AsyncConnection, alert: Alert, now: datetime) -> None:
        await move_alert(connection, alert, AlertStatus.EXPIRED, now, finished_at=now)
        await lapse(connection, alert.id, now)
        over = await find_alert(connection, alert.id)
        await self._tell(connection, over, NoticeKind.ALERT_RAN_OUT, None)
        await self._note(connection, Act.ALERT_EXPIRED, THE_BOT, alert, over)

    async def _silence(self, connection: AsyncConnection, alert: Alert, word: Approval) -> None:
        """Keep back what goes out on the word of somebody who may not speak any more, and tell them and the owners."""
        lost = InvalidInput("word-lost", "who was to send it on their word alone may not send it any more")
        await self._back_to_draft(connection, alert, lost)
        facts = {"alert": alert.id, "reference": alert.reference, "headline": alert.headline}
        owners = [one for one in await owners_of(connection) if one != alert.author]
        who = {"by": word.who, "name": word.name}
        await leave_notice(connection, owners, NoticeKind.ALERT_WORD_LOST, self._clock.now(), **facts, **who)

    async def _give_up(self, alert_id: int, problem: InvalidInput) -> None:
        async with self._store.writing() as connection:
            await self._back_to_draft(connection, await find_alert(connection, alert_id), problem)

    async def send_uncertain_again(self, alert_id: int, by: int | None = None) -> int:
        """Queue again the rows that may not have arrived, and give their number; who has left meanwhile is skipped.

        Raises:
            Stale: the alert is over, or has no such row.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            alert = await find_alert(connection, alert_id)
            if alert.status is not AlertStatus.SENT or alert.expires_at is None or alert.expires_at <= now:
                raise Stale(f"{alert.reference} is not in force any more")
            again = (
                update(deliveries)
                .where(deliveries.c.alert_id == alert_id, deliveries.c.state == DeliveryState.UNCERTAIN.value)
                .values(**as_state(DeliveryState.QUEUED), not_before=now, state_at=now)
            )
            rows = (await connection.execute(again)).rowcount
            if not rows:
                raise Stale(f"{alert.reference} has no uncertain delivery")
            await move_alert(connection, alert, AlertStatus.SENDING, now, finished_at=None, reported_at=None)
            skipped = await skip_orphans(connection, deliveries.c.alert_id == alert_id, now)
            await finish_alerts(connection, {alert_id}, now)
            actor = in_chat(by) if by is not None else ADMINISTRATOR
            found = await find_alert(connection, alert_id)
            await self._note(connection, Act.ALERT_SENT_AGAIN, actor, alert, found, recipients=rows - skipped)
        self._on_queued()
        return rows - skipped

    async def close_expired(self) -> None:
        """Close sent alerts whose expiry has passed."""
        now = self._clock.now()
        over = select(alerts).where(IS_LIVE, alerts.c.status == AlertStatus.SENT.value, alerts.c.expires_at <= now)
        async with self._store.reading() as connection:
            if (await connection.execute(over.limit(1))).first() is None:
                return
        async with self._store.writing() as connection:
            for alert in [Alert.from_row(row) for row in (await connection.execute(over)).all()]:
                await move_alert(connection, alert, AlertStatus.CLOSED, now)
                closed = await find_alert(connection, alert.id)
                await self._note(connection, Act.ALERT_CLOSED, THE_BOT, alert, closed)

    async def note_expired(self, connection: AsyncConnection, alert_id: int) -> None:
        """Put into the record that an alert ran out while it was being sent, in the transaction that ends it."""
        expired = await find_message(connection, alert_id)
        if expired.kind.is_live:
            await self._note(connection, Act.ALERT_EXPIRED, THE_BOT, None, expired)

    async def note_progress_message(self, alert_id: int, message_id: int) -> None:
        """Keep which message in the author's chat shows the progress."""
        async with self._store.writing() as connection:
            await update_alert(connection, alert_id, progress_message_id=message_id)

    async def note_reported(self, alert_id: int) -> None:
        """Keep that the author has the final report."""
        async with self._store.writing() as connection:
            await update_alert(connection, alert_id, reported_at=self._clock.now())


def actor_for(origin: str, author: int | None) -> Actor:
    """Name who acts, for the record, by the door through which an alert comes."""
    if origin in DOORS:
        return Actor(author, DOORS[origin])
    return in_chat(author) if author is not None else THE_BOT
