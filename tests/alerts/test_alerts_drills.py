"""Exercises: who is in one, what reaches them, when it begins and ends, and that no way leads to a live alert."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update
from support.clock import DrivenClock
from support.outbox import Outbox, officer
from support.record import TRAIL, noted

from alerts.cap.message import MessageStatus
from alerts.cap.outgoing import Issuer, cancellation_of, message_of
from alerts.cap.publisher import CapPublisher
from alerts.data import DataFolder
from alerts.delivery.hold import Holds
from alerts.delivery.states import DeliveryState
from alerts.drills.drill import MEANING, MOVES, PARTS, Chosen, Drill, DrillPart, DrillPlan, DrillStatus, DrillText
from alerts.drills.exercises import Exercises
from alerts.drills.interruption import Interruption
from alerts.errors import CascadeError, InvalidInput, NotAllowed, NotFound, Stale
from alerts.people.notices import Notices
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.publishing.alert import NOT_LIVE, Alert, AlertKind, Audience, Severity
from alerts.publishing.approvals import Rule
from alerts.publishing.desk import Content, Desk
from alerts.publishing.reports import Reports
from alerts.reporting.guide import Guide
from alerts.store import Store
from alerts.store.authority import drill_participants
from alerts.store.tables import alerts, deliveries
from alerts.subscribers.roll import Profile
from alerts.subscribers.sectors import Directory
from handlers.cap_words import issuer_words
from handlers.drill_words import DrillWording
from handlers.texts import Texts

DANA, OWNER, LEE = 13, 900, 14
ANSWER = DrillText("EXERCISE: Vehicle", "Played.", Severity.CRITICAL)


class Ground:
    """A place to exercise: a desk whose critical alerts interrupt, four contacts, an owner and two officers."""

    def __init__(self, store: Store, clock: DrivenClock, directory: Directory) -> None:
        self.store, self.clock = store, clock
        self.outbox = Outbox(store, clock, directory)
        words = DrillWording(Texts(ZoneInfo("Europe/London")))
        alone, interrupt = Rule(two_persons=False), Interruption(TRAIL, words.real)
        self.desk = self.outbox.desk = Desk(store, clock, TRAIL, directory, rule=alone, interrupt=interrupt)
        self.exercises = Exercises(store=store, clock=clock, trail=TRAIL, directory=directory, words=words)
        self.roster = Roster(store, clock, TRAIL, directory)
        self.notices = Notices(store, clock)
        self.dana = officer(DANA)

    async def people(self) -> None:
        """Put contacts on the roll and people into their roles; the lead has not pressed Start."""
        await self.outbox.subscribe(1, 2, sectors=("aviation",))
        await self.outbox.subscribe(3, sectors=("retail",))
        await self.outbox.roll.subscribe(-100, "supergroup", Profile(sectors=("aviation",)))
        await self.outbox.vouch(-100)
        for user_id, role in ((DANA, Role.OFFICER), (OWNER, Role.OWNER), (LEE, Role.LEAD)):
            await self.roster.grant(user_id, role, sectors=("aviation",) if role is Role.LEAD else ())
        for user_id in (DANA, OWNER):
            await self.outbox.roll.started(user_id)

    def plan(self, *, begins: float = 0, lasts: float = 2, chosen: Chosen | None = None) -> DrillPlan:
        """Plan one for aviation, so many hours from now and long."""
        begins_at = self.clock.now() + timedelta(hours=begins)
        who = chosen or Chosen(sectors=("aviation",))
        return DrillPlan("Lockdown", begins_at, begins_at + timedelta(hours=lasts), who)

    async def announced(self, **plan: float) -> Drill:
        """Announce one."""
        return (await self.exercises.announce(self.plan(**plan), self.dana))[0]  # type: ignore[arg-type]

    async def parts(self, drill: Drill) -> dict[DrillPart, Alert]:
        """Give the newest message of each part."""
        return {part.part: part.alert for part in (await self.exercises.report(drill.id)).parts}

    async def send_everything(self) -> list[int]:
        """Send what waits, and give the chats in their order."""
        sent = []
        while rows := await self.outbox.claim():
            for row in rows:
                sent.append(row.chat_id)
                await self.outbox.record(row, DeliveryState.SENT, message_id=1)
        return sent


@pytest.fixture
async def ground(store: Store, clock: DrivenClock, directory: Directory) -> Ground:
    """Everything that an exercise needs."""
    built = Ground(store, clock, directory)
    await built.people()
    return built


def test_every_state_and_part_has_its_sentence():
    """The tables name all there is, and what is over stays over."""
    assert MEANING.keys() == MOVES.keys() == set(DrillStatus)
    assert PARTS.keys() == set(DrillPart)
    assert MOVES[DrillStatus.ENDED] == MOVES[DrillStatus.STOPPED] == frozenset()


@pytest.mark.parametrize(
    ("chosen", "chats"),
    [
        (Chosen(sectors=("aviation",)), [1, 2]),
        (Chosen(sectors=("aviation", "retail")), [1, 2, 3]),
        (Chosen(roles=(Role.OFFICER, Role.LEAD)), [DANA]),
        (Chosen(people=(OWNER, LEE, 1)), [OWNER]),
        (Chosen(roles=(Role.OWNER,), sectors=("retail",), people=(DANA, OWNER)), [3, DANA, OWNER]),
    ],
)
async def test_participants_are_those_who_were_chosen(ground: Ground, chosen: Chosen, chats: list[int]):
    """Roles, sectors and people add up; no group is in it, nobody who cannot be written to, and nobody twice."""
    drill, number = await ground.exercises.announce(ground.plan(chosen=chosen), ground.dana)
    assert number == len(chats) == await ground.exercises.count(ground.plan(chosen=chosen))
    assert await ground.send_everything() == chats
    await ground.exercises.send(drill.id, ANSWER, ground.dana)
    assert await ground.send_everything() == chats


async def test_nobody_else_is_ever_reached(ground: Ground):
    """Whoever subscribes or gets a role after the announcement, or leaves, is sent nothing of it."""
    drill = await ground.announced()
    await ground.send_everything()
    await ground.outbox.subscribe(4, sectors=("aviation",))
    await ground.roster.grant(15, Role.OFFICER)
    await ground.outbox.roll.started(15)
    await ground.outbox.roll.unsubscribe(2)
    await ground.exercises.send(drill.id, ANSWER, ground.dana)
    await ground.exercises.end(drill.id, ground.dana)
    assert await ground.send_everything() == [1, 1]
    async with ground.store.reading() as connection:
        outside = select(func.count()).where(
            deliveries.c.chat_id.not_in(select(drill_participants.c.chat_id)),
            deliveries.c.alert_id.in_(select(alerts.c.id).where(alerts.c.kind == AlertKind.DRILL.value)),
        )
        assert (await connection.execute(outside)).scalar_one() == 0


async def test_an_exercise_is_announced_begins_and_ends(ground: Ground):
    """Its participants know both times beforehand, it begins and ends by itself, and they are told that it is over."""
    drill = await ground.announced(begins=1, lasts=2)
    assert drill.status is DrillStatus.ANNOUNCED
    announcement = (await ground.parts(drill))[DrillPart.ANNOUNCEMENT]
    assert "It begins at 23 Nov 2026, 13:00 GMT and ends at 23 Nov 2026, 15:00 GMT." in announcement.body
    with pytest.raises(Stale):
        await ground.exercises.send(drill.id, ANSWER, ground.dana)
    ground.outbox.pass_hours(0.99)
    await ground.exercises.look()
    assert (await ground.exercises.find(drill.id)).status is DrillStatus.ANNOUNCED
    ground.outbox.pass_hours(0.01)
    await ground.exercises.look()
    assert (await ground.exercises.find(drill.id)).status is DrillStatus.RUNNING
    await ground.exercises.send(drill.id, ANSWER, ground.dana)
    ground.outbox.pass_hours(2)
    with pytest.raises(Stale):
        await ground.exercises.send(drill.id, ANSWER, ground.dana)
    await ground.exercises.look()
    await ground.exercises.look()
    over = await ground.exercises.find(drill.id)
    assert (over.status, over.ended_by) == (DrillStatus.ENDED, None)
    assert [part.part for part in (await ground.exercises.report(drill.id)).parts] == ["announcement", "message", "end"]
    assert [entry["act"] for entry in await noted(ground.store) if entry["subject"] == f"drill {drill.id}"] == [
        "drill-announced",
        "drill-begun",
        "drill-message-sent",
        "drill-ended",
    ]
    assert [(one.user_id, one.kind) for one in await ground.notices.waiting()] == [
        (OWNER, "drill-announced"),
        (DANA, "drill-over"),
    ]


async def test_one_that_nobody_was_there_for_ends_at_once(ground: Ground):
    """A bot that was off over the whole time of an exercise begins and ends it at its next look."""
    drill = await ground.announced(begins=1, lasts=2)
    ground.outbox.pass_hours(9)
    await ground.exercises.look()
    assert (await ground.exercises.find(drill.id)).status is DrillStatus.ENDED


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"lasts": -1}, "drill-end"),
        ({"lasts": 73}, "drill-far"),
        ({"begins": 24 * 61}, "drill-far"),
        ({"chosen": Chosen(sectors=("legal",))}, "drill-nobody"),
    ],
)
async def test_a_plan_that_cannot_be_used(ground: Ground, changes: dict[str, object], problem: str):
    """It is refused with its reason, and nothing is written."""
    with pytest.raises(InvalidInput) as refused:
        await ground.exercises.announce(ground.plan(**changes), ground.dana)  # type: ignore[arg-type]
    assert refused.value.problem == problem
    assert await ground.exercises.newest() == []
    assert await ground.outbox.written() == (0, 0)


async def test_an_officer_with_sectors_exercises_within_them(ground: Ground):
    """Contacts of other sectors are out of reach; colleagues are not."""
    limited = officer(DANA, "retail")
    with pytest.raises(NotAllowed):
        await ground.exercises.announce(ground.plan(), limited)
    chosen = Chosen(roles=(Role.OWNER,), sectors=("retail",))
    assert (await ground.exercises.announce(ground.plan(chosen=chosen), limited))[1] == 2


async def test_live_alerts_overtake_an_exercise(ground: Ground):
    """An urgent or advisory alert that is written later goes first, however urgent the played one is."""
    drill = await ground.announced()
    await ground.exercises.send(drill.id, ANSWER, ground.dana)
    urgent = await ground.outbox.send(Severity.URGENT, sectors=("retail",))
    advisory = await ground.outbox.send(Severity.ADVISORY, sectors=("retail",))
    claimed = await ground.outbox.claim(2)
    assert [row.alert_id for row in claimed][:2] == [urgent.id, advisory.id]


async def test_a_critical_alert_stops_an_exercise(ground: Ground):
    """In the alert's own transaction: what is unsent stays so, and participants learn first that this is real."""
    drill = await ground.announced()
    await ground.send_everything()
    played, _ = await ground.exercises.send(drill.id, ANSWER, ground.dana)
    live = await ground.outbox.send(Severity.CRITICAL)
    stopped = await ground.exercises.find(drill.id)
    assert (stopped.status, stopped.reason) == (DrillStatus.STOPPED, f"the live alert {live.reference}")
    real = (await ground.parts(drill))[DrillPart.REAL]
    assert "is stopped: this is real." in real.body
    assert set((await ground.outbox.states(played.id)).values()) == {"skipped"}
    ground.clock.elapsed_seconds += 1
    claimed = await ground.outbox.claim(4)
    assert [(row.alert_id, row.chat_id) for row in claimed[:3]] == [(real.id, 1), (real.id, 2), (live.id, -100)]
    assert (DANA, "drill-stopped") in [(one.user_id, one.kind) for one in await ground.notices.waiting()]
    assert [entry["after"] for entry in await noted(ground.store) if entry["act"] == "drill-stopped"] == [
        {"status": "stopped", "reason": f"the live alert {live.reference}"}
    ]
    with pytest.raises(Stale):
        await ground.exercises.send(drill.id, ANSWER, ground.dana)


