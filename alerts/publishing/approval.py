"""Letting an alert out: submitted by its author, approved or returned by a second person, or on one officer's word."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import ADMINISTRATOR, Act, in_chat
from alerts.delivery.hold import Hold, held
from alerts.errors import InvalidInput, Stale
from alerts.people.notices import NoticeKind, holders_of, leave_notice, owners_of
from alerts.people.rights import Right
from alerts.people.roster import Person, reread
from alerts.publishing.alert import Alert, AlertStatus, Severity
from alerts.publishing.approvals import (
    HOUR,
    STOPPABLE,
    Approval,
    Verdict,
    approvers_of,
    broken_since,
    keep_verdict,
    name_of,
    reaching,
    verdicts_of,
)
from alerts.publishing.bench import Bench, check_mover
from alerts.publishing.offers import drop_offer
from alerts.publishing.record import find_alert, move_alert
from alerts.publishing.reviews import (
    Review,
    ReviewState,
    Task,
    ask_for_review,
    find_review,
    note_review,
    open_reviews,
    settle,
    unreached,
)
from alerts.publishing.scope import check_scope
from alerts.publishing.versions import Version, find_version, writers_of
from alerts.text import check_length

REASON_LIMIT = 500
"""UTF-16 units of the reason for which an alert is returned."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert stands with those who may let it out.

    Attributes:
        author: the name of who wrote it, "" where nobody can be named.
        approvers: the names of those who may approve it now and could be asked; "" for one without a name.
        unreached: the names of those of them who were asked and could not be written to; they may approve all the same.
        verdicts: what was said of it, oldest first.
        may_break_glass: one officer could send it on their own word.
        goes_at: when a broken glass sends it, None else.
        hold: what keeps it from going out while it is released, None else.
    """

    alert: Alert
    author: str
    approvers: tuple[str, ...]
    verdicts: tuple[Approval, ...]
    may_break_glass: bool
    goes_at: datetime | None
    unreached: tuple[str, ...] = ()
    hold: Hold | None = None

    @property
    def word(self) -> Approval | None:
        """The word on which it goes out or went out, None while there is none."""
        said = [one for one in self.verdicts if one.verdict is not Verdict.RETURNED and one.lapsed_at is None]
        return said[-1] if said else None


class Approving(Bench):
    """The use cases of approving."""

    async def needs_second_person(self) -> bool:
        """Tell whether the two-person rule binds now."""
        async with self._store.reading() as connection:
            return await self.binds(connection)

    async def binds(self, connection: AsyncConnection) -> bool:
        """Tell the same inside a transaction."""
        return await self._rule.binds(connection)

    async def confirm(self, alert_id: int, revision: int, officer: Person) -> tuple[Alert, int]:
        """Say that a draft is done: it is submitted, or sent at once while nobody else could approve it.

        Args:
            alert_id: the draft.
            revision: the one that the officer saw in the preview.
            officer: who wrote it.

        Returns:
            The alert, whose status says which of the two, and the number of its recipients.

        Raises:
            Changed: it is another text than the officer saw.
            Stale: it is no draft any more.
            InvalidInput: a part is missing, its expiry has passed, or nobody would receive it.
            NotAllowed: the audience lies outside the officer's sectors.
        """
        by = in_chat(officer.user_id)
        async with self._store.writing() as connection:
            officer = await reread(connection, officer)
            draft = await self._own_draft(connection, alert_id, officer.user_id)
            await self._check_revision(connection, draft, revision)
            check_scope(officer, draft.audience)
            check_mover(officer, draft, AlertStatus.SUBMITTED)
            await drop_offer(connection, alert_id)
            if await self._rule.binds(connection):
                return await self._submit(connection, draft, by)
            await keep_verdict(connection, draft, Verdict.ONE, officer.user_id, self._clock.now())
            sent = await self._release(connection, draft, Verdict.ONE, by)
        self._on_queued()
        return sent

    async def approve(self, alert_id: int, revision: int, officer: Person) -> tuple[Alert, int]:
        """Let out what somebody else has written: from then on it is sent, or waits for its time.

        Raises:
            NotAllowed: they may not approve, or not for these sectors.
            InvalidInput: they wrote it, or any of it; or it cannot go out any more.
            Changed: it is another text than they saw.
            Stale: it does not wait for approval any more.
        """
        now, by = self._clock.now(), in_chat(officer.user_id)
        async with self._store.writing() as connection:
            officer = await reread(connection, officer)
            alert = await find_alert(connection, alert_id)
            await self._check_reviewer(connection, alert, revision, officer, AlertStatus.APPROVED)
            await move_alert(connection, alert, AlertStatus.APPROVED, now)
            await keep_verdict(connection, alert, Verdict.TWO, officer.user_id, now)
            approved = await find_alert(connection, alert_id)
            await settle(connection, alert_id, officer.user_id, Task.APPROVE)
            await self._tell(connection, approved, NoticeKind.ALERT_APPROVED, officer.user_id)
            await self._note(connection, Act.ALERT_APPROVED, by, alert, approved)
            sent = await self._release(connection, approved, Verdict.TWO, by)
        self._on_queued()
        return sent

    async def give_back(self, alert_id: int, revision: int, officer: Person | None, reason: str) -> Alert:
        """Return an alert to its author with a reason.

        The command line, for which no officer is named, may do so too: it lets nothing out (docs/decisions/0029).

        Raises what `approve` does, and `InvalidInput` without a reason or where no person wrote it.
        """
        by, user_id = (in_chat(officer.user_id), officer.user_id) if officer else (ADMINISTRATOR, None)
        now, reason = self._clock.now(), reason.strip()
        if not reason:
            raise InvalidInput("reason-empty", "an alert is returned with a reason")
        check_length(reason, REASON_LIMIT, "reason-too-long", "the reason")
        async with self._store.writing() as connection:
            officer = await reread(connection, officer) if officer else None
            alert = await find_alert(connection, alert_id)
            if officer is not None:
                await self._check_reviewer(connection, alert, revision, officer, AlertStatus.REJECTED)
                await settle(connection, alert_id, officer.user_id, Task.APPROVE)
            else:
                await self._check_returnable(connection, alert, revision)
            await move_alert(connection, alert, AlertStatus.REJECTED, now)
            await keep_verdict(connection, alert, Verdict.RETURNED, user_id, now, reason)
            returned = await find_alert(connection, alert_id)
            await self._tell(connection, returned, NoticeKind.ALERT_RETURNED, user_id, reason=reason)
            await self._note(connection, Act.ALERT_RETURNED, by, alert, returned)
        return returned

    async def break_glass(self, alert_id: int, revision: int, officer: Person, phrase: str) -> Alert:
        """Send a critical alert on one officer's word: it goes out after the seconds in which anybody can stop it.

        Raises:
            NotAllowed: it is another officer's, or beyond their sectors, or they may not approve anything.
            InvalidInput: the setting is off, it is not critical, the phrase is another, or the hour's cap is reached.
            Changed: it is another text than they saw.
            Stale: it does not wait for approval.
        """
        now, by = self._clock.now(), in_chat(officer.user_id)
        async with self._store.writing() as connection:
            officer = await reread(connection, officer)
            alert = await self._own(connection, alert_id, officer.user_id)
            check_mover(officer, alert, AlertStatus.APPROVED)
            check_scope(officer, alert.audience)
            await self._check_revision(connection, alert, revision)
            if not self._rule.break_glass or alert.severity is not Severity.CRITICAL:
                raise InvalidInput("break-glass-off", "this alert needs a second person")
            if " ".join(phrase.split()).casefold() != glass_phrase(alert).casefold():
                raise InvalidInput("break-glass-phrase", f"write: {glass_phrase(alert)}", phrase=glass_phrase(alert))
            if await broken_since(connection, now - HOUR) >= self._rule.breaks_an_hour:
                most = self._rule.breaks_an_hour
                raise InvalidInput("break-glass-cap", f"at most {most} an hour go out on one person's word", most=most)
            await self._check_ready(connection, alert)
            await move_alert(connection, alert, AlertStatus.APPROVED, now)
            await keep_verdict(connection, alert, Verdict.BREAK_GLASS, officer.user_id, now)
            begun = await find_alert(connection, alert_id)
            told = {*await reaching(connection, Right.STOP, alert.audience)}
            told |= {*await holders_of(connection, Right.MANAGE_PEOPLE)}
            await ask_for_review(connection, alert_id, sorted(told - {officer.user_id}), Task.STOP)
            await self._note(connection, Act.BREAK_GLASS_BEGUN, by, alert, begun, told=len(told - {officer.user_id}))
        return begun

    async def standing(self, alert_id: int) -> Standing:
        """Tell how an alert stands with those who may let it out. Raises `NotFound`."""
        async with self._store.reading() as connection:
            alert = await find_alert(connection, alert_id)
            verdicts = await verdicts_of(connection, alert_id)
            missed = set(await unreached(connection, alert_id, Task.APPROVE))
            asked = await approvers_of(connection, alert)
            approvers = [await name_of(connection, one) for one in asked if one not in missed]
            lost = [await name_of(connection, one) for one in asked if one in missed]
            author = await name_of(connection, alert.author)
            hold = await held(connection) if alert.status is AlertStatus.SENDING else None
        is_open = alert.status is AlertStatus.SUBMITTED and alert.severity is Severity.CRITICAL
        breaks = self._rule.break_glass and is_open
        said = Standing(alert, author, tuple(approvers), tuple(verdicts), breaks, None, tuple(lost), hold)
        is_broken = alert.status is AlertStatus.APPROVED and said.word is not None
        return replace(said, goes_at=said.word.at + STOPPABLE) if is_broken and said.word else said

    async def may_approve(self, alert_id: int, officer: Person) -> bool:
        """Tell whether somebody may approve an alert: they wrote none of it, and it lies within their sectors."""
        async with self._store.reading() as connection:
            return officer.user_id in await approvers_of(connection, await find_alert(connection, alert_id))

    async def open_reviews(self) -> list[Review]:
        """Give everybody who is still to be shown an alert, or to learn what became of one."""
        async with self._store.reading() as connection:
            return await open_reviews(connection)

    async def review(self, alert_id: int, user_id: int, task: Task) -> Review | None:
        """Give somebody's look at an alert, None when they were never asked."""
        async with self._store.reading() as connection:
            return await find_review(connection, alert_id, user_id, task)

    async def seen(self, review: Review) -> Version | None:
        """Give the text that somebody has seen last, None before the first time."""
        if review.seen_revision is None:
            return None
        async with self._store.reading() as connection:
            return await find_version(connection, review.alert_id, review.seen_revision)

    async def note_review(
        self, review: Review, state: ReviewState, revision: int | None = None, shown: tuple[int, ...] = ()
    ) -> None:
        """Keep what somebody was shown, and in which messages."""
        async with self._store.writing() as connection:
            await note_review(connection, review, state, revision, shown)

    async def note_unreached(self, review: Review) -> None:
        """Keep that somebody cannot be asked; when nobody who was could be, the author and the owners are told."""
        async with self._store.writing() as connection:
            await note_review(connection, review, ReviewState.UNREACHED, None, ())
            alert = await find_alert(connection, review.alert_id)
            if review.task is not Task.APPROVE or alert.status is not AlertStatus.SUBMITTED:
                return
            missed = await unreached(connection, alert.id, Task.APPROVE)
            if set(await approvers_of(connection, alert)) <= set(missed):
                author = () if alert.author is None else (alert.author,)
                told = [one for one in (*author, *await owners_of(connection)) if one not in missed]
                facts = {"alert": alert.id, "reference": alert.reference, "headline": alert.headline}
                names = [await name_of(connection, one) for one in missed]
                kind, now = NoticeKind.ALERT_NOBODY_REACHED, self._clock.now()
                await leave_notice(connection, told, kind, now, **facts, names=names)

    async def _check_reviewer(
        self, connection: AsyncConnection, alert: Alert, revision: int, officer: Person, verdict: AlertStatus
    ) -> None:
        if officer.user_id in await writers_of(connection, alert):
            raise InvalidInput("own-alert", "who wrote an alert, or any of it, may not approve it")
        check_scope(officer, alert.audience)
        check_mover(officer, alert, verdict)
        await self._check_revision(connection, alert, revision)

    async def _check_returnable(self, connection: AsyncConnection, alert: Alert, revision: int) -> None:
        """Refuse what waits for nobody, or has nobody to go back to: only its author can change a returned alert."""
        if alert.status is not AlertStatus.SUBMITTED:
            raise Stale(f"{alert.reference} is {alert.status} and waits for nobody's approval")
        if not alert.author:
            raise InvalidInput("return-nobody", "no person wrote it, so it can go back to nobody: cancel it instead")
        await self._check_revision(connection, alert, revision)


def glass_phrase(alert: Alert) -> str:
    """Give the words that an officer types to send an alert on their own word."""
    return f"send {alert.reference} on my word"
