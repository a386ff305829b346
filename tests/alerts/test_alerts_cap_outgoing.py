from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from support.cap_schema import is_valid
from support.intake import Mailroom, refers_to
from support.outbox import Outbox
from support.record import TRAIL

from alerts.cap.message import MessageStatus, MessageType, Scope
from alerts.cap.outgoing import Issuer, is_public
from alerts.cap.publisher import LISTED, CapPublisher
from alerts.cap.reader import read, read_references
from alerts.cap.severity import OUT, severity_of
from alerts.cap.writer import write
from alerts.data import DataFolder
from alerts.delivery.states import DeliveryState
from alerts.errors import NotFound
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.publishing.alert import Alert, AlertKind, Audience, Change, Severity
from alerts.publishing.desk import Content
from alerts.publishing.marking import Marking
from alerts.publishing.succession import note_successor
from alerts.reporting.guide import Guide
from alerts.store.tables import alerts
from alerts.subscribers.sectors import Directory
from handlers.cap_words import issuer_words
from handlers.texts import Texts


@pytest.fixture
def issuer(directory: Directory) -> Issuer:
    """Who issues the documents of these tests."""
    texts = Texts(ZoneInfo("Europe/London"))
    words = issuer_words(texts, directory, Guide.load(DataFolder()), "Example Network")
    return Issuer("alerts@example.org", "Example Network", "desk@example.org", texts.language, words)


@pytest.fixture
def publisher(outbox: Outbox, issuer: Issuer) -> CapPublisher:
    """What gives documents of the alerts of these tests."""
    return CapPublisher(outbox.store, issuer)


async def sent(outbox: Outbox, **changes: object) -> Alert:
    """Send an alert that has everything an alert can have."""
    parts = {
        "headline": "Vehicle at <the> gate & beyond",
        "body": "<b>Police</b> are there &amp; look.\n\nKeep away.",
        "severity": Severity.CRITICAL,
        "expires_at": outbox.clock.now() + timedelta(hours=6),
        "audience": Audience(("aviation", "retail"), ("london", "wales"), marking=Marking.CLEAR),
    }
    alert, _ = await outbox.desk.issue(Content(**(parts | changes)), origin="command line")  # type: ignore[arg-type]
    return alert


async def test_an_alert_is_a_valid_document_that_says_all(outbox: Outbox, publisher: CapPublisher):
    """Every alert maps to CAP: who, when, what, for whom, where, till when, and what to do, without our formatting."""
    await outbox.subscribe(1)
    alert = await sent(outbox)
    document = write(await publisher.message(alert.id))
    assert is_valid(document)
    message = read(document)
    [info] = message.infos
    assert (message.identifier, message.sender, message.sent) == (
        alert.reference,
        "alerts@example.org",
        alert.sending_at,
    )
    assert (message.status, message.message_type, message.scope) == ("Actual", "Alert", "Public")
    assert (info.language, info.categories, info.event) == ("en-GB", ("Security",), "Security alert")
    assert (info.urgency, info.severity, info.certainty) == ("Immediate", "Extreme", "Unknown")
    assert (info.headline, info.description) == (alert.headline, "Police are there & look.\n\nKeep away.")
    assert (info.expires, info.sender_name, info.contact) == (alert.expires_at, "Example Network", "desk@example.org")
    assert "999" in info.instruction
    assert info.audience == "Aviation; Retail"
    assert [area.description for area in info.areas] == ["London", "Wales"]
    assert info.areas[0].geocodes[0].value == "london"


@pytest.mark.parametrize("severity", Severity)
async def test_a_severity_survives_the_way_out_and_in(outbox: Outbox, publisher: CapPublisher, severity):
    """What another Cascade makes of our document is as urgent as it was, no more and no less."""
    await outbox.subscribe(1)
    message = await publisher.message((await sent(outbox, severity=severity)).id)
    assert severity_of(message.infos[0]) is severity
    assert set(OUT) == set(Severity)


async def test_a_change_of_level_is_an_event_of_its_own(outbox: Outbox, publisher: CapPublisher):
    """The document of a level's change says so, and holds everywhere."""
    await outbox.subscribe(1)
    message = await publisher.message(
        (await sent(outbox, kind=AlertKind.LEVEL, audience=Audience(levels_only=True))).id
    )
    assert message.infos[0].event == "Change of the threat level"
    assert [area.description for area in message.infos[0].areas] == ["Everywhere in the network of Example Network"]


async def test_a_draft_is_a_draft(outbox: Outbox, publisher: CapPublisher):
    """An alert that nobody has received says Draft, whatever is missing in it yet, and is valid all the same."""
    message = await publisher.message((await outbox.desk.start_draft(501)).id)
    assert message.status is MessageStatus.DRAFT
    assert is_valid(write(message))


