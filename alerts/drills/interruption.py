"""What a live critical alert does to exercises: it stops them, and their participants learn that this is real."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import THE_BOT, Act
from alerts.audit.trail import Trail
from alerts.drills.drill import Drill, DrillPart, DrillStatus, DrillText
from alerts.drills.messages import move_drill, send_part, take_back_unsent
from alerts.people.notices import NoticeKind, leave_notice
from alerts.publishing.alert import ENDS, Alert, Severity
from alerts.publishing.genuine import CheckCodes
from alerts.store.authority import drills

StopWords = Callable[[Drill], DrillText]
"""Words that an exercise is stopped because something real has happened."""


class Interruption:
    """Stops exercises, in the transaction in which a live alert goes out.

    Args:
        trail: the record.
        words: what participants are told; the words are the catalogue's.
    """

    def __init__(self, trail: Trail, words: StopWords) -> None:
        self._trail = trail
        self._codes = CheckCodes(trail.key)
        self._words = words

    async def __call__(self, connection: AsyncConnection, alert: Alert, now: datetime) -> None:
        """Stop every exercise that runs, or would begin while a critical alert is in force.

        No other alert stops one, and neither does a cancellation, a recall or an all clear.
        """
        if alert.severity is not Severity.CRITICAL or alert.change in ENDS:
            return
        running = drills.c.status == DrillStatus.RUNNING.value
        soon = (drills.c.status == DrillStatus.ANNOUNCED.value) & (drills.c.begins_at < alert.expires_at)
        found = (await connection.execute(select(drills).where(running | soon).order_by(drills.c.id))).all()
        for drill in map(Drill.from_row, found):
            reason = f"the live alert {alert.reference}"
            await move_drill(connection, drill, DrillStatus.STOPPED, ended_at=now, reason=reason)
            await take_back_unsent(connection, drill.id, now)
            await send_part(connection, self._codes, drill, DrillPart.REAL, self._words(drill), now)
            about = {"title": drill.title, "reference": alert.reference}
            await leave_notice(connection, [drill.author], NoticeKind.DRILL_STOPPED, now, **about)
            await self._trail.note(
                connection,
                Act.DRILL_STOPPED,
                THE_BOT,
                now,
                subject=f"drill {drill.id}",
                before={"status": drill.status.value},
                after={"status": DrillStatus.STOPPED.value, "reason": reason},
            )
