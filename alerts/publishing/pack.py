"""The after-action pack of an alert: what was said, on whose word, what happened when, and whom it reached.

Recipients are in it as counts and reasons alone: no name and no chat of one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, Actor, Entry
from alerts.audit.inspection import Inspection
from alerts.audit.trail import Trail
from alerts.audit.verdict import Verdict
from alerts.clock import Clock
from alerts.delivery.hold import HOLD
from alerts.delivery.report import DeliveryReport, read_curve, read_report, read_waits
from alerts.publishing.alert import Alert
from alerts.publishing.approvals import Approval, verdicts_of, word_for
from alerts.publishing.record import find_alert
from alerts.publishing.reports import FullReport
from alerts.publishing.succession import copied
from alerts.publishing.versions import Version, versions_of
from alerts.store import Store
from alerts.store.authority import audit
from alerts.store.tables import people

POINTS = 60
"""Into how many spans the time from the release to the last copy is cut for the curve."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything that a pack holds.

    Attributes:
        versions: all that it said, oldest first.
        vouched: by revision, whether a version is the text that the record names by its digest, where it names one.
        approvals: on whose word it went out, and who returned it, oldest first.
        timeline: the entries of the record about this alert, and those of holds while it was sent, oldest first.
        names: what the people in it who hold a role are called, by user id; "" for one without a name.
        delivered: what became of every recipient.
        curve: how many were reached by then, from the release to the last copy.
        verdict: whether the record was whole when the pack was made.
    """

    alert: Alert
    versions: tuple[Version, ...]
    vouched: dict[int, bool]
    approvals: tuple[Approval, ...]
    timeline: tuple[Entry, ...]
    names: dict[int, str]
    delivered: FullReport
    curve: tuple[tuple[datetime, int], ...]
    verdict: Verdict
    made_at: datetime


class Packs:
    """Gathers packs.

    Args:
        store: the database.
        clock: the source of time.
        trail: the record.
    """

    def __init__(self, store: Store, clock: Clock, trail: Trail) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail

    async def gather(self, alert_id: int, by: Actor) -> Pack:
        """Gather the pack of an alert, and note that it was made.

        Raises:
            NotFound: there is none with this id.
        """
        verdict = await Inspection(self._store, self._trail).run()
        now = self._clock.now()
        async with self._store.reading() as connection:
            alert = await find_alert(connection, alert_id)
            counted = await read_report(connection, alert_id)
            waits = await read_waits(connection, alert_id, alert.sending_at, counted)
            versions = await read_versions(connection, alert_id)
            approvals = tuple(await verdicts_of(connection, alert_id))
            timeline = await _read_timeline(connection, alert, counted, now)
            pack = Pack(
                alert=alert,
                versions=versions,
                vouched=_vouched(versions, timeline),
                approvals=approvals,
                timeline=timeline,
                names=await _names(connection, alert, (*versions, *approvals, *timeline)),
                delivered=FullReport(
                    await copied(connection, alert), counted, waits, await word_for(connection, alert_id)
                ),
                curve=tuple(await read_curve(connection, alert_id, _moments(alert, counted))),
                verdict=verdict,
                made_at=now,
            )
        async with self._store.writing() as connection:
            await self._trail.note(connection, Act.PACK_MADE, by, now, subject=f"alert {alert_id}")
        return pack


async def read_versions(connection: AsyncConnection, alert_id: int) -> tuple[Version, ...]:
    """Give what an alert said, oldest first; of one from before texts were kept, its last. Raises `NotFound`."""
    alert = await find_alert(connection, alert_id)
    return tuple(await versions_of(connection, alert_id)) or (Version.of(alert, alert.author),)


def _vouched(versions: Iterable[Version], timeline: Iterable[Entry]) -> dict[int, bool]:
    """Hold each version against the digest that the record has of it; one of which it says nothing is left out."""
    digests: dict[int, set[str]] = {}
    for entry in timeline:
        if "sha256" in entry.after and "revision" in entry.after:
            digests.setdefault(entry.after["revision"], set()).add(entry.after["sha256"])
    known = (version for version in versions if version.revision in digests)
    return {version.revision: digests[version.revision] == {version.sha256} for version in known}


async def _read_timeline(
    connection: AsyncConnection, alert: Alert, counted: DeliveryReport, now: datetime
) -> tuple[Entry, ...]:
    """Give the entries about an alert, and those of holds while its recipients waited."""
    told = [audit.c.subject == f"alert {alert.id}"]
    if alert.sending_at is not None:
        until = counted.last_sent_at or alert.finished_at or now
        told.append((audit.c.subject == HOLD) & audit.c.at.between(alert.sending_at, until))
    statement: Select[tuple[object, ...]] = select(audit).where(or_(*told)).order_by(audit.c.number)
    return tuple(Entry.from_row(row) for row in (await connection.execute(statement)).all())


async def _names(
    connection: AsyncConnection, alert: Alert, acts: Iterable[Version | Approval | Entry]
) -> dict[int, str]:
    """Name who stands in a pack, as far as they hold a role; whoever holds none any more is there by number."""
    ids = {alert.author, *(act.who for act in acts)} - {None}
    rows = (await connection.execute(select(people.c.user_id, people.c.name).where(people.c.user_id.in_(ids)))).all()
    return {row.user_id: row.name for row in rows}


def _moments(alert: Alert, counted: DeliveryReport) -> list[datetime]:
    """Cut the time from the release to the last copy into equal spans; nothing where nothing was sent."""
    if alert.sending_at is None or counted.last_sent_at is None:
        return []
    span = max(counted.last_sent_at - alert.sending_at, timedelta(seconds=1))
    return [alert.sending_at + span * number / POINTS for number in range(POINTS + 1)]
