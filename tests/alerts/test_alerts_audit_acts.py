"""Each use case notes its act: who, through which door, on what, and what changed; and nothing that it should not."""

import json
from typing import Any

import pytest
from sqlalchemy import select
from support.intake import Mailroom
from support.newsroom import DANA, FLOOD, Newsroom, numbered
from support.outbox import Outbox
from support.record import TRAIL
from support.schedules import Works

from alerts.audit.entry import Act, Entry
from alerts.audit.record import Record
from alerts.delivery.hold import Holds
from alerts.errors import InvalidInput, Stale
from alerts.intake.source import SourceKind
from alerts.people.rights import Role
from alerts.publishing.alert import Severity
from alerts.store import Store
from alerts.store.authority import audit
from alerts.subscribers.roll import Profile
from alerts.subscribers.sectors import Directory

AMIRA, OLGA = 11, 15


async def noted(store: Store, *acts: Act) -> list[Entry]:
    """Give the entries of these acts, oldest first."""
    statement = select(audit).where(audit.c.act.in_([act.value for act in acts])).order_by(audit.c.number)
    async with store.reading() as connection:
        return [Entry.from_row(row) for row in (await connection.execute(statement)).all()]


def told(entries: list[Entry]) -> list[tuple[str, int | None, str, str]]:
    """Give act, who, door and subject of each entry."""
    return [(entry.act, entry.who, entry.place, entry.subject) for entry in entries]


async def test_holds_are_noted_with_their_reason(outbox: Outbox):
    """Placing and releasing, by an officer in a chat and on the command line; a second hold is no act."""
    holds = Holds(outbox.store, outbox.clock, TRAIL)
    await holds.place(DANA, "wrong gate", name="Dana")
    await holds.place(OLGA, "the same")
    await holds.release(None)
    placed, released = await noted(outbox.store, Act.HOLD_PLACED, Act.HOLD_RELEASED)
    assert told([placed, released]) == [
        ("hold-placed", DANA, "chat", "hold"),
        ("hold-released", None, "command line", "hold"),
    ]
    assert placed.after == {"why": "wrong gate"}
    assert released.before == {"since": placed.at.isoformat()}


async def test_levels_are_noted_with_what_was_in_force(works: Works):
    """An officer, the administrator and a source are told apart; a statement stands there by its digest alone."""
    record = works.register.record
    await record(await works.register.propose("uk-national", "SEVERE"), source="command line")
    statement = "Attacks are highly likely."
    proposal = await works.register.propose("uk-national", "CRITICAL", statement=statement)
    await record(proposal, source="officer", set_by=DANA, push=False)
    await record(await works.register.propose("uk-national", "SEVERE"), source="mi5", push=False)
    entries = await noted(works.store, Act.LEVEL_SET)
    subject = "level uk-national"
    assert told(entries) == [
        ("level-set", None, "command line", subject),
        ("level-set", DANA, "chat", subject),
        ("level-set", None, "feed: mi5", subject),
    ]
    assert (entries[0].before, entries[1].before) == ({}, {"level": "SEVERE", "version": 1})
    assert entries[1].after["level"] == "CRITICAL"
    assert len(entries[1].after["statement_sha256"]) == 64
    assert statement not in json.dumps([entry.after for entry in entries])


async def test_schedules_are_noted_by_their_number(works: Works, directory: Directory):
    """Added, paused, let go on, removed; a refusal is no act, and the text stands there by its digest alone."""
    dana = await works.outbox.hire(DANA)
    schedule = await works.add(by=dana)
    await works.timetable.pause(schedule.id)
    with pytest.raises(Stale):
        await works.timetable.pause(schedule.id, dana)
    await works.timetable.resume(schedule.id, dana)
    await works.timetable.remove(schedule.id, dana)
    acts = (Act.SCHEDULE_ADDED, Act.SCHEDULE_PAUSED, Act.SCHEDULE_RESUMED, Act.SCHEDULE_REMOVED)
    entries = await noted(works.store, *acts)
    assert [(entry.act, entry.who, entry.subject) for entry in entries] == [
        ("schedule-added", DANA, "schedule 1"),
        ("schedule-paused", None, "schedule 1"),
        ("schedule-resumed", DANA, "schedule 1"),
        ("schedule-removed", DANA, "schedule 1"),
    ]
    assert entries[0].after == entries[3].before
    assert entries[0].after["rule"] == "daily 08:00"
    assert "Lock them." not in json.dumps(entries[0].after)
    assert (entries[1].before, entries[1].after) == ({"status": "active"}, {"status": "paused"})


async def test_a_schedule_that_pauses_itself_is_noted_as_such(works: Works):
    """Where its author may not send any more, the act is the schedule's."""
    await works.roster.grant(DANA, Role.OFFICER)
    schedule = await works.add(by=await works.roster.find(DANA))
    await works.roster.revoke(DANA)
    assert await works.fire("2026-11-24T08:00") == 0
    [entry] = await noted(works.store, Act.SCHEDULE_PAUSED)
    assert told([entry]) == [("schedule-paused", None, "schedule: Doors", f"schedule {schedule.id}")]
    assert entry.after["reason"] == "who set it up may not send alerts any more"


