"""Choosing several things from a list by ticks, page by page: sectors and regions, for contacts and officers alike."""

from collections.abc import Sequence

from alerts.store.conversations import Conversation
from handlers.conversation import step_button
from handlers.screen import Button, Rows
from handlers.texts import Texts

PAGE_SIZE = 8
"""Choices on one page: what a phone shows without scrolling."""


class Choices:
    """A list with ticks as rows of buttons. Presses come back as `toggle:<code>:<page>`, `page:<n>`, `done`.

    Args:
        texts: the catalogue.
        names: each code with what people read, in the order of the pages.
    """

    def __init__(self, texts: Texts, names: dict[str, str]) -> None:
        self._texts = texts
        self._names = names

    @property
    def codes(self) -> list[str]:
        """Every code, in order."""
        return list(self._names)

    def rows(self, conversation: Conversation, chosen: Sequence[str], page: int) -> Rows:
        """Lay out one page, with ticks at what is chosen."""
        codes = self.codes
        pages = -(-len(codes) // PAGE_SIZE)
        page = max(0, min(page, pages - 1))
        shown = codes[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
        rows: list[tuple[Button, ...]] = [(self._tick(conversation, code, code in chosen, page),) for code in shown]
        if pages > 1:
            rows.append(self._pager(conversation, page, pages))
        return tuple(rows)

    def toggled(self, chosen: Sequence[str], code: str) -> list[str]:
        """Give the choice with one code added, or taken out; an unknown code changes nothing."""
        if code not in self._names:
            return list(chosen)
        return [other for other in self.codes if (other in chosen) != (other == code)]

    def named(self, chosen: Sequence[str]) -> list[str]:
        """Give the names of what is chosen; a code that the data has lost is shown as it is."""
        return [self._names.get(code, code) for code in chosen]

    def _tick(self, conversation: Conversation, code: str, is_chosen: bool, page: int) -> Button:
        mark = "choice.on" if is_chosen else "choice.off"
        return step_button(conversation, self._texts.plain(mark, name=self._names[code]), "toggle", code, page)

    def _pager(self, conversation: Conversation, page: int, pages: int) -> tuple[Button, ...]:
        previous = step_button(conversation, self._texts.plain("page.previous"), "page", (page - 1) % pages)
        following = step_button(conversation, self._texts.plain("page.next"), "page", (page + 1) % pages)
        here = step_button(conversation, self._texts.plain("page.here", page=page + 1, pages=pages), "page", page)
        return (previous, here, following)


def page_of(args: tuple[str, ...]) -> int:
    """Read the page that a press asks for; nonsense means the first."""
    number = args[-1] if args else ""
    return int(number) if number.isdecimal() and len(number) < 4 else 0  # noqa: PLR2004 - no list has 1,000 pages
