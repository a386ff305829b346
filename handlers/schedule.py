"""/schedule: what goes out by itself; a list with a page for each, where it is paused, resumed or removed."""

from collections.abc import Sequence
from typing import ClassVar

from alerts.clock import Clock
from alerts.errors import NotAllowed, NotFound
from alerts.paging import Page
from alerts.people.notices import Notice
from alerts.people.rights import Right, may
from alerts.publishing.alert import Audience
from alerts.publishing.scope import reaches
from alerts.schedule.clockwork import Clockwork
from alerts.schedule.recurrence import Recurrence
from alerts.schedule.schedule import Push, Schedule, ScheduleStatus
from alerts.schedule.timetable import Timetable
from alerts.subscribers.sectors import Directory
from handlers.alert_message import AlertMessage
from handlers.choices import PAGE_SIZE, page_of, pager
from handlers.screen import Ask, Button, Reply, Rows, Screen, button_data, column, pairs
from handlers.texts import Html, Texts, join, lines

Names = tuple[dict[str, str], dict[str, str]]
"""The names of sectors and of regions, by code."""


class Schedules:
    """Shows the timetable and takes its buttons; adding one is a conversation of its own (handlers/schedule_add.py)."""

    kind = "sch"
    approval_kind = "sap"
    right = Right.SCHEDULE
    actions: ClassVar = {"list": Right.SEE_ALERTS, "show": Right.SEE_ALERTS}

    def __init__(
        self,
        texts: Texts,
        timetable: Timetable,
        directory: Directory,
        clockwork: Clockwork,
        message: AlertMessage,
        clock: Clock,
    ) -> None:
        self._clockwork = clockwork
        self._message = message
        self._texts = texts
        self._timetable = timetable
        self._clock = clock
        self._sectors = {sector.code: sector.name for sector in directory.sectors}
        self._regions = {region.code: region.name for region in directory.regions}

    async def tell(self, ask: Ask) -> Reply:
        """/schedule: list every schedule with its next time; who sets up none sees those that reach their sectors."""
        return await self._list(ask, 0)

    async def press(self, ask: Ask) -> Reply:
        """Take a button of the list or of a schedule's page."""
        match ask.args:
            case ("list", _):
                return await self._list(ask, page_of(ask.args))
            case (action, number) if number.isdecimal():
                return await self._act(ask, action, int(number))
            case _:
                raise NotFound("the button is broken")

    async def _act(self, ask: Ask, action: str, number: int) -> Reply:
        match action:
            case "show":
                schedule = await self._timetable.find(number)
                if not _concerns(ask, schedule):
                    raise NotAllowed("this schedule is for other sectors than yours")
                return self._page(ask, schedule)
            case "pause":
                return self._page(ask, await self._timetable.pause(number, ask.person))
            case "resume":
                return self._page(ask, await self._timetable.resume(number, ask.person))
            case "remove":
                return self._ask_to_remove(await self._timetable.find(number))
            case "gone":
                gone = await self._timetable.remove(number, ask.person)
                return Reply.of(self._texts("schedule.removed", name=gone.plan.name))
            case _:
                raise NotFound("the button is broken")

    async def press_approval(self, ask: Ask) -> Reply:
        """Take a second person's answer to a schedule that somebody else has made."""
        match ask.args:
            case ("yes" | "no" as answer, number) if number.isdecimal() and ask.person is not None:
                if answer == "yes":
                    return self._page(ask, await self._timetable.approve(int(number), ask.person))
                refused = await self._timetable.refuse(int(number), ask.person)
                return Reply.of(self._texts("schedule.refused", name=refused.plan.name))
            case _:
                raise NotFound("the button is broken")

    async def proposal(self, notice: Notice) -> tuple[Screen, ...]:
        """Show a schedule that waits for a second person, with what it would send; nothing once that is settled."""
        try:
            schedule = await self._timetable.find(notice.details["schedule"])
        except NotFound:
            return ()
        if schedule.status is not ScheduleStatus.PROPOSED:
            return ()
        draft = await self._clockwork.preview(schedule.plan, schedule.id)
        html = join(self._texts("schedule.proposed"), self._facts(schedule))
        return (*self._message.sketch(draft.content), Screen(html, self._answers(schedule)))

    def _answers(self, schedule: Schedule) -> Rows:
        yes = Button(self._texts.plain("schedule.approve"), button_data(self.approval_kind, "yes", schedule.id))
        no = Button(self._texts.plain("schedule.refuse"), button_data(self.approval_kind, "no", schedule.id))
        return ((yes, no),)

    async def _list(self, ask: Ask, number: int) -> Reply:
        known = [schedule for schedule in await self._timetable.everything() if _concerns(ask, schedule)]
        page = Page.of(known, number, PAGE_SIZE)
        rows = [*column(*map(self._entry, page.items)), *pager(self._texts, page.window, self.kind, "list")]
        if may(ask.role, Right.SCHEDULE):
            rows.append((Button(self._texts.plain("schedule.add"), button_data("sad", "new")),))
        some = "schedule.list" if may(ask.role, self.right) else "schedule.list.read"
        return Reply.of(self._texts(some if known else "schedule.none"), *rows)

    def _entry(self, schedule: Schedule) -> Button:
        when = self._texts.when(schedule.next.at) if schedule.next else self._status(schedule)
        label = self._texts.plain("schedule.entry", name=schedule.plan.name, when=when)
        return Button(label, button_data(self.kind, "show", schedule.id))

    def _facts(self, schedule: Schedule) -> Html:
        """Say what a schedule sends, when, to whom, and its next three times."""
        plan = schedule.plan
        return join(
            self._texts("schedule.title", name=plan.name),
            lines(
                self._texts("schedule.pushes", what=self._what(schedule)),
                self._texts("schedule.rule", rule=plan.recurrence.rule, zone=plan.recurrence.zone.key),
                self._texts("schedule.end", ends_at=plan.ends_at) if plan.ends_at else "",
                respected(self._texts, plan.recurrence),
                self._texts("schedule.audience", audience=audience_of(self._texts, schedule, self._names())),
                self._texts("schedule.status", status=self._status(schedule)),
            ),
            next_times(self._texts, [firing.at for firing in schedule.upcoming(self._clock.now())]),
        )

    def _page(self, ask: Ask, schedule: Schedule) -> Reply:
        """Show one schedule with what this person can do about it."""
        is_asked = schedule.status is ScheduleStatus.PROPOSED and may(ask.role, Right.APPROVE)
        answers = self._answers(schedule) if is_asked else ()
        toggle = {ScheduleStatus.ACTIVE: "pause", ScheduleStatus.PAUSED: "resume"}.get(schedule.status)
        changes = ([toggle] if toggle else []) + ["remove"] if may(ask.role, self.right) else []
        buttons = [self._button(f"schedule.{action}", action, schedule.id) for action in changes]
        return Reply.of(self._facts(schedule), *answers, *pairs(*buttons), (self._button("schedule.back", "list", 0),))

    def _ask_to_remove(self, schedule: Schedule) -> Reply:
        yes = self._button("schedule.remove.yes", "gone", schedule.id)
        no = self._button("schedule.remove.no", "show", schedule.id)
        return Reply.of(self._texts("schedule.remove.ask", name=schedule.plan.name), (yes,), (no,))

    def _what(self, schedule: Schedule) -> str:
        plan = schedule.plan
        what = self._texts.plain(f"schedule.push.{plan.push}")
        detail = {Push.BRIEFING: plan.briefing or plan.headline, Push.REMINDER: plan.headline}.get(plan.push, "")
        return f"{what}: {detail}" if detail else what

    def _status(self, schedule: Schedule) -> str:
        status = self._texts.plain(f"schedule.status.{schedule.status}")
        return f"{status} ({schedule.reason})" if schedule.reason else status

    def _names(self) -> Names:
        return self._sectors, self._regions

    def _button(self, key: str, action: str, number: int) -> Button:
        return Button(self._texts.plain(key), button_data(self.kind, action, number))


