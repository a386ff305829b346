"""Watching feeds: read when due, in whole or not at all, known over restarts, and failures told to owners once."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.news import SAMPLES, atom, atom_entry
from support.newsroom import DANA, OWNER, Newsroom

from alerts.errors import FetchFailed
from alerts.fetch import Fetched, Wanted
from alerts.people.notices import NoticeKind
from alerts.publishing.feeds import SOURCES
from alerts.publishing.feeds.source import Watched
from alerts.publishing.feeds.watch import RETRY, TELL_AFTER, FeedState, NewsWatch, read_state
from alerts.publishing.incoming_item import IncomingState, Item

GOVUK = Watched(SOURCES["govuk-alerts"], "https://www.gov.uk/alerts/feed.atom")
CTP = Watched(SOURCES["ctp"], "https://www.counterterrorism.police.uk/feed/")
EVERY = GOVUK.source.every


@dataclass
class Server:
    """Answers as a feed's server, and keeps what it was asked.

    Attributes:
        bodies: what each address holds; a failure is raised.
    """

    bodies: dict[str, bytes | FetchFailed] = field(default_factory=dict)
    asked: list[Wanted] = field(default_factory=list)

    async def __call__(self, wanted: Wanted, /) -> Fetched:
        """Give the body, or 304 to somebody who has it already."""
        self.asked.append(wanted)
        body = self.bodies.get(wanted.url, FetchFailed("fetch-unreachable", "no connection was had"))
        if isinstance(body, FetchFailed):
            raise body
        etag = f'"{hash(body)}"'
        if wanted.etag == etag:
            return Fetched(304, b"", etag, "then")
        return Fetched(200, body, etag, "then")


class Desk:
    """A watch over a server, which a test may start anew at any time."""

    def __init__(self, newsroom: Newsroom, *feeds: Watched, chance: float = 0.0) -> None:
        self.newsroom = newsroom
        self.server = Server()
        self.feeds = feeds or (GOVUK,)
        self.chance = chance

    async def poll(self) -> int:
        """Look whether a feed is due, as a process that has just started; give how many times the server was asked."""
        before = len(self.server.asked)
        watch = NewsWatch(
            store=self.newsroom.store,
            clock=self.newsroom.clock,
            feeds=self.feeds,
            fetch=self.server,
            incoming=self.newsroom.another(),
            chance=lambda: self.chance,
        )
        await watch.poll_due()
        return len(self.server.asked) - before

    async def next_poll(self, body: bytes | FetchFailed | None = None) -> int:
        """Let the time pass until a feed is due, give it another body perhaps, and read it."""
        if body is not None:
            self.server.bodies[GOVUK.address] = body
        await self.newsroom.clock.advance(EVERY.total_seconds())
        return await self.poll()

    async def state(self) -> FeedState:
        """Tell where the first feed stands."""
        return await read_state(self.newsroom.store, self.feeds[0])


@pytest.fixture
def desk(newsroom: Newsroom) -> Desk:
    """A watch over GOV.UK's feed, which holds the sample."""
    made = Desk(newsroom)
    made.server.bodies[GOVUK.address] = SAMPLES["govuk-alerts"]
    return made


async def test_the_first_reading_tells_of_what_is_recent_alone(desk: Desk, newsroom: Newsroom):
    """Of a feed that was never read, items of the last day wait for officers; older ones are remembered in silence."""
    await desk.poll()
    assert await newsroom.headlines(DANA) == ["Severe flooding in Ely", "Test of the Emergency Alerts service"]
    assert (await newsroom.item(1)).state is IncomingState.SEEN, "the oldest comes in first"
    assert [number for user, _, number in await newsroom.give_notices() if user == DANA] == [2]


async def test_an_old_item_that_appears_later_is_news(desk: Desk, newsroom: Newsroom):
    """Once a feed has been read, whatever is new in it is told, whatever date it bears."""
    await desk.poll()
    late = atom_entry(9, "Published late", updated="2026-10-01T00:00:00Z")
    await desk.next_poll(atom(atom_entry(3), late))
    assert "Published late" in await newsroom.headlines(DANA)


