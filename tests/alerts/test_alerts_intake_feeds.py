from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import select
from support.cap_schema import samples
from support.intake import Mailroom
from support.outbox import Outbox

from alerts.cap.message import MessageStatus
from alerts.cap.writer import write
from alerts.errors import BadDocument, FetchFailed
from alerts.fetch import Fetched, Wanted
from alerts.intake import feeds as feeds_module
from alerts.intake.entries import read_entries
from alerts.intake.feeds import Feeds
from alerts.intake.source import SourceKind
from alerts.publishing.alert import Severity
from alerts.store.outside import intake_entries
from alerts.subscribers.sectors import Directory

HOME = "https://cap.example.org"
FEED = f"{HOME}/feed.atom"


@dataclass
class Site:
    """Answers `Fetch` out of a table, and writes down what was asked; what it lacks cannot be had."""

    pages: dict[str, bytes] = field(default_factory=dict)
    etag: str = ""
    asked: list[Wanted] = field(default_factory=list)

    async def __call__(self, wanted: Wanted) -> Fetched:
        """Give a page."""
        self.asked.append(wanted)
        if wanted.url not in self.pages:
            raise FetchFailed("fetch-status", "the server answered 404", status=404)
        if self.etag and wanted.etag == self.etag:
            return Fetched(304, b"", self.etag)
        return Fetched(200, self.pages[wanted.url], self.etag)

    def offer(self, *documents: tuple[str, bytes]) -> None:
        """Put documents on the site, and all of them into its feed, the newest first."""
        self.pages |= {f"{HOME}/{name}": content for name, content in documents}
        self.pages[FEED] = atom(*(name for name, _ in reversed(documents)))


