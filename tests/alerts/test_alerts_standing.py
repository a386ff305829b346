import pytest
from sqlalchemy import select
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL

from alerts.delivery.states import DeliveryState
from alerts.people.notices import NoticeKind, Notices
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.publishing.alert import AlertStatus
from alerts.store.tables import conversations, delivery_parts, subscriber_regions, subscriber_sectors
from alerts.subscribers.roll import Profile, Roll
from alerts.subscribers.sectors import Directory

ANN, BEN = 11, 12
OLD, NEW, OTHER = -501, -1001, -1002
WANTED = Profile("Plant security", sectors=("legal", "retail"), regions=("wales",), wants_levels=False)


@pytest.fixture
async def roll(outbox: Outbox) -> Roll:
    """A roll with a group on it that Ann has subscribed."""
    await outbox.roll.started(ANN)
    await outbox.roll.subscribe(OLD, "group", WANTED, set_up_by=ANN)
    await outbox.vouch(OLD)
    return outbox.roll


@pytest.fixture
def notices(outbox: Outbox, clock: DrivenClock) -> Notices:
    """The notices that wait to be given."""
    return Notices(outbox.store, clock)


async def told(notices: Notices) -> list[tuple[int, NoticeKind, dict[str, str]]]:
    """Give whom every notice is for, what it is, and what it names."""
    return [(notice.user_id, notice.kind, notice.details) for notice in await notices.waiting()]


async def chats_of(outbox: Outbox, table) -> list[int]:
    """Name the chats that have rows in a table."""
    async with outbox.store.reading() as connection:
        return list((await connection.execute(select(table.c.chat_id).distinct().order_by(table.c.chat_id))).scalars())


async def test_who_set_a_group_up_is_told_once(roll: Roll, notices: Notices):
    """A suspension and a resumption leave one notice each, with title and reason; saying it again leaves none."""
    for _ in range(2):
        await roll.shut_out(OLD, "the bot was removed from the chat")
    details = {"title": "Plant security", "reason": "the bot was removed from the chat"}
    assert await told(notices) == [(ANN, NoticeKind.GROUP_SUSPENDED, details)]
    assert [await roll.let_in(OLD) for _ in range(2)] == [True, False]
    assert (await told(notices))[1:] == [(ANN, NoticeKind.GROUP_RESUMED, {"title": "Plant security", "reason": ""})]


@pytest.mark.parametrize("is_new", [True, False], ids=["never-started", "blocked-since"])
async def test_the_owners_are_told_where_who_set_it_up_cannot_be(
    outbox: Outbox, notices: Notices, directory: Directory, is_new: bool
):
    """A person whom the bot cannot write to has the owners told in their place, so that somebody knows."""
    roster = Roster(outbox.store, outbox.clock, TRAIL, directory)
    for owner in (91, 92):
        await roster.grant(owner, Role.OWNER)
    await outbox.roll.subscribe(OLD, "group", WANTED, set_up_by=ANN)
    await outbox.vouch(OLD)
    if not is_new:
        await outbox.roll.started(ANN)
        await outbox.roll.blocked(ANN)
    await outbox.roll.shut_out(OLD, "the bot was removed from the chat")
    assert [user_id for user_id, kind, _ in await told(notices) if kind is NoticeKind.GROUP_SUSPENDED] == [91, 92]


async def test_a_title_is_cut_as_telegram_counts(outbox: Outbox, roll: Roll):
    """A new title with emoji and no end keeps to the limit, and no character of it is cut in two."""
    await roll.renamed(OLD, "🇬🇧 " + "x" * 120)
    entry = await roll.find(OLD)
    assert entry is not None
    assert entry.profile.name == "🇬🇧 " + "x" * 75
    await roll.subscribe(OLD, "group", entry.profile, set_up_by=ANN)


