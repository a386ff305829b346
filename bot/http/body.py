"""Reads the body of a request, never more of it than may be, and never for longer."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from alerts.cap.xml import BYTES_AT_MOST
from bot.http.problem import Problem

BODY_SECONDS = 20.0


async def read_body(request: Request, bytes_at_most: int = BYTES_AT_MOST) -> bytes:
    """Give the body.

    Raises:
        Problem: it is too large, which is said as soon as it is known, or comes too slowly, or packed.
    """
    too_large = Problem(413, "too-large", f"the body may have {bytes_at_most:,} bytes at most")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(415, "packed", "the body must not be packed (Content-Encoding)")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > bytes_at_most:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > bytes_at_most:
                    raise too_large
    except TimeoutError:
        raise Problem(408, "too-slow", f"the body did not come within {BODY_SECONDS:g} seconds") from None
    except ClientDisconnect:
        raise Problem(400, "broken-off", "the body broke off") from None
    return bytes(body)