async def test_sources_are_noted_without_their_tokens(outbox: Outbox, directory: Directory):
    """Let in, given a new token, trusted, distrusted and shut out; of a feed's address its host alone."""
    mailroom = Mailroom(outbox, directory)
    source, token = await mailroom.sources.add("own", SourceKind.JSON)
    fresh = await mailroom.sources.rotate("own")
    await mailroom.sources.trust("own", severity_cap=Severity.URGENT, sectors=("retail",), per_hour=3)
    await mailroom.sources.untrust("own")
    await mailroom.sources.remove("own")
    await mailroom.sources.add("feed", SourceKind.FEED, address="https://example.org/cap?key=open-sesame")
    acts = [act for act in Act if act.startswith("source-")]
    entries = await noted(outbox.store, *acts)
    assert [(entry.act, entry.subject) for entry in entries] == [
        ("source-added", "source own"),
        ("source-rotated", "source own"),
        ("source-trusted", "source own"),
        ("source-untrusted", "source own"),
        ("source-removed", "source own"),
        ("source-added", "source feed"),
    ]
    assert {entry.place for entry in entries} == {"command line"}
    assert entries[2].before == {"is_trusted": False}
    assert entries[2].after == {"is_trusted": True, "severity": "urgent", "sectors": ["retail"], "per_hour": 3}
    assert entries[5].after["host"] == "example.org"
    kept = json.dumps([[entry.before, entry.after] for entry in entries])
    assert not any(secret in kept for secret in (token or "", fresh, "open-sesame"))
    assert source.code == "own"


async def test_what_a_trusted_source_does_is_noted_as_its_own(outbox: Outbox, directory: Directory):
    """A document that goes out at once is an act of the intake; one that waits for an officer is none yet."""
    mailroom = Mailroom(outbox, directory)
    await outbox.subscribe(1)
    await mailroom.post(await mailroom.source("waits", trusted=False), mailroom.message("A1"))
    receipt = await mailroom.post(await mailroom.source(), mailroom.message("A2"))
    entries = await noted(outbox.store, Act.DOCUMENT_OBEYED)
    subject = f"alert {receipt.alert_id}"
    assert told(entries) == [("document-obeyed", None, "intake: control-room", subject)]
    assert entries[0].after["outcome"] == "sent"


async def test_items_from_outside_are_noted_by_who_decided(newsroom: Newsroom):
    """Taken and thrown away; the second officer who comes too late has done nothing."""
    dana = await newsroom.person(DANA)
    for item in (FLOOD, numbered(2)):
        await newsroom.incoming.arrive(item)
    draft = await newsroom.incoming.adopt(1, dana)
    await newsroom.incoming.adopt(1, dana)
    await newsroom.incoming.discard(2, dana)
    with pytest.raises(InvalidInput):
        await newsroom.incoming.discard(2, dana)
    entries = await noted(newsroom.store, Act.INCOMING_TAKEN, Act.INCOMING_DISCARDED)
    assert told(entries) == [
        ("incoming-taken", DANA, "chat", "incoming 1"),
        ("incoming-discarded", DANA, "chat", "incoming 2"),
    ]
    assert entries[0].after == {"alert": draft.id}
    assert FLOOD.headline not in json.dumps([entry.before for entry in entries])


async def test_subscriptions_are_noted_without_what_people_say_of_themselves(outbox: Outbox):
    """Begun, changed, ended and begun again: sectors and regions, and no name; a group's with who did it."""
    details: dict[str, Any] = {"name": "Amira Khan", "organisation": "Port of Dover", "job": "Guard"}
    await outbox.subscribe(AMIRA, **details)
    await outbox.subscribe(AMIRA, sectors=("retail", "legal"), **details)
    assert await outbox.roll.unsubscribe(AMIRA)
    assert not await outbox.roll.unsubscribe(AMIRA)
    await outbox.subscribe(AMIRA, **details)
    await outbox.roll.subscribe(-100, "group", Profile(name="Gate", sectors=("retail",)), set_up_by=OLGA)
    await outbox.roll.unsubscribe(-100, OLGA)
    entries = await noted(outbox.store, Act.SUBSCRIBED, Act.SUBSCRIPTION_CHANGED, Act.UNSUBSCRIBED)
    assert [(entry.act, entry.who, entry.whom) for entry in entries] == [
        ("subscribed", AMIRA, AMIRA),
        ("subscription-changed", AMIRA, AMIRA),
        ("unsubscribed", AMIRA, AMIRA),
        ("subscribed", AMIRA, AMIRA),
        ("subscribed", OLGA, -100),
        ("unsubscribed", OLGA, -100),
    ]
    assert entries[1].before["sectors"] == ["retail"]
    assert entries[1].after["sectors"] == ["legal", "retail"]
    assert (entries[2].before, entries[2].after) == (entries[1].after, {})
    kept = json.dumps([[entry.before, entry.after] for entry in entries])
    assert not any(word in kept for word in ("Amira", "Dover", "Guard", "Gate", str(AMIRA)))
    assert (await Record(outbox.store, outbox.clock, TRAIL).inspect()).broken is None
