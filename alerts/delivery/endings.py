"""How waiting rows and alerts come to their end without a send: stopped, expired, left, or simply done."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Text, and_, case, cast, exists, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.delivery.states import WAITING, DeliveryState, as_state
from alerts.publishing.alert import IN_PLACE, NOT_LIVE, AlertStatus, Change
from alerts.publishing.marking import Marking
from alerts.store.outside import alert_successions
from alerts.store.tables import IS_OPEN, alerts, deliveries, subscribers
from alerts.subscribers.states import SubscriberStatus
from alerts.subscribers.unvetted import IS_VETTED

ENDED = {AlertStatus.CANCELLED: "cancelled", AlertStatus.EXPIRED: "expired"}
"""Why the unsent rows of an alert are skipped, by what the alert has become."""

VETTED_NO_MORE = "vetted no more"
"""Why a row is skipped whose chat nobody vouches for any more."""


def said_after_part(reason: str, part: int) -> str:
    """Say with a reason how much of the alert had arrived by then."""
    return f"{reason} (after message {part})" if reason and part else reason


def open_rows_of(chat_id: int) -> ColumnElement[bool]:
    """Select a chat's rows that have not come to their end: they are looked for in the alerts that are being sent."""
    being_sent = select(alerts.c.id).where(alerts.c.status == AlertStatus.SENDING)
    return and_(deliveries.c.chat_id == chat_id, deliveries.c.alert_id.in_(being_sent), IS_OPEN)


def _writes_anew() -> ColumnElement[bool]:
    """Select the rows that bring something new: a copy is corrected or taken back for who has left, too."""
    in_place = [change.value for change in IN_PLACE]
    return deliveries.c.alert_id.not_in(
        select(alerts.c.id).where(alerts.c.status == AlertStatus.SENDING, alerts.c.change.in_(in_place))
    )


def _is_for_vetted() -> ColumnElement[bool]:
    """Select the rows whose words are for vetted contacts; to mark a copy or take it back brings nobody new words."""
    wordless = [Change.MARK.value, Change.RECALL.value]
    closed = select(alerts.c.id).where(
        alerts.c.status == AlertStatus.SENDING,
        alerts.c.kind.not_in([kind.value for kind in NOT_LIVE]),
        alerts.c.marking.is_(None) | alerts.c.marking.in_([one.value for one in Marking if one.rule.needs_vetting]),
        alerts.c.change.is_(None) | alerts.c.change.not_in(wordless),
    )
    return deliveries.c.alert_id.in_(closed)


def _skipped_for(reason: str) -> ColumnElement[str]:
    """Give the reason that a skipped row gets, the same as `said_after_part` says it."""
    arrived = literal(f"{reason} (after message ") + cast(deliveries.c.part, Text) + ")"
    return case((deliveries.c.part > 0, arrived), else_=reason)


async def skip_chat(connection: AsyncConnection, chat_id: int, reason: str, now: datetime) -> None:
    """Skip every unsent row of a chat; a row that is being sent right now ends by its own outcome."""
    waiting = and_(open_rows_of(chat_id), deliveries.c.state.in_(WAITING), _writes_anew())
    skipped = (
        update(deliveries)
        .where(waiting)
        .values(**as_state(DeliveryState.SKIPPED), reason=_skipped_for(reason), not_before=None, state_at=now)
    )
    touched = set((await connection.execute(skipped.returning(deliveries.c.alert_id))).scalars())
    await finish_alerts(connection, touched, now)


async def skip_unvetted(connection: AsyncConnection, chat_ids: Iterable[int] | None, now: datetime) -> None:
    """Skip what is for vetted contacts and waits for those of these chats, or of all with None, who are not vetted."""
    these = ~IS_VETTED if chat_ids is None else ~IS_VETTED & subscribers.c.chat_id.in_(list(chat_ids))
    theirs = deliveries.c.chat_id.in_(select(subscribers.c.chat_id).where(these))
    skipped = (
        update(deliveries)
        .where(IS_OPEN, deliveries.c.state.in_(WAITING), _is_for_vetted(), theirs)
        .values(**as_state(DeliveryState.SKIPPED), reason=_skipped_for(VETTED_NO_MORE), not_before=None, state_at=now)
    )
    touched = set((await connection.execute(skipped.returning(deliveries.c.alert_id))).scalars())
    await finish_alerts(connection, touched, now)


async def skip_alert(connection: AsyncConnection, alert_id: int, reason: str, now: datetime) -> None:
    """Skip every unsent row of an alert that was stopped or has expired."""
    waiting = and_(IS_OPEN, deliveries.c.alert_id == alert_id, deliveries.c.state.in_(WAITING))
    await connection.execute(
        update(deliveries)
        .where(waiting)
        .values(**as_state(DeliveryState.SKIPPED), reason=_skipped_for(reason), not_before=None, state_at=now)
    )


async def finish_alerts(connection: AsyncConnection, alert_ids: set[int], now: datetime) -> None:
    """Move those of these alerts that have no open row left from sending to sent."""
    if not alert_ids:
        return
    still_open = exists().where(IS_OPEN, deliveries.c.alert_id == alerts.c.id)
    await connection.execute(
        update(alerts)
        .where(alerts.c.id.in_(alert_ids), alerts.c.status == AlertStatus.SENDING, ~still_open)
        .values(status=AlertStatus.SENT, finished_at=now)
    )


async def end_expired(connection: AsyncConnection, alert_id: int, now: datetime) -> None:
    """End an alert whose time has run out before all rows were sent."""
    await skip_alert(connection, alert_id, ENDED[AlertStatus.EXPIRED], now)
    await connection.execute(
        update(alerts).where(alerts.c.id == alert_id).values(status=AlertStatus.EXPIRED, finished_at=now)
    )


async def skip_orphans(connection: AsyncConnection, among: ColumnElement[bool], now: datetime) -> int:
    """Skip rows that went back to waiting although alert, subscription or vetting has ended; give their number."""
    alert_over = deliveries.c.alert_id.in_(select(alerts.c.id).where(alerts.c.status != AlertStatus.SENDING))
    status = select(alerts.c.status).where(alerts.c.id == deliveries.c.alert_id).scalar_subquery()
    left = _writes_anew() & deliveries.c.chat_id.in_(
        select(subscribers.c.chat_id).where(subscribers.c.status == SubscriberStatus.ENDED)
    )
    unvetted = exists().where(subscribers.c.chat_id == deliveries.c.chat_id, ~IS_VETTED) & _is_for_vetted()
    superseded = exists().where(
        alert_successions.c.alert_id == deliveries.c.alert_id,
        alert_successions.c.change.not_in((Change.CANCEL.value, Change.RECALL.value)),
    )
    skipped = await connection.execute(
        update(deliveries)
        .where(among, deliveries.c.state.in_(WAITING), alert_over | left | unvetted)
        .values(
            **as_state(DeliveryState.SKIPPED),
            reason=case(
                (left, _skipped_for("unsubscribed")),
                (unvetted, _skipped_for(VETTED_NO_MORE)),
                (superseded, _skipped_for("superseded")),
                *((status == ended, _skipped_for(reason)) for ended, reason in ENDED.items()),
                else_=_skipped_for("the alert had ended"),
            ),
            not_before=None,
            state_at=now,
        )
    )
    return skipped.rowcount
