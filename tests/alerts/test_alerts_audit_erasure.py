"""Erasing a person from what is kept of alerts: nothing names them, everything else stands, and reports say so."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL

from alerts.audit.entry import ADMINISTRATOR, Act
from alerts.audit.record import BESIDE, Record
from alerts.delivery.states import DeliveryState
from alerts.errors import NotAllowed, NotFound
from alerts.people.notices import Notices
from alerts.people.person_id import ERASED
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.approvals import word_for
from alerts.publishing.pack import Packs
from alerts.store import Store
from alerts.store.authority import alert_versions, approvals, reviews
from alerts.store.tables import alerts
from alerts.subscribers.sectors import Directory
from handlers.pack_document import document
from handlers.pack_page import PackPage
from handlers.release_words import word_line
from handlers.texts import Texts

DANA, EVE, OLU = 501, 502, 503
TEXTS = Texts(ZoneInfo("Europe/London"))
SAID = "a person who was erased"


@pytest.fixture
async def house(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """A desk with one subscriber and three officers."""
    outbox = Outbox(store, clock, directory)
    await outbox.subscribe(1)
    await outbox.grant(DANA, EVE, OLU)
    return outbox


@pytest.fixture
def record(house: Outbox) -> Record:
    """The record."""
    return Record(house.store, house.clock, TRAIL)


async def submitted(house: Outbox) -> Alert:
    """Let Dana submit an alert."""
    draft = await house.draft(DANA)
    [dana] = await house.grant(DANA)
    alert, _ = await house.desk.confirm(draft.id, draft.revision, dana)
    return alert


async def released(house: Outbox) -> Alert:
    """Let Dana write what Eve returns and Olu lets out, take Dana's and Eve's roles away, and let it arrive."""
    alert = await submitted(house)
    [eve, olu] = await house.grant(EVE, OLU)
    await house.desk.give_back(alert.id, alert.revision, eve, "Which gate?")
    draft = await house.desk.take_back(alert.id, DANA)
    [dana] = await house.grant(DANA)
    alert, _ = await house.desk.confirm(draft.id, draft.revision, dana)
    sent, _ = await house.desk.approve(alert.id, alert.revision, olu)
    for one in (DANA, EVE):
        await house.roster.revoke(one)
    for row in await house.claim():
        await house.record(row, DeliveryState.SENT)
    return sent


async def kept(house: Outbox) -> set[int | None]:
    """Give every id that stands in what is kept of alerts."""
    columns = (alerts.c.author, alerts.c.ended_by, alert_versions.c.who, approvals.c.who, reviews.c.user_id)
    async with house.store.reading() as connection:
        return {one for column in columns for one in (await connection.execute(select(column))).scalars()}


async def test_nothing_that_is_kept_of_alerts_names_who_was_erased(house: Outbox, record: Record):
    """Author, who returned it and who was asked are gone, the others stay, and the chain is whole and says how many."""
    await released(house)
    assert await kept(house) == {DANA, EVE, OLU, None}
    for person in (DANA, EVE):
        assert await record.erase(person, ADMINISTRATOR) > 0
    assert await kept(house) == {ERASED, OLU, None}
    verdict = await record.inspect()
    assert verdict.broken is None
    erasures = [entry for entry in (await record.page()).entries if entry.act == Act.PERSON_ERASED]
    assert all(entry.after[BESIDE] > 0 for entry in erasures)
    with pytest.raises(NotFound):
        await record.erase(DANA, ADMINISTRATOR)


async def test_reports_say_that_it_was_a_person_who_was_erased(house: Outbox, record: Record, directory: Directory):
    """The page, its data and the line of whose word it was; the texts stay those that the record names."""
    alert = await released(house)
    await house.roster.revoke(OLU)
    for person in (DANA, EVE, OLU):
        await record.erase(person, ADMINISTRATOR)
    pack = await Packs(house.store, house.clock, TRAIL).gather(alert.id, ADMINISTRATOR)
    assert pack.verdict.broken is None
    assert set(pack.step.vouched.values()) == {True}
    html = PackPage(TEXTS, directory, "The hub").html(pack)
    assert f"<th>Author</th><td>{SAID}</td>" in html
    assert f"Version 1, by {SAID}, " in html
    assert html.count(f"<td>{SAID}</td>") == 3
    assert "on the command line" not in html
    told = document(pack, lambda _: {})
    assert (told["alert"]["author"], told["alert"]["is_author_erased"]) == (None, True)
    said = [*told["versions"], *told["approvals"], *told["timeline"]]
    assert {(one["who"], one["is_who_erased"]) for one in said} == {(None, True)}
    async with house.store.reading() as connection:
        word = await word_for(connection, alert.id)
    assert SAID in word_line(TEXTS, word)


async def test_nobody_is_written_to_in_place_of_who_was_erased(house: Outbox, record: Record):
    """No report and no notice of their alerts is meant for the id that stands there now."""
    await released(house)
    assert await house.desk.unreported() != []
    await record.erase(DANA, ADMINISTRATOR)
    assert await house.desk.unreported() == []
    assert ERASED not in {one.user_id for one in await Notices(house.store, house.clock).waiting()}


async def test_who_has_a_hand_in_what_has_not_gone_out_stays_until_it_has(house: Outbox, record: Record):
    """Erased and appointed anew they could approve their own words; the refusal names the alert and does nothing."""
    alert = await submitted(house)
    await house.roster.revoke(DANA)
    before = await kept(house)
    with pytest.raises(NotAllowed, match=f"have not gone out: {alert.id}"):
        await record.erase(DANA, ADMINISTRATOR)
    assert await kept(house) == before
    cancelled = await house.desk.cancel(alert.id, None)
    assert cancelled.status is AlertStatus.CANCELLED
    assert await record.erase(DANA, ADMINISTRATOR) > 0
    assert (await record.inspect()).broken is None


async def test_two_who_were_asked_about_one_alert_can_both_be_erased(house: Outbox, record: Record):
    """What somebody was asked to look at goes as a whole, so that nothing of one is in the way of another."""
    await released(house)
    await house.roster.revoke(OLU)
    for person in (EVE, OLU, DANA):
        await record.erase(person, ADMINISTRATOR)
    assert await kept(house) == {ERASED, None}