async def test_a_large_exercise_takes_every_other_turn_of_the_alert(ground: Ground):
    """The rows of 'this is real' come due a fifteenth of a second apart, so that the live alert goes on beside them."""
    await ground.outbox.subscribe(*range(1000, 1030), sectors=("legal",))
    drill, _ = await ground.exercises.announce(ground.plan(chosen=Chosen(sectors=("legal",))), ground.dana)
    await ground.outbox.send(Severity.CRITICAL)
    real = (await ground.parts(drill))[DrillPart.REAL]
    moments = sorted(row.not_before for row in await ground.outbox.rows(real.id) if row.not_before)
    assert len(moments) == 30
    assert moments[0] == ground.clock.now()
    assert (moments[-1] - moments[0]).total_seconds() == pytest.approx(29 / 15, abs=1e-3)


@pytest.mark.parametrize("severity", [Severity.URGENT, Severity.ADVISORY, Severity.INFORMATION])
async def test_other_alerts_stop_none(ground: Ground, severity: Severity):
    """What is not critical goes on beside an exercise."""
    drill = await ground.announced()
    await ground.outbox.send(severity)
    assert (await ground.exercises.find(drill.id)).status is DrillStatus.RUNNING


async def test_one_that_begins_later_is_stopped_only_within_the_alerts_time(ground: Ground):
    """A critical alert of six hours stops the exercise of this afternoon and leaves tomorrow's alone."""
    soon, later = await ground.announced(begins=3), await ground.announced(begins=20)
    await ground.outbox.send(Severity.CRITICAL, hours=6)
    assert (await ground.exercises.find(soon.id)).status is DrillStatus.STOPPED
    assert (await ground.exercises.find(later.id)).status is DrillStatus.ANNOUNCED


