"""Reads the entries of an Atom or RSS feed of CAP documents."""

import hashlib
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from alerts.cap.shapes import NAMESPACE
from alerts.cap.xml import Node, parse
from alerts.errors import BadDocument

ATOM = "http://www.w3.org/2005/Atom"
CAP_TYPE = "application/cap+xml"
FEED_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed.

    Attributes:
        name: the same for the same edition of the same document; a mark of fixed length.
        address: where its document is, "" if it stands in the feed itself.
        document: the document that stands in the feed itself, None if it does not.
    """

    name: str
    address: str = ""
    document: Node | None = None


def read_entries(content: bytes, address: str) -> tuple[Entry, ...]:
    """Give the entries of a feed, each once, in its order. A CAP document by itself is a feed of one.

    Args:
        content: the feed.
        address: where it was read; entries of other hosts are left out, since a feed could name any address.

    Raises:
        BadDocument: it is no feed.
    """
    root = parse(content, FEED_BYTES)
    if root.namespace == NAMESPACE and root.name == "alert":
        return (_inline(root, hashlib.sha256(content).hexdigest()),)
    if root.namespace == ATOM and root.name == "feed":
        found = [_atom_entry(entry, address) for entry in _all(root, "entry")]
    elif root.name == "rss":
        found = [_rss_item(item, address) for channel in _all(root, "channel") for item in _all(channel, "item")]
    else:
        raise BadDocument(root.name, f"<{root.name}> is neither an Atom nor an RSS feed, nor a CAP document")
    usable = {entry.name: entry for entry in found if entry is not None}
    return tuple(usable.values())


def _atom_entry(entry: Node, address: str) -> Entry | None:
    edition = f"{_text(entry, 'id')} {_text(entry, 'updated')}"
    for content in _all(entry, "content"):
        for child in content.children:
            if child.namespace == NAMESPACE and child.name == "alert":
                return _inline(child, edition)
    links = [
        (link.attributes.get("type", ""), link.attributes.get("rel", "alternate"), link) for link in _all(entry, "link")
    ]
    ranked = [link for kind, _, link in links if kind == CAP_TYPE] + [
        link for kind, rel, link in links if kind != CAP_TYPE and rel == "alternate" and kind != "text/html"
    ]
    return _linked(ranked[0].attributes.get("href", ""), edition, address) if ranked else None


def _rss_item(item: Node, address: str) -> Entry | None:
    edition = f"{_text(item, 'guid')} {_text(item, 'pubDate')}"
    for enclosure in _all(item, "enclosure"):
        if enclosure.attributes.get("type") == CAP_TYPE:
            return _linked(enclosure.attributes.get("url", ""), edition, address)
    return _linked(_text(item, "link"), edition, address)


def _inline(document: Node, edition: str) -> Entry:
    return Entry(_mark(edition), document=document)


def _linked(link: str, edition: str, address: str) -> Entry | None:
    try:
        there = urljoin(address, link.strip())
        is_same = urlsplit(there)[:2] == urlsplit(address)[:2]
    except ValueError:
        return None
    return Entry(_mark(f"{there} {edition}"), address=there) if link.strip() and is_same else None


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _all(node: Node, name: str) -> list[Node]:
    return [child for child in node.children if child.name == name]


def _text(node: Node, name: str) -> str:
    return next((child.text.strip() for child in _all(node, name)), "")
