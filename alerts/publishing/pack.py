"""The after-action pack: of an alert and all that changed it, what was said, on whose word, when, and whom it reached.

Recipients are in it as counts and reasons alone: no name and no chat of one.
"""

from collections.abc import Iterable, Sequence
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
from alerts.publishing.change_report import read_change
from alerts.publishing.record import find_alert
from alerts.publishing.reports import FullReport
from alerts.publishing.succession import chain_of, copied
from alerts.publishing.versions import Version, versions_of
from alerts.store import Store
from alerts.store.authority import audit
from alerts.store.tables import people

POINTS = 60
"""Into how many spans the time from the release to the last copy is cut for the curve."""


@dataclass(frozen=True, slots=True)
class Step:
    """One alert of the chain: the first, or an update, a correction, a cancellation, an all clear or a recall.

    Attributes:
        versions: all that it said, oldest first.
        vouched: by revision, whether a version is the text that the record names by its digest, where it names one.
        approvals: on whose word it went out, and who returned it, oldest first.
        delivered: what became of every recipient, and of every copy that it changed.
        curve: how many were reached by then, from the release to the last copy.
    """

    versions: tuple[Version, ...]
    vouched: dict[int, bool]
    approvals: tuple[Approval, ...]
    delivered: FullReport
    curve: tuple[tuple[datetime, int], ...]

    @property
    def alert(self) -> Alert:
        """The alert."""
        return self.delivered.alert


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything that a pack holds.

    Attributes:
        asked: the id of the alert that was asked for, which is one of the chain.
        steps: the chain in the order in which it went out.
        timeline: the entries of the record about all of it, and those of holds while it was sent, oldest first.
        names: what the people in it who hold a role are called, by user id; "" for one without a name.
        verdict: whether the record was whole when the pack was made.
    """

    asked: int
    steps: tuple[Step, ...]
    timeline: tuple[Entry, ...]
    names: dict[int, str]
    verdict: Verdict
    made_at: datetime

    @property
    def reference(self) -> str:
        """The reference by which people know how it began."""
        return self.steps[0].delivered.copied.reference

    @property
    def step(self) -> Step:
        """The one that was asked for."""
        return next(step for step in self.steps if step.alert.id == self.asked)


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
        """Gather the pack of an alert and of all that it changed and that changed it, and note that it was made.

        Raises:
            NotFound: there is none with this id.
        """
        verdict = await Inspection(self._store, self._trail).run()
        now = self._clock.now()
        async with self._store.reading() as connection:
            await find_alert(connection, alert_id)
            chain = await chain_of(connection, alert_id)
            counted = [await read_report(connection, alert.id) for alert in chain]
            timeline = await _read_timeline(connection, list(zip(chain, counted, strict=True)), now)
            steps = tuple(
                [
                    await _read_step(connection, alert, delivered, timeline)
                    for alert, delivered in zip(chain, counted, strict=True)
                ]
            )
            names = await _names(connection, steps, timeline)
        pack = Pack(alert_id, steps, timeline, names, verdict, now)
        async with self._store.writing() as connection:
            await self._trail.note(connection, Act.PACK_MADE, by, now, subject=f"alert {alert_id}")
        return pack


async def read_versions(connection: AsyncConnection, alert_id: int) -> tuple[Version, ...]:
    """Give what an alert said, oldest first; of one from before texts were kept, its last. Raises `NotFound`."""
    alert = await find_alert(connection, alert_id)
    return tuple(await versions_of(connection, alert_id)) or (Version.of(alert, alert.author),)


async def _read_step(
    connection: AsyncConnection, alert: Alert, counted: DeliveryReport, timeline: Sequence[Entry]
) -> Step:
    """Give what there is to tell of one alert of the chain."""
    versions = await read_versions(connection, alert.id)
    return Step(
        versions=versions,
        vouched=_vouched(versions, [entry for entry in timeline if entry.subject == _subject(alert)]),
        approvals=tuple(await verdicts_of(connection, alert.id)),
        delivered=FullReport(
            await copied(connection, alert),
            counted,
            await read_waits(connection, alert.id, alert.sending_at, counted),
            await word_for(connection, alert.id),
            await read_change(connection, alert, counted),
        ),
        curve=tuple(await read_curve(connection, alert.id, _moments(alert, counted))),
    )


def _vouched(versions: Iterable[Version], timeline: Iterable[Entry]) -> dict[int, bool]:
    """Hold each version against the digest that the record has of it; one of which it says nothing is left out."""
    digests: dict[int, set[str]] = {}
    for entry in timeline:
        if "sha256" in entry.after and "revision" in entry.after:
            digests.setdefault(entry.after["revision"], set()).add(entry.after["sha256"])
    known = (version for version in versions if version.revision in digests)
    return {version.revision: digests[version.revision] == {version.sha256} for version in known}


async def _read_timeline(
    connection: AsyncConnection, chain: Iterable[tuple[Alert, DeliveryReport]], now: datetime
) -> tuple[Entry, ...]:
    """Give the entries about the alerts of a chain, and those of holds while their recipients waited."""
    told = []
    for alert, counted in chain:
        told.append(audit.c.subject == _subject(alert))
        if alert.sending_at is not None:
            until = counted.last_sent_at or alert.finished_at or now
            told.append((audit.c.subject == HOLD) & audit.c.at.between(alert.sending_at, until))
    statement: Select[tuple[object, ...]] = select(audit).where(or_(*told)).order_by(audit.c.number)
    return tuple(Entry.from_row(row) for row in (await connection.execute(statement)).all())


async def _names(connection: AsyncConnection, steps: Iterable[Step], timeline: Iterable[Entry]) -> dict[int, str]:
    """Name who stands in a pack, as far as they hold a role; whoever holds none any more is there by number."""
    ids = {entry.who for entry in timeline}
    for step in steps:
        ids |= {step.alert.author, *(one.who for one in step.versions), *(one.who for one in step.approvals)}
    rows = (
        await connection.execute(select(people.c.user_id, people.c.name).where(people.c.user_id.in_(ids - {None})))
    ).all()
    return {row.user_id: row.name for row in rows}


def _subject(alert: Alert) -> str:
    """Give what the record calls an alert."""
    return f"alert {alert.id}"


def _moments(alert: Alert, counted: DeliveryReport) -> list[datetime]:
    """Cut the time from the release to the last copy into equal spans; nothing where nothing was sent."""
    if alert.sending_at is None or counted.last_sent_at is None:
        return []
    span = max(counted.last_sent_at - alert.sending_at, timedelta(seconds=1))
    return [alert.sending_at + span * number / POINTS for number in range(POINTS + 1)]
