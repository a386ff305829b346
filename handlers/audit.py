"""/audit: the newest entries of the record in plain words, page by page, and the link by which all are fixed."""

from typing import Any

from alerts.audit.entry import Door, Entry, in_chat
from alerts.audit.record import Page, Record
from alerts.errors import NotFound
from alerts.people.rights import Right
from alerts.text import cut_to
from handlers.choices import page_of
from handlers.screen import Ask, Button, Reply, button_data
from handlers.texts import Html, Texts, join, lines

CHANGES_LIMIT = 220
"""UTF-16 units of what an entry says of before and after: a page of long ones still fits one message."""

DIGEST_LENGTH, DIGEST_SHOWN = 64, 12
"""A digest in an entry is shown by its beginning; the export has all of it."""


class Audit:
    """Shows the record to owners and auditors."""

    kind = "aud"
    right = Right.AUDIT

    def __init__(self, texts: Texts, record: Record) -> None:
        self._texts = texts
        self._record = record

    async def tell(self, ask: Ask) -> Reply:
        """/audit: show the newest entries, and note that somebody looked."""
        return self._show(await self._record.open(in_chat(ask.user_id)))

    async def press(self, ask: Ask) -> Reply:
        """Turn the pages, which begin at the same entry whatever is noted meanwhile."""
        match ask.args:
            case ("page", top, _) if top.isdecimal():
                return self._show(await self._record.page(page_of(ask.args), int(top)))
            case _:
                raise NotFound("the button is broken")

    def _show(self, page: Page) -> Reply:
        if page.newest is None:
            return Reply.of(self._texts("audit.none"))
        html = join(
            self._texts("audit.title", total=page.newest.number),
            *(self._entry(entry, page.names) for entry in page.entries),
            self._texts("audit.head", number=page.newest.number, seal=page.newest.seal),
        )
        return Reply.of(html, *([self._pager(page)] if page.pages > 1 else []))

    def _entry(self, entry: Entry, names: dict[int, str]) -> Html:
        whom = self._whom(entry, names)
        return lines(
            self._texts("audit.entry", number=entry.number, at=entry.at, what=entry.meaning),
            self._texts("audit.by", who=self._who(entry, names), subject=entry.subject),
            self._texts("audit.whom", whom=whom) if whom else "",
            self._texts("audit.changes", changes=changes) if (changes := _changes(entry)) else "",
        )

    def _who(self, entry: Entry, names: dict[int, str]) -> str:
        """Name who did it, or the door where it was no person."""
        if entry.is_who_erased or entry.who is not None:
            who = self._texts.plain("audit.erased") if entry.is_who_erased else self._person(entry.who, names)
            return self._texts.plain("audit.through", who=who, place=entry.place)
        match entry.place:
            case Door.COMMAND_LINE:
                return self._texts.plain("audit.who.command-line")
            case Door.BOT:
                return self._texts.plain("audit.who.bot")
        return entry.place

    def _whom(self, entry: Entry, names: dict[int, str]) -> str:
        """Name to whom it was done; "" for nobody, and for who did it to themselves."""
        if entry.is_whom_erased:
            return self._texts.plain("audit.erased")
        return self._person(entry.whom, names) if entry.whom not in {None, entry.who} else ""

    def _person(self, user_id: int | None, names: dict[int, str]) -> str:
        name = names.get(user_id or 0)
        shown = str(user_id)
        return (
            self._texts.plain("audit.named", name=name, id=shown) if name else self._texts.plain("audit.id", id=shown)
        )

    def _pager(self, page: Page) -> tuple[Button, ...]:
        def turn(key: str, number: int) -> Button:
            label = self._texts.plain(key, page=page.number + 1, pages=page.pages)
            return Button(label, button_data(self.kind, "page", page.top, number % page.pages))

        previous, following = turn("page.previous", page.number - 1), turn("page.next", page.number + 1)
        return previous, turn("page.here", page.number), following


def _changes(entry: Entry) -> str:
    """Put what changed on one line, such as `role: officer → lead`."""
    told = []
    for name in dict.fromkeys([*entry.before, *entry.after]):
        sides = [_value(side[name]) for side in (entry.before, entry.after) if side.get(name) not in {None, ""}]
        told.append(f"{name.replace('_', ' ')}: {' → '.join(sides)}" if sides else "")
    line = "; ".join(part for part in told if part)
    cut = cut_to(line, CHANGES_LIMIT)
    return cut if cut == line else f"{cut} …"


def _value(value: Any) -> str:
    match value:
        case list():
            return ", ".join(map(_value, value)) or "–"
        case str() if len(value) == DIGEST_LENGTH and value.isalnum():
            return f"{value[:DIGEST_SHOWN]}…"
    return str(value)
