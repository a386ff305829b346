"""What each source said last of each scheme, and how it does: the rows that the watch keeps and others read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.levels.sources.source import LevelSource
from alerts.store.tables import level_sightings, level_sources


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a source says of a scheme.

    Attributes:
        level: in the scheme's own capitals.
        before: what it said before that, None when it has never said anything else.
        first_at: when it was first seen to say this, without a break.
        seen_at: when it was last seen to say so.
        told_version: the reading in force against which officers were told of it, None when they were not.
    """

    source: str
    scheme: str
    level: str
    before: str | None
    first_at: datetime
    seen_at: datetime
    told_version: int | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Make it from a row of the table `level_sightings`."""
        return cls(row.source, row.scheme, row.level, row.before, row.first_at, row.seen_at, row.told_version)


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source does.

    Attributes:
        begun_at: when it was first tried at this address.
        tried_at: when it was last tried.
        read_at: when every scheme was last read, None for never.
        etag, modified: what to ask by the next time.
        published: the moment that its last good body gave itself, as it stood there, "" for none.
        failures: the tries since `read_at`.
        problem: key of what went wrong at the last one, None when nothing did; `details` go with it.
        told_at: when owners were told that it is silent, None when it is not.
    """

    source: str
    address: str
    begun_at: datetime
    tried_at: datetime
    read_at: datetime | None
    etag: str
    modified: str
    published: str
    failures: int
    problem: str | None
    details: dict[str, Any]
    told_at: datetime | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Make it from a row of the table `level_sources`."""
        return cls(
            row.source,
            row.address,
            row.begun_at,
            row.tried_at,
            row.read_at,
            row.etag,
            row.modified,
            row.published,
            row.failures,
            row.problem,
            row.details,
            row.told_at,
        )

    @property
    def is_silent(self) -> bool:
        """Whether it has been silent or broken for so long that owners were told."""
        return self.told_at is not None


@dataclass(frozen=True, slots=True)
class Silence:
    """A source that has said nothing of a scheme for so long that owners were told; `since` is when it last did."""

    source: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """What the watched sources say of one scheme, and which of them should have and does not."""

    sightings: tuple[Sighting, ...]
    silence: Silence | None


NOTHING_SAID = Said((), None)


async def find_said(connection: AsyncConnection, watched: Iterable[LevelSource]) -> dict[str, Said]:
    """Give what is said of each scheme of which a watched source tells."""
    codes = {source.code: source.schemes for source in watched}
    states = await find_states(connection, codes)
    found = {(sighting.source, sighting.scheme): sighting for sighting in await find_sightings(connection, codes)}
    said: dict[str, Said] = {}
    for code, schemes in codes.items():
        for scheme in schemes:
            before, sighting = said.get(scheme, NOTHING_SAID), found.get((code, scheme))
            silence = before.silence or _silence(states.get(code), sighting)
            said[scheme] = Said((*before.sightings, *([sighting] if sighting else ())), silence)
    return said


def _silence(state: SourceState | None, sighting: Sighting | None) -> Silence | None:
    """Tell whether a source of which owners know that it is silent is so about this scheme too."""
    if state is None or not state.is_silent or (sighting and sighting.seen_at >= state.tried_at):
        return None
    return Silence(state.source, sighting.seen_at if sighting else state.begun_at)


async def find_sightings(connection: AsyncConnection, sources: Iterable[str]) -> list[Sighting]:
    """Give what these sources said last."""
    statement = select(level_sightings).where(level_sightings.c.source.in_(list(sources)))
    rows = await connection.execute(statement.order_by(level_sightings.c.source, level_sightings.c.scheme))
    return [Sighting.from_row(row) for row in rows.all()]


async def find_states(connection: AsyncConnection, sources: Iterable[str]) -> dict[str, SourceState]:
    """Give how these sources do, by their codes; one that was never tried is left out."""
    statement = select(level_sources).where(level_sources.c.source.in_(list(sources)))
    return {row.source: SourceState.from_row(row) for row in (await connection.execute(statement)).all()}


async def keep_state(connection: AsyncConnection, source: str, address: str, now: datetime, **values: Any) -> None:
    """Write that a source was tried, and what is new about it; another address begins from nothing."""
    key = level_sources.c.source == source
    known = (await connection.execute(select(level_sources.c.address).where(key))).scalar_one_or_none()
    if known == address:
        await connection.execute(update(level_sources).where(key).values(tried_at=now, **values))
        return
    fresh: dict[str, Any] = {
        "address": address,
        "begun_at": now,
        "tried_at": now,
        "read_at": None,
        "etag": "",
        "modified": "",
        "published": "",
        "failures": 0,
        "problem": None,
        "details": {},
        "told_at": None,
    }
    statement = insert(level_sources) if known is None else update(level_sources).where(key)
    await connection.execute(statement.values(source=source, **(fresh | values)))


async def keep_sighting(connection: AsyncConnection, sighting: Sighting) -> None:
    """Write what a source says, in place of what it said before."""
    key = (level_sightings.c.source == sighting.source) & (level_sightings.c.scheme == sighting.scheme)
    values = {
        "level": sighting.level,
        "before": sighting.before,
        "first_at": sighting.first_at,
        "seen_at": sighting.seen_at,
        "told_version": sighting.told_version,
    }
    changed = await connection.execute(update(level_sightings).where(key).values(**values))
    if not changed.rowcount:
        await connection.execute(
            insert(level_sightings).values(source=sighting.source, scheme=sighting.scheme, **values)
        )
