"""Reads the parameters of a Bot API request, whichever of the four ways they came.

Source: https://core.telegram.org/bots/api#making-requests: query string, form, JSON, or multipart.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.media import MAX_FILE

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# A file of the greatest size still has a form around it.
_MAX_BODY = MAX_FILE + 1024 * 1024
_ATTACHED = "attach://"
_NOT_UTF8 = "strings must be encoded in UTF-8"

FILE_FIELDS = ("photo", "document", "file")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request.

    Attributes:
        data: its bytes.
        file_name: as the sender calls it.
        mime_type: as the sender says; empty if it does not.
    """

    data: bytes = field(repr=False)
    file_name: str
    mime_type: str


async def read_parameters(scope: Scope, receive: Receive) -> dict[str, Any]:
    """All parameters of a request by name; a later place (the body) wins over an earlier one (the query).

    Those of `FILE_FIELDS` may be an `Upload`.

    Raises:
        ApiError: 400, they cannot be read; 413, the body is larger than a file of 50 MB and the form around it.
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
    """The text fields, and the files that stand in a field for files or are named there as `attach://NAME`."""

    async def stream() -> Any:
        yield body

    try:
        form = await MultiPartParser(Headers({"content-type": content_type.decode("latin-1")}), stream()).parse()
    except (MultiPartException, KeyError, ValueError):
        raise bad_request("can't parse multipart form data") from None
    try:
        fields: dict[str, Any] = {name: value for name, value in form.items() if isinstance(value, str)}
        for name in FILE_FIELDS:
            given = fields.get(name, "")
            if given and not given.startswith(_ATTACHED):
                continue
            file = form.get(given.removeprefix(_ATTACHED) or name)
            if isinstance(file, UploadFile):
                fields[name] = Upload(await file.read(), file.filename or "", file.content_type or "")
        return fields
    finally:
        await form.close()
