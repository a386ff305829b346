"""What every use case of the desk works with: the store, the clock, the record, the rule, and the ways out."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import THE_BOT, Act, Actor
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.delivery.endings import finish_alerts
from alerts.errors import Changed, InvalidInput, NotAllowed, Stale
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.people.rights import may
from alerts.people.roster import Person
from alerts.publishing.alert import MOVES, Alert, AlertKind, AlertStatus
from alerts.publishing.approvals import USUAL, Rule, Verdict, approvers_of, lapse, name_of
from alerts.publishing.audience import write_missed, write_rows
from alerts.publishing.content import check_whole
from alerts.publishing.follow_up import carry_out, count_recipients, note_change
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.record import find_alert, move_alert
from alerts.publishing.reviews import Task, ask_for_review
from alerts.publishing.succession import copied, targets_of, waiting_on
from alerts.publishing.versions import Part, Version, find_version, versions_of
from alerts.store import Store
from alerts.subscribers.sectors import Directory

Interrupt = Callable[[AsyncConnection, Alert, datetime], Awaitable[None]]


class Bench:
    """What the use cases of an alert share.

    Args:
        store: the database.
        clock: the source of time.
        trail: the record.
        directory: the sectors and regions there are.
        on_queued: called after rows were written, so that the dispatcher need not wait for its next look.
        rule: how many people it takes to send.
        interrupt: called in the transaction in which an alert goes out; it stops what must not run beside it.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        trail: Trail,
        directory: Directory,
        on_queued: Callable[[], None] = lambda: None,
        rule: Rule = USUAL,
        interrupt: Interrupt | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._codes = CheckCodes(trail.key)
        self._directory = directory
        self._on_queued = on_queued
        self._rule = rule
        self._interrupt = interrupt

    def nudge(self) -> None:
        """Say that rows were written by a transaction around `issue_within`, now that it is committed."""
        self._on_queued()

    async def _note(
        self,
        connection: AsyncConnection,
        act: Act,
        by: Actor,
        before: Alert | None,
        after: Alert,
        *,
        whom: int | None = None,
        **facts: object,
    ) -> None:
        """Put an act into the record: whole texts are named by their hash, and stand in `alert_versions`."""
        said = {"status": after.status.value, "revision": after.revision, "sha256": Version.of(after).sha256}
        was = {"status": before.status.value, "revision": before.revision} if before else None
        now, subject = self._clock.now(), f"alert {after.id}"
        await self._trail.note(connection, act, by, now, subject=subject, whom=whom, before=was, after=said | facts)

    async def _submit(self, connection: AsyncConnection, draft: Alert, by: Actor) -> tuple[Alert, int]:
        """Lay a draft before everybody who may approve it, and give the number of those whom it would reach."""
        now = self._clock.now()
        recipients = await self._check_ready(connection, draft)
        await move_alert(connection, draft, AlertStatus.SUBMITTED, now)
        submitted = await find_alert(connection, draft.id)
        approvers = await approvers_of(connection, submitted)
        await ask_for_review(connection, draft.id, approvers, Task.APPROVE)
        await self._note(connection, Act.ALERT_SUBMITTED, by, draft, submitted, approvers=len(approvers))
        return submitted, recipients

    async def _release(self, connection: AsyncConnection, alert: Alert, word: Verdict, by: Actor) -> tuple[Alert, int]:
        """Let an alert go out: now, or at the moment that its author wants."""
        if alert.send_at is None or alert.send_at <= self._clock.now():
            return await self._send(connection, alert, word, by)
        recipients = await self._check_ready(connection, alert)
        await move_alert(connection, alert, AlertStatus.SCHEDULED, self._clock.now())
        scheduled = await find_alert(connection, alert.id)
        due: dict[str, Any] = {"send_at": alert.send_at.isoformat(), "word": word.value}
        await self._note(connection, Act.ALERT_SCHEDULED, by, alert, scheduled, **due)
        return scheduled, recipients

    async def _send(self, connection: AsyncConnection, alert: Alert, word: Verdict, by: Actor) -> tuple[Alert, int]:
        """Write a row for each recipient; from then on the dispatcher has it."""
        now = self._clock.now()
        severity = check_whole(alert, now)
        marking = alert.audience.marking.value
        await move_alert(connection, alert, AlertStatus.SENDING, now, sending_at=now, marking=marking)
        if alert.change is None:
            recipients = await write_rows(connection, alert.id, alert.audience, severity.lane, now)
            await write_missed(connection, alert.id, alert.audience, severity.lane, now)
        else:
            earlier = await targets_of(connection, alert.id)
            recipients = await carry_out(connection, alert, alert.change, now)
            for late in await waiting_on(connection, [one.id for one in earlier]):
                passed = InvalidInput("superseded", f"{alert.reference} took the place of what this would change")
                await self._back_to_draft(connection, late, passed)
        _refuse_nobody(alert, recipients)
        await finish_alerts(connection, {alert.id}, now)
        if self._interrupt is not None:
            await self._interrupt(connection, alert, now)
        sent = await find_alert(connection, alert.id)
        await self._codes.keep(connection, (await copied(connection, sent)).text)
        if alert.change is not None:
            await note_change(connection, self._trail, sent, alert.change, recipients, by, now)
        await self._note(connection, Act.ALERT_SENT, by, alert, sent, recipients=recipients, word=word.value)
        return sent, recipients

    async def _back_to_draft(self, connection: AsyncConnection, alert: Alert, problem: InvalidInput) -> None:
        """Make an alert that waits and cannot go out its author's draft again; they, or the owners, are told why."""
        now = self._clock.now()
        await move_alert(connection, alert, AlertStatus.DRAFT, now)
        await lapse(connection, alert.id, now)
        draft = await find_alert(connection, alert.id)
        await self._tell(connection, draft, NoticeKind.ALERT_NOT_SENT, None, problem=problem.problem)
        await self._note(connection, Act.ALERT_WITHDRAWN, THE_BOT, alert, draft, problem=problem.problem)

    async def _check_ready(self, connection: AsyncConnection, alert: Alert) -> int:
        """Refuse what could not go out now; else nobody would learn of it before a second person has looked."""
        check_whole(alert, self._clock.now())
        recipients = await count_recipients(connection, alert)
        _refuse_nobody(alert, recipients)
        return recipients

    async def _own(self, connection: AsyncConnection, alert_id: int, author: int) -> Alert:
        """Give an alert to who wrote it, while it can be made another text."""
        alert = await find_alert(connection, alert_id)
        if alert.author != author:
            raise NotAllowed("this draft belongs to another officer")
        if alert.status is not AlertStatus.DRAFT and AlertStatus.DRAFT not in MOVES[alert.status]:
            raise Stale(f"this alert is {alert.status} already")
        return alert

    async def _own_draft(self, connection: AsyncConnection, alert_id: int, author: int) -> Alert:
        draft = await self._own(connection, alert_id, author)
        if draft.status is not AlertStatus.DRAFT:
            raise Stale(f"this alert is {draft.status} already")
        return draft

    async def _check_revision(self, connection: AsyncConnection, alert: Alert, seen: int) -> None:
        """Refuse to act on a text that the caller has not seen, and say who has changed what since.

        Raises:
            Changed: it is another text now.
        """
        if alert.revision == seen:
            return
        before = await find_version(connection, alert.id, seen)
        parts = Version.of(alert).differs(before) if before else tuple(Part)
        kept = await versions_of(connection, alert.id)
        who = kept[-1].who if kept else None
        what = ", ".join(parts) or "it was saved again"
        name = await name_of(connection, who)
        raise Changed(f"{alert.reference} has changed since it was shown: {what}", parts, who, name)

    async def _tell(
        self, connection: AsyncConnection, alert: Alert, kind: NoticeKind, by: int | None, **details: Any
    ) -> None:
        """Tell the author what became of an alert, or the owners where it has none; whoever did it knows."""
        told = [alert.author] if alert.author else await owners_of(connection)
        facts = {"alert": alert.id, "reference": alert.reference, "headline": alert.headline}
        name = await name_of(connection, by)
        who = {"by": by, "name": name}
        await leave_notice(
            connection, [one for one in told if one != by], kind, self._clock.now(), **facts, **who, **details
        )


def check_mover(officer: Person, alert: Alert, status: AlertStatus) -> None:
    """Hold a move against the table: what it allows, and the right that it needs of a person.

    Raises:
        Stale: the alert cannot be moved there from where it is.
        NotAllowed: the person lacks the right.
    """
    if status not in MOVES[alert.status]:
        raise Stale(f"this alert is {alert.status} already")
    right = MOVES[alert.status][status]
    if right is None or not may(officer.role, right):
        raise NotAllowed(f"you may not make an alert {status}")


def _refuse_nobody(alert: Alert, recipients: int) -> None:
    if not recipients and alert.kind is AlertKind.ADHOC:
        raise InvalidInput("nobody", "nobody would receive this alert: no active subscriber is in its audience")
