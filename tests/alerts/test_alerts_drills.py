"""Exercises: who is in one, what reaches them, when it begins and ends, and who has read it."""

import pytest
from sqlalchemy import func, select
from support.ground import ANSWER, DANA, LEE, OWNER, Ground
from support.outbox import officer
from support.record import noted

from alerts.delivery.states import DeliveryState
from alerts.drills.drill import MEANING, MOVES, PARTS, Chosen, DrillPart, DrillStatus
from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale
from alerts.people.rights import Role
from alerts.publishing.alert import AlertKind, Severity
from alerts.store.authority import drill_participants
from alerts.store.tables import alerts, deliveries


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
