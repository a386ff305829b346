"""Builds the HTTP surface over the use cases, and serves it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from alerts.publishing.feeds.source import Watched
from bot.domain import Domain
from bot.http.app import http_app
from bot.http.doors import Doors
from bot.http.guard import Guard
from bot.http.health import Health
from bot.http.levels import ThreatLevels
from bot.http.listen import Listen, http_served
from bot.http.public import PublicAlerts
from bot.http.standings import of_cap_feeds, of_levels, of_news

log = structlog.get_logger(__name__)


@asynccontextmanager
async def surface(
    domain: Domain, listen: Listen | None, is_sending: Callable[[], bool], news: Sequence[Watched] = ()
) -> AsyncIterator[str]:
    """Serve health, levels, public alerts and the doors for as long as the context lasts.

    Args:
        domain: the use cases.
        listen: where; None for no surface at all.
        is_sending: tells whether the dispatcher runs.
        news: the news feeds that are watched here.

    Yields:
        The address, "" without a surface.

    Raises:
        ListenError: the address cannot be had.
    """
    if listen is None:
        yield ""
        return
    if listen.warning:
        log.warning("http_unencrypted", detail=listen.warning)
    standings = (of_levels(domain.watch), of_news(domain.store, news), of_cap_feeds(domain.feeds))
    app = http_app(
        Health(domain.store, domain.clock, is_sending, standings, domain.self_test),
        ThreatLevels(domain.register),
        PublicAlerts(domain.publisher),
        Doors(domain.intake, Guard(domain.sources, domain.clock), domain.directory, domain.intake_words, domain.clock),
    )
    async with http_served(app, listen) as address:
        log.info("http_listens", address=address)
        yield address
