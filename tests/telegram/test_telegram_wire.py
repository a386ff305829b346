"""The wire's connections: when one is used again, and when it must not be."""

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator

import aiohttp
import pytest
import trustme
from telegram_line import Line, http_answer

from bot.telegram import wire
from bot.telegram.request import AiohttpRequest, NoAnswerError

pytestmark = pytest.mark.both_loops

STORED = b'{"ok":true,"result":{"message_id":5}}'
WHOLE = http_answer(200, STORED)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n%b\r\n15\r\n%b\r\n0\r\n\r\n" % (
    STORED[:16],
    STORED[16:],
)


async def post(pool: AiohttpRequest, line: Line) -> int:
    """Send a message that is ready; give its number."""
    return (await pool.post_json(line.send_message, b'{"chat_id":1}'))["message_id"]


@pytest.fixture
async def kept_over_tls(monkeypatch) -> AsyncIterator[Line]:
    """The same over TLS, with a certificate of an authority that this test alone trusts."""
    authority, served, trusting = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(served)
    authority.configure_trust(trusting)
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)
    async with Line().open(served) as opened:
        opened.answer, opened.hangs_up = WHOLE, False
        yield opened


@pytest.fixture
def kept(line):
    """A server that keeps its connections and answers in order."""
    line.answer, line.hangs_up = WHOLE, False
    return line


async def test_a_connection_is_used_again(connections, kept):
    """Message after message goes over one connection, as long as no two are under way."""
    for _ in range(5):
        assert await post(connections, kept) == 5
    assert len(kept.callers) == 1


async def test_no_more_connections_than_allowed(connections, kept):
    """Who comes when all are in use waits; the pool of the fixture has two."""
    assert await asyncio.gather(*(post(connections, kept) for _ in range(9))) == [5] * 9
    assert len(kept.callers) == 2


async def test_alerts_leave_connections_for_the_rest(connections, kept):
    """However many are kept for alerts, answers to people have as many of their own."""
    await asyncio.gather(*(post(connections, kept) for _ in range(4)))
    await asyncio.gather(*(connections.post(kept.send_message) for _ in range(2)))
    assert len(kept.callers) == 4


@pytest.mark.parametrize(
    ("answer", "is_kept"),
    [
        pytest.param(WHOLE, True, id="a length"),
        pytest.param(CHUNKED, True, id="chunks"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE, True, id="a word before"),
        pytest.param(WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), False, id="a farewell"),
        pytest.param(WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0"), False, id="the old HTTP"),
    ],
)
async def test_every_form_of_answer_is_read(connections, kept, answer, is_kept):
    """The answer is the same however it is framed; where the server says goodbye its connection is not used again."""
    kept.answer = answer
    assert [await post(connections, kept) for _ in range(2)] == [5, 5]
    assert len(kept.callers) == (1 if is_kept else 2)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(http_answer(200, b" " * (wire.ANSWER_BYTES + 1)), id="too long"),
        pytest.param(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", id="another language"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", id="a length that is none"),
    ],
)
async def test_what_is_no_answer_ends_its_connection(connections, kept, answer):
    """Nobody knows what became of the message, and the next one has a connection of its own."""
    kept.answer = answer
    with pytest.raises(NoAnswerError):
        await post(connections, kept)
    kept.answer = WHOLE
    assert await post(connections, kept) == 5
    assert len(kept.callers) == 2


async def test_an_answer_that_nobody_asked_for_meets_no_message(connections, kept):
    """A second answer behind the first would be taken for the next message's: its connection is not used again."""
    kept.answer = WHOLE + http_answer(200, STORED.replace(b"5", b"6"))
    assert await post(connections, kept) == 5
    kept.answer = WHOLE
    assert await post(connections, kept) == 5
    assert len(kept.callers) == 2


async def test_what_comes_while_nothing_is_asked_ends_the_connection(connections, kept):
    """The beginning of an answer that lies in wait would be put before the next message's."""
    kept.answer = WHOLE + WHOLE[:9]
    assert await post(connections, kept) == 5
    kept.answer = WHOLE
    assert await post(connections, kept) == 5
    assert len(kept.callers) == 2


async def test_a_late_answer_meets_no_message(hasty, kept):
    """An answer that came after its time was up, or after nobody waited any more, is never another message's."""
    kept.answer = b""
    with pytest.raises(NoAnswerError):
        await post(hasty, kept)
    kept.came.clear()
    given_up = asyncio.create_task(post(hasty, kept))
    await kept.came.wait()
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    kept.answer = WHOLE
    assert await post(hasty, kept) == 5
    assert len(kept.callers) == 3


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
async def test_an_answer_may_end_with_its_connection(connections, line, version):
    """Some proxies before a Bot API server name no length: a clean hang-up makes such an answer whole."""
    line.answer, line.hangs_up = b"HTTP/%b 200 OK\r\nConnection: close\r\n\r\n%b" % (version, STORED), True
    assert [await post(connections, line) for _ in range(2)] == [5, 5]
    assert len(line.callers) == 2


async def test_a_head_without_a_body_is_no_answer(connections, line):
    """The connection ended where an answer should have begun: nobody knows what became of the message."""
    line.answer, line.hangs_up = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", True
    with pytest.raises(NoAnswerError):
        await post(connections, line)


async def test_a_connection_closed_meanwhile_is_not_written_to(connections, kept):
    """The server hung up while the connection lay idle: the next message goes over a new one, and once only."""
    await post(connections, kept)
    await kept.hang_up()
    await connections.post(kept.send_message)  # on a new one; meanwhile the farewell has come
    assert await post(connections, kept) == 5
    assert (len(kept.callers), len(kept.requests)) == (2, 3)


async def test_a_connection_that_lay_too_long_is_closed(connections, kept, monkeypatch):
    """What a router between may have forgotten is not trusted with a message."""
    await post(connections, kept)
    monkeypatch.setattr(wire, "KEPT_SECONDS", 0.0)
    assert await post(connections, kept) == 5
    assert len(kept.callers) == 2


async def test_closing_leaves_no_connection(kept):
    """After the pool is closed the server has nobody at the other end."""
    async with AiohttpRequest(connections=3) as pool:
        await asyncio.gather(*(post(pool, kept) for _ in range(3)))
    gc.collect()  # a connection that was forgotten would warn
    await kept.all_left()
    assert len(kept.callers) == 3


async def test_over_tls_it_is_the_same(connections, kept_over_tls):
    """Telegram is reached over TLS: answers come, the connection is used again, and half an answer is none."""
    assert [await post(connections, kept_over_tls) for _ in range(3)] == [5, 5, 5]
    assert len(kept_over_tls.callers) == 1
    kept_over_tls.answer, kept_over_tls.hangs_up = WHOLE[:-9], True
    with pytest.raises(NoAnswerError):
        await post(connections, kept_over_tls)
    await kept_over_tls.all_left()
