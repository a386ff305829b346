"""The watch: when a source is asked, what of its answers counts, and when owners hear of its silence."""

import time
from collections.abc import AsyncIterator, Iterator

import pytest
from support.feeds import NO_FEEDS, described, feed
from support.lookout import CRITICAL, MI5, NI, OFFICER, OWNER, SEVERE, SUBSTANTIAL, UK, Lookout, at
from support.outbox import Outbox
from support.website import Website, website_in_thread

from alerts.errors import FetchFailed
from alerts.levels.scheme import Schemes
from alerts.levels.sources.mi5 import Mi5


@pytest.fixture
async def lookout(outbox: Outbox) -> AsyncIterator[Lookout]:
    """A watch over a feed that says SEVERE and SUBSTANTIAL, not asked yet, with people who are told."""
    async with Website().open() as website:
        website.body = SEVERE
        made = Lookout(outbox, website)
        await made.people()
        yield made


async def test_a_first_reading_is_recorded_and_told_to_nobody(lookout: Lookout):
    """Both levels are in force from the first look on, without a day that nobody knows, an alert or a notice."""
    await lookout.poll(minutes=0)
    for scheme, level in ((UK, "SEVERE"), (NI, "SUBSTANTIAL")):
        entry = await lookout.current(scheme)
        assert entry.reading is not None
        assert (entry.reading.level, entry.reading.source, entry.reading.since) == (level, MI5, None)
        assert (entry.reading.seen_at, entry.reading.set_by, entry.is_stale) == (at("12:00"), None, False)
    assert await lookout.outbox.written() == (0, 0)
    assert await lookout.told() == []


async def test_the_same_level_again_refreshes_and_leaves_no_new_version(lookout: Lookout):
    """A week of polls keeps the reading fresh and is one reading; so do answers that say 'unchanged'."""
    lookout.website.headers = {"ETag": '"v1"'}
    for _ in range(3):
        await lookout.poll()
    lookout.website.status = 304
    await lookout.poll(minutes=7 * 24 * 60)
    entry = await lookout.current()
    assert entry.reading is not None
    assert (entry.reading.seen_at, entry.is_stale) == (lookout.outbox.clock.now(), False)
    assert len(await lookout.register.readings(UK)) == len(await lookout.register.readings(NI)) == 1
    assert [request.headers.get("If-None-Match") for request in lookout.website.requests] == [None, *['"v1"'] * 3]


async def test_it_asks_at_the_start_and_then_by_the_ttl_with_jitter(lookout: Lookout):
    """The feed wants 20 minutes: it is asked after 20 and up to 22, as chance has it, and never sooner."""
    lookout.luck = 0.5
    asked = []
    for minute in range(64):
        await lookout.watch.look()
        if len(lookout.website.requests) > len(asked):
            asked.append(minute)
        lookout.outbox.pass_hours(1 / 60)
    assert asked == [0, 21, 42, 63]


@pytest.mark.parametrize(
    ("ttl", "minutes"), [("5", 5), ("0", 20), ("", 20), ("often", 20), ("-3", 20), ("99999", 360), ("60", 60)]
)
async def test_a_ttl_that_makes_no_sense_is_held_within_bounds(lookout: Lookout, ttl: str, minutes: int):
    """Without a ttl it is 20 minutes; no ttl puts the watch to sleep for more than six hours."""
    lookout.website.body = feed(ttl=ttl)
    await lookout.watch.look()
    lookout.outbox.pass_hours((minutes - 0.1) / 60)
    await lookout.watch.look()
    assert len(lookout.website.requests) == 1
    lookout.outbox.pass_hours(0.2 / 60)
    await lookout.watch.look()
    assert len(lookout.website.requests) == 2


async def test_after_a_failure_it_waits_as_long_as_ever(lookout: Lookout):
    """A source in trouble is not asked more often for it."""
    lookout.website.status = 503
    for _ in range(19 * 12):
        await lookout.watch.look()
        lookout.outbox.pass_hours(5 / 3600)
    assert len(lookout.website.requests) == 1


@pytest.mark.parametrize("body", [*NO_FEEDS, b"", SEVERE[:-20], feed("PURPLE", "PURPLE"), b"x" * 70_000])
async def test_a_broken_body_changes_nothing(lookout: Lookout, body: bytes):
    """The readings stay, they grow older, and the failure is kept with its reason."""
    await lookout.poll()
    await lookout.poll(body)
    entry = await lookout.current()
    assert entry.reading is not None
    assert (entry.reading.level, entry.reading.seen_at, entry.reported) == ("SEVERE", at("12:20"), None)
    watched = await lookout.state()
    assert watched.state is not None
    assert (watched.state.read_at, watched.state.tried_at) == (at("12:20"), at("12:40"))
    assert (watched.state.failures, bool(watched.state.problem)) == (1, True)


