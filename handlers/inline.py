"""Inline mode: whoever types the bot's name in any chat is offered the current level and how to report, as cards.

Cards hold nothing else: no alert, and nothing about anybody. Source: https://core.telegram.org/bots/inline.
"""

from datetime import datetime

from alerts.clock import Clock
from alerts.levels.register import CurrentLevel, Register
from alerts.people.rights import Right
from alerts.reporting.guide import Guide, Situation
from handlers.screen import Button, Card
from handlers.texts import Html, Texts, join, lines
from handlers.threat import Detail, level_block


class Inline:
    """Makes the cards.

    Args:
        texts: the catalogue.
        register: the levels in force.
        guide: how to report.
        clock: the source of time.
    """

    right = Right.READ

    def __init__(self, texts: Texts, register: Register, guide: Guide, clock: Clock) -> None:
        self._texts = texts
        self._register = register
        self._guide = guide
        self._clock = clock

    async def cards(self, typed: str) -> tuple[Card, ...]:
        """Give what fits the words that were typed after the bot's name; everything when nothing does."""
        now = self._clock.now()
        current = await self._register.current()
        levels = [self._level(f"level-{number}", [entry], now) for number, entry in enumerate(current, start=1)]
        if len(levels) > 1:
            levels.insert(0, self._level("levels", current, now))
        cards = (*levels, self._report())
        words = typed.casefold().split()
        fitting = tuple(card for card in cards if all(word in card.title.casefold() for word in words))
        return fitting or cards

    def _level(self, code: str, current: list[CurrentLevel], now: datetime) -> Card:
        texts = self._texts
        blocks = [level_block(texts, entry, now, Detail.POSTED) for entry in current]
        addresses = dict.fromkeys(entry.scheme.official_address for entry in current)
        rows = tuple((Button(texts.plain("threat.official"), url=address),) for address in addresses)
        title = "; ".join(
            texts.plain("inline.title", scheme=entry.scheme.short_name, level=self._named(entry)) for entry in current
        )
        return Card(
            code,
            title,
            "; ".join(dict.fromkeys(self._read(entry) for entry in current)),
            join(*blocks, texts("inline.footer")),
            rows,
        )

    def _named(self, entry: CurrentLevel) -> str:
        return entry.level.name if entry.level else self._texts.plain("bulletin.unknown")

    def _read(self, entry: CurrentLevel) -> str:
        """Say when the level was read, and that this may be too long ago."""
        if entry.reading is None:
            return self._texts.plain("inline.no-reading")
        return self._texts.plain("inline.stale" if entry.is_stale else "inline.read", seen_at=entry.reading.seen_at)

    def _report(self) -> Card:
        texts = self._texts
        return Card(
            "report",
            texts.plain("report.button"),
            texts.plain("inline.report"),
            join(
                *(self._situation(situation) for situation in self._guide.situations),
                texts("report.no-reports", sentence=self._guide.no_reports),
            ),
        )

    def _situation(self, situation: Situation) -> Html:
        """Show a situation with the first way of each of its channels; those for an emergency are named there only."""
        texts, emergency = self._texts, self._guide.emergency
        is_first = situation is emergency
        others = [channel for channel in situation.channels if is_first or channel not in emergency.channels]
        ways = [
            texts("inline.channel", name=channel.name, value=channel.ways[0].value)
            for channel in others or situation.channels[:1]
        ]
        told = [texts("report.line", line=line) for line in situation.lines] if is_first else []
        return lines(texts("report.title", title=situation.title), *told, *ways)
