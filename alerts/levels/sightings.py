"""What each source said last of each scheme, and how it does: the rows that the watch keeps and others read."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.levels.sources.source import LevelSource
from alerts.store.outside import level_sightings, level_sources


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
    read_at: datetime | None = None
    etag: str = ""
    modified: str = ""
    published: str = ""
    failures: int = 0
    problem: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    told_at: datetime | None = None

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


_KEEP_STATE = (
    update(level_sources)
    .where(level_sources.c.source == bindparam("new_source"))
    .values({column.name: bindparam(f"new_{column.name}") for column in level_sources.c})
)
_SEE_AGAIN = (
    update(level_sightings)
    .where(level_sightings.c.source == bindparam("by"), level_sightings.c.scheme.in_(bindparam("of", expanding=True)))
    .values(seen_at=bindparam("now"))
)
_KEEP_SIGHTING = (
    update(level_sightings)
    .where(level_sightings.c.source == bindparam("new_source"), level_sightings.c.scheme == bindparam("new_scheme"))
    .values({column.name: bindparam(f"new_{column.name}") for column in level_sightings.c})
)
"""All made once, since making a statement costs more than executing it."""

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


async def keep_state(connection: AsyncConnection, state: SourceState) -> SourceState:
    """Write how a source does after a try, and give it back."""
    values = {item.name: getattr(state, item.name) for item in fields(state)}
    changed = await connection.execute(_KEEP_STATE, {f"new_{name}": value for name, value in values.items()})
    if not changed.rowcount:
        await connection.execute(insert(level_sources).values(values))
    return state


async def keep_sightings(connection: AsyncConnection, said: Iterable[Sighting], known: Iterable[Sighting]) -> None:
    """Write what a source says, in place of what it said before; mostly there is nothing new but the moment."""
    before = {one.scheme: one for one in known}
    repeated = [one for one in said if one.scheme in before and one == replace(before[one.scheme], seen_at=one.seen_at)]
    if repeated:
        values = {"by": repeated[0].source, "of": [one.scheme for one in repeated], "now": repeated[0].seen_at}
        await connection.execute(_SEE_AGAIN, values)
    for one in said:
        if one in repeated:
            continue
        values = {item.name: getattr(one, item.name) for item in fields(one)}
        if one.scheme in before:
            await connection.execute(_KEEP_SIGHTING, {f"new_{name}": value for name, value in values.items()})
        else:
            await connection.execute(insert(level_sightings).values(values))
