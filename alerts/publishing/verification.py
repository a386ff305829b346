"""Is this message genuine? What is told of an alert to whoever asks, and to whom (docs/decisions/0031).

Whoever guesses learns nothing: tries are counted in the store, and what does not exist, what has a wrong code and what
may not be told to this person are one answer, found by the same statements.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.clock import Clock
from alerts.drills.messages import Played, played_of
from alerts.errors import CascadeError
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.publishing.alert import ENDS, Alert, AlertKind, AlertStatus, Change
from alerts.publishing.genuine import CheckCodes, digest_of
from alerts.publishing.marking import Marking
from alerts.publishing.readers import has_arrived, has_reached, is_copy_of
from alerts.publishing.record import IS_LIVE
from alerts.store import Store
from alerts.store.authority import check_codes, verify_tries
from alerts.store.outside import alert_successions
from alerts.store.tables import alerts, subscribers
from alerts.subscribers.unvetted import IS_VETTED

TRIES_AT_MOST = 10
WINDOW = timedelta(minutes=10)
"""Within it one person has so many tries."""

WRONG_TO_TELL = 5
"""After so many wrong tries within the window owners are told, once."""

_NO_CODE = "0000-0000"
_NO_DIGEST = "0" * 64


class TooManyTries(CascadeError):
    """Somebody has asked too often: they have to wait.

    Attributes:
        minutes: how long at most.
    """

    def __init__(self, minutes: int) -> None:
        super().__init__(f"there are {TRIES_AT_MOST} tries in {minutes} minutes")
        self.minutes = minutes


class Verdict(StrEnum):
    """What an alert is, seen from now."""

    IN_FORCE = "in-force"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    EXERCISE = "exercise"
    UNKNOWN = "unknown"


MEANING: dict[Verdict, str] = {
    Verdict.IN_FORCE: "it was sent by this installation and holds",
    Verdict.UPDATED: "it was sent, and a later alert has taken its place",
    Verdict.CANCELLED: "it was sent, and was stopped or taken back",
    Verdict.EXPIRED: "it was sent, and its time is over",
    Verdict.EXERCISE: "it was sent by this installation in an exercise; nothing of it is real",
    Verdict.UNKNOWN: "nothing that may be told to who asks: no such alert, a wrong code, or not their business",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What may be told to who asked.

    Attributes:
        alert: what was asked for; None when the verdict is unknown.
        may_read: whether they may see its words; else they learn that it is genuine, and its marking.
        has_other_code: they gave a code that is not the one of this alert.
        is_former: they gave a code of a text that was corrected since.
        text: the alert that has its present words: itself, or its last correction.
        later: what took its place, one after the other.
        newest: the alert that stands in its place now, as its copies read, when they may know of it.
        played: of a message of an exercise, what it is in it.
    """

    verdict: Verdict
    alert: Alert | None = None
    may_read: bool = False
    has_other_code: bool = False
    is_former: bool = False
    text: Alert | None = None
    later: tuple[Alert, ...] = ()
    newest: Alert | None = None
    played: Played | None = None


_IS_MESSAGE = alerts.c.change.is_(None) | (alerts.c.change != Change.MARK.value)
"""Marking copies is no message of its own."""

_IS_ASKED_FOR = IS_LIVE | (alerts.c.kind == AlertKind.DRILL.value)

