"""What stands in the pictures of the levels: the words of the catalogue, where the drawings have room for them."""

from datetime import date, timedelta

from alerts.levels.chronicle import Past
from alerts.levels.register import CurrentLevel
from alerts.pictures.board import Board, Panel
from alerts.pictures.studio import Studio
from alerts.pictures.theme import ThemeName
from alerts.pictures.timeline import Lane, Stretch, Timeline
from handlers.level_report import source_name
from handlers.screen import Picture, Screen
from handlers.texts import Texts

NO_BREAK = "\N{NO-BREAK SPACE}"


class LevelPictures:
    """Makes the pictures of /threat and /history.

    Args:
        texts: the catalogue.
        boards: draws those of /threat.
        charts: draws those of /history, in another process, so that a chart keeps no /threat waiting.
        theme: their colours.
    """

    def __init__(self, texts: Texts, boards: Studio, charts: Studio, theme: ThemeName) -> None:
        self._texts = texts
        self._boards = boards
        self._charts = charts
        self._theme = theme

    def board(self, current: list[CurrentLevel], instead: Screen) -> Picture:
        """Give the picture of the levels in force.

        It tells the day on which a level was last confirmed and not the minute, which stands in the caption: so it is
        made anew once a day at most while nothing changes, however often the level is read.
        """
        plain = self._texts.plain
        board = Board(plain("picture.title"), tuple(self._panel(entry) for entry in current), plain("threat.footer"))
        return Picture(board.key(self._theme), lambda: self._boards.board(board, self._theme), instead)

    def timeline(self, pasts: list[Past], today: date, instead: Screen) -> Picture:
        """Give the chart of everything that is known of the past."""
        lanes = tuple(self._lane(past, today) for past in pasts if past.eras)
        years = [past.eras[0].start.year for past in pasts if past.eras]
        title = self._texts.plain("picture.history", year=str(min(years, default=today.year)))
        timeline = Timeline(title, lanes, self._texts.plain("picture.gap"))
        return Picture(timeline.key(self._theme), lambda: self._charts.chart(timeline, self._theme), instead)

    def _panel(self, entry: CurrentLevel) -> Panel:
        plain, scheme, reading, level = self._texts.plain, entry.scheme, entry.reading, entry.level
        steps = tuple(step.name for step in scheme.levels)
        if reading is None or level is None:
            nothing = (plain("picture.unknown"), plain("picture.look"))
            return Panel(scheme.name, plain("picture.no-reading"), steps, 0, nothing)
        seen = reading.seen_at.astimezone(self._texts.zone).date()
        meaning = level.definition[:1].upper() + level.definition[1:]
        facts = (
            plain("picture.place", rank=level.rank, ranks=len(steps)),
            meaning,
            plain("picture.since", since=self._day(reading.since)) if reading.since else "",
            plain("picture.seen", seen=self._day(seen)),
        )
        known = tuple(fact for fact in facts if fact)
        return Panel(scheme.name, level.name, steps, level.rank, known, self._warning(entry))

    def _warning(self, entry: CurrentLevel) -> str:
        """Say what must not be overlooked also where a picture is passed on without its caption."""
        plain, reported = self._texts.plain, entry.reported
        said = ""
        if reported is not None:
            source = source_name(self._texts, reported.source)
            key = "picture.differs" if entry.is_report_overruled else "picture.reported"
            said = plain(key, level=reported.level, source=source)
        return " ".join(filter(None, (said, plain("picture.stale") if entry.is_stale else "")))

    def _lane(self, past: Past, today: date) -> Lane:
        *_, newest = past.eras
        steps = tuple(step.name for step in past.scheme.levels)
        tomorrow = today + timedelta(days=1)
        stretches = tuple(
            Stretch(era.start, min(era.end, tomorrow), era.level.rank if era.level else 0) for era in past.eras
        )
        if newest.level is not None:
            note = self._texts.plain("picture.now", level=newest.level.name, since=self._day(newest.start))
        else:
            note = self._texts.plain("picture.known-until", until=self._day(newest.start - timedelta(days=1)))
        return Lane(past.scheme.name, note, steps, stretches)

    def _day(self, day: date) -> str:
        """Write a day so that it stays on one line."""
        return self._texts.day(day).replace(" ", NO_BREAK)
