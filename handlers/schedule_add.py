"""Adding a schedule: what it sends, when, to whom, its name; nothing is scheduled before the last button."""

from dataclasses import replace
from typing import Any

from alerts.briefings.fields import FIELDS
from alerts.clock import Clock
from alerts.errors import InvalidInput
from alerts.people.rights import Right
from alerts.publishing.briefings import Briefings
from alerts.publishing.desk import Desk
from alerts.publishing.markup import visible
from alerts.publishing.split import first_line
from alerts.schedule.clockwork import Clockwork
from alerts.schedule.places import Place
from alerts.schedule.recurrence import Pattern
from alerts.schedule.schedule import Plan, Push, ScheduleStatus
from alerts.schedule.timetable import Timetable
from alerts.schedule.when import read_when
from alerts.store.conversations import Conversation, Conversations
from alerts.subscribers.sectors import Directory
from alerts.text import utf16_length
from handlers.alert_message import AlertMessage
from handlers.choices import Choices, page_of
from handlers.conversation import LEAST_CUT, TYPED, ask_again, forget_typed, preview_of, step_button
from handlers.schedule_answers import plan_of, read_text
from handlers.schedule_check import ScheduleCheck
from handlers.screen import Ask, Button, Reply, Rows
from handlers.texts import Html, Texts, lines

STEPS = ("push", "briefing", "text", "when", "sectors", "regions", "name", "check")
EXAMPLES = ("daily 08:00", "weekly mon,tue,wed,thu,fri 08:00", "weekly mon 08:00", "monthly 1 08:00")
LONGEST_TIME = 100
"""Characters of a text that may be a time; one that is longer and only begins like one goes on with the text."""

SKIPPED: dict[Push, frozenset[str]] = {
    Push.LEVEL: frozenset({"briefing", "text"}),
    Push.BRIEFING: frozenset({"text"}),
    Push.REMINDER: frozenset({"briefing"}),
}
"""The steps that a push has no need of; a briefing of one's own needs its text."""