async def test_a_suspended_subscription_keeps_its_choices(roll: Roll):
    """Suspended and resumed, the entry is what it was before."""
    before = await roll.find(OLD)
    await roll.shut_out(OLD, "the bot may not write in the chat")
    suspended = await roll.find(OLD)
    assert suspended is not None
    assert (suspended.status, suspended.reason) == ("suspended", "the bot may not write in the chat")
    assert suspended.profile == WANTED
    await roll.let_in(OLD)
    assert await roll.find(OLD) == before


async def test_a_group_that_has_ended_stays_ended(roll: Roll, notices: Notices):
    """Neither being let in nor being shut out brings an ended subscription back, or tells anybody of it."""
    await roll.unsubscribe(OLD)
    before = await roll.find(OLD)
    await roll.shut_out(OLD, "the bot was removed from the chat")
    assert await roll.let_in(OLD) is False
    assert await roll.find(OLD) == before
    assert await told(notices) == []


async def test_a_chat_that_is_on_no_roll_changes_nothing(roll: Roll, notices: Notices):
    """A group that never subscribed can come, go and move without a trace."""
    before = await roll.everybody()
    await roll.shut_out(OTHER, "the bot was removed from the chat")
    assert await roll.let_in(OTHER) is False
    await roll.migrated(OTHER, NEW)
    assert await roll.everybody() == before
    assert await told(notices) == []


async def test_a_persons_own_chat_is_told_of_nothing(outbox: Outbox, notices: Notices):
    """Who blocks the bot gets no notice about it."""
    await outbox.subscribe(BEN)
    await outbox.roll.blocked(BEN)
    await outbox.roll.started(BEN)
    assert await told(notices) == []


async def test_a_send_that_is_refused_for_good_tells_who_set_the_group_up(roll: Roll, outbox: Outbox, notices: Notices):
    """A row that ends as gone suspends the group's subscription with the reason of the refusal, and leaves a notice."""
    await outbox.send()
    (row,) = await outbox.claim()
    await outbox.record(row, DeliveryState.GONE, reason="the bot may not write in the chat")
    entry = await roll.find(OLD)
    assert entry is not None
    assert (entry.status, entry.reason) == ("suspended", "the bot may not write in the chat")
    details = {"title": "Plant security", "reason": "the bot may not write in the chat"}
    assert await told(notices) == [(ANN, NoticeKind.GROUP_SUSPENDED, details)]


async def test_a_move_takes_everything_along(roll: Roll, outbox: Outbox, clock: DrivenClock):
    """The entry stands under the new id with choices, consent and who set it up; nothing is left under the old one."""
    before = await roll.find(OLD)
    assert before is not None
    await clock.advance(3600)
    for _ in range(2):
        await roll.migrated(OLD, NEW)
    after = await roll.find(NEW)
    assert after is not None
    assert (after.kind, after.status, after.profile, after.set_up_by) == ("supergroup", "active", WANTED, ANN)
    assert (after.since, after.consented_at) == (before.since, before.consented_at)
    assert [entry.chat_id for entry in await roll.everybody()] == [NEW]
    for table in (subscriber_sectors, subscriber_regions):
        assert await chats_of(outbox, table) == [NEW]


async def test_a_suspended_group_is_active_after_its_move(roll: Roll):
    """A group that Telegram names as moved can be written to, so the reason for its suspension has gone."""
    await roll.shut_out(OLD, "the bot was removed from the chat")
    await roll.migrated(OLD, NEW)
    entry = await roll.find(NEW)
    assert entry is not None
    assert (entry.status, entry.reason) == ("active", None)


async def test_an_ended_subscription_moves_and_stays_ended(roll: Roll, outbox: Outbox):
    """A move is nobody's word that alerts are wanted again."""
    await roll.unsubscribe(OLD)
    await roll.migrated(OLD, NEW)
    entry = await roll.find(NEW)
    assert entry is not None
    assert (entry.status, entry.profile.sectors) == ("ended", ())
    assert await chats_of(outbox, subscriber_sectors) == []


