"""What becomes of an alert that changes earlier ones: whose rows it gets, and what it ends.

A follow-up goes through the outbox like every alert. Which copies its rows act on is found when they are claimed
(alerts/delivery/copies.py), and how each is changed says the sender (docs/decisions/0030).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, Actor
from alerts.audit.trail import Trail
from alerts.delivery.endings import finish_alerts
from alerts.errors import InvalidInput
from alerts.publishing.alert import REPLIES, Alert, AlertStatus, Change
from alerts.publishing.audience import count_members, write_missed, write_rows
from alerts.publishing.follow_rows import (
    count_reached,
    count_rows,
    write_to_holders,
    write_to_marked,
    write_to_mended,
    write_to_readers,
    write_to_waiting,
)
from alerts.publishing.record import find_alerts, insert_alert
from alerts.publishing.succession import (
    add_targets,
    lineage_of,
    note_successor,
    predecessors_of,
    stop_within,
    successors_of,
    targets_of,
)
from alerts.text import digest_of_texts

MARK_LIFE = timedelta(hours=24)
"""How long the marking of copies is tried."""

ACTS = {
    Change.UPDATE: Act.ALERT_UPDATED,
    Change.CORRECTION: Act.ALERT_CORRECTED,
    Change.CANCEL: Act.ALERT_TAKEN_BACK,
    Change.ALL_CLEAR: Act.ALL_CLEAR_GIVEN,
    Change.RECALL: Act.ALERT_RECALLED,
}
"""What the record calls each change; marking is part of the change that it belongs to."""


async def carry_out(connection: AsyncConnection, follow_up: Alert, change: Change, now: datetime) -> int:
    """Write the rows of a follow-up that has just been released, and take what it changes out of force.

    Returns:
        The number of its rows.

    Raises:
        InvalidInput: something else took the place of an earlier one meanwhile, or nobody has a copy; nothing is to be
            kept of the transaction.
    """
    earlier = await targets_of(connection, follow_up.id)
    await _check_stand(connection, earlier)
    ids = {alert.id for alert in earlier}
    same_copies = await lineage_of(connection, ids, among=[Change.CORRECTION])
    reached = same_copies if change is Change.CORRECTION else await lineage_of(connection, ids)
    await add_targets(connection, follow_up.id, reached)
    await _write_rows(connection, follow_up, change, reached, same_copies, now)
    for alert in earlier:
        await stop_within(connection, alert, change, now)
    await note_successor(connection, earlier, follow_up, change)
    rows = await count_rows(connection, follow_up.id)
    if not rows:
        raise InvalidInput("nobody", "nobody has a copy of this alert, so there is nothing to change")
    if change in REPLIES:
        for alert in earlier:
            await _mark(connection, follow_up, alert, now)
    return rows


async def count_recipients(connection: AsyncConnection, alert: Alert) -> int:
    """Count who would receive an alert now; of a change also those who have what it changes.

    Raises:
        InvalidInput: it cannot be carried out any more.
    """
    members = await count_members(connection, alert.audience) if alert.change in {None, Change.UPDATE} else 0
    if alert.change is None:
        return members
    earlier = await targets_of(connection, alert.id)
    await _check_stand(connection, earlier)
    held = await count_reached(connection, await lineage_of(connection, [one.id for one in earlier]))
    return max(held, members)


async def note_change(
    connection: AsyncConnection, trail: Trail, follow_up: Alert, change: Change, rows: int, by: Actor, now: datetime
) -> None:
    """Put a change into the record: an entry on each alert that it changed, with the mark of its text."""
    before = await predecessors_of(connection, follow_up.id)
    after = {
        "reference": follow_up.reference,
        "alert": follow_up.id,
        "revision": follow_up.revision,
        "recipients": rows,
        "text_sha256": digest_of_texts(follow_up.headline, follow_up.body),
    }
    for alert in before.alerts if before else ():
        was = {"reference": alert.reference, "status": alert.status.value}
        await trail.note(connection, ACTS[change], by, now, subject=f"alert {alert.id}", before=was, after=after)


async def _check_stand(connection: AsyncConnection, earlier: Sequence[Alert]) -> None:
    """Refuse to change what was changed already: that would leave two newest versions."""
    if not earlier or any(alert.sending_at is None for alert in earlier):
        raise InvalidInput("not-sent", "this alert has not gone out, so there is nothing to change")
    if await successors_of(connection, [alert.id for alert in earlier]):
        reference = earlier[-1].reference
        raise InvalidInput(
            "superseded", f"{reference} was changed meanwhile: see what is in force now", reference=reference
        )


async def _write_rows(
    connection: AsyncConnection, follow_up: Alert, change: Change, reached: set[int], same: set[int], now: datetime
) -> None:
    lane = follow_up.severity.lane if follow_up.severity else 0
    match change:
        case Change.UPDATE:
            await write_rows(connection, follow_up.id, follow_up.audience, lane, now)
            await write_to_readers(connection, follow_up, reached, lane, now)
            await write_missed(connection, follow_up.id, follow_up.audience, lane, now)
        case Change.CANCEL | Change.ALL_CLEAR:
            await write_to_readers(connection, follow_up, reached, lane, now)
        case Change.CORRECTION:
            await write_to_mended(connection, follow_up, same, lane, now)
            await write_to_waiting(connection, follow_up, same, lane, now)
        case Change.RECALL:
            await write_to_holders(connection, follow_up, reached, lane, now)


async def _mark(connection: AsyncConnection, successor: Alert, earlier: Alert, now: datetime) -> None:
    """Have it written on the copies of an earlier alert what took its place; behind the new message in every lane.

    Whom the marking has kept from a correction has the text before it, and a mark of its own over that.
    """
    copies = await lineage_of(connection, [earlier.id], among=[Change.CORRECTION])
    held = await count_reached(connection, copies)
    marks: list[int] = []
    for text in reversed(await find_alerts(connection, copies)):
        mark = await _insert_mark(connection, successor, text, now)
        await add_targets(connection, mark.id, copies)
        held -= await write_to_marked(connection, mark, text, copies, marks, now)
        marks.append(mark.id)
        if held <= 0:
            break
    await finish_alerts(connection, set(marks), now)


async def _insert_mark(connection: AsyncConnection, successor: Alert, earlier: Alert, now: datetime) -> Alert:
    """Write the alert by which copies with this text are marked; it keeps the text, over which the mark stands."""
    values = {
        "kind": earlier.kind.value,
        "status": AlertStatus.SENDING.value,
        "severity": successor.severity.value if successor.severity else None,
        "headline": earlier.headline,
        "body": earlier.body,
        "sectors": list(earlier.sectors),
        "regions": list(earlier.regions),
        "expires_at": now + MARK_LIFE,
        "origin": "follow-up",
        "created_at": now,
        "sending_at": now,
        "change": Change.MARK.value,
    }
    return await insert_alert(connection, values, series="M")
