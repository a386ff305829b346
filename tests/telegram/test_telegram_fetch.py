import asyncio
import gzip
import socket
import zlib

import pytest
from aiohttp import web
from support.website import Website

from alerts.errors import FetchFailed
from alerts.fetch import Wanted, check_address
from bot.fetch import HttpFetch

FEED = b"<rss><channel/></rss>"


@pytest.fixture
async def website():
    """A web server on this machine."""
    async with Website().open() as opened:
        yield opened


async def problem(wanted: Wanted) -> str:
    """Fetch in vain, and give the key of the reason."""
    with pytest.raises(FetchFailed) as raised:
        await HttpFetch()(wanted)
    return raised.value.problem


async def test_a_body_comes_with_what_to_ask_by_the_next_time(website):
    """The body comes as it was sent, with ETag and Last-Modified as the server wrote them."""
    website.body = FEED
    website.headers = {"ETag": '"v1"', "Last-Modified": "Thu, 30 Apr 2026 06:09:00 GMT"}
    fetched = await HttpFetch()(Wanted(website.address))
    assert (fetched.status, fetched.body, fetched.is_unchanged) == (200, FEED, False)
    assert (fetched.etag, fetched.modified) == ('"v1"', "Thu, 30 Apr 2026 06:09:00 GMT")


async def test_a_condition_is_sent_and_an_unchanged_answer_keeps_it(website):
    """A 304 has no body, and what to ask by stays when the server does not repeat it."""
    website.status = 304
    fetched = await HttpFetch()(Wanted(website.address, etag='"v1"', modified="then"))
    assert (fetched.is_unchanged, fetched.body, fetched.etag, fetched.modified) == (True, b"", '"v1"', "then")
    headers = website.requests[0].headers
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"v1"', "then")


async def test_without_a_condition_none_is_sent_and_a_304_makes_no_sense(website):
    """A server that says 'unchanged' to somebody who knows nothing has answered wrongly."""
    website.status = 304
    assert await problem(Wanted(website.address)) == "fetch-status"
    assert not {"If-None-Match", "If-Modified-Since", "Cookie"} & set(website.requests[0].headers)


@pytest.mark.parametrize("status", [204, 206, 300, 403, 404, 429, 500, 503, 520])
async def test_any_other_status_is_a_failure(website, status):
    """Whatever stands in the body of another status is not read."""
    website.status, website.body = status, b"" if status == 204 else FEED
    with pytest.raises(FetchFailed) as raised:
        await HttpFetch()(Wanted(website.address))
    assert (raised.value.problem, raised.value.details) == ("fetch-status", {"status": status})


async def test_redirects_within_the_server_are_followed(website):
    """A path that has moved is found, with the condition going along."""

    async def page(request):
        if request.path != "/new":
            raise web.HTTPMovedPermanently("/new" if request.path == "/newer" else "/newer")
        return web.Response(body=FEED)

    website.page = page
    fetched = await HttpFetch()(Wanted(website.address, etag='"v1"'))
    assert fetched.body == FEED
    assert [(r.path, r.headers["If-None-Match"]) for r in website.requests] == [
        ("/", '"v1"'),
        ("/newer", '"v1"'),
        ("/new", '"v1"'),
    ]


async def test_a_circle_of_redirects_ends(website):
    """After three of them it is over."""
    website.status, website.headers = 302, {"Location": "/again"}
    assert await problem(Wanted(website.address)) == "fetch-redirect"
    assert len(website.requests) == 4


@pytest.mark.parametrize(
    "there",
    [
        "https://{host}/feed",
        "http://localhost:{port}/feed",
        "//example.org/feed",
        "file:///etc/passwd",
        "http://127.0.0.1:1/feed",
        "",
    ],
)
async def test_a_redirect_to_anywhere_else_is_not_followed(website, there):
    """Another host, port or scheme is somebody else, and a redirect to nowhere is none."""
    host = website.address.removeprefix("http://")
    website.status, website.headers = 302, {"Location": there.format(host=host, port=host.partition(":")[2])}
    assert await problem(Wanted(website.address)) == "fetch-redirect"
    assert len(website.requests) == 1


