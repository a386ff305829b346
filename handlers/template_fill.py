"""Filling a template: one question a step, mostly answered by a button; at the end stand a headline and a text."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from alerts.clock import Clock
from alerts.errors import NotFound
from alerts.people.rights import Right
from alerts.store.conversations import Conversation, Conversations
from alerts.templates.field import FieldKind, TemplateField, read_moment, read_past
from alerts.templates.library import Library, Version
from handlers.conversation import step_button
from handlers.screen import Ask, Button, Reply, Rows, column, pairs
from handlers.texts import Texts, join

SOON_MINUTES = (0, 30, 60)
"""The times that a question for one offers by a button: now, and a little later."""

PAST_MINUTES = (0, 10, 30, 60)
"""The same for what lies behind: now, and a little ago."""

Finish = Callable[[Ask, Conversation, Version, tuple[str, str]], Awaitable[Reply]]
"""Goes on with a headline and a body (HTML) that are filled."""


class FillTemplate:
    """The conversation in which an officer answers a template's questions.

    There is one for alerts and another for exercises, which share no button: each has a kind, a right and an end of
    its own.

    Args:
        kind: the verb of its buttons.
        right: what a person needs for it.
        finish: what becomes of the filled texts.
        in_drills: whether templates are offered that are for exercises alone.
    """

    takes_files = False

    def __init__(
        self,
        *,
        kind: str,
        right: Right,
        texts: Texts,
        library: Library,
        conversations: Conversations,
        clock: Clock,
        finish: Finish,
        in_drills: bool = False,
    ) -> None:
        self.kind = kind
        self.right = right
        self._texts = texts
        self._library = library
        self._conversations = conversations
        self._clock = clock
        self._finish = finish
        self._in_drills = in_drills

    async def use(self, ask: Ask) -> Reply:
        """Take the button that begins an alert from a template: it carries the code."""
        return await self.begin(ask, ":".join(ask.args))

    async def begin(self, ask: Ask, code: str, **kept: object) -> Reply:
        """Ask the first question of the version of a template that is in use.

        Args:
            ask: who begins.
            code: the template.
            kept: what the conversation has to remember for its end.

        Raises:
            NotFound: none of this code is offered here.
        """
        version = await self._library.current(code)
        if version.is_retired or (version.template.is_for_drills and not self._in_drills):
            raise NotFound(f"the template {code} is not offered here")
        data = {"code": code, "number": version.number, "values": {}, **kept}
        return await self._next(ask, await self._conversations.open(ask.chat_id, self.kind, "0", data), version)

    async def start(self, ask: Ask) -> Reply:
        """Show what is open; a template is begun by `begin` alone, so a forged button finds nothing."""
        found = await self._conversations.find(ask.chat_id)
        if found is None or found.kind != self.kind:
            return Reply(notice=self._texts.plain("button.old"))
        return await self.show(found)

    async def show(self, conversation: Conversation) -> Reply:
        """Ask the present question."""
        version = await self._version(conversation)
        number = int(conversation.step)
        fields = version.template.fields
        asked = fields[number]
        html = join(
            self._texts("fill.title", title=version.template.title, number=number + 1, questions=len(fields)),
            self._texts("fill.ask", ask=asked.ask),
            self._hint(asked),
        )
        return Reply.of(html, *self._buttons(conversation, asked), self._footer(conversation, number))

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a choice, a time, 'leave it out' or 'back'."""
        version = await self._version(conversation)
        number = int(conversation.step)
        asked = version.template.fields[number]
        match args:
            case ("pick", place) if place.isdecimal() and int(place) < len(asked.choices):
                return await self._take(ask, conversation, version, asked.choices[int(place)])
            case ("in", minutes) if asked.kind is FieldKind.TIME and minutes in {str(soon) for soon in SOON_MINUTES}:
                moment = self._clock.now() + timedelta(minutes=int(minutes))
                return await self._take(ask, conversation, version, moment.isoformat())
            case ("ago", minutes) if asked.kind is FieldKind.PAST and minutes in {str(past) for past in PAST_MINUTES}:
                moment = self._clock.now() - timedelta(minutes=int(minutes))
                return await self._take(ask, conversation, version, moment.isoformat())
            case ("skip",) if asked.is_optional:
                return await self._take(ask, conversation, version, "")
            case ("back",) if number:
                return await self.show(await self._conversations.advance(conversation, str(number - 1)))
            case _:
                return await self.show(conversation)

    async def answer(self, ask: Ask, conversation: Conversation) -> Reply:
        """Take a typed line or time; a choice may be typed too, as its button reads."""
        version = await self._version(conversation)
        asked = version.template.fields[int(conversation.step)]
        if asked.kind.is_moment:
            read = read_past if asked.kind is FieldKind.PAST else read_moment
            moment = read(ask.text, self._clock.now(), self._texts.zone)
            return await self._take(ask, conversation, version, moment.isoformat())
        if asked.kind is FieldKind.CHOICE:
            typed = ask.text.strip().casefold()
            named = [choice for choice in asked.choices if choice.casefold().rstrip(".") == typed.rstrip(".")]
            return await self._take(ask, conversation, version, named[0] if named else ask.text)
        return await self._take(ask, conversation, version, ask.text)

    async def _take(self, ask: Ask, conversation: Conversation, version: Version, value: str) -> Reply:
        """Keep an answer, and go on to the next question or to the end."""
        number = int(conversation.step)
        asked = version.template.fields[number]
        values = conversation.data["values"] | {asked.name: asked.check(value)}
        following = str(min(number + 1, len(version.template.fields) - 1))
        if number + 1 < len(version.template.fields):
            return await self.show(await self._conversations.advance(conversation, following, values=values))
        return await self._next(ask, replace(conversation, data=conversation.data | {"values": values}), version)

    async def _next(self, ask: Ask, conversation: Conversation, version: Version) -> Reply:
        """Ask the first question that has no answer, or finish when all have one."""
        template, values = version.template, conversation.data["values"]
        missing = [place for place, field in enumerate(template.fields) if field.name not in values]
        if missing:
            return await self.show(await self._conversations.advance(conversation, str(missing[0]), values=values))
        return await self._finish(ask, conversation, version, template.filled(values, self._texts.when))

    async def _version(self, conversation: Conversation) -> Version:
        """Give the version with which the conversation began, whatever was written since."""
        return await self._library.version(conversation.data["code"], conversation.data["number"])

    def _hint(self, asked: TemplateField) -> str:
        match asked.kind:
            case FieldKind.LINE:
                return self._texts("fill.hint.line", limit=asked.limit)
            case FieldKind.TIME:
                return self._texts("fill.hint.time")
            case FieldKind.PAST:
                return self._texts("fill.hint.past")
            case FieldKind.CHOICE:
                return ""

    def _buttons(self, conversation: Conversation, asked: TemplateField) -> Rows:
        match asked.kind:
            case FieldKind.CHOICE:
                labels = enumerate(asked.choices)
                return column(*(step_button(conversation, label, "pick", place) for place, label in labels))
            case FieldKind.TIME:
                return (tuple(self._moment(conversation, "in", soon) for soon in SOON_MINUTES),)
            case FieldKind.PAST:
                return pairs(*(self._moment(conversation, "ago", past) for past in PAST_MINUTES))
            case FieldKind.LINE:
                skip = step_button(conversation, self._texts.plain("fill.skip"), "skip")
                return ((skip,),) if asked.is_optional else ()

    def _moment(self, conversation: Conversation, way: str, minutes: int) -> Button:
        """Make the button for a moment so many minutes ahead (`in`) or back (`ago`)."""
        span = timedelta(minutes=minutes)
        label = self._texts.plain(f"fill.{way}", span=span) if minutes else self._texts.plain("fill.now")
        return step_button(conversation, label, way, minutes)

    def _footer(self, conversation: Conversation, number: int) -> tuple[Button, ...]:
        leave = step_button(conversation, self._texts.plain("flow.cancel"), "cancel")
        if not number:
            return (leave,)
        return (step_button(conversation, self._texts.plain("flow.back"), "back"), leave)
