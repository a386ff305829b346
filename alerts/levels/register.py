"""The register of readings: what the level is, since when, who said so, and how old that knowledge is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import ADMINISTRATOR, Act, Actor, Door, in_chat
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.errors import InvalidInput, Stale
from alerts.levels.scheme import Level, Scheme, Schemes
from alerts.levels.sightings import NOTHING_SAID, Said, Sighting, Silence, find_said
from alerts.levels.sources.source import LevelSource
from alerts.publishing.alert import Alert
from alerts.publishing.approvals import Verdict
from alerts.publishing.desk import Content, Desk
from alerts.store import Store
from alerts.store.tables import level_readings
from alerts.text import check_length, digest_of_texts

ORIGIN = "level"
"""The origin of an alert that tells of a level; of one that has to wait, the code of the scheme follows."""

STATEMENT_LIMIT = 1500
"""UTF-16 units of the statement that may go with a reading."""


_others = level_readings.alias()
_newest = select(func.max(_others.c.version)).where(_others.c.scheme == level_readings.c.scheme).scalar_subquery()
_LATEST = select(level_readings).where(
    level_readings.c.scheme.in_(bindparam("schemes", expanding=True)), level_readings.c.version == _newest
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read or set, and when; never changed, only superseded by the next version.

    Attributes:
        version: counts the readings of the scheme; the highest is in force.
        since: the day from which the level holds, None when nobody said.
        source: where the reading comes from, such as `officer`.
        seen_at: when it was seen to be so.
        set_by: Telegram user id of the officer who set or confirmed it, None for the command line.
    """

    scheme: str
    version: int
    level: str
    rank: int
    since: date | None
    source: str
    seen_at: datetime
    set_by: int | None
    statement: str

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Reading":
        """Make it from a row of the table `level_readings`."""
        return cls(
            row.scheme,
            row.version,
            row.level,
            row.rank,
            row.since,
            row.source,
            row.seen_at,
            row.set_by,
            row.statement,
        )


class Effect(StrEnum):
    """What recording a reading amounts to, and with it whether anybody is told."""

    FIRST = "first"
    UNCHANGED = "unchanged"
    RAISED = "raised"
    LOWERED = "lowered"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A reading that is about to be recorded, as its author sees it before confirming.

    Attributes:
        before: the reading in force, None before the first.
        since: the day that will be recorded, None when nobody can say.
    """

    scheme: Scheme
    level: Level
    since: date | None
    statement: str
    before: Reading | None
    effect: Effect

    @property
    def is_change(self) -> bool:
        """Whether it is pushed: a first reading and an unchanged one are told to nobody."""
        return self.effect in {Effect.RAISED, Effect.LOWERED}


@dataclass(frozen=True, slots=True)
class CurrentLevel:
    """A scheme in force with what is known of it now.

    Attributes:
        reading: the one in force, None before the first; seen when an official source was last seen to agree with it.
        reported: what an official source says instead, and nobody has confirmed.
        silence: the source that should have been heard of and was not.
    """

    scheme: Scheme
    reading: Reading | None
    is_stale: bool
    reported: Sighting | None = None
    silence: Silence | None = None

    @property
    def level(self) -> Level | None:
        """The level that the reading names."""
        return self.scheme.level(self.reading.level) if self.reading else None

    @property
    def is_report_overruled(self) -> bool:
        """Whether officers have set the level since a source began to say something else."""
        return bool(self.reported and self.reading and self.reading.seen_at > self.reported.first_at)


Announce = Callable[[Proposal, datetime], Content]
"""Makes the alert that tells subscribers of a change; the words are the catalogue's."""


