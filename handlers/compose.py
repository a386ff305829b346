"""/compose: an officer writes an alert step by step, sees it as subscribers will, and confirms it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from alerts.clock import Clock
from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale
from alerts.people.rights import Right
from alerts.publishing.alert import Alert, AlertStatus, Audience, Change, Severity
from alerts.publishing.attachment import Attachment
from alerts.publishing.briefings import Briefings
from alerts.publishing.checks import check_headline, read_expiry, read_send_at
from alerts.publishing.desk import Desk
from alerts.publishing.follow_ups import FollowUps
from alerts.publishing.marking import Marking
from alerts.publishing.markup import visible
from alerts.publishing.sensitivity import Sensitivity
from alerts.schedule.contents import Contents
from alerts.store.conversations import Conversation, Conversations
from alerts.subscribers.sectors import Directory
from alerts.subscribers.vetting import Vetting
from alerts.templates.library import Library
from alerts.text import utf16_length
from handlers.alert_message import AlertMessage
from handlers.change_message import ChangeMessage
from handlers.choices import page_of
from handlers.compose_named import NamedRecipients
from handlers.compose_parts import FILE, PARTS, WHEN, beginning, done_of, marked, marking_of, next_part, step_before
from handlers.compose_screens import EXPIRY_HOURS, ComposeScreens, misses_sectors
from handlers.conversation import LEAST_CUT, TYPED, ask_again, preview_of
from handlers.progress import Progress
from handlers.screen import Ask, Reply
from handlers.texts import Html, Texts
from handlers.waiting import Waiting

ASKED_FOR_TEXT = frozenset({Change.UPDATE, Change.CORRECTION})
"""Changes that begin with the question what the text is to be; an all clear has its words already."""


class Compose:
    """The conversation in which an alert is written and confirmed."""

    kind = "cmp"
    right = Right.SEND_ALERTS
    takes_files = True

    def __init__(
        self,
        *,
        texts: Texts,
        desk: Desk,
        conversations: Conversations,
        directory: Directory,
        briefings: Briefings,
        library: Library,
        contents: Contents,
        message: AlertMessage,
        follow_ups: FollowUps,
        changes: ChangeMessage,
        progress: Progress,
        waiting: Waiting,
        vetting: Vetting,
        sensitivity: Sensitivity,
        clock: Clock,
    ) -> None:
        self._texts = texts
        self._desk = desk
        self._conversations = conversations
        self._briefings = briefings
        self._library = library
        self._contents = contents
        self._follow_ups = follow_ups
        self._progress = progress
        self._waiting = waiting
        self._named = NamedRecipients(desk, conversations, vetting)
        self._clock = clock
        self._screens = ComposeScreens(texts, directory, briefings, message, changes, sensitivity)

    async def start(self, ask: Ask) -> Reply:
        """/compose: take up an open draft, or begin one."""
        open_one = await self._conversations.find(ask.chat_id)
        alert = await self._desk.find(open_one.data["alert"]) if open_one and open_one.kind == self.kind else None
        if open_one and alert and alert.status is AlertStatus.DRAFT:
            open_one = await self._conversations.advance(open_one, open_one.step, seen=alert.revision, **{TYPED: 0})
            shown = await self.show(open_one)
            return replace(shown, screens=self._screens.resumed(open_one, shown.screens))
        draft = await self._desk.newest_draft(ask.user_id) or await self._desk.start_draft(ask.user_id)
        return await self._open(ask, draft, "begin")

    async def change(self, ask: Ask, alert_id: int) -> Reply:
        """Make a draft again of an alert of the officer's that waits or was returned, and go on with it.

        Raises:
            NotAllowed: it belongs to another officer.
            Stale: it has gone out, or is over.
        """
        was_draft = (await self._desk.find(alert_id)).status is AlertStatus.DRAFT
        draft = await self._desk.take_back(alert_id, ask.user_id)
        return await (self.take_up(ask, draft) if was_draft else self._open(ask, draft, "preview", PARTS))

    async def take_up(self, ask: Ask, draft: Alert, known: Sequence[str] = ()) -> Reply:
        """Go on with a draft of the officer's: at the first part that it lacks, or at its preview.

        Args:
            ask: the officer.
            draft: theirs.
            known: parts that need not be asked for besides those that the draft holds.

        Raises:
            NotAllowed: it belongs to another officer.
            Stale: it is no draft any more.
        """
        if draft.author != ask.user_id:
            raise NotAllowed("this draft belongs to another officer")
        is_fresh = draft.change in ASKED_FOR_TEXT and draft.revision == 1
        step = "body" if is_fresh else next_part([*done_of(draft), *known], draft.marking)
        return await self._open(ask, draft, step, tuple(known))

    async def _open(self, ask: Ask, draft: Alert, step: str, known: tuple[str, ...] = ()) -> Reply:
        """Open the conversation about a draft; `known` parts were answered, be it with 'all'."""
        data = beginning(ask, draft, known)
        return await self.show(await self._conversations.open(ask.chat_id, self.kind, step, data))

    async def show(self, conversation: Conversation) -> Reply:
        """Ask what the present step asks, or show the preview."""
        draft = await self._desk.find(conversation.data["alert"])
        if draft.status is not AlertStatus.DRAFT:
            await self._conversations.end(conversation.chat_id)
            raise Stale(f"this alert is {draft.status} already")
        if conversation.step == "preview":
            try:
                recipients, needs_second = await self._desk.count_for(draft), await self._desk.needs_second_person()
            except InvalidInput as problem:  # such as: what it would change was changed meanwhile
                return self._screens.stuck(conversation, draft, problem)
            unreachable = 0 if recipients else await self._desk.count_unreachable(draft.audience)
            reach = (recipients, await self._desk.count_left_out(draft.audience), unreachable)
            plan = await self._follow_ups.plan(draft) if draft.change else None

            async def keep(shown: tuple[int, ...]) -> None:
                seen = {"seen": draft.revision, "preview": list(shown[:-1])}
                await self._conversations.advance(conversation, "preview", **seen)

            screens = self._screens.preview(conversation, draft, reach, plan, needs_second=needs_second)
            return Reply(screens, removes=preview_of(conversation), on_shown=keep)
        if conversation.step == "named":
            return self._screens.named(conversation, draft, *await self._named.page(conversation, draft, 0))
        templates = await self._library.offered() if conversation.step == "begin" else ()
        return self._screens.question(conversation, draft, 0, templates)

    async def answer(self, ask: Ask, conversation: Conversation) -> Reply:
        """Take a typed headline, text, severity or expiry, or a file; the other steps want a button.

        Telegram's apps cut a long text in two, so what is typed directly after the text is its continuation.
        """
        if ask.attachment is not None:
            return await self._attach(ask, conversation, ask.attachment)
        severity = ask.text.strip().lower()
        if conversation.step == "severity" and severity in set(Severity):
            return await self._note(ask, conversation, "severity", severity=severity)
        shortest = LEAST_CUT if conversation.step == "expiry" else 1  # what follows a short text there is the expiry
        if conversation.data.get(TYPED, 0) >= shortest:
            return await self._continue_text(ask, conversation)
        match conversation.step:
            case "begin":
                return await self._note(
                    ask, await self._fresh(ask, conversation), "headline", headline=check_headline(ask.text)
                )
            case "headline":
                return await self._note(ask, conversation, "headline", headline=ask.text)
            case "body":
                return await self._note(ask, conversation, "body", body=ask.html)
            case "named":
                return replace(await self.show(await self._named.seek(conversation, ask.text)), replaces=False)
            case "expiry":
                expires_at = read_expiry(ask.text, self._clock.now(), self._texts.zone)
                return await self._note(ask, conversation, "expiry", expires_at=expires_at)
            case "when":
                send_at = read_send_at(ask.text, self._clock.now(), self._texts.zone)
                return await self._note(ask, conversation, WHEN, send_at=send_at)
            case _:
                raise InvalidInput("button-wanted-draft", "this step wants a button")

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a button of the present step."""
        match args:
            case ("continue",):
                return await self._go(conversation, next_part(conversation.data["done"], marking_of(conversation)))
            case ("write" | "another" as way,):
                return await self._begin_anew(ask, conversation, "headline" if way == "write" else "begin")
            case ("briefing", code) if conversation.step == "begin":
                return await self._take_briefing(ask, conversation, code)
            case ("severity", name) if name in set(Severity):
                return await self._note(ask, conversation, "severity", severity=name)
            case ("hours", hours) if hours in {str(offered) for offered in EXPIRY_HOURS}:
                expires_at = self._clock.now() + timedelta(hours=int(hours))
                return await self._note(ask, conversation, "expiry", expires_at=expires_at)
            case ("back",):
                return await self._go(conversation, step_before(conversation))
            case ("edit", part) if part in (*PARTS, FILE, WHEN):
                return replace(await self._go(conversation, part), removes=preview_of(conversation))
            case ("discard",):
                await self._desk.discard(conversation.data["alert"], ask.user_id)
                await self._conversations.end(ask.chat_id)
                return replace(Reply.of(self._texts("compose.discarded")), removes=preview_of(conversation))
            case ("confirm", revision) if conversation.step == "preview":
                return await self._confirm(ask, conversation, revision)
            case _:
                return await self._choose(ask, conversation, args)

    async def _attach(self, ask: Ask, conversation: Conversation, attachment: Attachment) -> Reply:
        """Put a file into the draft; what is written under it is the text, as long as there is none."""
        changes: dict[str, Any] = {"attachment": attachment}
        if conversation.step == "begin":
            conversation = await self._fresh(ask, conversation)
        held = conversation.data["done"]
        if ask.text and "body" not in held:
            changes["body"] = ask.html
        seen = await self._revise(ask, conversation, **changes)
        step = {"begin": "headline", FILE: "preview"}.get(conversation.step, conversation.step)
        answers: dict[str, object] = {"done": sorted({*held, FILE, *(changes.keys() & {"body"})}), TYPED: 0, **seen}
        if "body" in changes:
            step = next_part([*held, "body"], marking_of(conversation))
            answers[TYPED] = utf16_length(ask.text) if step != "headline" else 0  # what is typed there is the headline
        before = preview_of(conversation)
        shown = await self.show(await self._conversations.advance(conversation, step, **answers))
        said = self._texts("compose.attached.instead" if FILE in held else "compose.attached")
        if ask.text and "body" in held:
            said = Html(f"{said} {self._texts('compose.attached.alone')}")
        return replace(ask_again(said, shown), removes=before)

    async def _continue_text(self, ask: Ask, conversation: Conversation) -> Reply:
        draft = await self._desk.find(conversation.data["alert"])
        body = f"{draft.body}\n\n{ask.html}"
        longer = await self._conversations.advance(
            conversation, conversation.step, **await self._revise(ask, conversation, body=body)
        )
        length = utf16_length(visible(body))
        return ask_again(self._texts("compose.continued", length=length), await self.show(longer))

    async def _choose(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a marking, a tick, a page, 'all' or 'done' of a list, a file's removal, or 'at once'."""
        step = conversation.step
        if step == FILE and args == ("no-file",):
            seen = await self._revise(ask, conversation, attachment=None)
            done = [part for part in conversation.data["done"] if part != FILE]
            return await self.show(await self._conversations.advance(conversation, "preview", done=done, **seen))
        if step == WHEN and args == ("at-once",):
            return await self._note(ask, conversation, WHEN, send_at=None)
        if step == "marking" and args[:1] == ("marking",) and args[-1] in set(Marking):
            return await self._mark(ask, conversation, Marking(args[-1]))
        if step not in {"sectors", "regions", "named"}:
            return await self.show(conversation)
        draft = await self._desk.find(conversation.data["alert"])
        if step == "named":
            return await self._choose_named(ask, conversation, draft, args)
        chosen = draft.sectors if step == "sectors" else draft.regions
        match args:
            case ("toggle", code, _):
                toggled = self._screens.choices(conversation).toggled(chosen, code)
                seen = await self._revise(ask, conversation, **{step: toggled})
                conversation = await self._conversations.advance(conversation, step, **seen)
                draft = await self._desk.find(draft.id)
                return self._screens.question(conversation, draft, page_of(args))
            case ("all" | "done",) if misses_sectors(conversation, draft):
                notice = self._texts.plain("compose.sectors.none")
                return replace(self._screens.question(conversation, draft, 0), notice=notice)
            case ("all",):
                return await self._note(ask, conversation, step, **{step: []})
            case ("done",):
                return await self._note(ask, conversation, step)
            case _:
                return self._screens.question(conversation, draft, page_of(args))

    async def _choose_named(self, ask: Ask, conversation: Conversation, draft: Alert, args: tuple[str, ...]) -> Reply:
        """Take a tick, a page or 'done' of the persons who alone get what is TLP:RED."""
        match args:
            case ("done",) if draft.named:
                return await self._note(ask, conversation, "named")
            case ("everybody",):
                conversation = await self._named.seek(conversation, "")
            case ("toggle", chat, _):
                conversation, draft = await self._named.toggle(conversation, draft, ask.user_id, chat)
        shown = await self._named.page(conversation, draft, page_of(args) if args[:1] == ("page",) else 0)
        return self._screens.named(conversation, draft, *shown)

    async def _mark(self, ask: Ask, conversation: Conversation, marking: Marking) -> Reply:
        """Take the marking; what is TLP:RED has named recipients in place of sectors and regions."""
        draft = await self._desk.find(conversation.data["alert"])
        changes, done = marked(conversation, draft, marking)
        answers = {"done": done, "marking": marking, TYPED: 0, **await self._revise(ask, conversation, **changes)}
        return await self.show(await self._conversations.advance(conversation, next_part(done, marking), **answers))

    async def _take_briefing(self, ask: Ask, conversation: Conversation, code: str) -> Reply:
        briefing = self._briefings.briefing(code)
        anybody = Audience(marking=Marking.CLEAR)  # fit for any audience to come
        draft = await self._contents.filled(briefing, anybody, self._clock.now())
        conversation = await self._fresh(ask, conversation)
        said = draft.content
        parts: dict[str, Any] = {"headline": said.headline, "body": said.body, "severity": briefing.severity}
        if briefing.marking is not None:
            parts["marking"] = briefing.marking
        seen, step = await self._revise(ask, conversation, **parts), next_part([*parts], briefing.marking)
        answers = {"done": [*parts], "marking": briefing.marking, **seen}
        return await self.show(await self._conversations.advance(conversation, step, **answers))

    async def _note(self, ask: Ask, conversation: Conversation, part: str, **changes: object) -> Reply:
        """Put a part into the draft and go to the first part that is still missing, or to the preview."""
        seen = await self._revise(ask, conversation, **changes) if changes else {}
        done = sorted({*conversation.data["done"], part})
        typed = utf16_length(ask.text) if part == "body" else 0
        answers = {"done": done, TYPED: typed, **seen}
        step = next_part(done, marking_of(conversation))
        return await self.show(await self._conversations.advance(conversation, step, **answers))

    async def _begin_anew(self, ask: Ask, conversation: Conversation, step: str) -> Reply:
        """Begin another alert; a draft that has something in it is kept, and the officer is told where."""
        fresh = await self._fresh(ask, conversation)
        notice = self._texts.plain("compose.kept") if fresh.data["alert"] != conversation.data["alert"] else ""
        return replace(await self._go(fresh, step), notice=notice, removes=preview_of(conversation))

    async def _fresh(self, ask: Ask, conversation: Conversation) -> Conversation:
        """Turn to an empty draft, and leave one that has something in it as it is."""
        if not conversation.data["done"]:
            return conversation
        draft = await self._desk.start_draft(ask.user_id)
        answers = {"alert": draft.id, "done": [], "marking": None, "seen": draft.revision}
        return await self._conversations.advance(conversation, conversation.step, **answers)

    async def _revise(self, ask: Ask, conversation: Conversation, **changes: Any) -> dict[str, int]:
        """Change the draft that the officer has before them, and give the revision that they have seen by then."""
        data = conversation.data
        draft = await self._desk.revise(data["alert"], ask.user_id, seen=data.get("seen"), **changes)
        return {"seen": draft.revision}

    async def _go(self, conversation: Conversation, step: str) -> Reply:
        return await self.show(await self._conversations.advance(conversation, step))

    async def _confirm(self, ask: Ask, conversation: Conversation, revision: str) -> Reply:
        if ask.person is None:
            raise NotFound("the person holds no role")
        number = int(revision) if revision.isdecimal() else 0
        alert, _ = await self._desk.confirm(conversation.data["alert"], number, ask.person)
        await self._conversations.end(ask.chat_id)
        if alert.status is AlertStatus.SENDING or alert.sending_at:
            return await self._progress.follow(alert.id)
        return replace(await self._waiting.follow(alert, ask.user_id), removes=preview_of(conversation))
