"""GOV.UK Emergency Alerts: an Atom feed (RFC 4287) of what was sent to every phone in an area, its tests among it."""

from dataclasses import replace
from datetime import timedelta

from lxml import etree

from alerts.errors import FetchFailed
from alerts.publishing.feeds.entries import check_number, first_of_each, make_item, says_test
from alerts.publishing.feeds.foreign import canonical_html, canonical_text, plain_line
from alerts.publishing.incoming_item import Item
from alerts.publishing.markup import visible
from alerts.xml import read_xml

ATOM = "{http://www.w3.org/2005/Atom}"
DIV = "{http://www.w3.org/1999/xhtml}div"


class GovukAlerts:
    """The feed at https://www.gov.uk/alerts/feed.atom: at most 20 entries, the newest first; no level is in it."""

    code = "govuk-alerts"
    address = "https://www.gov.uk/alerts/feed.atom"
    every = timedelta(minutes=5)

    def parse(self, body: bytes) -> list[Item]:
        """Give every item; see `Source.parse`."""
        root = read_xml(body)
        if root.tag != f"{ATOM}feed":
            raise FetchFailed("news-format", "the body is no Atom feed", format="Atom")
        entries = root.findall(f"{ATOM}entry")
        check_number(len(entries))
        return first_of_each([self._item(entry) for entry in entries])

    def _item(self, entry: etree._Element) -> Item:
        link = _link(entry)
        title = entry.find(f"{ATOM}title")
        item = make_item(
            self.code,
            names=(entry.findtext(f"{ATOM}id") or "", link),
            title="" if title is None else plain_line(_html(title)),
            body=_body(entry, link),
            link=link,
            when=entry.findtext(f"{ATOM}updated") or entry.findtext(f"{ATOM}published") or "",
        )
        return replace(item, is_test=says_test(item.headline, visible(item.body)))


def _link(entry: etree._Element) -> str:
    """Give the address of the entry's page: a link without a relation is one to it (RFC 4287, 4.2.7.2)."""
    for link in entry.findall(f"{ATOM}link"):
        if link.get("rel", "alternate") == "alternate":
            return link.get("href") or ""
    return ""


def _body(entry: etree._Element, base: str) -> str:
    """Give the content, or the summary where the content stands elsewhere or is no text."""
    for name in ("content", "summary"):
        element = entry.find(f"{ATOM}{name}")
        if element is None or element.get("type", "text") not in {"text", "html", "xhtml"}:
            continue
        if element.get("type", "text") == "text":
            body = canonical_text(element.text or "")
        else:
            body = canonical_html(_html(element), base)
        if body:
            return body
    return ""


def _html(construct: etree._Element) -> str:
    """Give a text construct as HTML (RFC 4287, 3.1)."""
    kind = construct.get("type", "text")
    if kind == "xhtml":
        div = construct.find(DIV)
        return "" if div is None else etree.tostring(div, encoding="unicode", method="html", with_tail=False)
    text = construct.text or ""
    return text if kind == "html" else text.replace("&", "&amp;").replace("<", "&lt;")