async def test_an_update_and_a_cancellation_name_what_they_change(
    outbox: Outbox, publisher: CapPublisher, directory: Directory
):
    """A successor goes out as Update or Cancel with the reference of the alert before, as its document named itself."""
    mailroom = Mailroom(outbox, directory)
    await outbox.subscribe(1)
    source = await mailroom.source()
    first = mailroom.message("A1")
    one = await mailroom.post(source, first)
    [claimed] = await outbox.claim()
    await outbox.record(claimed, DeliveryState.SENT, message_id=5)
    outbox.pass_hours(0.5)
    update = mailroom.message("A2", message_type=MessageType.UPDATE, references=refers_to(first))
    two = await mailroom.post(source, update)
    cancel = mailroom.message("C1", message_type=MessageType.CANCEL, references=refers_to(update))
    three = await mailroom.post(source, cancel)
    messages = [await publisher.message(receipt.alert_id or 0) for receipt in (one, two, three)]
    assert [message.message_type for message in messages] == ["Alert", "Update", "Cancel"]
    assert read_references(messages[1].references) == (messages[0].reference,)
    assert read_references(messages[2].references) == (messages[1].reference,)
    assert all(is_valid(write(message)) for message in messages)


async def test_a_stopped_alert_is_taken_back(outbox: Outbox, publisher: CapPublisher):
    """Once an officer has stopped an alert, its document is the cancellation of the one that went out first."""
    await outbox.subscribe(1)
    alert = await sent(outbox)
    before = await publisher.message(alert.id)
    outbox.pass_hours(0.1)
    await outbox.desk.cancel(alert.id, by=501)
    after = await publisher.message(alert.id)
    assert is_valid(write(after))
    assert (after.message_type, after.identifier) == (MessageType.CANCEL, f"{alert.reference}-cancel")
    assert read_references(after.references) == (before.reference,)
    assert after.sent > before.sent


@pytest.mark.parametrize("status", [MessageStatus.EXERCISE, MessageStatus.TEST])
async def test_what_came_as_an_exercise_goes_out_as_one(
    outbox: Outbox, publisher: CapPublisher, directory: Directory, status
):
    """An officer's alert made of an exercise or a test never says Actual."""
    mailroom = Mailroom(outbox, directory)
    await outbox.subscribe(1)
    officer = await Roster(outbox.store, outbox.clock, TRAIL, directory).grant(9, Role.OFFICER)
    await mailroom.post(await mailroom.source(), mailroom.message(status=status))
    [item] = await mailroom.waiting()
    draft = await mailroom.incoming.adopt(item.id, officer)
    await outbox.desk.confirm(draft.id, draft.revision, officer)
    assert (await publisher.message(draft.id)).status is status


@pytest.mark.parametrize("marking", [marking for marking in Marking if marking is not Marking.CLEAR])
async def test_nothing_above_clear_is_public(outbox: Outbox, publisher: CapPublisher, marking: Marking):
    """What is not TLP:CLEAR is in no feed and has no document, and the one that the administrator sees says why."""
    await outbox.subscribe(1)
    named = (1,) if marking is Marking.RED else ()
    alert = await sent(outbox, audience=Audience(marking=marking, named=named))
    assert not is_public(alert)
    assert await publisher.public() == []
    with pytest.raises(NotFound):
        await publisher.public_message(alert.reference)
    message = await publisher.message(alert.id)
    assert message.scope is Scope.RESTRICTED
    assert message.restriction
    assert message.codes == (marking.label,)
    assert is_valid(write(message))


async def test_what_was_never_marked_is_not_public(outbox: Outbox, publisher: CapPublisher):
    """An alert from before there were markings stays unpublished."""
    await outbox.subscribe(1)
    alert = await sent(outbox)
    async with outbox.store.writing() as connection:
        await connection.execute(update(alerts).where(alerts.c.id == alert.id).values(marking=None))
    assert await publisher.public() == []
    with pytest.raises(NotFound):
        await publisher.public_message(alert.reference)


async def test_what_is_not_public_fills_no_feed(outbox: Outbox, publisher: CapPublisher):
    """A public alert is in the feed however many others came after it."""
    await outbox.subscribe(1)
    alert = await sent(outbox)
    for _ in range(LISTED):
        await sent(outbox, audience=Audience(marking=Marking.GREEN))
    assert [one.alert.reference for one in await publisher.public()] == [alert.reference]


@pytest.mark.parametrize("change", Change)
async def test_a_public_document_names_no_alert_that_is_not(outbox: Outbox, publisher: CapPublisher, change: Change):
    """A public alert that takes the place of one which is not public stands as an alert of its own."""
    await outbox.subscribe(1)
    closed, public = await sent(outbox, audience=Audience(marking=Marking.AMBER)), await sent(outbox)
    async with outbox.store.writing() as connection:
        await note_successor(connection, [closed], public, change)
    document = write((await publisher.public_message(public.reference)).message)
    assert closed.reference.encode() not in document
    assert is_valid(document)


async def test_drafts_are_never_public(outbox: Outbox, publisher: CapPublisher):
    """Not even a marking would show what has not been sent."""
    draft = await outbox.draft(501)
    assert await publisher.public() == []
    with pytest.raises(NotFound):
        await publisher.public_message(draft.reference)
