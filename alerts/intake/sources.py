"""Who may send documents in: the use cases of sources and of their tokens (docs/decisions/0022)."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import ADMINISTRATOR, Act
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.errors import InvalidInput, NotFound
from alerts.fetch import check_address
from alerts.intake.source import Source, SourceKind
from alerts.publishing.alert import Severity
from alerts.publishing.marking import Marking
from alerts.store import Store
from alerts.store.outside import intake_polls, intake_sources
from alerts.subscribers.sectors import Directory

TOKEN_PREFIX = "cascade_in_"  # noqa: S105 - no token: what every token begins with, so that a log can hide it
TOKEN_BYTES = 32
NAME_LIMIT = 80
PER_HOUR_AT_MOST = 1000
POLL_MINUTES_AT_MOST = 24 * 60
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CODE_LIMIT = 40


def new_token() -> str:
    """Make a token that nobody can guess."""
    return TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


class Sources:
    """The use cases of sources, all of which are the administrator's at the command line.

    Args:
        store: the database.
        clock: the source of time.
        trail: the record.
        directory: the sectors there are.
        make_token: makes a token; its randomness is what keeps others out.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        trail: Trail,
        directory: Directory,
        make_token: Callable[[], str] = new_token,
    ) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._directory = directory
        self._make_token = make_token

    async def add(
        self, code: str, kind: SourceKind, *, name: str = "", address: str = "", poll_minutes: int = 10
    ) -> tuple[Source, str | None]:
        """Let a system in; it is not trusted at first.

        Returns:
            The source, and its token, which is shown this once; a feed has none.

        Raises:
            InvalidInput: the code is no code or taken, or a feed's address is missing or not safe.
        """
        if not _CODE.fullmatch(code) or len(code) > CODE_LIMIT:
            raise InvalidInput("intake-code", f"a code is small letters, digits and hyphens, {CODE_LIMIT} at most")
        if len(name) > NAME_LIMIT:
            raise InvalidInput("intake-name", f"a name has {NAME_LIMIT} characters at most", limit=NAME_LIMIT)
        if (kind is SourceKind.FEED) != bool(address):
            raise InvalidInput("intake-address", "a feed needs an address, and the other kinds have none")
        if not 1 <= poll_minutes <= POLL_MINUTES_AT_MOST:
            raise InvalidInput("intake-poll", f"a feed is read every 1 to {POLL_MINUTES_AT_MOST} minutes")
        if address:
            check_address(address)
        token = None if kind is SourceKind.FEED else self._make_token()
        now = self._clock.now()
        values: dict[str, Any] = {
            "code": code,
            "name": name or code,
            "kind": kind.value,
            "token_hash": _hash(token) if token else None,
            "token_made_at": now if token else None,
            "address": address or None,
            "poll_minutes": poll_minutes,
            "is_trusted": False,
            "severity_cap": Severity.ADVISORY.value,
            "sectors": [],
            "per_hour": 0,
            "created_at": now,
        }
        async with self._store.writing() as connection:
            if await _find(connection, code) is not None:
                raise InvalidInput("intake-taken", f"there is a source {code} already", code=code)
            row = (await connection.execute(insert(intake_sources).values(values).returning(intake_sources))).one()
            if kind is SourceKind.FEED:
                poll = {"source_id": row.id, "etag": "", "modified": "", "due_at": now}
                await connection.execute(insert(intake_polls).values(poll))
            source = Source.from_row(row)
            host = urlsplit(address).hostname or ""  # the whole address may hold a key
            await self._note(connection, Act.SOURCE_ADDED, source, after={"kind": kind, "host": host})
        return source, token

    async def everything(self) -> list[Source]:
        """List the sources by code."""
        async with self._store.reading() as connection:
            rows = (await connection.execute(_PRESENT.order_by(intake_sources.c.code))).all()
        return [Source.from_row(row) for row in rows]

    async def find(self, code: str) -> Source:
        """Give a source. Raises `NotFound`."""
        async with self._store.reading() as connection:
            return await _demand(connection, code)

    async def rotate(self, code: str) -> str:
        """Give a source a new token in place of the old one, which ends at once.

        Raises:
            NotFound: there is no such source.
            InvalidInput: it is a feed, which has none.
        """
        token = self._make_token()
        async with self._store.writing() as connection:
            source = await _demand(connection, code)
            if source.kind is SourceKind.FEED:
                raise InvalidInput("intake-no-token", "a feed is read, so it has no token")
            await _change(connection, source, token_hash=_hash(token), token_made_at=self._clock.now())
            await self._note(connection, Act.SOURCE_ROTATED, source)
        return token

    async def trust(
        self,
        code: str,
        *,
        severity_cap: Severity,
        sectors: Sequence[str] = (),
        per_hour: int,
        marking: Marking | None = None,
    ) -> Source:
        """Let what a source sends go out at once, within these caps; what goes beyond them waits for an officer.

        Args:
            code: the source's.
            severity_cap: the highest severity that goes out at once.
            sectors: the only sectors to which it goes out at once; none means all.
            per_hour: how many go out at once in an hour.
            marking: of what does not say itself how far it may go; None leaves that of the source as it is.

        Raises:
            NotFound: there is no such source.
            UnknownCode: a sector is not in the directory.
            InvalidInput: the number an hour is out of range.
        """
        self._directory.check_sectors(sectors)
        if not 1 <= per_hour <= PER_HOUR_AT_MOST:
            raise InvalidInput("intake-per-hour", f"a source may send 1 to {PER_HOUR_AT_MOST} at once in an hour")
        if marking is not None and marking.rule.is_named_only:
            raise InvalidInput("intake-marking", f"{marking.label} is for named persons, whom no system can name")
        values: dict[str, Any] = {
            "severity_cap": severity_cap.value,
            "sectors": sorted(set(sectors)),
            "per_hour": per_hour,
        }
        if marking is not None:
            values["marking"] = marking.value
        async with self._store.writing() as connection:
            before = await _demand(connection, code)
            await _change(connection, before, is_trusted=True, **values)
            after = await _demand(connection, code)
            await self._note(connection, Act.SOURCE_TRUSTED, after, before=_trust_in(before), after=_trust_in(after))
        return after

    async def untrust(self, code: str) -> Source:
        """Let everything from a source wait for an officer. Raises `NotFound`."""
        async with self._store.writing() as connection:
            before = await _demand(connection, code)
            await _change(connection, before, is_trusted=False)
            await self._note(connection, Act.SOURCE_UNTRUSTED, before, before=_trust_in(before))
            return await _demand(connection, code)

    async def remove(self, code: str) -> None:
        """Shut a source out; what came from it stays on record, and its code is free again. Raises `NotFound`."""
        async with self._store.writing() as connection:
            source = await _demand(connection, code)
            gone = {"code": f"{code}~{source.id}", "token_hash": None, "is_trusted": False}
            await _change(connection, source, removed_at=self._clock.now(), **gone)
            await self._note(connection, Act.SOURCE_REMOVED, source, before=_trust_in(source))

    async def holder_of(self, token: str) -> Source | None:
        """Give the source that holds a token; every hash is compared, in a time that tells nothing of it."""
        offered = _hash(token)
        async with self._store.reading() as connection:
            rows = (await connection.execute(_PRESENT.where(intake_sources.c.token_hash.is_not(None)))).all()
        found = [row for row in rows if hmac.compare_digest(row.token_hash, offered)]
        return Source.from_row(found[0]) if found else None

    async def _note(
        self,
        connection: AsyncConnection,
        act: Act,
        source: Source,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        now, subject = self._clock.now(), f"source {source.code}"
        await self._trail.note(connection, act, ADMINISTRATOR, now, subject=subject, before=before, after=after)


async def demand_source(connection: AsyncConnection, source_id: int) -> Source:
    """Give a source by its number, as it is now. Raises `NotFound` for one that was removed."""
    row = (await connection.execute(_PRESENT.where(intake_sources.c.id == source_id))).one_or_none()
    if row is None:
        raise NotFound("this source was removed")
    return Source.from_row(row)


_PRESENT = select(intake_sources).where(intake_sources.c.removed_at.is_(None))


def _trust_in(source: Source) -> dict[str, Any]:
    """Give what the record keeps of how far a source is trusted."""
    caps = {"severity": source.severity_cap, "sectors": list(source.sectors), "per_hour": source.per_hour}
    return {"is_trusted": source.is_trusted, **(caps if source.is_trusted else {})}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


async def _find(connection: AsyncConnection, code: str) -> Source | None:
    row = (await connection.execute(_PRESENT.where(intake_sources.c.code == code))).one_or_none()
    return Source.from_row(row) if row else None


async def _demand(connection: AsyncConnection, code: str) -> Source:
    found = await _find(connection, code)
    if found is None:
        raise NotFound(f"there is no source {code}: 'cascade intake list' names them")
    return found


async def _change(connection: AsyncConnection, source: Source, **values: Any) -> None:
    await connection.execute(update(intake_sources).where(intake_sources.c.id == source.id).values(**values))
