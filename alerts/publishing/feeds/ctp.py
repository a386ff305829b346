"""Counter Terrorism Policing's news: RSS 2.0 as WordPress writes it, with the whole text in `content:encoded`."""

import re
from datetime import timedelta

from lxml import etree

from alerts.errors import FetchFailed
from alerts.publishing.feeds.entries import check_number, first_of_each, make_item
from alerts.publishing.feeds.foreign import canonical_html, plain_line
from alerts.publishing.incoming_item import Item
from alerts.publishing.markup import visible
from alerts.xml import read_xml

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_APPEARED = re.compile(r"The post .* appeared first on .*", re.DOTALL)
"""What WordPress puts under every entry of a feed."""


class CounterTerrorismPolicing:
    """The feed at https://www.counterterrorism.police.uk/feed/: news, the newest first."""

    code = "ctp"
    address = "https://www.counterterrorism.police.uk/feed/"
    every = timedelta(minutes=10)

    def parse(self, body: bytes) -> list[Item]:
        """Give every item; see `Source.parse`."""
        root = read_xml(body)
        channel = root.find("channel")
        if root.tag != "rss" or channel is None:
            raise FetchFailed("news-format", "the body is no RSS feed", format="RSS")
        entries = channel.findall("item")
        check_number(len(entries))
        return first_of_each([self._item(entry) for entry in entries])

    def _item(self, entry: etree._Element) -> Item:
        link = (entry.findtext("link") or "").strip()
        texts = (canonical_html(entry.findtext(name) or "", link) for name in (CONTENT, "description"))
        return make_item(
            self.code,
            names=(entry.findtext("guid") or "", link),
            title=plain_line(entry.findtext("title") or ""),
            body=next((body for text in texts if (body := _without_footer(text))), ""),
            link=link,
            when=entry.findtext("pubDate") or "",
        )


def _without_footer(body: str) -> str:
    before, _, last = body.rpartition("\n\n")
    return before if _APPEARED.fullmatch(visible(last)) else body
