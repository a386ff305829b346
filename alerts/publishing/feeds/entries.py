"""What the entries of all feeds have in common: a name, a link, a date, and how an item is made of them."""

import hashlib
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from alerts.errors import FetchFailed
from alerts.publishing.feeds.foreign import canonical_text, one_line
from alerts.publishing.incoming_item import IDENTIFIER_LIMIT, LINK, LINK_LIMIT, Item
from alerts.publishing.marking import Marking
from alerts.publishing.markup import visible
from alerts.text import cut_to

ENTRIES_AT_MOST = 60
"""Three times what the longest of our feeds has."""

HEADLINE_OF_TEXT = 80
"""UTF-16 units of a text that stand for a title which is missing."""

_NOT_A_TEST = re.compile(r"\b(?:not|no) (?:a|an) (?:test|drill|exercise)\b", re.IGNORECASE)
_TEST_IN_TITLE = re.compile(r"\b(?:tests?|testing|drill|exercise|prawf|brawf)\b", re.IGNORECASE)
_TEST_IN_TEXT = re.compile(
    r"\bthis is (?:only |just )?an? (?:[\w.]+ ){0,3}(?:test|drill|exercise)\b"
    r"|\b(?:a|an|only|just) (?:operator |national |local |mobile )?test (?:alert|message|of)\b"
    r"|\b(?:dyma|mae hwn yn|mae hon yn) brawf\b|\bprawf yn unig\b",
    re.IGNORECASE,
)


def make_item(source: str, *, names: tuple[str, ...], title: str, body: str, link: str, when: str) -> Item:
    """Make an item of an entry.

    Args:
        source: code of the source.
        names: what may name it, best first; the first that is not empty does.
        title: plain text.
        body: canonical HTML of any length.
        link: where it stands at its source, "" for nowhere.
        when: when it was published, in the form of RFC 3339 or RFC 822; "" when it does not say.

    Raises:
        FetchFailed: it has no name, or neither title nor text.
    """
    name = next((one_line(name) for name in names if one_line(name)), "")
    headline = one_line(title) or cut_to(one_line(visible(body)), HEADLINE_OF_TEXT)
    if not name:
        raise FetchFailed("news-nameless", "an entry has no id and no link")
    if not headline:
        raise FetchFailed("news-empty", "an entry has neither a title nor a text")
    address = link.strip()
    return Item(
        source=source,
        identifier=name if len(name) <= IDENTIFIER_LIMIT else f"sha256:{hashlib.sha256(name.encode()).hexdigest()}",
        headline=headline,
        body=body or canonical_text(headline),
        link=address if len(address) <= LINK_LIMIT and LINK.fullmatch(address) else None,
        published_at=read_moment(when),
        marking=Marking.CLEAR,  # anybody can read the feeds that are watched
    )


def check_number(entries: int) -> None:
    """Refuse a feed of more entries than any of ours has. Raises `FetchFailed`."""
    if entries > ENTRIES_AT_MOST:
        raise FetchFailed("news-many", f"the feed has {entries} entries", number=entries, limit=ENTRIES_AT_MOST)


def first_of_each(items: list[Item]) -> list[Item]:
    """Give each item once: of several editions in one feed the newest, and of those without dates the first."""
    best: dict[str, Item] = {}
    for item in items:
        other = best.get(item.identifier)
        if other is None or _is_newer(item, other):
            best[item.identifier] = item
    return list(best.values())


def says_test(title: str, text: str) -> bool:
    """Tell by its words whether an alert is a test; one that says that it is none is none."""
    title, text = _NOT_A_TEST.sub("", title), _NOT_A_TEST.sub("", text)
    return bool(_TEST_IN_TITLE.search(title) or _TEST_IN_TEXT.search(text))


def read_moment(text: str) -> datetime | None:
    """Read a date of RFC 3339 or RFC 822 as a moment in UTC; None for anything else. Without a zone it is UTC."""
    text = text.strip()[:60]
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _is_newer(item: Item, other: Item) -> bool:
    return item.published_at is not None and other.published_at is not None and item.published_at > other.published_at
