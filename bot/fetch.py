"""Fetching over aiohttp: nothing but what was asked for, from nobody but who was asked, and never too much of it."""

import asyncio
import zlib
from urllib.parse import urljoin, urlsplit

import aiohttp

from alerts.errors import FetchFailed
from alerts.fetch import REDIRECTS_AT_MOST, Fetched, Wanted, check_address

OK = 200
NOT_MODIFIED = 304
REDIRECTS = {301, 302, 303, 307, 308}
PIECE_BYTES = 16_384
"""How much is read and unpacked before anybody else has a turn."""

PACKED = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS}
"""The content codings that we offer and understand, with what zlib calls them."""

HEADERS = {
    "User-Agent": "Cascade (a bot for security alerts)",
    "Accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip",
}


class HttpFetch:
    """The real `Fetch`: a connection for each call, which keeps no cookie and knows no proxy."""

    async def __call__(self, wanted: Wanted, /) -> Fetched:
        """Give what the address answers; see `alerts.fetch.Fetch`."""
        check_address(wanted.url)
        try:
            async with (
                asyncio.timeout(wanted.seconds_at_most),
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(limit=1, force_close=True),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,  # a small packed body may be a huge one: see `_read`
                    headers=HEADERS,
                    timeout=aiohttp.ClientTimeout(),
                ) as session,
            ):
                return await _fetch(session, wanted)
        except TimeoutError:
            seconds = f"{wanted.seconds_at_most:g}"
            raise FetchFailed("fetch-timeout", f"no whole answer within {seconds} s", seconds=seconds) from None
        except aiohttp.ClientSSLError:
            raise FetchFailed("fetch-certificate", "the server could not prove who it is") from None
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL, UnicodeError):
            raise FetchFailed("fetch-unreachable", "no connection was had") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise FetchFailed("fetch-broken", "the answer broke off or was no HTTP") from None


async def _fetch(session: aiohttp.ClientSession, wanted: Wanted) -> Fetched:
    """Follow redirects, few and only to where we were going anyway."""
    url = wanted.url
    conditions = {"If-None-Match": wanted.etag, "If-Modified-Since": wanted.modified}
    for _ in range(REDIRECTS_AT_MOST + 1):
        sent = {name: value for name, value in conditions.items() if value}
        async with session.get(url, headers=sent, allow_redirects=False) as answer:
            if answer.status in REDIRECTS:
                url = _next(url, answer.headers.get("Location", ""))
                continue
            if answer.status != OK and not (answer.status == NOT_MODIFIED and wanted.is_conditional):
                raise FetchFailed("fetch-status", f"the server answered {answer.status}", status=answer.status)
            etag, modified = answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
            if answer.status == NOT_MODIFIED:
                return Fetched(NOT_MODIFIED, b"", etag or wanted.etag, modified or wanted.modified)
            return Fetched(OK, await _read(answer, wanted.bytes_at_most), etag, modified)
    raise FetchFailed("fetch-redirect", "it redirects too often, or to another host")


def _next(url: str, location: str) -> str:
    there = urljoin(url, location)
    if not location or _door(there) != _door(url):
        raise FetchFailed("fetch-redirect", "it redirects too often, or to another host")
    check_address(there)
    return there


def _door(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)


async def _read(answer: aiohttp.ClientResponse, bytes_at_most: int) -> bytes:
    """Read the body piece by piece, so that neither a long one nor one packed small ever stands in memory."""
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"identity", "", *PACKED}:
        raise FetchFailed("fetch-packed", "the answer is packed in a way that was not asked for")
    unpacker = zlib.decompressobj(PACKED[coding]) if coding in PACKED else None
    body = bytearray()
    try:
        async for piece in answer.content.iter_chunked(PIECE_BYTES):
            body += unpacker.decompress(piece, bytes_at_most + 1 - len(body)) if unpacker else piece
            if len(body) > bytes_at_most:
                raise FetchFailed("fetch-too-large", f"the answer is larger than {bytes_at_most} bytes")
    except zlib.error:
        raise FetchFailed("fetch-packed", "the answer cannot be unpacked") from None
    if unpacker and not unpacker.eof:
        raise FetchFailed("fetch-broken", "the answer broke off")
    return bytes(body)
