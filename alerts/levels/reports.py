"""Reports: what an official source says and is not in force. Officers are told, and one of them confirms it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.clock import Clock
from alerts.errors import NotFound, Stale
from alerts.levels.register import Effect, Proposal, Reading, Register, latest_readings
from alerts.levels.scheme import Level, Schemes
from alerts.levels.sightings import Sighting, find_sightings, keep_sightings
from alerts.levels.sources.source import LevelSource
from alerts.people.notices import NoticeKind, holders_of, leave_notice
from alerts.people.rights import Right
from alerts.publishing.alert import Alert
from alerts.publishing.approvals import Verdict
from alerts.store import Store


@dataclass(frozen=True, slots=True)
class Report:
    """What a source says of a scheme, beside the reading that is in force; `reading` is None before the first."""

    sighting: Sighting
    level: Level
    reading: Reading | None

    @property
    def is_open(self) -> bool:
        """Whether it says something else than what is in force."""
        return self.reading is not None and self.reading.level != self.level.name

    @property
    def moved_away(self) -> bool:
        """Whether the source had said what is in force, and changed; else officers know better, and alone decide."""
        reading, sighting = self.reading, self.sighting
        return bool(reading and sighting.before == reading.level and reading.seen_at <= sighting.first_at)


class Reports:
    """The use cases of what sources say.

    Args:
        store: the database.
        clock: the source of time.
        schemes: the schemes there are.
        register: takes what is confirmed.
        confirm_after: how long after the first sighting a second one that agrees sends a change; None for never.
    """

    def __init__(
        self, store: Store, clock: Clock, schemes: Schemes, register: Register, confirm_after: timedelta | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._schemes = schemes
        self._register = register
        self._confirm_after = confirm_after

    async def find(self, source: str, scheme: str) -> Report:
        """Give what a source says of a scheme now.

        Raises:
            NotFound: it has said nothing yet.
        """
        async with self._store.reading() as connection:
            said = [one for one in await find_sightings(connection, [source]) if one.scheme == scheme]
            if not said:
                raise NotFound(f"{source} has said nothing of {scheme}")
            return self._report(said[0], (await latest_readings(connection, [scheme])).get(scheme))

    def waiting(self, said: Iterable[Sighting], readings: Mapping[str, Reading]) -> list[Report]:
        """Give what is said and not in force, also where nothing is in force yet; `readings` are by their schemes."""
        reports = [self._report(one, readings.get(one.scheme)) for one in said]
        return [report for report in reports if report.is_open or report.reading is None]

    async def propose(self, report: Report) -> Proposal:
        """Work out what confirming a report amounts to: a change holds from the day on which it was first seen."""
        sighting = report.sighting
        first_day = self._register.day_of(sighting.first_at)
        proposal = await self._register.propose(sighting.scheme, sighting.level, since=first_day)
        # the day on which we first look is no day of an announcement
        return replace(proposal, since=None) if proposal.effect is Effect.FIRST else proposal

    async def confirm(
        self, source: str, scheme: str, *, version: int, rank: int, by: int
    ) -> tuple[Reading, tuple[Alert, int] | None]:
        """Put what an officer was shown into force, and send the change.

        Args:
            source: who says so.
            scheme: of which scheme.
            version: the reading that was in force when it was shown.
            rank: the level that was shown.
            by: Telegram user id of the officer.

        Raises:
            NotFound: the source has said nothing of the scheme.
            Stale: the source says something else by now, or another reading is in force.
        """
        report = await self.find(source, scheme)
        proposal = await self.propose(report)
        before = proposal.before
        if before is None or before.version != version or report.level.rank != rank or not report.is_open:
            raise Stale("the report was settled, or has changed, since it was shown")
        return await self._register.record(proposal, source=source, set_by=by, seen_at=report.sighting.seen_at)

    async def settle(self, reports: Iterable[Report]) -> tuple[Report, ...]:
        """Put into force what needs no officer, a first reading and a change that was seen twice; give the others."""
        unsettled = []
        for report in reports:
            if report.reading is not None and not self._is_confirmed(report):
                unsettled.append(report)
                continue
            proposal = await self.propose(report)
            if proposal.before != report.reading:
                continue  # somebody has just recorded another one
            sighting = report.sighting
            try:
                _, sent = await self._register.record(
                    proposal, source=sighting.source, seen_at=sighting.seen_at, standing=Verdict.STANDING
                )
            except Stale:
                continue
            if sent:
                await self._tell_of_sent(report, sent[1])
        return tuple(unsettled)

    def second_look(self, report: Report) -> timedelta | None:
        """Tell how soon a source has to be looked at again for this report, None when it makes no difference."""
        return self._confirm_after if report.is_open and report.moved_away else None

    async def note(
        self, connection: AsyncConnection, source: LevelSource, levels: Mapping[str, str], known: Iterable[Sighting]
    ) -> tuple[list[Sighting], list[Report]]:
        """Keep what a source says now, and leave officers a notice of what is news to them.

        Args:
            connection: of the transaction to which it belongs.
            source: who says so.
            levels: the level of each scheme of which it speaks.
            known: what it said before.

        Returns:
            What it says of each scheme, and of that what is not in force.
        """
        now = self._clock.now()
        before = {one.scheme: one for one in known}
        readings = await latest_readings(connection, source.schemes)
        said = []
        for scheme, level in levels.items():
            last = before.get(scheme)
            if last and last.level == level:
                sighting = replace(last, seen_at=now)
            else:
                sighting = Sighting(source.code, scheme, level, last.level if last else None, now, now, None)
            if reading := readings.get(scheme):
                sighting = await self._tell(connection, sighting, last, reading)
            said.append(sighting)
        await keep_sightings(connection, said, known)
        return said, self.waiting(said, readings)

    async def _tell(
        self, connection: AsyncConnection, sighting: Sighting, last: Sighting | None, reading: Reading
    ) -> Sighting:
        """Leave officers a notice of a report they do not know, or that one they know of was taken back."""
        now = sighting.seen_at
        details: dict[str, Any] = {"source": sighting.source, "scheme": sighting.scheme, "level": sighting.level}
        if reading.level == sighting.level:
            if last and last.told_version == reading.version:
                details |= {"was": last.level, "reported_at": last.first_at}
                officers = await holders_of(connection, Right.SET_LEVEL)
                await leave_notice(connection, officers, NoticeKind.LEVEL_WITHDRAWN, now, **details)
            return replace(sighting, told_version=None)
        if sighting.told_version == reading.version:
            return sighting
        second = self.second_look(self._report(sighting, reading))
        details |= {"reported_at": now, "minutes": second // timedelta(minutes=1) if second else 0}
        officers = await holders_of(connection, Right.SET_LEVEL)
        await leave_notice(connection, officers, NoticeKind.LEVEL_REPORTED, now, **details)
        return replace(sighting, told_version=reading.version)

    def _report(self, sighting: Sighting, reading: Reading | None) -> Report:
        return Report(sighting, self._schemes.scheme(sighting.scheme).level(sighting.level), reading)

    def _is_confirmed(self, report: Report) -> bool:
        sighting, after = report.sighting, self._confirm_after
        return bool(after and report.moved_away and sighting.seen_at - sighting.first_at >= after)

    async def _tell_of_sent(self, report: Report, recipients: int) -> None:
        sighting = report.sighting
        details = {"source": sighting.source, "scheme": sighting.scheme, "level": sighting.level}
        moments = {"first_at": sighting.first_at, "second_at": sighting.seen_at}
        async with self._store.writing() as connection:
            officers = await holders_of(connection, Right.SET_LEVEL)
            await leave_notice(
                connection,
                officers,
                NoticeKind.LEVEL_SENT,
                sighting.seen_at,
                **details,
                **moments,
                recipients=recipients,
            )
