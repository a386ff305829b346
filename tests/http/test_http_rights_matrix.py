"""The HTTP surface's part of the rights matrix (tests/bot/test_bot_rights_matrix.py has the chat's).

Nobody's role counts here: who reads what is public needs nothing, who hands something in needs their source's token.
"""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select
from starlette.routing import Route
from support.clock import DrivenClock
from support.databases import on_sqlite

from alerts.intake.source import SourceKind
from alerts.store import Store
from alerts.store.tables import metadata
from bot.demo import DemoSettings
from bot.domain import Domain, build_domain
from bot.http.app import http_app
from bot.http.listen import Listen
from bot.http.surface import surface

CALLERS = ("nobody", "nonsense", "revoked", "cap", "json")
PUBLIC = dict.fromkeys(CALLERS, True)
MATRIX: dict[tuple[str, str], dict[str, bool]] = {
    ("GET", "/health"): PUBLIC,
    ("GET", "/threat-level.json"): PUBLIC,
    ("GET", "/alerts.atom"): PUBLIC,
    ("GET", "/alerts/{reference}.cap"): PUBLIC,
    ("GET", "/openapi.json"): PUBLIC,
    ("POST", "/v1/alerts"): {"nobody": False, "nonsense": False, "revoked": False, "cap": False, "json": True},
    ("POST", "/v1/cap"): {"nobody": False, "nonsense": False, "revoked": False, "cap": True, "json": False},
}
"""Who gets further than the door: public documents are everybody's, and each kind of source has a door of its own."""

OTHER_METHODS = ("PUT", "PATCH", "DELETE", "POST", "GET")


@pytest.fixture
async def served(store: Store, clock: DrivenClock) -> AsyncIterator[tuple[Domain, str, dict[str, str]]]:
    """A surface with a source of each kind and one whose token was taken away."""
    domain = build_domain(DemoSettings(database_url=store.url.render_as_string(hide_password=False)), clock)
    tokens = {"nonsense": "nonsense"}
    for code, kind in (("cap", SourceKind.CAP), ("json", SourceKind.JSON), ("revoked", SourceKind.JSON)):
        _, token = await domain.sources.add(code, kind)
        tokens[code] = token or ""
    await domain.sources.remove("revoked")
    async with surface(domain, Listen("127.0.0.1", 0), lambda: True) as address:
        yield domain, address, tokens
    await domain.store.close()


async def call(
    http: aiohttp.ClientSession, method: str, url: str, token: str | None, body: bytes = b"{}"
) -> tuple[int, Any]:
    """Call as somebody with a token, or without one."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    if url.endswith("/v1/cap"):
        headers["Content-Type"] = "application/cap+xml"
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with http.request(method, url, data=body if method == "POST" else None, headers=headers) as answer:
        return answer.status, await answer.read()


async def contents(store: Store) -> dict[str, list[str]]:
    """Give every row of every table."""
    async with store.reading() as connection:
        return {
            table.name: sorted(map(repr, (await connection.execute(select(table))).all()))
            for table in metadata.sorted_tables
        }


def test_the_matrix_lacks_no_route():
    """Every route of the application stands in the matrix, with each of its methods."""
    nothing: Any = SimpleNamespace(answer=_never, feed=_never, document=_never, alerts=_never, cap=_never)
    routes = [route for route in http_app(nothing, nothing, nothing, nothing).routes if isinstance(route, Route)]
    known = {(method, route.path) for route in routes for method in (route.methods or set()) - {"HEAD"}}
    assert known == MATRIX.keys()


@on_sqlite
async def test_who_gets_through_which_door(served: tuple[Domain, str, dict[str, str]]):
    """With no token, a made-up, a revoked or the other kind's token nothing comes in, and nothing is written."""
    domain, address, tokens = served
    before = await contents(domain.store)
    async with aiohttp.ClientSession() as http:
        for (method, path), expected in MATRIX.items():
            for caller in CALLERS:
                url = address + path.replace("{reference}", "C-2026-0001")
                status, _ = await call(http, method, url, tokens.get(caller))
                is_let_in = status not in {401, 403}
                assert is_let_in is expected[caller], (method, path, caller, status)
                assert status < 500 or path == "/health"
                assert is_let_in is False or method == "GET" or status in {400, 422}, (path, caller, status)
    after = await contents(domain.store)
    del before["intake_messages"], after["intake_messages"]
    assert after == before


@on_sqlite
async def test_no_other_method_does_anything(served: tuple[Domain, str, dict[str, str]]):
    """What is read cannot be written, and a door cannot be read, with whatever token."""
    domain, address, tokens = served
    before = await contents(domain.store)
    async with aiohttp.ClientSession() as http:
        for method, path in MATRIX:
            for other in OTHER_METHODS:
                if other != method:
                    url = address + path.replace("{reference}", "C-2026-0001")
                    assert (await call(http, other, url, tokens["json"]))[0] == 405, (other, path)
    assert await contents(domain.store) == before


async def _never(_request: Any) -> None:
    raise AssertionError("no request is made to this application")
