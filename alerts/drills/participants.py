"""Who is in an exercise: the statements that choose them, and the one that writes rows for them and nobody else."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import DeliveryState, as_state
from alerts.drills.drill import Chosen
from alerts.store.authority import drill_participants
from alerts.store.tables import deliveries, people, private_chats, subscriber_sectors, subscribers
from alerts.subscribers.states import SubscriberStatus


def _is_contact(chat_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Tell whether a chat is that of one person who is subscribed; a group is never in an exercise."""
    return exists().where(
        subscribers.c.chat_id == chat_id,
        subscribers.c.kind == "private",
        subscribers.c.status == SubscriberStatus.ACTIVE.value,
    )


def _is_colleague(chat_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Tell whether a chat is that of somebody with a role who has pressed Start."""
    started = exists().where(private_chats.c.user_id == chat_id, private_chats.c.blocked_at.is_(None))
    return and_(exists().where(people.c.user_id == chat_id), started)


def _chats(chosen: Chosen) -> Select[tuple[int]]:
    """Select the chats of everybody who is meant and can be written to, each once."""
    colleagues = select(people.c.user_id.label("chat_id")).where(
        or_(
            people.c.role.in_([role.value for role in chosen.roles]) if chosen.roles else false(),
            people.c.user_id.in_(chosen.people) if chosen.people else false(),
        ),
        _is_colleague(people.c.user_id) | _is_contact(people.c.user_id),
    )
    contacts = select(subscriber_sectors.c.chat_id).where(
        subscriber_sectors.c.sector.in_(chosen.sectors) if chosen.sectors else false(),
        _is_contact(subscriber_sectors.c.chat_id),
    )
    meant = colleagues.union(contacts).subquery()
    return select(meant.c.chat_id)


async def count_chosen(connection: AsyncConnection, chosen: Chosen) -> int:
    """Count who would be in an exercise."""
    return (await connection.execute(select(func.count()).select_from(_chats(chosen).subquery()))).scalar_one()


async def enlist(connection: AsyncConnection, drill_id: int, chosen: Chosen) -> int:
    """Put everybody who is meant into an exercise, and give their number."""
    meant = _chats(chosen).subquery()
    rows = select(literal(drill_id), meant.c.chat_id)
    added = await connection.execute(insert(drill_participants).from_select(["drill_id", "chat_id"], rows))
    return added.rowcount


def _members(drill_id: int) -> Select[tuple[int]]:
    """Select the participants of an exercise who can still be written to; whoever is no participant is not selected."""
    chat_id = drill_participants.c.chat_id
    reachable = _is_colleague(chat_id) | _is_contact(chat_id)
    return select(chat_id).where(drill_participants.c.drill_id == drill_id, reachable)


async def write_drill_rows(connection: AsyncConnection, alert_id: int, drill_id: int, lane: int, now: datetime) -> int:
    """Write the outbox rows of a message of an exercise, one for each participant, and give their number."""
    members = _members(drill_id).order_by(drill_participants.c.chat_id).subquery()
    queued = as_state(DeliveryState.QUEUED)
    moment = literal(now, deliveries.c.state_at.type)
    values = (*(literal(value) for value in queued.values()), literal(lane), literal(0), literal(0), moment)
    rows = select(literal(alert_id), members.c.chat_id, *values)
    columns = ["alert_id", "chat_id", *queued, "lane", "attempts", "uncertain_count", "state_at"]
    return (await connection.execute(insert(deliveries).from_select(columns, rows))).rowcount


async def participants_of(connection: AsyncConnection, drill_id: int) -> list[int]:
    """Name the participants who can still be written to."""
    members = _members(drill_id).order_by(drill_participants.c.chat_id)
    return [row.chat_id for row in (await connection.execute(members)).all()]
