"""/alerts.atom and /alerts/REFERENCE.cap: the alerts that anybody may read, and no other."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from alerts.cap.publisher import CapPublisher, Issued
from alerts.cap.writer import without_controls, write
from alerts.errors import NotFound
from bot.http.problem import Problem
from bot.http.reply import cached_reply

ATOM = "http://www.w3.org/2005/Atom"
ATOM_TYPE = "application/atom+xml"
CAP_TYPE = "application/cap+xml"
FORMER = datetime(2026, 1, 1, tzinfo=UTC)
"""When a feed that has never had an entry was last changed: Atom wants a moment, and a constant one suits caches."""


class PublicAlerts:
    """Answers for the public alerts."""

    def __init__(self, publisher: CapPublisher) -> None:
        self._publisher = publisher

    async def feed(self, request: Request) -> Response:
        """Give the feed; it is valid also when it is empty."""
        found = await self._publisher.public()
        updated_at = max((one.updated_at for one in found), default=FORMER)
        return cached_reply(request, self._atom(found, updated_at), ATOM_TYPE, updated_at)

    async def document(self, request: Request) -> Response:
        """Give one alert as CAP 1.2."""
        try:
            found = await self._publisher.public_message(request.path_params["reference"])
        except NotFound as error:
            raise Problem(404, "not-found", str(error)) from None
        return cached_reply(request, write(found.message), CAP_TYPE, found.updated_at)

    def _atom(self, found: Sequence[Issued], updated_at: datetime) -> bytes:
        issuer = self._publisher.issuer
        feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]  # as in cap/writer.py
        _add(feed, "id", _urn(issuer.sender))
        _add(feed, "title", issuer.name)
        _add(feed, "updated", _moment(updated_at))
        author = _add(feed, "author", "")
        _add(author, "name", issuer.name)
        _add(feed, "link", "", rel="self", type=ATOM_TYPE, href="alerts.atom")
        for one in found:
            info = one.message.infos[0]
            entry = _add(feed, "entry", "")
            _add(entry, "id", _urn(issuer.sender, one.message.identifier))
            _add(entry, "title", info.headline)
            _add(entry, "updated", _moment(one.updated_at))
            _add(entry, "summary", info.description)
            _add(entry, "link", "", rel="alternate", type=CAP_TYPE, href=f"alerts/{one.alert.reference}.cap")
        etree.indent(feed)
        return etree.tostring(feed, xml_declaration=True, encoding="UTF-8")


def _add(parent: etree._Element, name: str, text: str, **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{ATOM}}}{name}")
    for key, value in attributes.items():
        child.set(key, value)
    child.text = without_controls(text) or None
    return child


def _urn(*names: str) -> str:
    """Give a name in the form of an address that is always the same for the same thing."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "cascade:" + ":".join(names)).urn


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
