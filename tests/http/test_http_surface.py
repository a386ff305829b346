"""The HTTP surface over real HTTP and real databases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from lxml import etree
from openapi_spec_validator import validate
from support.cap_schema import is_valid
from support.clock import DrivenClock

from alerts.audit.entry import ADMINISTRATOR
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.desk import Content
from alerts.publishing.feeds import SOURCES
from alerts.publishing.feeds.source import watched
from alerts.publishing.marking import Marking
from alerts.store import Store
from alerts.subscribers.roll import Profile
from bot.domain import Domain, build_domain
from bot.http import listen as listen_module
from bot.http.listen import Listen, ListenError, http_served, read_listen
from bot.http.surface import surface
from bot.settings import DemoSettings
from bot.upkeep import HEARTBEAT

LOCAL = Listen("127.0.0.1", 0)
NOWHERE = "http://127.0.0.1:9/feed.xml"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def domain(store: Store, clock: DrivenClock) -> AsyncIterator[Domain]:
    """The use cases over a real database."""
    settings = DemoSettings(
        database_url=store.url.render_as_string(hide_password=False),
        operator="Example Network",
        operator_contact="desk@example.org",
        level_feed_url=NOWHERE,
    )
    built = build_domain(settings, clock)
    yield built
    await built.store.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def address(domain: Domain) -> AsyncIterator[str]:
    """The surface of a bot that sends."""
    async with surface(domain, LOCAL, lambda: True) as served:
        yield served


async def beat(domain: Domain) -> None:
    """Leave the sign that a running bot leaves."""
    await domain.store.keep_fact(HEARTBEAT, f"{domain.clock.now().isoformat()} 1")


async def test_health_is_well_while_the_bot_beats(domain: Domain, http: aiohttp.ClientSession, clock: DrivenClock):
    """200 with database and dispatcher; 503 once the heartbeat is late or the dispatcher has ended."""
    is_sending = True
    async with surface(domain, LOCAL, lambda: is_sending) as address:
        async with http.get(f"{address}/health") as answer:
            assert answer.status == 503
        await beat(domain)
        async with http.get(f"{address}/health") as answer:
            told = await answer.json()
            assert (answer.status, told["ok"], told["database"]["ok"]) == (200, True, True)
            assert answer.headers["Cache-Control"] == "no-store"
        clock.elapsed_seconds += 16
        async with http.get(f"{address}/health") as answer:
            assert (answer.status, (await answer.json())["dispatcher"]["ok"]) == (503, False)
        await beat(domain)
        is_sending = False
        async with http.get(f"{address}/health") as answer:
            assert answer.status == 503


async def test_health_names_every_source(domain: Domain, http: aiohttp.ClientSession, clock: DrivenClock):
    """The level's source, what is wrong with it and when that has gone on for too long; a feed that is not read yet."""
    news = watched([("ctp", NOWHERE)], SOURCES)
    async with surface(domain, LOCAL, lambda: True, news) as address:

        async def told() -> list[tuple[str, bool, str | None, bool]]:
            async with http.get(f"{address}/health") as answer:
                found = (await answer.json())["sources"]
            return [(one["name"], one["ok"], one["last_good_at"], bool(one["detail"])) for one in found]

        assert await told() == [("level:mi5", True, None, False), ("news:ctp", True, None, False)]
        await domain.watch.look()
        assert await told() == [("level:mi5", True, None, True), ("news:ctp", True, None, False)]
        clock.elapsed_seconds += timedelta(hours=7).total_seconds()
        assert (await told())[0] == ("level:mi5", False, None, True)


async def test_health_says_when_the_database_is_away(domain: Domain, http: aiohttp.ClientSession, address: str):
    """A database that cannot be read is a 503 with one sentence, and no trace."""
    async with domain.store.writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE meta RENAME TO away")
    async with http.get(f"{address}/health") as answer:
        told = await answer.json()
        assert (answer.status, told["ok"], told["database"]["ok"]) == (503, False, False)
    async with domain.store.writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE away RENAME TO meta")


async def test_the_levels_are_told_with_their_times(domain: Domain, http: aiohttp.ClientSession, address: str):
    """Both levels with definition, since, read time and staleness; a level that nobody has read is null."""
    await domain.register.record(await domain.register.propose("uk-national", "SEVERE"), source="officer")
    async with http.get(f"{address}/threat-level.json") as answer:
        levels = {one["scheme"]: one for one in (await answer.json())["levels"]}
    national, northern = levels["uk-national"], levels["uk-northern-ireland"]
    assert (national["level"], national["rank"], national["stale"]) == ("SEVERE", 4, False)
    assert national["definition"] == "an attack is highly likely"
    assert (national["since"], national["seen_at"], national["source"]) == (
        "2026-11-23",
        "2026-11-23T12:00:00Z",
        "officer",
    )
    assert (northern["level"], northern["rank"], northern["since"], northern["seen_at"]) == (None, None, None, None)


async def test_a_cache_need_not_fetch_the_levels_twice(
    domain: Domain, http: aiohttp.ClientSession, address: str, clock: DrivenClock
):
    """ETag and Last-Modified answer 304 until the level changes or becomes stale, and both say so then."""
    await domain.register.record(await domain.register.propose("uk-national", "SEVERE"), source="officer")
    url = f"{address}/threat-level.json"
    async with http.get(url) as answer:
        etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert modified == "Mon, 23 Nov 2026 12:00:00 GMT"

    async def status(**conditions: str) -> int:
        async with http.get(url, headers={name.replace("_", "-"): one for name, one in conditions.items()}) as answer:
            assert answer.status != 304 or not await answer.read()
            return answer.status

    assert await status(If_None_Match=etag) == 304
    assert await status(If_None_Match=f'"other", W/{etag}') == 304
    assert await status(If_None_Match="*") == 304
    assert await status(If_Modified_Since=modified) == 304
    assert await status(If_None_Match='"other"', If_Modified_Since=modified) == 200
    assert await status(If_Modified_Since="yesterday") == 200
    clock.elapsed_seconds += timedelta(hours=49).total_seconds()
    assert await status(If_None_Match=etag) == 200
    assert await status(If_Modified_Since=modified) == 200


