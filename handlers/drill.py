"""/drill: exercises, each with its page and its report; nothing here leads to a live alert, or from one."""

from alerts.delivery.states import DeliveryState
from alerts.drills.drill import IS_OPEN, Drill, DrillStatus
from alerts.drills.exercises import Exercises
from alerts.drills.report import DrillReport, PartReport, Silent
from alerts.errors import NotFound
from alerts.paging import Page
from alerts.people.rights import Right
from alerts.people.roster import Person
from handlers.choices import PAGE_SIZE, page_of, pager
from handlers.drill_write import WriteDrill
from handlers.reckoning import count_lines, reason_lines, span
from handlers.screen import Ask, Button, Reply, button_data, column, pairs
from handlers.texts import Html, Texts, join, lines

PLAN = "xpl"
"""The verb of the conversation in which an exercise is planned."""


class Drills:
    """Answers /drill, takes the buttons of an exercise's page, and 'I have read this' of its participants."""

    kind = "xdr"
    right = Right.DRILL

    def __init__(self, texts: Texts, exercises: Exercises, write: WriteDrill) -> None:
        self._texts = texts
        self._exercises = exercises
        self._write = write

    async def tell(self, _ask: Ask) -> Reply:
        """/drill: list the exercises, and offer to plan one."""
        return await self._list(0)

    async def press(self, ask: Ask) -> Reply:
        """Take a button of the list or of an exercise's page."""
        officer = _officer(ask)
        match ask.args:
            case ("list", _):
                return await self._list(page_of(ask.args))
            case ("silent", number, _) if number.isdecimal():
                return await self._silent(officer, int(number), page_of(ask.args))
            case (action, number) if number.isdecimal():
                return await self._act(ask, officer, action, int(number))
            case _:
                raise NotFound("the button is broken")

    async def acknowledge(self, ask: Ask) -> Reply:
        """Take 'I have read this'; who is no participant has no such message."""
        match ask.args:
            case (number,) if number.isdecimal():
                said = await self._exercises.acknowledge(int(number), ask.chat_id)
            case _:
                raise NotFound("the button is broken")
        key = "drill.read.first" if said.is_first else "drill.read.again"
        return Reply(notice=self._texts.plain(key, at=said.at))

    async def _act(self, ask: Ask, officer: Person, action: str, number: int) -> Reply:
        match action:
            case "show":
                return await self._page(number)
            case "write":
                return await self._write.begin(ask, await self._exercises.find(number))
            case "end":
                return self._ask_to_end(await self._exercises.find(number))
            case "ended":
                return await self._page((await self._exercises.end(number, officer)).id)
            case "stop":
                return await self._page((await self._exercises.stop(number, officer)).id)
            case _:
                raise NotFound("the button is broken")

    async def _list(self, number: int) -> Reply:
        page = Page.of(await self._exercises.newest(), number, PAGE_SIZE)
        entries = (
            self._button("drill.entry", "show", one.id, title=one.title, status=self._status(one)) for one in page.items
        )
        turns = pager(self._texts, page.window, self.kind, "list")
        new = Button(self._texts.plain("drill.new"), button_data(PLAN, "new"))
        return Reply.of(self._texts("drill.list"), *column(*entries), *turns, (new,))

    async def _page(self, number: int) -> Reply:
        report = await self._exercises.report(number)
        drill = report.drill
        rows: list[tuple[Button, ...]] = []
        if drill.status is DrillStatus.RUNNING:
            rows.append((self._button("drill.write", "write", drill.id),))
            rows += pairs(self._button("drill.end", "end", drill.id), self._button("drill.stop", "stop", drill.id))
        elif drill.status in IS_OPEN:
            rows.append((self._button("drill.call-off", "stop", drill.id),))
        rows.append(
            (self._button("drill.refresh", "show", drill.id), self._button("drill.silent", "silent", drill.id, 0))
        )
        rows.append((self._button("drill.back", "list", 0),))
        return Reply.of(self._report(report), *rows)

    def _report(self, report: DrillReport) -> Html:
        """Show an exercise, and what became of each of its messages."""
        drill = report.drill
        return join(
            self._texts("drill.banner"),
            lines(
                self._texts("drill.title", title=drill.title),
                self._texts("drill.times", begins_at=drill.begins_at, ends_at=drill.ends_at),
                self._texts("drill.status", status=self._status(drill)),
                self._texts("drill.reason", reason=drill.reason) if drill.reason else "",
                self._texts.count("drill.participants", report.participants),
            ),
            *(self._part(part) for part in report.parts[-PAGE_SIZE:]),
        )

    def _part(self, part: PartReport) -> Html:
        """Say who received a message, and who has read it, how soon."""
        title = self._texts(
            "drill.part",
            what=self._texts.plain(f"drill.part.{part.part}"),
            reference=part.alert.reference,
            moment=part.alert.sending_at,
        )
        sent = part.counted.counts[DeliveryState.SENT]
        read = self._texts("drill.part.read", number=part.acknowledged, sent=sent)
        if part.half_seconds is not None and part.slowest_seconds is not None:
            half, slowest = (span(self._texts, seconds) for seconds in (part.half_seconds, part.slowest_seconds))
            read = self._texts("drill.part.read.times", number=part.acknowledged, sent=sent, half=half, slowest=slowest)
        return lines(title, count_lines(self._texts, part.counted), reason_lines(self._texts, part.counted), read)

    async def _silent(self, officer: Person, number: int, page: int) -> Reply:
        """List who has not said to have read everything."""
        found = await self._exercises.silent(number, page, PAGE_SIZE, officer)
        turns = pager(self._texts, found.window, self.kind, "silent", number)
        return Reply.of(self._silent_lines(found), *turns, (self._button("drill.up", "show", number),))

    def _silent_lines(self, found: Silent) -> Html:
        if not found.window.total:
            return self._texts("drill.silent.none", title=found.drill.title)
        entries = []
        for one in found.listed:
            named = ", ".join(part for part in (one.name, one.organisation) if part)
            who = named or self._texts.plain("unreached.chat", number=str(one.chat_id))
            entries.append(self._texts.count("drill.silent.entry", one.unread, who=who))
        title = self._texts.count("drill.silent.title", found.window.total, title=found.drill.title)
        return join(title, lines(*entries))

    def _ask_to_end(self, drill: Drill) -> Reply:
        yes, no = self._button("drill.end.yes", "ended", drill.id), self._button("drill.end.no", "show", drill.id)
        return Reply.of(self._texts("drill.end.ask", title=drill.title), (yes,), (no,))

    def _status(self, drill: Drill) -> str:
        return self._texts.plain(f"drill.status.{drill.status}")

    def _button(self, key: str, *args: str | int, **values: object) -> Button:
        return Button(self._texts.plain(key, **values), button_data(self.kind, *args))


def _officer(ask: Ask) -> Person:
    if ask.person is None:
        raise NotFound("the person holds no role")
    return ask.person
