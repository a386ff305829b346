"""What comes from outside and waits for an officer: feeds, CAP documents and other systems all end here.

Nothing that arrives is sent by itself from here. An item waits until an officer makes it an ordinary draft of their
own, or throws it away; why it goes no other way stands in docs/decisions/0024-what-comes-from-outside-waits.md.
"""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, in_chat
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale
from alerts.people.notices import NoticeKind, leave_notice
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.checks import LONGEST_LIFE
from alerts.publishing.incoming_content import Wording, draft_of, kept_content
from alerts.publishing.incoming_item import (
    Arrival,
    ArrivalState,
    IncomingState,
    Item,
    Received,
    check_item,
    digest_of,
    digest_of_text,
    is_let_into,
    may_see,
    may_take,
)
from alerts.publishing.incoming_news import announce_within, has_news, next_news
from alerts.publishing.incoming_record import change_item, find_item, find_same, insert_item, move_item
from alerts.publishing.record import find_alert, insert_alert
from alerts.publishing.versions import keep_version
from alerts.store import Store
from alerts.store.outside import incoming_items
from alerts.store.tables import people
from alerts.subscribers.sectors import Directory
from alerts.text import digest_of_texts


class Incoming:
    """The use cases of what comes from outside.

    Args:
        store: the database.
        clock: the source of time.
        directory: the sectors and regions there are.
        wording: the words that are put to an item.
    """

    def __init__(self, store: Store, clock: Clock, trail: Trail, directory: Directory, wording: Wording) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._directory = directory
        self._wording = wording

    async def arrive(self, item: Item) -> Arrival:
        """Take an item in, in a transaction of its own; see `arrive_within`."""
        async with self._store.writing() as connection:
            return await self.arrive_within(connection, item)

    async def arrive_within(self, connection: AsyncConnection, item: Item, *, is_old: bool = False) -> Arrival:
        """Take an item in, inside the caller's transaction, and tell the officers whom it concerns.

        The same source and identifier with the same content is known and changes nothing. With other content it is
        edited: the item is brought up to date and waits (again), also one that has become a draft already. One that
        was discarded, or was there before its source was watched, comes back only if headline or text are new.

        Args:
            connection: a writing transaction.
            item: what arrived.
            is_old: it was published before its source was watched: it is remembered, and nobody is told.

        Raises:
            InvalidInput: a part cannot be used; nothing was written.
            UnknownCode: a sector or region is not in the directory.
        """
        check_item(item, self._directory)
        before = await find_same(connection, item.source, item.identifier)
        if before is not None and before.digest == digest_of(item):
            return Arrival(ArrivalState.KNOWN, before.id)
        content, now = kept_content(item, self._wording), self._clock.now()
        if before is None:
            state = IncomingState.SEEN if is_old else IncomingState.WAITING
            news = await next_news(connection)
            item_id = await insert_item(connection, item, content, state, news=news, now=now)
            arrival = Arrival(ArrivalState.NEW, item_id)
        else:
            await self._edit(connection, before, item, content)
            arrival = Arrival(ArrivalState.EDITED, before.id)
        await announce_within(connection, now)
        return arrival

    async def withdraw_within(self, connection: AsyncConnection, source: str, identifier: str) -> Arrival | None:
        """Note that a source has taken an item back, inside the caller's transaction: nobody can take it up any more.

        An officer who has made a draft of it gets a notice, and decides what becomes of the draft or the alert.

        Returns:
            The item, None when this source has none of that identifier that waits or has become a draft.
        """
        item = await find_same(connection, source, identifier)
        if item is None or item.state not in {IncomingState.WAITING, IncomingState.ADOPTED}:
            return None
        now = self._clock.now()
        await move_item(connection, item, IncomingState.WITHDRAWN, now)
        if item.state is IncomingState.ADOPTED and item.decided_by and item.alert_id:
            reference = (await find_alert(connection, item.alert_id)).reference
            details = {"headline": item.headline, "source": item.source, "reference": reference}
            await leave_notice(connection, [item.decided_by], NoticeKind.INCOMING_WITHDRAWN, now, **details)
        return Arrival(ArrivalState.EDITED, item.id)

    async def announce(self) -> None:
        """Tell officers of what has arrived while a notice was too fresh for another one; a duty that recurs."""
        now = self._clock.now()
        async with self._store.reading() as connection:
            if not await has_news(connection, now):
                return
        async with self._store.writing() as connection:
            await announce_within(connection, now)

    async def find(self, item_id: int, officer: Person) -> Received:
        """Give an item.

        Raises:
            NotFound: there is none with this id.
            NotAllowed: it is for other sectors than the officer's.
        """
        async with self._store.reading() as connection:
            return await self._for(connection, item_id, officer, may_see)

    async def waiting(self, officer: Person) -> list[Received]:
        """List whatever waits and concerns a person, the newest first."""
        statement = select(incoming_items).where(incoming_items.c.state == IncomingState.WAITING.value)
        async with self._store.reading() as connection:
            rows = (await connection.execute(statement.order_by(incoming_items.c.news.desc()))).all()
        return [item for item in map(Received.from_row, rows) if may_see(officer, item)]

    async def adopt(self, item_id: int, officer: Person, news: int | None = None) -> Alert:
        """Make an item an ordinary draft of an officer; nothing is sent.

        The draft lacks what the item does not say: severity, expiry, and the sectors and regions if it names none. A
        second call of the same officer gives the same draft again.

        Args:
            item_id: the item.
            officer: whose draft it becomes.
            news: which arrival of it the officer has seen (`Received.news`), None for whichever is there.

        Raises:
            NotFound: there is none with this id.
            NotAllowed: it is for other sectors than the officer's.
            Stale: it has changed since the officer saw it.
            InvalidInput: somebody else has it already, or it is over; the text says who and what.
        """
        async with self._store.writing() as connection:
            item = await self._for(connection, item_id, officer)
            if item.state is IncomingState.ADOPTED and item.decided_by == officer.user_id and item.alert_id:
                draft = await find_alert(connection, item.alert_id)
                if draft.status is AlertStatus.DRAFT:
                    return draft
            await _check_open(connection, item, news)
            draft = await insert_alert(connection, draft_of(item, officer, self._wording, self._clock.now()))
            await keep_version(connection, draft, officer.user_id, self._clock.now())
            await move_item(
                connection, item, IncomingState.ADOPTED, self._clock.now(), by=officer.user_id, alert_id=draft.id
            )
            await self._note(connection, Act.INCOMING_TAKEN, item, officer, {"alert": draft.id})
            return draft

    async def discard(self, item_id: int, officer: Person, news: int | None = None) -> Received:
        """Throw an item away, for everybody; it stays on record. Arguments and errors are those of `adopt`."""
        async with self._store.writing() as connection:
            item = await self._for(connection, item_id, officer)
            await _check_open(connection, item, news)
            await move_item(connection, item, IncomingState.DISCARDED, self._clock.now(), by=officer.user_id)
            await self._note(connection, Act.INCOMING_DISCARDED, item, officer, {})
            return await find_item(connection, item_id)

    async def lapse_old(self) -> None:
        """Let go of items that nobody took up while an alert could have lived, or before they ran out."""
        now = self._clock.now()
        is_over = (incoming_items.c.changed_at < now - LONGEST_LIFE) | (incoming_items.c.expires_at <= now)
        over = select(incoming_items).where(incoming_items.c.state == IncomingState.WAITING.value, is_over)
        async with self._store.reading() as connection:
            if (await connection.execute(over.limit(1))).first() is None:
                return
        async with self._store.writing() as connection:
            for row in (await connection.execute(over)).all():
                await move_item(connection, Received.from_row(row), IncomingState.LAPSED, now)

    async def _edit(self, connection: AsyncConnection, before: Received, item: Item, content: tuple[str, str]) -> None:
        """Bring an item up to date, and let it wait again where somebody has to look at it again."""
        is_new_text = before.text_digest != digest_of_text(item)
        stays_away = {IncomingState.DISCARDED, IncomingState.SEEN, IncomingState.LAPSED, IncomingState.WITHDRAWN}
        now = self._clock.now()
        waits = is_new_text or before.state not in stays_away
        news = await next_news(connection) if waits else before.news
        await change_item(connection, before.id, item, content, news=news, now=now)
        if waits and before.state is not IncomingState.WAITING:
            await move_item(connection, before, IncomingState.WAITING, now)

    async def _note(
        self, connection: AsyncConnection, act: Act, item: Received, officer: Person, after: dict[str, object]
    ) -> None:
        by, subject, now = in_chat(officer.user_id), f"incoming {item.id}", self._clock.now()
        before = {"source": item.source, "text_sha256": digest_of_texts(item.headline, item.body)}
        await self._trail.note(connection, act, by, now, subject=subject, before=before, after=after)

    async def _for(
        self,
        connection: AsyncConnection,
        item_id: int,
        officer: Person,
        is_allowed: Callable[[Person, Received], bool] = may_take,
    ) -> Received:
        item = await find_item(connection, item_id)
        if not is_let_into(officer, item):
            raise NotFound(f"there is no incoming item {item_id} for this person")
        if not is_allowed(officer, item):
            raise NotAllowed("this item is for other sectors than yours")
        return item


