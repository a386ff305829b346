import asyncio
from datetime import datetime, timedelta

import pytest
from support.intake import SENDER, Mailroom, later, refers_to
from support.outbox import Outbox
from support.record import TRAIL

from alerts.cap.message import CapSeverity, MessageStatus, MessageType, Scope, Urgency
from alerts.delivery.states import DeliveryState
from alerts.errors import BadDocument, NotFound
from alerts.intake import intake as intake_module
from alerts.intake.submission import Objection, Outcome, TooOften
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.publishing.alert import AlertStatus, Severity
from alerts.publishing.incoming import IncomingState
from alerts.subscribers.sectors import Directory


@pytest.fixture
def mailroom(outbox: Outbox, directory: Directory) -> Mailroom:
    """Sources, an intake and the officers' pile."""
    return Mailroom(outbox, directory)


async def test_a_source_that_is_not_trusted_sends_nothing(mailroom: Mailroom):
    """Its document waits for an officer with all that it says, and no row of a recipient is written."""
    await mailroom.outbox.subscribe(1, 2)
    receipt = await mailroom.post(
        await mailroom.source(trusted=False), mailroom.message(expires=later(mailroom.clock.now(), hours=3))
    )
    assert (receipt.outcome, receipt.objections, receipt.alert_id) == (Outcome.DRAFT, (Objection.NOT_TRUSTED,), None)
    assert await mailroom.written() == (0, 0, 1, 1)
    [item] = await mailroom.waiting()
    assert (item.source, item.headline, item.severity) == ("control-room", "Vehicle at the east gate", Severity.URGENT)
    assert (item.expires_at, item.state) == (later(mailroom.clock.now(), hours=3), IncomingState.WAITING)
    assert "Police are there." in item.body


async def test_a_trusted_source_sends_at_once_and_owners_hear_of_it(mailroom: Mailroom, directory: Directory):
    """Within its caps a document becomes an alert to its sectors, and each owner gets a notice."""
    await Roster(mailroom.outbox.store, mailroom.clock, TRAIL, directory).grant(9, Role.OWNER)
    await mailroom.outbox.subscribe(1, 2)
    await mailroom.outbox.subscribe(3, sectors=("legal",))
    receipt = await mailroom.post(await mailroom.source(sectors=("retail",)), mailroom.message())
    assert (receipt.outcome, receipt.objections, receipt.reference) == (Outcome.SENT, (), "C-2026-0001")
    alert = await mailroom.outbox.desk.find(receipt.alert_id or 0)
    assert (alert.severity, alert.sectors, alert.origin, alert.author) == (Severity.URGENT, ("retail",), "intake", None)
    assert alert.expires_at == later(mailroom.clock.now(), hours=24)
    assert await mailroom.outbox.states(alert.id) == {1: "queued", 2: "queued"}
    assert mailroom.outbox.nudges == 1
    [(owner, details)] = await mailroom.told("intake-sent")
    assert (owner, details["reference"], details["source"]) == (9, "C-2026-0001", "control-room")


@pytest.mark.parametrize(
    ("changes", "caps", "objection"),
    [
        ({"severity": CapSeverity.EXTREME}, {}, Objection.TOO_SEVERE),
        ({"status": MessageStatus.EXERCISE}, {}, Objection.NOT_ACTUAL),
        ({"status": MessageStatus.TEST}, {}, Objection.NOT_ACTUAL),
        ({"status": MessageStatus.DRAFT}, {}, Objection.NOT_ACTUAL),
        ({"scope": Scope.PRIVATE}, {}, Objection.NOT_PUBLIC),
        ({"scope": Scope.RESTRICTED}, {}, Objection.NOT_PUBLIC),
        ({"description": "word " * 4000}, {}, Objection.TOO_LONG),
        ({}, {"sectors": ("legal",)}, Objection.NOBODY),
    ],
)
async def test_what_goes_beyond_a_cap_waits(mailroom: Mailroom, changes, caps, objection):
    """A trusted source is trusted within its caps; each reason for waiting is told."""
    await mailroom.outbox.subscribe(1)
    receipt = await mailroom.post(await mailroom.source(**caps), mailroom.message(**changes))
    assert (receipt.outcome, receipt.objections) == (Outcome.DRAFT, (objection,))
    assert await mailroom.written() == (0, 0, 1, 1)


