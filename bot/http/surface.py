"""Builds the HTTP surface over the use cases, and serves it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from bot.domain import Domain
from bot.http.app import http_app
from bot.http.doors import Doors
from bot.http.guard import Guard
from bot.http.health import Health, Standing, Standings
from bot.http.levels import ThreatLevels
from bot.http.listen import Listen, http_served
from bot.http.public import PublicAlerts

log = structlog.get_logger(__name__)


@asynccontextmanager
async def surface(
    domain: Domain, listen: Listen | None, is_sending: Callable[[], bool], standings: Sequence[Standings] = ()
) -> AsyncIterator[str]:
    """Serve health, levels, public alerts and the doors for as long as the context lasts.

    Args:
        domain: the use cases.
        listen: where; None for no surface at all.
        is_sending: tells whether the dispatcher runs.
        standings: give the sources that /health tells of, besides the CAP feeds.

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

    async def feeds() -> list[Standing]:
        found = await domain.feeds.standings()
        return [Standing(f"intake:{one.code}", not one.is_stale, one.read_at, one.failure) for one in found]

    app = http_app(
        Health(domain.store, domain.clock, is_sending, [*standings, feeds]),
        ThreatLevels(domain.register),
        PublicAlerts(domain.publisher),
        Doors(domain.intake, Guard(domain.sources, domain.clock), domain.directory, domain.intake_words, domain.clock),
    )
    async with http_served(app, listen) as address:
        log.info("http_listens", address=address)
        yield address
