"""Reports: what an official source says and is not in force. Officers are told, and one of them confirms it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.errors import NotFound, Stale
from alerts.levels.register import Effect, Proposal, Reading, Register, latest_reading
from alerts.levels.scheme import Level, Schemes
from alerts.levels.sightings import Sighting, find_sightings, keep_sighting
from alerts.levels.sources.source import LevelSource
from alerts.people.notices import NoticeKind, holders_of, leave_notice
from alerts.people.rights import Right
from alerts.publishing.alert import Alert
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
        schemes: the schemes there are.
        register: takes what is confirmed.
        confirm_after: how long after the first sighting a second one that agrees sends a change; None for never.
    """

    def __init__(
        self, store: Store, schemes: Schemes, register: Register, confirm_after: timedelta | None = None
    ) -> None:
        self._store = store
        self._schemes = schemes
        self._register = register
        self._confirm_after = confirm_after

    async def find(self, source: str, scheme: str) -> Report:
        """Give what a source says of a scheme now.

        Raises:
            NotFound: it has said nothing yet.
        """
        async with self._store.reading() as connection:
            for sighting in await find_sightings(connection, [source]):
                if sighting.scheme == scheme:
                    return await self._report(connection, sighting)
        raise NotFound(f"{source} has said nothing of {scheme}")

    async def waiting(self, source: LevelSource) -> list[Report]:
        """Give what a source says and is not in force, also where nothing is in force yet."""
        async with self._store.reading() as connection:
            said = await find_sightings(connection, [source.code])
            reports = [await self._report(connection, one) for one in said if one.scheme in source.schemes]
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

    async def settle(self, source: LevelSource) -> None:
        """Put into force what needs no officer: a first reading, and a change that was seen a second time."""
        for report in await self.waiting(source):
            if report.reading is not None and not self._is_confirmed(report):
                continue
            proposal = await self.propose(report)
            if proposal.before != report.reading:
                continue  # somebody has just recorded another one
            try:
                _, sent = await self._register.record(proposal, source=source.code, seen_at=report.sighting.seen_at)
            except Stale:
                continue
            if sent:
                await self._tell_of_sent(report, sent[1])

    def second_look(self, report: Report) -> timedelta | None:
        """Tell how soon a source has to be looked at again for this report, None when it makes no difference."""
        return self._confirm_after if report.is_open and report.moved_away else None

    async def note(self, connection: AsyncConnection, source: str, scheme: str, level: str, now: datetime) -> None:
        """Keep what a source says now, and leave officers a notice when it is news to them."""
        known = [s for s in await find_sightings(connection, [source]) if s.scheme == scheme]
        before = known[0] if known else None
        if before and before.level == level:
            sighting = replace(before, seen_at=now)
        else:
            sighting = Sighting(source, scheme, level, before.level if before else None, now, now, None)
        reading = await latest_reading(connection, scheme)
        details = {"source": source, "scheme": scheme, "level": level}
        if reading and reading.level != level and sighting.told_version != reading.version:
            report = Report(sighting, self._schemes.scheme(scheme).level(level), reading)
            minutes = self._confirm_after // timedelta(minutes=1) if self._confirm_after and report.moved_away else 0
            officers = await holders_of(connection, Right.SET_LEVEL)
            await leave_notice(
                connection, officers, NoticeKind.LEVEL_REPORTED, now, **details, reported_at=now, minutes=minutes
            )
            sighting = replace(sighting, told_version=reading.version)
        elif reading and reading.level == level and before and before.told_version == reading.version:
            officers = await holders_of(connection, Right.SET_LEVEL)
            was = {"was": before.level, "reported_at": before.first_at}
            await leave_notice(connection, officers, NoticeKind.LEVEL_WITHDRAWN, now, **details, **was)
        if reading and reading.level == level:
            sighting = replace(sighting, told_version=None)
        await keep_sighting(connection, sighting)

    async def _report(self, connection: AsyncConnection, sighting: Sighting) -> Report:
        level = self._schemes.scheme(sighting.scheme).level(sighting.level)
        return Report(sighting, level, await latest_reading(connection, sighting.scheme))

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
