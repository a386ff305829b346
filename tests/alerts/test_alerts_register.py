from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL

from alerts.data import DataFolder, UnknownCode
from alerts.errors import InvalidInput, Stale
from alerts.levels.register import Effect, Proposal, Register
from alerts.levels.scheme import Schemes
from alerts.publishing.alert import OF_LEVELS, Alert, AlertKind, AlertStatus, Severity
from alerts.publishing.desk import Content

UK, NI = "uk-national", "uk-northern-ireland"
LONDON = ZoneInfo("Europe/London")
SCHEMES = Schemes.load(DataFolder())
TODAY = date(2026, 11, 23)


def announce(proposal: Proposal, now: datetime) -> Content:
    """Word a change as briefly as can be."""
    return Content(
        f"{proposal.scheme.code} {proposal.level.name}",
        f"It was {proposal.before.level}." if proposal.before else "It was not known.",
        Severity.URGENT if proposal.effect is Effect.RAISED else Severity.ADVISORY,
        now + timedelta(days=30),
        OF_LEVELS,
        AlertKind.LEVEL,
    )


@pytest.fixture
def register(outbox: Outbox) -> Register:
    """A register with the shipped schemes."""
    return Register(outbox.store, outbox.clock, TRAIL, LONDON, SCHEMES, outbox.desk, announce)


async def record(register: Register, level: str, scheme: str = UK, **how: object) -> tuple[Alert, int] | None:
    """Propose and record a reading; give the alert that it caused."""
    proposal = await register.propose(scheme, level)
    _, sent = await register.record(proposal, source="officer", **how)  # type: ignore[arg-type]
    return sent


async def test_before_the_first_reading_nothing_is_known(register: Register):
    """The schemes of the United Kingdom are in force, and the shipped history is no reading of any."""
    current = await register.current()
    assert [(entry.scheme.code, entry.reading, entry.level, entry.is_stale) for entry in current] == [
        (UK, None, None, False),
        (NI, None, None, False),
    ]
    assert SCHEMES.scheme(UK).history != ()


async def test_a_first_reading_is_told_to_nobody(register: Register, outbox: Outbox, clock: DrivenClock):
    """The first reading is recorded with its source and moment, and no alert is written."""
    await outbox.subscribe(1)
    proposal = await register.propose(UK, "severe", since=date(2026, 11, 1), statement="  As announced. ")
    assert (proposal.effect, proposal.is_change, proposal.before) == (Effect.FIRST, False, None)
    assert await register.readings(UK) == []
    reading, sent = await register.record(proposal, source="officer", set_by=501)
    assert sent is None
    assert await outbox.written() == (0, 0)
    assert (reading.version, reading.level, reading.rank, reading.since) == (1, "SEVERE", 4, date(2026, 11, 1))
    assert (reading.source, reading.set_by, reading.statement) == ("officer", 501, "As announced.")
    assert reading.seen_at == clock.now()
    assert [(entry.reading, entry.level and entry.level.name) for entry in await register.current()] == [
        (reading, "SEVERE"),
        (None, None),
    ]


async def test_an_unchanged_reading_is_told_to_nobody_and_refreshes(register: Register, outbox: Outbox):
    """Seeing the same level again keeps its `since`, and moves `seen_at` on."""
    await outbox.subscribe(1)
    await register.record(await register.propose(UK, "SEVERE", since=date(2026, 11, 1)), source="officer")
    outbox.pass_hours(30)
    proposal = await register.propose(UK, "Severe")
    assert (proposal.effect, proposal.since) == (Effect.UNCHANGED, date(2026, 11, 1))
    reading, sent = await register.record(proposal, source="officer")
    assert sent is None
    assert (reading.version, reading.since, reading.seen_at) == (2, date(2026, 11, 1), outbox.clock.now())
    assert await outbox.written() == (0, 0)


