"""Takes documents in: each becomes an alert at once, or waits for an officer, in one transaction with its record."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, Actor, Door
from alerts.audit.trail import Trail
from alerts.cap.message import MessageStatus, MessageType
from alerts.clock import Clock
from alerts.errors import BadDocument
from alerts.intake.judgement import check_submission, expiry_of, marked_as, objections
from alerts.intake.record import (
    AT_ONCE,
    HOUR,
    Kept,
    Logged,
    count_since,
    digest_of,
    find_kept,
    find_referred,
    forget_documents,
    keep,
    newest,
    note_followed,
)
from alerts.intake.source import Source, SourceKind
from alerts.intake.sources import demand_source
from alerts.intake.submission import (
    Conflict,
    Objection,
    Outcome,
    Receipt,
    Submission,
    TooOften,
    Worded,
    Wording,
)
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.publishing.alert import Alert, AlertStatus, Change, Severity
from alerts.publishing.approvals import Verdict
from alerts.publishing.audience import count_members
from alerts.publishing.desk import Content, Desk
from alerts.publishing.incoming import Incoming
from alerts.publishing.incoming_item import IDENTIFIER_LIMIT, Item
from alerts.publishing.marking import Marking
from alerts.publishing.record import find_alert
from alerts.publishing.succession import has_readers, heads_of, stop_within
from alerts.store import Store
from alerts.text import digest_of_texts

ORIGIN = "intake"
"""The origin of every alert that goes out at once for a source."""

TAKEN_PER_HOUR = 300
"""Documents of one source that are taken in an hour, drafts and all; a feed is limited by how often it is read."""

DOCUMENTS_KEPT = timedelta(days=30)

OBEYED = frozenset({Outcome.SENT, Outcome.STOPPED, Outcome.WITHDRAWN})
"""What becomes of a document without an officer; everything else waits for one."""


@dataclass(frozen=True, slots=True)
class Step:
    """What was done about a document.

    Attributes:
        item: under which identifier it waits for an officer.
        alert: what went out.
        earlier: the documents that it acted on.
    """

    outcome: Outcome
    against: tuple[Objection, ...] = ()
    item: str | None = None
    alert: Alert | None = None
    earlier: tuple[Kept, ...] = ()


class Intake:
    """The use cases of documents that come in.

    Args:
        store: the database.
        clock: the source of time.
        trail: the record.
        desk: through which alerts go out.
        incoming: where everything else waits for an officer.
        wording: the words that people read.
    """

    def __init__(
        self, store: Store, clock: Clock, trail: Trail, desk: Desk, incoming: Incoming, wording: Wording
    ) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._desk = desk
        self._incoming = incoming
        self._wording = wording

    async def receive(self, source: Source, submission: Submission) -> Receipt:
        """Take a document in, once: a repetition gives the earlier receipt, and changes nothing.

        Raises:
            BadDocument: it cannot be taken; nothing was written.
            InvalidInput: its words cannot be used; nothing was written.
            Conflict: its key was used for another JSON document.
            TooOften: the source has sent far too many within the hour.
            NotFound: the source was removed meanwhile.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            source = await demand_source(connection, source.id)
            known = await find_kept(connection, source, submission.sender, submission.identifier)
            if known is not None:
                return await self._repeated(connection, source, known, submission)
            check_submission(submission, now)
            since = now - HOUR
            if source.kind is not SourceKind.FEED and await count_since(connection, source, since) >= TAKEN_PER_HOUR:
                raise TooOften(
                    f"{TAKEN_PER_HOUR} documents an hour are taken from one source", int(HOUR.total_seconds())
                )
            submission = replace(submission, marking=submission.marking or source.marking)
            against = objections(submission, source, now, await count_since(connection, source, since, AT_ONCE))
            step = await self._act(connection, source, submission, against)
            receipt = _receipt(submission, step)
            number = await keep(connection, source, submission, receipt, step.item, now)
            await note_followed(connection, step.earlier, number)
            await self._tell_owners(connection, source, submission, receipt)
            await self._note(connection, source, receipt)
        if step.alert is not None:
            self._desk.nudge()
        return receipt

    async def log(self, limit: int) -> list[Logged]:
        """List what was received, the newest first."""
        async with self._store.reading() as connection:
            return await newest(connection, limit)

    async def forget_old(self) -> None:
        """Erase documents that were received more than a month ago; that they came stays on record."""
        async with self._store.writing() as connection:
            await forget_documents(connection, self._clock.now() - DOCUMENTS_KEPT)

    async def _repeated(
        self, connection: AsyncConnection, source: Source, known: Kept, submission: Submission
    ) -> Receipt:
        if source.kind is SourceKind.JSON and known.digest != digest_of(submission.document):
            raise Conflict(
                f"the key {known.identifier} was used for another document: a new one needs a key of its own"
            )
        alert = await find_alert(connection, known.alert_id) if known.alert_id is not None else None
        step = Step(known.outcome, known.objections, alert=alert)
        return replace(_receipt(submission, step), sent=known.sent, is_repeated=True)

    async def _act(
        self, connection: AsyncConnection, source: Source, submission: Submission, against: tuple[Objection, ...]
    ) -> Step:
        if submission.message_type is MessageType.ALERT:
            return await self._publish(connection, source, submission, against)
        earlier = await find_referred(connection, source, submission.references)
        if not earlier or any(kept.sender != submission.sender for kept in earlier):
            raise BadDocument(
                "references",
                "references name no message that came from this source, with this sender, identifier and time",
            )
        act = self._cancel if submission.message_type is MessageType.CANCEL else self._update
        return replace(await act(connection, source, submission, against, earlier), earlier=tuple(earlier))

    async def _publish(
        self,
        connection: AsyncConnection,
        source: Source,
        submission: Submission,
        against: tuple[Objection, ...],
        replaced: Sequence[Alert] = (),
    ) -> Step:
        audience = replace(submission.audience, marking=submission.marking or Marking.GREEN)
        if not against and not await count_members(connection, audience):
            against = (Objection.NOBODY,)
        if against:
            return await self._draft(connection, source, submission, against, _item_name(submission))
        content = Content(
            headline=submission.headline,
            body=submission.body,
            severity=submission.severity,
            expires_at=expiry_of(submission, self._clock.now()),
            audience=audience,
            change=Change.UPDATE if replaced else None,
            follows=tuple(alert.id for alert in replaced),
        )
        alert = await self._issue(connection, source, content)
        return Step(Outcome.SENT, alert=alert)

    async def _update(
        self,
        connection: AsyncConnection,
        source: Source,
        submission: Submission,
        against: tuple[Objection, ...],
        earlier: Sequence[Kept],
    ) -> Step:
        """Take the place of what went out, or of what waits; an update of what waits waits in its place."""
        if any(kept.alert_id is None for kept in earlier):
            against = (*against, Objection.EARLIER_WAITS)
        if any(kept.is_cancel for kept in earlier):
            against = (*against, Objection.EARLIER_CANCELLED)
        waiting = next((kept.item for kept in earlier if kept.item), None)
        if against and waiting:
            return await self._draft(connection, source, submission, against, waiting)
        heads = await heads_of(connection, [kept.alert_id for kept in earlier if kept.alert_id is not None])
        return await self._publish(connection, source, marked_as(submission, heads), against, heads)

    async def _cancel(
        self,
        connection: AsyncConnection,
        source: Source,
        submission: Submission,
        against: tuple[Objection, ...],
        earlier: Sequence[Kept],
    ) -> Step:
        """Take back what waits; stop what is being sent, and tell those who may have it already."""
        outcome = Outcome.NOTED
        went_out: list[Alert] = []
        for kept in (kept for kept in earlier if not kept.is_cancel):
            if kept.item and await self._incoming.withdraw_within(connection, source.code, kept.item):
                outcome = Outcome.WITHDRAWN
            if kept.alert_id is not None:
                went_out.append(await find_alert(connection, kept.alert_id))
        if not went_out:
            return Step(outcome)
        said = Worded(submission.headline, submission.body)
        if against:
            worded = self._wording.cancelled(went_out[0], said)
            draft = replace(
                submission,
                headline=worded.headline,
                body=worded.body,
                severity=went_out[0].severity or submission.severity,
                audience=went_out[0].audience,
                marking=went_out[0].marking,
            )
            return await self._draft(connection, source, draft, against, _item_name(submission))
        stopped = next((alert for alert in went_out if alert.status is AlertStatus.SENDING), None)
        follow_up = None
        for alert in await heads_of(connection, [alert.id for alert in went_out]):
            follow_up = await self._take_back(connection, source, alert, said) or follow_up
        if follow_up:
            return Step(Outcome.SENT, alert=follow_up)
        return Step(Outcome.STOPPED, alert=stopped) if stopped else Step(outcome)

    async def _issue(self, connection: AsyncConnection, source: Source, content: Content) -> Alert:
        """Send at once: that an owner trusts the source to do so is the second person's word."""
        by, word = _actor(source), Verdict.STANDING
        sent = await self._desk.issue_within(connection, content, origin=ORIGIN, standing=word, by=by)
        return sent[0]

    async def _take_back(self, connection: AsyncConnection, source: Source, alert: Alert, said: Worded) -> Alert | None:
        """Stop an alert; if anybody may have it, send them a short one that it is cancelled, and give that."""
        now = self._clock.now()
        is_in_force = alert.severity is not None and alert.expires_at is not None and alert.expires_at > now
        if not is_in_force or not await has_readers(connection, alert.id):
            await stop_within(connection, alert, Change.CANCEL, now)
            await self._desk.note_stopped(connection, alert, _actor(source))
            return None
        worded = self._wording.cancelled(alert, said)
        content = Content(
            headline=worded.headline,
            body=worded.body,
            severity=alert.severity or Severity.INFORMATION,
            expires_at=alert.expires_at or now,
            audience=alert.audience,
            change=Change.CANCEL,
            follows=(alert.id,),
        )
        return await self._issue(connection, source, content)

    async def _draft(
        self,
        connection: AsyncConnection,
        source: Source,
        submission: Submission,
        against: tuple[Objection, ...],
        name: str,
    ) -> Step:
        item = Item(
            source=source.code,
            identifier=name,
            headline=submission.headline,
            body=submission.body,
            link=submission.link,
            severity=submission.severity,
            expires_at=expiry_of(submission, self._clock.now()),
            audience=submission.audience,
            is_test=submission.status in {MessageStatus.TEST, MessageStatus.EXERCISE},
            published_at=submission.sent,
            marking=submission.marking,
        )
        await self._incoming.arrive_within(connection, item)
        return Step(Outcome.DRAFT, against, item=name)

    async def _tell_owners(
        self, connection: AsyncConnection, source: Source, submission: Submission, receipt: Receipt
    ) -> None:
        """Leave the owners a notice of what was done without an officer."""
        kinds = {Outcome.SENT: NoticeKind.INTAKE_SENT, Outcome.STOPPED: NoticeKind.INTAKE_STOPPED}
        if receipt.outcome in kinds:
            details = {"source": source.name, "reference": receipt.reference or "", "headline": submission.headline}
            owners = await owners_of(connection)
            await leave_notice(connection, owners, kinds[receipt.outcome], self._clock.now(), **details)

    async def _note(self, connection: AsyncConnection, source: Source, receipt: Receipt) -> None:
        """Note what was done without an officer."""
        if receipt.outcome in OBEYED:
            by, now = _actor(source), self._clock.now()
            subject = f"alert {receipt.alert_id}" if receipt.alert_id is not None else f"source {source.code}"
            document = digest_of_texts(receipt.sender, receipt.identifier)
            after = {"outcome": receipt.outcome, "document_sha256": document}
            await self._trail.note(connection, Act.DOCUMENT_OBEYED, by, now, subject=subject, after=after)


def _actor(source: Source) -> Actor:
    return Actor(None, Door.INTAKE, source.code)


def _receipt(submission: Submission, step: Step) -> Receipt:
    return Receipt(
        outcome=step.outcome,
        sender=submission.sender,
        identifier=submission.identifier,
        sent=submission.sent,
        alert_id=step.alert.id if step.alert else None,
        reference=step.alert.reference if step.alert else None,
        objections=step.against,
    )


def _item_name(submission: Submission) -> str:
    """Name what waits by its sender and identifier; a name that is too long by its mark."""
    name = f"{submission.sender},{submission.identifier}"
    return name if len(name) <= IDENTIFIER_LIMIT else hashlib.sha256(name.encode()).hexdigest()