async def test_no_exercise_begins_beside_a_critical_alert(ground: Ground):
    """While one is in force it is refused by name; one that begins after the alert's end is not."""
    live = await ground.outbox.send(Severity.CRITICAL, hours=6)
    with pytest.raises(InvalidInput) as refused:
        await ground.announced(begins=1)
    assert (refused.value.problem, refused.value.details["reference"]) == ("drill-real", live.reference)
    assert (await ground.announced(begins=7)).status is DrillStatus.ANNOUNCED


async def test_a_person_stops_an_exercise(ground: Ground):
    """What is unsent stays unsent, its participants are told, and it cannot be stopped or ended again."""
    drill = await ground.announced()
    stopped = await ground.exercises.stop(drill.id, ground.dana, "too loud")
    assert (stopped.status, stopped.ended_by) == (DrillStatus.STOPPED, DANA)
    parts = await ground.parts(drill)
    assert set((await ground.outbox.states(parts[DrillPart.ANNOUNCEMENT].id)).values()) == {"skipped"}
    assert "Reason: too loud" in parts[DrillPart.STOPPED].body
    for again in (ground.exercises.stop, ground.exercises.end):
        with pytest.raises(Stale):
            await again(drill.id, ground.dana)


async def test_the_report_counts_who_received_and_who_read(ground: Ground):
    """Per message: deliveries, acknowledgements with their times, and by name who has not read everything."""
    drill = await ground.announced()
    await ground.send_everything()
    announcement = (await ground.parts(drill))[DrillPart.ANNOUNCEMENT]
    ground.clock.elapsed_seconds += 30
    assert (await ground.exercises.acknowledge(announcement.id, 1)).is_first
    again = await ground.exercises.acknowledge(announcement.id, 1)
    assert (again.is_first, again.at) == (False, ground.clock.now())
    report = await ground.exercises.report(drill.id)
    [part] = report.parts
    assert (report.participants, part.counted.counts[DeliveryState.SENT], part.acknowledged) == (2, 2, 1)
    assert (part.half_seconds, part.slowest_seconds) == (30.0, 30.0)
    silent = await ground.exercises.silent(drill.id, 5, 8, ground.dana)
    assert [(one.chat_id, one.unread) for one in silent.listed] == [(2, 1)]
    assert (silent.window.total, silent.window.number, silent.window.pages) == (1, 0, 1)
    assert [entry["act"] for entry in await noted(ground.store)][-1] == "contacts-seen"


