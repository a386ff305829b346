"""Who is let into what is for named persons, through every door that leads to an alert or to what came in."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from support.newsroom import DANA, Newsroom, numbered
from support.outbox import Outbox

from alerts.delivery.states import DeliveryState
from alerts.errors import InvalidInput, NotFound
from alerts.people.notices import NoticeKind
from alerts.people.rights import Role
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, Audience, Change
from alerts.publishing.incoming import Item
from alerts.publishing.marking import Marking
from alerts.store.tables import deliveries
from alerts.subscribers.roll import Profile

AMIRA, BEN, AUTHOR = 101, 102, 13
RETAIL = ("retail",)
RED_ITEM = numbered(1, audience=Audience(RETAIL), marking=Marking.RED)


async def people(outbox: Outbox) -> dict[str, Person]:
    """Bring in everybody who could meet an alert for retail that names Amira, who is a lead herself."""
    await outbox.subscribe(AMIRA)
    (author,) = await outbox.grant(AUTHOR, sectors=RETAIL)
    (named,) = await outbox.grant(AMIRA, role=Role.LEAD, sectors=RETAIL)
    (lead,) = await outbox.grant(20, role=Role.LEAD, sectors=RETAIL)
    (deputy,) = await outbox.grant(21, role=Role.DEPUTY, sectors=RETAIL)
    (officer,) = await outbox.grant(22)
    (owner,) = await outbox.grant(23, role=Role.OWNER)
    (auditor,) = await outbox.grant(24, role=Role.AUDITOR)
    return {
        "author": author,
        "named": named,
        "lead": lead,
        "deputy": deputy,
        "officer": officer,
        "owner": owner,
        "auditor": auditor,
    }


async def red(outbox: Outbox, author: Person, *, minutes: int = 0) -> Alert:
    """Release an alert for the one named person, at once or later."""
    at = outbox.clock.now() + timedelta(minutes=minutes) if minutes else None
    parts = {"marking": Marking.RED, "named": [AMIRA], "sectors": RETAIL, "send_at": at}
    draft = await outbox.draft(author.user_id, **parts)
    submitted, _ = await outbox.desk.confirm(draft.id, draft.revision, author)
    (officer,) = await outbox.grant(22)
    alert, _ = await outbox.desk.approve(submitted.id, submitted.revision, officer)
    return alert


@pytest.mark.parametrize(
    ("who", "opens"),
    [("author", True), ("named", True), ("officer", True), ("owner", True), ("lead", False), ("deputy", False)],
)
async def test_who_opens_a_draft_of_what_changes_it(outbox: Outbox, who: str, *, opens: bool):
    """A lead or deputy of its sectors who is not named gets no draft with its text, as if there were no such alert."""
    house = await people(outbox)
    alert = await red(outbox, house["author"])
    if not opens:
        with pytest.raises(NotFound):
            await outbox.follow_ups.draft(alert.id, Change.UPDATE, house[who])
        return
    assert (await outbox.follow_ups.draft(alert.id, Change.UPDATE, house[who])).body == alert.body


async def test_who_takes_it_back(outbox: Outbox):
    """A recall, which shows the alert in its report, is for who is let in; to stop it anybody may who may stop."""
    house = await people(outbox)
    alert = await red(outbox, house["author"])
    async with outbox.store.writing() as connection:
        await connection.execute(deliveries.update().values(state="sent", is_open=False, message_id=1))
    with pytest.raises(NotFound):
        await outbox.follow_ups.at_once(alert.id, Change.RECALL, house["lead"])
    assert (await outbox.desk.stop(alert.id, house["lead"])).id == alert.id
    assert await outbox.follow_ups.at_once(alert.id, Change.RECALL, house["named"]) is not None


@pytest.mark.parametrize(
    ("who", "finds"), [("named", True), ("officer", True), ("owner", True), ("lead", False), ("deputy", False)]
)
async def test_who_is_shown_that_it_is_going_out(newsroom: Newsroom, who: str, *, finds: bool):
    """/drafts lists one that goes out later for those alone who may stop it and are let in."""
    outbox = newsroom.outbox
    house = await people(outbox)
    alert = await red(outbox, house["author"], minutes=60)
    listed = await newsroom.drafts.to_stop(house[who])
    assert [one.id for one in listed] == ([alert.id] if finds else [])


@pytest.mark.parametrize(("who", "takes"), [("officer", True), ("named", True), ("lead", False), ("deputy", False)])
async def test_who_takes_over_what_was_left_behind(outbox: Outbox, who: str, *, takes: bool):
    """A draft for named persons whose author holds no role any more is neither listed for others nor taken by them."""
    house = await people(outbox)
    draft = await outbox.draft(AUTHOR, marking=Marking.RED, named=[AMIRA], sectors=RETAIL)
    await outbox.roster.revoke(AUTHOR)
    assert [one.id for one in await outbox.desk.left_behind(house[who])] == ([draft.id] if takes else [])
    if takes:
        assert (await outbox.desk.take_over(draft.id, house[who])).author == house[who].user_id
        return
    with pytest.raises(NotFound):
        await outbox.desk.take_over(draft.id, house[who])


@pytest.mark.parametrize(
    ("who", "finds"), [("officer", True), ("owner", True), ("auditor", True), ("named", False), ("deputy", False)]
)
async def test_who_finds_what_came_in(newsroom: Newsroom, who: str, *, finds: bool):
    """An item that its source marked RED names nobody: it is listed and opened for who answers for what goes out."""
    house = await people(newsroom.outbox)
    arrival = await newsroom.incoming.arrive(RED_ITEM)
    assert bool(await newsroom.incoming.waiting(house[who])) is finds
    if finds:
        assert (await newsroom.incoming.find(arrival.id, house[who])).headline == RED_ITEM.headline
        return
    with pytest.raises(NotFound):
        await newsroom.incoming.find(arrival.id, house[who])
    with pytest.raises(NotFound):
        await newsroom.incoming.adopt(arrival.id, house[who])


@pytest.mark.parametrize("item", [RED_ITEM, numbered(2, audience=Audience(RETAIL), marking=Marking.AMBER)])
async def test_who_is_told_of_what_came_in(newsroom: Newsroom, item: Item):
    """A notice has the headline in it, so of a RED item nobody gets one who is not let in."""
    house = await people(newsroom.outbox)
    await newsroom.incoming.arrive(item)
    told = {notice.user_id for notice in await newsroom.notices.waiting() if notice.kind is NoticeKind.INCOMING}
    assert {DANA, house["officer"].user_id} <= told
    leads = {house[who].user_id for who in ("named", "lead", "deputy")}
    assert told & leads == (set() if item is RED_ITEM else leads)


async def leave(outbox: Outbox) -> None:
    """Have Ben unsubscribe."""
    await outbox.roll.unsubscribe(BEN)


async def block(outbox: Outbox) -> None:
    """Have Ben block the bot."""
    await outbox.roll.blocked(BEN)


async def unvet(outbox: Outbox) -> None:
    """Have Ben add a sector, so that nobody vouches for him."""
    await outbox.roll.subscribe(BEN, "private", Profile(sectors=("retail", "aviation")))


async def move(outbox: Outbox) -> None:
    """Have Ben work in another sector, vetted for that."""
    await outbox.roll.subscribe(BEN, "private", Profile(sectors=("aviation",)))
    await outbox.vouch(BEN)


LOST = [
    (leave, "unsubscribed"),
    (block, "blocked the bot"),
    (unvet, "vetted no more"),
    (move, "not meant for this recipient"),
]


@pytest.mark.parametrize(("happens", "reason"), LOST)
async def test_a_named_person_who_does_not_get_it_has_a_row(
    outbox: Outbox, happens: Callable[[Outbox], Awaitable[None]], reason: str
):
    """Everybody who is named has a row: who cannot have it any more a skipped one with the reason, known before too."""
    await outbox.subscribe(AMIRA, BEN)
    (dana,) = await outbox.grant(AUTHOR, sectors=RETAIL)
    draft = await outbox.draft(AUTHOR, marking=Marking.RED, named=[AMIRA, BEN], sectors=RETAIL)
    assert (await outbox.desk.count_left_out(draft.audience)).missed == ()
    await happens(outbox)
    [missed] = (await outbox.desk.count_left_out(draft.audience)).missed
    assert (missed.chat_id, missed.reason) == (BEN, reason)
    alert, number = await outbox.desk.confirm(draft.id, draft.revision, dana)
    assert number == await outbox.desk.count_recipients(alert.audience) == 1
    assert await outbox.states(alert.id) == {AMIRA: "queued", BEN: "skipped"}
    assert (await outbox.row(alert.id, BEN)).reason == reason
    report = (await outbox.desk.report(alert.id))[1]
    assert (report.recipients, report.counts[DeliveryState.SKIPPED]) == (2, 1)


async def test_an_alert_that_none_of_the_named_gets_is_refused(outbox: Outbox):
    """Skipped rows alone are nobody: it stays a draft."""
    await outbox.subscribe(BEN)
    (dana,) = await outbox.grant(AUTHOR)
    draft = await outbox.draft(AUTHOR, marking=Marking.RED, named=[BEN])
    await leave(outbox)
    with pytest.raises(InvalidInput) as refused:
        await outbox.desk.confirm(draft.id, draft.revision, dana)
    assert refused.value.problem == "nobody"
    assert await outbox.rows(draft.id) == []


async def test_an_update_still_goes_to_a_holder_in_another_sector(outbox: Outbox):
    """Whoever has the alert and is vetted gets what changes it; a named person who never had it has a skipped row."""
    await outbox.subscribe(AMIRA, BEN)
    alert = await outbox.send(marking=Marking.RED, named=(AMIRA, BEN, 103), sectors=RETAIL)
    assert (await outbox.row(alert.id, 103)).state == "skipped"
    for row in await outbox.claim():
        await outbox.record(row, DeliveryState.SENT, message_id=row.id)
    await move(outbox)
    made = await outbox.follow_ups.content(alert.id, Change.UPDATE)
    update, _ = await outbox.desk.issue(made, origin="command line")
    assert await outbox.states(update.id) == {AMIRA: "queued", BEN: "queued", 103: "skipped"}
