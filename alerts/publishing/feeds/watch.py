"""Reads the watched feeds when their time has come; where each stands is kept, so that a restart repeats nothing."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.clock import Clock
from alerts.errors import FetchFailed, InvalidInput
from alerts.fetch import Fetch, Fetched, Wanted
from alerts.people.notices import NoticeKind, leave_notice, owners_of
from alerts.publishing.feeds.source import Watched
from alerts.publishing.incoming import Incoming
from alerts.publishing.incoming_item import Item
from alerts.store import Store
from alerts.store.outside import news_feeds

RECENT = timedelta(days=1)
"""How old an item may be at the first reading of a feed to become a draft; older ones are only remembered."""

TELL_AFTER = timedelta(minutes=30)
"""How long a feed may fail before owners are told: a server that restarts is nobody's business."""

RETRY = timedelta(minutes=5)
BYTES_AT_MOST = 1_000_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FeedState:
    """Where a watched feed stands.

    Attributes:
        address: where it is fetched; what is known of another address is forgotten.
        etag: what the server called the edition read last, "" for none; the same for `modified`.
        read_at: when the server gave it last, changed or not; None before the first time.
        due_at: when it is read next.
        failing_since: None while it can be read.
        failure: key of the reason and what its sentence names, {} while it can be read.
        told_at: when owners were told that it fails, None while they need not know.
    """

    code: str
    address: str
    etag: str = ""
    modified: str = ""
    read_at: datetime | None = None
    due_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    failure: dict[str, Any] | None = None
    told_at: datetime | None = None

    @classmethod
    def from_row(cls, row: Row[Any]) -> "FeedState":
        """Make it from a row of the table `news_feeds`."""
        return cls(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


class NewsWatch:
    """Polls the feeds that an installation has chosen.

    Args:
        store: the database.
        clock: the source of time.
        feeds: what is watched, each with its address.
        fetch: how an address is read.
        incoming: where the items go.
        chance: gives a number from 0 to 1, so that many installations do not ask at the same moment.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        feeds: Sequence[Watched],
        fetch: Fetch,
        incoming: Incoming,
        chance: Callable[[], float],
    ) -> None:
        self._store = store
        self._clock = clock
        self._feeds = feeds
        self._fetch = fetch
        self._incoming = incoming
        self._chance = chance

    async def poll_due(self) -> None:
        """Read every feed whose time has come; a duty that recurs."""
        for feed in self._feeds:
            state = await read_state(self._store, feed)
            if state.due_at is None or state.due_at <= self._clock.now():
                await self._poll(feed, state)

    async def _poll(self, feed: Watched, state: FeedState) -> None:
        """Read a feed; what it holds is taken in whole or not at all."""
        try:
            fetched = await self._fetch(Wanted(feed.address, state.etag, state.modified, BYTES_AT_MOST))
            items = [] if fetched.is_unchanged else await asyncio.to_thread(feed.source.parse, fetched.body)
            async with self._store.writing() as connection:
                await self._take_in(connection, items, is_first=state.read_at is None)
                await self._note_read(connection, feed, state, fetched)
        except FetchFailed as failure:
            await self._note_failure(feed, state, failure)
        except InvalidInput as problem:  # a text that no alert can hold; the parsers should have seen to that
            unusable = FetchFailed("news-unusable", "an entry of the feed cannot be used")
            unusable.__cause__ = problem
            await self._note_failure(feed, state, unusable)

    async def _take_in(self, connection: AsyncConnection, items: Sequence[Item], *, is_first: bool) -> None:
        """Take the items in, the oldest first; of a feed that was never read before only what is recent is told."""
        recent = self._clock.now() - RECENT
        for item in reversed(items):
            is_old = is_first and item.published_at is not None and item.published_at < recent
            await self._incoming.arrive_within(connection, item, is_old=is_old)

    async def _note_read(self, connection: AsyncConnection, feed: Watched, state: FeedState, fetched: Fetched) -> None:
        now = self._clock.now()
        if state.told_at is not None and state.failing_since is not None:
            await leave_notice(
                connection,
                await owners_of(connection),
                NoticeKind.FEED_RECOVERED,
                now,
                source=feed.source.code,
                since_at=state.failing_since,
            )
        values = {"etag": fetched.etag, "modified": fetched.modified, "read_at": now, "due_at": self._next(feed, now)}
        good = {"failures": 0, "failing_since": None, "failure": None, "told_at": None}
        await _keep(connection, feed, values | good)

    async def _note_failure(self, feed: Watched, state: FeedState, failure: FetchFailed) -> None:
        """Keep why a feed cannot be read, and tell owners once when that lasts."""
        now = self._clock.now()
        since = state.failing_since or now
        log.warning("feed_not_read", feed=feed.source.code, problem=failure.problem, failures=state.failures + 1)
        reason = {"problem": failure.problem, "details": orjson.loads(orjson.dumps(failure.details))}
        values: dict[str, Any] = {
            "etag": state.etag,
            "modified": state.modified,
            "read_at": state.read_at,
            "due_at": now + RETRY * (1 + self._chance() / 2),
            "failures": state.failures + 1,
            "failing_since": since,
            "failure": reason,
            "told_at": state.told_at,
        }
        async with self._store.writing() as connection:
            if state.told_at is None and now - since >= TELL_AFTER:
                values["told_at"] = now
                owners = await owners_of(connection)
                details = {"source": feed.source.code, "since_at": since, **reason}
                await leave_notice(connection, owners, NoticeKind.FEED_FAILS, now, **details)
            await _keep(connection, feed, values)

    def _next(self, feed: Watched, now: datetime) -> datetime:
        return now + feed.source.every * (1 + self._chance() / 2)


async def read_state(store: Store, feed: Watched) -> FeedState:
    """Tell where a feed stands; one that has another address now begins anew."""
    statement = select(news_feeds).where(news_feeds.c.code == feed.source.code)
    async with store.reading() as connection:
        row = (await connection.execute(statement)).one_or_none()
    if row is None or row.address != feed.address:
        return FeedState(feed.source.code, feed.address)
    return FeedState.from_row(row)


async def _keep(connection: AsyncConnection, feed: Watched, values: dict[str, Any]) -> None:
    values = {"address": feed.address, **values}
    changed = await connection.execute(update(news_feeds).where(news_feeds.c.code == feed.source.code).values(**values))
    if not changed.rowcount:
        await connection.execute(insert(news_feeds).values(code=feed.source.code, **values))
