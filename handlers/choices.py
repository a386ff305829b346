"""Lists page by page: the buttons that turn them, and choosing several things by ticks, such as sectors and regions."""

from collections.abc import Sequence

from alerts.paging import Page, Window
from alerts.store.conversations import Conversation
from handlers.conversation import present_step, step_button
from handlers.screen import Button, Rows, button_data, column
from handlers.texts import Texts

PAGE_SIZE = 8
"""Entries on one page: what a phone shows without scrolling."""

PAGE_DIGITS = 6
"""Digits of a page's number at most: a million contacts fill more than 100,000 pages."""


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
        shown = Page.of(self.codes, page, PAGE_SIZE)
        ticks = (self._tick(conversation, code, code in chosen, shown.window.number) for code in shown.items)
        return (*column(*ticks), *pager(self._texts, shown.window, *present_step(conversation), "page"))

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


def pager(
    texts: Texts,
    window: Window,
    verb: str,
    *args: str | int,
    previous: str = "page.previous",
    following: str = "page.next",
) -> Rows:
    """Give the row of buttons that turns the pages of a list in a circle; there is none for a single page.

    Args:
        texts: the catalogue.
        window: the page that is shown.
        verb: what takes the presses.
        args: what their data begins with; the page that is asked for comes last, and `page_of` reads it there.
        previous: the key of the words on the button to the page before.
        following: of that to the next one.
    """
    if window.pages == 1:
        return ()
    here = texts.plain("page.here", page=window.number + 1, pages=window.pages)
    labels = enumerate((texts.plain(previous), here, texts.plain(following)), window.number - 1)
    return (tuple(Button(label, button_data(verb, *args, number % window.pages)) for number, label in labels),)


def page_of(args: tuple[str, ...]) -> int:
    """Read the page that a press asks for; nonsense means the first."""
    number = args[-1] if args else ""
    return int(number) if number.isdecimal() and len(number) <= PAGE_DIGITS else 0