@pytest.mark.parametrize(
    ("level", "effect", "severity"),
    [("CRITICAL", Effect.RAISED, Severity.URGENT), ("LOW", Effect.LOWERED, Severity.ADVISORY)],
)
async def test_a_change_goes_out_once(
    register: Register, outbox: Outbox, level: str, effect: Effect, severity: Severity
):
    """A raised level goes out as urgent, a lowered one as advisory; the same reading again goes to nobody."""
    await outbox.subscribe(1, 2)
    await record(register, "SUBSTANTIAL")
    nudges = outbox.nudges
    assert (await register.propose(UK, level)).effect is effect
    sent = await record(register, level)
    assert sent is not None
    alert, recipients = sent
    assert (alert.kind, alert.severity, alert.status, recipients) == ("level", severity, AlertStatus.SENDING, 2)
    assert (alert.headline, alert.body, alert.origin) == (f"{UK} {level}", "It was SUBSTANTIAL.", "level")
    assert outbox.nudges == nudges + 1
    assert await record(register, level) is None
    assert await outbox.written() == (1, 2)


async def test_only_who_wants_changes_of_the_level_is_told(register: Register, outbox: Outbox):
    """Who has turned level changes off is no recipient, nor is who cannot be reached."""
    await outbox.subscribe(1, 2, 3)
    await outbox.subscribe(2, wants_levels=False)
    await outbox.roll.blocked(3)
    await record(register, "LOW")
    sent = await record(register, "MODERATE")
    assert sent is not None
    assert await outbox.states(sent[0].id) == {1: "queued"}


async def test_a_change_that_nobody_wants_to_hear_of_is_recorded_all_the_same(register: Register, outbox: Outbox):
    """Without a single recipient the reading stands and its alert is sent at once: nothing hangs."""
    await record(register, "LOW")
    sent = await record(register, "CRITICAL")
    assert sent is not None
    assert (sent[0].status, sent[1]) == (AlertStatus.SENT, 0)
    assert [reading.level for reading in await register.readings(UK)] == ["CRITICAL", "LOW"]


async def test_a_change_can_be_recorded_without_telling_anybody(register: Register, outbox: Outbox):
    """With `push` off a change is a reading and no alert."""
    await outbox.subscribe(1)
    await record(register, "LOW")
    assert await record(register, "CRITICAL", push=False) is None
    assert await outbox.written() == (0, 0)
    assert (await register.readings(UK))[0].level == "CRITICAL"


async def test_a_proposal_that_was_overtaken_is_refused(register: Register, outbox: Outbox):
    """When somebody else recorded a reading since the preview, nothing is recorded and nobody is told."""
    await outbox.subscribe(1)
    await record(register, "LOW")
    overtaken = await register.propose(UK, "CRITICAL")
    same_again = await register.propose(UK, "LOW")
    await record(register, "LOW")
    for proposal in (overtaken, same_again):
        with pytest.raises(Stale):
            await register.record(proposal, source="officer")
    assert [(reading.version, reading.level) for reading in await register.readings(UK)] == [(2, "LOW"), (1, "LOW")]
    assert await outbox.written() == (0, 0)


async def test_an_alert_that_cannot_be_written_leaves_no_reading(register: Register, outbox: Outbox):
    """Reading and alert are one transaction: when the alert is refused the level stays as it was."""
    await outbox.subscribe(1)
    await record(register, "LOW")
    register._announce = lambda proposal, now: replace(announce(proposal, now), headline="")
    with pytest.raises(InvalidInput):
        await record(register, "CRITICAL")
    assert [reading.level for reading in await register.readings(UK)] == ["LOW"]


async def test_the_schemes_do_not_touch_each_other(register: Register):
    """A reading of one scheme has its own versions, and says nothing of another."""
    await record(register, "LOW")
    await record(register, "SUBSTANTIAL", NI)
    await record(register, "SEVERE", NI)
    current = {entry.scheme.code: entry.reading for entry in await register.current()}
    assert [(code, reading and (reading.version, reading.level)) for code, reading in current.items()] == [
        (UK, (1, "LOW")),
        (NI, (2, "SEVERE")),
    ]