async def test_only_participants_acknowledge_and_only_messages_of_exercises(ground: Ground):
    """A live alert has no such button, and somebody else's press finds nothing."""
    drill = await ground.announced()
    live = await ground.outbox.send(Severity.URGENT)
    announcement = (await ground.parts(drill))[DrillPart.ANNOUNCEMENT]
    for alert_id, chat_id in ((live.id, 1), (announcement.id, 3), (10**6, 1)):
        with pytest.raises(NotFound):
            await ground.exercises.acknowledge(alert_id, chat_id)


async def test_no_use_case_of_a_live_alert_takes_a_message_of_an_exercise(ground: Ground):
    """Whatever can be done to an alert by its number is refused for one of an exercise, and nothing changes."""
    drill = await ground.announced()
    message, _ = await ground.exercises.send(drill.id, ANSWER, ground.dana)
    desk, dana, publisher = ground.desk, ground.dana, CapPublisher(ground.store, None)  # type: ignore[arg-type]
    reports = Reports(ground.store, ground.clock)
    tries: list[Callable[[], Awaitable[object]]] = [
        lambda: desk.find(message.id),
        lambda: desk.revise(message.id, DANA, headline="Real"),
        lambda: desk.discard(message.id, DANA),
        lambda: desk.confirm(message.id, message.revision, dana),
        lambda: desk.cancel(message.id, DANA),
        lambda: desk.send_uncertain_again(message.id),
        lambda: desk.report(message.id),
        lambda: desk.received(message.reference, 1),
        lambda: reports.live(message.id),
        lambda: reports.full(message.id),
        lambda: publisher.message(message.id),
        lambda: publisher.public_message(message.reference),
    ]
    before = await _everything(ground.store)
    for attempt in tries:
        with pytest.raises(CascadeError):
            await attempt()
    assert await _everything(ground.store) == before