@pytest.mark.parametrize(
    ("sent", "objections"),
    [
        (timedelta(hours=-24), ()),
        (timedelta(hours=-24, seconds=-1), (Objection.TOO_OLD,)),
        (timedelta(minutes=10), ()),
        (timedelta(minutes=10, seconds=1), (Objection.AHEAD,)),
    ],
)
async def test_the_time_of_sending_decides_to_the_second(mailroom: Mailroom, sent, objections):
    """Older than a day, or ahead by more than clocks differ, is a draft at best."""
    await mailroom.outbox.subscribe(1)
    receipt = await mailroom.post(await mailroom.source(), mailroom.message(sent=mailroom.clock.now() + sent))
    assert receipt.objections == objections


async def test_so_many_an_hour_go_out_at_once(mailroom: Mailroom):
    """The cap of messages an hour counts what went out, and lets go after an hour."""
    await mailroom.outbox.subscribe(1)
    source = await mailroom.source(per_hour=2)
    outcomes = [(await mailroom.post(source, mailroom.message(f"A{number}"))).outcome for number in range(3)]
    assert outcomes == [Outcome.SENT, Outcome.SENT, Outcome.DRAFT]
    mailroom.outbox.pass_hours(1)
    assert (await mailroom.post(source, mailroom.message("A4"))).outcome is Outcome.SENT


async def test_a_flood_is_held_off(mailroom: Mailroom, monkeypatch):
    """Beyond any sensible number an hour nothing more is taken, not even as a draft, until time has passed."""
    monkeypatch.setattr(intake_module, "TAKEN_PER_HOUR", 3)
    source = await mailroom.source(trusted=False)
    for number in range(3):
        await mailroom.post(source, mailroom.message(f"A{number}"))
    with pytest.raises(TooOften):
        await mailroom.post(source, mailroom.message("A3"))
    assert (await mailroom.written())[3] == 3


@pytest.mark.parametrize("trusted", [True, False])
async def test_the_same_identifier_twice_is_one_alert(mailroom: Mailroom, trusted):
    """A repetition, also years of minutes later and after its expiry, gives the first receipt and writes nothing."""
    await mailroom.outbox.subscribe(1)
    source = await mailroom.source(trusted=trusted)
    message = mailroom.message(expires=later(mailroom.clock.now(), hours=1))
    first = await mailroom.post(source, message)
    before = await mailroom.written()
    mailroom.outbox.pass_hours(2)
    again = await mailroom.post(source, message)
    assert again.is_repeated
    assert (again.outcome, again.alert_id, again.sent) == (first.outcome, first.alert_id, first.sent)
    assert await mailroom.written() == before


async def test_the_same_document_ten_times_at_once_is_one_alert(mailroom: Mailroom):
    """Ten requests side by side become one alert with one row for each recipient."""
    await mailroom.outbox.subscribe(1, 2)
    source = await mailroom.source()
    receipts = await asyncio.gather(*(mailroom.post(source, mailroom.message()) for _ in range(10)))
    assert {receipt.alert_id for receipt in receipts} == {receipts[0].alert_id}
    assert sum(not receipt.is_repeated for receipt in receipts) == 1
    assert await mailroom.written() == (1, 2, 0, 1)


async def test_two_sources_may_use_the_same_identifier(mailroom: Mailroom):
    """An identifier is a name within its source alone."""
    await mailroom.outbox.subscribe(1)
    one, other = await mailroom.source("one"), await mailroom.source("other")
    assert (await mailroom.post(one, mailroom.message())).alert_id != (
        await mailroom.post(other, mailroom.message())
    ).alert_id


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"expires": datetime.fromisoformat("2026-11-23T12:00:00+00:00")}, "info/expires"),
        ({"status": MessageStatus.SYSTEM}, "status"),
        ({"message_type": MessageType.ACK}, "msgType"),
        ({"message_type": MessageType.ERROR}, "msgType"),
        ({"message_type": MessageType.UPDATE}, "references"),
        ({"message_type": MessageType.CANCEL}, "references"),
        ({"message_type": MessageType.UPDATE, "references": "a,b"}, "references"),
        ({"message_type": MessageType.CANCEL, "references": f"{SENDER},A0,2026-11-23T12:00:00+00:00"}, "references"),
        ({"infos": ()}, "info"),
        ({"identifier": "x" * 251}, "identifier"),
        ({"identifier": "a\tb"}, "identifier"),
        ({"sent": datetime.fromisoformat("0001-01-01T00:00:00+14:00")}, "sent"),
    ],
)
async def test_what_cannot_be_taken_leaves_nothing_behind(mailroom: Mailroom, changes, place):
    """An expired document, an answer between machines or a change of nothing is refused by the element, even by a
    trusted source, and no table has a row of it.
    """  # noqa: D205 - one fact, long to say
    await mailroom.outbox.subscribe(1)
    with pytest.raises(BadDocument) as refused:
        await mailroom.post(await mailroom.source(), mailroom.message(**changes))
    assert refused.value.place == place
    assert await mailroom.written() == (0, 0, 0, 0)


