"""Reads the CAP feeds that are sources, each when it is due, and takes their documents in like any others."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from alerts.cap.message import Message
from alerts.cap.reader import message_of, read
from alerts.cap.writer import write
from alerts.cap.xml import BYTES_AT_MOST
from alerts.clock import Clock
from alerts.errors import BadDocument, CascadeError, FetchFailed, InvalidInput, NotFound, StoreError
from alerts.fetch import Fetch, Wanted
from alerts.intake.cap_door import submission_of
from alerts.intake.entries import FEED_BYTES, Entry, read_entries
from alerts.intake.intake import Intake
from alerts.intake.source import Source
from alerts.intake.submission import Wording
from alerts.store import Store
from alerts.store.outside import intake_entries, intake_polls, intake_sources

DOCUMENTS_AT_ONCE = 40
"""How many documents of a feed are read at one look; the rest has its turn at the next."""

MISSED = 3
"""After so many polls without a good reading a feed is stale."""


@dataclass(frozen=True, slots=True)
class FeedStanding:
    """How a feed stands.

    Attributes:
        read_at: when it was last read as it should be, None for never.
        failure: why it could not be read the last time, "" if it could.
        is_stale: it has not been read for three times as long as it should.
    """

    code: str
    read_at: datetime | None
    failure: str
    is_stale: bool


class Feeds:
    """The feeds among the sources.

    Args:
        store: the database.
        clock: the source of time.
        fetch: fetches an address.
        intake: takes documents in.
        wording: the words that people read.
    """

    def __init__(self, store: Store, clock: Clock, fetch: Fetch, intake: Intake, wording: Wording) -> None:
        self._store = store
        self._clock = clock
        self._fetch = fetch
        self._intake = intake
        self._wording = wording

    async def look(self) -> None:
        """Read every feed that is due; one that fails does not hold up the others."""
        due = _POLLS.where(intake_polls.c.due_at <= self._clock.now())
        async with self._store.reading() as connection:
            rows = (await connection.execute(due)).all()
        for row in rows:
            await self._poll(Source.from_row(row), row.etag, row.modified)

    async def standings(self) -> list[FeedStanding]:
        """Tell how each feed stands."""
        now = self._clock.now()
        async with self._store.reading() as connection:
            rows = (await connection.execute(_POLLS)).all()
        return [
            FeedStanding(
                code=row.code,
                read_at=row.read_at,
                failure=row.failure or "",
                is_stale=now - (row.read_at or row.created_at) > MISSED * timedelta(minutes=row.poll_minutes),
            )
            for row in rows
        ]

    async def _poll(self, source: Source, etag: str, modified: str) -> None:
        """Read one feed, and note how that went."""
        now = self._clock.now()
        values: dict[str, Any] = {"due_at": now + timedelta(minutes=source.poll_minutes), "tried_at": now}
        try:
            wanted = Wanted(source.address or "", etag=etag, modified=modified, bytes_at_most=FEED_BYTES)
            answer = await self._fetch(wanted)
            values |= {"read_at": now, "failure": None}
            if not answer.is_unchanged:
                entries = await asyncio.to_thread(read_entries, answer.body, source.address or "")
                if await self._take_new(source, entries):  # else the server must not answer 'unchanged' the next time
                    values |= {"etag": answer.etag, "modified": answer.modified}
        except StoreError:
            raise
        except CascadeError as error:
            values |= {"failure": str(error)}
            values.pop("read_at", None)
        async with self._store.writing() as connection:
            await connection.execute(update(intake_polls).where(intake_polls.c.source_id == source.id).values(**values))

    async def _take_new(self, source: Source, entries: Sequence[Entry]) -> bool:
        """Take the documents in that were not seen before, the oldest first; tell whether none is left.

        Raises:
            NotFound: one names, or the source is for, what is not there any more; the others are in.
        """
        mine = intake_entries.c.source_id == source.id
        async with self._store.writing() as connection:
            present = [entry.name for entry in entries]
            await connection.execute(delete(intake_entries).where(mine, intake_entries.c.entry.not_in(present)))
            seen = set((await connection.execute(select(intake_entries.c.entry).where(mine))).scalars())
        fresh = [entry for entry in reversed(entries) if entry.name not in seen]
        is_whole, trouble = len(fresh) <= DOCUMENTS_AT_ONCE, None
        for entry in fresh[:DOCUMENTS_AT_ONCE]:
            try:
                refusal = await self._take(source, entry)
            except FetchFailed:
                is_whole = False
                continue
            except NotFound as error:  # a sector that is in the directory no more: it comes in when that is mended
                trouble = error
                continue
            values = {"source_id": source.id, "entry": entry.name, "seen_at": self._clock.now(), "refusal": refusal}
            async with self._store.writing() as connection:
                await connection.execute(insert(intake_entries).values(values))
        if trouble is not None:
            raise trouble
        return is_whole

    async def _take(self, source: Source, entry: Entry) -> str | None:
        """Take one document in; give why it was refused, None if it was not. Raises `FetchFailed` and `NotFound`."""
        try:
            message, document = await self._message(entry)
            await self._intake.receive(source, submission_of(message, source, self._wording, document))
        except (BadDocument, InvalidInput) as error:
            return str(error)
        return None

    async def _message(self, entry: Entry) -> tuple[Message, bytes]:
        if entry.document is not None:
            message = message_of(entry.document)
            return message, write(message)
        answer = await self._fetch(Wanted(entry.address, bytes_at_most=BYTES_AT_MOST))
        return await asyncio.to_thread(read, answer.body), answer.body


_POLLS = (
    select(
        intake_sources,
        intake_polls.c.etag,
        intake_polls.c.modified,
        intake_polls.c.read_at,
        intake_polls.c.failure,
    )
    .join(intake_polls, intake_polls.c.source_id == intake_sources.c.id)
    .where(intake_sources.c.removed_at.is_(None))
    .order_by(intake_sources.c.code)
)