async def test_a_restart_repeats_nothing(desk: Desk, newsroom: Newsroom):
    """A new process asks no earlier than the old one would, with what the server gave, and tells of nothing twice."""
    assert await desk.poll() == 1
    await newsroom.give_notices()
    counts = await newsroom.counts()
    assert await desk.poll() == 0
    await newsroom.clock.advance(EVERY.total_seconds() - 1)
    assert await desk.poll() == 0
    await newsroom.clock.advance(1)
    assert await desk.poll() == 1
    first, second = desk.server.asked
    assert (first.etag, first.modified) == ("", "")
    assert (second.etag != "", second.modified) == (True, "then")
    assert await newsroom.counts() == counts
    assert await newsroom.give_notices() == []


async def test_chance_adds_up_to_half(newsroom: Newsroom):
    """The next reading is due after the source's time and up to half of it more, never before."""
    desk = Desk(newsroom, chance=1.0)
    desk.server.bodies[GOVUK.address] = atom()
    await desk.poll()
    assert (await desk.state()).due_at == newsroom.clock.now() + EVERY * 1.5


async def test_an_edition_over_a_restart(desk: Desk, newsroom: Newsroom):
    """The same entry with other words is the same item, edited."""
    await desk.poll()
    items, _, _ = await newsroom.counts()
    await desk.next_poll(atom(atom_entry(3, "Flooding is over")))
    assert (await newsroom.headlines(DANA))[0] == "Flooding is over"
    assert (await newsroom.counts())[0] == items


async def test_an_item_that_leaves_the_feed_stays(desk: Desk, newsroom: Newsroom):
    """A feed holds so many entries: one that has dropped out still waits, and is known when it returns."""
    await desk.poll()
    waiting = await newsroom.headlines(DANA)
    await desk.next_poll(atom())
    assert await newsroom.headlines(DANA) == waiting
    await desk.next_poll(SAMPLES["govuk-alerts"])
    assert await newsroom.headlines(DANA) == waiting


async def test_a_feed_is_taken_in_whole_or_not_at_all(desk: Desk, newsroom: Newsroom):
    """One entry that cannot be used keeps the others out, and the reason is kept; the mended feed comes in whole."""
    broken = atom(atom_entry(1), "<entry><title>Nameless</title></entry>")
    await desk.next_poll(broken)
    assert await newsroom.counts() == (0, 0, 0)
    state = await desk.state()
    assert (state.failures, state.read_at) == (1, None)
    assert state.failure == {"problem": "news-nameless", "details": {}}
    await desk.next_poll(atom(atom_entry(1), atom_entry(2)))
    assert (await newsroom.counts())[0] == 2
    assert (await desk.state()).failures == 0


async def test_an_item_that_the_store_refuses_fails_the_feed(newsroom: Newsroom):
    """A text that is refused only when it is kept takes the items before it back with it."""
    desk = Desk(newsroom, Watched(Endless(), GOVUK.address))
    desk.server.bodies[GOVUK.address] = b""
    await desk.poll()
    assert await newsroom.counts() == (0, 0, 0)
    assert (await desk.state()).failure == {"problem": "news-unusable", "details": {}}


class Endless:
    """A source with a fault: the last of its items has a name that cannot be kept."""

    code = "govuk-alerts"
    address = GOVUK.address
    every = EVERY

    def parse(self, _body: bytes) -> list[Item]:
        """Give a good item behind a bad one; the oldest, which stands last, is taken in first."""
        good = GOVUK.source.parse(atom(atom_entry(1)))
        return [replace(good[0], identifier="x" * 900), *good]


