"""What other systems hand in, over real HTTP and real databases."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs
from support.cap_schema import samples
from support.clock import DrivenClock

from alerts.intake.source import SourceKind
from alerts.publishing.alert import Severity
from alerts.publishing.marking import Marking
from alerts.store import Store
from alerts.store.outside import incoming_items, intake_messages
from alerts.store.tables import alerts, deliveries
from alerts.subscribers.roll import Profile
from bot.domain import Domain, build_domain
from bot.http import body as body_module
from bot.http.listen import Listen
from bot.http.surface import surface
from bot.settings import DemoSettings

AMBER = samples()["oasis-amber-alert"]
FORM: dict[str, Any] = {"headline": "Vehicle at the gate", "body": "Police <are> there.", "severity": "urgent"}


class Door:
    """A surface with a source of each kind, and a client."""

    def __init__(self, domain: Domain, http: aiohttp.ClientSession, address: str, tokens: dict[str, str]) -> None:
        self.domain = domain
        self.address = address
        self.tokens = tokens
        self._http = http

    async def cap(self, document: bytes, token: str | None = None, **headers: str) -> tuple[int, Any]:
        """Post a CAP document."""
        given = {"Content-Type": "application/cap+xml", **_headers(headers)}
        return await self._post("/v1/cap", document, token or self.tokens["cap"], given)

    async def json(
        self, form: Any, key: str | None = "k1", token: str | None = None, **headers: str
    ) -> tuple[int, Any]:
        """Post a JSON document; None for the key leaves it out."""
        given = {"Content-Type": "application/json", **_headers(headers)}
        if key is not None:
            given["Idempotency-Key"] = key
        document = form if isinstance(form, bytes) else orjson.dumps(form)
        return await self._post("/v1/alerts", document, token or self.tokens["json"], given)

    async def _post(self, path: str, body: bytes, token: str, headers: dict[str, str]) -> tuple[int, Any]:
        given = {"Authorization": f"Bearer {token}", **headers}
        async with self._http.post(f"{self.address}{path}", data=body, headers=given) as answer:
            return answer.status, await answer.json()

    async def trust(self, code: str, **caps: Any) -> None:
        """Trust a source up to urgent."""
        await self.domain.sources.trust(
            code, **({"severity_cap": Severity.URGENT, "per_hour": 9, "marking": Marking.CLEAR} | caps)
        )

    async def written(self) -> tuple[int, ...]:
        """Count alerts, deliveries, items and received documents."""
        tables = (alerts, deliveries, incoming_items, intake_messages)
        async with self.domain.store.reading() as connection:
            counts = [(await connection.execute(select(func.count()).select_from(one))).scalar_one() for one in tables]
        return tuple(counts)


def _headers(named: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in named.items()}


@pytest.fixture
async def door(store: Store, clock: DrivenClock) -> AsyncIterator[Door]:
    """The surface, a source `room` that posts CAP and a source `own` that posts JSON, and one aviation contact."""
    domain = build_domain(DemoSettings(database_url=store.url.render_as_string(hide_password=False)), clock)
    tokens = {}
    for code, kind in (("room", SourceKind.CAP), ("own", SourceKind.JSON)):
        _, token = await domain.sources.add(code, kind)
        tokens[kind.value] = token or ""
    await domain.roll.subscribe(1, "private", Profile(sectors=("aviation",)))
    async with aiohttp.ClientSession() as http, surface(domain, Listen("127.0.0.1", 0), lambda: True) as address:
        yield Door(domain, http, address, tokens)
    await domain.store.close()


async def test_a_cap_document_waits_for_an_officer(door: Door):
    """The standard's example is taken with 202, says why it waits, and the second time nothing is done."""
    status, told = await door.cap(AMBER)
    assert (status, told["outcome"], told["key"], told["repeated"]) == (202, "draft", "KAR0-0306112239-SW", False)
    assert [reason["code"] for reason in told["reasons"]] == ["not-trusted", "too-old"]
    assert all(reason["message"] for reason in told["reasons"])
    status, told = await door.cap(AMBER)
    assert (status, told["repeated"]) == (200, True)
    assert await door.written() == (0, 0, 1, 1)


async def test_a_trusted_systems_alert_goes_out(door: Door):
    """JSON from a trusted source is an alert with a row for each recipient, answered with its reference."""
    await door.trust("own")
    status, told = await door.json(FORM | {"sectors": ["aviation"], "expires_at": "2026-11-23T18:00:00+00:00"})
    assert (status, told["outcome"], told["reference"], told["reasons"]) == (201, "sent", "C-2026-0001", [])
    alert = await door.domain.desk.find(told["alert_id"])
    assert (alert.body, alert.sectors, alert.severity) == ("Police &lt;are&gt; there.", ("aviation",), Severity.URGENT)
    assert await door.written() == (1, 1, 0, 1)


