import asyncio
from datetime import UTC, datetime

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox

from alerts.data import UnknownCode
from alerts.errors import InvalidInput, NotAllowed, Stale
from alerts.publishing.alert import AlertStatus

DANA, OTHER = 501, 502


async def test_a_draft_has_a_reference_and_reaches_nobody(outbox: Outbox, clock: DrivenClock):
    """A new draft is empty, belongs to its officer, has its reference already, and no rows."""
    await outbox.subscribe(1)
    draft = await outbox.desk.start_draft(DANA)
    assert (draft.reference, draft.status, draft.author, draft.revision) == ("C-2026-0001", "draft", DANA, 1)
    assert (draft.headline, draft.body, draft.severity, draft.sectors, draft.regions) == ("", "", None, (), ())
    assert (draft.created_at, draft.expires_at, draft.sending_at) == (clock.now(), None, None)
    assert await outbox.written() == (1, 0)


async def test_each_change_of_a_draft_is_a_revision(outbox: Outbox):
    """A revision keeps the parts as they were checked: one-line headline, canonical HTML, sorted codes."""
    draft = await outbox.desk.start_draft(DANA)
    await outbox.desk.revise(draft.id, DANA, headline="  Vehicle\n at the gate ", body="<strong>Police</strong> & crew")
    revised = await outbox.desk.revise(draft.id, DANA, sectors=["retail", "health", "retail"], regions=["wales"])
    assert (revised.headline, revised.body) == ("Vehicle at the gate", "<b>Police</b> &amp; crew")
    assert (revised.sectors, revised.regions, revised.revision) == (("health", "retail"), ("wales",), 3)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"headline": " "}, InvalidInput),
        ({"headline": "x" * 121}, InvalidInput),
        ({"body": "<b>open"}, InvalidInput),
        ({"body": "x" * 12_001}, InvalidInput),
        ({"severity": "panic"}, ValueError),
        ({"sectors": ["retail", "no-such-sector"]}, UnknownCode),
        ({"regions": ["atlantis"]}, UnknownCode),
        ({"expires_at": datetime(2026, 11, 23, 12, 0, tzinfo=UTC)}, InvalidInput),
        ({"author": 1}, TypeError),
    ],
)
async def test_a_part_that_cannot_be_used_changes_nothing(outbox: Outbox, changes: dict[str, object], error: type):
    """A refused part leaves the draft as it was, the good parts beside it too."""
    before = await outbox.draft(DANA)
    with pytest.raises(error):
        await outbox.desk.revise(before.id, DANA, **({"regions": ["wales"]} | changes))
    assert await outbox.desk.find(before.id) == before


async def test_the_newest_draft_of_an_officer_is_found(outbox: Outbox):
    """An officer finds the draft begun last; those of others and those thrown away do not count."""
    assert await outbox.desk.newest_draft(DANA) is None
    first = await outbox.desk.start_draft(DANA)
    second = await outbox.desk.start_draft(DANA)
    await outbox.desk.start_draft(OTHER)
    found = await outbox.desk.newest_draft(DANA)
    assert found is not None
    assert found.id == second.id
    await outbox.desk.discard(second.id, DANA)
    found = await outbox.desk.newest_draft(DANA)
    assert found is not None
    assert found.id == first.id


async def test_a_draft_that_is_thrown_away_stays_on_record(outbox: Outbox, clock: DrivenClock):
    """A discarded draft is cancelled, with the moment, and cannot be taken up again."""
    draft = await outbox.draft(DANA)
    await clock.advance(60)
    await outbox.desk.discard(draft.id, DANA)
    ended = await outbox.desk.find(draft.id)
    assert (ended.status, ended.finished_at) == (AlertStatus.CANCELLED, clock.now())
    with pytest.raises(Stale):
        await outbox.desk.revise(draft.id, DANA, headline="Again")
    with pytest.raises(Stale):
        await outbox.desk.discard(draft.id, DANA)


async def test_another_officers_draft_cannot_be_touched(outbox: Outbox):
    """Nobody but its author changes, discards or confirms a draft."""
    await outbox.subscribe(1)
    draft = await outbox.draft(DANA)
    with pytest.raises(NotAllowed):
        await outbox.desk.revise(draft.id, OTHER, headline="Mine now")
    with pytest.raises(NotAllowed):
        await outbox.desk.discard(draft.id, OTHER)
    with pytest.raises(NotAllowed):
        await outbox.desk.confirm(draft.id, draft.revision, await outbox.hire(OTHER))
    assert await outbox.desk.find(draft.id) == draft