async def _check_open(connection: AsyncConnection, item: Received, news: int | None) -> None:
    """Refuse an item that waits no more, naming who has decided what, or that is not the one which was seen."""
    match item.state:
        case IncomingState.WAITING:
            if news is not None and item.news != news:
                raise Stale("the item has changed since it was shown")
        case IncomingState.ADOPTED:
            name, reference = await _name_of(connection, item.decided_by), ""
            if item.alert_id is not None:
                reference = (await find_alert(connection, item.alert_id)).reference
            sentence = f"{name} has made a draft of it already: {reference}"
            raise InvalidInput("incoming-adopted", sentence, name=name, reference=reference, when=item.decided_at)
        case IncomingState.DISCARDED:
            name = await _name_of(connection, item.decided_by)
            raise InvalidInput("incoming-discarded", f"{name} has discarded it", name=name, when=item.decided_at)
        case IncomingState.WITHDRAWN:
            raise InvalidInput("incoming-withdrawn", "its source has taken it back", when=item.decided_at)
        case IncomingState.LAPSED | IncomingState.SEEN:
            raise InvalidInput("incoming-over", "it is too old to be taken up")


async def _name_of(connection: AsyncConnection, user_id: int | None) -> str:
    statement = select(people.c.name).where(people.c.user_id == user_id)
    return (await connection.execute(statement)).scalar_one_or_none() or f"user {user_id}"


__all__ = ["Arrival", "ArrivalState", "Incoming", "IncomingState", "Item", "Received", "Wording"]