@pytest.mark.parametrize("marking", [marking for marking in Marking if marking is not Marking.CLEAR])
async def test_nothing_above_clear_leaks(domain: Domain, http: aiohttp.ClientSession, address: str, marking: Marking):
    """Of an alert that is not TLP:CLEAR the feed has no entry, and no document is given; the feed is valid."""
    await send(domain, marking)
    async with http.get(f"{address}/alerts.atom") as answer:
        assert answer.content_type == "application/atom+xml"
        feed = etree.fromstring(await answer.read())
    assert feed.tag == f"{ATOM}feed"
    assert [feed.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated", "author")] == [True] * 4
    assert feed.findall(f"{ATOM}entry") == []
    async with http.get(f"{address}/alerts/C-2026-0001.cap") as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (404, "not-found")


async def test_a_public_alert_is_in_the_feed_and_has_a_document(domain: Domain, http: aiohttp.ClientSession):
    """The entry of an alert that is TLP:CLEAR leads to a CAP document that is valid by the schema."""
    await send(domain, Marking.CLEAR)
    async with surface(domain, LOCAL, lambda: True) as address:
        async with http.get(f"{address}/alerts.atom") as answer:
            [entry] = etree.fromstring(await answer.read()).findall(f"{ATOM}entry")
            etag = answer.headers["ETag"]
        link = entry.find(f"{ATOM}link").get("href")
        assert entry.find(f"{ATOM}updated").text == "2026-11-23T12:00:00Z"
        async with http.get(f"{address}/{link}") as answer:
            assert answer.content_type == "application/cap+xml"
            assert is_valid(await answer.read())
        async with http.get(f"{address}/alerts.atom", headers={"If-None-Match": etag}) as answer:
            assert answer.status == 304


async def test_the_description_is_valid_openapi(http: aiohttp.ClientSession, address: str):
    """The doors are described by OpenAPI 3.1, with the models that read and write their bodies."""
    async with http.get(f"{address}/openapi.json") as answer:
        description = await answer.json()
    validate(description)
    assert set(description["paths"]) == {"/v1/alerts", "/v1/cap"}
    form = description["components"]["schemas"]["AlertForm"]
    assert form["additionalProperties"] is False
    assert {"headline", "body", "severity", "expires_at", "sectors", "earlier"} <= set(form["properties"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/v1/cap", 405), ("POST", "/health", 405), ("GET", "/alerts/../cascade.db", 404)],
)
async def test_other_addresses_say_so_in_json(http: aiohttp.ClientSession, address: str, method, path, status):
    """An unknown address or method is one clear sentence, in the form of every error."""
    async with http.request(method, f"{address}{path}") as answer:
        assert answer.status == status
        assert set((await answer.json())["error"]) == {"code", "message", "place"}


@pytest.mark.parametrize(
    ("text", "host", "port", "is_local"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080, True),
        (" localhost:80 ", "localhost", 80, True),
        ("[::1]:8080", "::1", 8080, True),
        ("0.0.0.0:8080", "0.0.0.0", 8080, False),  # noqa: S104 - read, not bound
        ("[::]:8080", "::", 8080, False),
        ("cascade.example.org:443", "cascade.example.org", 443, False),
    ],
)
def test_where_to_listen_is_read(text, host, port, is_local):
    """Beyond this machine the address comes with a warning that names TLS."""
    found = read_listen(text)
    assert found == Listen(host, port)
    assert found.is_local is is_local
    assert ("TLS" in found.warning) is not is_local
    assert str(found) == text.strip()


@pytest.mark.parametrize("text", ["8080", "host", "host:99999", "::1:8080", "http://host:80", "a b:80"])
def test_where_not_to_listen_is_refused(text):
    """What is no address and port is refused; nothing means no surface."""
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:8080"):
        read_listen(text)
    assert read_listen("") is None


async def test_a_taken_port_is_told(domain: Domain, address: str):
    """The second surface on a port fails with a sentence that names it."""
    port = int(address.rpartition(":")[2])
    with pytest.raises(ListenError, match=f"port {port}"):
        async with surface(domain, Listen("127.0.0.1", port), lambda: True):
            pass


async def test_who_sends_drop_by_drop_is_cut(monkeypatch: pytest.MonkeyPatch):
    """A connection that never ends its head, or its body, is closed when its time is up."""
    monkeypatch.setattr(listen_module, "REQUEST_SECONDS", 0.2)

    async def app(scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with http_served(app, LOCAL) as address:
        for begun in (b"GET /health HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
            writer.write(begun)
            try:
                async with asyncio.timeout(10):
                    assert await reader.read() == b""
            except ConnectionResetError:
                pass
            writer.close()


async def send(domain: Domain, marking: Marking = Marking.GREEN) -> None:
    """Send an alert to one vetted contact."""
    await domain.roll.subscribe(1, "private", Profile(sectors=("aviation",)))
    await domain.vetting.vet_many([1], ADMINISTRATOR)
    expires_at = datetime(2026, 11, 24, tzinfo=UTC)
    named = (1,) if marking is Marking.RED else ()
    audience = Audience(marking=marking, named=named)
    content = Content("Gate", "Police are there.", Severity.URGENT, expires_at, audience)
    await domain.desk.issue(content, origin="command line")
