"""The watch: asks each official source as often as it wants to be asked, and keeps what it says and how it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.clock import Clock
from alerts.errors import FetchFailed
from alerts.fetch import Fetch, Fetched, Wanted
from alerts.levels.register import latest_readings
from alerts.levels.reports import Report, Reports
from alerts.levels.sightings import Sighting, SourceState, find_sightings, find_states, keep_state
from alerts.levels.sources.published import Published
from alerts.levels.sources.source import LevelSource, Statement
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.store import Store

BYTES_AT_MOST = 64_000
"""The feed has a kilobyte; what is much larger is something else, and is not worth the time to parse it."""

TTL = timedelta(minutes=20)
"""How long a body is kept whose publisher does not say."""

TTL_AT_LEAST, TTL_AT_MOST = timedelta(minutes=1), timedelta(hours=6)
"""What a publisher can ask for: a slip in the feed shall neither hammer it nor put us to sleep."""

JITTER = 0.1
"""The share of the wait that chance adds, so that not every installation asks at the same moment."""

AGAIN = timedelta(minutes=1)
"""When it is tried again after a fault of our own, such as a database that cannot be written."""

AHEAD_AT_MOST = timedelta(days=1)
"""A feed that dates itself further ahead has it wrong, and would make every later one look old."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watched:
    """A source with how it does and what it says, for people and for the health answer.

    Attributes:
        state: None before it was tried.
        sightings: what it said last of each scheme.
    """

    source: LevelSource
    state: SourceState | None
    sightings: tuple[Sighting, ...]

    @property
    def heard_at(self) -> datetime | None:
        """The moment until which every scheme was heard of, or from which it was waited for; None before the first try.

        What was said at another address does not count.
        """
        if self.state is None:
            return None
        begun_at = self.state.begun_at
        heard = {one.scheme: one.seen_at for one in self.sightings}
        return min(max(heard.get(scheme, begun_at), begun_at) for scheme in self.source.schemes)

    def state_or_new(self, now: datetime) -> SourceState:
        """Give how it does after a try at this moment; one that is new at its address begins from nothing."""
        if self.state is None:
            return SourceState(self.source.code, self.source.address, begun_at=now, tried_at=now)
        return replace(self.state, tried_at=now)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered from one poll to the next, which costs less than reading it again."""

    watched: Watched
    waiting: tuple[Report, ...]


class Watch:
    """The duty of polling, and what can be asked about it.

    Args:
        store: the database.
        clock: the source of time.
        reports: takes what the sources say.
        sources: those that are watched; one of which no scheme is in force is left alone.
        fetch: the way to the network.
        chance: gives a number from 0 to 1.
        silent_after: how long a source may give no good reading before owners are told.

    Attributes:
        sources: those that are asked.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        reports: Reports,
        sources: Sequence[LevelSource],
        fetch: Fetch,
        chance: Callable[[], float],
        silent_after: timedelta,
    ) -> None:
        self._store = store
        self._clock = clock
        self._reports = reports
        self.sources = tuple(source for source in sources if source.schemes)
        self._fetch = fetch
        self._chance = chance
        self._silent_after = silent_after
        self._ttl: dict[str, timedelta] = {}
        self._due: dict[str, float] = {}
        self._known: dict[str, _Known] = {}  # nobody else writes it; forgotten when a poll does not come to its end

    async def look(self) -> None:
        """Ask every source whose time has come; at the start that is each."""
        for source in self.sources:
            if self._clock.monotonic() >= self._due.get(source.code, 0.0):
                await self.poll(source)

    async def poll(self, source: LevelSource) -> None:
        """Ask a source now, keep what it says or what went wrong, and set the time of the next poll."""
        self._wait(source, AGAIN)
        known = self._known.pop(source.address, None) or await self._recall(source)
        watched = known.watched
        # a second look at a change must be a look at the whole body, and so must one that wants more than was read
        is_settled = len(watched.sightings) == len(source.schemes) and not known.waiting
        wanted = Wanted(source.address, bytes_at_most=BYTES_AT_MOST)
        if watched.state and is_settled:
            wanted = replace(wanted, etag=watched.state.etag, modified=watched.state.modified)
        try:
            fetched = await self._fetch(wanted)
            statement = None if fetched.is_unchanged else self._read(fetched, watched)
        except FetchFailed as failure:
            async with self._store.writing() as connection:
                state = await self._keep_failure(connection, watched, failure)
            known = replace(known, watched=replace(watched, state=state))
        else:
            known = await self._heard(watched, fetched, statement)
            known = replace(known, waiting=await self._reports.settle(known.waiting))
        self._known[source.address] = known
        soon = [wait for report in known.waiting if (wait := self._reports.second_look(report))]
        self._wait(source, min([self._ttl.get(source.code, TTL), *soon]))

    async def try_out(self, source: LevelSource) -> Statement:
        """Ask a source and keep nothing of it, as `cascade check` does.

        Raises:
            FetchFailed: it cannot be reached, or says nothing that can be read.
        """
        return source.read((await self._fetch(Wanted(source.address, bytes_at_most=BYTES_AT_MOST))).body)

    async def watched(self) -> list[Watched]:
        """Give every source with how it does, for `cascade check` and the health answer."""
        async with self._store.reading() as connection:
            return [await self._find(connection, source) for source in self.sources]

    def is_silent(self, watched: Watched) -> bool:
        """Tell whether a source has given no good reading for too long; one that was never tried has given none."""
        return watched.heard_at is None or self._clock.now() - watched.heard_at > self._silent_after

    def _read(self, fetched: Fetched, watched: Watched) -> Statement:
        """Read a body, and refuse one that is older than the last; a moment that cannot be is no moment."""
        statement = watched.source.read(fetched.body)
        published, last = statement.published, Published.read(watched.state.published) if watched.state else None
        if published and published.earliest > self._clock.now().astimezone(UTC).replace(tzinfo=None) + AHEAD_AT_MOST:
            published = None
        if published and last and published.is_before(last):
            raise FetchFailed("feed-older", "the body is an older one than the last")
        return replace(statement, published=published)

    async def _heard(self, watched: Watched, fetched: Fetched, statement: Statement | None) -> "_Known":
        """Keep what a body says, in one transaction, and give what is known now.

        Without a body what was said still holds.
        """
        source = watched.source
        if statement is None:
            levels = {one.scheme: one.level for one in watched.sightings}
        else:
            levels = {scheme: level.name for scheme, level in statement.levels.items()}
            self._ttl[source.code] = min(max(statement.ttl or TTL, TTL_AT_LEAST), TTL_AT_MOST)
        values = {"published": statement.published.text} if statement and statement.published else {}
        missing = ", ".join(scheme for scheme in source.schemes if scheme not in levels)
        async with self._store.writing() as connection:
            said, waiting = await self._reports.note(connection, source, levels, watched.sightings)
            untouched = [one for one in watched.sightings if one.scheme not in levels]
            now_known = replace(watched, sightings=(*said, *untouched))
            if missing:
                failure = FetchFailed("feed-partial", f"it does not name {missing}", schemes=missing)
                state = await self._keep_failure(connection, now_known, failure, etag="", modified="", **values)
            else:
                values |= {"etag": fetched.etag, "modified": fetched.modified}
                state = await self._keep_success(connection, watched, **values)
        return _Known(replace(now_known, state=state), tuple(waiting))

    async def _keep_success(self, connection: AsyncConnection, watched: Watched, **values: Any) -> SourceState:
        """Keep that every scheme was read; owners who know of a silence hear that it is over."""
        state, now = watched.state, self._clock.now()
        if state and state.told_at:
            details = {"source": state.source, "since_at": watched.heard_at}
            await leave_notice(connection, await owners_of(connection), NoticeKind.SOURCE_BACK, now, **details)
        well: dict[str, Any] = {"read_at": now, "failures": 0, "problem": None, "details": {}, "told_at": None}
        return await keep_state(connection, replace(watched.state_or_new(now), **well, **values))

    async def _keep_failure(
        self, connection: AsyncConnection, watched: Watched, failure: FetchFailed, **values: Any
    ) -> SourceState:
        """Keep what went wrong; owners are told once when it has gone on for too long."""
        state, now = watched.state, self._clock.now()
        log.warning("source_not_read", source=watched.source.code, problem=failure.problem, detail=str(failure))
        if state and not state.told_at and self.is_silent(watched):
            details = {"source": state.source, "since_at": watched.heard_at, "problem": failure.problem}
            owners = await owners_of(connection)
            await leave_notice(connection, owners, NoticeKind.SOURCE_SILENT, now, **details, details=failure.details)
            values["told_at"] = now
        new = watched.state_or_new(now)
        values |= {"failures": new.failures + 1, "problem": failure.problem, "details": failure.details}
        return await keep_state(connection, replace(new, **values))

    async def _recall(self, source: LevelSource) -> "_Known":
        """Read from the store what was known when the last process ended."""
        async with self._store.reading() as connection:
            watched = await self._find(connection, source)
            readings = await latest_readings(connection, source.schemes)
        return _Known(watched, tuple(self._reports.waiting(watched.sightings, readings)))

    async def _find(self, connection: AsyncConnection, source: LevelSource) -> Watched:
        state = (await find_states(connection, [source.code])).get(source.code)
        said = [one for one in await find_sightings(connection, [source.code]) if one.scheme in source.schemes]
        return Watched(source, state if state and state.address == source.address else None, tuple(said))

    def _wait(self, source: LevelSource, wait: timedelta) -> None:
        """Set the time of the next poll: never sooner than the wait, and up to a tenth later."""
        seconds = wait.total_seconds() * (1 + JITTER * self._chance())
        self._due[source.code] = self._clock.monotonic() + seconds
