"""Reads the parameters of a Bot API request, whichever of the four ways they came.

Source: https://core.telegram.org/bots/api#making-requests: query string, form, JSON, or multipart.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from bot.sandbox.errors import ApiError, bad_request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_MAX_BODY = 50 * 1024 * 1024
_NOT_UTF8 = "strings must be encoded in UTF-8"


async def read_parameters(scope: Scope, receive: Receive) -> dict[str, Any]:
    """All parameters of a request by name; a later place (the body) wins over an earlier one (the query).

    Raises:
        ApiError: 400, they cannot be read; 413, the body is larger than 50 MB.
    """
    parameters: dict[str, Any] = _pairs(scope["query_string"]) if scope["query_string"] else {}
    body = await read_body(receive)
    if not body:
        return parameters
    content_type = _content_type(scope)
    kind = content_type.partition(b";")[0].strip().lower()
    if kind == b"application/json":
        parameters.update(_json(body))
    elif kind == b"multipart/form-data":
        parameters.update(await _multipart(content_type, body))
    else:
        parameters.update(_pairs(body))
    return parameters


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts = [body]
    size = len(body)
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > _MAX_BODY:
            raise ApiError(413, "Request Entity Too Large")
    return b"".join(parts)


def _content_type(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-type":
            content_type: bytes = value
            return content_type
    return b""


def _pairs(raw: bytes) -> dict[str, Any]:
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, errors="strict"))
    except ValueError:
        raise bad_request(_NOT_UTF8) from None


def _json(raw: bytes) -> dict[str, Any]:
    try:
        given = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(given, dict):
        raise bad_request("expected an Object")
    return given


async def _multipart(content_type: bytes, body: bytes) -> dict[str, Any]:
    """The text fields; nothing that the sandbox can do takes a file."""

    async def stream() -> Any:
        yield body

    try:
        form = await MultiPartParser(Headers({"content-type": content_type.decode("latin-1")}), stream()).parse()
    except (MultiPartException, KeyError, ValueError):
        raise bad_request("can't parse multipart form data") from None
    try:
        return {name: value for name, value in form.items() if isinstance(value, str)}
    finally:
        await form.close()
