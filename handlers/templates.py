"""/templates: what there is to begin an alert from; a page for each, with its versions, and the way to change it."""

from collections.abc import Sequence

from alerts.errors import NotFound
from alerts.paging import Page
from alerts.people.rights import Right, may
from alerts.people.roster import Roster
from alerts.publishing.marking import Marking
from alerts.publishing.markup import read_html
from alerts.publishing.split import split_html
from alerts.subscribers.sectors import Directory
from alerts.templates.field import FieldKind, TemplateField
from alerts.templates.library import Library, Version
from handlers.choices import PAGE_SIZE, page_of, pager
from handlers.schedule import audience_line
from handlers.screen import Ask, Button, Reply, Rows, button_data, column, pairs
from handlers.texts import Html, Texts, join, lines

USE = "tus"
"""The verb of the button that begins an alert from a template."""

CHANGE = "tew"
"""The verb of the buttons that change templates."""

EDIT = "twe"
"""The verb of the button that opens the conversation in which a template is changed."""

SHOWN = 2_000
"""UTF-16 units of a template's text on its page: with its questions around it that is one message."""

OFFERED = 8
"""Templates on the first screen of /compose; the others stand in /templates."""


class Templates:
    """Answers /templates, and takes the buttons under what it shows; all of them hold after a restart too."""

    kind = "tem"
    right = Right.SEND_ALERTS

    def __init__(self, texts: Texts, library: Library, roster: Roster, directory: Directory) -> None:
        self._texts = texts
        self._library = library
        self._roster = roster
        self._names = (
            {sector.code: sector.name for sector in directory.sectors},
            {region.code: region.name for region in directory.regions},
        )

    async def tell(self, ask: Ask) -> Reply:
        """/templates: list them."""
        return await self._list(ask, 0)

    async def press(self, ask: Ask) -> Reply:
        """Take a button of the list, of a template's page, or of one of its versions."""
        match ask.args:
            case ("list", _):
                return await self._list(ask, page_of(ask.args))
            case ("show", code):
                return await self._page(ask, await self._library.current(code))
            case ("past", code, _):
                return await self._past(code, page_of(ask.args))
            case ("version", code, number) if number.isdecimal():
                return await self._version(ask, code, int(number))
            case _:
                raise NotFound("the button is broken")

    async def change(self, ask: Ask) -> Reply:
        """Take a button that changes what is in use: take it out of use, or take an earlier version again."""
        match ask.args:
            case ("drop", code, base) if base.isdecimal():
                return self._ask_to_retire(await self._library.current(code), int(base))
            case ("gone", code, base) if base.isdecimal():
                gone = await self._library.retire(code, ask.user_id, int(base))
                shown = self._texts("template.retired", title=gone.template.title)
                return Reply.of(shown, (self._button("template.back", "list", 0),))
            case ("take", code, number, base) if number.isdecimal() and base.isdecimal():
                old = await self._library.version(code, int(number))
                return await self._page(ask, await self._library.write(old.template, ask.user_id, int(base)))
            case _:
                raise NotFound("the button is broken")

    async def _list(self, ask: Ask, number: int) -> Reply:
        may_write = may(ask.role, Right.WRITE_TEMPLATES)
        known = [one for one in await self._library.everything() if may_write or not one.is_retired]
        page = Page.of(known, number, PAGE_SIZE)
        entries = (Button(self._label(one), button_data(self.kind, "show", one.code)) for one in page.items)
        rows = [*column(*entries), *pager(self._texts, page.window, self.kind, "list")]
        if may_write:
            rows.append((Button(self._texts.plain("template.new"), button_data("twr", "new")),))
        return Reply.of(self._texts("template.list" if known else "template.none"), *rows)

    async def _page(self, ask: Ask, version: Version) -> Reply:
        template = version.template
        rows: list[tuple[Button, ...]] = []
        if not version.is_retired and not template.is_for_drills:
            rows.append((Button(self._texts.plain("template.use"), button_data(USE, version.code)),))
        if may(ask.role, Right.WRITE_TEMPLATES):
            change = Button(self._texts.plain("template.change"), button_data(EDIT, version.code))
            drop = Button(
                self._texts.plain("template.retire"), button_data(CHANGE, "drop", version.code, version.number)
            )
            rows += pairs(change, *([] if version.is_retired else [drop]))
        rows.append((self._button("template.past", "past", version.code, 0), self._button("template.back", "list", 0)))
        return Reply.of(join(await self._facts(version), self._content(version)), *rows)

    async def _version(self, ask: Ask, code: str, number: int) -> Reply:
        """Show one version, with the way to take it again where it is not the one in use."""
        shown, current = await self._library.version(code, number), await self._library.current(code)
        rows: list[tuple[Button, ...]] = []
        if shown.number != current.number and may(ask.role, Right.WRITE_TEMPLATES):
            again = button_data(CHANGE, "take", code, number, current.number)
            rows.append((Button(self._texts.plain("template.again", number=number), again),))
        rows.append((self._button("template.past", "past", code, 0),))
        return Reply.of(join(await self._facts(shown), self._content(shown)), *rows)

    async def _past(self, code: str, number: int) -> Reply:
        """List the versions of a template, newest first."""
        versions = list(reversed(await self._library.versions(code)))
        page = Page.of(versions, number, PAGE_SIZE)
        rows: list[tuple[Button, ...]] = []
        for one in page.items:
            label = self._texts.plain("template.version", number=one.number, moment=one.written_at)
            rows.append((Button(label, button_data(self.kind, "version", code, one.number)),))
        rows += pager(self._texts, page.window, self.kind, "past", code)
        rows.append((self._button("template.up", "show", code),))
        return Reply.of(self._texts("template.versions", title=versions[0].template.title), *rows)

    def _ask_to_retire(self, version: Version, base: int) -> Reply:
        yes = Button(self._texts.plain("template.retire.yes"), button_data(CHANGE, "gone", version.code, base))
        no = self._button("template.retire.no", "show", version.code)
        return Reply.of(self._texts("template.retire.ask", title=version.template.title), (yes,), (no,))

    async def _facts(self, version: Version) -> Html:
        author = await self._roster.find(version.author) if version.author else None
        number = str(version.author)
        who = (author.name if author else "") or self._texts.plain("hold.who.user", number=number)
        key = "template.by" if version.author else "template.from-file"
        template = version.template
        return lines(
            self._texts("template.title", title=template.title),
            self._texts(key, number=version.number, moment=version.written_at, who=who),
            self._texts("template.out-of-use") if version.is_retired else "",
            self._texts("template.for-drills") if template.is_for_drills else "",
            self._texts(
                "template.frame",
                severity=self._texts.plain(f"severity.{template.severity}"),
                life=template.life,
                audience=audience_line(self._texts, template.audience, self._names),
            ),
            self._marking(template.marking) if not template.is_for_drills else "",
        )

    def _marking(self, marking: Marking | None) -> Html:
        """Say how far alerts begun from it may go, or that who begins one is asked."""
        if marking is None:
            return self._texts("template.unmarked")
        return self._texts("alert.marking", label=marking.label, words=self._texts(f"marking.{marking}"))

    def _content(self, version: Version) -> Html:
        """Show the texts with their fields, and the questions that fill them."""
        template = version.template
        first, *more = split_html(read_html(template.body).html, SHOWN)
        questions = [question_line(self._texts, one) for one in template.fields]
        return join(
            self._texts("drafts.headline", headline=template.headline),
            Html(first),
            self._texts("drafts.goes-on") if more else "",
            lines(self._texts("template.questions"), *questions) if questions else "",
        )

    def _label(self, version: Version) -> str:
        title = version.template.title
        return self._texts.plain("template.entry.retired", title=title) if version.is_retired else title

    def _button(self, key: str, *args: str | int) -> Button:
        return Button(self._texts.plain(key), button_data(self.kind, *args))


def question_line(texts: Texts, asked: TemplateField) -> Html:
    """Say in a line what a field stands for, and what it takes."""
    match asked.kind:
        case FieldKind.CHOICE:
            takes = texts("question.choice", choices=" · ".join(asked.choices))
        case FieldKind.TIME:
            takes = texts("question.time")
        case FieldKind.PAST:
            takes = texts("question.past")
        case FieldKind.LINE:
            takes = texts("question.line.optional" if asked.is_optional else "question.line", limit=asked.limit)
    return texts("question.entry", name=asked.name, ask=asked.ask, takes=takes)


def template_rows(texts: Texts, templates: Sequence[Version]) -> Rows:
    """Offer templates as buttons, two in a row, with the way to the others where there are more."""
    shown = [Button(one.template.title, button_data(USE, one.code)) for one in templates[:OFFERED]]
    more = (Button(texts.plain("template.more"), button_data(Templates.kind, "list", 0)),)
    return (*pairs(*shown), *((more,) if len(templates) > OFFERED else ()))