async def test_a_body_that_lacks_one_level_counts_for_the_other_alone(lookout: Lookout):
    """The national level stays fresh, Northern Ireland's ages, and the source is not well."""
    await lookout.poll()
    await lookout.poll(described("The current national threat level is SEVERE."))
    national, northern_ireland = await lookout.register.current()
    assert national.reading is not None
    assert northern_ireland.reading is not None
    assert (national.reading.seen_at, northern_ireland.reading.seen_at) == (at("12:40"), at("12:20"))
    watched = await lookout.state()
    assert watched.state is not None
    assert (watched.state.problem, watched.state.details) == ("feed-partial", {"schemes": NI})


async def test_after_half_a_body_the_next_one_is_asked_for_whole(lookout: Lookout):
    """What a partial body was called is not asked by, or 'unchanged' would hide what it lacked."""
    lookout.website.headers = {"ETag": '"half"'}
    await lookout.poll(described("The current national threat level is SEVERE."))
    await lookout.poll(SEVERE)
    assert "If-None-Match" not in lookout.website.requests[-1].headers
    assert await lookout.level(NI) == "SUBSTANTIAL"


async def test_an_older_body_is_ignored(lookout: Lookout):
    """A copy that dates itself before the last one is no sighting, whatever it says; a later one counts again."""
    await lookout.poll(feed("SEVERE", published="Friday, May 01, 2026 - 09:00"))
    await lookout.poll(feed("CRITICAL", published="Thursday, April 30, 2026 - 06:09"))
    assert (await lookout.current()).reported is None
    watched = await lookout.state()
    assert watched.state is not None
    assert watched.state.problem == "feed-older"
    await lookout.poll(feed("CRITICAL", published="Friday, May 01, 2026 - 01:30"))
    reported = (await lookout.current()).reported
    assert reported is not None
    assert reported.level == "CRITICAL"


async def test_a_date_that_cannot_be_blocks_nothing(lookout: Lookout):
    """One that cannot be read is no key; one far ahead is none either, or every later body would look old."""
    await lookout.poll(feed(published="Thursday, December 31, 2099 - 06:09"))
    await lookout.poll(feed("CRITICAL", published="no date at all"))
    assert (await lookout.current()).reported is not None
    await lookout.poll(feed("SEVERE", published="Thursday, April 30, 2026 - 06:09"))
    assert (await lookout.current()).reported is None


async def test_owners_hear_once_of_silence_and_once_of_its_end(lookout: Lookout):
    """After six hours without a good reading, and not at them; officers who are no owners hear nothing."""
    await lookout.poll(minutes=0)
    await lookout.fails(minutes=6 * 60)
    assert await lookout.told() == []
    assert (await lookout.current()).silence is None
    await lookout.fails(minutes=0.1)
    assert await lookout.told() == ["source-silent"]
    details = await lookout.details()
    assert (details["problem"], details["details"]) == ("fetch-status", {"status": 503})
    assert details["since_at"].startswith("2026-11-23T12:00:00")
    silence = (await lookout.current()).silence
    assert silence is not None
    assert (silence.source, silence.since) == (MI5, at("12:00"))
    for _ in range(10):
        await lookout.fails()
    await lookout.poll(NO_FEEDS[0])
    assert await lookout.told(OWNER) == ["source-silent"]
    await lookout.poll(SEVERE)
    assert await lookout.told(OWNER) == ["source-silent", "source-back"]
    assert (await lookout.current()).silence is None
    assert await lookout.told(OFFICER) == []


async def test_a_source_that_never_answered_is_silent_too(lookout: Lookout):
    """It counts from the first try, and /threat can say so before there is any reading."""
    await lookout.fails(minutes=0)
    await lookout.fails(minutes=6 * 60 + 1)
    assert await lookout.told() == ["source-silent"]
    entry = await lookout.current(NI)
    assert entry.reading is None
    assert entry.silence is not None
    assert entry.silence.since == at("12:00")


async def test_a_level_that_the_feed_stops_naming_is_missed(lookout: Lookout):
    """Silence about Northern Ireland alone is told to owners, and said of Northern Ireland alone."""
    await lookout.poll(minutes=0)
    half = described("The current national threat level is SEVERE.")
    await lookout.poll(half, minutes=3 * 60)
    await lookout.poll(half, minutes=3 * 60 + 1)
    assert await lookout.told() == ["source-silent"]
    assert (await lookout.current(UK)).silence is None
    assert (await lookout.current(NI)).silence is not None
    await lookout.poll(SEVERE)
    assert await lookout.told() == ["source-silent", "source-back"]