async def test_html_is_read_where_it_is_said(door: Door):
    """A body is text unless it says that it is HTML; then formatting counts."""
    await door.trust("own")
    _, told = await door.json(FORM | {"body": "<b>Police</b>", "body_format": "html"})
    assert (await door.domain.desk.find(told["alert_id"])).body == "<b>Police</b>"


async def test_a_key_names_one_document(door: Door):
    """The same key and body is a repetition; the same key with another body is a conflict, and nothing is written."""
    assert (await door.json(FORM))[0] == 202
    assert (await door.json(FORM))[1]["repeated"]
    status, told = await door.json(FORM | {"headline": "Another"})
    assert (status, told["error"]["place"]) == (409, "Idempotency-Key")
    assert (await door.json(FORM, key="k2"))[0] == 202
    assert (await door.written())[3] == 2


async def test_json_updates_and_cancels_its_own(door: Door):
    """An update and a cancellation name the earlier document as its answer did, and act on its alert."""
    await door.trust("own")
    _, one = await door.json(FORM)
    earlier = [{"key": "k1", "sent_at": one["sent_at"]}]
    status, two = await door.json(
        FORM | {"kind": "update", "headline": "At the west gate", "earlier": earlier}, key="k2"
    )
    assert (status, two["outcome"]) == (201, "sent")
    status, three = await door.json({"kind": "cancel", "earlier": earlier}, key="k3")
    assert (status, three["outcome"], three["alert_id"]) == (200, "stopped", two["alert_id"])
    for alert_id in (one["alert_id"], two["alert_id"]):
        assert (await door.domain.desk.find(alert_id)).status == "cancelled"


async def test_an_exercise_waits_even_from_a_trusted_source(door: Door):
    """It never goes out as actual."""
    await door.trust("own")
    status, told = await door.json(FORM | {"status": "exercise"})
    assert (status, [reason["code"] for reason in told["reasons"]]) == (202, ["not-actual"])


@pytest.mark.parametrize(
    ("form", "place"),
    [
        (b"{", None),
        (b"[]", None),
        (b"\xff\xfe", None),
        (b"[" * 50_000, None),
        ({}, None),
        (FORM | {"severity": "dire"}, "severity"),
        (FORM | {"severity": 1}, "severity"),
        ({"headline": "a", "body": "b"}, None),
        (FORM | {"headline": "x" * 121}, "headline"),
        (FORM | {"headline": 5}, "headline"),
        (FORM | {"body": "x" * 12_001}, "body"),
        (FORM | {"body": "<u>open", "body_format": "html"}, "body"),
        (FORM | {"colour": "red"}, "colour"),
        (FORM | {"sectors": ["moonbase"]}, "sectors"),
        (FORM | {"sectors": "aviation"}, "sectors"),
        (FORM | {"regions": ["atlantis"]}, "regions"),
        (FORM | {"expires_at": "2026-11-23T18:00:00"}, "expires_at"),
        (FORM | {"expires_at": "soon"}, "expires_at"),
        (FORM | {"expires_at": "2026-11-23T11:59:59+00:00"}, "info/expires"),
        (FORM | {"kind": "update"}, None),
        (FORM | {"kind": "update", "earlier": [{"key": "k0", "sent_at": "2026-11-23T12:00:00Z"}]}, "references"),
        (FORM | {"link": "javascript:alert(1)"}, "link"),
        (FORM | {"body": "a\x00b"}, "body"),
        (FORM | {"headline": "a\x1bb"}, "headline"),
        (b'{"headline": "a", "severity": "urgent", "body": "\\ud800"}', None),
    ],
)
async def test_a_form_that_is_wrong_names_the_field(door: Door, form, place):
    """Whatever is wrong, one sentence says so, the field is named, and nothing is stored."""
    await door.trust("own")
    status, told = await door.json(form)
    assert (status, told["error"]["code"], told["error"]["place"]) == (422, "document", place)
    assert told["error"]["message"]
    assert await door.written() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (b'<!DOCTYPE alert [<!ENTITY a "ha">]><alert>&a;</alert>', "alert"),
        (AMBER.replace(b"cap:1.2", b"cap:1.1"), "alert"),
        (AMBER.replace(b"<sender>KARO@CLETS.DOJ.CA.GOV</sender>", b""), "sender"),
        (AMBER.replace(b"<msgType>Alert", b"<msgType>Update"), "references"),
        (AMBER.replace(b"<msgType>Alert", b"<msgType>Ack"), "msgType"),
        (b"", None),
    ],
    ids=["bomb", "1.1", "no sender", "update", "ack", "empty"],
)
async def test_a_document_that_is_wrong_names_the_element(door: Door, document, place):
    """Bombs, old versions and missing parts are 422 with the element, and nothing is stored by halves."""
    await door.trust("room")
    status, told = await door.cap(document)
    assert (status, told["error"]["place"]) == (422, place)
    assert await door.written() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("header", "code"), [("", "token-missing"), ("Basic x", "token-missing"), ("Bearer x", "token-wrong")]
)
async def test_without_a_right_token_nothing_is_read(door: Door, header, code):
    """A missing or wrong token is 401 with how to do it, before the body is looked at."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{door.address}/v1/cap", data=b"x", headers={"Authorization": header}) as answer,
    ):
        assert (answer.status, (await answer.json())["error"]["code"]) == (401, code)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_rotated_token_opens_nothing(door: Door):
    """The old token is refused from the moment of the rotation, the new one passes."""
    old = door.tokens["cap"]
    new = await door.domain.sources.rotate("room")
    assert (await door.cap(AMBER, token=old))[0] == 401
    assert (await door.cap(AMBER, token=new))[0] == 202


async def test_a_token_opens_its_own_door_alone(door: Door):
    """A source of one kind cannot use the other's door, and is told which kind it is."""
    status, told = await door.cap(AMBER, token=door.tokens["json"])
    assert (status, told["error"]["code"]) == (403, "other-door")
    assert (await door.json(FORM, token=door.tokens["cap"]))[0] == 403


