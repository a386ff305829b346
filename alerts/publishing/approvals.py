"""On whose word an alert goes out: the two-person rule, and what is kept of every approval and every return.

docs/decisions/0029-two-people-speak.md says why it is as it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.people.notices import holders_of
from alerts.people.rights import Right
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, Audience
from alerts.publishing.scope import may_send, may_stop
from alerts.publishing.versions import writers_of
from alerts.store.authority import approvals
from alerts.store.tables import people

HOUR = timedelta(hours=1)
STOPPABLE = timedelta(seconds=30)
"""For how long a break-glass can be stopped before it goes out."""

TWO_PERSONS = 2
"""The rule binds as soon as so many people may approve."""


class Verdict(StrEnum):
    """What somebody has said of an alert, at one of its revisions."""

    TWO = "two people"
    ONE = "one person"
    BREAK_GLASS = "break-glass"
    STANDING = "standing"
    RETURNED = "returned"


MEANING: dict[Verdict, str] = {
    Verdict.TWO: "a second person approved what the author had written",
    Verdict.ONE: "it went out on its author's word alone, since nobody else may approve, or the rule is off",
    Verdict.BREAK_GLASS: "critical, and sent on one officer's word although others may approve",
    Verdict.STANDING: "approved beforehand: the schedule, the source or the setting that sends it was agreed to",
    Verdict.RETURNED: "a second person gave it back to its author, with a reason",
}


ON_ONE_WORD = {Verdict.ONE: Right.SEND_ALERTS, Verdict.BREAK_GLASS: Right.APPROVE}
"""What goes out on one person's word, and the right that this person still has to hold when it does."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What was said of an alert.

    Attributes:
        who: Telegram user id, None for the command line and for the bot itself.
        name: how that person is called, "" where nobody knows.
        lapsed_at: when it stopped to count, since the text was changed or taken back.
    """

    alert_id: int
    revision: int
    who: int | None
    name: str
    at: datetime
    verdict: Verdict
    reason: str
    lapsed_at: datetime | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Approval":
        """Make it from a row of the table `approvals` with the person's name."""
        return cls(
            row.alert_id, row.revision, row.who, row.name or "", row.at, Verdict(row.verdict), row.reason, row.lapsed_at
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """How many people it takes.

    Attributes:
        two_persons: `CASCADE_TWO_PERSON_RULE`.
        break_glass: whether one officer may send a critical alert on their own word.
        breaks_an_hour: how often that may happen.
    """

    two_persons: bool = True
    break_glass: bool = False
    breaks_an_hour: int = 2

    async def binds(self, connection: AsyncConnection) -> bool:
        """Tell whether an alert needs a second person now: there are two who may approve."""
        return self.two_persons and len(await holders_of(connection, Right.APPROVE)) >= TWO_PERSONS


USUAL = Rule()


async def approvers_of(connection: AsyncConnection, alert: Alert) -> list[int]:
    """Name who may approve an alert: nobody who wrote any of it, and within their sectors."""
    writers = await writers_of(connection, alert)
    return [user_id for user_id in await reaching(connection, Right.APPROVE, alert.audience) if user_id not in writers]


async def reaching(connection: AsyncConnection, right: Right, audience: Audience) -> list[int]:
    """Name who holds a right, and whose sectors let them use it on an audience."""
    allows = may_stop if right is Right.STOP else may_send
    holders = people.c.user_id.in_(await holders_of(connection, right))
    rows = (await connection.execute(select(people).where(holders).order_by(people.c.user_id))).all()
    return [person.user_id for person in map(Person.from_row, rows) if allows(person, audience)]


async def keep_verdict(
    connection: AsyncConnection, alert: Alert, verdict: Verdict, who: int | None, now: datetime, reason: str = ""
) -> None:
    """Keep what somebody has said of an alert as it stands now."""
    values = {"alert_id": alert.id, "revision": alert.revision, "who": who, "at": now, "reason": reason}
    await connection.execute(insert(approvals).values(verdict=verdict.value, **values))


async def lapse(connection: AsyncConnection, alert_id: int, now: datetime) -> None:
    """Let every approval of an alert lapse, since its text is another or was taken back."""
    mine = (approvals.c.alert_id == alert_id) & approvals.c.lapsed_at.is_(None)
    approving = approvals.c.verdict != Verdict.RETURNED.value
    await connection.execute(update(approvals).where(mine, approving).values(lapsed_at=now))


async def verdicts_of(connection: AsyncConnection, alert_id: int) -> list[Approval]:
    """Give all that was said of an alert, oldest first."""
    named = approvals.outerjoin(people, people.c.user_id == approvals.c.who)
    statement = select(approvals, people.c.name).select_from(named).where(approvals.c.alert_id == alert_id)
    return [Approval.from_row(row) for row in (await connection.execute(statement.order_by(approvals.c.id))).all()]


async def word_for(connection: AsyncConnection, alert_id: int) -> Approval | None:
    """Give the word on which an alert goes out or went out; None for one from before words were kept."""
    said = [one for one in await verdicts_of(connection, alert_id) if one.verdict is not Verdict.RETURNED]
    return next((one for one in reversed(said) if one.lapsed_at is None), None)


async def still_holds(connection: AsyncConnection, word: Approval, audience: Audience) -> bool:
    """Tell whether a word still lets an alert out: two people's does for good, one person's while they may speak."""
    right = ON_ONE_WORD.get(word.verdict)
    return right is None or word.who is None or word.who in await reaching(connection, right, audience)


async def broken_since(connection: AsyncConnection, moment: datetime) -> int:
    """Count how often the glass was broken since a moment, stopped or not."""
    since = (approvals.c.verdict == Verdict.BREAK_GLASS.value) & (approvals.c.at > moment)
    return (await connection.execute(select(func.count()).where(since))).scalar_one()


async def name_of(connection: AsyncConnection, user_id: int | None) -> str:
    """Give the name of a person with a role, "" where none is known."""
    named = select(people.c.name).where(people.c.user_id == user_id)
    return (await connection.execute(named)).scalar_one_or_none() or ""