UNKNOWN = Finding(Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Asker:
    """Who asks: a person, in the chat in which the answer will stand."""

    user_id: int
    chat_id: int


@dataclass(frozen=True, slots=True)
class _Code:
    """A code as the store knows it."""

    alert_id: int
    digest: str


class Verification:
    """The use case of asking whether a message is genuine.

    Args:
        store: the database.
        clock: the source of time.
        codes: makes check codes.
    """

    def __init__(self, store: Store, clock: Clock, codes: CheckCodes) -> None:
        self._store = store
        self._clock = clock
        self._codes = codes

    async def ask(self, user_id: int, chat_id: int, reference: str | None, code: str | None) -> Finding:
        """Tell what is known of an alert by its reference, its check code or both; each call is a try.

        Args:
            user_id: who asks.
            chat_id: where the answer will stand.
            reference: such as `C-2026-0007`, in capitals.
            code: as `read_code` gives it.

        Raises:
            TooManyTries: this person has asked too often lately; nothing was looked up.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            number = await _begin_try(connection, user_id, now)
            finding = await self._find(connection, _Asker(user_id, chat_id), reference, code, now)
            is_wrong = finding.verdict is Verdict.UNKNOWN or finding.has_other_code
            await _end_try(connection, number, user_id, now, is_wrong=is_wrong)
        return finding

    async def _find(
        self, connection: AsyncConnection, asker: _Asker, reference: str | None, code: str | None, now: datetime
    ) -> Finding:
        """Look up with the same statements whatever there is to be found."""
        known = await self._code(connection, code or _NO_CODE)
        by_reference = await _first(connection, reference or "")
        by_code = await _alert(connection, alerts.c.id == (known.alert_id if known else 0))
        is_right = self._is_right(by_code, known, code)
        found = by_code if is_right and (reference is None or by_code == by_reference) else by_reference
        has_code = is_right and found is by_code
        is_recipient, is_vetted = await _standing(connection, asker, found.id if found else 0)
        if found is None or not may_know(found, has_code=has_code, is_recipient=is_recipient, is_vetted=is_vetted):
            return UNKNOWN
        has_other_code = code is not None and not has_code
        if found.kind is AlertKind.DRILL:
            played = await played_of(connection, found.id)
            return Finding(
                Verdict.EXERCISE, found, may_read=is_recipient, has_other_code=has_other_code, text=found, played=played
            )
        later = await _later(connection, found)
        verdict, text, newest = _verdict(found, later, now)
        if newest is not None:
            has_newest, _ = await _standing(connection, asker, newest.id)
            if not may_know(newest, has_code=False, is_recipient=has_newest, is_vetted=is_vetted) and not has_newest:
                newest = None
        is_theirs = is_recipient and (text is found or await has_reached(connection, text, asker.chat_id))
        return Finding(
            verdict,
            found,
            may_read=is_theirs or found.audience.marking in {Marking.CLEAR, Marking.GREEN},
            has_other_code=has_other_code,
            is_former=has_code and known is not None and known.digest != digest_of(text),
            text=text,
            later=later,
            newest=newest,
        )

    async def _code(self, connection: AsyncConnection, code: str) -> _Code | None:
        statement = select(check_codes.c.alert_id, check_codes.c.digest).where(check_codes.c.code == code)
        row = (await connection.execute(statement)).one_or_none()
        return _Code(row.alert_id, row.digest) if row else None

    def _is_right(self, alert: Alert | None, known: _Code | None, code: str | None) -> bool:
        """Make the code anew, also where there is none, so that a row which somebody wrote by hand proves nothing."""
        reference, digest = (alert.reference if alert else ""), (known.digest if known else _NO_DIGEST)
        is_same = hmac.compare_digest(self._codes.made_from(reference, digest), code or _NO_CODE)
        return is_same and alert is not None and known is not None


def may_know(alert: Alert, *, has_code: bool, is_recipient: bool, is_vetted: bool) -> bool:
    """Tell whether somebody may learn that an alert exists: from TLP:AMBER up by its code alone.

    A message of an exercise is its participants' business; whoever else holds its code learns that it is one.
    """
    if alert.kind is AlertKind.DRILL:
        return has_code or is_recipient
    match alert.audience.marking:
        case Marking.CLEAR:
            return True
        case Marking.GREEN:
            return has_code or is_recipient or is_vetted
        case _:
            return has_code


async def _begin_try(connection: AsyncConnection, user_id: int, now: datetime) -> int:
    """Note a try, and forget those that count no more. Raises `TooManyTries`."""
    await connection.execute(delete(verify_tries).where(verify_tries.c.at <= now - WINDOW))
    made = select(func.count()).where(verify_tries.c.user_id == user_id)
    if (await connection.execute(made)).scalar_one() >= TRIES_AT_MOST:
        raise TooManyTries(int(WINDOW.total_seconds() // 60))
    row = {"user_id": user_id, "at": now, "is_wrong": False}
    return int((await connection.execute(insert(verify_tries).values(row).returning(verify_tries.c.id))).scalar_one())


async def _end_try(connection: AsyncConnection, number: int, user_id: int, now: datetime, *, is_wrong: bool) -> None:
    """Note what a try was worth; after several wrong ones the owners are told, once."""
    await connection.execute(update(verify_tries).where(verify_tries.c.id == number).values(is_wrong=is_wrong))
    wrong = select(func.count()).where(verify_tries.c.user_id == user_id, verify_tries.c.is_wrong)
    if (await connection.execute(wrong)).scalar_one() == WRONG_TO_TELL and is_wrong:
        owners = await owners_of(connection)
        await leave_notice(connection, owners, NoticeKind.VERIFY_TRIES, now, number=WRONG_TO_TELL, user_id=str(user_id))


async def _alert(connection: AsyncConnection, which: ColumnElement[bool]) -> Alert | None:
    """Give an alert, or a message of an exercise, that has gone out; None when there is none."""
    statement = select(alerts).where(_IS_ASKED_FOR, which, alerts.c.sending_at.is_not(None), _IS_MESSAGE)
    row = (await connection.execute(statement)).one_or_none()
    return Alert.from_row(row) if row else None


async def _first(connection: AsyncConnection, reference: str) -> Alert | None:
    """Give the alert of a reference; of a correction, whose own number stands on no copy, the one that it mends."""
    chain = select(alerts.c.id).where(alerts.c.reference == reference).cte("chain", recursive=True)
    before = (
        select(alert_successions.c.alert_id)
        .join(chain, alert_successions.c.successor_id == chain.c.id)
        .where(alert_successions.c.change == Change.CORRECTION.value)
    )
    chain = chain.union(before)
    return await _alert(connection, alerts.c.id == select(func.min(chain.c.id)).scalar_subquery())


async def _standing(connection: AsyncConnection, asker: _Asker, alert_id: int) -> tuple[bool, bool]:
    """Tell whether a copy of an alert is in a chat, and whether somebody vouches for that chat."""
    sent = has_arrived(asker.chat_id, is_copy_of(alerts.c.id == alert_id))
    vetted = exists(select(subscribers.c.chat_id).where(subscribers.c.chat_id == asker.chat_id, IS_VETTED))
    is_recipient, is_vetted = (await connection.execute(select(sent, vetted))).one()
    return bool(is_recipient), bool(is_vetted)


async def _later(connection: AsyncConnection, alert: Alert) -> tuple[Alert, ...]:
    """Give what took the place of an alert, one after the other; each says by its `change` how."""
    found: list[Alert] = []
    at, seen = alert.id, {alert.id}
    while (row := (await connection.execute(_successor(at))).first()) is not None and row.id not in seen:
        at = row.id
        seen.add(at)
        found.append(replace(Alert.from_row(row), change=Change(row.how)))
    return tuple(found)


def _successor(alert_id: int) -> Select[tuple[Any, ...]]:
    """Select the alert that took the place of another, or took it back."""
    return (
        select(alerts, alert_successions.c.change.label("how"))
        .join(alert_successions, alert_successions.c.successor_id == alerts.c.id)
        .where(alert_successions.c.alert_id == alert_id)
    )


def _verdict(alert: Alert, later: Sequence[Alert], now: datetime) -> tuple[Verdict, Alert, Alert | None]:
    """Tell what an alert is now, with the alert that has its present words, and the one that stands in its place."""
    text, newest = alert, None
    for one in later:
        if one.change is not Change.CORRECTION:
            newest = one
        elif newest is None:
            text = one
        if one.change in ENDS:
            return Verdict.CANCELLED, text, one
    if newest is not None:
        named = {"id": newest.id, "reference": newest.reference, "sending_at": newest.sending_at}
        return Verdict.UPDATED, text, replace(later[-1], **named)  # type: ignore[arg-type]
    if text.status is AlertStatus.CANCELLED:
        return Verdict.CANCELLED, text, None
    is_over = text.expires_at is not None and text.expires_at <= now
    is_over = is_over or text.status is AlertStatus.EXPIRED
    return (Verdict.EXPIRED if is_over else Verdict.IN_FORCE), text, None
