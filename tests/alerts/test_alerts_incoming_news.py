"""Officers hear of what comes in: at once, each of what concerns them, and of a flood in one notice that counts."""

from dataclasses import replace

from support.newsroom import AVIATOR, DANA, EVE, FLOOD, OWNER, Newsroom, numbered

from alerts.people.notices import NoticeKind
from alerts.people.rights import Role
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.incoming_news import GATHER, GATHER_URGENT

INCOMING = NoticeKind.INCOMING


async def test_everybody_who_may_send_is_told(newsroom: Newsroom):
    """One item is one notice for each officer and owner, with what it is and whose."""
    await newsroom.incoming.arrive(replace(FLOOD, is_test=True))
    notices = await newsroom.notices.waiting()
    assert [(one.user_id, one.kind) for one in notices] == [
        (DANA, INCOMING),
        (EVE, INCOMING),
        (AVIATOR, INCOMING),
        (OWNER, INCOMING),
    ]
    assert notices[0].details == {
        "number": 1,
        "item": 1,
        "headline": FLOOD.headline,
        "source": "govuk-alerts",
        "is_test": True,
        "is_edited": False,
    }


async def test_an_item_for_other_sectors_is_not_announced(newsroom: Newsroom):
    """An officer hears of what their sectors cover; a mixed flood counts for each what is theirs."""
    async with newsroom.store.writing() as connection:
        for number, sectors in enumerate([("retail",), ("aviation",), ("retail", "aviation"), ("retail",)]):
            await newsroom.incoming.arrive_within(connection, numbered(number, audience=Audience(sectors)))
    numbers = {user: number for user, _, number in await newsroom.give_notices()}
    assert numbers == {OWNER: 4, DANA: 4, EVE: 4, AVIATOR: 1}


async def test_a_flood_is_one_notice(newsroom: Newsroom):
    """Fifty items that come before the notice is given, in one transaction or many, are told of in one."""
    for number in range(50):
        await newsroom.incoming.arrive(numbered(number))
        await newsroom.clock.advance(0.01)
    [notice] = await newsroom.told(DANA)
    assert (notice.details["number"], notice.details["headline"]) == (50, "Item 49")


async def test_what_follows_a_notice_is_gathered(newsroom: Newsroom):
    """After a notice was given the next one waits two minutes, and then counts everything that has come since."""
    await newsroom.incoming.arrive(numbered(0))
    assert len(await newsroom.give_notices()) == 4
    for number in range(1, 6):
        await newsroom.incoming.arrive(numbered(number))
        await newsroom.incoming.announce()
        await newsroom.clock.advance(10)
    assert await newsroom.give_notices() == []
    await newsroom.clock.advance(GATHER.total_seconds() - 50)
    await newsroom.another().announce()
    assert await newsroom.give_notices() == [(user, INCOMING, 5) for user in (DANA, EVE, AVIATOR, OWNER)]
    await newsroom.clock.advance(3600)
    await newsroom.incoming.announce()
    assert await newsroom.give_notices() == []


async def test_what_is_urgent_waits_less(newsroom: Newsroom):
    """A critical item is told of after twenty seconds at most, and is the one that the notice names."""
    await newsroom.incoming.arrive(numbered(0))
    await newsroom.give_notices()
    await newsroom.clock.advance(GATHER_URGENT.total_seconds() - 1)
    await newsroom.incoming.arrive(numbered(1, severity=Severity.CRITICAL))
    await newsroom.incoming.arrive(numbered(2))
    assert await newsroom.told(DANA) == []
    await newsroom.clock.advance(1)
    await newsroom.incoming.announce()
    [notice] = await newsroom.told(DANA)
    assert (notice.details["number"], notice.details["headline"]) == (2, "Item 1")


async def test_an_edition_is_told_again_and_says_so(newsroom: Newsroom):
    """Officers hear of an item once more when its text has changed, as of one item, marked as changed."""
    await newsroom.incoming.arrive(FLOOD)
    await newsroom.give_notices()
    await newsroom.clock.advance(GATHER.total_seconds())
    await newsroom.incoming.arrive(FLOOD)
    assert await newsroom.give_notices() == []
    await newsroom.incoming.arrive(replace(FLOOD, body="Go home."))
    [notice] = await newsroom.told(DANA)
    assert (notice.details["number"], notice.details["is_edited"]) == (1, True)


async def test_an_edition_before_the_notice_counts_once(newsroom: Newsroom):
    """An item that is edited before anybody was told of it is still one item."""
    await newsroom.incoming.arrive(FLOOD)
    await newsroom.incoming.arrive(replace(FLOOD, headline="Better words"))
    [notice] = await newsroom.told(DANA)
    assert (notice.details["number"], notice.details["headline"]) == (1, "Better words")


async def test_what_was_decided_is_not_counted(newsroom: Newsroom):
    """Of an item that an officer has dealt with meanwhile nobody is told any more."""
    await newsroom.incoming.arrive(numbered(0))
    await newsroom.give_notices()
    for number in (1, 2):
        await newsroom.incoming.arrive(numbered(number))
    await newsroom.incoming.discard(2, await newsroom.person(DANA))
    await newsroom.clock.advance(GATHER.total_seconds())
    await newsroom.incoming.announce()
    assert {number for _, _, number in await newsroom.give_notices()} == {1}


async def test_a_new_officer_hears_of_what_waits(newsroom: Newsroom):
    """Whoever becomes an officer while items wait gets one notice of all of them; the others get none again."""
    for number in range(3):
        await newsroom.incoming.arrive(numbered(number))
    await newsroom.give_notices()
    await newsroom.roster.grant(777, Role.OFFICER)
    await newsroom.incoming.announce()
    assert await newsroom.give_notices() == [(777, INCOMING, 3)]


async def test_somebody_who_is_no_officer_any_more_is_not_told(newsroom: Newsroom):
    """A role that was taken away ends the notices."""
    await newsroom.roster.revoke(EVE)
    await newsroom.incoming.arrive(FLOOD)
    assert EVE not in {user for user, _, _ in await newsroom.give_notices()}