async def test_words_that_cannot_be_used_leave_nothing_behind(mailroom: Mailroom, monkeypatch):
    """A fault after the alert was written, in the same transaction, takes the alert back too."""
    await mailroom.outbox.subscribe(1)

    async def fail(*_: object, **__: object) -> int:
        raise RuntimeError("the record cannot be written")

    source = await mailroom.source()
    monkeypatch.setattr(intake_module, "keep", fail)
    with pytest.raises(RuntimeError):
        await mailroom.post(source, mailroom.message())
    assert await mailroom.written() == (0, 0, 0, 0)


@pytest.mark.parametrize(("status", "word"), [(MessageStatus.EXERCISE, "EXERCISE"), (MessageStatus.TEST, "TEST")])
async def test_an_exercise_is_marked_at_both_ends_and_never_actual(
    mailroom: Mailroom, directory: Directory, status, word
):
    """The draft that an officer makes of it says so in the headline, at the beginning and at the end."""
    roster = Roster(mailroom.outbox.store, mailroom.clock, TRAIL, directory)
    officer = await roster.grant(9, Role.OFFICER)
    await mailroom.post(await mailroom.source(), mailroom.message(status=status))
    [item] = await mailroom.waiting()
    draft = await mailroom.incoming.adopt(item.id, officer)
    assert draft.headline == f"{word}: Vehicle at the east gate"
    told = [paragraph for paragraph in draft.body.split("\n\n") if "Source:" not in paragraph]
    assert word in told[0]
    assert word in told[-1]
    assert item.is_test


async def test_an_update_takes_the_place_of_what_went_out(mailroom: Mailroom):
    """The unsent rows of the first are skipped as superseded, and the second goes to the same audience."""
    await mailroom.outbox.subscribe(1, 2, 3)
    source = await mailroom.source(sectors=("retail",))
    first = mailroom.message("A1")
    one = await mailroom.post(source, first)
    [claimed, *_] = await mailroom.outbox.claim(1)
    await mailroom.outbox.record(claimed, DeliveryState.SENT, message_id=5)
    two = await mailroom.post(
        source, mailroom.message("A2", message_type=MessageType.UPDATE, references=refers_to(first))
    )
    assert two.outcome is Outcome.SENT
    rows = await mailroom.outbox.rows(one.alert_id or 0)
    assert [(row.state, row.reason) for row in rows] == [
        ("sent", None),
        ("skipped", "superseded"),
        ("skipped", "superseded"),
    ]
    assert await mailroom.outbox.status(one.alert_id or 0) is AlertStatus.CANCELLED
    assert await mailroom.outbox.states(two.alert_id or 0) == {1: "queued", 2: "queued", 3: "queued"}


async def test_a_row_under_way_at_the_update_is_superseded_when_it_comes_back(mailroom: Mailroom):
    """What was leased when the update came, and could not be sent, is not tried again, and its row says why."""
    await mailroom.outbox.subscribe(1)
    source = await mailroom.source()
    first = mailroom.message("A1")
    one = await mailroom.post(source, first)
    [claimed] = await mailroom.outbox.claim()
    await mailroom.post(source, mailroom.message("A2", message_type=MessageType.UPDATE, references=refers_to(first)))
    await mailroom.outbox.record(claimed, DeliveryState.RETRY, reason="Telegram answered 502")
    row = await mailroom.outbox.row(one.alert_id or 0, 1)
    assert (row.state, row.reason) == ("skipped", "superseded")


async def test_a_cancellation_before_anybody_has_it_says_nothing(mailroom: Mailroom):
    """Stopped before its first message, an alert needs no correction, and nobody is told of what they never had."""
    await mailroom.outbox.subscribe(1, 2)
    source = await mailroom.source()
    first = mailroom.message("A1")
    one = await mailroom.post(source, first)
    receipt = await mailroom.post(
        source, mailroom.message("C1", message_type=MessageType.CANCEL, references=refers_to(first))
    )
    assert (receipt.outcome, receipt.alert_id) == (Outcome.STOPPED, one.alert_id)
    assert await mailroom.outbox.states(one.alert_id or 0) == {1: "skipped", 2: "skipped"}
    assert (await mailroom.written())[0] == 1


