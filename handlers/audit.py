"""/audit: the newest entries of the record in plain words, page by page, and the link by which all are fixed."""

from alerts.audit.entry import Entry, in_chat
from alerts.audit.record import Record, RecordPage
from alerts.errors import NotFound
from alerts.people.rights import Right
from handlers.choices import page_of, pager
from handlers.record_words import changes, to_whom, who_did
from handlers.screen import Ask, Reply
from handlers.texts import Html, Texts, join, lines

CHANGES_LIMIT = 220
"""UTF-16 units of what an entry says of before and after: a page of long ones still fits one message."""


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

    def _show(self, page: RecordPage) -> Reply:
        if page.newest is None:
            return Reply.of(self._texts("audit.none"))
        html = join(
            self._texts("audit.title", total=page.newest.number),
            *(self._entry(entry, page.names) for entry in page.entries),
            self._texts("audit.head", number=page.newest.number, seal=page.newest.seal),
        )
        return Reply.of(html, *pager(self._texts, page.window, self.kind, "page", page.top))

    def _entry(self, entry: Entry, names: dict[int, str]) -> Html:
        whom, changed = to_whom(self._texts, entry, names), changes(self._texts, entry, CHANGES_LIMIT)
        return lines(
            self._texts("audit.entry", number=entry.number, at=entry.at, what=entry.meaning),
            self._texts("audit.by", who=who_did(self._texts, entry, names), subject=entry.subject),
            self._texts("audit.whom", whom=whom) if whom else "",
            self._texts("audit.changes", changes=changed) if changed else "",
        )