async def test_a_reading_of_a_source_goes_stale(lookout: Lookout):
    """48 hours after the last sighting the level may be out of date; a good poll makes it fresh again."""
    await lookout.poll(minutes=0)
    await lookout.fails(minutes=48 * 60)
    assert not (await lookout.current()).is_stale
    await lookout.fails(minutes=1)
    assert (await lookout.current()).is_stale
    await lookout.poll()
    assert not (await lookout.current()).is_stale


async def test_a_reading_by_hand_goes_stale_unless_the_source_agrees(lookout: Lookout):
    """What an officer set ages by itself; where the source says the same, its sighting counts."""
    await lookout.by_hand("SEVERE")
    await lookout.by_hand("LOW", NI)
    lookout.outbox.pass_hours(49)
    assert [entry.is_stale for entry in await lookout.register.current()] == [True, True]
    await lookout.poll()
    assert [entry.is_stale for entry in await lookout.register.current()] == [False, True]
    assert [reading.source for reading in await lookout.register.readings(UK)] == ["officer"]


async def test_another_address_begins_from_nothing(lookout: Lookout):
    """Neither the old address's ETag nor its date nor its silence holds for the new one."""
    lookout.website.headers = {"ETag": '"old"'}
    await lookout.poll()
    await lookout.fails(minutes=7 * 60)
    assert await lookout.told() == ["source-silent"]
    moved = Mi5(lookout.schemes, lookout.website.address + "/elsewhere.xml")
    await lookout.watch.poll(moved)
    assert "If-None-Match" not in lookout.website.requests[-1].headers
    lookout.source = moved
    lookout.website.status = 503
    await lookout.poll()
    assert await lookout.told() == ["source-silent"]


async def test_a_watch_without_a_scheme_in_force_asks_nobody(lookout: Lookout):
    """Where neither of the feed's schemes is in force the source is left alone."""
    dutch = Schemes(lookout.schemes.all, (lookout.schemes.scheme("nl-nctv"),))
    elsewhere = Lookout(lookout.outbox, lookout.website, schemes=dutch)
    await elsewhere.watch.look()
    assert await elsewhere.watch.watched() == []
    assert lookout.website.requests == []


async def test_a_scheme_that_comes_into_force_is_read_at_the_next_poll(lookout: Lookout):
    """An answer 'unchanged' could not tell of it, so the body is asked for whole."""
    lookout.website.headers = {"ETag": '"v1"'}
    one = Lookout(lookout.outbox, lookout.website, schemes=Schemes(lookout.schemes.all, (lookout.schemes.scheme(UK),)))
    await one.poll()
    assert [watched.sightings[0].scheme for watched in await one.watch.watched()] == [UK]
    await lookout.poll()
    assert "If-None-Match" not in lookout.website.requests[-1].headers
    assert await lookout.level(NI) == "SUBSTANTIAL"


async def test_trying_out_keeps_nothing(lookout: Lookout):
    """`cascade check` asks the source and leaves the store as it was."""
    statement = await lookout.watch.try_out(lookout.source)
    assert {scheme: level.name for scheme, level in statement.levels.items()} == {UK: "SEVERE", NI: "SUBSTANTIAL"}
    assert (await lookout.state()).state is None
    lookout.website.status = 404
    with pytest.raises(FetchFailed):
        await lookout.watch.try_out(lookout.source)


async def test_a_restart_forgets_nothing(lookout: Lookout):
    """A new process asks by the old ETag, and a silence that owners know of is not told again."""
    lookout.website.headers = {"ETag": '"v1"'}
    await lookout.poll()
    await lookout.fails(minutes=7 * 60)
    again = Lookout(lookout.outbox, lookout.website)
    await again.fails()
    assert lookout.website.requests[-1].headers["If-None-Match"] == '"v1"'
    assert await again.told() == ["source-silent"]


@pytest.fixture
def faraway() -> Iterator[Website]:
    """A web server in a thread of its own, so that its work is not counted."""
    with website_in_thread() as website:
        yield website


@pytest.mark.parametrize("kind", ["unchanged", "the same", "changed"])
async def test_a_poll_takes_a_few_milliseconds_of_the_loop(outbox: Outbox, faraway: Website, kind: str):
    """All that this thread does for a poll, fetching, parsing and storing together: 2 to 4 ms on an idle machine.

    The bound is wide because a machine that runs other tests takes three times as long over the same work.
    """
    faraway.body, faraway.headers = SEVERE, {"ETag": '"v1"'}
    lookout = Lookout(outbox, faraway)
    await lookout.people()
    await lookout.poll()
    faraway.status = 304 if kind == "unchanged" else 200
    bodies = [CRITICAL, SUBSTANTIAL] if kind == "changed" else [SEVERE]
    spent = []
    for number in range(20):
        begin = time.thread_time()
        await lookout.poll(bodies[number % len(bodies)])
        spent.append(time.thread_time() - begin)
    assert len(faraway.requests) == 21
    assert min(spent) < 0.020
