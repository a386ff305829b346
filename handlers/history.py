"""/history: every known change of the levels, newest first, under a chart of all the years."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from alerts.levels.chronicle import Chronicle, Era, Past
from alerts.paging import Page
from alerts.publishing.markup import visible
from alerts.text import cut_to, utf16_length
from handlers.alert_message import CAPTION_LIMIT
from handlers.choices import page_of, pager
from handlers.level_pictures import LevelPictures
from handlers.screen import Ask, Button, Reply, Screen, button_data
from handlers.texts import Html, Texts, join, lines

CHANGES_ON_A_PAGE = 7
NOTE_LIMIT = 80
"""UTF-16 units of a note, which an operator's own file may make as long as it likes."""


class _Change(NamedTuple):
    day: date
    past: Past
    era: Era


class History:
    """Shows the past of every scheme in force; one message whose caption turns its pages.

    Args:
        texts: the catalogue.
        chronicle: what is known of the past.
        pictures: draws the chart; None for words alone.
    """

    def __init__(self, texts: Texts, chronicle: Chronicle, pictures: LevelPictures | None) -> None:
        self._texts = texts
        self._chronicle = chronicle
        self._pictures = pictures

    async def tell(self, _ask: Ask) -> Reply:
        """/history: the chart with the newest changes."""
        pasts = await self._chronicle.pasts()
        words = self._page(pasts, 0)
        if self._pictures is None or not any(past.eras for past in pasts):
            return Reply((words,))
        chart = self._pictures.timeline(pasts, self._chronicle.today(), words)
        return Reply((Screen(words.html, words.rows, picture=chart),))

    async def press(self, ask: Ask) -> Reply:
        """Turn to another page; the chart above stays as it is."""
        return Reply((self._page(await self._chronicle.pasts(), page_of(ask.args)),))

    def _page(self, pasts: list[Past], number: int) -> Screen:
        texts, page = self._texts, Page.of(list(self._pages(pasts)), number, 1)
        shown = lines(*page.items[0]) if page.items else texts("history.nothing")
        turns = pager(texts, page.window, "his", previous="history.newer", following="history.older")
        now = Button(texts.plain("threat.button"), button_data("cmd", "threat"))
        return Screen(join(texts("history.title"), shown, texts("history.footer")), (*turns, (now,)))

    def _pages(self, pasts: list[Past]) -> Iterator[list[Html]]:
        """Fill page after page, as far as a caption reaches."""
        frame = join(self._texts("history.title"), self._texts("history.footer"))
        room = CAPTION_LIMIT - utf16_length(visible(frame)) - 4
        page: list[Html] = []
        for change in _changes(pasts):
            line = self._line(change)
            if page and (len(page) == CHANGES_ON_A_PAGE or utf16_length(visible(lines(*page, line))) > room):
                yield page
                page = []
            page.append(line)
        if page:
            yield page

    def _line(self, change: _Change) -> Html:
        texts, era = self._texts, change.era
        name = change.past.scheme.short_name
        if era.level is None:
            return texts("history.gap", day=era.start, scheme=name)
        key = "history.about" if era.is_start_approximate else "history.change"
        note = texts("history.note", note=cut_to(era.note, NOTE_LIMIT)) if era.note else Html("")
        surety = texts.plain(f"surety.{era.surety}")
        return texts(key, day=era.start, scheme=name, level=era.level.name, note=note, surety=surety)


def _changes(pasts: list[Past]) -> list[_Change]:
    """List the beginning of every era, newest first; on the same day in the order of the schemes."""
    changes = [_Change(era.start, past, era) for past in pasts for era in past.eras]
    return sorted(changes, key=lambda change: change.day, reverse=True)