async def test_guessing_is_slowed_and_locks_nobody_out(door: Door, clock: DrivenClock):
    """After ten wrong tokens an address has to wait; a right token passes all the same, and a minute ends it."""
    statuses = [(await door.cap(AMBER, token=f"wrong{number}"))[0] for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert (await door.cap(AMBER))[0] == 202
    clock.elapsed_seconds += 60
    assert (await door.cap(AMBER, token="wrong"))[0] == 401


async def test_no_token_is_logged(door: Door, caplog: pytest.LogCaptureFixture):
    """Neither a right nor a wrong token, nor a body, comes into any line of the log."""
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:
        await door.cap(AMBER)
        await door.cap(b"<alert>secret-in-a-body</alert>")
        await door.cap(AMBER, token="a-wrong-secret")
    told = f"{lines} {caplog.text}"
    assert [line["event"] for line in lines] == ["intake_taken", "intake_refused", "intake_token_refused"]
    for secret in (door.tokens["cap"], "a-wrong-secret", "secret-in-a-body"):
        assert secret not in told


@pytest.mark.parametrize("is_chunked", [True, False])
async def test_ten_megabytes_are_refused_early(door: Door, is_chunked):
    """A body that is too large is 413, whether its length was said or not, and is not read to its end."""
    size, piece, given = 10_000_000, b" " * 65_536, 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal given
        while given < size:
            given += len(piece)
            yield piece
            await asyncio.sleep(0)

    headers = {"Authorization": f"Bearer {door.tokens['cap']}", "Content-Type": "application/cap+xml"}
    if not is_chunked:
        headers["Content-Length"] = str(size - size % len(piece) + len(piece))
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{door.address}/v1/cap", data=pieces(), headers=headers) as answer,
    ):
        told = await answer.json()
        assert (answer.status, told["error"]["code"]) == (413, "too-large")
        assert given < size
    assert await door.written() == (0, 0, 0, 0)


async def test_a_body_that_does_not_come_is_given_up(door: Door, monkeypatch):
    """Who stops in the middle of a body gets 408, and holds nothing up."""
    monkeypatch.setattr(body_module, "BODY_SECONDS", 0.1)
    host, port = door.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = ("POST /v1/cap HTTP/1.1", "Host: x", f"Authorization: Bearer {door.tokens['cap']}", "Content-Length: 9")
    writer.write("\r\n".join((*head, "", "abc")).encode())
    async with asyncio.timeout(10):
        assert b" 408 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/html"}, 415),
        ({"Content_Encoding": "gzip"}, 415),
        ({"Content_Type": "text/xml; charset=utf-8"}, 202),
    ],
)
async def test_only_xml_as_it_is_comes_in(door: Door, headers, status):
    """Another type, or a packed body, is refused by the header."""
    assert (await door.cap(AMBER, **headers))[0] == status


async def test_a_key_is_needed(door: Door):
    """Without an Idempotency-Key a repetition could not be told, so there is no document without one."""
    for key in (None, "", "x" * 251):
        status, told = await door.json(FORM, key=key)
        assert (status, told["error"]["place"]) == (400, "Idempotency-Key")


async def test_many_at_once_are_one_alert(door: Door):
    """Ten requests with one key, side by side, are one alert."""
    await door.trust("own")
    answers = await asyncio.gather(*(door.json(FORM) for _ in range(10)))
    assert {told["alert_id"] for _, told in answers} == {answers[0][1]["alert_id"]}
    assert sorted(status for status, _ in answers) == [200] * 9 + [201]
    assert await door.written() == (1, 1, 0, 1)