@pytest.mark.parametrize("sent_to", [1, 2])
async def test_a_cancellation_tells_the_audience_in_short(mailroom: Mailroom, sent_to):
    """A short one that it is cancelled goes to everybody who has the alert, and to nobody else, as urgent as it was."""
    await mailroom.outbox.subscribe(1, 2)
    source = await mailroom.source(sectors=("retail",))
    first = mailroom.message("A1", expires=later(mailroom.clock.now(), hours=5))
    one = await mailroom.post(source, first)
    for claimed in await mailroom.outbox.claim(sent_to):
        await mailroom.outbox.record(claimed, DeliveryState.SENT, message_id=5)
    mailroom.outbox.pass_hours(1)
    cancel = mailroom.message("C1", message_type=MessageType.CANCEL, references=refers_to(first), note="False alarm.")
    receipt = await mailroom.post(source, cancel)
    assert receipt.outcome is Outcome.SENT
    before, after = (
        await mailroom.outbox.desk.find(one.alert_id or 0),
        await mailroom.outbox.desk.find(receipt.alert_id or 0),
    )
    assert before.status is (AlertStatus.CANCELLED if sent_to == 1 else AlertStatus.CLOSED)
    assert (after.severity, after.sectors, after.expires_at) == (Severity.URGENT, ("retail",), before.expires_at)
    assert after.headline == "Cancelled: Vehicle at the east gate"
    assert "C-2026-0001" in after.body
    assert "False alarm." in after.body
    assert "Police are there." not in after.body
    assert await mailroom.outbox.states(after.id) == dict.fromkeys((1, 2)[:sent_to], "queued")


async def test_readers_of_the_first_edition_hear_that_the_second_is_cancelled(mailroom: Mailroom):
    """An update that reached nobody is stopped, and who had read what it replaced is still told."""
    await mailroom.outbox.subscribe(1)
    source = await mailroom.source()
    first = mailroom.message("A1")
    await mailroom.post(source, first)
    [claimed] = await mailroom.outbox.claim()
    await mailroom.outbox.record(claimed, DeliveryState.SENT, message_id=5)
    update = mailroom.message("A2", message_type=MessageType.UPDATE, references=refers_to(first))
    await mailroom.post(source, update)
    receipt = await mailroom.post(
        source, mailroom.message("C1", message_type=MessageType.CANCEL, references=refers_to(first))
    )
    assert receipt.outcome is Outcome.SENT
    assert (await mailroom.outbox.desk.find(receipt.alert_id or 0)).headline.startswith("Cancelled: ")


async def test_a_second_cancellation_finds_nothing(mailroom: Mailroom):
    """What is cancelled is cancelled: another Cancel of it is noted, and an Update of it waits for an officer."""
    await mailroom.outbox.subscribe(1)
    source = await mailroom.source()
    first = mailroom.message("A1")
    await mailroom.post(source, first)
    await mailroom.post(source, mailroom.message("C1", message_type=MessageType.CANCEL, references=refers_to(first)))
    again = await mailroom.post(
        source, mailroom.message("C2", message_type=MessageType.CANCEL, references=refers_to(first))
    )
    assert again.outcome is Outcome.NOTED
    update = await mailroom.post(
        source, mailroom.message("A2", message_type=MessageType.UPDATE, references=refers_to(first))
    )
    assert update.outcome is Outcome.DRAFT
    assert Objection.EARLIER_CANCELLED in update.objections


async def test_an_update_of_what_waits_waits_in_its_place(mailroom: Mailroom):
    """Officers see one item that was edited, also when the source was trusted in the meantime."""
    await mailroom.outbox.subscribe(1)
    source = await mailroom.source(trusted=False)
    first = mailroom.message("A1")
    await mailroom.post(source, first)
    await mailroom.sources.trust(source.code, severity_cap=Severity.CRITICAL, per_hour=9)
    update = mailroom.message(
        "A2", message_type=MessageType.UPDATE, references=refers_to(first), headline="At the west gate"
    )
    receipt = await mailroom.post(source, update)
    assert (receipt.outcome, receipt.objections) == (Outcome.DRAFT, (Objection.EARLIER_WAITS,))
    assert [item.headline for item in await mailroom.waiting()] == ["At the west gate"]


async def test_a_cancellation_of_what_waits_takes_it_from_the_pile(mailroom: Mailroom):
    """A source may take back what it handed in, trusted or not, and officers cannot take it up any more."""
    source = await mailroom.source(trusted=False)
    first = mailroom.message("A1")
    await mailroom.post(source, first)
    cancel = mailroom.message("C1", message_type=MessageType.CANCEL, references=refers_to(first), infos=())
    assert (await mailroom.post(source, cancel)).outcome is Outcome.WITHDRAWN
    assert [item.state for item in await mailroom.waiting()] == [IncomingState.WITHDRAWN]
    assert (await mailroom.written())[0] == 0