async def test_owners_hear_once_that_a_feed_fails_and_once_that_it_works_again(desk: Desk, newsroom: Newsroom):
    """A failure that lasts is told to owners alone, once over restarts, with the reason; so is its end."""
    await desk.poll()
    await newsroom.give_notices()
    desk.server.bodies[GOVUK.address] = FetchFailed("fetch-status", "the server answered 503", status=503)
    since = newsroom.clock.now() + EVERY
    polls = int(TELL_AFTER / RETRY) + 1
    for number in range(polls + 3):
        await desk.next_poll()
        told = await newsroom.told(OWNER, NoticeKind.FEED_FAILS)
        assert len(told) == (number + 1 >= polls)
    assert told[0].details == {
        "source": "govuk-alerts",
        "since_at": since,
        "problem": "fetch-status",
        "details": {"status": 503},
    }
    assert {user for user, _, _ in await newsroom.give_notices()} == {OWNER}
    await desk.next_poll(SAMPLES["govuk-alerts"])
    [again] = await newsroom.told(OWNER, NoticeKind.FEED_RECOVERED)
    assert again.details == {"source": "govuk-alerts", "since_at": since}
    await newsroom.give_notices()
    await desk.next_poll()
    assert await newsroom.give_notices() == []
    state = await desk.state()
    assert (state.failures, state.failing_since, state.failure, state.told_at) == (0, None, None, None)


async def test_a_short_failure_is_nobodys_business(desk: Desk, newsroom: Newsroom):
    """A server that is away for one reading is neither told of nor missed, and is asked again soon."""
    await desk.poll()
    await newsroom.give_notices()
    await desk.next_poll(FetchFailed("fetch-timeout", "no whole answer within 20 s", seconds="20"))
    assert (await desk.state()).due_at == newsroom.clock.now() + RETRY
    await desk.next_poll(SAMPLES["govuk-alerts"])
    assert await newsroom.give_notices() == []


async def test_a_failure_keeps_what_is_known(desk: Desk):
    """After a failure the server is asked for what has changed since the last good reading."""
    await desk.poll()
    known = await desk.state()
    await desk.next_poll(FetchFailed("fetch-status", "the server answered 503", status=503))
    state = await desk.state()
    assert (state.etag, state.modified, state.read_at) == (known.etag, known.modified, known.read_at)


async def test_another_address_is_another_feed(desk: Desk, newsroom: Newsroom):
    """What was noted of one address is not asked of another, and its old items flood nobody."""
    await desk.poll()
    elsewhere = Desk(newsroom, Watched(GOVUK.source, "http://127.0.0.1:1/feed"))
    elsewhere.server.bodies["http://127.0.0.1:1/feed"] = atom(atom_entry(8, "Old", updated="2026-01-01T00:00:00Z"))
    assert await elsewhere.poll() == 1
    assert elsewhere.server.asked[0].etag == ""
    assert "Old" not in await newsroom.headlines(DANA)


async def test_feeds_do_not_wait_for_each_other(newsroom: Newsroom):
    """One that fails leaves the other to be read, each at its own time."""
    desk = Desk(newsroom, GOVUK, CTP)
    desk.server.bodies[CTP.address] = SAMPLES["ctp"]
    assert await desk.poll() == 2
    assert len(await newsroom.headlines(DANA)) == 2
    await newsroom.clock.advance(RETRY.total_seconds())
    assert await desk.poll() == 1


numbers = st.lists(st.integers(1, 6), unique=True, max_size=5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(st.tuples(numbers, st.booleans(), st.booleans()), min_size=1, max_size=6))
async def test_any_history_of_a_feed(newsroom: Newsroom, bodies: list[tuple[list[int], bool, bool]]):
    """Whatever a feed shows, loses, edits and fails with over restarts: one item a name, and nobody is sent one."""
    desk = Desk(newsroom, Watched(GOVUK.source, f"https://x.org/{newsroom.clock.elapsed_seconds}"))
    seen: set[int] = set()
    for shown, is_edited, is_broken in bodies:
        await newsroom.clock.advance(timedelta(minutes=5).total_seconds())
        body = atom(*(atom_entry(n, f"Entry {n}{' edited' * is_edited}") for n in shown))
        desk.server.bodies[desk.feeds[0].address] = body[: len(body) // 2] if is_broken else body
        assert await desk.poll() == 1
        seen |= set() if is_broken else set(shown)
    items, alerts, deliveries = await newsroom.counts()
    assert len(seen) <= items <= 6
    assert (alerts, deliveries) == (0, 0)
