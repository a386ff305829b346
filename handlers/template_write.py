"""Writing a template in the chat, or changing one: texts with fields, a question for each, and a last look."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from alerts.clock import Clock
from alerts.errors import InvalidInput
from alerts.people.rights import Right
from alerts.publishing.alert import Severity
from alerts.publishing.checks import check_headline
from alerts.publishing.desk import Content
from alerts.publishing.marking import Marking
from alerts.store.conversations import Conversation, Conversations
from alerts.subscribers.sectors import Directory
from alerts.templates.field import FieldKind, TemplateField, check_choices
from alerts.templates.library import Library
from alerts.templates.template import Template, check_texts, check_title, names_in
from handlers.alert_message import AlertMessage
from handlers.choices import Choices, page_of
from handlers.compose_screens import EXPIRY_HOURS
from handlers.conversation import preview_of, step_button
from handlers.marking_words import marking_button
from handlers.screen import Ask, Button, Reply, Rows, Screen, button_data, column, pairs
from handlers.template_parts import draft_of, next_step, template_of
from handlers.templates import Templates, question_line
from handlers.texts import Texts, join, lines

STEPS = ("title", "headline", "body", "kind", "choices", "ask", "severity", "marking", "hours", "sectors", "check")
EDITS = ("title", "headline", "body", "questions", "severity", "marking", "hours", "sectors")
KINDS = {
    "line": FieldKind.LINE,
    "optional": FieldKind.LINE,
    "past": FieldKind.PAST,
    "time": FieldKind.TIME,
    "choice": FieldKind.CHOICE,
}
"""What a field may take, as the buttons have it: a line that may be left out has one of its own."""

MARKINGS = tuple(marking for marking in Marking if not marking.rule.is_named_only)
"""What a template can be marked with: it names nobody."""


class WriteTemplate:
    """The conversation in which an officer writes a template; nothing is kept before the last button."""

    kind = "twr"
    right = Right.WRITE_TEMPLATES
    takes_files = False

    def __init__(
        self,
        *,
        texts: Texts,
        library: Library,
        conversations: Conversations,
        directory: Directory,
        message: AlertMessage,
        clock: Clock,
    ) -> None:
        self._texts = texts
        self._library = library
        self._conversations = conversations
        self._message = message
        self._clock = clock
        self._sectors = Choices(texts, {sector.code: sector.name for sector in directory.sectors})

    async def start(self, ask: Ask) -> Reply:
        """Begin a new one."""
        data: dict[str, Any] = {"code": "", "base": 0, "fields": {}}
        return await self.show(await self._conversations.open(ask.chat_id, self.kind, "title", data))

    async def edit(self, ask: Ask) -> Reply:
        """Begin to change one: the button carries its code.

        Raises:
            NotFound: there is none of this code.
        """
        version = await self._library.current(":".join(ask.args))
        data = draft_of(version.template) | {"base": version.number}
        return await self.show(await self._conversations.open(ask.chat_id, self.kind, "check", data))

    async def show(self, conversation: Conversation) -> Reply:
        """Ask what the present step asks, or show it all once more."""
        if conversation.step == "check":
            return self._last_look(conversation)
        return self._question(conversation, 0)

    async def answer(self, ask: Ask, conversation: Conversation) -> Reply:
        """Take a typed name, text, question, or list of choices; the other steps want a button."""
        data = conversation.data
        match conversation.step:
            case "title":
                return await self._on(conversation, title=check_title(ask.text))
            case "headline":
                headline = check_headline(ask.text)
                names_in(headline)
                return await self._on(conversation, headline=headline)
            case "body":
                check_texts(data["headline"], ask.html)
                return await self._on(conversation, body=ask.html)
            case "choices":
                choices = [" ".join(line.split()) for line in ask.text.splitlines() if line.strip()]
                check_choices(choices)
                return await self._answered(conversation, choices=choices)
            case "ask":
                line = " ".join(ask.text.split())
                TemplateField(data["asking"], line, FieldKind.TIME)
                return await self._answered(conversation, ask=line)
            case _:
                raise InvalidInput("button-wanted", "this step wants a button")

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a button of the present step."""
        match conversation.step, args:
            case "kind", ("kind", kind) if kind in KINDS:
                kept: dict[str, Any] = {"kind": KINDS[kind].value, "choices": [], "ask": ""}
                return await self._answered(conversation, **kept, is_optional=kind == "optional")
            case "ask", ("plain",):
                return await self._answered(conversation, ask=_plain_ask(conversation.data["asking"]))
            case "severity", ("severity", name) if name in set(Severity):
                return await self._on(conversation, severity=name)
            case "marking", ("marking", name) if name in MARKINGS:
                return await self._on(conversation, marking=name)
            case "marking", ("later",):
                return await self._on(conversation, marking=None)
            case "hours", ("hours", hours) if hours in {str(offered) for offered in EXPIRY_HOURS}:
                return await self._on(conversation, life_minutes=int(hours) * 60)
            case "sectors", _:
                return await self._press_sectors(conversation, args)
            case "check", _:
                return await self._press_check(ask, conversation, args)
            case _:
                return await self.show(conversation)

    async def _press_sectors(self, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        match args:
            case ("toggle", code, _):
                chosen = self._sectors.toggled(conversation.data.get("sectors", []), code)
                ticked = await self._conversations.advance(conversation, "sectors", sectors=chosen)
                return self._question(ticked, page_of(args))
            case ("all",):
                return await self._on(conversation, sectors=[], has_sectors=True)
            case ("done",):
                return await self._on(conversation, has_sectors=True)
            case _:
                return self._question(conversation, page_of(args))

    async def _press_check(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        match args:
            case ("drills",):
                return await self._on(conversation, is_for_drills=not conversation.data.get("is_for_drills", False))
            case ("edit", "questions"):
                return await self._on(conversation, fields={})
            case ("edit", part) if part in EDITS:
                return await self.show(await self._conversations.advance(conversation, part))
            case ("save",):
                return await self._save(ask, conversation)
            case _:
                return await self.show(conversation)

    async def _on(self, conversation: Conversation, **answers: Any) -> Reply:
        """Keep answers and ask what is missing next."""
        data = conversation.data | answers
        step, asking = next_step(data)
        return await self.show(await self._conversations.advance(conversation, step, **answers, asking=asking))

    async def _answered(self, conversation: Conversation, **parts: Any) -> Reply:
        """Keep what was said about the field that is asked about."""
        name, fields = conversation.data["asking"], conversation.data["fields"]
        return await self._on(conversation, fields=fields | {name: fields.get(name, {}) | parts})

    async def _save(self, ask: Ask, conversation: Conversation) -> Reply:
        """Keep the version. Raises `Stale` when somebody else has written one meanwhile."""
        template = template_of(conversation.data)
        kept = await self._library.write(template, ask.user_id, conversation.data["base"])
        await self._conversations.end(ask.chat_id)
        saved = self._texts("write.saved", title=kept.template.title, number=kept.number)
        show = Button(self._texts.plain("write.show"), button_data(Templates.kind, "show", kept.code))
        return Reply(Reply.of(saved, (show,)).screens, removes=preview_of(conversation))

    def _question(self, conversation: Conversation, page: int) -> Reply:
        step, data = conversation.step, conversation.data
        examples = {name: f"{{{{ {name} }}}}" for name in ("place", "since")}
        html = self._texts(f"write.{step}", field=data.get("asking") or "", **examples)
        if present := self._present(step, data):
            html = join(html, self._texts("compose.present", value=present))
        cancel = step_button(conversation, self._texts.plain("flow.cancel"), "cancel")
        return Reply.of(html, *self._buttons(conversation, page), (cancel,))

    def _present(self, step: str, data: dict[str, Any]) -> str:
        match step:
            case "title" | "headline":
                return str(data.get(step, ""))
            case "marking" if data.get(step):
                return Marking(data[step]).label
            case "sectors":
                return "; ".join(self._sectors.named(data.get("sectors", [])))
            case _:
                return ""

    def _buttons(self, conversation: Conversation, page: int) -> Rows:
        def button(label: str, *args: str | int) -> Button:
            return step_button(conversation, label, *args)

        match conversation.step:
            case "kind":
                return column(*(button(self._texts.plain(f"write.kind.{kind}"), "kind", kind) for kind in KINDS))
            case "ask":
                plain = _plain_ask(conversation.data["asking"])
                return ((button(self._texts.plain("write.ask.plain", ask=plain), "plain"),),)
            case "severity":
                return column(
                    *(button(self._texts.plain(f"severity.{one}.button"), "severity", one) for one in Severity)
                )
            case "marking":
                marks = [button(marking_button(self._texts, one), "marking", one) for one in MARKINGS]
                return column(*marks, button(self._texts.plain("write.marking.later"), "later"))
            case "hours":
                hours = [button(self._texts.span(timedelta(hours=h)), "hours", h) for h in EXPIRY_HOURS]
                return (tuple(hours[:3]), tuple(hours[3:]))
            case "sectors":
                chosen = conversation.data.get("sectors", [])
                done = button(self._texts.plain("choice.done", number=len(chosen)), "done")
                every = button(self._texts.plain("compose.all-sectors"), "all")
                return (*self._sectors.rows(conversation, chosen, page), (done,) if chosen else (every,))
            case _:
                return ()

    def _last_look(self, conversation: Conversation) -> Reply:
        """Show an alert as it would look with made-up answers, the questions, and what can be changed."""
        try:
            template = template_of(conversation.data)
        except InvalidInput as problem:
            wrong = self._texts(f"problem.{problem.problem}", **problem.details)
            return Reply.of(
                join(self._texts("write.check.wrong"), wrong), *self._controls(conversation, is_whole=False)
            )
        headline, body = template.filled(self._example(template), self._texts.when)
        expires_at = self._clock.now() + template.life
        audience = replace(template.audience, marking=template.marking or Marking.GREEN)
        content = Content(headline, body, template.severity, expires_at, audience)
        questions = [question_line(self._texts, one) for one in template.fields]
        html = join(
            self._texts("write.check", title=template.title),
            lines(self._texts("template.questions"), *questions) if questions else "",
        )
        controls = Screen(html, self._controls(conversation, is_whole=True))
        screens = (*self._message.sketch(content, is_marked=template.marking is not None), controls)

        async def keep(shown: tuple[int, ...]) -> None:
            await self._conversations.advance(conversation, "check", preview=list(shown[:-1]))

        return Reply(screens, removes=preview_of(conversation), on_shown=keep)

    def _controls(self, conversation: Conversation, *, is_whole: bool) -> Rows:
        edits = [step_button(conversation, self._texts.plain(f"write.edit.{part}"), "edit", part) for part in EDITS]
        is_for_drills = conversation.data.get("is_for_drills", False)
        key = "write.drills.off" if is_for_drills else "write.drills.on"
        save = step_button(conversation, self._texts.plain("write.save"), "save")
        return (
            *(((save,),) if is_whole else ()),
            *pairs(*edits, step_button(conversation, self._texts.plain(key), "drills")),
            (step_button(conversation, self._texts.plain("flow.cancel"), "cancel"),),
        )

    def _example(self, template: Template) -> dict[str, str]:
        now = self._clock.now().isoformat()
        made_up = {FieldKind.TIME: now, FieldKind.PAST: now, FieldKind.LINE: ""}
        return {
            one.name: one.choices[0] if one.kind is FieldKind.CHOICE else made_up[one.kind] or f"[{one.name}]"
            for one in template.fields
        }


def _plain_ask(name: str) -> str:
    """Make a question of a field's name."""
    return f"{name.replace('_', ' ').capitalize()}?"