async def test_a_reading_is_stale_after_48_hours_and_not_at_them(register: Register, outbox: Outbox):
    """At exactly 48 hours a reading still counts; a moment later it may be out of date, until it is seen again."""
    await record(register, "SEVERE")
    outbox.pass_hours(48)
    assert [entry.is_stale for entry in await register.current()] == [False, False]
    outbox.clock.elapsed_seconds += 0.001
    assert [entry.is_stale for entry in await register.current()] == [True, False]
    await record(register, "SEVERE")
    assert [entry.is_stale for entry in await register.current()] == [False, False]


async def test_a_reading_may_have_been_seen_earlier(register: Register):
    """A level that was captured months ago is out of date from the start."""
    await record(register, "SEVERE", seen_at=datetime(2026, 4, 30, 5, 9, 17, tzinfo=UTC))
    [entry, _] = await register.current()
    assert entry.reading is not None
    assert (entry.reading.seen_at, entry.is_stale) == (datetime(2026, 4, 30, 5, 9, 17, tzinfo=UTC), True)


@pytest.mark.parametrize(
    ("start", "since", "is_refused"),
    [
        (datetime(2026, 11, 23, 12, 0, tzinfo=UTC), date(2026, 11, 24), True),
        (datetime(2026, 11, 23, 12, 0, tzinfo=UTC), date(2026, 11, 23), False),
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), date(2026, 7, 2), False),
        (datetime(2026, 7, 1, 22, 59, tzinfo=UTC), date(2026, 7, 2), True),
    ],
)
async def test_a_level_does_not_hold_from_tomorrow(outbox: Outbox, start: datetime, since: date, is_refused: bool):
    """A day that lies ahead in the readers' zone is refused; in summer tomorrow begins at 23:00 UTC."""
    clock = DrivenClock(start)
    register = Register(outbox.store, clock, TRAIL, LONDON, SCHEMES, outbox.desk, announce)
    if not is_refused:
        assert (await register.propose(UK, "LOW", since=since)).since == since
        return
    with pytest.raises(InvalidInput) as refused:
        await register.propose(UK, "LOW", since=since)
    assert refused.value.problem == "since-ahead"


async def test_without_a_day_a_change_holds_from_today(register: Register):
    """A change whose day nobody named is dated to the day it was recorded."""
    await register.record(await register.propose(UK, "LOW", since=date(2026, 1, 2)), source="officer")
    assert (await register.propose(UK, "SEVERE")).since == TODAY
    assert (await register.propose(NI, "LOW")).since == TODAY


@pytest.mark.parametrize(
    ("scheme", "level", "error"),
    [
        ("uk-nation", "LOW", UnknownCode),
        (UK, "PURPLE", UnknownCode),
        ("au", "PROBABLE", InvalidInput),
        ("nz", "LIKELY", InvalidInput),
    ],
)
async def test_only_a_level_of_a_scheme_in_force_is_recorded(register: Register, scheme: str, level: str, error: type):
    """An unknown scheme or level is refused, and so is a scheme that is known and not in force here."""
    with pytest.raises(error):
        await register.propose(scheme, level)


@pytest.mark.parametrize(("length", "is_refused"), [(1500, False), (1501, True)])
async def test_a_statement_has_its_limit(register: Register, length: int, is_refused: bool):
    """A statement of 1,500 UTF-16 units is taken, one more is refused by both numbers."""
    if not is_refused:
        assert len((await register.propose(UK, "LOW", statement="x" * length)).statement) == length
        return
    with pytest.raises(InvalidInput) as refused:
        await register.propose(UK, "LOW", statement="x" * length)
    assert (refused.value.problem, refused.value.details) == ("statement-too-long", {"length": 1501, "limit": 1500})