async def test_a_cookie_of_a_redirect_is_not_given_back(website):
    """The server cannot mark us from one request to the next."""
    website.status, website.headers = 302, {"Location": "/again", "Set-Cookie": "who=cascade"}
    await problem(Wanted(website.address))
    assert not any("Cookie" in request.headers for request in website.requests)


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
@pytest.mark.parametrize("is_packed", [False, True])
async def test_the_limit_counts_what_comes_out(website, size, fits, is_packed):
    """A body of exactly the limit is taken, packed or not; one byte more is not."""
    body = b"x" * size
    website.body = gzip.compress(body) if is_packed else body
    website.headers = {"Content-Encoding": "gzip"} if is_packed else {}
    wanted = Wanted(website.address, bytes_at_most=1000)
    if fits:
        assert (await HttpFetch()(wanted)).body == body
    else:
        assert await problem(wanted) == "fetch-too-large"


async def test_a_small_packed_body_does_not_become_a_huge_one(website):
    """A hundred megabytes packed into a hundred kilobytes are given up at the limit."""
    website.body, website.headers = gzip.compress(bytes(100_000_000)), {"Content-Encoding": "gzip"}
    assert await problem(Wanted(website.address)) == "fetch-too-large"


async def test_a_body_without_end_is_given_up(website):
    """The limit holds while reading: it does not wait for an end that never comes."""

    async def page(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 10_000)

    website.page = page
    assert await problem(Wanted(website.address, bytes_at_most=50_000)) == "fetch-too-large"


async def test_an_answer_drop_by_drop_is_too_late(website):
    """The time counts for the whole exchange, however lively the server looks."""

    async def page(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x")
            await asyncio.sleep(0.02)

    website.page = page
    assert await problem(Wanted(website.address, seconds_at_most=0.2)) == "fetch-timeout"


@pytest.mark.parametrize(
    ("coding", "body", "expected"),
    [
        ("br", b"x", "fetch-packed"),
        ("deflate", zlib.compress(FEED), "fetch-packed"),
        ("gzip", FEED, "fetch-packed"),
        ("gzip", gzip.compress(FEED)[:-9], "fetch-broken"),
    ],
)
async def test_a_body_that_cannot_be_unpacked_is_none(website, coding, body, expected):
    """A coding that was not offered, a body that is not packed as it says, and half a body are failures."""
    website.body, website.headers = body, {"Content-Encoding": coding}
    assert await problem(Wanted(website.address)) == expected


async def test_half_a_body_is_none(website):
    """A connection that ends before the announced length gives nothing, not the half."""

    async def page(request):
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        await answer.write(FEED)
        request.transport.close()
        return answer

    website.page = page
    assert await problem(Wanted(website.address)) == "fetch-broken"


async def test_nobody_there_is_unreachable():
    """Where nothing listens no connection is had."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        assert await problem(Wanted(f"http://127.0.0.1:{port}/")) == "fetch-unreachable"


async def test_a_server_that_speaks_no_tls_cannot_prove_who_it_is(website):
    """A request for https to a server of plain http ends before anything is asked."""
    assert await problem(Wanted(website.address.replace("http://", "https://"))) == "fetch-certificate"
    assert website.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://www.mi5.gov.uk/feed.xml",
        "http://192.168.0.1/feed.xml",
        "http://localhost.example.org/",
        "http://127.0.0.1.example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user:secret@example.org/",
        "https://example.org/a b",
        "https://example.org:99999/",
        "https://[::1/",
        "example.org",
        "",
    ],
)
async def test_an_unsafe_address_is_not_even_tried(url):
    """Plain http leaves this machine never; what names no host, or carries a password, is refused with a reason."""
    assert await problem(Wanted(url)) == "fetch-address"


@pytest.mark.parametrize(
    "url", ["https://www.mi5.gov.uk/feed.xml", "http://localhost:1/", "http://127.0.0.2/x", "http://[::1]:80/"]
)
def test_safe_addresses_pass(url):
    """Anybody may be asked over https, and this machine over plain http."""
    check_address(url)
