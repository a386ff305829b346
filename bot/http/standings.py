"""How the sources outside stand that are read again and again, for /health."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.intake.feeds import Feeds
from alerts.levels.watch import Watch
from alerts.publishing.feeds.source import Watched
from alerts.publishing.feeds.watch import read_state
from alerts.store import Store


@dataclass(frozen=True, slots=True)
class Standing:
    """How one source stands.

    Attributes:
        last_good_at: when it was last read as it should be, None for never.
        detail: what is wrong, "" when nothing is.
    """

    name: str
    ok: bool
    last_good_at: datetime | None
    detail: str = ""


Standings = Callable[[], Awaitable[Sequence[Standing]]]


def of_levels(watch: Watch) -> Standings:
    """Tell of the official sources of the threat level."""

    async def give() -> list[Standing]:
        found = [(one, one.state) for one in await watch.watched()]
        return [
            Standing(
                f"level:{one.source.code}",
                state is None or not watch.is_silent(one),
                state.read_at if state else None,
                (state.problem or "") if state else "",
            )
            for one, state in found
        ]

    return give


def of_news(store: Store, feeds: Sequence[Watched]) -> Standings:
    """Tell of the news feeds that this installation watches."""

    async def give() -> list[Standing]:
        found = [await read_state(store, feed) for feed in feeds]
        return [
            Standing(
                f"news:{one.code}", one.failing_since is None, one.read_at, str((one.failure or {}).get("problem", ""))
            )
            for one in found
        ]

    return give


def of_cap_feeds(feeds: Feeds) -> Standings:
    """Tell of the feeds of CAP documents."""

    async def give() -> list[Standing]:
        found = await feeds.standings()
        return [Standing(f"intake:{one.code}", not one.is_stale, one.read_at, one.failure) for one in found]

    return give
