"""Planning an exercise: its name, who is in it, when it begins and ends; then its participants are told."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerts.clock import Clock
from alerts.drills.drill import Chosen, DrillPlan
from alerts.drills.exercises import TITLE_LIMIT, Exercises
from alerts.errors import InvalidInput, NotFound
from alerts.people.rights import Right, Role
from alerts.people.roster import Roster
from alerts.publishing.checks import check_headline
from alerts.store.conversations import Conversation, Conversations
from alerts.subscribers.sectors import Directory
from alerts.templates.field import read_moment
from alerts.text import check_length
from handlers.choices import Choices, page_of
from handlers.conversation import preview_of, step_button
from handlers.drill_message import DrillMessage
from handlers.drill_words import DrillWording
from handlers.screen import Ask, Button, Reply, Rows, Screen, button_data
from handlers.texts import Texts, join, lines

STEPS = ("title", "roles", "sectors", "people", "begins", "ends", "check")
CHOOSING = ("roles", "sectors", "people")
BEGINS_MINUTES = (0, 15, 60)
LASTS_HOURS = (1, 2, 4)
ROLES = tuple(role for role in Role if role is not Role.CONTACT)


class PlanDrill:
    """The conversation in which an officer plans an exercise; nobody is told before the last button."""

    kind = "xpl"
    right = Right.DRILL
    takes_files = False

    def __init__(
        self,
        *,
        texts: Texts,
        exercises: Exercises,
        conversations: Conversations,
        roster: Roster,
        directory: Directory,
        message: DrillMessage,
        words: DrillWording,
        clock: Clock,
    ) -> None:
        self._texts = texts
        self._exercises = exercises
        self._conversations = conversations
        self._roster = roster
        self._sectors = {sector.code: sector.name for sector in directory.sectors}
        self._message = message
        self._words = words
        self._clock = clock

    async def start(self, ask: Ask) -> Reply:
        """Begin."""
        data = {"scope": list(ask.person.sectors) if ask.person else [], **{part: [] for part in CHOOSING}}
        return await self.show(await self._conversations.open(ask.chat_id, self.kind, "title", data))

    async def show(self, conversation: Conversation) -> Reply:
        """Ask what the present step asks, or show it all once more."""
        if conversation.step == "check":
            return await self._last_look(conversation)
        return await self._question(conversation, 0)

    async def answer(self, ask: Ask, conversation: Conversation) -> Reply:
        """Take a typed name or time; the other steps want a button."""
        match conversation.step:
            case "title":
                title = check_headline(ask.text)
                check_length(title, TITLE_LIMIT, "drill-title-too-long", "the name")
                return await self._go(conversation, "roles", title=title)
            case "begins" | "ends" as step:
                moment = read_moment(ask.text, self._clock.now(), self._texts.zone)
                return await self._take_time(ask, conversation, step, moment)
            case _:
                raise InvalidInput("button-wanted", "this step wants a button")

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a button of the present step."""
        match conversation.step, args:
            case _, ("back",) if conversation.step != "title":
                before = STEPS[STEPS.index(conversation.step) - 1]
                return replace(await self._go(conversation, before), removes=preview_of(conversation))
            case (("roles" | "sectors" | "people"), _):
                return await self._choose(conversation, args)
            case "begins", ("in", minutes) if minutes in {str(offered) for offered in BEGINS_MINUTES}:
                moment = self._clock.now() + timedelta(minutes=int(minutes))
                return await self._take_time(ask, conversation, "begins", moment)
            case "ends", ("for", hours) if hours in {str(offered) for offered in LASTS_HOURS}:
                begins_at = datetime.fromisoformat(conversation.data["begins"])
                return await self._take_time(ask, conversation, "ends", begins_at + timedelta(hours=int(hours)))
            case "check", ("announce",):
                return await self._announce(ask, conversation)
            case _:
                return await self.show(conversation)

    async def _choose(self, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a tick, a page or 'done' of the participants."""
        step, data = conversation.step, conversation.data
        match args:
            case ("toggle", code, _):
                chosen = (await self._choices(conversation)).toggled(data[step], code)
                ticked = await self._conversations.advance(conversation, step, **{step: chosen})
                return await self._question(ticked, page_of(args))
            case ("done",) if step == CHOOSING[-1] and not any(data[part] for part in CHOOSING):
                notice = self._texts.plain("drill.plan.nobody")
                return replace(await self._question(conversation, 0), notice=notice)
            case ("done",):
                return await self._go(conversation, STEPS[STEPS.index(step) + 1])
            case _:
                return await self._question(conversation, page_of(args))

    async def _take_time(self, ask: Ask, conversation: Conversation, step: str, moment: datetime) -> Reply:
        """Keep a time; with the end known, the whole plan is held against what can be."""
        answers = {step: moment.isoformat()}
        if step == "begins":
            return await self._go(conversation, "ends", **answers)
        if ask.person is None:
            raise NotFound("the person holds no role")
        self._exercises.check(_plan(conversation.data | answers), ask.person)
        return await self._go(conversation, "check", **answers)

    async def _announce(self, ask: Ask, conversation: Conversation) -> Reply:
        if ask.person is None:
            raise NotFound("the person holds no role")
        drill, number = await self._exercises.announce(_plan(conversation.data), ask.person)
        await self._conversations.end(ask.chat_id)
        show = Button(self._texts.plain("drill.up"), button_data("xdr", "show", drill.id))
        said = self._texts.count("drill.announced", number, title=drill.title)
        return replace(Reply.of(said, (show,)), removes=preview_of(conversation))

    async def _question(self, conversation: Conversation, page: int) -> Reply:
        html = join(self._texts("drill.banner"), self._texts(f"drill.plan.{conversation.step}"))
        footer = [step_button(conversation, self._texts.plain("flow.cancel"), "cancel")]
        if conversation.step != "title":
            footer.insert(0, step_button(conversation, self._texts.plain("flow.back"), "back"))
        return Reply.of(html, *await self._buttons(conversation, page), tuple(footer))

    async def _buttons(self, conversation: Conversation, page: int) -> Rows:
        match conversation.step:
            case "roles" | "sectors" | "people" as step:
                chosen = conversation.data[step]
                done = step_button(conversation, self._texts.plain("choice.done", number=len(chosen)), "done")
                choices = await self._choices(conversation)
                return (*(choices.rows(conversation, chosen, page) if choices.codes else ()), (done,))
            case "begins":
                labels = {
                    soon: self._texts.plain("fill.in", span=timedelta(minutes=soon))
                    if soon
                    else self._texts.plain("fill.now")
                    for soon in BEGINS_MINUTES
                }
                return (tuple(step_button(conversation, label, "in", soon) for soon, label in labels.items()),)
            case "ends":
                spans = {hours: self._texts.span(timedelta(hours=hours)) for hours in LASTS_HOURS}
                return (tuple(step_button(conversation, span, "for", hours) for hours, span in spans.items()),)
            case _:
                return ()

    async def _choices(self, conversation: Conversation) -> Choices:
        """Give the list of the present step; an officer with a scope sees the sectors of it alone."""
        match conversation.step:
            case "roles":
                return Choices(self._texts, {role.value: self._texts.plain(f"drill.role.{role}") for role in ROLES})
            case "sectors":
                scope = conversation.data["scope"]
                named = {code: name for code, name in self._sectors.items() if not scope or code in scope}
                return Choices(self._texts, named)
            case _:
                everybody = await self._roster.everybody()
                unnamed = {
                    one.user_id: self._texts.plain("hold.who.user", number=str(one.user_id)) for one in everybody
                }
                return Choices(
                    self._texts, {str(one.user_id): one.name[:40] or unnamed[one.user_id] for one in everybody}
                )

    async def _last_look(self, conversation: Conversation) -> Reply:
        """Show what participants will be told, how many they are, and the button that tells them."""
        plan = _plan(conversation.data)
        number = await self._exercises.count(plan)
        html = join(
            self._texts("drill.banner"),
            lines(
                self._texts("drill.title", title=plan.title),
                self._texts("drill.times", begins_at=plan.begins_at, ends_at=plan.ends_at),
                self._texts.count("drill.participants", number),
            ),
            self._texts("drill.plan.check"),
        )
        announce = step_button(conversation, self._texts.count("drill.announce", number), "announce")
        back = step_button(conversation, self._texts.plain("flow.back"), "back")
        leave = step_button(conversation, self._texts.plain("flow.cancel"), "cancel")
        rows = (*(((announce,),) if number else ()), (back, leave))
        screens = (*self._message.sketch(self._words.announcement(plan)), Screen(html, rows))

        async def keep(shown: tuple[int, ...]) -> None:
            await self._conversations.advance(conversation, "check", preview=list(shown[:-1]))

        return Reply(screens, removes=preview_of(conversation), on_shown=keep)

    async def _go(self, conversation: Conversation, step: str, **answers: Any) -> Reply:
        return await self.show(await self._conversations.advance(conversation, step, **answers))


def _plan(data: dict[str, Any]) -> DrillPlan:
    chosen = Chosen(
        tuple(Role(role) for role in data["roles"]), tuple(data["sectors"]), tuple(int(one) for one in data["people"])
    )
    return DrillPlan(
        data["title"], datetime.fromisoformat(data["begins"]), datetime.fromisoformat(data["ends"]), chosen
    )
