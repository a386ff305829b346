"""What a plan would send at a moment: the levels, a briefing with its fields filled, or a reminder."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from alerts.briefings.facts import Facts, Gatherer, Seen, Since
from alerts.briefings.template import Values
from alerts.errors import InvalidInput
from alerts.levels.register import CurrentLevel, Register
from alerts.publishing.alert import AlertKind, Audience
from alerts.publishing.briefings import Briefing, Briefings
from alerts.publishing.desk import Content
from alerts.publishing.marking import stricter
from alerts.schedule.recurrence import Recurrence
from alerts.schedule.schedule import HEARD, Plan, Push
from alerts.store import Store
from alerts.store.tables import schedule_firings

ALERT_LIFE = timedelta(hours=24)
"""How long an alert of a schedule is in force."""

FIRST_LOOK = timedelta(days=7)
"""How far a briefing looks back that has no last one and comes once."""

LONGEST_LOOK = timedelta(days=31)

LevelBulletin = Callable[[list[CurrentLevel], datetime], tuple[str, str]]
"""Words the headline and the body (HTML) of a push of the levels; the words are the catalogue's."""

WordFacts = Callable[[Facts], Values]
"""Words what there is to tell as the values of a briefing's fields; the words are the catalogue's."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a plan would send at a moment.

    Attributes:
        tells_nothing: each list of news in its briefing is empty.
        is_silent: so it does not go out.
        left_out: how many alerts it does not name, since they do not go to everybody in its audience.
        seen: what a briefing with fields knew, None for anything else.
    """

    content: Content
    tells_nothing: bool = False
    is_silent: bool = False
    left_out: int = 0
    seen: Seen | None = None


class Contents:
    """Makes what goes out by itself.

    Args:
        store: the database.
        register: the levels as they are known.
        briefings: the stored briefings.
        bulletin: words a push of the levels.
        word: words the fields of a briefing.
    """

    def __init__(
        self, *, store: Store, register: Register, briefings: Briefings, bulletin: LevelBulletin, word: WordFacts
    ) -> None:
        self._store = store
        self._register = register
        self._briefings = briefings
        self._bulletin = bulletin
        self._word = word
        self._gatherer = Gatherer(store, register)
        self._makers: dict[Push, Callable[[Plan, datetime, int | None], Awaitable[Draft]]] = {
            Push.LEVEL: self._levels,
            Push.BRIEFING: self._briefing,
            Push.REMINDER: self._reminder,
        }

    async def draft(self, plan: Plan, now: datetime, schedule_id: int | None = None) -> Draft:
        """Make what a plan would send now.

        Args:
            plan: what is asked for.
            now: the moment that counts as the one of sending.
            schedule_id: the schedule whose last firing counts, None for a plan that is not stored.

        Raises:
            UnknownCode: its briefing is not in the file any more.
            InvalidInput: its text cannot be filled so that it fits an alert.
        """
        return await self._makers[plan.push](plan, now, schedule_id)

    async def filled(self, briefing: Briefing, audience: Audience, now: datetime, since: Since | None = None) -> Draft:
        """Make an alert of a briefing for an audience, its fields filled; without a last one it looks back a week.

        It is marked as the briefing or the audience is, whichever is stricter.
        """
        if briefing.marking is not None:
            audience = replace(audience, marking=stricter(briefing.marking, audience.marking))
        expires_at = now + ALERT_LIFE
        if briefing.text is None:
            return Draft(Content(briefing.headline, briefing.body, briefing.severity, expires_at, audience))
        facts = await self._gatherer.gather(audience, since or Since(now - FIRST_LOOK), now)
        values, uses = self._word(facts), briefing.text.uses
        body = _filled(briefing, values)
        left_out = {"alerts": facts.alerts_left_out, "digest": facts.digest_left_out}
        return Draft(
            Content(briefing.headline, body, briefing.severity, expires_at, audience),
            tells_nothing=briefing.tells_nothing(values),
            is_silent=briefing.stays_silent(values) or not body,
            left_out=sum(number for name, number in left_out.items() if name in uses),
            seen=facts.seen,
        )

    async def _levels(self, plan: Plan, now: datetime, _schedule_id: int | None) -> Draft:
        headline, body = self._bulletin(await self._register.current(), now)
        return Draft(Content(headline, body, plan.severity, now + ALERT_LIFE, plan.audience, AlertKind.LEVEL))

    async def _briefing(self, plan: Plan, now: datetime, schedule_id: int | None) -> Draft:
        briefing = (
            self._briefings.briefing(plan.briefing)
            if plan.briefing
            else Briefing.write(plan.headline, plan.body, plan.severity)
        )
        since = await self._last(schedule_id) or Since(now - period(plan.recurrence, now))
        return await self.filled(briefing, plan.audience, now, since)

    async def _reminder(self, plan: Plan, now: datetime, _schedule_id: int | None) -> Draft:
        return Draft(Content(plan.headline, plan.body, plan.severity, now + ALERT_LIFE, plan.audience))

    async def _last(self, schedule_id: int | None) -> Since | None:
        """Give what a schedule's last firing had seen that went out, or would have with anything to tell."""
        if schedule_id is None:
            return None
        heard = schedule_firings.c.outcome.in_([outcome.value for outcome in HEARD])
        mine = select(schedule_firings).where(schedule_firings.c.schedule_id == schedule_id, heard)
        async with self._store.reading() as connection:
            row = (await connection.execute(mine.order_by(schedule_firings.c.id.desc()).limit(1))).first()
        if row is None:
            return None
        return Since(row.fired_at, Seen(row.seen["levels"], tuple(row.seen["alerts"])) if row.seen else None)


def _filled(briefing: Briefing, values: Values) -> str:
    """Fill a briefing's text; "" when nothing is left to read and it may stay silent."""
    try:
        return briefing.filled(values)
    except InvalidInput as problem:
        if problem.problem != "body-empty" or briefing.says_nothing:
            raise
        return ""


def period(recurrence: Recurrence, now: datetime) -> timedelta:
    """Give how far a first briefing looks back: one firing to the next, at most 31 days; a week for a single one."""
    match recurrence.upcoming(now, 2):
        case (first, second):
            return min(second.at - first.at, LONGEST_LOOK)
        case _:
            return FIRST_LOOK
