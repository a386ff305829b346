"""What /compose shows: the question of each step with its buttons, and the preview."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from alerts.errors import InvalidInput
from alerts.paging import Page
from alerts.publishing.alert import EDITABLE, Alert, Change, Severity
from alerts.publishing.audience import LeftOut
from alerts.publishing.briefings import Briefings
from alerts.publishing.follow_ups import Plan
from alerts.publishing.incoming_item import source_of
from alerts.publishing.marking import Marking
from alerts.publishing.markup import visible
from alerts.publishing.sensitivity import Sensitivity
from alerts.store.conversations import Conversation
from alerts.subscribers.sectors import Directory
from alerts.subscribers.vetting import Contact
from alerts.templates.library import Version
from alerts.text import utf16_length
from handlers.alert_message import AlertMessage
from handlers.change_message import ChangeMessage
from handlers.choices import Choices, pager
from handlers.compose_parts import PARTS, parts_of
from handlers.conversation import present_step, preview_of, step_button
from handlers.incoming_words import unchecked
from handlers.marking_words import contact_name, left_out_words, marking_button, nobody_words, sensitive_words
from handlers.screen import Button, Reply, Rows, Screen, pairs
from handlers.templates import template_rows
from handlers.texts import Texts, join, lines

COLUMNS = {"expiry": "expires_at"}
"""What a part is called in the store, where that is another name."""

EXPIRY_HOURS = (1, 3, 6, 12, 24, 72)
TEXT_SHOWN = 2500
"""UTF-16 units of the present text that stand under the question for a new one."""


class ComposeScreens:
    """Lays out the steps in which an alert is written."""

    def __init__(
        self,
        texts: Texts,
        directory: Directory,
        briefings: Briefings,
        message: AlertMessage,
        changes: ChangeMessage,
        sensitivity: Sensitivity,
    ) -> None:
        self._texts = texts
        self._sensitivity = sensitivity
        self._briefings = briefings
        self._message = message
        self._changes = changes
        self._sectors = {sector.code: sector.name for sector in directory.sectors}
        self._regions = Choices(texts, {region.code: region.name for region in directory.regions})

    def question(self, conversation: Conversation, draft: Alert, page: int, templates: Sequence[Version] = ()) -> Reply:
        """Lay out the present step; the first one offers the templates."""
        step = conversation.step
        html = self._texts(f"compose.{step}")
        if present := self._present(step, draft):
            html = join(html, self._texts("compose.present", value=present))
        return Reply.of(html, *self._buttons(conversation, draft, page, templates), self._footer(conversation))

    def resumed(self, conversation: Conversation, shown: tuple[Screen, ...]) -> tuple[Screen, ...]:
        """Say above the question that a draft is open, and offer to begin another one; a preview says it by itself."""
        if conversation.step == "begin":
            return shown
        *before, last = shown
        html = last.html if conversation.step == "preview" else join(self._texts("compose.resumed"), last.html)
        another = step_button(conversation, self._texts.plain("compose.another"), "another")
        return (*before, replace(last, html=html, rows=(*last.rows, (another,))))

    def _present(self, step: str, draft: Alert) -> str:
        """Say what the draft holds for a part so far."""
        match step:
            case "headline":
                return draft.headline
            case "body" if draft.change:
                return _shortened(visible(draft.body))
            case "severity" if draft.severity:
                return self._texts.plain(f"severity.{draft.severity}")
            case "marking" if draft.marking:
                return draft.marking.label
            case "sectors":
                return "; ".join(self._sectors.get(code, code) for code in draft.sectors)
            case "regions":
                return "; ".join(self._regions.named(draft.regions))
            case "expiry" if draft.expires_at:
                return self._texts.when(draft.expires_at)
            case "file" if draft.attachment:
                return draft.attachment.name or self._texts.plain(f"attachment.{draft.attachment.kind}")
            case "when" if draft.send_at:
                return self._texts.when(draft.send_at)
            case _:
                return ""

    def _buttons(self, conversation: Conversation, draft: Alert, page: int, templates: Sequence[Version]) -> Rows:
        def button(label: str, *args: str | int) -> Button:
            return step_button(conversation, label, *args)

        match conversation.step:
            case "begin":
                stored: list[tuple[Button, ...]] = [
                    (button(briefing.title, "briefing", briefing.code),) for briefing in self._briefings.to_compose
                ]
                write = (button(self._texts.plain("compose.write"), "write"),)
                stored = [*template_rows(self._texts, templates), *stored]
                if not conversation.data["done"]:
                    return (*stored, write)
                name = draft.headline or draft.reference
                return ((button(self._texts.plain("compose.continue", name=name[:40]), "continue"),), *stored, write)
            case "severity":
                names = {severity: self._texts.plain(f"severity.{severity}.button") for severity in Severity}
                return tuple((button(name, "severity", severity),) for severity, name in names.items())
            case "marking":
                return tuple((button(marking_button(self._texts, one), "marking", one),) for one in Marking)
            case "file":
                return ((button(self._texts.plain("compose.file.none"), "no-file"),),) if draft.attachment else ()
            case "when":
                return ((button(self._texts.plain("compose.when.now"), "at-once"),),) if draft.send_at else ()
            case "expiry":
                hours = [button(self._texts.span(timedelta(hours=h)), "hours", h) for h in EXPIRY_HOURS]
                return (tuple(hours[:3]), tuple(hours[3:]))
            case "sectors" | "regions" as step:
                chosen = draft.sectors if step == "sectors" else draft.regions
                rows = self.choices(conversation).rows(conversation, chosen, page)
                done = button(self._texts.plain("choice.done", number=len(chosen)), "done")
                every = button(self._texts.plain(f"compose.all-{step}"), "all")
                limited = step == "sectors" and conversation.data["scope"]
                return (*rows, (done,)) if chosen or limited else (*rows, (every,))
            case _:
                return ()

    def choices(self, conversation: Conversation) -> Choices:
        """Give the list of the present step; an officer with a scope sees the sectors of it alone."""
        if conversation.step == "regions":
            return self._regions
        scope = conversation.data["scope"]
        return Choices(self._texts, {code: name for code, name in self._sectors.items() if not scope or code in scope})

    def named(self, conversation: Conversation, draft: Alert, page: Page[Contact], chosen: list[Contact]) -> Reply:
        """Ask for the persons who alone get what is TLP:RED: by ticks, and narrowed by what is typed."""
        sought = conversation.data.get("sought", "")
        names = {str(one.chat_id): contact_name(self._texts, one) for one in page.items}
        ticks = Choices(self._texts, names).rows(conversation, [str(chat) for chat in draft.named], 0)
        so_far = "; ".join(contact_name(self._texts, one) for one in chosen)
        html = join(
            self._texts("compose.named"),
            self._texts("compose.named.sought", sought=sought) if sought else "",
            "" if page.items else self._texts("compose.named.none"),
            self._texts("compose.present", value=so_far) if chosen else "",
        )
        rows = [*ticks, *pager(self._texts, page.window, *present_step(conversation), "page")]
        if sought:
            rows.append((step_button(conversation, self._texts.plain("compose.named.everybody"), "everybody"),))
        if chosen:
            rows.append((step_button(conversation, self._texts.plain("choice.done", number=len(chosen)), "done"),))
        return Reply.of(html, *rows, self._footer(conversation))

    def preview(
        self,
        conversation: Conversation,
        draft: Alert,
        reach: tuple[int, LeftOut, int],
        plan: Plan | None,
        *,
        needs_second: bool,
    ) -> tuple[Screen, ...]:
        """Show the draft as subscribers will get it, and under it what can be done with it.

        Args:
            conversation: the present one.
            draft: the alert.
            reach: how many would get it, how many its marking keeps out, and how many cannot be reached.
            plan: what it changes, None for most.
            needs_second: a second person has to approve it.
        """
        (recipients, left_out, unreachable), marking = reach, draft.audience.marking
        if plan is not None:
            return self._preview_of_change(conversation, draft, recipients, plan, needs_second=needs_second)
        found = self._sensitivity.warnings(draft.headline, draft.body, marking)
        source = source_of(draft.origin)
        html = join(
            self._texts("compose.preview"),
            unchecked(self._texts, source) if source else "",
            sensitive_words(self._texts, found, marking),
            lines(
                self._texts.count("compose.recipients", recipients, audience=self._message.audience(draft)),
                left_out_words(self._texts, draft.audience, left_out),
            ),
            "" if recipients else nobody_words(self._texts, draft.audience, left_out, unreachable),
            self._texts("review.send-at", send_at=draft.send_at) if draft.send_at else "",
            self._texts("compose.needs-second") if needs_second else "",
        )
        label = "compose.submit" if needs_second else "compose.send.later" if draft.send_at else "compose.send"
        send = step_button(conversation, self._texts.count(label, recipients), "confirm", draft.revision)
        labels = {part: self._texts.plain(f"compose.edit.{part}") for part in parts_of(draft.marking)}
        labels["file"] = self._texts.plain("compose.file.change" if draft.attachment else "compose.file.add")
        edits = [step_button(conversation, label, "edit", part) for part, label in labels.items()]
        when = "compose.when.change" if draft.send_at else "compose.when.set"
        rows = (
            *(((send,),) if recipients else ()),
            *pairs(*edits),
            (step_button(conversation, self._texts.plain(when), "edit", "when"),),
            self._leave(conversation),
        )
        return (*self._message(draft), Screen(html, rows))

    def _preview_of_change(
        self, conversation: Conversation, draft: Alert, recipients: int, plan: Plan, *, needs_second: bool
    ) -> tuple[Screen, ...]:
        """Show a change as people will find it, and under it what can be done with it."""
        is_correction = draft.change is Change.CORRECTION
        fits = not is_correction or self._changes.fits(plan)
        shown = self._changes.edited(plan) if is_correction and fits else self._message(draft)
        html = join(
            self._texts(f"compose.preview.{draft.change}", reference=plan.reference),
            self._texts.count("compose.recipients", recipients, audience=self._message.audience(draft)),
            "" if recipients else self._texts("compose.nobody.change", reference=plan.text.reference),
            "" if fits else self._texts("compose.correction.too-different"),
            self._texts("compose.needs-second") if needs_second else "",
        )
        label = self._texts.count("compose.submit" if needs_second else f"compose.send.{draft.change}", recipients)
        send = step_button(conversation, label, "confirm", draft.revision)
        parts = [part for part in PARTS if COLUMNS.get(part, part) in EDITABLE[draft.change or Change.UPDATE]]
        edits = [step_button(conversation, self._texts.plain(f"compose.edit.{part}"), "edit", part) for part in parts]
        file = "compose.file.change" if draft.attachment else "compose.file.add"
        takes_file = draft.change is Change.UPDATE
        rows = (
            *(((send,),) if recipients and fits else ()),
            *pairs(*edits),
            *(((step_button(conversation, self._texts.plain(file), "edit", "file"),),) if takes_file else ()),
            self._leave(conversation),
        )
        return (*shown, Screen(html, rows))

    def stuck(self, conversation: Conversation, draft: Alert, problem: InvalidInput) -> Reply:
        """Say why a draft cannot go out as it is, with its text to take it from, and the ways out."""
        html = join(
            self._texts(f"problem.{problem.problem}", **problem.details),
            self._texts("drafts.headline", headline=draft.headline),
            self._texts("compose.present", value=_shortened(visible(draft.body))),
        )
        return Reply((Screen(html, (self._leave(conversation),)),), removes=preview_of(conversation))

    def _leave(self, conversation: Conversation) -> tuple[Button, Button]:
        return (
            step_button(conversation, self._texts.plain("compose.discard"), "discard"),
            step_button(conversation, self._texts.plain("compose.later"), "cancel"),
        )

    def _footer(self, conversation: Conversation) -> tuple[Button, ...]:
        leave = step_button(conversation, self._texts.plain("compose.later"), "cancel")
        if conversation.step == "begin":
            return (leave,)
        return (step_button(conversation, self._texts.plain("flow.back"), "back"), leave)


def _shortened(text: str) -> str:
    """Give as much of a text as stands well in one message, its paragraphs as they are."""
    while utf16_length(text) > TEXT_SHOWN:
        text = text[: len(text) - max(1, (utf16_length(text) - TEXT_SHOWN) // 2)]
    return text


def misses_sectors(conversation: Conversation, draft: Alert) -> bool:
    """Tell whether an officer with a scope has to choose first: no sector would mean all of them."""
    return conversation.step == "sectors" and bool(conversation.data["scope"]) and not draft.sectors
