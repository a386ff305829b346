"""The desk: every alert is written, confirmed, stopped and followed here, whatever door it came through."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.delivery.endings import finish_alerts, skip_alert, skip_orphans
from alerts.delivery.report import DeliveryReport, read_report
from alerts.delivery.states import DeliveryState, as_state
from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, AlertKind, AlertStatus, Audience, Severity
from alerts.publishing.attachment import Attachment
from alerts.publishing.audience import count_members, write_rows
from alerts.publishing.checks import check_body, check_expiry, check_headline
from alerts.publishing.markup import read_html
from alerts.publishing.record import (
    attachment_columns,
    find_alert,
    insert_alert,
    keep_upload,
    move_alert,
    update_alert,
)
from alerts.publishing.scope import check_scope
from alerts.store import Store
from alerts.store.tables import alerts, deliveries
from alerts.subscribers.sectors import Directory


@dataclass(frozen=True, slots=True)
class Content:
    """What an alert says and to whom, before it has an author or a life.

    `upload` holds the bytes of an attachment that Telegram does not have yet.
    """

    headline: str
    body: str
    severity: Severity
    expires_at: datetime
    audience: Audience = field(default_factory=Audience)
    kind: AlertKind = AlertKind.ADHOC
    attachment: Attachment | None = None
    upload: bytes = b""


class Desk:
    """The use cases of an alert.

    Args:
        store: the database.
        clock: the source of time.
        trail: the record.
        directory: the sectors and regions there are.
        on_queued: called after rows were written, so that the dispatcher need not wait for its next look.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        trail: Trail,
        directory: Directory,
        on_queued: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._directory = directory
        self._on_queued = on_queued

    def nudge(self) -> None:
        """Say that rows were written by a transaction around `issue_within`, now that it is committed."""
        self._on_queued()

    async def find(self, alert_id: int) -> Alert:
        """Give an alert.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._store.reading() as connection:
            return await find_alert(connection, alert_id)

    async def newest(self, limit: int, offset: int = 0) -> list[tuple[Alert, int]]:
        """List alerts, newest first, each with the number of its recipients."""
        recipients = select(func.count()).where(deliveries.c.alert_id == alerts.c.id).scalar_subquery()
        statement = select(alerts, recipients.label("recipients")).order_by(alerts.c.id.desc())
        async with self._store.reading() as connection:
            rows = (await connection.execute(statement.limit(limit).offset(offset))).all()
        return [(Alert.from_row(row), row.recipients) for row in rows]

    async def received(self, reference: str, chat_id: int) -> Alert:
        """Give the alert of this reference, if this chat is one of its recipients.

        Raises:
            NotFound: there is none, or it is not for this chat; the two are not told apart.
        """
        is_theirs = exists().where(deliveries.c.alert_id == alerts.c.id, deliveries.c.chat_id == chat_id)
        statement = select(alerts).where(alerts.c.reference == reference.upper(), is_theirs)
        async with self._store.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise NotFound(f"there is no alert {reference} for this chat")
        return Alert.from_row(row)

    async def newest_draft(self, author: int) -> Alert | None:
        """Give the draft that an officer began last, None when there is none."""
        mine = (alerts.c.author == author) & (alerts.c.status == AlertStatus.DRAFT.value)
        async with self._store.reading() as connection:
            row = (await connection.execute(select(alerts).where(mine).order_by(alerts.c.id.desc()).limit(1))).first()
        return Alert.from_row(row) if row else None

    async def start_draft(self, author: int) -> Alert:
        """Open an empty draft."""
        values = {
            "kind": AlertKind.ADHOC.value,
            "status": AlertStatus.DRAFT.value,
            "author": author,
            "origin": "chat",
            "created_at": self._clock.now(),
        }
        async with self._store.writing() as connection:
            return await insert_alert(connection, values)

    async def revise(self, alert_id: int, author: int, **changes: Any) -> Alert:
        """Change parts of a draft.

        The parts are `headline`, `body` (HTML), `severity`, `sectors`, `regions`, `expires_at`, and `attachment`, which
        Telegram has already.

        Raises:
            InvalidInput: a part cannot be used; the draft is as it was.
            Stale: it is no draft any more.
        """
        values: dict[str, Any] = {}
        for part, value in changes.items():
            values |= attachment_columns(value) if part == "attachment" else {part: self._checked(part, value)}
        async with self._store.writing() as connection:
            draft = await self._own_draft(connection, alert_id, author)
            await update_alert(connection, draft.id, revision=draft.revision + 1, **values)
            return await find_alert(connection, alert_id)

    async def discard(self, alert_id: int, author: int) -> None:
        """Throw a draft away; it stays on record as cancelled.

        Raises:
            Stale: it is no draft any more.
        """
        async with self._store.writing() as connection:
            draft = await self._own_draft(connection, alert_id, author)
            await move_alert(connection, draft, AlertStatus.CANCELLED, self._clock.now(), ended_by=author)

    async def count_recipients(self, audience: Audience) -> int:
        """Count who would receive an alert now."""
        async with self._store.reading() as connection:
            return await count_members(connection, audience)

    async def confirm(self, alert_id: int, revision: int, officer: Person) -> tuple[Alert, int]:
        """Send a draft: in one transaction it gets its reference and a row for each recipient.

        Args:
            alert_id: the draft.
            revision: the one that the officer saw in the preview.
            officer: who confirms.

        Returns:
            The alert and the number of its recipients.

        Raises:
            Stale: the draft was changed or sent since the preview.
            InvalidInput: a part is missing, its expiry has passed, or nobody would receive it.
            NotAllowed: the audience lies outside the officer's sectors.
        """
        async with self._store.writing() as connection:
            draft = await self._own_draft(connection, alert_id, officer.user_id)
            if draft.revision != revision:
                raise Stale("the draft has changed since this preview")
            check_scope(officer, draft.audience)
            sent = await self._send(connection, draft)
        self._on_queued()
        return sent

    async def issue(self, content: Content, *, origin: str, author: Person | None = None) -> tuple[Alert, int]:
        """Write an alert and send it, in one transaction.

        Raises:
            InvalidInput: a part cannot be used, or nobody would receive it; nothing was written.
            UnknownCode: a sector or region is not in the directory.
            NotAllowed: the audience lies outside the officer's sectors.
        """
        if author is not None:
            check_scope(author, content.audience)
        async with self._store.writing() as connection:
            sent = await self.issue_within(
                connection, content, origin=origin, author=author.user_id if author else None
            )
        self._on_queued()
        return sent

    async def issue_within(
        self, connection: AsyncConnection, content: Content, *, origin: str, author: int | None = None
    ) -> tuple[Alert, int]:
        """Write an alert and send it inside the caller's transaction; for the rest like `issue`."""
        values = {
            "kind": content.kind.value,
            "status": AlertStatus.DRAFT.value,
            "severity": content.severity.value,
            "headline": check_headline(content.headline),
            "body": check_body(read_html(content.body)),
            "sectors": self._checked("sectors", content.audience.sectors),
            "regions": self._checked("regions", content.audience.regions),
            "expires_at": content.expires_at,
            "author": author,
            "origin": origin,
            "created_at": self._clock.now(),
            **attachment_columns(content.attachment),
        }
        alert = await insert_alert(connection, values)
        if content.upload:
            await keep_upload(connection, alert.id, content.upload)
        return await self._send(connection, alert)

    async def cancel(self, alert_id: int, by: int | None) -> Alert:
        """Stop an alert that is being sent: what is unsent stays unsent.

        Raises:
            Stale: it is not being sent.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            alert = await find_alert(connection, alert_id)
            if alert.status not in {AlertStatus.SENDING, AlertStatus.DRAFT}:
                raise Stale(f"alert {alert_id} is {alert.status}, so there is nothing to stop")
            await skip_alert(connection, alert_id, "cancelled", now)
            await move_alert(connection, alert, AlertStatus.CANCELLED, now, ended_by=by)
            return await find_alert(connection, alert_id)

    async def send_uncertain_again(self, alert_id: int) -> int:
        """Queue again the rows that may not have arrived, and give their number; who has left meanwhile is skipped.

        Raises:
            Stale: the alert is over, or has no such row.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            alert = await find_alert(connection, alert_id)
            if alert.status is not AlertStatus.SENT or alert.expires_at is None or alert.expires_at <= now:
                raise Stale(f"alert {alert_id} is not in force any more")
            again = (
                update(deliveries)
                .where(deliveries.c.alert_id == alert_id, deliveries.c.state == DeliveryState.UNCERTAIN.value)
                .values(**as_state(DeliveryState.QUEUED), not_before=now, state_at=now)
            )
            rows = (await connection.execute(again)).rowcount
            if not rows:
                raise Stale(f"alert {alert_id} has no uncertain delivery")
            await update_alert(
                connection, alert_id, status=AlertStatus.SENDING.value, finished_at=None, reported_at=None
            )
            skipped = await skip_orphans(connection, deliveries.c.alert_id == alert_id, now)
            await finish_alerts(connection, {alert_id}, now)
        self._on_queued()
        return rows - skipped

    async def report(self, alert_id: int) -> tuple[Alert, DeliveryReport]:
        """Give an alert and what became of it.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._store.reading() as connection:
            return await find_alert(connection, alert_id), await read_report(connection, alert_id)

    async def close_expired(self) -> None:
        """Close sent alerts whose expiry has passed."""
        now = self._clock.now()
        over = (alerts.c.status == AlertStatus.SENT.value) & (alerts.c.expires_at <= now)
        async with self._store.writing() as connection:
            await connection.execute(update(alerts).where(over).values(status=AlertStatus.CLOSED.value))

    async def unreported(self) -> list[Alert]:
        """Give alerts with an author waiting for progress or the final report."""
        waiting = (
            select(alerts)
            .where(alerts.c.author.is_not(None), alerts.c.reported_at.is_(None), alerts.c.sending_at.is_not(None))
            .order_by(alerts.c.id)
        )
        async with self._store.reading() as connection:
            return [Alert.from_row(row) for row in (await connection.execute(waiting)).all()]

    async def note_progress_message(self, alert_id: int, message_id: int) -> None:
        """Keep which message in the author's chat shows the progress."""
        async with self._store.writing() as connection:
            await update_alert(connection, alert_id, progress_message_id=message_id)

    async def note_reported(self, alert_id: int) -> None:
        """Keep that the author has the final report."""
        async with self._store.writing() as connection:
            await update_alert(connection, alert_id, reported_at=self._clock.now())

    async def _own_draft(self, connection: AsyncConnection, alert_id: int, author: int) -> Alert:
        alert = await find_alert(connection, alert_id)
        if alert.author != author:
            raise NotAllowed("this draft belongs to another officer")
        if alert.status is not AlertStatus.DRAFT:
            raise Stale(f"this alert is {alert.status} already")
        return alert

    async def _send(self, connection: AsyncConnection, draft: Alert) -> tuple[Alert, int]:
        now = self._clock.now()
        if not (draft.headline and draft.body and draft.severity and draft.expires_at):
            raise InvalidInput(
                "incomplete", "the alert is not complete: headline, text, severity and expiry are needed"
            )
        check_expiry(draft.expires_at, now)
        await move_alert(connection, draft, AlertStatus.SENDING, now, sending_at=now)
        recipients = await write_rows(connection, draft.id, draft.audience, draft.severity.lane, now)
        if not recipients and draft.kind is AlertKind.ADHOC:
            raise InvalidInput("nobody", "nobody would receive this alert: no active subscriber is in its audience")
        await finish_alerts(connection, {draft.id}, now)
        return await find_alert(connection, draft.id), recipients

    def _checked(self, part: str, value: Any) -> Any:
        match part:
            case "headline":
                return check_headline(value)
            case "body":
                return check_body(read_html(value))
            case "severity":
                return Severity(value).value
            case "sectors":
                self._directory.check_sectors(value)
                return sorted(set(value))
            case "regions":
                return sorted({self._directory.region(code).code for code in value})
            case "expires_at":
                return check_expiry(value, self._clock.now())
            case _:
                raise TypeError(f"a draft has no part named {part}")
