"""/threat: what the level is, since when, how old that knowledge is, and what it asks of the reader."""

from dataclasses import replace
from datetime import datetime
from enum import IntEnum

from alerts.clock import Clock
from alerts.levels.register import CurrentLevel, Effect, Proposal, Register
from alerts.levels.scheme import Level, Scheme
from alerts.publishing.alert import OF_LEVELS, AlertKind, Severity
from alerts.publishing.checks import HEADLINE_LIMIT, LONGEST_LIFE
from alerts.publishing.desk import Content
from alerts.publishing.markup import visible
from alerts.text import utf16_length
from handlers.alert_message import CAPTION_LIMIT
from handlers.level_pictures import LevelPictures
from handlers.level_report import source_name
from handlers.past_day import PastDay
from handlers.screen import Ask, Button, Reply, Rows, Screen, button_data
from handlers.texts import Html, Texts, join, lines
from handlers.texts.days import read_day

FULL = "full"


class Detail(IntEnum):
    """How much is said of a level.

    `POSTED` is for a message that others read later, in another chat: it tells when the level was read, not how long
    ago. `BRIEF` and `ADVICE` are what fits under a picture.
    """

    POSTED = 0
    BRIEF = 1
    ADVICE = 2
    FULL = 3


class Threat:
    """Answers /threat, with a picture where there are any, and /threat with a day.

    Args:
        texts: the catalogue.
        register: the levels in force.
        past: answers for a day of the past.
        pictures: draws the levels; None for words alone.
        clock: the source of time.
    """

    def __init__(
        self, texts: Texts, register: Register, past: PastDay, pictures: LevelPictures | None, clock: Clock
    ) -> None:
        self._texts = texts
        self._register = register
        self._past = past
        self._pictures = pictures
        self._clock = clock

    async def tell(self, ask: Ask) -> Reply:
        """Show every level in force, or what the levels were on the day that was named."""
        day = read_day(ask.text) if ask.text else None
        if day is not None and not self._past.is_today(day):
            return await self._past.tell(day)
        shown = await self._now()
        if ask.text and day is None:
            unread = Screen(self._texts("threat.day-unreadable"))
            return Reply((unread, shown))
        return Reply((shown,))

    async def press(self, _ask: Ask) -> Reply:
        """Take the button under a picture: everything that is known, in words."""
        current = await self._register.current()
        return Reply((Screen(self._html(current, Detail.FULL), self._rows(current)),), replaces=False)

    async def _now(self) -> Screen:
        current = await self._register.current()
        rows = self._rows(current)
        full = Screen(self._html(current, Detail.FULL), rows)
        if self._pictures is None:
            return full
        for detail in (Detail.FULL, Detail.ADVICE, Detail.BRIEF):
            html = self._html(current, detail)
            if utf16_length(visible(html)) <= CAPTION_LIMIT:
                more = Button(self._texts.plain("threat.in-full"), button_data("thr", FULL))
                kept = rows if detail is Detail.FULL else ((more,), *rows)
                return replace(full, html=html, rows=kept, picture=self._pictures.board(current, full))
        return full

    def _html(self, current: list[CurrentLevel], detail: Detail) -> Html:
        now = self._clock.now()
        blocks = [level_block(self._texts, entry, now, detail) for entry in current]
        return join(self._texts("threat.title"), *blocks, self._texts("threat.footer"))

    def _rows(self, current: list[CurrentLevel]) -> Rows:
        addresses = dict.fromkeys(entry.scheme.official_address for entry in current)
        rows = [(Button(self._texts.plain("threat.official"), url=address),) for address in addresses]
        return (*rows, (Button(self._texts.plain("report.button"), button_data("cmd", "report")),))


