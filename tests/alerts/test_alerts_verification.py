"""Check codes, and what is told to whom of an alert whose reference or code somebody gives."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, select, update
from support.outbox import Outbox
from support.record import KEY, TRAIL

from alerts.delivery.states import DeliveryState
from alerts.people.notices import NoticeKind
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.publishing.alert import Alert, Change
from alerts.publishing.genuine import ALPHABET, CheckCodes, digest_of, read_code
from alerts.publishing.marking import Marking
from alerts.publishing.succession import note_successor
from alerts.publishing.verification import TRIES_AT_MOST, Finding, TooManyTries, Verdict, Verification
from alerts.store.authority import check_codes
from alerts.store.tables import alerts, notices
from alerts.subscribers.roll import Profile
from alerts.subscribers.sectors import Directory

AMIRA, BEN, STRANGER, OWNER = 101, 102, 999, 900
CODES = CheckCodes(TRAIL.key)


@pytest.fixture
async def desk(outbox: Outbox) -> Outbox:
    """A roll on which Amira is vetted and Ben is not; a stranger has never subscribed."""
    await outbox.subscribe(AMIRA)
    await outbox.roll.subscribe(BEN, "private", Profile(sectors=("retail",)))
    return outbox


@pytest.fixture
def verification(outbox: Outbox) -> Verification:
    """What answers."""
    return Verification(outbox.store, outbox.clock, CODES)


async def sent(outbox: Outbox, marking: Marking) -> Alert:
    """Send an alert of a marking."""
    return await outbox.send(marking=marking, named=(AMIRA,) if marking is Marking.RED else ())


async def arrived(outbox: Outbox, marking: Marking) -> Alert:
    """Send an alert of a marking and have it arrive."""
    alert = await sent(outbox, marking)
    for row in await outbox.claim():
        await outbox.record(row, DeliveryState.SENT, message_id=row.id)
    return await outbox.desk.find(alert.id)


async def follow(outbox: Outbox, earlier: Alert, later: Alert, change: Change) -> None:
    """Let an alert take the place of another."""
    async with outbox.store.writing() as connection:
        await note_successor(connection, [earlier], later, change)


def test_a_code_is_short_and_hangs_on_all_that_is_said(desk_alert: Alert):
    """Eight letters in two halves; another word, marking, time or reference, or another secret, is another code."""
    code = CODES.of(desk_alert)
    assert len(code) == 9
    assert code[4] == "-"
    assert set(code) - {"-"} <= set(ALPHABET)
    others = [
        replace(desk_alert, headline="Tests"),
        replace(desk_alert, body="Texts"),
        replace(desk_alert, marking=Marking.CLEAR),
        replace(desk_alert, reference="C-2026-0002"),
        replace(desk_alert, expires_at=None),
    ]
    assert len({code, *(CODES.of(other) for other in others)}) == len(others) + 1
    assert CheckCodes(lambda: KEY + b"!").of(desk_alert) != code
    assert CODES.of(replace(desk_alert, author=5, progress_message_id=7)) == code


@pytest.fixture
async def desk_alert(desk: Outbox) -> Alert:
    """An alert for vetted contacts."""
    return await sent(desk, Marking.GREEN)


@pytest.mark.parametrize("typed", ["7k3m-9qxd", " 7K3M9QXD ", "7K3M 9QXD", "7K3M-9QXD"])
def test_a_code_is_read_as_people_type_it(typed: str):
    """Small letters, spaces and a missing hyphen do not matter."""
    assert read_code(typed) == "7K3M-9QXD"


def test_look_alikes_are_read_as_what_they_look_like():
    """O is 0, I and L are 1: none of these letters is ever printed."""
    assert read_code("oil0-1234") == "0110-1234"
    assert not {"O", "I", "L"} & set(ALPHABET)
    assert len(ALPHABET) == 32
    assert [read_code(text) for text in ("", "7K3M", "7K3M-9QXDA", "7K3M-9QX!", "ÄÖÜß-1234")] == [None] * 5


KNOWS = {
    (Marking.CLEAR, "reference"): {AMIRA: True, BEN: True, STRANGER: True},
    (Marking.CLEAR, "code"): {AMIRA: True, BEN: True, STRANGER: True},
    (Marking.GREEN, "reference"): {AMIRA: True, BEN: None, STRANGER: None},
    (Marking.GREEN, "code"): {AMIRA: True, BEN: True, STRANGER: True},
    **{
        (marking, "reference"): {AMIRA: None, BEN: None, STRANGER: None}
        for marking in (Marking.AMBER, Marking.AMBER_STRICT, Marking.RED)
    },
    **{
        (marking, "code"): {AMIRA: True, BEN: False, STRANGER: False}
        for marking in (Marking.AMBER, Marking.AMBER_STRICT, Marking.RED)
    },
}
"""Whether who asks so may read the words; None where they learn nothing. Written down by hand."""


@pytest.mark.parametrize(("marking", "by"), KNOWS)
async def test_who_learns_what(desk: Outbox, verification: Verification, marking: Marking, by: str):
    """From AMBER up the code alone opens, and its text is for its recipients; GREEN wants a code of strangers."""
    alert = await arrived(desk, marking)
    reference, code = (alert.reference, None) if by == "reference" else (None, CODES.of(alert))
    for asker, may_read in KNOWS[marking, by].items():
        finding = await verification.ask(asker, asker, reference, code)
        if may_read is None:
            assert finding == Finding(Verdict.UNKNOWN)
        else:
            assert (finding.verdict, finding.alert, finding.may_read) == (Verdict.IN_FORCE, alert, may_read)


async def test_a_recipient_who_has_left_still_knows(desk: Outbox, verification: Verification):
    """Who was sent an AMBER alert may read it again by its code, though they are on the roll no more."""
    alert = await arrived(desk, Marking.AMBER)
    await desk.roll.unsubscribe(AMIRA)
    finding = await verification.ask(AMIRA, AMIRA, None, CODES.of(alert))
    assert finding.may_read


async def test_what_an_alert_is_now(desk: Outbox, verification: Verification):
    """In force, then over; stopped; updated by the newest of several; taken back by a later one."""
    alert, stopped, first, second, third, back = [await sent(desk, Marking.CLEAR) for _ in range(6)]
    await desk.desk.cancel(stopped.id, by=501)
    await follow(desk, first, second, Change.UPDATE)
    await follow(desk, second, third, Change.UPDATE)

    async def seen(one: Alert) -> tuple[Verdict, str | None]:
        finding = await verification.ask(STRANGER, STRANGER, one.reference, None)
        return finding.verdict, finding.newest.reference if finding.newest else None

    assert await seen(alert) == (Verdict.IN_FORCE, None)
    assert await seen(stopped) == (Verdict.CANCELLED, None)
    assert await seen(first) == (Verdict.UPDATED, third.reference)
    assert await seen(third) == (Verdict.IN_FORCE, None)
    await follow(desk, third, back, Change.CANCEL)
    assert await seen(first) == (Verdict.CANCELLED, back.reference)
    desk.pass_hours(7)
    assert await seen(alert) == (Verdict.EXPIRED, None)


async def test_the_newest_is_for_its_own_readers(desk: Outbox, verification: Verification):
    """That there is a newer one is told to all, which it is to those alone who may know of it."""
    first, closed = await sent(desk, Marking.CLEAR), await arrived(desk, Marking.AMBER)
    await follow(desk, first, closed, Change.UPDATE)
    theirs = await verification.ask(AMIRA, AMIRA, first.reference, None)
    strangers = await verification.ask(STRANGER, STRANGER, first.reference, None)
    assert (theirs.verdict, strangers.verdict) == (Verdict.UPDATED, Verdict.UPDATED)
    assert theirs.newest is not None
    assert (theirs.newest.id, strangers.newest) == (closed.id, None)


async def test_a_code_of_another_alert_proves_nothing(desk: Outbox, verification: Verification):
    """A code beside the reference of another alert is said to be wrong, and opens nothing that is closed."""
    clear, amber = await sent(desk, Marking.CLEAR), await sent(desk, Marking.AMBER)
    finding = await verification.ask(AMIRA, AMIRA, clear.reference, CODES.of(amber))
    assert (finding.alert, finding.has_other_code) == (clear, True)
    finding = await verification.ask(AMIRA, AMIRA, amber.reference, CODES.of(clear))
    assert finding == Finding(Verdict.UNKNOWN)


async def test_drafts_are_unknown(desk: Outbox, verification: Verification):
    """What was not sent is not known, by its reference or by the code of its preview."""
    draft = await desk.draft(501, marking=Marking.CLEAR)
    assert (await verification.ask(501, 501, draft.reference, None)).verdict is Verdict.UNKNOWN
    assert (await verification.ask(501, 501, None, CODES.of(draft))).verdict is Verdict.UNKNOWN


async def test_a_row_that_somebody_wrote_proves_nothing(desk: Outbox, verification: Verification):
    """A code that was put into the database by hand, without the secret, is not genuine."""
    alert = await sent(desk, Marking.AMBER)
    async with desk.store.writing() as connection:
        await connection.execute(check_codes.insert().values(code="0000-0000", alert_id=alert.id, digest="0" * 64))
    assert (await verification.ask(AMIRA, AMIRA, None, "0000-0000")).verdict is Verdict.UNKNOWN


async def test_a_corrected_text_leaves_its_code_genuine(desk: Outbox, verification: Verification):
    """After a correction both codes are those of the alert, and the former one is told to be of the former text."""
    alert = await sent(desk, Marking.AMBER)
    former = CODES.of(alert)
    async with desk.store.writing() as connection:
        await connection.execute(update(alerts).where(alerts.c.id == alert.id).values(headline="Corrected"))
        corrected = Alert.from_row((await connection.execute(select(alerts).where(alerts.c.id == alert.id))).one())
        await CODES.keep(connection, corrected)
        await CODES.keep(connection, corrected)
    assert digest_of(corrected) != digest_of(alert)
    for code, is_former in ((former, True), (CODES.of(corrected), False)):
        finding = await verification.ask(AMIRA, AMIRA, None, code)
        assert (finding.alert, finding.is_former) == (corrected, is_former)


async def test_tries_are_limited_and_kept(desk: Outbox, verification: Verification):
    """Ten in ten minutes, right ones among them; another process counts on, another person has their own."""
    alert = await sent(desk, Marking.CLEAR)
    for _ in range(TRIES_AT_MOST):
        await verification.ask(AMIRA, AMIRA, alert.reference, None)
    after_a_restart = Verification(desk.store, desk.clock, CODES)
    for chat in (AMIRA, -5):
        with pytest.raises(TooManyTries):
            await after_a_restart.ask(AMIRA, chat, alert.reference, None)
    assert (await verification.ask(BEN, BEN, alert.reference, None)).verdict is Verdict.IN_FORCE
    desk.clock.elapsed_seconds += timedelta(minutes=10).total_seconds()
    assert (await verification.ask(AMIRA, AMIRA, alert.reference, None)).verdict is Verdict.IN_FORCE


async def test_owners_hear_of_guessing_once(desk: Outbox, verification: Verification, directory: Directory):
    """After five wrong tries owners are told who guesses, once; right ones in between do not hide it."""
    await Roster(desk.store, desk.clock, TRAIL, directory).grant(OWNER, Role.OWNER)
    alert = await sent(desk, Marking.CLEAR)
    for number in range(7):
        await verification.ask(STRANGER, STRANGER, None, f"0000-000{number}")
        if number < 3:
            await verification.ask(STRANGER, STRANGER, alert.reference, None)
    kind = notices.c.kind == NoticeKind.VERIFY_TRIES.value
    async with desk.store.reading() as connection:
        rows = (await connection.execute(select(notices.c.user_id, notices.c.details).where(kind))).all()
    assert [tuple(row) for row in rows] == [(OWNER, {"number": 5, "user_id": str(STRANGER)})]


@contextmanager
def statements(outbox: Outbox) -> Iterator[list[str]]:
    """Collect the statements that run meanwhile."""
    seen: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(outbox.store.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(outbox.store.engine.sync_engine, "before_cursor_execute", note)


async def test_wrong_unknown_and_closed_take_the_same_work(desk: Outbox, verification: Verification):
    """No such alert, no such code, a wrong code and an alert that is not theirs run the same statements, in order."""
    amber, green = await sent(desk, Marking.AMBER), await sent(desk, Marking.GREEN)
    asked = [
        ("C-2026-9999", None),
        (None, "0000-0000"),
        (amber.reference, None),
        (amber.reference, "0000-0001"),
        (green.reference, None),
        (None, None),
    ]
    ran = []
    for stranger, (reference, code) in enumerate(asked, start=STRANGER):
        with statements(desk) as seen:
            assert (await verification.ask(stranger, stranger, reference, code)).verdict is Verdict.UNKNOWN
        ran.append(tuple(seen))
    assert len(set(ran)) == 1


@pytest.mark.parametrize(
    ("state", "counts"), [(DeliveryState.UNCERTAIN, True), (DeliveryState.FAILED, False), (DeliveryState.RETRY, False)]
)
async def test_who_may_have_it_is_a_recipient(
    desk: Outbox, verification: Verification, state: DeliveryState, *, counts: bool
):
    """A copy that may have arrived makes a recipient of who asks; one that did not arrive makes none."""
    alert = await sent(desk, Marking.AMBER)
    [row] = await desk.claim()
    await desk.record(row, state, reason="test")
    assert (await verification.ask(AMIRA, AMIRA, None, CODES.of(alert))).may_read is counts
