"""python-telegram-bot's requests over aiohttp, which costs a tenth of the default (docs/decisions/0002)."""

from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from io import BytesIO
from typing import Any

import aiohttp
import orjson
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.telegram.wire import Wire

OK = 200
REFUSAL = 400
SERVER_ERROR = 500
_JSON = {"Content-Type": "application/json"}


class NotSentError(NetworkError):
    """The request never left this machine, so repeating it cannot double anything."""


class NoAnswerError(TimedOut):
    """The request was written and no whole answer came: Telegram may or may not have acted on it."""


class ServerFaultError(NetworkError):
    """Telegram answered with a 5xx, or something on the way refused in its place: temporary, and it may have acted."""


class AiohttpRequest(BaseRequest):
    """A pool of connections to one Bot API server.

    Args:
        connections: how many may be open at once for bodies that are ready, and how many for all else.
        answer_seconds: how long to wait for an answer when the caller does not say.
        connect_seconds: how long to wait for a connection.
    """

    def __init__(self, *, connections: int, answer_seconds: float = 10.0, connect_seconds: float = 10.0) -> None:
        self._connections = connections
        self._connect_seconds = connect_seconds
        self._answer_seconds = answer_seconds
        self._session: aiohttp.ClientSession | None = None
        self._wire: Wire | None = None

    @property
    def read_timeout(self) -> float:
        """How long an answer may take, in seconds."""
        return self._answer_seconds

    async def initialize(self) -> None:
        """Open the pool."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=2 * self._connections, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=_timeout(self._connect_seconds, self._answer_seconds),
            )
            self._wire = Wire(self._session, self._connections, self._connect_seconds, self._answer_seconds)

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._session is not None and self._wire is not None:
            self._wire.close()
            await self._session.close()
            self._session = self._wire = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - aiohttp has one limit for the whole exchange
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - waiting for a connection is part of connecting
    ) -> tuple[int, bytes]:
        """Make one request; python-telegram-bot calls it and reads the answer.

        Raises:
            NotSentError: no connection was had.
            NoAnswerError: the request went out and the answer did not come back whole.
            ServerFaultError: the answer was a 5xx, or a refusal that is not Telegram's, such as a firewall's.
        """
        connect_seconds = DefaultValue.get_value(connect_timeout) or self._connect_seconds
        read_seconds = DefaultValue.get_value(read_timeout) or self._answer_seconds
        return await self._exchange(method, url, timeout=_timeout(connect_seconds, read_seconds), **_body(request_data))

    async def post_json(self, url: str, body: bytes) -> Any:
        """Make one request of a body that is ready, and give what the answer holds: the way of every alert's message.

        Raises:
            TelegramError: as `do_request`, and the library's errors for what Telegram refuses.
        """
        if self._wire is None:
            raise NotSentError("the connection pool is closed")
        status, content = await _understood(self._wire.post(url, body))
        if status != OK:
            return await _Answered(status, content).post(url)
        return self.parse_json_payload(content).get("result")

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """Read an answer.

        Raises:
            NoAnswerError: it is no JSON; what it holds is foreign text and not told.
        """
        try:
            answer = orjson.loads(payload)
        except orjson.JSONDecodeError:
            raise NoAnswerError("the answer could not be read") from None
        if not isinstance(answer, dict) or ("result" not in answer and "ok" not in answer):
            raise NoAnswerError("the answer is not the Bot API's")
        return answer

    async def _exchange(self, method: str, url: str, **options: Any) -> tuple[int, bytes]:
        if self._session is None:
            raise NotSentError("the connection pool is closed")
        return await _understood(_read_whole(self._session.request(method, url, **options)))


async def _read_whole(asked: AbstractAsyncContextManager[aiohttp.ClientResponse]) -> tuple[int, bytes]:
    async with asked as answer:
        return answer.status, await answer.read()


async def _understood(exchange: Awaitable[tuple[int, bytes]]) -> tuple[int, bytes]:
    """Give what an exchange gives, and say of its errors whether the request can have arrived."""
    try:
        status, content = await exchange
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
        raise NotSentError(f"no connection: {type(error).__name__}") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise NoAnswerError(f"no answer: {type(error).__name__}") from None
    if status >= SERVER_ERROR or (status >= REFUSAL and not _is_telegrams(content)):
        raise ServerFaultError(f"the server answered {status}")
    return status, content


class _Answered(AiohttpRequest):
    """Gives the library an answer that has come already, so that it says what the refusal means."""

    def __init__(self, status: int, content: bytes) -> None:
        super().__init__(connections=0)
        self._answer = status, content

    async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        """Give the answer."""
        return self._answer


def _timeout(connect_seconds: float, read_seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=connect_seconds + 2 * read_seconds,  # also for an answer that comes drop by drop
        connect=connect_seconds,
        sock_read=read_seconds,
    )


def _is_telegrams(content: bytes) -> bool:
    """Tell a refusal by the Bot API, which is a JSON object, from that of a machine between."""
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return isinstance(answer, dict) and "ok" in answer


def _body(data: RequestData | None) -> dict[str, Any]:
    """Give the request's body as aiohttp takes it: JSON, or a form where files go along."""
    if data is None:
        return {}
    if not data.contains_files:
        return {"data": data.json_payload, "headers": _JSON}
    form = aiohttp.FormData(quote_fields=False)  # Telegram takes a file name as it stands
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime_type) in (data.multipart_data or {}).items():
        # a file object is written piece by piece, while bytes would hold up every other request
        stream = BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, stream, filename=filename, content_type=mime_type)
    return {"data": form}