async def test_an_open_conversation_ends_with_the_old_chat(roll: Roll, outbox: Outbox):
    """The steps of the old chat are gone, since their buttons stand where nobody can press them."""
    async with outbox.store.writing() as connection:
        values = {"kind": "sub", "step": "sectors", "token": "0a1b2c", "data": {}, "updated_at": outbox.clock.now()}
        await connection.execute(conversations.insert().values(chat_id=OLD, **values))
    await roll.migrated(OLD, NEW)
    assert await chats_of(outbox, conversations) == []


async def test_an_entry_under_the_new_id_is_kept(roll: Roll):
    """A supergroup that subscribed by itself already keeps its own choices; the old entry goes."""
    own = await roll.subscribe(NEW, "supergroup", Profile("Plant", sectors=("legal",)), set_up_by=BEN)
    await roll.migrated(OLD, NEW)
    assert await roll.everybody() == [own]


async def test_unsent_rows_move_and_sent_ones_stay(roll: Roll, outbox: Outbox):
    """What was sent to the old id stays on record there; queued, retried and leased rows go on to the new one."""
    alerts = [await outbox.send() for _ in range(4)]
    rows = await outbox.claim()
    await outbox.record(rows[0], DeliveryState.SENT, message_id=5)
    await outbox.record(rows[1], DeliveryState.RETRY, reason="the server answered 502")
    await outbox.record(rows[2], DeliveryState.QUEUED)
    await roll.migrated(OLD, NEW)
    states = [await outbox.states(alert.id) for alert in alerts]
    assert states == [{OLD: "sent"}, {NEW: "retry"}, {NEW: "queued"}, {NEW: "leased"}]
    await outbox.record(rows[3], DeliveryState.SENT, message_id=6)
    assert await outbox.states(alerts[3].id) == {NEW: "sent"}


async def test_an_alert_that_the_new_id_has_already_is_not_sent_twice(roll: Roll, outbox: Outbox):
    """A row of the old id is skipped where the new one has its own, and the alert is over with that one."""
    await roll.subscribe(NEW, "supergroup", WANTED, set_up_by=ANN)
    await outbox.vouch(NEW)
    alert = await outbox.send()
    to_new, to_old = sorted(await outbox.claim(), key=lambda row: row.chat_id)
    await outbox.record(to_new, DeliveryState.SENT, message_id=5)
    await outbox.record(to_old, DeliveryState.QUEUED)
    await roll.migrated(OLD, NEW)
    assert await outbox.states(alert.id) == {OLD: "skipped", NEW: "sent"}
    assert (await outbox.row(alert.id, OLD)).reason == "the supergroup has its own copy"
    assert await outbox.status(alert.id) is AlertStatus.SENT


async def test_a_send_that_names_the_new_id_moves_its_row_at_once(roll: Roll, outbox: Outbox):
    """The row that met the refusal is due again under the new id, undoubted, and the others of the chat go with it."""
    first, second = await outbox.send(), await outbox.send()
    row, other = await outbox.claim()
    await outbox.record(row, DeliveryState.RETRY, again_in=0, reason="the group became a supergroup", moved_to=NEW)
    await outbox.record(other, DeliveryState.RETRY, again_in=0, reason="the group became a supergroup", moved_to=NEW)
    assert await outbox.states(first.id) == await outbox.states(second.id) == {NEW: "retry"}
    assert [claimed.chat_id for claimed in await outbox.claim()] == [NEW, NEW]
    assert (await outbox.row(first.id, NEW)).uncertain_count == 0
    assert await chats_of(outbox, subscriber_sectors) == [NEW]


async def test_parts_that_are_there_do_not_keep_a_row_from_moving(roll: Roll, outbox: Outbox):
    """A row of several messages goes on under the new id with the next part, and keeps what was sent."""
    alert = await outbox.send()
    (row,) = await outbox.claim()
    await outbox.record(row, DeliveryState.QUEUED, again_in=0, message_id=5, is_part=True)
    await roll.migrated(OLD, NEW)
    (again,) = await outbox.claim()
    assert (again.chat_id, again.part, again.alert_id) == (NEW, 1, alert.id)
    async with outbox.store.reading() as connection:
        assert list((await connection.execute(select(delivery_parts.c.message_id))).scalars()) == [5]
