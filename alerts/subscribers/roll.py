"""The roll: who subscribes, to which sectors and regions, and whether they can be reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, in_chat
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.delivery.endings import finish_alerts, skip_chat, skip_unvetted
from alerts.errors import InvalidInput
from alerts.store import Store
from alerts.store.tables import private_chats, subscriber_regions, subscriber_sectors, subscribers
from alerts.subscribers.sectors import Directory
from alerts.subscribers.standing import move_chat, resume, suspend
from alerts.subscribers.states import SubscriberStatus
from alerts.subscribers.unvetted import IS_VETTED, UNVETTED
from alerts.text import check_length, cut_to

DETAIL_LIMIT = 80
"""UTF-16 units of a name, an organisation or a job: enough for a person to be phoned by."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a contact says about themselves, each part skippable, and what they want to receive."""

    name: str = ""
    organisation: str = ""
    job: str = ""
    sectors: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    wants_levels: bool = True


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A chat on the roll.

    Attributes:
        reason: why it is suspended or ended, in a few words.
        since: when the present subscription began.
        set_up_by: Telegram user id of who subscribed a group, None for a person's own chat.
        is_vetted: whether somebody vouches for it; while nobody does it gets TLP:CLEAR alone.
    """

    chat_id: int
    kind: str
    status: SubscriberStatus
    reason: str | None
    profile: Profile
    consented_at: datetime
    since: datetime
    set_up_by: int | None = None
    is_vetted: bool = False


class Roll:
    """The use cases of subscribing."""

    def __init__(self, store: Store, clock: Clock, trail: Trail, directory: Directory) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._directory = directory

    async def find(self, chat_id: int) -> Subscriber | None:
        """Give the chat's entry, None when it never subscribed."""
        async with self._store.reading() as connection:
            return await self._entry(connection, chat_id)

    async def everybody(self) -> list[Subscriber]:
        """Give every entry, by chat id."""
        async with self._store.reading() as connection:
            return await read_subscribers(connection)

    async def subscribe(self, chat_id: int, kind: str, profile: Profile, *, set_up_by: int | None = None) -> Subscriber:
        """Put a chat on the roll, or change its entry; consent was given just now.

        Args:
            chat_id: the chat.
            kind: `private`, `group`, `supergroup` or `channel`.
            profile: what it wants; a group's title stands in place of a name.
            set_up_by: who does it, for a group.

        Raises:
            InvalidInput: no sector, or a detail is too long.
            UnknownCode: a sector or region is not in the directory.
        """
        self._check(profile)
        now = self._clock.now()
        async with self._store.writing() as connection:
            before = await self._entry(connection, chat_id)
            values = {
                "kind": kind,
                "status": SubscriberStatus.ACTIVE,
                "reason": None,
                "name": profile.name,
                "organisation": profile.organisation,
                "job": profile.job,
                "wants_levels": profile.wants_levels,
                "set_up_by": set_up_by,
                "updated_at": now,
            }
            if before is None:
                entry = insert(subscribers).values(chat_id=chat_id, consented_at=now, since=now, **values)
                await connection.execute(entry)
            else:
                if before.status is SubscriberStatus.ENDED:
                    values |= {"consented_at": now, "since": now}
                if not is_as_vouched(chat_id, before.profile, profile):
                    values |= UNVETTED
                await connection.execute(update(subscribers).where(subscribers.c.chat_id == chat_id).values(**values))
            await _write_choices(connection, chat_id, profile)
            if before is not None and before.is_vetted:
                await skip_unvetted(connection, [chat_id], now)
            after = await self._entry(connection, chat_id)
            await self._note(connection, chat_id, set_up_by or chat_id, before, after)
        assert after is not None  # noqa: S101 - it was written in this transaction
        return after

    async def unsubscribe(self, chat_id: int, by: int | None = None) -> bool:
        """End a subscription: details and choices are erased, unsent rows are skipped.

        Args:
            chat_id: the chat.
            by: Telegram user id of who ends it, for a group; in their own chat it is the person's own.

        Returns:
            Whether there was one to end.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            entry = await self._entry(connection, chat_id)
            if entry is None or entry.status is SubscriberStatus.ENDED:
                return False
            ended = {"status": SubscriberStatus.ENDED, "reason": "unsubscribed", "updated_at": now}
            erased = {"name": "", "organisation": "", "job": "", "set_up_by": None} | UNVETTED
            await connection.execute(
                update(subscribers).where(subscribers.c.chat_id == chat_id).values(**ended, **erased)
            )
            await _write_choices(connection, chat_id, Profile())
            await skip_chat(connection, chat_id, "unsubscribed", now)
            await self._note(connection, chat_id, by or chat_id, entry, None)
        return True

    async def started(self, user_id: int) -> bool:
        """Note that a person has pressed Start, or written: the bot can write to them from now on.

        Returns:
            Whether a subscription that was suspended goes on.
        """
        if await self._is_in_touch(user_id):
            return False
        now = self._clock.now()
        async with self._store.writing() as connection:
            known = await connection.execute(
                update(private_chats).where(private_chats.c.user_id == user_id).values(blocked_at=None)
            )
            if not known.rowcount:
                await connection.execute(insert(private_chats).values(user_id=user_id, started_at=now))
            return await resume(connection, user_id, now)

    async def blocked(self, user_id: int) -> None:
        """Note that a person has blocked the bot: the subscription is suspended until they unblock it."""
        now = self._clock.now()
        async with self._store.writing() as connection:
            await connection.execute(
                update(private_chats).where(private_chats.c.user_id == user_id).values(blocked_at=now)
            )
            await suspend(connection, user_id, "blocked the bot", now)

    async def shut_out(self, chat_id: int, reason: str) -> None:
        """Note that the bot may not write in a group any more: its subscription is suspended, who set it up is told."""
        async with self._store.writing() as connection:
            await suspend(connection, chat_id, reason, self._clock.now())

    async def let_in(self, chat_id: int) -> bool:
        """Note that the bot may write in a group: a subscription that was suspended goes on. Say whether one did."""
        async with self._store.writing() as connection:
            return await resume(connection, chat_id, self._clock.now())

    async def renamed(self, chat_id: int, title: str) -> None:
        """Note that a group has another title."""
        group = (subscribers.c.chat_id == chat_id) & subscribers.c.set_up_by.is_not(None)
        async with self._store.writing() as connection:
            await connection.execute(update(subscribers).where(group).values(name=cut_to(title, DETAIL_LIMIT)))

    async def migrated(self, old_id: int, new_id: int) -> None:
        """Note that a group has become a supergroup with a new id: its subscription follows it."""
        now = self._clock.now()
        async with self._store.writing() as connection:
            await finish_alerts(connection, await move_chat(connection, old_id, new_id, now), now)

    async def unreachable(self, user_ids: Sequence[int]) -> list[int]:
        """Name those of these people who never pressed Start, or have blocked the bot since."""
        reachable = select(private_chats.c.user_id).where(
            private_chats.c.user_id.in_(user_ids), private_chats.c.blocked_at.is_(None)
        )
        async with self._store.reading() as connection:
            found = set((await connection.execute(reachable)).scalars())
        return [user_id for user_id in user_ids if user_id not in found]

    async def _is_in_touch(self, user_id: int) -> bool:
        """Tell whether nothing would change by hearing from a person: most messages need no write."""
        known = select(private_chats.c.blocked_at).where(private_chats.c.user_id == user_id)
        status = select(subscribers.c.status).where(subscribers.c.chat_id == user_id)
        async with self._store.reading() as connection:
            chat = (await connection.execute(known)).one_or_none()
            suspended = (await connection.execute(status)).scalar_one_or_none() == SubscriberStatus.SUSPENDED
        return chat is not None and chat.blocked_at is None and not suspended

    async def _note(
        self, connection: AsyncConnection, chat_id: int, by: int, before: Subscriber | None, after: Subscriber | None
    ) -> None:
        """Note what a chat chose and chooses; what a contact says of themselves stays out of the record."""
        act = Act.SUBSCRIPTION_CHANGED if before and before.status is not SubscriberStatus.ENDED else Act.SUBSCRIBED
        await self._trail.note(
            connection,
            act if after else Act.UNSUBSCRIBED,
            in_chat(by),
            self._clock.now(),
            subject="subscription",
            whom=chat_id,
            before=_choice(before),
            after=_choice(after),
        )

    def _check(self, profile: Profile) -> None:
        if not profile.sectors:
            raise InvalidInput("sectors-none", "at least one sector is needed")
        self._directory.check_sectors(profile.sectors)
        for region in profile.regions:
            self._directory.region(region)
        for detail in (profile.name, profile.organisation, profile.job):
            check_detail(detail)

    async def _entry(self, connection: AsyncConnection, chat_id: int) -> Subscriber | None:
        row = (await connection.execute(_ENTRIES.where(subscribers.c.chat_id == chat_id))).one_or_none()
        if row is None:
            return None
        sectors = select(subscriber_sectors.c.sector).where(subscriber_sectors.c.chat_id == chat_id)
        regions = select(subscriber_regions.c.region).where(subscriber_regions.c.chat_id == chat_id)
        return _subscriber(
            row,
            tuple((await connection.execute(sectors.order_by(subscriber_sectors.c.sector))).scalars()),
            tuple((await connection.execute(regions.order_by(subscriber_regions.c.region))).scalars()),
        )


_ENTRIES = select(subscribers, IS_VETTED.label("is_vetted"))


def is_as_vouched(chat_id: int, was: Profile, profile: Profile) -> bool:
    """Tell whether a vetting holds for what an entry is to say: the same person still, of no further sector.

    A group's title is no part of it: who vouched for the group knows who reads there.
    """
    is_same = (was.name, was.organisation, was.job) == (profile.name, profile.organisation, profile.job)
    return (chat_id < 0 or is_same) and not set(profile.sectors) - set(was.sectors)


def _choice(entry: Subscriber | None) -> dict[str, Any]:
    """Give what the record keeps of an entry."""
    if entry is None or entry.status is SubscriberStatus.ENDED:
        return {}
    chosen = entry.profile
    return {"sectors": list(chosen.sectors), "regions": list(chosen.regions), "wants_levels": chosen.wants_levels}


def check_detail(text: str) -> str:
    """Give a personal detail as one line.

    Raises:
        InvalidInput: it is too long.
    """
    detail = " ".join(text.split())
    check_length(detail, DETAIL_LIMIT, "detail-too-long", "that")
    return detail


async def _write_choices(connection: AsyncConnection, chat_id: int, profile: Profile) -> None:
    await connection.execute(delete(subscriber_sectors).where(subscriber_sectors.c.chat_id == chat_id))
    await connection.execute(delete(subscriber_regions).where(subscriber_regions.c.chat_id == chat_id))
    if profile.sectors:
        chosen = [{"chat_id": chat_id, "sector": sector} for sector in sorted(set(profile.sectors))]
        await connection.execute(insert(subscriber_sectors), chosen)
    if profile.regions:
        chosen = [{"chat_id": chat_id, "region": region} for region in sorted(set(profile.regions))]
        await connection.execute(insert(subscriber_regions), chosen)


async def read_subscribers(connection: AsyncConnection, which: ColumnElement[bool] | None = None) -> list[Subscriber]:
    """Give entries of the roll with what they have chosen, by chat id: those of a condition on it, or all."""
    entries = _ENTRIES.order_by(subscribers.c.chat_id)
    rows = (await connection.execute(entries if which is None else entries.where(which))).all()
    sectors = await _choices(connection, subscriber_sectors.c.chat_id, subscriber_sectors.c.sector, which)
    regions = await _choices(connection, subscriber_regions.c.chat_id, subscriber_regions.c.region, which)
    return [_subscriber(row, sectors.get(row.chat_id, ()), regions.get(row.chat_id, ())) for row in rows]


async def _choices(
    connection: AsyncConnection, chat: Column[Any], choice: Column[Any], which: ColumnElement[bool] | None
) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    chosen = select(chat, choice).order_by(chat, choice)
    if which is not None:
        chosen = chosen.where(chat.in_(select(subscribers.c.chat_id).where(which)))
    for chat_id, code in (await connection.execute(chosen)).all():
        found[chat_id] = (*found.get(chat_id, ()), code)
    return found


def _subscriber(row: Row[Any], sectors: tuple[str, ...], regions: tuple[str, ...]) -> Subscriber:
    return Subscriber(
        chat_id=row.chat_id,
        kind=row.kind,
        status=SubscriberStatus(row.status),
        reason=row.reason,
        profile=Profile(row.name, row.organisation, row.job, sectors, regions, row.wants_levels),
        consented_at=row.consented_at,
        since=row.since,
        set_up_by=row.set_up_by,
        is_vetted=bool(row.is_vetted),
    )
