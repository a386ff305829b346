import pytest
from support.clock import DrivenClock
from support.outbox import Outbox

from alerts.data import UnknownCode
from alerts.delivery.states import DeliveryState
from alerts.errors import InvalidInput
from alerts.subscribers.roll import Profile, Roll, check_detail

AMIRA = Profile("Amira Khan", "Rolls Freight Ltd", "Site manager", ("retail", "health"), ("wales",), wants_levels=False)
CHAT, OTHER = 101, 102


@pytest.fixture
def roll(outbox: Outbox) -> Roll:
    """The roll."""
    return outbox.roll


async def test_who_never_subscribed_is_not_on_the_roll(roll: Roll):
    """There is no entry, and nothing to end."""
    assert await roll.find(CHAT) is None
    assert await roll.everybody() == []
    assert await roll.unsubscribe(CHAT) is False


async def test_a_subscription_keeps_what_was_said(roll: Roll, clock: DrivenClock):
    """An entry holds the details and choices, sorted, with the moment of the consent."""
    entry = await roll.subscribe(CHAT, "private", AMIRA)
    assert (entry.chat_id, entry.kind, entry.status, entry.reason) == (CHAT, "private", "active", None)
    assert (entry.profile.name, entry.profile.organisation) == ("Amira Khan", "Rolls Freight Ltd")
    assert (entry.profile.job, entry.profile.wants_levels) == ("Site manager", False)
    assert (entry.profile.sectors, entry.profile.regions) == (("health", "retail"), ("wales",))
    assert entry.consented_at == entry.since == clock.now()
    assert await roll.find(CHAT) == entry
    assert await roll.everybody() == [entry]


async def test_details_may_be_left_out(roll: Roll):
    """Sectors are all that a subscription needs; without regions it is for everywhere, with level changes."""
    entry = await roll.subscribe(CHAT, "private", Profile(sectors=("retail",)))
    assert entry.profile == Profile("", "", "", ("retail",), (), wants_levels=True)


async def test_a_change_replaces_the_choices_and_keeps_the_beginning(roll: Roll, clock: DrivenClock):
    """Subscribing again while subscribed changes the entry; since when it stands, and the consent, stay."""
    before = await roll.subscribe(CHAT, "private", AMIRA)
    await clock.advance(3600)
    after = await roll.subscribe(CHAT, "private", Profile("Amira", sectors=("legal",), regions=("london", "eastern")))
    assert after.profile == Profile("Amira", "", "", ("legal",), ("eastern", "london"), wants_levels=True)
    assert (after.since, after.consented_at) == (before.since, before.consented_at)
    assert len(await roll.everybody()) == 1


async def test_unsubscribing_erases_what_was_said(roll: Roll, clock: DrivenClock):
    """Name, organisation, job, sectors and regions are gone at once; chat, dates and status stay as proof."""
    before = await roll.subscribe(CHAT, "private", AMIRA)
    other = await roll.subscribe(OTHER, "private", AMIRA)
    await clock.advance(3600)
    assert await roll.unsubscribe(CHAT) is True
    ended = await roll.find(CHAT)
    assert ended is not None
    assert (ended.status, ended.reason, ended.since) == ("ended", "unsubscribed", before.since)
    profile = ended.profile
    assert (profile.name, profile.organisation, profile.job, profile.sectors, profile.regions) == ("", "", "", (), ())
    assert await roll.unsubscribe(CHAT) is False
    assert await roll.find(OTHER) == other


async def test_subscribing_after_an_end_is_a_new_consent(roll: Roll, clock: DrivenClock):
    """Who comes back has a new beginning and a new consent, and nothing of the old choices."""
    await roll.subscribe(CHAT, "private", AMIRA)
    await roll.unsubscribe(CHAT)
    await clock.advance(3600)
    back = await roll.subscribe(CHAT, "private", Profile(sectors=("legal",)))
    assert (back.status, back.reason, back.since, back.consented_at) == ("active", None, clock.now(), clock.now())
    assert back.profile == Profile(sectors=("legal",))


async def test_blocking_suspends_and_unblocking_resumes(roll: Roll):
    """A blocked bot keeps the whole entry for the day on which it is unblocked."""
    before = await roll.subscribe(CHAT, "private", AMIRA)
    await roll.blocked(CHAT)
    suspended = await roll.find(CHAT)
    assert suspended is not None
    assert (suspended.status, suspended.reason, suspended.profile) == ("suspended", "blocked the bot", before.profile)
    await roll.started(CHAT)
    assert await roll.find(CHAT) == before


@pytest.mark.parametrize(
    ("profile", "error"),
    [
        (Profile("Amira"), InvalidInput),
        (Profile(sectors=("retail", "no-such-sector")), UnknownCode),
        (Profile(sectors=("retail",), regions=("atlantis",)), UnknownCode),
        (Profile("x" * 81, sectors=("retail",)), InvalidInput),
        (Profile(organisation="x" * 81, sectors=("retail",)), InvalidInput),
        (Profile(job="x" * 81, sectors=("retail",)), InvalidInput),
    ],
)
async def test_what_cannot_be_used_changes_nothing(roll: Roll, profile: Profile, error: type[Exception]):
    """Without a sector, with an unknown code or an overlong detail the entry stays as it was."""
    before = await roll.subscribe(CHAT, "private", AMIRA)
    with pytest.raises(error):
        await roll.subscribe(CHAT, "private", profile)
    assert await roll.find(CHAT) == before


def test_a_detail_is_one_line_of_80_utf16_units():
    """Spaces and line breaks become one space; 80 units fit, 40 emoji too, and one more is refused by both numbers."""
    assert check_detail("  Amira \n Khan\t") == "Amira Khan"
    assert check_detail("x" * 80) == "x" * 80
    assert check_detail("🚧" * 40) == "🚧" * 40
    for too_long in ("x" * 81, "🚧" * 40 + "x"):
        with pytest.raises(InvalidInput) as refused:
            check_detail(too_long)
        assert (refused.value.problem, refused.value.details) == ("detail-too-long", {"length": 81, "limit": 80})


async def test_who_can_be_written_to_is_known(roll: Roll):
    """A person can be written to from Start until they block the bot, and again from the unblocking."""
    assert await roll.unreachable([1, 2, 3]) == [1, 2, 3]
    await roll.started(1)
    await roll.started(3)
    await roll.started(3)
    assert await roll.unreachable([3, 2, 1]) == [2]
    await roll.blocked(3)
    await roll.blocked(2)
    assert await roll.unreachable([1, 2, 3]) == [2, 3]
    await roll.started(3)
    assert await roll.unreachable([1, 2, 3]) == [2]
    assert await roll.unreachable([]) == []


async def test_a_chat_that_is_heard_from_is_reached_again(roll: Roll, outbox: Outbox):
    """A subscription that a failed send suspended resumes when the person writes, though no block was ever seen."""
    await roll.started(CHAT)
    await roll.subscribe(CHAT, "private", AMIRA)
    await outbox.vouch(CHAT)
    await outbox.send()
    [row] = await outbox.claim()
    await outbox.record(row, DeliveryState.GONE, reason="the account was deleted")
    assert (await roll.find(CHAT)).reason == "the account was deleted"  # type: ignore[union-attr]
    await roll.started(CHAT)
    entry = await roll.find(CHAT)
    assert entry is not None
    assert (entry.status, entry.reason) == ("active", None)