def atom(*names: str) -> bytes:
    """Write a feed."""
    entries = "".join(
        f"<entry><id>{name}</id><title>t</title><updated>2026-11-23T12:00:00Z</updated>"
        f'<link type="text/html" href="page"/><link type="application/cap+xml" href="/{name}"/></entry>'
        for name in names
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id>{entries}</feed>'.encode()


@pytest.fixture
def mailroom(outbox: Outbox, directory: Directory) -> Mailroom:
    """Sources, an intake and the officers' pile."""
    return Mailroom(outbox, directory)


@pytest.fixture
def site() -> Site:
    """A site with nothing on it."""
    return Site()


@pytest.fixture
async def feeds(mailroom: Mailroom, site: Site) -> Feeds:
    """The feeds, with one that is watched every ten minutes."""
    await mailroom.sources.add("weather", SourceKind.FEED, address=FEED)
    return Feeds(mailroom.outbox.store, mailroom.clock, site, mailroom.intake, mailroom.wording)


async def refusals(mailroom: Mailroom) -> list[str]:
    """Give why entries were refused."""
    statement = select(intake_entries.c.refusal).where(intake_entries.c.refusal.is_not(None))
    async with mailroom.outbox.store.reading() as connection:
        return [refusal or "" for refusal in (await connection.execute(statement)).scalars()]


async def test_each_document_of_a_feed_comes_in_once(mailroom: Mailroom, feeds: Feeds, site: Site):
    """At every look that is due the feed is read, and only what is new in it is fetched, the oldest first."""
    site.offer(("a", write(mailroom.message("A1"))), ("b", write(mailroom.message("A2"))))
    await feeds.look()
    assert [item.identifier for item in await mailroom.waiting()] == ["ops@example.org,A1", "ops@example.org,A2"]
    await feeds.look()
    assert len(site.asked) == 3
    mailroom.outbox.pass_hours(1 / 6)
    site.offer(("a", b""), ("b", b""), ("c", write(mailroom.message("A3"))))
    await feeds.look()
    assert [wanted.url for wanted in site.asked[3:]] == [FEED, f"{HOME}/c"]
    assert len(await mailroom.waiting()) == 3


async def test_a_trusted_feed_sends_at_once(mailroom: Mailroom, feeds: Feeds, site: Site):
    """A feed is a source like any other: trusted by an owner, within the same caps."""
    await mailroom.outbox.subscribe(1)
    await mailroom.sources.trust("weather", severity_cap=Severity.URGENT, per_hour=1)
    site.offer(*((name, write(mailroom.message(name))) for name in "ab"))
    await feeds.look()
    assert await mailroom.written() == (1, 1, 1, 2)


async def test_an_unchanged_feed_costs_one_question(mailroom: Mailroom, feeds: Feeds, site: Site):
    """The server's ETag is given back, and its 304 is a good reading."""
    site.etag = '"v1"'
    site.offer(("a", write(mailroom.message("A1"))))
    await feeds.look()
    mailroom.outbox.pass_hours(1)
    await feeds.look()
    assert [wanted.etag for wanted in site.asked if wanted.url == FEED] == ["", '"v1"']
    [standing] = await feeds.standings()
    assert (standing.read_at, standing.failure, standing.is_stale) == (mailroom.clock.now(), "", False)


async def test_what_could_not_be_fetched_is_tried_again(mailroom: Mailroom, feeds: Feeds, site: Site):
    """A document that is away now is not lost, and the feed is not called unchanged before it is there."""
    site.etag = '"v1"'
    site.pages[FEED] = atom("a")
    await feeds.look()
    site.pages[f"{HOME}/a"] = write(mailroom.message("A1"))
    mailroom.outbox.pass_hours(1)
    await feeds.look()
    assert len(await mailroom.waiting()) == 1


async def test_a_bad_document_is_noted_and_holds_up_no_other(mailroom: Mailroom, feeds: Feeds, site: Site):
    """What cannot be taken is kept with its reason and not fetched again; the others come in."""
    expired = mailroom.message("A0", expires=mailroom.clock.now())
    system = mailroom.message("A9", status=MessageStatus.SYSTEM)
    site.offer(("x", b"<html/>"), ("e", write(expired)), ("s", write(system)), ("a", write(mailroom.message("A1"))))
    await feeds.look()
    assert len(await mailroom.waiting()) == 1
    assert len(await refusals(mailroom)) == 3
    mailroom.outbox.pass_hours(1)
    await feeds.look()
    assert len(site.asked) == 6


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"error code: 520", b"", b"<!DOCTYPE x><feed/>"])
async def test_a_broken_feed_is_told_and_read_again(mailroom: Mailroom, feeds: Feeds, site: Site, body):
    """A body that is no feed changes nothing; the standing says why, and after half an hour that it is stale."""
    site.pages[FEED] = body
    await feeds.look()
    [standing] = await feeds.standings()
    assert standing.failure
    assert not standing.is_stale
    mailroom.outbox.pass_hours(0.51)
    await feeds.look()
    assert [one.is_stale for one in await feeds.standings()] == [True]
    site.offer(("a", write(mailroom.message("A1"))))
    mailroom.outbox.pass_hours(1)
    await feeds.look()
    assert [(one.failure, one.is_stale) for one in await feeds.standings()] == [("", False)]


async def test_a_long_feed_is_taken_in_parts(mailroom: Mailroom, feeds: Feeds, site: Site, monkeypatch):
    """A feed with many entries takes its turns, and none is left out."""
    monkeypatch.setattr(feeds_module, "DOCUMENTS_AT_ONCE", 2)
    site.etag = '"v1"'
    site.offer(*((name, write(mailroom.message(name))) for name in "abcde"))
    for _ in range(3):
        await feeds.look()
        mailroom.outbox.pass_hours(1)
    assert len(await mailroom.waiting()) == 5


async def test_what_has_left_the_feed_is_forgotten(mailroom: Mailroom, feeds: Feeds, site: Site):
    """The list of entries stays as long as the feed."""
    site.offer(("a", write(mailroom.message("A1"))))
    await feeds.look()
    site.offer(("b", write(mailroom.message("A2"))))
    mailroom.outbox.pass_hours(1)
    await feeds.look()
    async with mailroom.outbox.store.reading() as connection:
        assert len((await connection.execute(select(intake_entries))).all()) == 1


