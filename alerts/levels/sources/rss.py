"""What feeds in RSS 2.0 have in common, as far as a level is read from them."""

import re
from collections.abc import Iterator
from datetime import timedelta

from lxml import etree

from alerts.errors import FetchFailed
from alerts.xml import read_xml

_BLOCKS = frozenset({"p", "br", "div", "li", "ul", "ol", "tr", "td", "h1", "h2", "h3", "h4"})
_HIDDEN = frozenset({"script", "style", "template"})
_MINUTES = re.compile(r"\d{1,5}")


def read_channel(body: bytes) -> etree._Element:
    """Give the channel of an RSS feed.

    Raises:
        FetchFailed: the body is no XML (`feed-no-xml`) or no RSS 2.0 (`feed-no-rss`).
    """
    root = read_xml(body)
    channels = root.findall("channel")
    if root.tag != "rss" or len(channels) != 1:
        raise FetchFailed("feed-no-rss", "the body is no RSS feed")
    return channels[0]


def ttl_of(channel: etree._Element) -> timedelta | None:
    """Give the channel's `ttl`, which is in minutes."""
    text = (channel.findtext("ttl") or "").strip()
    return timedelta(minutes=int(text)) if _MINUTES.fullmatch(text) and int(text) else None


def sentences_of(element: etree._Element | None) -> list[str]:
    """Give the sentences of an element that holds plain text or escaped HTML, in single spaces."""
    text = "".join(map(str, element.itertext())) if element is not None else ""
    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, encoding="utf-8")
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:  # nothing in it that could be read
        return []
    seen = "".join(_visible(root)) if root is not None else ""
    return [" ".join(sentence.split()) for sentence in re.split(r"[.!?](?:\s|$)|\n", seen) if sentence.strip()]


def _visible(element: etree._Element) -> Iterator[str]:
    """Give what a reader of the HTML sees, with a line's end where a block begins and ends."""
    line_end = "\n" if element.tag in _BLOCKS else ""
    yield line_end
    if element.tag not in _HIDDEN:
        yield (element.text or "").replace("\n", " ")
        for child in element:
            yield from _visible(child)
            yield (child.tail or "").replace("\n", " ")
    yield line_end
