"""What every source of news does, held by one suite of tests (tests/alerts/test_alerts_feeds.py)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from alerts.publishing.incoming_item import Item


class Source(Protocol):
    """A feed that is watched.

    Attributes:
        code: names it in the settings and in the store; its name for people is `feed.CODE` in the catalogue.
        address: where it is fetched, unless the settings say otherwise.
        every: how often it is read at most; chance adds up to half of it.
    """

    code: str
    address: str
    every: timedelta

    def parse(self, body: bytes) -> list[Item]:
        """Give every item of the feed, in its own order; the same body always gives the same items.

        Raises:
            FetchFailed: the body is not such a feed, or an entry of it cannot be used; the text says what.
        """


@dataclass(frozen=True, slots=True)
class Watched:
    """A source with the address at which it is fetched here."""

    source: Source
    address: str


def watched(chosen: Iterable[tuple[str, str]], sources: dict[str, Source]) -> tuple[Watched, ...]:
    """Give the sources that an installation has chosen.

    Args:
        chosen: codes of sources, each with an address, or "" for the source's own.
        sources: every source there is, by its code.
    """
    return tuple(Watched(sources[code], address or sources[code].address) for code, address in chosen)
