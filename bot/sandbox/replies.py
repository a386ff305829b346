"""What the doors for people read and answer: JSON, and one sentence for whatever is refused."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.errors import ApiError

Handler = Callable[[Request], Awaitable[Response]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def route(path: str, handler: Handler, method: str = "GET") -> Route:
    """A route for one HTTP method."""
    return Route(path, handler, methods=[method])


def as_json(content: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(orjson.dumps(content), status, HEADERS, "application/json")


def number(given: str, name: str) -> int:
    """Read a number out of an address.

    Raises:
        ApiError: 400, it is none.
    """
    try:
        return int(given)
    except ValueError:
        raise ApiError(400, f"The {name} is not a number.") from None


async def body(request: Request) -> dict[str, Any]:
    """The JSON object that a request carries.

    Raises:
        ApiError: 400, it carries none.
    """
    try:
        given = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise ApiError(400, "The body has to be a JSON object.")
    return given


def optional(given: dict[str, Any], name: str, kind: type[Any]) -> Any:
    """A field of a body, None if it is not there.

    Raises:
        ApiError: 400, it is of another type.
    """
    value = given.get(name)
    if value is not None and type(value) is not kind:
        raise ApiError(400, f"The field {name} is of the wrong type.")
    return value


def required(given: dict[str, Any], name: str, kind: type[Any]) -> Any:
    """A field of a body.

    Raises:
        ApiError: 400, it is missing or of another type.
    """
    value = optional(given, name, kind)
    if value is None:
        raise ApiError(400, f"The field {name} is missing.")
    return value