SAMPLE = samples()["oasis-amber-alert"].split(b"?>", 1)[1].decode()


@pytest.mark.parametrize(
    ("feed", "addresses"),
    [
        (atom("a").decode(), [f"{HOME}/a"]),
        ('<rss version="2.0"><channel><item><guid>1</guid><link>/b</link></item></channel></rss>', [f"{HOME}/b"]),
        (
            '<rss><channel><item><enclosure type="application/cap+xml" url="/c"/></item></channel></rss>',
            [f"{HOME}/c"],
        ),
        ('<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/d"/></entry></feed>', [f"{HOME}/d"]),
        (atom("a").decode().replace('"/a"', '"https://127.0.0.1/admin"'), []),
        (atom("a").decode().replace('"/a"', '"http://cap.example.org/a"'), []),
        (atom("a").decode().replace('"/a"', '"file:///etc/passwd"'), []),
        (atom("a").decode().replace('"/a"', '"https://[broken"'), []),
        ("<rss><channel><item><title>nothing</title></item></channel></rss>", []),
    ],
)
def test_only_documents_on_the_feeds_own_host_are_entries(feed, addresses):
    """Atom and RSS name documents in several ways; none of them leads to another host, scheme or file."""
    assert [entry.address for entry in read_entries(feed.encode(), FEED)] == addresses


@pytest.mark.parametrize(
    "feed",
    [SAMPLE, f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><content>{SAMPLE}</content></entry></feed>'],
    ids=["alone", "inside"],
)
async def test_a_document_in_the_feed_itself_is_taken(mailroom: Mailroom, feeds: Feeds, site: Site, feed):
    """A document that stands in its entry, or is the whole answer, needs no further question."""
    site.pages[FEED] = feed.encode()
    await feeds.look()
    assert [item.headline for item in await mailroom.waiting()] == ["Amber Alert in Los Angeles County"]
    assert len(site.asked) == 1


def test_what_is_no_feed_is_refused():
    """Any other document says what it is."""
    with pytest.raises(BadDocument, match="neither an Atom nor an RSS"):
        read_entries(b"<html/>", FEED)


async def test_a_sector_that_left_the_directory_holds_up_neither_feeds_nor_documents(
    outbox: Outbox, mailroom: Mailroom, feeds: Feeds, site: Site, directory: Directory
):
    """Its document waits for the sector and the feed says why; other feeds are read, and this one when it is due."""
    await mailroom.outbox.subscribe(1)
    for code in ("a-feed", "b-feed"):
        address = f"{HOME}/{code}.atom"
        await mailroom.sources.add(code, SourceKind.FEED, address=address)
        site.pages |= {address: atom(code), f"{HOME}/{code}": write(mailroom.message(code))}
    await mailroom.sources.trust("a-feed", severity_cap=Severity.URGENT, sectors=["legal"], per_hour=6)
    lesser = replace(directory, sectors=tuple(one for one in directory.sectors if one.code != "legal"))
    after = Mailroom(Outbox(outbox.store, outbox.clock, lesser), lesser)
    await outbox.subscribe(2, sectors=("legal",))
    changed = Feeds(outbox.store, outbox.clock, site, after.intake, after.wording)
    await changed.look()
    await changed.look()
    assert [item.identifier for item in await mailroom.waiting()] == ["ops@example.org,b-feed"]
    assert len([wanted for wanted in site.asked if wanted.url == f"{HOME}/a-feed.atom"]) == 1
    failures = {standing.code: standing.failure for standing in await changed.standings()}
    assert "legal" in failures["a-feed"]
    assert not failures["b-feed"]
    outbox.pass_hours(1)
    await feeds.look()
    assert {standing.code: standing.failure for standing in await feeds.standings()}["a-feed"] == ""
    assert len(await mailroom.waiting()) == 1
    assert (await outbox.desk.newest(1))[0][0].sectors == ("legal",)
