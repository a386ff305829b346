"""Feeds whose items become drafts: a source is a small class that keeps the contract in `source.py`.

They stand here, beside what becomes of their items, and not with the sources of levels: nothing in them is a reading.
"""

from alerts.publishing.feeds.ctp import CounterTerrorismPolicing
from alerts.publishing.feeds.govuk import GovukAlerts
from alerts.publishing.feeds.source import Source

SOURCES: dict[str, Source] = {source.code: source for source in (GovukAlerts(), CounterTerrorismPolicing())}
"""Every source there is, by its code."""

__all__ = ["SOURCES", "Source"]