class AddSchedule:
    """The conversation in which an officer adds a schedule."""

    kind = "sad"
    right = Right.SCHEDULE
    takes_files = False

    def __init__(
        self,
        *,
        texts: Texts,
        timetable: Timetable,
        conversations: Conversations,
        directory: Directory,
        briefings: Briefings,
        desk: Desk,
        clockwork: Clockwork,
        message: AlertMessage,
        holidays: Place,
        clock: Clock,
    ) -> None:
        self._texts = texts
        self._timetable = timetable
        self._conversations = conversations
        self._briefings = briefings
        self._clock = clock
        self._sectors = {sector.code: sector.name for sector in directory.sectors}
        self._regions = {region.code: region.name for region in directory.regions}
        self._last_look = ScheduleCheck(
            texts=texts,
            timetable=timetable,
            conversations=conversations,
            desk=desk,
            clockwork=clockwork,
            message=message,
            names=(self._sectors, self._regions),
            holidays=holidays,
            clock=clock,
        )

    async def start(self, ask: Ask) -> Reply:
        """Begin."""
        scope = list(ask.person.sectors) if ask.person else []
        return await self.show(await self._conversations.open(ask.chat_id, self.kind, "push", {"scope": scope}))

    async def show(self, conversation: Conversation) -> Reply:
        """Ask what the present step asks, or show it all once more."""
        if conversation.step == "check":
            plan = self._timetable.check(self._planned(conversation.data))
            return await self._last_look.show(conversation, plan, self._footer(conversation))
        return self._question(conversation, 0)

    async def answer(self, ask: Ask, conversation: Conversation) -> Reply:
        """Take a typed text, time or name; the other steps want a button.

        What is typed directly after a text is its continuation, unless that text is whole or this begins like a time.
        """
        if _continues(conversation, ask.text):
            return await self._continue_text(ask, conversation)
        conversation = await forget_typed(self._conversations, conversation)
        match conversation.step:
            case "text":
                first, rest = first_line(ask.html)
                headline, body = read_text(conversation.data, visible(first), rest or first)
                typed = {TYPED: utf16_length(ask.text)}
                return await self._go(conversation, headline=headline, body=body, **typed)
            case "when":
                return await self._take_when(conversation, ask.text)
            case "name":
                return await self._take_name(conversation, ask.text)
            case "check" if (respects := self._last_look.typed(ask.text)) is not None:
                return replace(await self.show(await self._respect(conversation, respects)), replaces=False)
            case _:
                raise InvalidInput("button-wanted", "this step wants a button")

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a button of the present step."""
        match args:
            case ("push", push) if push in set(Push) and conversation.step == "push":
                return await self._go(conversation, push=push, briefing="", own=False)
            case ("briefing", code) if conversation.step == "briefing":
                return await self._go(conversation, briefing=self._briefings.briefing(code).code, own=False)
            case ("own",) if conversation.step == "briefing":
                return await self._go(conversation, briefing="", own=True)
            case ("suggested",) if conversation.step == "when" and self._suggested(conversation):
                return await self._take_when(conversation, self._suggested(conversation))
            case ("when", number) if number in {str(index) for index in range(len(EXAMPLES))}:
                return await self._take_when(conversation, EXAMPLES[int(number)])
            case ("named",) if conversation.step == "name":
                return await self._take_name(conversation, self._usual_name(conversation.data))
            case ("holidays" | "office" as what,) if conversation.step == "check":
                respecting = await self._respect(conversation, self._last_look.toggled(what, conversation.data))
                plan = self._timetable.check(self._planned(respecting.data))
                return await self._last_look.again(respecting, plan, self._footer(respecting))
            case ("add",) if conversation.step == "check":
                added = await self._timetable.add(self._planned(conversation.data), ask.person)
                await self._conversations.end(ask.chat_id)
                waits = added.status is ScheduleStatus.PROPOSED
                done = Reply.of(
                    self._texts("schedule.added.waits" if waits else "schedule.added", name=added.plan.name)
                )
                return replace(done, removes=preview_of(conversation))
            case ("back",):
                earlier = await self._conversations.advance(conversation, _before(conversation))
                return replace(await self.show(earlier), removes=preview_of(conversation))
            case _:
                return await self._choose(conversation, args)

    async def _continue_text(self, ask: Ask, conversation: Conversation) -> Reply:
        data = conversation.data
        _, body = read_text(data, data["headline"], f"{data['body']}\n\n{ask.html}")
        typed = {TYPED: utf16_length(ask.text)}
        longer = await self._conversations.advance(conversation, conversation.step, body=body, **typed)
        length = utf16_length(visible(body))
        return ask_again(self._texts("compose.continued", length=length), await self.show(longer))

    async def _take_when(self, conversation: Conversation, text: str) -> Reply:
        when = read_when(text, self._texts.zone, self._clock.now())
        ends_at = when.ends_at.isoformat() if when.ends_at else None
        recurrence = when.recurrence
        if recurrence.after(self._clock.now(), until=when.ends_at) is None:
            raise InvalidInput("schedule-past", "it would never fire")
        return await self._go(conversation, rule=recurrence.rule, zone=recurrence.zone.key, ends_at=ends_at)

    async def _respect(self, conversation: Conversation, answer: dict[str, str]) -> Conversation:
        """Note which bank holidays or office hours count; a plan that would never fire for them is refused."""
        self._timetable.check(self._planned(conversation.data | answer))
        return await self._conversations.advance(conversation, conversation.step, **answer)

    async def _take_name(self, conversation: Conversation, name: str) -> Reply:
        """Go on to the check, unless it would refuse the name: there it could not be written again."""
        plan = await self._timetable.check_new(self._planned(conversation.data | {"name": name}))
        return await self._go(conversation, name=plan.name)

    async def _choose(self, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a tick, a page, 'all' or 'done' of the sectors or regions."""
        step = conversation.step
        if step == "check" and args == ("marking",):
            marking = self._last_look.next_marking(self._timetable.check(self._planned(conversation.data)))
            return await self.show(await self._conversations.advance(conversation, step, marking=marking))
        if step not in {"sectors", "regions"}:
            return await self.show(conversation)
        chosen = conversation.data.get(step, [])
        misses = step == "sectors" and conversation.data["scope"] and not chosen
        match args:
            case ("toggle", code, _):
                toggled = self._choices(conversation).toggled(chosen, code)
                changed = await self._conversations.advance(conversation, step, **{step: toggled})
                return self._question(changed, page_of(args))
            case ("all" | "done",) if misses:
                return replace(self._question(conversation, 0), notice=self._texts.plain("compose.sectors.none"))
            case ("all",):
                return await self._go(conversation, **{step: []})
            case ("done",):
                return await self._go(conversation)
            case _:
                return self._question(conversation, page_of(args))

    async def _go(self, conversation: Conversation, **answers: object) -> Reply:
        """Note answers and go to the next step that this push needs."""
        answers = {TYPED: 0} | answers
        data = conversation.data | answers
        return await self.show(
            await self._conversations.advance(conversation, _neighbour(conversation.step, data, 1), **answers)
        )

    def _question(self, conversation: Conversation, page: int) -> Reply:
        rows = self._buttons(conversation, page)
        is_own = conversation.step == "text" and conversation.data.get("own")
        asked = self._ask_for_briefing() if is_own else self._texts(f"schedule.ask.{conversation.step}")
        return Reply.of(asked, *rows, self._footer(conversation))

    def _ask_for_briefing(self) -> Html:
        """Ask for a text with fields, and list those there are."""
        fields = [
            self._texts("schedule.field", code=f"{{{{ {one.name} }}}}", gives=one.gives)  # the code of a template
            for one in FIELDS
        ]
        return self._texts("schedule.ask.text.briefing", fields=lines(*fields), example="{{ alerts }}")

    def _suggested(self, conversation: Conversation) -> str:
        """Give the rule that a stored briefing suggests, "" where there is none."""
        code = conversation.data.get("briefing") if conversation.data["push"] == Push.BRIEFING else ""
        return self._briefings.briefing(code).suggested if code else ""

    def _buttons(self, conversation: Conversation, page: int) -> Rows:
        def button(label: str, *args: str | int) -> Button:
            return step_button(conversation, label, *args)

        match conversation.step:
            case "push":
                return tuple((button(self._texts.plain(f"schedule.push.{push}"), "push", push),) for push in Push)
            case "briefing":
                stored = [(button(stored.title, "briefing", stored.code),) for stored in self._briefings.all]
                return (*stored, (button(self._texts.plain("schedule.briefing.own"), "own"),))
            case "when":
                labels = [self._texts.plain(f"schedule.example.{number}") for number in range(len(EXAMPLES))]
                usual = tuple((button(label, "when", number),) for number, label in enumerate(labels))
                rule = self._suggested(conversation)
                return (
                    ((button(self._texts.plain("schedule.suggested", rule=rule), "suggested"),), *usual)
                    if rule
                    else usual
                )
            case "name":
                return ((button(self._usual_name(conversation.data), "named"),),)
            case "sectors" | "regions" as step:
                chosen = conversation.data.get(step, [])
                rows = self._choices(conversation).rows(conversation, chosen, page)
                done = button(self._texts.plain("choice.done", number=len(chosen)), "done")
                every = button(self._texts.plain(f"compose.all-{step}"), "all")
                limited = step == "sectors" and conversation.data["scope"]
                return (*rows, (done,)) if chosen or limited else (*rows, (every,))
            case _:
                return ()

    def _choices(self, conversation: Conversation) -> Choices:
        if conversation.step == "regions":
            return Choices(self._texts, self._regions)
        scope = conversation.data["scope"]
        return Choices(self._texts, {code: name for code, name in self._sectors.items() if not scope or code in scope})

    def _planned(self, data: dict[str, Any]) -> Plan:
        return plan_of(data, self._clock.now())

    def _usual_name(self, data: dict[str, Any]) -> str:
        """Offer a name made of what it sends and when."""
        what = self._texts.plain(f"schedule.push.{data['push']}")
        return f"{what}, {data['rule']}"[:48]

    def _footer(self, conversation: Conversation) -> tuple[Button, ...]:
        leave = step_button(conversation, self._texts.plain("flow.cancel"), "cancel")
        if conversation.step == "push":
            return (leave,)
        return (step_button(conversation, self._texts.plain("flow.back"), "back"), leave)


def _neighbour(step: str, data: dict[str, Any], way: int) -> str:
    """Name the next step, or with -1 the one before, leaving out those that the push has no need of."""
    skipped = SKIPPED[Push(data["push"])] if "push" in data else frozenset()
    if data.get("own"):
        skipped -= {"text"}
    steps = [one for one in STEPS if one not in skipped or one == step]
    return steps[max(0, min(steps.index(step) + way, len(steps) - 1))]


def _continues(conversation: Conversation, text: str) -> bool:
    """Tell whether what is typed is the second half of the text before it, and not the time that is asked for."""
    is_time = len(text) <= LONGEST_TIME and text.lower().startswith(tuple(Pattern))
    return conversation.data.get(TYPED, 0) >= LEAST_CUT and not is_time


def _before(conversation: Conversation) -> str:
    return _neighbour(conversation.step, conversation.data, -1)
