"""A message of an exercise: picked from a template or written, seen as participants will get it, then sent to them."""

from dataclasses import replace

from alerts.drills.drill import Drill, DrillStatus, DrillText
from alerts.drills.exercises import Exercises
from alerts.errors import InvalidInput, NotFound, Stale
from alerts.people.rights import Right
from alerts.publishing.alert import Severity
from alerts.publishing.checks import check_body, check_headline
from alerts.publishing.markup import read_html, visible
from alerts.publishing.split import first_line
from alerts.store.conversations import Conversation, Conversations
from alerts.templates.library import Library, Version
from handlers.conversation import preview_of, step_button
from handlers.drill_message import DrillMessage
from handlers.drill_words import DrillWording
from handlers.screen import Ask, Button, Reply, Rows, Screen, button_data, column, pairs
from handlers.template_fill import FillTemplate
from handlers.texts import Html, Texts, join

STEPS = ("begin", "severity", "check")


class WriteDrill:
    """The conversation in which an officer writes a message of an exercise that runs."""

    kind = "xms"
    right = Right.DRILL
    takes_files = False

    def __init__(
        self,
        *,
        texts: Texts,
        exercises: Exercises,
        library: Library,
        conversations: Conversations,
        message: DrillMessage,
        words: DrillWording,
    ) -> None:
        self._texts = texts
        self._exercises = exercises
        self._library = library
        self._conversations = conversations
        self._message = message
        self._words = words
        self._fill: FillTemplate | None = None

    def fills_with(self, fill: FillTemplate) -> None:
        """Take the conversation in which templates are filled for exercises; it ends in `filled`."""
        self._fill = fill

    async def start(self, ask: Ask) -> Reply:
        """Show what is open; a message is begun from the page of its exercise alone."""
        found = await self._conversations.find(ask.chat_id)
        if found is None or found.kind != self.kind:
            return Reply(notice=self._texts.plain("button.old"))
        return await self.show(found)

    async def begin(self, ask: Ask, drill: Drill) -> Reply:
        """Ask what the message is to be.

        Raises:
            Stale: the exercise does not run.
        """
        if drill.status is not DrillStatus.RUNNING:
            raise Stale(f"exercise {drill.id} is {drill.status}")
        return await self.show(await self._conversations.open(ask.chat_id, self.kind, "begin", {"drill": drill.id}))

    async def filled(self, ask: Ask, conversation: Conversation, version: Version, filled: tuple[str, str]) -> Reply:
        """Go on with a template that was filled for an exercise."""
        headline, body = filled
        severity = version.template.severity.value
        data = {"drill": conversation.data["drill"], "headline": headline, "body": body, "severity": severity}
        return await self.show(await self._conversations.open(ask.chat_id, self.kind, "check", data))

    async def show(self, conversation: Conversation) -> Reply:
        """Ask what the present step asks, or show the message."""
        drill = await self._exercises.find(conversation.data["drill"])
        if conversation.step == "check":
            return await self._preview(conversation, drill)
        rows: Rows
        if conversation.step == "begin":
            offered = await self._library.offered(in_drills=True)
            rows = pairs(*(step_button(conversation, one.template.title, "template", one.code) for one in offered))
        else:
            names = {one: self._texts.plain(f"severity.{one}.button") for one in Severity}
            rows = column(*(step_button(conversation, name, "severity", one) for one, name in names.items()))
        html = join(self._banner(drill), self._texts(f"drill.ask.{conversation.step}"))
        return Reply.of(html, *rows, self._footer(conversation))

    async def answer(self, ask: Ask, conversation: Conversation) -> Reply:
        """Take a typed message: its first line is the headline."""
        if conversation.step != "begin":
            raise InvalidInput("button-wanted", "this step wants a button")
        first, rest = first_line(ask.html)
        headline, body = check_headline(visible(first)), check_body(read_html(rest or first))
        return await self.show(
            await self._conversations.advance(conversation, "severity", headline=headline, body=body)
        )

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a template, a severity, or the last word."""
        match conversation.step, args:
            case "begin", ("template", code) if self._fill is not None:
                return await self._fill.begin(ask, code, drill=conversation.data["drill"])
            case "severity", ("severity", name) if name in set(Severity):
                return await self.show(await self._conversations.advance(conversation, "check", severity=name))
            case "check", ("anew",):
                again = await self._conversations.advance(conversation, "begin")
                return replace(await self.show(again), removes=preview_of(conversation))
            case "check", ("send",):
                return await self._send(ask, conversation)
            case _:
                return await self.show(conversation)

    async def _send(self, ask: Ask, conversation: Conversation) -> Reply:
        if ask.person is None:
            raise NotFound("the person holds no role")
        alert, number = await self._exercises.send(conversation.data["drill"], self._written(conversation), ask.person)
        await self._conversations.end(ask.chat_id)
        back = Button(self._texts.plain("drill.up"), button_data("xdr", "show", conversation.data["drill"]))
        said = self._texts.count("drill.sent", number, reference=alert.reference)
        return replace(Reply.of(said, (back,)), removes=preview_of(conversation))

    async def _preview(self, conversation: Conversation, drill: Drill) -> Reply:
        participants = (await self._exercises.report(drill.id)).participants
        send = step_button(conversation, self._texts.count("drill.send", participants), "send")
        anew = step_button(conversation, self._texts.plain("drill.anew"), "anew")
        html = join(self._banner(drill), self._texts.count("drill.preview", participants))
        screens = (
            *self._message.sketch(self._written(conversation)),
            Screen(html, ((send,), (anew,), self._footer(conversation))),
        )

        async def keep(shown: tuple[int, ...]) -> None:
            await self._conversations.advance(conversation, "check", preview=list(shown[:-1]))

        return Reply(screens, removes=preview_of(conversation), on_shown=keep)

    def _written(self, conversation: Conversation) -> DrillText:
        data = conversation.data
        return self._words.message(data["headline"], data["body"], Severity(data["severity"]))

    def _banner(self, drill: Drill) -> Html:
        return join(self._texts("drill.banner"), self._texts("drill.title", title=drill.title))

    def _footer(self, conversation: Conversation) -> tuple[Button, ...]:
        return (step_button(conversation, self._texts.plain("flow.cancel"), "cancel"),)