def level_block(texts: Texts, entry: CurrentLevel, now: datetime, detail: Detail = Detail.FULL) -> Html:
    """Show one level in force: what it is, since when, how old that knowledge is, and what it asks."""
    scheme, reading, level = entry.scheme, entry.reading, entry.level
    silence = _silence(texts, entry)
    if reading is None or level is None:
        unknown = texts("threat.unknown", address=scheme.official_address)
        return lines(texts("threat.scheme", name=scheme.name), unknown, silence)
    age = "threat.stale" if entry.is_stale else "threat.read"
    if detail is Detail.POSTED:
        age = "threat.stale.posted" if entry.is_stale else "threat.read.posted"
    return lines(
        texts("threat.scheme", name=scheme.name),
        texts("threat.level", level=level.name, rank=level.rank, ranks=len(scheme.levels)),
        definition(texts, level),
        _reported(texts, entry),
        texts("threat.since", since=reading.since) if reading.since else "",
        texts("threat.set-by", set_by=scheme.set_by),
        texts(age, age=now - reading.seen_at, seen_at=reading.seen_at),
        silence,
        texts("threat.asks", asks=level.asks) if detail >= Detail.ADVICE else "",
        texts("threat.response", response=level.response, note=scheme.response_note)
        if level.response and detail is Detail.FULL
        else "",
    )


def _reported(texts: Texts, entry: CurrentLevel) -> Html:
    """Say what an official source says instead: not confirmed yet, or overruled by whoever set the level since."""
    reported = entry.reported
    if reported is None or entry.reading is None:
        return Html("")
    return texts(
        "threat.differs" if entry.is_report_overruled else "threat.reported",
        level=reported.level,
        source=source_name(texts, reported.source),
        first_at=reported.first_at,
        seen_at=reported.seen_at,
    )


def _silence(texts: Texts, entry: CurrentLevel) -> Html:
    """Say that a source which should have been heard of was not."""
    if entry.silence is None:
        return Html("")
    return texts("threat.silent", source=source_name(texts, entry.silence.source), since=entry.silence.since)


def definition(texts: Texts, level: Level) -> Html:
    """Show what a level means, where its scheme says so officially."""
    return texts("threat.definition", definition=level.definition) if level.definition else Html("")


class LevelAnnouncement:
    """Words the alert that tells subscribers of a change of level."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def __call__(self, proposal: Proposal, now: datetime) -> Content:
        """Make the alert for a change: urgent when it rises, critical to the highest rank, advisory when it falls."""
        scheme, level = proposal.scheme, proposal.level
        raised = proposal.effect is Effect.RAISED
        headline = self._texts.plain(
            "level.raised" if raised else "level.lowered", scheme=scheme.name, level=level.name
        )
        return Content(
            headline=headline,
            body=self._body(scheme, level, proposal),
            severity=_severity(proposal),
            expires_at=now + LONGEST_LIFE,
            audience=OF_LEVELS,
            kind=AlertKind.LEVEL,
        )

    def _body(self, scheme: Scheme, level: Level, proposal: Proposal) -> Html:
        before = proposal.before.level if proposal.before else ""
        return join(
            lines(
                self._texts("level.now", level=level.name, before=before),
                definition(self._texts, level),
                self._texts("threat.since", since=proposal.since) if proposal.since else "",
                self._texts("threat.set-by", set_by=scheme.set_by),
            ),
            self._texts("level.statement", statement=proposal.statement) if proposal.statement else "",
            self._texts("threat.asks", asks=level.asks),
            self._texts("level.official", address=scheme.official_address),
        )


def _severity(proposal: Proposal) -> Severity:
    if proposal.effect is not Effect.RAISED:
        return Severity.ADVISORY
    return Severity.CRITICAL if proposal.level is proposal.scheme.levels[-1] else Severity.URGENT


class LevelBulletin:
    """Words a scheduled push of the levels in force."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def __call__(self, current: list[CurrentLevel], now: datetime) -> tuple[str, str]:
        """Give the headline and the body, as HTML; a level that is unknown or out of date says so."""
        unknown = self._texts.plain("bulletin.unknown")
        levels = [entry.level.name if entry.level else unknown for entry in current]
        named = "; ".join(f"{entry.scheme.name}: {level}" for entry, level in zip(current, levels, strict=True))
        headline = self._texts.plain("bulletin.headline", levels=named)
        if utf16_length(headline) > HEADLINE_LIMIT:
            headline = self._texts.plain("bulletin.headline", levels="; ".join(dict.fromkeys(levels)))
        blocks = [level_block(self._texts, entry, now) for entry in current]
        return headline, join(*blocks, self._texts("threat.footer"))