def _concerns(ask: Ask, schedule: Schedule) -> bool:
    """Tell whether somebody sees a schedule: who sets them up sees all, since all go out from one hub."""
    if ask.person is None:
        return False
    return may(ask.role, Right.SCHEDULE) or reaches(ask.person, schedule.plan.audience)


def audience_of(texts: Texts, schedule: Schedule, names: Names) -> str:
    """Say whom a schedule is for, in a line."""
    return audience_line(texts, schedule.plan.audience, names)


def audience_line(texts: Texts, audience: Audience, names: Names) -> str:
    """Name sectors and regions, none means all; the levels go to those alone who receive their changes."""
    of_sectors, of_regions = names
    if audience.levels_only and not audience.sectors and not audience.regions:
        return texts.plain("alert.for.levels")
    chosen = texts.listing([of_sectors.get(code, code) for code in audience.sectors])
    where = texts.listing([of_regions.get(code, code) for code in audience.regions])
    line = " · ".join(part for part in (chosen or texts.plain("alert.for.all-sectors"), where) if part)
    return texts.plain("schedule.audience.levels", audience=line) if audience.levels_only else line


def respected(texts: Texts, recurrence: Recurrence) -> Html:
    """Say which bank holidays and office hours a schedule respects, and what becomes of a firing then."""
    holidays, office = recurrence.restraint.holidays, recurrence.restraint.office
    found: list[Html] = []
    if holidays is not None:
        leaves_out = recurrence.leaves_holidays_out
        found.append(texts("schedule.holidays.skip" if leaves_out else "schedule.holidays.move", place=holidays.place))
    if office is not None:
        key = "schedule.office" if holidays is None else "schedule.office.holidays"
        found.append(texts(key, opens=f"{office.opens:%H:%M}", closes=f"{office.closes:%H:%M}"))
    return lines(*found)


def next_times(texts: Texts, moments: Sequence[object]) -> Html:
    """List the next times, one a line."""
    if not moments:
        return Html("")
    return lines(texts("schedule.next"), *(texts("schedule.time", moment=moment) for moment in moments))