async def test_no_list_of_live_alerts_has_one_of_an_exercise(ground: Ground):
    """Lists, drafts, reports to officers, what a hold holds, and what is public know nothing of exercises."""
    await ground.announced()
    publisher = CapPublisher(ground.store, None)  # type: ignore[arg-type]
    assert await ground.desk.newest(10) == []
    assert await ground.desk.newest_draft(DANA) is None
    assert await ground.desk.unreported() == []
    assert await publisher.public() == []
    assert (await Holds(ground.store, ground.clock, TRAIL).waiting()).rows == 0


async def test_live_references_are_not_used_up(ground: Ground):
    """Exercises count in a series of their own, so that a live alert's reference cannot be taken for one of theirs."""
    drill = await ground.announced()
    live = await ground.outbox.send(Severity.URGENT)
    assert (await ground.parts(drill))[DrillPart.ANNOUNCEMENT].reference == "X-2026-0001"
    assert live.reference == "C-2026-0001"


async def test_no_desk_issues_a_drill(ground: Ground):
    """The door of live alerts refuses the kinds that are none."""
    for kind in NOT_LIVE:
        expires_at = ground.clock.now() + timedelta(hours=1)
        content = Content("H", "B", Severity.URGENT, expires_at, Audience(), kind)
        with pytest.raises(InvalidInput):
            await ground.desk.issue(content, origin="chat")
    assert await ground.outbox.written() == (0, 0)


@pytest.fixture
def issuer(directory: Directory) -> Issuer:
    """Whoever issues documents."""
    texts = Texts(ZoneInfo("Europe/London"))
    words = issuer_words(texts, directory, Guide.load(DataFolder()), "Example Network")
    return Issuer("alerts@example.org", "Example Network", "desk@example.org", texts.language, words)


@pytest.mark.parametrize(
    ("kind", "status"), [(AlertKind.DRILL, MessageStatus.EXERCISE), (AlertKind.SELF_TEST, MessageStatus.TEST)]
)
async def test_no_document_of_an_exercise_says_actual(
    ground: Ground, kind: AlertKind, status: MessageStatus, issuer: Issuer
):
    """As CAP its status is Exercise, and that of a self-test Test, whatever the caller asks for."""
    live = await ground.outbox.send(Severity.URGENT)
    async with ground.store.writing() as connection:
        await connection.execute(update(alerts).where(alerts.c.id == live.id).values(kind=kind.value))
    played = await ground.desk.outgoing(live.id)
    assert message_of(played, issuer, status=MessageStatus.ACTUAL).status is status
    assert cancellation_of(played, issuer, status=MessageStatus.ACTUAL).status is status


async def _everything(store: Store) -> list[tuple[object, ...]]:
    async with store.reading() as connection:
        found = [tuple(row) for row in (await connection.execute(select(alerts).order_by(alerts.c.id))).all()]
        found += [tuple(row) for row in (await connection.execute(select(deliveries).order_by(deliveries.c.id))).all()]
    return found
