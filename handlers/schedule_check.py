"""The last look at a schedule before it is added: its message as it would be now, its times, and what it respects."""

from alerts.clock import Clock
from alerts.publishing.desk import Desk
from alerts.publishing.marking import Marking
from alerts.schedule.clockwork import Clockwork
from alerts.schedule.contents import Draft
from alerts.schedule.places import Place, find_place
from alerts.schedule.restraint import OfficeHours
from alerts.schedule.schedule import Plan, Push
from alerts.schedule.timetable import Timetable
from alerts.store.conversations import Conversation, Conversations
from handlers.alert_message import AlertMessage
from handlers.conversation import preview_of, step_button
from handlers.marking_words import left_out_words
from handlers.schedule import Names, audience_line, next_times, respected
from handlers.screen import Button, Reply, Rows, Screen
from handlers.texts import Html, Texts, join, lines

USUAL_HOURS = "09:00-17:00"
"""The office hours that a button offers."""


class ScheduleCheck:
    """Shows a plan whole, and takes what it is to respect."""

    def __init__(
        self,
        *,
        texts: Texts,
        timetable: Timetable,
        conversations: Conversations,
        desk: Desk,
        clockwork: Clockwork,
        message: AlertMessage,
        names: Names,
        holidays: Place,
        clock: Clock,
    ) -> None:
        self._texts = texts
        self._timetable = timetable
        self._conversations = conversations
        self._desk = desk
        self._clockwork = clockwork
        self._message = message
        self._names = names
        self._holidays = holidays
        self._clock = clock

    async def show(self, conversation: Conversation, plan: Plan, footer: tuple[Button, ...]) -> Reply:
        """Show the message as it would be now, and under it when it goes out, and to how many people as of now."""
        draft = await self._clockwork.preview(plan)

        async def keep(shown: tuple[int, ...]) -> None:
            await self._conversations.advance(conversation, "check", preview=list(shown[:-1]))

        question = await self._question(conversation, plan, draft, footer)
        message = self._message.sketch(draft.content)
        return Reply((*message, question), removes=preview_of(conversation), on_shown=keep)

    async def again(self, conversation: Conversation, plan: Plan, footer: tuple[Button, ...]) -> Reply:
        """Show what stands under the message once more, in its place; the message stays as it is."""
        draft = await self._clockwork.preview(plan)
        return Reply((await self._question(conversation, plan, draft, footer),))

    def toggled(self, what: str, data: dict[str, str]) -> dict[str, str]:
        """Give the answer that a tap on `holidays` or `office` makes of the present one."""
        usual = {"holidays": self._holidays.code, "office": USUAL_HOURS}[what]
        return {what: "" if data.get(what) else usual}

    def next_marking(self, plan: Plan) -> Marking:
        """Give the marking that a tap makes of the present one: the next stricter one, and then the widest."""
        markings = [marking for marking in Marking if not marking.rule.is_named_only]
        return markings[(plan.audience.marking.rank + 1) % len(markings)]

    def typed(self, text: str) -> dict[str, str] | None:
        """Read hours such as `08:30-18:00` or a place such as `GB-SCT`; None for anything else.

        Raises:
            InvalidInput: it looks like one of them and is none.
        """
        text = text.strip()
        if ":" in text:
            return {"office": str(OfficeHours.parse(text))}
        if len(text) == len("GB") or text[len("GB") : len("GB-")] in {"-", "/"}:
            return {"holidays": find_place(text).code}
        return None

    async def _question(
        self, conversation: Conversation, plan: Plan, draft: Draft, footer: tuple[Button, ...]
    ) -> Screen:
        plan = self._timetable.check(plan)
        recipients = await self._desk.count_recipients(plan.audience)
        left_out = await self._desk.count_left_out(plan.audience)
        times = [firing.at for firing in plan.recurrence.upcoming(self._clock.now(), until=plan.ends_at)]
        html = join(
            self._texts("schedule.check", name=plan.name),
            lines(
                self._texts("schedule.pushes", what=self._texts.plain(f"schedule.push.{plan.push}")),
                self._texts("schedule.rule", rule=plan.recurrence.rule, zone=plan.recurrence.zone.key),
                self._texts("schedule.end", ends_at=plan.ends_at) if plan.ends_at else "",
                respected(self._texts, plan.recurrence),
                self._texts("schedule.audience", audience=audience_line(self._texts, plan.audience, self._names)),
                self._marking(plan.audience.marking),
                self._texts.count("schedule.recipients", recipients),
                left_out_words(self._texts, plan.audience, left_out),
            ),
            next_times(self._texts, times),
            self._said_of(draft),
            self._texts("schedule.respect"),
        )
        add = step_button(conversation, self._texts.plain("schedule.confirm"), "add")
        return Screen(html, ((add,), *self._ticks(conversation, plan), footer))

    def _marking(self, marking: Marking) -> Html:
        return self._texts("schedule.marking", label=marking.label, words=self._texts(f"marking.{marking}"))

    def _said_of(self, draft: Draft) -> Html:
        return lines(
            self._texts("schedule.silent") if draft.is_silent else "",
            self._texts.count("schedule.left-out", draft.left_out) if draft.left_out else "",
        )

    def _ticks(self, conversation: Conversation, plan: Plan) -> Rows:
        restraint = plan.recurrence.restraint
        place = restraint.holidays.place if restraint.holidays else self._holidays.place
        holidays = self._texts.plain("schedule.respect.holidays", place=place)
        office = self._texts.plain("schedule.respect.office", hours=restraint.office or USUAL_HOURS)
        marks = ["choice.off" if chosen is None else "choice.on" for chosen in (restraint.holidays, restraint.office)]
        marking = self._texts.plain("schedule.mark", label=plan.audience.marking.label)
        return (
            *(((step_button(conversation, marking, "marking"),),) if plan.push is not Push.LEVEL else ()),
            (step_button(conversation, self._texts.plain(marks[0], name=holidays), "holidays"),),
            (step_button(conversation, self._texts.plain(marks[1], name=office), "office"),),
        )