async def test_confirming_writes_a_row_for_each_recipient(outbox: Outbox, clock: DrivenClock):
    """A confirmed alert is sending since now, with a due row in its lane for everybody, and the dispatcher is told."""
    await outbox.subscribe(3, 1, 2)
    draft = await outbox.draft(DANA)
    alert, recipients = await outbox.desk.confirm(draft.id, draft.revision, await outbox.hire(DANA))
    assert (alert.status, alert.sending_at, recipients, outbox.nudges) == (AlertStatus.SENDING, clock.now(), 3, 1)
    rows = await outbox.rows(alert.id)
    assert [(row.chat_id, row.state, row.lane, row.attempts) for row in rows] == [
        (1, "queued", 1, 0),
        (2, "queued", 1, 0),
        (3, "queued", 1, 0),
    ]
    assert {(row.not_before, row.state_at) for row in rows} == {(None, clock.now())}


async def test_an_old_preview_confirms_nothing(outbox: Outbox):
    """The button of a preview from before a change is refused, and nobody receives either text."""
    await outbox.subscribe(1)
    shown = await outbox.draft(DANA)
    await outbox.desk.revise(shown.id, DANA, headline="A different headline")
    with pytest.raises(Stale, match="has changed since it was shown: headline"):
        await outbox.desk.confirm(shown.id, shown.revision, await outbox.hire(DANA))
    assert await outbox.written() == (1, 0)
    assert await outbox.status(shown.id) is AlertStatus.DRAFT


async def test_a_double_confirmation_sends_once(outbox: Outbox):
    """Two presses of the same button, even at the same moment, make one alert; the other press is told so."""
    await outbox.subscribe(1, 2)
    draft, dana = await outbox.draft(DANA), await outbox.hire(DANA)
    presses = [outbox.desk.confirm(draft.id, draft.revision, dana) for _ in range(3)]
    results = await asyncio.gather(*presses, return_exceptions=True)
    assert [type(result) for result in results] == [tuple, Stale, Stale]
    assert await outbox.written() == (1, 2)
    assert outbox.nudges == 1


@pytest.mark.parametrize("missing", ["headline", "body", "severity", "expires_at"])
async def test_an_alert_that_lacks_a_part_is_not_sent(outbox: Outbox, missing: str):
    """Headline, text, severity and expiry are all needed."""
    await outbox.subscribe(1)
    full = await outbox.draft(DANA)
    draft = await outbox.desk.start_draft(DANA)
    parts = {part: getattr(full, part) for part in ("headline", "body", "severity", "expires_at") if part != missing}
    draft = await outbox.desk.revise(draft.id, DANA, **parts)
    with pytest.raises(InvalidInput) as refused:
        await outbox.desk.confirm(draft.id, draft.revision, await outbox.hire(DANA))
    assert refused.value.problem == "incomplete"
    assert await outbox.desk.find(draft.id) == draft


async def test_an_alert_whose_expiry_has_passed_is_not_sent(outbox: Outbox):
    """A draft that lay too long must get a new expiry; at its last moment it is too late already."""
    await outbox.subscribe(1)
    draft = await outbox.draft(DANA)
    outbox.pass_hours(6)
    with pytest.raises(InvalidInput) as refused:
        await outbox.desk.confirm(draft.id, draft.revision, await outbox.hire(DANA))
    assert refused.value.problem == "expiry-past"
    assert await outbox.status(draft.id) is AlertStatus.DRAFT


async def test_an_alert_for_nobody_is_not_sent(outbox: Outbox):
    """An alert that would reach no active subscriber is refused and stays a draft."""
    await outbox.subscribe(1, 2)
    await outbox.roll.blocked(1)
    await outbox.roll.unsubscribe(2)
    draft = await outbox.draft(DANA)
    with pytest.raises(InvalidInput) as refused:
        await outbox.desk.confirm(draft.id, draft.revision, await outbox.hire(DANA))
    assert refused.value.problem == "nobody"
    assert await outbox.desk.find(draft.id) == draft
    assert outbox.nudges == 0
