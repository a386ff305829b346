"""The words of a briefing's fields: what was gathered, as the sections and texts that stand in an alert."""

from datetime import timedelta

from alerts.briefings.facts import Change, Facts, ListedAlert
from alerts.briefings.template import Entry, Section, Values
from alerts.levels.register import CurrentLevel
from handlers.texts import Html, Texts


class BriefingWords:
    """Words facts as the values of the table of fields (alerts/briefings/fields.py)."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def __call__(self, facts: Facts) -> Values:
        """Give each field's value; whatever comes from data is plain text, or escaped in a line."""
        none = self._texts
        return {
            "now": self._texts.when(facts.now),
            "since": self._texts.when(facts.since),
            "levels": self._section([self._level(one, facts) for one in facts.levels], none("briefing.none.levels")),
            "changes": self._section([self._change(one) for one in facts.changes], none("briefing.none.changes")),
            "alerts": self._section(
                [self._alert(one, "briefing.alert") for one in facts.alerts], none("briefing.none.alerts")
            ),
            "digest": self._section(
                [self._alert(one, "briefing.digest") for one in facts.digest],
                none("briefing.none.digest"),
            ),
            "schedules": self._section(
                [
                    Entry(self._texts("briefing.schedule", name=name, next=at), name=name, next=self._texts.when(at))
                    for name, at in facts.schedules
                ],
                none("briefing.none.schedules"),
            ),
        }

    def _section(self, entries: list[Entry], none: Html) -> Section:
        return Section(entries, none, lambda number: self._texts.count("briefing.more", number))

    def _level(self, entry: CurrentLevel, facts: Facts) -> Entry:
        scheme, reading, level = entry.scheme, entry.reading, entry.level
        if reading is None or level is None:
            unknown = self._texts.plain("bulletin.unknown")
            state = self._texts.plain("briefing.level.unknown", address=scheme.official_address)
            line = self._texts("briefing.level", scheme=scheme.name, level=unknown, state=state)
            absent = dict.fromkeys(("means", "since", "age", "asks"), "")
            return Entry(
                line, scheme=scheme.name, level=unknown, state=state, address=scheme.official_address, **absent
            )
        age = max(facts.now - reading.seen_at, timedelta())
        key = "briefing.level.stale" if entry.is_stale else "briefing.level.fresh"
        state = self._texts.plain(key, age=age, seen_at=reading.seen_at)
        line = (
            self._texts("briefing.level.since", scheme=scheme.name, level=level.name, since=reading.since, state=state)
            if reading.since
            else self._texts("briefing.level", scheme=scheme.name, level=level.name, state=state)
        )
        return Entry(
            line,
            scheme=scheme.name,
            level=level.name,
            means=level.definition,
            since=self._texts.day(reading.since) if reading.since else "",
            age=self._texts.span(age),
            state=state,
            asks=level.asks,
            address=scheme.official_address,
        )

    def _change(self, change: Change) -> Entry:
        direction = self._texts.plain("briefing.raised" if change.is_raised else "briefing.lowered")
        words = {
            "scheme": change.scheme.name,
            "level": change.level,
            "before": change.before,
            "direction": direction,
        }
        since = self._texts.day(change.since) if change.since else ""
        line = (
            self._texts("briefing.change.since", since=since, **words)
            if since
            else self._texts("briefing.change", **words)
        )
        return Entry(line, since=since, **words)

    def _alert(self, alert: ListedAlert, key: str) -> Entry:
        words = {
            "headline": alert.headline,
            "reference": alert.reference,
            "severity": self._texts.plain(f"severity.{alert.severity}"),
            "sent": self._texts.when(alert.sent_at),
            "until": self._texts.when(alert.expires_at),
        }
        return Entry(self._texts(key, **words), **words)
