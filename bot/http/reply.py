"""Answers of the HTTP surface: JSON, and documents that a cache may keep for a while."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
FRESH_SECONDS = 60
"""How long a cache may answer without asking again."""

NOT_MODIFIED = 304


def json_reply(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON that no cache keeps."""
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(orjson.dumps(document), status, headers=kept, media_type=JSON)


def cached_reply(request: Request, body: bytes, media_type: str, modified_at: datetime | None) -> Response:
    """Answer with a document, or with 304 when the caller has it already (RFC 9110, chapter 13).

    Args:
        request: with its conditions.
        body: the document.
        media_type: what it is.
        modified_at: when it changed last, None when nobody knows.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={FRESH_SECONDS}"}
    if modified_at is not None:
        headers["Last-Modified"] = format_datetime(modified_at.astimezone(UTC), usegmt=True)
    if _is_known(request, tag, modified_at):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def _is_known(request: Request, tag: str, modified_at: datetime | None) -> bool:
    """Hold the document against the request's conditions; an ETag that is given decides alone."""
    named = request.headers.get("if-none-match")
    if named is not None:
        return named.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in named.split(",")]
    since = request.headers.get("if-modified-since")
    if since is None or modified_at is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    return moment.tzinfo is not None and modified_at.replace(microsecond=0) <= moment