@pytest.mark.parametrize("kind", [MessageType.UPDATE, MessageType.CANCEL])
async def test_a_source_that_lost_its_trust_stops_nothing(mailroom: Mailroom, kind):
    """Once it is not trusted, what it says of its own alert waits for an officer, and the alert goes on."""
    await mailroom.outbox.subscribe(1)
    source = await mailroom.source()
    first = mailroom.message("A1")
    one = await mailroom.post(source, first)
    await mailroom.sources.untrust(source.code)
    receipt = await mailroom.post(source, mailroom.message("X1", message_type=kind, references=refers_to(first)))
    assert (receipt.outcome, receipt.objections) == (Outcome.DRAFT, (Objection.NOT_TRUSTED,))
    assert await mailroom.outbox.states(one.alert_id or 0) == {1: "queued"}


@pytest.mark.parametrize("kind", [MessageType.UPDATE, MessageType.CANCEL])
@pytest.mark.parametrize("who", ["another source", "another sender", "another time", "another name"])
async def test_only_ones_own_alert_can_be_changed(mailroom: Mailroom, kind, who):
    """Source, sender, identifier and time must all match; else the change is refused, and the alert goes on."""
    await mailroom.outbox.subscribe(1)
    source, other = await mailroom.source(), await mailroom.source("other")
    first = mailroom.message("A1")
    one = await mailroom.post(source, first)
    named = {
        "another source": first,
        "another sender": mailroom.message("A1", sender="else@example.org"),
        "another time": mailroom.message("A1", sent=later(first.sent, seconds=1)),
        "another name": mailroom.message("A9"),
    }[who]
    change = mailroom.message("X1", message_type=kind, references=refers_to(named))
    with pytest.raises(BadDocument) as refused:
        await mailroom.post(other if who == "another source" else source, change)
    assert refused.value.place == "references"
    assert await mailroom.outbox.states(one.alert_id or 0) == {1: "queued"}
    assert (await mailroom.written())[3] == 1


async def test_a_change_by_another_sender_is_refused(mailroom: Mailroom):
    """A source that passes on for several senders does not let one of them take back another's alert."""
    await mailroom.outbox.subscribe(1)
    source = await mailroom.source()
    first = mailroom.message("A1")
    await mailroom.post(source, first)
    change = mailroom.message(
        "C1", message_type=MessageType.CANCEL, references=refers_to(first), sender="else@example.org"
    )
    with pytest.raises(BadDocument, match="references"):
        await mailroom.post(source, change)


async def test_the_highest_of_several_blocks_counts(mailroom: Mailroom):
    """With several languages or areas the most severe block decides, and the longest-lived one ends it."""
    message = mailroom.message("A1", expires=later(mailroom.clock.now(), hours=1))
    mild = mailroom.message(
        "A1", expires=later(mailroom.clock.now(), hours=9), severity=CapSeverity.MINOR, language="cy"
    )
    await mailroom.post(
        await mailroom.source(trusted=False), mailroom.message("A1", infos=(*mild.infos, *message.infos))
    )
    [item] = await mailroom.waiting()
    assert (item.severity, item.expires_at) == (Severity.URGENT, later(mailroom.clock.now(), hours=9))


async def test_an_expiry_beyond_an_alerts_life_is_drawn_in(mailroom: Mailroom):
    """A document for a year is an alert for thirty days, the most there is."""
    await mailroom.outbox.subscribe(1)
    receipt = await mailroom.post(
        await mailroom.source(), mailroom.message(expires=later(mailroom.clock.now(), days=365))
    )
    assert (await mailroom.outbox.desk.find(receipt.alert_id or 0)).expires_at == later(mailroom.clock.now(), days=30)


async def test_a_removed_source_is_shut_out_at_once(mailroom: Mailroom):
    """A request that was under way when its source was removed takes nothing in."""
    source = await mailroom.source()
    await mailroom.sources.remove(source.code)
    with pytest.raises(NotFound):
        await mailroom.post(source, mailroom.message())


async def test_documents_are_erased_after_a_month(mailroom: Mailroom):
    """That a document came, and what became of it, stays; its bytes go, and it is still known when it comes again."""
    source = await mailroom.source(trusted=False)
    message = mailroom.message(urgency=Urgency.FUTURE)
    await mailroom.post(source, message)
    mailroom.outbox.pass_hours(24 * 30 + 1)
    await mailroom.intake.forget_old()
    assert (await mailroom.post(source, message)).is_repeated
    [logged] = await mailroom.intake.log(5)
    assert (logged.source, logged.kept.identifier) == ("control-room", "A1")
