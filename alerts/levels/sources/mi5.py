"""MI5's feed: RSS with one item, which states the national level twice and Northern Ireland's in its description alone.

What the feed has been seen to do is listed in tests/alerts/test_alerts_mi5.py, each with a test.
"""

import re
from collections.abc import Iterable

from alerts.errors import FetchFailed
from alerts.levels.scheme import Level, Scheme, Schemes
from alerts.levels.sources.published import Published
from alerts.levels.sources.rss import read_channel, sentences_of, ttl_of
from alerts.levels.sources.source import Statement

NATIONAL, NORTHERN_IRELAND = "uk-national", "uk-northern-ireland"

# Each pattern is a whole statement, so that a level named in passing ("raised from …") is never taken for the level.
_IS = r" (?:is|remains) (?:now |currently )?"
_TITLE = r"(?:current )?(?:national )?threat level: "
_STATEMENTS = {
    NATIONAL: rf"(?:the )?(?:current )?(?:uk )?national threat level{_IS}",
    NORTHERN_IRELAND: (
        rf"(?:the )?(?:current )?threat (?:level )?(?:to|in|for) northern ireland"
        rf"(?: from northern ireland-related terrorism)?{_IS}"
    ),
}


class Mi5:
    """The feed at https://www.mi5.gov.uk/UKThreatLevel/UKThreatLevel.xml.

    Args:
        schemes: the schemes there are; those of the feed that are not in force here are not read.
        address: where the feed is fetched.
    """

    code = "mi5"

    def __init__(self, schemes: Schemes, address: str) -> None:
        self.address = address
        self._schemes = {scheme.code: scheme for scheme in schemes.in_force if scheme.code in _STATEMENTS}
        self.schemes = tuple(self._schemes)

    def read(self, body: bytes) -> Statement:
        """Read both levels, each by itself: one that is stated twice and differently is not stated.

        Raises:
            FetchFailed: the body is no RSS, has not exactly one item, or names no known level of a known scheme.
        """
        channel = read_channel(body)
        items = channel.findall("item")
        if len(items) != 1:
            raise FetchFailed("feed-no-level", "the feed has not exactly one item")
        titles, described = (
            [s for e in items[0].findall(tag) for s in sentences_of(e)] for tag in ("title", "description")
        )
        levels: dict[str, Level] = {}
        for code, scheme in self._schemes.items():
            found = _stated(scheme, _STATEMENTS[code], described)
            if code == NATIONAL:
                found |= _stated(scheme, _TITLE, titles)
            if len(found) == 1:
                levels[code] = scheme.level_ranked(found.pop())
        if not levels:
            raise FetchFailed("feed-no-level", "the feed names no level beyond doubt")
        return Statement(levels, Published.read(items[0].findtext("pubDate") or ""), ttl_of(channel))


def _stated(scheme: Scheme, statement: str, sentences: Iterable[str]) -> set[int]:
    """Give the rank of each level that is said by this statement."""
    ranks = {level.name.casefold(): level.rank for level in scheme.levels}
    names = "|".join(re.escape(name) for name in sorted(ranks, key=len, reverse=True))
    pattern = re.compile(rf"{statement}({names})(?= *(?:[,;:(]|$))", re.IGNORECASE)
    return {ranks[found[1].casefold()] for sentence in sentences if (found := pattern.match(sentence))}
