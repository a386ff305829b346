"""The use cases of the record beside writing it: reading, exporting and inspecting it, and erasing a person."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, Actor, Entry
from alerts.audit.erasure import erase_from_alerts, refuse_while_unreleased
from alerts.audit.inspection import ERASED, Inspection
from alerts.audit.trail import MARK, REFUSED, Trail
from alerts.audit.verdict import Link, Verdict
from alerts.clock import Clock
from alerts.errors import NotAllowed, NotFound, StoreError, WrongSecret
from alerts.paging import Window
from alerts.store import Store
from alerts.store.authority import audit
from alerts.store.tables import people

PAGE_SIZE = 6
"""Entries on one page: what a phone shows without much scrolling."""

AT_ONCE = 1000
"""Entries that are read together when all are."""

BESIDE = "beside the record"
"""In the entry of an erasure: in how many places of the tables of alerts the person stood."""

RECORD = "record"
"""The subject of what is done to the record itself."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One page of the record, newest entry first.

    Attributes:
        top: the newest entry on the first page: what is written later turns no page.
        names: what people with a role are called, by user id.
        newest: the newest link, None for an empty record.
    """

    entries: tuple[Entry, ...]
    top: int
    window: Window
    names: dict[int, str]
    newest: Link | None


class Record:
    """Reads the record.

    Args:
        store: the database.
        clock: the source of time.
        trail: writes it.
    """

    def __init__(self, store: Store, clock: Clock, trail: Trail) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail

    async def newest(self) -> Link | None:
        """Give the newest link, None for an empty record."""
        async with self._store.reading() as connection:
            return await newest_link(connection)

    async def page(self, number: int = 0, top: int | None = None) -> RecordPage:
        """Give a page of the entries up to `top`; a page that is not there is the last one."""
        async with self._store.reading() as connection:
            newest = await newest_link(connection)
            top = min(top, newest.number) if top and newest else newest.number if newest else 0
            window = Window.at(number, total=top, size=PAGE_SIZE)
            shown = select(audit).where(audit.c.number <= top - window.start)
            rows = (await connection.execute(shown.order_by(audit.c.number.desc()).limit(PAGE_SIZE))).all()
            entries = tuple(Entry.from_row(row) for row in rows)
            return RecordPage(entries, top, window, await _names(connection, entries), newest)

    async def open(self, by: Actor) -> RecordPage:
        """Give the first page, and note that somebody looked at the record; that itself is on the next look's page."""
        page = await self.page()
        await self.note_seen(Act.RECORD_SEEN, by)
        return page

    async def everything(self) -> AsyncIterator[list[Entry]]:
        """Give every entry there is now, oldest first and so many at a time that memory stays small."""
        newest, after = await self.newest(), 0
        while newest is not None and after < newest.number:
            between = audit.c.number.between(after + 1, min(after + AT_ONCE, newest.number))
            async with self._store.reading() as connection:
                rows = (await connection.execute(select(audit).where(between).order_by(audit.c.number))).all()
            yield [Entry.from_row(row) for row in rows]
            after += AT_ONCE

    async def inspect(self, given: str | None = None, on_progress: Callable[[int], None] = lambda _: None) -> Verdict:
        """Walk the whole chain and say whether it is as it was written; nothing is changed by it.

        Args:
            given: a seal that must be in it, such as one that the owners were sent.
            on_progress: told now and then how many entries were read.
        """
        return await Inspection(self._store, self._trail, given, on_progress).run()

    async def prove_secret(self) -> None:
        """Make sure that the secret at hand is this database's. Raises `WrongSecret`."""
        async with self._store.writing() as connection:
            await self._trail.prove(connection)

    async def refuse_foreign_secret(self) -> None:
        """Raise `WrongSecret` if the database is another secret's; one without tables is nobody's. Writes nothing."""
        try:
            mark = await self._store.fact(MARK)
        except StoreError:
            return  # whatever is wrong with it, the migration says
        if mark is not None and mark != self._trail.mark():
            raise WrongSecret(REFUSED)

    async def renew(self, by: Actor) -> None:
        """Go on with the secret at hand in place of the one before, and note that.

        What is earlier stays as it is, and is proved by the secret before alone.

        Raises:
            Stale: it is this database's already.
        """
        async with self._store.writing() as connection:
            await self._trail.adopt(connection)
            await self._trail.note(connection, Act.SECRET_REPLACED, by, self._clock.now(), subject=RECORD)

    async def note_seen(self, act: Act, by: Actor, subject: str = RECORD, entries: int | None = None) -> None:
        """Note that somebody has looked at what is about people, or taken it along.

        Args:
            act: how, such as `Act.CONTACTS_SEEN`.
            by: who.
            subject: what it was, such as `subscribers`.
            entries: how many, where that is known.
        """
        after = {} if entries is None else {"entries": entries}
        async with self._store.writing() as connection:
            await self._trail.note(connection, act, by, self._clock.now(), subject=subject, after=after)

    async def erase(self, user_id: int, by: Actor) -> int:
        """Take a person or chat out of every entry, and out of what is kept of alerts beside the record.

        The chain stays whole, and it is noted without saying who.

        Returns:
            How many times they stood in either.

        Raises:
            NotAllowed: they hold a role, so that what they do still has to be answered for; or they have a hand in an
                alert that has not gone out.
            NotFound: they stand nowhere in it.
        """
        async with self._store.writing() as connection:
            holds = select(people.c.user_id).where(people.c.user_id == user_id)
            if (await connection.execute(holds)).first() is not None:
                raise NotAllowed(f"{user_id} holds a role: revoke it first")
            await refuse_while_unreleased(connection, user_id)
            erased, beside = 0, await erase_from_alerts(connection, user_id)
            for part in ("who", "whom"):
                gone = update(audit).where(audit.c[part] == user_id).values({part: None, f"{part}_salt": None})
                erased += (await connection.execute(gone)).rowcount
            if not erased and not beside:
                raise NotFound(f"{user_id} stands nowhere in the record")
            now = self._clock.now()
            await self._trail.note(
                connection, Act.PERSON_ERASED, by, now, subject=RECORD, after={ERASED: erased, BESIDE: beside}
            )
        return erased + beside


async def newest_link(connection: AsyncConnection) -> Link | None:
    """Give the newest link in this transaction, None for an empty record."""
    newest = select(audit.c.number, audit.c.seal, audit.c.at).order_by(audit.c.number.desc()).limit(1)
    row = (await connection.execute(newest)).one_or_none()
    return Link(row.number, row.seal, row.at) if row else None


async def _names(connection: AsyncConnection, entries: tuple[Entry, ...]) -> dict[int, str]:
    """Name the people in these entries as far as they hold a role."""
    ids = {person for entry in entries for person in (entry.who, entry.whom) if person is not None}
    rows = (await connection.execute(select(people.c.user_id, people.c.name).where(people.c.user_id.in_(ids)))).all()
    return {row.user_id: row.name for row in rows if row.name}