class Register:
    """The use cases of a threat level.

    Args:
        store: the database.
        clock: the source of time.
        zone: the zone in which a day begins for `since`.
        schemes: the schemes there are.
        desk: through which a change goes out.
        announce: makes the alert for a change.
        watched: the official sources that are watched.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        trail: Trail,
        zone: ZoneInfo,
        schemes: Schemes,
        desk: Desk,
        announce: Announce,
        watched: Iterable[LevelSource] = (),
    ) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._zone = zone
        self._schemes = schemes
        self._desk = desk
        self._announce = announce
        self._watched = tuple(watched)

    async def current(self) -> list[CurrentLevel]:
        """Give every scheme in force with its latest reading and what official sources say of it."""
        now = self._clock.now()
        async with self._store.reading() as connection:
            said = await find_said(connection, self._watched)
            readings = await latest_readings(connection, [scheme.code for scheme in self._schemes.in_force])
        return [
            _known(scheme, readings.get(scheme.code), said.get(scheme.code, NOTHING_SAID), now)
            for scheme in self._schemes.in_force
        ]

    async def readings(self, scheme: str) -> list[Reading]:
        """List the readings of a scheme, newest first."""
        statement = select(level_readings).where(level_readings.c.scheme == scheme)
        async with self._store.reading() as connection:
            rows = (await connection.execute(statement.order_by(level_readings.c.version.desc()))).all()
        return [Reading.from_row(row) for row in rows]

    def day_of(self, moment: datetime) -> date:
        """Give the day of a moment in the readers' zone."""
        return moment.astimezone(self._zone).date()

    async def propose(
        self, scheme_code: str, level_name: str, *, since: date | None = None, statement: str = ""
    ) -> Proposal:
        """Work out what recording this reading would amount to; nothing is written.

        Raises:
            UnknownCode: there is no such scheme or level.
            InvalidInput: the scheme is not in force, the day lies ahead, or the statement is too long.
        """
        scheme = self._schemes.scheme(scheme_code)
        level = scheme.level(level_name)
        if scheme not in self._schemes.in_force:
            raise InvalidInput("scheme-not-in-force", f"{scheme.code} is not in force here")
        today = self.day_of(self._clock.now())
        if since is not None and since > today:
            raise InvalidInput("since-ahead", f"{since} lies ahead: a reading says what holds already")
        check_length(statement, STATEMENT_LIMIT, "statement-too-long", "the statement")
        async with self._store.reading() as connection:
            before = await _latest(connection, scheme.code)
        effect = _effect(before, level)
        kept = before.since if before and effect is Effect.UNCHANGED else today
        return Proposal(scheme, level, since or kept or today, statement.strip(), before, effect)

    async def record(
        self,
        proposal: Proposal,
        *,
        source: str,
        set_by: int | None = None,
        seen_at: datetime | None = None,
        push: bool = True,
        standing: Verdict | None = None,
    ) -> tuple[Reading, tuple[Alert, int] | None]:
        """Record a confirmed reading and, if it is a change, write the alert that tells of it, in one transaction.

        The reading holds at once. The alert waits for a second person while two may approve, and one of an earlier
        reading of the scheme that still waits is stopped.

        Args:
            proposal: what was confirmed.
            source: where the reading comes from.
            set_by: Telegram user id of the officer.
            seen_at: when the level was seen to be so, now when nothing is said.
            push: whether a change is told to subscribers.
            standing: on which word the alert goes out at once all the same.

        Returns:
            The reading, and the alert with the number of its recipients when one was written.

        Raises:
            Stale: another reading was recorded since the proposal was shown.
        """
        now = self._clock.now()
        version = proposal.before.version + 1 if proposal.before else 1
        values = {
            "scheme": proposal.scheme.code,
            "version": version,
            "level": proposal.level.name,
            "rank": proposal.level.rank,
            "since": proposal.since,
            "source": source,
            "seen_at": seen_at or now,
            "set_by": set_by,
            "statement": proposal.statement,
        }
        sent = None
        async with self._store.writing() as connection:
            latest = await _latest(connection, proposal.scheme.code)
            if (latest.version if latest else 0) != version - 1:
                raise Stale("another reading was recorded meanwhile")
            row = (await connection.execute(insert(level_readings).values(**values).returning(level_readings))).one()
            reading = Reading.from_row(row)
            by = _who_set(reading)
            waiting = f"{ORIGIN}: {proposal.scheme.code}"
            if proposal.effect is not Effect.UNCHANGED:
                await self._desk.supersede_within(connection, waiting, by)
            if push and proposal.is_change:
                waits = standing is None and await self._desk.binds(connection)
                sent = await self._desk.issue_within(
                    connection,
                    self._announce(proposal, now),
                    origin=waiting if waits else ORIGIN,
                    author=set_by if waits else None,
                    standing=standing,
                    by=by,
                )
            await self._note(connection, proposal, reading, sent)
        if sent:
            self._desk.nudge()
        return reading, sent

    async def _note(
        self, connection: AsyncConnection, proposal: Proposal, reading: Reading, sent: tuple[Alert, int] | None
    ) -> None:
        before = {"level": proposal.before.level, "version": proposal.before.version} if proposal.before else {}
        after = {
            "level": reading.level,
            "version": reading.version,
            "since": reading.since.isoformat() if reading.since else None,
            "source": reading.source,
            "statement_sha256": digest_of_texts(reading.statement) if reading.statement else None,
            "alert": sent[0].id if sent else None,
        }
        is_confirmed = reading.set_by is not None and reading.source in {one.code for one in self._watched}
        await self._trail.note(
            connection,
            Act.LEVEL_CONFIRMED if is_confirmed else Act.LEVEL_SET,
            _who_set(reading),
            self._clock.now(),
            subject=f"level {reading.scheme}",
            before=before,
            after=after,
        )


def _who_set(reading: Reading) -> Actor:
    """Name who set a level: an officer, the administrator, or a source without either."""
    if reading.set_by is not None:
        return in_chat(reading.set_by)
    return ADMINISTRATOR if reading.source == Door.COMMAND_LINE else Actor(None, Door.FEED, reading.source)


def _known(scheme: Scheme, reading: Reading | None, said: Said, now: datetime) -> CurrentLevel:
    """Put together what is known of a scheme; a source that agrees keeps a reading fresh, whoever set it."""
    if reading is None:
        return CurrentLevel(scheme, None, is_stale=False, silence=said.silence)
    agreeing = [sighting.seen_at for sighting in said.sightings if sighting.level == reading.level]
    others = [sighting for sighting in said.sightings if sighting.level != reading.level]
    seen_at = max([reading.seen_at, *agreeing])
    return CurrentLevel(
        scheme,
        replace(reading, seen_at=seen_at),
        is_stale=now - seen_at > timedelta(hours=scheme.stale_after_hours),
        reported=others[0] if others else None,
        silence=said.silence,
    )


def _effect(before: Reading | None, level: Level) -> Effect:
    if before is None:
        return Effect.FIRST
    if before.level == level.name:
        return Effect.UNCHANGED
    return Effect.RAISED if level.rank > before.rank else Effect.LOWERED


async def latest_readings(connection: AsyncConnection, schemes: Iterable[str]) -> dict[str, Reading]:
    """Give the reading of each scheme that is in force, by the schemes' codes; one without any is left out."""
    rows = (await connection.execute(_LATEST, {"schemes": list(schemes)})).all()
    return {row.scheme: Reading.from_row(row) for row in rows}


async def _latest(connection: AsyncConnection, scheme: str) -> Reading | None:
    return (await latest_readings(connection, [scheme])).get(scheme)
